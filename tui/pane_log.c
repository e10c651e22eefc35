/* pane_log: the build log: what the tools of this session print, as it comes. What is shown of it is logview's; here
 * are the commands, keys and the way to the source. The log is the pipeline's; it may be another one after a lab is
 * opened. */
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/logrules.h"
#include "core/str.h"
#include "tui/logview.h"
#include "tui/slicer.h"
#include "tui/spot.h"
#include "tui/srcplace.h"
#include "tui/ui.h"

#define SLICE_US 3000 /* of searching between two looks for keys */
#define DRAW_US  500  /* of catching up before a drawing */

struct pane_log {
	struct pane *p;
	struct logview v;
	struct slicer *slicer;
	size_t before; /* line of the cursor when a search was begun */
};

/* The session's log, or NULL without a lab. */
static const struct log *the_log(const struct pane *p)
{
	const struct pipeline *pl = p->ui->app->pipeline;
	return pl != NULL ? pl->log : NULL;
}

/* The view of the present log, or NULL. */
static struct logview *view_of(struct pane *p)
{
	struct pane_log *s = p->state;
	const struct log *log = the_log(p);
	if (s->v.log != log) {
		const bool times = s->v.times;
		logview_done(&s->v);
		if (log != NULL) {
			logview_init(&s->v, log);
			s->v.times = times;
			s->v.view.gutter = times ? 12 : 2;
		}
	}
	return log != NULL ? &s->v : NULL;
}

static bool on_slice(void *ctx)
{
	struct pane_log *s = ctx;
	struct logview *v = view_of(s->p);
	bool more = v != NULL && logview_step(v, SLICE_US);
	pane_touch(s->p);
	return more;
}

static int open_pane(struct pane *p, struct err *e)
{
	struct pane_log *s = xcalloc(1, sizeof(*s));
	(void)e;
	s->p = p;
	s->slicer = slicer_new(p->ui->app->loop, on_slice, s);
	p->state = s;
	return 0;
}

static void close_pane(struct pane *p)
{
	struct pane_log *s = p->state;
	slicer_free(s->slicer);
	logview_done(&s->v);
	free(s);
	p->state = NULL;
}

static bool busy(const struct pane *p)
{
	const struct pane_log *s = p->state;
	return slicer_busy(s->slicer);
}

static unsigned rev(const struct pane *p)
{
	const struct log *log = the_log(p);
	return p->rev + (log != NULL ? log_rev(log) : 0);
}

/* --- drawing --- */

/* What the rules know about the line under the cursor, for the last row; NULL if nothing. */
static const char *hint_of(const struct logview *v)
{
	const size_t line = logview_line(v);
	return line != SIZE_MAX ? log_hint(v->log, line) : NULL;
}

static void draw_log(struct logview *v, const struct draw *d, bool focused)
{
	const char *hint = hint_of(v);
	const int rows = hint != NULL && d->rows > 2 ? d->rows - 1 : d->rows;
	const struct draw text = draw_sub(d, 0, 0, rows, d->cols);
	textview_draw(&v->view, &text, focused);
	if (rows == d->rows)
		return;
	const struct draw last = draw_sub(d, rows, 0, 1, d->cols);
	draw_fill(&last, STYLE_NOTE);
	int x = draw_text(&last, 0, 0, STYLE_STRONG, _("what to do: "));
	draw_ellipsis(&last, 0, x, d->cols - x, STYLE_NOTE, hint);
}

static void draw_pane(struct pane *p, const struct draw *d, bool focused)
{
	struct pane_log *s = p->state;
	struct logview *v = view_of(p);
	if (v != NULL && logview_step(v, DRAW_US))
		slicer_go(s->slicer);
	if (v != NULL) {
		const char *spot = spot_in(p->ui, "log");
		const bool points = spot != NULL && strcmp(spot, "first-error") == 0;
		v->spot = points ? log_root_cause(v->log, p->ui->app->pipeline->log_start) : SIZE_MAX;
	}
	if (v != NULL && v->view.ops->count(v) > 0) {
		draw_log(v, d, focused);
		return;
	}
	draw_fill(d, STYLE_TEXT);
	const char *why = v == NULL             ? _("No lab is open.")
			  : logview_filtered(v) ? _("No line passes the filter.")
						: _("What the tools print while something is built appears here.");
	draw_paragraph(d, 0, 1, STYLE_DIM, why);
}

static void status(const struct pane *p, struct buf *out)
{
	const struct pane_log *s = p->state;
	if (s->v.log != NULL && s->v.log == the_log(p))
		logview_status(&s->v, out);
}

/* --- commands --- */

