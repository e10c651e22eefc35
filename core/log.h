/* log: the lines that tools print, with time, severity and the place they point at (file:line:col). At most `max` lines
 * are kept, in blocks of up to 64 KiB; all but the newest are compressed (LZ4), so a million lines cost a few bytes
 * each. Rules (logrules.h) classify a line once, when it is appended. Invariants: line numbers only grow, a dropped
 * line is never renumbered; text is valid UTF-8 without control characters but TAB. */
#ifndef KILN_LOG_H
#define KILN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct log; /* opaque */

enum log_severity { LOG_TEXT, LOG_STEP, LOG_COMMAND, LOG_NOTE, LOG_WARNING, LOG_ERROR };

/* From byte `at` on the tool asked for this style: 0 plain, else an ANSI colour + 1 (1 black … 8 white) and flags. */
struct log_mark {
	uint16_t at;
	uint8_t style;
};
enum { LOG_MARK_COLOUR = 0x0f, LOG_MARK_BOLD = 0x10, LOG_MARK_UNDERLINE = 0x20 };

struct log_line {
	const char *text; /* borrowed, not NUL-terminated; made safe (logtext.h) */
	size_t n;
	enum log_severity severity;
	uint32_t ms;                 /* since log_new */
	bool is_err;                 /* came from stderr */
	const char *file;            /* borrowed, NUL-terminated; NULL if the line names no place */
	int line, col;               /* 1-based; 0 unknown */
	const struct log_mark *mark; /* colours the tool set; usually none */
	size_t n_mark;
};

/* A log that keeps at most max lines (0: 1,000,000), classified by the built-in rules. Returns owned. */
struct log *log_new(size_t max);
void log_free(struct log *l);
/* Append one line (no newline). Borrows text. Cuts it at some 64 KiB. */
void log_append(struct log *l, const char *text, size_t n, bool is_err);
/* Numbers of the oldest kept line and of the next line to come: kept lines are [first, count). */
size_t log_first(const struct log *l);
size_t log_count(const struct log *l);
/* Line `i`, log_first <= i < log_count: asserted. Valid until the next append or log_get. */
struct log_line log_get(const struct log *l, size_t i);
/* Its severity alone: cheaper. */
enum log_severity log_severity(const struct log *l, size_t i);
/* Moves with every change. */
unsigned log_rev(const struct log *l);
/* The line that explains a failed build among the lines from `from` on: the first that is no step and no follow-up
 * before the first "make[N]: ***" (facts: `-j` noise hides it); SIZE_MAX if there is none. */
size_t log_root_cause(const struct log *l, size_t from);
/* Next line after (dir 1) or before (dir -1) `i` with at least this severity; SIZE_MAX if none. */
size_t log_find_severity(const struct log *l, size_t i, int dir, enum log_severity at_least);
const char *log_severity_name(enum log_severity s);

/* The kept lines around line i as one text, each ended by a newline: for searches that must be fast. Valid until the
 * next append, log_get or log_block. */
struct log_block {
	const char *text;
	size_t n;
	size_t first, count; /* its lines are [first, first + count) */
	const void *chunk;
};
struct log_block log_block(const struct log *l, size_t i);
/* Number of the line at a byte of the block's text; the byte at which a line of it begins. */
size_t log_block_line(const struct log_block *b, size_t at);
size_t log_block_at(const struct log_block *b, size_t line);

/* Write all kept lines to a file, replacing it; with each line's time in seconds if asked. */
int log_save(const struct log *l, const char *path, bool times, struct err *e);
/* Bytes of memory the log holds. */
size_t log_memory(const struct log *l);

#endif
