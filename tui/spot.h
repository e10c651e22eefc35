/* spot: the spotlight of lessons: what a step points at: a thing ("TTY", "article/shell.c", "first-error"; "" none) in
 * a pane. The frame of the pane shows it (ui_draw.c), and the pane itself the thing in it, each with a character too,
 * so that it holds without colours. Set by the lesson pane. */
#ifndef KILN_SPOT_H
#define KILN_SPOT_H

#include <stdbool.h>

struct ui;

/* Turn it on one more thing, or (pane NULL) off. pane: a name in pane_table, borrowed for good. */
void spot_set(struct ui *ui, const char *pane, const char *what);
/* What it is on in a pane; NULL: it is elsewhere. Borrowed. */
const char *spot_in(const struct ui *ui, const char *pane);
/* The first thing it is on; false if it is off. Borrowed. pane and what may be NULL. */
bool spot_first(const struct ui *ui, const char **pane, const char **what);

#endif
