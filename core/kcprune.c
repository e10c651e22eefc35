/* kcprune: see kchelper.h. Removes from the cache of the kconfig helpers what nobody has used for long. Invariant: what
 * was used within the last day stays, so no kiln that runs now loses what it is about to start. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/kchelper.h"
#include "core/paths.h"
#include "core/str.h"

#define DAY         86400
#define AGE_MAX     (60 * DAY)
#define HELPERS_MAX 8 /* of other trees and older versions; each has about 3 MB */

struct kept {
	char *path;
	time_t used;
};

static int oldest_last(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	return (x->used < y->used) - (x->used > y->used);
}

static void take_away(const char *path)
{
	struct err ignored = {0};
	fs_remove_tree(path, &ignored);
	err_done(&ignored);
}

/* Is it a helper, whole (helper-HASH) and not one being built (helper-HASH.xxxxxx)? */
static bool is_helper(const char *name)
{
	return str_starts(name, "helper-") && strchr(name, '.') == NULL;
}

/* How long an entry that is no whole helper may lie unused; -1: it is not ours to remove. */
static long age_allowed(const char *name, const char *path, const struct stat *st)
{
	if (str_starts(name, "helper-") || str_starts(name, "compare-"))
		return DAY; /* left behind by a kiln that was killed */
	if (str_starts(name, "files-"))
		return AGE_MAX;
	if (str_starts(name, "tree-") && S_ISLNK(st->st_mode) && access(path, F_OK) < 0)
		return DAY; /* a link to a tree that is gone */
	return -1;
}

void kchelper_prune(void)
{
	char *dir = paths_cache("kconfig");
	struct kept *v = NULL;
	size_t n = 0;
	time_t now = time(NULL);
	DIR *d = opendir(dir);
	for (struct dirent *en; d != NULL && (en = readdir(d)) != NULL;) {
		char *path = fs_join(dir, en->d_name);
		struct stat st;
		if (en->d_name[0] == '.' || lstat(path, &st) < 0) {
			free(path);
			continue;
		}
		if (is_helper(en->d_name)) {
			v = xrealloc(v, (n + 1) * sizeof(*v));
			v[n++] = (struct kept){path, st.st_mtime};
			continue;
		}
		long allowed = age_allowed(en->d_name, path, &st);
		if (allowed >= 0 && now - st.st_mtime > allowed)
			take_away(path);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	if (n > 0)
		qsort(v, n, sizeof(*v), oldest_last);
	for (size_t i = 0; i < n; i++) {
		time_t age = now - v[i].used;
		if (age > AGE_MAX || (i >= HELPERS_MAX && age > DAY))
			take_away(v[i].path);
		free(v[i].path);
	}
	free(v);
	free(dir);
}
