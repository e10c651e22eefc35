/* fs: see fs.h. Files, folders and their fingerprints. */
#include "core/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <fts.h>
#include <limits.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/i18n.h"
#include "core/str.h"

#define FS_MAX_READ ((off_t)512 << 20)

static int read_all(int fd, struct buf *b)
{
	char chunk[65536];
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : 0;
		if (b->n + (size_t)n > (size_t)FS_MAX_READ) {
			errno = EFBIG;
			return -1;
		}
		buf_add(b, chunk, (size_t)n);
	}
}

char *fs_read(const char *path, size_t *len, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_sys(e, errno, _("cannot open %s"), path);
		return NULL;
	}
	struct buf b = {0};
	int r = read_all(fd, &b), saved = errno;
	close(fd);
	if (r < 0) {
		buf_done(&b);
		err_sys(e, saved, _("cannot read %s"), path);
		return NULL;
	}
	if (len != NULL)
		*len = b.n;
	return buf_take(&b);
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t r = write(fd, p, n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

int fs_write(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e)
{
	char *tmp = xasprintf("%s.%d.tmp", path, (int)getpid());
	int r = -1;
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0) {
		err_sys(e, errno, _("cannot write %s"), path);
		goto out;
	}
	if (write_all(fd, bytes, len) < 0 || fchmod(fd, mode) < 0 || fsync(fd) < 0) {
		err_sys(e, errno, _("cannot write %s"), path);
		if (errno == ENOSPC || errno == EDQUOT)
			err_hint(
				e, _("the disk is full: free some space (`kiln clean` removes what can be rebuilt) and "
				     "run again"));
		close(fd);
		unlink(tmp);
		goto out;
	}
	close(fd);
	if (rename(tmp, path) < 0) {
		err_sys(e, errno, _("cannot replace %s"), path);
		unlink(tmp);
		goto out;
	}
	r = 0;
out:
	free(tmp);
	return r;
}

int fs_write_if_changed(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e)
{
	struct err ignored = {0};
	size_t n = 0;
	char *old = fs_read(path, &n, &ignored);
	err_done(&ignored);
	bool same = old != NULL && n == len && memcmp(old, bytes, len) == 0;
	free(old);
	return same ? 0 : fs_write(path, bytes, len, mode, e);
}

int fs_copy(const char *src, const char *dst, struct err *e)
{
	size_t n;
	struct stat st;
	char *bytes = fs_read(src, &n, e);
	if (bytes == NULL)
		return -1;
	if (stat(src, &st) < 0)
		st.st_mode = 0644;
	int r = fs_write(dst, bytes, n, st.st_mode & 0777, e);
	free(bytes);
	return r;
}

static int copy_entry(const FTSENT *f, const char *to, struct err *e)
{
	if (f->fts_info == FTS_D)
		return mkdir(to, 0777) < 0 && errno != EEXIST ? err_sys(e, errno, _("cannot make %s"), to) : 0;
	if (fs_exists(to))
		return 0;
	if (f->fts_info == FTS_SL || f->fts_info == FTS_SLNONE) {
		char target[PATH_MAX];
		ssize_t n = readlink(f->fts_accpath, target, sizeof(target) - 1);
		if (n < 0)
			return err_sys(e, errno, _("cannot read link %s"), f->fts_path);
		target[n] = '\0';
		return symlink(target, to) < 0 ? err_sys(e, errno, _("cannot make link %s"), to) : 0;
	}
	if (f->fts_info == FTS_F)
		return fs_copy(f->fts_accpath, to, e);
	if (f->fts_info == FTS_ERR || f->fts_info == FTS_DNR || f->fts_info == FTS_NS)
		return err_sys(e, f->fts_errno, _("cannot read %s"), f->fts_path);
	return 0;
}

int fs_copy_tree(const char *src, const char *dst, struct err *e)
{
	char *roots[] = {(char *)src, NULL};
	FTS *t = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (t == NULL)
		return err_sys(e, errno, _("cannot read %s"), src);
	int r = 0;
	size_t skip = strlen(src);
	for (FTSENT *f; r == 0 && (f = fts_read(t)) != NULL;) {
		if (f->fts_info == FTS_DP)
			continue;
		char *to = xasprintf("%s%s", dst, f->fts_path + skip);
		r = copy_entry(f, to, e);
		free(to);
	}
	fts_close(t);
	return r;
}

