/* textview: see textview.h. Invariant after textview_settle: cursor and top are lines of the model (or its first, if it
 * is empty), and the cursor is within the view. */
#include "tui/textview.h"

#include <string.h>

#define LEFT_MAX 65536
#define STEP     8 /* columns of a move to the side */

static size_t first_of(const struct textview *v)
{
	return v->ops->first(v->ctx);
}

static size_t count_of(const struct textview *v)
{
	return v->ops->count(v->ctx);
}

/* One past the last line. */
static size_t end_of(const struct textview *v)
{
	return first_of(v) + count_of(v);
}

static size_t page(const struct textview *v)
{
	return v->rows > 0 ? (size_t)v->rows : 1;
}

static size_t clamp(size_t x, size_t lo, size_t hi)
{
	return x < lo ? lo : x > hi ? hi : x;
}

void textview_settle(struct textview *v)
{
	const size_t first = first_of(v), end = end_of(v), last = end > first ? end - 1 : first;
	const size_t top_max = end > first + page(v) ? end - page(v) : first;
	if (v->follow)
		v->cursor = last;
	v->cursor = clamp(v->cursor, first, last);
	if (v->cursor < v->top)
		v->top = v->cursor;
	if (v->cursor >= v->top + page(v))
		v->top = v->cursor - page(v) + 1;
	v->top = clamp(v->top, first, top_max);
	if (v->select != SELECT_NONE && (v->mark.line < first || v->mark.line > last || v->point.line > last))
		v->select = SELECT_NONE;
	if (v->select != SELECT_NONE && v->point.line < first)
		v->point = (struct textview_place){first, 0};
}

/* --- drawing --- */

/* What lies over a row's own styles, in bytes. */
struct over {
	struct text_span match[32];
	size_t n_match;
	bool now; /* the cursor is on this line: its matches stand out */
	struct text_span sel;
	bool whole; /* all of the line is selected */
	bool line_cursor, focused;
};

static bool place_less(struct textview_place a, struct textview_place b)
{
	return a.line != b.line ? a.line < b.line : a.at < b.at;
}

/* Ends of the selection in order. */
static void selection(const struct textview *v, struct textview_place *a, struct textview_place *b)
{
	const bool swap = place_less(v->point, v->mark);
	*a = swap ? v->point : v->mark;
	*b = swap ? v->mark : v->point;
}

static bool line_selected(const struct textview *v, size_t line)
{
	struct textview_place a, b;
	selection(v, &a, &b);
	return v->select != SELECT_NONE && line >= a.line && line <= b.line;
}

/* The selected bytes of a line of n bytes; empty if none. */
static struct text_span selected_part(const struct textview *v, size_t line, size_t n)
{
	struct textview_place a, b;
	struct text_span s = {0, 0};
	selection(v, &a, &b);
	if (!line_selected(v, line))
		return s;
	s.from = v->select == SELECT_TEXT && line == a.line ? a.at : 0;
	s.to = v->select == SELECT_TEXT && line == b.line ? b.at : n;
	if (s.to > n)
		s.to = n;
	if (s.from > s.to)
		s.from = s.to;
	return s;
}

static void find_over(const struct textview *v, size_t line, const struct textview_row *r, struct over *o)
{
	const size_t source = v->ops->source_line != NULL ? v->ops->source_line(v->ctx, line) : line;
	o->n_match = 0;
	if (v->search != NULL && textsearch_has(v->search, source))
		o->n_match = textsearch_spans(v->search, r->text, r->n, o->match, 32);
	o->sel = selected_part(v, line, r->n);
	o->whole = v->select == SELECT_LINES && line_selected(v, line);
	o->now = o->line_cursor = line == v->cursor;
}

static bool inside(const struct text_span *s, size_t n, size_t at)
{
	for (size_t i = 0; i < n; i++)
		if (at >= s[i].from && at < s[i].to)
			return true;
	return false;
}

