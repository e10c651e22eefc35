/* vt: owns the tsm screen and state machine: life, feeding, size, the view on the scrollback. What libtsm 4.0 lacks is
 * worked around here and in vt_filter.c: it does not tell how long the scrollback is or where the view stands (counted
 * by finding the cursor), scrolls everything up when the screen shrinks, and leaks the scrollback when freed. */
#include "tui/vt_int.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum {
	SCROLLBACK_BYTES = 12 << 20, /* what the scrollback of one vt may take */
	CELL_BYTES = 32,             /* of libtsm */
	REPLY_MAX = 4096,            /* bytes of answers to one feed */
	SIZE_MAX_CELLS = 1000,
};

static int clamp(int n)
{
	return n < 1 ? 1 : n > SIZE_MAX_CELLS ? SIZE_MAX_CELLS : n;
}

bool vt_alternate(const struct vt *v)
{
	return tsm_screen_get_flags(v->screen) & TSM_SCREEN_ALTERNATE;
}

static void changed(struct vt *v)
{
	v->rev++;
	v->gen++;
}

static void on_write(struct tsm_vte *vte, const char *b, size_t n, void *ctx)
{
	struct vt *v = ctx;
	(void)vte;
	if (n > v->reply_left)
		return;
	v->reply_left -= n;
	v->on_reply(v->ctx, b, n);
}

/* OSC 0 and 2 set the title: kept as text, control characters dropped, never passed on. */
static void on_osc(struct tsm_vte *vte, const char *b, size_t n, void *ctx)
{
	struct vt *v = ctx;
	size_t k = 0;
	(void)vte;
	if (n < 2 || (b[0] != '0' && b[0] != '2') || b[1] != ';')
		return;
	for (size_t i = 2; i < n && k < sizeof(v->title) - 1; i++)
		if ((unsigned char)b[i] >= 0x20 && (unsigned char)b[i] < 0x7f)
			v->title[k++] = b[i];
	v->title[k] = '\0';
}

static void clear_scrollback(void *ctx)
{
	struct vt *v = ctx;
	tsm_screen_clear_sb(v->screen);
	v->back = 0;
}

static void report_size(void *ctx)
{
	struct vt *v = ctx;
	char out[32];
	int n = snprintf(out, sizeof(out), "\033[8;%d;%dt", v->rows, v->cols);
	on_write(v->vte, out, (size_t)n, v);
}

/* As many lines as were asked for and the memory for them allows. */
static void set_scrollback(struct vt *v)
{
	unsigned max = SCROLLBACK_BYTES / ((unsigned)v->cols * CELL_BYTES + 64);
	v->max_scrollback = v->want_scrollback < max ? v->want_scrollback : max;
	tsm_screen_set_max_sb(v->screen, v->max_scrollback);
}

/* The view stays where it is while lines come, and the cursor is drawn by us; a reset by the program forgets both. */
static void keep_flags(struct vt *v)
{
	const unsigned want = TSM_SCREEN_FIXED_POS | TSM_SCREEN_HIDE_CURSOR;
	if ((tsm_screen_get_flags(v->screen) & want) != want)
		tsm_screen_set_flags(v->screen, want);
}

struct vt *vt_new(
	int rows, int cols, unsigned scrollback, void (*on_reply)(void *ctx, const char *b, size_t n), void *ctx)
{
	struct vt *v = xcalloc(1, sizeof(*v));
	v->on_reply = on_reply;
	v->ctx = ctx;
	v->rows = clamp(rows);
	v->cols = clamp(cols);
	v->want_scrollback = scrollback;
	v->hit_y = -1;
	if (tsm_screen_new(&v->screen, NULL, NULL) < 0 ||
		tsm_screen_resize(v->screen, (unsigned)v->cols, (unsigned)v->rows) < 0 ||
		tsm_vte_new(&v->vte, v->screen, on_write, v, NULL, NULL) < 0)
		abort(); /* out of memory, as in str.c */
	tsm_vte_set_osc_cb(v->vte, on_osc, v);
	v->filter = (struct vt_filter){.vte = v->vte,
		.screen = v->screen,
		.clear_scrollback = clear_scrollback,
		.report_size = report_size,
		.ctx = v};
	vt_filter_reset(&v->filter);
	v->row = xcalloc((size_t)v->cols, sizeof(*v->row));
	set_scrollback(v);
	keep_flags(v);
	return v;
}

