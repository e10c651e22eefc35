/* The terminal emulator: what it shows for what it is fed, what it lets out, and that nothing a program sends breaks
 * it. */
#include "tests/unit/test.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/vt_int.h"

static struct buf reply;

static void on_reply(void *ctx, const char *b, size_t n)
{
	(void)ctx;
	buf_add(&reply, b, n);
}

static struct vt *make(int rows, int cols)
{
	buf_clear(&reply);
	return vt_new(rows, cols, 1000, on_reply, NULL);
}

static void feed(struct vt *v, const char *s)
{
	vt_feed(v, s, strlen(s));
}

static void assert_reply(const char *want)
{
	assert_string_equal(reply.p == NULL ? "" : reply.p, want);
	buf_clear(&reply);
}

static void assert_text(struct vt *v, const char *want)
{
	char *t = vt_text(v);
	assert_string_equal(t, want);
	free(t);
}

struct grab {
	int y, x;
	struct draw_cell c;
};

static void grab_row(void *ctx, int y, const struct draw_cell *cells, int cols)
{
	struct grab *g = ctx;
	assert_true(cols > g->x);
	if (y == g->y)
		g->c = cells[g->x];
}

static struct draw_cell cell(struct vt *v, int y, int x)
{
	struct grab g = {.y = y, .x = x};
	vt_rows(v, grab_row, &g);
	return g.c;
}

static void colours_and_attributes(void **state)
{
	(void)state;
	struct vt *v = make(3, 20);
	feed(v, "\033[1;31ma\033[0mb\033[38;5;208mc\033[48;2;1;2;3md\033[m\033[4;7me\033[38:2::9:8:7mf\033[0;97mg");
	assert_int_equal(cell(v, 0, 0).fg, 1);
	assert_true(cell(v, 0, 0).bold);
	assert_int_equal(cell(v, 0, 1).fg, -1);
	assert_int_equal(cell(v, 0, 1).bg, -1);
	assert_int_equal(cell(v, 0, 2).fg, 208);
	assert_int_equal(cell(v, 0, 3).bg, 0x1010203);
	assert_true(cell(v, 0, 4).underline && cell(v, 0, 4).reverse);
	assert_int_equal(cell(v, 0, 5).fg, 0x1090807);
	assert_int_equal(cell(v, 0, 6).fg, 15);
	vt_free(v);
}

static void more_than_sixteen_parameters(void **state)
{
	(void)state;
	struct vt *v = make(2, 20);
	feed(v, "\033[0;1;4;7;0;1;4;7;0;1;4;7;0;1;4;7;0;1;4;7;0;38;5;99mx\033[1;2;3;4;5;6;7;8;9;1;2;3;4;5;6;7;8;9Hy");
	assert_int_equal(cell(v, 0, 0).fg, 99);
	assert_false(cell(v, 0, 0).bold || cell(v, 0, 0).reverse);
	vt_free(v);
}

static void sequences_that_libtsm_lacks(void **state)
{
	(void)state;
	struct vt *v = make(6, 20);
	feed(v, "ab\033[sxx\033[5;5Hz\033[uAB");            /* save, restore */
	feed(v, "\033[2;1H-\033[5b\033[E\033[3`*\033[2a+"); /* REP, CNL, HPA, HPR */
	assert_text(v, "abAB\n------\n  *  +\n\n    z\n");
	feed(v, "\033[H\033[2J\033[>4;2m\033[?4m\033[58;5;4mn"); /* not underlined, not blinking */
	assert_false(cell(v, 0, 0).underline || cell(v, 0, 0).blink);
	feed(v, "\0337\033[3;3H\033#8\033[?1;2r\033[3;4rt"); /* DECALN is no restore; DECSTBM homes the cursor */
	assert_int_equal(cell(v, 0, 0).ch[0], 't');
	vt_free(v);
}

static void line_drawing(void **state)
{
	(void)state;
	struct vt *v = make(2, 20);
	feed(v, "q\033(0lqx_\033(Bq\033)0\016q\017q\0337\016\0338q");
	assert_text(v, "q\342\224\214\342\224\200\342\224\202 q\342\224\200qq\n");
	vt_free(v);
}

