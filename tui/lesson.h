/* lesson: what the files of the lesson pane share: pane_lesson.c (the pane and its commands), lesson_view.c (its
 * lines), lesson_point.c (the spotlight), lesson_play.c (presenting a lesson). Nobody else includes it. What is taught
 * and kept is core/tutor.h's. */
#ifndef KILN_TUI_LESSON_H
#define KILN_TUI_LESSON_H

#include "core/tutor.h"
#include "tui/textview.h"
#include "tui/ui.h"

enum { LESSON_LIST_HEAD = 2 }; /* lines above the list of lessons */

struct lesson_play;

struct lessons {
	struct pane *pane;
	struct tutor *tutor;
	struct strv line; /* as laid out last */
	enum style *style;
	struct textview view;
	size_t verdict, done;     /* lines where the checks and what is said afterwards begin */
	bool focused, was_passed; /* as of the last layout */
	bool look;                /* the checks were asked for: show their result when it comes */
	bool mute;                /* commands that run now are not the learner's */
	struct lesson_play *play; /* NULL: nothing is presented */
};

/* Lay the text out anew. */
void lesson_lay_out(struct lessons *s);
/* The lesson on this line of the list, or NULL. Borrowed. */
const char *lesson_at(const struct lessons *s, size_t line);

/* Put the spotlight on what the step points at while it is not solved; else off. */
void lesson_spot(struct lessons *s);
/* Go there; false if the step points at nothing. */
bool lesson_goto_spot(struct lessons *s);

/* Present the open lesson from this step on, so many seconds for each text. */
void lesson_play_start(struct lessons *s, unsigned seconds);
void lesson_play_stop(struct lessons *s);
void lesson_play_pause(struct lessons *s);
/* Do not wait any longer; false if nothing is presented. */
bool lesson_play_next(struct lessons *s);
/* Something has changed: go on if the step is done. */
void lesson_play_poll(struct lessons *s);
/* "presenting 8 s", "paused"; NULL when nothing is. Returns owned. */
char *lesson_play_status(const struct lessons *s);

#endif
