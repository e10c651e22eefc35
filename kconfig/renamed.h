/* renamed: a configuration of another kernel version: options that this one knows by another name are taken over by
 * that name, and what it does not have at all is told. The one place where a load differs from the tree's own conf,
 * which drops both. */
#ifndef KILN_KCONFIG_RENAMED_H
#define KILN_KCONFIG_RENAMED_H

#include "session.h"

struct foreign {
	struct text text; /* the configuration with this kernel's names, line by line as it was */
	struct text vanished;
	unsigned n_vanished;
	char version[64];
	const char *all; /* borrowed while it is taken */
};

/* Read a configuration; tells of each option that is renamed. file: for messages. */
void foreign_take(struct foreign *f, const char *file, const char *text, size_t n);
/* Tell what vanished. */
void foreign_tell(const struct foreign *f);
void foreign_done(struct foreign *f);

#endif
