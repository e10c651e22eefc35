/* archive_fields: the words of archive_view.h: header fields by name with their meaning, modes, notes, printable names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/archive_view.h"
#include "core/i18n.h"
#include "core/str.h"

/* The header fields in their order. */
static const struct header_field {
	const char *name, *about;
} newc[] =
	{
		{"magic", N_("070701: the newc format, numbers in hexadecimal; 070702 is the same with a checksum")},
		{"ino", N_("inode number: entries with the same one and nlink above 1 are hard links")},
		{"mode", N_("file type and permissions, as in stat(2): 0100755 is a program, 040755 a folder, 020600 a "
			    "device")},
		{"uid", N_("owner; 0 is root")},
		{"gid", N_("group; 0 is root's")},
		{"nlink", N_("number of links to this inode; above 1 the kernel looks for the others")},
		{"mtime", N_("time of last change, seconds since 1970")},
		{"filesize", N_("bytes of contents; 0 for all but files and links. 32 bits: a file ends below 4 GiB")},
		{"devmajor", N_("device that held the file when it was packed; with ino it tells hard links")},
		{"devminor", N_("device that held the file when it was packed")},
		{"rdevmajor", N_("of a device node: which driver (5:1 is /dev/console)")},
		{"rdevminor", N_("of a device node: which of the driver's devices")},
		{"namesize", N_("bytes of the name with its closing NUL")},
		{"check", N_("070702: sum of all bytes of the contents; else 0")},
},
  odc[] = {
	  {"magic", N_("070707: the old portable format, numbers in octal. The kernel does not take it")},
	  {"dev", N_("device that held the file when it was packed")},
	  {"ino", N_("inode number")},
	  {"mode", N_("file type and permissions, as in stat(2)")},
	  {"uid", N_("owner; 0 is root")},
	  {"gid", N_("group; 0 is root's")},
	  {"nlink", N_("number of links to this inode")},
	  {"rdev", N_("of a device node: its number")},
	  {"mtime", N_("time of last change, seconds since 1970")},
	  {"namesize", N_("bytes of the name with its closing NUL")},
	  {"filesize", N_("bytes of contents")},
};
static const uint8_t odc_width[] = {6, 6, 6, 6, 6, 6, 6, 6, 11, 6, 11};

/* The fields of one entry while they are gathered. */
struct gather {
	const struct archive_view *v;
	struct av_field *f;
	size_t n, at;
};

static struct av_field *add(struct gather *g, const char *name, const char *about, size_t n)
{
	struct av_field *f = &g->f[g->n++];
	memset(f, 0, sizeof(*f));
	f->name = name;
	f->about = about;
	f->at = g->at;
	f->n = n;
	g->at += n;
	return f;
}

void av_mode_text(mode_t mode, char text[11])
{
	static const char type[] = "?pc?d?b?-?l?s???", bit[] = "rwxrwxrwx";
	text[0] = type[mode >> 12 & 15];
	for (int i = 0; i < 9; i++)
		text[i + 1] = mode & (0400u >> i) ? bit[i] : '-';
	if (mode & S_ISUID)
		text[3] = text[3] == 'x' ? 's' : 'S';
	if (mode & S_ISGID)
		text[6] = text[6] == 'x' ? 's' : 'S';
	if (mode & S_ISVTX)
		text[9] = text[9] == 'x' ? 't' : 'T';
	text[10] = '\0';
}

/* The value of a header field, read again from its digits. */
static void put_value(const struct gather *g, struct av_field *f, int base)
{
	char digits[16] = "", mode[11];
	memcpy(digits, g->v->bytes + f->at, f->n < 15 ? f->n : 15);
	unsigned long n = strtoul(digits, NULL, base);
	if (strcmp(f->name, "magic") == 0)
		snprintf(f->text, sizeof(f->text), "%s", digits);
	else if (strcmp(f->name, "mode") == 0) {
		av_mode_text((mode_t)n, mode);
		snprintf(f->text, sizeof(f->text), "0%lo %s", n, mode);
	} else if (strcmp(f->name, "mtime") == 0 && n != 0) {
		time_t t = (time_t)n;
		struct tm tm;
		gmtime_r(&t, &tm);
		strftime(f->text, sizeof(f->text), "%Y-%m-%d %H:%M:%S UTC", &tm);
	} else {
		snprintf(f->text, sizeof(f->text), "%lu", n);
	}
}

