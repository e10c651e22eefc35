/* gradework: the grader's worker, `kiln internal grade PHASE SPEC`: one submission in one sandboxed process
 * (sandbox.h), so that whatever it does to us, the batch goes on. Phases, each a process of its own: `unpack` makes a
 * lab of the submission and runs nothing; `kernel` makes or fetches its kernel and alone may add to the kernel cache;
 * `grade` builds the rest from sources and runs the lessons' checks, the very code of the learner's screen. SPEC is a
 * JSON file: submission, top (the folder to work in), lessons [folder], override [key=value], read [folder], bases,
 * seed, claims. Prints one JSON object: error, trouble, notes, steps. */
#ifndef KILN_GRADEWORK_H
#define KILN_GRADEWORK_H

#include "core/lesson.h"

int gradework_main(int argc, char **argv);
/* The stages that the lessons' checks look at, as a mask for pipeline_goal. */
unsigned gradework_stages(struct lesson *const *lesson, size_t n);

#endif
