/* Drawing on a screen in memory: what text becomes, what is cut, widths, and that nothing of a guest gets out raw. */
#include "tests/unit/test.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tui/draw.h"
#include "tui/screen.h"
#include "tui/theme.h"

static struct screen *screen;
static struct draw all;

static int open_screen(void **state)
{
	struct err e = {0};
	(void)state;
	screen = screen_open_memory(4, 12, &e);
	struct theme *t = theme_default();
	if (screen == NULL)
		return -1;
	screen_set_theme(screen, t);
	theme_free(t);
	screen_begin(screen);
	all = (struct draw){screen, 0, 0, 4, 12};
	return 0;
}

static int close_screen(void **state)
{
	(void)state;
	screen_close(screen);
	return 0;
}

static void shows(const char *text)
{
	char *dump = screen_dump(screen);
	assert_string_equal(dump, text);
	free(dump);
}

static void text_is_cut_at_the_edge_and_by_rectangles(void **state)
{
	(void)state;
	assert_int_equal(draw_text(&all, 0, 8, STYLE_TEXT, "abcdefgh"), 12);
	draw_text(&all, 1, -2, STYLE_TEXT, "abcd");
	struct draw in = draw_sub(&all, 2, 3, 9, 4);
	assert_int_equal(in.rows, 2);
	draw_text(&in, 0, 0, STYLE_TEXT, "123456");
	draw_text(&in, 5, 0, STYLE_TEXT, "never");
	draw_text(&in, -1, 0, STYLE_TEXT, "never");
	shows("        abcd\ncd\n   1234\n\n");
}

static void wide_and_combining_characters_are_measured(void **state)
{
	(void)state;
	assert_int_equal(draw_width("\xe4\xb8\xad\xe6\x96\x87", 6, 0), 4);
	assert_int_equal(draw_width("e\xcc\x81", 3, 0), 1);
	assert_int_equal(draw_width("a\tb", 3, 0), 9);
	assert_int_equal((int)draw_fit("\xe4\xb8\xad\xe6\x96\x87", 6, 3), 3);
	assert_int_equal(draw_text(&all, 0, 0, STYLE_TEXT,
				 "\xe4\xb8\xad"
				 "e\xcc\x81x"),
		4);
	/* half of a wide one does not fit: a blank instead, and nothing beyond the edge */
	draw_text(&all, 1, 11, STYLE_TEXT, "\xe4\xb8\xad");
	draw_text(&all, 2, 10, STYLE_TEXT, "\xe4\xb8\xad");
	shows("\xe4\xb8\xad"
	      "e\xcc\x81x\n\n          \xe4\xb8\xad\n\n");
}

/* What is drawn over half of a wide character takes all of it away, and leaves its neighbours alone. */
static void a_wide_character_is_never_left_by_half(void **state)
{
	(void)state;
	draw_text(&all, 0, 0, STYLE_TEXT, "中文中文中文");
	draw_text(&all, 0, 3, STYLE_TEXT, "|"); /* a right half */
	draw_text(&all, 0, 8, STYLE_TEXT, "|"); /* a left half */
	draw_text(&all, 1, 0, STYLE_TEXT, "中文中文中文");
	struct draw hole = draw_sub(&all, 1, 3, 1, 4);
	draw_fill(&hole, STYLE_TEXT); /* both its edges cut one */
	draw_text(&all, 2, 0, STYLE_TEXT, "人人人");
	draw_restyle(&all, 2, 0, 6, STYLE_MATCH);
	draw_text(&all, 2, 1, STYLE_TEXT, "中");
	shows("中 |中文| 文\n"
	      "中      中文\n"
	      " 中 人\n\n");
}

static void bytes_that_are_no_text_are_replaced(void **state)
{
	(void)state;
	draw_textn(&all, 0, 0, STYLE_TEXT, "a\033[2J\001\xff\xc0\x80z", 10);
	shows("a\xef\xbf\xbd[2J\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\n\n\n\n");
}

static void an_emulators_cells_are_made_safe(void **state)
{
	struct draw_cell c = {.ch = {27}, .width = 1, .fg = -1, .bg = -1};
	(void)state;
	draw_put_cell(&all, 0, 0, &c);
	c.ch[0] = 0x9b;
	draw_put_cell(&all, 0, 1, &c);
	c.ch[0] = 0x4e2d;
	c.width = 2;
	c.fg = 0x1ff8800;
	c.bg = 200;
	draw_put_cell(&all, 0, 2, &c);
	draw_put_cell(&all, 0, 11, &c); /* no room for both halves */
	c = (struct draw_cell){.ch = {'x', 0x301}, .width = 1, .fg = 3, .bg = -1, .bold = true};
	draw_put_cell(&all, 1, 0, &c);
	c.ch[0] = 0x301; /* a mark alone has no width of one */
	c.ch[1] = 0;
	draw_put_cell(&all, 1, 1, &c);
	c = (struct draw_cell){.ch = {'o'}, .width = 1};
	draw_put_cell(&all, -1, 0, &c);
	draw_put_cell(&all, 9, 99, &c);
	shows("\xef\xbf\xbd\xef\xbf\xbd\xe4\xb8\xad\nx\xcc\x81\xef\xbf\xbd\n\n\n");
}

