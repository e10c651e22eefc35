/* kcfg_detail: see kcfg.h. Everything on one symbol as lines: value, prompt, help, what it depends on, what selects it,
 * where it is defined. Names of other symbols are links: Right goes from one to the next, Enter or a click follows, [
 * or Backspace goes back, ] forward again. */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/kcfg.h"

static void clear(struct kcfg_detail *t)
{
	strv_done(&t->line);
	free(t->style);
	free(t->link);
	t->style = NULL;
	t->link = NULL;
	t->n_link = t->at_link = 0;
}

/* Words that are symbols become links. Defined names in capitals, digits and underscores; two characters at least. */
static void find_links(struct kcfg *k, size_t line, const char *text)
{
	struct kcfg_detail *t = &k->detail;
	for (const char *s = text; *s != '\0';) {
		size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
		bool word = n >= 2 && (s == text || !isalnum((unsigned char)s[-1])) && !isalnum((unsigned char)s[n]);
		char *name = word ? xstrndup(s, n) : NULL;
		int sym = word ? kc_find(k->kc, name) : -1;
		free(name);
		if (sym >= 0 && sym != t->sym) {
			t->link = xrealloc(t->link, (t->n_link + 1) * sizeof(*t->link));
			t->link[t->n_link++] =
				(struct kcfg_link){line, (size_t)(s - text), (size_t)(s - text) + n, sym};
		}
		s += n > 0 ? n : 1;
	}
}

static void add_line(struct kcfg_detail *t, enum style style, const char *text)
{
	strv_add(&t->line, text);
	t->style = xrealloc(t->style, t->line.n * sizeof(*t->style));
	t->style[t->line.n - 1] = style;
}

/* Add one line, wrapped to the pane's width. */
static void add_wrapped(struct kcfg *k, enum style style, bool links, const char *line)
{
	do {
		size_t n = draw_wrap(line, k->pane->cols > 20 ? k->pane->cols - 1 : 20);
		char *part = xstrndup(line, n);
		add_line(&k->detail, style, part);
		if (links)
			find_links(k, k->detail.line.n - 1, part);
		free(part);
		line += n + (line[n] == ' ');
	} while (*line != '\0');
}

/* Add a text of one or several lines, empty ones included. */
__attribute__((format(printf, 4, 5))) static void add(
	struct kcfg *k, enum style style, bool links, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = xvasprintf(fmt, ap), *rest = text;
	va_end(ap);
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		if (rest == NULL && line[0] == '\0' && line != text)
			break; /* what follows the last newline */
		add_wrapped(k, style, links, line);
	}
	free(text);
}

/* A text with {key:command} in it. */
static void add_hint(struct kcfg *k, const char *hint)
{
	char *text = keymap_text(k->pane->ui->keymap, "kconfig", hint);
	add(k, STYLE_WARNING, false, "%s", text);
	free(text);
}

static const char *type_name(enum kc_type t)
{
	static const char *const name[] = {"unknown", "bool", "tristate", "int", "hex", "string"};
	return name[t];
}

static void add_state(struct kcfg *k, const struct kc_sym *s)
{
	static const char level[] = "nmy";
	struct kc_node n;
	add(k, STYLE_TITLE, false, "%s = %s   (%s)", s->name != NULL ? s->name : _("choice"),
		s->value != NULL ? s->value : "n", type_name(s->type));
	if (s->node >= 0) {
		kc_node(k->kc, s->node, &n);
		if (n.prompt != NULL)
			add(k, STYLE_STRONG, false, "%s", n.prompt);
	}
	if (s->least > 0)
		add(k, STYLE_WARNING, false, _("at least %c: something selects it"), level[s->least]);
	else if (!(s->flags & KC_CHANGEABLE) && s->visible == 0)
		add_hint(k, _("cannot be set now: {key:kconfig.why} says why, {key:kconfig.enable} enables it with "
			      "what it needs"));
	if (s->flags & KC_USER)
		add(k, STYLE_DIM, false, "%s", _("set by hand or by the file"));
	else
		add(k, STYLE_DIM, false, "%s", _("has its default"));
	add(k, STYLE_TEXT, false, "%s", "");
	if (s->node >= 0 && n.help != NULL) {
		add(k, STYLE_TEXT, true, "%s", n.help);
		add(k, STYLE_TEXT, false, "%s", "");
	}
}

static void on_facts(void *ctx, const struct kc_fact *fact, size_t n, struct err *e)
{
	struct kcfg *k = ctx;
	k->edits--;
	k->detail.asked--;
	if (err_is(e)) {
		ui_error(k->pane->ui, e);
		return;
	}
	if (k->detail.sym < 0 || k->detail.asked > 0)
		return;
	for (size_t i = 0; i < n; i++) {
		bool placed = fact[i].file != NULL && fact[i].line > 0;
		add(k, STYLE_STRONG, false, "%s", fact[i].kind);
		if (fact[i].text != NULL && fact[i].text[0] != '\0')
			add(k, STYLE_TEXT, true, "  %s", fact[i].text);
		if (placed)
			add(k, STYLE_DIM, false, "  %s:%d", fact[i].file, fact[i].line);
	}
	pane_touch(k->pane);
}

static void note_seen(struct kcfg_detail *t, int sym, bool follow)
{
	if (t->sym < 0) {
		t->at_seen = 0;
	} else if (follow && sym != t->sym) {
		if (++t->at_seen == ARRAY_LEN(t->seen)) /* the oldest is forgotten */
			memmove(t->seen, t->seen + 1, --t->at_seen * sizeof(*t->seen));
	} else {
		return;
	}
	t->seen[t->at_seen] = sym;
	t->n_seen = t->at_seen + 1;
}

