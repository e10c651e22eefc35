/* Archives made elsewhere, seen from within: newc, crc and odc as cpio makes them, compressed, one after another;
 * header fields without gaps; what is wrong, with its byte; comparison; changes to rootfs/; and thousands of mutated
 * archives. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/archive_diff.h"
#include "core/archive_view.h"
#include "core/elfneed.h"
#include "core/fs.h"
#include "core/initramfs.h"
#include "core/rootedit.h"
#include "core/str.h"

struct fixture {
	char dir[64], *rootfs;
	struct archive_view v;
	struct err e;
	struct rootlist list;
	struct rootedit edit;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	strcpy(f->dir, "/tmp/kiln-archive-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	umask(022);
	f->rootfs = fs_join(f->dir, "rootfs");
	f->edit = (struct rootedit){f->rootfs, &f->list};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct err ignored = {0};
	archive_view_done(&f->v);
	rootlist_done(&f->list);
	err_done(&f->e);
	fs_remove_tree(f->dir, &ignored);
	err_done(&ignored);
	free(f->rootfs);
	free(f);
	return 0;
}

static void sh(const struct fixture *f, const char *script)
{
	char *cmd = xasprintf("cd '%s' && %s", f->dir, script);
	if (system(cmd) != 0)
		fail_msg("failed: %s", script);
	free(cmd);
}

static void open_ok(struct fixture *f, const char *name)
{
	char *path = fs_join(f->dir, name);
	archive_view_done(&f->v);
	if (archive_view_open(&f->v, path, &f->e) < 0)
		fail_msg("%s", f->e.msg);
	free(path);
}

static void bytes_fail(struct fixture *f, const void *bytes, size_t n, const char *what)
{
	archive_view_done(&f->v);
	err_done(&f->e);
	assert_int_equal(archive_view_bytes(&f->v, "it", bytes, n, &f->e), -1);
	if (strstr(f->e.msg, what) == NULL)
		fail_msg("no '%s' in: %s", what, f->e.msg);
}

static const char make_tree[] =
	"mkdir -p t/dev t/etc && printf hello >t/etc/motd && printf x >t/init && chmod 755 t/init && "
	"ln -s etc/motd t/link && mkfifo t/pipe && ln t/init t/again";

static void every_form_is_read(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *make, *compression;
		enum av_format format;
		bool refused;
	} form[] = {
		{"cpio -o --quiet -H newc", "none", AV_NEWC, false},
		{"cpio -o --quiet -H crc", "none", AV_CRC, false},
		{"cpio -o --quiet -H odc", "none", AV_ODC, true},
		{"cpio -o --quiet -H newc | gzip", "gzip", AV_NEWC, false},
		{"cpio -o --quiet -H newc | bzip2", "bzip2", AV_NEWC, false},
		{"cpio -o --quiet -H newc | zstd -q", "zstd", AV_NEWC, false},
		{"cpio -o --quiet -H newc | xz --check=crc32", "xz", AV_NEWC, false},
		{"cpio -o --quiet -H newc | xz", "xz", AV_NEWC, true},
		{"cpio -o --quiet -H newc | xz --format=lzma", "lzma", AV_NEWC, false},
	};
	sh(f, make_tree);
	for (size_t i = 0; i < ARRAY_LEN(form); i++) {
		char *cmd = xasprintf("cd t && find . | LC_ALL=C sort | %s >../a", form[i].make);
		sh(f, cmd);
		free(cmd);
		open_ok(f, "a");
		assert_string_equal(f->v.compression, form[i].compression);
		assert_int_equal(f->v.refused != NULL, form[i].refused);
		const struct av_entry *x = archive_view_find(&f->v, "/etc/motd");
		assert_non_null(x);
		assert_int_equal(x->format, form[i].format);
		assert_int_equal(x->size, 5);
		assert_memory_equal(f->v.bytes + x->data, "hello", 5);
		assert_string_equal(archive_view_find(&f->v, "link")->target, "etc/motd");
		assert_true(S_ISFIFO(archive_view_find(&f->v, "pipe")->mode));
		assert_true(archive_view_find(&f->v, "init")->notes & AV_HARD_LINK);
		assert_int_equal(archive_view_find(&f->v, "init")->mode, 0100755);
		assert_null(archive_view_find(&f->v, "nosuch"));
	}
}

/* As distributions ship them: an uncompressed first archive, padding, a compressed second. */
static void archives_one_after_another(void **state)
{
	struct fixture *f = *state;
	sh(f, make_tree);
	sh(f, "mkdir u && printf new >u/init && (cd u && echo init | cpio -o --quiet -H newc) >one && "
	      "(cd t && find . | cpio -o --quiet -H newc) >two && gzip -k two && head -c 4096 /dev/zero >zero && "
	      "cat one zero two.gz >packed && cat two one >plain && cat two one one.x >/dev/null 2>&1; printf junk | "
	      "cat two - >junk");
	open_ok(f, "packed");
	assert_int_equal(f->v.parts, 2);
	assert_string_equal(f->v.compression, "gzip");
	assert_int_equal(archive_view_find(&f->v, "init")->part, 1);
	assert_true(archive_view_find(&f->v, "etc/motd")->header >= f->v.packed_at);
	open_ok(f, "plain");
	assert_int_equal(f->v.parts, 2);
	assert_int_equal(archive_view_find(&f->v, "init")->size, 3);
	char *path = fs_join(f->dir, "junk");
	archive_view_done(&f->v);
	assert_int_equal(archive_view_open(&f->v, path, &f->e), -1);
	assert_non_null(strstr(f->e.msg, "neither cpio"));
	assert_non_null(archive_view_find(&f->v, "etc/motd")); /* what came before is still there */
	free(path);
}

