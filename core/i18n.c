/* i18n: see i18n.h. The catalogue is the one thing in kiln that is global and set at run time (once, by i18n_init,
 * before any text is shown): every text that is shown asks it. Invariant: `catalogue` is either empty or a file whose
 * every string has been checked to lie in it and to end. */
#include "core/i18n.h"

#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/paths.h"
#include "core/str.h"

enum { STRINGS_MAX = 100000 };

/* A .mo file: two tables of (length, offset), originals sorted by their bytes, and their translations. */
static struct {
	char *bytes;
	uint32_t n;
	const uint32_t *original, *translation; /* n pairs each */
} catalogue;

/* ---- looking up ---- */

static long find(const char *text)
{
	uint32_t low = 0, high = catalogue.n;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(text, catalogue.bytes + catalogue.original[2 * middle + 1]);
		if (order == 0)
			return (long)middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

const char *i18n_text(const char *text)
{
	long at = catalogue.n > 0 && *text != '\0' ? find(text) : -1;
	return at < 0 ? text : catalogue.bytes + catalogue.translation[2 * at + 1];
}

/* Languages with one form (Chinese) or the two of English; there are no others here yet. */
const char *i18n_plural(const char *one, const char *many, unsigned long n)
{
	long at = catalogue.n > 0 ? find(one) : -1;
	if (at < 0)
		return n == 1 ? one : many;
	const char *first = catalogue.bytes + catalogue.translation[2 * at + 1];
	size_t length = strlen(first);
	return n != 1 && length < catalogue.translation[2 * at] ? first + length + 1 : first;
}

/* ---- reading ---- */

/* Do all n strings of the table at `offset` lie in the file, each with its final NUL? */
static bool table_is_sound(const char *bytes, size_t size, uint32_t offset, uint32_t n)
{
	if (offset % 4 != 0 || offset > size || (size - offset) / 8 < n)
		return false;
	const uint32_t *pair = (const uint32_t *)(const void *)(bytes + offset);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t length = pair[2 * i], at = pair[2 * i + 1];
		if (at >= size || length >= size - at || bytes[at + length] != '\0')
			return false;
	}
	return true;
}

/* Take a file's bytes if they are a catalogue. */
static bool take(char *bytes, size_t size)
{
	const uint32_t *head = (const uint32_t *)(const void *)bytes;
	if (size < 28 || head[0] != UINT32_C(0x950412de) || head[1] >> 16 != 0 || head[2] > STRINGS_MAX ||
		!table_is_sound(bytes, size, head[3], head[2]) || !table_is_sound(bytes, size, head[4], head[2]))
		return false;
	catalogue.bytes = bytes;
	catalogue.n = head[2];
	catalogue.original = (const uint32_t *)(const void *)(bytes + head[3]);
	catalogue.translation = (const uint32_t *)(const void *)(bytes + head[4]);
	return true;
}

/* The catalogue of a language ("zh_CN") from installed data, or from where the source tree builds it. */
static bool load(const char *language)
{
	static const char *const place[] = {"locale", ".build/locale"};
	struct err ignored = {0};
	bool taken = false;
	for (size_t i = 0; i < ARRAY_LEN(place) && !taken; i++) {
		size_t size;
		char *rel = xasprintf("%s/%s/LC_MESSAGES/kiln.mo", place[i], language), *path = paths_data(rel);
		char *bytes = fs_exists(path) ? fs_read(path, &size, &ignored) : NULL;
		taken = bytes != NULL && take(bytes, size);
		if (!taken)
			free(bytes);
		free(path);
		free(rel);
	}
	err_done(&ignored);
	return taken;
}

/* ---- which language ---- */

static bool is_plain(const char *name, size_t n)
{
	return n == 0 || (n == 1 && name[0] == 'C') || strncmp(name, "C.", 2) == 0 || strncmp(name, "POSIX", n) == 0 ||
	       strncmp(name, "en", 2) == 0;
}

/* One name, "zh_CN.UTF-8@x": with its country, else without. A slash would leave the folder of catalogues. */
static bool try_name(const char *name, size_t n)
{
	char language[32];
	size_t whole = strcspn(name, ".@:"), bare = strcspn(name, "_.@:");
	whole = whole < n ? whole : n;
	if (whole >= sizeof(language) || memchr(name, '/', whole) != NULL)
		return false;
	snprintf(language, sizeof(language), "%.*s", (int)whole, name);
	if (load(language))
		return true;
	if (whole == 2 && strcmp(language, "zh") == 0)
		return load("zh_CN");
	snprintf(language, sizeof(language), "%.*s", (int)(bare < whole ? bare : whole), name);
	return load(language);
}

/* The locale that the environment asks for, for messages; "" for none. */
static const char *wanted(void)
{
	static const char *const name[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		const char *value = getenv(name[i]);
		if (value != NULL && *value != '\0')
			return value;
	}
	return "";
}

/* LANGUAGE is a list, the first that there is counts; plain English ends it. */
static void choose(void)
{
	const char *list = getenv("LANGUAGE");
	if (list == NULL || *list == '\0')
		list = wanted();
	while (*list != '\0') {
		size_t n = strcspn(list, ":");
		if (is_plain(list, n) || try_name(list, n))
			return;
		list += n + (list[n] == ':');
	}
}

void i18n_init(void)
{
	/* A locale that is not installed: C.UTF-8 gives the character set, so that the language can still be had. */
	if (setlocale(LC_ALL, "") == NULL) {
		const char *name = wanted();
		bool utf8 = strstr(name, "UTF-8") != NULL || strstr(name, "utf8") != NULL;
		setlocale(LC_ALL, utf8 ? "C.UTF-8" : "C");
	}
	setlocale(LC_NUMERIC, "C"); /* numbers in files and JSON are not for people alone */
	if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		choose();
}

bool i18n_utf8(void)
{
	const char *ascii = getenv("KILN_ASCII");
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 && (ascii == NULL || strcmp(ascii, "1") != 0);
}

const char *i18n_lesson_lang(void)
{
	const char *language = getenv("LANGUAGE");
	if (language == NULL || *language == '\0')
		language = wanted();
	return str_starts(language, "zh") ? "zh-CN" : "en";
}