static void forget_kept(struct vt *v)
{
	free(v->kept.cell);
	v->kept = (struct vt_kept){0};
}

void vt_free(struct vt *v)
{
	if (v == NULL)
		return;
	tsm_screen_clear_sb(v->screen);
	tsm_vte_unref(v->vte);
	tsm_screen_unref(v->screen);
	vt_filter_done(&v->filter);
	vt_search_none(v);
	forget_kept(v);
	buf_done(&v->snap.text);
	free(v->snap.start);
	free(v->row);
	free(v);
}

void vt_feed(struct vt *v, const char *bytes, size_t n)
{
	v->reply_left = REPLY_MAX;
	forget_kept(v);
	keep_flags(v);
	if (v->back == 0 && !vt_alternate(v)) {
		size_t lost = vt_filter_lost(&v->filter, bytes, n, v->max_scrollback + (size_t)v->rows);
		if (lost > 0)
			tsm_screen_move_line_home(v->screen);
		bytes += lost;
		n -= lost;
	}
	vt_filter_feed(&v->filter, bytes, n);
	keep_flags(v);
	v->back_stale = v->back > 0;
	if (vt_alternate(v) && v->back > 0)
		vt_view(v, 0);
	changed(v);
}

static int keep_cell(struct tsm_screen *screen, uint64_t id, const uint32_t *ch, size_t len, unsigned width, unsigned x,
	unsigned y, const struct tsm_screen_attr *a, tsm_age_t age, void *ctx)
{
	struct vt_kept *k = ctx;
	(void)screen, (void)id, (void)width, (void)age;
	if ((int)y < k->rows && (int)x < k->cols)
		k->cell[(int)y * k->cols + (int)x] = (struct vt_kept_cell){len > 0 ? ch[0] : 0, *a};
	return 0;
}

/* Before the screen becomes narrower. Not for the alternate screen: its program draws it anew. */
static void keep(struct vt *v)
{
	struct vt_kept *k = &v->kept;
	if (k->cell != NULL || vt_alternate(v) || tsm_screen_get_flags(v->screen) & TSM_SCREEN_INVERSE)
		return;
	*k = (struct vt_kept){
		.rows = v->rows, .cols = v->cols, .least = v->rows, .x = (int)tsm_screen_get_cursor_x(v->screen)};
	k->cell = xcalloc((size_t)k->rows * (size_t)k->cols, sizeof(*k->cell));
	tsm_screen_draw(v->screen, keep_cell, k);
}

/* The screen has become wider than it was: put back what is kept of the columns from `from` on. */
static void put_back(struct vt *v, int from)
{
	const struct vt_kept *k = &v->kept;
	unsigned x = tsm_screen_get_cursor_x(v->screen), y = tsm_screen_get_cursor_y(v->screen);
	unsigned off = tsm_screen_get_flags(v->screen) & (TSM_SCREEN_REL_ORIGIN | TSM_SCREEN_INSERT_MODE);
	if (k->cell == NULL || vt_alternate(v))
		return;
	tsm_screen_reset_flags(v->screen, off);
	for (int row = 0; row < k->least && row + k->lost < k->rows; row++) {
		const struct vt_kept_cell *cell = &k->cell[(row + k->lost) * k->cols];
		for (int col = from; col < v->cols && col < k->cols; col++) {
			if (cell[col].ch == 0)
				continue;
			tsm_screen_move_to(v->screen, (unsigned)col, (unsigned)row);
			tsm_screen_write(v->screen, cell[col].ch, &cell[col].attr);
		}
	}
	if ((int)x >= from && k->x > (int)x) /* it was pushed to the edge */
		x = (unsigned)(k->x < v->cols ? k->x : v->cols - 1);
	tsm_screen_move_to(v->screen, x, y);
	tsm_screen_set_flags(v->screen, off);
}

/* Shrink so that nothing scrolls away which need not: libtsm would push as many rows up as it loses. On the main screen
 * what does not fit above the cursor goes to the scrollback; while the alternate one is shown, libtsm leaves the main
 * one alone. On the alternate screen the rows are pushed down first. */
