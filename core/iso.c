/* iso: see iso.h. The image is made in memory: libarchive writes it, then the bytes it leaves to chance (dates) or does
 * not know of (second boot entry, MBR) are patched, then the file is replaced whole. */
#include "core/iso.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include "core/archive_view.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/isofile.h"
#include "core/isosqueeze.h"
#include "core/str.h"

/* Characters in a name: Joliet takes 64 of them, longer ones would be cut. */
#define ISO_NAME_MAX 64
/* The kernel's command line ends at 2047 bytes; the loader puts BOOT_IMAGE= and initrd= before ours. */
#define ISO_CMDLINE_MAX 1900

static const char *const loader_dir[] = {
	"/usr/lib/ISOLINUX", "/usr/lib/syslinux/modules/bios", "/usr/share/syslinux", "/usr/lib/syslinux/bios"};

char *iso_loader_file(const char *name, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(loader_dir); i++) {
		char *path = fs_join(loader_dir[i], name);
		if (fs_size(path) > 0)
			return path;
		free(path);
	}
	err_set(e, ERR_WORLD, _("%s is not installed: it boots the image"), name);
	err_hint(e, _("apt-get install %s"), strcmp(name, "ldlinux.c32") == 0 ? "syslinux-common" : "isolinux");
	return NULL;
}

