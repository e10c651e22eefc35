/* kc: the options' model against a real tree: opening, edits and their consequences, undo, reasons, plans, search,
 * files, and a helper that is killed in the middle. */
#include "tests/unit/test.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/kc.h"
#include "core/kc_more.h"
#include "core/str.h"

struct fix {
	uv_loop_t loop;
	struct kc *kc;
	bool tree, ready, answered;
	struct err e;
	bool done;
	struct strv changes; /* "NAME was now because" */
	struct strv lines;   /* reasons, facts, steps */
	struct buf messages;
	char *dir, *config;
	char what[64]; /* the edit that undo or redo was about */
};

static const char *tree_path(void)
{
	const char *tree = getenv("KILN_TEST_TREE_612");
	if (tree == NULL || tree[0] == '\0')
		tree = getenv("KILN_TEST_TREE_61");
	return tree != NULL && tree[0] != '\0' ? tree : NULL;
}

static void on_tree(void *ctx)
{
	struct fix *f = ctx;
	f->tree = true;
}

static void on_ready(void *ctx, struct err *e)
{
	struct fix *f = ctx;
	f->ready = true;
	err_move(&f->e, e);
}

static void on_message(void *ctx, const char *text, bool warning)
{
	struct fix *f = ctx;
	(void)warning;
	buf_addf(&f->messages, "%s\n", text);
}

static void run_until(struct fix *f, const bool *flag)
{
	while (!*flag)
		assert_true(uv_run(&f->loop, UV_RUN_ONCE) != 0 || *flag);
}

static void wait_answer(struct fix *f)
{
	run_until(f, &f->answered);
	f->answered = false;
	if (err_is(&f->e)) {
		print_error("%s\n", f->e.msg);
		fail();
	}
}

static const char *name_of(struct fix *f, int sym)
{
	struct kc_sym s;
	if (sym < 0)
		return "-";
	kc_sym(f->kc, sym, &s);
	return s.name != NULL ? s.name : "<choice>";
}

static void take(struct fix *f, const struct kc_result *r)
{
	strv_done(&f->changes);
	for (size_t i = 0; i < r->n; i++)
		strv_addf(&f->changes, "%s %s %s %s", name_of(f, r->change[i].sym), r->change[i].was, r->change[i].now,
			name_of(f, r->change[i].because));
	f->done = r->done;
	snprintf(f->what, sizeof(f->what), "%s", r->what != NULL ? r->what : "");
	strv_done(&f->lines);
	for (size_t i = 0; i < r->reason.n; i++)
		strv_add(&f->lines, r->reason.v[i]);
}

static void on_result(void *ctx, const struct kc_result *r, struct err *e)
{
	struct fix *f = ctx;
	take(f, r);
	err_move(&f->e, e);
	f->answered = true;
}

static void on_plan(void *ctx, const struct kc_plan *p, struct err *e)
{
	struct fix *f = ctx;
	take(f, &p->r);
	for (size_t i = 0; i < p->n_step; i++)
		strv_addf(&f->lines, "%s=%s", p->step[i].name, p->step[i].value);
	err_move(&f->e, e);
	f->answered = true;
}

static void on_lines(void *ctx, const struct strv *lines, struct err *e)
{
	struct fix *f = ctx;
	strv_done(&f->lines);
	for (size_t i = 0; i < lines->n; i++)
		strv_add(&f->lines, lines->v[i]);
	err_move(&f->e, e);
	f->answered = true;
}

static void on_detail(void *ctx, const struct kc_fact *fact, size_t n, struct err *e)
{
	struct fix *f = ctx;
	strv_done(&f->lines);
	for (size_t i = 0; i < n; i++)
		strv_addf(&f->lines, "%s: %s", fact[i].kind, fact[i].text);
	err_move(&f->e, e);
	f->answered = true;
}

static void on_done(void *ctx, struct err *e)
{
	struct fix *f = ctx;
	err_move(&f->e, e);
	f->answered = true;
}