/* Style of the character at a byte. span: index of the first span that may matter, moved on. */
static enum style style_at(const struct textview_row *r, const struct over *o, size_t at, size_t *span)
{
	while (*span < r->n_span && at >= r->span[*span].to)
		++*span;
	if (o->sel.to > o->sel.from && at >= o->sel.from && at < o->sel.to)
		return STYLE_SELECTED;
	if (o->n_match > 0 && inside(o->match, o->n_match, at))
		return o->now ? STYLE_MATCH_NOW : STYLE_MATCH;
	if (at >= r->emph_from && at < r->emph_to)
		return r->emph;
	if (o->line_cursor)
		return o->focused ? STYLE_SELECTED : STYLE_SELECTED_IDLE;
	return *span < r->n_span && at >= r->span[*span].from ? r->span[*span].style : r->style;
}

/* Draws a line from left to right, in runs of one style. */
struct pen {
	const struct draw *d; /* the text part, without gutter */
	int y, left;
	char run[512];
	size_t n;
	enum style style;
	int from, x; /* text columns: where the run begins, where the pen is */
};

static void flush(struct pen *p)
{
	if (p->n > 0)
		draw_textn(p->d, p->y, p->from - p->left, p->style, p->run, p->n);
	p->n = 0;
}

static void put(struct pen *p, enum style style, const char *s, size_t n)
{
	if (p->n > 0 && (style != p->style || p->n + n > sizeof(p->run)))
		flush(p);
	if (p->n == 0)
		p->from = p->x;
	p->style = style;
	memcpy(p->run + p->n, s, n);
	p->n += n;
}

static size_t char_length(const char *s, size_t n)
{
	size_t i = 1;
	while (i < n && i < 4 && ((unsigned char)s[i] & 0xc0) == 0x80)
		i++;
	return i;
}

/* Columns of a character that begins in column x. */
static int char_width(const char *s, size_t n, int x)
{
	if (*s == '\t')
		return 8 - x % 8;
	return n == 1 ? 1 : draw_width(s, n, 0);
}

/* One character of `width` columns; tabs, and what is half outside at the left, are blanks. */
static void put_char(struct pen *p, enum style style, const char *s, size_t n, int width)
{
	static const char blanks[] = "        ";
	const int hidden = p->x < p->left ? p->left - p->x : 0;
	if (width > hidden) {
		p->x += hidden;
		if (*s == '\t' || hidden > 0)
			put(p, style, blanks, (size_t)(width - hidden));
		else
			put(p, style, s, n);
		p->x -= hidden;
	} else if (width == 0 && p->n > 0) {
		put(p, p->style, s, n); /* a combining character */
	}
	p->x += width;
}

static void draw_rest(struct pen *p, const struct over *o)
{
	flush(p);
	if (!o->line_cursor && !o->whole)
		return;
	const enum style s = o->whole || o->focused ? STYLE_SELECTED : STYLE_SELECTED_IDLE;
	struct draw rest = draw_sub(p->d, p->y, p->x > p->left ? p->x - p->left : 0, 1, p->d->cols);
	draw_fill(&rest, s);
}

static void draw_row(const struct textview *v, const struct draw *d, int y, size_t line, bool focused)
{
	struct textview_row r = {.style = STYLE_TEXT};
	struct over o = {.focused = focused};
	v->ops->row(v->ctx, line, &r);
	find_over(v, line, &r, &o);
	if (v->gutter > 0)
		draw_ellipsis(d, y, 0, v->gutter, r.gutter_style, r.gutter);
	const struct draw text = draw_sub(d, 0, v->gutter, d->rows, d->cols - v->gutter);
	struct pen p = {.d = &text, .y = y, .left = v->left};
	size_t span = 0;
	for (size_t at = 0; at < r.n && p.x < v->left + text.cols;) {
		const size_t n = char_length(r.text + at, r.n - at);
		put_char(&p, style_at(&r, &o, at, &span), r.text + at, n, char_width(r.text + at, n, p.x));
		at += n;
	}
	draw_rest(&p, &o);
	const int x = p.x > v->left ? p.x - v->left + 2 : 2;
	if (r.note != NULL && x < text.cols)
		draw_ellipsis(&text, y, x, text.cols - x, r.note_style, r.note);
}

