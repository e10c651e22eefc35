/* workshop_cmd: the commands of the workshop pane: which view, which variant, what is built for it, changes to the
 * initramfs from its tree. */
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "tui/screen.h"
#include "tui/workshop.h"

static const char *const view_name[WS_VIEWS] = {"compare", "bytes", "code", "assembly", "calls", "initramfs"};

/* The pane's state; NULL after the call has been ended because no lab is open. */
static struct workshop *begin(struct cmd_call *call)
{
	struct err e = {0};
	struct workshop *w = workshop_of(call->app->ui);
	if (w != NULL && call->app->pipeline != NULL) {
		ws_sync(w); /* what the command works on is what is on disk now */
		return w;
	}
	err_set(&e, ERR_USAGE, _("no lab is open"));
	cmd_done(call, &e);
	err_done(&e);
	return NULL;
}

static void end(struct cmd_call *call, struct workshop *w, struct err *e)
{
	pane_touch(w->pane);
	cmd_done(call, e);
	if (e != NULL)
		err_done(e);
}

/* Run a command line of these words. */
static void run(struct workshop *w, char *const *words, void (*then)(void *ctx, bool ok))
{
	char *line = strv_shell((char **)words);
	ui_command_then(w->pane->ui, line, then, w);
	free(line);
}

/* --- what is built --- */

static bool is_there(struct workshop *w, const char *file)
{
	char *path = ws_built(w, w->at, file);
	const bool yes = fs_exists(path);
	free(path);
	return yes;
}

void ws_need(struct workshop *w)
{
	bool missing = false;
	if (w->view == WS_COMPARE)
		missing = w->compare.n == 0;
	else if (w->view == WS_BYTES)
		missing = !is_there(w, "init");
	else if (w->view == WS_CODE)
		missing = !is_there(w, "init") || !is_there(w, "debug/init");
	else if (w->view == WS_ASM)
		missing = !is_there(w, "listing");
	if (missing && w->call == NULL)
		ui_command(w->pane->ui, "workshop.build");
}

static void on_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct workshop *w = ctx;
	progress_update(&w->progress, uv_hrtime(), what, done, total);
	pane_touch(w->pane);
}

static void finish(struct workshop *w, struct err *e)
{
	struct cmd_call *call = w->call;
	w->call = NULL;
	w->comparing = NULL;
	w->building = NULL;
	end(call, w, e);
}

static void on_compared(void *ctx, struct err *e)
{
	struct workshop *w = ctx;
	size_t n = 0;
	const struct initcompare_row *row = initcompare_rows(w->comparing, &n);
	if (!err_is(e))
		ws_compare_fill(w, row, n);
	finish(w, e);
}

static void on_built(void *ctx, struct err *e)
{
	finish(ctx, e);
}

static bool start_build(
	struct workshop *w, enum initbuild_what what, void (*done)(void *ctx, struct err *e), struct err *e)
{
	struct app *a = w->pane->ui->app;
	static const char *const sub[] = {"", "listing", "debug"};
	const struct op_cb cb = {on_progress, NULL, NULL, done, w};
	char *rel = fs_join("init", ws_variant(w, w->at)), *dir = lab_path(&a->lab, rel),
	     *out = ws_built(w, w->at, sub[what]);
	free(lab_build_dir(&a->lab, e));
	if (what != INITBUILD_PROGRAMS)
		fs_remove_tree(out, e);
	const struct initbuild_params p = {
		dir, out, out, optset_text(&a->lab.opts, OPT_INIT_CC), a->pipeline->source.tree, what};
	if (!err_is(e))
		w->building = initbuild_start(a->loop, &p, &cb, e);
	free(rel);
	free(dir);
	free(out);
	return !err_is(e);
}

/* The program is there; its twin with line tables comes next. */
static void on_program(void *ctx, struct err *e)
{
	struct workshop *w = ctx;
	struct err own = {0};
	w->building = NULL;
	if (err_is(e))
		finish(w, e);
	else if (!start_build(w, INITBUILD_DEBUG, on_built, &own))
		finish(w, &own);
}

