/* popup: what overlays have in common: a framed box in the middle, a list that scrolls, a line being typed. Drawing
 * only; owns nothing. */
#ifndef KILN_POPUP_H
#define KILN_POPUP_H

#include "tui/draw.h"
#include "tui/lineedit.h"

/* A frame of at most rows x cols (inside) in the middle of the screen, cleared; a box that does not fit takes the whole
 * screen. Returns the inside. */
struct draw popup_box(const struct draw *screen, int rows, int cols, const char *title);
/* The line being typed at row y from column x on, scrolled so that the cursor is seen; places the cursor. */
void popup_input(const struct draw *d, int y, int x, const struct lineedit *l);
/* First row to show of a list of n so that `at` is among `rows` rows, moving *top as little as possible. */
void popup_scroll(size_t *top, size_t at, size_t n, int rows);
/* text with the bytes of `hits` (fuzzy.h) marked; cut at `cols` columns. Returns the column after it. */
int popup_hits(const struct draw *d, int y, int x, int cols, enum style s, const char *text, unsigned long long hits);

#endif
