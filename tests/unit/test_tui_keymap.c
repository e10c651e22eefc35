/* Keys and the keymap: names go round, the default map holds together, the user's text overrides or is refused whole,
 * look-up is by the longest sequence, random maps never leave a binding that cannot be reached. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/app.h"
#include "core/fs.h"
#include "core/str.h"
#include "tui/default_keys.h"
#include "tui/key.h"
#include "tui/keymap.h"
#include "tui/ui_priv.h"

static struct key key(const char *name)
{
	struct key k;
	struct err e = {0};
	if (key_parse(name, strlen(name), &k, &e) < 0)
		fail_msg("%s: %s", name, e.msg);
	return k;
}

static void names_go_round(void **state)
{
	(void)state;
	static const char *const names[] = {"a", "A", "C-x", "M-x", "F1", "F12", "F20", "Enter", "Esc", "Tab",
		"BackTab", "Space", "Up", "PgDn", "C-Left", "S-Up", "C-M-Delete", "é", "中", ":", "-", "C-Space", "M--",
		"C-M-S-Backspace"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char out[16];
		struct key k = key(names[i]);
		key_label(&k, out);
		assert_string_equal(out, names[i]);
	}
}

static void keys_a_terminal_cannot_tell_apart_are_one(void **state)
{
	(void)state;
	static const char *const same[][2] = {{"C-i", "Tab"}, {"C-m", "Enter"}, {"C-[", "Esc"}, {"C-A", "C-a"},
		{"S-a", "A"}, {"S-Tab", "BackTab"}, {"C-@", "C-Space"}};
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		struct key a = key(same[i][0]), b = key(same[i][1]);
		assert_true(key_equal(&a, &b));
	}
}

static void wrong_names_are_told(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"", "F0", "F21", "F1x", "ab", "C-", "Pgdn", "\xc3", "\x01", "C-F99", "\xed\xa0\x80"};
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct key k;
		struct err e = {0};
		assert_int_equal(key_parse(wrong[i], strlen(wrong[i]), &k, &e), -1);
		assert_non_null(e.hint);
		if (strcmp(wrong[i], "Pgdn") == 0)
			assert_string_equal(e.hint, "did you mean `PgDn`?");
		err_done(&e);
	}
}

static void bytes_are_xterms(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool app;
		const char *bytes;
		size_t n;
	} row[] = {{"a", false, "a", 1}, {"M-a", false, "\033a", 2}, {"C-a", false, "\001", 1},
		{"C-Space", false, "\0", 1}, {"Enter", false, "\r", 1}, {"Backspace", false, "\x7f", 1},
		{"Up", false, "\033[A", 3}, {"Up", true, "\033OA", 3}, {"C-Left", true, "\033[1;5D", 6},
		{"F1", false, "\033OP", 3}, {"F5", false, "\033[15~", 5}, {"F12", false, "\033[24~", 5},
		{"S-F5", false, "\033[15;2~", 7}, {"S-F1", false, "\033[1;2P", 6}, {"BackTab", false, "\033[Z", 3},
		{"Home", true, "\033OH", 3}, {"PgUp", true, "\033[5~", 4}, {"é", false, "\xc3\xa9", 2}};
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		char out[16];
		struct key k = key(row[i].name);
		assert_int_equal(key_bytes(&k, row[i].app, out), row[i].n);
		assert_memory_equal(out, row[i].bytes, row[i].n);
	}
	struct key mouse = {.code = K_MOUSE};
	char out[16];
	assert_int_equal(key_bytes(&mouse, false, out), 0);
}

static const char *find(const struct keymap *m, const char *context, const char *keys, enum keymap_hit *hit)
{
	const char *contexts[] = {context, "normal", "global", NULL}, *command;
	struct strv words = {0};
	struct key k[8];
	strv_split(&words, keys);
	for (size_t i = 0; i < words.n; i++)
		k[i] = key(words.v[i]);
	*hit = keymap_find(m, contexts, k, words.n, &command);
	strv_done(&words);
	return command;
}

static void expect(const struct keymap *m, const char *context, const char *keys, const char *command)
{
	enum keymap_hit hit;
	const char *found = find(m, context, keys, &hit);
	if (command == NULL) {
		assert_int_equal(hit, KEYMAP_NONE);
	} else if (*command == '\0') {
		assert_int_equal(hit, KEYMAP_PREFIX);
	} else {
		assert_int_equal(hit, KEYMAP_COMMAND);
		assert_string_equal(found, command);
	}
}

static void lay(struct keymap *m, const char *text)
{
	struct err e = {0};
	if (keymap_parse(m, "keys", text, NULL, &e) < 0)
		fail_msg("%d:%d: %s", e.line, e.col, e.msg);
}

static void default_map_works(void **state)
{
	(void)state;
	struct keymap *m = keymap_default();
	expect(m, "log", "F5", "run");
	expect(m, "log", "C-a", "");
	expect(m, "log", "C-a z", "pane.zoom");
	expect(m, "log", "z", "pane.zoom");
	expect(m, "log", "C-a F7", NULL);
	assert_string_equal(keymap_keys_of(m, NULL, "run"), "F5");
	assert_string_equal(keymap_keys_of(m, NULL, "pane.focus"), "F2");
	assert_string_equal(keymap_keys_of(m, NULL, "pane.focus log"), "F4");
	assert_null(keymap_keys_of(m, "log", "run"));
	keymap_free(m);
}

static void user_text_overrides(void **state)
{
	(void)state;
	struct keymap *m = keymap_default();
	lay(m, "# my keys\r\n\nglobal F12   run\nglobal F5 none\nlog z log.clear\nglobal C-a none\nlog g g log.top # "
	       "Top\n"
	       "log M-x log.search \"a # b\"\n");
	expect(m, "log", "F12", "run");
	expect(m, "log", "F5", NULL);
	expect(m, "log", "z", "log.clear");
	expect(m, "console", "z", "pane.zoom");
	expect(m, "log", "C-a z", NULL); /* everything under the prefix went with it */
	expect(m, "log", "g", "");
	expect(m, "log", "g g", "log.top");
	expect(m, "log", "M-x", "log.search \"a # b\"");
	assert_string_equal(keymap_keys_of(m, NULL, "run"), "F12");
	lay(m, "log g log.goto\n"); /* shorter displaces longer */
	expect(m, "log", "g", "log.goto");
	expect(m, "log", "g g", NULL);
	lay(m, "log g e log.error\n"); /* longer displaces shorter */
	expect(m, "log", "g e", "log.error");
	expect(m, "log", "g", "");
	keymap_free(m);
}

