/* archive_view: see archive_view.h. The reader; what its fields mean is in archive_fields.c. Every number read from the
 * archive is checked against what is left before it is used. */
#include "core/archive_view.h"

#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"

enum { NEWC_HEADER = 110, ODC_HEADER = 76 };

/* The reader's place. */
struct cursor {
	struct archive_view *v;
	size_t at;
	size_t cap; /* of v->v */
	struct err *e;
};

static int damaged(const struct cursor *c, size_t at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int damaged(const struct cursor *c, size_t at, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *why = xvasprintf(fmt, ap);
	va_end(ap);
	err_set(c->e, ERR_INPUT, _("%s: byte %zu: %s"), c->v->path, at, why);
	free(why);
	return -1;
}

static size_t left(const struct cursor *c)
{
	return c->v->n - c->at;
}

/* A number of n digits at `at`, which lie within the bytes. Nothing but digits of the base may stand there. */
static int number(const struct cursor *c, size_t at, size_t n, unsigned base, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned ch = c->v->bytes[at + i], letter = (ch | 32) - 'a';
		unsigned d = ch - '0' <= 9 ? ch - '0' : letter <= 5 ? letter + 10 : 99;
		if (d >= base)
			return damaged(c, at + i, _("no %s digit in the header"), base == 16 ? "hexadecimal" : "octal");
		*out = *out * base + d;
	}
	return 0;
}

static int read_newc(const struct cursor *c, struct av_entry *x)
{
	uint64_t f[13];
	for (size_t i = 0; i < 13; i++)
		if (number(c, c->at + 6 + 8 * i, 8, 16, &f[i]) < 0)
			return -1;
	x->ino = (uint32_t)f[0];
	x->mode = (mode_t)f[1];
	x->uid = (uint32_t)f[2];
	x->gid = (uint32_t)f[3];
	x->nlink = (uint32_t)f[4];
	x->mtime = (uint32_t)f[5];
	x->size = (uint32_t)f[6];
	x->devmajor = (uint32_t)f[7];
	x->devminor = (uint32_t)f[8];
	x->rdevmajor = (uint32_t)f[9];
	x->rdevminor = (uint32_t)f[10];
	x->name_size = (size_t)f[11];
	x->check = (uint32_t)f[12];
	x->name_at = c->at + NEWC_HEADER;
	return 0;
}

static int read_odc(const struct cursor *c, struct av_entry *x)
{
	static const uint8_t width[] = {6, 6, 6, 6, 6, 6, 6, 11, 6, 11};
	uint64_t f[10];
	size_t at = c->at + 6;
	for (size_t i = 0; i < ARRAY_LEN(width); at += width[i++])
		if (number(c, at, width[i], 8, &f[i]) < 0)
			return -1;
	if (f[9] > UINT32_MAX)
		return damaged(c, c->at + 65, _("a file of %ju bytes, more than any archive here can hold"), f[9]);
	x->devminor = (uint32_t)f[0];
	x->ino = (uint32_t)f[1];
	x->mode = (mode_t)f[2];
	x->uid = (uint32_t)f[3];
	x->gid = (uint32_t)f[4];
	x->nlink = (uint32_t)f[5];
	x->rdevmajor = (uint32_t)f[6] >> 8;
	x->rdevminor = (uint32_t)f[6] & 255;
	x->mtime = (uint32_t)f[7];
	x->name_size = (size_t)f[8];
	x->size = (uint32_t)f[9];
	x->name_at = c->at + ODC_HEADER;
	return 0;
}

static bool is_magic(const uint8_t *p, size_t n)
{
	return n >= 6 && memcmp(p, "07070", 5) == 0 && (p[5] == '1' || p[5] == '2' || p[5] == '7');
}

/* newc pads header+name and contents to 4 bytes, odc not at all. */
static size_t padded(const struct av_entry *x, size_t n)
{
	return x->format == AV_ODC ? n : (n + 3) & ~(size_t)3;
}

