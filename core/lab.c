/* lab: see lab.h. */
#include "core/lab.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/str.h"

#define LOCK_NAME ".kiln.lock"

int lab_set(struct lab *l, const char *key, const char *value, struct err *e)
{
	const struct opt_row *row = opt_find(key), *near = row == NULL ? opt_nearest(key) : NULL;
	char *why = NULL;
	if (row == NULL) {
		err_set(e, ERR_INPUT, _("there is no setting `%s`"), key);
		if (near != NULL)
			err_hint(e, _("did you mean `%s`?"), near->key);
		return -1;
	}
	if (opt_check(row, value, &why) < 0) {
		err_set(e, ERR_INPUT, "%s: %s", key, why);
		free(why);
		return -1;
	}
	optset_set(&l->opts, row->id, value);
	conf_set(&l->conf, row, value);
	return conf_save(&l->conf, e);
}

char *lab_path(const struct lab *l, const char *rel)
{
	return fs_join(l->dir, rel);
}

static int write_new(const char *dir, const char *name, const char *text, struct err *e)
{
	char *path = fs_join(dir, name);
	int r = fs_write(path, text, strlen(text), 0644, e);
	free(path);
	return r;
}

static const char rootfs_manifest[] =
	"# Extra entries of the initramfs, one a line, in the format of the kernel's usr/gen_init_cpio:\n"
	"#   dir <name> <mode> <uid> <gid>\n"
	"#   file <name> <file in rootfs/> <mode> <uid> <gid>\n"
	"#   nod <name> <mode> <uid> <gid> <b|c> <major> <minor>\n"
	"#   slink <name> <target> <mode> <uid> <gid>\n"
	"# Files in rootfs/ come along by themselves; a line here changes their mode. /dev/console is always there.\n";

static int fill(const char *dir, struct err *e)
{
	char *init = fs_join(dir, "init"), *rootfs = fs_join(dir, "rootfs"), *shipped = paths_data("initsrc");
	char *conf = conf_template();
	int r = -1;
	if (fs_mkdirs(rootfs, e) == 0 && fs_copy_tree(shipped, init, e) == 0 &&
		write_new(rootfs, "manifest", rootfs_manifest, e) == 0)
		r = write_new(dir, "kiln.conf", conf, e); /* last: it is what makes the folder a lab */
	free(init);
	free(rootfs);
	free(shipped);
	free(conf);
	return r;
}

int lab_create(const char *dir, struct err *e)
{
	char *mark = fs_join(dir, "kiln.conf");
	bool is_lab = fs_exists(mark), existed = fs_exists(dir);
	free(mark);
	if (is_lab) {
		err_set(e, ERR_WORLD, _("%s is a lab already"), dir);
		err_hint(e, _("open it with `kiln --lab %s status`, or choose another folder"), dir);
		return -1;
	}
	if (existed && !fs_is_dir(dir))
		return err_set(e, ERR_WORLD, _("%s is there and is no folder"), dir);
	if (fs_mkdirs(dir, e) < 0)
		return -1;
	if (fill(dir, e) == 0)
		return 0;
	struct err ignored = {0};
	if (!existed)
		fs_remove_tree(dir, &ignored);
	err_done(&ignored);
	return -1;
}

static char *search_upwards(void)
{
	char *dir = fs_absolute(".");
	for (;;) {
		char *mark = fs_join(dir, "kiln.conf");
		bool found = fs_exists(mark);
		free(mark);
		if (found)
			return dir;
		char *slash = strrchr(dir, '/');
		if (slash == NULL || slash == dir)
			break;
		*slash = '\0';
	}
	free(dir);
	return NULL;
}

char *lab_locate(const char *given)
{
	if (given == NULL || *given == '\0')
		given = getenv("KILN_LAB");
	if (given != NULL && *given != '\0')
		return fs_absolute(given);
	char *up = search_upwards();
	return up != NULL ? up : fs_absolute("kiln-lab");
}

