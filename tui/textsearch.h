/* textsearch: which lines of a text match a PCRE2 pattern, found in slices of time so that the screen never waits: a
 * step searches whole blocks of lines at once (JIT), from a given line to the end, then from the beginning. Lines that
 * are appended later are found by further steps. Lower-case patterns ignore case. Used by the log and source panes. */
#ifndef KILN_TEXTSEARCH_H
#define KILN_TEXTSEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* Consecutive lines as one text, each ended by a newline (but perhaps the last). */
struct text_block {
	const char *text;
	size_t n;
	size_t first, count; /* its lines are [first, first + count) */
	const void *priv;    /* the source's own */
};

/* A text whose lines are numbered [first, count); numbers only grow. The text is valid UTF-8. */
struct textsource {
	size_t (*first)(const void *ctx);
	size_t (*count)(const void *ctx);
	struct text_block (*block)(const void *ctx, size_t line); /* valid until the next one */
	size_t (*line_at)(const struct text_block *b, size_t at); /* line of a byte of the block */
	size_t (*begin_of)(const struct text_block *b, size_t line);
	const void *ctx;
};

struct text_span {
	size_t from, to; /* bytes */
};

struct textsearch; /* opaque */

/* Begin a search at line `from`. Returns owned, or NULL with *e (a bad pattern). */
struct textsearch *textsearch_new(const struct textsource *src, const char *pattern, size_t from, struct err *e);
void textsearch_free(struct textsearch *s);
const char *textsearch_pattern(const struct textsearch *s);
/* Search on for at most about us microseconds (0: to the end). Returns true while there is more to do. */
bool textsearch_step(struct textsearch *s, unsigned us);
/* Is nothing left to do for the lines that there are now? */
bool textsearch_complete(const struct textsearch *s);
/* Lines below this and not below the line it began at are searched already (for filters that begin at the first line).
 */
size_t textsearch_frontier(const struct textsearch *s);
/* Matching lines found so far; of those, how many are before `line`; does `line` match? */
size_t textsearch_hits(const struct textsearch *s);
size_t textsearch_rank(const struct textsearch *s, size_t line);
bool textsearch_has(const struct textsearch *s, size_t line);
/* The nearest matching line after (dir 1) or before (dir -1) `line`; SIZE_MAX if none is known. */
size_t textsearch_next(const struct textsearch *s, size_t line, int dir);
/* Matches within one line. Returns the count, at most max. */
size_t textsearch_spans(const struct textsearch *s, const char *text, size_t n, struct text_span *out, size_t max);

#endif
