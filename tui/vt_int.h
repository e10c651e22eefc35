/* vt_int: the inside of a struct vt, shared by vt.c (life, feeding, size, view), vt_keys.c, vt_text.c (text, search,
 * selection) and vt_draw.c, and by nobody else. */
#ifndef KILN_VT_INT_H
#define KILN_VT_INT_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <libtsm.h>
#include <pcre2.h>

#include "core/str.h"
#include "tui/vt.h"
#include "tui/vt_filter.h"

/* The text of the scrollback and the screen, one entry per row. Valid while gen equals the vt's. */
struct vt_snap {
	struct buf text; /* rows, each ended by \n */
	size_t *start;   /* offset of row i; start[n] is the end */
	size_t n, cap;   /* rows in all */
	unsigned off;    /* of them in the scrollback */
	unsigned gen;
};

/* The screen before it became narrower: libtsm forgets what does not fit. Kept until the program prints again. */
struct vt_kept {
	struct vt_kept_cell {
		uint32_t ch; /* 0: nothing was written there */
		struct tsm_screen_attr attr;
	} * cell; /* rows of cols, NULL: nothing is kept */
	int rows, cols;
	int x;     /* the cursor's column */
	int lost;  /* rows that have gone to the scrollback since */
	int least; /* rows of the screen when it was lowest since */
};

struct vt {
	struct tsm_screen *screen;
	struct tsm_vte *vte;
	struct vt_filter filter;
	void (*on_reply)(void *ctx, const char *b, size_t n);
	void *ctx;
	int rows, cols;
	unsigned want_scrollback, max_scrollback; /* lines asked for, lines kept */
	unsigned rev;
	unsigned gen;      /* moves when rows may have changed or moved */
	size_t reply_left; /* bytes of answers still allowed in this feed */
	unsigned back;     /* how many rows the view is back */
	bool back_stale;
	bool selecting;
	int oy, ox; /* what the last vt_draw cut off at the top and the left */
	char title[128];
	struct draw_cell *row; /* cols cells, the row being collected */
	struct vt_snap snap;
	struct vt_kept kept;
	char *pattern; /* of the search, or NULL */
	pcre2_code *re;
	pcre2_match_data *match;
	pcre2_match_context *limit;
	int hit_y;     /* the view's row of the current match, -1: none */
	size_t hit_at; /* byte in the row's text */
};

/* One row of what the view shows: cells[0..cols). */
typedef void (*vt_row_fn)(void *ctx, int y, const struct draw_cell *cells, int cols);
/* Call fn for every row of the view. The program's cursor is not in the cells. */
void vt_rows(struct vt *v, vt_row_fn fn, void *ctx);
/* As vt_rows at the view's present place, but told with the cursor shown or not: for finding it. */
void vt_rows_raw(struct vt *v, bool cursor, vt_row_fn fn, void *ctx);
/* Move the view to `back` rows above the end. */
void vt_view(struct vt *v, unsigned back);
/* Count how far back the view is. */
unsigned vt_count_back(struct vt *v);
bool vt_alternate(const struct vt *v);
/* Append a row as UTF-8, without the blanks at its end. */
void vt_row_text(struct buf *out, const struct draw_cell *cells, int cols);
void vt_put_utf8(struct buf *out, uint32_t c);
/* The next match of the search in a row's text from byte `from` on. */
bool vt_row_match(struct vt *v, const char *text, size_t n, size_t from, size_t *start, size_t *end);
/* Forget the search and its compiled pattern. */
void vt_search_none(struct vt *v);

#endif
