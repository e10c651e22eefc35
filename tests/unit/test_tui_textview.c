/* Line views: searching in slices and blocks against a plain loop over lines, moving, selecting, drawing in styles, and
 * the log's view with filter and search while lines keep coming. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "tests/unit/test.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/log.h"
#include "core/str.h"
#include "tui/draw.h"
#include "tui/logview.h"
#include "tui/screen.h"
#include "tui/textview.h"
#include "tui/theme.h"

static void add(struct log *l, const char *text)
{
	log_append(l, text, strlen(text), false);
}

static void press(struct logview *v, const char *name)
{
	struct key k;
	struct err e = {0};
	assert_int_equal(key_parse(name, strlen(name), &k, &e), 0);
	textview_key(&v->view, &k);
}

/* Draw into a memory screen; what it shows. Returns owned. */
static char *shown(struct logview *v, int rows, int cols, bool styles)
{
	struct err e = {0};
	struct screen *s = screen_open_memory(rows, cols, &e);
	struct theme *t = theme_default();
	assert_non_null(s);
	screen_set_theme(s, t);
	theme_free(t);
	const struct draw d = {s, 0, 0, rows, cols};
	screen_begin(s);
	textview_draw(&v->view, &d, true);
	screen_show(s);
	char *text = styles ? screen_dump_styles(s) : screen_dump(s);
	screen_close(s);
	return text;
}

static void expect_shown(struct logview *v, int rows, int cols, const char *want)
{
	char *got = shown(v, rows, cols, false);
	assert_string_equal(got, want);
	free(got);
}

static struct log *numbered(size_t n, size_t max)
{
	struct log *l = log_new(max);
	char text[64];
	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), i % 100 == 99 ? "x.c:%zu:1: error: bad" : "line %zu", i);
		add(l, text);
	}
	return l;
}

static void moving_stays_inside(void **state)
{
	(void)state;
	static const char *const keys[] = {
		"j", "k", "PgDn", "PgUp", "g", "G", "C-d", "C-u", "l", "h", "Space", "Up", "Down", "0"};
	struct log *l = numbered(50, 40);
	struct logview v;
	unsigned x = 7;
	logview_init(&v, l);
	v.view.rows = 10;
	for (int i = 0; i < 20000; i++) {
		x = x * 1103515245 + 12345;
		press(&v, keys[(x >> 16) % ARRAY_LEN(keys)]);
		if (i % 3 == 0)
			add(l, "more");
		textview_settle(&v.view);
		assert_true(v.view.cursor >= log_first(l) && v.view.cursor < log_count(l));
		assert_true(v.view.cursor >= v.view.top && v.view.cursor < v.view.top + 10);
		assert_true(v.view.top >= log_first(l) && v.view.top + 10 <= log_count(l));
		assert_true(v.view.left >= 0);
		if (v.view.follow)
			assert_int_equal(v.view.cursor, log_count(l) - 1);
	}
	logview_done(&v);
	log_free(l);
}

static void an_empty_log_is_no_trouble(void **state)
{
	(void)state;
	struct log *l = log_new(0);
	struct logview v;
	struct buf b = {0};
	struct err e = {0};
	logview_init(&v, l);
	press(&v, "G");
	press(&v, "PgUp");
	expect_shown(&v, 3, 20, "\n\n\n");
	assert_int_equal(logview_search(&v, "x", 0, &e), 0);
	assert_false(logview_next(&v, 1));
	assert_int_equal(logview_filter(&v, LOG_ERROR, "y", &e), 0);
	assert_false(logview_step(&v, 0));
	assert_int_equal(logview_line(&v), SIZE_MAX);
	assert_int_equal(logview_place(&v), SIZE_MAX);
	textview_copy(&v.view, &b);
	expect_shown(&v, 3, 20, "\n\n\n");
	buf_done(&b);
	logview_done(&v);
	log_free(l);
}

