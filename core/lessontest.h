/* lessontest: proves a lesson both ways in a lab of its own: at each step the start state fails, every {wrong} state
 * fails with the named check, the solution passes. What a step leaves is where the next one starts. The lessons that a
 * lesson needs are solved first. Used by `kiln lesson test`. */
#ifndef KILN_LESSONTEST_H
#define KILN_LESSONTEST_H

#include <uv.h>

#include "core/err.h"
#include "core/lesson.h"
#include "core/str.h"

struct lessontest_params {
	const char *root;      /* folder of lessons; NULL: the shipped ones */
	struct strv *names;    /* ids or folder names to prove; empty: all. Borrowed until done */
	struct strv *override; /* "key=value" settings of the lab */
	bool static_only;      /* no builds and no boots */
	bool keep;             /* leave the lab behind and say where */
};

struct lessontest; /* opaque */
/* line: one TAP line or diagnosis. done once: e set only for trouble with the tester itself. */
struct lessontest *lessontest_start(uv_loop_t *loop, const struct lessontest_params *p,
	void (*line)(void *ctx, const char *text),
	void (*done)(void *ctx, unsigned passed, unsigned failed, struct err *e), void *ctx);
void lessontest_cancel(struct lessontest *t);

/* Check everything that can be wrong in a lesson without running it, its translations included (strict). Says the first
 * fault of each file through line; returns the number of faults. */
unsigned lesson_lint(const char *dir, void (*line)(void *ctx, const char *text), void *ctx);

#endif
