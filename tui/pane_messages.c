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

static size_t lines_of(const struct ui_message *m)
{
	size_t n = 1;
	for (const char *c = m->text; *c != '\0'; c++)
		n += *c == '\n';
	return n;
}

static size_t total(const struct ui *ui)
{
	size_t n = 0;
	for (size_t i = 0; i < ui->n_message; i++)
		n += lines_of(&ui->message[i]);
	return n;
}

static void draw_line(const struct draw *d, int y, const struct ui_message *m, const char *line, bool first)
{
	static const struct {
		const char *mark;
		enum style style;
	} look[] = {{" ", STYLE_TEXT}, {"✓", STYLE_OK}, {"!", STYLE_WARNING}, {"✗", STYLE_ERROR}};
	char clock[16];
	int x = 0;
	progress_clock((double)m->at_ms / 1000, clock, sizeof(clock));
	if (d->cols >= 40)
		x = first ? draw_textf(d, y, 0, STYLE_DIM, "%7s ", clock) : 8;
	if (first)
		draw_text(d, y, x, look[m->level].style, look[m->level].mark);
	char *text = xstrndup(line, strcspn(line, "\n"));
	draw_ellipsis(d, y, x + 2, d->cols - x - 2, first ? look[m->level].style : STYLE_TEXT, text);
	free(text);
}

static void draw_pane(struct pane *p, const struct draw *d, bool focused)
{
	struct messages *s = p->state;
	const struct ui *ui = p->ui;
	size_t all = total(ui), rows = (size_t)d->rows, most = all > rows ? all - rows : 0, at = 0;
	(void)focused;
	s->rows = d->rows;
	s->back = s->back > most ? most : s->back;
	size_t top = most - s->back;
	struct draw text = draw_sub(d, 0, 0, d->rows, all > rows ? d->cols - 1 : d->cols);
	for (size_t i = 0; i < ui->n_message; i++) {
		const char *line = ui->message[i].text;
		for (bool first = true; line != NULL; first = false, at++) {
			if (at >= top && at < top + rows)
				draw_line(&text, (int)(at - top), &ui->message[i], line, first);
			line = strchr(line, '\n');
			line += line != NULL;
		}
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
