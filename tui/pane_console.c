/* pane_console: the console of the machine on the screen: serial line or VGA text screen in a terminal emulator, its
 * state, banners for a panic and an end, looking around, marking and copying. While a machine runs it takes all keys
 * but the prefix, unless one is looking around. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "tui/console.h"

static int open_pane(struct pane *p, struct err *e)
{
	struct console *c = xcalloc(1, sizeof(*c));
	(void)e;
	c->pane = p;
	p->state = c;
	console_vm_open(c);
	return 0;
}

static void close_pane(struct pane *p)
{
	struct console *c = p->state;
	free(c->pattern);
	console_vm_close(c);
	p->state = NULL;
}

static bool captures(const struct pane *p)
{
	const struct console *c = p->state;
	return c->vm != NULL && !c->viewing;
}

/* --- looking around --- */

void console_view(struct console *c, bool on)
{
	if (c->vt == NULL)
		return;
	if (on && !c->viewing)
		vt_cursor(c->vt, &c->vy, &c->vx);
	if (!on) {
		vt_scroll_end(c->vt);
		vt_select_none(c->vt);
		c->marking = false;
	}
	c->viewing = on;
	pane_touch(c->pane);
}

/* Move the view's cursor; at the edges the view scrolls. */
void console_move(struct console *c, int dy, int dx)
{
	int rows = c->pane->rows > 0 ? c->pane->rows : 1, cols = c->pane->cols > 0 ? c->pane->cols : 1;
	int y = c->vy + dy, over = y < 0 ? y : y >= rows ? y - rows + 1 : 0;
	if (over != 0)
		vt_scroll(c->vt, -over);
	c->vy = y - over;
	c->vx = c->vx + dx < 0 ? 0 : c->vx + dx >= cols ? cols - 1 : c->vx + dx;
	if (c->marking) {
		int vy = c->vy, vx = c->vx;
		vt_at(c->vt, &vy, &vx);
		vt_select_to(c->vt, vy, vx);
	}
	pane_touch(c->pane);
}

void console_copy(struct console *c)
{
	struct buf b = {0};
	struct strv rows = {0};
	if (c->vt == NULL)
		return;
	if (!vt_select_copy(c->vt, &b)) {
		vt_screen_text(c->vt, &rows);
		while (rows.n > 0 && rows.v[rows.n - 1][0] == '\0')
			strv_remove(&rows, rows.n - 1);
		for (size_t i = 0; i < rows.n; i++)
			buf_addf(&b, "%s\n", rows.v[i]);
	}
	if (b.n > 0)
		ui_copy(c->pane->ui, b.p, b.n);
	c->marking = false;
	strv_done(&rows);
	buf_done(&b);
	pane_touch(c->pane);
}

/* --- drawing --- */

/* A row of a banner; returns the next row. */
static int banner(const struct draw *d, int y, enum style s, const char *label, const char *text)
{
	if (y >= d->rows || text == NULL)
		return y;
	struct draw row = draw_sub(d, y, 0, 1, d->cols);
	draw_fill(&row, s);
	int x = draw_textf(&row, 0, 1, s, "%s ", label);
	draw_ellipsis(&row, 0, x, d->cols - x - 1, s, text);
	return y + 1;
}

static void draw_banners(const struct console *c, const struct draw *d)
{
	int y = 0;
	if (c->panic != NULL) {
		char *cause = bootcause_text(&c->cause), *hint = bootcause_hint(&c->cause);
		y = banner(d, y, STYLE_ERROR, _("panicked:"), cause != NULL ? cause : c->panic);
		y = banner(d, y, STYLE_WARNING, _("next:"), hint);
		free(cause);
		free(hint);
	}
	if (c->vm == NULL && c->ended != NULL)
		banner(d, y, STYLE_WARNING, _("ended:"), c->ended);
}

static void draw_empty(const struct console *c, const struct draw *d)
{
	const char *key = keymap_keys_of(c->pane->ui->keymap, "global", "run");
	draw_fill(d, STYLE_TEXT);
	const int y = draw_paragraph(d, 0, 1, STYLE_DIM, _("No machine runs yet."));
	struct buf b = {0};
	buf_addf(&b, _("%s builds what is missing and boots it."), key != NULL ? key : ":run");
	draw_paragraph(d, y, 1, STYLE_DIM, b.p);
	buf_done(&b);
}

