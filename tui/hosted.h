/* hosted: a program of the learner's (an editor, gdb, a shell) in an embedded terminal: pty, emulator and the glue to a
 * pane. It sees a colour xterm of the pane's size; its bytes never reach the user's terminal. Used by the source pane.
 */
#ifndef KILN_HOSTED_H
#define KILN_HOSTED_H

#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"
#include "tui/draw.h"
#include "tui/key.h"

struct ui;

struct hosted_opts {
	char *const *argv; /* borrowed during hosted_start; argv[0] is looked up in PATH */
	const char *cwd;   /* NULL: kiln's */
	int rows, cols;
	/* It is over: status, or -1 and the signal that killed it. Once; call hosted_free then (or later). Not after
	 * hosted_free. */
	void (*on_exit)(void *ctx, int status, int sig);
	/* What it shows has changed (bump the pane's rev). */
	void (*on_change)(void *ctx);
	void *ctx;
};

struct hosted; /* opaque */
/* NULL with *e if it cannot be started. */
struct hosted *hosted_start(struct ui *ui, const struct hosted_opts *o, struct err *e);
/* Kill it if it still runs, and release. NULL is allowed. */
void hosted_free(struct hosted *h);
void hosted_draw(struct hosted *h, const struct draw *d, bool focused);
/* A key for the program. One that is suspended is woken first. */
bool hosted_key(struct hosted *h, const struct key *k);
bool hosted_mouse(struct hosted *h, const struct mouse *m);
void hosted_resize(struct hosted *h, int rows, int cols);
/* Ask it to end (SIGHUP); again, or after 2 s: SIGKILL. */
void hosted_kill(struct hosted *h);
bool hosted_running(const struct hosted *h);
/* The title the program has set, made safe; "" if none. */
const char *hosted_title(const struct hosted *h);

/* The command line of the user's editor for a file: $VISUAL, else $EDITOR (both may have arguments), else nano, else
 * vi; at a line (0: none) where the editor is known to take one. Returns 0, or -1 with *e if there is none. */
int hosted_editor(const char *file, int line, struct strv *argv, struct err *e);

#endif
