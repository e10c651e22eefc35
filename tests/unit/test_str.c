/* Strings, buffers, errors: the base everything stands on. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "core/str.h"

static void shell_quotes_what_a_shell_would_split(void **state)
{
	(void)state;
	char *argv[] = {"make", "O=a b", "it's", "", NULL};
	char *line = strv_shell(argv);
	assert_string_equal(line, "make 'O=a b' 'it'\\''s' ''");
	free(line);
}

static void first_error_wins(void **state)
{
	(void)state;
	struct err e = {0};
	assert_int_equal(err_at(&e, "kiln.conf", 3, 7, "bad value"), -1);
	err_set(&e, ERR_USAGE, "second");
	assert_string_equal(e.msg, "bad value");
	assert_int_equal(err_status(&e), 1);
	err_done(&e);
	assert_false(err_is(&e));
	assert_int_equal(err_status(&e), 0);
}

static void commas_and_distance(void **state)
{
	(void)state;
	char *s = str_commas(902144);
	assert_string_equal(s, "902,144");
	free(s);
	assert_int_equal(str_distance("biuld", "build"), 2);
	assert_int_equal(str_distance("run", "run"), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shell_quotes_what_a_shell_would_split),
		cmocka_unit_test(first_error_wins),
		cmocka_unit_test(commas_and_distance),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
