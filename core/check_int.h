/* check_int: what the files of the check engine share: check.c (the order of things), check_file.c (kinds that look at
 * files), check_boot.c (kinds that boot). Nobody else includes it. */
#ifndef KILN_CHECK_INT_H
#define KILN_CHECK_INT_H

#include "core/check.h"

/* One evaluation: the verdict with its evidence is put together here. */
struct check_eval {
	const struct check_env *env;
	const struct lesson_step *step;
	const struct ynode *arg; /* value of the kind's key */
	struct buf value, evidence;
	struct err trouble;
};

/* A kind. Static ones have `eval`; those that boot have `boot`. keys: allowed ones of a map argument; NULL: any. */
struct check_kind {
	const char *name;
	enum ynode_kind arg;
	const char *keys;
	bool (*eval)(struct check_eval *x);
	bool slow;
};
extern const struct check_kind check_kinds[];
const struct check_kind *check_kind_of(const struct ynode *check, const struct ynode **arg);

bool check_eval_size(struct check_eval *x);
bool check_eval_file(struct check_eval *x);
bool check_eval_elf(struct check_eval *x);
bool check_eval_cpio(struct check_eval *x);
bool check_eval_iso(struct check_eval *x);
bool check_eval_source(struct check_eval *x);
bool check_eval_lesson(struct check_eval *x);
/* "yes"/"no" of a scalar; anything else is trouble. */
bool check_yes(struct check_eval *x, const struct ynode *y);
/* Does the pattern match text? Found: the matching line is put into evidence. */
bool check_match(struct check_eval *x, const char *pattern, const char *text, size_t n);
/* Size limits lt le gt ge eq of a map against n; trouble when none is given. */
bool check_limits(struct check_eval *x, int64_t n);

/* A boot or console check on the loop. done(ctx, passed) once. */
struct check_boot;
struct check_boot *check_boot_start(
	struct check_eval *x, const char *kind, void (*done)(void *ctx, bool passed), void *ctx);
void check_boot_cancel(struct check_boot *b);

#endif
