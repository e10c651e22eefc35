/* op: the callbacks every asynchronous operation takes, so that the CLI, the screen and
 * tests watch all long work the same way. An operation X is started by x_start(loop, …, cb, e),
 * which either returns a handle or NULL with *e set (then no callback ever comes), and can be
 * stopped by x_cancel(handle), after which `done` still comes, with ERR_CANCELLED. */
#ifndef KILN_OP_H
#define KILN_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct op_cb {
	/* Progress in units of the operation's choice (files, bytes, steps); total 0 = not known. May be NULL. */
	void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
	/* One line of a tool's output or of our own commentary, without newline. May be NULL. */
	void (*line)(void *ctx, const char *line, size_t n, bool is_err);
	/* The equivalent shell command, just before it runs. May be NULL. */
	void (*command)(void *ctx, const char *shell);
	/* Exactly once. e->msg == NULL: success. e is borrowed; the handle is freed right after this returns. */
	void (*done)(void *ctx, struct err *e);
	void *ctx;
};

#endif
