/* initbuild: compiles one init variant or the companions from the lab's own sources by their recipes (recipe.h), with
 * the real tools (gcc or clang, as, ld), on the loop. Invariant: an output file is replaced only by a finished one. */
#ifndef KILN_INITBUILD_H
#define KILN_INITBUILD_H

#include <uv.h>

#include "core/err.h"
#include "core/op.h"
#include "core/record.h"

enum initbuild_what {
	INITBUILD_PROGRAMS,
	INITBUILD_LISTING, /* instead of them, the compiler's assembly of each C source: outdir/NAME.s */
	INITBUILD_DEBUG,   /* the same programs with line tables: not stripped, an ELF file in any case */
};

struct initbuild_params {
	const char *dir;    /* the variant's folder (lab/init/NAME), with its recipe */
	const char *objdir; /* for objects (lab/build/init/NAME); made if absent */
	const char *outdir; /* where the recipe's programs go (lab/out, or lab/out/companions); made if absent */
	const char *cc;     /* "gcc" or "clang" */
	const char *tree;   /* the kernel tree for recipes that name {tree}; NULL: none yet */
	enum initbuild_what what;
};

struct initbuild; /* opaque */
struct initbuild *initbuild_start(
	uv_loop_t *loop, const struct initbuild_params *p, const struct op_cb *cb, struct err *e);
void initbuild_cancel(struct initbuild *b);
/* Fingerprint what the result depends on: recipe and sources by content, tools by identity. */
int initbuild_inputs(const struct initbuild_params *p, struct inputs *in, struct err *e);

#endif
