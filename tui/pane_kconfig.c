/* pane_kconfig: the kernel options, by the selected tree's own parser (core/kc.h): browse, search, set, and see what
 * each edit brought with it, why an option cannot be set, and what it would take. The article's five options are
 * marked 5. */
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"
#include "tui/kcfg.h"

static struct kcfg *of(const struct pane *p)
{
	return p->state;
}

static struct kcfg *of_call(struct cmd_call *call)
{
	struct pane *p = ui_pane(call->app->ui, "kconfig");
	return p->state;
}

/* --- the model comes and goes --- */

static void on_tree(void *ctx)
{
	struct kcfg *k = ctx;
	k->tree_here = true;
	k->stale = true;
	kcfg_take_base(k);
	pane_touch(k->pane);
}

static void on_ready(void *ctx, struct err *e)
{
	struct kcfg *k = ctx;
	if (err_is(e)) {
		err_move(&k->broken, e);
		k->tree_here = false;
	} else {
		k->ready = true;
		kcfg_take_base(k);
	}
	k->stale = true;
	pane_touch(k->pane);
}

static void on_changed(void *ctx)
{
	struct kcfg *k = ctx;
	k->stale = true;
	pane_touch(k->pane);
}

static void on_message(void *ctx, const char *text, bool is_warning)
{
	struct kcfg *k = ctx;
	ui_say(k->pane->ui, is_warning ? UI_WARNING : UI_INFO, "%s", text);
	if (is_warning && !k->ready) /* of the file that is opened: stays until the first edit */
		kcfg_news(k, true, "%s", text);
}

static void forget(struct kcfg *k)
{
	if (k->kc != NULL)
		kc_close(k->kc);
	k->kc = NULL;
	kcfg_drop_bases(k);
	k->tree_here = k->ready = false;
	free(k->tree);
	free(k->row);
	free(k->open);
	free(k->marked);
	free(k->differs);
	free(k->hit);
	k->tree = NULL;
	k->row = NULL;
	k->open = k->marked = k->differs = NULL;
	k->hit = NULL;
	k->n_row = k->n_hit = 0;
	k->detail.sym = -1;
	err_done(&k->broken);
}

static void open_tree(struct kcfg *k, const char *tree)
{
	char *config = lab_path(&k->pane->ui->app->lab, "kernel.config");
	const struct kc_params params = {.tree = tree,
		.config = fs_exists(config) ? config : NULL,
		.tree_ready = on_tree,
		.ready = on_ready,
		.changed = on_changed,
		.message = on_message,
		.ctx = k};
	forget(k);
	k->tree = xstrdup(tree);
	k->cursor = 0;
	k->kc = kc_open(k->pane->ui->app->loop, &params, &k->broken);
	free(config);
}

/* The pipeline moved on: there may be a tree now, another tree, or a kernel.config that was made anew. */
static void look_at_lab(struct kcfg *k)
{
	const struct pipeline *p = k->pane->ui->app->pipeline;
	if (p == NULL || p->rev == k->pipeline_rev)
		return;
	k->pipeline_rev = p->rev;
	if (pipeline_busy(p) && (p->running == STAGE_SOURCE || p->running == STAGE_CONFIG))
		return;
	const char *tree = p->source.tree;
	if (tree != NULL && (k->tree == NULL || strcmp(k->tree, tree) != 0))
		open_tree(k, tree);
	else if (k->ready && k->edits == 0 && k->pane->ui->top == NULL)
		kcfg_reload(k);
}

static unsigned rev_of(const struct pane *p)
{
	struct kcfg *k = of(p);
	look_at_lab(k);
	return p->rev;
}

static int open_pane(struct pane *p, struct err *e)
{
	(void)e;
	struct kcfg *k = xcalloc(1, sizeof(*k));
	p->state = k;
	k->pane = p;
	k->pipeline_rev = ~0u;
	kcfg_detail_init(k);
	return 0;
}

static void close_pane(struct pane *p)
{
	struct kcfg *k = of(p);
	forget(k);
	kcfg_detail_done(k);
	strv_done(&k->news);
	free(k->pattern);
	free(k);
}