static void wide_and_combining_characters(void **state)
{
	(void)state;
	struct vt *v = make(3, 10);
	feed(v, "\xe4\xb8\xad|\xf0\x9f\x98\x80|\xe2\x9c\x85|e\xcc\x81|");
	assert_int_equal(cell(v, 0, 0).width, 2);
	assert_int_equal(cell(v, 0, 1).width, 0);
	assert_int_equal(cell(v, 0, 2).ch[0], '|');
	assert_int_equal(cell(v, 0, 3).ch[0], 0x1f600);
	assert_int_equal(cell(v, 0, 3).width, 2);
	assert_int_equal(cell(v, 0, 6).ch[0], 0x2705);
	assert_int_equal(cell(v, 0, 9).ch[0], 'e');
	assert_int_equal(cell(v, 0, 9).ch[1], 0x301);
	feed(v, "\033[3;10H\xe4\xb8\xad"); /* no room for its right half */
	assert_int_equal(cell(v, 2, 9).width, 1);
	feed(v, "\033[1;2Hx"); /* the left half's half is gone */
	assert_int_equal(cell(v, 0, 0).ch[0], ' ');
	vt_free(v);
}

static void keys_follow_the_modes(void **state)
{
	(void)state;
	struct vt *v = make(5, 20);
	const struct key up = {.code = K_UP}, enter = {.code = K_ENTER};
	assert_true(vt_key(v, &up));
	assert_reply("\033[A");
	feed(v, "\033[?1h\033[20h");
	vt_key(v, &up);
	vt_key(v, &enter);
	assert_reply("\033OA\r\n");
	feed(v, "\033c");
	vt_key(v, &up);
	assert_reply("\033[A");
	vt_free(v);
}

static void pastes_cannot_type_keys(void **state)
{
	(void)state;
	struct vt *v = make(5, 20);
	const char *text = "a\r\nb\n\033[201~\001c";
	const struct key k = {.code = K_PASTE, .text = text, .text_n = strlen(text)};
	vt_key(v, &k);
	assert_reply("a\rb\r[201~c");
	feed(v, "\033[?2004h");
	vt_key(v, &k);
	assert_reply("\033[200~a\rb\r[201~c\033[201~");
	vt_free(v);
}

static void mouse_protocols(void **state)
{
	(void)state;
	struct vt *v = make(5, 20);
	struct mouse m = {.kind = MOUSE_PRESS, .button = 1, .y = 2, .x = 4};
	assert_false(vt_wants_mouse(v) || vt_mouse(v, &m));
	feed(v, "\033[?1000h");
	assert_true(vt_wants_mouse(v) && vt_mouse(v, &m));
	assert_reply("\033[M %#");
	feed(v, "\033[?1006h");
	m.kind = MOUSE_RELEASE;
	vt_mouse(v, &m);
	assert_reply("\033[<0;5;3m");
	m.kind = MOUSE_DRAG;
	assert_true(vt_mouse(v, &m));
	assert_reply(""); /* 1000 does not want drags */
	m.kind = MOUSE_WHEEL_UP;
	vt_mouse(v, &m);
	assert_reply("\033[<64;5;3M");
	feed(v, "\033[?1000l");
	assert_false(vt_wants_mouse(v));
	vt_free(v);
}

static void answers_are_few_and_nothing_else_comes_out(void **state)
{
	(void)state;
	struct vt *v = make(5, 20);
	struct buf many = {0};
	feed(v, "\033[2;3H\033[6n\033[18t");
	assert_reply("\033[2;3R\033[8;5;20t");
	feed(v, "\033]0;a\001title\033\\\033]52;c;aGk=\007\033]4;1;?\007\033[21t\033P$qm\033\\\033[>q\033[?6n\007");
	assert_reply("");
	assert_string_equal(vt_title(v), "atitle");
	for (int i = 0; i < 100000; i++)
		buf_adds(&many, "\033[6n\005");
	vt_feed(v, many.p, many.n);
	assert_true(reply.n <= 4096);
	buf_done(&many);
	vt_free(v);
}

