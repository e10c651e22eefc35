/* preset: named kernel configurations as data: kconfig/presets/NAME.config in the shipped data, lines `CONFIG_X=y` over
 * tinyconfig, with head comments `# title:`, `# why:` (why one would take it) and `# steps:` (compile steps of a full
 * build, for the first progress bar). Invariant: what is loaded is well-formed; errors say file:line:col. */
#ifndef KILN_PRESET_H
#define KILN_PRESET_H

#include "core/err.h"
#include "core/kcbuild.h"
#include "core/str.h"

struct preset {
	char *name, *path, *title, *why;
	long steps;                /* 0 if the file does not say */
	struct kcbuild_want *want; /* name and value are owned here */
	size_t n;
	char hash[65]; /* SHA-256 of the file */
};

/* Load by name. Unknown names are errors that list what there is. */
int preset_load(struct preset *p, const char *name, struct err *e);
void preset_done(struct preset *p);
/* Names of all presets, sorted. */
int preset_names(struct strv *out, struct err *e);

#endif