static void draw_pane(struct pane *p, const struct draw *d, bool focused)
{
	kcfg_draw(of(p), d, focused);
}

/* The page on a symbol is wrapped to the width. */
static void resize_pane(struct pane *p, int rows, int cols)
{
	struct kcfg *k = of(p);
	(void)rows, (void)cols;
	if (k->detail.sym >= 0)
		kcfg_detail_open(k, k->detail.sym, false);
}

static void status_of(const struct pane *p, struct buf *out)
{
	static const char *const filter[] = {"", N_("changed"), N_("set"), N_("the five"), N_("selected"), N_("new"),
		N_("not default"), N_("marked"), N_("unlike preset"), N_("unlike tinyconfig")};
	const struct kcfg *k = of(p);
	if (!k->tree_here)
		return;
	unsigned n = 0;
	for (size_t i = 0; i < ARRAY_LEN(kcfg_article); i++) {
		struct kc_sym s = {0};
		int sym = kc_find(k->kc, kcfg_article[i]);
		if (sym >= 0)
			kc_sym(k->kc, sym, &s);
		n += s.value != NULL && s.value[0] == 'y';
	}
	buf_addf(out, _("five: %u of 5"), n);
	if (k->filter != KCFG_ALL)
		buf_addf(out, " %s", _(filter[k->filter]));
	if (k->show_all)
		buf_addf(out, " %s", _("all"));
	if (!k->ready || k->edits > 0)
		buf_adds(out, " …");
}

static bool is_busy(const struct pane *p)
{
	const struct kcfg *k = of(p);
	return k->edits > 0 || (k->kc != NULL && !k->ready && !err_is(&k->broken));
}

/* --- keys and mouse --- */

/* The symbol at the cursor, -1 if the row has none. */
static int sym_here(const struct kcfg *k)
{
	struct kc_node n;
	if (k->detail.sym >= 0)
		return k->detail.sym;
	if (!k->tree_here || k->cursor < 0)
		return -1;
	kc_node(k->kc, k->cursor, &n);
	return n.sym;
}

static void open_or_close(struct kcfg *k, bool open)
{
	struct kc_node n;
	kc_node(k->kc, k->cursor, &n);
	bool flat = k->flat || k->filter != KCFG_ALL || k->searching;
	if (open && !flat && n.first >= 0 && !k->open[k->cursor]) {
		k->open[k->cursor] = true;
	} else if (open && !flat && n.first >= 0) {
		kcfg_move(k, 1);
	} else if (!open && k->open[k->cursor]) {
		k->open[k->cursor] = false;
	} else if (!open) {
		long row = -1;
		for (int up = n.parent; up > 0 && row < 0; up = n.parent) {
			row = kcfg_row_of(k, up);
			if (row >= 0)
				k->cursor = up;
			kc_node(k->kc, up, &n);
		}
	}
	k->stale = true;
	pane_touch(k->pane);
}

static bool on_key(struct pane *p, const struct key *key)
{
	struct kcfg *k = of(p);
	long page = p->rows > 3 ? p->rows - 2 : 1;
	if (!k->tree_here)
		return false;
	if (k->detail.sym >= 0)
		return kcfg_detail_key(k, key);
	if (k->stale)
		kcfg_rows(k);
	switch (key->code) {
	case K_UP:
	case 'k':
		kcfg_move(k, -1);
		return true;
	case K_DOWN:
	case 'j':
		kcfg_move(k, 1);
		return true;
	case K_PGUP:
		kcfg_move(k, -page);
		return true;
	case K_PGDN:
		kcfg_move(k, page);
		return true;
	case K_HOME:
	case 'g':
		kcfg_move(k, -(1L << 30));
		return true;
	case K_END:
	case 'G':
		kcfg_move(k, 1L << 30);
		return true;
	case K_RIGHT:
	case 'l':
		open_or_close(k, true);
		return true;
	case K_LEFT:
	case 'h':
		open_or_close(k, false);
		return true;
	default:
		return false;
	}
}

