/* initcompare: the variants of a lab side by side: builds each (into build/init/NAME, never into out/) and measures
 * what it is made of. A variant that cannot be built here has a row that says why. Used by `kiln init compare` and the
 * screen. */
#ifndef KILN_INITCOMPARE_H
#define KILN_INITCOMPARE_H

#include <uv.h>

#include "core/elfview.h"
#include "core/err.h"
#include "core/inithistory.h"
#include "core/lab.h"
#include "core/op.h"
#include "core/str.h"

struct initcompare_row {
	char *name, *title;
	char *why; /* not built: the reason; else NULL */
	struct elf_sizes size;
	size_t n_sym;
	int *call; /* system calls found in its code, sorted */
	size_t n_call;
	bool more_calls; /* some numbers could not be told */
	int64_t archive; /* an initramfs of it alone, uncompressed */
	struct strv survives;
	struct history_sizes history; /* of the learner's builds, this one included */
	int64_t prompt_ms;            /* to the prompt, measured with this program; -1: not measured */
	char *prompt_on;              /* what it was measured on; NULL: not measured */
};

/* The folders of a lab's init/ that make a program called init, sorted. A broken recipe is left out. */
void initcompare_variants(const struct lab *lab, struct strv *out);
/* The program of a variant as last built here: build/init/NAME/init. Returns owned; it need not exist. */
char *initcompare_program(const struct lab *lab, const char *name);

struct initcompare_params {
	const struct lab *lab; /* borrowed until done */
	const char *tree;      /* may be NULL */
	const struct strv *names;
	const char *face; /* boot each on the lab's out/bzImage with this face, to measure; NULL: only build */
};
struct initcompare; /* opaque */
/* Build and measure these variants; what is measured goes into the lab's history. */
struct initcompare *initcompare_start(uv_loop_t *loop, const struct initcompare_params *p, const struct op_cb *cb);
void initcompare_cancel(struct initcompare *c);
/* Valid in cb->done. Borrowed. */
const struct initcompare_row *initcompare_rows(const struct initcompare *c, size_t *n);

#endif
