/* kc_search: finds options by name, prompt and help in the mapped image, without the helper. Every symbol counts once,
 * at its main place; menus and comments count too. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/kc_private.h"

struct hit {
	int node, score;
};

#define WORDS_MAX 8

struct search {
	const struct kc *kc;
	pcre2_code *re[WORDS_MAX]; /* one for each word of the pattern: all must match, wherever */
	pcre2_match_data *match;
	int n_re;
	const char *pattern;
	unsigned flags;
	struct hit *hit;
	size_t n, cap;
};

/* Where the pattern matches: its start, and whether it spans the whole text; -1: not at all. */
static int find(const struct search *s, int word, const char *text, bool *whole)
{
	size_t n = strlen(text);
	*whole = false;
	if (pcre2_match(s->re[word], (PCRE2_SPTR)text, n, 0, 0, s->match, NULL) < 0)
		return -1;
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(s->match);
	*whole = at[0] == 0 && at[1] == n;
	return (int)at[0];
}

static int score_word(const struct search *s, int word, const char *name, const struct image_node *n)
{
	bool whole;
	int at = name != NULL ? find(s, word, name, &whole) : -1;
	const char *prompt = kc_string(s->kc, n->prompt), *help = kc_string(s->kc, n->help);
	if (at >= 0)
		return whole ? 1000 : at == 0 ? 900 : at > 0 && name[at - 1] == '_' ? 800 : 700;
	at = prompt != NULL ? find(s, word, prompt, &whole) : -1;
	if (at >= 0)
		return whole ? 690 : at == 0 ? 600 : 500;
	if ((s->flags & KC_SEARCH_HELP) != 0 && help != NULL && find(s, word, help, &whole) >= 0)
		return 100;
	return 0;
}

/* The worst word counts, so that what has one only in its help comes behind what has all in its name or prompt. */
static int score_regex(const struct search *s, const char *name, const struct image_node *n)
{
	int least = 0;
	for (int i = 0; i < s->n_re; i++) {
		int score = score_word(s, i, name, n);
		if (score == 0)
			return 0;
		least = i == 0 || score < least ? score : least;
	}
	return least;
}

/* All letters of the pattern in order: better the closer together and the nearer to starts of words. */
static int score_letters(const char *pattern, const char *text)
{
	int score = 500, last = -1, at = 0;
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == ' ')
			continue;
		while (text[at] != '\0' && tolower((unsigned char)text[at]) != tolower((unsigned char)*pattern))
			at++;
		if (text[at] == '\0')
			return 0;
		bool start = at == 0 || !isalnum((unsigned char)text[at - 1]);
		score += start ? 12 : last == at - 1 ? 8 : -2 * (at - last > 10 ? 10 : at - last);
		last = at++;
	}
	return score > 1 ? score - (int)strlen(text) / 4 : 1;
}

static int score_fuzzy(const struct search *s, const char *name, const struct image_node *n)
{
	const char *prompt = kc_string(s->kc, n->prompt);
	int a = name != NULL ? score_letters(s->pattern, name) + 20 : 0;
	int b = prompt != NULL ? score_letters(s->pattern, prompt) : 0;
	if (a == 20)
		a = 0;
	return a > b ? a : b;
}

static void consider(struct search *s, int node)
{
	const struct image_node *n = &s->kc->node[node];
	if (n->sym >= 0 && s->kc->sym[n->sym].node != node)
		return;
	if (n->sym < 0 && n->prompt == 0)
		return;
	const char *name = n->sym >= 0 ? kc_string(s->kc, s->kc->sym[n->sym].name) : NULL;
	int score = (s->flags & KC_SEARCH_FUZZY) == 0 ? score_regex(s, name, n) : score_fuzzy(s, name, n);
	if (score <= 0)
		return;
	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 256;
		s->hit = xrealloc(s->hit, s->cap * sizeof(*s->hit));
	}
	s->hit[s->n++] = (struct hit){node, score + (n->prompt != 0 ? 5 : 0)};
}

static int best_first(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;
	return x->score != y->score ? y->score - x->score : x->node - y->node;
}

/* Compile one word, which begins at this offset of the pattern. */
static int compile_word(struct search *s, size_t at, size_t n, struct err *e)
{
	int code;
	PCRE2_SIZE wrong;
	unsigned char words[256];
	pcre2_code *re =
		pcre2_compile((PCRE2_SPTR)s->pattern + at, n, PCRE2_CASELESS | PCRE2_NO_UTF_CHECK, &code, &wrong, NULL);
	if (re == NULL) {
		pcre2_get_error_message(code, words, sizeof(words));
		return err_set(e, ERR_USAGE, _("the search pattern is wrong at character %zu: %s"), at + wrong + 1,
			(const char *)words);
	}
	pcre2_jit_compile(re, PCRE2_JIT_COMPLETE);
	s->re[s->n_re++] = re;
	return 0;
}

/* Blanks part words; the last of many is the rest. */
static int compile(struct search *s, struct err *e)
{
	if ((s->flags & KC_SEARCH_FUZZY) != 0)
		return 0;
	for (size_t at = strspn(s->pattern, " "); s->pattern[at] != '\0' || s->n_re == 0;) {
		size_t n = s->n_re + 1 < WORDS_MAX ? strcspn(s->pattern + at, " ") : strlen(s->pattern + at);
		if (compile_word(s, at, n, e) < 0)
			return -1;
		at += n;
		at += strspn(s->pattern + at, " ");
	}
	s->match = pcre2_match_data_create(1, NULL);
	return 0;
}

static void forget(struct search *s)
{
	for (int i = 0; i < s->n_re; i++)
		pcre2_code_free(s->re[i]);
	pcre2_match_data_free(s->match);
}

int kc_search(const struct kc *kc, const char *pattern, unsigned flags, int **hits, struct err *e)
{
	struct search s = {.kc = kc, .pattern = pattern, .flags = flags};
	*hits = NULL;
	if (compile(&s, e) < 0) {
		forget(&s);
		return -1;
	}
	for (int i = 0; i < kc_n_nodes(kc); i++)
		consider(&s, i);
	if (s.n > 0)
		qsort(s.hit, s.n, sizeof(*s.hit), best_first);
	*hits = xcalloc(s.n + 1, sizeof(int));
	for (size_t i = 0; i < s.n; i++)
		(*hits)[i] = s.hit[i].node;
	free(s.hit);
	forget(&s);
	return (int)s.n;
}
