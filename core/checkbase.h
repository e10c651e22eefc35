/* checkbase: the configurations that `kconfig-from` checks compare with: the kernel tree's own tinyconfig, and presets
 * over it, made once for each source and kept in the cache. */
#ifndef KILN_CHECKBASE_H
#define KILN_CHECKBASE_H

#include "core/kcbuild.h"
#include "core/lesson.h"
#include "core/pipeline.h"

/* The folder for check_env.base_dir. Of a source that is not known, a folder without bases. Returns owned. */
char *checkbase_dir(const struct pipeline *p);
/* Add the names of the bases that a lesson's checks compare with, those not in out yet. */
void checkbase_names(const struct lesson *l, struct strv *out);
/* Make NAME.config (tinyconfig or a preset) in dir unless it is there. NULL with *e empty: it is there. done comes by
 * cb as kcbuild_start says. */
struct kcbuild *checkbase_start(
	struct pipeline *p, const char *dir, const char *name, const struct op_cb *cb, struct err *e);

#endif