static void draw_pane(struct pane *p, const struct draw *d, bool focused)
{
	struct console *c = p->state;
	if (c->vt == NULL) {
		draw_empty(c, d);
		return;
	}
	vt_draw(c->vt, d, focused && captures(p));
	draw_banners(c, d);
	if (focused && c->viewing)
		draw_cursor(d, c->vy, c->vx);
}

static void resize(struct pane *p, int rows, int cols)
{
	struct console *c = p->state;
	if (c->vt != NULL && c->face == VM_SERIAL && rows > 0 && cols > 0)
		vt_resize(c->vt, rows, cols);
	c->vy = c->vy < rows ? c->vy : rows > 0 ? rows - 1 : 0;
}

/* Add a part of the status if it still fits beside the title; the more telling come first. */
static void add_status(const struct pane *p, struct buf *out, const char *part)
{
	int title = draw_width(_(p->ops->title), strlen(_(p->ops->title)), 0);
	int used = out->n > 0 ? draw_width(out->p, out->n, 0) : 0, more = draw_width(part, strlen(part), 0);
	if (part[0] != '\0' && title + used + more + 8 <= p->cols)
		buf_addf(out, "%s%s", out->n > 0 ? ", " : "", part);
}

static void status(const struct pane *p, struct buf *out)
{
	const struct console *c = p->state;
	char part[64];
	add_status(p, out, console_vm_state(c));
	if (c->viewing && vt_scrolled(c->vt) > 0) {
		snprintf(part, sizeof(part), _("%u lines back"), vt_scrolled(c->vt));
		add_status(p, out, part);
	} else if (c->viewing) {
		add_status(p, out, _("looking around"));
	}
	if (c->record != NULL)
		add_status(p, out, _("recording"));
	if (c->vm != NULL)
		add_status(p, out, c->p.face);
	if (c->vm != NULL && c->result.prompt_s >= 0) {
		snprintf(part, sizeof(part), _("prompt %.2f s"), c->result.prompt_s);
		add_status(p, out, part);
	}
}

/* --- input --- */

static bool key(struct pane *p, const struct key *k)
{
	struct console *c = p->state;
	if (!captures(p))
		return false;
	if (vt_scrolled(c->vt) > 0)
		vt_scroll_end(c->vt);
	pane_touch(p);
	return vt_key(c->vt, k);
}

static bool mouse(struct pane *p, const struct mouse *m)
{
	struct console *c = p->state;
	struct mouse at = *m;
	if (c->vt == NULL)
		return false;
	vt_at(c->vt, &at.y, &at.x);
	if (captures(p) && vt_wants_mouse(c->vt) && !(m->mod & KEY_SHIFT))
		return vt_mouse(c->vt, &at);
	if (m->kind != MOUSE_MOVE)
		pane_touch(p);
	switch (m->kind) {
	case MOUSE_WHEEL_UP:
		vt_scroll(c->vt, 3);
		return true;
	case MOUSE_WHEEL_DOWN:
		vt_scroll(c->vt, -3);
		return true;
	case MOUSE_PRESS:
		vt_select_none(c->vt);
		vt_select_begin(c->vt, at.y, at.x);
		c->dragged = false;
		return true;
	case MOUSE_DRAG:
		vt_select_to(c->vt, at.y, at.x);
		c->dragged = true;
		return true;
	case MOUSE_RELEASE:
		if (c->dragged)
			console_copy(c);
		else
			vt_select_none(c->vt);
		return true;
	case MOUSE_MOVE:
		break;
	}
	return false;
}

const struct pane_ops pane_console = {
	.name = "console",
	.title = N_("Console"),
	.open = open_pane,
	.close = close_pane,
	.draw = draw_pane,
	.resize = resize,
	.captures = captures,
	.key = key,
	.mouse = mouse,
	.status = status,
	.commands = console_commands,
	.n_commands = CONSOLE_COMMANDS,
};
