/* textview: what every pane of lines shares: where the view is (top line, left column), the cursor line, moving by keys
 * and mouse wheel, selecting by mouse or by lines, showing matches of a search, and drawing a line in styles. It knows
 * the text only through textview_ops; line numbers are the model's and only grow. Not a pane; owns no text. Used by the
 * log, source and help views. */
#ifndef KILN_TEXTVIEW_H
#define KILN_TEXTVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"
#include "tui/draw.h"
#include "tui/key.h"
#include "tui/textsearch.h"

struct textview;

#define TEXTVIEW_SPANS 128
/* One line as it is to be drawn. */
struct textview_row {
	const char *text; /* borrowed until the next row is asked for */
	size_t n;
	enum style style; /* where no span lies */
	struct {
		size_t from, to;
		enum style style;
	} span[TEXTVIEW_SPANS]; /* in order, not overlapping */
	size_t n_span;
	size_t emph_from, emph_to; /* bytes that stand out over the spans (the place of an error); empty: none */
	enum style emph;
	const char *note; /* words behind the line, cut at the right edge; NULL: none. Not part of the text */
	enum style note_style;
	char gutter[48]; /* text left of the line, textview.gutter columns */
	enum style gutter_style;
};

struct textview_ops {
	/* Lines are [first, first + count) in the view's own numbering. */
	size_t (*first)(void *ctx);
	size_t (*count)(void *ctx);
	/* Fill in a row that is zeroed but for style (text). */
	void (*row)(void *ctx, size_t line, struct textview_row *r);
	/* Number of the line in the search's numbering (textsource); NULL: the same. */
	size_t (*source_line)(void *ctx, size_t line);
};

struct textview_place {
	size_t line, at; /* at: byte */
};

struct textview {
	const struct textview_ops *ops;
	void *ctx;
	size_t top, cursor;
	int left;       /* first column shown */
	int rows, cols; /* as last drawn */
	int gutter;     /* columns of the gutter, 0 none */
	bool follow;    /* stay at the end while lines come; moving away ends it, moving to the end begins it */
	bool can_follow;
	enum { SELECT_NONE, SELECT_TEXT, SELECT_LINES } select;
	struct textview_place mark, point; /* ends of the selection */
	bool dragging;
	const struct textsearch *search; /* borrowed; its matches are shown; may be NULL */
};

/* Bring cursor and view into range (the model has changed). Called by textview_draw too. */
void textview_settle(struct textview *v);
void textview_draw(struct textview *v, const struct draw *d, bool focused);
/* Move by key: arrows, hjkl, PgUp/PgDn, C-u/C-d, Home/End, g/G, Esc (ends a selection). Returns false if it has no use
 * for it. */
bool textview_key(struct textview *v, const struct key *k);
/* Wheel, click (moves the cursor), drag (selects). Returns false if it has no use for it. */
bool textview_mouse(struct textview *v, const struct mouse *m);
/* Put the cursor on a line and scroll so that it can be seen, in the middle if it was outside. */
void textview_goto(struct textview *v, size_t line);
void textview_move(struct textview *v, long lines);
void textview_end(struct textview *v);
/* Begin a selection of lines at the cursor, or end the one there is. */
void textview_select_lines(struct textview *v);
/* The selected text, or the cursor's line if there is no selection. */
void textview_copy(struct textview *v, struct buf *out);

#endif
