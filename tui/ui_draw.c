/* ui_draw: the whole picture: strip, panes with their frames or tabs, message line, function bar, overlays. Called once
 * before the loop sleeps, and only when ui_mark says that something shown has changed. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/screen.h"
#include "tui/spot.h"
#include "tui/ui_priv.h"

/* How the rows are shared out; 0 rows where there is no room for a part. */
struct rows {
	int strip, message, funcbar;
};

static struct rows share_rows(int rows)
{
	return (struct rows){.strip = rows >= 7, .message = rows >= 9, .funcbar = rows >= 4};
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	return (h ^ v) * UINT64_C(0x9e3779b97f4a7c15) + (h >> 29);
}

uint64_t ui_mark(const struct ui *ui)
{
	uint64_t h = mix(1, ui->rev);
	if (ui->app->pipeline != NULL)
		h = mix(h, ui->app->pipeline->rev);
	for (size_t i = 0; i < ui->n_panes; i++) {
		const struct pane *p = &ui->panes[i];
		h = mix(h, p->ops->rev != NULL ? p->ops->rev(p) + p->rev : p->rev);
	}
	return h;
}

void ui_add_span(struct ui *ui, int y, int x, int cols, const char *command)
{
	struct ui_private *v = ui->priv;
	if (v->n_span < UI_SPANS_MAX)
		v->span[v->n_span++] = (struct ui_span){y, x, cols, xstrdup(command)};
}

struct rect ui_inside(const struct ui *ui, const struct pane *p)
{
	struct rect r = layout_rect(ui->layout, p->ops->name);
	if (r.rows == 0)
		return r;
	if (layout_single(ui->layout)) {
		int tabs = r.rows > 2;
		return (struct rect){r.y + tabs, r.x, r.rows - tabs, r.cols};
	}
	if (r.rows < 3 || r.cols < 3)
		return (struct rect){r.y, r.x, 0, 0};
	return (struct rect){r.y + 1, r.x + 1, r.rows - 2, r.cols - 2};
}

static void draw_status(const struct pane *p, const struct draw *d, int from)
{
	struct buf b = {0};
	if (p->ops->status != NULL)
		p->ops->status(p, &b);
	if (b.n > 0) {
		char *text = xasprintf(" %s ", b.p);
		int width = draw_width(text, strlen(text), 0);
		if (d->cols - 2 - width > from)
			draw_text(d, 0, d->cols - 2 - width, STYLE_DIM, text);
		free(text);
	}
	buf_done(&b);
}

static void place(struct pane *p, struct rect in)
{
	if (p->rows == in.rows && p->cols == in.cols)
		return;
	p->rows = in.rows;
	p->cols = in.cols;
	if (p->ops->resize != NULL && in.rows > 0)
		p->ops->resize(p, in.rows, in.cols);
}

/* A pane's title as it is shown: "> Kernel options <" where the lesson points. Returns owned. */
static char *title_of(struct ui *ui, const char *name)
{
	struct pane *p = ui_pane(ui, name);
	const char *title = p != NULL ? _(p->ops->title) : name;
	return spot_in(ui, name) != NULL ? xasprintf("> %s <", title) : xstrdup(title);
}

static enum style title_style(bool spot, bool focused)
{
	return focused ? STYLE_TITLE_FOCUS : spot ? STYLE_SPOTLIGHT : STYLE_TITLE;
}

static void draw_pane(struct ui *ui, struct pane *p, const struct draw *all)
{
	struct rect in = ui_inside(ui, p), out = layout_rect(ui->layout, p->ops->name);
	bool focused = ui_focused(ui, p);
	place(p, in);
	if (out.rows == 0)
		return;
	if (!layout_single(ui->layout)) {
		char *title = title_of(ui, p->ops->name);
		struct draw frame = draw_sub(all, out.y, out.x, out.rows, out.cols);
		bool mine = ui_focused_pane(ui) == p, spot = spot_in(ui, p->ops->name) != NULL;
		draw_frame(&frame, mine ? STYLE_BORDER_FOCUS : STYLE_BORDER, title_style(spot, mine), title);
		draw_status(p, &frame, 4 + draw_width(title, strlen(title), 0));
		free(title);
	}
	struct draw inside = draw_sub(all, in.y, in.x, in.rows, in.cols);
	if (in.rows > 0 && in.cols > 0)
		p->ops->draw(p, &inside, focused);
}

