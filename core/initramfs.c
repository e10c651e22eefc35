/* initramfs: see initramfs.h. The archive is made in memory, so that it is written whole or not at all; what goes in is
 * rootlist.c's. Compression in the one form of each format that the kernel's own decompressor takes. */
#include "core/initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/rootlist.h"
#include "core/str.h"

#define MOST_BYTES ((size_t)1 << 30) /* far above what the machine's memory could unpack */

/* xz is libarchive's only in name: it would check by CRC64, which the kernel does not know. */
static const struct method {
	const char *name, *config;
	int (*add)(struct archive *a); /* libarchive's filter; NULL: none, or our own */
	const char *option, *value;    /* of the filter */
} methods[] = {
	{"none", NULL, NULL, NULL, NULL},
	{"gzip", "CONFIG_RD_GZIP", archive_write_add_filter_gzip, "timestamp", NULL},
	{"bzip2", "CONFIG_RD_BZIP2", archive_write_add_filter_bzip2, "compression-level", "9"},
	{"lzma", "CONFIG_RD_LZMA", archive_write_add_filter_lzma, "compression-level", "6"},
	{"xz", "CONFIG_RD_XZ", NULL, NULL, NULL},
	{"zstd", "CONFIG_RD_ZSTD", archive_write_add_filter_zstd, "compression-level", "19"},
};

static const struct method *find_method(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	return NULL;
}

/* Does the text of a .config have NAME=y? */
static bool is_set(const char *config, const char *name)
{
	size_t n = strlen(name);
	for (const char *s = config; (s = strstr(s, name)) != NULL; s += n)
		if ((s == config || s[-1] == '\n') && strncmp(s + n, "=y", 2) == 0 &&
			(s[n + 2] == '\n' || s[n + 2] == '\0'))
			return true;
	return false;
}

/* Can the configured kernel unpack it? An unreadable configuration is another stage's matter. */
static int check_config(const struct method *m, const char *config, struct err *e)
{
	struct err ignored = {0};
	char *text = config != NULL && m->config != NULL ? fs_read(config, NULL, &ignored) : NULL;
	err_done(&ignored);
	if (text == NULL || is_set(text, m->config)) {
		free(text);
		return 0;
	}
	free(text);
	err_set(e, ERR_INPUT, _("the kernel could not unpack an initramfs compressed by %s: %s is not set in %s"),
		m->name, m->config, config);
	err_hint(e,
		_("`kiln config --set %s=y` and build the kernel again, or set initramfs.compression = none in "
		  "kiln.conf"),
		m->config + strlen("CONFIG_"));
	return -1;
}

static la_ssize_t on_write(struct archive *a, void *ctx, const void *bytes, size_t n)
{
	struct buf *out = ctx;
	if (out->n + n > MOST_BYTES) {
		archive_set_error(a, EFBIG, "it grows over %zu MiB", MOST_BYTES >> 20);
		return -1;
	}
	buf_add(out, bytes, n);
	return (la_ssize_t)n;
}

static int archive_failed(struct archive *a, const char *what, struct err *e)
{
	const char *why = archive_error_string(a);
	return err_set(
		e, ERR_WORLD, _("cannot put %s into the initramfs: %s"), what, why != NULL ? why : "unknown error");
}

static int add_contents(struct archive *a, const struct root_entry *x, struct err *e)
{
	char chunk[65536];
	int64_t left = x->size;
	int fd = open(x->source, O_RDONLY | O_CLOEXEC), r = 0;
	if (fd < 0)
		return err_sys(e, errno, _("cannot read %s for the initramfs"), x->source);
	while (r == 0) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r = err_sys(e, errno, _("cannot read %s for the initramfs"), x->source);
		if (n > left || (n == 0 && left > 0))
			r = err_set(e, ERR_WORLD, _("%s changed while it was packed: run again"), x->source);
		if (n <= 0)
			break;
		left -= n;
		if (r == 0 && archive_write_data(a, chunk, (size_t)n) != n)
			r = archive_failed(a, x->name, e);
	}
	close(fd);
	return r;
}

/* inode numbers count up from 0, as cpio --reproducible has them, and nothing is a hard link, so the kernel links
 * nothing. */
static int add_entry(struct archive *a, const struct root_entry *x, size_t ino, struct err *e)
{
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname(entry, x->name);
	archive_entry_set_mode(entry, x->mode);
	archive_entry_set_uid(entry, x->uid);
	archive_entry_set_gid(entry, x->gid);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_ino64(entry, (la_int64_t)ino);
	archive_entry_set_nlink(entry, S_ISDIR(x->mode) ? 2 : 1);
	archive_entry_set_rdevmajor(entry, x->major);
	archive_entry_set_rdevminor(entry, x->minor);
	archive_entry_set_size(entry, S_ISREG(x->mode) ? x->size : 0);
	if (S_ISLNK(x->mode))
		archive_entry_set_symlink(entry, x->source);
	int r = archive_write_header(a, entry) == ARCHIVE_OK ? 0 : archive_failed(a, x->name, e);
	archive_entry_free(entry);
	if (r == 0 && S_ISREG(x->mode))
		r = add_contents(a, x, e);
	return r;
}