void kcfg_detail_open(struct kcfg *k, int sym, bool follow)
{
	struct kcfg_detail *t = &k->detail;
	struct kc_sym s;
	if (sym < 0 || !k->tree_here)
		return;
	note_seen(t, sym, follow);
	clear(t);
	t->sym = sym;
	t->view.top = t->view.cursor = 0;
	kc_sym(k->kc, sym, &s);
	add_state(k, &s);
	if (s.name != NULL) {
		k->edits++;
		t->asked++;
		kc_detail(k->kc, s.name, on_facts, k);
	}
	pane_touch(k->pane);
}

void kcfg_detail_close(struct kcfg *k)
{
	int node = -1;
	struct kc_sym s;
	struct kc_node n;
	if (k->detail.sym >= 0) {
		kc_sym(k->kc, k->detail.sym, &s);
		node = s.node;
	}
	if (node >= 0) {
		kc_node(k->kc, node, &n);
		node = n.prompt != NULL ? node : -1; /* else there is no row to go to */
	}
	k->detail.sym = -1;
	clear(&k->detail);
	if (node >= 0 && node != k->cursor)
		kcfg_reveal(k, node);
	pane_touch(k->pane);
}

void kcfg_detail_back(struct kcfg *k)
{
	struct kcfg_detail *t = &k->detail;
	if (t->at_seen > 0)
		kcfg_detail_open(k, t->seen[--t->at_seen], false);
	else
		kcfg_detail_close(k);
}

void kcfg_detail_forward(struct kcfg *k)
{
	struct kcfg_detail *t = &k->detail;
	if (t->at_seen + 1 < t->n_seen)
		kcfg_detail_open(k, t->seen[++t->at_seen], false);
}

static void follow(struct kcfg *k)
{
	struct kcfg_detail *t = &k->detail;
	if (t->n_link > 0)
		kcfg_detail_open(k, t->link[t->at_link].sym, true);
}

bool kcfg_detail_key(struct kcfg *k, const struct key *key)
{
	struct kcfg_detail *t = &k->detail;
	size_t n = t->n_link;
	switch (key->code) {
	case K_ESC:
	case 'q':
	case 'i':
		kcfg_detail_close(k);
		return true;
	case K_BACKSPACE:
	case '[':
		kcfg_detail_back(k);
		return true;
	case ']':
		kcfg_detail_forward(k);
		return true;
	case K_ENTER:
		follow(k);
		return true;
	case K_RIGHT:
	case 'l':
	case K_LEFT:
	case 'h':
		if (n == 0)
			return true;
		t->at_link = (t->at_link + (key->code == K_RIGHT || key->code == 'l' ? 1 : n - 1)) % n;
		textview_goto(&t->view, t->link[t->at_link].line);
		pane_touch(k->pane);
		return true;
	default:
		return textview_key(&t->view, key);
	}
}

bool kcfg_detail_mouse(struct kcfg *k, const struct mouse *m)
{
	struct kcfg_detail *t = &k->detail;
	if (m->kind == MOUSE_PRESS && m->button == 1)
		for (size_t i = 0; i < t->n_link; i++) {
			const char *text = t->line.v[t->link[i].line];
			int from = draw_width(text, t->link[i].from, 0), to = draw_width(text, t->link[i].to, 0);
			if (t->link[i].line == t->view.top + (size_t)m->y && m->x >= from && m->x < to) {
				kcfg_detail_open(k, t->link[i].sym, true);
				return true;
			}
		}
	return textview_mouse(&t->view, m);
}

/* --- the view --- */

static size_t first_line(void *ctx)
{
	(void)ctx;
	return 0;
}

static size_t count_lines(void *ctx)
{
	struct kcfg *k = ctx;
	return k->detail.line.n;
}

static void fill_row(void *ctx, size_t line, struct textview_row *r)
{
	struct kcfg *k = ctx;
	const struct kcfg_detail *t = &k->detail;
	r->text = t->line.v[line];
	r->n = strlen(r->text);
	r->style = t->style[line];
	for (size_t i = 0; i < t->n_link && r->n_span < TEXTVIEW_SPANS; i++) {
		if (t->link[i].line != line)
			continue;
		r->span[r->n_span].from = t->link[i].from;
		r->span[r->n_span].to = t->link[i].to;
		r->span[r->n_span++].style = i == t->at_link ? STYLE_MATCH_NOW : STYLE_LINK;
	}
}

static const struct textview_ops view_ops = {.first = first_line, .count = count_lines, .row = fill_row};

void kcfg_detail_init(struct kcfg *k)
{
	k->detail.sym = -1;
	k->detail.view.ops = &view_ops;
	k->detail.view.ctx = k;
}

void kcfg_detail_done(struct kcfg *k)
{
	clear(&k->detail);
}

void kcfg_detail_draw(struct kcfg *k, const struct draw *d, bool focused)
{
	struct draw body = draw_sub(d, 0, 0, d->rows - 1, d->cols), foot = draw_sub(d, d->rows - 1, 0, 1, d->cols);
	textview_draw(&k->detail.view, &body, focused);
	draw_ellipsis(&foot, 0, 0, foot.cols, STYLE_DIM,
		_("Left/Right: names  Enter: follow  [ ]: back, forward  Esc: close"));
}