/* The view for a command; NULL after the call has been ended because there is none. */
static struct logview *begin(struct cmd_call *call, struct pane **p)
{
	struct err e = {0};
	*p = ui_pane(call->app->ui, "log");
	struct logview *v = *p != NULL ? view_of(*p) : NULL;
	if (v != NULL)
		return v;
	err_set(&e, ERR_USAGE, _("no lab is open, so there is no log"));
	cmd_done(call, &e);
	return NULL;
}

static void end(struct cmd_call *call, struct pane *p, struct err *e)
{
	struct pane_log *s = p->state;
	slicer_go(s->slicer);
	pane_touch(p);
	cmd_done(call, e);
}

/* All arguments as one text. Returns owned. */
static char *joined(const struct cmd_call *call)
{
	struct buf b = {0};
	for (size_t i = 0; i < call->arg.n; i++)
		buf_addf(&b, "%s%s", i > 0 ? " " : "", call->arg.v[i]);
	return buf_take(&b);
}

static void on_search_edit(void *ctx, const char *text)
{
	struct pane_log *s = ctx;
	struct logview *v = view_of(s->p);
	struct err ignored = {0}; /* half a pattern is often none: the last good one stays */
	if (v != NULL && logview_search(v, text, s->before, &ignored) == 0 && logview_step(v, SLICE_US))
		slicer_go(s->slicer);
	err_done(&ignored);
	pane_touch(s->p);
}

static void on_search_done(void *ctx, const char *text)
{
	struct pane_log *s = ctx;
	struct logview *v = view_of(s->p);
	struct err e = {0};
	if (v == NULL)
		return;
	if (logview_search(v, text != NULL ? text : "", s->before, &e) < 0)
		ui_error(s->p->ui, &e);
	else if (text == NULL)
		logview_goto(v, s->before);
	slicer_go(s->slicer);
	pane_touch(s->p);
}

static void cmd_search(struct cmd_call *call)
{
	struct pane *p;
	struct err e = {0};
	struct logview *v = begin(call, &p);
	if (v == NULL)
		return;
	struct pane_log *s = p->state;
	const size_t line = logview_line(v);
	s->before = line != SIZE_MAX ? line : log_first(v->log);
	if (call->arg.n > 0) {
		char *pattern = joined(call);
		logview_search(v, pattern, s->before, &e);
		free(pattern);
	} else {
		ui_prompt(p->ui, &(struct ui_prompt){.label = _("search the log (PCRE): "),
					 .history = "search",
					 .change = on_search_edit,
					 .done = on_search_done,
					 .ctx = s});
	}
	end(call, p, &e);
}

static void step_search(struct cmd_call *call, int dir)
{
	struct pane *p;
	struct err e = {0};
	struct logview *v = begin(call, &p);
	if (v == NULL)
		return;
	if (v->search == NULL)
		err_set(&e, ERR_USAGE, _("nothing is searched for yet"));
	else if (!logview_next(v, dir))
		err_set(&e, ERR_USAGE, _("no line matches %s"), textsearch_pattern(v->search));
	end(call, p, &e);
}

static void cmd_next(struct cmd_call *call)
{
	step_search(call, 1);
}

static void cmd_previous(struct cmd_call *call)
{
	step_search(call, -1);
}

static void on_filter_done(void *ctx, const char *text)
{
	struct pane_log *s = ctx;
	struct logview *v = view_of(s->p);
	struct err e = {0};
	if (v != NULL && text != NULL && logview_filter(v, v->least, text, &e) < 0)
		ui_error(s->p->ui, &e);
	slicer_go(s->slicer);
	pane_touch(s->p);
}

static void cmd_filter(struct cmd_call *call)
{
	struct pane *p;
	struct err e = {0};
	struct logview *v = begin(call, &p);
	if (v == NULL)
		return;
	if (call->arg.n > 0) {
		char *pattern = joined(call);
		logview_filter(v, v->least, pattern, &e);
		free(pattern);
	} else {
		ui_prompt(p->ui, &(struct ui_prompt){.label = _("show only lines with (PCRE, empty: all): "),
					 .history = "search",
					 .done = on_filter_done,
					 .ctx = p->state});
	}
	end(call, p, &e);
}

/* all → no steps → warnings → errors → all */
static enum log_severity next_least(enum log_severity s)
{
	return s == LOG_TEXT ? LOG_COMMAND : s == LOG_COMMAND ? LOG_WARNING : s == LOG_WARNING ? LOG_ERROR : LOG_TEXT;
}

static void cmd_severity(struct cmd_call *call)
{
	static const enum log_severity level[] = {LOG_TEXT, LOG_COMMAND, LOG_WARNING, LOG_ERROR};
	static const char *const name[] = {"all", "notes", "warnings", "errors"};
	struct pane *p;
	struct err e = {0};
	size_t i = 0;
	struct logview *v = begin(call, &p);
	if (v == NULL)
		return;
	while (call->arg.n > 0 && i < ARRAY_LEN(name) && strcmp(name[i], call->arg.v[0]) != 0)
		i++;
	char *pattern = v->filter != NULL ? xstrdup(textsearch_pattern(v->filter)) : NULL;
	if (i == ARRAY_LEN(name))
		err_set(&e, ERR_USAGE, _("the levels are: all notes warnings errors"));
	else
		logview_filter(v, call->arg.n > 0 ? level[i] : next_least(v->least), pattern, &e);
	free(pattern);
	end(call, p, &e);
}

