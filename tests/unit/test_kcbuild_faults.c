/* kcbuild when things are wrong: bad Kconfig files, bad .config lines, wants that cannot be had, missing tools, odd
 * paths. Works on a small tree with the Kconfig parser of a real one. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/kcbuild.h"
#include "core/preset.h"
#include "core/str.h"

static const char kconfig[] = "mainmenu \"Small\"\n"
			      "config MODULES\n\tbool \"Modules\"\n\tmodules\n"
			      "config EXPERT\n\tbool \"Expert\"\n"
			      "config PRINTK\n\tbool \"Printk\" if EXPERT\n"
			      "config TEXT\n\tstring \"Text\"\n\tdefault \"a\"\n"
			      "config NUMBER\n\tint \"Number\"\n\trange 3 9\n\tdefault 5\n"
			      "config BUS\n\tbool \"Bus\"\n"
			      "config CARD\n\ttristate \"Card\"\n\tdepends on BUS && PRINTK\n";

struct job {
	struct err e;
	struct buf lines;
	bool done;
	struct kcbuild *k;
};

static char *dir;

static void on_line(void *ctx, const char *line, size_t n, bool is_err)
{
	(void)is_err;
	struct job *j = ctx;
	buf_add(&j->lines, line, n);
	buf_addc(&j->lines, '\n');
}

static void on_done(void *ctx, struct err *e)
{
	struct job *j = ctx;
	assert_false(j->done);
	j->done = true;
	err_move(&j->e, e);
}

static void run_job(const struct kcbuild_params *p, struct job *j, bool cancel)
{
	uv_loop_t loop;
	const struct op_cb cb = {.line = on_line, .done = on_done, .ctx = j};
	memset(j, 0, sizeof(*j));
	uv_loop_init(&loop);
	j->k = kcbuild_start(&loop, p, &cb, &j->e);
	if (j->k != NULL && cancel)
		kcbuild_cancel(j->k);
	if (j->k != NULL) {
		uv_run(&loop, UV_RUN_DEFAULT);
		assert_true(j->done);
	}
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void free_job(struct job *j)
{
	err_done(&j->e);
	buf_done(&j->lines);
}

static const char *real_tree(void)
{
	const char *tree = getenv("KILN_TEST_TREE_612");
	if (tree == NULL || tree[0] == '\0')
		tree = getenv("KILN_TEST_TREE_61");
	return tree != NULL && tree[0] != '\0' ? tree : NULL;
}

static void put(const char *base, const char *name, const char *text)
{
	struct err e = {0};
	char *path = fs_join(base, name);
	assert_int_equal(fs_write(path, text, strlen(text), 0644, &e), 0);
	free(path);
}

/* A small tree in dir/name. Returns owned path; NULL: no real tree to take the parser from. */
static char *small_tree(const char *name, const char *text)
{
	struct err e = {0};
	if (real_tree() == NULL)
		return NULL;
	char *tree = fs_join(dir, name), *from = fs_join(real_tree(), "scripts"), *to = fs_join(tree, "scripts");
	assert_int_equal(fs_mkdirs(tree, &e), 0);
	if (!fs_exists(to))
		assert_int_equal(symlink(from, to), 0);
	put(tree, "Makefile", "VERSION = 9\nPATCHLEVEL = 8\nSUBLEVEL = 7\nEXTRAVERSION = -x\n");
	put(tree, "Kconfig", text);
	free(from);
	free(to);
	return tree;
}

static char *out_path(void)
{
	return fs_join(dir, "out.config");
}

/* Run on the small tree with these wants; on success the text of the .config, else NULL. */
static char *build(const char *tree, const struct kcbuild_want *w, size_t n, struct job *j)
{
	struct err e = {0};
	char *out = out_path();
	unlink(out);
	const struct kcbuild_params p = {.tree = tree, .want = w, .n_want = n, .out = out};
	run_job(&p, j, false);
	char *text = err_is(&j->e) ? NULL : fs_read(out, NULL, &e);
	assert_true(text != NULL || !fs_exists(out));
	free(out);
	return text;
}