static int check_label(const char *label, struct err *e)
{
	size_t n = strlen(label);
	if (n == 0 || n > 32)
		return err_set(e, ERR_INPUT, _("the label `%s` has %zu characters: ISO 9660 allows 1 to 32"), label, n);
	if (strspn(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != n)
		return err_set(
			e, ERR_INPUT, _("the label `%s` may hold only A-Z, 0-9 and _ (ISO 9660 d-characters)"), label);
	return 0;
}

/* What goes on the image is collected first, so that nothing can fail half way but libarchive itself. */
struct item {
	char *name;  /* on the image, owned */
	char *bytes; /* owned; NULL: a folder */
	size_t n;
};

struct writer {
	struct archive *a;
	struct buf image;
	struct item *item;
	size_t n_item, cap_item;
	const struct iso_params *p;
	struct err *e;
};

/* Takes bytes. */
static void add_item(struct writer *w, const char *name, char *bytes, size_t n)
{
	if (w->n_item == w->cap_item) {
		w->cap_item = w->cap_item > 0 ? 2 * w->cap_item : 16;
		w->item = xrealloc(w->item, w->cap_item * sizeof(*w->item));
	}
	w->item[w->n_item++] = (struct item){xstrdup(name), bytes, n};
}

static int add_file(struct writer *w, const char *name, const char *path)
{
	size_t n = 0;
	char *bytes = fs_read(path, &n, w->e);
	if (bytes == NULL)
		return -1;
	add_item(w, name, bytes, n);
	return 0;
}

static int add_loader(struct writer *w, const char *name)
{
	char *path = iso_loader_file(name, w->e);
	int r = path != NULL ? add_file(w, name, path) : -1;
	free(path);
	return r;
}

static void add_config(struct writer *w)
{
	struct buf b = {0};
	const struct iso_params *p = w->p;
	if (p->serial)
		buf_adds(&b, "serial 0 115200\n");
	buf_adds(&b, "default linux\n");
	buf_addf(&b, "prompt %d\ntimeout %ld\n", p->timeout > 0, p->timeout * 10);
	buf_addf(&b, "label linux\n  kernel /linux\n  initrd /init.cpio\n  append %s\n", p->cmdline);
	size_t n = b.n;
	add_item(w, "isolinux.cfg", buf_take(&b), n);
}

/* Names that the image itself uses: a file of the user's must not take their place. */
static const char *const own_name[] = {
	"boot.cat", "isolinux.bin", "ldlinux.c32", "isolinux.cfg", "linux", "init.cpio", "efi.img"};

/* Control characters, and what Joliet does not take. */
static bool has_odd_character(const char *name)
{
	for (; *name != '\0'; name++)
		if ((unsigned char)*name < 0x20 || *name == 0x7f || strchr("\\*?:;", *name) != NULL)
			return true;
	return false;
}

/* May a file of iso/ be called that? path: for the message; top: at the top of the image. */
static int check_name(const char *path, const char *name, bool top, struct err *e)
{
	char *shown = av_printable(path);
	mbstate_t state = {0};
	const char *p = name;
	size_t n = mbsrtowcs(NULL, &p, 0, &state);
	if (n == (size_t)-1) {
		err_set(e, ERR_INPUT, _("%s: its name is not UTF-8: the image could not say how to show it"), shown);
	} else if (n > ISO_NAME_MAX) {
		err_set(e, ERR_INPUT, _("%s: its name has %zu characters: an image takes %d"), shown, n, ISO_NAME_MAX);
	} else if (has_odd_character(name)) {
		err_set(e, ERR_INPUT, _("%s: its name has a character that names on an image must not have"), shown);
	}
	for (size_t i = 0; top && i < ARRAY_LEN(own_name); i++)
		if (strcasecmp(name, own_name[i]) == 0)
			err_set(e, ERR_INPUT, _("%s would replace the image's own %s"), shown, own_name[i]);
	err_hint(e, _("rename it"));
	free(shown);
	return err_is(e) ? -1 : 0;
}

static int add_folder(struct writer *w, const char *dir, const char *prefix, int depth);

static int add_extra(struct writer *w, const char *path, const char *name, int depth)
{
	struct stat st;
	const char *slash = strrchr(name, '/');
	if (check_name(path, slash != NULL ? slash + 1 : name, slash == NULL, w->e) < 0)
		return -1;
	if (lstat(path, &st) < 0)
		return err_sys(w->e, errno, _("cannot read %s"), path);
	if (S_ISDIR(st.st_mode))
		return add_folder(w, path, name, depth + 1);
	if (!S_ISREG(st.st_mode))
		return err_set(
			w->e, ERR_INPUT, _("%s is neither a file nor a folder: only those go on the image"), path);
	return add_file(w, name, path);
}

/* Everything of a folder, sorted by name, so that the bytes do not depend on the disk. */
static int add_folder(struct writer *w, const char *dir, const char *prefix, int depth)
{
	struct strv name = {0};
	if (depth > 7)
		return err_set(w->e, ERR_INPUT, _("%s: folders nest too deep for ISO 9660 (8 levels)"), dir);
	DIR *d = opendir(dir);
	if (d == NULL)
		return err_sys(w->e, errno, _("cannot read %s"), dir);
	if (prefix[0] != '\0')
		add_item(w, prefix, NULL, 0);
	for (struct dirent *en; (en = readdir(d)) != NULL;)
		if (strcmp(en->d_name, ".") != 0 && strcmp(en->d_name, "..") != 0)
			strv_add(&name, en->d_name);
	closedir(d);
	strv_sort(&name);
	int r = 0;
	for (size_t i = 0; i < name.n && r == 0; i++) {
		char *path = fs_join(dir, name.v[i]);
		char *at = prefix[0] != '\0' ? fs_join(prefix, name.v[i]) : xstrdup(name.v[i]);
		r = add_extra(w, path, at, depth);
		free(path);
		free(at);
	}
	strv_done(&name);
	return r;
}

static int collect(struct writer *w)
{
	const struct iso_params *p = w->p;
	if (add_loader(w, "isolinux.bin") < 0 || add_loader(w, "ldlinux.c32") < 0)
		return -1;
	add_config(w);
	if (add_file(w, "linux", p->kernel) < 0 || add_file(w, "init.cpio", p->initramfs) < 0)
		return -1;
	if (p->esp != NULL && add_file(w, "efi.img", p->esp) < 0)
		return -1;
	return p->extra != NULL ? add_folder(w, p->extra, "", 0) : 0;
}

static la_ssize_t on_write(struct archive *a, void *ctx, const void *bytes, size_t n)
{
	(void)a;
	struct writer *w = ctx;
	buf_add(&w->image, bytes, n);
	return (la_ssize_t)n;
}

static int fail(struct writer *w, const char *what)
{
	const char *why = archive_error_string(w->a);
	err_set(w->e, ERR_WORLD, _("cannot put %s on the image: %s"), what,
		why != NULL ? why : "libarchive gave no reason");
	if (archive_errno(w->a) == ENOSPC)
		err_hint(w->e, _("the disk of $TMPDIR is full: free some space and run again"));
	return -1;
}

static int set_option(struct writer *w, const char *key, const char *value)
{
	return archive_write_set_format_option(w->a, "iso9660", key, value) >= ARCHIVE_WARN ? 0 : fail(w, key);
}

static int begin(struct writer *w)
{
	static const char *const fixed[][2] = {{"iso-level", "3"}, {"rockridge", "useful"}, {"pad", NULL},
		{"application-id", "KILN"}, {"boot", "isolinux.bin"}, {"boot-catalog", "boot.cat"},
		{"boot-type", "no-emulation"}, {"boot-load-size", "4"}, {"boot-info-table", "1"}};
	w->a = archive_write_new();
	archive_write_set_format_iso9660(w->a);
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (set_option(w, fixed[i][0], fixed[i][1]) < 0)
			return -1;
	if (w->p->extra == NULL && set_option(w, "joliet", NULL) < 0)
		return -1;
	if (set_option(w, "volume-id", w->p->label) < 0)
		return -1;
	archive_write_set_bytes_per_block(w->a, 0);
	return archive_write_open(w->a, w, NULL, on_write, NULL) == ARCHIVE_OK ? 0 : fail(w, "the first block");
}

static int put_item(struct writer *w, const struct item *x)
{
	struct archive_entry *en = archive_entry_new();
	archive_entry_set_pathname(en, x->name);
	archive_entry_set_filetype(en, x->bytes != NULL ? AE_IFREG : AE_IFDIR);
	archive_entry_set_perm(en, x->bytes != NULL ? 0444 : 0555);
	archive_entry_set_size(en, (la_int64_t)x->n);
	archive_entry_set_mtime(en, 0, 0);
	archive_entry_set_atime(en, 0, 0);
	archive_entry_set_ctime(en, 0, 0);
	int r = archive_write_header(w->a, en) >= ARCHIVE_WARN ? 0 : fail(w, x->name);
	archive_entry_free(en);
	if (r == 0 && x->n > 0 && archive_write_data(w->a, x->bytes, x->n) != (la_ssize_t)x->n)
		r = fail(w, x->name);
	return r;
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v & 0xffff);
	put16(p + 2, v >> 16);
}

