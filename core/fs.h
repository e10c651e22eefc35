/* fs: files and folders. User files are always replaced whole: written to a
 * temporary beside them, fsync'd, then renamed, so no crash leaves half a file. */
#ifndef KILN_FS_H
#define KILN_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

/* Read a whole file (at most 512 MiB). *len may be NULL. Returns owned, NUL-terminated bytes, or NULL with *e set. */
char *fs_read(const char *path, size_t *len, struct err *e);
/* Replace path with these bytes: temporary + fsync + rename. Returns 0, or -1 with *e set and path unchanged. */
int fs_write(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e);
/* Write only if the content differs (keeps the modification time otherwise). */
int fs_write_if_changed(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e);
/* Copy one regular file, its mode included, replacing dst as fs_write does. */
int fs_copy(const char *src, const char *dst, struct err *e);
/* Copy a tree of folders, regular files and symlinks. dst is created. Does not overwrite existing files. */
int fs_copy_tree(const char *src, const char *dst, struct err *e);
/* mkdir -p with mode 0777 & ~umask. */
int fs_mkdirs(const char *path, struct err *e);
/* rm -rf, never following symlinks. A path that is absent is no error. */
int fs_remove_tree(const char *path, struct err *e);
bool fs_exists(const char *path);
bool fs_is_dir(const char *path);
/* Size in bytes, or -1 if path is no regular file. */
int64_t fs_size(const char *path);
/* Free bytes for this user on the file system of path (or of its nearest existing parent); -1 if unknown. */
int64_t fs_free_space(const char *path);
/* "a/b" from "a" and "b"; an absolute b wins. Returns owned. */
char *fs_join(const char *a, const char *b);
/* Absolute, without ., .. and symlinks where the path exists; lexical for the missing rest. Returns owned. */
char *fs_absolute(const char *path);
/* Find an executable in $PATH. Returns owned absolute path or NULL. */
char *fs_which(const char *tool);

/* Lower-case hex SHA-256, as sha256sum prints it; the buffer holds 65 bytes. */
void fs_sha256(const void *bytes, size_t n, char hex[65]);
int fs_sha256_file(const char *path, char hex[65], struct err *e);
/* SHA-256 over a tree: sorted relative names, modes (x bit), link targets and contents. Missing path: hash of nothing.
 */
int fs_sha256_tree(const char *path, char hex[65], struct err *e);

#endif
