/* rootedit: see rootedit.h. */
#include "core/rootedit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/beneath.h"
#include "core/elfneed.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/manifest.h"
#include "core/proc.h"

/* The name as in the archive. Returns owned, or NULL with *e. */
static char *name_of(const char *given, struct err *e)
{
	char *name = manifest_name(given);
	if (name == NULL)
		err_set(e, ERR_INPUT, _("`%s` is no path in the initramfs: it is empty, too long, or has a .."), given);
	else if (strcmp(name, "manifest") == 0) {
		err_set(e, ERR_INPUT,
			_("/manifest cannot be in the initramfs: rootfs/manifest is the list of modes and nodes"));
		free(name);
		name = NULL;
	}
	return name;
}

/* Make room for a new object at name: its parents; nothing in its place. Returns its owned path, or NULL with *e. */
static char *place_for(const struct rootedit *r, const char *name, struct err *e)
{
	if (fs_mkdirs(r->rootfs, e) < 0 || beneath_parents(r->rootfs, name, e) < 0)
		return NULL;
	return fs_join(r->rootfs, name);
}

static int manifest_of(const struct rootedit *r, struct manifest *m, struct err *e)
{
	char *path = fs_join(r->rootfs, "manifest");
	int ret = fs_mkdirs(r->rootfs, e) == 0 ? manifest_load(m, path, e) : -1;
	free(path);
	return ret;
}

/* Put one line into the manifest. */
static int set_line(const struct rootedit *r, const struct manifest_entry *x, struct err *e)
{
	struct manifest m = {0};
	int ret = manifest_of(r, &m, e);
	if (ret == 0) {
		manifest_set(&m, x);
		ret = manifest_save(&m, e);
	}
	manifest_done(&m);
	return ret;
}

static int copy_file(const struct rootedit *r, const char *host, const char *name, struct err *e)
{
	char *to = place_for(r, name, e);
	int ret = -1;
	if (to != NULL && fs_is_dir(to))
		err_set(e, ERR_INPUT, _("/%s is a folder in rootfs/: remove it first"), name);
	else if (to != NULL)
		ret = fs_copy(host, to, e);
	free(to);
	return ret;
}

int rootedit_add(const struct rootedit *r, const char *host, const char *given, struct err *e)
{
	struct stat st;
	char *name = name_of(given, e);
	int ret = -1;
	if (name == NULL)
		return -1;
	if (stat(host, &st) < 0) {
		err_sys(e, errno, _("cannot read %s"), host);
	} else if (S_ISREG(st.st_mode)) {
		ret = copy_file(r, host, name, e);
	} else if (S_ISDIR(st.st_mode)) {
		char *to = place_for(r, name, e);
		ret = to != NULL ? fs_copy_tree(host, to, e) : -1;
		free(to);
	} else {
		err_set(e, ERR_INPUT, _("%s is neither a file nor a folder"), host);
		err_hint(e, _("a device node is made by `kiln initramfs node NAME c|b MAJOR MINOR`"));
	}
	free(name);
	return ret;
}

static int check_found(const struct elfneed *need, struct err *e)
{
	for (size_t i = 0; i < need->n; i++)
		if (need->v[i].host == NULL) {
			err_set(e, ERR_WORLD, _("%s, which %s needs, is not on this machine"), need->v[i].name,
				need->v[i].by);
			err_hint(e, _("install the package that has it, or build the program with -static"));
			return -1;
		}
	return 0;
}

int rootedit_add_libs(const struct rootedit *r, const char *host, struct strv *added, struct err *e)
{
	struct elfneed need;
	if (elfneed_read(&need, host, e) < 0)
		return -1;
	int ret = check_found(&need, e);
	for (size_t i = 0; i < need.n && ret == 0; i++) {
		if (rootlist_find(r->now, need.v[i].guest) != NULL)
			continue;
		ret = copy_file(r, need.v[i].host, need.v[i].guest, e);
		if (ret == 0)
			strv_add(added, need.v[i].guest);
	}
	elfneed_done(&need);
	return ret;
}

/* Why something that is in the list cannot be taken out. */
static int cannot_remove(const struct rootedit *r, const char *name, struct err *e)
{
	const struct root_entry *x = rootlist_find(r->now, name);
	const char *slash = strrchr(name, '/');
	if (x == NULL)
		return err_set(e, ERR_INPUT, _("there is no /%s in the initramfs"), name);
	if (strcmp(x->origin, "companion") == 0) {
		err_set(e, ERR_INPUT, _("/%s is a companion, not a file of rootfs/"), name);
		err_hint(e, _("leave `%s` out of initramfs.companions in kiln.conf"), slash != NULL ? slash + 1 : name);
	} else if (strcmp(x->origin, "init") == 0) {
		err_set(e, ERR_INPUT, _("/%s is the init itself: without it nothing would start"), name);
		err_hint(e, _("another one is chosen by init.variant in kiln.conf"));
	} else if (strcmp(x->origin, "always") == 0) {
		err_set(e, ERR_INPUT, _("/%s is always there: without it the init could neither read nor write"), name);
	} else {
		err_set(e, ERR_INPUT, _("/%s is there for what lies in it"), name);
	}
	return -1;
}