static void shrink(struct vt *v, int rows, int cols)
{
	unsigned x = tsm_screen_get_cursor_x(v->screen), y = tsm_screen_get_cursor_y(v->screen);
	unsigned lost = y >= (unsigned)rows ? y - (unsigned)rows + 1 : 0;
	bool alternate = vt_alternate(v);
	tsm_screen_set_margins(v->screen, 0, 0);
	if (alternate) {
		tsm_screen_scroll_down(v->screen, (unsigned)(v->rows - rows) - lost);
	} else {
		tsm_screen_scroll_up(v->screen, lost);
		v->kept.lost += (int)lost;
		tsm_screen_set_flags(v->screen, TSM_SCREEN_ALTERNATE);
	}
	tsm_screen_resize(v->screen, (unsigned)cols, (unsigned)rows);
	if (!alternate)
		tsm_screen_reset_flags(v->screen, TSM_SCREEN_ALTERNATE);
	tsm_screen_move_to(v->screen, x, y - lost);
}

void vt_resize(struct vt *v, int rows, int cols)
{
	rows = clamp(rows);
	cols = clamp(cols);
	if (rows == v->rows && cols == v->cols)
		return;
	vt_select_none(v);
	vt_view(v, 0);
	const int before = v->cols;
	if (cols < before)
		keep(v);
	if (rows < v->kept.least)
		v->kept.least = rows;
	if (rows < v->rows)
		shrink(v, rows, cols);
	else
		tsm_screen_resize(v->screen, (unsigned)cols, (unsigned)rows);
	v->rows = (int)tsm_screen_get_height(v->screen);
	v->cols = (int)tsm_screen_get_width(v->screen);
	v->row = xrealloc(v->row, (size_t)v->cols * sizeof(*v->row));
	set_scrollback(v);
	if (v->cols > before)
		put_back(v, before > 0 ? before - 1 : 0); /* a wide character may have stood on the edge */
	changed(v);
}

void vt_reset(struct vt *v)
{
	vt_select_none(v);
	forget_kept(v);
	vt_filter_reset(&v->filter);
	tsm_vte_hard_reset(v->vte);
	keep_flags(v);
	v->back = 0;
	v->title[0] = '\0';
	changed(v);
}

struct collect {
	struct vt *v;
	vt_row_fn fn;
	void *ctx;
};

/* The index of a colour libtsm has turned into red, green, blue, if it is one of the 256; else 0x1RRGGBB. */
static int32_t colour(int8_t code, const uint8_t rgb[3])
{
	int level[3];
	if (code >= 0)
		return code < 16 ? code : -1;
	for (int i = 0; i < 3; i++)
		level[i] = rgb[i] == 0 ? 0 : rgb[i] >= 95 && (rgb[i] - 55) % 40 == 0 ? (rgb[i] - 55) / 40 : -1;
	if (level[0] >= 0 && level[1] >= 0 && level[2] >= 0)
		return 16 + 36 * level[0] + 6 * level[1] + level[2];
	if (rgb[0] == rgb[1] && rgb[1] == rgb[2] && rgb[0] >= 8 && (rgb[0] - 8) % 10 == 0 && rgb[0] <= 238)
		return 232 + (rgb[0] - 8) / 10;
	return 0x1000000 | rgb[0] << 16 | rgb[1] << 8 | rgb[2];
}

static void blank(struct draw_cell *c)
{
	memset(c->ch, 0, sizeof(c->ch));
	c->ch[0] = ' ';
	c->width = 1;
}

/* A row as the screen can show it: no half of a wide character without the other. */
static void settle(struct draw_cell *c, int cols)
{
	for (int x = 0; x < cols; x++) {
		bool wide = c[x].width == 2 && x + 1 < cols && c[x + 1].width == 0;
		if (wide)
			x++;
		else if (c[x].width != 1)
			blank(&c[x]);
	}
}

static int on_cell(struct tsm_screen *screen, uint64_t id, const uint32_t *ch, size_t len, unsigned width, unsigned x,
	unsigned y, const struct tsm_screen_attr *a, tsm_age_t age, void *ctx)
{
	struct collect *k = ctx;
	struct vt *v = k->v;
	(void)screen;
	(void)id;
	(void)age;
	if ((int)x >= v->cols)
		return 0;
	struct draw_cell *c = &v->row[x];
	*c = (struct draw_cell){.width = (int)width,
		.bold = a->bold,
		.italic = a->italic,
		.underline = a->underline,
		.reverse = a->inverse,
		.blink = a->blink,
		.fg = colour(a->fccode, (uint8_t[3]){a->fr, a->fg, a->fb}),
		.bg = colour(a->bccode, (uint8_t[3]){a->br, a->bg, a->bb})};
	if (len == 0)
		c->ch[0] = ' ';
	else
		vt_filter_chars(&v->filter, ch[0], c->ch);
	if ((int)x == v->cols - 1) {
		settle(v->row, v->cols);
		k->fn(k->ctx, (int)y, v->row, v->cols);
	}
	return 0;
}

