/* source_cmd: the commands of the source pane, and the choice of the init variant. */
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"
#include "tui/source.h"
#include "tui/srcplace.h"

/* The pane's state for a command; NULL after the call has been ended because there is none. *d: the file shown. */
static struct source_pane *begin(struct cmd_call *call, struct srcdoc **d)
{
	struct err e = {0};
	struct source_pane *s = source_of(call->app->ui);
	*d = s != NULL ? source_sync(s) : NULL;
	if (*d != NULL)
		return s;
	err_set(&e, ERR_USAGE, _("no source file is shown"));
	err_hint(&e, _("`init.variant` chooses the folder of init/ to show"));
	cmd_done(call, &e);
	return NULL;
}

static void end(struct cmd_call *call, struct source_pane *s, struct err *e)
{
	pane_touch(s->pane);
	cmd_done(call, e);
}

static long number(const char *s)
{
	char *rest;
	long n = strtol(s, &rest, 10);
	return rest != s && *rest == '\0' ? n : -1;
}

/* --- files --- */

static void cmd_show(struct cmd_call *call)
{
	struct err e = {0};
	struct app *a = call->app;
	struct source_pane *s = source_of(a->ui);
	const char *file = call->arg.v[0];
	char *path = srcplace_by_name(a, file), *own = s != NULL && s->dir != NULL ? fs_join(s->dir, file) : NULL;
	if (s == NULL || a->pipeline == NULL || source_sync(s) == NULL)
		err_set(&e, ERR_USAGE, _("no lab is open"));
	else if (own != NULL && fs_size(own) >= 0)
		source_show_file(s, own);
	else if (path != NULL)
		source_show_file(s, path);
	else
		err_set(&e, ERR_USAGE, _("there is no file %s, in the lab or in the kernel source"), file);
	if (!err_is(&e)) {
		struct srcdoc *d = source_sync(s);
		if (call->arg.n > 1)
			srcdoc_goto(d, number(call->arg.v[1]));
		ui_focus(a->ui, "source");
		pane_touch(s->pane);
	}
	free(own);
	free(path);
	cmd_done(call, &e);
}

static void cmd_file(struct cmd_call *call)
{
	struct srcdoc *d;
	struct err e = {0};
	struct source_pane *s = begin(call, &d);
	if (s == NULL)
		return;
	size_t i = 0;
	const char *what = call->arg.v[0];
	while (i < s->n && strcmp(s->doc[i]->name, what) != 0)
		i++;
	if (strcmp(what, "next") == 0)
		i = (s->at + 1) % s->n;
	else if (strcmp(what, "previous") == 0)
		i = (s->at + s->n - 1) % s->n;
	if (i < s->n)
		s->at = i;
	else
		err_set(&e, ERR_USAGE, _("init/%s has no file %s"), s->folder, what);
	end(call, s, &e);
}

static bool has_folder(const struct source_pane *s, const char *name, struct err *e)
{
	struct strv names = {0};
	struct buf b = {0};
	source_folders(s, &names);
	const bool yes = strv_has(&names, name);
	for (size_t i = 0; i < names.n; i++)
		buf_addf(&b, "%s%s", i > 0 ? " " : "", names.v[i]);
	if (!yes) {
		err_set(e, ERR_USAGE, _("init/ has no folder %s"), name);
		err_hint(e, _("there are: %s"), b.n > 0 ? b.p : "-");
	}
	buf_done(&b);
	strv_done(&names);
	return yes;
}

static void cmd_folder(struct cmd_call *call)
{
	struct err e = {0};
	struct source_pane *s = source_of(call->app->ui);
	if (s == NULL || call->app->pipeline == NULL) {
		err_set(&e, ERR_USAGE, _("no lab is open"));
	} else if (has_folder(s, call->arg.v[0], &e)) {
		source_sync(s);
		source_show_folder(s, call->arg.v[0]);
		ui_focus(call->app->ui, "source");
	}
	cmd_done(call, &e);
}

/* --- the variant --- */

static void complete_variant(void *ctx, const char *text, size_t at, struct strv *out, size_t *from)
{
	const struct source_pane *s = ctx;
	struct strv names = {0};
	source_folders(s, &names);
	*from = 0;
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i], "companions") != 0 && strncmp(names.v[i], text, at) == 0)
			strv_add(out, names.v[i]);
	strv_done(&names);
}

static void on_variant(void *ctx, const char *text)
{
	struct source_pane *s = ctx;
	if (text == NULL || *text == '\0')
		return;
	char *argv[] = {"init.variant", (char *)text, NULL}, *line = strv_shell(argv);
	ui_command(s->pane->ui, line);
	free(line);
}

