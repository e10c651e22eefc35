/* vm, pty, flow, qmp: a real QEMU paused, resumed, reset and ended; orphans; floods held back; children on a pty. The
 * kernel comes from KILN_TEST_BZIMAGE; without an initramfs it runs to its panic, which is all that is needed here. */
#include "tests/unit/test.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/flow.h"
#include "core/fs.h"
#include "core/paths.h"
#include "core/pty.h"
#include "core/str.h"
#include "core/vm.h"

#define DEADLINE_MS 60000

/* --- a loop with a condition to wait for --- */

struct bench {
	uv_loop_t loop;
	uv_timer_t deadline;
	bool late;
	/* machine */
	struct vm *vm;
	struct buf serial, vga;
	struct buf states; /* names of the states gone through, a blank after each */
	bool gone;
	int status, sig;
	bool asked;
	char reason[64], message[256];
	/* child on a pty */
	struct pty *pty;
	struct buf out, err;
	size_t biggest; /* largest piece handed over at once */
};

static void on_deadline(uv_timer_t *t)
{
	struct bench *b = t->data;
	b->late = true;
}

static void bench_init(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	uv_loop_init(&b->loop);
	uv_timer_init(&b->loop, &b->deadline);
	b->deadline.data = b;
	uv_timer_start(&b->deadline, on_deadline, DEADLINE_MS, 0);
}

static void bench_done(struct bench *b)
{
	uv_close((uv_handle_t *)&b->deadline, NULL);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	buf_done(&b->serial);
	buf_done(&b->vga);
	buf_done(&b->states);
	buf_done(&b->out);
	buf_done(&b->err);
}

#define WAIT_FOR(b, condition)                           \
	do {                                             \
		while (!(condition) && !(b)->late)       \
			uv_run(&(b)->loop, UV_RUN_ONCE); \
		assert_false((b)->late);                 \
	} while (0)

static bool has(const struct buf *b, const char *text)
{
	return b->p != NULL && memmem(b->p, b->n, text, strlen(text)) != NULL;
}

/* --- machine --- */

static void on_bytes(void *ctx, enum vm_face face, const char *bytes, size_t n)
{
	struct bench *b = ctx;
	buf_add(face == VM_VGA ? &b->vga : &b->serial, bytes, n);
}

static void on_state(void *ctx, enum vm_state state, const char *note)
{
	struct bench *b = ctx;
	buf_addf(&b->states, "%s ", note != NULL ? note : vm_state_name(state));
}

static void on_gone(void *ctx, const struct vm_exit *x)
{
	struct bench *b = ctx;
	assert_false(b->gone);
	b->gone = true;
	b->vm = NULL;
	b->status = x->status;
	b->sig = x->sig;
	b->asked = x->asked;
	snprintf(b->reason, sizeof(b->reason), "%s", x->reason != NULL ? x->reason : "");
	snprintf(b->message, sizeof(b->message), "%s", x->message != NULL ? x->message : "");
}

static void start_vm(struct bench *b, const struct vm_params *p)
{
	struct err e = {0};
	const struct vm_cb cb = {on_bytes, on_state, on_gone, b};
	b->vm = vm_start(&b->loop, p, &cb, &e);
	if (b->vm == NULL)
		fail_msg("%s", e.msg);
}

static const char *kernel(void)
{
	const char *path = getenv("KILN_TEST_BZIMAGE");
	if (path == NULL || path[0] == '\0' || !fs_exists(path))
		skip();
	return path;
}