static void cmd_follow(struct cmd_call *call)
{
	struct pane *p;
	struct logview *v = begin(call, &p);
	if (v == NULL)
		return;
	if (v->view.follow)
		v->view.follow = false;
	else
		textview_end(&v->view);
	end(call, p, NULL);
}

static void cmd_times(struct cmd_call *call)
{
	struct pane *p;
	struct logview *v = begin(call, &p);
	if (v == NULL)
		return;
	v->times = !v->times;
	v->view.gutter = v->times ? 12 : 2;
	end(call, p, NULL);
}

static void step_error(struct cmd_call *call, int dir)
{
	struct pane *p;
	struct err e = {0};
	struct logview *v = begin(call, &p);
	if (v == NULL)
		return;
	const bool warnings = call->arg.n > 0 && str_starts(call->arg.v[0], "warning");
	if (!logview_next_severity(v, dir, warnings ? LOG_WARNING : LOG_ERROR))
		err_set(&e, ERR_USAGE, dir > 0 ? _("no error below this line") : _("no error above this line"));
	end(call, p, &e);
}

static void cmd_next_error(struct cmd_call *call)
{
	step_error(call, 1);
}

static void cmd_previous_error(struct cmd_call *call)
{
	step_error(call, -1);
}

/* Parallel jobs bury the error that stopped the build under what the others print. */
static void cmd_cause(struct cmd_call *call)
{
	struct pane *p;
	struct err e = {0};
	struct logview *v = begin(call, &p);
	if (v == NULL)
		return;
	const size_t line = log_root_cause(v->log, call->app->pipeline->log_start);
	if (line == SIZE_MAX) {
		err_set(&e, ERR_USAGE, _("nothing in the last build's output explains a failure"));
	} else {
		logview_goto(v, line);
		v->view.follow = false;
		ui_focus(p->ui, "log");
	}
	end(call, p, &e);
}

static void cmd_open(struct cmd_call *call)
{
	struct pane *p;
	struct err e = {0};
	struct logview *v = begin(call, &p);
	if (v == NULL)
		return;
	const size_t line = logview_place(v);
	if (line == SIZE_MAX) {
		err_set(&e, ERR_USAGE, _("this line names no place in a source file"));
		err_hint(&e, _("lines with file:line:col do"));
	} else {
		const struct log_line l = log_get(v->log, line);
		char *file = xstrdup(l.file), *path = srcplace_find(p->ui->app, v->log, line, file);
		ui_show_source(p->ui, path != NULL ? path : file, l.line, l.col);
		free(path);
		free(file);
	}
	end(call, p, &e);
}

static void cmd_goto(struct cmd_call *call)
{
	struct pane *p;
	struct err e = {0};
	struct logview *v = begin(call, &p);
	if (v == NULL)
		return;
	char *rest;
	const size_t line = strtoul(call->arg.v[0], &rest, 10);
	if (*rest != '\0' || rest == call->arg.v[0] || line < log_first(v->log) || line >= log_count(v->log)) {
		err_set(&e, ERR_USAGE, _("the log has no line %s"), call->arg.v[0]);
		err_hint(&e, _("its lines are %zu to %zu"), log_first(v->log), log_count(v->log));
	} else {
		logview_goto(v, line);
		v->view.follow = false;
		ui_focus(p->ui, "log");
	}
	end(call, p, &e);
}

static void save(struct pane_log *s, const char *name, struct err *e)
{
	struct logview *v = view_of(s->p);
	char *path = fs_join(s->p->ui->app->lab.dir, name);
	if (v != NULL && log_save(v->log, path, v->times, e) == 0)
		ui_say(s->p->ui, UI_OK, _("saved %zu lines in %s"), log_count(v->log) - log_first(v->log), path);
	free(path);
}

static void on_save_done(void *ctx, const char *text)
{
	struct pane_log *s = ctx;
	struct err e = {0};
	if (text != NULL && *text != '\0')
		save(s, text, &e);
	if (err_is(&e))
		ui_error(s->p->ui, &e);
}

static void cmd_save(struct cmd_call *call)
{
	struct pane *p;
	struct err e = {0};
	if (begin(call, &p) == NULL)
		return;
	if (call->arg.n > 0)
		save(p->state, call->arg.v[0], &e);
	else
		ui_prompt(p->ui, &(struct ui_prompt){.label = _("save the log as: "),
					 .initial = "out/session.log",
					 .history = "file",
					 .done = on_save_done,
					 .ctx = p->state});
	end(call, p, &e);
}

