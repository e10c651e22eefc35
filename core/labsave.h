/* labsave: copies of what a learner can change in a lab (settings, kernel.config, init/, rootfs/, iso/, and what was
 * made of them in out/), to go back to. Not the kernel's build folder: that follows by itself. Used by the walkthroughs
 * (tutor.c: start of a step, undo) and by `kiln lesson test`. */
#ifndef KILN_LABSAVE_H
#define KILN_LABSAVE_H

#include "core/err.h"

/* Make folder `to` hold just what folder `from` holds of it; each may be a lab or a copy. Returns 0, or -1 with *e. */
int labsave_copy(const char *from, const char *to, struct err *e);
/* Keep a copy of the lab under `to`, replacing one that is there; a copy is whole or not there at all. */
int labsave_take(const char *lab, const char *to, struct err *e);

#endif
