/* precheck_archive: the initramfs as the kernel will unpack it: format, compression, /init with its place and mode, the
 * console's node, and whether it fits into memory. Entries are only listed, never written anywhere. */
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/precheck_int.h"

#define MAX_ENTRIES 100000u
#define MAX_INIT    (64u << 20)
#define NO_INIT     "Kernel panic - not syncing: No working init found."

static const struct packed {
	unsigned char magic[6];
	size_t n;
	const char *name, *option;
} packed[] = {
	{{0x1f, 0x8b}, 2, "gzip", "RD_GZIP"},
	{{0xfd, '7', 'z', 'X', 'Z', 0}, 6, "xz", "RD_XZ"},
	{{0x28, 0xb5, 0x2f, 0xfd}, 4, "zstd", "RD_ZSTD"},
	{{'B', 'Z', 'h'}, 3, "bzip2", "RD_BZIP2"},
	{{0x5d, 0, 0}, 3, "lzma", "RD_LZMA"},
	{{0x02, 0x21, 0x4c, 0x18}, 4, "lz4", "RD_LZ4"},
	{{0x89, 'L', 'Z', 'O'}, 4, "lzo", "RD_LZO"},
	{{0x04, 0x22, 0x4d, 0x18}, 4, "lz4 frame", NULL},
};

static void stop(struct precheck *c, const char *id, const char *archive, const char *line, const char *next)
{
	struct precheck_finding *f = &c->v[c->n - 1];
	f->id = id;
	f->file = xstrdup(archive);
	precheck_more(f, line, next, NULL);
}

static void check_decompressor(struct precheck *c, const struct precheck_params *p, const struct packed *k)
{
	struct err ignored = {0};
	char *config = p->config != NULL ? fs_read(p->config, NULL, &ignored) : NULL;
	if (config != NULL && !precheck_config_is(config, k->option)) {
		char *fix = xasprintf("config --set %s=y", k->option);
		precheck_add(c, PRE_STOP, "archive-decompressor",
			_("the archive is packed with %s, and the kernel has no %s to unpack it"), k->name, k->option);
		stop(c, "archive-decompressor", p->archive,
			"Initramfs unpacking failed: compression method not configured",
			_("set that option and build, or choose initramfs.compression=none"));
		precheck_more(&c->v[c->n - 1], NULL, NULL, fix);
		free(fix);
	}
	err_done(&ignored);
	free(config);
}

static void check_packed(
	struct precheck *c, const struct precheck_params *p, const struct packed *k, const unsigned char *b)
{
	if (k->option == NULL) {
		precheck_add(c, PRE_STOP, "", _("lz4's frame format: the kernel knows only the old one (lz4 -l)"));
		stop(c, "archive-format", p->archive,
			"Initramfs unpacking failed: invalid magic at start of compressed archive",
			_("pack with lz4 -l, or choose initramfs.compression=none"));
		return;
	}
	if (strcmp(k->name, "xz") == 0 && b[7] > 1) { /* stream flags: the kind of check sum */
		precheck_add(
			c, PRE_STOP, "", _("xz with a check sum that the kernel does not know (only CRC32 or none)"));
		stop(c, "archive-format", p->archive, "Initramfs unpacking failed: XZ-compressed data is corrupt",
			_("pack with xz --check=crc32, or by kiln (initramfs.compression=xz)"));
		c->v[c->n - 1].byte = 7;
		return;
	}
	check_decompressor(c, p, k);
}

static void check_plain(struct precheck *c, const char *path, const char *b)
{
	if (strncmp(b, "070701", 6) == 0 || strncmp(b, "070702", 6) == 0)
		return;
	if (strncmp(b, "070707", 6) == 0) {
		precheck_add(c, PRE_STOP, "",
			_("the archive is cpio's old portable format (odc), which the kernel does not unpack"));
		stop(c, "archive-format", path,
			"Initramfs unpacking failed: incorrect cpio method used: use -H newc option",
			_("cpio -H newc, or let kiln write it: kiln build initramfs"));
	} else {
		precheck_add(c, PRE_STOP, "",
			_("this is no cpio archive: it begins with neither 070701 nor a compressor's mark"));
		stop(c, "archive-format", path,
			"Initramfs unpacking failed: invalid magic at start of compressed archive",
			_("kiln build initramfs writes one"));
	}
	c->v[c->n - 1].byte = 0;
}

/* The first bytes say what it is. */
static void check_format(struct precheck *c, const struct precheck_params *p)
{
	unsigned char b[16] = {0};
	FILE *f = fopen(p->archive, "rb");
	const size_t n = f != NULL ? fread(b, 1, sizeof(b) - 1, f) : 0;
	if (f != NULL)
		fclose(f);
	for (size_t i = 0; i < ARRAY_LEN(packed); i++) {
		if (n > packed[i].n && memcmp(b, packed[i].magic, packed[i].n) == 0) {
			check_packed(c, p, &packed[i], b);
			return;
		}
	}
	check_plain(c, p->archive, (const char *)b);
}