static void test_control(void **state)
{
	(void)state;
	const struct vm_params p = {.kernel = kernel(), .cmdline = "console=ttyS0", .paused = true};
	struct bench b;
	bench_init(&b);
	start_vm(&b, &p);
	WAIT_FOR(&b, vm_state(b.vm) == VM_PAUSED);
	assert_int_equal(b.serial.n, 0);
	vm_resume(b.vm);
	WAIT_FOR(&b, has(&b.serial, "Linux version"));
	assert_int_equal(vm_state(b.vm), VM_RUNNING);
	vm_pause(b.vm);
	WAIT_FOR(&b, vm_state(b.vm) == VM_PAUSED);
	buf_clear(&b.serial);
	vm_reset(b.vm);
	WAIT_FOR(&b, has(&b.states, "reset "));
	vm_resume(b.vm);
	WAIT_FOR(&b, has(&b.serial, "Linux version")); /* from the beginning again */
	WAIT_FOR(&b, has(&b.serial, "Kernel panic"));  /* and no further reset ends it */
	vm_powerdown(b.vm);
	WAIT_FOR(&b, has(&b.states, "power button"));
	vm_quit(b.vm);
	WAIT_FOR(&b, b.gone);
	assert_int_equal(b.status, 0);
	assert_true(b.asked);
	assert_string_equal(b.reason, "host-qmp-quit");
	assert_true(has(&b.states, "paused running paused reset running "));
	assert_true(has(&b.states, "ending gone "));
	bench_done(&b);
}

static void test_guest_reset_ends_it(void **state)
{
	(void)state;
	const struct vm_params p = {.kernel = kernel(), .cmdline = "console=ttyS0 panic=-1 reboot=t"};
	struct bench b;
	bench_init(&b);
	start_vm(&b, &p);
	WAIT_FOR(&b, b.gone);
	assert_true(has(&b.serial, "Kernel panic"));
	assert_int_equal(b.status, 0);
	assert_false(b.asked);
	assert_string_equal(b.reason, "guest-reset");
	bench_done(&b);
}

static void test_killed_from_outside(void **state)
{
	(void)state;
	const struct vm_params p = {.kernel = kernel(), .cmdline = "console=ttyS0", .face = VM_VGA};
	struct bench b;
	bench_init(&b);
	start_vm(&b, &p);
	WAIT_FOR(&b, has(&b.vga, "SeaBIOS"));
	WAIT_FOR(&b, has(&b.serial, "Linux version")); /* the serial line is there as well */
	kill(vm_pid(b.vm), SIGKILL);
	WAIT_FOR(&b, b.gone);
	assert_int_equal(b.sig, SIGKILL);
	assert_false(b.asked);
	bench_done(&b);
}

static void test_refused(void **state)
{
	(void)state;
	char *extra[] = {"-machine", "no-such-machine", NULL};
	for (int face = VM_SERIAL; face <= VM_VGA; face++) {
		const struct vm_params p = {.face = (enum vm_face)face, .extra = extra};
		struct bench b;
		bench_init(&b);
		start_vm(&b, &p);
		WAIT_FOR(&b, b.gone);
		assert_int_equal(b.status, 1);
		assert_non_null(strstr(b.message, "unsupported machine"));
		bench_done(&b);
	}
}

/* A QEMU built without seccomp refuses -sandbox: it is started once more without. */
static void test_no_sandbox(void **state)
{
	(void)state;
	struct err e = {0};
	struct bench b;
	char *real = fs_which("qemu-system-x86_64"), *dir = paths_runtime_new(&e), *shim, *path, *script;
	const char *old_path = getenv("PATH");
	assert_non_null(real);
	shim = fs_join(dir, "qemu-system-x86_64");
	path = xasprintf("%s:%s", dir, old_path);
	script = xasprintf(
		"#!/bin/sh\nfor a; do [ \"$a\" != -sandbox ] || { echo \"qemu-system-x86_64: -sandbox on: there is no "
		"sandbox here\" >&2; exit 1; }; done\nexec %s \"$@\"\n",
		real);
	assert_int_equal(fs_write(shim, script, strlen(script), 0755, &e), 0);
	char *saved = xstrdup(old_path);
	setenv("PATH", path, 1);
	const struct vm_params p = {.paused = true};
	bench_init(&b);
	start_vm(&b, &p);
	WAIT_FOR(&b, vm_state(b.vm) == VM_PAUSED);
	assert_true(has(&b.states, "without"));
	vm_quit(b.vm);
	WAIT_FOR(&b, b.gone);
	assert_int_equal(b.status, 0);
	bench_done(&b);
	setenv("PATH", saved, 1);
	fs_remove_tree(dir, &e);
	free(real);
	free(dir);
	free(shim);
	free(path);
	free(script);
	free(saved);
}

