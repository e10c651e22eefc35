/* Recipes as data (what is taken, what is refused and where), and builds with the real tools: every shipped variant by
 * gcc and clang without a warning; failures at their place; outputs only replaced by finished ones. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dirent.h>

#include "core/fs.h"
#include "core/initbuild.h"
#include "core/paths.h"
#include "core/recipe.h"
#include "core/str.h"

#define TREE_ENV "KILN_TEST_TREE_612"

struct temp {
	char *dir;
};

static int make_temp(void **state)
{
	char name[] = "/tmp/kiln initbuild'\n.XXXXXX";
	assert_non_null(mkdtemp(name));
	struct temp *t = xcalloc(1, sizeof(*t));
	t->dir = xstrdup(name);
	*state = t;
	return 0;
}

static int drop_temp(void **state)
{
	struct temp *t = *state;
	struct err e = {0};
	fs_remove_tree(t->dir, &e);
	err_done(&e);
	free(t->dir);
	free(t);
	return 0;
}

/* --- recipes --- */

static void refused(const char *text, int line, int col, const char *why)
{
	struct recipe r;
	struct err e = {0};
	if (recipe_parse(&r, "recipe", text, &e) == 0)
		fail_msg("taken: %s", text);
	if (e.line != line || e.col != col || strstr(e.msg, why) == NULL)
		fail_msg("%s\n  gave %d:%d: %s", text, e.line, e.col, e.msg);
	err_done(&e);
}

static void a_recipe_is_read(void **state)
{
	(void)state;
	struct recipe r;
	struct err e = {0};
	assert_int_equal(
		recipe_parse(&r, "recipe",
			"# a comment\ntitle two words # not this\nsurvives eof exec\nrequires musl-gcc musl-tools\n"
			"flags F -Os -Wall\n\nprogram init\ncc {F} -I{tree}/tools/include/nolibc -c init.c\n"
			"as -o sys.o sys.S\nld -o init init.o sys.o --entry main -z noexecstack -T link.ld\nstrip "
			"init\n",
			&e),
		0);
	assert_string_equal(r.title, "two words");
	assert_true(strv_has(&r.survives, "exec"));
	assert_string_equal(r.need[0].package, "musl-tools");
	assert_true(r.uses_tree);
	assert_int_equal(r.n, 4);
	assert_string_equal(r.step[0].makes, "init.o");
	assert_string_equal(r.step[0].word[0].text, "-Os");
	assert_int_equal(r.step[0].word[2].kind, RECIPE_TREE);
	assert_string_equal(recipe_step_source(&r.step[0]), "init.c");
	assert_int_equal(r.step[2].word[2].kind, RECIPE_MADE);
	assert_int_equal(r.step[2].word[9].kind, RECIPE_SOURCE);
	assert_null(r.step[3].makes);
	recipe_done(&r);
}

static void what_could_harm_is_refused(void **state)
{
	static const char *const flag[] = {"-fplugin=x.so", "-B.", "-B/tmp", "@args", "-wrapper", "-specs=x",
		"-Wl,-plugin,x.so", "-Wl,-T,/etc/passwd", "-Wl,-o,x", "-Wl,@x", "-Wl,", "-Wl,-z", "-I/etc", "-I../x",
		"-I{tree}/../x", "-include=/x", "-Xlinker", "-save-temps", "-fdump-tree-all", "-MMD", "-MF", "-x",
		"-L.", "-fuse-ld=/tmp/x", "-mllvm", "-Xclang", "-load", "-fpass-plugin=x", "-D", "-DX=`id`",
		"-Wp,-MD,x", "-dumpdir", "--sysroot=/x", "-fprofile-use=x"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(flag); i++) {
		char *text = xasprintf("program init\ncc -o init %s init.c\n", flag[i]);
		refused(text, 2, 12, "`");
		free(text);
	}
	refused("program init\nsh -c id\n", 2, 1, "nothing that a recipe can say");
	refused("program init\ncc -o ../init init.c\n", 2, 7, "no plain file name");
	refused("program init\ncc -o /tmp/init init.c\n", 2, 7, "no plain file name");
	refused("program init\ncc -o init /etc/passwd\n", 2, 12, "no plain file name");
	refused("program init\ncc -o init .hidden.c\n", 2, 12, "no plain file name");
	refused("program init\ncc -o init a;b.c\n", 2, 12, "no plain file name");
	refused("program init\nld -o init x.o -T /etc/passwd\n", 2, 19, "no file of this folder");
	refused("program init\ncc -o init -include {tree}/../../x init.c\n", 2, 21, "no plain path");
	refused("program ../init\n", 1, 1, "plain file name");
	refused("requires ../x y\n", 1, 1, "`requires`");
}