char *lab_holder(const char *dir)
{
	struct err ignored = {0};
	char *path = fs_join(dir, LOCK_NAME);
	char *text = fs_read(path, NULL, &ignored);
	err_done(&ignored);
	free(path);
	if (text != NULL)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

bool lab_is_held(const char *dir)
{
	char *path = fs_join(dir, LOCK_NAME);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return false;
	bool held = flock(fd, LOCK_SH | LOCK_NB) < 0;
	close(fd); /* gives the lock back */
	return held;
}

static void write_holder(int fd)
{
	char text[96];
	int n = snprintf(text, sizeof(text), "pid %d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return; /* only the name of the holder is lost; the lock itself holds */
}

static int take_lock(struct lab *l, struct err *e)
{
	char *path = lab_path(l, LOCK_NAME);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	free(path);
	if (fd < 0) {
		err_sys(e, errno, _("cannot write in the lab %s"), l->dir);
		if (errno == EROFS || errno == EACCES)
			err_hint(e, _("the lab is read-only here: copy it (cp -r) to a place you can write to"));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		char *holder = lab_holder(l->dir);
		close(fd);
		err_set(e, ERR_WORLD, _("the lab %s is in use by another kiln (%s)"), l->dir,
			holder != NULL ? holder : "?");
		err_hint(e, _("wait for it, or work in another lab; `kiln status` only reads and works meanwhile"));
		free(holder);
		return -1;
	}
	write_holder(fd);
	l->lock_fd = fd;
	l->held = true;
	return 0;
}

int lab_open(struct lab *l, const char *dir, bool write, struct err *e)
{
	memset(l, 0, sizeof(*l));
	l->lock_fd = -1;
	l->dir = fs_absolute(dir);
	optset_init(&l->opts);
	char *conf = lab_path(l, "kiln.conf");
	int r = 0;
	if (!fs_exists(conf)) {
		r = err_set(e, ERR_WORLD, _("there is no lab in %s"), l->dir);
		err_hint(e, _("make one with `kiln new %s`"), l->dir);
	}
	if (r == 0 && write)
		r = take_lock(l, e);
	if (r == 0)
		r = conf_load(&l->conf, conf, &l->opts, e);
	free(conf);
	if (r < 0)
		lab_close(l);
	return r;
}

int lab_reload(struct lab *l, struct err *e)
{
	char *conf = lab_path(l, "kiln.conf");
	conf_done(&l->conf);
	optset_done(&l->opts);
	optset_init(&l->opts);
	int r = conf_load(&l->conf, conf, &l->opts, e);
	if (l->conf.path == NULL)
		l->conf.path = xstrdup(conf);
	free(conf);
	return r;
}

void lab_close(struct lab *l)
{
	if (l->lock_fd > 0)
		close(l->lock_fd);
	conf_done(&l->conf);
	optset_done(&l->opts);
	free(l->dir);
	memset(l, 0, sizeof(*l));
	l->lock_fd = -1;
}

/* Kbuild splits O= at blanks and colons, and hands it to shells. */
static bool make_can_take(const char *path)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=,./-";
	return path[strspn(path, safe)] == '\0';
}

static char *build_dir_in_cache(const struct lab *l, const char *link, struct err *e)
{
	char hex[65];
	fs_sha256(l->dir, strlen(l->dir), hex);
	char *sub = xasprintf("build/%.16s", hex), *dir = paths_cache(sub);
	free(sub);
	if (!make_can_take(dir)) {
		err_set(e, ERR_WORLD,
			_("the kernel's make cannot build in %s nor in %s (blanks, colons or quotes in the path)"),
			link, dir);
		err_hint(e, _("set KILN_CACHE to a folder with a plain path"));
	} else if (fs_mkdirs(dir, e) == 0 && (fs_exists(link) || symlink(dir, link) == 0)) {
		return dir;
	} else if (!err_is(e)) {
		err_sys(e, errno, _("cannot make the link %s"), link);
	}
	free(dir);
	return NULL;
}

char *lab_build_dir(const struct lab *l, struct err *e)
{
	char *dir = lab_path(l, "build");
	if (make_can_take(dir)) {
		if (fs_mkdirs(dir, e) == 0)
			return dir;
		free(dir);
		return NULL;
	}
	char *elsewhere = build_dir_in_cache(l, dir, e);
	free(dir);
	return elsewhere;
}
