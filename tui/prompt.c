/* prompt: see prompt.h. An overlay of one row over the function bar, with the candidates of completion or the usage of
 * the command being typed above it. Invariant: `done` of its owner comes exactly once. */
#include "tui/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "tui/complete.h"
#include "tui/lineedit.h"
#include "tui/names.h"
#include "tui/popup.h"
#include "tui/screen.h"
#include "tui/theme.h"

struct prompt {
	struct overlay o;
	struct ui_prompt p; /* label, history: owned copies */
	struct lineedit line;
	struct history history;
	bool for_commands;
	bool answered;
	/* completion */
	struct strv candidate;
	size_t from, chosen, top; /* chosen: SIZE_MAX none yet */
};

enum { LIST_ROWS = 8 };

static void forget_candidates(struct prompt *p)
{
	strv_done(&p->candidate);
	p->chosen = SIZE_MAX;
	p->top = 0;
}

static void changed(struct prompt *p)
{
	if (p->p.change != NULL)
		p->p.change(p->p.ctx, lineedit_text(&p->line));
	ui_touch(p->o.ui);
}

/* Close, and give the answer (NULL: none) when the prompt is gone, as the answer may open another. */
static void answer(struct prompt *p, bool accept)
{
	char *text = accept ? xstrdup(lineedit_text(&p->line)) : NULL;
	void (*done)(void *ctx, const char *text) = p->p.done;
	void *ctx = p->p.ctx;
	if (accept)
		history_add(&p->history, text);
	p->answered = true;
	ui_pop(p->o.ui, &p->o);
	done(ctx, text);
	free(text);
}

/* ---- completion ---- */

static void take(struct prompt *p, const char *candidate, bool whole)
{
	bool open = str_ends(candidate, "/") || str_ends(candidate, "=");
	lineedit_replace(&p->line, p->from, candidate);
	if (whole && !open)
		lineedit_replace(&p->line, p->line.at, " ");
	changed(p);
}

static void complete(struct prompt *p, int dir)
{
	if (p->p.complete == NULL)
		return;
	if (p->candidate.n > 1) { /* the list stands: go through it */
		p->chosen = p->chosen == SIZE_MAX ? (dir > 0 ? 0 : p->candidate.n - 1)
						  : (p->chosen + (dir > 0 ? 1 : p->candidate.n - 1)) % p->candidate.n;
		take(p, p->candidate.v[p->chosen], false);
		return;
	}
	forget_candidates(p);
	p->p.complete(p->p.ctx, lineedit_text(&p->line), p->line.at, &p->candidate, &p->from);
	if (p->candidate.n == 1) {
		take(p, p->candidate.v[0], true);
		forget_candidates(p);
	} else if (p->candidate.n > 1) {
		char *common = complete_common(&p->candidate);
		if (strlen(common) > p->line.at - p->from)
			take(p, common, false);
		free(common);
	}
	ui_touch(p->o.ui);
}

/* ---- drawing ---- */

static int list_rows(const struct prompt *p, const struct draw *screen)
{
	int rows = (int)(p->candidate.n < LIST_ROWS ? p->candidate.n : LIST_ROWS);
	return rows < screen->rows - 1 ? rows : screen->rows - 1;
}

static void draw_list(struct prompt *p, const struct draw *screen)
{
	int rows = list_rows(p, screen);
	struct draw d = draw_sub(screen, screen->rows - 1 - rows, 0, rows, screen->cols);
	popup_scroll(&p->top, p->chosen != SIZE_MAX ? p->chosen : 0, p->candidate.n, rows);
	draw_fill(&d, STYLE_OVERLAY);
	for (int i = 0; i < rows; i++) {
		size_t at = p->top + (size_t)i;
		const char *name = p->candidate.v[at];
		const struct cmd *cmd =
			p->for_commands && p->from == 0 ? cmd_find(&p->o.ui->app->commands, name) : NULL;
		enum style s = at == p->chosen ? STYLE_SELECTED : STYLE_OVERLAY;
		struct draw row = draw_sub(&d, i, 0, 1, d.cols);
		draw_fill(&row, s);
		draw_ellipsis(&row, 0, 1, row.cols - 2, s, name);
		if (cmd != NULL && row.cols > 40)
			draw_ellipsis(&row, 0, 24, row.cols - 25, at == p->chosen ? s : STYLE_DIM, _(cmd->help));
	}
	draw_scrollbar(&d, d.cols - 1, p->top, p->candidate.n);
}

/* The usage of the command being typed. */
static void draw_usage(const struct prompt *p, const struct draw *screen)
{
	const struct cmd *cmd =
		p->for_commands ? complete_command(&p->o.ui->app->commands, lineedit_text(&p->line)) : NULL;
	if (cmd == NULL || screen->rows < 3)
		return;
	struct draw d = draw_sub(screen, screen->rows - 2, 0, 1, screen->cols);
	draw_fill(&d, STYLE_OVERLAY);
	int x = draw_textf(&d, 0, 1, STYLE_COMMAND, "%s", cmd->name);
	if (cmd->args[0] != '\0')
		x = draw_textf(&d, 0, x + 1, STYLE_KEY, "%s", cmd->args);
	draw_ellipsis(&d, 0, x + 2, d.cols - x - 3, STYLE_DIM, _(cmd->help));
}

