/* pane: the interface of everything that fills a rectangle of the screen. A pane draws from models (the pipeline, the
 * log, the kconfig client, a vm) and asks for changes only through commands. Panes never include each other. */
#ifndef KILN_PANE_H
#define KILN_PANE_H

#include <stdbool.h>

#include "core/cmd.h"
#include "core/str.h"
#include "tui/draw.h"
#include "tui/key.h"

struct ui;
struct pane;

struct pane_ops {
	const char *name;  /* "kconfig", "source", "log", "console", "messages", "lesson"; also its key context */
	const char *title; /* shown in the frame; gettext'd */
	/* Make the pane's state (p->state). Called once, at start; must be quick: long work goes to the loop. */
	int (*open)(struct pane *p, struct err *e);
	void (*close)(struct pane *p);
	/* Draw all of it. d is the inside of its frame. focused: it has the keyboard. */
	void (*draw)(struct pane *p, const struct draw *d, bool focused);
	/* Its rectangle's inside changed. May be NULL. */
	void (*resize)(struct pane *p, int rows, int cols);
	/* Does it take every key but the prefix (a console, an editor)? NULL: never. */
	bool (*captures)(const struct pane *p);
	/* A key that no binding took, or any key while it captures. Returns false if it has no use for it. May be NULL.
	 */
	bool (*key)(struct pane *p, const struct key *k);
	/* A mouse event inside, coordinates relative to the inside. May be NULL. */
	bool (*mouse)(struct pane *p, const struct mouse *m);
	bool hover; /* it gets the pointer's motion without a button too */
	/* Text at the right of its title ("following", "12/97 matches"); may be NULL. */
	void (*status)(const struct pane *p, struct buf *out);
	/* Moves whenever what it shows has changed: the screen is redrawn then. May be NULL (then p->rev counts). */
	unsigned (*rev)(const struct pane *p);
	/* Is work under way that will change what it shows (loading, searching)? `wait idle` of scripts waits for it.
	 * May be NULL. */
	bool (*busy)(const struct pane *p);
	/* The pane's commands, registered at start (flag CMD_SCREEN); may be NULL. */
	const struct cmd *commands;
	size_t n_commands;
};

struct pane {
	const struct pane_ops *ops;
	struct ui *ui;  /* borrowed */
	void *state;    /* the pane's own */
	unsigned rev;   /* bump it (pane_touch) to be redrawn */
	int rows, cols; /* inside of its frame, as last laid out; 0 while it is not on the screen */
};

static inline void pane_touch(struct pane *p)
{
	p->rev++;
}

/* All panes, in the order of their tabs; NULL-terminated (tui/panes.c). */
extern const struct pane_ops *const pane_table[];

#endif
