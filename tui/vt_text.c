/* vt_text: the scrollback and the screen as text: a snapshot taken page by page through the view (libtsm tells its
 * cells in no other way), searched with PCRE2, and the selection. libtsm itself keeps the selection's ends, for they
 * move with the lines; what is selected is read from the cells it draws differently with and without it. */
#include "tui/vt_int.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

void vt_put_utf8(struct buf *out, uint32_t c)
{
	char u[4];
	buf_add(out, u, tsm_ucs4_to_utf8(c, u));
}

static void put_cell(struct buf *out, const struct draw_cell *c)
{
	for (size_t i = 0; i < ARRAY_LEN(c->ch) && c->ch[i] != 0 && c->width > 0; i++)
		vt_put_utf8(out, c->ch[i]);
}

static bool is_blank(const struct draw_cell *c)
{
	return c->ch[0] == ' ' && c->ch[1] == 0;
}

void vt_row_text(struct buf *out, const struct draw_cell *cells, int cols)
{
	while (cols > 0 && is_blank(&cells[cols - 1]))
		cols--;
	for (int x = 0; x < cols; x++)
		put_cell(out, &cells[x]);
}

static void snap_add(void *ctx, int y, const struct draw_cell *cells, int cols)
{
	struct vt_snap *s = ctx;
	(void)y;
	if (s->n + 2 > s->cap) {
		s->cap = s->cap == 0 ? 256 : s->cap * 2;
		s->start = xrealloc(s->start, s->cap * sizeof(*s->start));
	}
	s->start[s->n++] = s->text.n;
	vt_row_text(&s->text, cells, cols);
	buf_addc(&s->text, '\n');
	s->start[s->n] = s->text.n;
}

/* A walk over all rows from the oldest to the last of the screen: fn gets their number as y. */
struct walk {
	vt_row_fn fn;
	void *ctx;
	unsigned base, limit; /* rows of this page to tell, and the number of its first */
};

static void walk_row(void *ctx, int y, const struct draw_cell *cells, int cols)
{
	struct walk *w = ctx;
	if ((unsigned)y < w->limit)
		w->fn(w->ctx, (int)w->base + y, cells, cols);
}

/* How many rows have scrolled off the screen. Leaves the view at the oldest. */
static unsigned to_oldest(struct vt *v)
{
	if (vt_alternate(v))
		return 0;
	tsm_screen_sb_up(v->screen, UINT_MAX);
	return vt_count_back(v);
}

/* Returns the number of rows in the scrollback. The view stays where it was. */
static unsigned walk(struct vt *v, vt_row_fn fn, void *ctx)
{
	unsigned back = v->back_stale ? vt_count_back(v) : v->back, off = to_oldest(v);
	struct walk w = {fn, ctx, 0, 0};
	for (unsigned left = off; left > 0; left -= w.limit) {
		w.limit = left < (unsigned)v->rows ? left : (unsigned)v->rows;
		vt_rows(v, walk_row, &w);
		tsm_screen_sb_down(v->screen, w.limit);
		w.base += w.limit;
	}
	tsm_screen_sb_reset(v->screen);
	w.limit = (unsigned)v->rows;
	vt_rows(v, walk_row, &w);
	vt_view(v, back);
	return off;
}

static const struct vt_snap *snapshot(struct vt *v)
{
	struct vt_snap *s = &v->snap;
	if (s->n > 0 && s->gen == v->gen)
		return s;
	buf_clear(&s->text);
	s->n = 0;
	s->off = walk(v, snap_add, s);
	s->gen = v->gen;
	return s;
}

static void row_text(void *ctx, int y, const struct draw_cell *cells, int cols)
{
	struct buf b = {0};
	(void)y;
	vt_row_text(&b, cells, cols);
	strv_add(ctx, b.p != NULL ? b.p : "");
	buf_done(&b);
}

void vt_screen_text(struct vt *v, struct strv *rows)
{
	unsigned back = v->back_stale ? vt_count_back(v) : v->back;
	if (back > 0)
		vt_view(v, 0);
	vt_rows(v, row_text, rows);
	if (back > 0)
		vt_view(v, back);
}

char *vt_text(struct vt *v)
{
	const struct vt_snap *s = snapshot(v);
	size_t n = s->text.n;
	while (n > 1 && s->text.p[n - 1] == '\n' && s->text.p[n - 2] == '\n')
		n--;
	return xstrndup(s->text.p, n);
}

void vt_search_none(struct vt *v)
{
	free(v->pattern);
	pcre2_code_free(v->re);
	pcre2_match_data_free(v->match);
	pcre2_match_context_free(v->limit);
	v->pattern = NULL;
	v->re = NULL;
	v->match = NULL;
	v->limit = NULL;
	v->hit_y = -1;
}

/* Compile a pattern; without capital letters in it, case does not matter. */
static int compile(struct vt *v, const char *pattern, struct err *e)
{
	int code;
	PCRE2_SIZE at;
	uint32_t flags = PCRE2_UTF | PCRE2_CASELESS;
	for (const char *p = pattern; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z' && (p == pattern || p[-1] != '\\'))
			flags &= ~PCRE2_CASELESS;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, flags, &code, &at, NULL);
	if (re == NULL) {
		char why[128];
		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
		return err_set(e, ERR_INPUT, "search pattern: %s at column %d", why, (int)at + 1);
	}
	vt_search_none(v);
	v->pattern = xstrdup(pattern);
	v->re = re;
	v->match = pcre2_match_data_create_from_pattern(re, NULL);
	v->limit = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(v->limit, 50000);
	return 0;
}

