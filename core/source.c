/* source: see source.h. Finding a source and naming what it is: stat and small reads only, so that it can be asked
 * before every build. Unpacking is source_unpack.c's, run as a worker from source_op.c. */
#include "core/source.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/proc.h"
#include "core/source_subset.h"
#include "core/str.h"

#define HOW_TO_GET                                                                                                  \
	N_("get one: `apt-get install linux-source-6.12` (or linux-source), or name a folder or tarball: --kernel " \
	   "PATH")

/* The oldest gcc that builds a kernel, from this version on (the kernel's scripts/min-tool-version.sh). */
static const struct {
	int major, minor, gcc;
} needs_gcc[] = {{6, 16, 8}, {5, 15, 5}, {0, 0, 4}};

/* The value of "NAME = value" in a Makefile's text; returns owned. */
static char *make_variable(const char *text, const char *name)
{
	size_t n = strlen(name);
	for (const char *s = text; s != NULL && *s != '\0'; s = strchr(s, '\n')) {
		s += *s == '\n';
		const char *v = s + n;
		if (strncmp(s, name, n) != 0)
			continue;
		v += strspn(v, " \t");
		if (*v != '=')
			continue;
		char *value = xstrndup(v + 1, strcspn(v + 1, "\n#"));
		char *trimmed = xstrdup(str_trim(value));
		free(value);
		return trimmed;
	}
	return xstrdup("");
}

/* "6.12.117" from the tree's Makefile; NULL if it has none. Returns owned. */
static char *tree_version(const char *tree)
{
	char *path = fs_join(tree, "Makefile");
	struct err ignored = {0};
	char *text = fs_size(path) >= 0 && fs_size(path) < 1 << 20 ? fs_read(path, NULL, &ignored) : NULL;
	char *v[4] = {NULL}, *version = NULL;
	static const char *const name[] = {"VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION"};
	free(path);
	err_done(&ignored);
	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		v[i] = make_variable(text, name[i]);
	if (*v[0] != '\0' && *v[1] != '\0')
		version = xasprintf("%s.%s%s%s%s", v[0], v[1], *v[2] != '\0' ? "." : "", v[2], v[3]);
	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		free(v[i]);
	free(text);
	return version;
}

/* "6.12" from linux-source-6.12.tar.xz or linux-6.12.3.tar.gz; "unknown" if the name does not say. Returns owned. */
static char *name_version(const char *path)
{
	const char *base = strrchr(path, '/');
	base = base != NULL ? base + 1 : path;
	for (const char *s = base; (s = strpbrk(s, "0123456789")) != NULL; s += strspn(s, "0123456789")) {
		size_t n = strspn(s, "0123456789.");
		while (n > 0 && s[n - 1] == '.') /* the one before "tar" */
			n--;
		if (memchr(s, '.', n) != NULL && s > base && s[-1] == '-') {
			size_t more = s[n] == '-' && s[n + 1] == 'r' && s[n + 2] == 'c'
					      ? 3 + strspn(s + n + 3, "0123456789")
					      : 0;
			return xstrndup(s, n + more);
		}
	}
	return xstrdup("unknown");
}

