/* The initramfs: the same bytes for the same inputs, readable by cpio, what is in it and with which modes, the
 * manifest's errors with their places, the limits of the format, and each compression in the form the kernel takes. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/initramfs.h"
#include "core/manifest.h"
#include "core/rootlist.h"
#include "core/str.h"

struct fixture {
	char dir[64];
	char *init, *rootfs, *out, *config;
	struct initramfs_params p;
	struct initramfs_result r;
};

static char *at(const struct fixture *f, const char *rel)
{
	return fs_join(f->dir, rel);
}

static void write_file(const struct fixture *f, const char *rel, const char *text, mode_t mode)
{
	struct err e = {0};
	char *path = at(f, rel), *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	if (fs_mkdirs(dir, &e) < 0 || fs_write(path, text, strlen(text), mode, &e) < 0)
		fail_msg("%s", e.msg);
	free(dir);
	free(path);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	strcpy(f->dir, "/tmp/kiln-initramfs-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	umask(022);
	f->init = at(f, "init");
	f->rootfs = at(f, "rootfs");
	f->out = at(f, "out.cpio");
	f->config = at(f, "config");
	write_file(f, "init", "#!not really\n", 0600);
	write_file(f, "rootfs/manifest", "# nothing\n", 0644);
	f->p = (struct initramfs_params){.init = f->init, .rootfs = f->rootfs, .compression = "none", .out = f->out};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct err ignored = {0};
	fs_remove_tree(f->dir, &ignored);
	err_done(&ignored);
	free(f->init);
	free(f->rootfs);
	free(f->out);
	free(f->config);
	free(f);
	return 0;
}

static void write_ok(struct fixture *f)
{
	struct err e = {0};
	if (initramfs_write(&f->p, &f->r, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(f->r.size, fs_size(f->out));
}

static void write_fails(struct fixture *f, const char *what)
{
	struct err e = {0};
	unlink(f->out);
	assert_int_equal(initramfs_write(&f->p, &f->r, &e), -1);
	char *text = err_text(&e);
	if (strstr(text, what) == NULL)
		fail_msg("no '%s' in: %s", what, text);
	assert_false(fs_exists(f->out));
	free(text);
	err_done(&e);
}

/* What a shell command prints. Returns owned. */
static char *shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *shell(const char *fmt, ...)
{
	va_list ap;
	struct buf b = {0};
	char chunk[4096];
	size_t n;
	va_start(ap, fmt);
	char *cmd = xvasprintf(fmt, ap);
	va_end(ap);
	FILE *p = popen(cmd, "r");
	while ((n = fread(chunk, 1, sizeof(chunk), p)) > 0)
		buf_add(&b, chunk, n);
	assert_int_equal(pclose(p), 0);
	free(cmd);
	return buf_take(&b);
}

static void has_line(const char *text, const char *line)
{
	size_t n = strlen(line);
	for (const char *s = text; (s = strstr(s, line)) != NULL; s++)
		if ((s == text || s[-1] == '\n') && (s[n] == '\n' || s[n] == '\0'))
			return;
	fail_msg("no line '%s' in:\n%s", line, text);
}

/* "MODE UID GID SIZE-OR-DEVICE NAME" for each entry, as cpio reads them. */
static char *listing(const struct fixture *f)
{
	return shell("TZ=UTC LC_ALL=C cpio -tvn --quiet <%s | awk '{ $2 = \"\"; sub(/ [A-Z][a-z][a-z] +[0-9]+ +[0-9:]+ "
		     "/, \" \"); "
		     "gsub(/  +/, \" \"); print }'",
		f->out);
}

static void what_is_always_there(void **state)
{
	struct fixture *f = *state;
	f->p.rootfs = NULL;
	write_ok(f);
	char *list = listing(f);
	has_line(list, "drwxr-xr-x 0 0 0 dev");
	has_line(list, "crw------- 0 0 5, 1 dev/console");
	has_line(list, "-rwxr-xr-x 0 0 13 init");
	assert_int_equal(f->r.entries, 3);
	assert_int_equal(f->r.size % 512, 0);
	assert_int_equal(f->r.size, f->r.unpacked);
	free(list);
}

