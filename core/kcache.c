/* kcache: see kcache.h. One file per kernel, named by the hash of the inputs; its modification time is its last use. */
#include "core/kcache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/paths.h"
#include "core/str.h"

static char *path_of(const struct inputs *in)
{
	struct buf b = {0};
	char hex[65];
	for (size_t i = 0; i < in->n; i++)
		buf_addf(&b, "%s=%s\n", in->v[i].name, in->v[i].value);
	fs_sha256(b.p != NULL ? b.p : "", b.n, hex);
	buf_done(&b);
	char *dir = paths_cache("kernels"), *path = fs_join(dir, hex);
	free(dir);
	return path;
}

bool kcache_fetch(const struct inputs *in, const char *out)
{
	struct err e = {0};
	char *path = path_of(in);
	bool ok = fs_size(path) > 0 && fs_copy(path, out, &e) == 0;
	if (ok)
		utimensat(AT_FDCWD, path, NULL, 0);
	err_done(&e);
	free(path);
	return ok;
}

/* Remove the one that was used longest ago while there are too many. */
static void trim(const char *dir)
{
	for (;;) {
		DIR *d = opendir(dir);
		char *oldest = NULL;
		time_t when = 0;
		unsigned n = 0;
		for (struct dirent *en; d != NULL && (en = readdir(d)) != NULL;) {
			char *path = fs_join(dir, en->d_name);
			struct stat st;
			bool file = stat(path, &st) == 0 && S_ISREG(st.st_mode);
			n += file;
			if (file && (oldest == NULL || st.st_mtime < when)) {
				free(oldest);
				oldest = xstrdup(path);
				when = st.st_mtime;
			}
			free(path);
		}
		if (d != NULL)
			closedir(d);
		struct err e = {0};
		bool removed = n > KCACHE_MAX && fs_remove_tree(oldest, &e) == 0;
		err_done(&e);
		free(oldest);
		if (!removed)
			return;
	}
}

void kcache_store(const struct inputs *in, const char *image)
{
	struct err e = {0};
	char *path = path_of(in), *dir = paths_cache("kernels");
	if (fs_mkdirs(dir, &e) == 0 && fs_copy(image, path, &e) == 0)
		trim(dir);
	err_done(&e);
	free(dir);
	free(path);
}
