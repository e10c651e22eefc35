/* The kernel's own tests of its kconfig (scripts/kconfig/tests of the tree), run through our helper: each case's
 * Kconfig is a small tree, its mode of conf runs in the helper's fork, and the expected files are the kernel's. All
 * cases of 6.1 and 6.12 apply. The pytest's stderr and stdout come here as one stream, so lines are looked for in their
 * order. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/kclink.h"
#include "core/str.h"
#include "kconfig/proto.h"

enum where { SAYS, CONFIG_HAS, CONFIG_IS, FAILS_SAYING };

static const struct row {
	const char *dir, *mode, *base, *keys, *expect;
	enum where where;
} rows[] = {
	{"auto_submenu", "oldaskconfig", NULL, "", "expected_stdout", SAYS},
	{"choice", "oldaskconfig", NULL, "", "oldask0_expected_stdout", SAYS},
	{"choice", "oldaskconfig", "oldask1_config", "", "oldask1_expected_stdout", SAYS},
	{"choice", "allyesconfig", NULL, "", "allyes_expected_config", CONFIG_HAS},
	{"choice", "allmodconfig", NULL, "", "allmod_expected_config", CONFIG_HAS},
	{"choice", "allnoconfig", NULL, "", "allno_expected_config", CONFIG_HAS},
	{"choice", "alldefconfig", NULL, "", "alldef_expected_config", CONFIG_HAS},
	{"choice_value_with_m_dep", "oldaskconfig", "config", "y", "expected_config", CONFIG_HAS},
	{"choice_value_with_m_dep", "oldaskconfig", "config", "y", "expected_stdout", SAYS},
	{"err_recursive_dep", "oldaskconfig", NULL, "", "expected_stderr", FAILS_SAYING},
	{"err_recursive_inc", "oldaskconfig", NULL, "", "expected_stderr", FAILS_SAYING},
	{"inter_choice", "defconfig=.config", "defconfig", "", "expected_config", CONFIG_HAS},
	{"new_choice_with_dep", "oldconfig", "config", "y", "expected_stdout", SAYS},
	{"no_write_if_dep_unmet", "oldaskconfig", "config", "n", "expected_config", CONFIG_IS},
	{"preprocess/builtin_func", "oldaskconfig", NULL, "", "expected_stdout", SAYS},
	{"preprocess/builtin_func", "oldaskconfig", NULL, "", "expected_stderr", SAYS},
	{"preprocess/circular_expansion", "oldaskconfig", NULL, "", "expected_stderr", FAILS_SAYING},
	{"preprocess/escape", "oldaskconfig", NULL, "", "expected_stderr", SAYS},
	{"preprocess/variable", "oldaskconfig", NULL, "", "expected_stderr", SAYS},
};

static char *dir;

struct run {
	struct buf said, config;
	uint32_t status;
	bool over, failed;
	struct kclink *link;
};

static void on_message(void *ctx, int severity, const char *text)
{
	struct run *r = ctx;
	(void)severity;
	buf_addf(&r->said, "%s\n", text);
}

static void on_gone(void *ctx, struct err *e)
{
	struct run *r = ctx;
	(void)e;
	r->failed = true;
	kclink_close(r->link);
}

static void on_conf(void *ctx, struct kcin *in, struct err *e)
{
	struct run *r = ctx;
	if (!err_is(e)) {
		size_t n;
		r->status = kcin_u32(in);
		buf_adds(&r->said, kcin_str(in, NULL));
		const char *config = kcin_str(in, &n);
		buf_add(&r->config, config, n);
		r->over = true;
		kclink_close(r->link);
	}
}

static char *read_or_empty(const char *base, const char *name)
{
	struct err e = {0};
	char *path = name != NULL ? fs_join(base, name) : NULL;
	char *text = path != NULL ? fs_read(path, NULL, &e) : NULL;
	err_done(&e);
	free(path);
	return text != NULL ? text : xstrdup("");
}

/* Run one mode on a small tree made of the case's folder. */
static void run_mode(const char *tree, const struct row *row, const char *env, struct run *r)
{
	struct err e = {0};
	uv_loop_t loop;
	struct buf b = {0}, keys = {0};
	char *from = xasprintf("%s/scripts/kconfig/tests/%s", tree, row->dir), *small = fs_join(dir, "case");
	char *scripts = fs_join(tree, "scripts"), *link = fs_join(small, "scripts"),
	     *makefile = fs_join(small, "Makefile");
	memset(r, 0, sizeof(*r));
	assert_int_equal(fs_remove_tree(small, &e), 0);
	assert_int_equal(fs_copy_tree(from, small, &e), 0);
	assert_int_equal(symlink(scripts, link), 0);
	assert_int_equal(fs_write(makefile, "VERSION = 9\n", 12, 0644, &e), 0);
	char *base = read_or_empty(from, row->base);
	buf_adds(&keys, row->keys);
	for (int i = 0; i < 200; i++)
		buf_adds(&keys, "\n");
	kcout_str(&b, row->mode);
	kcout_str(&b, base);
	kcout_str(&b, "");
	kcout_str(&b, env);
	kcout_str(&b, keys.p);
	const struct kclink_params p = {.tree = small, .message = on_message, .gone = on_gone, .ctx = r};
	uv_loop_init(&loop);
	r->link = kclink_open(&loop, &p, &e);
	assert_non_null(r->link);
	kclink_ask(r->link, KCP_CONF, &b, on_conf, r);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	buf_done(&b);
	buf_done(&keys);
	free(base);
	free(from);
	free(small);
	free(scripts);
	free(link);
	free(makefile);
}