static int setup(void **state)
{
	struct fix *f = xcalloc(1, sizeof(*f));
	struct err e = {0};
	char name[] = "/tmp/kiln-kc-XXXXXX";
	*state = f;
	f->dir = xstrdup(mkdtemp(name));
	f->config = fs_join(f->dir, "kernel.config");
	uv_loop_init(&f->loop);
	if (tree_path() == NULL)
		return 0;
	const struct kc_params p = {.tree = tree_path(),
		.config = f->config,
		.tree_ready = on_tree,
		.ready = on_ready,
		.message = on_message,
		.ctx = f};
	f->kc = kc_open(&f->loop, &p, &e);
	if (f->kc == NULL) {
		print_error("%s\n", e.msg);
		return -1;
	}
	run_until(f, &f->ready);
	if (err_is(&f->e)) {
		print_error("%s\n", f->e.msg);
		return -1;
	}
	return f->tree && kc_is_ready(f->kc) ? 0 : -1;
}

static int teardown(void **state)
{
	struct fix *f = *state;
	struct err e = {0};
	if (f->kc != NULL)
		kc_close(f->kc);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	fs_remove_tree(f->dir, &e);
	strv_done(&f->changes);
	strv_done(&f->lines);
	buf_done(&f->messages);
	err_done(&f->e);
	free(f->dir);
	free(f->config);
	free(f);
	return 0;
}

static const char *value(struct fix *f, const char *name)
{
	struct kc_sym s;
	int i = kc_find(f->kc, name);
	assert_true(i >= 0);
	kc_sym(f->kc, i, &s);
	return s.value;
}

static bool set(struct fix *f, const char *name, const char *v)
{
	kc_set(f->kc, name, v, on_result, f);
	wait_answer(f);
	return f->done;
}

static void edits_tell_all_consequences(void **state)
{
	struct fix *f = *state;
	if (f->kc == NULL)
		skip();
	assert_true(set(f, "PRINTK", "y"));
	assert_string_equal(f->changes.v[0], "PRINTK n y -");
	assert_string_equal(value(f, "CONFIG_PRINTK"), "y");
	bool because = false;
	for (size_t i = 0; i < f->changes.n; i++)
		because = because || strcmp(f->changes.v[i], "CONSOLE_LOGLEVEL_DEFAULT 7 7 PRINTK") == 0 ||
			  str_ends(f->changes.v[i], " PRINTK");
	assert_true(f->changes.n == 1 || because);
	assert_true(kc_is_modified(f->kc));
	assert_false(set(f, "SERIAL_8250_CONSOLE", "y"));
	assert_true(f->lines.n > 0 && strstr(f->lines.v[0], "needs ") != NULL);
	assert_int_equal(f->changes.n, 0);
	kc_set(f->kc, "NOT_THERE", "y", on_result, f);
	run_until(f, &f->answered);
	assert_non_null(strstr(f->e.msg, "no option NOT_THERE"));
	err_done(&f->e);
}

static void undo_goes_back_and_forth(void **state)
{
	struct fix *f = *state;
	if (f->kc == NULL)
		skip();
	static const char *const name[] = {"64BIT", "TTY", "PRINTK", "MODULES", "NET", "KERNEL_GZIP"};
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		assert_true(set(f, name[i], "y"));
	assert_int_equal(kc_undo_depth(f->kc), ARRAY_LEN(name));
	for (size_t i = ARRAY_LEN(name); i-- > 0;) {
		kc_undo(f->kc, on_result, f);
		wait_answer(f);
		assert_true(f->done);
		assert_string_equal(value(f, name[i]), "n");
		if (i > 0)
			assert_string_equal(value(f, name[i - 1]), "y");
	}
	kc_undo(f->kc, on_result, f);
	wait_answer(f);
	assert_false(f->done);
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		kc_redo(f->kc, on_result, f);
		wait_answer(f);
		assert_string_equal(value(f, name[i]), "y");
	}
	assert_int_equal(kc_redo_depth(f->kc), 0);
}

static void plans_are_small_and_work(void **state)
{
	struct fix *f = *state;
	if (f->kc == NULL)
		skip();
	kc_plan(f->kc, "SERIAL_8250_CONSOLE", "y", on_plan, f);
	wait_answer(f);
	assert_true(f->done);
	assert_int_equal(f->lines.n, 3); /* TTY, SERIAL_8250 and itself */
	assert_true(strv_has(&f->lines, "TTY=y") && strv_has(&f->lines, "SERIAL_8250=y"));
	assert_true(f->changes.n > 3);
	assert_string_equal(value(f, "TTY"), "n"); /* only a plan */
	struct kc_step step[3];
	char *eq[3];
	for (int i = 0; i < 3; i++) {
		eq[i] = xstrdup(f->lines.v[i]);
		*strchr(eq[i], '=') = '\0';
		step[i] = (struct kc_step){eq[i], "y"};
	}
	kc_apply(f->kc, step, 3, "a console", on_result, f);
	wait_answer(f);
	assert_true(f->done);
	assert_string_equal(value(f, "SERIAL_8250_CONSOLE"), "y");
	assert_int_equal(kc_undo_depth(f->kc), 1);
	kc_plan(f->kc, "SERIAL_CORE", "n", on_plan, f); /* forced by SERIAL_8250 */
	wait_answer(f);
	assert_true(f->done);
	assert_true(strv_has(&f->lines, "SERIAL_8250=n"));
	for (int i = 0; i < 3; i++)
		free(eq[i]);
	kc_undo(f->kc, on_result, f);
	wait_answer(f);
	assert_string_equal(f->what, "a console"); /* undo says what it takes back */
}

