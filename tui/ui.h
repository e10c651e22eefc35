/* ui: the screen as a whole: owns the panes, layout, keymap, theme, overlay stack and the one place that draws, all on
 * the application's libuv loop. Drawn once before the loop sleeps, only if something shown has changed. Dialogs are
 * states on the overlay stack, never loops of their own. Panes and overlays reach everything through this header. */
#ifndef KILN_UI_H
#define KILN_UI_H

#include <stdbool.h>
#include <uv.h>

#include "core/app.h"
#include "tui/draw.h"
#include "tui/key.h"
#include "tui/keymap.h"
#include "tui/layout.h"
#include "tui/pane.h"

struct overlay;
/* A dialog, menu, prompt or help page above the panes. Freed by close. */
struct overlay_ops {
	const char *context; /* key context: "prompt", "overlay" */
	void (*draw)(struct overlay *o, const struct draw *screen);
	/* Every key that no binding of its context took. */
	bool (*key)(struct overlay *o, const struct key *k);
	/* What the commands prompt.* and overlay.* mean to it: "accept", "cancel", "close", "complete", "edit left" …
	 * (tui/cmd_ui.c passes them to the top). Returns false if it has no use for it. May be NULL. */
	bool (*act)(struct overlay *o, const char *what);
	bool (*mouse)(struct overlay *o, const struct mouse *m);
	void (*close)(struct overlay *o);
	bool passive; /* takes no keys (which-key hints): keys go on to what is below */
};
struct overlay {
	const struct overlay_ops *ops;
	struct ui *ui;
	struct overlay *below;
};

enum ui_level { UI_INFO, UI_OK, UI_WARNING, UI_ERROR };
struct ui_message {
	enum ui_level level;
	uint64_t at_ms; /* since start */
	char *text;     /* owned; may hold several lines */
};

struct ui {
	struct app *app;
	struct screen *screen;
	struct theme *theme;
	struct keymap *keymap;
	struct layout *layout;
	struct pane *panes; /* n_panes, order of pane_table */
	size_t n_panes;
	struct overlay *top; /* overlay stack */
	struct ui_message *message;
	size_t n_message;
	unsigned rev;              /* bump (ui_touch) to have the screen drawn again */
	bool jobs_running;         /* a pipeline build or another long command is under way */
	struct progress *progress; /* of the running job, or NULL */
	/* The key sequence typed so far is not whole yet, or has ended (ui_pending). For key hints; may be NULL. */
	void (*on_pending)(struct ui *ui);
	/* A command line is about to run. For lessons; may be NULL. */
	void (*on_command)(struct ui *ui, const char *line);
	struct ui_private *priv; /* ui_priv.h: handles, calls, pending keys, script */
};

/* Open the screen on the terminal (or with --script in memory, or --plain) and run until `quit`. A cli_screen (cli.h).
 */
int ui_main(struct app *app);
/* The commands of the screen: the ui's own and those of all panes. */
void ui_register(struct cmd_table *t);

/* The keys typed so far after a prefix, and the contexts that are searched for more (NULL-terminated; borrowed, valid
 * until the next key). Returns their number, 0 when none is pending. */
size_t ui_pending(const struct ui *ui, const struct key **keys, const char *const **contexts);
/* Ask for a redraw before the loop sleeps next. */
static inline void ui_touch(struct ui *ui)
{
	ui->rev++;
}
/* Run a command line, as typed at `:` (a key binding, a click, a lesson do the same). Errors become messages. */
void ui_command(struct ui *ui, const char *line);
/* The same, and then(ctx, ok) once when it is over; at once, with ok false, if it cannot run. then may be NULL. */
void ui_command_then(struct ui *ui, const char *line, void (*then)(void *ctx, bool ok), void *ctx);
/* Tell the user: the line above the function bar, and the messages pane. */
void ui_say(struct ui *ui, enum ui_level level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
enum style ui_level_style(enum ui_level level);
/* Tell an error whole (message, evidence, hint); it is emptied. */
void ui_error(struct ui *ui, struct err *e);
/* A pane by name; NULL if there is none of that name. */
struct pane *ui_pane(struct ui *ui, const char *name);
void ui_focus(struct ui *ui, const char *name);
bool ui_focused(const struct ui *ui, const struct pane *p);

/* Overlay stack. push takes o (heap, its ops and ui set). */
void ui_push(struct ui *ui, struct overlay *o);
void ui_pop(struct ui *ui, struct overlay *o);
bool ui_asking(const struct ui *ui); /* does one that takes keys stand there (hints do not)? */
/* Ask before something. choices: "y=Overwrite|n=Keep" (key = label, labels gettext'd), or "yn" for Yes and No. The last
 * one is what Enter takes at first. answer(ctx, key) comes once, 0 for Esc. (tui/confirm.c) */
void ui_confirm(
	struct ui *ui, const char *question, const char *choices, void (*answer)(void *ctx, char key), void *ctx);
/* A one-line prompt with history; done(ctx, text) once, NULL for Esc; change (may be NULL) on each edit (prompt.c). */
struct ui_prompt {
	const char *label, *initial, *history; /* history: name of the history kept, or NULL */
	void (*change)(void *ctx, const char *text);
	void (*done)(void *ctx, const char *text);
	void *ctx;
	/* What may stand instead of the text from *from up to the cursor, for Tab (tui/complete.h has it for command
	 * lines). May be NULL. */
	void (*complete)(void *ctx, const char *text, size_t at, struct strv *out, size_t *from);
};
void ui_prompt(struct ui *ui, const struct ui_prompt *p);
/* Copy to the host terminal's clipboard by OSC 52, if allowed (setting), and to kiln's own. */
void ui_copy(struct ui *ui, const char *text, size_t n);

/* Something changed in the lab (file saved, config changed): states are recomputed, panes told through their rev. */
void ui_lab_changed(struct ui *ui);
/* Show a source place in the source pane: file relative to the lab or absolute. */
void ui_show_source(struct ui *ui, const char *file, int line, int col);

#endif
