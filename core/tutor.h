/* tutor: a learner's way through a lesson in the open lab: where they are, what was checked, hints taken, solutions
 * carried out for them, the start state of a lesson made from the solutions it needs, steps begun again. The lesson
 * pane and `kiln learn` are two faces of it. What was solved is kept in the state folder, the place in a lesson in the
 * lab (out/lesson): each is written whole at every change, so that nothing ends it. Before anything of the learner's is
 * replaced, a copy is kept in LAB/.lesson. Everything here runs on the loop; no call waits. */
#ifndef KILN_TUTOR_H
#define KILN_TUTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "core/app.h"
#include "core/check.h"
#include "core/lesson.h"

struct tutor_host {
	void (*changed)(void *ctx);                   /* something to show is different */
	void (*lab_changed)(void *ctx);               /* files of the lab are; the pipeline is refreshed. May be NULL */
	void (*offer)(void *ctx);                     /* tutor.offer stands: answer with tutor_begin */
	void (*command)(void *ctx, const char *line); /* a verb wants a screen command run; NULL: it only counts */
	void (*tell)(void *ctx, const char *what);    /* a verb in words; may be NULL */
	void (*trouble)(void *ctx, struct err *e);    /* emptied by it */
	void *ctx;
};

struct tutor_check { /* a check's last result */
	enum check_verdict verdict;
	char *say; /* NULL: none */
};

struct tutor {
	struct app *app;
	struct tutor_host host;
	struct strv dirs;      /* of all lessons */
	struct lesson *lesson; /* NULL: none is open */
	size_t step, hints;    /* hints: shown so far */
	unsigned failed;       /* checks made in vain at this step */
	long answer;           /* to the step's quiz; 0: none */
	bool passed, assisted;
	struct tutor_check *shown; /* one for each check of the step */
	time_t checked;            /* when last; 0: not yet */
	unsigned pace_ms;          /* of waiting before each verb of a solution */
	/* The lab is not where the lesson begins: what would make it so. */
	bool offer;
	char *offer_why, *offer_changes; /* the check that does not hold; files that would change, ", " between */
	struct strv offer_verbs;
	struct tutor_private *priv;
};

struct tutor *tutor_new(struct app *app, const struct tutor_host *host);
void tutor_free(struct tutor *t);

/* Begin a lesson (its id, folder name or folder), or go on where it was left in this lab. -1 with *e: no such lesson.
 */
int tutor_open(struct tutor *t, const char *name, struct err *e);
/* Go on with the lesson this lab is in, if any. */
bool tutor_resume(struct tutor *t);
/* No lesson is open any more. -1 with *e: a solution is being carried out. */
int tutor_close(struct tutor *t, struct err *e);
/* The next step, and after the last the next lesson; false if that was the last. */
bool tutor_next(struct tutor *t);
bool tutor_previous(struct tutor *t);
const struct lesson_step *tutor_step(const struct tutor *t);
/* Was the step solved at any time? 2: with help. */
int tutor_solved(const struct tutor *t, const char *lesson, const char *step);

/* Do what is due: to be called when the lab may have moved on (each turn of the screen, after each call here). */
void tutor_poll(struct tutor *t);
/* Is something under way or due? */
bool tutor_busy(const struct tutor *t);
/* Check the step, slow: booting a machine if it takes one. */
void tutor_check(struct tutor *t, bool slow);
/* Answer the quiz; once the step has passed nothing changes that. */
void tutor_answer(struct tutor *t, long choice);
/* Show one more hint; false if there is none. */
bool tutor_hint(struct tutor *t);
/* The learner ran a command line. */
void tutor_note(struct tutor *t, const char *line);
/* The same without a tutor at hand: for the lesson this lab is in, if any. */
void tutor_note_command(struct app *app, const char *line);
/* Carry out the step's solution, marking it assisted. -1 with *e if it cannot be now. */
int tutor_solve(struct tutor *t, struct err *e);
/* Look (again) whether the lab is where this step begins: tutor.offer if it is not. */
void tutor_look(struct tutor *t);
/* Answer to tutor.offer: make the start state (yes), or begin with the lab as it is. */
void tutor_begin(struct tutor *t, bool yes);
/* Put the lab back to where the step began. What was there is kept: tutor_undo brings it back, and again. */
int tutor_reset(struct tutor *t, struct err *e);
int tutor_undo(struct tutor *t, struct err *e);
/* Stop what is under way. false: nothing is. */
bool tutor_cancel(struct tutor *t);

#endif
