/* tarread: a tarball as a libarchive reader. xz is decoded on all cores where the file has blocks for it (Debian's
 * kernel tarballs do), and reading can begin in the middle, at the header of a known entry, without decoding what is
 * before. Counts the bytes taken from the file, for progress. Called by the unpack worker (source_unpack.c). */
#ifndef KILN_TARREAD_H
#define KILN_TARREAD_H

#include <archive.h>
#include <stdint.h>

#include "core/err.h"

struct tarread; /* opaque */

/* Open path at its beginning. Returns owned, or NULL with *e naming the file. */
struct tarread *tarread_open(const char *path, struct err *e);
/* Open it so that the first header read is the one at this offset of the unpacked stream (as
 * archive_read_header_position gave it). Returns NULL, without an error, if this file can only be read from its
 * beginning. */
struct tarread *tarread_open_at(const char *path, uint64_t offset);
/* The reader; borrowed. Positions that libarchive tells are relative to where reading began. */
struct archive *tarread_archive(struct tarread *t);
/* Bytes of the file taken so far, and its size. */
uint64_t tarread_done(const struct tarread *t);
uint64_t tarread_total(const struct tarread *t);
/* The error that libarchive has now, as one that names the tarball and what to do. Returns -1. */
int tarread_error(struct tarread *t, struct err *e);
void tarread_close(struct tarread *t);

#endif
