/* console: what the parts of the console pane share: pane_console.c (drawing, keys, mouse), console_vm.c (the machine:
 * the pipeline's boot stage hands it over, see boot_host), console_rec.c (recording), console_cmd.c (commands). Nobody
 * else includes this. */
#ifndef KILN_CONSOLE_H
#define KILN_CONSOLE_H

#include <stdio.h>
#include <uv.h>

#include "core/boot.h"
#include "core/bootcause.h"
#include "core/expect.h"
#include "core/proc.h"
#include "core/transcript.h"
#include "core/vm.h"
#include "tui/ui.h"
#include "tui/vt.h"

#define CONSOLE_SCROLLBACK 10000
#define CONSOLE_TIMERS     3

struct console {
	struct pane *pane;
	struct vt *vt; /* NULL until the first boot */

	/* the machine (console_vm.c) */
	struct vm *vm; /* NULL: none runs */
	enum vm_face face;
	struct boot_host host;
	struct boot_params p; /* of the machine; strings owned */
	struct op_cb cb;      /* of the boot stage */
	bool waiting;         /* the boot stage waits for cb.done */
	bool probing;         /* an accelerator's probe is under way */
	bool starting;        /* inside host.start */
	bool closing;
	struct err start_error;
	struct boot_result result;
	struct expect *expect;
	struct transcript safe;
	struct proc_lines lines;
	struct bootcause cause;
	char *panic; /* the panic line, or NULL */
	char *ended; /* how the last machine ended, or NULL */
	uv_timer_t deadline, frame, panic_timer;
	int open_timers;

	/* looking around (pane_console.c) */
	bool viewing; /* keys move the view instead of going to the machine */
	bool marking;
	int vy, vx;    /* the view's cursor */
	bool dragged;  /* the mouse has moved since its button went down */
	char *pattern; /* last searched for */

	/* recording (console_rec.c) */
	FILE *record;
	char *record_path;
	struct strv seen; /* rows of the VGA screen that are recorded */
};

/* console_vm.c */
void console_vm_open(struct console *c);
/* Kills the machine; c is freed when its handles are closed. */
void console_vm_close(struct console *c);
/* Type at the machine. */
void console_vm_type(struct console *c, const char *bytes, size_t n);
/* "running", "paused", "panicked", "ended", "none": for the status; translated. */
const char *console_vm_state(const struct console *c);

/* console_rec.c */
void console_rec_toggle(struct console *c, struct err *e);
void console_rec_text(struct console *c, const char *text, size_t n);
/* The VGA screen has changed: record the rows above the cursor's that are new. */
void console_rec_rows(struct console *c, const struct strv *rows, size_t cursor);
void console_rec_close(struct console *c);

/* pane_console.c: look around from the present place; go back to the machine; copy what is marked, or the screen. */
void console_view(struct console *c, bool on);
void console_move(struct console *c, int dy, int dx);
void console_copy(struct console *c);

/* console_cmd.c */
#define CONSOLE_COMMANDS 15
extern const struct cmd console_commands[CONSOLE_COMMANDS];

#endif
