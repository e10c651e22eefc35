/* rootlist: see rootlist.h. Links of rootfs/ are taken as links, never followed, so nothing of the host comes along
 * unasked. */
#include "core/rootlist.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/manifest.h"
#include "core/str.h"

#define NEWC_MAX_SIZE ((int64_t)0xffffffff)

static int by_name(const void *a, const void *b)
{
	const struct root_entry *x = a, *y = b;
	int r = strcmp(x->name, y->name);
	return r != 0 ? r : (x->order > y->order) - (x->order < y->order);
}

const struct root_entry *rootlist_find(const struct rootlist *l, const char *name)
{
	size_t low = 0, high = l->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int r = strcmp(l->v[mid].name, name);
		if (r == 0)
			return &l->v[mid];
		if (r < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void entry_done(struct root_entry *x)
{
	free(x->name);
	free(x->source);
}

/* Lay an entry over the list. Takes its name and source. */
static void put(struct rootlist *l, const struct root_entry *x)
{
	if ((l->n & (l->n - 1)) == 0)
		l->v = xrealloc(l->v, (l->n != 0 ? l->n * 2 : 1) * sizeof(*l->v));
	l->v[l->n] = *x;
	l->v[l->n].order = (unsigned)l->n;
	l->n++;
}

static int put_file(struct rootlist *l, const char *name, const char *path, const char *origin, struct err *e)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return err_sys(e, errno, _("cannot read %s for the initramfs"), path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, _("%s cannot go into the initramfs: it is no file"), path);
	const struct root_entry x = {xstrdup(name), xstrdup(path), S_IFREG | 0755, 0, 0, 0, 0, st.st_size, origin, 0};
	put(l, &x);
	return 0;
}

static int add_programs(struct rootlist *l, const struct initramfs_params *p, struct err *e)
{
	const struct root_entry console = {xstrdup("dev/console"), NULL, S_IFCHR | 0600, 0, 0, 5, 1, 0, "always", 0};
	put(l, &console);
	int r = p->init != NULL ? put_file(l, "init", p->init, "init", e) : 0;
	for (size_t i = 0; i < p->n_extra && r == 0; i++) {
		const char *slash = strrchr(p->extra[i], '/');
		char *name = xasprintf("bin/%s", slash != NULL ? slash + 1 : p->extra[i]);
		r = put_file(l, name, p->extra[i], "companion", e);
		free(name);
	}
	return r;
}

/* One file system object of rootfs/. */
static int add_object(struct rootlist *l, const FTSENT *f, const char *name, struct err *e)
{
	const struct stat *st = f->fts_statp;
	struct root_entry x = {NULL, NULL, st->st_mode & (S_IFMT | 07777), 0, 0, 0, 0, 0, "rootfs", 0};
	if (S_ISLNK(st->st_mode)) {
		char target[PATH_MAX];
		ssize_t n = readlink(f->fts_accpath, target, sizeof(target) - 1);
		if (n < 0)
			return err_sys(e, errno, _("cannot read link %s"), f->fts_path);
		x.source = xstrndup(target, (size_t)n);
		x.mode = S_IFLNK | 0777;
	} else if (S_ISREG(st->st_mode)) {
		x.source = xstrdup(f->fts_path);
		x.size = st->st_size;
	} else if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
		x.major = major(st->st_rdev);
		x.minor = minor(st->st_rdev);
	}
	x.name = xstrdup(name);
	put(l, &x);
	return 0;
}

static int add_rootfs(struct rootlist *l, const char *dir, struct err *e)
{
	char *roots[] = {(char *)dir, NULL};
	FTS *t = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
	size_t skip = strlen(dir);
	int r = t != NULL ? 0 : err_sys(e, errno, _("cannot read %s"), dir);
	for (FTSENT *f; r == 0 && (f = fts_read(t)) != NULL;) {
		const char *name = f->fts_path + skip;
		while (*name == '/')
			name++;
		if (f->fts_info == FTS_ERR || f->fts_info == FTS_DNR || f->fts_info == FTS_NS)
			r = err_sys(e, f->fts_errno, _("cannot read %s"), f->fts_path);
		else if (f->fts_info != FTS_DP && f->fts_level > 0 && strcmp(name, "manifest") != 0)
			r = add_object(l, f, name, e);
	}
	if (t != NULL)
		fts_close(t);
	return r;
}