void textview_draw(struct textview *v, const struct draw *d, bool focused)
{
	v->rows = d->rows;
	v->cols = d->cols - v->gutter - 1;
	textview_settle(v);
	draw_fill(d, STYLE_TEXT);
	const size_t end = end_of(v);
	const struct draw text = draw_sub(d, 0, 0, d->rows, d->cols - 1);
	for (int y = 0; y < d->rows && v->top + (size_t)y < end; y++)
		draw_row(v, &text, y, v->top + (size_t)y, focused);
	draw_scrollbar(d, d->cols - 1, v->top - first_of(v), count_of(v));
}

/* --- moving --- */

static void moved(struct textview *v)
{
	const size_t end = end_of(v);
	v->follow = v->can_follow && v->cursor + 1 >= end;
	if (v->select == SELECT_LINES)
		v->point.line = v->cursor;
}

void textview_move(struct textview *v, long lines)
{
	const size_t first = first_of(v), end = end_of(v), last = end > first ? end - 1 : first;
	if (lines < 0)
		v->cursor = v->cursor - first > (size_t)-lines ? v->cursor - (size_t)-lines : first;
	else
		v->cursor = clamp(v->cursor + (size_t)lines, first, last);
	moved(v);
	textview_settle(v);
}

void textview_goto(struct textview *v, size_t line)
{
	const size_t half = page(v) / 2;
	if (line < v->top || line >= v->top + page(v))
		v->top = line > first_of(v) + half ? line - half : first_of(v);
	v->cursor = line;
	moved(v);
	textview_settle(v);
}

void textview_end(struct textview *v)
{
	const size_t end = end_of(v);
	v->cursor = end > first_of(v) ? end - 1 : first_of(v);
	moved(v);
	textview_settle(v);
}

static void move_side(struct textview *v, int columns)
{
	v->left += columns;
	if (v->left < 0)
		v->left = 0;
	if (v->left > LEFT_MAX)
		v->left = LEFT_MAX;
}

/* Moves that depend only on the key's code. Returns false if it is none. */
static bool key_moves(struct textview *v, uint32_t code)
{
	const long full = page(v) > 1 ? (long)page(v) - 1 : 1;
	switch (code) {
	case K_UP:
	case 'k':
		return textview_move(v, -1), true;
	case K_DOWN:
	case 'j':
		return textview_move(v, 1), true;
	case K_PGUP:
		return textview_move(v, -full), true;
	case K_PGDN:
	case ' ':
		return textview_move(v, full), true;
	case K_HOME:
	case 'g':
		return v->left = 0, textview_goto(v, first_of(v)), true;
	case K_END:
	case 'G':
		return textview_end(v), true;
	case K_LEFT:
	case 'h':
		return move_side(v, -STEP), true;
	case K_RIGHT:
	case 'l':
		return move_side(v, STEP), true;
	case '0':
		return move_side(v, -LEFT_MAX), true;
	default:
		return false;
	}
}

bool textview_key(struct textview *v, const struct key *k)
{
	const long half = page(v) > 2 ? (long)page(v) / 2 : 1;
	if (k->mod == KEY_CTRL && (k->code == 'd' || k->code == 'u'))
		return textview_move(v, k->code == 'd' ? half : -half), true;
	if (k->mod == KEY_CTRL && (k->code == 'f' || k->code == 'b'))
		return key_moves(v, k->code == 'f' ? K_PGDN : K_PGUP);
	if (k->mod != 0)
		return false;
	if (k->code == K_ESC && v->select != SELECT_NONE)
		return v->select = SELECT_NONE, true;
	return key_moves(v, k->code);
}

/* --- mouse and selection --- */

