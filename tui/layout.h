/* layout: the split tree that divides the screen among panes: pure arithmetic, no drawing. Leaves name panes; splits
 * hold a ratio. Below a minimum size one pane at a time is shown (tabs). Invariant: rectangles never overlap, never
 * leave the area, and together with the frames cover it; shrinking and growing again gives the same picture. Presets:
 * workbench (2x2), focus (one big pane, others as tabs), lesson. The text form is saved per lab in out/layout. */
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
void layout_free(struct layout *l);
/* The text form: "h50(v60(kconfig,source),v50(log,console))". Returns owned. */
char *layout_text(const struct layout *l);

/* Lay out over an area. */
void layout_fit(struct layout *l, struct rect area);
/* Outer rectangle (with frame) of a pane; rows 0 if it is not shown now. */
struct rect layout_rect(const struct layout *l, const char *pane);
/* Is one pane shown at a time (too small or zoomed)? */
bool layout_single(const struct layout *l);
/* Names of the panes in reading order. Returns the count; borrowed strings. */
size_t layout_panes(const struct layout *l, const char **out, size_t max);

const char *layout_focus(const struct layout *l);
/* Focus a pane; one that is not in the tree replaces the focused leaf. */
void layout_set_focus(struct layout *l, const char *pane);
/* Next or previous pane (dir 1, -1), or the neighbour 'u' 'd' 'l' 'r'. */
void layout_cycle(struct layout *l, int dir);
bool layout_move(struct layout *l, char direction);
void layout_zoom(struct layout *l, bool on);
bool layout_zoomed(const struct layout *l);
/* Grow or shrink the focused pane by cells towards 'u' 'd' 'l' 'r'. */
bool layout_grow(struct layout *l, char direction, int cells);
/* Split the focused leaf ('h' side by side, 'v' above each other) and put a pane in the new part; close a leaf. */
bool layout_split(struct layout *l, char direction, const char *pane);
bool layout_close(struct layout *l, const char *pane);
/* The pane at a place; NULL if none. */
const char *layout_at(const struct layout *l, int y, int x);
/* Begin dragging the border at (y, x): returns a handle >= 0, or -1 when there is none; then move it. */
int layout_border_at(const struct layout *l, int y, int x);
void layout_drag(struct layout *l, int border, int y, int x);

#endif
