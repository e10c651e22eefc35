/* srcdoc: see srcdoc.h. */
#include "tui/srcdoc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/logtext.h"
#include "core/str.h"

#define SIZE_MAX_SHOWN (8 << 20)
#define STATE_AHEAD                                                                                      \
	3000 /* lines highlighted at once to reach a line; farther ones are guessed from some way before \
	      */
#define STATE_GUESS 300

/* --- reading --- */

static void forget_text(struct srcdoc *d)
{
	free(d->text);
	free(d->line);
	free(d->state);
	free(d->why);
	d->text = d->why = NULL;
	d->line = NULL;
	d->state = NULL;
	d->n = d->n_line = d->n_state = 0;
}

/* Copy with what must not reach a screen as U+FFFD. Returns owned. */
static char *safe_text(const char *s, size_t n, size_t *out_n)
{
	struct buf b = {0};
	for (size_t i = 0; i < n;) {
		size_t run = 0;
		while (i + run < n &&
			((unsigned char)s[i + run] - 0x20u < 0x5f || s[i + run] == '\n' || s[i + run] == '\t'))
			run++;
		buf_add(&b, s + i, run);
		i += run;
		if (i == n)
			break;
		const unsigned char c = (unsigned char)s[i];
		size_t len = logtext_utf8(s + i, n - i);
		const bool c1 = len == 2 && c == 0xc2 && (unsigned char)s[i + 1] < 0xa0;
		if (c == '\r' && i + 1 < n && s[i + 1] == '\n')
			len = 1;
		else if (len == 0 || c1 || c == 0x7f || c < 0x20)
			buf_adds(&b, "\xef\xbf\xbd");
		else
			buf_add(&b, s + i, len);
		i += len > 0 ? len : 1;
	}
	*out_n = b.n;
	return buf_take(&b);
}

static void find_lines(struct srcdoc *d)
{
	size_t cap = 64;
	d->line = xmalloc(cap * sizeof(*d->line));
	for (size_t at = 0; at < d->n;) {
		const char *nl = memchr(d->text + at, '\n', d->n - at);
		if (d->n_line + 2 > cap)
			d->line = xrealloc(d->line, (cap *= 2) * sizeof(*d->line));
		d->line[d->n_line++] = at;
		at = nl != NULL ? (size_t)(nl - d->text) + 1 : d->n;
	}
	d->line[d->n_line] = d->n;
	d->state = xcalloc(d->n_line + 1, 1);
	d->n_state = 1;
}

static void read_file(struct srcdoc *d, struct err *warn)
{
	struct err e = {0};
	size_t n = 0;
	char *raw = d->size <= SIZE_MAX_SHOWN ? fs_read(d->path, &n, &e) : NULL;
	forget_text(d);
	if (raw == NULL)
		d->why = err_is(&e) ? xstrdup(e.msg) : xasprintf(_("%s is too big to be shown here"), d->path);
	d->text = safe_text(raw != NULL ? raw : "", n, &d->n);
	find_lines(d);
	if (d->hilite == NULL)
		d->hilite = hilite_for(d->name, warn);
	err_done(&e);
	free(raw);
}

/* A search goes with its text: begin it anew on the new one. */
static void search_again(struct srcdoc *d)
{
	struct err ignored = {0};
	char *pattern = d->search != NULL ? xstrdup(textsearch_pattern(d->search)) : NULL;
	if (pattern != NULL)
		srcdoc_search(d, pattern, &ignored);
	free(pattern);
	err_done(&ignored);
}

bool srcdoc_refresh(struct srcdoc *d, struct err *warn)
{
	struct stat st;
	if (stat(d->path, &st) < 0) {
		const int why = errno;
		if (d->loaded && d->why != NULL && d->size < 0)
			return false;
		forget_text(d);
		d->size = -1;
		d->why = xasprintf("%s: %s", d->path, strerror(why));
		d->text = xstrdup("");
		find_lines(d);
	} else if (d->loaded && st.st_size == d->size && st.st_ino == d->ino && st.st_mtim.tv_sec == d->mtime.tv_sec &&
		   st.st_mtim.tv_nsec == d->mtime.tv_nsec) {
		return false;
	} else {
		d->size = st.st_size;
		d->ino = st.st_ino;
		d->mtime = st.st_mtim;
		read_file(d, warn);
	}
	d->loaded = true;
	d->view.gutter = 6;
	for (size_t most = 1000; d->n_line >= most && d->view.gutter < 12; most *= 10)
		d->view.gutter++;
	search_again(d);
	textview_settle(&d->view);
	return true;
}

/* --- as a text to search --- */

static size_t source_first(const void *ctx)
{
	(void)ctx;
	return 0;
}

static size_t source_count(const void *ctx)
{
	const struct srcdoc *d = ctx;
	return d->n_line;
}

static struct text_block source_block(const void *ctx, size_t line)
{
	const struct srcdoc *d = ctx;
	(void)line;
	return (struct text_block){d->text, d->n, 0, d->n_line, d};
}

