/* paths: see paths.h. The only reader of kiln's location-related environment variables. */
#include "core/paths.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"

#ifndef KILN_DATADIR
#define KILN_DATADIR "/usr/local/share/kiln"
#endif

static const char *env(const char *name)
{
	const char *v = getenv(name);
	return v != NULL && v[0] == '/' ? v : NULL;
}

char *paths_self(void)
{
	char link[4096];
	ssize_t n = readlink("/proc/self/exe", link, sizeof(link) - 1);
	return n > 0 ? xstrndup(link, (size_t)n) : xstrdup("/proc/self/exe");
}

/* A data folder is known by the kconfig bridge's build script in it. */
static bool is_data(const char *dir)
{
	char *mark = fs_join(dir, "kconfig/build.sh");
	bool ok = fs_exists(mark);
	free(mark);
	return ok;
}

/* Beside the binary: the source tree itself (kiln or .build/<kind>/kiln in it), or ../share/kiln. */
static char *data_near_self(void)
{
	static const char *const rel[] = {".", "../share/kiln", "../..", ".."};
	char *self = paths_self();
	char *slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	char *found = NULL;
	for (size_t i = 0; i < ARRAY_LEN(rel) && found == NULL; i++) {
		char *joined = fs_join(self, rel[i]);
		char *dir = fs_absolute(joined);
		free(joined);
		if (is_data(dir))
			found = dir;
		else
			free(dir);
	}
	free(self);
	return found;
}

char *paths_data(const char *sub)
{
	const char *fixed = env("KILN_DATA");
	char *dir = fixed != NULL ? xstrdup(fixed) : data_near_self();
	if (dir == NULL)
		dir = xstrdup(KILN_DATADIR);
	char *path = fs_join(dir, sub);
	free(dir);
	return path;
}

static char *home_under(const char *xdg, const char *fallback, const char *sub)
{
	char *base;
	if (env(xdg) != NULL)
		base = xasprintf("%s/kiln", env(xdg));
	else
		base = xasprintf("%s/%s/kiln", env("HOME") != NULL ? env("HOME") : "/tmp", fallback);
	char *path = fs_join(base, sub);
	free(base);
	return path;
}

char *paths_cache(const char *sub)
{
	if (env("KILN_CACHE") != NULL)
		return fs_join(env("KILN_CACHE"), sub);
	return home_under("XDG_CACHE_HOME", ".cache", sub);
}

char *paths_state(const char *sub)
{
	return home_under("XDG_STATE_HOME", ".local/state", sub);
}

char *paths_config(const char *sub)
{
	return home_under("XDG_CONFIG_HOME", ".config", sub);
}

char *paths_runtime_new(struct err *e)
{
	const char *base[] = {env("XDG_RUNTIME_DIR"), env("TMPDIR"), "/tmp"};
	for (size_t i = 0; i < ARRAY_LEN(base); i++) {
		if (base[i] == NULL || strlen(base[i]) > 64)
			continue;
		char *dir = xasprintf("%s/kiln-XXXXXX", base[i]);
		if (mkdtemp(dir) != NULL)
			return dir; /* mkdtemp makes it 0700 */
		free(dir);
	}
	err_sys(e, errno, _("cannot make a private folder under $XDG_RUNTIME_DIR, $TMPDIR or /tmp"));
	err_hint(e, _("set TMPDIR to a writable folder with a short path"));
	return NULL;
}
