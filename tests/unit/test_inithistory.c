/* The past of the learner's builds: what counts as a new build, how much is kept, what a damaged file costs, and that a
 * time to the prompt belongs to the very bytes it was measured with. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/inithistory.h"

static char temp[] = "/tmp/kiln-history.XXXXXX";

static int make_temp(void **state)
{
	(void)state;
	return mkdtemp(temp) != NULL ? 0 : -1;
}

static int drop_temp(void **state)
{
	struct err e = {0};
	(void)state;
	return fs_remove_tree(temp, &e);
}

/* A program of n bytes of this kind. Returns owned path. */
static char *program(size_t n, char kind)
{
	char *path = fs_join(temp, "init");
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	for (size_t i = 0; i < n; i++)
		fputc(kind, f);
	fclose(f);
	return path;
}

static void build(struct inithistory *h, size_t n, char kind)
{
	char *path = program(n, kind);
	inithistory_built(h, "mine", path);
	free(path);
}

static void the_past_is_kept_and_bounded(void **state)
{
	const struct lab lab = {.dir = temp};
	struct inithistory h;
	struct history_sizes s;
	(void)state;
	inithistory_load(&h, &lab);
	inithistory_sizes(&h, "mine", &s);
	assert_int_equal(s.n, 0);
	build(&h, 300, 'a');
	build(&h, 300, 'a'); /* the same bytes: no new build */
	build(&h, 300, 'b');
	build(&h, 100, 'b');
	inithistory_close(&h);
	inithistory_load(&h, &lab);
	inithistory_sizes(&h, "mine", &s);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.size[0], 300);
	assert_int_equal(s.size[2], 100);
	assert_int_equal(s.best, 100);
	for (size_t i = 0; i < HISTORY_KEEP + 10; i++)
		build(&h, 200 + i, 'c');
	inithistory_sizes(&h, "mine", &s);
	assert_int_equal(s.n, HISTORY_SHOWN);
	assert_int_equal(s.size[s.n - 1], 200 + HISTORY_KEEP + 9);
	assert_int_equal(s.best, 100); /* the best is remembered although its build is not */
	inithistory_sizes(&h, "other", &s);
	assert_int_equal(s.n, 0);
	inithistory_close(&h);
}

static void a_prompt_belongs_to_its_bytes(void **state)
{
	const struct lab lab = {.dir = temp};
	struct inithistory h;
	const char *on;
	(void)state;
	char *path = program(50, 'x');
	inithistory_load(&h, &lab);
	assert_int_equal(inithistory_prompt(&h, "mine", path, &on), -1);
	assert_null(on);
	inithistory_booted(&h, "mine", path, "bzImage of the test", 1234);
	inithistory_close(&h);
	inithistory_load(&h, &lab);
	assert_int_equal(inithistory_prompt(&h, "mine", path, &on), 1234);
	assert_string_equal(on, "bzImage of the test");
	free(program(50, 'y'));
	assert_int_equal(inithistory_prompt(&h, "mine", path, &on), -1);
	inithistory_close(&h);
	free(path);
}

static void a_damaged_file_counts_as_none(void **state)
{
	static const char *const text[] = {"", "{", "[]", "7", "{\"mine\": 7}",
		"{\"mine\": {\"builds\": [1, {\"size\": \"x\"}]}}",
		"{\"mine\": {\"builds\": {}, \"best\": \"n\", \"prompt\": []}}"};
	const struct lab lab = {.dir = temp};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		struct inithistory h;
		struct history_sizes s;
		struct err e = {0};
		const char *on;
		char *path = fs_join(temp, "out/init-history.json");
		assert_int_equal(fs_write(path, text[i], strlen(text[i]), 0644, &e), 0);
		inithistory_load(&h, &lab);
		inithistory_sizes(&h, "mine", &s);
		assert_int_equal(s.n, 0);
		assert_int_equal(inithistory_prompt(&h, "mine", path, &on), -1);
		build(&h, 10, 'z');
		inithistory_sizes(&h, "mine", &s);
		assert_int_equal(s.n, 1);
		inithistory_close(&h);
		free(path);
	}
}

static void bars_go_from_the_smallest_to_the_largest(void **state)
{
	struct history_sizes s = {.size = {100, 800, 450}, .n = 3};
	(void)state;
	char *digits = inithistory_spark(&s, false), *bars = inithistory_spark(&s, true);
	assert_string_equal(digits, "073");
	assert_string_equal(bars, "▁█▄");
	free(digits);
	free(bars);
	s.n = 0;
	digits = inithistory_spark(&s, false);
	assert_string_equal(digits, "");
	free(digits);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_past_is_kept_and_bounded),
		cmocka_unit_test(a_prompt_belongs_to_its_bytes),
		cmocka_unit_test(a_damaged_file_counts_as_none),
		cmocka_unit_test(bars_go_from_the_smallest_to_the_largest),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, make_temp, drop_temp);
}