static void fields_cover_an_entry(void **state)
{
	struct fixture *f = *state;
	static const char *const format[] = {"newc", "odc"};
	sh(f, make_tree);
	for (size_t i = 0; i < 2; i++) {
		char *cmd = xasprintf("cd t && find . | LC_ALL=C sort | cpio -o --quiet -H %s >../a", format[i]);
		sh(f, cmd);
		free(cmd);
		open_ok(f, "a");
		for (size_t k = 0; k < f->v.n_entry; k++) {
			struct av_field g[AV_FIELDS_MAX];
			size_t n = archive_view_fields(&f->v, &f->v.v[k], g), at = f->v.v[k].header;
			assert_true(n <= AV_FIELDS_MAX);
			for (size_t j = 0; j < n; j++) {
				assert_int_equal(g[j].at, at);
				assert_true(g[j].n > 0);
				at += g[j].n;
			}
			if (k + 1 < f->v.n_entry)
				assert_int_equal(at, f->v.v[k + 1].header);
			assert_string_equal(g[i == 0 ? 2 : 3].name, "mode");
		}
		struct av_field g[AV_FIELDS_MAX];
		archive_view_fields(&f->v, archive_view_find(&f->v, "init"), g);
		assert_string_equal(g[i == 0 ? 2 : 3].text, "0100755 -rwxr-xr-x");
	}
}

/* A newc header with these numbers, then the name with its NUL, padded, then n bytes of x, padded. */
static void add_newc(struct buf *b, const char *name, size_t name_size, unsigned mode, unsigned size, size_t n)
{
	buf_addf(b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08zx%08x", 1, mode, 0, 0, 1, 0, size, 0, 0, 0,
		0, name_size, 0);
	buf_add(b, name, strlen(name) + 1);
	while (b->n % 4 != 0)
		buf_addc(b, '\0');
	for (size_t i = 0; i < n; i++)
		buf_addc(b, 'x');
	while (b->n % 4 != 0)
		buf_addc(b, '\0');
}