static size_t drop_lines(struct manifest *m, const char *name)
{
	size_t n = strlen(name), dropped = manifest_remove(m, name);
	for (size_t i = m->n; i > 0; i--)
		if (i <= m->n && strncmp(m->v[i - 1].name, name, n) == 0 && m->v[i - 1].name[n] == '/') {
			char *below = xstrdup(m->v[i - 1].name);
			dropped += manifest_remove(m, below);
			free(below);
		}
	return dropped;
}

int rootedit_remove(const struct rootedit *r, const char *given, struct err *e)
{
	struct manifest m = {0};
	char *name = name_of(given, e);
	if (name == NULL)
		return -1;
	char *path = fs_join(r->rootfs, name);
	int ret = manifest_of(r, &m, e);
	bool object = fs_exists(path);
	const struct manifest_entry *line = ret == 0 ? manifest_find(&m, name) : NULL;
	if (!object && line != NULL && line->source != NULL && strcmp(line->source, "-") == 0) {
		ret = err_set(e, ERR_INPUT, _("/%s is not from rootfs/: its manifest only changes the mode"), name);
		err_hint(e, _("it is the init (init.variant) or a companion (initramfs.companions in kiln.conf)"));
	}
	size_t lines = ret == 0 ? drop_lines(&m, name) : 0;
	if (ret == 0 && !object && lines == 0)
		ret = cannot_remove(r, name, e);
	if (ret == 0 && object && (ret = beneath_parents(r->rootfs, name, e)) == 0)
		ret = fs_remove_tree(path, e);
	if (ret == 0 && lines > 0)
		ret = manifest_save(&m, e);
	manifest_done(&m);
	free(path);
	free(name);
	return ret;
}

/* The permissions that `text` makes of `old`; -1 if it says none. */
static int new_mode(const char *text, mode_t old)
{
	static const char letter[] = "rwx";
	static const mode_t bits[] = {0444, 0222, 0111};
	char *end;
	text += text[0] == 'a' && text[1] != '\0';
	const char *which = text[0] != '\0' && text[1] != '\0' && text[2] == '\0' ? strchr(letter, text[1]) : NULL;
	if (which != NULL && (text[0] == '+' || text[0] == '-')) {
		mode_t b = bits[which - letter];
		return (int)((text[0] == '+' ? old | b : old & ~b) & 07777);
	}
	unsigned long n = strtoul(text, &end, 8);
	return text[0] >= '0' && text[0] <= '7' && *end == '\0' && n <= 07777 ? (int)n : -1;
}

int rootedit_chmod(const struct rootedit *r, const char *mode, const char *given, struct err *e)
{
	char *name = name_of(given, e);
	if (name == NULL)
		return -1;
	const struct root_entry *now = rootlist_find(r->now, name);
	int perm = new_mode(mode, now != NULL ? now->mode : 0), ret = -1;
	struct manifest m = {0};
	if (perm < 0) {
		err_set(e, ERR_USAGE, _("`%s` is no mode: octal digits like 0755, or a+x, a-x (also r and w)"), mode);
	} else if (now == NULL) {
		err_set(e, ERR_INPUT, _("there is no /%s in the initramfs"), name);
		err_hint(e, _("`kiln initramfs list` shows what there is; what is not built yet cannot be changed"));
	} else if (S_ISLNK(now->mode)) {
		err_set(e, ERR_INPUT, _("/%s is a link: it has no mode of its own"), name);
	} else if (manifest_of(r, &m, e) == 0) {
		const struct manifest_entry *line = manifest_find(&m, name);
		char *source = line != NULL && line->source != NULL ? xstrdup(line->source) : xstrdup("-");
		const struct manifest_entry x = {name, S_ISREG(now->mode) ? source : NULL,
			(now->mode & S_IFMT) | (mode_t)perm, now->uid, now->gid, now->major, now->minor, 0};
		manifest_set(&m, &x);
		ret = manifest_save(&m, e);
		free(source);
	}
	manifest_done(&m);
	free(name);
	return ret;
}

int rootedit_mkdir(const struct rootedit *r, const char *given, struct err *e)
{
	char *name = name_of(given, e), *path = name != NULL ? place_for(r, name, e) : NULL;
	int ret = -1;
	if (path != NULL && mkdir(path, 0777) < 0 && errno != EEXIST)
		err_sys(e, errno, _("cannot make %s"), path);
	else if (path != NULL && !fs_is_dir(path))
		err_set(e, ERR_INPUT, _("/%s is there and is no folder"), name);
	else if (path != NULL)
		ret = 0;
	free(path);
	free(name);
	return ret;
}

