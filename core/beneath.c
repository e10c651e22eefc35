/* beneath: see beneath.h. Each path is taken apart and opened folder by folder with O_NOFOLLOW: `..`, absolute paths,
 * empty parts and symlinks are refused wherever they stand, on every kernel alike. */
#include "core/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/i18n.h"
#include "core/str.h"

static int refuse(const char *rel, const char *why, struct err *e)
{
	return err_set(e, ERR_INPUT, _("the path `%s` is not allowed: %s"), rel, why);
}

bool beneath_is_path(const char *rel)
{
	for (const char *at = rel;; at++) {
		size_t n = strcspn(at, "/");
		bool dots = (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.');
		if (n == 0 || n > 255 || dots)
			return false;
		at += n;
		if (*at == '\0')
			return true;
	}
}

/* Open the folder that holds rel's last part; *last points at that part. make: create missing folders. */
static int open_parent(const char *root, const char *rel, bool make, const char **last, struct err *e)
{
	int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, errno, _("cannot open %s"), root);
	const char *at = rel;
	for (;;) {
		size_t n = strcspn(at, "/");
		bool dots = (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.');
		if (n == 0 || n > 255 || dots) {
			close(dir);
			return refuse(rel, "no empty part, `.` or `..`, not absolute", e);
		}
		if (at[n] == '\0') {
			*last = at;
			return dir;
		}
		char part[256];
		memcpy(part, at, n);
		part[n] = '\0';
		if (make)
			mkdirat(dir, part, 0777);
		int next = openat(dir, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), saved = errno;
		close(dir);
		if (next < 0 && (saved == ELOOP || saved == ENOTDIR))
			return refuse(rel, "a part of it is a symlink or no folder", e);
		if (next < 0)
			return err_sys(e, saved, _("cannot open %s"), rel);
		dir = next;
		at += n + 1;
	}
}

int beneath_open(const char *root, const char *rel, int flags, struct err *e)
{
	const char *last;
	int dir = open_parent(root, rel, false, &last, e);
	if (dir < 0)
		return -1;
	int fd = openat(dir, last, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK), saved = errno;
	close(dir);
	if (fd < 0 && saved == ELOOP)
		return refuse(rel, "it is a symlink", e);
	return fd >= 0 ? fd : err_sys(e, saved, _("cannot open %s"), rel);
}

char *beneath_read(const char *root, const char *rel, size_t max, size_t *n, struct err *e)
{
	struct stat st;
	int fd = beneath_open(root, rel, O_RDONLY, e);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size > max) {
		close(fd);
		err_set(e, ERR_INPUT, _("%s is no regular file of at most %zu bytes"), rel, max);
		return NULL;
	}
	char *bytes = xmalloc((size_t)st.st_size + 1);
	size_t got = 0;
	for (ssize_t r; got < (size_t)st.st_size; got += (size_t)r)
		if ((r = read(fd, bytes + got, (size_t)st.st_size - got)) <= 0)
			break;
	close(fd);
	bytes[got] = '\0';
	if (n != NULL)
		*n = got;
	return bytes;
}

int64_t beneath_size(const char *root, const char *rel)
{
	struct err ignored = {0};
	struct stat st;
	int fd = beneath_open(root, rel, O_RDONLY, &ignored);
	int64_t size = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : -1;
	if (fd >= 0)
		close(fd);
	err_done(&ignored);
	return size;
}

static int write_fd(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t r = write(fd, p, n);
		if (r < 0)
			return -1;
		p += r;
		n -= (size_t)r;
	}
	return fsync(fd);
}

int beneath_write(const char *root, const char *rel, const void *bytes, size_t n, struct err *e)
{
	const char *last;
	int dir = open_parent(root, rel, true, &last, e), r = -1;
	if (dir < 0)
		return -1;
	char *tmp = xasprintf(".%.200s.%d.tmp", last, (int)getpid());
	int fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || write_fd(fd, bytes, n) < 0 || renameat(dir, tmp, dir, last) < 0) {
		err_sys(e, errno, _("cannot write %s"), rel);
		unlinkat(dir, tmp, 0);
	} else {
		r = 0;
	}
	if (fd >= 0)
		close(fd);
	free(tmp);
	close(dir);
	return r;
}

int beneath_remove(const char *root, const char *rel, struct err *e)
{
	const char *last;
	int dir = open_parent(root, rel, false, &last, e);
	if (dir < 0)
		return -1;
	int r = unlinkat(dir, last, 0), saved = errno;
	close(dir);
	return r == 0 || saved == ENOENT ? 0 : err_sys(e, saved, _("cannot remove %s"), rel);
}

int beneath_parents(const char *root, const char *rel, struct err *e)
{
	const char *last;
	int dir = open_parent(root, rel, true, &last, e);
	if (dir >= 0)
		close(dir);
	return dir >= 0 ? 0 : -1;
}