struct seen {
	char text[4096];
};

static void note_label(void *ctx, const struct keymap_row *r)
{
	struct seen *s = ctx;
	if (r->label != NULL)
		snprintf(s->text + strlen(s->text), sizeof(s->text) - strlen(s->text), "%s=%s ", r->keys, r->label);
}

static void note_next(void *ctx, const char *next, const char *command)
{
	struct seen *s = ctx;
	snprintf(s->text + strlen(s->text), sizeof(s->text) - strlen(s->text), "%s:%s ", next,
		command != NULL ? command : "+");
}

static void a_new_key_takes_place_and_label(void **state)
{
	(void)state;
	struct keymap *m = keymap_default();
	lay(m, "global F12 run\n");
	struct seen s = {""};
	keymap_each(m, "global", note_label, &s);
	assert_string_equal(s.text, "F1=Help F2=Options F3=Source F4=Log F12=Run F6=Build F7=Console F8=Stop F9=Menu "
				    "F10=Quit C-a ?=Keys C-a [=Look around C-a /=Search C-a P=Pause C-a X=Kill ");
	expect(m, "log", "F5", "run"); /* still works */
	keymap_free(m);
}

static void hints_list_what_may_follow(void **state)
{
	(void)state;
	struct keymap *m = keymap_default();
	lay(m, "log C-x a b log.b\nlog C-x c log.c\nnormal C-x c shadowed\nnormal C-x d log.d\n");
	const char *contexts[] = {"log", "normal", "global", NULL};
	struct key k = key("C-x");
	struct seen s = {""};
	keymap_continuations(m, contexts, &k, 1, note_next, &s);
	assert_string_equal(s.text, "a:+ c:log.c d:log.d ");
	keymap_free(m);
}

