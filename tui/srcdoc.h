/* srcdoc: one source file as lines on the screen: its text made safe, line starts, highlighting, search, and the
 * compiler's messages beside their lines. No pane, no ui. Reads the file again when it has changed on disk. */
#ifndef KILN_SRCDOC_H
#define KILN_SRCDOC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "core/err.h"
#include "tui/hilite.h"
#include "tui/srcnotes.h"
#include "tui/textsearch.h"
#include "tui/textview.h"

struct srcdoc {
	char *path, *name; /* absolute; as in its tab */
	bool foreign;      /* not of the folder shown: a kernel source, say */
	struct textview view;
	struct textsearch *search;
	const struct srcnotes *notes; /* borrowed; may be NULL */

	bool loaded;
	char *why; /* why it cannot be shown, or NULL */
	char *text;
	size_t n, *line, n_line; /* line[i] is where line i begins; line[n_line] is n */
	struct hilite *hilite;
	uint8_t *state; /* state of the highlighter at the beginning of a line, known below n_state */
	size_t n_state;
	struct timespec mtime;
	off_t size;
	ino_t ino;
};

/* path is copied. Nothing is read yet. */
void srcdoc_init(struct srcdoc *d, const char *path, const char *name);
void srcdoc_done(struct srcdoc *d);
/* Read it if it has not been read or has changed on disk; the cursor's line stays. Returns true if the text is new. */
bool srcdoc_refresh(struct srcdoc *d, struct err *warn);
/* Search from the cursor on, "": none. -1 with *e for a bad pattern. */
int srcdoc_search(struct srcdoc *d, const char *pattern, struct err *e);
bool srcdoc_next(struct srcdoc *d, int dir);
/* Put the cursor on a line (1-based). */
void srcdoc_goto(struct srcdoc *d, long line);

#endif