static void it_is_drawn_with_marks_and_cut(void **state)
{
	(void)state;
	struct log *l = log_new(0);
	struct logview v;
	logview_init(&v, l);
	add(l, "$ cc -c a.c");
	add(l, "a.c:3:1: error: a long line that does not fit into it");
	add(l, "a\tb \xe4\xb8\xad\xe6\x96\x87");
	expect_shown(&v, 4, 24, "  $ cc -c a.c\nE a.c:3:1: error: a lon\n  a       b 中文\n\n");
	v.view.left = 4;
	expect_shown(&v, 3, 24, "   -c a.c\nE 3:1: error: a long li\n      b 中文\n");
	v.view.left = 11;
	expect_shown(&v, 3, 24, "\nE ror: a long line that\n   文\n"); /* half of 中 is outside: a blank */
	logview_done(&v);
	log_free(l);
}

static void styles_lie_where_they_should(void **state)
{
	(void)state;
	struct log *l = log_new(0);
	struct logview v;
	struct err e = {0};
	logview_init(&v, l);
	add(l, "a.c:3:1: error: foo bar foo");
	add(l, "last");
	assert_int_equal(logview_search(&v, "foo", 0, &e), 0);
	logview_step(&v, 0);
	textview_goto(&v.view, 1);
	char *got = shown(&v, 2, 40, true);
	assert_non_null(strstr(got, "2-8 link"));
	assert_non_null(strstr(got, "18-20 match"));
	assert_non_null(strstr(got, "26-28 match"));
	assert_non_null(strstr(got, "selected"));
	free(got);
	logview_done(&v);
	log_free(l);
}

/* --- searching --- */

static bool matches_alone(pcre2_code *code, const struct log_line *line)
{
	pcre2_match_data *m = pcre2_match_data_create(1, NULL);
	int r = pcre2_match(code, (PCRE2_SPTR)line->text, line->n, 0, 0, m, NULL);
	pcre2_match_data_free(m);
	return r >= 0;
}

static void search_finds_what_a_loop_finds(void **state)
{
	(void)state;
	static const char *const patterns[] = {"error", "^line 1", "9$", "line \\d*7\\d", "[^x]+5", "\\s\\d+\\s*$",
		"(?s)l.*2", "^$", "\xe4\xb8\xad", "NOSUCH", "e\\b", "1|2|3", "\\W5"};
	struct log *l = numbered(30000, 25000);
	add(l, "");
	add(l, "\xe4\xb8\xad\xe6\x96\x87 5");
	for (size_t k = 0; k < ARRAY_LEN(patterns); k++) {
		struct logview v;
		struct err e = {0};
		int number;
		size_t offset, hits = 0;
		logview_init(&v, l);
		assert_int_equal(logview_search(&v, patterns[k], 17000, &e), 0);
		for (int guard = 0; logview_step(&v, 200); guard++)
			assert_true(guard < 100000);
		pcre2_code *code = pcre2_compile((PCRE2_SPTR)patterns[k], PCRE2_ZERO_TERMINATED,
			strcmp(patterns[k], "NOSUCH") ? PCRE2_CASELESS : 0, &number, &offset, NULL);
		for (size_t i = log_first(l); i < log_count(l); i++) {
			const struct log_line line = log_get(l, i);
			const bool want = matches_alone(code, &line);
			hits += want;
			if (textsearch_has(v.search, i) != want)
				fail_msg("/%s/ line %zu: %.*s", patterns[k], i, (int)line.n, line.text);
		}
		assert_int_equal(textsearch_hits(v.search), hits);
		assert_int_equal(textsearch_rank(v.search, log_count(l)), hits);
		pcre2_code_free(code);
		logview_done(&v);
	}
	log_free(l);
}

