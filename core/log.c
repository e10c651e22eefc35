/* log: see log.h. A deque of chunks. The last chunk is open: its text and records are the log's own buffers. When it is
 * full it is closed: text compressed, records copied to their size. Reading a closed chunk unpacks it into a small
 * cache. */
#include "core/log.h"

#include <assert.h>
#include <errno.h>
#include <lz4.h>
#include <lz4hc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/i18n.h"
#include "core/logrules.h"
#include "core/logtext.h"
#include "core/str.h"

#define CHUNK_BYTES 65536
#define CHUNK_LINES 4096
#define CACHE_SLOTS 8
#define STORED_MAX  (256u << 20) /* bytes of text (as stored) over which the oldest lines go, however few they are */

enum { REC_ERR = 1, REC_FOLLOWS = 2 };

struct rec {
	uint16_t end; /* of the line's text in the chunk; a newline follows it */
	uint16_t ms;  /* since the chunk's first line */
	uint8_t severity, flags;
};

/* What few lines have: a place, a hint, colours. */
struct extra {
	uint16_t line; /* in the chunk */
	uint16_t file_at, file_n, n_mark;
	int row, col;
	const char *hint;
	size_t mark; /* index of its first mark in the chunk's */
};

struct chunk {
	size_t first; /* number of its first line */
	uint32_t n, text_n, stored_n, ms;
	char *text; /* compressed if stored_n < text_n */
	struct rec *rec;
	struct extra *extra;
	struct log_mark *mark;
	uint32_t n_extra, n_mark;
	uint8_t worst; /* highest severity in it */
};

struct cache {
	struct {
		const struct chunk *chunk;
		char *text; /* CHUNK_BYTES */
	} slot[CACHE_SLOTS];
	unsigned next;
	char *file; /* log_line.file of the last log_get */
};

struct log {
	struct chunk **chunk; /* [head, tail) */
	size_t head, tail, cap;
	size_t max, first, count, stored;
	struct cache *cache;
	struct logtext *scratch;
	struct logrules *rules;
	char *open_text;
	struct rec *open_rec;
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
	l->cache = xcalloc(1, sizeof(*l->cache));
	l->scratch = xmalloc(sizeof(*l->scratch));
	l->open_text = xmalloc(CHUNK_BYTES);
	l->open_rec = xmalloc(CHUNK_LINES * sizeof(*l->open_rec));
	err_done(&ignored);
	return l;
}

/* --- chunks --- */

static struct chunk *last(const struct log *l)
{
	return l->tail > l->head ? l->chunk[l->tail - 1] : NULL;
}

static bool is_open(const struct log *l, const struct chunk *c)
{
	return c->rec == l->open_rec;
}

static void free_chunk(struct log *l, struct chunk *c)
{
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		if (l->cache->slot[i].chunk == c)
			l->cache->slot[i].chunk = NULL;
	if (!is_open(l, c)) {
		l->stored -= c->stored_n;
		free(c->text);
		free(c->rec);
	}
	free(c->extra);
	free(c->mark);
	free(c);
}

void log_free(struct log *l)
{
	if (l == NULL)
		return;
	while (l->head < l->tail)
		free_chunk(l, l->chunk[l->head++]);
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		free(l->cache->slot[i].text);
	free(l->cache->file);
	free(l->cache);
	free(l->scratch);
	free(l->open_text);
	free(l->open_rec);
	free(l->chunk);
	logrules_free(l->rules);
	free(l);
}

