/* ws_bytes: the byte map: every byte of an init in hexadecimal, coloured by what it is, and below it all that is known
 * of the byte under the cursor or the pointer: the field, its value, its meaning and the valid values, each of several
 * where bytes serve twice. One program or two side by side. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "tui/workshop.h"

enum { AT_ONE = 6, DETAIL = 6 };

static enum style kind_style(enum elf_kind kind)
{
	static const enum style style[] = {[ELF_EHDR] = STYLE_SYN_KEYWORD,
		[ELF_PHDR] = STYLE_SYN_TYPE,
		[ELF_SHDR] = STYLE_SYN_PREPROC,
		[ELF_CODE] = STYLE_SYN_FUNCTION,
		[ELF_DATA] = STYLE_SYN_STRING,
		[ELF_OTHER] = STYLE_TEXT,
		[ELF_GAP] = STYLE_DIM};
	return style[kind];
}

/* The part that a byte belongs to first: the smallest; NULL if none. *n: how many there are. */
static const struct elf_range *part_at(const struct elfview *v, uint64_t off, size_t *n)
{
	const struct elf_range *r[AT_ONE], *best = NULL;
	const size_t all = elfview_at(v, off, r, AT_ONE);
	for (size_t i = 0; i < all && i < AT_ONE; i++)
		if (best == NULL || r[i]->size < best->size)
			best = r[i];
	*n = all;
	return best;
}

static int bytes_in_row(int cols)
{
	return cols >= 8 + 16 * 4 + 2 ? 16 : 8;
}

static void draw_byte(const struct draw *d, int y, int x, const struct elfview *v, uint64_t off)
{
	size_t n;
	const struct elf_range *r = part_at(v, off, &n);
	const enum style s = n > 1 ? STYLE_MATCH : r != NULL ? kind_style(r->kind) : STYLE_TEXT;
	/* a bar where a header's field begins, so that fields can be told without colours */
	const bool field = r != NULL && r->kind <= ELF_SHDR && r->off == off;
	draw_text(d, y, x, STYLE_DIM, field ? "|" : " ");
	draw_textf(d, y, x + 1, s, "%02x", v->bytes[off]);
}

static void draw_row(const struct draw *d, int y, const struct ws_program *p, uint64_t off, int per)
{
	const struct elfview *v = &p->code.v;
	draw_textf(d, y, 0, STYLE_LINE_NUMBER, "%6" PRIx64, off);
	for (int i = 0; i < per && off + (uint64_t)i < v->n; i++) {
		const unsigned char c = v->bytes[off + (uint64_t)i];
		draw_byte(d, y, 7 + 3 * i, v, off + (uint64_t)i);
		draw_textf(d, y, 9 + 3 * per + i, STYLE_DIM, "%c", isprint(c) ? c : '.');
	}
}

/* The byte that is explained: under the pointer, else under the cursor. */
static uint64_t shown(const struct workshop *w, int side)
{
	const struct ws_program *p = &w->side[side];
	return w->hover < p->code.v.n && w->hover_side == side ? w->hover : p->byte;
}

static void restyle(const struct draw *d, const struct ws_program *p, uint64_t byte, int per, enum style s)
{
	if (byte < p->top || byte >= p->top + (uint64_t)(d->rows * per))
		return;
	const uint64_t at = byte - p->top;
	draw_restyle(d, (int)(at / (uint64_t)per), 8 + 3 * (int)(at % (uint64_t)per), 2, s);
}

/* The smallest part at the explained byte stands out as a whole, the byte under the cursor most. */
static void mark(const struct workshop *w, int side, const struct draw *d, int per, bool focused)
{
	const struct ws_program *p = &w->side[side];
	const uint64_t byte = shown(w, side), last = p->top + (uint64_t)(d->rows * per);
	size_t n;
	const struct elf_range *r = part_at(&p->code.v, byte, &n);
	for (uint64_t i = r != NULL && r->off > p->top ? r->off : p->top; r != NULL && i < r->off + r->size && i < last;
		i++)
		restyle(d, p, i, per, STYLE_SELECTED_IDLE);
	restyle(d, p, p->byte, per, focused ? STYLE_SELECTED : STYLE_SELECTED_IDLE);
}