static void the_view_stays_while_lines_come(void **state)
{
	(void)state;
	struct vt *v = make(5, 20);
	char line[32];
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line), "line %d\r\n", i);
		feed(v, line);
	}
	vt_scroll(v, 10);
	assert_int_equal(vt_scrolled(v), 10);
	assert_int_equal(cell(v, 0, 6).ch[0], '6'); /* line 96 is the first on the screen: 86 */
	feed(v, "more\r\nmore\r\n");
	assert_int_equal(cell(v, 0, 5).ch[0], '8');
	vt_scroll(v, -1);
	assert_int_equal(vt_scrolled(v), 11);
	vt_scroll(v, 1000);
	assert_int_equal(vt_scrolled(v), 98);
	assert_int_equal(cell(v, 0, 5).ch[0], '0');
	vt_scroll(v, -1000);
	assert_int_equal(vt_scrolled(v), 0);
	feed(v, "\033[3J");
	vt_scroll(v, 1000);
	assert_int_equal(vt_scrolled(v), 0);
	vt_free(v);
}

static void scrollback_is_bounded(void **state)
{
	(void)state;
	struct vt *v = make(5, 20);
	for (int i = 0; i < 5000; i++)
		feed(v, "x\n");
	vt_scroll(v, 100000);
	assert_int_equal(vt_scrolled(v), 1000);
	vt_scroll_end(v);
	vt_resize(v, 5, 1000);
	for (int i = 0; i < 2000; i++)
		feed(v, "x\r\n");
	vt_scroll(v, 100000);
	assert_true(vt_scrolled(v) <= (12 << 20) / 32000);
	vt_free(v);
}

static void search_finds_and_shows(void **state)
{
	(void)state;
	struct vt *v = make(4, 30);
	struct err e = {0};
	char line[64];
	for (int i = 0; i < 50; i++) {
		snprintf(line, sizeof(line), "row %d %s\r\n", i, i % 20 == 7 ? "Needle needle" : "hay");
		feed(v, line);
	}
	assert_int_equal(vt_search(v, "needle", -1, &e), 6);
	assert_int_equal(vt_scrolled(v), 0);
	assert_int_equal(cell(v, v->hit_y, 4).ch[0], '4');
	vt_search(v, "needle", -1, &e); /* the other one in that row */
	assert_int_equal(cell(v, v->hit_y, 4).ch[0], '4');
	vt_search(v, "needle", -1, &e);
	assert_int_equal(cell(v, v->hit_y, 4).ch[0], '2');
	assert_true(vt_scrolled(v) > 15);
	vt_search(v, "needle", 1, &e);
	assert_int_equal(cell(v, v->hit_y, 4).ch[0], '4');
	assert_int_equal(vt_search(v, "Needle", 1, &e), 3);
	assert_int_equal(vt_search(v, "nothing", 1, &e), 0);
	assert_int_equal(vt_search(v, "a(b", 1, &e), -1);
	assert_true(err_is(&e));
	err_done(&e);
	assert_int_equal(vt_search(v, "(h*a*)*Q", 1, &e), 0);
	vt_free(v);
}

static void selection_moves_with_the_text(void **state)
{
	(void)state;
	struct vt *v = make(4, 10);
	struct buf b = {0};
	feed(v, "one\r\ntwo \xe4\xb8\xad!\r\nthree");
	assert_false(vt_select_copy(v, &b));
	vt_select_begin(v, 0, 1);
	vt_select_to(v, 1, 6);
	feed(v, "\r\nfour\r\nfive\r\nsix\r\nseven\r\n");
	assert_true(vt_select_copy(v, &b));
	assert_string_equal(b.p, "ne\ntwo \xe4\xb8\xad!");
	buf_clear(&b);
	vt_select_begin(v, 2, 3);
	vt_select_to(v, 1, 2); /* upwards */
	assert_true(vt_select_copy(v, &b));
	assert_string_equal(b.p, "x\nseve");
	buf_done(&b);
	vt_free(v);
}