static void test_abandoned(void **state)
{
	(void)state;
	const struct vm_params p = {.kernel = kernel(), .cmdline = "console=ttyS0", .face = VM_VGA};
	struct bench b;
	bench_init(&b);
	start_vm(&b, &p);
	WAIT_FOR(&b, has(&b.vga, "SeaBIOS"));
	int pid = vm_pid(b.vm);
	vm_hold(b.vm, VM_VGA, true);
	vm_hold(b.vm, VM_SERIAL, true);
	vm_abandon(b.vm);
	bench_done(&b); /* the loop runs dry: everything is closed */
	assert_false(b.gone);
	assert_int_equal(kill(pid, 0), -1);
}

/* A worker of the test: starts a machine, says its pid, then waits to be killed. */
static void worker(const char *bzimage)
{
	struct bench b;
	bench_init(&b);
	const struct vm_params p = {.kernel = bzimage, .cmdline = "console=ttyS0"};
	start_vm(&b, &p);
	WAIT_FOR(&b, has(&b.serial, "Linux version"));
	printf("%d\n", vm_pid(b.vm));
	fflush(stdout);
	for (;;)
		uv_run(&b.loop, UV_RUN_ONCE);
}

static void test_no_orphan(void **state)
{
	(void)state;
	const char *bz = kernel();
	char line[32] = "";
	int fd[2];
	assert_int_equal(pipe(fd), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fd[1], 1);
		close(fd[0]);
		execl("/proc/self/exe", "test_vm", "machine", bz, NULL);
		_exit(127);
	}
	close(fd[1]);
	assert_true(read(fd[0], line, sizeof(line) - 1) > 0);
	int qemu = atoi(line);
	assert_int_equal(kill(qemu, 0), 0);
	struct pollfd gone = {.fd = (int)syscall(SYS_pidfd_open, qemu, 0), .events = POLLIN};
	assert_true(gone.fd >= 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(poll(&gone, 1, 10000), 1);
	close(gone.fd);
	close(fd[0]);
}

/* --- pty --- */

static void on_pty_bytes(void *ctx, const char *bytes, size_t n)
{
	struct bench *b = ctx;
	b->biggest = n > b->biggest ? n : b->biggest;
	buf_add(&b->out, bytes, n);
}

static void on_pty_err(void *ctx, const char *bytes, size_t n)
{
	struct bench *b = ctx;
	buf_add(&b->err, bytes, n);
}

static void on_pty_exit(void *ctx, int status, int sig)
{
	struct bench *b = ctx;
	b->gone = true;
	b->pty = NULL;
	b->status = status;
	b->sig = sig;
}

static void start_pty(struct bench *b, const char *script, bool split)
{
	struct err e = {0};
	char *argv[] = {"sh", "-c", (char *)script, NULL};
	char *env[] = {"TERM=dumb", "KILN_X=it's", NULL};
	const struct pty_opts o = {.argv = argv,
		.env = env,
		.rows = 7,
		.cols = 33,
		.split_err = split,
		.on_bytes = on_pty_bytes,
		.on_err = on_pty_err,
		.on_exit = on_pty_exit,
		.ctx = b};
	b->pty = pty_start(&b->loop, &o, &e);
	if (b->pty == NULL)
		fail_msg("%s", e.msg);
}

