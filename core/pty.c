/* pty: see pty.h. Owns the master side (as a flow) and the process; a struct pty lives from pty_start until the exit
 * status and the end of the output have both been seen. The child is started through `kiln internal pty`, as libuv
 * gives it a session of its own but no controlling terminal. */
#include "core/pty.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/flow.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/proc.h"
#include "core/str.h"

#define ABANDON_GRACE_MS 1000

struct pty {
	uv_process_t process;
	uv_timer_t kill_timer;
	uv_pipe_t err;
	struct flow *flow;
	struct pty_opts o;
	int master; /* the flow's descriptor, for its size */
	int open_handles;
	int waiting; /* exit status, end of output and of stderr still to come */
	int status, sig;
	bool exited, abandoned;
	char err_bytes[4096];
};

static void on_closed(uv_handle_t *h)
{
	struct pty *p = h->data;
	if (--p->open_handles == 0)
		free(p);
}

static void finish_if_over(struct pty *p)
{
	if (--p->waiting > 0)
		return;
	if (p->o.on_exit != NULL && !p->abandoned)
		p->o.on_exit(p->o.ctx, p->status, p->sig);
	flow_close(p->flow);
	uv_close((uv_handle_t *)&p->process, on_closed);
	uv_close((uv_handle_t *)&p->kill_timer, on_closed);
}

static void on_exit_cb(uv_process_t *process, int64_t status, int sig)
{
	struct pty *p = process->data;
	p->exited = true;
	p->sig = sig;
	p->status = sig != 0 ? -1 : (int)status;
	uv_timer_stop(&p->kill_timer);
	flow_hold(p->flow, false);
	finish_if_over(p);
}

static void on_flow_bytes(void *ctx, const char *bytes, size_t n)
{
	struct pty *p = ctx;
	if (p->o.on_bytes != NULL && !p->abandoned)
		p->o.on_bytes(p->o.ctx, bytes, n);
}

static void on_flow_end(void *ctx)
{
	finish_if_over(ctx);
}

static void on_err_alloc(uv_handle_t *h, size_t hint, uv_buf_t *b)
{
	(void)hint;
	struct pty *p = h->data;
	*b = uv_buf_init(p->err_bytes, sizeof(p->err_bytes));
}

static void on_err_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct pty *p = s->data;
	if (n > 0 && p->o.on_err != NULL && !p->abandoned)
		p->o.on_err(p->o.ctx, b->base, (size_t)n);
	if (n < 0) {
		uv_close((uv_handle_t *)s, on_closed);
		finish_if_over(p);
	}
}

static void on_kill_timer(uv_timer_t *t)
{
	pty_kill(t->data, SIGKILL);
}

static void set_size(int fd, unsigned rows, unsigned cols)
{
	struct winsize w = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
	ioctl(fd, TIOCSWINSZ, &w);
}

/* Open master and slave, both close-on-exec. */
static int open_pair(int *master, int *slave, struct err *e)
{
	char name[64];
	*master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*master < 0)
		return err_sys(e, errno, _("cannot open a pseudo terminal"));
	if (grantpt(*master) == 0 && unlockpt(*master) == 0 && ptsname_r(*master, name, sizeof(name)) == 0) {
		*slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (*slave >= 0)
			return 0;
	}
	err_sys(e, errno, _("cannot open a pseudo terminal"));
	close(*master);
	return -1;
}

static void worker_argv(struct strv *argv, const struct pty_opts *o)
{
	strv_add(argv, "/proc/self/exe"); /* see proc.c */
	strv_add(argv, "internal");
	strv_add(argv, "pty");
	strv_addf(argv, "%d", o->death_signal != 0 ? o->death_signal : SIGHUP);
	strv_addf(argv, "%d", (int)getpid());
	strv_addv(argv, (const char *const *)o->argv);
}

