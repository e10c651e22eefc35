/* proc: see proc.h. Owns the uv_process_t and its pipes; one struct proc lives from
 * proc_start until the exit status and the end of both pipes have been seen. */
#include "core/proc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/deps.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/sandbox.h"

struct proc {
	uv_process_t process;
	uv_pipe_t out, err;
	uv_timer_t kill_timer;
	struct proc_opts o;
	int open_handles; /* handles not yet closed */
	int waiting;      /* exit status + end of each pipe still to come */
	int status, sig;
	bool exited, abandoned;
	char bytes[65536];
};

static void on_closed(uv_handle_t *h)
{
	struct proc *p = h->data;
	if (--p->open_handles == 0)
		free(p);
}

static void close_handle(uv_handle_t *h)
{
	if (!uv_is_closing(h))
		uv_close(h, on_closed);
}

static void finish_if_over(struct proc *p)
{
	if (--p->waiting > 0)
		return;
	if (p->o.on_exit != NULL && !p->abandoned)
		p->o.on_exit(p->o.ctx, p->status, p->sig);
	close_handle((uv_handle_t *)&p->process);
	close_handle((uv_handle_t *)&p->kill_timer);
}

static void on_exit_cb(uv_process_t *process, int64_t status, int sig)
{
	struct proc *p = process->data;
	p->exited = true;
	p->sig = sig;
	p->status = sig != 0 ? -1 : (int)status;
	uv_timer_stop(&p->kill_timer);
	finish_if_over(p);
}

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *b)
{
	(void)hint;
	struct proc *p = h->data;
	*b = uv_buf_init(p->bytes, sizeof(p->bytes));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct proc *p = s->data;
	if (n > 0 && p->o.on_output != NULL && !p->abandoned)
		p->o.on_output(p->o.ctx, b->base, (size_t)n, s == (uv_stream_t *)&p->err);
	if (n < 0) {
		close_handle((uv_handle_t *)s);
		finish_if_over(p);
	}
}

static void on_kill_timer(uv_timer_t *t)
{
	struct proc *p = t->data;
	proc_kill(p, SIGKILL);
}

extern char **environ;

/* Does the entry x ("NAME=value" or "NAME") speak of the variable v, whose name with its `=` has n bytes? */
static bool names(const char *x, const char *v, size_t n)
{
	return strncmp(x, v, n) == 0 || (strncmp(x, v, n - 1) == 0 && x[n - 1] == '\0');
}

void proc_env(struct strv *env, char *const *extra)
{
	for (char **v = environ; *v != NULL; v++) {
		size_t name = strcspn(*v, "=") + 1;
		bool replaced = false;
		for (char *const *x = extra; x != NULL && *x != NULL; x++)
			replaced = replaced || names(*x, *v, name);
		if (!replaced)
			strv_add(env, *v);
	}
	for (char *const *x = extra; x != NULL && *x != NULL; x++)
		if (strchr(*x, '=') != NULL)
			strv_add(env, *x);
}

int proc_check_tool(const char *tool, struct err *e)
{
	char *found = fs_which(tool);
	free(found);
	if (found != NULL)
		return 0;
	err_set(e, ERR_WORLD, _("%s is not installed"), tool);
	char *package = deps_package_of(tool);
	if (package != NULL)
		err_hint(e, _("apt-get install %s   (kiln doctor lists everything that is missing)"), package);
	else
		err_hint(e, _("kiln doctor lists everything that is missing"));
	free(package);
	return -1;
}

static struct proc *proc_alloc(uv_loop_t *loop, const struct proc_opts *o)
{
	struct proc *p = xcalloc(1, sizeof(*p));
	p->o = *o;
	p->o.argv = NULL;
	p->o.env = NULL;
	uv_pipe_init(loop, &p->out, 0);
	uv_pipe_init(loop, &p->err, 0);
	uv_timer_init(loop, &p->kill_timer);
	uv_unref((uv_handle_t *)&p->kill_timer);
	p->out.data = p->err.data = p->kill_timer.data = p->process.data = p;
	p->open_handles = 4;
	p->waiting = 3;
	return p;
}

static int spawn(uv_loop_t *loop, struct proc *p, const struct proc_opts *o, const struct strv *argv)
{
	struct strv env = {0};
	proc_env(&env, o->env);
	uv_stdio_container_t stdio[16] = {{.flags = UV_IGNORE}};
	assert(o->n_pass_fds + 3 <= ARRAY_LEN(stdio));
	stdio[1].flags = stdio[2].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
	stdio[1].data.stream = (uv_stream_t *)&p->out;
	stdio[2].data.stream = (uv_stream_t *)&p->err;
	for (size_t i = 0; i < o->n_pass_fds; i++) {
		stdio[3 + i].flags = UV_INHERIT_FD;
		stdio[3 + i].data.fd = o->pass_fds[i];
	}
	uv_process_options_t u = {
		.file = argv->v[0],
		.args = argv->v,
		.cwd = o->cwd,
		.env = env.v,
		.flags = UV_PROCESS_DETACHED,
		.exit_cb = on_exit_cb,
		.stdio = stdio,
		.stdio_count = (int)(3 + o->n_pass_fds),
	};
	int r = uv_spawn(loop, &p->process, &u);
	strv_done(&env);
	return r;
}