static void shrinking_keeps_what_is_there(void **state)
{
	(void)state;
	struct vt *v = make(10, 20);
	feed(v, "one\r\ntwo\r\nthree\r\n# ");
	vt_resize(v, 5, 20);
	assert_text(v, "one\ntwo\nthree\n#\n");
	feed(v, "x");
	vt_resize(v, 2, 15);
	vt_scroll(v, 99);
	assert_int_equal(vt_scrolled(v), 2);
	vt_resize(v, 12, 30);
	feed(v, "y");
	assert_text(v, "one\ntwo\nthree\n# xy\n");
	feed(v, "\033[?1049h\033[Hedit");
	vt_resize(v, 3, 20);
	assert_text(v, "edit\n");
	feed(v, "\033[?1049l");
	assert_text(v, "one\ntwo\nthree\n# xy\n");
	vt_free(v);
}

static unsigned next_random(unsigned *s)
{
	*s = *s * 1103515245u + 12345u;
	return *s >> 16;
}

/* Bytes of a hostile guest: noise with many control sequences in it. */
static size_t hostile(unsigned *seed, char *out, size_t max)
{
	static const char *const piece[] = {"\033[", "\033]0;", "\033P", "\033(0lqk\033(B", "?", ";", "1049", "65535",
		"h", "l", "m", "r", "\033[?1049h", "\033[?1049l", "\xe4\xb8\xad", "\xcc\x81", "\xf0\x9f\x98\x80", "\n",
		"\r\n", "\033c", "\033[99999S", "\033[9999T", "\033[?5h", "\033[5;2r", "\033[L", "\033[M", "\033[200P",
		"\033[200@", "\t", "\b", "\033[65535b", "\033[H", "\033[3J", "\033[!p", "\033[?25l", "\033[6n", "\x9b",
		"\033[1;31m", "\033[0m", "\033[m", "\033[38;5;200m", "\033[48;2;9;8;7;4m", "\033[7;100m",
		"\033[22;39;49m", "\0337", "\0338", "\033[;;3m", "\033[38:5:9m", "\033[4:3;58;5;1m", "\033[95;45m",
		"\033(B", "\033*0", "\033n", "some text", "\xc2\x9b", "\033M"};
	size_t n = 0;
	while (n + 16 < max) {
		unsigned r = next_random(seed);
		if (r % 3 == 0) {
			out[n] = (char)next_random(seed);
			n += out[n] != 0x0e; /* SO: libtsm has Latin-1 where we and xterm have ASCII */
		} else {
			const char *p = piece[r % ARRAY_LEN(piece)];
			memcpy(out + n, p, strlen(p));
			n += strlen(p);
		}
	}
	return n;
}

static void no_row_is_broken(void *ctx, int y, const struct draw_cell *c, int cols)
{
	(void)ctx;
	assert_true(y >= 0);
	for (int x = 0; x < cols; x++) {
		assert_true(c[x].ch[0] >= 0x20 && (c[x].ch[0] < 0x7f || c[x].ch[0] >= 0xa0) && c[x].ch[0] <= 0x10ffff);
		assert_true(c[x].width == 1 || (c[x].width == 2 && x + 1 < cols && c[x + 1].width == 0) ||
			    (c[x].width == 0 && x > 0 && c[x - 1].width == 2));
	}
}

/* One step of something a user or the screen might do meanwhile. */
static void disturb(struct vt *v, unsigned *seed)
{
	struct err e = {0};
	struct buf b = {0};
	unsigned r = next_random(seed), a = next_random(seed), c = next_random(seed);
	switch (r % 8) {
	case 0:
		vt_resize(v, (int)(a % 60) + 1, (int)(c % 130) + 1);
		break;
	case 1:
		vt_scroll(v, (int)(a % 200) - 100);
		break;
	case 2:
		vt_select_begin(v, (int)(a % 70) - 5, (int)(c % 140) - 5);
		vt_select_to(v, (int)(c % 70), (int)(a % 140));
		break;
	case 3:
		vt_select_copy(v, &b);
		break;
	case 4:
		vt_search(v, a % 2 ? "[a-z]{2}" : "\\x{fffd}", c % 2 ? 1 : -1, &e);
		break;
	case 5:
		vt_scroll_end(v);
		break;
	}
	buf_done(&b);
}

