/* srcnotes: what the compiler said about places in files: the log's notes, warnings and errors of one build, by
 * absolute path and line. Sorted by path, then line, then order in the log. */
#ifndef KILN_SRCNOTES_H
#define KILN_SRCNOTES_H

#include "core/app.h"
#include "core/log.h"

struct srcnote {
	char *path; /* absolute */
	int line, col;
	enum log_severity severity;
	char *text;      /* "error: expected ';'": the message without the place */
	size_t log_line; /* where the log has it */
};

struct srcnotes {
	struct srcnote *v;
	size_t n;
};

/* Take the messages of log lines [from, to) that name files there are. Replaces what was there. At most 1000. */
void srcnotes_collect(struct srcnotes *s, const struct app *a, size_t from, size_t to);
void srcnotes_done(struct srcnotes *s);
/* The worst message of a line of a file, or NULL. */
const struct srcnote *srcnotes_at(const struct srcnotes *s, const char *path, int line);
/* The next error (warning, if there are no errors) after (dir 1) or before a place, going round; NULL if there is none.
 */
const struct srcnote *srcnotes_next(const struct srcnotes *s, const char *path, int line, int dir);
size_t srcnotes_count(const struct srcnotes *s, enum log_severity at_least);

#endif