static void add_header(struct gather *g, const struct av_entry *x)
{
	size_t n = x->format == AV_ODC ? ARRAY_LEN(odc) : ARRAY_LEN(newc);
	for (size_t i = 0; i < n; i++) {
		const struct header_field *h = x->format == AV_ODC ? &odc[i] : &newc[i];
		size_t width = x->format == AV_ODC ? odc_width[i] : i == 0 ? 6 : 8;
		struct av_field *f = add(g, h->name, _(h->about), width);
		put_value(g, f, x->format == AV_ODC ? 8 : 16);
	}
}

size_t archive_view_fields(const struct archive_view *v, const struct av_entry *x, struct av_field f[AV_FIELDS_MAX])
{
	struct gather g = {v, f, 0, x->header};
	add_header(&g, x);
	char *name = av_printable(x->name);
	snprintf(add(&g, "name", _("the path in the root file system, ending with a NUL"), x->name_size)->text, 80,
		"%s", name);
	free(name);
	if (x->data > g.at)
		snprintf(add(&g, "padding", _("zeros, so that what follows begins at a multiple of 4"), x->data - g.at)
				 ->text,
			80, "%zu", x->data - (x->name_at + x->name_size));
	if (x->size > 0)
		snprintf(add(&g, S_ISLNK(x->mode) ? "target" : "contents",
				 S_ISLNK(x->mode) ? _("the path that the link stands for, without a NUL")
						  : _("the file's bytes"),
				 x->size)
				 ->text,
			80, "%u bytes", x->size);
	size_t end = x->format == AV_ODC ? g.at : x->data + (((size_t)x->size + 3) & ~(size_t)3);
	if (end > v->n)
		end = v->n;
	if (end > g.at) {
		size_t n = end - g.at;
		snprintf(add(&g, "padding", _("zeros, so that the next header begins at a multiple of 4"), n)->text, 80,
			"%zu", n);
	}
	return g.n;
}

/* Length of the UTF-8 character at s that may be shown as it is; 0 if none. */
static size_t shown(const unsigned char *s)
{
	if (s[0] >= 0x20 && s[0] < 0x7f)
		return 1;
	if (s[0] >= 0xc2 && s[0] < 0xe0 && (s[1] & 0xc0) == 0x80) /* below U+00A0 are control codes */
		return s[0] == 0xc2 && s[1] < 0xa0 ? 0 : 2;
	if ((s[0] & 0xf0) == 0xe0 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80) {
		unsigned c = (s[0] & 15u) << 12 | (s[1] & 63u) << 6 | (s[2] & 63u);
		bool control = (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
			       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
		return c < 0x800 || (c >= 0xd800 && c < 0xe000) || control ? 0 : 3;
	}
	if (s[0] >= 0xf0 && s[0] < 0xf5 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80 && (s[3] & 0xc0) == 0x80) {
		unsigned c = (s[0] & 7u) << 18 | (s[1] & 63u) << 12;
		return c < 0x10000 || c > 0x10ffff ? 0 : 4;
	}
	return 0;
}

char *av_printable(const char *name)
{
	struct buf b = {0};
	for (const unsigned char *s = (const unsigned char *)name; *s != '\0';) {
		size_t n = shown(s);
		if (n == 0)
			buf_addf(&b, "\\%03o", *s);
		else
			buf_add(&b, s, n);
		s += n != 0 ? n : 1;
	}
	return buf_take(&b);
}

char *av_notes_text(unsigned notes)
{
	static const struct {
		enum av_note note;
		const char *text;
	} words[] = {
		{AV_DOTDOT, N_("climbs out by ..")},
		{AV_ABSOLUTE, N_("begins with /")},
		{AV_AGAIN, N_("laid over an earlier one")},
		{AV_TOO_LONG, N_("too long: the kernel skips it")},
		{AV_NO_TYPE, N_("no known file type")},
		{AV_HARD_LINK, N_("hard link")},
		{AV_NAME_CUT, N_("NUL within the name")},
	};
	struct buf b = {0};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (notes & words[i].note)
			buf_addf(&b, "%s%s", b.n > 0 ? "; " : "", _(words[i].text));
	return buf_take(&b);
}