static void nothing_breaks_it(void **state)
{
	(void)state;
	char bytes[2048];
	for (unsigned s = 1; s <= 12; s++) {
		unsigned seed = s;
		struct vt *v = make(24, 80);
		for (int i = 0; i < 60; i++) {
			vt_feed(v, bytes, hostile(&seed, bytes, sizeof(bytes)));
			disturb(v, &seed);
			vt_rows(v, no_row_is_broken, NULL);
		}
		free(vt_text(v));
		vt_free(v);
	}
}

static void cutting_the_stream_changes_nothing(void **state)
{
	(void)state;
	char bytes[4096];
	for (unsigned s = 100; s < 110; s++) {
		unsigned seed = s;
		size_t n = hostile(&seed, bytes, sizeof(bytes));
		for (size_t i = 0; i + 1 < n; i++) /* a combining character cut from its base is lost: leave them out */
			if (bytes[i] == '\xcc' || bytes[i] == '\xcd')
				bytes[i] = 'c';
		struct vt *a = make(24, 80), *b = make(24, 80);
		vt_feed(a, bytes, n);
		for (size_t i = 0; i < n; i++)
			vt_feed(b, bytes + i, 1);
		char *ta = vt_text(a), *tb = vt_text(b);
		assert_string_equal(ta, tb);
		free(ta);
		free(tb);
		vt_free(a);
		vt_free(b);
	}
}

/* All cells of one vt, to compare with another's. */
static void compare_row(void *ctx, int y, const struct draw_cell *c, int cols)
{
	struct draw_cell *all = ctx;
	memcpy(all + y * cols, c, (size_t)cols * sizeof(*c));
}

static void text_past_libtsms_parser_looks_the_same(void **state)
{
	(void)state;
	static struct draw_cell a[24 * 80], b[24 * 80];
	char bytes[2048];
	for (unsigned s = 200; s < 240; s++) {
		unsigned seed = s;
		struct vt *fast = make(24, 80), *slow = make(24, 80);
		slow->filter.slow = true;
		for (int i = 0; i < 5; i++) {
			size_t n = hostile(&seed, bytes, sizeof(bytes));
			vt_feed(fast, bytes, n);
			vt_feed(slow, bytes, n);
			vt_rows(fast, compare_row, a);
			vt_rows(slow, compare_row, b);
			for (int k = 0; k < 24 * 80; k++) {
				assert_memory_equal(a[k].ch, b[k].ch, sizeof(a[k].ch));
				assert_int_equal(a[k].fg, b[k].fg);
				assert_int_equal(a[k].bg, b[k].bg);
				assert_int_equal(a[k].bold << 4 | a[k].italic << 3 | a[k].underline << 2 |
							 a[k].reverse << 1 | a[k].blink,
					b[k].bold << 4 | b[k].italic << 3 | b[k].underline << 2 | b[k].reverse << 1 |
						b[k].blink);
			}
		}
		vt_free(fast);
		vt_free(slow);
	}
}

/* Lines that leave the scrollback within one feed are not looked at, and nobody can tell. */
static void lines_lost_in_one_feed_make_no_difference(void **state)
{
	(void)state;
	static struct draw_cell a[24 * 80], b[24 * 80];
	static const char *const before[] = {"", "half a line", "\033[31mred\033[3;9r", "\033[31mred\r\n\n\n", "\033[?1049h"};
	for (size_t k = 0; k < ARRAY_LEN(before); k++) {
		struct vt *whole = vt_new(24, 80, 50, on_reply, NULL), *pieces = vt_new(24, 80, 50, on_reply, NULL);
		struct buf text = {0};
		for (int i = 0; i < 500; i++)
			buf_addf(&text, "%d\t%.*s%s", i, i % 150, "a line that may be wider than the screen is, or may not be, as the "
				"number says that stands in front of it; so it goes on and on and on", i % 7 == 3 ? "\n" : "\r\n");
		buf_adds(&text, k % 2 ? "end" : "");
		vt_feed(whole, before[k], strlen(before[k]));
		vt_feed(pieces, before[k], strlen(before[k]));
		if (k != 2 && k != 4) /* a scrolling region, the other screen: nothing may be left out */
			assert_true(vt_filter_lost(&whole->filter, text.p, text.n, 74) > 1000);
		vt_feed(whole, text.p, text.n);
		for (size_t i = 0; i < text.n; i += 40)
			vt_feed(pieces, text.p + i, text.n - i < 40 ? text.n - i : 40);
		for (int back = 0; back <= 60; back += 20) {
			vt_rows(whole, compare_row, a);
			vt_rows(pieces, compare_row, b);
			assert_memory_equal(a, b, sizeof(a));
			vt_scroll(whole, 20);
			vt_scroll(pieces, 20);
			assert_int_equal(vt_scrolled(whole), vt_scrolled(pieces));
		}
		vt_free(whole);
		vt_free(pieces);
		buf_done(&text);
	}
}

