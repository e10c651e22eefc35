/* vgatext: the VGA text screen as a stream of lines, for runs without a screen of our own. It understands the VT52
 * subset that ncurses writes under TERM=vt52 (QEMU's curses display, see vm.h), keeps the 25x80 cells, and tells what
 * is new since the last look: rows that scrolled in, text added to the cursor's row. Rows that fill all columns go on
 * in the next. */
#ifndef KILN_VGATEXT_H
#define KILN_VGATEXT_H

#include <stddef.h>

#include "core/str.h"

#define VGATEXT_TERM "vt52"

struct vgatext; /* opaque */
struct vgatext *vgatext_new(void);
void vgatext_free(struct vgatext *v);
void vgatext_feed(struct vgatext *v, const char *bytes, size_t n);
/* Append what is new on the screen since the last call. Call it when the output has paused: QEMU redraws in bursts. */
void vgatext_news(struct vgatext *v, struct buf *out);

#endif
