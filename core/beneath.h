/* beneath: files of a folder by paths that strangers wrote (lessons, submissions): never outside it, never through a
 * symlink (each part is opened with O_NOFOLLOW, on every kernel alike). */
#ifndef KILN_BENEATH_H
#define KILN_BENEATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* Is rel such a path, by its letters alone? */
bool beneath_is_path(const char *rel);
/* Open root/rel. Returns a descriptor, or -1 with *e. */
int beneath_open(const char *root, const char *rel, int flags, struct err *e);
/* Read it whole (at most max bytes). Returns owned, NUL-terminated bytes, or NULL with *e. */
char *beneath_read(const char *root, const char *rel, size_t max, size_t *n, struct err *e);
/* Size in bytes, -1 if there is no such regular file. */
int64_t beneath_size(const char *root, const char *rel);
/* Write it (temp + fsync + rename), making its folders. */
int beneath_write(const char *root, const char *rel, const void *bytes, size_t n, struct err *e);
/* Remove a file; an absent one is no error. */
int beneath_remove(const char *root, const char *rel, struct err *e);
/* Make the folders that rel lies in, unless they are there. -1 with *e if one of them is a symlink or no folder. */
int beneath_parents(const char *root, const char *rel, struct err *e);

#endif
