/* srcnotes: see srcnotes.h. */
#include "tui/srcnotes.h"

#include <stdlib.h>
#include <string.h>

#include "core/str.h"
#include "tui/srcplace.h"

#define NOTES_MAX 1000

void srcnotes_done(struct srcnotes *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].path);
		free(s->v[i].text);
	}
	free(s->v);
	memset(s, 0, sizeof(*s));
}

static int compare(const void *a, const void *b)
{
	const struct srcnote *x = a, *y = b;
	int c = strcmp(x->path, y->path);
	if (c == 0)
		c = (x->line > y->line) - (x->line < y->line);
	return c != 0 ? c : (x->log_line > y->log_line) - (x->log_line < y->log_line);
}

/* The message behind "file:line:col: ". Returns owned. */
static char *message(const struct log_line *l)
{
	char *whole = xstrndup(l->text, l->n), *s = strstr(whole, l->file);
	s = s != NULL ? s + strlen(l->file) : whole;
	s += strspn(s, ":0123456789");
	char *text = xstrdup(s + strspn(s, " "));
	free(whole);
	return text;
}

static void take(struct srcnotes *s, const struct app *a, size_t line)
{
	const struct log *log = a->pipeline->log;
	struct log_line l = log_get(log, line);
	if (l.file == NULL || l.line <= 0)
		return;
	char *file = xstrdup(l.file), *text = message(&l);
	const struct srcnote n = {NULL, l.line, l.col, l.severity, text, line};
	char *path = srcplace_find(a, log, line, file);
	free(file);
	if (path == NULL) {
		free(text);
		return;
	}
	s->v = xrealloc(s->v, (s->n + 1) * sizeof(*s->v));
	s->v[s->n] = n;
	s->v[s->n++].path = path;
}

void srcnotes_collect(struct srcnotes *s, const struct app *a, size_t from, size_t to)
{
	const struct log *log = a->pipeline->log;
	srcnotes_done(s);
	if (from < log_first(log))
		from = log_first(log);
	for (size_t i = from; i < to && i < log_count(log) && s->n < NOTES_MAX; i++)
		if (log_severity(log, i) >= LOG_NOTE)
			take(s, a, i);
	if (s->n > 0)
		qsort(s->v, s->n, sizeof(*s->v), compare);
}

const struct srcnote *srcnotes_at(const struct srcnotes *s, const char *path, int line)
{
	const struct srcnote *worst = NULL;
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].line == line && (worst == NULL || s->v[i].severity > worst->severity) &&
			strcmp(s->v[i].path, path) == 0)
			worst = &s->v[i];
	return worst;
}

/* Is the note behind a place? */
static bool behind(const struct srcnote *n, const char *path, int line)
{
	int c = strcmp(n->path, path);
	return c > 0 || (c == 0 && n->line > line);
}

static bool before(const struct srcnote *n, const char *path, int line)
{
	int c = strcmp(n->path, path);
	return c < 0 || (c == 0 && n->line < line);
}

const struct srcnote *srcnotes_next(const struct srcnotes *s, const char *path, int line, int dir)
{
	const struct srcnote *first = NULL, *last = NULL, *next = NULL, *previous = NULL;
	/* errors if there are any, else warnings */
	const enum log_severity least = srcnotes_count(s, LOG_ERROR) > 0 ? LOG_ERROR : LOG_WARNING;
	for (size_t i = 0; i < s->n; i++) {
		const struct srcnote *n = &s->v[i];
		if (n->severity < least)
			continue;
		first = first != NULL ? first : n;
		last = n;
		if (next == NULL && behind(n, path, line))
			next = n;
		if (before(n, path, line))
			previous = n;
	}
	if (dir > 0)
		return next != NULL ? next : first;
	return previous != NULL ? previous : last;
}

size_t srcnotes_count(const struct srcnotes *s, enum log_severity at_least)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++)
		n += s->v[i].severity >= at_least;
	return n;
}