static void test_pty(void **state)
{
	(void)state;
	struct bench b;
	bench_init(&b);
	start_pty(&b,
		"trap 'stty size' WINCH; stty size; echo $TERM $KILN_X; tty >/dev/tty; echo oops >&2; "
		"until read x; do :; done; echo got=$x; read y; echo again=$y; exit 3",
		true);
	WAIT_FOR(&b, has(&b.out, "7 33"));
	WAIT_FOR(&b, has(&b.out, "dumb it's") && has(&b.out, "/dev/pts") && has(&b.err, "oops"));
	pty_resize(b.pty, 50, 200);
	assert_true(pty_send(b.pty, "hello\n", 6));
	WAIT_FOR(&b, has(&b.out, "got=hello") && has(&b.out, "50 200"));
	pty_send(b.pty, "x\n", 2);
	WAIT_FOR(&b, b.gone);
	assert_true(has(&b.out, "again=x"));
	assert_int_equal(b.status, 3);
	bench_done(&b);
}

static void test_pty_control_c(void **state)
{
	(void)state;
	struct bench b;
	bench_init(&b);
	start_pty(&b, "echo ready; exec cat", false);
	WAIT_FOR(&b, has(&b.out, "ready"));
	pty_send(b.pty, "\003", 1); /* the line discipline makes a signal of it: the terminal is the controlling one */
	WAIT_FOR(&b, b.gone);
	assert_int_equal(b.sig, SIGINT);
	bench_done(&b);
}

static void test_pty_flood_and_hold(void **state)
{
	(void)state;
	struct bench b;
	bench_init(&b);
	start_pty(&b, "yes", false);
	WAIT_FOR(&b, b.out.n > 2000000);
	assert_true(b.biggest <= FLOW_BUDGET);
	pty_hold(b.pty, true);
	size_t n = b.out.n;
	for (int i = 0; i < 20; i++)
		uv_run(&b.loop, UV_RUN_NOWAIT);
	assert_int_equal(b.out.n, n);
	pty_hold(b.pty, false);
	WAIT_FOR(&b, b.out.n > n + 100000);
	pty_hold(b.pty, true);
	pty_kill(b.pty, SIGTERM); /* a held pty still ends */
	WAIT_FOR(&b, b.gone);
	assert_int_equal(b.sig, SIGTERM);
	bench_done(&b);
}

static void test_pty_send_is_bounded(void **state)
{
	(void)state;
	struct bench b;
	bench_init(&b);
	start_pty(&b, "stty raw -echo; echo ready; exec sleep 1000", false);
	WAIT_FOR(&b, has(&b.out, "ready"));
	static char big[65536];
	int sent = 0;
	while (sent < 1000 && pty_send(b.pty, big, sizeof(big)))
		sent++;
	assert_true(sent >= 8 && sent <= (FLOW_QUEUE_MAX + 65536) / 65536);
	pty_abandon(b.pty);
	bench_done(&b);
	assert_false(b.gone);
}

static void test_pty_missing_tool(void **state)
{
	(void)state;
	struct bench b;
	struct err e = {0};
	char *argv[] = {"no-such-tool-here", NULL};
	bench_init(&b);
	const struct pty_opts o = {.argv = argv, .ctx = &b};
	assert_null(pty_start(&b.loop, &o, &e));
	assert_non_null(strstr(e.msg, "no-such-tool-here"));
	err_done(&e);
	bench_done(&b);
}

int main(int argc, char **argv)
{
	int status = internal_main(argc, argv);
	if (status >= 0)
		return status;
	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && strcmp(argv[1], "machine") == 0)
		worker(argv[2]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pty),
		cmocka_unit_test(test_pty_control_c),
		cmocka_unit_test(test_pty_flood_and_hold),
		cmocka_unit_test(test_pty_send_is_bounded),
		cmocka_unit_test(test_pty_missing_tool),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_control),
		cmocka_unit_test(test_guest_reset_ends_it),
		cmocka_unit_test(test_killed_from_outside),
		cmocka_unit_test(test_no_sandbox),
		cmocka_unit_test(test_abandoned),
		cmocka_unit_test(test_no_orphan),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