static size_t source_line_at(const struct text_block *b, size_t at)
{
	const struct srcdoc *d = b->priv;
	size_t lo = 0, hi = d->n_line;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (d->line[mid] <= at)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static size_t source_begin_of(const struct text_block *b, size_t line)
{
	const struct srcdoc *d = b->priv;
	return d->line[line];
}

int srcdoc_search(struct srcdoc *d, const char *pattern, struct err *e)
{
	const struct textsource src = {source_first, source_count, source_block, source_line_at, source_begin_of, d};
	struct textsearch *s = NULL;
	if (*pattern != '\0') {
		s = textsearch_new(&src, pattern, 0, e);
		if (s == NULL)
			return -1;
		textsearch_step(s, 0); /* a file is small */
	}
	textsearch_free(d->search);
	d->view.search = d->search = s;
	return 0;
}

bool srcdoc_next(struct srcdoc *d, int dir)
{
	if (d->search == NULL || textsearch_hits(d->search) == 0)
		return false;
	size_t line = textsearch_next(d->search, d->view.cursor, dir);
	if (line == SIZE_MAX && dir < 0)
		line = textsearch_next(d->search, d->n_line, -1);
	else if (line == SIZE_MAX)
		line = textsearch_has(d->search, 0) ? 0 : textsearch_next(d->search, 0, 1);
	textview_goto(&d->view, line);
	return true;
}

/* --- as lines on the screen --- */

static size_t view_first(void *ctx)
{
	(void)ctx;
	return 0;
}

static size_t view_count(void *ctx)
{
	const struct srcdoc *d = ctx;
	return d->n_line;
}

static size_t length_of(const struct srcdoc *d, size_t line)
{
	size_t end = d->line[line + 1];
	return end > d->line[line] && d->text[end - 1] == '\n' ? end - d->line[line] - 1 : end - d->line[line];
}

/* The highlighter's state at the beginning of a line. */
static unsigned state_of(struct srcdoc *d, size_t line, struct hilite_line *scratch)
{
	if (line >= d->n_state + STATE_AHEAD) {
		unsigned state = 0;
		for (size_t i = line - STATE_GUESS; i < line; i++)
			state = hilite_line(d->hilite, state, d->text + d->line[i], length_of(d, i), scratch);
		return state;
	}
	for (; d->n_state <= line; d->n_state++) {
		const size_t i = d->n_state - 1;
		d->state[i + 1] =
			(uint8_t)hilite_line(d->hilite, d->state[i], d->text + d->line[i], length_of(d, i), scratch);
	}
	return d->state[line];
}

static void hilite_row(struct srcdoc *d, size_t line, struct textview_row *r)
{
	struct hilite_line h;
	if (d->hilite == NULL)
		return;
	hilite_line(d->hilite, state_of(d, line, &h), r->text, r->n, &h);
	for (size_t i = 0; i < h.n && i < TEXTVIEW_SPANS; i++) {
		r->span[i].from = h.span[i].from;
		r->span[i].to = h.span[i].to;
		r->span[i].style = h.span[i].style;
	}
	r->n_span = h.n;
}

static enum style note_style(enum log_severity s)
{
	return s >= LOG_ERROR ? STYLE_ERROR : s >= LOG_WARNING ? STYLE_WARNING : STYLE_NOTE;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* A message stands behind its line, and the word that it points at stands out. Compilers count columns in bytes. */
static void note_row(const struct srcnote *n, struct textview_row *r)
{
	r->note = n->text;
	r->note_style = r->gutter_style = note_style(n->severity);
	if (n->col <= 0 || (size_t)n->col > r->n)
		return;
	r->emph = r->note_style;
	r->emph_from = (size_t)n->col - 1;
	r->emph_to = r->emph_from + 1;
	while (r->emph_to < r->n && is_word(r->text[r->emph_from]) && is_word(r->text[r->emph_to]))
		r->emph_to++;
}

static void row(void *ctx, size_t line, struct textview_row *r)
{
	struct srcdoc *d = ctx;
	const struct srcnote *n = d->notes != NULL ? srcnotes_at(d->notes, d->path, (int)line + 1) : NULL;
	r->text = d->text + d->line[line];
	r->n = length_of(d, line);
	r->gutter_style = STYLE_LINE_NUMBER;
	hilite_row(d, line, r);
	if (n != NULL)
		note_row(n, r);
	const char mark = n == NULL ? ' ' : n->severity >= LOG_ERROR ? 'E' : n->severity >= LOG_WARNING ? 'W' : 'n';
	snprintf(r->gutter, sizeof(r->gutter), "%c%*zu ", mark, d->view.gutter - 2, line + 1);
}

static const struct textview_ops view_ops = {view_first, view_count, row, NULL};

void srcdoc_init(struct srcdoc *d, const char *path, const char *name)
{
	memset(d, 0, sizeof(*d));
	d->path = xstrdup(path);
	d->name = xstrdup(name);
	d->view = (struct textview){.ops = &view_ops, .ctx = d, .gutter = 6};
}

void srcdoc_done(struct srcdoc *d)
{
	forget_text(d);
	textsearch_free(d->search);
	hilite_free(d->hilite);
	free(d->path);
	free(d->name);
	memset(d, 0, sizeof(*d));
}

void srcdoc_goto(struct srcdoc *d, long line)
{
	const size_t at = line < 1 ? 0 : (size_t)line - 1;
	textview_goto(&d->view, at < d->n_line ? at : d->n_line > 0 ? d->n_line - 1 : 0);
}
