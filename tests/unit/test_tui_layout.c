/* The layout: presets, text form, moving about, borders; and by seeded random operations: what is shown covers the area
 * without overlap, fitting is reversible, the text form goes round. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/str.h"
#include "tui/layout.h"

static struct layout *make(const char *text)
{
	struct err e = {0};
	struct layout *l = layout_new(text, &e);
	if (l == NULL)
		fail_msg("%s: %s", text, e.msg);
	return l;
}

static void text_is(const struct layout *l, const char *expect)
{
	char *text = layout_text(l);
	assert_string_equal(text, expect);
	free(text);
}

static void rect_is(const struct layout *l, const char *pane, struct rect r)
{
	struct rect is = layout_rect(l, pane);
	if (is.y != r.y || is.x != r.x || is.rows != r.rows || is.cols != r.cols)
		fail_msg("%s: %d,%d %dx%d", pane, is.y, is.x, is.rows, is.cols);
}

static const struct rect big = {1, 0, 21, 80};

static void presets_are_there(void **state)
{
	(void)state;
	struct layout *l = make("workbench");
	layout_fit(l, big);
	rect_is(l, "kconfig", (struct rect){1, 0, 12, 40});
	rect_is(l, "source", (struct rect){1, 40, 12, 40});
	rect_is(l, "log", (struct rect){13, 0, 9, 40});
	rect_is(l, "console", (struct rect){13, 40, 9, 40});
	assert_string_equal(layout_focus(l), "kconfig");
	layout_free(l);
	for (size_t i = 0; layout_preset(i) != NULL; i++) {
		l = make(layout_preset(i));
		layout_fit(l, big);
		assert_int_equal(layout_single(l), strcmp(layout_preset(i), "focus") == 0);
		layout_free(l);
	}
	l = make("focus");
	layout_fit(l, big);
	rect_is(l, "console", big);
	rect_is(l, "log", (struct rect){0});
	layout_zoom(l, false);
	rect_is(l, "console", (struct rect){13, 40, 9, 40});
	layout_free(l);
}

static void small_screens_show_one_pane_and_grow_back(void **state)
{
	(void)state;
	struct layout *l = make("workbench");
	layout_fit(l, big);
	layout_grow(l, 'r', 7);
	char *before = layout_text(l);
	struct rect was = layout_rect(l, "kconfig");
	static const struct rect small[] = {{1, 0, 9, 40}, {1, 0, 3, 20}, {0, 0, 1, 1}, {0, 0, 0, 0}, {1, 0, 200, 500}};
	for (size_t i = 0; i < ARRAY_LEN(small); i++) {
		layout_fit(l, small[i]);
		assert_int_equal(layout_single(l), i < 4);
		if (i < 3)
			rect_is(l, "kconfig", small[i]);
	}
	layout_fit(l, big);
	rect_is(l, "kconfig", was);
	text_is(l, before);
	free(before);
	layout_free(l);
}

static void tabs_all_have_their_turn(void **state)
{
	(void)state;
	struct layout *l = make("h50(kconfig,v50(log|messages,console))");
	layout_fit(l, (struct rect){0, 0, 8, 30});
	static const char *const order[] = {"log", "messages", "console", "kconfig", "log"};
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		layout_cycle(l, 1);
		assert_string_equal(layout_focus(l), order[i]);
	}
	layout_cycle(l, -1);
	assert_string_equal(layout_focus(l), "kconfig");
	layout_cycle(l, -1);
	assert_string_equal(layout_focus(l), "console");
	assert_true(layout_move(l, 'u'));
	assert_string_equal(layout_focus(l), "messages");
	layout_free(l);
}

static void focus_moves_to_the_neighbour(void **state)
{
	(void)state;
	struct layout *l = make("workbench");
	layout_fit(l, big);
	static const struct {
		char direction;
		bool moved;
		const char *to;
	} step[] = {{'l', false, "kconfig"}, {'r', true, "source"}, {'d', true, "console"}, {'d', false, "console"},
		{'l', true, "log"}, {'u', true, "kconfig"}};
	for (size_t i = 0; i < ARRAY_LEN(step); i++) {
		assert_int_equal(layout_move(l, step[i].direction), step[i].moved);
		assert_string_equal(layout_focus(l), step[i].to);
	}
	layout_cycle(l, -1);
	assert_string_equal(layout_focus(l), "console");
	layout_cycle(l, 1);
	assert_string_equal(layout_focus(l), "kconfig");
	layout_free(l);
}

static void another_pane_goes_on_top_and_comes_off_again(void **state)
{
	(void)state;
	struct layout *l = make("workbench");
	layout_fit(l, big);
	layout_set_focus(l, "log");
	layout_set_focus(l, "messages");
	text_is(l, "v58(h50(kconfig,source),h50(messages|log,console)) focus messages");
	rect_is(l, "log", (struct rect){0});
	layout_set_focus(l, "log");
	text_is(l, "v58(h50(kconfig,source),h50(log|messages,console)) focus log");
	assert_true(layout_close(l, "log"));
	text_is(l, "v58(h50(kconfig,source),h50(messages,console)) focus messages");
	assert_true(layout_close(l, "messages"));
	text_is(l, "v58(h50(kconfig,source),console) focus console");
	assert_true(layout_split(l, 'h', "log"));
	text_is(l, "v58(h50(kconfig,source),h50(console,log)) focus log");
	assert_true(layout_split(l, 'h', "kconfig") == false); /* 40 columns are not enough for two */
	assert_false(layout_close(l, "lesson"));
	assert_string_equal(layout_at(l, 20, 79), "log");
	assert_null(layout_at(l, 0, 0));
	layout_free(l);
	l = make("log");
	assert_false(layout_close(l, "log"));
	layout_free(l);
}