void vt_rows_raw(struct vt *v, bool cursor, vt_row_fn fn, void *ctx)
{
	struct collect k = {v, fn, ctx};
	if (cursor)
		tsm_screen_reset_flags(v->screen, TSM_SCREEN_HIDE_CURSOR);
	tsm_screen_draw(v->screen, on_cell, &k);
	keep_flags(v);
}

void vt_rows(struct vt *v, vt_row_fn fn, void *ctx)
{
	vt_rows_raw(v, false, fn, ctx);
}

/* Finding the cursor: its cell is the one that is reversed differently with the cursor shown. */
struct find {
	int x, row;
	bool second;
	unsigned char *reverse; /* per row */
};

static void find_row(void *ctx, int y, const struct draw_cell *cells, int cols)
{
	struct find *k = ctx;
	(void)cols;
	if (!k->second)
		k->reverse[y] = cells[k->x].reverse;
	else if (k->reverse[y] != cells[k->x].reverse)
		k->row = y;
}

/* The view's row that the cursor is on; -1 if it lies below the view. */
static int cursor_row(struct vt *v)
{
	unsigned x = tsm_screen_get_cursor_x(v->screen);
	struct find k = {.x = (int)x < v->cols ? (int)x : v->cols - 1, .row = -1};
	k.reverse = xcalloc((size_t)v->rows, 1);
	vt_rows_raw(v, false, find_row, &k);
	k.second = true;
	vt_rows_raw(v, true, find_row, &k);
	free(k.reverse);
	return k.row;
}

unsigned vt_count_back(struct vt *v)
{
	unsigned x = tsm_screen_get_cursor_x(v->screen), y = tsm_screen_get_cursor_y(v->screen), back = 0, top = y;
	unsigned origin = tsm_screen_get_flags(v->screen) & TSM_SCREEN_REL_ORIGIN;
	int row;
	if (x < (unsigned)v->cols) { /* else it waits at the right edge to wrap, which moving it would forget */
		tsm_screen_reset_flags(v->screen, origin);
		tsm_screen_move_to(v->screen, 0, top = 0);
	}
	while ((row = cursor_row(v)) < 0) {
		unsigned step = (unsigned)v->rows - top; /* the end is at least so far */
		tsm_screen_sb_down(v->screen, step);
		back += step;
	}
	back += (unsigned)row - top;
	if (x < (unsigned)v->cols) {
		tsm_screen_move_to(v->screen, x, y);
		tsm_screen_set_flags(v->screen, origin);
	}
	tsm_screen_sb_reset(v->screen);
	tsm_screen_sb_up(v->screen, back);
	return back;
}

void vt_view(struct vt *v, unsigned back)
{
	tsm_screen_sb_reset(v->screen);
	tsm_screen_sb_up(v->screen, back);
	v->back = back;
	v->back_stale = false;
	v->rev++;
}

void vt_scroll(struct vt *v, int lines)
{
	if (vt_alternate(v) || lines == 0)
		return;
	v->hit_y = -1;
	if (lines > 0)
		tsm_screen_sb_up(v->screen, (unsigned)lines);
	else
		tsm_screen_sb_down(v->screen, (unsigned)-lines);
	v->back = vt_count_back(v);
	v->back_stale = false;
	v->rev++;
}

void vt_scroll_end(struct vt *v)
{
	v->hit_y = -1;
	vt_view(v, 0);
}

unsigned vt_scrolled(const struct vt *v)
{
	return v->back;
}

void vt_at(const struct vt *v, int *y, int *x)
{
	*y += v->oy;
	*x += v->ox;
}

void vt_cursor(const struct vt *v, int *y, int *x)
{
	*y = (int)tsm_screen_get_cursor_y(v->screen);
	*x = (int)tsm_screen_get_cursor_x(v->screen);
	*y = *y < v->rows ? *y : v->rows - 1;
	*x = *x < v->cols ? *x : v->cols - 1; /* at the right edge it may wait to wrap */
}

const char *vt_title(const struct vt *v)
{
	return v->title;
}

unsigned vt_rev(const struct vt *v)
{
	return v->rev;
}
