/* check: the checks of lessons (lessons/FORMAT.md), a closed set evaluated in-process, never by a shell. Used the same
 * way by the lesson pane, `kiln lesson test` and `kiln grade`. State is what is checked, never how it was reached.
 * Static checks answer at once; those that boot the machine come later on the loop. */
#ifndef KILN_CHECK_H
#define KILN_CHECK_H

#include <stdbool.h>
#include <uv.h>

#include "core/err.h"
#include "core/lesson.h"
#include "core/pipeline.h"

enum check_verdict { CHECK_PASSED, CHECK_FAILED, CHECK_TROUBLE, CHECK_SKIPPED };

struct check_result {
	const char *id; /* borrowed from the lesson */
	enum check_verdict verdict;
	char *value, *evidence; /* what was found; the line or bytes that prove it. Owned, may be NULL */
	char *say; /* the message with these filled in (CHECK_TROUBLE: what went wrong). Owned; NULL when passed */
};

struct check_env {
	uv_loop_t *loop;
	struct pipeline *pipeline; /* over the open lab; refreshed */
	const struct strv *events; /* "command argument" lines of what the learner did in this lesson; NULL: none */
	long answer;               /* to the quiz; 0: none */
	double scale;              /* this machine's slowness for `within`; 0: 1 */
	unsigned seed;             /* for {rand}; 0: from the clock */
	bool static_only;          /* skip what boots */
	bool unbuilt;              /* skip what looks at what is built, kernel.config apart */
	const char *base_dir;      /* folder where base configurations for kconfig-from are kept (paths_cache) */
};

struct checker; /* opaque */
/* Evaluate all checks of a step. done comes once, on a later turn of the loop; results are borrowed until it returns.
 * Borrows env's and step's contents until then. Never fails to start. */
struct checker *check_start(const struct check_env *env, const struct lesson_step *step,
	void (*done)(void *ctx, const struct check_result *r, size_t n), void *ctx);
/* done still comes, with what is left as CHECK_SKIPPED. */
void check_cancel(struct checker *c);
/* No more callbacks, and what was borrowed is not looked at any more. */
void check_abandon(struct checker *c);
/* Does the check boot the machine? */
bool check_is_slow(const struct lesson_check *c);
/* The stages that a check looks at, as a mask; 0: none. */
unsigned check_stages(const struct lesson_check *c);
/* Of a step's checks those that look at the lab alone, leaving out boots, events and quizzes: how many there are, and
 * whether they all hold now (answers at once). why gets the message of the first that does not. */
size_t check_state_count(const struct lesson_step *step);
bool check_state(const struct check_env *env, const struct lesson_step *step, struct buf *why);
/* Is a check well-formed? For lint; says at file:line:col what is not. */
int check_lint(const struct lesson *l, const struct lesson_step *s, const struct lesson_check *c, struct err *e);
/* The verdict of a step: passed if all are; trouble outweighs failures, these what was skipped. */
enum check_verdict check_together(const struct check_result *r, size_t n);
const char *check_verdict_name(enum check_verdict v);

#endif
