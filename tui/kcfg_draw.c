/* kcfg_draw: see kcfg.h. A head line (where the cursor is), the rows, and at the bottom what the last edit brought. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/kcfg.h"
#include "tui/spot.h"

void kcfg_value(const struct kc_sym *s, char *buf, size_t n)
{
	const char *v = s->value != NULL ? s->value : "n";
	char mark = v[0] == 'y' ? '*' : v[0] == 'm' ? 'M' : ' ';
	if (s->flags & KC_IS_CHOICE)
		snprintf(buf, n, "   ");
	else if (s->flags & KC_MEMBER)
		snprintf(buf, n, "(%c)", v[0] == 'y' ? 'X' : ' ');
	else if (s->type == KC_BOOL || s->type == KC_TRISTATE)
		snprintf(buf, n, !(s->flags & KC_CHANGEABLE) ? "-%c-" : s->flags & KC_MODULAR ? "<%c>" : "[%c]", mark);
	else
		snprintf(buf, n, "(%s)", v);
}

static enum style value_style(const struct kc_sym *s)
{
	const char *v = s->value != NULL ? s->value : "n";
	if (s->type != KC_BOOL && s->type != KC_TRISTATE)
		return STYLE_VALUE_TEXT;
	return v[0] == 'y' ? STYLE_VALUE_Y : v[0] == 'm' ? STYLE_VALUE_M : STYLE_VALUE_N;
}

const char *kcfg_filter_name(const struct kcfg *k)
{
	static const char *const filter[] = {"", N_("changed"), N_("set"), N_("the five"), N_("selected"), N_("new"),
		N_("not default"), N_("marked"), N_("unlike preset"), N_("unlike tinyconfig")};
	return k->filter != KCFG_ALL ? _(filter[k->filter]) : "";
}

/* "General setup > Configure standard kernel features": the cursor's ancestors. */
static void draw_head(struct kcfg *k, const struct draw *d)
{
	struct buf b = {0}, place = {0};
	int up[24], n = 0;
	struct kc_node node;
	if (k->filter != KCFG_ALL && !k->searching)
		buf_addf(&b, "%s: ", kcfg_filter_name(k));
	if (k->cursor >= 0) {
		kc_node(k->kc, k->cursor, &node);
		for (int i = node.parent; i > 0 && n < 24; i = node.parent) {
			kc_node(k->kc, i, &node);
			if (node.prompt != NULL)
				up[n++] = i;
		}
	}
	while (n > 0) {
		kc_node(k->kc, up[--n], &node);
		buf_addf(&place, "%s%s", place.n > 0 ? " > " : "", node.prompt);
	}
	buf_adds(&b, place.p != NULL ? place.p : _("top of the menu"));
	if (k->searching)
		buf_addf(&b, ngettext(" | %zu option found", " | %zu options found", k->n_hit), k->n_hit);
	draw_ellipsis(d, 0, 0, d->cols, STYLE_DIM, b.p);
	buf_done(&place);
	buf_done(&b);
}

/* Left of a row: 5 for the article's five, ~ for changed since it was loaded. */
static void draw_gutter(const struct kcfg *k, const struct draw *d, int y, const struct kc_sym *s, int sym)
{
	if (kcfg_is_article(s->name))
		draw_text(d, y, 0, s->value != NULL && s->value[0] == 'y' ? STYLE_OK : STYLE_ARTICLE, "5");
	if (kcfg_is_changed(k, sym))
		draw_text(d, y, 1, STYLE_CHANGED, "~");
}

static int draw_prompt(const struct draw *d, int y, int x, const struct kc_node *n)
{
	enum style s = n->kind == KC_COMMENT ? STYLE_DIM : n->menu ? STYLE_STRONG : STYLE_TEXT;
	if (n->prompt == NULL) /* a hit of the search that has a name alone */
		return x - 1;
	if (n->kind == KC_COMMENT)
		return draw_textf(d, y, x, s, "*** %s ***", n->prompt);
	return draw_text(d, y, x, s, n->prompt);
}