/* A merge and a load tell what of all that changed was asked for, and what only followed from it. */
static void loads_tell_why(void **state)
{
	struct fix *f = *state;
	struct err e = {0};
	static const char text[] = "CONFIG_64BIT=y\nCONFIG_TTY=y\nCONFIG_SERIAL_8250=y\n";
	if (f->kc == NULL)
		skip();
	char *path = fs_join(f->dir, "more.config");
	assert_int_equal(fs_write(path, text, strlen(text), 0644, &e), 0);
	kc_merge(f->kc, path, on_result, f);
	wait_answer(f);
	assert_true(strv_has(&f->changes, "TTY n y -") && strv_has(&f->changes, "SERIAL_8250 n y -"));
	assert_true(strv_has(&f->changes, "SERIAL_CORE n y SERIAL_8250"));
	assert_true(strv_has(&f->changes, "VT n y TTY"));
	kc_undo(f->kc, on_result, f);
	wait_answer(f);
	assert_string_equal(f->what, "merge more.config");
	assert_true(strv_has(&f->changes, "TTY y n -") && strv_has(&f->changes, "SERIAL_CORE y n SERIAL_8250"));
	kc_mode(f->kc, "allnoconfig", on_result, f);
	wait_answer(f);
	kc_undo(f->kc, on_result, f);
	wait_answer(f);
	assert_string_equal(f->what, "allnoconfig");
	free(path);
}

/* Whether modules are possible changes much at once; what that brought is laid to MODULES. */
static void modules_tell_why(void **state)
{
	struct fix *f = *state;
	if (f->kc == NULL)
		skip();
	assert_true(set(f, "MODULES", "y"));
	assert_true(set(f, "BLOCK", "y"));
	assert_true(set(f, "EXT4_FS", "m"));
	assert_true(set(f, "MODULES", "n"));
	assert_true(strv_has(&f->changes, "MODULES y n -"));
	for (size_t i = 0; i < f->changes.n; i++)
		assert_true(str_starts(f->changes.v[i], "MODULES ") || !str_ends(f->changes.v[i], " -"));
	assert_true(strv_has(&f->changes, "EXT4_FS m y MODULES"));
}

static void search_and_detail(void **state)
{
	struct fix *f = *state;
	struct err e = {0};
	int *hits;
	struct kc_node n;
	struct kc_sym s;
	if (f->kc == NULL)
		skip();
	int k = kc_search(f->kc, "printk", 0, &hits, &e);
	assert_true(k > 3);
	kc_node(f->kc, hits[0], &n);
	kc_sym(f->kc, n.sym, &s);
	assert_string_equal(s.name, "PRINTK");
	assert_non_null(n.help);
	assert_non_null(strstr(n.file, "Kconfig"));
	free(hits);
	assert_true(kc_search(f->kc, "ser8250cons", KC_SEARCH_FUZZY, &hits, &e) > 0);
	kc_node(f->kc, hits[0], &n);
	kc_sym(f->kc, n.sym, &s);
	assert_string_equal(s.name, "SERIAL_8250_CONSOLE");
	free(hits);
	/* words in any order and anywhere: what has them in its name or prompt comes first */
	assert_true(kc_search(f->kc, " stor usb ", KC_SEARCH_HELP, &hits, &e) > 0);
	kc_node(f->kc, hits[0], &n);
	kc_sym(f->kc, n.sym, &s);
	assert_string_equal(s.name, "USB_STORAGE");
	free(hits);
	assert_int_equal(kc_search(f->kc, "usb a(", 0, &hits, &e), -1);
	assert_non_null(strstr(e.msg, "character 7"));
	err_done(&e);
	assert_int_equal(kc_search(f->kc, "a(", 0, &hits, &e), -1);
	assert_non_null(strstr(e.msg, "character"));
	err_done(&e);
	kc_detail(f->kc, "SERIAL_8250_CONSOLE", on_detail, f);
	wait_answer(f);
	bool selects = false, depends = false;
	for (size_t i = 0; i < f->lines.n; i++) {
		selects = selects || str_starts(f->lines.v[i], "selects: SERIAL_CORE_CONSOLE");
		depends = depends || str_starts(f->lines.v[i], "depends on: ");
	}
	assert_true(selects && depends);
	kc_why(f->kc, "SERIAL_8250_CONSOLE", "y", on_lines, f);
	wait_answer(f);
	assert_true(f->lines.n > 0);
}