static bool on_mouse(struct pane *p, const struct mouse *m)
{
	struct kcfg *k = of(p);
	if (!k->tree_here)
		return false;
	if (k->detail.sym >= 0)
		return kcfg_detail_mouse(k, m);
	if (m->kind == MOUSE_WHEEL_UP || m->kind == MOUSE_WHEEL_DOWN) {
		kcfg_move(k, m->kind == MOUSE_WHEEL_UP ? -3 : 3);
		return true;
	}
	long row = m->kind == MOUSE_PRESS && m->button == 1 ? kcfg_row_at(k, m->y) : -1;
	if (row < 0)
		return false;
	bool again = k->cursor == k->row[row];
	k->cursor = k->row[row];
	pane_touch(p);
	if (again || m->clicks >= 2)
		ui_command(p->ui, "kconfig.open");
	return true;
}

/* --- commands --- */

static const char *arg(struct cmd_call *call)
{
	return call->arg.n > 0 ? call->arg.v[0] : NULL;
}

/* Name of the symbol a command is about: its argument, else the cursor's; NULL (and told) if there is none. */
static const char *name_for(struct cmd_call *call, const char *given)
{
	struct kcfg *k = of_call(call);
	struct kc_sym s = {0};
	int sym = given != NULL && k->tree_here ? kc_find(k->kc, given) : sym_here(k);
	if (sym >= 0)
		kc_sym(k->kc, sym, &s);
	if (s.name == NULL)
		ui_say(call->app->ui, UI_WARNING,
			given != NULL ? _("there is no option %s in this kernel") : _("no option is selected"), given);
	return s.name;
}

static void on_value(void *ctx, const char *text)
{
	struct kcfg *k = ctx;
	struct kc_sym s = {0};
	int sym = sym_here(k);
	if (sym >= 0)
		kc_sym(k->kc, sym, &s);
	if (text != NULL && s.name != NULL)
		kcfg_set(k, s.name, text);
}

static void ask_value(struct kcfg *k, const struct kc_sym *s)
{
	char *label = xasprintf("%s = ", s->name);
	const struct ui_prompt p = {.label = label, .initial = s->value, .done = on_value, .ctx = k};
	ui_prompt(k->pane->ui, &p);
	free(label);
}

static bool is_text(const struct kc_sym *s)
{
	return s->type == KC_INT || s->type == KC_HEX || s->type == KC_STRING;
}

static void run_toggle(struct cmd_call *call)
{
	struct kcfg *k = of_call(call);
	struct kc_sym s = {0};
	int sym = sym_here(k);
	if (sym >= 0)
		kc_sym(k->kc, sym, &s);
	if (s.name != NULL && is_text(&s))
		ask_value(k, &s);
	else if (s.name != NULL)
		kcfg_set(k, s.name, NULL);
	else if (k->tree_here && k->cursor >= 0 && k->detail.sym < 0)
		open_or_close(k, !k->open[k->cursor]);
	cmd_done(call, NULL);
}

/* Enter: a menu opens or closes, a value is edited, an option shows its page. */
static void run_open(struct cmd_call *call)
{
	struct kcfg *k = of_call(call);
	struct kc_node n = {0};
	struct kc_sym s = {0};
	if (k->tree_here && k->cursor >= 0 && k->detail.sym < 0) {
		kc_node(k->kc, k->cursor, &n);
		if (n.sym >= 0)
			kc_sym(k->kc, n.sym, &s);
		if (k->searching || k->filter != KCFG_ALL)
			kcfg_detail_open(k, n.sym, false);
		else if (n.first >= 0 && (n.menu || n.kind == KC_CHOICE || n.kind == KC_MENU))
			open_or_close(k, !k->open[k->cursor]);
		else if (s.name != NULL && is_text(&s))
			ask_value(k, &s);
		else if (n.sym >= 0)
			kcfg_detail_open(k, n.sym, false);
	} else if (k->detail.sym >= 0) {
		const struct key enter = {.code = K_ENTER};
		kcfg_detail_key(k, &enter);
	}
	cmd_done(call, NULL);
}

static void run_set(struct cmd_call *call)
{
	bool named = call->arg.n == 2;
	const char *name = name_for(call, named ? call->arg.v[0] : NULL);
	if (name != NULL)
		kcfg_set(of_call(call), name, call->arg.v[named]);
	cmd_done(call, NULL);
}

