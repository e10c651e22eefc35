/* log: see log.h. Lines live in a circular array of records that grows by doubling up to `max`; each owns its text. */
#include "core/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/logrules.h"
#include "core/str.h"

#define LINE_MAX_BYTES 65536

struct entry {
	char *text; /* the line, then NUL, then the file name and its NUL if there is one */
	uint32_t n, ms, file_at;
	int line, col;
	const char *hint;
	uint8_t severity;
	bool is_err, follows;
};

struct log {
	struct entry *v;
	size_t cap, max, first, count; /* line i is v[i % cap], first <= i < count */
	struct logrules *rules;
	uint64_t began_ms;
	unsigned rev;
};

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct log *log_new(size_t max)
{
	struct log *l = xcalloc(1, sizeof(*l));
	struct err ignored = {0}; /* kiln doctor's business, not a build's */
	l->max = max != 0 ? max : 1000000;
	l->began_ms = now_ms();
	l->rules = logrules_default(&ignored);
	err_done(&ignored);
	return l;
}

void log_free(struct log *l)
{
	if (l == NULL)
		return;
	for (size_t i = l->first; i < l->count; i++)
		free(l->v[i % l->cap].text);
	free(l->v);
	logrules_free(l->rules);
	free(l);
}

/* Make room for one more line: double the array, or drop the oldest line. */
static void make_room(struct log *l)
{
	if (l->count - l->first < l->cap)
		return;
	if (l->cap == l->max) {
		free(l->v[l->first++ % l->cap].text);
		return;
	}
	size_t cap = l->cap == 0 ? 256 : l->cap * 2;
	if (cap > l->max)
		cap = l->max;
	struct entry *v = xmalloc(cap * sizeof(*v));
	for (size_t i = l->first; i < l->count; i++)
		v[i % cap] = l->v[i % l->cap];
	free(l->v);
	l->v = v;
	l->cap = cap;
}

/* Length of the escape sequence at s (n bytes left): CSI … final, OSC … BEL or ST, or ESC and one more. */
static size_t escape_length(const char *s, size_t n)
{
	size_t i = 2;
	if (n < 2)
		return n;
	if (s[1] == '[') {
		while (i < n && (s[i] < 0x40 || s[i] > 0x7e))
			i++;
		return i < n ? i + 1 : n;
	}
	if (s[1] == ']' || s[1] == 'P') {
		while (i < n && s[i] != '\a' && !(s[i] == '\\' && s[i - 1] == '\033'))
			i++;
		return i < n ? i + 1 : n;
	}
	return 2;
}

/* Copy without escapes and control characters. Returns the new length; out holds n + 1. */
static size_t clean(char *out, const char *s, size_t n)
{
	size_t k = 0;
	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)s[i];
		if (c == 033) {
			i += escape_length(s + i, n - i);
			continue;
		}
		if (c == 0xc2 && i + 1 < n && (unsigned char)s[i + 1] >= 0x80 && (unsigned char)s[i + 1] < 0xa0) {
			i += 2; /* C1 */
			continue;
		}
		if (c >= 0x20 && c != 0x7f)
			out[k++] = (char)c;
		else if (c == '\t')
			out[k++] = '\t';
		else if (c != '\r')
			out[k++] = '?';
		i++;
	}
	out[k] = '\0';
	return k;
}

static void classify(const struct log *l, struct entry *e)
{
	struct logrules_hit hit;
	const char *what;
	size_t what_n;
	if (log_step(e->text, e->n, &what, &what_n)) {
		e->severity = LOG_STEP;
		return;
	}
	if (!logrules_match(l->rules, e->text, e->n, &hit))
		return;
	e->severity = (uint8_t)hit.severity;
	e->follows = hit.follows;
	e->hint = hit.hint;
	e->line = hit.line;
	e->col = hit.col;
	if (hit.file == NULL)
		return;
	size_t at = (size_t)(hit.file - e->text);
	e->text = xrealloc(e->text, e->n + 1 + hit.file_n + 1);
	memcpy(e->text + e->n + 1, e->text + at, hit.file_n);
	e->text[e->n + 1 + hit.file_n] = '\0';
	e->file_at = e->n + 1;
}

void log_append(struct log *l, const char *text, size_t n, bool is_err)
{
	struct entry e = {.is_err = is_err};
	if (n > LINE_MAX_BYTES)
		n = LINE_MAX_BYTES;
	e.text = xmalloc(n + 1);
	e.n = (uint32_t)clean(e.text, text, n);
	e.ms = (uint32_t)(now_ms() - l->began_ms);
	classify(l, &e);
	make_room(l);
	l->v[l->count++ % l->cap] = e;
	l->rev++;
}

size_t log_first(const struct log *l)
{
	return l->first;
}

size_t log_count(const struct log *l)
{
	return l->count;
}

unsigned log_rev(const struct log *l)
{
	return l->rev;
}

static const struct entry *entry(const struct log *l, size_t i)
{
	assert(i >= l->first && i < l->count);
	return &l->v[i % l->cap];
}

struct log_line log_get(const struct log *l, size_t i)
{
	const struct entry *e = entry(l, i);
	return (struct log_line){
		.text = e->text,
		.n = e->n,
		.severity = (enum log_severity)e->severity,
		.ms = e->ms,
		.is_err = e->is_err,
		.file = e->file_at != 0 ? e->text + e->file_at : NULL,
		.line = e->line,
		.col = e->col,
	};
}

const char *log_hint(const struct log *l, size_t i)
{
	return entry(l, i)->hint;
}

/* Does the line end what came before it: a "make[N]: ***" that only passes an error on? */
static bool is_make_stop(const struct entry *e)
{
	return e->follows && e->severity == LOG_ERROR;
}

size_t log_root_cause(const struct log *l, size_t from)
{
	size_t text = SIZE_MAX, i;
	for (i = from > l->first ? from : l->first; i < l->count; i++) {
		const struct entry *e = entry(l, i);
		if (e->severity == LOG_ERROR && !e->follows)
			return i;
		if (is_make_stop(e))
			break;
		/* A plain line on stderr just before make stops: remembered in case no rule knows the error. */
		if (e->severity == LOG_TEXT && !e->follows && e->is_err && text == SIZE_MAX)
			text = i;
	}
	if (text != SIZE_MAX || i == l->count)
		return text;
	return i; /* make's own message is all there is */
}

size_t log_find_severity(const struct log *l, size_t i, int dir, enum log_severity at_least)
{
	while (dir > 0 ? i + 1 < l->count : i > l->first) {
		i = dir > 0 ? i + 1 : i - 1;
		if (entry(l, i)->severity >= at_least)
			return i;
	}
	return SIZE_MAX;
}