/* A manifest's file line: contents from the host, or of what is there anyway. */
static int manifest_file(struct rootlist *l, const struct manifest *m, const struct manifest_entry *from,
	struct root_entry *x, struct err *e)
{
	struct stat st;
	if (strcmp(from->source, "-") == 0) {
		size_t i = l->n;
		while (i > 0 && strcmp(l->v[i - 1].name, from->name) != 0)
			i--;
		if (i == 0)
			return err_at(e, m->path, from->line, 0, _("there is no %s whose mode this could change"),
				from->name);
		x->mode = (l->v[i - 1].mode & S_IFMT) | (from->mode & 07777);
		x->major = l->v[i - 1].major;
		x->minor = l->v[i - 1].minor;
		x->size = l->v[i - 1].size;
		x->source = l->v[i - 1].source != NULL ? xstrdup(l->v[i - 1].source) : NULL;
		return 0;
	}
	char *rootfs = xstrndup(m->path, (size_t)(strrchr(m->path, '/') - m->path));
	x->source = fs_join(rootfs, from->source);
	free(rootfs);
	if (stat(x->source, &st) < 0)
		return err_at(e, m->path, from->line, 0, _("cannot read %s: %s"), x->source, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_at(e, m->path, from->line, 0, _("%s is no file"), x->source);
	x->size = st.st_size;
	return 0;
}

static int add_manifest(struct rootlist *l, const char *rootfs, struct err *e)
{
	struct manifest m;
	char *path = fs_join(rootfs, "manifest");
	int r = manifest_load(&m, path, e);
	for (size_t i = 0; i < m.n && r == 0; i++) {
		const struct manifest_entry *from = &m.v[i];
		struct root_entry x = {
			NULL, NULL, from->mode, from->uid, from->gid, from->major, from->minor, 0, "manifest", 0};
		if (S_ISREG(from->mode))
			r = manifest_file(l, &m, from, &x, e);
		else if (from->source != NULL)
			x.source = xstrdup(from->source);
		x.name = xstrdup(from->name);
		if (r == 0)
			put(l, &x);
		else
			entry_done(&x);
	}
	manifest_done(&m);
	free(path);
	return r;
}

/* Sort, and keep the last of each name; but a node that must be there is not given up for a plain file of rootfs/. */
static void settle(struct rootlist *l)
{
	size_t n = 0;
	qsort(l->v, l->n, sizeof(*l->v), by_name);
	for (size_t i = 0; i < l->n; i++) {
		if (n == 0 || strcmp(l->v[n - 1].name, l->v[i].name) != 0) {
			l->v[n++] = l->v[i];
			continue;
		}
		bool keep_old = strcmp(l->v[n - 1].origin, "always") == 0 && strcmp(l->v[i].origin, "manifest") != 0;
		entry_done(keep_old ? &l->v[i] : &l->v[n - 1]);
		if (!keep_old)
			l->v[n - 1] = l->v[i];
	}
	l->n = n;
}

/* Put in the folders above each entry that nobody named. */
static void add_parents(struct rootlist *l)
{
	size_t had = l->n;
	for (size_t i = 0; i < had; i++)
		for (char *slash = l->v[i].name; (slash = strchr(slash, '/')) != NULL; slash++) {
			char *dir = xstrndup(l->v[i].name, (size_t)(slash - l->v[i].name));
			const struct root_entry x = {dir, NULL, S_IFDIR | 0755, 0, 0, 0, 0, 0, "folder", 0};
			const struct rootlist named = {l->v, had};
			bool last_added = l->n > had && strcmp(l->v[l->n - 1].name, dir) == 0;
			if (last_added || rootlist_find(&named, dir) != NULL)
				free(dir);
			else
				put(l, &x);
		}
}

/* Is what stands above an entry a folder? */
static int check_parent(const struct rootlist *l, const struct root_entry *x, struct err *e)
{
	const char *slash = strrchr(x->name, '/');
	if (slash == NULL)
		return 0;
	char *dir = xstrndup(x->name, (size_t)(slash - x->name));
	const struct root_entry *parent = rootlist_find(l, dir);
	int r = 0;
	if (parent != NULL && !S_ISDIR(parent->mode)) {
		r = err_set(e, ERR_INPUT, _("/%s cannot be in the initramfs: /%s (%s) is no folder"), x->name, dir,
			parent->origin);
		err_hint(e, _("rename one of them in rootfs/ or its manifest"));
	}
	free(dir);
	return r;
}

static int check_entry(const struct root_entry *x, struct err *e)
{
	if (x->size > NEWC_MAX_SIZE)
		return err_set(e, ERR_INPUT,
			_("%s is too big for an initramfs: a newc archive holds files below 4 GiB"), x->source);
	if (strlen(x->name) >= PATH_MAX)
		return err_set(
			e, ERR_INPUT, _("the kernel takes no path of %zu bytes: /%.60s…"), strlen(x->name), x->name);
	return 0;
}

int rootlist_make(struct rootlist *l, const struct initramfs_params *p, struct err *e)
{
	memset(l, 0, sizeof(*l));
	int r = add_programs(l, p, e);
	if (r == 0 && p->rootfs != NULL)
		r = add_rootfs(l, p->rootfs, e);
	if (r == 0 && p->rootfs != NULL)
		r = add_manifest(l, p->rootfs, e);
	settle(l);
	add_parents(l);
	settle(l);
	for (size_t i = 0; i < l->n && r == 0; i++)
		if (check_entry(&l->v[i], e) < 0 || check_parent(l, &l->v[i], e) < 0)
			r = -1;
	if (r < 0)
		rootlist_done(l);
	return r;
}

void rootlist_done(struct rootlist *l)
{
	for (size_t i = 0; i < l->n; i++)
		entry_done(&l->v[i]);
	free(l->v);
	memset(l, 0, sizeof(*l));
}