/* Pack the open chunk's text and records to their size. */
static void close_chunk(struct log *l, struct chunk *c)
{
	char packed[LZ4_COMPRESSBOUND(CHUNK_BYTES)];
	int n = LZ4_compress_HC(c->text, packed, (int)c->text_n, (int)sizeof(packed), LZ4HC_CLEVEL_MIN);
	c->stored_n = n > 0 && (uint32_t)n < c->text_n ? (uint32_t)n : c->text_n;
	char *stored = xmalloc(c->stored_n);
	memcpy(stored, c->stored_n < c->text_n ? packed : c->text, c->stored_n);
	c->text = stored;
	c->rec = memcpy(xmalloc(c->n * sizeof(*c->rec)), c->rec, c->n * sizeof(*c->rec));
	if (c->n_extra > 0)
		c->extra = xrealloc(c->extra, c->n_extra * sizeof(*c->extra));
	l->stored += c->stored_n;
}

static void push_chunk(struct log *l, struct chunk *c)
{
	if (l->tail == l->cap && l->head > l->cap / 2) {
		memmove(l->chunk, l->chunk + l->head, (l->tail - l->head) * sizeof(struct chunk *));
		l->tail -= l->head;
		l->head = 0;
	} else if (l->tail == l->cap) {
		l->cap = l->cap == 0 ? 64 : l->cap * 2;
		l->chunk = xrealloc(l->chunk, l->cap * sizeof(struct chunk *));
	}
	l->chunk[l->tail++] = c;
}

/* The open chunk, with room for a line of n bytes at this time; a fresh one if need be. */
static struct chunk *room_for(struct log *l, size_t n, uint32_t ms)
{
	struct chunk *c = last(l);
	if (c != NULL && c->n < CHUNK_LINES && c->text_n + n + 1 <= CHUNK_BYTES && ms - c->ms <= UINT16_MAX)
		return c;
	if (c != NULL)
		close_chunk(l, c);
	c = xcalloc(1, sizeof(*c));
	c->first = l->count;
	c->ms = ms;
	c->text = l->open_text;
	c->rec = l->open_rec;
	push_chunk(l, c);
	return c;
}

/* Forget the oldest lines over the limits; memory goes by whole chunks. */
static void drop_old(struct log *l)
{
	if (l->count - l->first > l->max)
		l->first = l->count - l->max;
	if (l->stored > STORED_MAX && l->tail - l->head > 1 && l->chunk[l->head + 1]->first > l->first)
		l->first = l->chunk[l->head + 1]->first;
	while (l->tail - l->head > 1 && l->chunk[l->head + 1]->first <= l->first)
		free_chunk(l, l->chunk[l->head++]);
}

/* --- append --- */

static bool is_pow2(uint32_t n)
{
	return (n & (n - 1)) == 0;
}

static void add_extra(struct log *l, struct chunk *c, const struct logrules_hit *hit)
{
	const struct logtext *t = l->scratch;
	struct extra x = {.line = (uint16_t)c->n, .row = hit->line, .col = hit->col, .hint = hit->hint};
	if (hit->file != NULL) {
		x.file_at = (uint16_t)(hit->file - t->text);
		x.file_n = (uint16_t)hit->file_n;
	}
	if (t->n_mark > 0) {
		c->mark = xrealloc(c->mark, (c->n_mark + t->n_mark) * sizeof(*c->mark));
		memcpy(c->mark + c->n_mark, t->mark, t->n_mark * sizeof(*c->mark));
		x.mark = c->n_mark;
		x.n_mark = (uint16_t)t->n_mark;
		c->n_mark += (uint32_t)t->n_mark;
	}
	if (is_pow2(c->n_extra))
		c->extra = xrealloc(c->extra, (c->n_extra == 0 ? 1 : 2 * c->n_extra) * sizeof(*c->extra));
	c->extra[c->n_extra++] = x;
}

static void classify(const struct log *l, struct logrules_hit *hit)
{
	const char *what;
	size_t what_n;
	memset(hit, 0, sizeof(*hit));
	if (log_step(l->scratch->text, l->scratch->n, &what, &what_n))
		hit->severity = LOG_STEP;
	else
		logrules_match(l->rules, l->scratch->text, l->scratch->n, hit);
}

