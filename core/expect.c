/* expect: see expect.h. Every view remembers for its bytes where in the whole stream they were, in runs, so that a
 * match in one view can consume the others up to the same moment. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/expect.h"

#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"

#define MATCH_LIMIT    2000000
#define HEAP_LIMIT_KIB 32768
#define STAMP_MAX      24

enum { PROGRAMS, KERNEL, ALL, VIEWS };

/* From `at` on, the view's bytes were at `raw` and following in the stream, up to the next run. */
struct run {
	size_t at;
	uint64_t raw;
};

struct view {
	struct buf text;
	struct run *run;
	size_t n_run, cap_run;
	size_t start; /* matching begins here: what is before was consumed */
};

struct expect {
	struct view view[VIEWS];
	uint64_t raw;     /* bytes fed so far */
	struct buf stamp; /* what may become a kernel message's time stamp */
	bool in_message, dirty;
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
	pcre2_jit_stack *jit_stack;
};

static pcre2_code *compile(const char *pattern, struct err *e)
{
	int number;
	size_t offset;
	pcre2_compile_context *cc = pcre2_compile_context_create(NULL);
	if (cc != NULL)
		pcre2_set_newline(cc, PCRE2_NEWLINE_LF);
	const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &number, &offset, cc);
	pcre2_compile_context_free(cc);
	if (code != NULL) {
		pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without JIT it only takes longer */
		return code;
	}
	char why[128];
	pcre2_get_error_message(number, (PCRE2_UCHAR *)why, sizeof(why));
	err_set(e, ERR_USAGE, _("bad pattern `%s`: %s, at character %zu"), pattern, why, offset + 1);
	err_hint(e, _("patterns are PCRE2; to match . [ ( * + ? as they are, put \\ before them"));
	if (e != NULL)
		e->col = (int)offset + 1;
	return NULL;
}

int expect_check(const char *pattern, struct err *e)
{
	pcre2_code *code = compile(pattern, e);
	if (code == NULL)
		return -1;
	pcre2_code_free(code);
	return 0;
}

struct expect *expect_new(void)
{
	struct expect *x = xcalloc(1, sizeof(*x));
	x->limits = pcre2_match_context_create(NULL);
	x->jit_stack = pcre2_jit_stack_create(32 * 1024, 1024 * 1024, NULL);
	pcre2_set_match_limit(x->limits, MATCH_LIMIT);
	pcre2_set_heap_limit(x->limits, HEAP_LIMIT_KIB);
	pcre2_jit_stack_assign(x->limits, NULL, x->jit_stack);
	return x;
}

void expect_free(struct expect *x)
{
	if (x == NULL)
		return;
	for (int i = 0; i < VIEWS; i++) {
		buf_done(&x->view[i].text);
		free(x->view[i].run);
	}
	buf_done(&x->stamp);
	pcre2_code_free(x->code);
	pcre2_match_data_free(x->match);
	pcre2_match_context_free(x->limits);
	pcre2_jit_stack_free(x->jit_stack);
	free(x);
}

/* --- views --- */

/* The stream position of the byte at `at` (or, at the end, of the byte that would come). */
static uint64_t raw_of(const struct view *v, size_t at)
{
	size_t i = v->n_run;
	while (i > 0 && v->run[i - 1].at > at)
		i--;
	return i > 0 ? v->run[i - 1].raw + (at - v->run[i - 1].at) : 0;
}

/* Forget the first n bytes. */
static void view_eat(struct view *v, size_t n)
{
	size_t keep = 0;
	while (keep < v->n_run && v->run[keep].at <= n)
		keep++;
	if (keep > 0) {
		keep--;
		v->run[keep].raw += n - v->run[keep].at;
		v->run[keep].at = n;
	}
	memmove(v->run, v->run + keep, (v->n_run - keep) * sizeof(*v->run));
	v->n_run -= keep;
	for (size_t i = 0; i < v->n_run; i++)
		v->run[i].at -= n;
	buf_eat(&v->text, n);
	v->start = v->start > n ? v->start - n : 0;
}

static void view_add(struct view *v, const char *bytes, size_t n, uint64_t raw)
{
	if (n == 0)
		return;
	if (v->n_run == 0 || raw_of(v, v->text.n) != raw) {
		if (v->n_run == v->cap_run) {
			v->cap_run = v->cap_run * 2 + 16;
			v->run = xrealloc(v->run, v->cap_run * sizeof(*v->run));
		}
		v->run[v->n_run++] = (struct run){v->text.n, raw};
	}
	buf_add(&v->text, bytes, n);
	if (v->text.n > 2 * EXPECT_KEEP)
		view_eat(v, v->text.n - EXPECT_KEEP);
}