/* A pane that a layout names but that there is none of. */
static void draw_missing(struct ui *ui, const char *name, const struct draw *all)
{
	struct rect out = layout_rect(ui->layout, name);
	struct draw frame = draw_sub(all, out.y, out.x, out.rows, out.cols);
	if (out.rows > 0)
		draw_frame(&frame, STYLE_BORDER, STYLE_TITLE, name);
}

#define PANES_MAX 16

/* All tabs if they fit, else the one shown and its number. */
static void draw_tabs(struct ui *ui, const struct draw *d, const char **name, size_t n)
{
	const char *focus = layout_focus(ui->layout);
	char *title[PANES_MAX];
	int width = 0, x = 0;
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		title[i] = title_of(ui, name[i]);
		width += draw_width(title[i], strlen(title[i]), 0) + 3;
		at = strcmp(name[i], focus) == 0 ? i : at;
	}
	draw_hline(d, 0, 0, d->cols, STYLE_BORDER);
	for (size_t i = 0; i < n && width <= d->cols; i++) {
		int from = x;
		enum style style = title_style(spot_in(ui, name[i]) != NULL, i == at);
		x = draw_textf(d, 0, x, style, " %s ", title[i]) + 1;
		char *command = xasprintf("pane.focus %s", name[i]);
		ui_add_span(ui, d->y, from, x - from - 1, command);
		free(command);
	}
	if (width > d->cols)
		x = draw_textf(d, 0, 0, STYLE_TITLE_FOCUS, " %s %zu/%zu ", title[at], at + 1, n);
	/* the one pointed at may be none of those that are shown */
	for (size_t i = 0; i < n && width > d->cols; i++)
		if (i != at && spot_in(ui, name[i]) != NULL &&
			x + 1 + draw_width(title[i], strlen(title[i]), 0) < d->cols)
			x = draw_textf(d, 0, x + 1, STYLE_SPOTLIGHT, "%s", title[i]);
	struct pane *p = ui_focused_pane(ui);
	if (p != NULL)
		draw_status(p, d, x);
	for (size_t i = 0; i < n; i++)
		free(title[i]);
}

static void draw_panes(struct ui *ui, const struct draw *all, struct rect area)
{
	const char *name[PANES_MAX];
	layout_fit(ui->layout, area);
	size_t n = layout_panes(ui->layout, name, PANES_MAX);
	if (layout_single(ui->layout) && area.rows > 2) {
		struct draw tabs = draw_sub(all, area.y, area.x, 1, area.cols);
		draw_tabs(ui, &tabs, name, n);
	}
	for (size_t i = 0; i < ui->n_panes; i++)
		draw_pane(ui, &ui->panes[i], all);
	for (size_t i = 0; i < n; i++)
		if (ui_pane(ui, name[i]) == NULL)
			draw_missing(ui, name[i], all);
}

static void draw_overlays(struct overlay *o, const struct draw *all)
{
	if (o == NULL)
		return;
	draw_overlays(o->below, all);
	o->ops->draw(o, all);
}

static void forget_spans(struct ui_private *v)
{
	for (size_t i = 0; i < v->n_span; i++)
		free(v->span[i].command);
	v->n_span = 0;
}

void ui_draw(struct ui *ui)
{
	struct draw all = {.screen = ui->screen};
	screen_size(ui->screen, &all.rows, &all.cols);
	struct rows rows = share_rows(all.rows);
	int below = rows.message + rows.funcbar;
	forget_spans(ui->priv);
	screen_begin(ui->screen);
	draw_panes(ui, &all, (struct rect){rows.strip, 0, all.rows - rows.strip - below, all.cols});
	if (rows.strip) {
		struct draw d = draw_sub(&all, 0, 0, 1, all.cols);
		strip_draw(ui, &d);
	}
	struct draw bar = draw_sub(&all, all.rows - 1, 0, rows.funcbar, all.cols);
	bool told = ui->priv->seen < ui->n_message || ui->priv->hover >= 0;
	if (rows.message) {
		struct draw d = draw_sub(&all, all.rows - 2, 0, 1, all.cols);
		ui_message_line(ui, &d);
	}
	if (rows.funcbar && !rows.message && told)
		ui_message_line(ui, &bar);
	else if (rows.funcbar)
		funcbar_draw(ui, &bar);
	draw_overlays(ui->top, &all);
	screen_show(ui->screen);
	ui->priv->frames++;
}
