/* verbs: what a lesson's {solve} and {wrong} blocks do (lessons/FORMAT.md): a closed set of changes to the lab, the
 * same for "do it for me", the test of a solution, the demo and grading's reference. Files only beneath the lab; kernel
 * options through the tree's own kconfig; builds through the pipeline. One after the other on the loop. */
#ifndef KILN_VERBS_H
#define KILN_VERBS_H

#include <uv.h>

#include "core/err.h"
#include "core/lesson.h"
#include "core/pipeline.h"

struct verbs_env {
	uv_loop_t *loop;
	struct pipeline *pipeline; /* over the open, held lab; idle */
	const struct lesson *lesson;
	struct strv *events; /* `do` adds to it; may be NULL */
	long *answer;        /* `answer` sets it; may be NULL */
	bool no_builds;      /* leave out `build` and what works on what is built: nothing that needs it is checked */
	unsigned pace_ms;    /* of waiting before each verb, for those who watch; 0: none */
	/* The screen's: run a command line as typed; NULL: `do` only counts as the event. */
	void (*command)(void *ctx, const char *line);
	/* Before each verb, in words, e.g. "set TTY=y"; may be NULL. */
	void (*tell)(void *ctx, const char *what);
	void *ctx;
};

struct verbs; /* opaque */
/* Carry out a list. done(ctx, e) once, on a later turn of the loop; e->msg NULL on success. Borrows until then. */
struct verbs *verbs_start(
	const struct verbs_env *env, const struct ynode *list, void (*done)(void *ctx, struct err *e), void *ctx);
void verbs_cancel(struct verbs *v);
/* One item of a list in words, "set TTY=y". Returns owned. */
char *verbs_words(const struct ynode *item);
/* Add the files and folders of the lab that an item changes ("out": what is built), those not in out yet. Returns how
 * many it changes: 0 for what only happens on the screen. */
size_t verbs_changes(const struct ynode *item, struct strv *out);
/* Is a list of verbs well-formed? */
int verbs_lint(const struct lesson *l, const struct ynode *list, struct err *e);

#endif
