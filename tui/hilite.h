/* hilite: colours source text by rules that are data (themes/NAME.syntax): a small state machine whose rules are PCRE2
 * patterns. The state at a line's end is where the next line begins, so comments and strings may go over many lines.
 * A file of rules:
 *
 *   name C                       what it is called
 *   files *.c *.h                names of files it is for (shell patterns)
 *   state start [STYLE]          rules of a state follow; STYLE is what no rule touches; the first state is where a
 *                                file begins
 *     STYLE PATTERN              text that matches gets the style (`keyword` is short for syntax.keyword)
 *     STYLE >STATE PATTERN       … and the machine goes to that state behind it
 *     words STYLE WORD…          as a pattern for these whole words
 *
 * The earliest match wins; of those at one place, the first rule. A # at the beginning of a line is a comment. */
#ifndef KILN_HILITE_H
#define KILN_HILITE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "tui/style.h"

struct hilite; /* opaque */

struct hilite_span {
	size_t from, to; /* bytes; never overlapping, in order */
	enum style style;
};
#define HILITE_MAX 128
struct hilite_line {
	struct hilite_span span[HILITE_MAX];
	size_t n;
};

/* Parse rules; path is for messages. Returns owned, or NULL with *e at path:line:col. */
struct hilite *hilite_parse(const char *path, const char *text, struct err *e);
/* The rules for a file of this name: of the user's ($XDG_CONFIG_HOME/kiln/themes), else of the shipped ones, those with
 * the longest pattern that fits. Returns owned; NULL if there are none, or with *e if they are broken. */
struct hilite *hilite_for(const char *filename, struct err *e);
void hilite_free(struct hilite *h);
const char *hilite_name(const struct hilite *h);
/* Is it for a file of this name (without folders)? */
bool hilite_fits(const struct hilite *h, const char *filename);

/* Style one line (without newline) that begins in a state; a file begins in 0. Returns the state behind it. */
unsigned hilite_line(const struct hilite *h, unsigned state, const char *text, size_t n, struct hilite_line *out);

#endif