/* Fold one file's size and time into the text that becomes an identity. */
static void add_stat(struct buf *b, const char *dir, const char *name)
{
	struct stat st;
	char *path = fs_join(dir, name);
	if (stat(path, &st) == 0)
		buf_addf(b, "%s %jd %jd.%09ld\n", name, (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec,
			st.st_mtim.tv_nsec);
	free(path);
}

static char *identity(const struct buf *b)
{
	char hex[65];
	fs_sha256(b->p, b->n, hex);
	return xstrndup(hex, 32);
}

/* Identity of a folder: the files and folders at its top and where its configuration and x86 live, and git's own record
 * of a changed checkout. An edit deep in a driver does not show; a forced build takes it in. Returns owned. */
static char *dir_id(const char *dir)
{
	static const char *const name[] = {".git/HEAD", ".git/index", "Kbuild", "Kconfig", "Makefile", "arch",
		"arch/Kconfig", "arch/x86", "arch/x86/Kconfig", "arch/x86/Makefile", "arch/x86/boot", "arch/x86/kernel",
		"block", "drivers", "drivers/Kconfig", "drivers/Makefile", "drivers/tty", "fs", "fs/Kconfig", "include",
		"include/linux", "init", "init/Kconfig", "init/main.c", "kernel", "kernel/configs/tiny.config", "lib",
		"lib/Kconfig.debug", "mm", "net", "scripts", "scripts/kconfig", "scripts/kconfig/confdata.c",
		"scripts/kconfig/symbol.c", "usr"};
	struct buf b = {0};
	buf_addf(&b, "folder %s\n", dir);
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		add_stat(&b, dir, name[i]);
	char *id = identity(&b);
	buf_done(&b);
	return id;
}

/* Identity of a tarball: its name, size and time. Returns owned. */
static char *tarball_id(const char *path)
{
	struct buf b = {0};
	const char *base = strrchr(path, '/');
	buf_adds(&b, "tarball\n");
	add_stat(&b, path, "");
	buf_adds(&b, base != NULL ? base + 1 : path);
	char *id = identity(&b);
	buf_done(&b);
	return id;
}

/* Where a tarball's tree lies in the cache. Returns owned. */
static char *cached_tree(const struct source *s, const char *version)
{
	bool known = strcmp(version, "unknown") != 0;
	char *rel = xasprintf("source/linux%s%s-%.8s", known ? "-" : "", known ? version : "", s->id);
	char *tree = paths_cache(rel);
	free(rel);
	return tree;
}

/* Kbuild splits paths at blanks and colons. */
static bool make_can_take(const char *path)
{
	return path[strcspn(path, " \t\n:'\"$\\`")] == '\0';
}

/* Is dir a kernel tree that a build with O= can start from? */
static int check_tree(const char *dir, struct err *e)
{
	static const char *const must[] = {"Kconfig", "scripts/kconfig", "arch/x86"}, *const built[] = {".config",
											      "include/config"};
	int r = 0;
	if (access(dir, R_OK | X_OK) < 0)
		return err_sys(e, errno, _("cannot read the kernel source %s"), dir);
	for (size_t i = 0; i < ARRAY_LEN(must) + ARRAY_LEN(built) && r == 0; i++) {
		bool wanted = i < ARRAY_LEN(must);
		const char *name = wanted ? must[i] : built[i - ARRAY_LEN(must)];
		char *path = fs_join(dir, name);
		if (wanted && !fs_exists(path)) {
			r = err_set(e, ERR_INPUT, _("%s is no kernel source tree: it has no %s"), dir, name);
			err_hint(e, _("name the folder that holds the kernel's Makefile and Kconfig; or %s"),
				_(HOW_TO_GET));
		} else if (!wanted && fs_exists(path)) {
			r = err_set(e, ERR_INPUT, _("the kernel source %s was built in place: it has %s"), dir, name);
			err_hint(e,
				_("clean it with `make -C %s mrproper` (keep your .config first), or use another tree"),
				dir);
		}
		free(path);
	}
	if (r == 0 && !make_can_take(dir)) {
		r = err_set(e, ERR_INPUT,
			_("the kernel's make cannot build from %s (blanks, colons or quotes in the path)"), dir);
		err_hint(e, _("move the tree to a folder with a plain path"));
	}
	return r;
}

static int use_dir(struct source *s, struct err *e)
{
	s->version = tree_version(s->origin);
	if (s->version == NULL) {
		err_set(e, ERR_INPUT, _("%s is no kernel source tree: it has no Makefile that gives a VERSION"),
			s->origin);
		err_hint(e, _("name the folder that holds the kernel's Makefile and Kconfig; or %s"), _(HOW_TO_GET));
		return -1;
	}
	if (check_tree(s->origin, e) < 0)
		return -1;
	s->tree = xstrdup(s->origin);
	s->id = dir_id(s->origin);
	return 0;
}

static int use_tarball(struct source *s, struct err *e)
{
	if (access(s->origin, R_OK) < 0)
		return err_sys(e, errno, _("cannot read the kernel source %s"), s->origin);
	s->id = tarball_id(s->origin);
	s->version = name_version(s->origin);
	s->subset = true;
	char *tree = cached_tree(s, s->version), *version = NULL;
	if (subset_is_whole(tree, s->id))
		version = tree_version(tree);
	if (version == NULL) {
		free(tree);
		return 0;
	}
	free(s->version);
	s->version = version;
	s->tree = tree;
	return 0;
}

/* The named place, whatever it is. */
static int use(struct source *s, const char *path, const char *why, struct err *e)
{
	struct stat st;
	s->origin = fs_absolute(path);
	s->why = xstrdup(why);
	if (stat(s->origin, &st) < 0) {
		err_sys(e, errno, _("no kernel source at %s (from %s)"), path, why);
		err_hint(e, _("name a kernel source folder or tarball that is there; or %s"), _(HOW_TO_GET));
		return -1;
	}
	if (S_ISDIR(st.st_mode))
		return use_dir(s, e);
	if (S_ISREG(st.st_mode))
		return use_tarball(s, e);
	err_set(e, ERR_INPUT, _("%s (from %s) is neither a folder nor a tarball"), path, why);
	err_hint(e, _("name a kernel source folder or tarball; or %s"), _(HOW_TO_GET));
	return -1;
}

static int gcc_needed(const char *path)
{
	int major = 0, minor = 0;
	char *version = name_version(path);
	sscanf(version, "%d.%d", &major, &minor);
	free(version);
	size_t i = 0;
	while (major < needs_gcc[i].major || (major == needs_gcc[i].major && minor < needs_gcc[i].minor))
		i++;
	return needs_gcc[i].gcc;
}

/* Can the host's compiler build it? Every compiler in use is at least 7, so it is only asked for newer needs. */
static bool can_build(const char *path)
{
	int need = gcc_needed(path), have = 0;
	if (need <= 7)
		return true;
	char *argv[] = {"gcc", "-dumpversion", NULL};
	struct buf out = {0};
	struct err ignored = {0};
	if (proc_capture(argv, 5000, &out, &ignored) == 0)
		have = atoi(out.p != NULL ? out.p : "0");
	buf_done(&out);
	err_done(&ignored);
	return have == 0 || have >= need; /* a missing gcc is the doctor's matter */
}

static int by_version(const void *a, const void *b)
{
	return -strverscmp(*(char *const *)a, *(char *const *)b);
}

/* The newest Debian tarball in /usr/src (KILN_SRC_DIR for another place). */
static int use_newest(struct source *s, struct err *e)
{
	const char *dir = getenv("KILN_SRC_DIR");
	char *pattern = fs_join(dir != NULL && *dir != '\0' ? dir : "/usr/src", "linux-source-[0-9]*.tar*");
	glob_t g = {0};
	size_t i = 0;
	int r = -1;
	if (glob(pattern, GLOB_NOSORT, NULL, &g) == 0)
		qsort(g.gl_pathv, g.gl_pathc, sizeof(*g.gl_pathv), by_version);
	while (i < g.gl_pathc && !can_build(g.gl_pathv[i]))
		i++;
	if (i < g.gl_pathc) {
		r = use(s, g.gl_pathv[i], "newest linux-source package", e);
	} else if (g.gl_pathc > 0) {
		err_set(e, ERR_WORLD, _("gcc is too old for the kernel in %s, which needs gcc %d"), g.gl_pathv[0],
			gcc_needed(g.gl_pathv[0]));
		err_hint(e, _("install a newer gcc, or an older kernel source; `kiln doctor` shows what is there"));
	} else {
		err_set(e, ERR_WORLD, _("there is no kernel source: none is set, and no %s"), pattern);
		err_hint(e, "%s", _(HOW_TO_GET));
	}
	globfree(&g);
	free(pattern);
	return r;
}

int source_find(struct source *s, const char *setting, struct err *e)
{
	const char *env = getenv("KILN_KERNEL");
	int r;
	memset(s, 0, sizeof(*s));
	if (setting != NULL && *setting != '\0')
		r = use(s, setting, "kernel.source", e);
	else if (env != NULL && *env != '\0')
		r = use(s, env, "KILN_KERNEL", e);
	else
		r = use_newest(s, e);
	if (r < 0)
		source_done(s);
	return r;
}

char *source_cache_tree(const struct source *s, struct err *e)
{
	char *version = name_version(s->origin), *tree = cached_tree(s, version);
	free(version);
	if (make_can_take(tree))
		return tree;
	err_set(e, ERR_WORLD,
		_("the kernel's make cannot build from kiln's cache, %s (blanks, colons or quotes in the path)"), tree);
	err_hint(e, _("set KILN_CACHE to a folder with a plain path"));
	free(tree);
	return NULL;
}

int source_take_tree(struct source *s, const char *tree, struct err *e)
{
	char *version = subset_is_whole(tree, s->id) ? tree_version(tree) : NULL;
	if (version == NULL)
		return err_set(e, ERR_WORLD, _("the kernel source unpacked in %s is not whole"), tree);
	free(s->version);
	s->version = version;
	char *copy = xstrdup(tree);
	free(s->tree);
	s->tree = copy;
	return 0;
}

void source_done(struct source *s)
{
	free(s->origin);
	free(s->why);
	free(s->tree);
	free(s->version);
	free(s->id);
	memset(s, 0, sizeof(*s));
}