static void files_round_trip(void **state)
{
	struct fix *f = *state;
	struct err e = {0};
	if (f->kc == NULL)
		skip();
	assert_true(set(f, "64BIT", "y"));
	kc_save(f->kc, f->config, on_done, f);
	wait_answer(f);
	assert_false(kc_is_modified(f->kc));
	assert_false(kc_file_changed(f->kc));
	char *text = fs_read(f->config, NULL, &e), *more = xasprintf("%s# changed\n", text);
	assert_non_null(strstr(text, "CONFIG_64BIT=y\n"));
	assert_int_equal(fs_write(f->config, more, strlen(more), 0644, &e), 0);
	assert_true(kc_file_changed(f->kc));
	kc_mode(f->kc, "allnoconfig", on_result, f);
	wait_answer(f);
	assert_true(f->done && f->changes.n > 0);
	kc_load(f->kc, f->config, on_result, f);
	wait_answer(f);
	assert_string_equal(value(f, "64BIT"), "y");
	kc_undo(f->kc, on_result, f); /* the load */
	wait_answer(f);
	kc_undo(f->kc, on_result, f); /* the mode */
	wait_answer(f);
	assert_string_equal(value(f, "64BIT"), "y");
	kc_save(f->kc, f->config, on_done, f);
	wait_answer(f);
	char *again = fs_read(f->config, NULL, &e);
	assert_string_equal(text, again);
	assert_int_equal(fs_write(f->config, "what?\n", 6, 0644, &e), 0);
	kc_load(f->kc, f->config, on_result, f);
	run_until(f, &f->answered);
	assert_int_equal(f->e.line, 1);
	err_done(&f->e);
	free(text);
	free(more);
	free(again);
}

/* The helper process: our child of that name, the newest. */
static int helper_pid(void)
{
	DIR *d = opendir("/proc");
	struct dirent *entry;
	int found = -1;
	while ((entry = readdir(d)) != NULL) {
		struct err e = {0};
		char *path = xasprintf("/proc/%s/stat", entry->d_name), *text = NULL;
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			text = fs_read(path, NULL, &e);
		char *paren = text != NULL ? strrchr(text, ')') : NULL;
		if (paren != NULL && strstr(text, "(kiln-kconfig)") != NULL && atoi(paren + 4) == getpid() &&
			paren[2] != 'Z' && atoi(entry->d_name) > found)
			found = atoi(entry->d_name);
		err_done(&e);
		free(text);
		free(path);
	}
	closedir(d);
	return found;
}

static void a_killed_helper_comes_back_with_the_edits(void **state)
{
	struct fix *f = *state;
	if (f->kc == NULL)
		skip();
	assert_true(set(f, "64BIT", "y"));
	assert_true(set(f, "TTY", "y"));
	assert_true(set(f, "PRINTK", "y"));
	kc_undo(f->kc, on_result, f);
	wait_answer(f);
	int pid = helper_pid();
	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	while (f->messages.p == NULL || strstr(f->messages.p, "starting it again with your 4 edits") == NULL)
		uv_run(&f->loop, UV_RUN_ONCE);
	while (!kc_is_ready(f->kc))
		uv_run(&f->loop, UV_RUN_ONCE);
	assert_string_equal(value(f, "64BIT"), "y");
	assert_string_equal(value(f, "TTY"), "y");
	assert_string_equal(value(f, "PRINTK"), "n");
	kc_redo(f->kc, on_result, f);
	wait_answer(f);
	assert_string_equal(value(f, "PRINTK"), "y");
	for (size_t i = 0; i < f->changes.n; i++) /* of this edit alone, not of those done again */
		assert_false(str_starts(f->changes.v[i], "64BIT "));
}

