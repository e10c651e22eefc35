/* lineedit: one line of UTF-8 being typed: text, cursor, kill and yank, and the history it is searched in. Pure: no
 * drawing. Invariant: the cursor stands between whole characters, the text holds no control characters and at most
 * LINEEDIT_MAX bytes. */
#ifndef KILN_LINEEDIT_H
#define KILN_LINEEDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"
#include "tui/key.h"

enum { LINEEDIT_MAX = 4096 };

struct lineedit {
	struct buf text;
	size_t at;  /* cursor, in bytes */
	char *kill; /* what was erased last by word or line, owned */
};

const char *lineedit_text(const struct lineedit *l);
/* Replace all; the cursor goes to the end. */
void lineedit_set(struct lineedit *l, const char *text);
/* Replace the bytes [from, cursor) by text. */
void lineedit_replace(struct lineedit *l, size_t from, const char *text);
/* left right word-left word-right home end erase delete erase-word erase-start erase-end yank. False: not one of them.
 */
bool lineedit_act(struct lineedit *l, const char *what);
/* A character or a paste. False: the key is neither. */
bool lineedit_key(struct lineedit *l, const struct key *k);
void lineedit_done(struct lineedit *l);

/* Lines typed before, oldest first, kept in $XDG_STATE_HOME/kiln/history-NAME. Where that cannot be written, history
 * lasts as long as the program. */
struct history {
	char *path; /* owned; NULL: not kept */
	struct strv line;
	size_t at;   /* line.n: not in the history */
	char *draft; /* what was typed before going back, owned */
};
/* name NULL: not kept. */
void history_init(struct history *h, const char *name);
/* Add a line (not twice in a row) and append it to the file. */
void history_add(struct history *h, const char *line);
/* The next older (dir -1) or newer (dir 1) line that begins as the draft does: borrowed, NULL at the end. The draft is
 * the text given with the first step; going forth past the newest gives it back. */
const char *history_step(struct history *h, int dir, const char *text);
/* The user typed: the next step begins anew. */
void history_reset(struct history *h);
void history_done(struct history *h);

#endif
