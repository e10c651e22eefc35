/* vm: see vm.h. A struct vm lives from vm_start until QEMU's exit and the end of its serial and monitor sockets have
 * all been seen, so nothing it said is lost. The argument list is made in vmargs.c. */
#include "core/vm.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/flow.h"
#include "core/i18n.h"
#include "core/proc.h"
#include "core/pty.h"
#include "core/qmp.h"
#include "core/str.h"
#include "core/vmargs.h"

#define QUIT_GRACE_MS 2000
/* QEMU's curses display gives a key 10 ms down and 10 ms up and drops keys when its queue is full. */
#define KEY_MS       25
#define KEY_BURST_MS 800

struct vm {
	uv_loop_t *loop;
	struct strv argv;
	bool face_vga, paused_at_start, sandboxed;
	char *term;
	struct vm_cb cb;
	struct proc *proc; /* serial face only … */
	struct pty *pty;   /* … or with the VGA face */
	struct flow *serial;
	struct qmp *qmp;
	uv_timer_t quit_timer, key_timer;
	int open_timers;
	int waiting; /* exit, end of serial and of QMP still to come */
	enum vm_state state;
	uint64_t began;
	struct buf keys; /* typed at the VGA face, not sent yet */
	uint64_t keys_free_at;
	struct proc_lines err_lines;
	char *err_line; /* what QEMU said on stderr that tells most */
	bool err_is_cause;
	char *reason;
	bool greeted, spoke, asked, abandoned, exited, resetting;
	int status, sig;
};

static int spawn(struct vm *v, struct err *e);

static void set_state(struct vm *v, enum vm_state state, const char *note)
{
	if (v->state == state && note == NULL)
		return;
	v->state = state;
	if (v->cb.on_state != NULL && !v->abandoned)
		v->cb.on_state(v->cb.ctx, state, note);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct vm *v = h->data;
	if (--v->open_timers > 0)
		return;
	strv_done(&v->argv);
	buf_done(&v->keys);
	buf_done(&v->err_lines.part);
	free(v->term);
	free(v->err_line);
	free(v->reason);
	free(v);
}

static void close_timers(struct vm *v)
{
	uv_close((uv_handle_t *)&v->quit_timer, on_timer_closed);
	uv_close((uv_handle_t *)&v->key_timer, on_timer_closed);
}

/* QEMU built without seccomp refuses -sandbox: then go on without it, and say so. */
static bool retry_without_sandbox(struct vm *v)
{
	struct err e = {0};
	if (!v->sandboxed || v->greeted || v->asked || v->status != 1 || v->err_line == NULL ||
		strstr(v->err_line, "sandbox") == NULL)
		return false;
	vmargs_drop_sandbox(&v->argv);
	v->sandboxed = false;
	v->exited = false;
	v->err_is_cause = false;
	free(v->err_line);
	v->err_line = NULL;
	if (spawn(v, &e) < 0) {
		free(v->err_line);
		v->err_line = err_text(&e);
		err_done(&e);
		return false;
	}
	set_state(v, VM_STARTING, _("this QEMU has no -sandbox; running without it"));
	return true;
}

static void finish_if_over(struct vm *v)
{
	if (--v->waiting > 0)
		return;
	flow_close(v->serial);
	qmp_close(v->qmp);
	v->serial = NULL;
	v->qmp = NULL;
	v->proc = NULL;
	v->pty = NULL;
	if (!v->abandoned && retry_without_sandbox(v))
		return;
	set_state(v, VM_GONE, NULL);
	const struct vm_exit x = {v->status, v->sig, v->asked, v->reason, v->err_line};
	if (!v->abandoned)
		v->cb.on_exit(v->cb.ctx, &x);
	close_timers(v);
}

/* --- what QEMU says --- */

/* QEMU's first complaint in its own name is the cause; lines after it are advice. */
static void on_err_line(void *ctx, const char *line, size_t n)
{
	struct vm *v = ctx;
	const bool warning = strstr(line, "warning:") != NULL;
	if (n == 0 || v->err_is_cause || (warning && v->err_line != NULL))
		return;
	v->err_is_cause = !warning && str_starts(line, "qemu");
	free(v->err_line);
	v->err_line = xstrndup(line, n < 500 ? n : 500);
}

static void on_err_bytes(void *ctx, const char *bytes, size_t n)
{
	struct vm *v = ctx;
	proc_lines_feed(&v->err_lines, bytes, n, on_err_line, v);
}

static void on_proc_output(void *ctx, const char *bytes, size_t n, bool is_err)
{
	(void)is_err; /* QEMU prints nothing else on stdout here */
	on_err_bytes(ctx, bytes, n);
}

static void on_qemu_exit(void *ctx, int status, int sig)
{
	struct vm *v = ctx;
	v->exited = true;
	v->status = status;
	v->sig = sig;
	v->proc = NULL;
	v->pty = NULL;
	proc_lines_end(&v->err_lines, on_err_line, v);
	uv_timer_stop(&v->quit_timer);
	uv_timer_stop(&v->key_timer);
	flow_hold(v->serial, false);
	finish_if_over(v);
}