/* Without the kinds of messages that our frames put in front, and without blank lines. */
static char *normal(const char *text)
{
	struct buf b = {0};
	char *copy = xstrdup(text), *rest = copy, *line;
	static const char *const kind[] = {"warning: ", "error: "};
	while ((line = strsep(&rest, "\n")) != NULL) {
		for (size_t i = 0; i < ARRAY_LEN(kind); i++) {
			char *at = strstr(line, kind[i]);
			if (at != NULL)
				memmove(at, at + strlen(kind[i]), strlen(at + strlen(kind[i])) + 1);
		}
		line = str_trim(line);
		if (line[0] != '\0')
			buf_addf(&b, "%s\n", line);
	}
	free(copy);
	return buf_take(&b);
}

/* Are all lines of `want` in `got`, in order? Returns the first that is not, owned, or NULL. */
static char *missing_line(const char *got, const char *want)
{
	while (*want != '\0') {
		size_t n = strcspn(want, "\n");
		char *line = xstrndup(want, n + 1);
		const char *at = strstr(got, line);
		if (at == NULL)
			return line;
		got = at + n;
		want += n + (want[n] == '\n');
		free(line);
	}
	return NULL;
}

static void check_row(const char *tree, const struct row *row)
{
	struct run r;
	char *from = xasprintf("%s/scripts/kconfig/tests/%s", tree, row->dir), *path = fs_join(from, row->expect);
	if (fs_exists(path)) { /* not every version has every case */
		char *expect = read_or_empty(from, row->expect), *want = normal(expect);
		run_mode(tree, row, "", &r);
		char *said = normal(r.said.p != NULL ? r.said.p : "");
		char *miss = NULL;
		if (row->where == FAILS_SAYING) {
			assert_true(r.failed || (r.over && r.status != 0));
			miss = missing_line(said, want);
		} else {
			assert_true(r.over && r.status == 0);
			if (row->where == SAYS)
				miss = missing_line(said, want);
			else if (row->where == CONFIG_IS ? strcmp(r.config.p, expect) != 0 : strstr(r.config.p, expect) == NULL)
				miss = xasprintf("%s\nin:\n%s", expect, r.config.p);
		}
		if (miss != NULL) {
			print_error("%s: %s: missing: %s\ngot:\n%s\n", tree, row->dir, miss, said);
			fail();
		}
		free(expect);
		free(want);
		free(said);
		buf_done(&r.said);
		buf_done(&r.config);
	}
	free(from);
	free(path);
}

/* The random cases: every seed gives one of the configurations that are allowed. */
static void check_random(const char *tree, const char *name)
{
	const struct row row = {name, "randconfig", NULL, "", "expected_config0", CONFIG_IS};
	char *from = xasprintf("%s/scripts/kconfig/tests/%s", tree, name), *first = fs_join(from, row.expect);
	for (int seed = 0; seed < 12 && fs_exists(first); seed++) {
		struct run r;
		bool allowed = false;
		char *env = xasprintf("KCONFIG_SEED=0x%x\n", seed);
		run_mode(tree, &row, env, &r);
		for (int i = 0; i < 3; i++) {
			char *file = xasprintf("expected_config%d", i), *text = read_or_empty(from, file);
			allowed = allowed || strcmp(text, r.config.p) == 0;
			free(file);
			free(text);
		}
		assert_true(allowed);
		free(env);
		buf_done(&r.said);
		buf_done(&r.config);
	}
	free(from);
	free(first);
}

static void kernels_tests(const char *variable)
{
	const char *tree = getenv(variable);
	if (tree == NULL || tree[0] == '\0')
		skip();
	char *tests = fs_join(tree, "scripts/kconfig/tests");
	bool there = fs_is_dir(tests);
	free(tests);
	if (!there) /* left out when the tree was unpacked */
		skip();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_row(tree, &rows[i]);
	check_random(tree, "choice_randomize");
	check_random(tree, "choice_randomize2");
}

static void kernels_tests_612(void **state)
{
	(void)state;
	kernels_tests("KILN_TEST_TREE_612");
}

static void kernels_tests_61(void **state)
{
	(void)state;
	kernels_tests("KILN_TEST_TREE_61");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_tests_612),
		cmocka_unit_test(kernels_tests_61),
	};
	int r = internal_main(argc, argv);
	if (r >= 0)
		return r;
	char name[] = "/tmp/kiln-kctests-XXXXXX";
	struct err e = {0};
	dir = mkdtemp(name);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	fs_remove_tree(dir, &e);
	return r;
}
