/* whichkey: see whichkey.h. A passive overlay that draws nothing until a key sequence has been unfinished for a moment.
 * The timer runs once for each prefix, so an idle screen wakes for nothing. */
#include "tui/whichkey.h"

#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"

enum { WAIT_MS = 350, HINTS_MAX = 64, HINT_COLS = 38, KEY_COLS = 10 };

struct whichkey {
	struct overlay o;
	uv_timer_t timer;
	bool shown;
};

struct hint {
	char key[KEY_COLS + 16]; /* all keys of the command, with blanks between */
	const char *command;     /* borrowed from the keymap; NULL: more keys must follow */
};

struct hints {
	struct hint row[HINTS_MAX];
	size_t n;
};

/* Keys that stand for the same command share a row. */
static void add_hint(void *ctx, const char *next_key, const char *command)
{
	struct hints *h = ctx;
	for (size_t i = 0; i < h->n && command != NULL; i++) {
		struct hint *row = &h->row[i];
		size_t used = strlen(row->key);
		if (row->command == NULL || strcmp(row->command, command) != 0)
			continue;
		if (used + 1 + strlen(next_key) < KEY_COLS)
			snprintf(row->key + used, sizeof(row->key) - used, " %s", next_key);
		return;
	}
	if (h->n == HINTS_MAX)
		return;
	struct hint *row = &h->row[h->n++];
	snprintf(row->key, sizeof(row->key), "%s", next_key);
	row->command = command;
}

/* A command line as a person reads it: its help, when it has no arguments, else the line itself. */
static const char *text_of(const struct ui *ui, const char *command)
{
	const struct cmd *cmd = command != NULL ? cmd_find(&ui->app->commands, command) : NULL;
	return command == NULL ? "…" : cmd != NULL ? _(cmd->help) : command;
}

static void draw_whichkey(struct overlay *o, const struct draw *screen)
{
	struct whichkey *w = (struct whichkey *)o;
	const struct key *keys;
	const char *const *contexts;
	size_t n = w->shown ? ui_pending(o->ui, &keys, &contexts) : 0;
	if (n == 0 || screen->rows < 3)
		return;
	struct hints h = {.n = 0};
	keymap_continuations(o->ui->keymap, contexts, keys, n, add_hint, &h);
	int columns = screen->cols / HINT_COLS > 0 ? screen->cols / HINT_COLS : 1;
	int width = screen->cols / columns, rows = ((int)h.n + columns - 1) / columns;
	rows = rows < screen->rows - 1 ? rows : screen->rows - 1;
	struct draw d = draw_sub(screen, screen->rows - 1 - rows, 0, rows, screen->cols);
	draw_fill(&d, STYLE_OVERLAY);
	for (size_t i = 0; i < h.n && (int)i / rows < columns; i++) {
		int y = (int)i % rows, x = (int)i / rows * width;
		int after = draw_text(&d, y, x + 1, STYLE_KEY, h.row[i].key);
		after = after < x + KEY_COLS ? x + KEY_COLS : after;
		draw_ellipsis(&d, y, after + 1, x + width - after - 2, STYLE_OVERLAY, text_of(o->ui, h.row[i].command));
	}
}

static void freed(uv_handle_t *timer)
{
	free(timer->data);
}

static void close_whichkey(struct overlay *o)
{
	struct whichkey *w = (struct whichkey *)o;
	o->ui->on_pending = NULL;
	uv_close((uv_handle_t *)&w->timer, freed);
}

static const struct overlay_ops whichkey_ops = {
	.context = "overlay",
	.draw = draw_whichkey,
	.close = close_whichkey,
	.passive = true,
};

static struct whichkey *find(struct ui *ui)
{
	struct overlay *o = ui->top;
	while (o != NULL && o->ops != &whichkey_ops)
		o = o->below;
	return (struct whichkey *)o;
}

static void waited(uv_timer_t *timer)
{
	struct whichkey *w = timer->data;
	w->shown = true;
	ui_touch(w->o.ui);
}

static void pending(struct ui *ui)
{
	struct whichkey *w = find(ui);
	const struct key *keys;
	const char *const *contexts;
	if (w == NULL)
		return;
	if (ui_pending(ui, &keys, &contexts) > 0) {
		if (!w->shown)
			uv_timer_start(&w->timer, waited, WAIT_MS, 0);
		return;
	}
	uv_timer_stop(&w->timer);
	w->shown = false;
	ui_touch(ui);
}

void whichkey_start(struct ui *ui)
{
	struct whichkey *w = xcalloc(1, sizeof(*w));
	w->o.ops = &whichkey_ops;
	uv_timer_init(ui->app->loop, &w->timer);
	w->timer.data = w;
	ui_push(ui, &w->o);
	ui->on_pending = pending;
}