bool vt_row_match(struct vt *v, const char *text, size_t n, size_t from, size_t *start, size_t *end)
{
	if (v->re == NULL || from > n)
		return false;
	if (pcre2_match(v->re, (PCRE2_SPTR)text, n, from, PCRE2_NOTEMPTY, v->match, v->limit) < 1)
		return false;
	const PCRE2_SIZE *o = pcre2_get_ovector_pointer(v->match);
	*start = o[0];
	*end = o[1] > o[0] ? o[1] : o[0] + 1;
	return o[1] > o[0];
}

/* A match: its row in the snapshot and its byte in the row. */
struct place {
	size_t row, at;
	bool is;
};

static bool before(const struct place *a, const struct place *b)
{
	return a->row < b->row || (a->row == b->row && a->at < b->at);
}

/* All matches: how many there are, and the one that follows `from` in the direction (round the end). */
static int find(struct vt *v, const struct vt_snap *s, const struct place *from, int dir, struct place *found)
{
	int count = 0;
	struct place first = {0}, last = {0}, prev = {0}, next = {0};
	for (size_t i = 0; i < s->n; i++) {
		const char *row = s->text.p + s->start[i];
		size_t n = s->start[i + 1] - s->start[i] - 1, at = 0, end;
		for (; vt_row_match(v, row, n, at, &at, &end); at = end, count++) {
			struct place m = {i, at, true};
			first = first.is ? first : m;
			last = m;
			prev = before(&m, from) ? m : prev;
			next = !next.is && before(from, &m) ? m : next;
		}
	}
	if (dir < 0)
		*found = prev.is ? prev : last;
	else
		*found = next.is ? next : first;
	return count;
}

int vt_search(struct vt *v, const char *pattern, int dir, struct err *e)
{
	if ((v->pattern == NULL || strcmp(pattern, v->pattern) != 0) && compile(v, pattern, e) < 0)
		return -1;
	const struct vt_snap *s = snapshot(v);
	unsigned rows = (unsigned)v->rows, top = s->off - v->back;
	struct place from = {dir < 0 ? top + rows : top, 0, true}, to = {0};
	if (v->hit_y >= 0)
		from = (struct place){top + (unsigned)v->hit_y, v->hit_at, true};
	else if (dir > 0 && top > 0)
		from = (struct place){top - 1, SIZE_MAX, true};
	int count = find(v, s, &from, dir, &to);
	if (count > 0) {
		if (to.row < top || to.row >= top + rows) {
			top = to.row < rows / 2 ? 0 : (unsigned)to.row - rows / 2;
			vt_view(v, top < s->off ? s->off - top : 0);
			top = s->off - v->back;
		}
		v->hit_y = (int)(to.row - top);
		v->hit_at = to.at;
	}
	v->rev++;
	return count;
}

static void at_view(const struct vt *v, int y, int x, unsigned *py, unsigned *px)
{
	*py = (unsigned)(y < 0 ? 0 : y >= v->rows ? v->rows - 1 : y);
	*px = (unsigned)(x < 0 ? 0 : x >= v->cols ? v->cols - 1 : x);
}

void vt_select_begin(struct vt *v, int y, int x)
{
	unsigned py, px;
	at_view(v, y, x, &py, &px);
	tsm_screen_selection_start(v->screen, px, py);
	v->selecting = true;
	v->rev++;
}

void vt_select_to(struct vt *v, int y, int x)
{
	unsigned py, px;
	if (!v->selecting)
		return;
	at_view(v, y, x, &py, &px);
	tsm_screen_selection_target(v->screen, px, py);
	v->rev++;
}

void vt_select_none(struct vt *v)
{
	if (v->selecting)
		tsm_screen_selection_reset(v->screen);
	v->selecting = false;
	v->rev++;
}

/* Reading the selection: first the reversed cells with it, then without. */
struct picked {
	unsigned char *reverse; /* per cell of all rows */
	size_t n, cap;
	size_t cols;
	struct buf *out;
	bool any;
};

static void pick_reverse(void *ctx, int y, const struct draw_cell *cells, int cols)
{
	struct picked *k = ctx;
	size_t need = ((size_t)y + 1) * k->cols;
	if (need > k->cap) {
		k->cap = need * 2;
		k->reverse = xrealloc(k->reverse, k->cap);
	}
	for (int x = 0; x < cols; x++)
		k->reverse[(size_t)y * k->cols + (size_t)x] = cells[x].reverse;
	k->n = need;
}

static void pick_text(void *ctx, int y, const struct draw_cell *cells, int cols)
{
	struct picked *k = ctx;
	int from = -1, to = -1;
	if (((size_t)y + 1) * k->cols > k->n)
		return;
	for (int x = 0; x < cols; x++)
		if (k->reverse[(size_t)y * k->cols + (size_t)x] != cells[x].reverse) {
			from = from < 0 ? x : from;
			to = x + 1;
		}
	if (from < 0)
		return;
	if (k->any)
		buf_addc(k->out, '\n');
	k->any = true;
	while (to == cols && to > from && is_blank(&cells[to - 1]))
		cols = --to;
	for (int x = from; x < to; x++)
		put_cell(k->out, &cells[x]);
}

bool vt_select_copy(struct vt *v, struct buf *out)
{
	struct picked k = {.cols = (size_t)v->cols, .out = out};
	if (!v->selecting)
		return false;
	walk(v, pick_reverse, &k);
	vt_select_none(v);
	walk(v, pick_text, &k);
	free(k.reverse);
	return k.any;
}
