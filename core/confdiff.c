/* confdiff: see confdiff.h. Both texts are parsed, sorted by name and merged. */
#include "core/confdiff.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "CONFIG_"

struct option {
	char *name, *value;
};
struct options {
	struct option *v;
	size_t n;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct option *)a)->name, ((const struct option *)b)->name);
}

static void add(struct options *o, const char *name, size_t n, const char *value, size_t n_value)
{
	if ((o->n & (o->n - 1)) == 0)
		o->v = xrealloc(o->v, (o->n == 0 ? 64 : o->n * 2) * sizeof(*o->v));
	o->v[o->n++] = (struct option){xstrndup(name, n), xstrndup(value, n_value)};
}

static void parse_line(struct options *o, const char *line, size_t n)
{
	bool unset = n > 2 && line[0] == '#' && line[1] == ' ';
	const char *name = unset ? line + 2 : line, *end = line + n;
	size_t k = strlen(PREFIX);
	if ((size_t)(end - name) <= k || memcmp(name, PREFIX, k) != 0)
		return;
	name += k;
	const char *stop = memchr(name, unset ? ' ' : '=', (size_t)(end - name));
	if (stop == NULL)
		return;
	if (!unset)
		add(o, name, (size_t)(stop - name), stop + 1, (size_t)(end - stop - 1));
	else if ((size_t)(end - stop) == 11 && memcmp(stop, " is not set", 11) == 0)
		add(o, name, (size_t)(stop - name), "n", 1);
}

static void parse(struct options *o, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		parse_line(o, text, n > 0 && text[n - 1] == '\r' ? n - 1 : n);
		text += n + (text[n] == '\n');
	}
	if (o->n > 0)
		qsort(o->v, o->n, sizeof(*o->v), by_name);
}

static void done(struct options *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->v[i].name);
		free(o->v[i].value);
	}
	free(o->v);
}

static void row(struct confdiff *d, const struct option *a, const struct option *b)
{
	const char *x = a != NULL ? a->value : "n", *y = b != NULL ? b->value : "n";
	if (strcmp(x, y) == 0)
		return;
	d->row = xrealloc(d->row, (d->n + 1) * sizeof(*d->row));
	d->row[d->n++] = (struct confdiff_row){xstrdup(a != NULL ? a->name : b->name),
		a != NULL ? xstrdup(a->value) : NULL, b != NULL ? xstrdup(b->value) : NULL};
}

void confdiff_make(struct confdiff *d, const char *a, const char *b)
{
	struct options x = {0}, y = {0};
	size_t i = 0, j = 0;
	memset(d, 0, sizeof(*d));
	parse(&x, a);
	parse(&y, b);
	while (i < x.n || j < y.n) {
		int c = i == x.n ? 1 : j == y.n ? -1 : strcmp(x.v[i].name, y.v[j].name);
		row(d, c <= 0 ? &x.v[i] : NULL, c >= 0 ? &y.v[j] : NULL);
		i += c <= 0;
		j += c >= 0;
	}
	done(&x);
	done(&y);
}

void confdiff_done(struct confdiff *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->row[i].name);
		free(d->row[i].a);
		free(d->row[i].b);
	}
	free(d->row);
	memset(d, 0, sizeof(*d));
}

void confdiff_fragment(const struct confdiff_row *r, struct buf *out)
{
	if (r->b == NULL || strcmp(r->b, "n") == 0)
		buf_addf(out, "# " PREFIX "%s is not set", r->name);
	else
		buf_addf(out, PREFIX "%s=%s", r->name, r->b);
}