static void odd_paths_work(void **state)
{
	(void)state;
	struct job j;
	const struct kcbuild_want w[] = {{"EXPERT", "y"}, {"PRINTK", "y"}, {"TEXT", "x \"y\" \\z"}, {"NUMBER", "7"}};
	char *tree = small_tree("it's a \"tree\"\nof 内核", kconfig);
	if (tree == NULL)
		skip();
	char *text = build(tree, w, ARRAY_LEN(w), &j);
	assert_non_null(text);
	assert_non_null(strstr(text, "# Small\n"));
	assert_non_null(strstr(text, "CONFIG_PRINTK=y\n"));
	assert_non_null(strstr(text, "CONFIG_TEXT=\"x \\\"y\\\" \\\\z\"\n"));
	assert_non_null(strstr(text, "CONFIG_NUMBER=7\n"));
	free(text);
	free_job(&j);
	free(tree);
}

static void drift_names_what_is_needed(void **state)
{
	(void)state;
	struct job j;
	const struct kcbuild_want w[] = {{"CARD", "y"}, {"BUS", "y"}, {"NUMBER", "12"}};
	char *tree = small_tree("small", kconfig);
	if (tree == NULL)
		skip();
	assert_null(build(tree, w, ARRAY_LEN(w), &j));
	assert_int_equal(j.e.code, ERR_INPUT);
	assert_non_null(strstr(j.e.msg, "CARD is n, not y: it needs PRINTK=y, which is n"));
	assert_non_null(strstr(j.e.msg, "NUMBER is 9, not 12: it must be between 3 and 9"));
	free_job(&j);
	free(tree);
}

static void unknown_suggests(void **state)
{
	(void)state;
	struct job j;
	const struct kcbuild_want w[] = {{"PRINKT", "y"}};
	char *tree = small_tree("small", kconfig);
	if (tree == NULL)
		skip();
	assert_null(build(tree, w, 1, &j));
	assert_non_null(strstr(j.e.msg, "no option PRINKT"));
	assert_string_equal(j.e.hint, "did you mean PRINTK?");
	free_job(&j);
	const struct kcbuild_want typed[] = {{"EXPERT", "maybe"}};
	assert_null(build(tree, typed, 1, &j));
	assert_non_null(strstr(j.e.msg, "EXPERT is of type bool: it cannot be `maybe`"));
	free_job(&j);
	free(tree);
}