static void companions_rootfs_and_manifest(void **state)
{
	struct fixture *f = *state;
	char *hello = at(f, "out/hello"), *link = at(f, "rootfs/etc/link"), *deep = at(f, "rootfs/etc/abs");
	const char *const extra[] = {hello};
	write_file(f, "out/hello", "hi", 0755);
	write_file(f, "rootfs/etc/motd", "welcome\n", 0640);
	write_file(f, "rootfs/etc/weird \xc3\x9f'\"\n", "x", 0644);
	write_file(f, "rootfs/secret", "s", 0644);
	assert_int_equal(symlink("../bin/hello", link), 0);
	assert_int_equal(symlink("/etc/shadow", deep), 0); /* stays a link, the host's file does not come along */
	write_file(f, "rootfs/manifest",
		"# comment\n\ndir tmp 1777 0 0\nfile /secret - 0400 5 6\nnod dev/null 0666 0 0 c 1 3\nnod dev/ram 0600 "
		"0 0 b 1 0\n"
		"slink bin/sh hello 0777 0 0\npipe run/p 0600 1 2\nfile a\\040b etc/motd 0755 0 0 # tail\n",
		0644);
	f->p.extra = extra;
	f->p.n_extra = 1;
	write_ok(f);
	char *list = listing(f);
	has_line(list, "-rwxr-xr-x 0 0 2 bin/hello");
	has_line(list, "lrwxrwxrwx 0 0 5 bin/sh -> hello");
	has_line(list, "-rw-r----- 0 0 8 etc/motd");
	has_line(list, "lrwxrwxrwx 0 0 12 etc/link -> ../bin/hello");
	has_line(list, "lrwxrwxrwx 0 0 11 etc/abs -> /etc/shadow");
	has_line(list, "drwxrwxrwt 0 0 0 tmp");
	has_line(list, "-r-------- 5 6 1 secret");
	has_line(list, "crw-rw-rw- 0 0 1, 3 dev/null");
	has_line(list, "brw------- 0 0 1, 0 dev/ram");
	has_line(list, "prw------- 1 2 0 run/p");
	has_line(list, "-rwxr-xr-x 0 0 8 a b");
	assert_null(strstr(list, "manifest"));
	free(list);
	list = shell("cd %s && mkdir x && cd x && cpio -id --quiet --no-absolute-filenames 'etc/*' <%s && cat etc/motd "
		     "&& ls etc/weird* | wc -c",
		f->dir, f->out);
	assert_string_equal(list, "welcome\n16\n");
	free(list);
	free(hello);
	free(link);
	free(deep);
}

static void same_inputs_same_bytes(void **state)
{
	struct fixture *f = *state;
	static const char *const method[] = {"none", "gzip", "bzip2", "lzma", "xz", "zstd"};
	struct err e = {0};
	write_file(f, "rootfs/b", "1", 0644);
	write_file(f, "rootfs/a/c", "2", 0644);
	for (size_t i = 0; i < ARRAY_LEN(method); i++) {
		char first[65], second[65], touch[128];
		f->p.compression = method[i];
		write_ok(f);
		assert_int_equal(fs_sha256_file(f->out, first, &e), 0);
		snprintf(touch, sizeof(touch), "find %s -exec touch -d '2001-01-0%zu' {} +", f->dir, i + 1);
		free(shell("%s", touch));
		write_ok(f);
		assert_int_equal(fs_sha256_file(f->out, second, &e), 0);
		assert_string_equal(first, second);
	}
}

/* GNU cpio of the same tree gives the same entries in the same order and contents, but for the case of hex digits. */
static void equals_what_cpio_makes(void **state)
{
	struct fixture *f = *state;
	write_file(f, "rootfs/etc/motd", "welcome\n", 0644);
	write_ok(f);
	if (geteuid() != 0)
		skip(); /* mknod */
	char *theirs = shell(
		"cd %s && mkdir t && cd t && cp ../init init && chmod 755 init && mkdir dev etc && cp "
		"../rootfs/etc/motd etc/ "
		"&& mknod -m 600 dev/console c 5 1 && find . -mindepth 1 -exec touch -h -d @0 {} + && "
		"find . -mindepth 1 -printf '%%P\\n' | LC_ALL=C sort | cpio -o -H newc --reproducible -R 0:0 --quiet "
		"| tr a-f A-F | sha256sum",
		f->dir);
	char *ours = shell("tr a-f A-F <%s | sha256sum", f->out);
	assert_string_equal(ours, theirs);
	free(ours);
	free(theirs);
}

