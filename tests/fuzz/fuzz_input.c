/* fuzz_input: any bytes as what a terminal sends, cut anywhere (the first byte of the input says where). Forced at the
 * end, nothing stays unfinished. */

/* sources: tui/input.c */

/* packages: termkey */
#include <stdint.h>
#include <stdlib.h>

#include "core/str.h"
#include "tui/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void take(struct input *in, bool force)
{
	struct key k;
	while (input_next(in, &k, force))
		if (k.code == K_NONE || (k.code == K_PASTE && k.text_n > 1u << 20))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct err e = {0};
	if (n < 2)
		return 0;
	struct input *in = input_new("xterm-256color", true, &e);
	if (in == NULL)
		abort();
	const size_t cut = 1 + bytes[0] % (n - 1);
	input_push(in, (const char *)bytes + 1, cut - 1);
	take(in, bytes[0] & 1);
	input_push(in, (const char *)bytes + cut, n - cut);
	take(in, false);
	for (int i = 0; i < 3 && input_wait(in) >= 0; i++)
		take(in, true);
	if (input_wait(in) >= 0)
		abort();
	input_free(in);
	return 0;
}