static void cancel(struct cmd_call *call)
{
	struct workshop *w = call->state;
	if (w->comparing != NULL)
		initcompare_cancel(w->comparing);
	else if (w->building != NULL)
		initbuild_cancel(w->building);
}

static void start_compare(struct workshop *w)
{
	struct app *a = w->pane->ui->app;
	const struct op_cb cb = {on_progress, NULL, NULL, on_compared, w};
	struct strv name = {0};
	initcompare_variants(&a->lab, &name);
	const struct initcompare_params p = {
		&a->lab, a->pipeline->source.tree, &name, w->boots ? pipeline_boot_face(a->pipeline) : NULL};
	w->comparing = initcompare_start(a->loop, &p, &cb);
	strv_done(&name);
}

static void cmd_build(struct cmd_call *call)
{
	struct err e = {0};
	struct workshop *w = begin(call);
	if (w == NULL)
		return;
	bool started = true;
	w->boots = call->arg.n > 0 && strcmp(call->arg.v[0], "boot") == 0;
	if (w->boots)
		w->view = WS_COMPARE;
	w->call = call;
	call->state = w;
	call->cancel = cancel;
	progress_begin(&w->progress, uv_hrtime());
	if (w->view == WS_COMPARE)
		start_compare(w);
	else if (w->view == WS_ASM)
		started = start_build(w, INITBUILD_LISTING, on_built, &e);
	else if (w->view == WS_BYTES)
		started = start_build(w, INITBUILD_PROGRAMS, on_built, &e);
	else if (w->view == WS_CODE)
		started = start_build(w, INITBUILD_PROGRAMS, on_program, &e);
	else
		started = false;
	if (started)
		return;
	free(w->files_mark);
	w->files_mark = NULL;
	ws_calls_fill(w);
	finish(w, &e);
}

/* --- which view, which variant --- */

static void look_at(struct workshop *w, int side, const char *name)
{
	struct ws_program *p = &w->side[side];
	free(p->variant);
	p->variant = xstrdup(name);
	p->byte = p->top = 0;
	p->insn.view.cursor = p->insn.view.top = 0;
	if (p->source != NULL) {
		srcdoc_done(p->source);
		free(p->source);
		p->source = NULL;
	}
}

static bool is_variant(struct workshop *w, const char *name, struct err *e)
{
	struct strv names = {0};
	initcompare_variants(&w->pane->ui->app->lab, &names);
	const bool yes = strv_has(&names, name);
	if (!yes)
		err_set(e, ERR_USAGE, _("there is no variant `%s`"), name);
	strv_done(&names);
	return yes;
}

/* A byte map needs some 76 columns: on a screen of less than twice that the pane takes all of it. */
static void make_room(struct ui *ui)
{
	int rows, cols;
	screen_size(ui->screen, &rows, &cols);
	if (cols < 160 || rows < 40)
		layout_zoom(ui->layout, true);
}

static void cmd_show(struct cmd_call *call)
{
	struct err e = {0};
	struct workshop *w = begin(call);
	if (w == NULL)
		return;
	size_t i = w->view;
	if (call->arg.n > 0)
		for (i = 0; i < WS_VIEWS && strcmp(view_name[i], call->arg.v[0]) != 0;)
			i++;
	if (i == WS_VIEWS)
		err_set(&e, ERR_USAGE, _("workshop.show: `%s` is none of: compare bytes code assembly calls initramfs"),
			call->arg.v[0]);
	else if (call->arg.n < 2 || is_variant(w, call->arg.v[1], &e))
		w->view = (enum ws_view)i;
	if (!err_is(&e) && call->arg.n > 1)
		look_at(w, w->at, call->arg.v[1]);
	const bool ok = !err_is(&e);
	end(call, w, &e);
	if (!ok)
		return;
	ui_focus(w->pane->ui, "workshop");
	make_room(w->pane->ui);
	ws_need(w);
}

