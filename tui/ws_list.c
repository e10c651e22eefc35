/* ws_list: lists of styled lines for the workshop (a model for textview), and the two tables that are made of them: the
 * comparison of the variants and the system calls. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/i18n.h"
#include "tui/screen.h"
#include "tui/workshop.h"

static size_t first(void *ctx)
{
	(void)ctx;
	return 0;
}

static size_t count(void *ctx)
{
	return ((struct ws_list *)ctx)->n;
}

static void row(void *ctx, size_t line, struct textview_row *r)
{
	const struct ws_line *l = &((struct ws_list *)ctx)->v[line];
	r->text = l->text;
	r->n = strlen(l->text);
	r->style = l->style;
	for (size_t i = 0; i < l->n_span; i++) {
		r->span[i].from = l->span[i].from;
		r->span[i].to = l->span[i].to;
		r->span[i].style = l->span[i].style;
	}
	r->n_span = l->n_span;
}

static const struct textview_ops list_ops = {first, count, row, NULL};

void ws_list_init(struct ws_list *l)
{
	memset(l, 0, sizeof(*l));
	l->view.ops = &list_ops;
	l->view.ctx = l;
}

void ws_list_clear(struct ws_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].text);
		free(l->v[i].word);
	}
	free(l->v);
	l->v = NULL;
	l->n = 0;
	l->view.select = SELECT_NONE;
}

void ws_list_done(struct ws_list *l)
{
	ws_list_clear(l);
	free(l->empty);
	l->empty = NULL;
}

struct ws_line *ws_list_add(struct ws_list *l, enum style style, char *text, const char *word)
{
	if ((l->n & (l->n - 1)) == 0)
		l->v = xrealloc(l->v, (l->n > 0 ? 2 * l->n : 32) * sizeof(*l->v));
	struct ws_line *line = &l->v[l->n++];
	*line = (struct ws_line){.text = text, .word = word != NULL ? xstrdup(word) : NULL, .style = style};
	return line;
}

void ws_span(struct ws_line *l, size_t from, size_t to, enum style style)
{
	if (l->n_span == WS_SPANS || to <= from || to > USHRT_MAX)
		return;
	l->span[l->n_span].from = (unsigned short)from;
	l->span[l->n_span].to = (unsigned short)to;
	l->span[l->n_span++].style = (unsigned char)style;
}

void ws_list_draw(struct ws_list *l, const struct draw *d, bool focused)
{
	textview_draw(&l->view, d, focused);
	if (l->n == 0 && l->empty != NULL)
		draw_ellipsis(d, 0, 1, d->cols - 2, STYLE_DIM, l->empty);
}

const char *ws_list_word(const struct ws_list *l)
{
	return l->view.cursor < l->n ? l->v[l->view.cursor].word : NULL;
}

bool ws_list_find(struct ws_list *l, const char *text, int dir, bool here)
{
	for (size_t step = here ? 0 : 1; step <= l->n; step++) {
		const size_t i = (l->view.cursor + (dir > 0 ? step : l->n + l->n - step)) % (l->n > 0 ? l->n : 1);
		if (l->n > 0 && strcasestr(l->v[i].text, text) != NULL) {
			textview_goto(&l->view, i);
			return true;
		}
	}
	return false;
}

/* --- the comparison --- */

enum { BAR = 12 };

/* How many columns text takes, whatever its bytes. */
static int pad(const char *text, int cols)
{
	const int n = draw_width(text, strlen(text), 0);
	return cols > n ? cols - n : 0;
}

