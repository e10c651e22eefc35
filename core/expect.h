/* expect: PCRE2 patterns on a guest's growing text. Kernel messages (`[    0.82] …`) land in the middle of what
 * programs print, so three views of the text are kept and a pattern may match in any: all of it, what programs printed
 * (kernel messages taken out), kernel messages alone. Memory is bounded: only the last EXPECT_KEEP bytes can match.
 * Input is text made safe (transcript.h): no escapes, no CR. */
#ifndef KILN_EXPECT_H
#define KILN_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

#define EXPECT_KEEP 65536

/* Is this a good pattern? Returns 0, or -1 with *e set (its col is the place in the pattern). */
int expect_check(const char *pattern, struct err *e);

struct expect; /* opaque */
struct expect *expect_new(void);
void expect_free(struct expect *x);
/* Append guest text. Cheap: nothing is matched here. */
void expect_feed(struct expect *x, const char *text, size_t n);
/* Wait for this pattern next. Text that an earlier match has consumed is not looked at again. */
int expect_want(struct expect *x, const char *pattern, struct err *e);
/* Has the wanted pattern matched by now? Consumes the text up to the match's end; *matched (may be NULL) gets the
 * matched text (appended). A pattern that costs too much to match sets *e (ERR_INPUT) and returns false. */
bool expect_poll(struct expect *x, struct buf *matched, struct err *e);

#endif
