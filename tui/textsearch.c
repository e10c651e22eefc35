/* textsearch: see textsearch.h. Matching lines are bits in a bitmap over line numbers, so that blocks may be searched
 * in any order and next, previous and rank are scans over words. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "tui/textsearch.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/i18n.h"
#include "core/str.h"

#define MATCH_LIMIT 200000 /* steps of one match: a pattern that explodes finds nothing, late by a moment */

struct textsearch {
	struct textsource src;
	char *pattern;
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
	uint64_t *bits;
	size_t base, words; /* bit 0 is line base, a multiple of 64 */
	size_t hits;
	size_t next; /* forward pass: lines [from, next) are done */
	size_t from; /* where it began */
	bool jit;
	size_t wrap; /* second pass: lines [first, wrap) are done, up to from */
};

static bool has_upper(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++; /* \S, \W … are no letters */
		else if (*s >= 'A' && *s <= 'Z')
			return true;
	}
	return false;
}

static bool is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static int compile(struct textsearch *s, struct err *e)
{
	uint32_t flags = PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C;
	int number;
	size_t offset;
	if (!has_upper(s->pattern))
		flags |= PCRE2_CASELESS;
	if (!is_ascii(s->pattern))
		flags |= PCRE2_UTF;
	s->code = pcre2_compile((PCRE2_SPTR)s->pattern, PCRE2_ZERO_TERMINATED, flags, &number, &offset, NULL);
	if (s->code == NULL) {
		char why[128];
		pcre2_get_error_message(number, (PCRE2_UCHAR *)why, sizeof(why));
		return err_set(e, ERR_USAGE, _("bad pattern, column %zu: %s"), offset + 1, why);
	}
	s->jit = pcre2_jit_compile(s->code, PCRE2_JIT_COMPLETE) == 0;
	s->match = pcre2_match_data_create(1, NULL);
	s->limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(s->limits, MATCH_LIMIT);
	return 0;
}

struct textsearch *textsearch_new(const struct textsource *src, const char *pattern, size_t from, struct err *e)
{
	struct textsearch *s = xcalloc(1, sizeof(*s));
	const size_t first = src->first(src->ctx), count = src->count(src->ctx);
	s->src = *src;
	s->pattern = xstrdup(pattern);
	s->from = s->next = from < first ? first : from > count ? count : from;
	s->wrap = first;
	s->base = first & ~(size_t)63;
	if (compile(s, e) == 0)
		return s;
	textsearch_free(s);
	return NULL;
}

void textsearch_free(struct textsearch *s)
{
	if (s == NULL)
		return;
	pcre2_code_free(s->code);
	pcre2_match_data_free(s->match);
	pcre2_match_context_free(s->limits);
	free(s->bits);
	free(s->pattern);
	free(s);
}

const char *textsearch_pattern(const struct textsearch *s)
{
	return s->pattern;
}

/* --- the bitmap --- */

static void mark(struct textsearch *s, size_t line)
{
	const size_t w = (line - s->base) / 64;
	const uint64_t bit = (uint64_t)1 << (line % 64);
	if (w >= s->words) {
		size_t words = s->words * 2 > w + 16 ? s->words * 2 : w + 16;
		s->bits = xrealloc(s->bits, words * sizeof(*s->bits));
		memset(s->bits + s->words, 0, (words - s->words) * sizeof(*s->bits));
		s->words = words;
	}
	if (!(s->bits[w] & bit))
		s->hits++;
	s->bits[w] |= bit;
}

bool textsearch_has(const struct textsearch *s, size_t line)
{
	if (line < s->base || (line - s->base) / 64 >= s->words)
		return false;
	return s->bits[(line - s->base) / 64] >> (line % 64) & 1;
}

size_t textsearch_rank(const struct textsearch *s, size_t line)
{
	size_t n = 0, w = line <= s->base ? 0 : (line - s->base) / 64;
	for (size_t i = 0; i < w && i < s->words; i++)
		n += (size_t)__builtin_popcountll(s->bits[i]);
	if (line > s->base && w < s->words)
		n += (size_t)__builtin_popcountll(s->bits[w] & (((uint64_t)1 << (line % 64)) - 1));
	return n;
}

/* Forget lines that the source has dropped. */
static void trim(struct textsearch *s)
{
	const size_t first = s->src.first(s->src.ctx);
	size_t gone = first > s->base ? (first - s->base) / 64 : 0;
	if (gone >= s->words)
		gone = s->words;
	for (size_t i = 0; i < gone; i++)
		s->hits -= (size_t)__builtin_popcountll(s->bits[i]);
	if (gone > 0)
		memmove(s->bits, s->bits + gone, (s->words - gone) * sizeof(*s->bits));
	s->words -= gone;
	s->base += gone * 64;
	if (s->words == 0)
		s->base = first & ~(size_t)63;
	for (size_t line = s->base; s->words > 0 && line < first; line++) {
		s->hits -= s->bits[0] >> (line % 64) & 1;
		s->bits[0] &= ~((uint64_t)1 << (line % 64));
	}
}

