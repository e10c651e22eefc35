/* trace: see trace.h. The tracer is the process that left the machine's namespaces; it reads programs and table before
 * that, follows by PTRACE_SEIZE and PTRACE_GET_SYSCALL_INFO, and ends everything with the first process. */
#include "core/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/jail.h"
#include "core/str.h"
#include "core/systable.h"
#include "core/tracetext.h"

enum { MAX_PROCESSES = 64 };

struct process {
	pid_t pid;  /* as this process sees it */
	int inside; /* its number in the jail */
	bool known; /* is in a call */
	uint64_t nr, arg[SYS_ARGS];
	char *text[SYS_ARGS];
};

struct tracer {
	struct systable table;
	struct process p[MAX_PROCESSES];
	size_t n;
	pid_t init;
	const char *input; /* what is still to be typed */
	int type_fd, read_fd;
	long calls, max_calls;
	bool began;      /* the program was loaded */
	int refused;     /* if not: errno of execve */
	const char *end; /* why it is over; NULL: it is not */
};

static volatile sig_atomic_t timed_out;

static void on_alarm(int sig)
{
	(void)sig;
	timed_out = 1;
}

static void emit(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	fflush(stdout);
	json_object_put(o);
}

static struct json_object *event(const struct process *p, const char *key, struct json_object *value)
{
	struct json_object *o = json_object_new_object();
	json_object_object_add(o, key, value);
	json_object_object_add(o, "pid", json_object_new_int(p->inside));
	return o;
}

/* The last word of a line of /proc/PID/status; owned, NULL if it cannot be told. */
static char *status_word(pid_t pid, const char *key)
{
	char line[256];
	char *path = xasprintf("/proc/%d/status", (int)pid), *word = NULL;
	FILE *f = fopen(path, "re");
	while (f != NULL && word == NULL && fgets(line, sizeof(line), f) != NULL)
		if (str_starts(line, key) && strrchr(line, '\t') != NULL)
			word = xstrdup(strrchr(line, '\t') + 1);
	if (f != NULL)
		fclose(f);
	free(path);
	return word;
}

/* The process's number in its namespace: the last of NSpid; 0 if it cannot be told. */
static int number_inside(pid_t pid)
{
	char *word = status_word(pid, "NSpid:");
	const int number = word != NULL ? atoi(word) : 0;
	free(word);
	return number;
}

static struct process *process_of(struct tracer *t, pid_t pid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->p[i].pid == pid)
			return &t->p[i];
	if (t->n == MAX_PROCESSES)
		return NULL;
	t->p[t->n] = (struct process){.pid = pid, .inside = number_inside(pid)};
	return &t->p[t->n++];
}

static void forget_texts(struct process *p)
{
	for (int i = 0; i < SYS_ARGS; i++) {
		free(p->text[i]);
		p->text[i] = NULL;
	}
}

static void drop(struct tracer *t, struct process *p)
{
	forget_texts(p);
	*p = t->p[--t->n];
}

/* --- typing --- */

/* The program reads: give it the next line, or the end of input when there is none. */
static void type_line(struct tracer *t)
{
	int waiting = 0;
	if (t->type_fd < 0 || (ioctl(t->read_fd, FIONREAD, &waiting) == 0 && waiting > 0))
		return;
	const size_t n = strcspn(t->input, "\n"), len = n + (t->input[n] == '\n');
	if (len > 0 && write(t->type_fd, t->input, len) == (ssize_t)len) {
		t->input += len;
		return;
	}
	close(t->type_fd);
	t->type_fd = -1;
}

/* --- calls --- */

static void tell_call(struct tracer *t, struct process *p, const int64_t *result)
{
	const struct sysentry *s = systable_number(&t->table, (long)p->nr);
	char number[32];
	snprintf(number, sizeof(number), "syscall_%llu", (unsigned long long)p->nr);
	struct json_object *o = event(p, "call", json_object_new_string(s != NULL ? s->name : number));
	struct json_object *args = json_object_new_array();
	for (int i = 0; s != NULL && i < s->n_arg; i++) {
		struct json_object *pair = json_object_new_array();
		if (p->text[i] == NULL)
			p->text[i] = tracetext_arg(p->pid, s, i, p->arg, result != NULL ? *result : -1);
		json_object_array_add(pair, json_object_new_string(tracetext_name(s, i)));
		json_object_array_add(pair, json_object_new_string(p->text[i]));
		json_object_array_add(args, pair);
	}
	json_object_object_add(o, "number", json_object_new_int64((int64_t)p->nr));
	if (s != NULL && s->n_arg >= 0) {
		json_object_object_add(o, "args", args);
	} else { /* the tree has no prototype of it in the usual place */
		json_object_put(args);
		json_object_object_add(o, "args", NULL);
	}
	if (result != NULL)
		json_object_object_add(o, "result", json_object_new_int64(*result));
	if (result != NULL && *result < 0 && *result > -4096) {
		const char *name = strerrorname_np((int)-*result);
		json_object_object_add(o, "error", json_object_new_string(name != NULL ? name : "?"));
	}
	emit(o);
	forget_texts(p);
	p->known = false;
	if (++t->calls >= t->max_calls)
		t->end = "calls";
}

