/* source_edit: the user's own editor in the source pane, and what follows a change of the sources: they are shown as
 * they are now, init is built, its errors stand at their lines, or the new init is booted. One build of ours at a time;
 * what changes meanwhile is built after it. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/source.h"

static void kick(struct source_pane *s);

bool source_next_error(struct source_pane *s, int dir)
{
	const struct srcdoc *d = source_sync(s);
	const struct srcnote *n =
		srcnotes_next(&s->notes, d != NULL ? d->path : "", d != NULL ? (int)d->view.cursor + 1 : 0, dir);
	if (n == NULL)
		return false;
	const int line = n->line;
	struct srcdoc *to = source_show_file(s, n->path);
	if (to != NULL)
		srcdoc_goto(to, line);
	pane_touch(s->pane);
	return true;
}

/* Does a machine run? The console takes the keys then. */
static bool machine_runs(const struct source_pane *s)
{
	struct pane *p = ui_pane(s->pane->ui, "console");
	return p != NULL && p->ops->captures != NULL && p->ops->captures(p);
}

static void on_answer(void *ctx, char key)
{
	struct source_pane *s = ctx;
	if (key == 'y')
		ui_command(s->pane->ui, "run");
}

/* The new init is there: boot it. */
static void built(struct source_pane *s)
{
	struct ui *ui = s->pane->ui;
	if (s->auto_build)
		ui_command(ui, "run");
	else if (machine_runs(s))
		ui_confirm(
			ui, _("The new init is built. Boot it in place of the machine that runs?"), "yn", on_answer, s);
	else
		ui_say(ui, UI_OK, "%s", _("the new init is built: `run` boots it"));
}

static void on_built(void *ctx, bool ok)
{
	struct source_pane *s = ctx;
	s->busy = s->building = false;
	s->notes_old = true;
	pane_touch(s->pane);
	if (s->again)
		kick(s);
	else if (ok)
		built(s);
	else if (source_sync(s) != NULL && srcnotes_count(&s->notes, LOG_ERROR) > 0) {
		struct srcdoc *d = source_sync(s);
		const struct srcnote *here = srcnotes_at(&s->notes, d->path, (int)d->view.cursor + 1);
		if (here == NULL || here->severity < LOG_ERROR)
			source_next_error(s, 1);
	}
}

/* Is init behind its sources? */
static bool is_stale(const struct source_pane *s)
{
	return s->pane->ui->app->pipeline->stage[STAGE_INIT].state != STATE_FRESH;
}

static void build(struct source_pane *s)
{
	struct ui *ui = s->pane->ui;
	ui_lab_changed(ui);
	if (is_stale(s)) {
		s->busy = true;
		ui_command_then(ui, "build init", on_built, s);
	} else {
		srcnotes_done(&s->notes); /* as it was when it was last built well */
	}
}

/* Build now, or as soon as the pipeline is free: source_later comes then. A boot that a save makes pointless is
 * stopped. */
static void kick(struct source_pane *s)
{
	struct pipeline *p = s->pane->ui->app->pipeline;
	if (s->busy || p == NULL)
		return;
	if (!pipeline_busy(p)) {
		s->again = false;
		build(s);
	} else if (s->auto_build && p->running == STAGE_BOOT) {
		pipeline_cancel(p);
	} else {
		ui_say(s->pane->ui, UI_INFO, _("the sources have changed: init is built after what is under way"));
	}
}

bool source_later(void *ctx)
{
	struct source_pane *s = ctx;
	if (s->again)
		kick(s);
	return false;
}

/* The folder differs from what was last built. */
static void rebuild(struct source_pane *s)
{
	s->mark = srcwatch_mark(s->dir);
	s->again = true;
	kick(s);
}

void source_changed(void *ctx)
{
	struct source_pane *s = ctx;
	source_scan(s);
	pane_touch(s->pane);
	if (s->auto_build && srcwatch_mark(s->dir) != s->mark)
		rebuild(s);
	else if (s->editor == NULL && !s->busy)
		ui_lab_changed(s->pane->ui);
}

/* --- the editor --- */

static void stop(struct source_pane *s)
{
	struct hosted *h = s->editor;
	s->editor = NULL;
	free(s->editing);
	s->editing = NULL;
	hosted_free(h);
}

static void on_exit_cb(void *ctx, int status, int sig)
{
	struct source_pane *s = ctx;
	struct ui *ui = s->pane->ui;
	stop(s);
	if (sig != 0)
		ui_say(ui, UI_WARNING, _("the editor was killed by signal %d"), sig);
	else if (status != 0)
		ui_say(ui, UI_WARNING, _("the editor ended with status %d"), status);
	source_scan(s);
	pane_touch(s->pane);
	if (srcwatch_mark(s->dir) != s->mark)
		rebuild(s);
}

static void on_change(void *ctx)
{
	struct source_pane *s = ctx;
	pane_touch(s->pane);
}

void source_edit(struct source_pane *s, struct err *e)
{
	struct srcdoc *d = source_sync(s);
	struct strv argv = {0};
	if (s->editor != NULL || d == NULL) {
		err_set(e, ERR_USAGE, d == NULL ? _("there is no file to edit") : _("the editor is open already"));
		return;
	}
	if (hosted_editor(d->path, (int)d->view.cursor + 1, &argv, e) == 0) {
		const struct hosted_opts o = {
			.argv = argv.v,
			.cwd = s->dir,
			.rows = s->pane->rows > 0 ? s->pane->rows : 24,
			.cols = s->pane->cols > 0 ? s->pane->cols : 80,
			.on_exit = on_exit_cb,
			.on_change = on_change,
			.ctx = s,
		};
		s->mark = srcwatch_mark(s->dir);
		s->editing = xstrdup(d->name);
		s->editor = hosted_start(s->pane->ui, &o, e);
		if (s->editor == NULL)
			stop(s);
		else
			ui_focus(s->pane->ui, "source");
	}
	strv_done(&argv);
	pane_touch(s->pane);
}

void source_edit_stop(struct source_pane *s)
{
	stop(s);
}
