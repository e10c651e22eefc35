/* expect: prompts and kernel messages on one line, consumption, bounds, bad patterns. */
#include "tests/unit/test.h"
#undef expect_check /* cmocka has a macro of this name */

#include <stdlib.h>
#include <string.h>

#include "core/boot.h"
#include "core/expect.h"

static void feed(struct expect *x, const char *s)
{
	expect_feed(x, s, strlen(s));
}

static bool sees(struct expect *x, const char *pattern, const char *text)
{
	struct err e = {0};
	assert_int_equal(expect_want(x, pattern, &e), 0);
	if (text != NULL)
		feed(x, text);
	bool r = expect_poll(x, NULL, &e);
	assert_null(e.msg);
	return r;
}

static void test_prompt_alone(void **state)
{
	(void)state;
	struct expect *x = expect_new();
	assert_true(sees(x, BOOT_PROMPT, "Run /init\n# "));
	assert_false(sees(x, BOOT_PROMPT, NULL)); /* consumed */
	assert_false(sees(x, BOOT_PROMPT, "ls\nfile # x"));
	assert_true(sees(x, BOOT_PROMPT, "\n# "));
	expect_free(x);
}

static void test_prompt_with_kernel_messages(void **state)
{
	(void)state;
	struct expect *x = expect_new();
	assert_true(sees(x, BOOT_PROMPT, "[    0.80] Run /init as init process\n# [    0.82] input: mouse\n"));
	assert_false(sees(x, "Run /init", NULL)); /* came before the prompt */
	assert_true(sees(x, "input: m", NULL));   /* came behind it */
	expect_free(x);

	x = expect_new(); /* one byte at a time, a message in the middle of a word */
	const char *s = "hel[  10.123456] clocksource: tsc\nlo\n# [   11.0";
	struct err e = {0};
	assert_int_equal(expect_want(x, "(?m)^hello$", &e), 0);
	bool seen = false;
	for (size_t i = 0; i < strlen(s); i++) {
		expect_feed(x, s + i, 1);
		seen = seen || expect_poll(x, NULL, &e);
	}
	assert_true(seen);
	assert_true(sees(x, BOOT_PROMPT, NULL)); /* an unfinished time stamp does not hide it */
	expect_free(x);
}

static void test_kernel_messages_match_apart(void **state)
{
	(void)state;
	struct expect *x = expect_new();
	assert_true(sees(x, "(?m)^\\[ +0\\.5\\] Run /init as", "foo[    0.5] Run /init as init process\nbar"));
	assert_true(sees(x, "bar", NULL));
	expect_free(x);
	x = expect_new(); /* all of it in order */
	assert_true(sees(x, "foo\\[.*bar", "foo[    0.5] bar\n"));
	expect_free(x);
}

static void test_consumption_keeps_time(void **state)
{
	(void)state;
	struct expect *x = expect_new();
	feed(x, "[    1.0] early\n# \n[    2.0] late\n");
	assert_true(sees(x, "# ", NULL));
	assert_false(sees(x, "early", NULL));
	assert_true(sees(x, "late", NULL));
	assert_false(sees(x, "late", NULL));
	expect_free(x);
}

static void test_brackets_that_are_no_stamp(void **state)
{
	(void)state;
	struct expect *x = expect_new();
	assert_true(sees(x, "(?m)^a \\[1\\] \\[\\[x\\] \\[ 2\\.\\]$", "a [1] [[x] [ 2.]\n"));
	assert_true(sees(x, "\\[{40}", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[ ]"));
	expect_free(x);
}

static void test_memory_is_bounded(void **state)
{
	(void)state;
	struct expect *x = expect_new();
	struct err e = {0};
	char chunk[4096];
	for (size_t i = 0; i < sizeof(chunk); i++)
		chunk[i] = "y\n[   1.5] k\n"[i % 13];
	assert_int_equal(expect_want(x, "needle", &e), 0);
	for (int i = 0; i < 2000; i++)
		expect_feed(x, chunk, sizeof(chunk));
	assert_false(expect_poll(x, NULL, &e));
	assert_true(sees(x, "needle", "needle"));
	assert_true(sees(x, BOOT_PROMPT, "\n# "));
	expect_free(x);
}

static void test_bad_patterns(void **state)
{
	(void)state;
	struct err e = {0};
	assert_int_equal(expect_check("a(b", &e), -1);
	assert_int_equal(e.col, 4);
	assert_non_null(strstr(e.msg, "a(b"));
	assert_non_null(e.hint);
	err_done(&e);
	assert_int_equal(expect_check("", &e), 0);
	assert_int_equal(expect_check(BOOT_PROMPT, &e), 0);
}

static void test_costly_pattern_is_an_error(void **state)
{
	(void)state;
	struct expect *x = expect_new();
	struct err e = {0};
	assert_int_equal(expect_want(x, "^(a+)+$", &e), 0);
	feed(x, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
	assert_false(expect_poll(x, NULL, &e));
	assert_int_equal(e.code, ERR_INPUT);
	err_done(&e);
	expect_free(x);
}

static void test_matched_text(void **state)
{
	(void)state;
	struct expect *x = expect_new();
	struct err e = {0};
	struct buf got = {0};
	assert_int_equal(expect_want(x, "Linux version \\S+", &e), 0);
	feed(x, "[    0.000000] Linux version 6.12.1 (x)\n");
	assert_true(expect_poll(x, &got, &e));
	assert_string_equal(got.p, "Linux version 6.12.1");
	buf_done(&got);
	expect_free(x);
}

int main(int argc, char **argv)
{
	int status = internal_main(argc, argv);
	if (status >= 0)
		return status;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prompt_alone),
		cmocka_unit_test(test_prompt_with_kernel_messages),
		cmocka_unit_test(test_kernel_messages_match_apart),
		cmocka_unit_test(test_consumption_keeps_time),
		cmocka_unit_test(test_brackets_that_are_no_stamp),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_bad_patterns),
		cmocka_unit_test(test_costly_pattern_is_an_error),
		cmocka_unit_test(test_matched_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
