/* palette: see palette.h. The rows come from the command table; a command whose argument is one of a few names has a
 * row for each of them. A row that cannot run now says why. A command that needs more is put into the `:` prompt. */
#include "tui/palette.h"

#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "tui/fuzzy.h"
#include "tui/names.h"
#include "tui/popup.h"
#include "tui/prompt.h"
#include "tui/screen.h"
#include "tui/ui_priv.h"

struct entry {
	char *line;            /* the command line, owned */
	const char *text;      /* what it does; borrowed */
	const struct cmd *cmd; /* NULL: a heading of the menu */
	bool more;             /* the prompt asks for its arguments */
	int score;             /* -1: not among the found */
	uint64_t hits;         /* in line, or in text when that fits better */
	bool hit_text;
};

struct palette {
	struct overlay o;
	struct lineedit line;
	struct entry *entry;
	size_t n, cap;
	struct entry **found; /* best first */
	size_t n_found, at, top;
	bool menu;
	struct draw list; /* where the rows are on the screen, as drawn last */
};

/* The menu, in its order; a row without a command is a heading. */
static const struct {
	const char *line, *text;
} menu_rows[] = {
	{NULL, N_("Make and run")},
	{"run", N_("Build what is not fresh, boot it")},
	{"run --iso", N_("Make the ISO image, boot it as a CD")},
	{"run --usb", N_("Make the ISO image, boot it as a USB stick")},
	{"run --uefi", N_("Make the ISO image, boot it by UEFI")},
	{"build", N_("Build what is not fresh")},
	{"cancel", N_("Stop what is running")},
	{"status", N_("How each stage stands, and why")},
	{"check", N_("Would it boot?")},
	{NULL, N_("Look at")},
	{"pane.focus kconfig", N_("Kernel options")},
	{"pane.focus source", N_("Source of the init")},
	{"workshop.show", N_("Init workshop: every variant, down to the byte")},
	{"pane.focus log", N_("Build log")},
	{"pane.focus console", N_("Console of the machine")},
	{"pane.focus messages", N_("Messages")},
	{"pane.focus lesson", N_("Lesson")},
	{NULL, N_("Screen")},
	{"pane.zoom", N_("One pane large, or all")},
	{"layout workbench", N_("Four panes")},
	{"layout focus", N_("One large pane, others as tabs")},
	{"layout lesson", N_("Lesson beside the work")},
	{NULL, N_("Help and more")},
	{"palette", N_("All commands")},
	{"keys", N_("Keys that work here")},
	{"help settings", N_("Settings of the lab")},
	{"quit", N_("Leave kiln")},
};

const char *palette_unavailable(const struct ui *ui, const struct cmd *cmd)
{
	bool busy = ui->app->pipeline != NULL && pipeline_busy(ui->app->pipeline);
	if (strcmp(cmd->name, "cancel") == 0)
		return busy || ui->jobs_running ? NULL : _("nothing is running");
	if (cmd->flags & (CMD_LAB | CMD_LAB_WRITE) && ui->app->pipeline == NULL)
		return _("no lab is open");
	if (!(cmd->flags & CMD_LAB_WRITE))
		return NULL;
	if (ui->priv->read_only)
		return _("another kiln holds the lab");
	return busy ? _("a build is running; stop it first") : NULL;
}

/* ---- the rows ---- */

static void add(struct palette *p, const char *line, const char *text, const struct cmd *cmd, bool more)
{
	if (p->n == p->cap) {
		p->cap = p->cap != 0 ? p->cap * 2 : 64;
		p->entry = xrealloc(p->entry, p->cap * sizeof(*p->entry));
	}
	p->entry[p->n++] = (struct entry){.line = xstrdup(line), .text = text, .cmd = cmd, .more = more};
}

/* The first placeholder of an argument template, without brackets. Returns owned, or NULL. */
static char *first_placeholder(const char *args)
{
	const char *s = args + strspn(args, "[");
	size_t n = strcspn(s, " ]");
	return n > 0 ? xstrndup(s, n) : NULL;
}

/* A row for each name its first argument may have, if these are few and known. */
static void add_with_names(struct palette *p, const struct cmd *cmd)
{
	char *placeholder = first_placeholder(cmd->args);
	struct strv names = {0};
	if (placeholder != NULL)
		names_of(p->o.ui, placeholder, &names);
	for (size_t i = 0; i < names.n; i++) {
		char *argv[] = {(char *)cmd->name, names.v[i], NULL};
		char *line = strv_shell(argv);
		add(p, line, _(cmd->help), cmd, false);
		free(line);
	}
	strv_done(&names);
	free(placeholder);
}

/* Commands that only make sense inside a prompt or an overlay. */
static bool is_inner(const char *name)
{
	return str_starts(name, "prompt.") || str_starts(name, "overlay.") || strcmp(name, "palette") == 0;
}

static void add_commands(struct palette *p)
{
	const struct cmd_table *t = &p->o.ui->app->commands;
	for (size_t i = 0; i < t->n; i++) {
		const struct cmd *cmd = t->row[i];
		if (cmd->flags & CMD_SHELL || is_inner(cmd->name))
			continue;
		bool needs = cmd->args[0] != '\0' && cmd->args[0] != '[';
		add(p, cmd->name, _(cmd->help), cmd, needs);
		add_with_names(p, cmd);
	}
}

