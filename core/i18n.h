/* i18n: the words that people see: `_("text")` gives the translation, `N_("text")` only marks a text in a table of
 * constants, to be passed through `_()` where it is shown. Catalogues are gettext's (po/, msgfmt), read here rather
 * than by the C library: that one knows no language without a locale of it installed, and many machines have C.UTF-8
 * alone. Command names, settings, keys and what tools print are never translated. */
#ifndef KILN_I18N_H
#define KILN_I18N_H

#include <stdbool.h>

#define _(text)                i18n_text(text)
#define N_(text)               text
#define ngettext(one, many, n) i18n_plural(one, many, n)

/* The translation, or text itself. Borrowed, for good. */
const char *i18n_text(const char *text) __attribute__((format_arg(1)));
const char *i18n_plural(const char *one, const char *many, unsigned long n)
	__attribute__((format_arg(1), format_arg(2)));

/* Set the locale and read the catalogue. A language whose locale is not installed (LANG=zh_CN.UTF-8 with C.UTF-8 alone,
 * or LANGUAGE=zh_CN) works too, as long as the character set is UTF-8. Called once, by cli_main, before any text is
 * shown. */
void i18n_init(void);
/* Is the character set UTF-8, and KILN_ASCII not set? */
bool i18n_utf8(void);
/* The language of lessons: "en", or that of a translation, "zh-CN". */
const char *i18n_lesson_lang(void);

#endif