static void search_goes_to_the_next_match_and_round(void **state)
{
	(void)state;
	struct log *l = numbered(1000, 0);
	struct logview v;
	struct err e = {0};
	logview_init(&v, l);
	v.view.rows = 10;
	assert_int_equal(logview_search(&v, "error", 350, &e), 0);
	logview_step(&v, 0);
	assert_int_equal(logview_line(&v), 399);
	assert_false(v.view.follow);
	assert_true(logview_next(&v, 1));
	assert_int_equal(logview_line(&v), 499);
	assert_true(logview_next(&v, -1));
	assert_true(logview_next(&v, -1));
	assert_int_equal(logview_line(&v), 299);
	textview_goto(&v.view, 999);
	assert_true(logview_next(&v, 1));
	assert_int_equal(logview_line(&v), 99);
	assert_true(logview_next(&v, -1));
	assert_int_equal(logview_line(&v), 999);
	assert_int_equal(logview_search(&v, "(", 0, &e), -1);
	assert_non_null(strstr(e.msg, "column"));
	err_done(&e);
	assert_int_equal(textsearch_hits(v.search), 10); /* the good one stays */
	logview_done(&v);
	log_free(l);
}

static void search_keeps_up_with_new_and_dropped_lines(void **state)
{
	(void)state;
	struct log *l = numbered(1000, 1000);
	struct logview v;
	struct err e = {0};
	logview_init(&v, l);
	assert_int_equal(logview_search(&v, "needle|error", 0, &e), 0);
	for (int i = 0; i < 5000; i++) {
		add(l, i % 250 == 0 ? "a needle" : "hay");
		if (i % 7 == 0)
			logview_step(&v, 50);
	}
	while (logview_step(&v, 1000))
		;
	assert_int_equal(textsearch_hits(v.search), 4);
	for (size_t i = textsearch_next(v.search, 0, 1); i != SIZE_MAX; i = textsearch_next(v.search, i, 1))
		assert_int_equal((i - 1000) % 250, 0);
	logview_done(&v);
	log_free(l);
}