/* Killed while it works at an edit, and while a question waits: both are asked again of the one that takes its place.
 */
static void a_helper_killed_in_an_edit_is_replaced(void **state)
{
	struct fix *f = *state;
	if (f->kc == NULL)
		skip();
	assert_true(set(f, "64BIT", "y"));
	int pid = helper_pid();
	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	kc_set(f->kc, "TTY", "y", on_result, f);
	assert_int_equal(kill(pid, SIGKILL), 0);
	wait_answer(f);
	assert_true(f->done && strv_has(&f->changes, "TTY n y -") && strv_has(&f->changes, "VT n y TTY"));
	assert_string_equal(value(f, "64BIT"), "y");
	assert_int_equal(kc_undo_depth(f->kc), 2);
	pid = helper_pid();
	assert_int_equal(kill(pid, SIGSTOP), 0);
	kc_plan(f->kc, "SERIAL_8250", "y", on_plan, f);
	assert_int_equal(kill(pid, SIGKILL), 0);
	wait_answer(f);
	assert_true(f->done && strv_has(&f->lines, "SERIAL_8250=y"));
	kc_undo(f->kc, on_result, f);
	wait_answer(f);
	assert_string_equal(f->what, "TTY=y");
	assert_string_equal(value(f, "TTY"), "n");
	assert_string_equal(value(f, "64BIT"), "y");
}

static void put(const char *dir, const char *name, const char *text)
{
	struct err e = {0};
	char *path = fs_join(dir, name);
	assert_int_equal(fs_write(path, text, strlen(text), 0644, &e), 0);
	free(path);
}

/* The tree is changed while it is open, and the helper that reads it anew has other options: told, and nothing more is
 * asked of it. */
static void a_tree_that_changes_is_told(void **state)
{
	struct fix *f = *state;
	struct err e = {0};
	if (f->kc == NULL)
		skip();
	static const char one[] = "mainmenu \"x\"\nconfig A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\n";
	char *tree = fs_join(f->dir, "tree"), *from = fs_join(tree_path(), "scripts"), *to = fs_join(tree, "scripts");
	char *two = xasprintf("%sconfig C\n\tbool \"c\"\n", one);
	assert_int_equal(fs_mkdirs(tree, &e), 0);
	assert_int_equal(symlink(from, to), 0);
	put(tree, "Makefile", "VERSION = 9\nPATCHLEVEL = 8\nSUBLEVEL = 7\nEXTRAVERSION =\n");
	put(tree, "Kconfig", one);
	put(f->dir, "kernel.config", "CONFIG_A=y\n");
	kc_close(f->kc);
	f->tree = f->ready = false;
	const struct kc_params p = {.tree = tree,
		.config = f->config,
		.tree_ready = on_tree,
		.ready = on_ready,
		.message = on_message,
		.ctx = f};
	f->kc = kc_open(&f->loop, &p, &e);
	run_until(f, &f->ready);
	assert_false(err_is(&f->e));
	assert_true(set(f, "B", "y"));
	put(tree, "Kconfig", two);
	f->ready = false;
	int pid = helper_pid();
	assert_int_equal(kill(pid, SIGKILL), 0);
	run_until(f, &f->ready);
	assert_non_null(f->e.msg);
	assert_non_null(strstr(f->e.msg, "kernel tree changed while it was open"));
	err_done(&f->e);
	kc_set(f->kc, "A", "n", on_result, f);
	run_until(f, &f->answered);
	assert_non_null(strstr(f->e.msg, "not running"));
	err_done(&f->e);
	free(tree);
	free(from);
	free(to);
	free(two);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(edits_tell_all_consequences, setup, teardown),
		cmocka_unit_test_setup_teardown(undo_goes_back_and_forth, setup, teardown),
		cmocka_unit_test_setup_teardown(plans_are_small_and_work, setup, teardown),
		cmocka_unit_test_setup_teardown(loads_tell_why, setup, teardown),
		cmocka_unit_test_setup_teardown(modules_tell_why, setup, teardown),
		cmocka_unit_test_setup_teardown(search_and_detail, setup, teardown),
		cmocka_unit_test_setup_teardown(files_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(a_killed_helper_comes_back_with_the_edits, setup, teardown),
		cmocka_unit_test_setup_teardown(a_helper_killed_in_an_edit_is_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(a_tree_that_changes_is_told, setup, teardown),
	};
	int r = internal_main(argc, argv);
	if (r >= 0)
		return r;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
