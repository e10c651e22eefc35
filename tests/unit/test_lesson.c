/* Lessons: what is accepted, what is refused and where, translations; and that no mutation of a lesson crashes the
 * parser. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "core/lesson.h"

static const char good[] =
	"---\nformat: 1\nid: five\ntitle: Five symbols\nkernels: [6.1, 6.12]\nneeds: tiny\nminutes: 8\n---\n"
	"Intro with `code`.\n\n## Make it 64-bit {#k64}\nPress {key:kconfig.search}\nfor *it*.\n\n"
	"- one\n- two\n\n```sh\nmake tinyconfig\n```\n\n"
	"```{check}\n- id: k64\n  kconfig: {64BIT: y, TTY: n}\n  say: \"64BIT is {value}\"\n```\n"
	"```{hint after=2}\nThe **first** entry.\n```\n```{solve}\n- set: {64BIT: y}\n```\n"
	"```{wrong expect=k64}\n- set: {64BIT: n}\n```\n```{after}\nWell done.\n```\n";

static struct lesson *parse(const char *text, struct err *e)
{
	return lesson_parse("five/lesson.md", text, strlen(text), e);
}

static void a_good_lesson_is_read_whole(void **state)
{
	(void)state;
	struct err e = {0};
	struct lesson *l = parse(good, &e);
	assert_non_null(l);
	assert_string_equal(l->id, "five");
	assert_int_equal(l->kernels.n, 2);
	assert_int_equal(l->n, 1);
	const struct lesson_step *s = &l->step[0];
	assert_string_equal(s->title, "Make it 64-bit");
	assert_string_equal(s->text.v[0].text, "Press {key:kconfig.search} for *it*.");
	assert_string_equal(s->text.v[1].text, "- one");
	assert_int_equal(s->text.v[3].kind, PROSE_CODE);
	assert_string_equal(ynode_text(ynode_get(s->check[0].node, "kconfig"), "64BIT", ""), "y");
	assert_int_equal(s->hint[0].after, 2);
	assert_string_equal(s->wrong[0].expect, "k64");
	assert_string_equal(s->after.v[0].text, "Well done.");
	lesson_free(l);
}

/* The lesson with one piece replaced. Returns owned. */
static char *with(const char *what, const char *by)
{
	const char *at = strstr(good, what);
	assert_non_null(at);
	return xasprintf("%.*s%s%s", (int)(at - good), good, by, at + strlen(what));
}

static void refuses(const char *what, const char *by, int line, const char *message)
{
	struct err e = {0};
	char *text = with(what, by);
	assert_null(parse(text, &e));
	if (strstr(e.msg, message) == NULL || e.line != line)
		fail_msg("%s:%d:%d: %s, expected line %d: %s", e.file, e.line, e.col, e.msg, line, message);
	assert_string_equal(e.file, "five/lesson.md");
	err_done(&e);
	free(text);
}

static void bad_input_is_named_with_its_place(void **state)
{
	(void)state;
	refuses("minutes: 8", "minuts: 8", 7, "unknown key `minuts`");
	refuses("minutes: 8", "minutes: soon", 7, "whole number");
	refuses("{64BIT: y, TTY: n}", "{64BIT: y, TTY: [n}", 24, "expected");
	refuses("{64BIT: y, TTY: n}", "&a {64BIT: y}", 24, "anchors");
	refuses("{64BIT: y, TTY: n}", "*a", 24, "aliases");
	refuses("{64BIT: y, TTY: n}", "!!map {64BIT: y}", 24, "tags");
	refuses("{64BIT: y, TTY: n}", "{64BIT: y, 64BIT: n}", 24, "already");
	refuses("{64BIT: y, TTY: n}", "{a: {b: {c: {d: {e: {f: g}}}}}}", 24, "too deep");
	refuses("{hint after=2}", "{hint after=no}", 27, "after=N");
	refuses("{solve}", "{slove}", 30, "no block {slove}");
	refuses("one", "o\033[31mne", 15, "control character");
	refuses("one", "o\xe2\x80\xaene", 15, "direction");
	refuses("one", "o\xe2\x80\x8bne", 15, "invisible");
	refuses("one", "o\xff", 15, "UTF-8");
	refuses("one", "<b>one</b>", 15, "html");
	refuses("one", "![x](http://y)", 15, "image");
	refuses("---\nformat", "format", 1, "front matter");
	refuses("- id: k64\n", "- \n", 24, "id");
}

static void a_translation_is_laid_over(void **state)
{
	(void)state;
	struct err e = {0};
	struct lesson *l = parse(good, &e);
	char *text = xasprintf(
		"---\nid: five\ntitle: 五个配置项\nlang: zh-CN\n---\n介绍。\n\n## 六十四位 {#k64 of=%s}\n按\n键。\n\n"
		"```{say}\nk64: 64BIT 是 {value}\n```\n```{hint after=2}\n第一项。\n```\n```{after}\n好。\n```\n",
		l->step[0].hash);
	struct lesson *t = lesson_parse("five/lesson.zh-CN.md", text, strlen(text), &e);
	assert_non_null(t);
	assert_int_equal(lesson_translate(l, t, true, &e), 0);
	assert_string_equal(l->step[0].title, "六十四位");
	assert_string_equal(l->step[0].text.v[0].text, "按键。");
	assert_string_equal(l->step[0].check[0].say, "64BIT 是 {value}");
	assert_non_null(l->step[0].check[0].node);
	lesson_free(t);
	lesson_free(l);
	l = parse(good, &e);
	t = lesson_parse("five/lesson.zh-CN.md", text, strlen(text), &e);
	memcpy(t->step[0].of, "00000000", 8);
	assert_int_equal(lesson_translate(l, t, true, &e), -1);
	assert_non_null(strstr(e.msg, "outdated"));
	err_done(&e);
	lesson_free(t);
	lesson_free(l);
	free(text);
}

static void keys_are_commands_where_there_are_none(void **state)
{
	(void)state;
	static const char *const row[][2] = {{"Press {key:run}.", "Press `run`."}, {"{key:a b}{key:c}", "`a b``c`"},
		{"{key:", "{key:"}, {"{key:}", "{key:}"}, {"{value}", "{value}"}, {"", ""}};
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		char *got = lesson_keyless(row[i][0]);
		assert_string_equal(got, row[i][1]);
		free(got);
	}
}

static void mutations_never_crash(void **state)
{
	(void)state;
	unsigned seed = 1;
	for (int round = 0; round < 3000; round++) {
		char *text = xstrdup(good);
		size_t n = strlen(text);
		for (int k = 0; k < 1 + round % 4; k++) {
			seed = seed * 1664525u + 1013904223u;
			size_t at = seed % n;
			seed = seed * 1664525u + 1013904223u;
			static const char pool[] = "{}[]:-#`\n &*!|>\"'\t\x01\xff"
						   "aé";
			text[at] = seed & 1 ? pool[(seed >> 8) % (sizeof(pool) - 1)] : text[(seed >> 8) % n];
		}
		struct err e = {0};
		struct lesson *l = lesson_parse("m.md", text, n, &e);
		assert_true((l == NULL) == err_is(&e));
		lesson_free(l);
		err_done(&e);
		free(text);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_lesson_is_read_whole),
		cmocka_unit_test(bad_input_is_named_with_its_place),
		cmocka_unit_test(a_translation_is_laid_over),
		cmocka_unit_test(keys_are_commands_where_there_are_none),
		cmocka_unit_test(mutations_never_crash),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