static void what_makes_no_sense_is_refused(void **state)
{
	(void)state;
	refused("", 0, 1, "no `program`");
	refused("program init\n", 1, 1, "no step makes");
	refused("program init\ncc init.c\n", 2, 1, "add -o");
	refused("program init\ncc -o a -o b init.c\n", 2, 12, "one file");
	refused("program init\ncc init.c -o\n", 2, 11, "needs a word");
	refused("program init\nstrip init\n", 2, 7, "no earlier step");
	refused("survives everything\n", 1, 10, "none of");
	refused("flags tree -Os\n", 1, 1, "`flags`");
	struct buf b = {0};
	while (b.n < 70000)
		buf_adds(&b, "# comment\n");
	refused(b.p, 1, 1, "larger");
	buf_clear(&b);
	for (int i = 0; i < 300; i++)
		buf_addf(&b, "cc -c x%d.c\n", i);
	refused(b.p, 257, 1, "more than 256 steps");
	buf_clear(&b);
	buf_adds(&b, "cc");
	for (int i = 0; i < 300; i++)
		buf_adds(&b, " -Os");
	refused(b.p, 1, 1024, "more than 256 words");
	buf_done(&b);
}

/* Any bytes either parse or give an error, within bounds; ASan watches. */
static void garbage_never_harms(void **state)
{
	static const char seed[] =
		"program init\nflags A -Os {A}\ncc {A} -Wl,-z,x -o init init.c -I{tree}/x\nstrip init\n";
	unsigned rnd = 12345;
	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[sizeof(seed)];
		struct recipe r;
		struct err e = {0};
		memcpy(text, seed, sizeof(seed));
		for (int k = 0; k < 4; k++) {
			rnd = rnd * 1103515245u + 12345u;
			text[(rnd >> 16) % (sizeof(seed) - 1)] = (char)(rnd >> 8);
		}
		if (recipe_parse(&r, "recipe", text, &e) == 0)
			recipe_done(&r);
		else
			assert_true(err_is(&e));
		err_done(&e);
	}
}

/* --- builds --- */

struct result {
	struct err e;
	bool done;
	struct buf lines, commands;
	uint64_t total;
	bool want_cancel;
};

static void on_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct result *r = ctx;
	assert_true(done < total && *what != '\0');
	r->total = total;
}

static void on_line(void *ctx, const char *line, size_t n, bool is_err)
{
	struct result *r = ctx;
	(void)is_err;
	buf_add(&r->lines, line, n);
	buf_addc(&r->lines, '\n');
}

static void on_command(void *ctx, const char *shell)
{
	struct result *r = ctx;
	buf_adds(&r->commands, shell);
	buf_addc(&r->commands, '\n');
}

static void on_done(void *ctx, struct err *e)
{
	struct result *r = ctx;
	assert_false(r->done);
	r->done = true;
	err_move(&r->e, e);
}