static void set_variant(struct app *a, const char *name, struct err *e)
{
	const struct opt_row *row = opt_find("init.variant");
	char *why = NULL;
	if (opt_check(row, name, &why) < 0) {
		err_set(e, ERR_USAGE, "init.variant: %s", why);
	} else {
		conf_set(&a->lab.conf, row, name);
		if (conf_save(&a->lab.conf, e) == 0)
			optset_set(&a->lab.opts, OPT_INIT_VARIANT, name);
	}
	free(why);
}

static void cmd_variant(struct cmd_call *call)
{
	struct err e = {0};
	struct source_pane *s = source_of(call->app->ui);
	if (s == NULL) {
		err_set(&e, ERR_USAGE, _("no lab is open"));
	} else if (call->arg.n == 0) {
		ui_prompt(call->app->ui, &(struct ui_prompt){.label = _("variant of init (Tab lists them): "),
						 .done = on_variant,
						 .complete = complete_variant,
						 .ctx = s});
	} else if (has_folder(s, call->arg.v[0], &e)) {
		set_variant(call->app, call->arg.v[0], &e);
		source_sync(s);
		pane_touch(s->pane);
	}
	cmd_done(call, &e);
}

/* --- searching and moving --- */

static void search(struct source_pane *s, const char *pattern, struct err *e)
{
	struct srcdoc *d = source_sync(s);
	if (d == NULL || srcdoc_search(d, pattern, e) < 0 || d->search == NULL)
		return;
	srcdoc_goto(d, (long)s->before + 1);
	if (!textsearch_has(d->search, s->before))
		srcdoc_next(d, 1);
}

static void on_search_edit(void *ctx, const char *text)
{
	struct source_pane *s = ctx;
	struct err ignored = {0}; /* half a pattern is often none */
	search(s, text, &ignored);
	err_done(&ignored);
	pane_touch(s->pane);
}

static void on_search_done(void *ctx, const char *text)
{
	struct source_pane *s = ctx;
	struct err e = {0};
	search(s, text != NULL ? text : "", &e);
	if (err_is(&e))
		ui_error(s->pane->ui, &e);
	struct srcdoc *d = source_sync(s);
	if (text == NULL && d != NULL)
		srcdoc_goto(d, (long)s->before + 1);
	pane_touch(s->pane);
}

static void cmd_search(struct cmd_call *call)
{
	struct srcdoc *d;
	struct err e = {0};
	struct source_pane *s = begin(call, &d);
	if (s == NULL)
		return;
	s->before = d->view.cursor;
	if (call->arg.n > 0) {
		struct buf b = {0};
		for (size_t i = 0; i < call->arg.n; i++)
			buf_addf(&b, "%s%s", i > 0 ? " " : "", call->arg.v[i]);
		search(s, b.p, &e);
		buf_done(&b);
	} else {
		ui_prompt(s->pane->ui, &(struct ui_prompt){.label = _("search the file (PCRE): "),
					       .history = "search",
					       .change = on_search_edit,
					       .done = on_search_done,
					       .ctx = s});
	}
	end(call, s, &e);
}

static void step_search(struct cmd_call *call, int dir)
{
	struct srcdoc *d;
	struct err e = {0};
	struct source_pane *s = begin(call, &d);
	if (s == NULL)
		return;
	if (d->search == NULL)
		err_set(&e, ERR_USAGE, _("nothing is searched for yet"));
	else if (!srcdoc_next(d, dir))
		err_set(&e, ERR_USAGE, _("no line matches %s"), textsearch_pattern(d->search));
	end(call, s, &e);
}

static void cmd_next(struct cmd_call *call)
{
	step_search(call, 1);
}

static void cmd_previous(struct cmd_call *call)
{
	step_search(call, -1);
}

static void on_line(void *ctx, const char *text)
{
	struct source_pane *s = ctx;
	struct srcdoc *d = source_sync(s);
	if (text != NULL && d != NULL && number(text) > 0)
		srcdoc_goto(d, number(text));
	pane_touch(s->pane);
}

static void cmd_goto(struct cmd_call *call)
{
	struct srcdoc *d;
	struct err e = {0};
	struct source_pane *s = begin(call, &d);
	if (s == NULL)
		return;
	if (call->arg.n == 0)
		ui_prompt(s->pane->ui, &(struct ui_prompt){.label = _("go to line: "), .done = on_line, .ctx = s});
	else if (number(call->arg.v[0]) < 1)
		err_set(&e, ERR_USAGE, _("`%s` is no line number"), call->arg.v[0]);
	else
		srcdoc_goto(d, number(call->arg.v[0]));
	end(call, s, &e);
}

static void step_error(struct cmd_call *call, int dir)
{
	struct srcdoc *d;
	struct err e = {0};
	struct source_pane *s = begin(call, &d);
	if (s == NULL)
		return;
	if (!source_next_error(s, dir))
		err_set(&e, ERR_USAGE, _("the last build of init had no errors"));
	end(call, s, &e);
}

