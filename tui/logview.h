/* logview: a log as lines on the screen: which of its lines are shown (least severity, pattern), the search over it,
 * and how a line looks. All long work is done in slices by logview_step. No pane, no ui: tests drive it alone.
 * Invariant: with a filter, index holds the numbers of the shown lines below `judged`, ascending. */
#ifndef KILN_LOGVIEW_H
#define KILN_LOGVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"
#include "tui/textsearch.h"
#include "tui/textview.h"

struct logview {
	const struct log *log; /* borrowed */
	struct textview view;
	struct textsearch *search;
	size_t origin;           /* where the search began (a line of the log) */
	bool seek;               /* go to the first match as soon as it is found */
	enum log_severity least; /* LOG_TEXT: all */
	struct textsearch *filter;
	uint32_t *index; /* shown lines, [head, n) */
	size_t head, n, cap, judged;
	size_t anchor; /* line to stay on while the index is made */
	size_t spot;   /* line the lesson points at; SIZE_MAX: none */
	bool times;
};

void logview_init(struct logview *v, const struct log *log);
void logview_done(struct logview *v);
/* Work for about us microseconds (0: to the end). Returns true while there is more to do. */
bool logview_step(struct logview *v, unsigned us);
/* Show only lines of at least this severity that match the pattern (NULL or "": any). -1 with *e for a bad pattern:
 * nothing has changed then. */
int logview_filter(struct logview *v, enum log_severity least, const char *pattern, struct err *e);
bool logview_filtered(const struct logview *v);
/* Search from a line of the log on, and go to the first match. "": no search. */
int logview_search(struct logview *v, const char *pattern, size_t from, struct err *e);
/* Go to the next (1) or previous (-1) match, going round at the ends. Returns false if there is none. */
bool logview_next(struct logview *v, int dir);
/* Go to the next or previous line of at least a severity. */
bool logview_next_severity(struct logview *v, int dir, enum log_severity least);
/* The line of the log under the cursor; SIZE_MAX if nothing is shown. */
size_t logview_line(const struct logview *v);
/* Put the cursor on a line of the log (or the shown line before it). */
void logview_goto(struct logview *v, size_t line);
/* The line at or shortly above the cursor's that names a place (a compiler's message is several lines); SIZE_MAX if
 * there is none. */
size_t logview_place(const struct logview *v);
/* "3/97 matches  errors  filter: …  following" */
void logview_status(const struct logview *v, struct buf *out);

#endif