static void frames_bars_and_ellipses(void **state)
{
	(void)state;
	struct draw box = draw_sub(&all, 0, 0, 3, 12);
	draw_frame(&box, STYLE_BORDER, STYLE_TITLE, "Title");
	draw_ellipsis(&box, 1, 1, 5, STYLE_TEXT, "abcdefgh");
	draw_ellipsis(&box, 1, 6, 5, STYLE_TEXT, "abcde");
	draw_bar(&all, 3, 0, 4, 0.5);
	draw_right(&all, 3, STYLE_TEXT, "end");
	shows("┌─ Title ──┐\n│abcd…abcde│\n└──────────┘\n██░░     end\n");
}

static void styles_can_be_told(void **state)
{
	(void)state;
	draw_text(&all, 1, 2, STYLE_ERROR, "bad");
	draw_restyle(&all, 1, 4, 3, STYLE_MATCH);
	char *dump = screen_dump_styles(screen);
	assert_string_equal(dump, "0:\n1: 2-3 error 4-6 match\n2:\n3:\n");
	free(dump);
	dump = screen_dump_style(screen, "error");
	assert_string_equal(dump, "\n  ba\n\n\n");
	free(dump);
}

/* Lines of Chinese and English mixed: no word is cut that fits a line, and no line begins with what closes a phrase. */
static void lines_break_between_words(void **state)
{
	static const struct {
		const char *text;
		int cols;
		const char *first; /* line */
	} row[] = {{"one two three", 8, "one two"}, {"one two three", 7, "one two"}, {"short", 8, "short"},
		{"averylongword", 5, "avery"}, {"see /a/very/long/path", 9, "see /a/ve"},
		{"\u5185\u6838\u3001kernel", 10, "\u5185\u6838\u3001"},
		{"\u5230\uff0c[C-a 3] \u90fd\u4f1a\u5e26", 13, "\u5230\uff0c[C-a 3] "},
		{"\u5230\uff0c[C-a 3] \u90fd\u4f1a\u5e26", 16, "\u5230\uff0c[C-a 3] \u90fd\u4f1a"},
		{"\u5185\u6838\u5185\u6838\u3002\u5185", 8, "\u5185\u6838\u5185"},
		{"\u5185\u6838\u5185\uff08\u6838\uff09", 8, "\u5185\u6838\u5185"},
		{"\u5185\u6838\nx", 8, "\u5185\u6838"}, {"\u5185\u6838", 1, "\u5185"}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		char *line = xstrndup(row[i].text, draw_wrap(row[i].text, row[i].cols));
		assert_string_equal(line, row[i].first);
		free(line);
	}
}

static void sizes_from_one_cell_on(void **state)
{
	static const int size[][2] = {{1, 1}, {2, 3}, {200, 500}, {4, 12}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(size); i++) {
		screen_resize(screen, size[i][0], size[i][1]);
		screen_begin(screen);
		struct draw d = {.screen = screen};
		screen_size(screen, &d.rows, &d.cols);
		assert_int_equal(d.rows, size[i][0]);
		draw_frame(&d, STYLE_BORDER, STYLE_TITLE, "Title");
		draw_scrollbar(&d, d.cols - 1, 5, 1000);
		draw_text(&d, d.rows - 1, d.cols - 1, STYLE_TEXT, "\xe4\xb8\xad");
		screen_show(screen);
	}
}

int main(int argc, char **argv)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_screen, close_screen)
	const struct CMUnitTest tests[] = {
		T(text_is_cut_at_the_edge_and_by_rectangles),
		T(wide_and_combining_characters_are_measured),
		T(a_wide_character_is_never_left_by_half),
		T(bytes_that_are_no_text_are_replaced),
		T(an_emulators_cells_are_made_safe),
		T(frames_bars_and_ellipses),
		T(styles_can_be_told),
		T(lines_break_between_words),
		T(sizes_from_one_cell_on),
	};
#undef T
	int status = internal_main(argc, argv);
	setlocale(LC_ALL, "C.UTF-8");
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
