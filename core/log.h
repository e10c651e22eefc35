/* log: the lines that tools print, with time, severity and the place they point at (file:line:col). A ring of at
 * most `max` lines in chunked memory: a million lines cost their bytes and one small record each. Rules (logrules.h)
 * classify a line once, when it is appended. Invariant: line numbers only grow; a dropped line is never renumbered. */
#ifndef KILN_LOG_H
#define KILN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log; /* opaque */

enum log_severity { LOG_TEXT, LOG_STEP, LOG_COMMAND, LOG_NOTE, LOG_WARNING, LOG_ERROR };

struct log_line {
	const char *text; /* borrowed, not NUL-terminated; SGR colour escapes removed, other C0 replaced */
	size_t n;
	enum log_severity severity;
	uint32_t ms;      /* since log_new */
	bool is_err;      /* came from stderr */
	const char *file; /* borrowed from the log, NUL-terminated; NULL if the line names no place */
	int line, col;    /* 1-based; 0 unknown */
};

/* A log that keeps at most max lines (0: 1,000,000), classified by the built-in rules. Returns owned. */
struct log *log_new(size_t max);
void log_free(struct log *l);
/* Append one line (no newline). Borrows text. Cuts it at 64 KiB. */
void log_append(struct log *l, const char *text, size_t n, bool is_err);
/* Numbers of the oldest kept line and of the next line to come: kept lines are [first, count). */
size_t log_first(const struct log *l);
size_t log_count(const struct log *l);
/* Line `i`, log_first <= i < log_count: asserted. Valid until the next append. */
struct log_line log_get(const struct log *l, size_t i);
/* Moves with every change. */
unsigned log_rev(const struct log *l);
/* The line that explains a failed build among the lines from `from` on: the first that is no step and no follow-up
 * before the first "make[N]: ***" (facts: `-j` noise hides it); SIZE_MAX if there is none. */
size_t log_root_cause(const struct log *l, size_t from);
/* Next line after (dir 1) or before (dir -1) `i` with at least this severity; SIZE_MAX if none. */
size_t log_find_severity(const struct log *l, size_t i, int dir, enum log_severity at_least);
const char *log_severity_name(enum log_severity s);

#endif