static void settle(struct ws_program *p, int rows, int per)
{
	const uint64_t n = p->code.v.n, unit = (uint64_t)per, page = (uint64_t)(rows > 0 ? rows : 1) * unit;
	if (n == 0)
		return;
	if (p->byte >= n)
		p->byte = n - 1;
	p->top -= p->top % unit;
	if (p->byte < p->top)
		p->top = p->byte - p->byte % unit;
	if (p->byte >= p->top + page)
		p->top = p->byte - p->byte % unit - page + unit;
}

/* --- what a byte is --- */

static int draw_part(const struct draw *d, int y, const struct elf_range *r)
{
	char where[40] = "";
	if (r->index >= 0)
		snprintf(where, sizeof(where), " %d", r->index);
	int x = draw_textf(d, y, 0, kind_style(r->kind), "%s%s ", _(elf_kind_name(r->kind)), where);
	x = draw_textf(d, y, x, STYLE_STRONG, "%s", r->name);
	if (r->kind <= ELF_SHDR)
		x = draw_textf(d, y, x, STYLE_SYN_NUMBER,
			r->value < 10 ? " = %" PRIu64 : " = %" PRIu64 " (0x%" PRIx64 ")", r->value, r->value);
	if (*r->text != '\0')
		x = draw_textf(d, y, x, STYLE_VALUE_TEXT, " %s", r->text);
	draw_textf(d, y++, x, STYLE_DIM, "  %" PRIu64 "+%" PRIu64, r->off, r->size);
	if (y < d->rows)
		draw_ellipsis(d, y++, 2, d->cols - 2, STYLE_TEXT, _(r->meaning));
	if (y < d->rows && r->valid != NULL) {
		x = draw_text(d, y, 2, STYLE_DIM, _("valid: "));
		x = draw_textf(d, y, x, STYLE_OK, "%s", _(r->valid));
		if (!r->loader)
			draw_text(d, y, x, STYLE_DIM, _(" (the kernel does not look)"));
		y++;
	}
	return y;
}

static void draw_detail(const struct ws_program *p, uint64_t byte, const struct draw *d)
{
	const struct elf_range *r[AT_ONE];
	const size_t n = elfview_at(&p->code.v, byte, r, AT_ONE);
	draw_hline(d, 0, 0, d->cols, STYLE_BORDER);
	draw_textf(d, 0, 1, STYLE_TITLE, n > 1 ? _(" byte %ju, which serves %zu times ") : _(" byte %ju "), byte, n);
	int y = 1;
	/* small parts first: fields before the section that they lie in */
	for (size_t k = 0; k < n && k < AT_ONE && y < d->rows; k++) {
		const struct elf_range *best = NULL;
		for (size_t i = 0; i < n && i < AT_ONE; i++)
			if (r[i] != NULL && (best == NULL || r[i]->size < best->size))
				best = r[i];
		for (size_t i = 0; i < n && i < AT_ONE; i++)
			if (r[i] == best)
				r[i] = NULL;
		y = draw_part(d, y, best);
	}
}

static void draw_legend(const struct draw *d, int y)
{
	static const enum elf_kind kind[] = {ELF_EHDR, ELF_PHDR, ELF_SHDR, ELF_CODE, ELF_DATA, ELF_GAP};
	int x = 0;
	for (size_t i = 0; i < ARRAY_LEN(kind); i++)
		x = draw_textf(d, y, x, kind_style(kind[i]), "%s  ", _(elf_kind_name(kind[i])));
	draw_text(d, y, x, STYLE_MATCH, _("twice"));
}

/* Rows for the explanation: some, and what a small file leaves free. */
static int detail_rows(int rows, uint64_t n, int per)
{
	const uint64_t need = (n + (uint64_t)per - 1) / (uint64_t)per;
	const int least = rows > DETAIL + 6 ? DETAIL : rows > 8 ? 4 : rows > 6 ? 3 : 0;
	const int free_rows = need < (uint64_t)rows ? rows - (int)need : 0;
	return free_rows > 16 ? 16 : free_rows > least ? free_rows : least;
}