static void texts_name_the_keys_bound_now(void **state)
{
	(void)state;
	struct keymap *m = keymap_default();
	lay(m, "log x log.search\nglobal F12 run\n");
	static const char *const row[][2] = {{"press {key:run}!", "press [F12]!"}, {"{key:log.search}", "[x]"},
		{"{key:no.such} and {key", "`:no.such` and {key"}, {"", ""},
		{"{key:pane.zoom}{key:pane.zoom}", "[z][z]"}};
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		char *text = keymap_text(m, "log", row[i][0]);
		assert_string_equal(text, row[i][1]);
		free(text);
	}
	keymap_free(m);
}

static void a_bad_text_changes_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int line, col;
	} bad[] = {{"global F12 help\nnowhere F5 run\n", 2, 1}, {"global Fn5 run\n", 1, 8}, {"global F12\n", 1, 11},
		{"global\n", 1, 7}, {"global a b c d e f g run\n", 1, 20}, {"global F12 run\nglobal F12 build\n", 2, 1},
		{"log x run\nlog x y build\n", 2, 1}, {"global F12 biuld\n", 1, 12},
		{"  global F12 help a b c d\n", 1, 14}, {"global F12 help 'x\n", 1, 12},
		{"global F12 # label\n", 1, 14}};
	static const struct cmd rows[] = {{"run", "", 0, "", NULL, NULL, NULL}, {"build", "", 0, "", NULL, NULL, NULL},
		{"help", "[A]", 0, "", NULL, NULL, NULL}};
	struct cmd_table t = {0};
	cmd_register(&t, rows, ARRAY_LEN(rows));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct keymap *m = keymap_default();
		struct err e = {0};
		assert_int_equal(keymap_parse(m, "my keys", bad[i].text, &t, &e), -1);
		assert_string_equal(e.file, "my keys");
		if (e.line != bad[i].line || e.col != bad[i].col)
			fail_msg("%s: %d:%d: %s", bad[i].text, e.line, e.col, e.msg);
		expect(m, "log", "F12", "pane.focus lesson"); /* as by default */
		err_done(&e);
		keymap_free(m);
	}
}

static void the_users_file_is_read(void **state)
{
	(void)state;
	char dir[] = "/tmp/kiln-keys-XXXXXX";
	assert_non_null(mkdtemp(dir));
	setenv("XDG_CONFIG_HOME", dir, 1);
	struct keymap *m = keymap_default();
	struct err e = {0};
	assert_int_equal(keymap_load_user(m, NULL, &e), 0); /* no file: fine */
	char *sub = xasprintf("%s/kiln", dir), *path = keymap_user_path();
	assert_int_equal(mkdir(sub, 0700), 0);
	assert_int_equal(fs_write(path, "global F11 help\n", 16, 0600, &e), 0);
	assert_int_equal(keymap_load_user(m, NULL, &e), 0);
	expect(m, "log", "F11", "help");
	assert_int_equal(fs_write(path, "a\0b", 3, 0600, &e), 0);
	assert_int_equal(keymap_load_user(m, NULL, &e), -1);
	err_done(&e);
	expect(m, "log", "F11", "help");
	fs_remove_tree(dir, &e);
	free(sub);
	free(path);
	keymap_free(m);
}

