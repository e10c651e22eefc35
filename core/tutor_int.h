/* tutor_int: what the files of the tutor share: tutor.c (checks, solutions, the way), tutor_keep.c (what is written
 * down), tutor_begin.c (where a lesson begins). Nobody else includes it. */
#ifndef KILN_TUTOR_INT_H
#define KILN_TUTOR_INT_H

#include "core/kcbuild.h"
#include "core/tutor.h"
#include "core/verbs.h"

#define TUTOR_EVENT_MAX  200 /* bytes of a command line that is remembered */
#define TUTOR_EVENTS_MAX 500

struct tutor_private {
	struct strv events; /* command lines of the learner in this lesson */
	struct strv solved; /* "lesson/step" or "lesson/step assisted" */
	struct checker *checker;
	struct verbs *verbs;
	struct kcbuild *base;
	char *base_dir;
	bool no_base;               /* it cannot be made */
	bool due, want_slow, asked; /* asked: by the learner, so that failing counts */
	unsigned checked_rev;       /* the pipeline's, as last checked */
	bool plan_due;              /* is the lab where the lesson begins? */
	struct lesson **plan;       /* lessons whose solutions make the start state, in order */
	size_t n_plan, plan_at, plan_step;
	size_t own_steps; /* of the plan's last lesson, which is the open one, only so many are carried out; 0: all */
	bool offering;    /* there is a plan; tutor.offer follows when the step has been checked */
	size_t unbegun;   /* 1 + the step whose {start} the last reset took back with the lab */
	bool gone;        /* tutor_free was called while something was under way */
};

/* tutor.c */
void tutor_changed(struct tutor *t);
void tutor_trouble(struct tutor *t, struct err *e);
void tutor_lab_changed(struct tutor *t);
void tutor_go(struct tutor *t, size_t step);
/* Was tutor_free called? Then t is released, if nothing is under way any more. */
bool tutor_gone(struct tutor *t);
/* No result of the check under way, if there is one. */
void tutor_drop_check(struct tutor *t);
void tutor_env(struct tutor *t, struct check_env *env);
const char *tutor_find(const struct tutor *t, const char *name);
int tutor_may_change(struct tutor *t, struct err *e);

/* tutor_keep.c: what was solved; the place in the lesson (written, read for the open lesson, the lesson's folder); the
 * copy of the lab at the step's start (made if it is not that of this step). */
void tutor_keep_load_solved(struct tutor *t);
void tutor_keep_solved(struct tutor *t);
void tutor_keep_place(struct tutor *t);
bool tutor_keep_load_place(struct tutor *t);
char *tutor_keep_where(const struct tutor *t);
void tutor_keep_start(struct tutor *t);
/* A copy of the lab as it is now, for tutor_undo. */
int tutor_keep_undo(struct tutor *t, struct err *e);

/* tutor_begin.c */
void tutor_plan(struct tutor *t);
void tutor_plan_drop(struct tutor *t);

#endif