static void on_serial(void *ctx, const char *bytes, size_t n)
{
	struct vm *v = ctx;
	if (!v->abandoned)
		v->cb.on_bytes(v->cb.ctx, VM_SERIAL, bytes, n);
}

static void on_vga(void *ctx, const char *bytes, size_t n)
{
	struct vm *v = ctx;
	if (!v->abandoned)
		v->cb.on_bytes(v->cb.ctx, VM_VGA, bytes, n);
}

static void on_socket_end(void *ctx)
{
	finish_if_over(ctx);
}

static void on_qmp_ready(void *ctx)
{
	struct vm *v = ctx;
	v->greeted = true;
	if (v->state == VM_STARTING)
		set_state(v, v->paused_at_start ? VM_PAUSED : VM_RUNNING, NULL);
}

static void send_reboot_action(struct vm *v, const char *action)
{
	struct json_object *args = json_object_new_object();
	json_object_object_add(args, "reboot", json_object_new_string(action));
	qmp_send(v->qmp, "set-action", args, NULL, NULL);
}

static void on_shutdown(struct vm *v, struct json_object *data)
{
	struct json_object *reason = NULL;
	if (data != NULL && json_object_object_get_ex(data, "reason", &reason)) {
		free(v->reason);
		v->reason = xstrdup(json_object_get_string(reason));
	}
	set_state(v, VM_ENDING, NULL);
}

/* Our reset makes SeaBIOS, which finds that it has run before, reset once more; then -no-reboot holds again. */
static void on_reset(struct vm *v, struct json_object *data)
{
	struct json_object *guest = NULL;
	if (data == NULL || !json_object_object_get_ex(data, "guest", &guest) || !json_object_get_boolean(guest)) {
		set_state(v, v->state, "reset");
		return;
	}
	v->resetting = false;
	send_reboot_action(v, "shutdown");
}

static void on_qmp_event(void *ctx, const char *name, struct json_object *data)
{
	struct vm *v = ctx;
	if (strcmp(name, "SHUTDOWN") == 0)
		on_shutdown(v, data);
	else if (v->state == VM_ENDING)
		return;
	else if (strcmp(name, "STOP") == 0)
		set_state(v, VM_PAUSED, NULL);
	else if (strcmp(name, "RESUME") == 0)
		set_state(v, VM_RUNNING, NULL);
	else if (strcmp(name, "POWERDOWN") == 0)
		set_state(v, v->state, _("the power button was pressed; a guest without ACPI ignores it"));
	else if (strcmp(name, "RESET") == 0 && v->resetting)
		on_reset(v, data);
}

/* --- start --- */

static int start_proc(struct vm *v, const int fd[2], struct err *e)
{
	const struct proc_opts o = {
		.argv = v->argv.v,
		.death_signal = SIGKILL,
		.pass_fds = fd,
		.n_pass_fds = 2,
		.on_output = on_proc_output,
		.on_exit = on_qemu_exit,
		.ctx = v,
	};
	v->proc = proc_start(v->loop, &o, e);
	return v->proc != NULL ? 0 : -1;
}

static int start_pty(struct vm *v, const int fd[2], struct err *e)
{
	char *term = xasprintf("TERM=%s", v->term);
	char *env[] = {term, "LC_ALL=C.UTF-8", "ESCDELAY=25", "LINES", "COLUMNS", "NCURSES_NO_UTF8_ACS", NULL};
	const struct pty_opts o = {
		.argv = v->argv.v,
		.env = env,
		.rows = VM_VGA_ROWS,
		.cols = VM_VGA_COLS,
		.death_signal = SIGKILL,
		.pass_fds = fd,
		.n_pass_fds = 2,
		.split_err = true,
		.on_bytes = on_vga,
		.on_err = on_err_bytes,
		.on_exit = on_qemu_exit,
		.ctx = v,
	};
	v->pty = pty_start(v->loop, &o, e);
	free(term);
	return v->pty != NULL ? 0 : -1;
}

static int open_sockets(int serial[2], int monitor[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, serial) < 0)
		return err_sys(e, errno, _("cannot make sockets for QEMU"));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, monitor) == 0)
		return 0;
	err_sys(e, errno, _("cannot make sockets for QEMU"));
	close(serial[0]);
	close(serial[1]);
	return -1;
}

/* Start QEMU and watch its sockets. On failure nothing is left behind but v itself. */
static int spawn(struct vm *v, struct err *e)
{
	int serial[2], monitor[2];
	if (open_sockets(serial, monitor, e) < 0)
		return -1;
	const int theirs[2] = {serial[1], monitor[1]};
	const struct flow_opts so = {0, on_serial, on_socket_end, v};
	const struct qmp_cb qc = {on_qmp_ready, on_qmp_event, on_socket_end, v};
	v->serial = flow_open(v->loop, serial[0], &so, e);
	v->qmp = v->serial != NULL ? qmp_open(v->loop, monitor[0], &qc, e) : (close(monitor[0]), NULL);
	v->waiting = 3;
	int r = v->qmp == NULL ? -1 : v->face_vga ? start_pty(v, theirs, e) : start_proc(v, theirs, e);
	close(theirs[0]);
	close(theirs[1]);
	if (r == 0)
		return 0;
	flow_close(v->serial);
	qmp_close(v->qmp);
	v->serial = NULL;
	v->qmp = NULL;
	return -1;
}