static void run_info(struct cmd_call *call)
{
	struct kcfg *k = of_call(call);
	int sym = arg(call) != NULL && k->tree_here ? kc_find(k->kc, arg(call)) : sym_here(k);
	if (k->detail.sym >= 0 && arg(call) == NULL)
		kcfg_detail_close(k);
	else
		kcfg_detail_open(k, sym, true);
	cmd_done(call, NULL);
}

static void on_search_change(void *ctx, const char *text)
{
	struct kcfg *k = ctx;
	k->searching = text[0] != '\0';
	kcfg_search(k, text[0] == '~' ? text + 1 : text, text[0] == '~');
}

static void on_search_done(void *ctx, const char *text)
{
	struct kcfg *k = ctx;
	k->searching = false;
	k->stale = true;
	if (text != NULL && text[0] != '\0' && k->n_hit > 0)
		kcfg_reveal(k, k->hit[0]);
	else
		k->cursor = k->before;
	if (text != NULL && text[0] != '\0' && k->n_hit == 0)
		ui_say(k->pane->ui, UI_WARNING, _("no option fits `%s`"), text);
	pane_touch(k->pane);
}

static void run_search(struct cmd_call *call)
{
	struct kcfg *k = of_call(call);
	k->before = k->cursor;
	if (k->detail.sym >= 0)
		kcfg_detail_close(k);
	if (arg(call) != NULL) {
		kcfg_search(k, arg(call), false);
		on_search_done(k, arg(call));
	} else if (k->tree_here) {
		const struct ui_prompt p = {.label = _("search (~ fuzzy): "),
			.history = "kconfig",
			.change = on_search_change,
			.done = on_search_done,
			.ctx = k};
		ui_prompt(call->app->ui, &p);
	}
	cmd_done(call, NULL);
}

static void run_next(struct cmd_call *call)
{
	kcfg_next_hit(of_call(call), 1);
	cmd_done(call, NULL);
}

static void run_previous(struct cmd_call *call)
{
	kcfg_next_hit(of_call(call), -1);
	cmd_done(call, NULL);
}

static void run_goto(struct cmd_call *call)
{
	struct kcfg *k = of_call(call);
	struct kc_sym s;
	int sym = k->tree_here ? kc_find(k->kc, call->arg.v[0]) : -1;
	if (sym >= 0) {
		kc_sym(k->kc, sym, &s);
		k->detail.sym = -1;
		kcfg_reveal(k, s.node);
		pane_touch(k->pane);
	} else {
		ui_say(call->app->ui, UI_WARNING, _("there is no option %s in this kernel"), call->arg.v[0]);
	}
	cmd_done(call, NULL);
}

/* The next of the article's five that is not set yet. */
static void run_five(struct cmd_call *call)
{
	struct kcfg *k = of_call(call);
	struct kc_sym s = {0};
	for (size_t i = 0; k->tree_here && i < ARRAY_LEN(kcfg_article); i++) {
		int sym = kc_find(k->kc, kcfg_article[i]);
		if (sym < 0)
			continue;
		kc_sym(k->kc, sym, &s);
		if (s.value == NULL || s.value[0] != 'y') {
			k->detail.sym = -1;
			kcfg_reveal(k, s.node);
			kcfg_news_clear(k);
			kcfg_news(k, false, _("%s: {key:kconfig.toggle} sets it, {key:kconfig.info} says what it is"),
				s.name);
			cmd_done(call, NULL);
			return;
		}
	}
	kcfg_news_clear(k);
	kcfg_news(k, false, "%s", _("all five are set: {key:run} builds and boots it"));
	cmd_done(call, NULL);
}

