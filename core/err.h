/* err: the one error type.  First error wins; it is printed once, at the edge
 * (main, the CLI or the screen).  An error says what failed, why (evidence) and
 * what to do next (hint); bad input also says where (file:line:col).
 * Programmer errors are assert()s, never a struct err. */
#ifndef KILN_ERR_H
#define KILN_ERR_H

#include <stdbool.h>
#include <stdio.h>

enum err_code {
	ERR_NONE = 0,
	ERR_WORLD,     /* a file, tool, disk or process let us down: exit status 1 */
	ERR_INPUT,     /* bad content the user gave us (file:line:col): exit status 1 */
	ERR_USAGE,     /* bad command line: exit status 2 */
	ERR_CANCELLED, /* the user stopped it: exit status 130 */
	ERR_PANIC,     /* guest panicked: exit status 3 */
	ERR_GUEST,     /* guest ended before what was expected: exit status 4 */
	ERR_TIMEOUT,   /* deadline passed: exit status 5 */
};

/* Zero-initialise: struct err e = {0};  msg == NULL means no error. */
struct err {
	enum err_code code;
	char *msg;      /* one line: what failed and why */
	char *evidence; /* optional: the line of output that proves it */
	char *hint;     /* optional: what to do next */
	char *file;     /* optional location of bad input */
	int line, col;  /* 1-based; 0 = unknown */
};

/* Record an error unless one is set already. Always returns -1, so callers can `return err_set(...)`. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Like err_set with ERR_WORLD, appending ": strerror(errnum)". */
int err_sys(struct err *e, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Like err_set with ERR_INPUT and a location; line/col 0 if unknown. */
int err_at(struct err *e, const char *file, int line, int col, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Add the next step / the evidence line to an error that has none yet. No-op without an error. */
void err_hint(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void err_evidence(struct err *e, const char *line);
/* Print "kiln: ..." (or "file:line:col: ...") with evidence and hint, each on its own line. */
void err_print(const struct err *e, FILE *out);
/* Same text as err_print without the prefix, one string. Returns owned. */
char *err_text(const struct err *e);
/* Process exit status for the error: see enum err_code. 0 when there is none. */
int err_status(const struct err *e);
/* Move *src into *dst (first wins: if dst is set, src is dropped). src is empty afterwards. */
void err_move(struct err *dst, struct err *src);
/* Release the strings and make it empty again. */
void err_done(struct err *e);

static inline bool err_is(const struct err *e)
{
	return e->msg != NULL;
}

#endif
