/* fuzz_theme: any bytes as a theme. What is refused has a place in the text; what is taken has looks that can be shown. */
/* sources: tui/theme.c tui/style.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tui/theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct err e = {0};
	char *text = xstrndup((const char *)bytes, n);
	struct theme *t = theme_parse("t", text, &e);
	if ((t == NULL) != err_is(&e) || (t == NULL && (e.line < 1 || e.col < 1)))
		abort();
	for (int i = 0; t != NULL && i < STYLE_N; i++)
		if (t->look[i].fg.poor > 255 && !(t->look[i].fg.poor & THEME_RGB))
			abort();
	theme_free(t);
	err_done(&e);
	free(text);
	return 0;
}