static void hostile_archives_are_errors_with_their_byte(void **state)
{
	struct fixture *f = *state;
	struct buf b = {0};
	bytes_fail(f, "", 0, "byte 0: it is empty");
	bytes_fail(f, "hello world", 11, "byte 0: neither cpio");
	bytes_fail(f, "070701", 6, "byte 0: the archive ends within a header");
	add_newc(&b, "a", 2, 0100644, 0xffffffff, 8);
	bytes_fail(f, b.p, b.n, "byte 54: a file of 4294967295 bytes, but 8 are left");
	buf_clear(&b);
	add_newc(&b, "a", 0xfffffff0, 0100644, 0, 0);
	bytes_fail(f, b.p, b.n, "byte 94: a name of 4294967280 bytes");
	buf_clear(&b);
	add_newc(&b, "a", 0, 0100644, 0, 0);
	bytes_fail(f, b.p, b.n, "byte 94: namesize is 0");
	buf_clear(&b);
	add_newc(&b, "abc", 3, 0100644, 0, 0);
	bytes_fail(f, b.p, b.n, "byte 112: the name does not end with a NUL");
	buf_clear(&b);
	add_newc(&b, "a", 2, 0100644, 4, 4);
	bytes_fail(f, b.p, b.n, "byte 116: the archive ends without its last entry");
	add_newc(&b, "b", 2, 0100644, 0, 0);
	b.p[116 + 20] = 'g';
	bytes_fail(f, b.p, b.n, "byte 136: no hexadecimal digit");
	assert_int_equal(f->v.n_entry, 1);
	buf_done(&b);
}

static void odd_names_are_noted(void **state)
{
	struct fixture *f = *state;
	struct buf b = {0};
	add_newc(&b, "../../etc/passwd", 17, 0100644, 1, 1);
	add_newc(&b, "/abs", 5, 0100644, 1, 1);
	add_newc(&b, "a/..", 5, 040755, 0, 0);
	add_newc(&b, "dup", 4, 0100644, 1, 1);
	add_newc(&b, "..x", 4, 0100644, 1, 1);
	add_newc(&b, "dup", 4, 0, 1, 1);
	add_newc(&b, "\033[2Jred\xff\xc2\x9b\xe6\xa0\xb8\xe2\x80\xae", 17, 0100644, 0, 0);
	add_newc(&b, "TRAILER!!!", 11, 0, 0, 0);
	assert_int_equal(archive_view_bytes(&f->v, "it", b.p, b.n, &f->e), 0);
	assert_int_equal(f->v.v[0].notes, AV_DOTDOT);
	assert_int_equal(f->v.v[1].notes, AV_ABSOLUTE);
	assert_int_equal(f->v.v[2].notes, AV_DOTDOT);
	assert_int_equal(f->v.v[3].notes, 0);
	assert_int_equal(f->v.v[4].notes, 0);
	assert_int_equal(f->v.v[5].notes, AV_AGAIN | AV_NO_TYPE);
	char *name = av_printable(f->v.v[6].name);
	assert_string_equal(name, "\\033[2Jred\\377\\302\\233\xe6\xa0\xb8\\342\\200\\256");
	free(name);
	buf_done(&b);
}

static void bomb_is_bounded(void **state)
{
	struct fixture *f = *state;
	char *path = fs_join(f->dir, "bomb");
	sh(f, "head -c 700M /dev/zero | zstd -q -1 >bomb");
	assert_int_equal(archive_view_open(&f->v, path, &f->e), -1);
	assert_non_null(strstr(f->e.msg, "more than 512 MiB"));
	free(path);
}

