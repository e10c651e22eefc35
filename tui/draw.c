/* draw: see draw.h. Everything ends in put(): one base character with its combining ones, in a pen, clipped. */
#include "tui/draw.h"

#include <curses.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/str.h"
#include "tui/screen.h"
#include "tui/theme.h"

#define REPLACEMENT   0xfffd
#define COMBINING_MAX 4 /* curses takes five characters in a cell */

struct draw draw_sub(const struct draw *d, int y, int x, int rows, int cols)
{
	struct draw s = {d->screen, d->y + y, d->x + x, rows, cols};
	if (y < 0) {
		s.rows += y;
		s.y = d->y;
	}
	if (x < 0) {
		s.cols += x;
		s.x = d->x;
	}
	int below = d->y + d->rows - s.y, right = d->x + d->cols - s.x;
	s.rows = s.rows > below ? below : s.rows;
	s.cols = s.cols > right ? right : s.cols;
	s.rows = s.rows < 0 ? 0 : s.rows;
	s.cols = s.cols < 0 ? 0 : s.cols;
	return s;
}

bool draw_unicode(const struct draw *d)
{
	return screen_unicode(d->screen);
}

/* --- characters --- */

/* Decode one character of UTF-8. Returns the bytes used, at least 1; what is not valid gives U+FFFD. */
static size_t decode(const char *text, size_t n, uint32_t *c)
{
	const uint8_t *p = (const uint8_t *)text;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
	*c = REPLACEMENT;
	if (len == 0 || len > n)
		return 1;
	uint32_t v = len == 1 ? p[0] : p[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		v = v << 6 | (p[i] & 0x3fu);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 1;
	*c = v < 0x20 || (v >= 0x7f && v < 0xa0) ? REPLACEMENT : v;
	return len;
}

/* Columns of a character; what has no width of its own on this system counts as U+FFFD. */
static int width_of(uint32_t *c)
{
	if (*c < 0x300)
		return 1;
	int w = wcwidth((wchar_t)*c);
	if (w < 0) {
		*c = REPLACEMENT;
		return 1;
	}
	return w;
}

/* What stands for a character where only ASCII may be shown. */
static char ascii_for(uint32_t c)
{
	static const struct {
		uint32_t c;
		char ascii;
	} row[] = {
		{0x2500, '-'},
		{0x2502, '|'},
		{0x2501, '='},
		{0x2503, '|'},
		{0x2026, '~'},
		{0x00b7, '.'},
		{0x2013, '-'},
		{0x2014, '-'},
		{0x2018, '\''},
		{0x2019, '\''},
		{0x201c, '"'},
		{0x201d, '"'},
		{0x00d7, 'x'},
		{0x2190, '<'},
		{0x2191, '^'},
		{0x2192, '>'},
		{0x2193, 'v'},
		{0x2713, '+'},
		{0x2717, '!'},
		{0x25b8, '>'},
		{0x25b6, '>'},
		{0x25be, 'v'},
		{0x25bc, 'v'},
		{0x25cf, '*'},
		{0x25cb, 'o'},
		{0x2022, '*'},
		{0x2588, '#'},
		{0x2591, '.'},
		{0x2248, '~'},
		{0x2504, '-'},
		{0x00a0, ' '},
		{0x25c6, '*'},
		{0x2605, '*'},
		{0x23f8, '='},
	};
	if (c < 0x7f)
		return (char)c;
	if (c > 0x2503 && c < 0x2580)
		return '+';
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		if (row[i].c == c)
			return row[i].ascii;
	return '?';
}

/* --- cells --- */

/* A cell's content: a base character and combining ones. */
struct glyph {
	wchar_t ch[COMBINING_MAX + 2];
	int n, width;
};

/* A blank in place of what is in a cell, in its looks. */
static void blank_cell(const struct draw *d, int y, int x)
{
	cchar_t c;
	wchar_t ch[CCHARW_MAX + 1];
	attr_t attr;
	short pair;
	int wide_pair;
	if (mvin_wch(y, x, &c) == ERR || getcchar(&c, ch, &attr, &pair, &wide_pair) == ERR)
		return;
	setcchar(&c, L" ", attr, 0, &wide_pair);
	mvadd_wch(y, x, &c);
	*screen_style_at(d->screen, y, x) &= (uint8_t)~STYLE_RIGHT_HALF;
}

static bool is_right_half(const struct draw *d, int y, int x)
{
	return *screen_style_at(d->screen, y, x) & STYLE_RIGHT_HALF;
}

/* Before the cells from (y, x) of the screen on, n of them, are written: wide characters that reach into them or out of
 * them go whole, as curses would leave their other halves standing. */
static void cut_free(const struct draw *d, int y, int x, int n)
{
	int rows, cols;
	screen_size(d->screen, &rows, &cols);
	if (x > 0 && is_right_half(d, y, x))
		blank_cell(d, y, x - 1);
	if (x + n < cols && is_right_half(d, y, x + n))
		blank_cell(d, y, x + n);
}

/* Put a glyph at (y, x) of d. A wide one that does not fit whole leaves a blank. style: + 1, 0 none. */
static void put(const struct draw *d, int y, int x, const struct glyph *g, struct screen_pen pen, int style)
{
	static const wchar_t blank[] = L" ";
	cchar_t c;
	bool cut = g->width == 2 && (x < 0 || x + 1 >= d->cols);
	if (y < 0 || y >= d->rows || x + g->width <= 0 || x >= d->cols)
		return;
	if (cut && x < 0)
		x = 0;
	setcchar(&c, cut ? blank : g->ch, (attr_t)pen.attr, 0, &pen.pair);
	int width = cut ? 1 : g->width;
	cut_free(d, d->y + y, d->x + x, width);
	mvadd_wch(d->y + y, d->x + x, &c);
	for (int i = 0; i < width; i++)
		*screen_style_at(d->screen, d->y + y, d->x + x + i) =
			(uint8_t)(i > 0 ? style | STYLE_RIGHT_HALF : style);
}

/* Take the next glyph of text, n > 0 bytes. Returns the bytes used. */
static size_t next_glyph(const struct draw *d, const char *text, size_t n, struct glyph *g)
{
	uint32_t c;
	size_t used = decode(text, n, &c);
	const uint32_t meant = c; /* a locale without UTF-8 knows no width of it, but we know what stands for it */
	g->width = width_of(&c);
	g->n = 0;
	if (g->width == 0) { /* a combining mark without a base */
		g->ch[g->n++] = L' ';
		g->width = 1;
	}
	g->ch[g->n++] = (wchar_t)c;
	while (used < n && (uint8_t)text[used] >= 0xcc) {
		uint32_t mark;
		size_t len = decode(text + used, n - used, &mark);
		if (mark == REPLACEMENT || width_of(&mark) != 0)
			break;
		if (g->n <= COMBINING_MAX)
			g->ch[g->n++] = (wchar_t)mark;
		used += len;
	}
	g->ch[g->n] = 0;
	if (!draw_unicode(d)) {
		for (int i = 1; i < g->width; i++)
			g->ch[i] = L'?';
		g->ch[0] = (wchar_t)ascii_for(meant);
		g->ch[1] = 0;
	}
	return used;
}

/* Where only ASCII is shown, a wide character is as many ?s. */
static void put_glyph(const struct draw *d, int y, int x, struct glyph *g, enum style s)
{
	struct screen_pen pen = screen_pen(d->screen, s);
	int width = g->width;
	if (!draw_unicode(d) && width == 2) {
		g->width = 1;
		put(d, y, x + 1, g, pen, s + 1);
	}
	put(d, y, x, g, pen, s + 1);
	g->width = width;
}

void draw_fill(const struct draw *d, enum style s)
{
	struct screen_pen pen = screen_pen(d->screen, s);
	cchar_t c;
	setcchar(&c, L" ", (attr_t)pen.attr, 0, &pen.pair);
	for (int y = 0; y < d->rows && d->cols > 0; y++) {
		cut_free(d, d->y + y, d->x, d->cols);
		mvhline_set(d->y + y, d->x, &c, d->cols);
		memset(screen_style_at(d->screen, d->y + y, d->x), s + 1, (size_t)d->cols);
	}
}

int draw_textn(const struct draw *d, int y, int x, enum style s, const char *text, size_t n)
{
	static const struct glyph blank = {L" ", 1, 1};
	struct glyph g;
	while (n > 0 && x < d->cols) {
		if (*text == '\t') {
			for (int to = x - x % 8 + 8; x < to; x++) {
				g = blank;
				put_glyph(d, y, x, &g, s);
			}
			text++;
			n--;
			continue;
		}
		size_t used = next_glyph(d, text, n, &g);
		put_glyph(d, y, x, &g, s);
		x += g.width;
		text += used;
		n -= used;
	}
	return x < d->cols ? x : d->cols;
}

int draw_text(const struct draw *d, int y, int x, enum style s, const char *text)
{
	return draw_textn(d, y, x, s, text, strlen(text));
}

int draw_textf(const struct draw *d, int y, int x, enum style s, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = xvasprintf(fmt, ap);
	va_end(ap);
	x = draw_text(d, y, x, s, text);
	free(text);
	return x;
}

int draw_right(const struct draw *d, int y, enum style s, const char *text)
{
	int x = d->cols - draw_width(text, strlen(text), 0);
	draw_text(d, y, x, s, text);
	return x;
}

int draw_ellipsis(const struct draw *d, int y, int x, int cols, enum style s, const char *text)
{
	size_t n = strlen(text);
	if (cols <= 0)
		return x;
	if (draw_width(text, n, x) <= cols)
		return draw_textn(d, y, x, s, text, n);
	x = draw_textn(d, y, x, s, text, draw_fit(text, n, cols - 1));
	return draw_text(d, y, x, s, "…");
}

void draw_restyle(const struct draw *d, int y, int x, int n, enum style s)
{
	struct screen_pen pen = screen_pen(d->screen, s);
	if (x < 0) {
		n += x;
		x = 0;
	}
	n = n > d->cols - x ? d->cols - x : n;
	if (y < 0 || y >= d->rows || n <= 0)
		return;
	mvchgat(d->y + y, d->x + x, n, (attr_t)pen.attr, (short)pen.pair, &pen.pair);
	uint8_t *cell = screen_style_at(d->screen, d->y + y, d->x + x);
	for (int i = 0; i < n; i++)
		cell[i] = (uint8_t)((cell[i] & STYLE_RIGHT_HALF) | (unsigned)(s + 1));
}

/* --- shapes --- */

void draw_hline(const struct draw *d, int y, int x, int n, enum style s)
{
	for (int i = 0; i < n; i++)
		draw_text(d, y, x + i, s, "─");
}

void draw_vline(const struct draw *d, int y, int x, int n, enum style s)
{
	for (int i = 0; i < n; i++)
		draw_text(d, y + i, x, s, "│");
}

void draw_frame(const struct draw *d, enum style border, enum style title_style, const char *title)
{
	int bottom = d->rows - 1, right = d->cols - 1;
	if (bottom < 1 || right < 1)
		return;
	draw_hline(d, 0, 1, right - 1, border);
	draw_hline(d, bottom, 1, right - 1, border);
	draw_vline(d, 1, 0, bottom - 1, border);
	draw_vline(d, 1, right, bottom - 1, border);
	draw_text(d, 0, 0, border, "┌");
	draw_text(d, 0, right, border, "┐");
	draw_text(d, bottom, 0, border, "└");
	draw_text(d, bottom, right, border, "┘");
	if (title == NULL || d->cols < 6)
		return;
	char *padded = xasprintf(" %s ", title);
	draw_ellipsis(d, 0, 2, d->cols - 4, title_style, padded);
	free(padded);
}

void draw_bar(const struct draw *d, int y, int x, int cols, double fraction)
{
	int full = fraction < 0 ? 0 : fraction > 1 ? cols : (int)(fraction * cols + 0.5);
	for (int i = 0; i < cols; i++) {
		bool done = i < full;
		draw_text(d, y, x + i, done ? STYLE_BAR_FILL : STYLE_BAR, done ? "█" : "░");
	}
}

void draw_scrollbar(const struct draw *d, int x, size_t top, size_t total)
{
	size_t rows = d->rows > 0 ? (size_t)d->rows : 0;
	if (total <= rows || rows < 2)
		return;
	size_t size = rows * rows / total, room;
	size = size > 0 ? size : 1;
	room = rows - size;
	size_t at = top >= total - rows ? room : top * room / (total - rows);
	for (size_t y = 0; y < rows; y++)
		if (y >= at && y < at + size)
			draw_text(d, (int)y, x, STYLE_SCROLLBAR, "█");
}

void draw_cursor(const struct draw *d, int y, int x)
{
	if (y >= 0 && y < d->rows && x >= 0 && x < d->cols)
		screen_place_cursor(d->screen, d->y + y, d->x + x);
}

/* --- an emulator's cells --- */

void draw_put_cell(const struct draw *d, int y, int x, const struct draw_cell *c)
{
	struct glyph g = {.width = c->width};
	unsigned attrs = (c->bold ? THEME_BOLD : 0u) | (c->dim ? THEME_DIM : 0u) | (c->italic ? THEME_ITALIC : 0u) |
			 (c->underline ? THEME_UNDERLINE : 0u) | (c->reverse ? THEME_REVERSE : 0u);
	if (c->width == 0)
		return;
	for (; g.n < 4 && c->ch[g.n] != 0; g.n++) {
		uint32_t ch = c->ch[g.n];
		bool control = ch < 0x20 || (ch >= 0x7f && ch < 0xa0) || ch > 0x10ffff;
		if (control || wcwidth((wchar_t)ch) < 0)
			ch = g.n == 0 ? REPLACEMENT : 0x20;
		g.ch[g.n] = (wchar_t)ch;
	}
	if (g.n == 0)
		g.ch[g.n++] = L' ';
	if (!draw_unicode(d)) {
		g.ch[0] = (wchar_t)ascii_for((uint32_t)g.ch[0]);
		g.n = g.width = 1;
	}
	g.ch[g.n] = 0;
	if (g.width == 1 && wcwidth(g.ch[0]) != 1)
		g.ch[0] = draw_unicode(d) ? REPLACEMENT : L'?';
	struct screen_pen pen = screen_pen_cell(d->screen, c->fg, c->bg, attrs);
	pen.attr |= c->blink ? (unsigned)A_BLINK : 0;
	put(d, y, x, &g, pen, 0);
}

/* --- measuring --- */

int draw_width(const char *text, size_t n, int x)
{
	int begin = x;
	while (n > 0) {
		uint32_t c;
		size_t used = decode(text, n, &c);
		x += *text == '\t' ? 8 - x % 8 : width_of(&c);
		text += used;
		n -= used;
	}
	return x - begin;
}

size_t draw_fit(const char *text, size_t n, int cols)
{
	size_t fit = 0;
	int x = 0;
	while (fit < n) {
		uint32_t c;
		size_t used = decode(text + fit, n - fit, &c);
		x += text[fit] == '\t' ? 8 - x % 8 : width_of(&c);
		if (x > cols)
			break;
		fit += used;
	}
	return fit;
}

/* The last place among the first most bytes where a line may end: before a blank, or beside a wide character; 0 if
 * none. */
static size_t last_break(const char *text, size_t most)
{
	size_t last = 0;
	bool was_wide = false, opened = false; /* opened: by a bracket, which no line ends with */
	for (size_t i = 0; i <= most && text[i] != '\0';) {
		uint32_t c;
		size_t used = decode(text + i, strlen(text + i), &c);
		bool wide = width_of(&c) == 2;
		if (i > 0 && (text[i] == ' ' || ((wide || was_wide) && !opened && !str_closes(text + i))))
			last = i;
		opened = str_starts(text + i, "（") || str_starts(text + i, "《");
		was_wide = wide;
		i += used;
	}
	return last;
}

size_t draw_wrap(const char *text, int cols)
{
	const size_t n = strcspn(text, "\n"), most = draw_fit(text, n, cols);
	if (most >= n)
		return n;
	const size_t last = last_break(text, most);
	if (last > most / 2)
		return last;
	size_t one = 1;
	while (((unsigned char)text[one] & 0xc0) == 0x80)
		one++;
	return most > 0 ? most : one;
}

const char *draw_wrap_next(const char *text, size_t row)
{
	return text[row] == '\0' ? NULL : text + row + (text[row] == '\n' || text[row] == ' ');
}

int draw_paragraph(const struct draw *d, int y, int x, enum style s, const char *text)
{
	const int cols = d->cols - x > 1 ? d->cols - x : 1;
	for (; text != NULL && *text != '\0' && y < d->rows; y++) {
		const size_t n = draw_wrap(text, cols);
		draw_textn(d, y, x, s, text, n);
		text = draw_wrap_next(text, n);
	}
	return y;
}