static int read_header(struct cursor *c, struct av_entry *x)
{
	const uint8_t *p = c->v->bytes + c->at;
	if (!is_magic(p, left(c))) {
		if (left(c) < 6)
			return damaged(c, c->at, _("the archive ends without its last entry, TRAILER!!!"));
		return damaged(c, c->at,
			_("no entry begins here: no magic 070701 (newc), but %02x %02x %02x %02x %02x %02x"), p[0],
			p[1], p[2], p[3], p[4], p[5]);
	}
	x->header = c->at;
	x->format = p[5] == '1' ? AV_NEWC : p[5] == '2' ? AV_CRC : AV_ODC;
	size_t header = x->format == AV_ODC ? ODC_HEADER : NEWC_HEADER;
	if (left(c) < header)
		return damaged(
			c, c->at, _("the archive ends within a header (%zu of %zu bytes are there)"), left(c), header);
	if ((x->format == AV_ODC ? read_odc(c, x) : read_newc(c, x)) < 0)
		return -1;
	size_t name_field = c->at + (x->format == AV_ODC ? 59 : 94), rest = c->v->n - x->name_at;
	if (x->name_size == 0)
		return damaged(c, name_field, _("namesize is 0: at least the closing NUL must be counted"));
	if (x->name_size > rest)
		return damaged(
			c, name_field, _("a name of %zu bytes, but %zu are left in the archive"), x->name_size, rest);
	if (c->v->bytes[x->name_at + x->name_size - 1] != '\0')
		return damaged(c, x->name_at + x->name_size - 1, _("the name does not end with a NUL"));
	return 0;
}

static bool has_dotdot(const char *name)
{
	for (const char *s = name; s != NULL; s = strchr(s, '/')) {
		s += *s == '/';
		if (s[0] == '.' && s[1] == '.' && (s[2] == '/' || s[2] == '\0'))
			return true;
	}
	return false;
}

static unsigned notes_of(const struct av_entry *x)
{
	unsigned notes = 0;
	mode_t t = x->mode & S_IFMT;
	if (has_dotdot(x->name))
		notes |= AV_DOTDOT;
	if (x->name[0] == '/')
		notes |= AV_ABSOLUTE;
	if (x->name_size > PATH_MAX || (t == S_IFLNK && x->size > PATH_MAX))
		notes |= AV_TOO_LONG;
	if (t != S_IFREG && t != S_IFDIR && t != S_IFLNK && t != S_IFCHR && t != S_IFBLK && t != S_IFIFO &&
		t != S_IFSOCK)
		notes |= AV_NO_TYPE;
	if (t != S_IFDIR && x->nlink > 1)
		notes |= AV_HARD_LINK;
	if (strlen(x->name) + 1 != x->name_size)
		notes |= AV_NAME_CUT;
	return notes;
}

static void keep(struct cursor *c, struct av_entry *x)
{
	struct archive_view *v = c->v;
	if (v->n_entry == c->cap) {
		c->cap = c->cap != 0 ? c->cap * 2 : 64;
		v->v = xrealloc(v->v, c->cap * sizeof(*v->v));
	}
	if (S_ISLNK(x->mode))
		x->target = xstrndup((const char *)v->bytes + x->data, x->size < PATH_MAX ? x->size : PATH_MAX);
	x->notes = notes_of(x);
	x->contents = x->data;
	x->contents_size = x->size;
	x->part = v->parts;
	v->v[v->n_entry++] = *x;
}

/* Read one entry. 1: more come; 0: it was the trailer; -1: *e. */
static int read_entry(struct cursor *c)
{
	struct av_entry x = {0};
	if (read_header(c, &x) < 0)
		return -1;
	x.data = x.header + padded(&x, x.name_at - x.header + x.name_size);
	if (x.data > c->v->n || x.size > c->v->n - x.data)
		return damaged(c, x.header + (x.format == AV_ODC ? 65 : 54),
			_("a file of %u bytes, but %zu are left in the archive"), x.size,
			x.data > c->v->n ? 0 : c->v->n - x.data);
	if (c->v->n_entry >= AV_MAX_ENTRIES)
		return damaged(c, x.header, _("more than %zu entries"), AV_MAX_ENTRIES);
	size_t end = x.data + padded(&x, x.size);
	c->at = end < c->v->n ? end : c->v->n;
	if (strcmp((const char *)c->v->bytes + x.name_at, "TRAILER!!!") == 0)
		return 0;
	x.name = xstrdup((const char *)c->v->bytes + x.name_at);
	if (x.format == AV_ODC && c->v->refused == NULL)
		c->v->refused = xstrdup("it is in the old odc format: the kernel takes newc only (cpio -H newc)");
	keep(c, &x);
	return 1;
}