int fs_mkdirs(const char *path, struct err *e)
{
	char *p = xstrdup(path);
	int r = 0;
	for (char *s = p + 1; r == 0; s++) {
		if (*s != '/' && *s != '\0')
			continue;
		char keep = *s;
		*s = '\0';
		if (mkdir(p, 0777) < 0 && errno != EEXIST && !fs_is_dir(p))
			r = err_sys(e, errno, _("cannot make folder %s"), p);
		*s = keep;
		if (keep == '\0')
			break;
	}
	if (r == 0 && !fs_is_dir(path))
		r = err_sys(e, ENOTDIR, _("cannot make folder %s"), path);
	free(p);
	return r;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int fs_remove_tree(const char *path, struct err *e)
{
	struct stat st;
	if (lstat(path, &st) < 0 && errno == ENOENT)
		return 0;
	if (nftw(path, remove_entry, 32, FTW_DEPTH | FTW_PHYS) != 0)
		return err_sys(e, errno, _("cannot remove %s"), path);
	return 0;
}

bool fs_exists(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

bool fs_is_dir(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int64_t fs_size(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
}

int64_t fs_free_space(const char *path)
{
	struct statvfs v;
	char *p = fs_absolute(path);
	while (statvfs(p, &v) != 0) {
		char *slash = strrchr(p, '/');
		if (slash == NULL || slash == p) {
			free(p);
			return -1;
		}
		*slash = '\0';
	}
	free(p);
	return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

char *fs_join(const char *a, const char *b)
{
	if (b[0] == '/' || a[0] == '\0')
		return xstrdup(b);
	if (b[0] == '\0')
		return xstrdup(a);
	return xasprintf("%s%s%s", a, str_ends(a, "/") ? "" : "/", b);
}

/* Append one path component to the absolute path b, resolving . and .. by text. */
static void add_component(struct buf *b, const char *s, size_t n)
{
	if (n == 0 || (n == 1 && s[0] == '.'))
		return;
	if (n == 2 && s[0] == '.' && s[1] == '.') {
		while (b->n > 0 && b->p[b->n - 1] != '/')
			b->p[--b->n] = '\0';
		if (b->n > 1)
			b->p[--b->n] = '\0';
		return;
	}
	if (b->n > 0 && b->p[b->n - 1] != '/')
		buf_addc(b, '/');
	buf_add(b, s, n);
}

char *fs_absolute(const char *path)
{
	char *real = realpath(path, NULL);
	if (real != NULL)
		return real;
	char cwd[PATH_MAX] = "/";
	struct buf b = {0};
	if (path[0] != '/' && getcwd(cwd, sizeof(cwd)) == NULL)
		strcpy(cwd, "/");
	buf_adds(&b, cwd);
	for (const char *s = path; *s != '\0';) {
		size_t n = strcspn(s, "/");
		add_component(&b, s, n);
		s += n + (s[n] == '/');
	}
	return buf_take(&b);
}

char *fs_which(const char *tool)
{
	if (strchr(tool, '/') != NULL)
		return access(tool, X_OK) == 0 ? fs_absolute(tool) : NULL;
	const char *path = getenv("PATH");
	if (path == NULL)
		path = "/usr/local/bin:/usr/bin:/bin";
	while (*path != '\0') {
		size_t n = strcspn(path, ":");
		char *full = xasprintf("%.*s/%s", (int)n, path, tool);
		struct stat st;
		if (n > 0 && access(full, X_OK) == 0 && stat(full, &st) == 0 && S_ISREG(st.st_mode))
			return full;
		free(full);
		path += n + (path[n] == ':');
	}
	return NULL;
}

static void to_hex(const uint8_t *digest, char hex[65])
{
	for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
}

static void finish(struct sha256_ctx *c, char hex[65])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	sha256_digest(c, sizeof(digest), digest);
	to_hex(digest, hex);
}

void fs_sha256(const void *bytes, size_t n, char hex[65])
{
	struct sha256_ctx c;
	sha256_init(&c);
	sha256_update(&c, n, bytes);
	finish(&c, hex);
}

static int hash_fd(struct sha256_ctx *c, int fd)
{
	uint8_t chunk[65536];
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : 0;
		sha256_update(c, (size_t)n, chunk);
	}
}

int fs_sha256_file(const char *path, char hex[65], struct err *e)
{
	struct sha256_ctx c;
	sha256_init(&c);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno, _("cannot open %s"), path);
	int r = hash_fd(&c, fd), saved = errno;
	close(fd);
	if (r < 0)
		return err_sys(e, saved, _("cannot read %s"), path);
	finish(&c, hex);
	return 0;
}

static int by_fts_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void hash_entry(struct sha256_ctx *c, const FTSENT *f, size_t skip)
{
	const char *rel = f->fts_path + skip;
	char kind[3] = {f->fts_info == FTS_D   ? 'd'
			: f->fts_info == FTS_F ? 'f'
					       : 'l',
		f->fts_statp->st_mode & 0100 ? 'x' : '-', '\0'};
	sha256_update(c, strlen(rel) + 1, (const uint8_t *)rel);
	sha256_update(c, sizeof(kind), (const uint8_t *)kind);
	if (f->fts_info == FTS_F) {
		char hex[65] = "unreadable";
		struct err ignored = {0};
		fs_sha256_file(f->fts_accpath, hex, &ignored);
		err_done(&ignored);
		sha256_update(c, strlen(hex) + 1, (const uint8_t *)hex);
	} else if (f->fts_info != FTS_D) {
		char target[PATH_MAX] = "";
		ssize_t n = readlink(f->fts_accpath, target, sizeof(target));
		sha256_update(c, n > 0 ? (size_t)n : 0, (const uint8_t *)target);
	}
}

int fs_sha256_tree(const char *path, char hex[65], struct err *e)
{
	struct sha256_ctx c;
	sha256_init(&c);
	char *roots[] = {(char *)path, NULL};
	FTS *t = fs_exists(path) ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_fts_name) : NULL;
	if (t == NULL && fs_exists(path))
		return err_sys(e, errno, _("cannot read %s"), path);
	for (FTSENT *f; t != NULL && (f = fts_read(t)) != NULL;) {
		if (f->fts_info != FTS_DP)
			hash_entry(&c, f, strlen(path));
	}
	if (t != NULL)
		fts_close(t);
	finish(&c, hex);
	return 0;
}