static void compare_row(struct workshop *w, const struct initcompare_row *r, uint64_t most)
{
	const bool chosen = strcmp(ws_variant(w, 0), r->name) == 0;
	if (r->why != NULL) {
		ws_list_add(&w->compare, STYLE_DIM,
			xasprintf(_("%c %-13s not built: %s"), chosen ? '*' : ' ', r->name, r->why), r->name);
		return;
	}
	char prompt[24] = "-";
	const int n = most > 0 ? (int)(r->size.file * BAR / most) : 0, bar = n > 0 ? n : 1;
	char *spark = inithistory_spark(&r->history, screen_unicode(w->pane->ui->screen));
	struct buf b = {0};
	if (r->prompt_ms >= 0)
		snprintf(prompt, sizeof(prompt), "%.2f s", (double)r->prompt_ms / 1000);
	buf_addf(&b, "%c %-13s %7" PRIu64 " ", chosen ? '*' : ' ', r->name, r->size.file);
	const size_t at = b.n;
	for (int i = 0; i < BAR; i++)
		buf_addc(&b, i < bar ? '#' : ' ');
	buf_addf(&b, " %7" PRId64 " ", r->history.best);
	const size_t past = b.n;
	buf_addf(&b, "%s%*s", spark, pad(spark, 8), "");
	const size_t rest = b.n;
	buf_addf(&b,
		" %7" PRId64 " %7s %6" PRIu64 " %6" PRIu64 " %6" PRIu64 " %6" PRIu64 " %6" PRIu64 " %6" PRIu64
		" %6" PRIu64 " %5zu %4zu%c",
		r->archive, prompt, r->size.text, r->size.rodata, r->size.data, r->size.bss, r->size.headers,
		r->size.padding, r->size.symbols + r->size.other, r->n_sym, r->n_call, r->more_calls ? '+' : ' ');
	struct ws_line *l = ws_list_add(&w->compare, STYLE_TEXT, buf_take(&b), r->name);
	ws_span(l, 0, 15, STYLE_STRONG);
	ws_span(l, 16, 23, STYLE_SYN_NUMBER);
	ws_span(l, at, at + (size_t)bar, STYLE_BAR_FILL);
	ws_span(l, past, rest, STYLE_OK);
	free(spark);
}

void ws_compare_fill(struct workshop *w, const struct initcompare_row *r, size_t n)
{
	uint64_t most = 0;
	const size_t cursor = w->compare.view.cursor;
	ws_list_clear(&w->compare);
	for (size_t i = 0; i < n; i++)
		most = r[i].size.file > most ? r[i].size.file : most;
	for (size_t i = 0; i < n; i++)
		compare_row(w, &r[i], most);
	w->compare.view.cursor = cursor;
}

/* --- the system calls --- */

static bool wanted(const struct sysentry *s, const char *filter)
{
	char number[16];
	snprintf(number, sizeof(number), "%d", s->number);
	return filter == NULL || strcmp(number, filter) == 0 || strcasestr(s->name, filter) != NULL;
}

void ws_calls_fill(struct workshop *w)
{
	const struct systable *t = ws_table(w);
	ws_list_clear(&w->calls);
	for (size_t i = 0; t != NULL && i < t->n; i++) {
		const struct sysentry *s = &t->v[i];
		struct buf b = {0};
		if (!wanted(s, w->calls_filter))
			continue;
		buf_addf(&b, "%4d  %-22s ", s->number, s->name);
		const size_t args = b.n;
		for (int k = 0; k < s->n_arg; k++)
			buf_addf(&b, "%s%s: %s", k > 0 ? "   " : "", systable_register(k), s->arg[k]);
		if (s->n_arg <= 0)
			buf_adds(&b, s->n_arg < 0 ? "?" : "-");
		struct ws_line *l = ws_list_add(&w->calls, STYLE_TEXT, buf_take(&b), s->name);
		ws_span(l, 0, 4, STYLE_SYN_NUMBER);
		ws_span(l, 6, 6 + strlen(s->name), STYLE_STRONG);
		ws_span(l, args, strlen(l->text), STYLE_DIM);
	}
	free(w->calls.empty);
	w->calls.empty = xstrdup(t == NULL ? _("The kernel source is not unpacked yet, and the table is in it.")
					   : _("No system call is called so."));
}
