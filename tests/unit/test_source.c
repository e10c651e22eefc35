/* Kernel sources: what is found and why not, unpacking into the cache whole or not at all, hostile and broken tarballs,
 * and fetching what the subset left out. Small made-up trees; Debian's real tarball in the end-to-end tests. */
#include "tests/unit/test.h"

#include <archive.h>
#include <archive_entry.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>
#include <uv.h>

#include "core/fs.h"
#include "core/source.h"
#include "core/source_subset.h"
#include "core/str.h"

struct fixture {
	char dir[64];
	uv_loop_t loop;
	struct source s;
	struct err end;
	unsigned done, progress;
	struct buf lines;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	strcpy(f->dir, "/tmp/kiln-source-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	char *cache = fs_join(f->dir, "cache"), *src = fs_join(f->dir, "src");
	setenv("KILN_CACHE", cache, 1);
	setenv("KILN_SRC_DIR", src, 1);
	unsetenv("KILN_KERNEL");
	mkdir(src, 0755);
	free(cache);
	free(src);
	uv_loop_init(&f->loop);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct err ignored = {0};
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	source_done(&f->s);
	err_done(&f->end);
	buf_done(&f->lines);
	fs_remove_tree(f->dir, &ignored);
	err_done(&ignored);
	free(f);
	return 0;
}

static char *at(const struct fixture *f, const char *rel)
{
	return fs_join(f->dir, rel);
}

/* ---- making tarballs ---- */

struct item {
	const char *path, *text; /* text NULL: a symlink to `link` */
	const char *link;
};

static const struct item kernel[] = {
	{"Makefile", "VERSION = 6\nPATCHLEVEL = 99\nSUBLEVEL = 3\nEXTRAVERSION = -kiln\n", NULL},
	{"Kconfig", "source \"arch/$(SRCARCH)/Kconfig\"\n", NULL},
	{"Documentation/Kconfig", "# doc\n", NULL},
	{"Documentation/big.rst", "left out\n", NULL},
	{"arch/arm/Kconfig", "# arm\n", NULL},
	{"arch/arm/head.S", "left out\n", NULL},
	{"arch/x86/Makefile", "# x86\n", NULL},
	{"drivers/net/wireless/foo/Makefile", "obj-y += foo.o\n", NULL},
	{"drivers/net/wireless/foo/foo.c", "int foo;\n", NULL},
	{"drivers/net/wireless/foo/sub/inc.h", "#define INC\n", NULL},
	{"scripts/Makefile.build", "# build\n", NULL},
	{"scripts/kconfig/Makefile", "# kconfig\n", NULL},
	{"scripts/link", NULL, "kconfig/Makefile"},
	{"tools/include/nolibc/nolibc.h", "#define NOLIBC\n", NULL},
	{"usr/Makefile", "# usr\n", NULL},
	{"virt/Makefile", "# virt\n", NULL},
};

static void add_item(struct archive *a, const char *path, const char *text, const char *link)
{
	struct archive_entry *e = archive_entry_new();
	archive_entry_set_pathname(e, path);
	archive_entry_set_mode(e, link != NULL ? AE_IFLNK | 0777 : AE_IFREG | 0644);
	archive_entry_set_mtime(e, 1000000000, 0);
	archive_entry_set_size(e, text != NULL ? (la_int64_t)strlen(text) : 0);
	if (link != NULL)
		archive_entry_set_symlink(e, link);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	if (text != NULL)
		archive_write_data(a, text, strlen(text));
	archive_entry_free(e);
}

static struct archive *begin_tar(const char *path, const char *filter)
{
	struct archive *a = archive_write_new();
	assert_int_equal(strcmp(filter, "none") == 0 ? archive_write_add_filter_none(a)
						     : archive_write_add_filter_by_name(a, filter),
		ARCHIVE_OK);
	archive_write_set_format_pax_restricted(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	return a;
}

/* A tarball of the first n items of the made-up kernel, below `top`. */
static char *make_kernel(const struct fixture *f, const char *name, const char *filter, const char *top, size_t n)
{
	char *path = at(f, name);
	struct archive *a = begin_tar(path, filter);
	for (size_t i = 0; i < n; i++) {
		char *in = xasprintf("%s%s", top, kernel[i].path);
		add_item(a, in, kernel[i].text, kernel[i].link);
		free(in);
	}
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return path;
}

static char *make_whole(const struct fixture *f, const char *name)
{
	return make_kernel(f, name, "xz", "linux-6.99/", ARRAY_LEN(kernel));
}

/* ---- running an unpack ---- */

static void on_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct fixture *f = ctx;
	assert_non_null(what);
	assert_true(done <= total);
	f->progress++;
}

static void on_line(void *ctx, const char *line, size_t n, bool is_err)
{
	struct fixture *f = ctx;
	(void)is_err;
	buf_add(&f->lines, line, n);
	buf_addc(&f->lines, '\n');
}

static void on_done(void *ctx, struct err *e)
{
	struct fixture *f = ctx;
	f->done++;
	err_move(&f->end, e);
}

static struct op_cb callbacks(struct fixture *f)
{
	return (struct op_cb){on_progress, on_line, NULL, on_done, f};
}

static void find(struct fixture *f, const char *path)
{
	struct err e = {0};
	source_done(&f->s);
	if (source_find(&f->s, path, &e) < 0)
		fail_msg("%s", e.msg);
}

static void unpack(struct fixture *f)
{
	struct err e = {0};
	const struct op_cb cb = callbacks(f);
	err_done(&f->end);
	f->done = 0;
	assert_non_null(source_unpack(&f->loop, &f->s, &cb, &e));
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(f->done, 1);
}

static void unpack_ok(struct fixture *f)
{
	unpack(f);
	if (err_is(&f->end))
		fail_msg("%s", f->end.msg);
	assert_non_null(f->s.tree);
}

static void unpack_fails(struct fixture *f, const char *what)
{
	unpack(f);
	assert_true(err_is(&f->end));
	if (strstr(f->end.msg, what) == NULL)
		fail_msg("no '%s' in: %s", what, f->end.msg);
	assert_null(f->s.tree);
}

static bool in_tree(const struct fixture *f, const char *rel)
{
	char *path = fs_join(f->s.tree, rel);
	bool there = fs_exists(path);
	free(path);
	return there;
}

/* Nothing in the cache that could be taken for a tree, and no leftovers. */
static void cache_is_clean(const struct fixture *f)
{
	char *cache = at(f, "cache/source");
	char *argv[] = {"find", cache, "-mindepth", "1", "-not", "-name", "*.lock", NULL};
	char *cmd = strv_shell(argv), out[4096];
	FILE *p = popen(cmd, "r");
	size_t n = fread(out, 1, sizeof(out) - 1, p);
	pclose(p);
	out[n] = '\0';
	assert_string_equal(out, "");
	free(cmd);
	free(cache);
}

/* ---- finding ---- */

static void find_fails(const char *setting, const char *what)
{
	struct source s;
	struct err e = {0};
	assert_int_equal(source_find(&s, setting, &e), -1);
	if (strstr(e.msg, what) == NULL)
		fail_msg("no '%s' in: %s", what, e.msg);
	assert_non_null(e.hint);
	err_done(&e);
	source_done(&s);
}

static void wrong_places_are_named(void **state)
{
	struct fixture *f = *state;
	char *empty = at(f, "empty"), *missing = at(f, "missing"), *fifo = at(f, "fifo");
	find_fails(NULL, "no kernel source");
	mkdir(empty, 0755);
	find_fails(empty, "is no kernel source tree");
	find_fails(missing, "No such file");
	mkfifo(fifo, 0600);
	find_fails(fifo, "neither a folder nor a tarball");
	setenv("KILN_KERNEL", missing, 1);
	find_fails("", "KILN_KERNEL");
	free(empty);
	free(missing);
	free(fifo);
}

static void newest_package_is_taken(void **state)
{
	struct fixture *f = *state;
	free(make_kernel(f, "src/linux-source-6.9.tar.xz", "none", "l/", 1));
	free(make_kernel(f, "src/linux-source-6.12.tar.xz", "none", "l/", 1));
	find(f, NULL);
	assert_string_equal(f->s.version, "6.12");
	assert_true(f->s.subset);
	assert_null(f->s.tree);
	free(make_kernel(f, "src/linux-source-99.1.tar.xz", "none", "l/", 1)); /* needs gcc 8 or newer, which is here */
	find(f, NULL);
	assert_string_equal(f->s.version, "99.1");
}

static char *make_tree(const struct fixture *f, const char *name)
{
	static const char *const sub[] = {"scripts/kconfig", "arch/x86"};
	struct err e = {0};
	char *tree = at(f, name);
	for (size_t i = 0; i < ARRAY_LEN(sub); i++) {
		char *dir = fs_join(tree, sub[i]);
		assert_int_equal(fs_mkdirs(dir, &e), 0);
		free(dir);
	}
	for (size_t i = 0; i < 2; i++) {
		char *path = fs_join(tree, kernel[i].path);
		assert_int_equal(fs_write(path, kernel[i].text, strlen(kernel[i].text), 0644, &e), 0);
		free(path);
	}
	return tree;
}

static void folder_is_used_where_it_lies(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	char *tree = make_tree(f, "my-tree"), *config = fs_join(tree, ".config"), *makefile = fs_join(tree, "Makefile");
	find(f, tree);
	assert_string_equal(f->s.tree, tree);
	assert_string_equal(f->s.version, "6.99.3-kiln");
	assert_false(f->s.subset);
	char *id = xstrdup(f->s.id);
	find(f, tree);
	assert_string_equal(f->s.id, id);
	assert_int_equal(fs_write(makefile, "VERSION = 7\nPATCHLEVEL=1 # c\n", 29, 0644, &e), 0);
	find(f, tree);
	assert_string_not_equal(f->s.id, id);
	assert_string_equal(f->s.version, "7.1");
	unpack_ok(f); /* nothing to do, said on the next turn */
	assert_int_equal(fs_write(config, "", 0, 0644, &e), 0);
	find_fails(tree, "built in place");
	free(id);
	free(tree);
	free(config);
	free(makefile);
	tree = make_tree(f, "a b");
	find_fails(tree, "cannot build from");
	free(tree);
}

/* ---- unpacking ---- */

static void subset_is_unpacked_and_found_again(void **state)
{
	struct fixture *f = *state;
	static const char *const filter[] = {"xz", "gzip", "zstd", "none"};
	for (size_t i = 0; i < ARRAY_LEN(filter); i++) {
		char *name = xasprintf("linux-6.99-%s.tar", filter[i]);
		char *path = make_kernel(f, name, filter[i], i % 2 ? "" : "./linux-6.99/", ARRAY_LEN(kernel));
		find(f, path);
		assert_string_equal(f->s.version, "6.99");
		char *id = xstrdup(f->s.id);
		unpack_ok(f);
		assert_string_equal(f->s.version, "6.99.3-kiln");
		assert_true(in_tree(f, "arch/arm/Kconfig"));
		assert_true(in_tree(f, "Documentation/Kconfig"));
		assert_true(in_tree(f, "drivers/net/wireless/foo/Makefile"));
		assert_true(in_tree(f, "tools/include/nolibc/nolibc.h"));
		assert_true(in_tree(f, "scripts/link"));
		assert_false(in_tree(f, "arch/arm/head.S"));
		assert_false(in_tree(f, "drivers/net/wireless/foo/foo.c"));
		find(f, path);
		assert_non_null(f->s.tree);
		assert_string_equal(f->s.id, id);
		free(id);
		free(name);
		free(path);
	}
}

static void unmarked_tree_is_not_trusted(void **state)
{
	struct fixture *f = *state;
	char *path = make_whole(f, "linux-6.99.tar.xz");
	find(f, path);
	unpack_ok(f);
	char *mark = fs_join(f->s.tree, SUBSET_MARK), *stray = fs_join(f->s.tree, "stray");
	unlink(mark);
	mkdir(stray, 0755);
	find(f, path);
	assert_null(f->s.tree);
	unpack_ok(f);
	assert_false(in_tree(f, "stray"));
	free(mark);
	free(stray);
	free(path);
}

static void changed_tarball_is_another_source(void **state)
{
	struct fixture *f = *state;
	char *path = make_whole(f, "linux-6.99.tar.xz");
	find(f, path);
	unpack_ok(f);
	char *id = xstrdup(f->s.id);
	free(make_kernel(f, "linux-6.99.tar.xz", "gzip", "x/", ARRAY_LEN(kernel)));
	find(f, path);
	assert_null(f->s.tree);
	assert_string_not_equal(f->s.id, id);
	free(id);
	free(path);
}

static void broken_tarballs_leave_nothing(void **state)
{
	struct fixture *f = *state;
	static const char *const filter[] = {"xz", "gzip", "zstd", "bzip2", "none"};
	struct err e = {0};
	for (size_t i = 0; i < ARRAY_LEN(filter); i++) {
		char *name = xasprintf("cut-%s-6.99.tar", filter[i]);
		char *path = make_kernel(f, name, filter[i], "linux/", ARRAY_LEN(kernel));
		assert_int_equal(truncate(path, fs_size(path) * (strcmp(filter[i], "none") == 0 ? 3 : 5) / 8), 0);
		find(f, path);
		unpack_fails(f, name);
		assert_non_null(f->end.hint);
		cache_is_clean(f);
		free(name);
		free(path);
	}
	char *path = at(f, "garbage-1.2.tar.xz"), noise[5000];
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(i * 2654435761u >> 13);
	memcpy(noise,
		"\xfd"
		"7zXZ\0",
		6);
	assert_int_equal(fs_write(path, noise, sizeof(noise), 0644, &e), 0);
	find(f, path);
	unpack_fails(f, "garbage-1.2.tar.xz");
	assert_int_equal(fs_write(path, noise, 0, 0644, &e), 0);
	find(f, path);
	unpack_fails(f, "garbage-1.2.tar.xz");
	cache_is_clean(f);
	free(path);
	path = make_kernel(f, "other.tar.xz", "xz", "not-a-kernel/", 4);
	find(f, path);
	unpack_fails(f, "no whole kernel source");
	cache_is_clean(f);
	free(path);
}

static void nothing_is_written_outside(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	char *path = at(f, "evil-6.99.tar"), *out = at(f, "outside"), *up = at(f, "cache/source/up"),
	     *abs = at(f, "abs");
	char *in = xasprintf("k/%s", abs), *dest = xasprintf("k/%s", "lnk2/planted2");
	mkdir(out, 0755);
	struct archive *a = begin_tar(path, "none");
	for (size_t i = 0; i < ARRAY_LEN(kernel) - 1; i++) {
		char *name = xasprintf("k/%s", kernel[i].path);
		add_item(a, name, kernel[i].text, kernel[i].link);
		free(name);
	}
	add_item(a, "k/lnk", NULL, out);            /* absolute link: not made */
	add_item(a, "k/lnk/planted", "evil", NULL); /* so this makes a folder lnk in the tree */
	add_item(a, "k/lnk2", NULL, "../../../outside");
	add_item(a, dest, "evil", NULL);
	add_item(a, in, "evil", NULL);
	add_item(a, abs, "evil", NULL);
	add_item(a, "k/virt/Makefile", "# virt\n", NULL);
	archive_write_close(a);
	archive_write_free(a);
	find(f, path);
	unpack(f);
	assert_false(fs_exists(abs));
	assert_false(fs_exists(up));
	assert_int_equal(rmdir(out), 0); /* still empty */
	a = begin_tar(path, "none");
	add_item(a, "k/Makefile", "x", NULL);
	add_item(a, "k/../../up", "evil", NULL);
	archive_write_close(a);
	archive_write_free(a);
	find(f, path);
	unpack_fails(f, "..");
	assert_false(fs_exists(up));
	cache_is_clean(f);
	free(in);
	free(dest);
	free(abs);
	free(up);
	free(out);
	free(path);
	err_done(&e);
}

static void plain_path_is_asked_for(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	const struct op_cb cb = callbacks(f);
	char *path = make_whole(f, "linux-6.99.tar.xz"), *cache = at(f, "my cache");
	setenv("KILN_CACHE", cache, 1);
	find(f, path);
	assert_null(source_unpack(&f->loop, &f->s, &cb, &e));
	assert_non_null(strstr(e.hint, "KILN_CACHE"));
	err_done(&e);
	free(cache);
	free(path);
}

static char *lock_path(const struct fixture *f)
{
	struct err e = {0};
	char *tree = source_cache_tree(&f->s, &e), *lock = xasprintf("%s.lock", tree), *dir = at(f, "cache/source");
	assert_int_equal(fs_mkdirs(dir, &e), 0);
	free(dir);
	free(tree);
	return lock;
}

static void on_waiting_line(void *ctx, const char *line, size_t n, bool is_err)
{
	struct fixture *f = ctx;
	on_line(ctx, line, n, is_err);
	if (memmem(line, n, "waiting", 7) != NULL && f->progress != 0)
		source_cancel(*(struct source_op **)f->loop.data);
}

static void second_kiln_waits_and_can_be_stopped(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	struct source_op *op;
	struct op_cb cb = callbacks(f);
	char *path = make_whole(f, "linux-6.99.tar.xz");
	find(f, path);
	char *lock = lock_path(f);
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	cb.line = on_waiting_line;
	f->progress = 1; /* stop when it waits */
	f->loop.data = &op;
	op = source_unpack(&f->loop, &f->s, &cb, &e);
	assert_non_null(op);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(f->end.code, ERR_CANCELLED);
	assert_null(f->s.tree);
	close(fd);
	unpack_ok(f);
	free(lock);
	free(path);
}

static void two_at_once_are_safe(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	struct source other;
	const struct op_cb cb = callbacks(f);
	char *path = make_whole(f, "linux-6.99.tar.xz");
	find(f, path);
	assert_int_equal(source_find(&other, path, &e), 0);
	assert_non_null(source_unpack(&f->loop, &f->s, &cb, &e));
	assert_non_null(source_unpack(&f->loop, &other, &cb, &e));
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(f->done, 2);
	assert_false(err_is(&f->end));
	assert_string_equal(f->s.tree, other.tree);
	assert_true(in_tree(f, SUBSET_MARK));
	source_done(&other);
	free(path);
}

static void leftovers_of_a_killed_one_are_removed(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	char *path = make_whole(f, "linux-6.99.tar.xz");
	find(f, path);
	char *tree = source_cache_tree(&f->s, &e), *left = xasprintf("%s.tmp/left/over", tree),
	     *tmp = xasprintf("%s.tmp", tree);
	assert_int_equal(fs_mkdirs(left, &e), 0);
	unpack_ok(f);
	assert_false(in_tree(f, "left"));
	assert_false(fs_exists(tmp));
	free(tmp);
	free(left);
	free(tree);
	free(path);
}

/* ---- what the subset left out ---- */

static char *missing(const struct fixture *f, const char *line)
{
	return source_missing_dir(&f->s, line, strlen(line));
}

static void fetch_dir(struct fixture *f, const char *dir)
{
	struct err e = {0};
	const struct op_cb cb = callbacks(f);
	f->done = 0;
	assert_non_null(source_unpack_dir(&f->loop, &f->s, dir, &cb, &e));
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(f->done, 1);
}

static void left_out_folder_is_fetched(void **state)
{
	struct fixture *f = *state;
	static const char rule[] = "make[5]: *** No rule to make target 'drivers/net/wireless/foo/foo.o', needed by "
				   "'drivers/net/wireless/foo/built-in.a'.  Stop.";
	for (int i = 0; i < 2; i++) { /* xz begins in the middle, gzip at the beginning */
		char *path = make_kernel(f, i ? "linux-6.99.tar.gz" : "linux-6.99.tar.xz", i ? "gzip" : "xz",
			"linux-6.99/", ARRAY_LEN(kernel));
		find(f, path);
		unpack_ok(f);
		char *header = xasprintf(
			"%s/drivers/net/wireless/bar.c:3:10: fatal error: sub/inc.h: No such file or directory",
			f->s.tree);
		char *dir = missing(f, header);
		assert_string_equal(dir, "drivers/net/wireless/foo/sub");
		free(dir);
		assert_null(missing(f, "make: *** No rule to make target 'nosuch/x.o'.  Stop."));
		assert_null(missing(f, "make: *** No rule to make target 'scripts/kconfig/x.o'.  Stop."));
		assert_null(missing(f, "ls: /nowhere: No such file or directory"));
		assert_null(missing(f, "  CC      mm/slab.o"));
		dir = missing(f, rule);
		assert_string_equal(dir, "drivers/net/wireless/foo");
		fetch_dir(f, dir);
		assert_false(err_is(&f->end));
		assert_true(in_tree(f, "drivers/net/wireless/foo/foo.c"));
		assert_true(in_tree(f, "drivers/net/wireless/foo/sub/inc.h"));
		assert_false(in_tree(f, "arch/arm/head.S"));
		assert_null(missing(f, rule));
		assert_null(missing(f, header));
		free(dir);
		free(header);
		free(path);
	}
	fetch_dir(f, "drivers/nosuch");
	assert_non_null(strstr(f->end.msg, "drivers/nosuch"));
}

static void rules_keep_what_they_must(void **state)
{
	(void)state;
	assert_true(subset_has("arch/riscv/Kconfig.socs"));
	assert_true(subset_has("arch/Kconfig"));
	assert_false(subset_has("arch/riscv/Makefile"));
	assert_true(subset_has("include/dt-bindings/clock/x.h"));
	assert_true(subset_has("drivers/net/loopback.c"));
	assert_true(subset_has("drivers/net/ethernet/intel/e1000/e1000_main.c"));
	assert_false(subset_has("drivers/net/ethernet/intel/e1000x/x.c"));
	assert_true(subset_has("sound/Makefile"));
	assert_false(subset_has("sound/core/pcm.c"));
	assert_true(subset_has("a-new-subsystem/core.c"));
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_keep_what_they_must),
		WITH(wrong_places_are_named),
		WITH(newest_package_is_taken),
		WITH(folder_is_used_where_it_lies),
		WITH(subset_is_unpacked_and_found_again),
		WITH(unmarked_tree_is_not_trusted),
		WITH(changed_tarball_is_another_source),
		WITH(broken_tarballs_leave_nothing),
		WITH(nothing_is_written_outside),
		WITH(plain_path_is_asked_for),
		WITH(second_kiln_waits_and_can_be_stopped),
		WITH(two_at_once_are_safe),
		WITH(leftovers_of_a_killed_one_are_removed),
		WITH(left_out_folder_is_fetched),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