struct proc *proc_start(uv_loop_t *loop, const struct proc_opts *o, struct err *e)
{
	if (proc_check_tool(o->argv[0], e) < 0)
		return NULL;
	struct strv argv = {0};
	strv_add(&argv, "/proc/self/exe"); /* this very program, even if its file was replaced meanwhile */
	strv_add(&argv, "internal");
	strv_add(&argv, "exec");
	strv_addf(&argv, "%d", o->death_signal != 0 ? o->death_signal : SIGTERM);
	strv_addf(&argv, "%d", (int)getpid());
	strv_addv(&argv, (const char *const *)o->argv);
	struct proc *p = proc_alloc(loop, o);
	int r = spawn(loop, p, o, &argv);
	strv_done(&argv);
	if (r < 0) {
		err_set(e, ERR_WORLD, _("cannot start %s: %s"), o->argv[0], uv_strerror(r));
		close_handle((uv_handle_t *)&p->out);
		close_handle((uv_handle_t *)&p->err);
		close_handle((uv_handle_t *)&p->kill_timer);
		close_handle((uv_handle_t *)&p->process);
		return NULL;
	}
	uv_read_start((uv_stream_t *)&p->out, on_alloc, on_read);
	uv_read_start((uv_stream_t *)&p->err, on_alloc, on_read);
	return p;
}

void proc_kill(struct proc *p, int sig)
{
	if (!p->exited)
		kill(-p->process.pid, sig);
}

void proc_cancel(struct proc *p, unsigned grace_ms)
{
	proc_kill(p, SIGTERM);
	if (!p->exited)
		uv_timer_start(&p->kill_timer, on_kill_timer, grace_ms, 0);
}

int proc_pid(const struct proc *p)
{
	return p->process.pid;
}

void proc_abandon(struct proc *p)
{
	p->abandoned = true;
	proc_kill(p, SIGKILL);
}

int proc_exec_main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	prctl(PR_SET_PDEATHSIG, atoi(argv[0]));
	if (getppid() != atoi(argv[1])) /* kiln died before the prctl */
		return 1;
	const char *limits = getenv(SANDBOX_LIMITS);
	if (limits != NULL)
		sandbox_limits(limits);
	execvp(argv[2], argv + 2);
	fprintf(stderr, "kiln: cannot run %s: %s\n", argv[2], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Read until end of file or the deadline (0: none). Returns -1 on the deadline. */
static int drain(int fd, int64_t deadline, struct buf *out)
{
	char chunk[4096];
	for (;;) {
		int64_t left = deadline != 0 ? deadline - now_ms() : -1;
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		if (deadline != 0 && left <= 0)
			return -1;
		if (poll(&pfd, 1, (int)left) == 0)
			return -1;
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		if (out->n < (size_t)1 << 20)
			buf_add(out, chunk, (size_t)n);
	}
}

static void capture_child(char *const *argv, int fd)
{
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int null = open("/dev/null", O_RDONLY);
	dup2(null, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	execvp(argv[0], argv);
	_exit(127);
}

int proc_capture(char *const *argv, unsigned timeout_ms, struct buf *out, struct err *e)
{
	int fd[2], status;
	if (proc_check_tool(argv[0], e) < 0)
		return -1;
	if (pipe2(fd, O_CLOEXEC) < 0)
		return err_sys(e, errno, _("cannot run %s"), argv[0]);
	pid_t pid = fork();
	if (pid == 0)
		capture_child(argv, fd[1]);
	close(fd[1]);
	if (pid < 0) {
		close(fd[0]);
		return err_sys(e, errno, _("cannot run %s"), argv[0]);
	}
	int r = drain(fd[0], timeout_ms != 0 ? now_ms() + timeout_ms : 0, out);
	close(fd[0]);
	if (r < 0)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (r < 0)
		return err_set(e, ERR_TIMEOUT, _("%s did not answer within %u ms"), argv[0], timeout_ms);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define LINE_MAX_BYTES 65536

static void give_line(struct buf *part, void (*fn)(void *, const char *, size_t), void *ctx)
{
	size_t n = part->n;
	if (n > 0 && part->p[n - 1] == '\r')
		part->p[--n] = '\0';
	fn(ctx, part->p != NULL ? part->p : "", n);
	buf_clear(part);
}

void proc_lines_feed(
	struct proc_lines *l, const char *bytes, size_t n, void (*fn)(void *, const char *, size_t), void *ctx)
{
	while (n > 0) {
		const char *nl = memchr(bytes, '\n', n);
		size_t take = nl != NULL ? (size_t)(nl - bytes) : n;
		if (l->part.n + take > LINE_MAX_BYTES) {
			nl = NULL;
			take = LINE_MAX_BYTES - l->part.n;
		}
		buf_add(&l->part, bytes, take);
		bytes += take + (nl != NULL);
		n -= take + (nl != NULL);
		if (nl != NULL || l->part.n >= LINE_MAX_BYTES)
			give_line(&l->part, fn, ctx);
	}
}

void proc_lines_end(struct proc_lines *l, void (*fn)(void *, const char *, size_t), void *ctx)
{
	if (l->part.n > 0)
		give_line(&l->part, fn, ctx);
	buf_done(&l->part);
}