static void run_filter(struct cmd_call *call)
{
	static const char *const name[KCFG_FILTER_N] = {
		"all", "changed", "set", "five", "selected", "new", "different", "marked", "preset", "tinyconfig"};
	struct kcfg *k = of_call(call);
	struct err e = {0};
	int f = ((int)k->filter + 1) % KCFG_FILTER_N;
	if (arg(call) != NULL)
		for (f = 0; f < KCFG_FILTER_N && strcmp(name[f], arg(call)) != 0;)
			f++;
	if (f == KCFG_FILTER_N) {
		err_set(&e, ERR_USAGE, _("there is no filter `%s`"), arg(call));
		err_hint(&e, "all, changed, set, five, selected, new, different, marked, preset, tinyconfig");
	} else {
		k->filter = (enum kcfg_filter)f;
		if (f == KCFG_DIFFERENT)
			kcfg_ask_different(k);
		if (f == KCFG_PRESET || f == KCFG_TINY)
			kcfg_ask_compared(k);
		k->stale = true;
		pane_touch(k->pane);
	}
	cmd_done(call, &e);
	err_done(&e);
}

static void run_mark(struct cmd_call *call)
{
	struct kcfg *k = of_call(call);
	if (k->tree_here && k->marked != NULL && k->cursor >= 0) {
		k->marked[k->cursor] = !k->marked[k->cursor];
		kcfg_move(k, 1);
	}
	cmd_done(call, NULL);
}

static void run_all(struct cmd_call *call)
{
	struct kcfg *k = of_call(call);
	k->show_all = !k->show_all;
	k->stale = true;
	pane_touch(k->pane);
	cmd_done(call, NULL);
}

static void run_flat(struct cmd_call *call)
{
	struct kcfg *k = of_call(call);
	k->flat = !k->flat;
	k->stale = true;
	pane_touch(k->pane);
	cmd_done(call, NULL);
}

static void run_why(struct cmd_call *call)
{
	const char *name = name_for(call, arg(call));
	if (name != NULL)
		kcfg_why(of_call(call), name);
	cmd_done(call, NULL);
}

static void run_enable(struct cmd_call *call)
{
	const char *name = name_for(call, arg(call));
	if (name != NULL)
		kcfg_plan(of_call(call), name, "y");
	cmd_done(call, NULL);
}

static void run_disable(struct cmd_call *call)
{
	const char *name = name_for(call, arg(call));
	if (name != NULL)
		kcfg_plan(of_call(call), name, "n");
	cmd_done(call, NULL);
}

static void run_undo(struct cmd_call *call)
{
	kcfg_undo(of_call(call), false);
	cmd_done(call, NULL);
}

static void run_redo(struct cmd_call *call)
{
	kcfg_undo(of_call(call), true);
	cmd_done(call, NULL);
}

static void run_mode(struct cmd_call *call)
{
	kcfg_mode(of_call(call), call->arg.v[0]);
	cmd_done(call, NULL);
}

static void run_unset(struct cmd_call *call)
{
	const char *name = name_for(call, arg(call));
	if (name != NULL)
		kcfg_unset(of_call(call), name);
	cmd_done(call, NULL);
}

/* Files are named from the lab. */
static void run_load(struct cmd_call *call)
{
	kcfg_file(of_call(call), KCFG_LOAD, call->arg.v[0]);
	cmd_done(call, NULL);
}

static void run_merge(struct cmd_call *call)
{
	kcfg_file(of_call(call), KCFG_MERGE, call->arg.v[0]);
	cmd_done(call, NULL);
}

static void run_save(struct cmd_call *call)
{
	kcfg_file(of_call(call), KCFG_SAVE, call->arg.v[0]);
	cmd_done(call, NULL);
}

static void run_save_minimal(struct cmd_call *call)
{
	kcfg_file(of_call(call), KCFG_SAVE_MINIMAL, call->arg.v[0]);
	cmd_done(call, NULL);
}

/* What the last edit brought, whole, as a message. */
static void run_news(struct cmd_call *call)
{
	struct kcfg *k = of_call(call);
	struct buf b = {0};
	for (size_t i = 0; i < k->news.n; i++)
		buf_addf(&b, "%s%s", i > 0 ? "\n" : "", k->news.v[i]);
	if (b.n > 0)
		ui_say(call->app->ui, UI_INFO, "%s", b.p);
	buf_done(&b);
	cmd_done(call, NULL);
}