size_t textsearch_hits(const struct textsearch *s)
{
	return s->hits;
}

size_t textsearch_next(const struct textsearch *s, size_t line, int dir)
{
	const size_t end = s->base + s->words * 64;
	if (dir > 0) {
		for (size_t i = line + 1 < s->base ? s->base : line + 1; i < end;) {
			const uint64_t w = s->bits[(i - s->base) / 64] >> (i % 64);
			if (w != 0)
				return i + (size_t)__builtin_ctzll(w);
			i = (i / 64 + 1) * 64;
		}
		return SIZE_MAX;
	}
	for (size_t i = line > end ? end : line; i > s->base;) {
		const uint64_t w = s->bits[(i - 1 - s->base) / 64] << (63 - (i - 1) % 64);
		if (w != 0)
			return i - 1 - (size_t)__builtin_clzll(w);
		i = (i - 1) / 64 * 64;
	}
	return SIZE_MAX;
}

/* --- matching --- */

/* First match in text[at..n). Both ends as offsets; false if there is none. */
static bool find(const struct textsearch *s, const char *text, size_t n, size_t at, struct text_span *m)
{
	int r = s->jit ? pcre2_jit_match(s->code, (PCRE2_SPTR)text, n, at, 0, s->match, s->limits)
		       : pcre2_match(s->code, (PCRE2_SPTR)text, n, at, PCRE2_NO_UTF_CHECK, s->match, s->limits);
	if (r < 0)
		return false;
	const PCRE2_SIZE *o = pcre2_get_ovector_pointer(s->match);
	*m = (struct text_span){o[0] < o[1] ? o[0] : o[1], o[1]}; /* \K may turn them round */
	return true;
}

static size_t line_end(const char *text, size_t n, size_t at)
{
	const char *nl = at < n ? memchr(text + at, '\n', n - at) : NULL;
	return nl != NULL ? (size_t)(nl - text) : n;
}

/* A match that reaches over a newline says nothing: does the line match by itself? */
static bool matches_alone(const struct textsearch *s, const struct text_block *b, size_t line, size_t end)
{
	const size_t begin = s->src.begin_of(b, line);
	struct text_span own;
	return find(s, b->text + begin, end - begin, 0, &own);
}

/* Search lines [from, to) of a block. */
static void search_block(struct textsearch *s, const struct text_block *b, size_t from, size_t to)
{
	const size_t stop = to < b->first + b->count ? s->src.begin_of(b, to) : b->n;
	size_t at = s->src.begin_of(b, from), line = from;
	struct text_span m;
	while (at < stop && find(s, b->text, stop, at, &m)) {
		if (m.from >= stop)
			return;
		/* Matches are often dense: the line at `at` is looked at before it is searched for. */
		if (m.from - at > 100 || memchr(b->text + at, '\n', m.from - at) != NULL)
			line = s->src.line_at(b, m.from);
		size_t end = line_end(b->text, stop, m.from);
		if (m.to <= end || matches_alone(s, b, line, end))
			mark(s, line);
		at = end + 1;
		line++;
	}
}

/* One block of one of the passes. Returns false when nothing is left. */
static bool search_some(struct textsearch *s)
{
	const size_t first = s->src.first(s->src.ctx), count = s->src.count(s->src.ctx);
	size_t *pass = s->next < count ? &s->next : &s->wrap;
	const size_t end = pass == &s->next ? count : s->from;
	if (*pass < first)
		*pass = first;
	if (*pass >= end)
		return false;
	const struct text_block b = s->src.block(s->src.ctx, *pass);
	const size_t to = b.first + b.count < end ? b.first + b.count : end;
	search_block(s, &b, *pass, to);
	*pass = to;
	return true;
}

static uint64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

bool textsearch_complete(const struct textsearch *s)
{
	const size_t first = s->src.first(s->src.ctx);
	return s->next >= s->src.count(s->src.ctx) && (s->wrap >= s->from || first >= s->from);
}

bool textsearch_step(struct textsearch *s, unsigned us)
{
	const uint64_t until = now_us() + us;
	trim(s);
	while (search_some(s))
		if (us != 0 && now_us() >= until)
			return !textsearch_complete(s);
	return false;
}

size_t textsearch_frontier(const struct textsearch *s)
{
	return s->next;
}

size_t textsearch_spans(const struct textsearch *s, const char *text, size_t n, struct text_span *out, size_t max)
{
	size_t at = 0, k = 0;
	struct text_span m;
	while (k < max && at <= n && find(s, text, n, at, &m)) {
		if (m.to > m.from)
			out[k++] = m;
		at = m.to > at ? m.to : at + 1;
		while (at < n && ((unsigned char)text[at] & 0xc0) == 0x80)
			at++;
	}
	return k;
}