static void copy(struct pane *p, struct logview *v)
{
	struct buf b = {0};
	textview_copy(&v->view, &b);
	ui_copy(p->ui, b.p != NULL ? b.p : "", b.n);
	buf_done(&b);
}

static void cmd_copy(struct cmd_call *call)
{
	struct pane *p;
	struct logview *v = begin(call, &p);
	if (v == NULL)
		return;
	copy(p, v);
	v->view.select = SELECT_NONE;
	end(call, p, NULL);
}

static void cmd_select(struct cmd_call *call)
{
	struct pane *p;
	struct logview *v = begin(call, &p);
	if (v == NULL)
		return;
	textview_select_lines(&v->view);
	end(call, p, NULL);
}

/* --- keys and mouse --- */

/* Esc: end the selection, then the search, then the filter. */
static bool escape(struct logview *v)
{
	struct err ignored = {0};
	if (v->view.select != SELECT_NONE)
		v->view.select = SELECT_NONE;
	else if (v->search != NULL)
		logview_search(v, "", 0, &ignored);
	else if (logview_filtered(v))
		logview_filter(v, LOG_TEXT, NULL, &ignored);
	else
		return false;
	return true;
}

static bool on_key(struct pane *p, const struct key *k)
{
	struct logview *v = view_of(p);
	if (v == NULL)
		return false;
	bool used = k->code == K_ESC ? escape(v) : textview_key(&v->view, k);
	if (used)
		pane_touch(p);
	return used;
}

static bool on_mouse(struct pane *p, const struct mouse *m)
{
	struct logview *v = view_of(p);
	const bool dragged = v != NULL && v->view.dragging && m->kind == MOUSE_RELEASE;
	if (v == NULL || !textview_mouse(&v->view, m))
		return false;
	if (dragged && v->view.select == SELECT_TEXT)
		copy(p, v);
	if (m->kind == MOUSE_PRESS && m->clicks == 2 && logview_place(v) != SIZE_MAX)
		ui_command(p->ui, "log.open");
	pane_touch(p);
	return true;
}

static const struct cmd commands[] = {
	{"log.search", "[PATTERN…]", CMD_SCREEN, N_("search the log"),
		N_("The pattern is a PCRE2 one; without capitals it ignores case. Searching goes on in the background "
		   "while "
		   "you work."),
		NULL, cmd_search},
	{"log.next", "", CMD_SCREEN, N_("the next match in the log"), NULL, NULL, cmd_next},
	{"log.previous", "", CMD_SCREEN, N_("the previous match in the log"), NULL, NULL, cmd_previous},
	{"log.filter", "[PATTERN…]", CMD_SCREEN, N_("show only the lines that match"), NULL, NULL, cmd_filter},
	{"log.severity", "[LEVEL]", CMD_SCREEN, N_("show all lines, or only notes, warnings or errors and worse"),
		N_("Levels: all, notes, warnings, errors. Without one, the next."), NULL, cmd_severity},
	{"log.follow", "", CMD_SCREEN, N_("stay at the end of the log, or stop doing so"), NULL, NULL, cmd_follow},
	{"log.times", "", CMD_SCREEN, N_("show the time of each line, or not"), NULL, NULL, cmd_times},
	{"log.next-error", "[warning]", CMD_SCREEN, N_("the next error (or warning)"), NULL, NULL, cmd_next_error},
	{"log.previous-error", "[warning]", CMD_SCREEN, N_("the previous error (or warning)"), NULL, NULL,
		cmd_previous_error},
	{"log.cause", "", CMD_SCREEN, N_("the line that explains why the last build failed"), NULL, NULL, cmd_cause},
	{"log.open", "", CMD_SCREEN, N_("show the place in the source that the line names"), NULL, NULL, cmd_open},
	{"log.goto", "LINE", CMD_SCREEN, N_("go to a line of the log by its number"), NULL, NULL, cmd_goto},
	{"log.save", "[FILE]", CMD_SCREEN, N_("save the log to a file"), NULL, NULL, cmd_save},
	{"log.copy", "", CMD_SCREEN, N_("copy the selected text, or the line"), NULL, NULL, cmd_copy},
	{"log.select", "", CMD_SCREEN, N_("select lines, or stop doing so"), NULL, NULL, cmd_select},
};

const struct pane_ops pane_log = {
	.name = "log",
	.title = N_("Build log"),
	.open = open_pane,
	.close = close_pane,
	.draw = draw_pane,
	.key = on_key,
	.mouse = on_mouse,
	.status = status,
	.rev = rev,
	.busy = busy,
	.commands = commands,
	.n_commands = ARRAY_LEN(commands),
};
