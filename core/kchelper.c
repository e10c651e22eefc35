/* kchelper: see kchelper.h. Runs kconfig/build.sh of the shipped data. */
#include "core/kchelper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/deps.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/proc.h"
#include "core/str.h"

struct kchelper {
	struct proc *proc;
	struct op_cb cb;
	struct proc_lines lines;
	char *building, *dir, *first_error;
	bool cancelled;
};

static const char *const sources[] = {"scripts/kconfig/confdata.c", "scripts/kconfig/expr.c", "scripts/kconfig/menu.c",
	"scripts/kconfig/preprocess.c", "scripts/kconfig/symbol.c", "scripts/kconfig/util.c", "scripts/kconfig/conf.c",
	"scripts/kconfig/lexer.l", "scripts/kconfig/parser.y", "scripts/kconfig/expr.h", "scripts/kconfig/lkc.h",
	"scripts/kconfig/lkc_proto.h", "scripts/kconfig/internal.h", "scripts/kconfig/list.h",
	"scripts/kconfig/preprocess.h", "scripts/include"};
/* Files that every version has: without them it is no tree that we can take. */
static const char *const needed[] = {"scripts/kconfig/lexer.l", "scripts/kconfig/parser.y", "scripts/kconfig/conf.c"};
static const char *const tools[] = {"flex", "bison", "cc", "ar"};

static void add_tool_identity(struct buf *b, const char *tool)
{
	struct stat st;
	char *path = fs_which(tool);
	if (path != NULL && stat(path, &st) == 0)
		buf_addf(b, "%s %s %lld %lld\n", tool, path, (long long)st.st_size, (long long)st.st_mtime);
	free(path);
}

static int add_hash(struct buf *b, const char *base, const char *name, struct err *e)
{
	char hex[65], *path = fs_join(base, name);
	int r = 0;
	if (fs_is_dir(path))
		r = fs_sha256_tree(path, hex, e);
	else if (fs_exists(path))
		r = fs_sha256_file(path, hex, e);
	else
		snprintf(hex, sizeof(hex), "absent");
	free(path);
	if (r == 0)
		buf_addf(b, "%s %s\n", name, hex);
	return r;
}

static int check_tree(const char *tree, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		char *path = fs_join(tree, needed[i]);
		bool there = fs_exists(path);
		free(path);
		if (!there)
			return err_set(e, ERR_INPUT, _("%s is no whole kernel tree: it has no %s"), tree, needed[i]);
	}
	return 0;
}

char *kchelper_dir(const char *tree, struct err *e)
{
	struct buf all = {0};
	char hex[65], *dir = NULL, *data = paths_data(".");
	int r = check_tree(tree, e);
	for (size_t i = 0; i < ARRAY_LEN(sources) && r == 0; i++)
		r = add_hash(&all, tree, sources[i], e);
	if (r == 0)
		r = add_hash(&all, data, "kconfig", e);
	if (r == 0) {
		for (size_t i = 0; i < ARRAY_LEN(tools); i++)
			add_tool_identity(&all, tools[i]);
		fs_sha256(all.p, all.n, hex);
		char *sub = xasprintf("kconfig/helper-%.32s", hex);
		dir = paths_cache(sub);
		free(sub);
	}
	free(data);
	buf_done(&all);
	return dir;
}

static bool is_plain(const char *path)
{
	for (; *path != '\0'; path++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-,@%", *path) == NULL)
			return false;
	return true;
}

char *kchelper_tree(const char *tree, struct err *e)
{
	if (is_plain(tree))
		return xstrdup(tree);
	char hex[65];
	fs_sha256(tree, strlen(tree), hex);
	char *base = paths_cache("kconfig"), *link = xasprintf("%s/tree-%.32s", base, hex);
	if (fs_mkdirs(base, e) == 0 && symlink(tree, link) < 0 && errno != EEXIST)
		err_sys(e, errno, _("cannot make the link %s"), link);
	free(base);
	if (!err_is(e))
		return link;
	free(link);
	return NULL;
}

char *kchelper_files_list(const char *tree)
{
	char hex[65];
	fs_sha256(tree, strlen(tree), hex);
	char *sub = xasprintf("kconfig/files-%.32s", hex), *path = paths_cache(sub);
	free(sub);
	return path;
}

static int check_tools(struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(tools); i++) {
		char *path = fs_which(tools[i]);
		bool there = path != NULL;
		free(path);
		if (there)
			continue;
		err_set(e, ERR_WORLD, _("%s is not installed: the kernel's own kconfig cannot be compiled"), tools[i]);
		char *package = deps_package_of(tools[i]);
		err_hint(e, _("apt-get install %s   (kiln doctor lists everything that is missing)"),
			package != NULL ? package : tools[i]);
		free(package);
		return -1;
	}
	return 0;
}

