/* archive_view: an initramfs made anywhere, opened to be looked at: every entry with where its header, name and
 * contents lie, and each header field by name. Reads cpio newc, crc and odc; several archives one after another, as the
 * kernel takes them; compressed as a whole or after an uncompressed first part (as distributions ship them). Never
 * writes a file. Invariants: whatever the bytes claim, every offset kept lies within what was read; memory is bounded
 * by AV_MAX_BYTES. */
#ifndef KILN_ARCHIVE_VIEW_H
#define KILN_ARCHIVE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

#define AV_MAX_BYTES   ((size_t)512 << 20)
#define AV_MAX_ENTRIES ((size_t)1000000)

enum av_format { AV_NEWC, AV_CRC, AV_ODC };

/* What is odd about an entry. */
enum av_note {
	AV_DOTDOT = 1,     /* its name climbs out by .. */
	AV_ABSOLUTE = 2,   /* its name begins with / */
	AV_AGAIN = 4,      /* another entry of that name came before: this one is laid over it */
	AV_TOO_LONG = 8,   /* the kernel skips it: name or link target over 4096 bytes */
	AV_NO_TYPE = 16,   /* its mode has no known file type */
	AV_HARD_LINK = 32, /* the contents stand with another entry of the same inode */
	AV_NAME_CUT = 64,  /* a NUL within the name: what is after it does not count */
};

struct av_entry {
	char *name;   /* as in the archive, owned; print it by av_printable only */
	char *target; /* of a symlink, owned; else NULL */
	enum av_format format;
	unsigned notes; /* enum av_note */
	unsigned part;  /* which of the archives in the file, from 0 */
	mode_t mode;
	uint32_t ino, uid, gid, nlink, mtime, size, devmajor, devminor, rdevmajor, rdevminor, check;
	size_t header, name_at, name_size, data; /* offsets in `bytes` */
	size_t contents, contents_size; /* as data and size; of a hard link, those of the entry that has them */
};

struct archive_view {
	char *path;
	uint8_t *bytes; /* unpacked, owned */
	size_t n;
	int64_t file_size;
	size_t packed_at;  /* where in `bytes` what was compressed begins; n if nothing was */
	char *compression; /* "none", "gzip", "xz", … owned */
	char *refused;     /* why the kernel would not take it, NULL if nothing is known against it; owned */
	struct av_entry *v;
	size_t n_entry;
	unsigned parts;
};

/* Read path. 0, or -1 with *e, which names the byte where it goes wrong; then v holds what came before it. The caller
 * calls archive_view_done in either case. */
int archive_view_open(struct archive_view *v, const char *path, struct err *e);
/* The same from bytes in memory (borrowed only during the call). */
int archive_view_bytes(struct archive_view *v, const char *name, const void *bytes, size_t n, struct err *e);
/* The entry that counts for a name ("init", "/init"): the last of it; NULL if there is none. */
const struct av_entry *archive_view_find(const struct archive_view *v, const char *name);
void archive_view_done(struct archive_view *v);

/* One named piece of an entry: a header field, the name, padding, the contents. */
struct av_field {
	const char *name;  /* static */
	const char *about; /* what it means and which values are right; static */
	size_t at, n;      /* offset in `bytes` and length */
	char text[80];     /* its value for people */
};
#define AV_FIELDS_MAX 20
/* The pieces of an entry in the order of their bytes, without gaps. Returns how many. */
size_t archive_view_fields(const struct archive_view *v, const struct av_entry *x, struct av_field f[AV_FIELDS_MAX]);

/* A name with control bytes and what is not UTF-8 as \ooo. Returns owned. */
char *av_printable(const char *name);
/* "-rwxr-xr-x" into text (11 bytes). */
void av_mode_text(mode_t mode, char text[11]);
/* The notes in words, "; " between; "" for none. Returns owned. */
char *av_notes_text(unsigned notes);

#endif
