/* ui_keys: what a key or a mouse event does: bindings first (overlay or pane, then outwards), then the overlay or pane
 * itself. A captured terminal keeps every key but those bound in the context `global`, and its own pane's sequences
 * that begin with a global prefix. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/ui_priv.h"

#define DOUBLE_CLICK_NS UINT64_C(400000000)

static bool captured(const struct pane *p)
{
	return p != NULL && p->ops->captures != NULL && p->ops->captures(p);
}

const struct pane *ui_captured(const struct ui *ui)
{
	const struct pane *p = ui_modal(ui) == NULL ? ui_focused_pane(ui) : NULL;
	return captured(p) ? p : NULL;
}

/* Does a sequence that begins with this key belong to kiln even while a terminal has the keyboard? */
static bool begins_global(const struct ui *ui, const struct key *k)
{
	static const char *const global[] = {"global", NULL};
	const char *command;
	return keymap_find(ui->keymap, global, k, 1, &command) == KEYMAP_PREFIX;
}

/* The contexts to search for a sequence that begins with `first` (NULL: any). */
static const char *const *contexts(struct ui *ui, const struct key *first)
{
	const struct overlay *o = ui_modal(ui);
	const struct pane *p = ui_focused_pane(ui);
	const char **c = ui->priv->context;
	size_t n = 0;
	if (o != NULL) {
		c[n++] = o->ops->context;
	} else if (captured(p)) {
		if (first == NULL || begins_global(ui, first))
			c[n++] = p->ops->name;
	} else {
		if (p != NULL)
			c[n++] = p->ops->name;
		c[n++] = "normal";
	}
	c[n++] = "global";
	c[n] = NULL;
	return c;
}

size_t ui_pending(const struct ui *ui, const struct key **keys, const char *const **context)
{
	struct ui_private *v = ui->priv;
	*keys = v->key;
	*context = contexts((struct ui *)ui, v->n_key > 0 ? &v->key[0] : NULL);
	return v->n_key;
}

static void pending_changed(struct ui *ui)
{
	if (ui->on_pending != NULL)
		ui->on_pending(ui);
	ui_touch(ui);
}

static void forget_sequence(struct ui *ui)
{
	if (ui->priv->n_key == 0)
		return;
	ui->priv->n_key = 0;
	pending_changed(ui);
}

/* A key that no binding took. */
static void pass_on(struct ui *ui, const struct key *k)
{
	struct overlay *o = ui_modal(ui);
	struct pane *p = ui_focused_pane(ui);
	if (o != NULL) {
		if (o->ops->key != NULL)
			o->ops->key(o, k);
		ui_touch(ui);
	} else if (p != NULL && p->ops->key != NULL) {
		if (p->ops->key(p, k))
			pane_touch(p);
	}
}

static void unbound(struct ui *ui)
{
	struct buf b = {0};
	for (size_t i = 0; i < ui->priv->n_key; i++) {
		char name[16];
		key_label(&ui->priv->key[i], name);
		buf_addf(&b, "%s%s", i > 0 ? " " : "", name);
	}
	ui_say(ui, UI_WARNING, _("%s is not bound to a command"), b.p);
	buf_done(&b);
}

static void press(struct ui *ui, const struct key *k)
{
	struct ui_private *v = ui->priv;
	const char *command = NULL;
	v->key[v->n_key++] = *k;
	enum keymap_hit hit = keymap_find(ui->keymap, contexts(ui, &v->key[0]), v->key, v->n_key, &command);
	if (hit == KEYMAP_PREFIX && v->n_key < UI_SEQUENCE_MAX) {
		pending_changed(ui);
		return;
	}
	if (hit == KEYMAP_COMMAND) {
		char *line = xstrdup(command); /* the command may change the keymap */
		forget_sequence(ui);
		ui_command(ui, line);
		free(line);
		return;
	}
	bool single = v->n_key == 1;
	if (!single)
		unbound(ui);
	forget_sequence(ui);
	if (single)
		pass_on(ui, k);
}

/* --- mouse --- */

static const struct ui_span *span_at(const struct ui *ui, const struct mouse *m)
{
	for (size_t i = 0; i < ui->priv->n_span; i++) {
		const struct ui_span *s = &ui->priv->span[i];
		if (m->y == s->y && m->x >= s->x && m->x < s->x + s->cols)
			return s;
	}
	return NULL;
}

static bool run_span(struct ui *ui, const struct mouse *m)
{
	const struct ui_span *s = span_at(ui, m);
	if (s == NULL)
		return false;
	char *line = xstrdup(s->command);
	ui_command(ui, line);
	free(line);
	return true;
}

