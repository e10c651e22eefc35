/* vt_keys: keys, pastes and mouse events as the bytes a program in the terminal expects, by the modes it has set. */
#include "tui/vt_int.h"

#include <string.h>

/* Paste: lines end as Enter does; nothing in it can pass for a key or end the bracket early. */
static void paste(struct vt *v, const char *text, size_t n)
{
	struct buf b = {0};
	if (v->filter.mode.paste)
		buf_adds(&b, "\033[200~");
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '\n' && i > 0 && text[i - 1] == '\r')
			continue;
		if (c == '\n')
			buf_addc(&b, '\r');
		else if (c >= 0x20 || c == '\t' || c == '\r')
			buf_addc(&b, (char)c);
	}
	if (v->filter.mode.paste)
		buf_adds(&b, "\033[201~");
	if (b.n > 0)
		v->on_reply(v->ctx, b.p, b.n);
	buf_done(&b);
}

bool vt_key(struct vt *v, const struct key *k)
{
	char out[17];
	if (k->code == K_PASTE) {
		paste(v, k->text, k->text_n);
		return true;
	}
	if (k->code == K_MOUSE || k->code == K_RESIZE)
		return false;
	size_t n = key_bytes(k, v->filter.mode.app_cursor, out);
	if (n == 0)
		return false;
	if (k->code == K_ENTER && v->filter.mode.newline && n == 1)
		out[n++] = '\n';
	v->on_reply(v->ctx, out, n);
	return true;
}

bool vt_wants_mouse(const struct vt *v)
{
	return v->filter.mode.mouse != 0;
}

/* The protocol's number of a button or wheel with its modifiers. */
static int button_code(const struct mouse *m)
{
	int b = m->kind == MOUSE_WHEEL_UP ? 64 : m->kind == MOUSE_WHEEL_DOWN ? 65 : m->button > 0 ? m->button - 1 : 0;
	b += m->kind == MOUSE_DRAG ? 32 : 0;
	return b + (m->mod & KEY_SHIFT ? 4 : 0) + (m->mod & KEY_ALT ? 8 : 0) + (m->mod & KEY_CTRL ? 16 : 0);
}

bool vt_mouse(struct vt *v, const struct mouse *m)
{
	const struct vt_modes *mode = &v->filter.mode;
	char out[40];
	int n, b = button_code(m);
	bool press = m->kind == MOUSE_PRESS, wheel = b & 64;
	if (mode->mouse == 0 || m->y < 0 || m->x < 0 || m->y >= v->rows || m->x >= v->cols)
		return false;
	if ((mode->mouse == 9 && !press) || (m->kind == MOUSE_DRAG && mode->mouse < 1002) ||
		(m->kind == MOUSE_MOVE && mode->mouse < 1003))
		return true; /* it wants the mouse, but not this */
	if (mode->sgr_mouse) {
		n = snprintf(out, sizeof(out), "\033[<%d;%d;%d%c", b, m->x + 1, m->y + 1,
			m->kind == MOUSE_RELEASE ? 'm' : 'M');
	} else {
		if (m->x > 222 || m->y > 222)
			return true; /* the old encoding ends there */
		if (m->kind == MOUSE_RELEASE && !wheel)
			b |= 3;
		n = snprintf(out, sizeof(out), "\033[M%c%c%c", 32 + b, 33 + m->x, 33 + m->y);
	}
	v->on_reply(v->ctx, out, (size_t)n);
	return true;
}