static void every_compression_unpacks_again(void **state)
{
	struct fixture *f = *state;
	static const char *const way[][2] = {{"gzip", "gzip -dc"}, {"bzip2", "bzip2 -dc"},
		{"lzma", "xz --format=lzma -dc"}, {"xz", "xz --format=xz -dc"}, {"zstd", "zstd -dcq"}};
	write_file(f, "rootfs/etc/motd", "welcome\n", 0644);
	write_ok(f);
	int64_t plain_size = f->r.size;
	char *plain = shell("cpio -t --quiet <%s", f->out);
	for (size_t i = 0; i < ARRAY_LEN(way); i++) {
		f->p.compression = way[i][0];
		write_ok(f);
		assert_true(f->r.size < plain_size);
		assert_true(f->r.unpacked <= plain_size && f->r.unpacked > plain_size - 512);
		char *list = shell("%s <%s | cpio -t --quiet", way[i][1], f->out);
		assert_string_equal(list, plain);
		free(list);
	}
	free(plain);
	f->p.compression = "xz";
	write_ok(f);
	char *check = shell("xz --robot --list %s | awk '$1 == \"file\" { print $7 }'", f->out);
	assert_string_equal(check, "CRC32\n"); /* the kernel knows no other */
	free(check);
}

static void kernel_must_have_the_decompressor(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	write_file(f, "config", "CONFIG_RD_XZ=y\n# CONFIG_RD_GZIP is not set\nCONFIG_NORD_ZSTD=y\nCONFIG_RD_LZMA=yes\n",
		0644);
	f->p.config = f->config;
	f->p.compression = "xz";
	write_ok(f);
	f->p.compression = "gzip";
	write_fails(f, "CONFIG_RD_GZIP is not set");
	assert_int_equal(initramfs_write(&f->p, &f->r, &e), -1);
	assert_non_null(strstr(e.hint, "kiln config --set RD_GZIP=y"));
	err_done(&e);
	f->p.compression = "zstd";
	write_fails(f, "CONFIG_RD_ZSTD");
	f->p.compression = "lzma";
	write_fails(f, "CONFIG_RD_LZMA");
	f->p.compression = "none";
	write_ok(f);
	f->p.compression = "arj";
	write_fails(f, "arj");
}

static void manifest_fails(struct fixture *f, const char *text, int line, int col, const char *what)
{
	struct err e = {0};
	write_file(f, "rootfs/manifest", text, 0644);
	assert_int_equal(initramfs_write(&f->p, &f->r, &e), -1);
	if (strstr(e.msg, what) == NULL)
		fail_msg("no '%s' in: %s", what, e.msg);
	assert_non_null(e.file);
	assert_non_null(strstr(e.file, "rootfs/manifest"));
	assert_int_equal(e.line, line);
	assert_int_equal(e.col, col);
	err_done(&e);
}

static void manifest_errors_have_a_place(void **state)
{
	struct fixture *f = *state;
	manifest_fails(f, "# ok\nfoo x 0755 0 0\n", 2, 1, "`foo` is no entry");
	manifest_fails(f, "dir x 0955 0 0\n", 1, 7, "no mode");
	manifest_fails(f, "dir x -1 0 0\n", 1, 7, "no mode");
	manifest_fails(f, "dir x 755 0 99999999999\n", 1, 13, "no number");
	manifest_fails(f, "  dir ../x 755 0 0\n", 1, 7, "no name");
	manifest_fails(f, "dir / 755 0 0\n", 1, 5, "no name");
	manifest_fails(f, "nod x 755 0 0 z 1 1\n", 1, 15, "no kind of device");
	manifest_fails(f, "nod x 755 0 0 c 4096 1\n", 1, 17, "no number");
	manifest_fails(f, "dir x 755 0\n", 1, 1, "dir NAME MODE UID GID");
	manifest_fails(f, "dir x 755 0 0 more\n", 1, 15, "dir NAME MODE UID GID");
	manifest_fails(f, "dir a\\9 755 0 0\n", 1, 6, "octal");
	manifest_fails(f, "file x nosuch 755 0 0\n", 1, 0, "No such file");
	manifest_fails(f, "file x - 755 0 0\n", 1, 0, "there is no x");
}