static void complete_variant(void *ctx, const char *text, size_t at, struct strv *out, size_t *from)
{
	const struct workshop *w = ctx;
	struct strv names = {0};
	initcompare_variants(&w->pane->ui->app->lab, &names);
	*from = 0;
	for (size_t i = 0; i < names.n; i++)
		if (strncmp(names.v[i], text, at) == 0)
			strv_add(out, names.v[i]);
	strv_done(&names);
}

static void on_variant(void *ctx, const char *text)
{
	char *words[] = {"workshop.variant", (char *)text, NULL};
	if (text != NULL && *text != '\0')
		run(ctx, words, NULL);
}

static void on_beside(void *ctx, const char *text)
{
	char *words[] = {"workshop.beside", (char *)text, NULL};
	if (text != NULL && *text != '\0')
		run(ctx, words, NULL);
}

static void ask_variant(struct workshop *w, const char *label, void (*done)(void *ctx, const char *text))
{
	ui_prompt(
		w->pane->ui, &(struct ui_prompt){.label = label, .done = done, .complete = complete_variant, .ctx = w});
}

static void cmd_variant(struct cmd_call *call)
{
	struct err e = {0};
	struct workshop *w = begin(call);
	if (w == NULL)
		return;
	const bool named = call->arg.n > 0, ok = named && is_variant(w, call->arg.v[0], &e);
	if (!named)
		ask_variant(w, _("variant to look at (Tab lists them): "), on_variant);
	if (ok)
		look_at(w, w->at, call->arg.v[0]);
	end(call, w, &e);
	if (ok)
		ws_need(w);
}

static void cmd_beside(struct cmd_call *call)
{
	struct err e = {0};
	struct workshop *w = begin(call);
	if (w == NULL)
		return;
	bool need = false;
	if (call->arg.n > 0 && is_variant(w, call->arg.v[0], &e)) {
		look_at(w, 1, call->arg.v[0]);
		w->two = need = true;
		w->at = 1;
		if (w->view != WS_CODE)
			w->view = WS_BYTES;
	} else if (call->arg.n == 0 && w->two) {
		w->two = false;
		w->at = 0;
	} else if (call->arg.n == 0) {
		ask_variant(w, _("variant to show beside it (Tab lists them): "), on_beside);
	}
	end(call, w, &e);
	if (need)
		ws_need(w);
}

static void cmd_other(struct cmd_call *call)
{
	struct workshop *w = begin(call);
	if (w == NULL)
		return;
	w->at = w->two ? 1 - w->at : 0;
	end(call, w, NULL);
}

static void on_clone(void *ctx, const char *text)
{
	char *words[] = {"workshop.clone", (char *)text, NULL};
	if (text != NULL && *text != '\0')
		run(ctx, words, NULL);
}

static void cmd_clone(struct cmd_call *call)
{
	struct workshop *w = begin(call);
	if (w == NULL)
		return;
	const bool named = call->arg.n > 0;
	const char *on_line = w->view == WS_COMPARE ? ws_list_word(&w->compare) : NULL;
	char *from = xstrdup(on_line != NULL ? on_line : ws_variant(w, w->at)),
	     *to = named ? xstrdup(call->arg.v[0]) : NULL;
	end(call, w, NULL);
	if (named) {
		char *words[] = {"init", "clone", from, to, NULL};
		run(w, words, NULL);
	} else {
		char *label = xasprintf(_("name of the copy of %s: "), from);
		ui_prompt(w->pane->ui, &(struct ui_prompt){.label = label, .done = on_clone, .ctx = w});
		free(label);
	}
	free(from);
	free(to);
}

/* --- a trace --- */

static void on_input(void *ctx, const char *text)
{
	struct workshop *w = ctx;
	char *words[] = {"init", "trace", (char *)ws_variant(w, w->at), "--input", (char *)text, NULL};
	if (text != NULL)
		run(w, words, NULL);
}