static void differences_are_told(void **state)
{
	struct fixture *f = *state;
	struct archive_view b = {0};
	struct av_diff d;
	struct buf got = {0};
	sh(f, make_tree);
	sh(f, "(cd t && find . | LC_ALL=C sort | cpio -o --quiet -H newc) >a && cd t && chmod 644 init && printf hellO "
	      ">etc/motd && "
	      "rm pipe && ln -sfn elsewhere link && touch -d 2001-01-01 dev && printf n >new && find . | sort -r | "
	      "cpio -o --quiet -H newc >../b");
	open_ok(f, "a");
	char *path = fs_join(f->dir, "b");
	assert_int_equal(archive_view_open(&b, path, &f->e), 0);
	av_diff_make(&d, &f->v, &b);
	for (size_t i = 0; i < d.n; i++)
		buf_addf(&got, "%s %s %s\n", av_change_name(d.v[i].change),
			d.v[i].a != NULL ? d.v[i].a->name : d.v[i].b->name, d.v[i].what);
	assert_string_equal(got.p,
		"changed again mode 100755 -> 100644\nchanged etc/motd contents from byte 4\n"
		"changed init mode 100755 -> 100644\nchanged link target etc/motd -> elsewhere\nadded new \n"
		"removed pipe \n");
	av_diff_done(&d);
	av_diff_make(&d, &f->v, &f->v);
	assert_int_equal(d.n, 0);
	av_diff_done(&d);
	archive_view_done(&b);
	buf_done(&got);
	free(path);
}

/* ---- changes to rootfs/ ---- */

static void gather(struct fixture *f)
{
	const struct initramfs_params p = {.rootfs = fs_is_dir(f->rootfs) ? f->rootfs : NULL, .compression = "none"};
	rootlist_done(&f->list);
	if (rootlist_make(&f->list, &p, &f->e) < 0)
		fail_msg("%s", f->e.msg);
}

static void edit(struct fixture *f, int r)
{
	if (r < 0)
		fail_msg("%s", f->e.msg);
	gather(f);
}

static mode_t mode_of(const struct fixture *f, const char *name)
{
	const struct root_entry *x = rootlist_find(&f->list, name);
	return x != NULL ? x->mode : 0;
}

static void rootfs_is_changed(void **state)
{
	struct fixture *f = *state;
	char *file = fs_join(f->dir, "file"), *dir = fs_join(f->dir, "d");
	sh(f, "echo x >file && chmod 600 file && mkdir -p d/e && echo y >d/e/y && ln -s y d/e/z");
	gather(f);
	edit(f, rootedit_add(&f->edit, file, "/etc/a b", &f->e));
	edit(f, rootedit_add(&f->edit, dir, "opt/d", &f->e));
	edit(f, rootedit_chmod(&f->edit, "4755", "etc/a b", &f->e));
	edit(f, rootedit_chmod(&f->edit, "a-x", "etc/a b", &f->e));
	edit(f, rootedit_chmod(&f->edit, "1777", "opt", &f->e));
	edit(f, rootedit_mkdir(&f->edit, "tmp/x", &f->e));
	edit(f, rootedit_link(&f->edit, "../etc/a b", "opt/l", &f->e));
	edit(f, rootedit_link(&f->edit, "elsewhere", "opt/l", &f->e));
	edit(f, rootedit_node(&f->edit, "dev/ram", "b", 1, 0, &f->e));
	edit(f, rootedit_chmod(&f->edit, "0666", "dev/ram", &f->e));
	assert_int_equal(mode_of(f, "etc/a b"), S_IFREG | 04644);
	assert_int_equal(mode_of(f, "opt"), S_IFDIR | 01777);
	assert_true(S_ISLNK(mode_of(f, "opt/d/e/z")));
	assert_int_equal(mode_of(f, "dev/ram"), S_IFBLK | 0666);
	assert_string_equal(rootlist_find(&f->list, "opt/l")->source, "elsewhere");
	edit(f, rootedit_remove(&f->edit, "opt", &f->e));
	edit(f, rootedit_remove(&f->edit, "dev/ram", &f->e));
	edit(f, rootedit_remove(&f->edit, "/etc/a b", &f->e));
	assert_null(rootlist_find(&f->list, "opt"));
	assert_null(rootlist_find(&f->list, "opt/d/e/y"));
	assert_null(rootlist_find(&f->list, "dev/ram"));
	assert_null(rootlist_find(&f->list, "etc/a b"));
	assert_true(S_ISDIR(mode_of(f, "tmp/x")));
	free(file);
	free(dir);
}