static void build(const struct initbuild_params *p, struct result *r)
{
	const struct op_cb cb = {on_progress, on_line, on_command, on_done, r};
	uv_loop_t loop;
	uv_loop_init(&loop);
	struct initbuild *b = initbuild_start(&loop, p, &cb, &r->e);
	if (b != NULL && r->want_cancel)
		initbuild_cancel(b);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(r->done, b != NULL);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void result_done(struct result *r)
{
	err_done(&r->e);
	buf_done(&r->lines);
	buf_done(&r->commands);
}

static void write_text(const char *dir, const char *name, const char *text)
{
	struct err e = {0};
	char *path = fs_join(dir, name);
	assert_int_equal(fs_mkdirs(dir, &e), 0);
	assert_int_equal(fs_write(path, text, strlen(text), 0644, &e), 0);
	free(path);
}

static bool can_build(const char *variant_dir)
{
	struct recipe r;
	struct err e = {0};
	bool ok = true;
	if (recipe_load(&r, variant_dir, &e) < 0)
		fail_msg("%s:%d:%d: %s", e.file != NULL ? e.file : "", e.line, e.col, e.msg);
	for (size_t i = 0; i < r.n_need; i++) {
		char *found = fs_which(r.need[i].tool);
		ok = ok && found != NULL;
		free(found);
	}
	ok = ok && (!r.uses_tree || (getenv(TREE_ENV) != NULL && *getenv(TREE_ENV) != '\0'));
	recipe_done(&r);
	return ok;
}

static void build_variant(const struct temp *t, const char *name, const char *cc)
{
	char *shipped = paths_data("initsrc"), *dir = fs_join(shipped, name);
	char *obj = xasprintf("%s/obj/%s-%s", t->dir, name, cc), *out = xasprintf("%s/out/%s-%s", t->dir, name, cc);
	const struct initbuild_params p = {dir, obj, out, cc, getenv(TREE_ENV), INITBUILD_PROGRAMS};
	struct result r = {0};
	if (can_build(dir)) {
		build(&p, &r);
		if (err_is(&r.e))
			fail_msg("%s by %s: %s\n%s", name, cc, r.e.msg, r.lines.p != NULL ? r.lines.p : "");
		/* what the article published is kept as it is, warnings included */
		if (r.lines.n > 0 && !str_starts(name, "article"))
			fail_msg("%s by %s is not silent:\n%s", name, cc, r.lines.p);
		char *program = fs_join(out, strcmp(name, "companions") == 0 ? "hello" : "init");
		struct stat st;
		assert_int_equal(stat(program, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0755);
		free(program);
	}
	result_done(&r);
	free(shipped);
	free(dir);
	free(obj);
	free(out);
}

static void every_variant_builds(void **state)
{
	char *shipped = paths_data("initsrc");
	DIR *d = opendir(shipped);
	size_t n = 0;
	assert_non_null(d);
	for (struct dirent *f; (f = readdir(d)) != NULL;) {
		if (f->d_name[0] == '.')
			continue;
		build_variant(*state, f->d_name, "gcc");
		build_variant(*state, f->d_name, "clang");
		n++;
	}
	assert_true(n >= 6);
	closedir(d);
	free(shipped);
}

static char *read_source(const char *rel)
{
	char *shipped = paths_data("initsrc"), *path = fs_join(shipped, rel);
	struct err e = {0};
	char *text = fs_read(path, NULL, &e);
	assert_non_null(text);
	free(path);
	free(shipped);
	return text;
}

/* Each folder is whole by itself, so some files are there twice: what a README says ("to the byte") must stay true. */
static void twins_are_equal(void **state)
{
	static const char *const twin[][2] = {{"c-libc/init.c", "c-musl/init.c"},
		{"c-asm/init.c", "c-asm-small/init.c"}, {"c-asm/sys.S", "c-asm-small/sys.S"},
		{"c-asm/sys.h", "c-asm-small/sys.h"}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(twin); i++) {
		char *a = read_source(twin[i][0]), *b = read_source(twin[i][1]);
		assert_string_equal(a, b);
		free(a);
		free(b);
	}
}

/* The hand-made files are the same everywhere, and their sizes are told in their texts. */
static void told_sizes_are_true(void **state)
{
	static const char *const name[] = {"asm-tiny", "asm-safe"};
	const struct temp *t = *state;
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		build_variant(t, name[i], "gcc");
		char *program = xasprintf("%s/out/%s-gcc/init", t->dir, name[i]), *rel = fs_join(name[i], "README");
		char *says = xasprintf(" %lld bytes", (long long)fs_size(program)), *readme = read_source(rel);
		assert_non_null(strstr(readme, says));
		assert_true(fs_size(program) < (i == 0 ? 120 : 200));
		free(readme);
		free(says);
		free(rel);
		free(program);
	}
}

static char *sub(const struct temp *t, const char *name)
{
	return fs_join(t->dir, name);
}

static void params(const struct temp *t, struct initbuild_params *p)
{
	*p = (struct initbuild_params){sub(t, "v"), sub(t, "obj"), sub(t, "out"), "gcc", NULL, INITBUILD_PROGRAMS};
}

static void params_done(struct initbuild_params *p)
{
	free((char *)p->dir);
	free((char *)p->objdir);
	free((char *)p->outdir);
}

static void a_failure_has_its_place_and_keeps_the_old_program(void **state)
{
	struct initbuild_params p;
	struct result r = {0};
	char *program;
	params(*state, &p);
	program = fs_join(p.outdir, "init");
	write_text(p.dir, "recipe", "program init\ncc -c -Os init.c\nld -o init init.o -e main\n");
	write_text(p.dir, "init.c", "int main(void)\n{\n\treturn x;\n}\n");
	write_text(p.outdir, "init", "old");
	build(&p, &r);
	assert_int_equal(r.e.code, ERR_INPUT);
	assert_true(str_ends(r.e.file, "v/init.c"));
	assert_int_equal(r.e.line, 3);
	assert_int_equal(r.e.col, 16);
	assert_non_null(strstr(r.e.evidence, "init.c:3:16: error: "));
	assert_int_equal(fs_size(program), 3);
	result_done(&r);
	memset(&r, 0, sizeof(r));
	write_text(p.dir, "init.c", "void gone(void);\nint main(void)\n{\n\tgone();\n\treturn 0;\n}\n");
	build(&p, &r);
	assert_non_null(strstr(r.e.msg, "undefined reference to `gone'"));
	assert_int_equal(fs_size(program), 3);
	result_done(&r);
	free(program);
	params_done(&p);
}

static void the_stack_guard_is_explained(void **state)
{
	struct initbuild_params p;
	struct result r = {0};
	params(*state, &p);
	write_text(p.dir, "recipe", "program init\ncc -c -fstack-protector-all init.c\nld -o init init.o -e main\n");
	write_text(p.dir, "init.c", "int main(void) { return 0; }\n");
	build(&p, &r);
	assert_non_null(strstr(r.e.msg, "__stack_chk_fail"));
	assert_non_null(strstr(r.e.hint, "-fno-stack-protector"));
	result_done(&r);
	params_done(&p);
}

static void what_is_missing_is_named(void **state)
{
	struct initbuild_params p;
	struct result r = {0};
	params(*state, &p);
	write_text(p.dir, "recipe", "program init\nrequires no-such-cc no-such-package\ncc -o init init.c\n");
	write_text(p.dir, "init.c", "int main(void) { return 0; }\n");
	build(&p, &r);
	assert_non_null(strstr(r.e.msg, "no-such-cc is not installed"));
	assert_non_null(strstr(r.e.hint, "apt-get install no-such-package"));
	result_done(&r);
	memset(&r, 0, sizeof(r));
	write_text(p.dir, "recipe", "program init\ncc -o init gone.c\n");
	build(&p, &r);
	assert_int_equal(r.e.line, 2);
	assert_non_null(strstr(r.e.msg, "`gone.c`"));
	result_done(&r);
	memset(&r, 0, sizeof(r));
	write_text(p.dir, "recipe", "program init\ncc -I{tree}/x -o init init.c\n");
	build(&p, &r);
	assert_non_null(strstr(r.e.msg, "kernel source"));
	result_done(&r);
	params_done(&p);
}

static void cancelling_ends_it(void **state)
{
	struct initbuild_params p;
	struct result r = {.want_cancel = true};
	params(*state, &p);
	write_text(p.dir, "recipe", "program init\ncc -static -o init init.c\n");
	write_text(p.dir, "init.c", "int main(void) { return 0; }\n");
	build(&p, &r);
	assert_int_equal(r.e.code, ERR_CANCELLED);
	result_done(&r);
	params_done(&p);
}

static void commands_and_steps_are_told(void **state)
{
	struct initbuild_params p;
	struct result r = {0};
	params(*state, &p);
	write_text(p.dir, "recipe", "program init\ncc -c init.c\nld -o init init.o -e main\nstrip init\n");
	write_text(p.dir, "init.c", "int main(void) { return 0; }\n");
	build(&p, &r);
	assert_false(err_is(&r.e));
	assert_int_equal(r.total, 3);
	assert_non_null(strstr(r.commands.p, "gcc -c init.c -o "));
	assert_non_null(strstr(r.commands.p, "strip "));
	result_done(&r);
	params_done(&p);
}

static const char *input(const struct inputs *in, const char *name)
{
	for (size_t i = 0; i < in->n; i++)
		if (strcmp(in->v[i].name, name) == 0)
			return in->v[i].value;
	return NULL;
}

static void inputs_follow_the_sources(void **state)
{
	struct initbuild_params p;
	struct inputs a = {0}, b = {0};
	struct err e = {0};
	params(*state, &p);
	write_text(p.dir, "recipe", "program init\ncc -static -o init init.c\n");
	write_text(p.dir, "init.c", "int main(void) { return 0; }\n");
	write_text(p.dir, "README", "one");
	assert_int_equal(initbuild_inputs(&p, &a, &e), 0);
	write_text(p.dir, "init.c", "int main(void) { return 1; }\n");
	write_text(p.dir, "README", "two");
	assert_int_equal(initbuild_inputs(&p, &b, &e), 0);
	assert_non_null(input(&a, "gcc"));
	assert_string_equal(input(&a, "recipe"), input(&b, "recipe"));
	assert_string_not_equal(input(&a, "init.c"), input(&b, "init.c"));
	assert_null(input(&a, "README"));
	inputs_done(&a);
	inputs_done(&b);
	params_done(&p);
}

#define IN_TEMP(f) cmocka_unit_test_setup_teardown(f, make_temp, drop_temp)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recipe_is_read),
		cmocka_unit_test(what_could_harm_is_refused),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(garbage_never_harms),
		IN_TEMP(every_variant_builds),
		cmocka_unit_test(twins_are_equal),
		IN_TEMP(told_sizes_are_true),
		IN_TEMP(a_failure_has_its_place_and_keeps_the_old_program),
		IN_TEMP(the_stack_guard_is_explained),
		IN_TEMP(what_is_missing_is_named),
		IN_TEMP(cancelling_ends_it),
		IN_TEMP(commands_and_steps_are_told),
		IN_TEMP(inputs_follow_the_sources),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
