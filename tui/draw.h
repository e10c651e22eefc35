/* draw: what panes draw with: a clipped rectangle of the screen, text in named styles, cells of a terminal emulator.
 * The only module beside screen.c that touches curses. Text is UTF-8; invalid bytes and control characters show as
 * U+FFFD, never raw. Columns are terminal cells (CJK is two). Coordinates are (y, x) within the rectangle; what lies
 * outside is cut off. */
#ifndef KILN_DRAW_H
#define KILN_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/style.h"

struct screen;

struct draw {
	struct screen *screen;
	int y, x, rows, cols; /* on the screen */
};

/* A part of d, clipped to it. */
struct draw draw_sub(const struct draw *d, int y, int x, int rows, int cols);
/* Fill the whole rectangle with blanks of a style. */
void draw_fill(const struct draw *d, enum style s);
/* Text at (y, x); cut at the right edge. Tabs go to the next multiple of 8. Returns the column after it. */
int draw_text(const struct draw *d, int y, int x, enum style s, const char *text);
int draw_textn(const struct draw *d, int y, int x, enum style s, const char *text, size_t n);
int draw_textf(const struct draw *d, int y, int x, enum style s, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Right-aligned, ending at the rectangle's last column. Returns its first column. */
int draw_right(const struct draw *d, int y, enum style s, const char *text);
/* Cut to at most cols columns with … at the end when it does not fit. Returns the column after it. */
int draw_ellipsis(const struct draw *d, int y, int x, int cols, enum style s, const char *text);
/* Lay a style over n columns that are drawn already (selection, search match), keeping the characters. */
void draw_restyle(const struct draw *d, int y, int x, int n, enum style s);
/* Lines: ASCII + - | where the locale or KILN_ASCII=1 says so. */
void draw_hline(const struct draw *d, int y, int x, int n, enum style s);
void draw_vline(const struct draw *d, int y, int x, int n, enum style s);
/* A frame around the rectangle with a title in its upper edge (may be NULL). */
void draw_frame(const struct draw *d, enum style border, enum style title_style, const char *title);
/* Progress bar of `cols` columns, fraction 0..1 (negative: unknown). */
void draw_bar(const struct draw *d, int y, int x, int cols, double fraction);
/* Scroll bar in column x over the rectangle's rows: `top` of `total` lines shown. Nothing if all fit. */
void draw_scrollbar(const struct draw *d, int x, size_t top, size_t total);
/* Place the terminal's cursor; without a call it is hidden. */
void draw_cursor(const struct draw *d, int y, int x);

/* A cell of a terminal emulator. Colours: -1 default, 0-15 ANSI, 16-255 palette, 0x1RRGGBB direct. */
struct draw_cell {
	uint32_t ch[4]; /* base character and combining ones; 0 ends */
	int width;      /* 1, 2, or 0 for the right half of a wide one */
	int32_t fg, bg;
	bool bold, dim, italic, underline, reverse, blink;
};
void draw_put_cell(const struct draw *d, int y, int x, const struct draw_cell *c);

/* Columns that text takes (as draw_textn counts them, from column x on for tabs). */
int draw_width(const char *text, size_t n, int x);
/* Bytes of text that fit into cols columns. */
size_t draw_fit(const char *text, size_t n, int cols);
/* Bytes of the next row when text is broken into rows of at most cols columns: up to its newline or the last blank that
 * fits (never before a full-width stop or comma); at least one character. draw_wrap_next gives what comes after that
 * row, without the blank or newline it was broken at; NULL at the end. */
size_t draw_wrap(const char *text, int cols);
const char *draw_wrap_next(const char *text, size_t row);
/* Text broken into rows, from row y on, as far as the rectangle goes. Returns the row after it. */
int draw_paragraph(const struct draw *d, int y, int x, enum style s, const char *text);
/* May we use characters outside ASCII? (UTF-8 locale and no KILN_ASCII=1) */
bool draw_unicode(const struct draw *d);

#endif