static void draw_one(struct workshop *w, int side, const struct draw *d, bool focused)
{
	struct ws_program *p = &w->side[side];
	const int per = bytes_in_row(d->cols), head = w->two ? 1 : 0;
	const int detail = detail_rows(d->rows - head - 1, p->code.v.n, per);
	if (!p->loaded) {
		draw_textf(d, 0, 1, STYLE_DIM, _("%s has not been built here."), ws_variant(w, side));
		return;
	}
	if (head > 0)
		draw_textf(d, 0, 0, focused ? STYLE_TITLE_FOCUS : STYLE_TITLE, _("%s, %ju bytes"), ws_variant(w, side),
			p->code.v.n);
	const struct draw grid = draw_sub(d, head, 0, d->rows - detail - head - 1, d->cols);
	settle(p, grid.rows, per);
	for (int y = 0; y < grid.rows; y++)
		if (p->top + (uint64_t)(y * per) < p->code.v.n)
			draw_row(&grid, y, p, p->top + (uint64_t)(y * per), per);
	mark(w, side, &grid, per, focused);
	draw_legend(d, d->rows - detail - 1);
	if (detail > 0) {
		const struct draw low = draw_sub(d, d->rows - detail, 0, detail, d->cols);
		draw_detail(p, shown(w, side), &low);
	}
	w->bytes_row = per;
	w->bytes_y[side] = grid.y;
	w->bytes_x[side] = grid.x;
	w->bytes_rows[side] = grid.rows;
}

void ws_bytes_draw(struct workshop *w, const struct draw *d, bool focused)
{
	w->bytes_rows[0] = w->bytes_rows[1] = 0;
	if (!w->two) {
		draw_one(w, w->at, d, focused);
		return;
	}
	const bool beside = d->cols >= 84;
	const int half = beside ? (d->cols - 1) / 2 : d->rows / 2;
	const struct draw a = beside ? draw_sub(d, 0, 0, d->rows, half) : draw_sub(d, 0, 0, half, d->cols);
	const struct draw b = beside ? draw_sub(d, 0, half + 1, d->rows, d->cols - half - 1)
				     : draw_sub(d, half, 0, d->rows - half, d->cols);
	if (beside)
		draw_vline(d, 0, half, d->rows, STYLE_BORDER);
	draw_one(w, 0, &a, focused && w->at == 0);
	draw_one(w, 1, &b, focused && w->at == 1);
}

/* --- moving --- */

static void go(struct ws_program *p, int64_t by)
{
	const uint64_t n = p->code.v.n;
	if (by < 0 && (uint64_t)-by > p->byte)
		p->byte = 0;
	else
		p->byte = (uint64_t)((int64_t)p->byte + by);
	if (n > 0 && p->byte >= n)
		p->byte = n - 1;
}

bool ws_bytes_key(struct workshop *w, const struct key *k)
{
	struct ws_program *p = ws_side(w);
	const int per = w->bytes_row > 0 ? w->bytes_row : 16;
	const int rows = w->bytes_rows[w->at] > 1 ? w->bytes_rows[w->at] - 1 : 1;
	if (k->mod != 0)
		return false;
	switch (k->code) {
	case K_LEFT:
	case 'h':
		return go(p, -1), true;
	case K_RIGHT:
	case 'l':
		return go(p, 1), true;
	case K_UP:
	case 'k':
		return go(p, -per), true;
	case K_DOWN:
	case 'j':
		return go(p, per), true;
	case K_PGUP:
		return go(p, -(int64_t)per * rows), true;
	case K_PGDN:
	case ' ':
		return go(p, (int64_t)per * rows), true;
	case K_HOME:
	case 'g':
		return p->byte = 0, true;
	case K_END:
	case 'G':
		return p->byte = p->code.v.n > 0 ? p->code.v.n - 1 : 0, true;
	default:
		return false;
	}
}

