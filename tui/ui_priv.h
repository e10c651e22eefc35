/* ui_priv: what the parts of the ui (ui.c, ui_run.c, ui_keys.c, ui_draw.c, ui_cmd.c, ui_msg.c, strip.c, funcbar.c,
 * script.c) share and nobody else sees. */
#ifndef KILN_UI_PRIV_H
#define KILN_UI_PRIV_H

#include "tui/ui.h"

#define UI_SEQUENCE_MAX 8
#define UI_CONTEXTS_MAX 6
#define UI_SPANS_MAX    64

/* A command under way. */
struct ui_call {
	struct cmd_call *call;
	struct ui *ui;
	struct ui_call *next;
	uint64_t since_ns;
	void (*then)(void *ctx, bool ok); /* ui_command_then */
	void *then_ctx;
};

/* A place that a click runs a command for: a stage of the strip, a label of the function bar, a tab. */
struct ui_span {
	int y, x, cols;
	char *command; /* owned */
};

struct script;

struct ui_private {
	/* the loop (ui_run.c) */
	uv_prepare_t prepare;
	uv_poll_t tty;
	uv_timer_t frame, escape, clock, late;
	uv_signal_t signal[3]; /* WINCH, TSTP, CONT */
	bool has_tty;
	uint64_t drawn_ns;     /* when the last frame was drawn */
	uint64_t key_drawn_ns; /* when the last one that showed a key was */
	bool keyed;            /* a key has come since the last frame */
	uint64_t drawn_mark;   /* what it showed: a digest of all revs */
	bool winch, quit;
	unsigned frames;
	bool refreshed; /* the pipeline's states have been computed after the first frame */
	/* keys (ui_keys.c) */
	struct key key[UI_SEQUENCE_MAX];
	size_t n_key;
	const char *context[UI_CONTEXTS_MAX + 1];
	int dragging;         /* border in hand, -1 */
	int hover;            /* stage of the strip under the pointer, -1 */
	struct pane *pressed; /* the pane that the mouse button went down in */
	struct mouse last_press;
	uint64_t last_press_ns;
	/* commands (ui_cmd.c) */
	struct ui_call *calls; /* newest first */
	struct buf output;     /* report lines not yet shown as a message */
	bool read_only;        /* another kiln holds the lab */
	/* messages (ui_msg.c) */
	uint64_t started_ns;
	size_t seen; /* messages before this one no longer stand in the message line */
	/* drawing (ui_draw.c) */
	struct ui_span span[UI_SPANS_MAX];
	size_t n_span;
	struct ui_spot *spot; /* what the lesson points at (spot.c) */
	size_t n_spot;
	struct script *script; /* or NULL */
	struct preflight *preflight;
};

/* ui.c: over a screen (taken); the lab is open already if there is one. NULL with *e. */
struct ui *ui_new(struct app *app, struct screen *screen, struct err *e);
void ui_free(struct ui *ui);
/* The top overlay that takes keys, or NULL. */
struct overlay *ui_modal(const struct ui *ui);
/* The focused pane, or NULL. */
struct pane *ui_focused_pane(const struct ui *ui);
/* The focused pane if it takes all keys now, else NULL (ui_keys.c). */
const struct pane *ui_captured(const struct ui *ui);
/* Say how the lab stands in the note that a crash would leave. */
void ui_note_state(struct ui *ui);

/* ui_run.c */
int ui_loop(struct ui *ui);
void ui_quit(struct ui *ui);

/* ui_draw.c: the whole picture; the digest of everything it depends on; the pane's inside at a place. */
void ui_draw(struct ui *ui);
uint64_t ui_mark(const struct ui *ui);
/* The inside (without its frame) of a pane's rectangle; rows 0: not shown. */
struct rect ui_inside(const struct ui *ui, const struct pane *p);
void ui_add_span(struct ui *ui, int y, int x, int cols, const char *command);

/* strip.c, funcbar.c: one row each. */
void strip_draw(struct ui *ui, const struct draw *d);
/* A stage's state, the reason, and (a second line) the command that made it. id < 0: of every stage that is not fresh.
 * Returns owned. */
char *strip_why(const struct pipeline *p, int id);
void funcbar_draw(struct ui *ui, const struct draw *d);

/* ui_msg.c: the line above the function bar; the last message has been seen. */
void ui_message_line(struct ui *ui, const struct draw *d);
void ui_message_seen(struct ui *ui);
void ui_messages_free(struct ui *ui);

/* ui_keys.c */
void ui_key(struct ui *ui, const struct key *k);

/* ui_cmd.c: calls under way. */
void ui_flush_output(struct ui *ui);
void ui_report_sink(void *ctx, const char *line);
/* Stop the newest thing that can be stopped; false if there is none. */
bool ui_cancel(struct ui *ui);
/* Nothing runs and nothing is pending: what `wait idle` waits for. */
bool ui_idle(const struct ui *ui);

/* script.c: go on with the script; called once in each turn of the loop. */
void script_step(struct ui *ui);
/* Close its handles. */
void script_stop(struct ui *ui);

#endif
