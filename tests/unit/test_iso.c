/* Images: the same bytes for the same inputs, found and read again by isofile; hostile images (seeded mutations of a
 * real one) neither crash nor hang the reader; a stick is read back, and what goes wrong half way is told. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "core/fs.h"
#include "core/iso.h"
#include "core/isofile.h"
#include "core/stick.h"
#include "core/str.h"

struct fixture {
	char dir[64];
	char *kernel, *initramfs, *extra, *esp, *out;
	struct iso_params p;
	uint8_t *image;
	size_t n;
};

static char *put(const struct fixture *f, const char *rel, const char *text, size_t n)
{
	struct err e = {0};
	char *path = fs_join(f->dir, rel), *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	if (fs_mkdirs(dir, &e) < 0 || fs_write(path, text, n, 0644, &e) < 0)
		fail_msg("%s", e.msg);
	free(dir);
	return path;
}

static bool have_loader(void)
{
	struct err e = {0};
	char *path = iso_loader_file("isolinux.bin", &e), *more = iso_loader_file("ldlinux.c32", &e);
	bool there = path != NULL && more != NULL;
	free(path);
	free(more);
	err_done(&e);
	return there;
}

static void write_image(struct fixture *f)
{
	struct err e = {0};
	struct iso_result r;
	if (iso_write(&f->p, &r, &e) < 0)
		fail_msg("%s", e.msg);
	free(f->image);
	f->image = (uint8_t *)fs_read(f->out, &f->n, &e);
	assert_non_null(f->image);
	assert_int_equal(r.size, f->n);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	char esp[5000];
	strcpy(f->dir, "/tmp/kiln-iso-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	memset(esp, 'E', sizeof(esp));
	f->kernel = put(f, "bzImage", "kernel", 6);
	f->initramfs = put(f, "initramfs.cpio", "archive", 7);
	f->esp = put(f, "esp.img", esp, sizeof(esp));
	free(put(f, "iso/folder/deep/file.txt", "a", 1));
	free(put(f, "iso/ü 世界", "b", 1));
	f->extra = fs_join(f->dir, "iso");
	f->out = fs_join(f->dir, "image.iso");
	f->p = (struct iso_params){.kernel = f->kernel,
		.initramfs = f->initramfs,
		.cmdline = "panic=-1",
		.label = "TEST_1",
		.extra = f->extra,
		.esp = f->esp,
		.out = f->out};
	*state = f;
	if (have_loader())
		write_image(f);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct err ignored = {0};
	fs_remove_tree(f->dir, &ignored);
	err_done(&ignored);
	free(f->kernel);
	free(f->initramfs);
	free(f->extra);
	free(f->esp);
	free(f->out);
	free(f->image);
	free(f);
	return 0;
}

static void what_was_written_is_found(void **state)
{
	struct fixture *f = *state;
	struct isofile i;
	struct err e = {0};
	uint32_t lba = 0, size = 0;
	if (!have_loader())
		skip();
	assert_int_equal(isofile_parse(&i, "it", f->image, f->n, &e), 0);
	assert_string_equal(i.label, "TEST_1");
	assert_int_equal(i.sectors * ISO_SECTOR, f->n);
	assert_int_equal(i.n_boot, 2);
	assert_int_equal(i.boot[0].platform, 0);
	assert_int_equal(i.boot[1].platform, 0xef);
	assert_true(i.boot[0].bootable && i.boot[1].bootable && i.mbr);
	assert_int_equal(i.partition[0], 0x17);
	assert_int_equal(i.partition[1], 0xef);
	assert_int_equal(isofile_find(f->image, f->n, "/efi.img", &lba, &size), 0);
	assert_int_equal(size, 5000);
	assert_int_equal(lba, i.boot[1].lba);
	assert_int_equal(i.boot[1].sectors, 10);
	assert_int_equal(isofile_find(f->image, f->n, "/LINUX", &lba, &size), 0);
	assert_memory_equal(f->image + (size_t)lba * ISO_SECTOR, "kernel", 6);
	assert_int_equal(isofile_find(f->image, f->n, "/folder/deep/file.txt", &lba, &size), 0);
	assert_memory_equal(f->image + (size_t)lba * ISO_SECTOR, "a", 1);
	assert_int_equal(isofile_find(f->image, f->n, "/folder", &lba, &size), -1);
	assert_int_equal(isofile_find(f->image, f->n, "/nosuch", &lba, &size), -1);
	assert_int_equal(isofile_find(f->image, f->n, "/linux/nosuch", &lba, &size), -1);
}

/* The boot information table in isolinux.bin (its bytes 8 to 23): where it is, how long, and the sum over the rest. */
static void loader_is_told_where_it_is(void **state)
{
	struct fixture *f = *state;
	uint32_t lba, size, table[4], sum = 0;
	if (!have_loader())
		skip();
	assert_int_equal(isofile_find(f->image, f->n, "/isolinux.bin", &lba, &size), 0);
	const uint8_t *loader = f->image + (size_t)lba * ISO_SECTOR;
	memcpy(table, loader + 8, sizeof(table));
	assert_int_equal(table[0], 16);
	assert_int_equal(table[1], lba);
	assert_int_equal(table[2], size);
	for (uint32_t at = 64; at < size; at += 4) {
		uint32_t word = 0;
		memcpy(&word, loader + at, size - at < 4 ? size - at : 4);
		sum += word;
	}
	assert_int_equal(table[3], sum);
	memcpy(table, f->image + 432, 4); /* and so is the MBR's code */
	assert_int_equal(table[0], lba * 4);
}