static void an_exploding_pattern_ends(void **state)
{
	(void)state;
	struct log *l = log_new(0);
	struct logview v;
	struct err e = {0};
	for (int i = 0; i < 200; i++)
		add(l, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
	logview_init(&v, l);
	assert_int_equal(logview_search(&v, "(a+)+$", 0, &e), 0);
	for (int guard = 0; logview_step(&v, 1000); guard++)
		assert_true(guard < 1000);
	logview_done(&v);
	log_free(l);
}

/* --- filter --- */

static void filters_show_some_lines_and_follow(void **state)
{
	(void)state;
	struct log *l = numbered(1000, 0);
	struct logview v;
	struct err e = {0};
	logview_init(&v, l);
	v.view.rows = 5;
	textview_goto(&v.view, 455);
	assert_int_equal(logview_filter(&v, LOG_ERROR, NULL, &e), 0);
	logview_step(&v, 0);
	assert_int_equal(v.n - v.head, 10);
	assert_int_equal(logview_line(&v), 399); /* the shown line before */
	assert_int_equal(logview_filter(&v, LOG_TEXT, "line \\d5$", &e), 0);
	logview_step(&v, 0);
	assert_int_equal(v.n - v.head, 9);
	textview_end(&v.view);
	assert_true(v.view.follow);
	add(l, "line 15");
	add(l, "line 16");
	logview_step(&v, 0);
	textview_settle(&v.view);
	assert_int_equal(logview_line(&v), 1000);
	assert_int_equal(logview_filter(&v, LOG_TEXT, "(", &e), -1);
	err_done(&e);
	assert_int_equal(logview_filter(&v, LOG_TEXT, NULL, &e), 0);
	assert_int_equal(logview_line(&v), 1000);
	logview_done(&v);
	log_free(l);
}

static void filtered_view_drops_with_the_log(void **state)
{
	(void)state;
	struct log *l = numbered(1000, 500);
	struct logview v;
	struct err e = {0};
	logview_init(&v, l);
	v.view.rows = 5;
	assert_int_equal(logview_filter(&v, LOG_ERROR, NULL, &e), 0);
	logview_step(&v, 0);
	assert_int_equal(v.n - v.head, 5);
	for (int i = 0; i < 450; i++)
		add(l, "text");
	logview_step(&v, 0);
	assert_int_equal(v.n - v.head, 1);
	char *got = shown(&v, 3, 30, false);
	assert_string_equal(got, "E x.c:999:1: error: bad\n\n\n");
	free(got);
	for (int i = 0; i < 100; i++)
		add(l, "text");
	logview_step(&v, 0);
	assert_int_equal(v.n - v.head, 0);
	expect_shown(&v, 2, 30, "\n\n");
	logview_done(&v);
	log_free(l);
}

static void errors_and_places(void **state)
{
	(void)state;
	struct log *l = log_new(0);
	struct logview v;
	logview_init(&v, l);
	v.view.rows = 5;
	add(l, "a.c:3:1: error: one");
	add(l, "    3 | x");
	add(l, "      | ^");
	add(l, "b.c:4:1: warning: two");
	textview_goto(&v.view, 2);
	assert_int_equal(logview_place(&v), 0);
	assert_true(logview_next_severity(&v, 1, LOG_WARNING));
	assert_int_equal(logview_line(&v), 3);
	assert_false(logview_next_severity(&v, 1, LOG_WARNING));
	assert_true(logview_next_severity(&v, -1, LOG_ERROR));
	assert_int_equal(logview_line(&v), 0);
	logview_done(&v);
	log_free(l);
}

/* --- selecting --- */

static void text_is_selected_by_mouse_and_lines(void **state)
{
	(void)state;
	struct log *l = log_new(0);
	struct logview v;
	struct buf b = {0};
	logview_init(&v, l);
	add(l, "first \xe4\xb8\xad line");
	add(l, "second line");
	add(l, "third");
	free(shown(&v, 5, 40, false));
	struct mouse m = {.kind = MOUSE_PRESS, .button = 1, .y = 0, .x = 2 + 6, .clicks = 1};
	assert_true(textview_mouse(&v.view, &m));
	m.kind = MOUSE_DRAG;
	m.y = 1;
	m.x = 2 + 6;
	assert_true(textview_mouse(&v.view, &m));
	textview_copy(&v.view, &b);
	assert_string_equal(b.p, "\xe4\xb8\xad line\nsecond");
	buf_clear(&b);
	m.y = -50; /* far above */
	textview_mouse(&v.view, &m);
	m.y = 50;
	textview_mouse(&v.view, &m);
	textview_copy(&v.view, &b);
	assert_string_equal(b.p, "\xe4\xb8\xad line\nsecond line\nthird");
	buf_clear(&b);
	m.kind = MOUSE_RELEASE;
	textview_mouse(&v.view, &m);
	press(&v, "Esc");
	textview_goto(&v.view, 0);
	textview_select_lines(&v.view);
	press(&v, "j");
	textview_copy(&v.view, &b);
	assert_string_equal(b.p, "first \xe4\xb8\xad line\nsecond line\n");
	buf_done(&b);
	logview_done(&v);
	log_free(l);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moving_stays_inside),
		cmocka_unit_test(an_empty_log_is_no_trouble),
		cmocka_unit_test(it_is_drawn_with_marks_and_cut),
		cmocka_unit_test(styles_lie_where_they_should),
		cmocka_unit_test(search_finds_what_a_loop_finds),
		cmocka_unit_test(search_goes_to_the_next_match_and_round),
		cmocka_unit_test(search_keeps_up_with_new_and_dropped_lines),
		cmocka_unit_test(an_exploding_pattern_ends),
		cmocka_unit_test(filters_show_some_lines_and_follow),
		cmocka_unit_test(filtered_view_drops_with_the_log),
		cmocka_unit_test(errors_and_places),
		cmocka_unit_test(text_is_selected_by_mouse_and_lines),
	};
	int status = internal_main(argc, argv);
	setenv("LC_ALL", "C.UTF-8", 1);
	i18n_init();
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