static void enter(struct tracer *t, struct process *p, const struct __ptrace_syscall_info *info)
{
	const struct sysentry *s = systable_number(&t->table, (long)info->entry.nr);
	p->known = true;
	p->nr = info->entry.nr;
	memcpy(p->arg, info->entry.args, sizeof(p->arg));
	for (int i = 0; s != NULL && i < s->n_arg; i++)
		if (!tracetext_after(s, i))
			p->text[i] = tracetext_arg(p->pid, s, i, p->arg, -1);
	if (p->nr == SYS_read && p->arg[0] == 0)
		type_line(t);
	if (p->nr == SYS_exit || p->nr == SYS_exit_group)
		tell_call(t, p, NULL);
}

static void leave(struct tracer *t, struct process *p, const struct __ptrace_syscall_info *info)
{
	const int64_t result = info->exit.rval;
	const bool over = p->known && p->nr == SYS_read && p->arg[0] == 0 && result == 0 && t->type_fd < 0;
	if (p->known)
		tell_call(t, p, &result);
	if (over && t->end == NULL)
		t->end = "input";
}

static void on_call(struct tracer *t, struct process *p)
{
	struct __ptrace_syscall_info info;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		enter(t, p, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		leave(t, p, &info);
}

/* --- following --- */

static const char *signal_name(int sig)
{
	static char text[24];
	const char *name = sigabbrev_np(sig);
	snprintf(text, sizeof(text), "%s%s", name != NULL ? "SIG" : "signal", name != NULL ? name : "");
	return text;
}

/* It has ended. */
static void gone(struct tracer *t, struct process *p, int status)
{
	if (p->pid == t->init && !t->began && WIFEXITED(status))
		t->refused = WEXITSTATUS(status);
	else
		emit(WIFEXITED(status) ? event(p, "exit", json_object_new_int(WEXITSTATUS(status)))
				       : event(p, "killed", json_object_new_string(signal_name(WTERMSIG(status)))));
	if (p->pid == t->init && t->end == NULL)
		t->end = "exit";
	drop(t, p);
}

/* A fault of process 1 that it does not handle. Such a process cannot be killed while it is traced: it would fault for
 * ever, where a kernel that boots it panics. */
static bool ends_init(const struct tracer *t, const struct process *p, int sig)
{
	siginfo_t info;
	const bool fault = sig == SIGSEGV || sig == SIGILL || sig == SIGFPE || sig == SIGBUS;
	if (p->pid != t->init || !fault || ptrace(PTRACE_GETSIGINFO, p->pid, 0, &info) < 0 || info.si_code <= 0)
		return false;
	char *caught = status_word(p->pid, "SigCgt:");
	const bool handled = caught != NULL && (strtoull(caught, NULL, 16) >> (sig - 1) & 1) != 0;
	free(caught);
	return !handled;
}

/* It has stopped: tell why, and say which signal it goes on with. */
static int stopped(struct tracer *t, struct process *p, int status)
{
	const int sig = WSTOPSIG(status), what = status >> 16;
	if (sig == (SIGTRAP | 0x80)) {
		on_call(t, p);
		return 0;
	}
	t->began = t->began || what == PTRACE_EVENT_EXEC;
	if (what != 0)
		return 0; /* a new process, an exec, a stop of all */
	emit(event(p, "signal", json_object_new_string(signal_name(sig))));
	if (ends_init(t, p, sig)) {
		emit(event(p, "killed", json_object_new_string(signal_name(sig))));
		t->end = "exit";
	}
	return sig;
}

static void follow(struct tracer *t)
{
	while (t->end == NULL) {
		int status = 0;
		const pid_t pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno == EINTR && timed_out)
			t->end = "time";
		if (pid < 0 && errno != EINTR)
			t->end = "exit";
		struct process *p = pid > 0 ? process_of(t, pid) : NULL;
		if (p == NULL)
			continue;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			gone(t, p, status);
			continue;
		}
		const int sig = stopped(t, p, status);
		if (t->end == NULL)
			ptrace(PTRACE_SYSCALL, pid, 0, (void *)(intptr_t)sig);
	}
	kill(t->init, SIGKILL); /* the first process: all others of its namespace end with it */
}