static struct archive *new_archive(const struct method *m, struct buf *out, struct err *e)
{
	struct archive *a = archive_write_new();
	bool ok = archive_write_set_format_cpio_newc(a) == ARCHIVE_OK && (m->add == NULL || m->add(a) == ARCHIVE_OK);
	if (ok && m->add != NULL)
		ok = archive_write_set_filter_option(a, m->name, m->option, m->value) == ARCHIVE_OK;
	archive_write_set_bytes_per_block(a, 512);
	archive_write_set_bytes_in_last_block(a, m->add == NULL ? 512 : 1); /* as cpio and the kernel's own tool pad */
	if (ok && archive_write_open(a, out, NULL, on_write, NULL) == ARCHIVE_OK)
		return a;
	archive_failed(a, m->name, e);
	archive_write_free(a);
	return NULL;
}

/* Pack the list into out; the bytes before compression go to *unpacked. */
static int pack(const struct rootlist *l, const struct method *m, struct buf *out, int64_t *unpacked, struct err *e)
{
	struct archive *a = new_archive(m, out, e);
	if (a == NULL)
		return -1;
	int r = 0;
	for (size_t i = 0; i < l->n && r == 0; i++)
		r = add_entry(a, &l->v[i], i, e);
	if (r == 0 && archive_write_close(a) != ARCHIVE_OK)
		r = archive_failed(a, "the end", e);
	*unpacked = m->add != NULL ? archive_filter_bytes(a, 0) : (int64_t)out->n;
	archive_write_free(a);
	return r;
}

/* Compress in place, in the xz form of the kernel: LZMA2 alone, checked by CRC32. The dictionary is no bigger than the
 * contents need, as the guest has to hold one too. */
static int compress_xz(struct buf *b, struct err *e)
{
	size_t room = lzma_stream_buffer_bound(b->n), n = 0;
	uint8_t *out = xmalloc(room);
	lzma_options_lzma opt;
	lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &opt}, {LZMA_VLI_UNKNOWN, NULL}};
	lzma_lzma_preset(&opt, 6 | LZMA_PRESET_EXTREME);
	for (opt.dict_size = 1 << 16; opt.dict_size < b->n && opt.dict_size < 8 << 20;)
		opt.dict_size *= 2;
	lzma_ret r =
		lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, (const uint8_t *)b->p, b->n, out, &n, room);
	if (r == LZMA_OK) {
		buf_clear(b);
		buf_add(b, out, n);
	}
	free(out);
	return r == LZMA_OK
		       ? 0
		       : err_set(e, ERR_WORLD, _("cannot compress the initramfs by xz (liblzma error %d)"), (int)r);
}

int initramfs_write(const struct initramfs_params *p, struct initramfs_result *r, struct err *e)
{
	const struct method *m = find_method(p->compression);
	struct rootlist list;
	struct buf out = {0};
	memset(r, 0, sizeof(*r));
	if (m == NULL)
		return err_set(e, ERR_INPUT, _("unknown compression of the initramfs: %s"), p->compression);
	if (check_config(m, p->config, e) < 0 || rootlist_make(&list, p, e) < 0)
		return -1;
	int ret = pack(&list, m, &out, &r->unpacked, e);
	if (ret == 0 && strcmp(m->name, "xz") == 0)
		ret = compress_xz(&out, e);
	if (ret == 0)
		ret = fs_write(p->out, out.p, out.n, 0644, e);
	r->size = (int64_t)out.n;
	r->entries = list.n;
	buf_done(&out);
	rootlist_done(&list);
	return ret;
}

/* One text of all that an entry puts into the archive. */
static int describe(const struct root_entry *x, struct buf *b, struct err *e)
{
	char hex[65] = "";
	buf_addf(b, "%s %o %u %u %u %u ", x->name, (unsigned)x->mode, x->uid, x->gid, x->major, x->minor);
	if (S_ISREG(x->mode) && fs_sha256_file(x->source, hex, e) < 0)
		return -1;
	buf_addf(b, "%s\n", S_ISLNK(x->mode) ? x->source : hex);
	return 0;
}

/* Fingerprint the entries of one origin under a name that "because" can show. */
static int add_input(const struct rootlist *l, const char *origin, const char *name, struct inputs *in, struct err *e)
{
	struct buf b = {0};
	char hex[65];
	int r = 0;
	for (size_t i = 0; i < l->n && r == 0; i++)
		if (strcmp(l->v[i].origin, origin) == 0)
			r = describe(&l->v[i], &b, e);
	fs_sha256(b.p != NULL ? b.p : "", b.n, hex);
	if (r == 0)
		inputs_add(in, name, hex);
	buf_done(&b);
	return r;
}

int initramfs_inputs(const struct initramfs_params *p, struct inputs *in, struct err *e)
{
	static const char *const what[][2] = {
		{"init", "init"}, {"companion", "companions"}, {"rootfs", "rootfs/"}, {"manifest", "rootfs/manifest"}};
	const struct method *m = find_method(p->compression);
	struct rootlist list;
	if (rootlist_make(&list, p, e) < 0)
		return -1;
	int r = 0;
	for (size_t i = 0; i < ARRAY_LEN(what) && r == 0; i++)
		r = add_input(&list, what[i][0], what[i][1], in, e);
	rootlist_done(&list);
	struct err unfit = {0};
	inputs_add(in, "initramfs.compression", p->compression);
	if (m != NULL && m->config != NULL)
		inputs_add(in, m->config, check_config(m, p->config, &unfit) == 0 ? "y" : "n");
	err_done(&unfit);
	return r;
}