/* The four dates of every volume descriptor (ECMA-119 8.4.26): creation and modification 1970, no expiry, in effect.
 */
static void fix_dates(uint8_t *image, size_t n)
{
	static const char date[4][18] = {
		"1970010100000000", "1970010100000000", "0000000000000000", "0000000000000000"};
	size_t at = ISO_SYSTEM_AREA;
	for (; at + ISO_SECTOR <= n && image[at] != 255; at += ISO_SECTOR)
		for (int i = 0; i < 4 && (image[at] == 1 || image[at] == 2); i++) {
			memcpy(image + at + 813 + 17 * i, date[i], 16);
			image[at + 813 + 17 * i + 16] = 0;
		}
}

/* A second boot entry, for UEFI: a section of platform 0xef whose image is the EFI system partition's file. */
static void add_efi_entry(uint8_t *catalog, uint32_t lba, uint32_t size)
{
	uint8_t *header = catalog + 64, *entry = catalog + 96;
	uint32_t sectors = (size + 511) / 512;
	header[0] = 0x91;
	header[1] = 0xef;
	put16(header + 2, 1);
	entry[0] = 0x88;
	put16(entry + 6, sectors > 0xffff ? 0 : sectors);
	put32(entry + 8, lba);
}

static void add_partition(uint8_t *entry, uint8_t type, uint32_t lba512, uint32_t count, bool active)
{
	static const uint8_t no_chs[3] = {0xfe, 0xff, 0xff}; /* "use LBA" */
	entry[0] = active ? 0x80 : 0;
	memcpy(entry + 1, lba512 == 0 ? (const uint8_t[3]){0, 1, 0} : no_chs, 3);
	entry[4] = type;
	memcpy(entry + 5, no_chs, 3);
	put32(entry + 8, lba512);
	put32(entry + 12, count);
}

/* The MBR of a hybrid: ISOLINUX's code, at 432 the place of isolinux.bin in 512-byte sectors, at 440 a disk identity,
 * then the partitions: the whole image, and the EFI system partition within it. */
static int add_mbr(struct writer *w, const struct isofile *f, uint32_t esp_lba, uint32_t esp_size)
{
	char *path = iso_loader_file("isohdpfx.bin", w->e);
	size_t n = 0;
	char *code = path != NULL ? fs_read(path, &n, w->e) : NULL;
	free(path);
	if (code == NULL || n != 432) {
		free(code);
		return err_set(w->e, ERR_WORLD, _("isohdpfx.bin is not the 432 bytes of MBR code that are expected"));
	}
	uint8_t *mbr = (uint8_t *)w->image.p;
	memcpy(mbr, code, 432);
	free(code);
	put32(mbr + 432, f->boot[0].lba * 4);
	put32(mbr + 436, 0);
	put32(mbr + 440, 0x6e6c696b); /* "kiln" */
	put16(mbr + 444, 0);
	add_partition(mbr + 446, 0x17, 0, (uint32_t)(w->image.n / 512), true);
	if (esp_size > 0)
		add_partition(mbr + 462, 0xef, esp_lba * 4, (esp_size + 511) / 512, false);
	mbr[510] = 0x55;
	mbr[511] = 0xaa;
	return 0;
}

