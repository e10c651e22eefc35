/* accel: see accel.h. The guest (accelguest.c) takes a real kernel's way into long mode, as there are machines whose
 * KVM runs the firmware and then hangs; it ends QEMU through the isa-debug-exit device with a status only it can give.
 */
#include "core/accel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/accelguest.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/proc.h"
#include "core/str.h"

#define QEMU "qemu-system-x86_64"

struct probe {
	uv_timer_t deadline;
	struct proc *proc;
	void (*fn)(void *ctx, const struct accel_result *r);
	void *ctx;
	char *key; /* what a kept answer depends on */
	struct buf said;
	uint64_t began;
	bool late;
};

/* The first line of a small file. Returns owned, "" if there is none. */
static char *first_line(const char *path)
{
	struct err ignored = {0};
	char *text = fs_read(path, NULL, &ignored);
	err_done(&ignored);
	if (text == NULL)
		return xstrdup("");
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* This boot of the machine, this QEMU. */
static char *make_key(void)
{
	struct stat st = {0};
	char *boot = first_line("/proc/sys/kernel/random/boot_id"), *qemu = fs_which(QEMU);
	if (qemu != NULL && stat(qemu, &st) < 0)
		memset(&st, 0, sizeof(st));
	char *key = xasprintf(
		"%s %s %lld %lld", boot, qemu != NULL ? qemu : "", (long long)st.st_size, (long long)st.st_mtim.tv_sec);
	free(boot);
	free(qemu);
	return key;
}

/* The cache file: key, 1 or 0, text; a line each. */
static bool recall(const char *key, struct accel_result *r, char **text)
{
	struct err ignored = {0};
	char *path = paths_cache("accel"), *all = fs_read(path, NULL, &ignored);
	const size_t n = strlen(key);
	bool ok = all != NULL && strncmp(all, key, n) == 0 && all[n] == '\n' &&
		  (all[n + 1] == '0' || all[n + 1] == '1') && all[n + 2] == '\n' && strchr(all + n + 3, '\n') != NULL;
	if (ok) {
		*text = xstrndup(all + n + 3, strcspn(all + n + 3, "\n"));
		*r = (struct accel_result){all[n + 1] == '1', *text};
	}
	err_done(&ignored);
	free(all);
	free(path);
	return ok;
}

/* A cache that cannot be written only means probing again. */
static void remember(const char *key, const struct accel_result *r)
{
	struct err ignored = {0};
	char *path = paths_cache("accel"), *dir = paths_cache(".");
	char *text = xasprintf("%s\n%d\n%s\n", key, r->kvm_works, r->text);
	if (fs_mkdirs(dir, &ignored) == 0)
		fs_write(path, text, strlen(text), 0666, &ignored);
	err_done(&ignored);
	free(text);
	free(path);
	free(dir);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct probe *p = h->data;
	free(p->key);
	buf_done(&p->said);
	free(p);
}

static void on_deadline(uv_timer_t *t)
{
	struct probe *p = t->data;
	p->late = true;
	if (p->proc != NULL)
		proc_kill(p->proc, SIGKILL);
}

static void on_output(void *ctx, const char *bytes, size_t n, bool is_err)
{
	struct probe *p = ctx;
	(void)is_err;
	if (p->said.n < 4096)
		buf_add(&p->said, bytes, n);
}

/* What the run came to, in words. Returns owned. */
static char *verdict(struct probe *p, bool works)
{
	const double s = (double)(uv_now(p->deadline.loop) - p->began) / 1000;
	if (works)
		return xasprintf("KVM: a guest ran in %.2f s", s);
	if (p->late)
		return xasprintf("TCG: /dev/kvm opens, but under KVM a guest did nothing for %.0f s (probe ended by "
				 "its deadline)",
			ACCEL_DEADLINE_MS / 1000.0);
	if (p->said.n > 0)
		p->said.p[strcspn(p->said.p, "\n")] = '\0';
	return xasprintf(
		"TCG: a guest does not run under KVM here: %s", p->said.n > 0 ? p->said.p : "it ended at once");
}

static void on_exit_cb(void *ctx, int status, int sig)
{
	struct probe *p = ctx;
	const bool works = !p->late && sig == 0 && status == ACCELGUEST_STATUS;
	p->proc = NULL;
	uv_timer_stop(&p->deadline);
	char *text = verdict(p, works);
	const struct accel_result r = {works, text};
	remember(p->key, &r);
	p->fn(p->ctx, &r);
	free(text);
	uv_close((uv_handle_t *)&p->deadline, on_timer_closed);
}

/* The guest as a file without a name, so that nothing is left behind whatever happens. */
static int guest_fd(struct err *e)
{
	const size_t n = (size_t)(accelguest_end - accelguest_begin);
	int fd = memfd_create("kiln-probe", MFD_CLOEXEC);
	if (fd >= 0 && write(fd, accelguest_begin, n) == (ssize_t)n)
		return fd;
	err_sys(e, errno, _("cannot make the probe's guest"));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* With the options vm.c uses for KVM, so that the answer is about them. */
static int run_guest(uv_loop_t *loop, struct probe *p, struct err *e)
{
	char *argv[] = {QEMU, "-nodefaults", "-no-user-config", "-nic", "none", "-display", "none", "-no-reboot", "-m",
		"16", "-accel", "kvm", "-cpu", "host", "-device", "isa-debug-exit,iobase=0x501,iosize=2", "-kernel",
		"/dev/fd/3", NULL};
	const int fd = guest_fd(e);
	if (fd < 0)
		return -1;
	const struct proc_opts o = {.argv = argv,
		.death_signal = SIGKILL,
		.pass_fds = &fd,
		.n_pass_fds = 1,
		.on_output = on_output,
		.on_exit = on_exit_cb,
		.ctx = p};
	uv_update_time(loop);
	p->began = uv_now(loop);
	p->proc = proc_start(loop, &o, e);
	close(fd);
	return p->proc != NULL ? 0 : -1;
}

static int start(uv_loop_t *loop, struct probe *p, struct err *e)
{
	uv_timer_init(loop, &p->deadline);
	p->deadline.data = p;
	if (run_guest(loop, p, e) == 0)
		return uv_timer_start(&p->deadline, on_deadline, ACCEL_DEADLINE_MS, 0);
	uv_close((uv_handle_t *)&p->deadline, on_timer_closed);
	return -1;
}

/* Without an openable /dev/kvm there is nothing to run. Returns owned text or NULL. */
static char *why_no_kvm(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		return NULL;
	}
	return xasprintf("TCG: /dev/kvm: %s%s", strerror(errno),
		errno == EACCES ? " (to use it: adduser \"$USER\" kvm, then log in again)" : "");
}

int accel_probe(
	uv_loop_t *loop, bool fresh, void (*fn)(void *ctx, const struct accel_result *r), void *ctx, struct err *e)
{
	struct accel_result r = {0};
	char *text = why_no_kvm(), *key = make_key();
	if (proc_check_tool(QEMU, e) < 0) {
		free(text);
		free(key);
		return -1;
	}
	if (text != NULL || (!fresh && recall(key, &r, &text))) {
		r.text = text;
		fn(ctx, &r);
		free(text);
		free(key);
		return 0;
	}
	struct probe *p = xcalloc(1, sizeof(*p));
	p->fn = fn;
	p->ctx = ctx;
	p->key = key;
	return start(loop, p, e);
}
