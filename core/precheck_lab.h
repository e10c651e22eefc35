/* precheck_lab: everything of a lab that the pre-flight can look at, as its parameters. Used by `kiln check` and the
 * screen's strip. */
#ifndef KILN_PRECHECK_LAB_H
#define KILN_PRECHECK_LAB_H

#include "core/pipeline.h"
#include "core/precheck.h"

struct precheck_lab {
	char *init, *archive, *config, *sources, *cmdline; /* NULL: not there */
	char *no_archive;                                  /* where the archive would be */
	struct systable calls;
};

/* Fill p, but for what it names already (face); what p borrows is l's. Does not refresh the pipeline. */
void precheck_lab_init(struct precheck_lab *l, const struct pipeline *p, struct precheck_params *params);
/* Load the system calls of its tree, for the checks of hand-written stubs: some milliseconds. */
void precheck_lab_calls(struct precheck_lab *l, const struct pipeline *p, struct precheck_params *params);
void precheck_lab_done(struct precheck_lab *l);

#endif