/* --- entries --- */

static const char *plain_path(const char *path)
{
	while (*path == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	return path;
}

static void add_entry(struct prearch *a, struct archive_entry *e)
{
	const char *path = archive_entry_pathname(e), *target = archive_entry_symlink(e);
	if (a->n == MAX_ENTRIES || path == NULL)
		return;
	if ((a->n & (a->n - 1)) == 0)
		a->v = xrealloc(a->v, (a->n > 0 ? 2 * a->n : 16) * sizeof(*a->v));
	a->v[a->n++] = (struct prearch_entry){
		.path = xstrdup(plain_path(path)),
		.target = target != NULL ? xstrdup(target) : NULL,
		.mode = archive_entry_mode(e),
		.major = (unsigned)archive_entry_rdevmajor(e),
		.minor = (unsigned)archive_entry_rdevminor(e),
		.size = (uint64_t)archive_entry_size(e),
	};
	a->unpacked += (uint64_t)archive_entry_size(e) + 512;
}

static const struct prearch_entry *exact(const struct prearch *a, const char *path)
{
	for (size_t i = a->n; i > 0; i--) /* a later entry replaces an earlier one */
		if (strcmp(a->v[i - 1].path, path) == 0)
			return &a->v[i - 1];
	return NULL;
}

const struct prearch_entry *prearch_find(const struct prearch *a, const char *path)
{
	const struct prearch_entry *e = exact(a, plain_path(path));
	char *at = xstrdup(plain_path(path));
	for (int hops = 0; e != NULL && e->target != NULL && hops < 8; hops++) {
		char *slash = strrchr(at, '/');
		if (e->target[0] != '/' && slash != NULL)
			slash[1] = '\0';
		char *next = e->target[0] == '/' || slash == NULL ? xstrdup(plain_path(e->target))
								  : xasprintf("%s%s", at, e->target);
		free(at);
		at = next;
		e = exact(a, at);
	}
	free(at);
	return e != NULL && e->target == NULL ? e : NULL;
}

static struct archive *open_archive(const char *path)
{
	struct archive *r = archive_read_new();
	archive_read_support_filter_gzip(r); /* not all: some would start programs of the host */
	archive_read_support_filter_xz(r);
	archive_read_support_filter_lzma(r);
	archive_read_support_filter_zstd(r);
	archive_read_support_filter_bzip2(r);
	archive_read_support_filter_lz4(r);
	archive_read_support_format_cpio(r);
	if (archive_read_open_filename(r, path, 65536) == ARCHIVE_OK)
		return r;
	archive_read_free(r);
	return NULL;
}

static void read_init(struct prearch *a, const char *archive, const char *path)
{
	struct archive *r = open_archive(archive);
	struct archive_entry *e;
	while (r != NULL && archive_read_next_header(r, &e) == ARCHIVE_OK) {
		const int64_t size = archive_entry_size(e);
		if (strcmp(plain_path(archive_entry_pathname(e)), path) != 0 || size < 0 || size > (int64_t)MAX_INIT)
			continue;
		free(a->init);
		a->init = xcalloc((size_t)size + 1, 1);
		const la_ssize_t got = archive_read_data(r, a->init, (size_t)size);
		a->n_init = got > 0 ? (size_t)got : 0;
	}
	archive_read_free(r);
}

static bool list(struct precheck *c, const struct precheck_params *p, struct prearch *a)
{
	struct archive *r = open_archive(p->archive);
	struct archive_entry *e;
	int status = r != NULL ? ARCHIVE_OK : ARCHIVE_FATAL;
	while (r != NULL && (status = archive_read_next_header(r, &e)) == ARCHIVE_OK)
		add_entry(a, e);
	if (status != ARCHIVE_EOF) {
		precheck_add(c, PRE_STOP, "", _("the archive is damaged after %zu entries: %s"), a->n,
			r != NULL && archive_error_string(r) != NULL ? archive_error_string(r) : "it cannot be read");
		stop(c, "archive-damaged", p->archive, "Initramfs unpacking failed: broken padding",
			_("kiln build initramfs"));
	}
	archive_read_free(r);
	return status == ARCHIVE_EOF;
}

/* /init, or what rdinit= names. */
static char *init_path(const struct precheck_params *p)
{
	const char *at = p->cmdline != NULL ? strstr(p->cmdline, "rdinit=") : NULL;
	if (at == NULL || (at != p->cmdline && at[-1] != ' '))
		return xstrdup("init");
	at = plain_path(at + 7);
	return xstrndup(at, strcspn(at, " "));
}

/* Somewhere else in the archive? */
static const struct prearch_entry *elsewhere(const struct prearch *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (str_ends(a->v[i].path, "/init") && !str_starts(a->v[i].path, "dev"))
			return &a->v[i];
	return NULL;
}

static void check_init(struct precheck *c, const struct precheck_params *p, struct prearch *a)
{
	char *path = init_path(p);
	const struct prearch_entry *e = prearch_find(a, path), *other = elsewhere(a);
	if (e == NULL && exact(a, path) != NULL) {
		precheck_add(c, PRE_STOP, "", _("/%s is a symlink that leads nowhere in the archive"), path);
		stop(c, "init-place", p->archive, NO_INIT, _("put the program itself at /init"));
	} else if (e == NULL) {
		precheck_add(c, PRE_STOP, "", _("there is no /%s in the archive%s%s"), path,
			other != NULL ? ", but a " : "", other != NULL ? other->path : "");
		stop(c, "init-place", p->archive, NO_INIT,
			_("the kernel starts /init at the archive's top: pack from inside the folder, or kiln build "
			  "initramfs"));
	} else if (!S_ISREG(e->mode)) {
		precheck_add(c, PRE_STOP, "", _("/%s is no regular file"), path);
		stop(c, "init-mode", p->archive, "Failed to execute /init (error -13)", _("kiln build initramfs"));
	} else if ((e->mode & 0111) == 0) {
		precheck_add(c, PRE_STOP, "", _("/%s has mode %04o: it is not executable"), path, e->mode & 07777);
		stop(c, "init-mode", p->archive, "Failed to execute /init (error -13)",
			_("chmod +x before packing; kiln build initramfs does it"));
	}
	if (e != NULL && S_ISREG(e->mode))
		read_init(a, p->archive, e->path);
	free(path);
}

static void check_console(struct precheck *c, const struct precheck_params *p, const struct prearch *a)
{
	const struct prearch_entry *e = prearch_find(a, "dev/console");
	if (e == NULL) {
		precheck_more(precheck_add(c, PRE_NOTE, "archive-console",
				      "no /dev/console in the archive; the kernel's built-in one has it, unless "
				      "INITRAMFS_SOURCE replaced that"),
			NULL, _("kiln build initramfs always adds it"), NULL);
	} else if (!S_ISCHR(e->mode) || e->major != 5 || e->minor != 1) {
		precheck_add(c, PRE_STOP, "", _("/dev/console must be the character device 5:1"));
		stop(c, "archive-console", p->archive, "Warning: unable to open an initial console.",
			_("nod /dev/console 0600 0 0 c 5 1 in rootfs/manifest"));
	}
}

/* The kernel needs some 16 MiB itself, then the archive and what comes out of it lie in memory side by side. */
static void check_memory(struct precheck *c, const struct precheck_params *p, const struct prearch *a)
{
	const uint64_t mib = 1 << 20, need = a->size + a->unpacked + 16 * mib;
	if (p->memory <= 0 || need <= (uint64_t)p->memory * mib)
		return;
	precheck_add(c, PRE_STOP, "", _("the archive (%llu MiB, unpacked %llu) and the kernel do not fit into %ld MiB"),
		(unsigned long long)(a->size / mib), (unsigned long long)(a->unpacked / mib), p->memory);
	/* ramfs takes all there is until nobody can be killed for it; tmpfs stops at half of it */
	struct err ignored = {0};
	char *config = p->config != NULL ? fs_read(p->config, NULL, &ignored) : NULL;
	const bool tmpfs = config != NULL && precheck_config_is(config, "TMPFS");
	stop(c, "memory", p->archive,
		tmpfs ? "Initramfs unpacking failed: write error"
		      : "Kernel panic - not syncing: System is deadlocked on memory",
		_("raise boot.memory, or pack less"));
	err_done(&ignored);
	free(config);
}

void precheck_archive(struct precheck *c, const struct precheck_params *p, struct prearch *a)
{
	if (p->archive == NULL)
		return;
	const size_t before = c->n;
	const int64_t size = fs_size(p->archive);
	if (size < 0) {
		precheck_add(c, PRE_STOP, "", _("there is no initramfs"));
		stop(c, "archive-missing", p->archive, NO_INIT, _("kiln build initramfs"));
		return;
	}
	a->size = (uint64_t)size;
	check_format(c, p);
	if (list(c, p, a) || a->n > 0) {
		check_init(c, p, a);
		check_console(c, p, a);
		check_memory(c, p, a);
	}
	if (precheck_calm(c, before))
		precheck_add(c, PRE_GOOD, "archive", _("the archive unpacks: %zu entries, /init executable at its top"),
			a->n);
}

void prearch_done(struct prearch *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->v[i].path);
		free(a->v[i].target);
	}
	free(a->v);
	free(a->init);
	memset(a, 0, sizeof(*a));
}
