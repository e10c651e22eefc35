/* archive_diff: see archive_diff.h. */
#include "core/archive_diff.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/str.h"

/* The entries of one archive by name, the last of each. */
struct names {
	const struct archive_view *v;
	const struct av_entry **p;
	size_t n;
};

static int by_name(const void *a, const void *b)
{
	const struct av_entry *x = *(const struct av_entry *const *)a, *y = *(const struct av_entry *const *)b;
	int r = strcmp(x->name, y->name);
	return r != 0 ? r : (x->header > y->header) - (x->header < y->header);
}

/* A comparison: both sides, and how many bytes may still be compared: hard links can point at the same ones for ever.
 */
struct compare {
	struct names a, b;
	size_t budget;
};

static void names_make(struct names *s, const struct archive_view *v)
{
	size_t n = 0;
	s->v = v;
	s->p = xcalloc(v->n_entry, sizeof(*s->p));
	for (size_t i = 0; i < v->n_entry; i++)
		s->p[i] = &v->v[i];
	if (v->n_entry > 1)
		qsort(s->p, v->n_entry, sizeof(*s->p), by_name);
	for (size_t i = 0; i < v->n_entry; i++)
		if (i + 1 == v->n_entry || strcmp(s->p[i]->name, s->p[i + 1]->name) != 0)
			s->p[n++] = s->p[i];
	s->n = n;
}

static void say(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *s = xvasprintf(fmt, ap);
	va_end(ap);
	buf_addf(b, "%s%s", b->n > 0 ? ", " : "", s);
	free(s);
}

/* Where two runs of bytes part; n if they do not. */
static size_t same_until(const uint8_t *p, const uint8_t *q, size_t n)
{
	size_t i = 0;
	if (p == q || memcmp(p, q, n) == 0)
		return n;
	while (p[i] == q[i])
		i++;
	return i;
}

static void compare_contents(struct compare *c, const struct av_entry *x, const struct av_entry *y, struct buf *b)
{
	size_t n = x->contents_size < y->contents_size ? x->contents_size : y->contents_size;
	if (x->contents_size != y->contents_size)
		say(b, "size %zu -> %zu", x->contents_size, y->contents_size);
	if (n > c->budget)
		return say(b, "too many hard links to compare contents");
	c->budget -= n;
	size_t same = same_until(c->a.v->bytes + x->contents, c->b.v->bytes + y->contents, n);
	if (same < n)
		say(b, "contents from byte %zu", same);
}

/* In what two entries of one name differ. Returns owned; "" if in nothing. */
static char *differences(struct compare *c, const struct av_entry *x, const struct av_entry *y)
{
	struct buf b = {0};
	if (x->mode != y->mode)
		say(&b, "mode %o -> %o", (unsigned)x->mode, (unsigned)y->mode);
	if (x->uid != y->uid || x->gid != y->gid)
		say(&b, "owner %u:%u -> %u:%u", x->uid, x->gid, y->uid, y->gid);
	if ((S_ISCHR(x->mode) || S_ISBLK(x->mode)) && (x->rdevmajor != y->rdevmajor || x->rdevminor != y->rdevminor))
		say(&b, "device %u:%u -> %u:%u", x->rdevmajor, x->rdevminor, y->rdevmajor, y->rdevminor);
	if (x->target != NULL && y->target != NULL) {
		char *from = av_printable(x->target), *to = av_printable(y->target);
		if (strcmp(x->target, y->target) != 0)
			say(&b, "target %s -> %s", from, to);
		free(from);
		free(to);
	} else {
		compare_contents(c, x, y, &b);
	}
	return buf_take(&b);
}

static void add(struct av_diff *d, enum av_change c, const struct av_entry *a, const struct av_entry *b, char *what)
{
	d->v = xrealloc(d->v, (d->n + 1) * sizeof(*d->v));
	d->v[d->n++] = (struct av_diff_row){c, a, b, what};
}

void av_diff_make(struct av_diff *d, const struct archive_view *a, const struct archive_view *b)
{
	struct compare c = {.budget = 4 * AV_MAX_BYTES};
	struct names *s = &c.a, *t = &c.b;
	memset(d, 0, sizeof(*d));
	names_make(s, a);
	names_make(t, b);
	for (size_t i = 0, k = 0; i < s->n || k < t->n;) {
		int r = i == s->n ? 1 : k == t->n ? -1 : strcmp(s->p[i]->name, t->p[k]->name);
		char *what = r == 0 ? differences(&c, s->p[i], t->p[k]) : xstrdup("");
		if (r != 0 || *what != '\0')
			add(d,
				r < 0   ? AV_REMOVED
				: r > 0 ? AV_ADDED
					: AV_CHANGED,
				r <= 0 ? s->p[i] : NULL, r >= 0 ? t->p[k] : NULL, what);
		else
			free(what);
		i += r <= 0;
		k += r >= 0;
	}
	free(s->p);
	free(t->p);
}

const char *av_change_name(enum av_change c)
{
	static const char *const name[] = {"added", "removed", "changed"};
	return name[c];
}

void av_diff_done(struct av_diff *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->v[i].what);
	free(d->v);
	memset(d, 0, sizeof(*d));
}
