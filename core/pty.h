/* pty: a child on a pseudo terminal of its own (QEMU's text screen, the learner's editor, gdb). It leads its own
 * session with the pty as controlling terminal and dies with kiln however kiln ends. Its output comes as raw bytes,
 * meant for a terminal emulator, never for the user's terminal. */
#ifndef KILN_PTY_H
#define KILN_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "core/err.h"

struct pty_opts {
	char *const *argv;   /* NULL-terminated; argv[0] is looked up in PATH. Borrowed during pty_start. */
	const char *cwd;     /* NULL: kiln's */
	char *const *env;    /* as in proc.h: "NAME=value" set, "NAME" removed; NULL: none. Set TERM here. */
	unsigned rows, cols; /* 0: 24 and 80 */
	int death_signal;    /* sent to the child when kiln dies; 0 means SIGHUP */
	const int *pass_fds; /* kept open in the child as descriptors 3, 4, …; not closed in kiln */
	size_t n_pass_fds;
	bool split_err; /* stderr is a pipe of its own (on_err) instead of the pty */
	/* Output, at most a budget per turn of the loop (flow.h). */
	void (*on_bytes)(void *ctx, const char *bytes, size_t n);
	void (*on_err)(void *ctx, const char *bytes, size_t n); /* with split_err */
	/* Once, after exit and after all output was delivered. status: exit code, or -1 if killed by `sig`. The pty is
	 * freed right after this returns. */
	void (*on_exit)(void *ctx, int status, int sig);
	void *ctx;
};

struct pty; /* opaque */
/* NULL with *e set if it cannot be started (then nothing is called back). */
struct pty *pty_start(uv_loop_t *loop, const struct pty_opts *o, struct err *e);
/* Type bytes; queued. false: the queue is full or the child is gone, and nothing was queued. */
bool pty_send(struct pty *p, const char *bytes, size_t n);
/* New size; the child gets SIGWINCH. */
void pty_resize(struct pty *p, unsigned rows, unsigned cols);
/* Hold the output back (true) or let it flow again. */
void pty_hold(struct pty *p, bool hold);
/* Send sig to the child's whole process group. */
void pty_kill(struct pty *p, int sig);
int pty_pid(const struct pty *p);
/* No more callbacks to ctx; the child gets SIGHUP and then SIGKILL. */
void pty_abandon(struct pty *p);

/* Body of `kiln internal pty SIGNAL PARENT argv…`: takes the terminal on descriptor 0, sets the death signal, execs. */
int pty_exec_main(int argc, char **argv);

#endif