static void on_line(void *ctx, const char *line, size_t n)
{
	struct kchelper *h = ctx;
	if (h->first_error == NULL && memmem(line, n, "rror", 4) != NULL)
		h->first_error = xstrndup(line, n);
	if (h->cb.line != NULL)
		h->cb.line(h->cb.ctx, line, n, true);
}

static void on_output(void *ctx, const char *bytes, size_t n, bool is_err)
{
	(void)is_err;
	struct kchelper *h = ctx;
	proc_lines_feed(&h->lines, bytes, n, on_line, h);
}

/* Another kiln may have been quicker: then its helper is as good. */
static void move_into_place(struct kchelper *h, struct err *e)
{
	struct err ignored = {0};
	if (rename(h->building, h->dir) < 0) {
		int why = errno;
		fs_remove_tree(h->building, &ignored);
		if (!fs_is_dir(h->dir))
			err_sys(e, why, _("cannot rename %s to %s"), h->building, h->dir);
	}
	err_done(&ignored);
}

static void on_exit_cb(void *ctx, int status, int sig)
{
	struct kchelper *h = ctx;
	struct err e = {0}, ignored = {0};
	proc_lines_end(&h->lines, on_line, h);
	if (h->cancelled) {
		err_set(&e, ERR_CANCELLED, _("stopped"));
	} else if (status != 0) {
		err_set(&e, ERR_WORLD, _("the kernel tree's own kconfig does not compile (%s %d)"),
			sig != 0 ? "signal" : "status", sig != 0 ? sig : status);
		if (h->first_error != NULL)
			err_evidence(&e, h->first_error);
		err_hint(&e,
			_("kiln doctor shows the compiler, flex and bison that were used; -v shows their messages"));
	} else {
		move_into_place(h, &e);
		kchelper_prune();
	}
	if (err_is(&e))
		fs_remove_tree(h->building, &ignored);
	h->cb.done(h->cb.ctx, &e);
	err_done(&e);
	err_done(&ignored);
	free(h->building);
	free(h->dir);
	free(h->first_error);
	free(h);
}

/* A fresh folder beside the final one. Returns owned, NULL with *e. */
static char *make_building(const char *dir, struct err *e)
{
	char *base = paths_cache("kconfig"), *path = xasprintf("%s.XXXXXX", dir);
	if (fs_mkdirs(base, e) == 0 && mkdtemp(path) == NULL)
		err_sys(e, errno, _("cannot make a folder in %s"), base);
	free(base);
	if (!err_is(e))
		return path;
	err_hint(e, _("set KILN_CACHE or XDG_CACHE_HOME to a folder that can be written"));
	free(path);
	return NULL;
}

static struct proc *run(uv_loop_t *loop, struct kchelper *h, const char *tree, struct err *e)
{
	char *script = paths_data("kconfig/build.sh");
	char *argv[] = {"sh", script, (char *)tree, h->building, NULL};
	char *env[] = {"LC_ALL=C", "CC", NULL};
	const struct proc_opts o = {.argv = argv, .env = env, .on_output = on_output, .on_exit = on_exit_cb, .ctx = h};
	char *shell = strv_shell(argv);
	if (h->cb.command != NULL)
		h->cb.command(h->cb.ctx, shell);
	struct proc *p = proc_start(loop, &o, e);
	free(shell);
	free(script);
	return p;
}

struct kchelper *kchelper_start(uv_loop_t *loop, const char *tree, const struct op_cb *cb, struct err *e)
{
	struct kchelper *h = xcalloc(1, sizeof(*h));
	h->cb = *cb;
	h->dir = kchelper_dir(tree, e);
	if (h->dir != NULL && check_tools(e) == 0)
		h->building = make_building(h->dir, e);
	if (h->building != NULL)
		h->proc = run(loop, h, tree, e);
	if (h->proc != NULL)
		return h;
	if (h->building != NULL)
		rmdir(h->building);
	free(h->building);
	free(h->dir);
	free(h);
	return NULL;
}

void kchelper_cancel(struct kchelper *h)
{
	h->cancelled = true;
	proc_cancel(h->proc, 2000);
}