static const struct cmd commands[] = {
	{"kconfig.toggle", "", CMD_SCREEN, N_("set the selected option to its next value"), NULL, NULL, run_toggle},
	{"kconfig.open", "", CMD_SCREEN, N_("open or close a menu, edit a value, show an option's page"), NULL, NULL,
		run_open},
	{"kconfig.set", "[NAME] VALUE", CMD_SCREEN, N_("set an option: y, m, n, a number, a text"), NULL, NULL,
		run_set},
	{"kconfig.info", "[NAME]", CMD_SCREEN, N_("everything on an option: help, needs, what selects it"), NULL, NULL,
		run_info},
	{"kconfig.search", "[PATTERN]", CMD_SCREEN, N_("search names, prompts and help of the kernel's options"), NULL,
		NULL, run_search},
	{"kconfig.next", "", CMD_SCREEN, N_("the next option found"), NULL, NULL, run_next},
	{"kconfig.previous", "", CMD_SCREEN, N_("the previous option found"), NULL, NULL, run_previous},
	{"kconfig.goto", "NAME", CMD_SCREEN, N_("go to an option in the menu"), NULL, NULL, run_goto},
	{"kconfig.five", "", CMD_SCREEN, N_("go to the next of the article's five options that is not set"), NULL, NULL,
		run_five},
	{"kconfig.filter", "[NAME]", CMD_SCREEN,
		N_("show only: all, changed, set, five, selected, new, different, marked, preset, tinyconfig"), NULL,
		NULL, run_filter},
	{"kconfig.mark", "", CMD_SCREEN, N_("mark an option, to find it again with `kconfig.filter marked`"), NULL,
		NULL, run_mark},
	{"kconfig.all", "", CMD_SCREEN, N_("show options that cannot be set now, too"), NULL, NULL, run_all},
	{"kconfig.flat", "", CMD_SCREEN, N_("show options as one list instead of a tree"), NULL, NULL, run_flat},
	{"kconfig.why", "[NAME]", CMD_SCREEN, N_("say why an option cannot be set"), NULL, NULL, run_why},
	{"kconfig.enable", "[NAME]", CMD_SCREEN, N_("enable an option with everything it needs"), NULL, NULL,
		run_enable},
	{"kconfig.disable", "[NAME]", CMD_SCREEN, N_("disable an option with everything that forces it"), NULL, NULL,
		run_disable},
	{"kconfig.undo", "", CMD_SCREEN, N_("take the last edit of the options back"), NULL, NULL, run_undo},
	{"kconfig.redo", "", CMD_SCREEN, N_("do the edit again that was taken back"), NULL, NULL, run_redo},
	{"kconfig.mode", "MODE", CMD_SCREEN, N_("run one of the tree's conf modes: tinyconfig, olddefconfig, …"), NULL,
		NULL, run_mode},
	{"kconfig.unset", "[NAME]", CMD_SCREEN, N_("forget the value set by hand: the default holds again"), NULL, NULL,
		run_unset},
	{"kconfig.load", "FILE", CMD_SCREEN,
		N_("take the options of a .config in place of the present ones; can be undone"), NULL, NULL, run_load},
	{"kconfig.merge", "FILE", CMD_SCREEN, N_("lay a fragment over the present options; can be undone"), NULL, NULL,
		run_merge},
	{"kconfig.save", "FILE", CMD_SCREEN, N_("write the .config to another file"), NULL, NULL, run_save},
	{"kconfig.save-minimal", "FILE", CMD_SCREEN, N_("write only what differs from the defaults (savedefconfig)"),
		NULL, NULL, run_save_minimal},
	{"kconfig.news", "", CMD_SCREEN, N_("tell all that the last edit changed"), NULL, NULL, run_news},
};

const struct pane_ops pane_kconfig = {
	.name = "kconfig",
	.title = N_("Kernel options"),
	.open = open_pane,
	.close = close_pane,
	.draw = draw_pane,
	.resize = resize_pane,
	.key = on_key,
	.mouse = on_mouse,
	.status = status_of,
	.rev = rev_of,
	.busy = is_busy,
	.commands = commands,
	.n_commands = ARRAY_LEN(commands),
};
