/* bootcause: what a line on the guest's console means, in words, and what to do about it. A table of signatures, the
 * more telling first: of all lines seen, the one highest in the table speaks. Used by boot.c and by the console pane.
 */
#ifndef KILN_BOOTCAUSE_H
#define KILN_BOOTCAUSE_H

#include <stdbool.h>

struct bootcause {
	int rank;        /* 1 + row of the signature found so far; 0: none (zero-initialise) */
	char detail[96]; /* what the cause's %s stands for */
};

/* Look at one complete line of the guest. Returns true if it says more than all lines before. */
bool bootcause_line(struct bootcause *c, const char *line);
/* The cause and the next step. Return owned, or NULL if nothing telling was seen. */
char *bootcause_text(const struct bootcause *c);
char *bootcause_hint(const struct bootcause *c);
/* Is this the line of a kernel panic? Returns its text from "Kernel panic" on (borrowed), or NULL. */
const char *bootcause_panic(const char *line);
/* The next step when the guest printed nothing at all on this face. A constant. */
const char *bootcause_silence(bool vga);

#endif
