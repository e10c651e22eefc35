/* lesson: guided walkthroughs as data: lessons/NN-name/lesson.md, CommonMark with YAML front matter and fenced blocks
 * whose info string is {check}, {hint after=N}, {solve}, {wrong expect=ID}, {start}, {point}, {after}, {quiz}. Headings
 * with {#id} are steps. lesson.LANG.md holds prose, hints and messages for the same ids ({say} blocks), each step with
 * `of=HASH` of what it translates. Lessons come from strangers: bounded (256 KiB, depth 6), C0/ESC, bidi and zero-width
 * characters refused, nothing in them is ever run on the host. Everything wrong is said at file:line:col. */
#ifndef KILN_LESSON_H
#define KILN_LESSON_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "core/ytree.h"

/* Prose, block by block, as the screen and --plain lay it out. Inline marks stay as `code`, *emphasis*, **strong**;
 * keys as {key:command}. */
struct prose {
	enum prose_kind { PROSE_PARAGRAPH, PROSE_ITEM, PROSE_CODE, PROSE_HEADING, PROSE_QUOTE } kind;
	int level; /* of a list's or heading's nesting */
	char *text;
};
struct prose_list {
	struct prose *v;
	size_t n;
};

struct lesson_hint {
	int after; /* failed checks before it opens by itself */
	struct prose_list text;
};
struct lesson_wrong {
	char *expect; /* id of the check that must fail */
	struct ynode *verbs;
	int line;
};
struct lesson_check {
	char *id;
	const struct ynode *node; /* within step.checks */
	char *say;                /* message when it fails; with {value} and {evidence} */
};

struct lesson_step {
	char *id, *title;
	int line;
	struct prose_list text, after;
	struct lesson_hint *hint;
	size_t n_hint;
	struct ynode *checks, *solve, *point, *quiz; /* lists and a map, or NULL */
	struct ynode *start;      /* verbs that bring the lab into the state in which the step begins; NULL: as it is */
	struct ynode *quiz_words; /* the quiz's words in the lesson's language; NULL: quiz has them */
	struct lesson_check *check;
	size_t n_check;
	struct lesson_wrong *wrong;
	size_t n_wrong;
	char of[9];   /* translation: hash of what it translates; "" */
	char hash[9]; /* first 8 hex digits of the SHA-256 of this step's translatable text */
};

struct lesson {
	char *id, *path, *dir, *title, *needs; /* needs: id of the lesson before, or NULL */
	char *lang;                            /* "en" or that of the translation laid over it */
	struct strv kernels;
	long minutes, points;
	struct prose_list intro;
	struct lesson_step *step;
	size_t n;
};

/* Parse one file. Returns owned, or NULL with *e. text NULL: read it. */
struct lesson *lesson_parse(const char *path, const char *text, size_t n, struct err *e);
/* Load DIR/lesson.md and, for lang other than "en", lay DIR/lesson.LANG.md over its prose (missing: English stays). */
struct lesson *lesson_load(const char *dir, const char *lang, struct err *e);
/* Lay a translation over; -1 with *e if its steps, checks or hints do not match. strict: outdated hashes are errors
 * too. */
int lesson_translate(struct lesson *l, struct lesson *translation, bool strict, struct err *e);
void lesson_free(struct lesson *l);
/* A text with each {key:COMMAND} as `COMMAND`, for where no keys are. Returns owned. */
char *lesson_keyless(const char *text);
/* Folders of all lessons in root (paths_data("lessons") if NULL), sorted. */
int lesson_dirs(const char *root, struct strv *out, struct err *e);
const struct lesson_step *lesson_step_find(const struct lesson *l, const char *id);

#endif
