/* i18n: the words that people see, through gettext: `_("text")` gives the translation, `N_("text")` only marks a text
 * in a table of constants, to be passed through `_()` where it is shown. Command names, settings, keys and what tools
 * print are never translated. */
#ifndef KILN_I18N_H
#define KILN_I18N_H

#include <libintl.h>
#include <stdbool.h>

#define _(text)  gettext(text)
#define N_(text) text
/* With a count: ngettext("%d line", "%d lines", n). */

/* Set the locale and find the catalogue. A language whose locale is not installed (LANG=zh_CN.UTF-8 with C.UTF-8 alone)
 * works too. Called once, by cli_main, before any text is shown. */
void i18n_init(void);
/* Is the character set UTF-8, and KILN_ASCII not set? */
bool i18n_utf8(void);
/* The language of lessons: "en", or that of a translation, "zh-CN". */
const char *i18n_lesson_lang(void);

#endif
