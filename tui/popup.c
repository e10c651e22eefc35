/* popup: see popup.h. */
#include "tui/popup.h"

#include <string.h>

struct draw popup_box(const struct draw *screen, int rows, int cols, const char *title)
{
	int h = rows + 2 < screen->rows ? rows + 2 : screen->rows;
	int w = cols + 4 < screen->cols ? cols + 4 : screen->cols;
	struct draw box = draw_sub(screen, (screen->rows - h) / 3, (screen->cols - w) / 2, h, w);
	draw_fill(&box, STYLE_OVERLAY);
	if (screen->rows < 8 || w < 5)
		return box; /* no room for a frame */
	draw_frame(&box, STYLE_BORDER_FOCUS, STYLE_TITLE_FOCUS, title);
	return draw_sub(&box, 1, 2, h - 2, w - 4);
}

void popup_input(const struct draw *d, int y, int x, const struct lineedit *l)
{
	struct draw field = draw_sub(d, y, x, 1, d->cols - x);
	const char *text = lineedit_text(l);
	size_t from = 0;
	draw_fill(&field, STYLE_INPUT);
	if (field.cols < 1)
		return;
	while (draw_width(text + from, l->at - from, 0) >= field.cols) {
		from++;
		while (((unsigned char)text[from] & 0xc0) == 0x80)
			from++;
	}
	draw_text(&field, 0, 0, STYLE_INPUT, text + from);
	draw_cursor(&field, 0, draw_width(text + from, l->at - from, 0));
}

void popup_scroll(size_t *top, size_t at, size_t n, int rows)
{
	size_t r = rows > 0 ? (size_t)rows : 1;
	if (at < *top)
		*top = at;
	if (at >= *top + r)
		*top = at - r + 1;
	if (*top + r > n)
		*top = n > r ? n - r : 0;
}

int popup_hits(const struct draw *d, int y, int x, int cols, enum style s, const char *text, unsigned long long hits)
{
	size_t fits = draw_fit(text, strlen(text), cols);
	draw_ellipsis(d, y, x, cols, s, text);
	for (size_t i = 0; i < fits && i < 64; i++) {
		if (!(hits >> i & 1) || ((unsigned char)text[i] & 0xc0) == 0x80)
			continue;
		size_t n = 1;
		while (((unsigned char)text[i + n] & 0xc0) == 0x80)
			n++;
		draw_restyle(d, y, x + draw_width(text, i, 0), draw_width(text + i, n, 0), STYLE_MATCH);
	}
	int width = draw_width(text, strlen(text), 0);
	return x + (width < cols ? width : cols);
}