static void add_menu(struct palette *p)
{
	const char *heading = NULL;
	for (size_t i = 0; i < ARRAY_LEN(menu_rows); i++) {
		if (menu_rows[i].line == NULL) {
			heading = menu_rows[i].text;
			continue;
		}
		char *name = xstrndup(menu_rows[i].line, strcspn(menu_rows[i].line, " "));
		const struct cmd *cmd = cmd_find(&p->o.ui->app->commands, name);
		bool no_pane =
			strcmp(name, "pane.focus") == 0 && ui_pane(p->o.ui, strchr(menu_rows[i].line, ' ') + 1) == NULL;
		if (cmd != NULL && !no_pane) {
			if (heading != NULL)
				add(p, "", _(heading), NULL, false);
			heading = NULL;
			add(p, menu_rows[i].line, _(menu_rows[i].text), cmd, false);
		}
		free(name);
	}
}

/* ---- finding ---- */

static int better(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
	return x->score != y->score ? y->score - x->score : x < y ? -1 : x > y;
}

static void rate(struct entry *e, const char *pattern)
{
	uint64_t in_text;
	int line = fuzzy_score(pattern, e->line, &e->hits), text = fuzzy_score(pattern, e->text, &in_text);
	line += line > 0 ? 30 : 0;
	if (*pattern != '\0' && text < FUZZY_WHOLE)
		text = -1; /* scattered letters fit too much prose */
	e->hit_text = text > line;
	e->score = e->hit_text ? text : line;
	e->hits = e->hit_text ? in_text : e->hits;
}

static void skip_heading(struct palette *p, int dir)
{
	for (size_t i = 0; i < p->n_found && p->found[p->at]->cmd == NULL; i++)
		p->at = (p->at + (dir > 0 ? 1 : p->n_found - 1)) % p->n_found;
}

static void find(struct palette *p)
{
	const char *pattern = lineedit_text(&p->line);
	p->n_found = 0;
	for (size_t i = 0; i < p->n; i++) {
		struct entry *e = &p->entry[i];
		rate(e, pattern);
		if (e->cmd == NULL && *pattern != '\0')
			e->score = -1;
		if (e->score >= 0)
			p->found[p->n_found++] = e;
	}
	if (*pattern != '\0')
		qsort(p->found, p->n_found, sizeof(*p->found), better);
	p->at = p->top = 0;
	skip_heading(p, 1);
	ui_touch(p->o.ui);
}

/* ---- drawing ---- */

/* The key that works from the focused pane, if there is one. */
static const char *keys_for(const struct ui *ui, const char *line)
{
	const char *context[] = {layout_focus(ui->layout), "normal", "global", NULL};
	const char *keys = NULL;
	for (size_t i = 0; i < ARRAY_LEN(context) && keys == NULL; i++)
		keys = keymap_keys_of(ui->keymap, context[i], line);
	return keys;
}

static void draw_entry(const struct palette *p, const struct draw *d, const struct entry *e, bool chosen)
{
	const char *why = e->cmd != NULL ? palette_unavailable(p->o.ui, e->cmd) : NULL;
	const char *keys = e->cmd != NULL ? keys_for(p->o.ui, e->line) : NULL;
	enum style s = chosen ? STYLE_SELECTED : why != NULL ? STYLE_DIM : STYLE_OVERLAY;
	draw_fill(d, s);
	if (e->cmd == NULL) {
		draw_ellipsis(d, 0, 0, d->cols, STYLE_STRONG, e->text);
		return;
	}
	int right = keys != NULL ? draw_right(d, 0, chosen ? s : STYLE_KEY, keys) - 1 : d->cols;
	int left = p->menu ? 2 : d->cols > 60 ? 30 : right;
	uint64_t none = 0;
	if (!p->menu)
		popup_hits(d, 0, 1, left - 2, s, e->line, e->hit_text ? none : e->hits);
	if (left >= right)
		return;
	if (why != NULL) {
		char *text = xasprintf("%s: %s", e->text, why);
		draw_ellipsis(d, 0, left, right - left, s, p->menu ? text : why);
		free(text);
	} else {
		popup_hits(d, 0, left, right - left, chosen || p->menu ? s : STYLE_DIM, e->text,
			e->hit_text ? e->hits : none);
	}
}