static void broken_config_is_told_and_kept(void **state)
{
	(void)state;
	struct job j;
	struct err e = {0};
	char *tree = small_tree("small", kconfig), *config = fs_join(dir, "learner.config");
	if (tree == NULL)
		skip();
	static const char broken[] = "CONFIG_EXPERT=y\n# a comment\n\nEXPERT=y\n";
	put(dir, "learner.config", broken);
	const struct kcbuild_params p = {.tree = tree, .from = config, .out = config};
	run_job(&p, &j, false);
	assert_int_equal(j.e.code, ERR_INPUT);
	assert_string_equal(j.e.file, config);
	assert_int_equal(j.e.line, 4);
	free_job(&j);
	char *text = fs_read(config, NULL, &e);
	assert_string_equal(text, broken);
	free(text);
	put(dir, "learner.config", "CONFIG_EXPERT=y\nCONFIG_NUMBER=many\n");
	run_job(&p, &j, false); /* the tree's own check: a warning with its place */
	assert_false(err_is(&j.e));
	assert_non_null(strstr(j.lines.p, "learner.config:2: warning: symbol value 'many' invalid for NUMBER"));
	free_job(&j);
	struct stat before, after;
	assert_int_equal(stat(config, &before), 0);
	run_job(&p, &j, false); /* in order: untouched */
	assert_false(err_is(&j.e));
	assert_int_equal(stat(config, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	free_job(&j);
	free(tree);
	free(config);
}

static void wrong_kconfig(const char *text, const char *file, int line, const char *words)
{
	struct job j;
	char *tree = small_tree("wrong", text);
	assert_null(build(tree, NULL, 0, &j));
	assert_non_null(j.e.msg);
	print_message("# %s:%d: %s\n", j.e.file != NULL ? j.e.file : "-", j.e.line, j.e.msg);
	assert_string_equal(j.e.file, file);
	assert_int_equal(j.e.line, line);
	assert_non_null(strstr(j.e.msg, words));
	free_job(&j);
	free(tree);
}

static void parser_errors_have_a_place(void **state)
{
	(void)state;
	if (real_tree() == NULL)
		skip();
	wrong_kconfig("config A\n\tbool \"a\"\nconfg B\n", "Kconfig", 3, "syntax error");
	wrong_kconfig("config A\n\tbool \"a\"\n\nsource \"not/there\"\n", "Kconfig", 4, "can't open file");
	struct job j;
	char *tree =
		small_tree("wrong", "config A\n\tbool \"a\"\n\tdepends on B\nconfig B\n\tbool \"b\"\n\tdepends on A\n");
	assert_null(build(tree, NULL, 0, &j));
	assert_non_null(strstr(j.e.msg, "recursive dependency"));
	free_job(&j);
	free(tree);
}

static void not_a_tree(void **state)
{
	(void)state;
	struct job j;
	assert_null(build(dir, NULL, 0, &j));
	assert_non_null(strstr(j.e.msg, "no whole kernel tree"));
	free_job(&j);
}

/* Run with a PATH and a cache of our own. */
static void with_path(const char *tree, const char *path, struct job *j)
{
	char *old = xstrdup(getenv("PATH")), *cache = xstrdup(getenv("KILN_CACHE") != NULL ? getenv("KILN_CACHE") : "");
	char *fresh = fs_join(dir, "fresh-cache");
	setenv("PATH", path, 1);
	setenv("KILN_CACHE", fresh, 1);
	assert_null(build(tree, NULL, 0, j));
	setenv("PATH", old, 1);
	if (cache[0] != '\0')
		setenv("KILN_CACHE", cache, 1);
	else
		unsetenv("KILN_CACHE");
	free(old);
	free(cache);
	free(fresh);
}

static void missing_and_failing_tools(void **state)
{
	(void)state;
	struct job j;
	char *tree = small_tree("small", kconfig);
	if (tree == NULL)
		skip();
	with_path(tree, "/nonexistent", &j);
	assert_non_null(strstr(j.e.msg, "flex is not installed"));
	assert_non_null(strstr(j.e.hint, "apt-get install flex"));
	free_job(&j);
	struct err e = {0};
	char *bin = fs_join(dir, "bin"), *cc = fs_join(bin, "cc"), *path = xasprintf("%s:%s", bin, getenv("PATH"));
	assert_int_equal(fs_mkdirs(bin, &e), 0);
	put(bin, "cc", "#!/bin/sh\necho 'lkc.h:1: error: no luck today' >&2\nexit 1\n");
	assert_int_equal(chmod(cc, 0755), 0);
	with_path(tree, path, &j);
	assert_non_null(strstr(j.e.msg, "does not compile"));
	assert_non_null(strstr(j.e.evidence, "no luck today"));
	free_job(&j);
	free(bin);
	free(cc);
	free(path);
	free(tree);
}

static void cancel_ends_it(void **state)
{
	(void)state;
	struct job j;
	char *tree = small_tree("small", kconfig);
	if (tree == NULL)
		skip();
	const struct kcbuild_params p = {.tree = tree};
	run_job(&p, &j, true);
	assert_int_equal(j.e.code, ERR_CANCELLED);
	free_job(&j);
	free(tree);
}

static void put_tool(const char *bin, const char *says)
{
	char *path = fs_join(bin, "fruit"), *text = xasprintf("#!/bin/sh\necho run >>'%s/runs'\necho %s\n", dir, says);
	unlink(path);
	put(bin, "fruit", text);
	assert_int_equal(chmod(path, 0755), 0);
	free(path);
	free(text);
}

static int runs(void)
{
	struct err e = {0};
	size_t n = 0;
	char *path = fs_join(dir, "runs"), *text = fs_read(path, &n, &e);
	err_done(&e);
	free(text);
	free(path);
	return (int)n / 4; /* "run" and a newline */
}

static void expect_fruit(const char *tree, const char *line, int n_runs)
{
	struct job j;
	char *text = build(tree, NULL, 0, &j);
	assert_non_null(text);
	assert_non_null(strstr(text, line));
	assert_int_equal(runs(), n_runs);
	free(text);
	free_job(&j);
}

/* Probes are remembered, but not when a tool is another, or the environment, or the tree. */
static void probes_are_remembered_rightly(void **state)
{
	(void)state;
	static const char one[] = "config FRUIT\n\tstring \"Fruit\"\n\tdefault \"$(shell,fruit)\"\n";
	char *tree = small_tree("fruit", one), *bin = fs_join(dir, "tools"), *old = xstrdup(getenv("PATH"));
	char *path = xasprintf("%s:%s", bin, old), *more;
	struct err e = {0};
	int had_cpath = getenv("CPATH") != NULL;
	if (tree == NULL)
		skip();
	assert_int_equal(fs_mkdirs(bin, &e), 0);
	put_tool(bin, "apple");
	setenv("PATH", path, 1);
	expect_fruit(tree, "CONFIG_FRUIT=\"apple\"\n", 1);
	expect_fruit(tree, "CONFIG_FRUIT=\"apple\"\n", 1); /* remembered */
	put_tool(bin, "pear");                             /* a tool replaced */
	expect_fruit(tree, "CONFIG_FRUIT=\"pear\"\n", 2);
	unsetenv("CPATH");
	expect_fruit(tree, "CONFIG_FRUIT=\"pear\"\n", 2 + had_cpath);
	setenv("CPATH", "/somewhere", 1); /* the environment changed */
	expect_fruit(tree, "CONFIG_FRUIT=\"pear\"\n", 3 + had_cpath);
	unsetenv("CPATH");
	more = xasprintf("%sconfig NEW\n\tbool \"New\"\n\tdefault y\n", one);
	free(tree);
	tree = small_tree("fruit", more); /* the tree edited: read again, always */
	expect_fruit(tree, "# CONFIG_NEW is not set\n", 3 + had_cpath);
	setenv("PATH", old, 1);
	free(more);
	free(tree);
	free(bin);
	free(old);
	free(path);
}

static void make_old(const char *cache, const char *name, int days)
{
	struct err e = {0};
	char *path = xasprintf("%s/kconfig/%s", cache, name);
	struct timespec t[2] = {{.tv_sec = time(NULL) - days * 86400L}, {.tv_sec = time(NULL) - days * 86400L}};
	assert_int_equal(fs_mkdirs(path, &e), 0);
	put(path, "kiln-kconfig", "#!/bin/sh\n");
	assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
	free(path);
}

static bool is_there(const char *cache, const char *name)
{
	char *path = xasprintf("%s/kconfig/%s", cache, name);
	bool there = fs_exists(path);
	free(path);
	return there;
}

/* A helper that is compiled makes room: what nobody used for long goes, what may be in use stays. */
static void old_helpers_are_pruned(void **state)
{
	(void)state;
	struct job j;
	char *tree = small_tree("small", kconfig), *cache = fs_join(dir, "full-cache");
	char *before = xstrdup(getenv("KILN_CACHE") != NULL ? getenv("KILN_CACHE") : "");
	if (tree == NULL)
		skip();
	make_old(cache, "helper-ancient", 70);
	make_old(cache, "helper-building.Abc123", 2);
	make_old(cache, "helper-recent.Abc123", 0);
	make_old(cache, "files-ancient", 70);
	make_old(cache, "files-older", 50);
	make_old(cache, "foreign", 700);
	for (int i = 0; i < 10; i++) {
		char name[32];
		snprintf(name, sizeof(name), "helper-%d", i);
		make_old(cache, name, 10 + i);
	}
	setenv("KILN_CACHE", cache, 1);
	char *text = build(tree, NULL, 0, &j);
	assert_non_null(text);
	assert_false(is_there(cache, "helper-ancient") || is_there(cache, "helper-building.Abc123"));
	assert_false(is_there(cache, "files-ancient"));
	assert_true(is_there(cache, "helper-recent.Abc123") && is_there(cache, "files-older"));
	assert_true(is_there(cache, "foreign"));
	assert_true(is_there(cache, "helper-0") && is_there(cache, "helper-6")); /* with the new one: eight */
	assert_false(is_there(cache, "helper-7") || is_there(cache, "helper-9"));
	if (before[0] != '\0')
		setenv("KILN_CACHE", before, 1);
	else
		unsetenv("KILN_CACHE");
	free(text);
	free_job(&j);
	free(before);
	free(cache);
	free(tree);
}

static void presets_are_well_formed(void **state)
{
	(void)state;
	struct strv names = {0};
	struct preset p;
	struct err e = {0};
	assert_int_equal(preset_names(&names, &e), 0);
	assert_true(strv_has(&names, "article") && strv_has(&names, "serial"));
	for (size_t i = 0; i < names.n; i++) {
		assert_int_equal(preset_load(&p, names.v[i], &e), 0);
		assert_true(p.title != NULL && p.why != NULL && p.steps > 0 && p.want != NULL);
		preset_done(&p);
	}
	strv_done(&names);
	assert_int_equal(preset_load(&p, "artcle", &e), -1);
	assert_non_null(strstr(e.hint, "article, serial"));
	err_done(&e);
}

static void fragments_are_checked(void **state)
{
	(void)state;
	struct preset p;
	struct err e = {0};
	char *path = fs_join(dir, "mine.config");
	put(dir, "mine.config", "# title: mine\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_S=\"q \\\"x\\\"\"\n");
	assert_int_equal(preset_load(&p, path, &e), 0);
	assert_int_equal(p.n, 3);
	assert_string_equal(p.want[1].value, "n");
	assert_string_equal(p.want[2].value, "q \"x\"");
	preset_done(&p);
	static const struct {
		const char *text;
		int line, col;
	} bad[] = {{"CONFIG_A=y\nB=y\n", 2, 1}, {"CONFIG_A\n", 1, 9}, {"\nCONFIG_A=\n", 2, 10},
		{"CONFIG_A=\"x\n", 1, 1}, {"# steps: few\n", 1, 10}};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		put(dir, "mine.config", bad[i].text);
		assert_int_equal(preset_load(&p, path, &e), -1);
		assert_int_equal(e.line, bad[i].line);
		assert_int_equal(e.col, bad[i].col);
		err_done(&e);
	}
	free(path);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_paths_work),
		cmocka_unit_test(drift_names_what_is_needed),
		cmocka_unit_test(unknown_suggests),
		cmocka_unit_test(broken_config_is_told_and_kept),
		cmocka_unit_test(parser_errors_have_a_place),
		cmocka_unit_test(not_a_tree),
		cmocka_unit_test(missing_and_failing_tools),
		cmocka_unit_test(cancel_ends_it),
		cmocka_unit_test(probes_are_remembered_rightly),
		cmocka_unit_test(old_helpers_are_pruned),
		cmocka_unit_test(presets_are_well_formed),
		cmocka_unit_test(fragments_are_checked),
	};
	int r = internal_main(argc, argv);
	if (r >= 0)
		return r;
	char name[] = "/tmp/kiln-kcfaults-XXXXXX";
	struct err e = {0};
	dir = mkdtemp(name);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	fs_remove_tree(dir, &e);
	return r;
}