/* The row of the option that the lesson points at, or of the nearest menu around it that is shown; -1: none. */
static int spot_node(const struct kcfg *k)
{
	const char *name = spot_in(k->pane->ui, "kconfig");
	int sym = name != NULL && *name != '\0' ? kc_find(k->kc, name) : -1;
	struct kc_sym s;
	struct kc_node n;
	if (sym < 0)
		return -1;
	kc_sym(k->kc, sym, &s);
	for (int i = s.node; i >= 0; i = n.parent) {
		if (kcfg_row_of(k, i) >= 0)
			return i;
		kc_node(k->kc, i, &n);
	}
	return -1;
}

static void draw_spot(const struct draw *d, int y)
{
	draw_restyle(d, y, 0, 3, STYLE_SPOTLIGHT);
	draw_text(d, y, d->cols - 3, STYLE_SPOTLIGHT, "<--");
}

static void draw_row(struct kcfg *k, const struct draw *d, int y, int node, bool focused)
{
	struct kc_node n;
	struct kc_sym s = {0};
	char value[64] = "   ";
	kc_node(k->kc, node, &n);
	bool flat = k->searching || k->flat || k->filter != KCFG_ALL;
	int x = 3 + (flat ? 0 : (n.depth - 1) * 2);
	if (n.sym >= 0) {
		kc_sym(k->kc, n.sym, &s);
		kcfg_value(&s, value, sizeof(value));
		draw_gutter(k, d, y, &s, n.sym);
	}
	if (k->marked[node])
		draw_text(d, y, 2, STYLE_CHANGED, ">");
	x = x > d->cols / 2 ? d->cols / 2 : x;
	if (n.sym >= 0 && !(s.flags & KC_IS_CHOICE))
		x = draw_text(d, y, x, value_style(&s), value) + 1;
	const char *was = n.sym >= 0 ? kcfg_compared(k, n.sym) : NULL;
	if (was != NULL) /* before the prompt: there is always room */
		x = draw_textf(d, y, x, STYLE_CHANGED, _("(was %s)"), was) + 1;
	if (n.first >= 0 && (n.menu || n.kind == KC_CHOICE) && !flat)
		x = draw_text(d, y, x, STYLE_DIM, k->open[node] ? "- " : "+ ");
	x = draw_prompt(d, y, x, &n);
	if (s.name != NULL && x + 2 < d->cols)
		x = draw_textf(d, y, x + 1, STYLE_SYMBOL, "%s", s.name);
	if (s.least > 0 && x + 12 < d->cols)
		draw_text(d, y, x + 1, STYLE_DIM, _("(selected)"));
	if (!kc_node_visible(k->kc, node))
		draw_restyle(d, y, 3, d->cols - 3, STYLE_DIM);
	if (node == k->cursor)
		draw_restyle(d, y, 0, d->cols, focused ? STYLE_SELECTED : STYLE_SELECTED_IDLE);
}

/* Lines that one piece of news takes. */
static int lines_of(const char *text, int cols)
{
	int lines = 0;
	do {
		size_t n = draw_wrap(text, cols);
		text += n + (text[n] == ' ');
		lines++;
	} while (*text != '\0');
	return lines;
}

/* Rows for the news: a third of the pane at most. */
static int news_rows(const struct kcfg *k, int rows)
{
	int n = 0, most = rows / 3;
	for (size_t i = 0; i < k->news.n && n <= most; i++)
		n += lines_of(k->news.v[i], k->pane->cols);
	return n == 0 || most < 1 ? 0 : (n > most ? most : n) + (rows > 8);
}