static void same_inputs_same_bytes(void **state)
{
	struct fixture *f = *state;
	char one[65], two[65];
	if (!have_loader())
		skip();
	fs_sha256(f->image, f->n, one);
	for (int seconds = 0; seconds < 2; seconds++) { /* file times of another year */
		const struct timespec then[2] = {{1000000000, 0}, {1000000000 + seconds, 0}};
		assert_int_equal(utimensat(AT_FDCWD, f->kernel, then, 0), 0);
		write_image(f);
		fs_sha256(f->image, f->n, two);
		assert_string_equal(one, two);
	}
	f->p.cmdline = "panic=-1 quiet";
	write_image(f);
	fs_sha256(f->image, f->n, two);
	assert_string_not_equal(one, two);
}

static void refused(struct fixture *f, const char *what)
{
	struct err e = {0};
	struct iso_result r;
	unlink(f->out);
	assert_int_equal(iso_write(&f->p, &r, &e), -1);
	char *text = err_text(&e);
	if (strstr(text, what) == NULL)
		fail_msg("no '%s' in: %s", what, text);
	assert_false(fs_exists(f->out));
	free(text);
	err_done(&e);
}

static void bad_input_is_refused(void **state)
{
	struct fixture *f = *state;
	if (!have_loader())
		skip();
	f->p.label = "lower";
	refused(f, "A-Z, 0-9 and _");
	f->p.label = "";
	refused(f, "0 characters");
	f->p.label = "0123456789012345678901234567890123456789";
	refused(f, "40 characters");
	f->p.label = "OK";
	f->p.cmdline = "a\nkernel /other";
	refused(f, "more than one line");
	f->p.cmdline = "ok";
	f->p.kernel = "/nosuch";
	refused(f, "/nosuch");
	f->p.kernel = f->kernel;
	f->p.out = "/nosuch/image.iso";
	refused(f, "/nosuch/image.iso");
	f->p.out = f->out;
	free(put(f, "iso/ISOLINUX.CFG", "x", 1));
	refused(f, "would replace");
}

/* xorshift: the same numbers everywhere. */
static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	return *seed ^= *seed << 5;
}

/* Break it where the structure is, up to the first file's data, in some of the ways that hurt. */
static void mutate(uint8_t *image, size_t n, uint32_t *seed)
{
	static const uint8_t nasty[] = {0, 1, 2, 33, 34, 127, 128, 254, 255};
	size_t end = n < 60 * ISO_SECTOR ? n : 60 * ISO_SECTOR, begin = ISO_SYSTEM_AREA;
	for (uint32_t i = 1 + next(seed) % 12; i > 0 && end > begin; i--) {
		size_t at = begin + next(seed) % (end - begin);
		if (next(seed) % 2 == 0) /* near the beginning of a sector, where records are */
			at = at / ISO_SECTOR * ISO_SECTOR + at % 200;
		if (at >= n)
			continue;
		image[at] = next(seed) % 3 == 0 ? nasty[next(seed) % sizeof(nasty)] : (uint8_t)next(seed);
		if (next(seed) % 8 == 0 && at + 4 <= n)
			memset(image + at, next(seed) % 2 == 0 ? 0xff : 0, 4);
	}
}

