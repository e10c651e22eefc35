/* pane_messages: everything kiln has told in this session, newest last, each with its time and a mark for its weight.
 * Its model is ui->message; it owns only how far it is scrolled back. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/progress.h"
#include "core/str.h"
#include "tui/ui.h"

struct messages {
	size_t back; /* lines scrolled back from the end */
	int rows;
};

static int open_pane(struct pane *p, struct err *e)
{
	(void)e;
	p->state = xcalloc(1, sizeof(struct messages));
	return 0;
}

static void close_pane(struct pane *p)
{
	free(p->state);
}

/* Where messages begin to be drawn, and in how many columns their text is broken. */
struct shape {
	int margin, cols;
};

static struct shape shape_of(int cols)
{
	int margin = cols >= 40 ? 10 : 2; /* with the time, or with the mark alone */
	return (struct shape){margin, cols - margin > 4 ? cols - margin : 4};
}

static size_t total(const struct ui *ui, int cols)
{
	size_t n = 0;
	for (size_t i = 0; i < ui->n_message; i++)
		for (const char *t = ui->message[i].text; t != NULL; n++)
			t = draw_wrap_next(t, draw_wrap(t, cols));
	return n;
}

static void draw_head(const struct draw *d, int y, const struct ui_message *m, int margin)
{
	static const char *const mark[] = {" ", "✓", "!", "✗"};
	char clock[16];
	progress_clock((double)m->at_ms / 1000, clock, sizeof(clock));
	if (margin > 2)
		draw_textf(d, y, 0, STYLE_DIM, "%7s", clock);
	draw_text(d, y, margin - 2, ui_level_style(m->level), mark[m->level]);
}

static void draw_message(const struct draw *d, long y, const struct ui_message *m, struct shape shape)
{
	if (y >= 0 && y < d->rows)
		draw_head(d, (int)y, m, shape.margin);
	bool first = true; /* the lines after it are evidence and advice */
	for (const char *t = m->text; t != NULL; y++) {
		size_t n = draw_wrap(t, shape.cols);
		if (y >= 0 && y < d->rows)
			draw_textn(d, (int)y, shape.margin, first ? ui_level_style(m->level) : STYLE_TEXT, t, n);
		first = first && t[n] != '\n';
		t = draw_wrap_next(t, n);
	}
}

static void draw_pane(struct pane *p, const struct draw *d, bool focused)
{
	struct messages *s = p->state;
	const struct ui *ui = p->ui;
	struct shape shape = shape_of(d->cols - 1);
	size_t all = total(ui, shape.cols), rows = (size_t)d->rows, most = all > rows ? all - rows : 0;
	(void)focused;
	s->rows = d->rows;
	s->back = s->back > most ? most : s->back;
	size_t top = most - s->back;
	long y = -(long)top;
	for (size_t i = 0; i < ui->n_message; i++) {
		draw_message(d, y, &ui->message[i], shape);
		for (const char *t = ui->message[i].text; t != NULL; y++)
			t = draw_wrap_next(t, draw_wrap(t, shape.cols));
	}
	draw_scrollbar(d, d->cols - 1, top, all);
}

static void scroll(struct messages *s, long by)
{
	if (by < 0 && (size_t)-by > s->back)
		s->back = 0;
	else
		s->back = (size_t)((long)s->back + by); /* drawing cuts it at the top */
}

static bool on_key(struct pane *p, const struct key *k)
{
	struct messages *s = p->state;
	long page = s->rows > 1 ? s->rows - 1 : 1;
	switch (k->code) {
	case K_UP:
	case 'k':
		scroll(s, 1);
		return true;
	case K_DOWN:
	case 'j':
		scroll(s, -1);
		return true;
	case K_PGUP:
		scroll(s, page);
		return true;
	case K_PGDN:
	case ' ':
		scroll(s, -page);
		return true;
	case K_HOME:
	case 'g':
		scroll(s, 1L << 30);
		return true;
	case K_END:
	case 'G':
		s->back = 0;
		return true;
	default:
		return false;
	}
}

static bool on_mouse(struct pane *p, const struct mouse *m)
{
	if (m->kind != MOUSE_WHEEL_UP && m->kind != MOUSE_WHEEL_DOWN)
		return false;
	scroll(p->state, m->kind == MOUSE_WHEEL_UP ? 3 : -3);
	return true;
}

const struct pane_ops pane_messages = {
	.name = "messages",
	.title = N_("Messages"),
	.open = open_pane,
	.close = close_pane,
	.draw = draw_pane,
	.key = on_key,
	.mouse = on_mouse,
};