struct vm *vm_start(uv_loop_t *loop, const struct vm_params *p, const struct vm_cb *cb, struct err *e)
{
	struct vm *v = xcalloc(1, sizeof(*v));
	v->loop = loop;
	v->cb = *cb;
	v->face_vga = p->face == VM_VGA;
	v->paused_at_start = p->paused;
	v->sandboxed = true;
	v->term = xstrdup(p->term != NULL ? p->term : "xterm-256color");
	vmargs_make(&v->argv, p);
	uv_timer_init(loop, &v->quit_timer);
	uv_timer_init(loop, &v->key_timer);
	v->quit_timer.data = v->key_timer.data = v;
	v->open_timers = 2;
	uv_update_time(loop);
	v->began = uv_now(loop);
	if (spawn(v, e) == 0)
		return v;
	close_timers(v);
	return NULL;
}

enum vm_state vm_state(const struct vm *v)
{
	return v->state;
}

const char *vm_state_name(enum vm_state s)
{
	static const char *const name[] = {"starting", "running", "paused", "ending", "gone"};
	return name[s];
}

uint64_t vm_began(const struct vm *v)
{
	return v->began;
}

int vm_pid(const struct vm *v)
{
	return v->pty != NULL ? pty_pid(v->pty) : v->proc != NULL ? proc_pid(v->proc) : -1;
}

/* --- typing --- */

static void send_keys(uv_timer_t *t)
{
	struct vm *v = t->data;
	uint64_t now = uv_now(v->loop);
	size_t n = 0;
	if (v->keys_free_at < now)
		v->keys_free_at = now;
	while (n < v->keys.n && v->keys_free_at + KEY_MS <= now + KEY_BURST_MS) {
		v->keys_free_at += KEY_MS;
		n++;
	}
	if (n > 0 && v->pty != NULL)
		pty_send(v->pty, v->keys.p, n);
	buf_eat(&v->keys, n);
	if (v->keys.n > 0)
		uv_timer_start(&v->key_timer, send_keys, KEY_BURST_MS / 2, 0);
}

bool vm_send(struct vm *v, enum vm_face face, const char *bytes, size_t n)
{
	if (v->exited || v->abandoned)
		return false;
	if (face == VM_SERIAL)
		return flow_send(v->serial, bytes, n);
	if (v->pty == NULL || n > FLOW_QUEUE_MAX - v->keys.n)
		return false;
	buf_add(&v->keys, bytes, n);
	if (!uv_is_active((uv_handle_t *)&v->key_timer))
		send_keys(&v->key_timer);
	return true;
}

void vm_hold(struct vm *v, enum vm_face face, bool hold)
{
	if (v->exited)
		return;
	if (face == VM_SERIAL)
		flow_hold(v->serial, hold);
	else if (v->pty != NULL)
		pty_hold(v->pty, hold);
}

/* --- control --- */

static void on_reply(void *ctx, struct json_object *value, const char *error)
{
	struct vm *v = ctx;
	(void)value;
	if (error != NULL)
		set_state(v, v->state, error);
}

static void command(struct vm *v, const char *name)
{
	if (!v->exited && !v->abandoned)
		qmp_send(v->qmp, name, NULL, on_reply, v);
}

void vm_pause(struct vm *v)
{
	command(v, "stop");
}

void vm_resume(struct vm *v)
{
	command(v, "cont");
}

/* -no-reboot would turn a reset into an end, so that action is lifted for a while (on_reset). */
void vm_reset(struct vm *v)
{
	if (v->exited || v->abandoned)
		return;
	v->resetting = true;
	send_reboot_action(v, "reset");
	command(v, "system_reset");
}

void vm_powerdown(struct vm *v)
{
	command(v, "system_powerdown");
}

static void on_quit_timer(uv_timer_t *t)
{
	vm_kill(t->data);
}

void vm_quit(struct vm *v)
{
	v->asked = true;
	command(v, "quit");
	if (!v->exited)
		uv_timer_start(&v->quit_timer, on_quit_timer, QUIT_GRACE_MS, 0);
}

void vm_kill(struct vm *v)
{
	v->asked = true;
	if (v->pty != NULL)
		pty_kill(v->pty, SIGKILL);
	else if (v->proc != NULL)
		proc_kill(v->proc, SIGKILL);
}

void vm_abandon(struct vm *v)
{
	v->abandoned = true;
	flow_hold(v->serial, false);
	if (v->pty != NULL)
		pty_hold(v->pty, false);
	vm_kill(v);
}

char *vm_command(const struct vm_params *p)
{
	struct strv argv = {0};
	vmargs_typed(&argv, p);
	char *line = strv_shell(argv.v);
	strv_done(&argv);
	return line;
}