int rootedit_link(const struct rootedit *r, const char *target, const char *given, struct err *e)
{
	struct stat st;
	char *name = name_of(given, e), *path = name != NULL ? place_for(r, name, e) : NULL;
	int ret = -1;
	if (path != NULL && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		unlink(path);
	if (path != NULL)
		ret = symlink(target, path) == 0 ? 0 : err_sys(e, errno, _("cannot make the link %s"), path);
	free(path);
	free(name);
	return ret;
}

int rootedit_node(
	const struct rootedit *r, const char *given, const char *kind, unsigned major, unsigned minor, struct err *e)
{
	if (strcmp(kind, "c") != 0 && strcmp(kind, "b") != 0)
		return err_set(e, ERR_USAGE, _("`%s` is no kind of device: c (character) or b (block)"), kind);
	if (major > 4095 || minor > 1048575)
		return err_set(
			e, ERR_USAGE, _("%u:%u is no device: major up to 4095, minor up to 1048575"), major, minor);
	char *name = name_of(given, e);
	if (name == NULL)
		return -1;
	const struct manifest_entry x = {
		.name = name, .mode = (*kind == 'b' ? S_IFBLK : S_IFCHR) | 0600, .major = major, .minor = minor};
	int ret = set_line(r, &x, e);
	free(name);
	return ret;
}

/* The static busybox of the host. Returns owned, or NULL with *e. */
static char *find_busybox(struct err *e)
{
	struct elfneed need = {0};
	char *path = fs_which("busybox");
	if (path != NULL && elfneed_read(&need, path, e) == 0 && need.is_elf && need.is_static)
		return path;
	if (path != NULL)
		err_set(e, ERR_WORLD, _("%s is not static: it would need libraries in the guest"), path);
	else
		err_set(e, ERR_WORLD, _("busybox is not installed"));
	err_hint(e, _("apt-get install busybox-static"));
	elfneed_done(&need);
	free(path);
	return NULL;
}

static bool is_wanted(const struct strv *only, const char *applet)
{
	const char *slash = strrchr(applet, '/');
	return only->n == 0 || strv_has(only, slash != NULL ? slash + 1 : applet);
}

/* Link one applet ("usr/bin/env") unless its name is taken. */
static int add_applet(const struct rootedit *r, const char *name, struct strv *added, struct strv *kept, struct err *e)
{
	char *path = fs_join(r->rootfs, name);
	int ret = 0;
	if (rootlist_find(r->now, name) != NULL || fs_exists(path)) {
		strv_add(kept, name);
	} else {
		ret = rootedit_link(r, "/bin/busybox", name, e);
		strv_add(added, name);
	}
	free(path);
	return ret;
}

/* Is each that is wanted one of them? */
static int all_known(const struct strv *only, const struct strv *applet, struct err *e)
{
	for (size_t i = 0; i < only->n; i++) {
		bool known = false;
		for (size_t k = 0; k < applet->n && !known; k++) {
			const char *slash = strrchr(applet->v[k], '/');
			known = strcmp(slash != NULL ? slash + 1 : applet->v[k], only->v[i]) == 0;
		}
		if (!known) {
			err_set(e, ERR_USAGE, _("busybox has no program `%s`"), only->v[i]);
			err_hint(e, _("`busybox --list` shows them"));
			return -1;
		}
	}
	return 0;
}

int rootedit_busybox(
	const struct rootedit *r, const struct strv *only, struct strv *added, struct strv *kept, struct err *e)
{
	char *busybox = find_busybox(e);
	struct buf out = {0};
	struct strv applet = {0};
	int ret = -1;
	if (busybox == NULL)
		return -1;
	char *argv[] = {busybox, "--list-full", NULL};
	if (proc_capture(argv, 10000, &out, e) == 0)
		strv_split(&applet, out.p != NULL ? out.p : "");
	if (applet.n == 0)
		err_set(e, ERR_WORLD, _("%s --list-full tells no applets"), busybox);
	else if (all_known(only, &applet, e) == 0)
		ret = copy_file(r, busybox, "bin/busybox", e);
	for (size_t i = 0; i < applet.n && ret == 0; i++)
		if (strcmp(applet.v[i], "linuxrc") != 0 && strcmp(applet.v[i], "bin/busybox") != 0 &&
			is_wanted(only, applet.v[i]))
			ret = add_applet(r, applet.v[i], added, kept, e);
	strv_done(&applet);
	buf_done(&out);
	free(busybox);
	return ret;
}
