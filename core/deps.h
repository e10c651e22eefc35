/* deps: what kiln needs from the system, read from the shipped data file scripts/packages (the same that
 * scripts/deps.sh installs from), and whether it is there. */
#ifndef KILN_DEPS_H
#define KILN_DEPS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct dep {
	char *group, *kind, *what, *package, *why;
};
struct deps {
	struct dep *v;
	size_t n;
};
/* Read the data file. Returns 0 or -1 with *e. */
int deps_load(struct deps *d, struct err *e);
void deps_done(struct deps *d);
/* Is it there? found: owned path or version text for display, NULL if absent. */
bool deps_present(const struct dep *d, char **found);
/* Only whether it is there, without asking its version: microseconds, but for kind `pc`. */
bool deps_have(const struct dep *d);
/* 0 if everything of a group is there; else -1 with *e naming what is missing and the apt-get line. */
int deps_require(const char *group, struct err *e);
/* Debian package that has a tool. Returns owned, or NULL if the data file does not name it. */
char *deps_package_of(const char *tool);

#endif