static void draw_palette(struct overlay *o, const struct draw *screen)
{
	struct palette *p = (struct palette *)o;
	int rows = p->menu ? (int)p->n + 1 : screen->rows - 6;
	struct draw d = popup_box(screen, rows > 8 ? rows : 8, p->menu ? 50 : 92, p->menu ? _("Menu") : _("Commands"));
	int x = draw_text(&d, 0, 0, STYLE_KEY, p->menu ? "> " : ": ");
	popup_input(&d, 0, x, &p->line);
	p->list = draw_sub(&d, 1, 0, d.rows - 1, d.cols);
	popup_scroll(&p->top, p->at, p->n_found, p->list.rows);
	if (p->menu && p->at > 0 && p->top == p->at && p->found[p->at - 1]->cmd == NULL)
		p->top--; /* show the heading above */
	for (int i = 0; i < p->list.rows && p->top + (size_t)i < p->n_found; i++) {
		struct draw row = draw_sub(&p->list, i, 0, 1, p->list.cols);
		draw_entry(p, &row, p->found[p->top + (size_t)i], p->top + (size_t)i == p->at);
	}
	if (p->n_found == 0)
		draw_ellipsis(&p->list, 0, 1, p->list.cols - 1, STYLE_DIM, _("nothing fits; Esc leaves"));
}

/* ---- what happens ---- */

static void run_chosen(struct palette *p)
{
	struct ui *ui = p->o.ui;
	if (p->n_found == 0)
		return;
	const struct entry *e = p->found[p->at];
	const char *why = e->cmd != NULL ? palette_unavailable(ui, e->cmd) : NULL;
	if (why != NULL || e->cmd == NULL) {
		if (why != NULL)
			ui_say(ui, UI_WARNING, "%s: %s", e->line, why);
		return;
	}
	char *line = e->more ? xasprintf("%s ", e->line) : xstrdup(e->line);
	bool more = e->more;
	ui_pop(ui, &p->o);
	if (more)
		prompt_command(ui, line);
	else
		ui_command(ui, line);
	free(line);
}

static void step(struct palette *p, int by)
{
	if (p->n_found == 0)
		return;
	long to = (long)p->at + by, last = (long)p->n_found - 1;
	if (by == 1 || by == -1)
		to = to < 0 ? last : to > last ? 0 : to;
	p->at = (size_t)(to < 0 ? 0 : to > last ? last : to);
	skip_heading(p, by);
	ui_touch(p->o.ui);
}

static bool palette_act(struct overlay *o, const char *what)
{
	struct palette *p = (struct palette *)o;
	if (strcmp(what, "accept") == 0)
		run_chosen(p);
	else if (strcmp(what, "cancel") == 0 || strcmp(what, "close") == 0)
		ui_pop(o->ui, o);
	else if (strcmp(what, "history back") == 0 || strcmp(what, "complete back") == 0)
		step(p, -1);
	else if (strcmp(what, "history forth") == 0 || strcmp(what, "complete") == 0)
		step(p, 1);
	else if (strcmp(what, "history page-back") == 0)
		step(p, p->list.rows > 2 ? 1 - p->list.rows : -2);
	else if (strcmp(what, "history page-forth") == 0)
		step(p, p->list.rows > 2 ? p->list.rows - 1 : 2);
	else if (str_starts(what, "edit ") && lineedit_act(&p->line, what + 5))
		find(p);
	else
		return false;
	return true;
}

static bool palette_key(struct overlay *o, const struct key *k)
{
	struct palette *p = (struct palette *)o;
	if (!lineedit_key(&p->line, k))
		return false;
	find(p);
	return true;
}

static bool palette_mouse(struct overlay *o, const struct mouse *m)
{
	struct palette *p = (struct palette *)o;
	const struct draw *l = &p->list;
	if (m->kind == MOUSE_WHEEL_UP || m->kind == MOUSE_WHEEL_DOWN) {
		step(p, m->kind == MOUSE_WHEEL_UP ? -1 : 1);
		return true;
	}
	if (m->kind != MOUSE_PRESS)
		return true;
	size_t row = p->top + (size_t)(m->y - l->y);
	if (m->y < l->y - 2 || m->y > l->y + l->rows || m->x < l->x - 2 || m->x >= l->x + l->cols + 2) {
		ui_pop(o->ui, o);
	} else if (m->y >= l->y && m->y < l->y + l->rows && row < p->n_found && p->found[row]->cmd != NULL) {
		p->at = row;
		run_chosen(p);
	}
	return true;
}

static void palette_close(struct overlay *o)
{
	struct palette *p = (struct palette *)o;
	for (size_t i = 0; i < p->n; i++)
		free(p->entry[i].line);
	free(p->entry);
	free(p->found);
	lineedit_done(&p->line);
	free(p);
}

static const struct overlay_ops palette_ops = {
	.context = "prompt",
	.draw = draw_palette,
	.key = palette_key,
	.act = palette_act,
	.mouse = palette_mouse,
	.close = palette_close,
};

static void open_list(struct ui *ui, bool menu)
{
	struct overlay *open = ui_modal(ui);
	if (open != NULL && open->ops == &palette_ops) { /* the same key closes it */
		ui_pop(ui, open);
		return;
	}
	struct palette *p = xcalloc(1, sizeof(*p));
	p->o.ops = &palette_ops;
	p->o.ui = ui;
	p->menu = menu;
	if (menu)
		add_menu(p);
	else
		add_commands(p);
	p->found = xcalloc(p->n + 1, sizeof(*p->found));
	find(p);
	ui_push(ui, &p->o);
}

void palette_open(struct ui *ui)
{
	open_list(ui, false);
}

void menu_open(struct ui *ui)
{
	open_list(ui, true);
}