/* Random rows over a small alphabet in many layers: what the map lists is what looking up finds. */
static void probe(void *ctx, const struct keymap_row *r)
{
	const char *contexts[] = {r->context, NULL}, *command;
	struct strv words = {0};
	struct key k[8];
	strv_split(&words, r->keys);
	for (size_t i = 0; i < words.n; i++) {
		k[i] = key(words.v[i]);
		enum keymap_hit hit = keymap_find(ctx, contexts, k, i + 1, &command);
		assert_int_equal(hit, i + 1 == words.n ? KEYMAP_COMMAND : KEYMAP_PREFIX);
	}
	assert_string_equal(command, r->command);
	strv_done(&words);
}

static void every_binding_can_be_reached(void **state)
{
	(void)state;
	static const char *const names[] = {"a", "b", "C-a", "F5"};
	unsigned seed = 20;
	for (int round = 0; round < 200; round++) {
		struct keymap *m = keymap_default();
		for (int layer = 0; layer < 20; layer++) {
			struct buf b = {0};
			buf_adds(&b, rand_r(&seed) % 2 ? "log" : "global");
			for (int n = rand_r(&seed) % 4; n >= 0; n--)
				buf_addf(&b, " %s", names[rand_r(&seed) % ARRAY_LEN(names)]);
			buf_addf(&b, " %s", rand_r(&seed) % 4 ? "log.do" : "none");
			lay(m, b.p);
			buf_done(&b);
		}
		keymap_each(m, NULL, probe, m);
		keymap_free(m);
	}
}

/* Every row of the default map, against the whole command table. */
static void the_default_keys_name_commands(void **state)
{
	(void)state;
	struct cmd_table t = {.screen = true};
	struct keymap *m = keymap_default();
	struct err e = {0};
	commands_register(&t);
	ui_register(&t);
	char *text = xasprintf("%s\n", default_keys);
	if (keymap_parse(m, "default keys", text, &t, &e) < 0)
		fail_msg("%d:%d: %s", e.line, e.col, e.msg);
	free(text);
	keymap_free(m);
}

/* Texts thrown together from the parser's own words and from bytes: taken or refused with a place, never more. */
static void any_text_is_taken_or_refused(void **state)
{
	(void)state;
	static const char *const bits[] = {"global", "log ", " C-a", " F5", " C-", "M-", " #", "\n", "\t", " none",
		" \"", "'", "\\", " a", " \xff", " \xe4\xb8\xad", " Space", "#", " run", "nowhere", " C-M-S-Backspace",
		"{key:", "F99"};
	unsigned seed = 11;
	int taken = 0;
	struct keymap *m = keymap_default();
	for (int round = 0; round < 5000; round++) {
		struct buf b = {0};
		struct err e = {0};
		for (int n = rand_r(&seed) % 12; n >= 0; n--) {
			if (rand_r(&seed) % 8 == 0)
				buf_addc(&b, (char)(1 + rand_r(&seed) % 255));
			buf_adds(&b, bits[(size_t)rand_r(&seed) % ARRAY_LEN(bits)]);
		}
		if (keymap_parse(m, "keys", b.p, NULL, &e) == 0)
			taken++;
		else
			assert_true(e.line > 0 && e.col > 0 && e.msg[0] != '\0');
		err_done(&e);
		buf_done(&b);
	}
	assert_true(taken > 50);
	keymap_each(m, NULL, probe, m);
	keymap_free(m);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_round),
		cmocka_unit_test(keys_a_terminal_cannot_tell_apart_are_one),
		cmocka_unit_test(wrong_names_are_told),
		cmocka_unit_test(bytes_are_xterms),
		cmocka_unit_test(default_map_works),
		cmocka_unit_test(the_default_keys_name_commands),
		cmocka_unit_test(user_text_overrides),
		cmocka_unit_test(a_new_key_takes_place_and_label),
		cmocka_unit_test(hints_list_what_may_follow),
		cmocka_unit_test(texts_name_the_keys_bound_now),
		cmocka_unit_test(a_bad_text_changes_nothing),
		cmocka_unit_test(the_users_file_is_read),
		cmocka_unit_test(every_binding_can_be_reached),
		cmocka_unit_test(any_text_is_taken_or_refused),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
