/* What typing rests on: line editing, history, fuzzy matching, completion of command lines. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/str.h"
#include "tui/complete.h"
#include "tui/fuzzy.h"
#include "tui/lineedit.h"

static void type(struct lineedit *l, const char *keys)
{
	struct strv words = {0};
	strv_split(&words, keys);
	for (size_t i = 0; i < words.n; i++) {
		struct key k;
		if (words.v[i][0] == '!')
			assert_true(lineedit_act(l, words.v[i] + 1));
		else {
			assert_int_equal(key_parse(words.v[i], strlen(words.v[i]), &k, NULL), 0);
			assert_true(lineedit_key(l, &k));
		}
	}
	strv_done(&words);
}

static void a_line_is_edited(void **state)
{
	(void)state;
	static const struct {
		const char *keys, *text;
		size_t at;
	} row[] = {{"a b c !left !erase", "ac", 1}, {"a 中 é !left !left x", "ax中é", 2},
		{"a b !home c !end d", "cabd", 4}, {"a Space b Space c !erase-word", "a b ", 4},
		{"a b !erase-start c", "c", 1}, {"a b c !left !left !erase-end", "a", 1},
		{"a b !erase-start !yank !yank", "abab", 4}, {"a . b !word-left !delete", "a.", 2},
		{"!erase !delete !left", "", 0}, {"a Space b !home !word-right x", "ax b", 2}};
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct lineedit l = {0};
		type(&l, row[i].keys);
		assert_string_equal(lineedit_text(&l), row[i].text);
		assert_int_equal(l.at, row[i].at);
		lineedit_done(&l);
	}
	struct lineedit l = {0};
	struct key left = {.code = K_LEFT};
	assert_false(lineedit_act(&l, "fly"));
	assert_false(lineedit_key(&l, &left));
	lineedit_set(&l, "e\xcc\x81x"); /* a combining accent goes with its letter */
	lineedit_act(&l, "left");
	lineedit_act(&l, "erase");
	assert_string_equal(lineedit_text(&l), "x");
	lineedit_done(&l);
}

static void pastes_are_bounded_and_clean(void **state)
{
	(void)state;
	struct lineedit l = {0};
	struct key paste = {.code = K_PASTE, .text = "a\nb\033[31m", .text_n = 8};
	assert_true(lineedit_key(&l, &paste));
	assert_string_equal(lineedit_text(&l), "a b [31m");
	struct buf big = {0};
	for (int i = 0; i < 5000; i++)
		buf_adds(&big, "中");
	paste.text = big.p;
	paste.text_n = big.n;
	assert_true(lineedit_key(&l, &paste));
	assert_true(l.text.n <= LINEEDIT_MAX && l.text.n > LINEEDIT_MAX - 3);
	assert_int_equal((l.text.n - 8) % 3, 0);
	buf_done(&big);
	lineedit_done(&l);
}

static void random_edits_keep_whole_characters(void **state)
{
	(void)state;
	static const char *const acts[] = {"left", "right", "word-left", "word-right", "home", "end", "erase", "delete",
		"erase-word", "erase-start", "erase-end", "yank"};
	static const char *const chars[] = {"a", "é", "中", "😀", "\xcc\x81", " ", "-"};
	unsigned seed = 3;
	struct lineedit l = {0};
	for (int i = 0; i < 20000; i++) {
		if (rand_r(&seed) % 2)
			lineedit_replace(&l, l.at, chars[rand_r(&seed) % ARRAY_LEN(chars)]);
		else
			lineedit_act(&l, acts[rand_r(&seed) % ARRAY_LEN(acts)]);
		assert_true(l.at <= l.text.n);
		assert_int_equal(strlen(lineedit_text(&l)), l.text.n);
		assert_true(((unsigned char)lineedit_text(&l)[l.at] & 0xc0) != 0x80);
	}
	lineedit_done(&l);
}

static char state_dir[] = "/tmp/kiln-typing-XXXXXX";