static void edit_fails(struct fixture *f, int r, const char *what)
{
	assert_int_equal(r, -1);
	if (strstr(f->e.msg, what) == NULL)
		fail_msg("no '%s' in: %s", what, f->e.msg);
	err_done(&f->e);
}

static void nothing_outside_is_touched(void **state)
{
	struct fixture *f = *state;
	char *file = fs_join(f->dir, "file");
	sh(f, "echo x >file && mkdir -p outside rootfs && echo keep >outside/keep && ln -s ../outside rootfs/out");
	gather(f);
	edit_fails(f, rootedit_add(&f->edit, file, "../x", &f->e), "..");
	edit_fails(f, rootedit_add(&f->edit, file, "out/x", &f->e), "symlink");
	edit_fails(f, rootedit_mkdir(&f->edit, "out/x", &f->e), "symlink");
	edit_fails(f, rootedit_link(&f->edit, "y", "out/x", &f->e), "symlink");
	edit_fails(f, rootedit_remove(&f->edit, "out/keep", &f->e), "symlink");
	edit_fails(f, rootedit_add(&f->edit, file, "manifest", &f->e), "manifest");
	edit_fails(f, rootedit_remove(&f->edit, "nosuch", &f->e), "no /nosuch");
	edit_fails(f, rootedit_remove(&f->edit, "dev/console", &f->e), "always");
	edit_fails(f, rootedit_chmod(&f->edit, "0999", "out", &f->e), "no mode");
	edit_fails(f, rootedit_chmod(&f->edit, "0755", "out", &f->e), "link");
	edit_fails(f, rootedit_node(&f->edit, "n", "x", 1, 1, &f->e), "c (character)");
	edit(f, rootedit_remove(&f->edit, "out", &f->e)); /* the link goes, not what it leads to */
	sh(f, "[ \"$(ls outside)\" = keep ] && [ ! -e rootfs/out ] && [ ! -e x ]");
	free(file);
}

static void libraries_are_found_by_reading(void **state)
{
	struct fixture *f = *state;
	struct elfneed need;
	struct strv added = {0};
	sh(f, "echo 'int main(void) { return 0; }' | gcc -x c - -o dyn -lm -Wl,--no-as-needed -lpthread && "
	      "echo 'int main(void) { return 0; }' | gcc -static -x c - -o static && echo '#!/bin/sh' >script && "
	      "head -c 200 dyn >cut && echo 'int f(void) { return 1; }' | gcc -m64 -shared -x c - -o libown.so && "
	      "echo 'int f(void); int main(void) { return f(); }' | gcc -x c - -o own -L. -lown -Wl,-rpath,'$ORIGIN' "
	      "&& "
	      "cp own lost && mkdir away && mv lost away");
	char *path = fs_join(f->dir, "dyn");
	assert_int_equal(elfneed_read(&need, path, &f->e), 0);
	assert_true(need.is_elf && !need.is_static);
	assert_true(need.n >= 2);
	assert_string_equal(need.v[0].guest, "lib64/ld-linux-x86-64.so.2");
	for (size_t i = 0; i < need.n; i++) {
		assert_non_null(need.v[i].host);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(need.v[i].host, need.v[k].host);
	}
	elfneed_done(&need);
	free(path);
	gather(f);
	path = fs_join(f->dir, "own");
	edit(f, rootedit_add_libs(&f->edit, path, &added, &f->e));
	assert_true(strv_has(&added, "lib/x86_64-linux-gnu/libc.so.6"));
	assert_true(S_ISREG(mode_of(f, "lib/x86_64-linux-gnu/libc.so.6")));
	assert_true(mode_of(f, "lib64/ld-linux-x86-64.so.2") & 0111);
	free(path);
	path = fs_join(f->dir, "away/lost");
	edit_fails(f, rootedit_add_libs(&f->edit, path, &added, &f->e), "libown.so");
	free(path);
	path = fs_join(f->dir, "static");
	assert_int_equal(elfneed_read(&need, path, &f->e), 0);
	assert_true(need.is_static && need.n == 0);
	free(path);
	path = fs_join(f->dir, "script");
	assert_int_equal(elfneed_read(&need, path, &f->e), 0);
	assert_false(need.is_elf);
	free(path);
	path = fs_join(f->dir, "cut");
	elfneed_read(&need, path, &f->e); /* damaged: only that it ends well */
	elfneed_done(&need);
	free(path);
	strv_done(&added);
}