static void skip_zeros(struct cursor *c)
{
	while (left(c) > 0 && c->v->bytes[c->at] == 0)
		c->at++;
}

/* Read archives one after another while a magic is there. */
static int read_parts(struct cursor *c)
{
	int r = 0;
	while (r == 0 && is_magic(c->v->bytes + c->at, left(c))) {
		while ((r = read_entry(c)) > 0)
			continue;
		c->v->parts++;
		if (r == 0)
			skip_zeros(c);
	}
	return r;
}

/* Why the kernel would not unpack these compressed bytes, though libarchive does. Static, or NULL. */
static const char *why_refused(const uint8_t *p, size_t n)
{
	static const uint8_t lz4_frame[] = {0x04, 0x22, 0x4d, 0x18};
	if (n > 8 &&
		memcmp(p,
			"\xfd"
			"7zXZ",
			6) == 0 &&
		p[7] > 1)
		return "its xz data is checked by other than CRC32, which is all that the kernel knows (xz "
		       "--check=crc32)";
	if (n > 4 && memcmp(p, lz4_frame, sizeof(lz4_frame)) == 0)
		return "its lz4 data is in the frame format, and the kernel takes the legacy one only (lz4 -l)";
	return NULL;
}

static int drain(struct cursor *c, struct archive *a, struct buf *out)
{
	char chunk[65536];
	for (;;) {
		la_ssize_t n = archive_read_data(a, chunk, sizeof(chunk));
		if (n == 0)
			return 0;
		if (n < 0) {
			const char *why = archive_error_string(a);
			return damaged(c, c->at + out->n, _("the compressed data is damaged here: %s"),
				why != NULL ? why : "unreadable");
		}
		if (out->n + (size_t)n > AV_MAX_BYTES - c->at)
			return damaged(c, c->at + out->n, _("it unpacks to more than %zu MiB"), AV_MAX_BYTES >> 20);
		buf_add(out, chunk, (size_t)n);
	}
}

static int open_filter(struct cursor *c, struct archive *a)
{
	struct archive_entry *entry;
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_format_raw(a);
	int r = archive_read_open_memory(a, c->v->bytes + c->at, left(c));
	if (r >= ARCHIVE_WARN)
		r = archive_read_next_header(a, &entry);
	if (archive_filter_count(a) > 1 && r >= ARCHIVE_WARN)
		return 0;
	const uint8_t *p = c->v->bytes + c->at;
	if (archive_filter_count(a) > 1)
		return damaged(c, c->at, _("the compressed data is damaged: %s"), archive_error_string(a));
	return damaged(c, c->at, _("neither cpio nor a compression that is known (it begins with %02x %02x)"), p[0],
		left(c) > 1 ? p[1] : 0);
}

/* Replace what stands from the cursor to the end by what it unpacks to. */
static int decompress(struct cursor *c)
{
	struct archive_view *v = c->v;
	struct buf out = {0};
	struct archive *a = archive_read_new();
	const char *refused = why_refused(v->bytes + c->at, left(c));
	int r = open_filter(c, a);
	if (r == 0) {
		r = drain(c, a, &out);
		free(v->compression);
		v->compression = xstrdup(archive_filter_name(a, 0));
		if (refused != NULL && v->refused == NULL)
			v->refused = xstrdup(refused);
		v->packed_at = c->at;
		v->bytes = xrealloc(v->bytes, c->at + out.n + 1);
		if (out.n > 0)
			memcpy(v->bytes + c->at, out.p, out.n);
		v->n = c->at + out.n;
	}
	archive_read_free(a);
	buf_done(&out);
	return r;
}

static int by_name(const void *a, const void *b)
{
	const struct av_entry *x = *(struct av_entry *const *)a, *y = *(struct av_entry *const *)b;
	int r = strcmp(x->name, y->name);
	return r != 0 ? r : (x->header > y->header) - (x->header < y->header);
}

static int compare_inode(const struct av_entry *x, const struct av_entry *y)
{
	const uint32_t p[] = {x->part, x->ino, x->devmajor, x->devminor},
		       q[] = {y->part, y->ino, y->devmajor, y->devminor};
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		if (p[i] != q[i])
			return p[i] < q[i] ? -1 : 1;
	return 0;
}