static void history_is_kept_and_searched(void **state)
{
	(void)state;
	struct history h;
	history_init(&h, "test");
	assert_null(history_step(&h, -1, ""));
	history_add(&h, "build");
	history_add(&h, "build");
	history_add(&h, "run -e x");
	history_add(&h, "");
	assert_string_equal(history_step(&h, -1, ""), "run -e x");
	assert_string_equal(history_step(&h, -1, "run -e x"), "build");
	assert_null(history_step(&h, -1, "build"));
	assert_string_equal(history_step(&h, 1, "build"), "run -e x");
	assert_string_equal(history_step(&h, 1, "run -e x"), "");
	history_reset(&h);
	assert_string_equal(history_step(&h, -1, "bu"), "build");
	assert_string_equal(history_step(&h, 1, "build"), "bu");
	history_done(&h);
	history_init(&h, "test");
	assert_int_equal(h.line.n, 2);
	for (int i = 0; i < 1200; i++) {
		char line[32];
		snprintf(line, sizeof(line), "line %d", i);
		history_add(&h, line);
	}
	history_done(&h);
	history_init(&h, "test");
	assert_int_equal(h.line.n, 500);
	assert_string_equal(h.line.v[499], "line 1199");
	struct stat st;
	assert_int_equal(stat(h.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	history_done(&h);
}

static void a_history_that_cannot_be_kept_still_works(void **state)
{
	(void)state;
	struct history h;
	setenv("XDG_STATE_HOME", "/proc/nothing", 1);
	history_init(&h, "test");
	history_add(&h, "one");
	assert_string_equal(history_step(&h, -1, ""), "one");
	history_done(&h);
	setenv("XDG_STATE_HOME", state_dir, 1);
}

static void fuzzy_finds_what_was_meant(void **state)
{
	(void)state;
	uint64_t hits;
	assert_int_equal(fuzzy_score("", "anything", &hits), 0);
	assert_int_equal(fuzzy_score("xyz", "pane.next", &hits), -1);
	assert_int_equal(fuzzy_score("pane zz", "pane.next", &hits), -1);
	assert_true(fuzzy_score("pn", "pane.next", &hits) > 0);
	assert_int_equal(hits, 1 | 1 << 5);
	assert_true(fuzzy_score("zoom", "pane.zoom", &hits) > fuzzy_score("zoom", "pane.zxoxoxm", &hits));
	assert_true(fuzzy_score("build", "build", &hits) > fuzzy_score("build", "rebuild", &hits));
	assert_true(fuzzy_score("NEXT pane", "pane.next", &hits) > 0);
	assert_true(fuzzy_score("aab", "a.ab", &hits) > 0);
	assert_true(fuzzy_score("中", "启动中断", &hits) > 0);
	assert_true(fuzzy_score("nt", "pane.next", &hits) > 0);
}

/* ---- completion ---- */

static const struct cmd_opt options[] = {{
						 "expect",
						 'e',
						 "RE",
						 "",
					 },
	{"force", 'f', NULL, ""}, {"transcript", 'T', "FILE", ""}, {NULL, 0, NULL, NULL}};
static const struct cmd rows[] = {{"build", "[STAGE]", 0, "", NULL, options, NULL},
	{"bench", "", CMD_SHELL, "", NULL, NULL, NULL}, {"pane.focus", "PANE", CMD_SCREEN, "", NULL, NULL, NULL},
	{"pane.grow", "left|right|up|down [CELLS]", 0, "", NULL, NULL, NULL},
	{"set", "[SETTING=VALUE…]", 0, "", NULL, NULL, NULL}, {"open", "FILE", 0, "", NULL, NULL, NULL},
	{"cd", "DIR", 0, "", NULL, NULL, NULL}, {"help", "[COMMAND]", 0, "", NULL, NULL, NULL}};

static void names(void *ctx, const char *placeholder, struct strv *out)
{
	(void)ctx;
	if (strcmp(placeholder, "PANE") == 0) {
		strv_add(out, "log");
		strv_add(out, "console");
	}
}

static void completes(const char *line, const char *expect)
{
	struct cmd_table t = {0};
	cmd_register(&t, rows, ARRAY_LEN(rows));
	struct complete c = {&t, names, NULL, state_dir};
	struct strv out = {0};
	size_t from;
	complete_line(&c, line, strlen(line), &out, &from);
	struct buf b = {0};
	buf_addf(&b, "%zu:", from);
	for (size_t i = 0; i < out.n; i++)
		buf_addf(&b, " %s", out.v[i]);
	if (strcmp(b.p, expect) != 0)
		fail_msg("`%s` gives `%s`, not `%s`", line, b.p, expect);
	buf_done(&b);
	strv_done(&out);
}

static void command_lines_are_completed(void **state)
{
	(void)state;
	struct err e = {0};
	char *sub = fs_join(state_dir, "a b"), *file = fs_join(state_dir, "note.txt");
	fs_mkdirs(sub, &e);
	assert_int_equal(fs_write(file, "", 0, 0600, &e), 0);
	completes("b", "0: build");
	completes("  pa", "2: pane.focus pane.grow");
	completes("grow", "0: pane.grow");
	completes("build i", "6: init initramfs iso");
	completes("build --", "6: --expect --force --transcript");
	completes("build --force k", "14: kernel");
	completes("build --expect ", "15:");
	completes("build -T n", "9: note.txt");
	completes("build kernel ", "13:");
	completes("pane.focus ", "11: log console");
	completes("pane.grow r", "10: right");
	completes("pane.grow right ", "16:");
	completes("set boot.f", "4: boot.face=");
	completes("set boot.face=v", "4: boot.face=vga");
	completes("set boot.face=vga init.c", "18: init.cc=");
	completes("set boot.memory=", "4: boot.memory=128");
	completes("cd ", "3: a\\ b/ kiln/");
	completes("cd \"a b", "3: a\\ b/");
	completes("cd a\\ b", "3: a\\ b/");
	completes("help pane.f", "5: pane.focus");
	completes("nonsense x", "9:");
	completes("", "0: build cd help open pane.focus pane.grow set");
	free(sub);
	free(file);
	struct strv v = {0};
	strv_add(&v, "启动");
	strv_add(&v, "启用");
	char *common = complete_common(&v);
	assert_string_equal(common, "启");
	free(common);
	strv_done(&v);
}

static int prepare(void **state)
{
	(void)state;
	setenv("XDG_STATE_HOME", mkdtemp(state_dir), 1);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	struct err e = {0};
	return fs_remove_tree(state_dir, &e);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_edited),
		cmocka_unit_test(pastes_are_bounded_and_clean),
		cmocka_unit_test(random_edits_keep_whole_characters),
		cmocka_unit_test(history_is_kept_and_searched),
		cmocka_unit_test(a_history_that_cannot_be_kept_still_works),
		cmocka_unit_test(fuzzy_finds_what_was_meant),
		cmocka_unit_test(command_lines_are_completed),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, prepare, clean);
}
