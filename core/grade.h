/* grade: a class's submissions against lessons. Each is unpacked, built from its sources and checked in sandboxed
 * workers (gradework.h), some at a time; one that is malformed, crashes its worker or takes too long is a result like
 * any other. What came out is written in the formats of gradeout.h. */
#ifndef KILN_GRADE_H
#define KILN_GRADE_H

#include <stdbool.h>
#include <stdio.h>
#include <uv.h>

#include "core/check.h"
#include "core/err.h"
#include "core/lesson.h"
#include "core/str.h"

struct grade_step {
	const struct lesson *lesson; /* borrowed from the class */
	const struct lesson_step *step;
	enum check_verdict verdict; /* of its checks together */
	bool claimed;               /* counts on what the learner's progress says (events, quiz) */
	double points, max;
	char *say;        /* messages of the checks that did not pass, a line each; NULL: none. Owned */
	char *visibility; /* the strictest of its checks: "visible", "hidden", "after_due_date", "after_published" */
};

struct grade_one {
	char *name, *path; /* as shown: safe text */
	char *error;       /* it could not be graded: why. NULL: it was */
	bool trouble;      /* the error is the grader's, not the submission's */
	struct strv note;
	struct grade_step *step; /* class.n_step, in order */
	double points, max, seconds;
};

struct grade_class {
	struct lesson **lesson;
	size_t n_lesson;
	size_t n_step; /* graded steps: those with checks */
	struct grade_one *v;
	size_t n;
	unsigned seed;
};

struct grade_params {
	const struct strv *submissions; /* archives, labs, or folders of them */
	const char *root;               /* lessons: a folder of them, or one; NULL: the shipped ones */
	const struct strv *lessons;     /* ids; empty: all */
	const struct strv *override;    /* "key=value", the teacher's */
	unsigned jobs;                  /* at a time; 0: 1 */
	double deadline;                /* seconds for a submission, its kernel apart */
	double kernel_deadline;         /* seconds for a kernel */
	unsigned seed;                  /* of console tokens; 0: from the clock */
	bool claims;                    /* take the learner's word for events and quizzes */
	bool keep;                      /* leave the labs behind and say where */
	FILE *progress;                 /* one line a submission; NULL: none */
};

struct grade; /* opaque */
/* done once: the class is borrowed until it returns; e set for trouble with grading itself (ERR_CANCELLED included),
 * then the class holds what was graded so far. */
struct grade *grade_start(uv_loop_t *loop, const struct grade_params *p,
	void (*done)(void *ctx, const struct grade_class *c, struct err *e), void *ctx);
void grade_cancel(struct grade *g);

bool grade_passed(const struct grade_one *one, size_t n_step);
void grade_class_done(struct grade_class *c);
/* Find submissions; names are unique. For grade.c. */
int grade_find(struct grade_class *c, const struct strv *given, struct err *e);
/* Load the lessons and lay out the steps of each submission with their points. For grade.c. */
int grade_lessons(struct grade_class *c, const char *root, const struct strv *ids, struct err *e);

#endif
