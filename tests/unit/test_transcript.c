/* transcript: guest bytes made safe, cut anywhere. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "core/transcript.h"

/* Whole and byte by byte, the safe form must be the same. */
static void is_safe(const char *in, size_t n, const char *want)
{
	struct transcript whole = {0}, cut = {0};
	struct buf a = {0}, b = {0};
	transcript_feed(&whole, in, n, &a);
	for (size_t i = 0; i < n; i++)
		transcript_feed(&cut, in + i, 1, &b);
	assert_string_equal(a.p != NULL ? a.p : "", want);
	assert_string_equal(b.p != NULL ? b.p : "", want);
	buf_done(&a);
	buf_done(&b);
}

#define SAFE(in, want) is_safe(in, sizeof(in) - 1, want)

static void test_transcript(void **state)
{
	(void)state;
	SAFE("plain\r\n\ttext\n", "plain\n\ttext\n");
	SAFE("\033[31mred\033[0m \033[?25lx\033(By", "red xy");
	SAFE("\033]0;owned\007a\033]0;owned\033\\b\033P1;1qxx\033\\c", "abc");
	SAFE("\033]0;never ends\nvisible", "\nvisible");
	SAFE("\302\23331mx\302\235title\302\234y", "xy");
	SAFE("\233\200\377", "\357\277\275\357\277\275\357\277\275");
	SAFE("\303\244\344\270\255\360\237\220\247", "\303\244\344\270\255\360\237\220\247");
	SAFE("\300\257\355\240\200", "\357\277\275\357\277\275\357\277\275");
	SAFE("a\303b", "a\357\277\275b");
	SAFE("a\342\200\256b\000c\177d", "abcd");
	SAFE("\033[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18mz", "z");
}

static void test_endless_string_is_given_up(void **state)
{
	(void)state;
	struct transcript t = {0};
	struct buf out = {0};
	transcript_feed(&t, "\033]", 2, &out);
	for (int i = 0; i < 5000; i++)
		transcript_feed(&t, "x", 1, &out);
	transcript_feed(&t, "end", 3, &out);
	assert_non_null(strstr(out.p, "end"));
	buf_done(&out);
}

/* Whatever comes in, what goes out is printable UTF-8, newline and tab. */
static void test_any_bytes(void **state)
{
	(void)state;
	struct transcript t = {0}, again = {0};
	struct buf out = {0}, twice = {0};
	srand(11);
	for (int i = 0; i < 200000; i++) {
		char c = rand() % 4 == 0 ? "\033[]P\\\007m;\302\233"[rand() % 10] : (char)rand();
		transcript_feed(&t, &c, 1, &out);
	}
	for (size_t i = 0; i < out.n; i++) {
		unsigned char c = (unsigned char)out.p[i];
		assert_true(c >= 0x20 || c == '\n' || c == '\t');
		assert_int_not_equal(c, 0x7F);
	}
	transcript_feed(&again, out.p, out.n, &twice); /* safe text is left alone: it was valid and had no controls */
	assert_int_equal(twice.n, out.n);
	assert_memory_equal(twice.p, out.p, out.n);
	buf_done(&out);
	buf_done(&twice);
}

int main(int argc, char **argv)
{
	int status = internal_main(argc, argv);
	if (status >= 0)
		return status;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transcript),
		cmocka_unit_test(test_endless_string_is_given_up),
		cmocka_unit_test(test_any_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
