/* lessoncheck: all steps of some lessons checked one after the other against a lab as it is: for `kiln lesson check`
 * and the grader. The learner's progress may stand in for what no lab can show: keys pressed, a quiz answered. */
#ifndef KILN_LESSONCHECK_H
#define KILN_LESSONCHECK_H

#include "core/check.h"

struct lessoncheck_params {
	struct check_env env; /* events and answer are set for each step */
	struct lesson *const *lesson;
	size_t n;
	const struct strv *solved; /* "lesson/step" of the progress; empty: nothing is taken on trust */
};

struct lessoncheck; /* opaque */
/* step for each step that has checks, in order, results borrowed (claimed: it counts on the progress); then done once,
 * on a later turn of the loop. Borrows until then. */
struct lessoncheck *lessoncheck_start(const struct lessoncheck_params *p,
	void (*step)(void *ctx, const struct lesson *l, const struct lesson_step *s, bool claimed,
		const struct check_result *r),
	void (*done)(void *ctx), void *ctx);
/* done still comes. */
void lessoncheck_cancel(struct lessoncheck *c);
/* Add the "lesson/step" of each line of a progress file. */
void lessoncheck_solved(struct strv *out, const char *text);

#endif