/* Of one inode, the entry with contents first. */
static int by_inode(const void *a, const void *b)
{
	const struct av_entry *x = *(struct av_entry *const *)a, *y = *(struct av_entry *const *)b;
	int r = compare_inode(x, y);
	return r != 0 ? r : (x->size == 0) - (y->size == 0);
}

/* All entries, or only hard links, in some order. Returns owned; *n says how many. */
static struct av_entry **sorted(
	struct archive_view *v, bool links, int (*order)(const void *a, const void *b), size_t *n)
{
	struct av_entry **p = xcalloc(v->n_entry, sizeof(struct av_entry *));
	*n = 0;
	for (size_t i = 0; i < v->n_entry; i++)
		if (!links || v->v[i].notes & AV_HARD_LINK)
			p[(*n)++] = &v->v[i];
	if (*n > 1)
		qsort(p, *n, sizeof(struct av_entry *), order);
	return p;
}

/* Note what can be told only when all is read: names laid over earlier ones, and where hard links have their contents.
 */
static void relate(struct archive_view *v)
{
	size_t n;
	struct av_entry **p = sorted(v, false, by_name, &n);
	for (size_t i = 1; i < n; i++)
		if (strcmp(p[i]->name, p[i - 1]->name) == 0)
			p[i]->notes |= AV_AGAIN;
	free(p);
	p = sorted(v, true, by_inode, &n);
	for (size_t i = 1; i < n; i++)
		if (p[i]->size == 0 && compare_inode(p[i], p[i - 1]) == 0) {
			p[i]->contents = p[i - 1]->contents;
			p[i]->contents_size = p[i - 1]->contents_size;
		}
	free(p);
}

static int read_all(struct cursor *c)
{
	struct archive_view *v = c->v;
	if (v->n == 0)
		return damaged(c, 0, _("it is empty"));
	skip_zeros(c);
	int r = read_parts(c);
	/* compressed within compressed is for a prank: once is enough */
	if (r == 0 && left(c) > 0 && decompress(c) < 0)
		return -1;
	if (r == 0 && left(c) > 0 && (r = read_parts(c)) == 0) {
		skip_zeros(c);
		if (left(c) > 0)
			r = damaged(
				c, c->at, _("after the last archive stands something else (%02x …)"), v->bytes[c->at]);
	}
	if (r == 0 && v->parts == 0)
		r = damaged(c, 0, _("no cpio archive is in it"));
	return r;
}

/* Takes the bytes. */
static int parse(struct archive_view *v, const char *name, char *bytes, size_t n, struct err *e)
{
	memset(v, 0, sizeof(*v));
	v->path = xstrdup(name);
	v->bytes = (uint8_t *)bytes;
	v->n = n;
	v->file_size = (int64_t)n;
	v->packed_at = SIZE_MAX;
	v->compression = xstrdup("none");
	struct cursor c = {.v = v, .e = e};
	int r = read_all(&c);
	if (v->packed_at == SIZE_MAX)
		v->packed_at = v->n;
	relate(v);
	return r;
}

int archive_view_bytes(struct archive_view *v, const char *name, const void *bytes, size_t n, struct err *e)
{
	char *copy = xmalloc(n + 1);
	if (n > 0)
		memcpy(copy, bytes, n);
	return parse(v, name, copy, n, e);
}

int archive_view_open(struct archive_view *v, const char *path, struct err *e)
{
	size_t n = 0;
	memset(v, 0, sizeof(*v));
	char *bytes = fs_read(path, &n, e);
	return bytes != NULL ? parse(v, path, bytes, n, e) : -1;
}

/* Names are compared as the kernel would resolve them from the root: without ./ and slashes before. */
static const char *bare(const char *name)
{
	for (;;) {
		if (name[0] == '/')
			name++;
		else if (name[0] == '.' && name[1] == '/')
			name += 2;
		else
			return name;
	}
}

const struct av_entry *archive_view_find(const struct archive_view *v, const char *name)
{
	for (size_t i = v->n_entry; i > 0; i--)
		if (strcmp(bare(v->v[i - 1].name), bare(name)) == 0)
			return &v->v[i - 1];
	return NULL;
}

void archive_view_done(struct archive_view *v)
{
	for (size_t i = 0; i < v->n_entry; i++) {
		free(v->v[i].name);
		free(v->v[i].target);
	}
	free(v->v);
	free(v->bytes);
	free(v->path);
	free(v->compression);
	free(v->refused);
	memset(v, 0, sizeof(*v));
}