void ws_bytes_step(struct workshop *w, int dir)
{
	struct ws_program *p = ws_side(w);
	const struct elfview *v = &p->code.v;
	uint64_t best = UINT64_MAX;
	for (size_t i = 0; i < v->n_range; i++) {
		const uint64_t off = v->range[i].off;
		if (dir > 0 ? off > p->byte && off < best : off < p->byte && (best == UINT64_MAX || off > best))
			best = off;
	}
	if (best != UINT64_MAX)
		p->byte = best;
}

/* Where the field leads in the file; UINT64_MAX: nowhere. */
static uint64_t leads_to(const struct elfview *v, const struct elf_range *r)
{
	static const char *const address[] = {"e_entry", "p_vaddr", "sh_addr"}, *const offset[] = {"e_phoff", "e_shoff",
											"p_offset", "sh_offset"};
	for (size_t i = 0; i < ARRAY_LEN(address); i++)
		if (strcmp(r->name, address[i]) == 0)
			return elfview_offset(v, r->value);
	for (size_t i = 0; i < ARRAY_LEN(offset); i++)
		if (strcmp(r->name, offset[i]) == 0)
			return r->value;
	return UINT64_MAX;
}

bool ws_bytes_follow(struct workshop *w)
{
	struct ws_program *p = ws_side(w);
	const struct elfview *v = &p->code.v;
	const struct elf_range *r[AT_ONE];
	const size_t n = p->loaded && v->n > 0 ? elfview_at(v, p->byte, r, AT_ONE) : 0;
	bool code = false;
	for (size_t i = 0; i < n && i < AT_ONE; i++) {
		const uint64_t to = leads_to(v, r[i]);
		code = code || r[i]->kind == ELF_CODE;
		if (to < v->n && to != p->byte) {
			p->byte = to;
			return true;
		}
	}
	const uint64_t addr = code ? elfview_addr(v, p->byte) : UINT64_MAX;
	if (addr == UINT64_MAX)
		return false;
	w->view = WS_CODE;
	ws_code_to_addr(w, w->at, addr);
	return true;
}

/* The byte under the pointer, on either side; UINT64_MAX if there is none. */
static uint64_t point(const struct workshop *w, const struct mouse *m, int *side)
{
	for (*side = 0; *side < 2; ++*side) {
		const struct ws_program *p = &w->side[*side];
		const int per = w->bytes_row, y = m->y + w->org_y - w->bytes_y[*side],
			  x = m->x + w->org_x - w->bytes_x[*side];
		const bool hex = x >= 7 && x < 7 + 3 * per, text = x >= 9 + 3 * per && x < 9 + 4 * per;
		if (y < 0 || y >= w->bytes_rows[*side] || !p->loaded || (!hex && !text))
			continue;
		const uint64_t off = p->top + (uint64_t)(y * per + (hex ? (x - 7) / 3 : x - 9 - 3 * per));
		return off < p->code.v.n ? off : UINT64_MAX;
	}
	return UINT64_MAX;
}

bool ws_bytes_mouse(struct workshop *w, const struct mouse *m)
{
	const int64_t unit = w->bytes_row > 0 ? w->bytes_row : 16;
	int side;
	if (m->kind == MOUSE_WHEEL_UP || m->kind == MOUSE_WHEEL_DOWN)
		return go(ws_side(w), m->kind == MOUSE_WHEEL_UP ? -3 * unit : 3 * unit), true;
	const uint64_t byte = point(w, m, &side), before = w->hover;
	w->hover = m->kind == MOUSE_MOVE ? byte : UINT64_MAX;
	if (m->kind == MOUSE_MOVE) {
		w->hover_side = side < 2 ? side : 0;
		return w->hover != before;
	}
	if (byte == UINT64_MAX || m->kind == MOUSE_RELEASE)
		return false;
	w->at = side;
	w->side[side].byte = byte;
	if (m->kind == MOUSE_PRESS && m->clicks == 2)
		ws_bytes_follow(w);
	return true;
}