/* The byte of a row's text at a text column. */
static size_t byte_at(const struct textview_row *r, int column)
{
	size_t at = 0;
	for (int x = 0; at < r->n;) {
		const size_t n = char_length(r->text + at, r->n - at);
		x += char_width(r->text + at, n, x);
		if (x > column)
			break;
		at += n;
	}
	return at;
}

/* The place in the text under the mouse, the nearest one if it is outside. */
static struct textview_place place_at(const struct textview *v, const struct mouse *m)
{
	const size_t first = first_of(v), end = end_of(v);
	struct textview_row r = {.style = STYLE_TEXT};
	struct textview_place p = {v->top, 0};
	const int x = m->x > v->gutter ? m->x - v->gutter : 0;
	if (m->y < 0)
		p.line = v->top - first > (size_t)-m->y ? v->top - (size_t)-m->y : first;
	else
		p.line = v->top + (size_t)m->y;
	if (end == first)
		return p;
	p.line = clamp(p.line, first, end - 1);
	v->ops->row(v->ctx, p.line, &r);
	p.at = byte_at(&r, x + v->left);
	return p;
}

static void press(struct textview *v, const struct mouse *m)
{
	v->mark = v->point = place_at(v, m);
	v->select = m->clicks >= 2 ? SELECT_LINES : SELECT_NONE;
	v->dragging = true;
	v->cursor = v->mark.line;
	moved(v);
}

static void drag(struct textview *v, const struct mouse *m)
{
	v->point = place_at(v, m);
	if (v->select == SELECT_NONE)
		v->select = SELECT_TEXT;
	v->cursor = v->point.line;
	v->follow = false;
	textview_settle(v);
}

/* Wheel: the view moves, the cursor only as far as it must. */
static void wheel(struct textview *v, long lines)
{
	const size_t first = first_of(v), end = end_of(v);
	const size_t top_max = end > first + page(v) ? end - page(v) : first;
	if (lines < 0)
		v->top = v->top - first > (size_t)-lines ? v->top - (size_t)-lines : first;
	else
		v->top = clamp(v->top + (size_t)lines, first, top_max);
	v->follow = v->can_follow && v->top == top_max && lines > 0;
	v->cursor = clamp(v->cursor, v->top, v->top + page(v) - 1);
	textview_settle(v);
}

bool textview_mouse(struct textview *v, const struct mouse *m)
{
	switch (m->kind) {
	case MOUSE_WHEEL_UP:
		return wheel(v, -3), true;
	case MOUSE_WHEEL_DOWN:
		return wheel(v, 3), true;
	case MOUSE_PRESS:
		return m->button == 1 ? press(v, m), true : false;
	case MOUSE_DRAG:
		return v->dragging ? drag(v, m), true : false;
	case MOUSE_RELEASE:
		v->dragging = false;
		return true;
	case MOUSE_MOVE:
		break;
	}
	return false;
}

void textview_select_lines(struct textview *v)
{
	const bool on = v->select == SELECT_NONE;
	v->select = on ? SELECT_LINES : SELECT_NONE;
	v->mark = v->point = (struct textview_place){v->cursor, 0};
	if (on)
		v->follow = false;
}

void textview_copy(struct textview *v, struct buf *out)
{
	struct textview_place a = {v->cursor, 0}, b = a;
	textview_settle(v);
	if (v->select != SELECT_NONE)
		selection(v, &a, &b);
	for (size_t line = a.line; line <= b.line && line < end_of(v); line++) {
		struct textview_row r = {.style = STYLE_TEXT};
		v->ops->row(v->ctx, line, &r);
		const struct text_span s =
			v->select == SELECT_NONE ? (struct text_span){0, r.n} : selected_part(v, line, r.n);
		if (line > a.line)
			buf_addc(out, '\n');
		buf_add(out, r.text + s.from, s.to - s.from);
	}
	if (v->select != SELECT_TEXT)
		buf_addc(out, '\n');
}