/* A narrow moment loses nothing, as long as the program says nothing in it. */
static void narrow_and_wide_again(void **state)
{
	(void)state;
	struct vt *v = make(6, 30);
	feed(v, "gone\r\none\r\nthe second \033[1mline\033[m is longer\r\n"
		"\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\r\n# ");
	vt_resize(v, 4, 9); /* one row too few: the first goes to the scrollback */
	vt_resize(v, 5, 4);
	vt_resize(v, 6, 14);
	vt_resize(v, 6, 30);
	char *got = vt_text(v);
	assert_non_null(strstr(got, "one\nthe second line is longer\n"));
	assert_non_null(strstr(got, "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87"));
	free(got);
	int y, x;
	vt_cursor(v, &y, &x);
	assert_int_equal(y, 3);
	assert_int_equal(x, 2);
	feed(v, "0123456789");
	vt_resize(v, 6, 8);
	vt_resize(v, 6, 30);
	vt_cursor(v, &y, &x);
	assert_int_equal(x, 12);
	vt_resize(v, 6, 8);
	feed(v, "x");
	vt_resize(v, 6, 30);
	got = vt_text(v);
	assert_null(strstr(got, "longer")); /* it has gone on: what was kept no longer fits */
	free(got);
	vt_free(v);
}

/* What larger runs of the tests above have found. */
static void cases_found_by_chance(void **state)
{
	(void)state;
	struct vt *v = make(3, 20);
	feed(v, "\033]0;t\033[tA\303\251"); /* a sequence that is dropped ends a string all the same */
	assert_text(v, "A\303\251\n");
	feed(v, "\033c\033P\310\0336b");
	assert_text(v, "b\n");
	feed(v, "\033c?\025\033[b");
	assert_text(v, "\?\?\n");
	vt_free(v);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(colours_and_attributes),
		cmocka_unit_test(more_than_sixteen_parameters),
		cmocka_unit_test(sequences_that_libtsm_lacks),
		cmocka_unit_test(line_drawing),
		cmocka_unit_test(wide_and_combining_characters),
		cmocka_unit_test(keys_follow_the_modes),
		cmocka_unit_test(pastes_cannot_type_keys),
		cmocka_unit_test(mouse_protocols),
		cmocka_unit_test(answers_are_few_and_nothing_else_comes_out),
		cmocka_unit_test(the_view_stays_while_lines_come),
		cmocka_unit_test(scrollback_is_bounded),
		cmocka_unit_test(search_finds_and_shows),
		cmocka_unit_test(selection_moves_with_the_text),
		cmocka_unit_test(shrinking_keeps_what_is_there),
		cmocka_unit_test(nothing_breaks_it),
		cmocka_unit_test(cutting_the_stream_changes_nothing),
		cmocka_unit_test(text_past_libtsms_parser_looks_the_same),
		cmocka_unit_test(lines_lost_in_one_feed_make_no_difference),
		cmocka_unit_test(narrow_and_wide_again),
		cmocka_unit_test(cases_found_by_chance),
	};
	int status = internal_main(argc, argv);
	if (status >= 0)
		return status;
	setlocale(LC_CTYPE, "C.UTF-8");
	status = cmocka_run_group_tests(tests, NULL, NULL);
	buf_done(&reply);
	return status;
}