/* Everything that was in the stream before raw is consumed. */
static void view_consume(struct view *v, uint64_t raw)
{
	for (size_t i = v->n_run; i-- > 0;) {
		size_t end = i + 1 < v->n_run ? v->run[i + 1].at : v->text.n;
		if (v->run[i].raw > raw)
			continue;
		size_t at = v->run[i].at + (size_t)(raw - v->run[i].raw);
		if (at > end)
			at = end;
		if (at > v->start)
			v->start = at;
		return;
	}
}

/* --- taking kernel messages apart --- */

/* Is s, n bytes, a time stamp like `[    0.820000]`, or the beginning of one? */
static enum { STAMP_NO, STAMP_MAYBE, STAMP_YES } stamp_state(const char *s, size_t n)
{
	size_t i = 1, digits;
	while (i < n && s[i] == ' ')
		i++;
	for (digits = 0; i < n && s[i] >= '0' && s[i] <= '9'; i++)
		digits++;
	if (i == n)
		return n < STAMP_MAX ? STAMP_MAYBE : STAMP_NO;
	if (s[i] != '.' || digits == 0)
		return STAMP_NO;
	for (i++, digits = 0; i < n && s[i] >= '0' && s[i] <= '9'; i++)
		digits++;
	if (i == n)
		return n < STAMP_MAX ? STAMP_MAYBE : STAMP_NO;
	return s[i] == ']' && digits > 0 ? STAMP_YES : STAMP_NO;
}

/* x->raw is the position just behind the stamp's last byte. */
static void give_stamp(struct expect *x, int view)
{
	view_add(&x->view[view], x->stamp.p, x->stamp.n, x->raw - x->stamp.n);
	buf_clear(&x->stamp);
}

static void sort_byte(struct expect *x, char c)
{
	if (x->in_message) {
		view_add(&x->view[KERNEL], &c, 1, x->raw++);
		x->in_message = c != '\n';
		return;
	}
	if (x->stamp.n > 0 && c == '[')
		give_stamp(x, PROGRAMS);
	if (x->stamp.n == 0 && c != '[') {
		view_add(&x->view[PROGRAMS], &c, 1, x->raw++);
		return;
	}
	buf_addc(&x->stamp, c);
	x->raw++;
	switch (stamp_state(x->stamp.p, x->stamp.n)) {
	case STAMP_YES:
		give_stamp(x, KERNEL);
		x->in_message = true;
		break;
	case STAMP_NO:
		give_stamp(x, PROGRAMS);
		break;
	case STAMP_MAYBE:
		break;
	}
}

void expect_feed(struct expect *x, const char *text, size_t n)
{
	view_add(&x->view[ALL], text, n, x->raw);
	for (size_t i = 0; i < n; i++)
		sort_byte(x, text[i]);
	x->dirty = x->dirty || n > 0;
}

/* --- matching --- */

int expect_want(struct expect *x, const char *pattern, struct err *e)
{
	pcre2_code *code = compile(pattern, e);
	if (code == NULL)
		return -1;
	pcre2_code_free(x->code);
	pcre2_match_data_free(x->match);
	x->code = code;
	x->match = pcre2_match_data_create_from_pattern(code, NULL);
	x->dirty = true;
	return 0;
}

bool expect_poll(struct expect *x, struct buf *matched, struct err *e)
{
	if (x->code == NULL || !x->dirty)
		return false;
	x->dirty = false;
	for (int i = 0; i < VIEWS; i++) {
		struct view *v = &x->view[i];
		const char *text = v->text.p != NULL ? v->text.p : "";
		int r = pcre2_match(x->code, (PCRE2_SPTR)text, v->text.n, v->start, 0, x->match, x->limits);
		if (r < 0 && r != PCRE2_ERROR_NOMATCH) {
			err_set(e, ERR_INPUT, _("a pattern costs too much to match (PCRE2 error %d)"), r);
			err_hint(e, _("avoid nested repetitions like (a+)+; anchor the pattern"));
			return false;
		}
		if (r < 0)
			continue;
		const size_t *at = pcre2_get_ovector_pointer(x->match);
		const size_t end = at[1] > at[0] ? at[1] : at[0];
		if (matched != NULL && at[1] > at[0])
			buf_add(matched, text + at[0], at[1] - at[0]);
		const uint64_t raw = end > v->start ? raw_of(v, end - 1) + 1 : raw_of(v, end);
		for (int k = 0; k < VIEWS; k++)
			view_consume(&x->view[k], raw);
		return true;
	}
	return false;
}
