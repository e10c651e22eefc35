/* whichkey: see whichkey.h. A passive overlay that draws nothing until a key sequence has been unfinished for a moment.
 * The timer runs once for each prefix, so an idle screen wakes for nothing. */
#include "tui/whichkey.h"

#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/popup.h"

enum { WAIT_MS = 350, HINTS_MAX = 64, HINT_COLS = 30 };

struct whichkey {
	struct overlay o;
	uv_timer_t timer;
	bool shown;
};

struct hint {
	char key[16];
	char *text; /* owned */
};

struct hints {
	struct ui *ui;
	struct hint row[HINTS_MAX];
	size_t n;
};

/* A command line as a person reads it: its help, when it has no arguments, else the line itself. */
static void add_hint(void *ctx, const char *next_key, const char *command)
{
	struct hints *h = ctx;
	if (h->n == HINTS_MAX)
		return;
	const struct cmd *cmd = command != NULL ? cmd_find(&h->ui->app->commands, command) : NULL;
	struct hint *row = &h->row[h->n++];
	snprintf(row->key, sizeof(row->key), "%s", next_key);
	row->text = xstrdup(command == NULL ? "…" : cmd != NULL ? _(cmd->help) : command);
}

static struct whichkey *find(struct ui *ui);

static void draw_whichkey(struct overlay *o, const struct draw *screen)
{
	struct whichkey *w = (struct whichkey *)o;
	const struct key *keys;
	const char *const *contexts;
	size_t n = w->shown ? ui_pending(o->ui, &keys, &contexts) : 0;
	if (n == 0 || screen->rows < 3)
		return;
	struct hints h = {.ui = o->ui};
	keymap_continuations(o->ui->keymap, contexts, keys, n, add_hint, &h);
	int columns = screen->cols / HINT_COLS > 0 ? screen->cols / HINT_COLS : 1;
	int width = screen->cols / columns, rows = ((int)h.n + columns - 1) / columns;
	int most = screen->rows - 1 < 10 ? screen->rows - 1 : 10;
	rows = rows < most ? rows : most;
	struct draw d = draw_sub(screen, screen->rows - 1 - rows, 0, rows, screen->cols);
	draw_fill(&d, STYLE_OVERLAY);
	for (size_t i = 0; i < h.n; i++) {
		int y = (int)i % rows, x = (int)i / rows * width;
		if (x + width > screen->cols)
			break;
		int after = draw_text(&d, y, x + 1, STYLE_KEY, h.row[i].key);
		after = after < x + 5 ? x + 5 : after;
		draw_ellipsis(&d, y, after + 1, x + width - after - 2, STYLE_OVERLAY, h.row[i].text);
	}
	for (size_t i = 0; i < h.n; i++)
		free(h.row[i].text);
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
