/* fuzz_hilite: any bytes as highlighting rules and, behind a NUL, as lines of source text: rules are refused with a
 * place or give spans that are in order and within the line. Seeds: themes/. Run: tests/fuzz/run hilite SECONDS themes
 */
/* sources: tui/hilite.c tui/style.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/str.h"
#include "tui/hilite.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void style_lines(const struct hilite *h, const char *s, const char *end)
{
	struct hilite_line out;
	unsigned state = 0;
	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		const size_t len = (size_t)((nl != NULL ? nl : end) - s);
		state = hilite_line(h, state, s, len, &out);
		for (size_t i = 0, last = 0; i < out.n; last = out.span[i++].to)
			if (out.span[i].from < last || out.span[i].to <= out.span[i].from || out.span[i].to > len)
				abort();
		s += len + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct err e = {0};
	char *text = xstrndup((const char *)bytes, n); /* up to the first NUL */
	const size_t rules = strlen(text);
	struct hilite *h = hilite_parse("fuzz", text, &e);
	if (h == NULL && (e.line < 1 || e.col < 1))
		abort();
	if (h != NULL)
		style_lines(h, (const char *)bytes + (rules < n ? rules : 0), (const char *)bytes + n);
	hilite_free(h);
	err_done(&e);
	free(text);
	return 0;
}
