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
		draw_restyle(k->d, y - k->v->oy, x - k->v->ox, to + wide - x, now ? STYLE_MATCH_NOW : STYLE_MATCH);
	}
}

static void draw_row(void *ctx, int y, const struct draw_cell *cells, int cols)
{
	struct drawing *k = ctx;
	int oy = k->v->oy, ox = k->v->ox;
	if (y < oy || y - oy >= k->d->rows)
		return;
	for (int x = ox; x < cols && x - ox < k->d->cols; x++)
		if (cells[x].width > 0)
			draw_put_cell(k->d, y - oy, x - ox, &cells[x]);
	if (k->v->re != NULL)
		mark_matches(k, y, cells, cols);
}

/* How much to cut off before `at` so that it is shown, of n in room. */
static int cut(int n, int room, int at)
{
	int off = at - room + 1;
	return n <= room || off < 0 ? 0 : off > n - room ? n - room : off;
}

void vt_draw(struct vt *v, const struct draw *d, bool cursor)
{
	struct drawing k = {v, d, {0}};
	int y, x;
	vt_cursor(v, &y, &x);
	if (v->back == 0) {
		v->oy = cut(v->rows, d->rows, y);
		v->ox = cut(v->cols, d->cols, x);
	} else {
		v->ox = 0;
		v->oy = 0;
	}
	if (v->rows < d->rows || v->cols < d->cols)
		draw_fill(d, STYLE_TEXT);
	if (v->back_stale && v->back < 1000) {
		v->back = vt_count_back(v);
		v->back_stale = false;
	}
	vt_rows(v, draw_row, &k);
	buf_done(&k.text);
	if (cursor && v->back == 0 && !v->filter.mode.no_cursor)
		draw_cursor(d, y - v->oy, x - v->ox);
}