static void borders_are_dragged(void **state)
{
	(void)state;
	struct layout *l = make("workbench");
	layout_fit(l, big);
	int middle = layout_border_at(l, 12, 5), upper = layout_border_at(l, 3, 40),
	    lower = layout_border_at(l, 20, 39);
	assert_true(middle >= 0 && upper >= 0 && lower >= 0);
	assert_int_equal(layout_border_at(l, 3, 20), -1);
	layout_drag(l, middle, 9, 5);
	rect_is(l, "kconfig", (struct rect){1, 0, 9, 40});
	layout_drag(l, upper, 3, 30);
	rect_is(l, "source", (struct rect){1, 30, 9, 50});
	layout_drag(l, lower, 3, 55);
	rect_is(l, "log", (struct rect){10, 0, 12, 56});
	layout_drag(l, upper, 3, 500); /* stops at the minimum */
	rect_is(l, "source", (struct rect){1, 56, 9, 24});
	layout_drag(l, 99, 1, 1);
	layout_drag(l, -1, 1, 1);
	layout_set_focus(l, "source");
	assert_true(layout_grow(l, 'l', 3));
	rect_is(l, "source", (struct rect){1, 53, 9, 27});
	assert_true(layout_grow(l, 'r', 1)); /* its only border moves */
	rect_is(l, "source", (struct rect){1, 54, 9, 26});
	assert_true(layout_grow(l, 'd', 2));
	assert_false(layout_grow(l, 'd', 0));
	rect_is(l, "source", (struct rect){1, 54, 11, 26});
	layout_free(l);
}

static void bad_text_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "(", "h50", "h50(", "h50(log", "h50(log,", "h50(log,console",
		"h101(log,console)", "h50.5.5(a,b)", "h(a,b)", "a b", "log focus console", "log|log", "h50(log,log)",
		"Log", "log focus", "log zoom x", "work bench", "log|", "|log", "a\x80", "h50(a,b))",
		"averyveryverylongnameofapane"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		if (layout_new(bad[i], &e) != NULL)
			fail_msg("accepted: %s", bad[i]);
		assert_non_null(e.hint);
		assert_true(e.col > 0);
		err_done(&e);
	}
	struct buf deep = {0};
	for (int i = 0; i < 100000; i++)
		buf_adds(&deep, "h50(");
	struct err e = {0};
	assert_null(layout_new(deep.p, &e));
	err_done(&e);
	buf_done(&deep);
}

/* ---- random operations ---- */

static const char *const names[] = {"kconfig", "source", "log", "console", "messages", "lesson"};