static void read_all(uint8_t *image, size_t n)
{
	static const char *const name[] = {"/efi.img", "/folder/deep/file.txt", "/", "", "//", "/a/b/c/d/e/f/g/h/i"};
	struct isofile f;
	struct err e = {0};
	uint32_t lba = 0, size = 0;
	if (isofile_parse(&f, "it", image, n, &e) == 0)
		assert_true(f.n_boot <= ISO_BOOT_MAX && strlen(f.label) <= 32);
	else
		assert_non_null(e.msg);
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		if (isofile_find(image, n, name[i], &lba, &size) == 0)
			assert_true((uint64_t)lba * ISO_SECTOR + size <= n);
	isofile_fix_dates(image, n);
	err_done(&e);
}

static void hostile_images(void **state)
{
	struct fixture *f = *state;
	if (!have_loader())
		skip();
	const char *all = getenv("KILN_CHECK_ALL");
	const uint32_t rounds = all != NULL ? 200000 : 8000;
	for (uint32_t round = 1; round <= rounds; round++) {
		uint32_t seed = round * 2654435761u;
		size_t n = next(&seed) % 4 == 0 ? next(&seed) % f->n : f->n < 140000 ? f->n : 140000;
		uint8_t *copy = xmalloc(n > 0 ? n : 1); /* exactly as large: one byte beyond is seen */
		memcpy(copy, f->image, n);
		if (n >= ISO_SYSTEM_AREA + 84 && next(&seed) % 2 == 0)
			memset(copy + ISO_SYSTEM_AREA + 80, 0, 4); /* a volume size that any cut satisfies */
		mutate(copy, n, &seed);
		read_all(copy, n);
		free(copy);
	}
}

/* Directories that contain each other, and continuation areas that continue in themselves, end. */
static void endless_images_end(void **state)
{
	enum { N = 64 * ISO_SECTOR };
	uint8_t *image = xcalloc(1, N), *pvd = image + ISO_SYSTEM_AREA;
	(void)state;
	memcpy(pvd, "\1CD001\1", 7);
	memcpy(pvd + ISO_SECTOR, "\377CD001\1", 7);
	pvd[156] = 34;
	pvd[158] = 20;
	memset(pvd + 166, 0xff, 3);
	for (size_t s = 20; s < 64; s++) /* every sector full of folders that begin at sector 20 */
		for (size_t at = s * ISO_SECTOR; at + 70 <= (s + 1) * ISO_SECTOR; at += 70) {
			uint8_t *r = image + at;
			r[0] = 70;
			r[2] = 20;
			memset(r + 10, 0xff, 3);
			r[25] = 2;
			r[32] = 1;
			r[33] = 'A';
			memcpy(r + 34, "CE\34\1", 4); /* continues 34 bytes into sector 20, which is this very entry */
			r[38] = 20;
			r[46] = 34;
			r[54] = 36;
		}
	read_all(image, N);
	free(image);
}

/* --- the stick --- */

struct writing {
	const char *stick;
	struct stick_op *op;
	bool spoil, cancel; /* change the stick before it is read back; cancel at the first progress */
	bool cancel_late;   /* cancel while it is read back */
	bool done;
	struct err e;
};

static void on_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct writing *w = ctx;
	assert_true(done <= total);
	if (w->cancel || (w->cancel_late && strcmp(what, "reading back") == 0))
		stick_cancel(w->op);
	if (!w->spoil || strcmp(what, "reading back") != 0)
		return;
	int fd = open(w->stick, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "?", 1, 100000), 1);
	close(fd);
}

static void on_done(void *ctx, struct err *e)
{
	struct writing *w = ctx;
	w->done = true;
	err_move(&w->e, e);
}

