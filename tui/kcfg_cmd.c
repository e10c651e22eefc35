/* kcfg_cmd: see kcfg.h. The commands of the kernel options pane: what keys, the prompt and scripts call. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/kcfg.h"

static struct kcfg *of_call(struct cmd_call *call)
{
	struct pane *p = ui_pane(call->app->ui, "kconfig");
	return p->state;
}

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
		kcfg_fold(k, !k->open[k->cursor]);
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
			kcfg_fold(k, !k->open[k->cursor]);
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
		kcfg_show(k, k->hit[0]);
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
		kcfg_show(k, s.node);
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

const struct cmd kcfg_commands[KCFG_COMMANDS] = {
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
