/* confdiff: two .config texts option by option: what only one has, what differs. An option that is not set counts as n,
 * and so does one that is not mentioned, if the other says n. Used by `kiln config --diff` and the options pane. */
#ifndef KILN_CONFDIFF_H
#define KILN_CONFDIFF_H

#include <stddef.h>

#include "core/str.h"

/* a, b: values as in a .config, quotes included; NULL: the option is not mentioned there. */
struct confdiff_row {
	char *name, *a, *b;
};
struct confdiff {
	struct confdiff_row *row; /* by name */
	size_t n;
};

/* Compare. Lines that are no options are skipped. */
void confdiff_make(struct confdiff *d, const char *a, const char *b);
void confdiff_done(struct confdiff *d);
/* The row as a line of a fragment that gives `b`: "CONFIG_X=y", "# CONFIG_X is not set". */
void confdiff_fragment(const struct confdiff_row *row, struct buf *out);

#endif