static void draw_news(const struct kcfg *k, const struct draw *d)
{
	int y = 0;
	if (d->rows > 1 && k->pane->rows > 8)
		draw_hline(d, y++, 0, d->cols, STYLE_BORDER);
	int first = y;
	for (size_t i = 0; i < k->news.n && y < d->rows; i++) {
		enum style style = i > 0 ? STYLE_TEXT : k->news_bad ? STYLE_WARNING : STYLE_STRONG;
		int lines = lines_of(k->news.v[i], d->cols), left = d->rows - y - (i + 1 < k->news.n);
		if (lines > left && y > first) { /* the last row says what does not fit */
			draw_textf(d, y, 0, STYLE_DIM, _("… and %zu more: `:kconfig.news`"), k->news.n - i);
			return;
		}
		y = draw_paragraph(d, y, 0, style, k->news.v[i]);
	}
}

static void scroll(struct kcfg *k, int rows)
{
	long at = kcfg_row_of(k, k->cursor);
	size_t most = k->n_row > (size_t)rows ? k->n_row - (size_t)rows : 0;
	if (at >= 0 && (size_t)at < k->top)
		k->top = (size_t)at;
	if (at >= 0 && rows > 0 && (size_t)at >= k->top + (size_t)rows)
		k->top = (size_t)at - (size_t)rows + 1;
	k->top = k->top > most ? most : k->top;
}

static void draw_waiting(const struct kcfg *k, const struct draw *d)
{
	int y = 0;
	if (err_is(&k->broken)) {
		char *text = err_text(&k->broken), *save = NULL;
		for (char *line = strtok_r(text, "\n", &save); line != NULL && y < d->rows;
			line = strtok_r(NULL, "\n", &save))
			y = draw_paragraph(d, y, 0, y == 0 ? STYLE_ERROR : STYLE_TEXT, line);
		free(text);
	} else if (k->kc != NULL) {
		draw_ellipsis(d, 0, 0, d->cols, STYLE_DIM, _("reading the kernel's options …"));
	} else {
		y = draw_paragraph(d, 0, 0, STYLE_TEXT, _("The kernel's source is not unpacked yet."));
		char *text = keymap_text(k->pane->ui->keymap, "kconfig",
			_("{key:run} does all that is needed, up to a prompt; `:build source` only this."));
		draw_paragraph(d, y, 0, STYLE_DIM, text);
		free(text);
	}
}

static void draw_hint(const struct kcfg *k, const struct draw *d, const char *hint)
{
	char *text = keymap_text(k->pane->ui->keymap, "kconfig", hint);
	draw_ellipsis(d, 0, 2, d->cols - 2, STYLE_DIM, text);
	free(text);
}

void kcfg_draw(struct kcfg *k, const struct draw *d, bool focused)
{
	if (!k->tree_here) {
		draw_waiting(k, d);
		return;
	}
	if (k->detail.sym >= 0) {
		kcfg_detail_draw(k, d, focused);
		return;
	}
	if (k->stale)
		kcfg_rows(k);
	int head = d->rows > 4, news = news_rows(k, d->rows), rows = d->rows - head - news;
	if (head)
		draw_head(k, d);
	scroll(k, rows);
	struct draw body = draw_sub(d, head, 0, rows, k->n_row > (size_t)rows ? d->cols - 1 : d->cols);
	int spot = spot_node(k);
	for (int y = 0; y < rows && k->top + (size_t)y < k->n_row; y++) {
		draw_row(k, &body, y, k->row[k->top + (size_t)y], focused);
		if (k->row[k->top + (size_t)y] == spot)
			draw_spot(&body, y);
	}
	struct draw side = draw_sub(d, head, 0, rows, d->cols);
	draw_scrollbar(&side, d->cols - 1, k->top, k->n_row);
	if (k->n_row == 0)
		draw_hint(k, &body, _("nothing to show with this filter: {key:kconfig.filter} changes it"));
	struct draw foot = draw_sub(d, d->rows - news, 0, news, d->cols);
	if (news > 0)
		draw_news(k, &foot);
}

long kcfg_row_at(const struct kcfg *k, int y)
{
	int rows = k->pane->rows, head = rows > 4;
	long at = (long)k->top + y - head;
	return y >= head && y < rows - news_rows(k, rows) && at >= 0 && at < (long)k->n_row ? at : -1;
}
