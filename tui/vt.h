/* vt: a terminal emulator's screen (libtsm) fed with hostile bytes, shown as cells. Owns the tsm screen and state
 * machine, scrollback, selection and search. Guest bytes never go anywhere but into cells; answers that the program in
 * the terminal asks for (cursor position, identity) come out through on_reply. Used by the console pane (serial, VGA)
 * and by editors embedded in the source pane. Each vt has an upper bound of memory. */
#ifndef KILN_VT_H
#define KILN_VT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"
#include "tui/draw.h"
#include "tui/key.h"

struct vt; /* opaque */

/* on_reply: bytes for the program's input. scrollback in lines. Returns owned. */
struct vt *vt_new(
	int rows, int cols, unsigned scrollback, void (*on_reply)(void *ctx, const char *b, size_t n), void *ctx);
void vt_free(struct vt *v);
void vt_feed(struct vt *v, const char *bytes, size_t n);
void vt_resize(struct vt *v, int rows, int cols);
void vt_reset(struct vt *v);
/* Translate a key (or paste) to the bytes for the program, through on_reply. Returns false if it has none. */
bool vt_key(struct vt *v, const struct key *k);
/* Does the program want mouse events? */
bool vt_wants_mouse(const struct vt *v);
bool vt_mouse(struct vt *v, const struct mouse *m);
/* Draw; cursor: show the program's cursor. What does not fit is cut off, around the cursor. */
void vt_draw(struct vt *v, const struct draw *d, bool cursor);
/* A place of the last vt_draw's rectangle as a place of the view. */
void vt_at(const struct vt *v, int *y, int *x);
/* The cursor's place on the screen (not in the view). */
void vt_cursor(const struct vt *v, int *y, int *x);
/* The text of the screen's rows, wherever the view is. */
void vt_screen_text(struct vt *v, struct strv *rows);
/* Scroll back by lines (negative: towards the end); how far back the view is. */
void vt_scroll(struct vt *v, int lines);
void vt_scroll_end(struct vt *v);
unsigned vt_scrolled(const struct vt *v);
/* Selection by mouse or keys, in view coordinates. */
void vt_select_begin(struct vt *v, int y, int x);
void vt_select_to(struct vt *v, int y, int x);
void vt_select_none(struct vt *v);
bool vt_select_copy(struct vt *v, struct buf *out);
/* Search the scrollback and the screen with a PCRE2 pattern from the view upwards (dir -1) or downwards; the view moves
 * to the match. Returns matches in all, or -1 with *e for a bad pattern. */
int vt_search(struct vt *v, const char *pattern, int dir, struct err *e);
/* All text, scrollback included. Returns owned. */
char *vt_text(struct vt *v);
/* The program's title (sanitised), or "". */
const char *vt_title(const struct vt *v);
unsigned vt_rev(const struct vt *v);

#endif