static void draw_prompt(struct overlay *o, const struct draw *screen)
{
	struct prompt *p = (struct prompt *)o;
	if (screen->rows < 1)
		return;
	if (p->candidate.n > 1)
		draw_list(p, screen);
	else
		draw_usage(p, screen);
	struct draw d = draw_sub(screen, screen->rows - 1, 0, 1, screen->cols);
	draw_fill(&d, STYLE_INPUT);
	int x = draw_ellipsis(&d, 0, 0, d.cols / 2, STYLE_KEY, p->p.label);
	popup_input(&d, 0, x, &p->line);
}

/* ---- what happens ---- */

static bool prompt_key(struct overlay *o, const struct key *k)
{
	struct prompt *p = (struct prompt *)o;
	if (!lineedit_key(&p->line, k))
		return false;
	forget_candidates(p);
	history_reset(&p->history);
	changed(p);
	return true;
}

static void go_in_history(struct prompt *p, int dir)
{
	const char *found = history_step(&p->history, dir, lineedit_text(&p->line));
	if (found == NULL)
		return;
	lineedit_set(&p->line, found);
	forget_candidates(p);
	changed(p);
}

static bool edit(struct prompt *p, const char *what)
{
	bool empty = p->line.text.n == 0;
	if (empty && strcmp(what, "erase") == 0) { /* Backspace in an empty line leaves it */
		answer(p, false);
		return true;
	}
	if (!lineedit_act(&p->line, what))
		return false;
	forget_candidates(p);
	changed(p);
	return true;
}

static bool prompt_act(struct overlay *o, const char *what)
{
	struct prompt *p = (struct prompt *)o;
	if (strcmp(what, "accept") == 0)
		answer(p, true);
	else if (strcmp(what, "cancel") == 0 || strcmp(what, "close") == 0)
		answer(p, false);
	else if (str_starts(what, "complete"))
		complete(p, strcmp(what, "complete back") == 0 ? -1 : 1);
	else if (str_starts(what, "history "))
		go_in_history(p, str_ends(what, "back") ? -1 : 1);
	else if (str_starts(what, "edit "))
		return edit(p, what + 5);
	else
		return false;
	return true;
}

/* A click on a candidate takes it; beside the prompt it leaves it. */
static bool prompt_mouse(struct overlay *o, const struct mouse *m)
{
	struct prompt *p = (struct prompt *)o;
	if (m->kind == MOUSE_WHEEL_UP || m->kind == MOUSE_WHEEL_DOWN) {
		if (p->candidate.n > 1)
			complete(p, m->kind == MOUSE_WHEEL_UP ? -1 : 1);
		return true;
	}
	int rows, cols;
	screen_size(o->ui->screen, &rows, &cols);
	struct draw screen = {.rows = rows, .cols = cols};
	int first = rows - 1 - list_rows(p, &screen);
	if (m->kind != MOUSE_PRESS || m->y == rows - 1)
		return true;
	if (p->candidate.n > 1 && m->y >= first) {
		p->chosen = p->top + (size_t)(m->y - first);
		take(p, p->candidate.v[p->chosen], true);
		forget_candidates(p);
	} else {
		answer(p, false);
	}
	return true;
}

static void prompt_close(struct overlay *o)
{
	struct prompt *p = (struct prompt *)o;
	if (!p->answered)
		p->p.done(p->p.ctx, NULL);
	lineedit_done(&p->line);
	history_done(&p->history);
	strv_done(&p->candidate);
	free((char *)p->p.label);
	free(p);
}

static const struct overlay_ops prompt_ops = {
	.context = "prompt",
	.draw = draw_prompt,
	.key = prompt_key,
	.act = prompt_act,
	.mouse = prompt_mouse,
	.close = prompt_close,
};

static struct prompt *open_prompt(struct ui *ui, const struct ui_prompt *from)
{
	struct prompt *p = xcalloc(1, sizeof(*p));
	p->o.ops = &prompt_ops;
	p->o.ui = ui;
	p->p = *from;
	p->p.label = xstrdup(from->label != NULL ? from->label : "");
	p->p.initial = p->p.history = NULL; /* not ours to keep */
	p->chosen = SIZE_MAX;
	lineedit_set(&p->line, from->initial != NULL ? from->initial : "");
	history_init(&p->history, from->history);
	ui_push(ui, &p->o);
	return p;
}

void ui_prompt(struct ui *ui, const struct ui_prompt *p)
{
	open_prompt(ui, p);
}

/* ---- the `:` prompt ---- */

/* `theme NAME` shows while it is typed. */
static void preview(void *ctx, const char *text)
{
	struct ui *ui = ctx;
	struct strv words = {0}, names = {0};
	struct err ignored = {0};
	struct theme *t = NULL;
	strv_split(&words, text);
	if (words.n == 2 && strcmp(words.v[0], "theme") == 0) {
		theme_list(&names);
		t = strv_has(&names, words.v[1]) ? theme_load(words.v[1], &ignored) : NULL;
	}
	screen_set_theme(ui->screen, t != NULL ? t : ui->theme);
	theme_free(t);
	err_done(&ignored);
	strv_done(&names);
	strv_done(&words);
}

static void run_line(void *ctx, const char *text)
{
	struct ui *ui = ctx;
	screen_set_theme(ui->screen, ui->theme);
	if (text != NULL && text[strspn(text, " \t")] != '\0')
		ui_command(ui, text);
}

static void complete_for(void *ctx, const char *text, size_t at, struct strv *out, size_t *from)
{
	names_complete(ctx, text, at, out, from);
}

void prompt_command(struct ui *ui, const char *initial)
{
	struct ui_prompt p = {.label = ":",
		.initial = initial,
		.history = "command",
		.change = preview,
		.done = run_line,
		.ctx = ui,
		.complete = complete_for};
	open_prompt(ui, &p)->for_commands = true;
}