static void cmd_trace(struct cmd_call *call)
{
	struct workshop *w = begin(call);
	if (w == NULL)
		return;
	ui_prompt(w->pane->ui, &(struct ui_prompt){.label = _("typed at it (\\n is Enter): "),
				       .initial = "/bin/hello\\n",
				       .history = "trace",
				       .done = on_input,
				       .ctx = w});
	end(call, w, NULL);
}

/* --- searching, stepping, following --- */

/* A byte by number, or the next field whose name has the text. */
static bool find_byte(struct workshop *w, const char *text)
{
	struct ws_program *p = ws_side(w);
	const struct elfview *v = &p->code.v;
	char *rest = NULL;
	const uint64_t byte = strtoull(text, &rest, 0);
	if (rest != text && *rest == '\0' && byte < v->n)
		return p->byte = byte, true;
	for (size_t i = 0; i < 2 * v->n_range; i++) {
		const struct elf_range *r = &v->range[i % v->n_range];
		if ((i >= v->n_range || r->off > p->byte) && strstr(r->name, text) != NULL)
			return p->byte = r->off, true;
	}
	return false;
}

static bool find(struct workshop *w, int dir, bool here)
{
	struct ws_list *l = ws_current_list(w);
	struct err ignored = {0};
	bool found = false;
	if (w->search == NULL)
		return true;
	if (l != NULL)
		found = ws_list_find(l, w->search, dir, here);
	else if (w->view == WS_BYTES)
		found = find_byte(w, w->search);
	else if (w->listing != NULL)
		found = srcdoc_search(w->listing, w->search, &ignored) == 0 && srcdoc_next(w->listing, dir);
	err_done(&ignored);
	if (w->view == WS_CODE)
		ws_code_follow(w, w->at);
	return found;
}

static void on_search(void *ctx, const char *text)
{
	char *words[] = {"workshop.search", (char *)text, NULL};
	if (text != NULL)
		run(ctx, words, NULL);
}

static void set_text(char **to, const char *text)
{
	free(*to);
	*to = text != NULL && *text != '\0' ? xstrdup(text) : NULL;
}

static void cmd_search(struct cmd_call *call)
{
	struct err e = {0};
	struct workshop *w = begin(call);
	if (w == NULL)
		return;
	if (call->arg.n == 0) {
		ui_prompt(w->pane->ui, &(struct ui_prompt){.label = w->view == WS_CALLS   ? _("only calls with: ")
								    : w->view == WS_BYTES ? _("byte or field: ")
											  : _("search: "),
					       .history = "workshop",
					       .done = on_search,
					       .ctx = w});
	} else if (w->view == WS_CALLS) {
		set_text(&w->calls_filter, call->arg.v[0]);
		ws_calls_fill(w);
		w->calls.view.cursor = w->calls.view.top = 0;
	} else {
		set_text(&w->search, call->arg.v[0]);
		if (!find(w, 1, true))
			err_set(&e, ERR_USAGE, _("nothing here has `%s`"), call->arg.v[0]);
	}
	end(call, w, &e);
}

static void step(struct cmd_call *call, int dir)
{
	struct workshop *w = begin(call);
	if (w == NULL)
		return;
	find(w, dir, false);
	end(call, w, NULL);
}

static void cmd_next(struct cmd_call *call)
{
	step(call, 1);
}

static void cmd_previous(struct cmd_call *call)
{
	step(call, -1);
}

/* The next thing of the view: a field, a function, the other part of a pair. */
static void cmd_part(struct cmd_call *call)
{
	struct workshop *w = begin(call);
	if (w == NULL)
		return;
	const int dir = strcmp(call->arg.v[0], "previous") == 0 ? -1 : 1;
	struct ws_list *l = ws_current_list(w);
	if (w->view == WS_BYTES)
		ws_bytes_step(w, dir);
	for (size_t i = l != NULL ? l->view.cursor + (size_t)dir : 0; w->view == WS_CODE && l != NULL && i < l->n;
		i += (size_t)dir)
		if (l->v[i].word != NULL) {
			textview_goto(&l->view, i);
			ws_code_follow(w, w->at);
			break;
		}
	end(call, w, NULL);
}