static void covers(const struct layout *l, struct rect area)
{
	static unsigned char hit[210][510];
	memset(hit, 0, sizeof(hit));
	const char *pane[32];
	size_t n = layout_panes(l, pane, ARRAY_LEN(pane)), shown = 0;
	for (size_t i = 0; i < n; i++) {
		struct rect r = layout_rect(l, pane[i]);
		shown += r.rows > 0;
		assert_true(r.rows >= 0 && r.cols >= 0 && r.y >= 0 && r.x >= 0);
		assert_true(r.rows == 0 || (r.y + r.rows <= area.y + area.rows && r.x + r.cols <= area.x + area.cols));
		for (int y = r.y; y < r.y + r.rows; y++)
			for (int x = r.x; x < r.x + r.cols; x++)
				assert_int_equal(hit[y][x]++, 0);
	}
	for (int y = area.y; y < area.y + area.rows; y++)
		for (int x = area.x; x < area.x + area.cols; x++) {
			assert_int_equal(hit[y][x], 1);
			assert_non_null(layout_at(l, y, x));
		}
	assert_true(area.rows == 0 || shown >= 1);
	assert_true(area.rows == 0 || layout_rect(l, layout_focus(l)).rows > 0);
}

static void one_step(struct layout *l, unsigned *seed)
{
	static const char directions[] = "udlr";
	const char *pane = names[rand_r(seed) % ARRAY_LEN(names)];
	char d = directions[rand_r(seed) % 4];
	switch (rand_r(seed) % 9) {
	case 0:
		layout_set_focus(l, pane);
		assert_string_equal(layout_focus(l), pane);
		break;
	case 1:
		layout_cycle(l, rand_r(seed) % 2 ? 1 : -1);
		break;
	case 2:
		layout_move(l, d);
		break;
	case 3:
		layout_zoom(l, rand_r(seed) % 2);
		break;
	case 4:
		layout_grow(l, d, rand_r(seed) % 40 - 20);
		break;
	case 5:
	case 6:
		if (layout_split(l, rand_r(seed) % 2 ? 'h' : 'v', pane))
			assert_string_equal(layout_focus(l), pane);
		break;
	case 7:
		layout_close(l, pane);
		break;
	default:
		layout_drag(l, layout_border_at(l, rand_r(seed) % 60, rand_r(seed) % 200), rand_r(seed) % 60,
			rand_r(seed) % 200);
	}
}

static void random_operations_keep_the_invariants(void **state)
{
	(void)state;
	unsigned seed = 7;
	for (int round = 0; round < 60; round++) {
		struct layout *l = make("workbench");
		struct rect area = big;
		layout_fit(l, area);
		for (int step = 0; step < 60; step++) {
			if (rand_r(&seed) % 6 == 0) {
				area = (struct rect){rand_r(&seed) % 3, 0, rand_r(&seed) % 60, 1 + rand_r(&seed) % 200};
				layout_fit(l, area);
			}
			one_step(l, &seed);
			covers(l, area);
			char *text = layout_text(l);
			struct layout *again = make(text);
			layout_fit(again, area);
			text_is(again, text);
			struct rect was = layout_rect(l, layout_focus(l));
			rect_is(again, layout_focus(l), was);
			layout_fit(l, (struct rect){0, 0, rand_r(&seed) % 30, rand_r(&seed) % 90});
			layout_fit(l, area);
			rect_is(l, layout_focus(l), was);
			text_is(l, text);
			layout_free(again);
			free(text);
		}
		layout_free(l);
	}
}

/* Any text is a layout that covers the area, or is refused. */
static void any_text_is_taken_or_refused(void **state)
{
	(void)state;
	static const char *const bits[] = {"h50(", "v", "33.3(", "(", ")", ",", "log", "console", "|", " focus ",
		" zoom", "h", "100", "0(", "source", "\n", ".", "a", "%", "\xe4"};
	unsigned seed = 5;
	int taken = 0;
	for (int round = 0; round < 20000; round++) {
		struct buf b = {0};
		struct err e = {0};
		for (int n = rand_r(&seed) % 9; n >= 0; n--)
			buf_adds(&b, bits[(size_t)rand_r(&seed) % ARRAY_LEN(bits)]);
		struct layout *l = layout_new(b.p, &e);
		if (l != NULL) {
			taken++;
			layout_fit(l, big);
			covers(l, big);
		} else {
			assert_true(e.col > 0);
		}
		layout_free(l);
		err_done(&e);
		buf_done(&b);
	}
	assert_true(taken > 100);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presets_are_there),
		cmocka_unit_test(small_screens_show_one_pane_and_grow_back),
		cmocka_unit_test(tabs_all_have_their_turn),
		cmocka_unit_test(focus_moves_to_the_neighbour),
		cmocka_unit_test(another_pane_goes_on_top_and_comes_off_again),
		cmocka_unit_test(borders_are_dragged),
		cmocka_unit_test(bad_text_is_refused),
		cmocka_unit_test(any_text_is_taken_or_refused),
		cmocka_unit_test(random_operations_keep_the_invariants),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
