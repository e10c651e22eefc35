/* kcbuild against real trees: what it writes is byte-identical to what the tree's own make and conf write. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/kcbuild.h"
#include "core/paths.h"
#include "core/preset.h"
#include "core/proc.h"
#include "core/str.h"

static char *dir; /* scratch of this run */
static const char *const tree_env[] = {"KILN_TEST_TREE_612", "KILN_TEST_TREE_61"};

struct job {
	struct err e;
	struct buf lines;
	bool done;
};

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

static void run_job(const struct kcbuild_params *p, struct job *j)
{
	uv_loop_t loop;
	const struct op_cb cb = {.line = on_line, .done = on_done, .ctx = j};
	memset(j, 0, sizeof(*j));
	uv_loop_init(&loop);
	struct kcbuild *k = kcbuild_start(&loop, p, &cb, &j->e);
	if (k != NULL) {
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

/* Run it; success is expected. */
static void must(const struct kcbuild_params *p)
{
	struct job j;
	run_job(p, &j);
	if (err_is(&j.e)) {
		char *text = err_text(&j.e);
		print_error("%s\n%s\n", text, j.lines.p != NULL ? j.lines.p : "");
		fail();
	}
	free_job(&j);
}

static void shell(const char *command)
{
	char *argv[] = {"sh", "-c", (char *)command, NULL};
	struct buf out = {0};
	struct err e = {0};
	if (proc_capture(argv, 0, &out, &e) != 0) {
		print_error("%s\n%s\n", command, out.p);
		fail();
	}
	buf_done(&out);
}

static void same_file(const char *a, const char *b)
{
	struct err e = {0};
	char *x = fs_read(a, NULL, &e), *y = fs_read(b, NULL, &e);
	assert_false(err_is(&e));
	if (strcmp(x, y) != 0) {
		char *diff = xasprintf("diff -u '%s' '%s' | head -40 >&2", a, b);
		print_error("%s and %s differ\n", a, b);
		(void)!system(diff);
		fail();
	}
	free(x);
	free(y);
}

static const char *tree_of(int which)
{
	const char *tree = getenv(tree_env[which]);
	return tree != NULL && tree[0] != '\0' ? tree : NULL;
}

/* The tree's own conf, built by its makefile once per tree, with a tinyconfig that the makefile made. */
static char *reference(int which)
{
	char *obj = xasprintf("%s/obj%d", dir, which), *script = paths_data("tests/kconfig/ref.sh");
	char *line = xasprintf("sh '%s' prepare '%s' '%s'", script, tree_of(which), obj);
	shell(line);
	free(line);
	free(script);
	return obj;
}

/* What the tree makes of its tinyconfig and a fragment: by its makefile, or by its conf alone (much faster). */
static void reference_config(const char *obj, const char *fragment, bool by_make)
{
	struct err e = {0};
	char *script = paths_data("tests/kconfig/ref.sh"), *file = fs_join(obj, "fragment");
	assert_int_equal(fs_write(file, fragment, strlen(fragment), 0644, &e), 0);
	char *line = xasprintf("cd '%s' && cat tiny fragment >.config && sh '%s' %s '%s' %solddefconfig", obj, script,
		by_make ? "make" : "conf", obj, by_make ? "" : "--");
	shell(line);
	free(line);
	free(file);
	free(script);
}

static void add_string(struct buf *b, const struct kcbuild_want *w)
{
	buf_addf(b, "CONFIG_%s=\"", w->name);
	for (const char *c = w->value; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *c);
	}
	buf_adds(b, "\"\n");
}

static char *fragment_of(const struct kcbuild_want *w, size_t n)
{
	struct buf b = {0};
	for (size_t i = 0; i < n; i++) {
		if (strcmp(w[i].value, "n") == 0)
			buf_addf(&b, "# CONFIG_%s is not set\n", w[i].name);
		else if (strstr(w[i].name, "HOSTNAME") != NULL || strcmp(w[i].name, "LOCALVERSION") == 0 ||
			 strcmp(w[i].name, "CMDLINE") == 0)
			add_string(&b, &w[i]);
		else
			buf_addf(&b, "CONFIG_%s=%s\n", w[i].name, w[i].value);
	}
	return buf_take(&b);
}

static void compare(int which, const struct kcbuild_want *w, size_t n, bool by_make)
{
	char *obj = reference(which), *theirs = fs_join(obj, ".config");
	char *ours = xasprintf("%s/ours", dir), *fragment = fragment_of(w, n);
	const struct kcbuild_params p = {.tree = tree_of(which), .want = w, .n_want = n, .out = ours};
	must(&p);
	reference_config(obj, fragment, by_make);
	same_file(theirs, ours);
	free(obj);
	free(theirs);
	free(ours);
	free(fragment);
}

static void tinyconfig_is_identical(void **state)
{
	(void)state;
	int n = 0;
	for (int t = 0; t < 2; t++) {
		if (tree_of(t) == NULL)
			continue;
		n++;
		char *obj = reference(t), *tiny = fs_join(obj, "tiny"), *ours = xasprintf("%s/tiny%d", dir, t);
		const struct kcbuild_params p = {.tree = tree_of(t), .out = ours};
		must(&p);
		same_file(tiny, ours);
		free(obj);
		free(tiny);
		free(ours);
	}
	if (n == 0)
		skip();
}

/* With clang as the compiler, the probes see the flags that the tree's makefile would give it. */
static void clang_is_identical(void **state)
{
	(void)state;
	char *clang = fs_which("clang"), *ours = xasprintf("%s/ours", dir);
	int t = tree_of(0) != NULL ? 0 : 1;
	if (clang == NULL || tree_of(t) == NULL)
		skip();
	char *theirs = xasprintf("%s/clang/.config", dir);
	char *line = xasprintf("mkdir '%s/clang' && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C '%s' "
			       "O='%s/clang' CC=clang tinyconfig",
		dir, tree_of(t), dir);
	const struct kcbuild_params p = {.tree = tree_of(t), .cc = "clang", .out = ours};
	must(&p);
	shell(line);
	same_file(theirs, ours);
	struct err e = {0};
	char *text = fs_read(ours, NULL, &e);
	assert_non_null(strstr(text, "CONFIG_CC_IS_CLANG=y\n"));
	free(text);
	free(line);
	free(theirs);
	free(ours);
	free(clang);
}

static void presets_are_identical(void **state)
{
	(void)state;
	static const char *const name[] = {"article", "serial"};
	int n = 0;
	for (int t = 0; t < 2; t++)
		for (size_t i = 0; i < ARRAY_LEN(name) && tree_of(t) != NULL; i++) {
			struct preset preset;
			struct err e = {0};
			assert_int_equal(preset_load(&preset, name[i], &e), 0);
			compare(t, preset.want, preset.n, i == 0);
			preset_done(&preset);
			n++;
		}
	if (n == 0)
		skip();
}

/* Each row is one configuration: options of every type, choices, modules. Ends at a row without a name. */
static const struct kcbuild_want settings[][10] = {
	{{"64BIT", "y"}, {"KERNEL_GZIP", "y"}, {"HZ_100", "y"}, {"PRINTK", "y"}, {"LOG_BUF_SHIFT", "14"}, {"SMP", "y"},
		{"NR_CPUS", "8"}},
	{{"KERNEL_LZ4", "y"}, {"HZ_1000", "y"}, {"DEFAULT_HOSTNAME", "a \\ \"b\" c"}, {"PHYSICAL_START", "0x2000000"},
		{"LOCALVERSION", "-kiln"}},
	{{"64BIT", "y"}, {"KERNEL_BZIP2", "y"}, {"HZ_300", "y"}, {"PREEMPT", "y"}, {"RELOCATABLE", "y"},
		{"PHYSICAL_ALIGN", "0x400000"}, {"CMDLINE_BOOL", "y"}, {"CMDLINE", "console=ttyS0 quiet"}},
	{{"MODULES", "y"}, {"BINFMT_SCRIPT", "m"}, {"TTY", "y"}, {"SERIAL_8250", "m"}, {"SERIAL_8250_NR_UARTS", "2"},
		{"NET", "y"}, {"INET", "y"}, {"IPV6", "m"}, {"PACKET", "m"}},
	{{"BLOCK", "y"}, {"MODULES", "y"}, {"EXT4_FS", "m"}, {"MSDOS_FS", "m"}, {"BLK_DEV", "y"}, {"BLK_DEV_RAM", "y"},
		{"BLK_DEV_RAM_SIZE", "8192"}, {"MODULE_UNLOAD", "y"}},
	{{"PCI", "y"}, {"NETDEVICES", "y"}, {"NET", "y"}, {"ETHERNET", "y"}, {"NET_VENDOR_INTEL", "y"}, {"E1000", "y"},
		{"PRINTK", "y"}, {"CONSOLE_LOGLEVEL_DEFAULT", "4"}},
	{{"64BIT", "y"}, {"CC_OPTIMIZE_FOR_PERFORMANCE", "y"}, {"PROC_FS", "y"}, {"PCI", "y"}, {"ACPI", "y"},
		{"ACPI_BUTTON", "n"}, {"BLK_DEV_INITRD", "y"}, {"RD_GZIP", "n"}},
};

static void settings_are_identical(void **state)
{
	(void)state;
	int trees = 0;
	for (int t = 0; t < 2; t++) {
		if (tree_of(t) == NULL)
			continue;
		trees++;
		for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
			size_t n = 0;
			while (n < ARRAY_LEN(settings[i]) && settings[i][n].name != NULL)
				n++;
			compare(t, settings[i], n, false);
		}
	}
	if (trees == 0)
		skip();
}


int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tinyconfig_is_identical),
		cmocka_unit_test(clang_is_identical),
		cmocka_unit_test(presets_are_identical),
		cmocka_unit_test(settings_are_identical),
	};
	int r = internal_main(argc, argv);
	if (r >= 0)
		return r;
	char name[] = "/tmp/kiln-kcbuild-XXXXXX";
	struct err e = {0};
	dir = mkdtemp(name);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	fs_remove_tree(dir, &e);
	return r;
}