/* --- beginning --- */

static int read_files(struct jail_file *f, size_t n, char **path, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *slash = strrchr(path[i], '/');
		f[i].name = i == 0 ? "/init" : xasprintf("/bin/%s", slash != NULL ? slash + 1 : path[i]);
		f[i].bytes = fs_read(path[i], &f[i].n, e);
		if (f[i].bytes == NULL)
			return -1;
	}
	return 0;
}

/* Fork, seize, let go. The child waits for us between. */
static int start(struct tracer *t, const struct jail *j, struct err *e)
{
	int ready[2], go[2];
	char said[200] = "";
	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0)
		return err_sys(e, errno, _("cannot make a pipe"));
	t->init = jail_fork(j, ready[1], go[0], e);
	close(ready[1]);
	close(go[0]);
	if (t->init < 0)
		return -1;
	const ssize_t n = read(ready[0], said, sizeof(said) - 1);
	if (n != 1 || said[0] != '\0') {
		err_set(e, ERR_WORLD, _("the jail for the init cannot be made here: %s"), n > 0 ? said : "?");
		err_hint(e, _("as root it may work; in a container, SYS_ADMIN and seccomp decide"));
		return -1;
	}
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	if (ptrace(PTRACE_SEIZE, t->init, 0, (void *)options) < 0) {
		err_sys(e, errno, _("the init cannot be traced here"));
		err_hint(e, _("sysctl kernel.yama.ptrace_scope=3 forbids it, and so do some containers"));
		return -1;
	}
	process_of(t, t->init);
	return write(go[1], "", 1) == 1 ? 0 : err_sys(e, errno, _("cannot start the init"));
}

static int run(int argc, char **argv, struct err *e)
{
	struct tracer t = {.input = argv[2], .max_calls = strtol(argv[3], NULL, 10)};
	const size_t n = (size_t)argc - 5 + 1;
	struct jail_file *file = xcalloc(n, sizeof(*file));
	char **path = xcalloc(n, sizeof(*path));
	struct jail j = {.file = file, .n_file = n};
	int input[2];
	path[0] = argv[0];
	memcpy(path + 1, argv + 5, (n - 1) * sizeof(*path));
	if (read_files(file, n, path, e) < 0 || systable_load(&t.table, argv[1], e) < 0)
		return -1;
	if (pipe2(input, O_CLOEXEC) < 0)
		return err_sys(e, errno, _("cannot make a pipe"));
	t.read_fd = j.stdin_fd = input[0];
	t.type_fd = input[1];
	const struct itimerval limit = {.it_value = {.tv_sec = strtol(argv[4], NULL, 10)}};
	const struct sigaction act = {.sa_handler = on_alarm}; /* no SA_RESTART: waitpid comes back */
	sigaction(SIGALRM, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	setitimer(ITIMER_REAL, &limit, NULL);
	if (jail_prepare(&j.own_user, e) < 0 || start(&t, &j, e) < 0)
		return -1;
	follow(&t);
	if (t.refused != 0) {
		err_set(e, ERR_INPUT, _("%s cannot be started: %s"), path[0], strerror(t.refused));
		err_hint(e, _("kiln check FILE tells why: a dynamic program, for one, has no libraries here"));
		return -1;
	}
	struct json_object *o = json_object_new_object();
	json_object_object_add(o, "end", json_object_new_string(t.end));
	emit(o);
	return 0; /* memory goes with the process */
}

int trace_main(int argc, char **argv)
{
	struct err e = {0};
	if (argc < 5)
		return 2;
	const int status = run(argc, argv, &e) == 0 ? 0 : 1;
	if (status != 0) /* two lines: what went wrong, what to do */
		fprintf(stderr, "%s\n%s\n", e.msg, e.hint != NULL ? e.hint : "");
	fflush(NULL);
	/* no way out through atexit: what a leak checker starts there would be born into the jail */
	_exit(status);
}