static void cmd_next_error(struct cmd_call *call)
{
	step_error(call, 1);
}

static void cmd_previous_error(struct cmd_call *call)
{
	step_error(call, -1);
}

static void cmd_log(struct cmd_call *call)
{
	struct srcdoc *d;
	struct err e = {0};
	struct source_pane *s = begin(call, &d);
	if (s == NULL)
		return;
	const struct srcnote *n = srcnotes_at(&s->notes, d->path, (int)d->view.cursor + 1);
	char *line = n != NULL ? xasprintf("log.goto %zu", n->log_line) : xstrdup("pane.focus log");
	struct ui *ui = call->app->ui;
	end(call, s, &e);
	ui_command(ui, line);
	free(line);
}

/* --- editing, watching, copying --- */

static void cmd_edit(struct cmd_call *call)
{
	struct srcdoc *d;
	struct err e = {0};
	struct source_pane *s = begin(call, &d);
	if (s == NULL)
		return;
	source_edit(s, &e);
	end(call, s, &e);
}

static void cmd_watch(struct cmd_call *call)
{
	struct srcdoc *d;
	struct err e = {0};
	struct source_pane *s = begin(call, &d);
	if (s == NULL)
		return;
	const char *what = call->arg.n > 0 ? call->arg.v[0] : s->auto_build ? "off" : "on";
	if (strcmp(what, "on") != 0 && strcmp(what, "off") != 0) {
		err_set(&e, ERR_USAGE, _("on or off, not `%s`"), what);
	} else {
		s->auto_build = strcmp(what, "on") == 0;
		s->mark = srcwatch_mark(s->dir);
		ui_say(s->pane->ui, UI_INFO, "%s",
			s->auto_build ? _("each save builds init and boots it from now on")
				      : _("a save builds nothing any more"));
	}
	end(call, s, &e);
}

static void cmd_copy(struct cmd_call *call)
{
	struct srcdoc *d;
	struct buf b = {0};
	struct source_pane *s = begin(call, &d);
	if (s == NULL)
		return;
	textview_copy(&d->view, &b);
	ui_copy(s->pane->ui, b.p != NULL ? b.p : "", b.n);
	buf_done(&b);
	d->view.select = SELECT_NONE;
	end(call, s, NULL);
}

static void cmd_select(struct cmd_call *call)
{
	struct srcdoc *d;
	struct source_pane *s = begin(call, &d);
	if (s == NULL)
		return;
	textview_select_lines(&d->view);
	end(call, s, NULL);
}

const struct cmd source_commands[SOURCE_COMMANDS] = {
	{"source.show", "FILE [LINE] [COLUMN]", CMD_SCREEN, N_("show a source file at a line"),
		N_("FILE is one of the shown folder, of the lab or of the kernel source."), NULL, cmd_show},
	{"source.file", "NAME", CMD_SCREEN, N_("show a file of the folder: its name, next or previous"), NULL, NULL,
		cmd_file},
	{"source.folder", "NAME", CMD_SCREEN, N_("show another folder of init/, without building it"), NULL, NULL,
		cmd_folder},
	{"init.variant", "[NAME]", CMD_SCREEN | CMD_LAB_WRITE, N_("choose which folder of init/ becomes /init"), NULL,
		NULL, cmd_variant},
	{"source.search", "[PATTERN…]", CMD_SCREEN, N_("search the file"), NULL, NULL, cmd_search},
	{"source.next", "", CMD_SCREEN, N_("the next match in the file"), NULL, NULL, cmd_next},
	{"source.previous", "", CMD_SCREEN, N_("the previous match in the file"), NULL, NULL, cmd_previous},
	{"source.goto", "[LINE]", CMD_SCREEN, N_("go to a line"), NULL, NULL, cmd_goto},
	{"source.next-error", "", CMD_SCREEN, N_("the next error of the last build of init"), NULL, NULL,
		cmd_next_error},
	{"source.previous-error", "", CMD_SCREEN, N_("the previous error of the last build of init"), NULL, NULL,
		cmd_previous_error},
	{"source.log", "", CMD_SCREEN, N_("show the log, where it has this line's message"), NULL, NULL, cmd_log},
	{"source.edit", "", CMD_SCREEN, N_("edit the file with your editor"),
		N_("The editor is $VISUAL, else $EDITOR, else nano, else vi. When it ends, init is built if the "
		   "sources have "
		   "changed, and its errors are shown at their lines."),
		NULL, cmd_edit},
	{"source.watch", "[on|off]", CMD_SCREEN, N_("build and boot on each save, or stop doing so"), NULL, NULL,
		cmd_watch},
	{"source.copy", "", CMD_SCREEN, N_("copy the selected text, or the line"), NULL, NULL, cmd_copy},
	{"source.select", "", CMD_SCREEN, N_("select lines, or stop doing so"), NULL, NULL, cmd_select},
};