/* ---- mutation ---- */

static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Look at everything that a viewer would. */
static void look(const struct archive_view *v)
{
	struct av_field g[AV_FIELDS_MAX];
	struct av_diff d;
	for (size_t i = 0; i < v->n_entry; i++) {
		size_t n = archive_view_fields(v, &v->v[i], g);
		for (size_t k = 0; k < n; k++)
			assert_true(g[k].at <= v->n && g[k].n <= v->n - g[k].at);
		assert_true(v->v[i].data <= v->n && v->v[i].size <= v->n - v->v[i].data);
		free(av_notes_text(v->v[i].notes));
	}
	archive_view_find(v, "init");
	av_diff_make(&d, v, v);
	assert_int_equal(d.n, 0);
	av_diff_done(&d);
}

static void mutate(char *bytes, size_t *n, uint32_t *seed)
{
	static const char digit[] = "0123456789abcdefFG/\0.";
	for (uint32_t k = next(seed) % 6 + 1; k > 0; k--) {
		size_t at = next(seed) % *n;
		switch (next(seed) % 5) {
		case 0:
			bytes[at] = (char)next(seed);
			break;
		case 1:
			*n = at + 1;
			break;
		case 2: {
			size_t from = next(seed) % *n, most = *n - (at > from ? at : from);
			memmove(bytes + at, bytes + from, next(seed) % (most > 64 ? 64 : most));
			break;
		}
		default:
			bytes[at] = digit[next(seed) % (sizeof(digit) - 1)];
		}
	}
}

static void mutated_archives_do_no_harm(void **state)
{
	struct fixture *f = *state;
	static const char *const file[] = {"newc", "odc", "gz", "xz", "zst"};
	const char *rounds = getenv("KILN_FUZZ_ROUNDS");
	uint32_t seed = 20240607;
	sh(f, make_tree);
	sh(f, "cd t && find . | cpio -o --quiet -H newc | head -c 2000 >../newc; find . | cpio -o --quiet -H odc | "
	      "head -c 1500 >../odc;"
	      "cd .. && gzip -c newc >gz && xz -c newc >xz && zstd -qc newc >zst");
	for (size_t i = 0; i < ARRAY_LEN(file); i++) {
		size_t len;
		char *path = fs_join(f->dir, file[i]), *good = fs_read(path, &len, &f->e);
		for (long k = rounds != NULL ? atol(rounds) : 1500; k > 0; k--) {
			size_t n = len;
			char *bytes = xmalloc(len);
			memcpy(bytes, good, len);
			mutate(bytes, &n, &seed);
			struct err e = {0};
			int r = archive_view_bytes(&f->v, "it", bytes, n, &e);
			assert_int_equal(r < 0, err_is(&e));
			look(&f->v);
			archive_view_done(&f->v);
			err_done(&e);
			free(bytes);
		}
		free(good);
		free(path);
	}
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		WITH(every_form_is_read),
		WITH(archives_one_after_another),
		WITH(fields_cover_an_entry),
		WITH(hostile_archives_are_errors_with_their_byte),
		WITH(odd_names_are_noted),
		WITH(bomb_is_bounded),
		WITH(differences_are_told),
		WITH(rootfs_is_changed),
		WITH(nothing_outside_is_touched),
		WITH(libraries_are_found_by_reading),
		WITH(mutated_archives_do_no_harm),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
