/* stick: see stick.h. What a disk is comes from /sys/class/block, who uses it from /proc. */
#include "core/stick.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"

#define STICK_CHUNK ((size_t)1 << 20)

/* First line of a small file of sysfs; "" if it is not there. Returns owned. */
static char *sys_text(const char *name, const char *what)
{
	char *path = xasprintf("/sys/class/block/%s/%s", name, what), line[256] = "";
	FILE *f = fopen(path, "re");
	if (f != NULL && fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	if (f != NULL)
		fclose(f);
	free(path);
	return xstrdup(str_trim(line));
}

static bool sys_has(const char *name, const char *what)
{
	char *path = xasprintf("/sys/class/block/%s/%s", name, what);
	bool there = access(path, F_OK) == 0;
	free(path);
	return there;
}

static bool on_usb(const char *name)
{
	char *path = xasprintf("/sys/class/block/%s", name), *real = realpath(path, NULL);
	bool usb = real != NULL && strstr(real, "/usb") != NULL;
	free(real);
	free(path);
	return usb;
}

static bool is_loop(const char *name)
{
	return strncmp(name, "loop", 4) == 0 && name[4] >= '0' && name[4] <= '9';
}

/* Does a line of /proc/mounts or /proc/swaps begin with this disk or a partition of it? Evidence: the line. */
static bool used_in(const char *table, const char *name, struct err *e)
{
	char line[1024], *device = xasprintf("/dev/%s", name);
	size_t n = strlen(device);
	bool used = false;
	FILE *f = fopen(table, "re");
	while (f != NULL && !used && fgets(line, sizeof(line), f) != NULL) {
		char *where = line[0] == '/' ? xstrndup(line, strcspn(line, " \t")) : xstrdup("");
		char *real = realpath(where, NULL);
		const char *p = real != NULL ? real : where;
		used = strncmp(p, device, n) == 0 && (p[n] == '\0' || p[n] == 'p' || (p[n] >= '0' && p[n] <= '9'));
		free(real);
		free(where);
	}
	if (f != NULL)
		fclose(f);
	free(device);
	if (used) {
		err_set(e, ERR_INPUT, _("/dev/%s is in use"), name);
		err_evidence(e, str_trim(line));
		err_hint(e, _("unmount it first: umount /dev/%s*"), name);
	}
	return used;
}

/* Is there anything but . and .. in a folder of sysfs? */
static bool sys_holds(const char *name, const char *what)
{
	char *path = xasprintf("/sys/class/block/%s/%s", name, what);
	DIR *d = opendir(path);
	bool any = false;
	for (struct dirent *en; d != NULL && (en = readdir(d)) != NULL;)
		any = any || en->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	free(path);
	return any;
}

/* LVM, RAID, crypt: somebody stands on the disk or on one of its partitions, which are folders in its own. */
static bool has_holders(const char *name)
{
	char *path = xasprintf("/sys/class/block/%s", name);
	DIR *d = opendir(path);
	bool any = sys_holds(name, "holders");
	for (struct dirent *en; !any && d != NULL && (en = readdir(d)) != NULL;)
		any = str_starts(en->d_name, name) && sys_holds(en->d_name, "holders");
	if (d != NULL)
		closedir(d);
	free(path);
	return any;
}

static int judge_disk(const struct stick *s, struct err *e)
{
	const char *name = s->name;
	if (sys_has(name, "partition")) {
		err_set(e, ERR_INPUT, _("%s is a partition: the image wants the whole disk"), s->path);
		err_hint(e, _("name the disk itself, without the number at the end"));
		return -1;
	}
	char *removable = sys_text(name, "removable");
	bool ok = strcmp(removable, "1") == 0 || on_usb(name) || is_loop(name);
	free(removable);
	if (!ok) {
		err_set(e, ERR_INPUT, _("%s (%s) is neither removable nor on USB: it could be this machine's own disk"),
			s->path, s->model[0] != '\0' ? s->model : "no model name");
		err_hint(e, _("`kiln write` without a device lists the sticks that are there"));
		return -1;
	}
	if (used_in("/proc/mounts", name, e) || used_in("/proc/swaps", name, e))
		return -1;
	if (has_holders(name))
		return err_set(e, ERR_INPUT,
			_("%s is in use: another block device stands on it (LVM, RAID or encryption)"), s->path);
	char *ro = sys_text(name, "ro");
	bool read_only = strcmp(ro, "1") == 0;
	free(ro);
	if (read_only)
		return err_set(e, ERR_INPUT, _("%s is write-protected"), s->path);
	return s->size > 0 ? 0 : err_set(e, ERR_INPUT, _("%s has no medium in it"), s->path);
}

static int look_block(struct stick *s, struct err *e)
{
	const char *slash = strrchr(s->path, '/');
	s->name = xstrdup(slash + 1);
	char *vendor = sys_text(s->name, "device/vendor"), *model = sys_text(s->name, "device/model");
	char *both = xasprintf("%s %s", vendor, model), *sectors = sys_text(s->name, "size");
	s->model = xstrdup(str_trim(both));
	s->size = strtoll(sectors, NULL, 10) * 512;
	free(vendor);
	free(model);
	free(both);
	free(sectors);
	if (!sys_has(s->name, "size"))
		return err_set(e, ERR_INPUT, _("%s is a block device that /sys does not know"), s->path);
	return judge_disk(s, e);
}

int stick_look(struct stick *s, const char *device, bool allow_file, struct err *e)
{
	struct stat st;
	memset(s, 0, sizeof(*s));
	s->path = realpath(device, NULL);
	if (s->path == NULL || stat(s->path, &st) < 0)
		return err_sys(e, errno, _("cannot use %s"), device);
	if (S_ISBLK(st.st_mode))
		return look_block(s, e);
	if (!S_ISREG(st.st_mode) || !allow_file) {
		err_set(e, ERR_INPUT, _("%s is no disk"), s->path);
		err_hint(e, S_ISREG(st.st_mode) ? _("--file allows a plain file")
						: _("`kiln write` without a device lists the sticks"));
		return -1;
	}
	const char *slash = strrchr(s->path, '/');
	s->name = xstrdup(slash + 1);
	s->model = xstrdup("plain file");
	s->size = st.st_size;
	s->file = true;
	return 0;
}

void stick_done(struct stick *s)
{
	free(s->path);
	free(s->name);
	free(s->model);
	memset(s, 0, sizeof(*s));
}

void stick_candidates(struct strv *out)
{
	DIR *d = opendir("/sys/class/block");
	for (struct dirent *en; d != NULL && (en = readdir(d)) != NULL;) {
		struct stick s;
		struct err e = {0};
		char *path = xasprintf("/dev/%s", en->d_name);
		if (en->d_name[0] != '.' && !is_loop(en->d_name) && stick_look(&s, path, false, &e) == 0)
			strv_add(out, path);
		if (en->d_name[0] != '.' && !is_loop(en->d_name))
			stick_done(&s);
		err_done(&e);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	strv_sort(out);
}

/* --- writing --- */

struct stick_op {
	struct op_cb cb;
	uv_timer_t timer;
	const char *path;
	int fd;
	char *image;
	size_t n, at;
	bool verifying, cancelled;
	struct err end;
};

static void on_closed(uv_handle_t *h)
{
	struct stick_op *op = h->data;
	if (op->fd >= 0)
		close(op->fd);
	free(op->image);
	op->cb.done(op->cb.ctx, &op->end);
	err_done(&op->end);
	free(op);
}

static void write_chunk(struct stick_op *op)
{
	size_t n = op->n - op->at < STICK_CHUNK ? op->n - op->at : STICK_CHUNK;
	ssize_t r = pwrite(op->fd, op->image + op->at, n, (off_t)op->at);
	if (r <= 0) {
		err_sys(&op->end, r < 0 ? errno : ENOSPC, _("writing to %s stopped at byte %zu"), op->path, op->at);
		err_hint(&op->end, _("the stick is not bootable now: write it again, or try another one"));
		return;
	}
	op->at += (size_t)r;
	if (op->at < op->n)
		return;
	if (fsync(op->fd) < 0)
		err_sys(&op->end, errno, _("%s did not take all of the data"), op->path);
	posix_fadvise(op->fd, 0, 0, POSIX_FADV_DONTNEED); /* so that what is read back comes from the stick */
	op->verifying = true;
	op->at = 0;
}

static void verify_chunk(struct stick_op *op)
{
	char back[65536];
	size_t n = op->n - op->at < sizeof(back) ? op->n - op->at : sizeof(back);
	ssize_t r = pread(op->fd, back, n, (off_t)op->at);
	if (r <= 0) {
		err_sys(&op->end, r < 0 ? errno : EIO, _("reading back from %s stopped at byte %zu"), op->path, op->at);
	} else if (memcmp(back, op->image + op->at, (size_t)r) != 0) {
		err_set(&op->end, ERR_WORLD, _("%s gives back other bytes than were written, near byte %zu"), op->path,
			op->at);
		err_hint(&op->end, _("the stick is worn out or fake: use another one"));
	} else {
		op->at += (size_t)r;
	}
}

static void on_timer(uv_timer_t *t)
{
	struct stick_op *op = t->data;
	if (op->cancelled && op->verifying) {
		err_set(&op->end, ERR_CANCELLED, _("cancelled: %s is written, but what is on it was not read back"),
			op->path);
	} else if (op->cancelled) {
		err_set(&op->end, ERR_CANCELLED, _("cancelled: %s is half written and not bootable"), op->path);
		err_hint(&op->end, _("write it again before you use it"));
	} else if (!op->verifying) {
		write_chunk(op);
	} else {
		verify_chunk(op);
	}
	if (op->cb.progress != NULL)
		op->cb.progress(op->cb.ctx, op->verifying ? "reading back" : "writing",
			op->at + (op->verifying ? op->n : 0), 2 * op->n);
	if (err_is(&op->end) || (op->verifying && op->at == op->n))
		uv_close((uv_handle_t *)t, on_closed);
	else
		uv_timer_start(t, on_timer, 0, 0);
}

static void open_failed(const struct stick *s, int errnum, struct err *e)
{
	err_sys(e, errnum, _("cannot open %s for writing"), s->path);
	if (errnum == EACCES || errnum == EPERM)
		err_hint(e, _("run it as root, or join the group that owns the device"));
	if (errnum == EBUSY)
		err_hint(e, _("something uses it: unmount it and what is on it first"));
}

/* Does it begin with a master boot record? A firmware takes nothing else for bootable, and UEFI needs it (or the one
 * that protects a GPT) to find its partition. */
static bool is_disk(const char *image, size_t n)
{
	return n >= 512 && memcmp(image + 510, "\x55\xaa", 2) == 0;
}

struct stick_op *stick_write(
	uv_loop_t *loop, const struct stick *s, const char *image, const struct op_cb *cb, struct err *e)
{
	struct stick_op *op = xcalloc(1, sizeof(*op));
	op->fd = -1;
	op->cb = *cb;
	op->path = s->path;
	op->image = fs_read(image, &op->n, e);
	if (op->image != NULL && !is_disk(op->image, op->n)) {
		err_set(e, ERR_INPUT, _("%s is no image that a stick boots from: bytes 510 and 511 are not 55 aa"),
			image);
		err_hint(e, _("kiln build iso writes one: out/image.iso"));
	} else if (op->image != NULL && (int64_t)op->n > s->size && !s->file)
		err_set(e, ERR_INPUT, _("the image has %zu bytes, %s only %lld"), op->n, s->path, (long long)s->size);
	if (!err_is(e)) {
		/* O_EXCL on a block device: fails while anything of it is mounted or otherwise in use */
		op->fd = open(s->path, O_RDWR | O_CLOEXEC | (s->file ? 0 : O_EXCL));
		if (op->fd < 0)
			open_failed(s, errno, e);
	}
	if (err_is(e)) {
		free(op->image);
		free(op);
		return NULL;
	}
	uv_timer_init(loop, &op->timer);
	op->timer.data = op;
	uv_timer_start(&op->timer, on_timer, 0, 0);
	return op;
}

void stick_cancel(struct stick_op *op)
{
	op->cancelled = true;
}
