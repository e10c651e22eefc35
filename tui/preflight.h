/* preflight: the verdict "would this boot?" (core/precheck.h) as the screen keeps it: made anew when a file or a
 * setting that it depends on has changed. What a stale stage made is left out: it will be made again. Shown in the
 * strip. */
#ifndef KILN_PREFLIGHT_H
#define KILN_PREFLIGHT_H

#include "core/cmd.h"
#include "core/precheck.h"

struct ui;
struct preflight; /* opaque */

struct preflight *preflight_new(void);
void preflight_free(struct preflight *f);
/* The worst finding if it is a risk or worse, else NULL. Looks at the disk; borrowed until the next call. */
const struct precheck_finding *preflight_worst(struct ui *ui);

extern const struct cmd preflight_rows[];
extern const size_t preflight_n;

#endif