static void cmd_open(struct cmd_call *call)
{
	struct workshop *w = begin(call);
	if (w == NULL)
		return;
	struct ws_list *l = ws_current_list(w);
	char *word = l != NULL && ws_list_word(l) != NULL ? xstrdup(ws_list_word(l)) : NULL, *place = NULL;
	const struct ws_program *p = ws_side(w);
	if (w->view == WS_CODE && p->source != NULL)
		place = xasprintf("%zu", p->source->view.cursor + 1);
	const bool followed = w->view == WS_BYTES && ws_bytes_follow(w);
	end(call, w, NULL);
	if (w->view == WS_COMPARE && word != NULL) {
		char *words[] = {"workshop.show", "bytes", word, NULL};
		run(w, words, NULL);
	} else if (w->view == WS_FILES && word != NULL) {
		char *words[] = {"initramfs", "show", word, NULL};
		run(w, words, NULL);
	} else if (place != NULL && !followed) {
		char *words[] = {"source.show", p->source->path, place, NULL};
		run(w, words, NULL);
	} else if (followed && w->view == WS_CODE) {
		ws_need(w);
	}
	free(word);
	free(place);
}

/* --- changes to the initramfs --- */

static void on_changed(void *ctx, bool ok)
{
	struct workshop *w = ctx;
	(void)ok;
	set_text(&w->files_mark, NULL);
	pane_touch(w->pane);
}

/* What a prompt's answer is for. */
struct change {
	struct workshop *w;
	const char *action; /* of initramfs */
	char *first;        /* the word before the answer, or NULL */
	char *last;         /* the word behind it, or NULL */
};

static void change_run(struct change *c, const char *text)
{
	char *words[6] = {"initramfs", (char *)c->action};
	size_t n = 2;
	if (c->first != NULL)
		words[n++] = c->first;
	if (text != NULL)
		words[n++] = (char *)text;
	if (c->last != NULL)
		words[n++] = c->last;
	run(c->w, words, on_changed);
}

static void change_free(struct change *c)
{
	free(c->first);
	free(c->last);
	free(c);
}

static void on_answer(void *ctx, const char *text)
{
	struct change *c = ctx;
	if (text != NULL && *text != '\0')
		change_run(c, text);
	change_free(c);
}

/* The first of two questions: its answer is the word before the second. */
static void on_first(void *ctx, const char *text)
{
	struct change *c = ctx;
	if (text == NULL || *text == '\0') {
		change_free(c);
		return;
	}
	const char *slash = strrchr(text, '/');
	char *initial =
		strcmp(c->action, "add") == 0 ? xasprintf("bin/%s", slash != NULL ? slash + 1 : text) : xstrdup("");
	c->first = xstrdup(text);
	ui_prompt(c->w->pane->ui,
		&(struct ui_prompt){
			.label = _("name in the initramfs: "), .initial = initial, .done = on_answer, .ctx = c});
	free(initial);
}

static void on_remove(void *ctx, char key)
{
	struct change *c = ctx;
	if (key == 'y')
		change_run(c, NULL);
	change_free(c);
}

static void ask(struct workshop *w, struct change *c, const char *label, void (*done)(void *ctx, const char *text))
{
	ui_prompt(w->pane->ui, &(struct ui_prompt){.label = label, .done = done, .ctx = c});
}