static void manifest_keeps_its_comments(void **state)
{
	struct fixture *f = *state;
	struct manifest m;
	struct err e = {0};
	char *path = at(f, "m");
	write_file(f, "m", "# head\ndir a 0755 0 0\n# mid\nslink b c 0777 0 0\ndir a 0700 0 0\n", 0644);
	assert_int_equal(manifest_load(&m, path, &e), 0);
	assert_int_equal(manifest_find(&m, "a")->mode & 07777, 0700);
	assert_int_equal(manifest_remove(&m, "a"), 2);
	const struct manifest_entry file = {.name = "x y#", .source = "s\\\n", .mode = S_IFREG | 0644};
	const struct manifest_entry node = {.name = "b", .mode = S_IFBLK | 0600, .major = 8, .minor = 1};
	manifest_set(&m, &file);
	manifest_set(&m, &node);
	assert_int_equal(manifest_save(&m, &e), 0);
	manifest_done(&m);
	char *text = fs_read(path, NULL, &e);
	assert_string_equal(text, "# head\n# mid\nfile x\\040y\\043 s\\134\\012 0644 0 0\nnod b 0600 0 0 b 8 1\n");
	assert_int_equal(manifest_load(&m, path, &e), 0);
	assert_string_equal(manifest_find(&m, "x y#")->source, "s\\\n");
	assert_true(S_ISBLK(manifest_find(&m, "b")->mode));
	manifest_done(&m);
	free(text);
	free(path);
}

static void limits_are_named(void **state)
{
	struct fixture *f = *state;
	char *big = at(f, "rootfs/big"), *missing = at(f, "nosuch");
	write_file(f, "rootfs/big", "", 0644);
	assert_int_equal(truncate(big, (off_t)5 << 30), 0);
	write_fails(f, "4 GiB");
	unlink(big);
	write_file(f, "rootfs/bin", "a file where the folder of companions belongs", 0644);
	const char *const extra[] = {f->init};
	f->p.extra = extra;
	f->p.n_extra = 1;
	write_fails(f, "/bin (rootfs) is no folder");
	f->p.n_extra = 0;
	f->p.init = missing;
	write_fails(f, "nosuch");
	f->p.init = f->dir;
	write_fails(f, "no file");
	free(big);
	free(missing);
}

static void console_is_not_given_up(void **state)
{
	struct fixture *f = *state;
	write_file(f, "rootfs/dev/console", "typed by mistake", 0644);
	write_ok(f);
	char *list = listing(f);
	has_line(list, "crw------- 0 0 5, 1 dev/console");
	free(list);
}

static char *inputs_text(struct fixture *f)
{
	struct inputs in = {0};
	struct err e = {0};
	struct buf b = {0};
	if (initramfs_inputs(&f->p, &in, &e) < 0)
		fail_msg("%s", e.msg);
	for (size_t i = 0; i < in.n; i++)
		buf_addf(&b, "%s=%s\n", in.v[i].name, in.v[i].value);
	inputs_done(&in);
	return buf_take(&b);
}

static void fingerprints_see_every_change(void **state)
{
	struct fixture *f = *state;
	char *before = inputs_text(f), *motd = at(f, "rootfs/motd"), *after;
	static const char *const change[] = {"content", "mode", "manifest", "init"};
	for (size_t i = 0; i < ARRAY_LEN(change); i++) {
		if (i == 0)
			write_file(f, "rootfs/motd", "x", 0644);
		else if (i == 1)
			assert_int_equal(chmod(motd, 0600), 0);
		else if (i == 2)
			write_file(f, "rootfs/manifest", "dir tmp 0755 0 0\n", 0644);
		else
			write_file(f, "init", "other", 0644);
		after = inputs_text(f);
		assert_string_not_equal(after, before);
		free(before);
		before = after;
	}
	after = inputs_text(f);
	assert_string_equal(after, before);
	free(after);
	free(before);
	free(motd);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		WITH(what_is_always_there),
		WITH(companions_rootfs_and_manifest),
		WITH(same_inputs_same_bytes),
		WITH(equals_what_cpio_makes),
		WITH(every_compression_unpacks_again),
		WITH(kernel_must_have_the_decompressor),
		WITH(manifest_errors_have_a_place),
		WITH(manifest_keeps_its_comments),
		WITH(limits_are_named),
		WITH(console_is_not_given_up),
		WITH(fingerprints_see_every_change),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
