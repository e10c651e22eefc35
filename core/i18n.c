/* i18n: see i18n.h. */
#include "core/i18n.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/paths.h"
#include "core/str.h"

/* The language that the environment asks for, as LC_MESSAGES would resolve it; NULL for none or C. */
static const char *wanted(void)
{
	static const char *const name[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		const char *value = getenv(name[i]);
		if (value == NULL || *value == '\0')
			continue;
		return strcmp(value, "C") == 0 || strcmp(value, "POSIX") == 0 || str_starts(value, "C.") ? NULL : value;
	}
	return NULL;
}

/* The environment names a locale that is not installed: C.UTF-8 gives the character set, LANGUAGE the language. */
static void stand_in(const char *language)
{
	bool utf8 = strstr(language, "UTF-8") != NULL || strstr(language, "utf8") != NULL;
	if (setlocale(LC_ALL, utf8 ? "C.UTF-8" : "C") == NULL)
		return;
	char *plain = xstrndup(language, strcspn(language, ".@"));
	setenv("LANGUAGE", plain, 0);
	free(plain);
}

void i18n_init(void)
{
	const char *language = wanted();
	if (setlocale(LC_ALL, "") == NULL && language != NULL)
		stand_in(language);
	setlocale(LC_NUMERIC, "C"); /* numbers in files and JSON are not for people alone */
	char *dir = paths_data("locale");
	bindtextdomain("kiln", dir);
	bind_textdomain_codeset("kiln", "UTF-8");
	textdomain("kiln");
	free(dir);
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
	return language != NULL && str_starts(language, "zh") ? "zh-CN" : "en";
}