static int patch(struct writer *w)
{
	struct isofile f;
	uint8_t *image = (uint8_t *)w->image.p;
	uint32_t lba = 0, size = 0;
	w->image.n = isosqueeze(image, w->image.n);
	if (isofile_parse(&f, "the image just written", image, w->image.n, w->e) < 0)
		return -1;
	if (f.n_boot == 0)
		return err_set(w->e, ERR_WORLD, _("libarchive wrote no boot entry: is it older than 3.1?"));
	fix_dates(image, w->image.n);
	isofile_fix_dates(image, w->image.n);
	if (w->p->esp != NULL) {
		if (isofile_find(image, w->image.n, "/efi.img", &lba, &size) < 0)
			return err_set(w->e, ERR_WORLD, _("the EFI system partition is not where it was written"));
		add_efi_entry(image + (size_t)f.catalog_lba * ISO_SECTOR, lba, size);
	}
	return add_mbr(w, &f, lba, size);
}

static int64_t loader_size(struct err *e)
{
	static const char *const name[] = {"isolinux.bin", "ldlinux.c32"};
	int64_t sum = 0;
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		char *path = iso_loader_file(name[i], e);
		sum += path != NULL ? fs_size(path) : 0;
		free(path);
	}
	return sum;
}

/* Write the archive, then patch it, in memory. */
static int make_image(struct writer *w)
{
	if (collect(w) < 0)
		return -1;
	int done = begin(w);
	for (size_t i = 0; i < w->n_item && done == 0; i++)
		done = put_item(w, &w->item[i]);
	if (done == 0 && archive_write_close(w->a) != ARCHIVE_OK)
		done = fail(w, "the directory");
	if (done < 0) /* else freeing it finishes an image that lacks files, where libarchive 3.6 overruns a buffer */
		archive_write_fail(w->a);
	archive_write_free(w->a);
	return done == 0 ? patch(w) : -1;
}

static void writer_done(struct writer *w)
{
	for (size_t i = 0; i < w->n_item; i++) {
		free(w->item[i].name);
		free(w->item[i].bytes);
	}
	free(w->item);
	buf_done(&w->image);
}

static int check_params(const struct iso_params *p, struct err *e)
{
	size_t n = strlen(p->cmdline);
	if (check_label(p->label, e) < 0)
		return -1;
	if (n > ISO_CMDLINE_MAX)
		return err_set(e, ERR_INPUT, _("the kernel command line has %zu bytes: an image's may have %d"), n,
			ISO_CMDLINE_MAX);
	if (strpbrk(p->cmdline, "\r\n") != NULL)
		return err_set(e, ERR_INPUT, _("the kernel command line has more than one line"));
	return 0;
}

int iso_write(const struct iso_params *p, struct iso_result *r, struct err *e)
{
	struct writer w = {.p = p, .e = e};
	if (check_params(p, e) < 0)
		return -1;
	/* libarchive reads names in the locale: the bytes must not depend on the user's */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
	int done = make_image(&w);
	if (utf8 != (locale_t)0) {
		uselocale(before);
		freelocale(utf8);
	}
	if (done == 0)
		done = fs_write(p->out, w.image.p, w.image.n, 0644, e);
	*r = (struct iso_result){(int64_t)w.image.n, done == 0 ? loader_size(e) : 0};
	writer_done(&w);
	return done;
}

static int add_hash(struct inputs *in, const char *name, const char *path, struct err *e)
{
	char hex[65];
	if (path == NULL)
		return -1;
	if (fs_sha256_file(path, hex, e) < 0)
		return -1;
	inputs_add(in, name, hex);
	return 0;
}

int iso_inputs(const struct iso_params *p, struct inputs *in, struct err *e)
{
	static const char *const loader[] = {"isolinux.bin", "ldlinux.c32", "isohdpfx.bin"};
	char hex[65], *timeout = xasprintf("%ld%s", p->timeout, p->serial ? " serial" : "");
	inputs_add(in, "iso.label", p->label);
	inputs_add(in, "iso.timeout", timeout);
	inputs_add(in, N_("kernel command line"), p->cmdline);
	free(timeout);
	if (add_hash(in, "bzImage", p->kernel, e) < 0 || add_hash(in, "initramfs.cpio", p->initramfs, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(loader); i++) {
		char *path = iso_loader_file(loader[i], e);
		int r = add_hash(in, loader[i], path, e);
		free(path);
		if (r < 0)
			return -1;
	}
	if (p->esp != NULL && add_hash(in, N_("EFI system partition"), p->esp, e) < 0)
		return -1;
	if (p->extra == NULL)
		return 0;
	if (fs_sha256_tree(p->extra, hex, e) < 0)
		return -1;
	inputs_add(in, N_("iso/ folder"), hex);
	return 0;
}