static void write_stick(struct fixture *f, struct writing *w, char *image)
{
	uv_loop_t loop;
	struct stick s;
	struct err e = {0};
	const struct op_cb cb = {on_progress, NULL, NULL, on_done, w};
	char *path = put(f, "stick", "", 0);
	uv_loop_init(&loop);
	w->stick = path;
	assert_int_equal(stick_look(&s, path, true, &e), 0);
	assert_true(s.file);
	w->op = stick_write(&loop, &s, image, &cb, &e);
	assert_non_null(w->op);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_true(w->done);
	assert_int_equal(uv_loop_close(&loop), 0);
	stick_done(&s);
	free(path);
}

/* Three chunks of bytes that differ, with the mark of a boot record. Returns owned path. */
static char *three_chunks(struct fixture *f)
{
	enum { N = (3 << 20) - 777 };
	char *bytes = xmalloc(N);
	for (size_t i = 0; i < N; i++)
		bytes[i] = (char)(i * 31 + i / 4096);
	memcpy(bytes + 510, "\x55\xaa", 2);
	char *path = put(f, "big.img", bytes, N);
	free(bytes);
	return path;
}

static void stick_is_read_back(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	char *image = three_chunks(f), *stick = fs_join(f->dir, "stick"), one[65], two[65];
	struct writing w = {0}, spoilt = {.spoil = true};
	write_stick(f, &w, image);
	assert_null(w.e.msg);
	assert_int_equal(fs_sha256_file(image, one, &e), 0);
	assert_int_equal(fs_sha256_file(stick, two, &e), 0);
	assert_string_equal(one, two);
	write_stick(f, &spoilt, image);
	assert_int_equal(spoilt.e.code, ERR_WORLD);
	assert_non_null(strstr(spoilt.e.msg, "gives back other bytes"));
	assert_non_null(spoilt.e.hint);
	err_done(&spoilt.e);
	free(image);
	free(stick);
}

static void stick_takes_only_what_boots(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	struct stick s;
	char bytes[1024] = {0};
	char *image = put(f, "zeros.img", bytes, sizeof(bytes)), *path = put(f, "stick", "", 0);
	assert_int_equal(stick_look(&s, path, true, &e), 0);
	const struct op_cb none = {0};
	uv_loop_t loop;
	uv_loop_init(&loop);
	assert_null(stick_write(&loop, &s, image, &none, &e));
	assert_int_equal(e.code, ERR_INPUT);
	assert_non_null(strstr(e.msg, "55 aa"));
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(fs_size(path), 0);
	err_done(&e);
	stick_done(&s);
	free(image);
	free(path);
}

static void stick_interrupted(void **state)
{
	struct fixture *f = *state;
	char *image = three_chunks(f), *stick = fs_join(f->dir, "stick");
	struct writing early = {.cancel = true}, late = {.cancel_late = true};
	write_stick(f, &early, image);
	assert_int_equal(early.e.code, ERR_CANCELLED);
	assert_non_null(strstr(early.e.msg, "half written and not bootable"));
	assert_non_null(early.e.hint);
	assert_true(fs_size(stick) < fs_size(image));
	write_stick(f, &late, image);
	assert_int_equal(late.e.code, ERR_CANCELLED);
	assert_non_null(strstr(late.e.msg, "not read back"));
	err_done(&early.e);
	err_done(&late.e);
	free(image);
	free(stick);
}

static void not_a_disk(const char *path, bool allow_file)
{
	struct stick s;
	struct err e = {0};
	assert_int_equal(stick_look(&s, path, allow_file, &e), -1);
	assert_non_null(e.msg);
	stick_done(&s);
	err_done(&e);
}

static void only_disks_are_taken(void **state)
{
	struct fixture *f = *state;
	not_a_disk(f->dir, true);
	not_a_disk(f->kernel, false);
	not_a_disk("/dev/null", true);
	not_a_disk("/nosuch", true);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test_setup_teardown(what_was_written_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(loader_is_told_where_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(same_inputs_same_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_input_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_images, setup, teardown),
		cmocka_unit_test(endless_images_end),
		cmocka_unit_test_setup_teardown(stick_is_read_back, setup, teardown),
		cmocka_unit_test_setup_teardown(stick_takes_only_what_boots, setup, teardown),
		cmocka_unit_test_setup_teardown(stick_interrupted, setup, teardown),
		cmocka_unit_test_setup_teardown(only_disks_are_taken, setup, teardown),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(test, NULL, NULL);
}
