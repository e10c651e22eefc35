/* labsave: see labsave.h. Files are copied by the kernel where it can (reflinks), and not one by one waited for: a copy
 * that a crash cuts short was never renamed into place. */
#include "core/labsave.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"

static const char *const kept[] = {"kiln.conf", "kernel.config", "init", "rootfs", "iso", "out"};

static int copy_file(const char *from, const char *to, struct err *e)
{
	uv_fs_t req;
	int r = uv_fs_copyfile(NULL, &req, from, to, UV_FS_COPYFILE_FICLONE, NULL);
	uv_fs_req_cleanup(&req);
	return r < 0 ? err_sys(e, -r, _("cannot copy %s"), from) : 0;
}

static int copy_link(const char *from, const char *to, struct err *e)
{
	char target[PATH_MAX];
	ssize_t n = readlink(from, target, sizeof(target) - 1);
	if (n >= 0)
		target[n] = '\0';
	return n < 0 || symlink(target, to) < 0 ? err_sys(e, errno, _("cannot copy %s"), from) : 0;
}

static int copy_entry(const FTSENT *f, const char *to, struct err *e)
{
	switch (f->fts_info) {
	case FTS_D:
		return mkdir(to, 0777) < 0 ? err_sys(e, errno, _("cannot make %s"), to) : 0;
	case FTS_F:
		return copy_file(f->fts_accpath, to, e);
	case FTS_SL:
	case FTS_SLNONE:
		return copy_link(f->fts_accpath, to, e);
	case FTS_ERR:
	case FTS_DNR:
	case FTS_NS:
		return err_sys(e, f->fts_errno, _("cannot read %s"), f->fts_path);
	default:
		return 0; /* sockets and the like: nothing to keep */
	}
}

/* A file or folder that may not be there, to a place where nothing is. */
static int copy_tree(const char *from, const char *to, struct err *e)
{
	char *roots[] = {(char *)from, NULL};
	FTS *t = fs_exists(from) ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
	int r = 0;
	for (FTSENT *f; r == 0 && t != NULL && (f = fts_read(t)) != NULL;) {
		char *path = xasprintf("%s%s", to, f->fts_path + strlen(from));
		if (f->fts_info != FTS_DP)
			r = copy_entry(f, path, e);
		free(path);
	}
	if (t != NULL)
		fts_close(t);
	return r;
}

static void sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		syncfs(fd);
		close(fd);
	}
}

int labsave_copy(const char *from, const char *to, struct err *e)
{
	int r = fs_mkdirs(to, e);
	for (size_t i = 0; i < ARRAY_LEN(kept) && r == 0; i++) {
		char *a = fs_join(from, kept[i]), *b = fs_join(to, kept[i]);
		r = fs_remove_tree(b, e);
		if (r == 0)
			r = copy_tree(a, b, e);
		free(a);
		free(b);
	}
	return r;
}

int labsave_take(const char *lab, const char *to, struct err *e)
{
	char *fresh = xasprintf("%s.new", to);
	int r = fs_remove_tree(fresh, e);
	if (r == 0)
		r = labsave_copy(lab, fresh, e);
	if (r == 0)
		sync_folder(fresh);
	if (r == 0)
		r = fs_remove_tree(to, e);
	if (r == 0 && rename(fresh, to) < 0)
		r = err_sys(e, errno, _("cannot rename %s"), fresh);
	free(fresh);
	return r;
}
