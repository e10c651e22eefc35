/* fuzzy: see fuzzy.h. */
#include "tui/fuzzy.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : (unsigned char)c;
}

static bool begins_word(const char *text, size_t i)
{
	if (i == 0)
		return true;
	unsigned char p = (unsigned char)text[i - 1];
	return !(p >= 0x80 || (p >= '0' && p <= '9') || (p >= 'a' && p <= 'z') || (p >= 'A' && p <= 'Z'));
}

static void hit(uint64_t *hits, size_t i)
{
	if (i < 64)
		*hits |= (uint64_t)1 << i;
}

/* The word as it stands, at the beginning of a word if possible. Returns its place, or -1. */
static long find_whole(const char *word, size_t n, const char *text)
{
	long found = -1;
	for (size_t i = 0; text[i] != '\0'; i++) {
		size_t k = 0;
		while (k < n && text[i + k] != '\0' && lower(text[i + k]) == lower(word[k]))
			k++;
		if (k < n)
			continue;
		if (begins_word(text, i))
			return (long)i;
		if (found < 0)
			found = (long)i;
	}
	return found;
}

/* Where c stands next from `at` on, with `jumps` at the next beginning of a word if there is one. SIZE_MAX: nowhere. */
static size_t next_place(const char *text, size_t at, char c, bool jumps)
{
	size_t first = SIZE_MAX;
	for (size_t i = at; text[i] != '\0'; i++) {
		if (lower(text[i]) != lower(c))
			continue;
		if (!jumps || i == at || begins_word(text, i))
			return i;
		if (first == SIZE_MAX)
			first = i;
	}
	return first;
}

/* Its characters scattered over the text. */
static int scattered(const char *word, size_t n, const char *text, bool jumps, uint64_t *hits)
{
	int score = 10;
	uint64_t mine = 0;
	size_t at = 0;
	for (size_t k = 0; k < n; k++) {
		size_t i = next_place(text, at, word[k], jumps);
		if (i == SIZE_MAX)
			return -1;
		score += begins_word(text, i) ? 4 : (k > 0 && i == at) ? 3 : 1;
		hit(&mine, i);
		at = i + 1;
	}
	*hits |= mine;
	return score < FUZZY_WHOLE ? score : FUZZY_WHOLE - 1;
}

static int word_score(const char *word, size_t n, const char *text, uint64_t *hits)
{
	long whole = find_whole(word, n, text);
	if (whole < 0) {
		int score = scattered(word, n, text, true, hits);
		return score >= 0 ? score : scattered(word, n, text, false, hits);
	}
	for (size_t i = 0; i < n; i++)
		hit(hits, (size_t)whole + i);
	bool start = begins_word(text, (size_t)whole);
	return FUZZY_WHOLE + (int)n * 2 + (start ? 50 : 0) + (whole == 0 ? 50 : 0) +
	       (whole == 0 && text[n] == '\0' ? 100 : 0);
}

int fuzzy_score(const char *pattern, const char *text, uint64_t *hits)
{
	int sum = 0;
	*hits = 0;
	while (*(pattern += strspn(pattern, " ")) != '\0') {
		size_t n = strcspn(pattern, " ");
		int score = word_score(pattern, n, text, hits);
		if (score < 0)
			return -1;
		sum += score;
		pattern += n;
	}
	return sum;
}