/* The pointer moves with no button down: over a stage of the strip the reason is told. */
static void hover(struct ui *ui, const struct mouse *m)
{
	const struct ui_span *s = ui_modal(ui) == NULL ? span_at(ui, m) : NULL;
	int stage = s != NULL && str_starts(s->command, "why ") ? pipeline_stage_find(s->command + 4) : -1;
	if (stage == ui->priv->hover)
		return;
	ui->priv->hover = stage;
	ui_touch(ui);
}

static void to_pane(struct ui *ui, struct pane *p, const struct mouse *m)
{
	struct rect in = ui_inside(ui, p);
	struct mouse rel = *m;
	rel.y -= in.y;
	rel.x -= in.x;
	bool inside = rel.y >= 0 && rel.x >= 0 && rel.y < in.rows && rel.x < in.cols;
	if (p->ops->mouse == NULL || (!inside && m->kind != MOUSE_DRAG && m->kind != MOUSE_RELEASE))
		return;
	if (p->ops->mouse(p, &rel))
		pane_touch(p);
}

static void count_clicks(struct ui *ui, struct mouse *m)
{
	struct ui_private *v = ui->priv;
	uint64_t now = uv_hrtime();
	bool again = v->last_press_ns != 0 && now - v->last_press_ns < DOUBLE_CLICK_NS && v->last_press.y == m->y &&
		     v->last_press.x == m->x && v->last_press.button == m->button;
	m->clicks = again ? 2 : 1;
	v->last_press = *m;
	v->last_press_ns = again ? 0 : now;
}

static void mouse_press(struct ui *ui, struct mouse *m)
{
	struct ui_private *v = ui->priv;
	count_clicks(ui, m);
	if (m->button == 1 && run_span(ui, m))
		return;
	const char *name = layout_at(ui->layout, m->y, m->x);
	struct pane *p = name != NULL ? ui_pane(ui, name) : NULL;
	struct rect in = p != NULL ? ui_inside(ui, p) : (struct rect){0};
	bool on_frame = p == NULL || m->y < in.y || m->x < in.x || m->y >= in.y + in.rows || m->x >= in.x + in.cols;
	if (m->button == 1 && on_frame)
		v->dragging = layout_border_at(ui->layout, m->y, m->x);
	if (v->dragging >= 0 || p == NULL)
		return;
	ui_focus(ui, name);
	v->pressed = p;
	to_pane(ui, p, m);
}

static void mouse_move(struct ui *ui, const struct mouse *m)
{
	struct ui_private *v = ui->priv;
	if (v->dragging >= 0) {
		layout_drag(ui->layout, v->dragging, m->y, m->x);
		ui_touch(ui);
	} else if (v->pressed != NULL) {
		to_pane(ui, v->pressed, m);
	}
	if (m->kind == MOUSE_RELEASE) {
		v->dragging = -1;
		v->pressed = NULL;
	}
}

/* Does the pane under the pointer explain what it is over? */
static bool hovers(struct ui *ui, const struct mouse *m)
{
	const char *name = layout_at(ui->layout, m->y, m->x);
	const struct pane *p = name != NULL ? ui_pane(ui, name) : NULL;
	return p != NULL && p->ops->hover;
}

static void mouse(struct ui *ui, const struct mouse *event)
{
	struct mouse m = *event;
	struct overlay *o = ui_modal(ui);
	const bool move = m.kind == MOUSE_MOVE;
	if (move)
		hover(ui, &m);
	if (move && ui_captured(ui) == NULL && (o != NULL || !hovers(ui, &m)))
		return; /* only programs in a terminal and some panes have a use for it */
	if (o != NULL) {
		if (m.kind == MOUSE_PRESS)
			count_clicks(ui, &m);
		if (o->ops->mouse != NULL)
			o->ops->mouse(o, &m);
		ui_touch(ui);
		return;
	}
	if (m.kind == MOUSE_PRESS) {
		mouse_press(ui, &m);
	} else if (m.kind == MOUSE_DRAG || m.kind == MOUSE_RELEASE) {
		mouse_move(ui, &m);
	} else {
		const char *name = layout_at(ui->layout, m.y, m.x);
		struct pane *p = name != NULL ? ui_pane(ui, name) : NULL;
		if (p != NULL)
			to_pane(ui, p, &m);
	}
}

void ui_key(struct ui *ui, const struct key *k)
{
	if (k->code == K_MOUSE)
		mouse(ui, &k->mouse);
	else if (k->code == K_PASTE)
		pass_on(ui, k);
	else if (k->code != K_NONE && k->code != K_RESIZE)
		press(ui, k);
}
