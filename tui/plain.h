/* plain: kiln without a screen, for screen readers and terminals that only append lines: a prompt that takes the same
 * commands, and prints reports, messages and the guest's console line by line. */
#ifndef KILN_PLAIN_H
#define KILN_PLAIN_H

#include "core/err.h"

struct app;

/* Run until `quit` or the end of input; the lab is open. held: why it is read-only (emptied), or empty. */
int plain_main(struct app *app, struct err *held);

#endif
