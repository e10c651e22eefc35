/* proc: child processes on the libuv loop. Every child runs in its own session and
 * process group, gets PR_SET_PDEATHSIG (so it ends with kiln however kiln ends, SIGKILL
 * included) by being started through `kiln internal exec`, and reads /dev/null unless told
 * otherwise. Output comes merged or apart, as bytes; proc_lines splits it into lines. */
#ifndef KILN_PROC_H
#define KILN_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "core/err.h"
#include "core/str.h"

struct proc; /* opaque */

struct proc_opts {
	char *const *argv;   /* NULL-terminated; argv[0] is looked up in PATH. Borrowed during proc_start. */
	const char *cwd;     /* NULL: kiln's */
	char *const *env;    /* "NAME=value" added to the environment, "NAME" removed from it; NULL: none */
	int death_signal;    /* sent to the child when kiln dies; 0 means SIGTERM (make forwards it to its children) */
	const int *pass_fds; /* kept open in the child as descriptors 3, 4, …; not closed in kiln */
	size_t n_pass_fds;
	/* is_err: bytes came from stderr. NULL: output is discarded. */
	void (*on_output)(void *ctx, const char *bytes, size_t n, bool is_err);
	/* Called once after exit and after all output was delivered. status: exit code, or -1 if killed by `sig`. The
	 * proc is freed right after this returns. */
	void (*on_exit)(void *ctx, int status, int sig);
	void *ctx;
};

/* Start a child. Returns a handle owned by the loop (freed after on_exit), or NULL with *e set (tool not found names
 * the Debian package when known). */
struct proc *proc_start(uv_loop_t *loop, const struct proc_opts *o, struct err *e);
/* Send sig to the child's whole process group. */
void proc_kill(struct proc *p, int sig);
/* Cancel: SIGTERM to the group now, SIGKILL after grace_ms if it is still there. on_exit still comes. */
void proc_cancel(struct proc *p, unsigned grace_ms);
int proc_pid(const struct proc *p);
/* Detach: no more callbacks to ctx; the child is killed with SIGKILL. */
void proc_abandon(struct proc *p);

/* The same refusal proc_start gives for a tool that is not installed, naming its package. 0 if it is there. */
int proc_check_tool(const char *tool, struct err *e);
/* kiln's environment with `extra` ("NAME=value" set, "NAME" removed; may be NULL) laid over it, appended to env. */
void proc_env(struct strv *env, char *const *extra);

/* Run to completion without the loop's callbacks: for doctor's `tool --version` and tests. Captures stdout+stderr (at
 * most 1 MiB). Returns the exit status, -1 with *e set when it could not be started or passed timeout_ms (0: none). */
int proc_capture(char *const *argv, unsigned timeout_ms, struct buf *out, struct err *e);

/* Body of `kiln internal exec SIGNAL -- argv...`: sets the death signal and execs. Only returns on failure. */
int proc_exec_main(int argc, char **argv);

/* Splits a byte stream into lines. Zero-initialise. */
struct proc_lines {
	struct buf part;
};
/* Calls fn for every complete line (without its newline; CR before it dropped). Lines over 64 KiB are cut in pieces. */
void proc_lines_feed(struct proc_lines *l, const char *bytes, size_t n,
	void (*fn)(void *ctx, const char *line, size_t len), void *ctx);
/* Calls fn for a last line without newline, if there is one, and releases. */
void proc_lines_end(struct proc_lines *l, void (*fn)(void *ctx, const char *line, size_t len), void *ctx);

#endif