static int spawn(uv_loop_t *loop, struct pty *p, int slave)
{
	const struct pty_opts *o = &p->o;
	struct strv env = {0}, argv = {0};
	uv_stdio_container_t stdio[16];
	assert(o->n_pass_fds + 3 <= ARRAY_LEN(stdio));
	worker_argv(&argv, o);
	proc_env(&env, o->env);
	for (size_t i = 0; i < 3 + o->n_pass_fds; i++)
		stdio[i] = (uv_stdio_container_t){UV_INHERIT_FD, {.fd = i < 3 ? slave : o->pass_fds[i - 3]}};
	if (o->split_err) {
		stdio[2].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
		stdio[2].data.stream = (uv_stream_t *)&p->err;
	}
	uv_process_options_t u = {
		.file = argv.v[0],
		.args = argv.v,
		.cwd = o->cwd,
		.env = env.v,
		.flags = UV_PROCESS_DETACHED,
		.exit_cb = on_exit_cb,
		.stdio = stdio,
		.stdio_count = (int)(3 + o->n_pass_fds),
	};
	int r = uv_spawn(loop, &p->process, &u);
	strv_done(&env);
	strv_done(&argv);
	return r;
}

static struct pty *pty_alloc(uv_loop_t *loop, const struct pty_opts *o)
{
	struct pty *p = xcalloc(1, sizeof(*p));
	p->o = *o;
	uv_timer_init(loop, &p->kill_timer);
	uv_unref((uv_handle_t *)&p->kill_timer);
	p->open_handles = 2; /* process and timer */
	p->waiting = 2;      /* exit status and end of output */
	if (o->split_err) {
		uv_pipe_init(loop, &p->err, 0);
		p->open_handles++;
		p->waiting++;
	}
	p->kill_timer.data = p->process.data = p->err.data = p;
	return p;
}

/* Undo pty_alloc when there will be no process. */
static void give_up(struct pty *p)
{
	flow_close(p->flow);
	if (p->o.split_err)
		uv_close((uv_handle_t *)&p->err, on_closed);
	uv_close((uv_handle_t *)&p->kill_timer, on_closed);
	uv_close((uv_handle_t *)&p->process, on_closed);
}

struct pty *pty_start(uv_loop_t *loop, const struct pty_opts *o, struct err *e)
{
	int master = -1, slave = -1;
	if (proc_check_tool(o->argv[0], e) < 0 || open_pair(&master, &slave, e) < 0)
		return NULL;
	set_size(master, o->rows != 0 ? o->rows : 24, o->cols != 0 ? o->cols : 80);
	struct pty *p = pty_alloc(loop, o);
	p->master = master;
	int r = spawn(loop, p, slave);
	close(slave);
	p->o.argv = NULL;
	p->o.env = NULL;
	if (r < 0) {
		err_set(e, ERR_WORLD, _("cannot start %s: %s"), o->argv[0], uv_strerror(r));
		close(master);
		give_up(p);
		return NULL;
	}
	p->flow = flow_open(loop, master, &(struct flow_opts){0, on_flow_bytes, on_flow_end, p}, e);
	if (o->split_err)
		uv_read_start((uv_stream_t *)&p->err, on_err_alloc, on_err_read);
	if (p->flow == NULL) {
		p->waiting--;
		pty_abandon(p);
		return NULL;
	}
	return p;
}

bool pty_send(struct pty *p, const char *bytes, size_t n)
{
	return !p->exited && flow_send(p->flow, bytes, n);
}

void pty_resize(struct pty *p, unsigned rows, unsigned cols)
{
	if (!p->exited)
		set_size(p->master, rows, cols);
}

void pty_hold(struct pty *p, bool hold)
{
	if (!p->exited)
		flow_hold(p->flow, hold);
}

void pty_kill(struct pty *p, int sig)
{
	if (!p->exited)
		kill(-p->process.pid, sig);
}

int pty_pid(const struct pty *p)
{
	return p->process.pid;
}

void pty_abandon(struct pty *p)
{
	p->abandoned = true;
	if (p->flow != NULL)
		flow_hold(p->flow, false);
	pty_kill(p, SIGHUP);
	if (!p->exited)
		uv_timer_start(&p->kill_timer, on_kill_timer, ABANDON_GRACE_MS, 0);
}

int pty_exec_main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	ioctl(0, TIOCSCTTY, 0);
	prctl(PR_SET_PDEATHSIG, atoi(argv[0]));
	if (getppid() != atoi(argv[1])) /* kiln died before the prctl */
		return 1;
	execvp(argv[2], argv + 2);
	fprintf(stderr, "kiln: cannot run %s: %s\n", argv[2], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