static void cmd_change(struct cmd_call *call)
{
	struct err e = {0};
	struct workshop *w = begin(call);
	if (w == NULL)
		return;
	static const char *const actions[] = {"add", "rm", "chmod", "link", "mkdir"};
	size_t i = 0;
	while (i < ARRAY_LEN(actions) && strcmp(actions[i], call->arg.v[0]) != 0)
		i++;
	const char *name = ws_list_word(&w->files);
	if (i == ARRAY_LEN(actions))
		err_set(&e, ERR_USAGE, _("workshop.change: add, rm, chmod, link or mkdir, not `%s`"), call->arg.v[0]);
	else if (w->view != WS_FILES)
		err_set(&e, ERR_USAGE, _("that is for the initramfs: show it first (6)"));
	else if ((i == 1 || i == 2) && name == NULL)
		err_set(&e, ERR_USAGE, _("no entry is chosen"));
	if (err_is(&e)) {
		end(call, w, &e);
		return;
	}
	struct change *c = xcalloc(1, sizeof(*c));
	c->w = w;
	c->action = actions[i];
	char *label = NULL, *shown = name != NULL ? xasprintf("/%s", name) : NULL;
	end(call, w, NULL);
	switch (i) {
	case 0:
		ask(w, c, _("file of this machine to add: "), on_first);
		break;
	case 1:
		c->last = xstrdup(name);
		label = xasprintf(_("Take %s out, with all below it?"), shown);
		ui_confirm(w->pane->ui, label, "yn", on_remove, c);
		break;
	case 2:
		c->last = xstrdup(name);
		label = xasprintf(_("mode of %s (0755, a+x): "), shown);
		ask(w, c, label, on_answer);
		break;
	case 3:
		ask(w, c, _("what the link leads to: "), on_first);
		break;
	default:
		ask(w, c, _("name of the new folder: "), on_answer);
	}
	free(label);
	free(shown);
}

const struct cmd workshop_commands[WORKSHOP_COMMANDS] = {
	{"workshop.show", "[VIEW] [VARIANT]", CMD_SCREEN | CMD_LAB,
		N_("the init workshop: variants compared, down to the byte"),
		N_("VIEW: compare (all variants), bytes (every byte named), code (instructions beside the source), "
		   "assembly "
		   "(what the compiler makes of the C), calls (the kernel's system calls), initramfs (what goes in, to "
		   "be "
		   "changed)."),
		NULL, cmd_show},
	{"workshop.variant", "[VARIANT]", CMD_SCREEN | CMD_LAB, N_("look at another variant, without choosing it"),
		NULL, NULL, cmd_variant},
	{"workshop.beside", "[VARIANT]", CMD_SCREEN | CMD_LAB, N_("show a second variant side by side, or no more"),
		NULL, NULL, cmd_beside},
	{"workshop.other", "", CMD_SCREEN | CMD_LAB, N_("go to the variant on the other side"), NULL, NULL, cmd_other},
	{"workshop.build", "[boot]", CMD_SCREEN | CMD_LAB_WRITE, N_("build again what the view shows"),
		N_("boot: compare all variants, and boot each on the lab's kernel for the time to its prompt."), NULL,
		cmd_build},
	{"workshop.search", "[TEXT]", CMD_SCREEN | CMD_LAB, N_("find text, a field or a byte; filter the system calls"),
		NULL, NULL, cmd_search},
	{"workshop.next", "", CMD_SCREEN | CMD_LAB, N_("the next place that was searched for"), NULL, NULL, cmd_next},
	{"workshop.previous", "", CMD_SCREEN | CMD_LAB, N_("the previous place that was searched for"), NULL, NULL,
		cmd_previous},
	{"workshop.part", "next|previous", CMD_SCREEN | CMD_LAB,
		N_("to the next field, or function, or the previous one"), NULL, NULL, cmd_part},
	{"workshop.open", "", CMD_SCREEN | CMD_LAB,
		N_("follow what is under the cursor: an address, a source line, a variant, a file's header"), NULL,
		NULL, cmd_open},
	{"workshop.trace", "", CMD_SCREEN | CMD_LAB,
		N_("run the variant here, locked up, and tell each system call it really makes"), NULL, NULL,
		cmd_trace},
	{"workshop.clone", "[NAME]", CMD_SCREEN | CMD_LAB, N_("copy the variant under a new name, to change it"), NULL,
		NULL, cmd_clone},
	{"workshop.change", "ACTION", CMD_SCREEN | CMD_LAB,
		N_("change what goes into the initramfs: add, rm, chmod, link, mkdir"), NULL, NULL, cmd_change},
};
