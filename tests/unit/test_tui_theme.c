/* Themes: what is read, what is refused and where, the shipped ones. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "tui/theme.h"

static void a_look_is_read(void **state)
{
	(void)state;
	struct err e = {0};
	struct theme *t = theme_parse("dir/mine.theme",
		"# mine\n$sea = #0102fe/bright-blue\n\nerror = $sea on palette-17 bold underline # told\ntext=red\r\n",
		&e);
	assert_non_null(t);
	assert_string_equal(t->name, "mine");
	const struct theme_look *l = &t->look[STYLE_ERROR];
	assert_int_equal(l->fg.rich, THEME_RGB | 0x0102fe);
	assert_int_equal(l->fg.poor, 12);
	assert_int_equal(l->bg.rich, 17);
	assert_int_equal(l->attrs, THEME_BOLD | THEME_UNDERLINE);
	assert_int_equal(t->look[STYLE_TEXT].fg.rich, 1);
	theme_free(t);
}

static void what_is_left_out_falls_back(void **state)
{
	(void)state;
	struct err e = {0};
	struct theme *t = theme_parse("t", "dim = green on black\n", &e);
	assert_non_null(t);
	/* scrollbar and border fall back to dim, border.focus to border, title to text. */
	assert_int_equal(t->look[STYLE_SCROLLBAR].fg.rich, 2);
	assert_int_equal(t->look[STYLE_BORDER_FOCUS].bg.rich, 0);
	assert_int_equal(t->look[STYLE_TITLE].fg.rich, THEME_DEFAULT);
	theme_free(t);
}

/* Without colours the attributes are those of style.h, whatever the theme says: no information by colour alone. */
static void a_theme_cannot_take_the_attributes_without_colour(void **state)
{
	(void)state;
	struct err e = {0};
	struct theme *t = theme_parse("t", "selected = default\nstage.failed = default\n", &e);
	assert_non_null(t);
	assert_int_equal(t->look[STYLE_SELECTED].mono, THEME_REVERSE);
	assert_int_equal(t->look[STYLE_STAGE_FAILED].mono, THEME_BOLD | THEME_REVERSE);
	theme_free(t);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	static const struct {
		const char *text;
		int line, col;
	} bad[] = {
		{"text = red\nnosuch = blue\n", 2, 1},
		{"text = rad\n", 1, 8},
		{"text = red on\n", 1, 14},
		{"text = red bold shiny\n", 1, 17},
		{"text = red green\n", 1, 12},
		{"text red\n", 1, 6},
		{"\n\n  dim = $sea\n", 3, 9},
		{"text = #12345\n", 1, 8},
		{"text = #1234567\n", 1, 8},
		{"text = palette-256\n", 1, 8},
		{"text = red/palette-17\n", 1, 12},
		{"$sea =\n", 1, 7},
		{"$sea = red blue\n", 1, 12},
		{"text = red\ntext = blue\n", 2, 1},
		{"= red\n", 1, 1},
		{"text = red = blue\n", 1, 12},
		{"an.endless.name.that.fits.no.buffer.of.ours.at.all = red\n", 1, 1},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		if (theme_parse("dir/t.theme", bad[i].text, &e) != NULL)
			fail_msg("`%s` was taken", bad[i].text);
		assert_string_equal(e.file, "dir/t.theme");
		if (e.line != bad[i].line || e.col != bad[i].col)
			fail_msg("`%s`: %d:%d: %s", bad[i].text, e.line, e.col, e.msg);
		err_done(&e);
	}
}

static void shipped_themes_are_sound_and_the_default_is_one_of_them(void **state)
{
	struct strv names = {0};
	(void)state;
	theme_list(&names);
	assert_true(names.n >= 5);
	for (size_t i = 0; i < names.n; i++) {
		struct err e = {0};
		struct theme *t = theme_load(names.v[i], &e);
		if (t == NULL)
			fail_msg("%s:%d:%d: %s", e.file, e.line, e.col, e.msg);
		theme_free(t);
	}
	struct err e = {0};
	struct theme *built_in = theme_default(), *file = theme_load("default-dark", &e);
	assert_memory_equal(built_in->look, file->look, sizeof(file->look));
	theme_free(built_in);
	theme_free(file);
	strv_done(&names);
}

static void an_unknown_theme_names_the_known_ones(void **state)
{
	struct err e = {0};
	(void)state;
	assert_null(theme_load("nosuch", &e));
	assert_non_null(strstr(e.hint, "high-contrast"));
	err_done(&e);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_look_is_read),
		cmocka_unit_test(what_is_left_out_falls_back),
		cmocka_unit_test(a_theme_cannot_take_the_attributes_without_colour),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
		cmocka_unit_test(shipped_themes_are_sound_and_the_default_is_one_of_them),
		cmocka_unit_test(an_unknown_theme_names_the_known_ones),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
