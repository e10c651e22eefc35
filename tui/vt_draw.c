/* vt_draw: puts a vt's view on the screen: cells, matches of the search, the program's cursor. */
#include "tui/vt_int.h"

struct drawing {
	struct vt *v;
	const struct draw *d;
	struct buf text; /* of the row, for the search */
};

/* The column at which byte `at` of the row's text begins. */
static int column_of(const struct draw_cell *cells, int cols, size_t at)
{
	struct buf b = {0};
	int x = 0;
	for (; x < cols; x++) {
		for (size_t i = 0; i < ARRAY_LEN(cells[x].ch) && cells[x].ch[i] != 0 && cells[x].width > 0; i++)
			vt_put_utf8(&b, cells[x].ch[i]);
		if (b.n > at)
			break;
	}
	buf_done(&b);
	return x;
}

static void mark_matches(struct drawing *k, int y, const struct draw_cell *cells, int cols)
{
	size_t at = 0, end;
	buf_clear(&k->text);
	vt_row_text(&k->text, cells, cols);
	if (k->text.n == 0)
		return;
	for (; vt_row_match(k->v, k->text.p, k->text.n, at, &at, &end); at = end) {
		bool now = y == k->v->hit_y && at == k->v->hit_at;
		int x = column_of(cells, cols, at), to = column_of(cells, cols, end - 1);
		int wide = to < cols && cells[to].width == 2 ? 2 : 1;
		draw_restyle(k->d, y, x, to + wide - x, now ? STYLE_MATCH_NOW : STYLE_MATCH);
	}
}

static void draw_row(void *ctx, int y, const struct draw_cell *cells, int cols)
{
	struct drawing *k = ctx;
	for (int x = 0; x < cols && x < k->d->cols && y < k->d->rows; x++)
		if (cells[x].width > 0)
			draw_put_cell(k->d, y, x, &cells[x]);
	if (k->v->re != NULL)
		mark_matches(k, y, cells, cols);
}

void vt_draw(struct vt *v, const struct draw *d, bool cursor)
{
	struct drawing k = {v, d, {0}};
	if (v->rows < d->rows || v->cols < d->cols)
		draw_fill(d, STYLE_TEXT);
	if (v->back_stale && v->back < 1000) {
		v->back = vt_count_back(v);
		v->back_stale = false;
	}
	vt_rows(v, draw_row, &k);
	buf_done(&k.text);
	if (cursor && v->back == 0 && !(tsm_screen_get_flags(v->screen) & TSM_SCREEN_HIDE_CURSOR)) {
		int x = (int)tsm_screen_get_cursor_x(v->screen);
		draw_cursor(d, (int)tsm_screen_get_cursor_y(v->screen), x < v->cols ? x : v->cols - 1);
	}
}