void log_append(struct log *l, const char *text, size_t n, bool is_err)
{
	struct logrules_hit hit;
	struct logtext *t = l->scratch;
	logtext_clean(t, text, n);
	classify(l, &hit);
	uint32_t ms = (uint32_t)(now_ms() - l->began_ms);
	struct chunk *c = room_for(l, t->n, ms);
	if (hit.file != NULL || hit.hint != NULL || t->n_mark > 0)
		add_extra(l, c, &hit);
	memcpy(c->text + c->text_n, t->text, t->n);
	c->text_n += (uint32_t)t->n;
	c->text[c->text_n] = '\n';
	c->rec[c->n++] = (struct rec){
		.end = (uint16_t)c->text_n,
		.ms = (uint16_t)(ms - c->ms),
		.severity = (uint8_t)hit.severity,
		.flags = (uint8_t)((is_err ? REC_ERR : 0) | (hit.follows ? REC_FOLLOWS : 0)),
	};
	c->text_n++;
	if (hit.severity > c->worst)
		c->worst = (uint8_t)hit.severity;
	l->count++;
	drop_old(l);
	l->rev++;
}

/* --- reading --- */

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

/* Index in l->chunk of the chunk of line i. */
static size_t chunk_index(const struct log *l, size_t i)
{
	size_t lo = l->head, hi = l->tail;
	assert(i >= l->first && i < l->count);
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (l->chunk[mid]->first <= i)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static const struct chunk *chunk_of(const struct log *l, size_t i)
{
	return l->chunk[chunk_index(l, i)];
}

/* The chunk's text, unpacked into the cache if it is compressed. */
static const char *text_of(const struct log *l, const struct chunk *c)
{
	struct cache *k = l->cache;
	if (is_open(l, c) || c->stored_n == c->text_n)
		return c->text;
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		if (k->slot[i].chunk == c)
			return k->slot[i].text;
	unsigned s = k->next++ % CACHE_SLOTS;
	if (k->slot[s].text == NULL)
		k->slot[s].text = xmalloc(CHUNK_BYTES);
	int n = LZ4_decompress_safe(c->text, k->slot[s].text, (int)c->stored_n, CHUNK_BYTES);
	assert(n == (int)c->text_n);
	(void)n;
	k->slot[s].chunk = c;
	return k->slot[s].text;
}

static size_t begin_of(const struct chunk *c, size_t line)
{
	return line > 0 ? c->rec[line - 1].end + 1u : 0;
}

static const struct extra *extra_of(const struct chunk *c, size_t line)
{
	size_t lo = 0, hi = c->n_extra;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (c->extra[mid].line < line)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->n_extra && c->extra[lo].line == line ? &c->extra[lo] : NULL;
}

static void fill_extra(const struct log *l, const struct chunk *c, const struct extra *x, struct log_line *out)
{
	out->line = x->row;
	out->col = x->col;
	out->mark = x->n_mark > 0 ? c->mark + x->mark : NULL;
	out->n_mark = x->n_mark;
	if (x->file_n == 0)
		return;
	l->cache->file = xrealloc(l->cache->file, x->file_n + 1u);
	memcpy(l->cache->file, out->text + x->file_at, x->file_n);
	l->cache->file[x->file_n] = '\0';
	out->file = l->cache->file;
}

struct log_line log_get(const struct log *l, size_t i)
{
	const struct chunk *c = chunk_of(l, i);
	const size_t k = i - c->first, begin = begin_of(c, k);
	const struct extra *x = extra_of(c, k);
	struct log_line out = {
		.text = text_of(l, c) + begin,
		.n = c->rec[k].end - begin,
		.severity = (enum log_severity)c->rec[k].severity,
		.ms = c->ms + c->rec[k].ms,
		.is_err = (c->rec[k].flags & REC_ERR) != 0,
	};
	if (x != NULL)
		fill_extra(l, c, x, &out);
	return out;
}

enum log_severity log_severity(const struct log *l, size_t i)
{
	const struct chunk *c = chunk_of(l, i);
	return (enum log_severity)c->rec[i - c->first].severity;
}

const char *log_hint(const struct log *l, size_t i)
{
	const struct chunk *c = chunk_of(l, i);
	const struct extra *x = extra_of(c, i - c->first);
	return x != NULL && x->hint != NULL ? _(x->hint) : NULL;
}

size_t log_root_cause(const struct log *l, size_t from)
{
	size_t text = SIZE_MAX, i;
	for (i = from > l->first ? from : l->first; i < l->count; i++) {
		const struct chunk *c = chunk_of(l, i);
		const struct rec *r = &c->rec[i - c->first];
		const bool follows = (r->flags & REC_FOLLOWS) != 0;
		if (r->severity == LOG_ERROR && !follows)
			return i;
		if (r->severity == LOG_ERROR)
			break; /* a "make[N]: ***" that only passes an error on */
		/* A plain line on stderr just before make stops: remembered in case no rule knows the error. */
		if (r->severity == LOG_TEXT && !follows && (r->flags & REC_ERR) && text == SIZE_MAX)
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
		const struct chunk *c = chunk_of(l, i);
		if (c->worst < at_least) /* to the chunk's far end */
			i = dir > 0 ? c->first + c->n - 1 : c->first > l->first ? c->first : l->first;
		else if (c->rec[i - c->first].severity >= at_least)
			return i;
	}
	return SIZE_MAX;
}

struct log_block log_block(const struct log *l, size_t i)
{
	const struct chunk *c = chunk_of(l, i);
	const size_t skip = l->first > c->first ? l->first - c->first : 0, at = begin_of(c, skip);
	return (struct log_block){
		.text = text_of(l, c) + at,
		.n = c->text_n - at,
		.first = c->first + skip,
		.count = c->n - skip,
		.chunk = c,
	};
}

size_t log_block_line(const struct log_block *b, size_t at)
{
	const struct chunk *c = b->chunk;
	size_t lo = b->first - c->first, hi = c->n - 1;
	at += begin_of(c, lo);
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (c->rec[mid].end < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return c->first + lo;
}

size_t log_block_at(const struct log_block *b, size_t line)
{
	const struct chunk *c = b->chunk;
	return begin_of(c, line - c->first) - begin_of(c, b->first - c->first);
}

/* --- files and figures --- */

static void write_line(FILE *f, const struct log_line *line, bool times)
{
	if (times)
		fprintf(f, "%10.3f ", line->ms / 1000.0);
	fwrite(line->text, 1, line->n, f);
	fputc('\n', f);
}

int log_save(const struct log *l, const char *path, bool times, struct err *e)
{
	char *tmp = xasprintf("%s.%d.tmp", path, (int)getpid());
	FILE *f = fopen(tmp, "wxe");
	bool ok = f != NULL;
	for (size_t i = l->first; ok && i < l->count; i++) {
		struct log_line line = log_get(l, i);
		write_line(f, &line, times);
	}
	if (f != NULL)
		ok = !ferror(f) & (fclose(f) == 0);
	ok = ok && rename(tmp, path) == 0;
	int why = errno;
	if (!ok && f != NULL)
		unlink(tmp);
	free(tmp);
	return ok ? 0 : err_sys(e, why, _("cannot write %s"), path);
}

size_t log_memory(const struct log *l)
{
	size_t n =
		sizeof(*l) + sizeof(*l->cache) + sizeof(*l->scratch) + CHUNK_BYTES + CHUNK_LINES * sizeof(struct rec);
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		n += l->cache->slot[i].text != NULL ? CHUNK_BYTES : 0;
	for (size_t i = l->head; i < l->tail; i++) {
		const struct chunk *c = l->chunk[i];
		n += sizeof(*c) + c->stored_n + c->n * sizeof(*c->rec) + c->n_extra * sizeof(*c->extra) +
		     c->n_mark * sizeof(*c->mark);
	}
	return n;
}
