/* layout: the split tree that divides the screen among panes: pure arithmetic, no drawing. Splits hold a ratio; a leaf
 * holds a stack of panes of which the first shows. Below a minimum size (24x6 for each leaf) one pane at a time is
 * shown (tabs). Invariant: the rectangles shown never overlap and cover the area; fitting never changes the tree, so
 * shrinking and growing again gives the same picture. Presets: workbench (2x2), focus (one big pane, others as tabs),
 * lesson. The text form is saved per lab in out/layout. */
#ifndef KILN_LAYOUT_H
#define KILN_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct layout; /* opaque */

struct rect {
	int y, x, rows, cols;
};

/* Make one from a preset's name or a text form. Returns owned, or NULL with *e. */
struct layout *layout_new(const char *preset_or_text, struct err *e);
/* Name of preset i; NULL after the last. */
const char *layout_preset(size_t i);
void layout_free(struct layout *l);
/* The text form: "v58(h50(kconfig,source),h50(log|messages,console)) focus console zoom": h side by side, v above each
 * other, the first part's share in percent, a|b a stack. Returns owned. */
char *layout_text(const struct layout *l);

/* Lay out over an area. */
void layout_fit(struct layout *l, struct rect area);
/* Outer rectangle (with frame) of a pane; rows 0 if it is not shown now. */
struct rect layout_rect(const struct layout *l, const char *pane);
/* Is one pane shown at a time (too small or zoomed)? */
bool layout_single(const struct layout *l);
/* Names of the panes in reading order, each stack from its top. Returns the count; borrowed strings. */
size_t layout_panes(const struct layout *l, const char **out, size_t max);

const char *layout_focus(const struct layout *l);
/* Focus a pane: one below others in its stack comes to the top; one that is not in the tree goes on top of the focused
 * leaf's stack. */
void layout_set_focus(struct layout *l, const char *pane);
/* Next or previous pane (dir 1, -1; every pane has its turn while one at a time is shown), or the neighbour 'u' 'd' 'l'
 * 'r'; false if there is none. */
void layout_cycle(struct layout *l, int dir);
bool layout_move(struct layout *l, char direction);
void layout_zoom(struct layout *l, bool on);
bool layout_zoomed(const struct layout *l);
/* Move the focused pane's border by cells towards 'u' 'd' 'l' 'r': the one on that side, else the opposite one. */
bool layout_grow(struct layout *l, char direction, int cells);
/* Split the focused leaf ('h' side by side, 'v' above each other) and put a pane in the new part (it leaves the place
 * it had); false if there is no room. Close a pane; false if it is the last or not there. */
bool layout_split(struct layout *l, char direction, const char *pane);
bool layout_close(struct layout *l, const char *pane);
/* The pane at a place; NULL if none. */
const char *layout_at(const struct layout *l, int y, int x);
/* Begin dragging the border at (y, x): returns a handle >= 0, or -1 when there is none; then move it. */
int layout_border_at(const struct layout *l, int y, int x);
void layout_drag(struct layout *l, int border, int y, int x);

#endif
