/* What a guest prints, behind a bar; live: the prompt stands, and the echo of what was typed is not told twice. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/guestlines.h"

struct told {
	FILE *out;
	char *text;
	size_t n;
	struct report report;
	struct guestlines g;
};

static void begin(struct told *t, bool live)
{
	memset(t, 0, sizeof(*t));
	t->out = open_memstream(&t->text, &t->n);
	report_init(&t->report, t->out, false, false);
	t->g = (struct guestlines){.report = &t->report, .live = live};
}

static void feed(struct told *t, const char *text)
{
	guestlines_feed(&t->g, text, strlen(text));
}

static void end(struct told *t, const char *want)
{
	guestlines_done(&t->g);
	report_clear(&t->report);
	fclose(t->out);
	assert_string_equal(t->text, want);
	free(t->text);
}

static void lines_are_told_whole(void **state)
{
	struct told t;
	(void)state;
	begin(&t, false);
	feed(&t, "one\ntw");
	feed(&t, "o\n\n# ");
	end(&t, "  | one\n  | two\n  |\n  | # \n");
}

static void a_prompt_stands_and_the_echo_is_left_out(void **state)
{
	struct told t;
	(void)state;
	begin(&t, true);
	feed(&t, "# ");
	guestlines_typed(&t.g, "hello\n"); /* the terminal shows it, and its Enter */
	feed(&t, "hel");
	feed(&t, "lo\nHello.\n# ");
	report_line(&t.report, "kiln's own");
	feed(&t, "late\n# ");
	report_line(&t.report, "over");
	end(&t, "  | #   | Hello.\n  | # \nkiln's own\n  | # late\n  | # \nover\n");
}

static void an_echo_that_is_none_is_told(void **state)
{
	struct told t;
	(void)state;
	begin(&t, true);
	guestlines_typed(&t.g, "hello\n");
	feed(&t, "help\nhello\n"); /* after a line of something else it is no echo */
	end(&t, "  | help\n  | hello\n");
	begin(&t, true);
	guestlines_typed(&t.g, "ls\n");
	feed(&t, "# ls\nfile\n"); /* the prompt was late */
	end(&t, "  | # \n  | file\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_told_whole),
		cmocka_unit_test(a_prompt_stands_and_the_echo_is_left_out),
		cmocka_unit_test(an_echo_that_is_none_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
