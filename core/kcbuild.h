/* kcbuild: whole jobs with the kernel tree's own kconfig, for the pipeline: make a configuration from a preset, bring
 * an edited one into order, and tell what did not survive. Each starts the helper (kc.h), compiling it first if needed.
 * Invariant: the file written is byte-identical to what the tree's own conf writes for the same choices. */
#ifndef KILN_KCBUILD_H
#define KILN_KCBUILD_H

#include <stddef.h>
#include <uv.h>

#include "core/err.h"
#include "core/op.h"

/* One wanted value: symbol name without CONFIG_, value "y", "m", "n", or a string/number as in .config without quotes.
 */
struct kcbuild_want {
	const char *name, *value;
};

struct kcbuild_params {
	const char *tree; /* absolute path of the kernel tree, read-only */
	const char *cc;   /* compiler for the kernel and its probes; NULL: gcc */
	/* Start from: the tree's tinyconfig when `from` is NULL, else this .config (loaded, then brought into order).
	 */
	const char *from;
	const struct kcbuild_want *want; /* set in this order, then all checked for drift */
	size_t n_want;
	const char *out; /* the .config to write (temp + fsync + rename; untouched if identical); NULL: only check */
};

struct kcbuild; /* opaque */
/* Run it. Drift (a wanted value that did not survive) is an ERR_INPUT naming the symbol, the value it got and the unmet
 * dependency; nothing is written then. Broken .config lines come as file:line: messages. cb->line carries the tree's
 * own warnings. Borrows params during the call only. */
struct kcbuild *kcbuild_start(uv_loop_t *loop, const struct kcbuild_params *p, const struct op_cb *cb, struct err *e);
void kcbuild_cancel(struct kcbuild *k);
/* Identity of everything but the .config that the result depends on (tree's kconfig files by size and time, compiler),
 * for fingerprints: cheap (no read of all 1,800 files). Returns owned. */
char *kcbuild_identity(const char *tree, const char *cc);

#endif
