/* fuzz_log: any bytes as what tools print: lines are made safe, classified, packed, and come back. A first byte says
 * how many lines are kept. Seeds: the .log files of a built lab. Run: tests/fuzz/run log SECONDS [SEED-FOLDER] */
/* sources: core/log.c core/logtext.c core/logrules.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/logtext.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* A kept line is valid UTF-8 without control characters but TAB; its marks ascend and lie in it. */
static void check_line(const struct log_line *l)
{
	for (size_t i = 0; i < l->n;) {
		const size_t len = logtext_utf8(l->text + i, l->n - i);
		const unsigned char c = (unsigned char)l->text[i];
		if (len == 0 || (c < 0x20 && c != '\t') || c == 0x7f)
			abort();
		i += len;
	}
	for (size_t i = 0; i < l->n_mark; i++)
		if (l->mark[i].at > l->n || (i > 0 && l->mark[i].at < l->mark[i - 1].at))
			abort();
}

static void check_block(const struct log *l, size_t line)
{
	const struct log_block b = log_block(l, line);
	if (line < b.first || line >= b.first + b.count || b.text[b.n - 1] != '\n')
		abort();
	if (log_block_line(&b, log_block_at(&b, line)) != line)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const char *s = (const char *)bytes, *end = s + n;
	struct log *l = log_new(n > 0 ? (size_t)bytes[0] + 1 : 1);
	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		const size_t len = (size_t)((nl != NULL ? nl : end) - s);
		log_append(l, s, len, (len & 1) != 0);
		s += len + 1;
	}
	for (size_t i = log_first(l); i < log_count(l); i++) {
		const struct log_line line = log_get(l, i);
		check_line(&line);
		check_block(l, i);
	}
	log_root_cause(l, 0);
	log_free(l);
	return 0;
}
