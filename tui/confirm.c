/* confirm: a question with a few answers, each with its key (ui_confirm of ui.h). Invariant: the owner's `answer` comes
 * exactly once, after the question is off the screen. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "tui/popup.h"
#include "tui/screen.h"
#include "tui/ui_priv.h"

enum { CHOICES_MAX = 8, LINES_MAX = 12 };

struct confirm {
	struct overlay o;
	char *question;
	char key[CHOICES_MAX];
	char *label[CHOICES_MAX];
	int place[CHOICES_MAX]; /* column of its button, as drawn last */
	int row, end;           /* on the screen: of the buttons; column after the last */
	size_t n, chosen;
	void (*answer)(void *ctx, char key);
	void *ctx;
	bool answered;
};

static void give(struct confirm *c, char key)
{
	void (*answer)(void *ctx, char key) = c->answer;
	void *ctx = c->ctx;
	c->answered = true;
	ui_pop(c->o.ui, &c->o);
	answer(ctx, key);
}

static int wrap(const char *text, int cols, const char *line[LINES_MAX], size_t length[LINES_MAX])
{
	int n = 0;
	while (text != NULL && *text != '\0' && n < LINES_MAX) {
		line[n] = text;
		length[n] = draw_wrap(text, cols);
		text = draw_wrap_next(text, length[n++]);
	}
	return n;
}

static void draw_buttons(struct confirm *c, const struct draw *d, int y)
{
	int x = 0;
	c->row = d->y + y;
	for (size_t i = 0; i < c->n; i++) {
		c->place[i] = d->x + x;
		x = draw_textf(d, y, x, i == c->chosen ? STYLE_SELECTED : STYLE_KEY, " %c ", c->key[i]);
		x = draw_textf(d, y, x, i == c->chosen ? STYLE_SELECTED : STYLE_OVERLAY, "%s ", c->label[i]) + 1;
	}
	c->end = d->x + x;
}

static void draw_confirm(struct overlay *o, const struct draw *screen)
{
	struct confirm *c = (struct confirm *)o;
	const char *line[LINES_MAX];
	size_t length[LINES_MAX];
	int cols = screen->cols - 4 < 64 ? screen->cols - 4 : 64;
	int n = wrap(c->question, cols > 4 ? cols : 4, line, length);
	int room = screen->rows - 4 > 1 ? screen->rows - 4 : 1;
	n = n < room ? n : room;
	struct draw d = popup_box(screen, n + 2, cols, _("Question"));
	for (int i = 0; i < n; i++)
		draw_textn(&d, i, 0, STYLE_OVERLAY, line[i], length[i]);
	draw_buttons(c, &d, d.rows - 1);
}

static bool confirm_key(struct overlay *o, const struct key *k)
{
	struct confirm *c = (struct confirm *)o;
	for (size_t i = 0; i < c->n && k->mod == 0; i++)
		if (k->code == (unsigned char)c->key[i] ||
			(k->code >= 'A' && k->code <= 'Z' && k->code + 32 == (unsigned char)c->key[i])) {
			give(c, c->key[i]);
			return true;
		}
	size_t step = k->code == K_RIGHT || k->code == K_TAB      ? 1
		      : k->code == K_LEFT || k->code == K_BACKTAB ? c->n - 1
								  : 0;
	c->chosen = (c->chosen + step) % c->n;
	ui_touch(o->ui);
	return true; /* nothing goes past a question */
}

static bool confirm_act(struct overlay *o, const char *what)
{
	struct confirm *c = (struct confirm *)o;
	struct ui *ui = o->ui; /* an answer frees o */
	if (strcmp(what, "accept") == 0)
		give(c, c->key[c->chosen]);
	else if (strcmp(what, "cancel") == 0 || strcmp(what, "close") == 0)
		give(c, 0);
	else if (strcmp(what, "edit left") == 0 || strcmp(what, "complete back") == 0)
		c->chosen = (c->chosen + c->n - 1) % c->n;
	else if (strcmp(what, "edit right") == 0 || strcmp(what, "complete") == 0)
		c->chosen = (c->chosen + 1) % c->n;
	ui_touch(ui);
	return true;
}

static bool confirm_mouse(struct overlay *o, const struct mouse *m)
{
	struct confirm *c = (struct confirm *)o;
	if (m->kind != MOUSE_PRESS || m->y != c->row || m->x >= c->end)
		return true;
	for (size_t i = c->n; i-- > 0;)
		if (m->x >= c->place[i]) {
			give(c, c->key[i]);
			return true;
		}
	return true;
}

static void confirm_close(struct overlay *o)
{
	struct confirm *c = (struct confirm *)o;
	if (!c->answered)
		c->answer(c->ctx, 0);
	for (size_t i = 0; i < c->n; i++)
		free(c->label[i]);
	free(c->question);
	free(c);
}

static const struct overlay_ops confirm_ops = {
	.context = "prompt",
	.draw = draw_confirm,
	.key = confirm_key,
	.act = confirm_act,
	.mouse = confirm_mouse,
	.close = confirm_close,
};

static void add_choice(struct confirm *c, char key, const char *label, size_t n)
{
	if (c->n == CHOICES_MAX)
		return;
	c->key[c->n] = key;
	c->label[c->n++] = xstrndup(label, n);
}

/* "y=Overwrite|n=Keep" or "yn". */
static void read_choices(struct confirm *c, const char *choices)
{
	if (strchr(choices, '=') == NULL) {
		for (; *choices != '\0'; choices++) {
			const char *label = *choices == 'y' ? _("Yes") : *choices == 'n' ? _("No") : "";
			add_choice(c, *choices, label, strlen(label));
		}
		return;
	}
	while (choices[0] != '\0' && choices[1] == '=') {
		size_t n = strcspn(choices + 2, "|");
		add_choice(c, choices[0], choices + 2, n);
		choices += 2 + n;
		choices += *choices == '|';
	}
}

void ui_confirm(
	struct ui *ui, const char *question, const char *choices, void (*answer)(void *ctx, char key), void *ctx)
{
	struct confirm *open = (struct confirm *)ui_modal(ui);
	if (open != NULL && open->o.ops == &confirm_ops && strcmp(open->question, question) == 0) {
		answer(ctx, 0); /* it stands there already */
		return;
	}
	struct confirm *c = xcalloc(1, sizeof(*c));
	c->o.ops = &confirm_ops;
	c->question = xstrdup(question);
	c->answer = answer;
	c->ctx = ctx;
	read_choices(c, choices);
	if (c->n == 0)
		add_choice(c, 'y', _("Yes"), strlen(_("Yes")));
	c->chosen = c->n - 1;
	ui_push(ui, &c->o);
}
