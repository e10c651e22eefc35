/* plain: see plain.h. The terminal's own line editing is used (cooked mode); nothing moves the cursor, nothing is drawn
 * twice. Commands come one at a time; while one runs, input waits, and Ctrl-C stops it. On a terminal `run` keeps the
 * machine: lines, Ctrl-C and Ctrl-D go to it, and a line with ~. alone ends it (~~ begins a line with a ~). */
#include "tui/plain.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/app.h"
#include "core/i18n.h"
#include "core/proc.h"
#include "core/str.h"
#include "core/tutor.h"

struct plain {
	struct app *app;
	uv_poll_t input;
	int fd; /* standard input, opened anew: libuv makes it non-blocking, and the shell's must not become so */
	struct proc_lines lines;
	struct strv queue; /* lines typed while a command runs */
	bool running, ended;
	bool polls; /* input is waited for; a plain file is read at once instead */
};

static void prompt(struct plain *p)
{
	if (p->running || p->ended)
		return;
	report_clear(&p->app->report);
	fputs("kiln> ", stdout);
	fflush(stdout);
}

static void finish(struct plain *p)
{
	p->ended = true;
	if (p->polls)
		uv_poll_stop(&p->input);
	uv_stop(p->app->loop);
}

static void tell(struct err *e)
{
	if (err_is(e))
		err_print(e, stdout);
	err_done(e);
}

static void next(struct plain *p);

static void on_done(struct cmd_call *call, struct err *e)
{
	struct plain *p = call->done_ctx;
	p->running = false;
	p->app->current = NULL;
	tell(e);
	next(p);
}

static void list(const struct cmd_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (!(t->row[i]->flags & (CMD_SCREEN | CMD_SHELL)))
			printf("  %-10s %s\n", t->row[i]->name, _(t->row[i]->help));
	printf("  %-10s %s\n", "help", _("this list"));
	printf("  %-10s %s\n", "quit", _("leave kiln"));
}

/* 0, or -1 with *e. */
static int check(const struct plain *p, const struct cmd_call *call, struct err *e)
{
	unsigned flags = call->cmd->flags;
	if (flags & (CMD_SCREEN | CMD_SHELL))
		return err_set(
			e, ERR_USAGE, _("`%s` does not work in plain mode; `help` lists what does"), call->cmd->name);
	if (flags & CMD_LAB_WRITE && !p->app->lab.held)
		return err_set(
			e, ERR_WORLD, _("%s: the lab is open read-only: another kiln holds it"), call->cmd->name);
	return 0;
}

/* What the learner does is what a lesson's checks look at; going through the lesson is not. */
static void note(const struct plain *p, char *const *words)
{
	if (strcmp(words[0], "learn") == 0 || strcmp(words[0], "lesson") == 0)
		return;
	char *line = strv_shell(words);
	tutor_note_command(p->app, line);
	free(line);
}

static void run_words(struct plain *p, char *const *words)
{
	struct err e = {0};
	struct cmd_call *call = cmd_parse(&p->app->commands, words, &e);
	if (call != NULL && check(p, call, &e) < 0) {
		cmd_free(call);
		call = NULL;
	}
	if (call == NULL) {
		tell(&e);
		return;
	}
	note(p, words);
	call->app = p->app;
	call->done = on_done;
	call->done_ctx = p;
	p->running = true;
	p->app->current = call;
	cmd_run(call);
}

static void run_line(struct plain *p, const char *line)
{
	struct strv words = {0};
	struct err e = {0};
	if (cmd_split(line, &words, &e) < 0)
		tell(&e);
	else if (words.n > 0 && strcmp(words.v[0], "quit") == 0)
		finish(p);
	else if (words.n == 1 && strcmp(words.v[0], "help") == 0)
		list(&p->app->commands);
	else if (words.n > 0)
		run_words(p, words.v);
	strv_done(&words);
}

/* Run what was typed, until something runs that takes its time. */
static void next(struct plain *p)
{
	while (!p->running && !p->ended && p->queue.n > 0) {
		char *line = xstrdup(p->queue.v[0]);
		strv_remove(&p->queue, 0);
		run_line(p, line);
		free(line);
	}
	prompt(p);
}

/* What runs takes what is typed, if it is a machine. */
static bool type(struct plain *p, const char *bytes)
{
	struct cmd_call *call = p->running ? p->app->current : NULL;
	return call != NULL && call->type != NULL && call->type(call, bytes, strlen(bytes));
}

static bool type_line(struct plain *p, const char *line)
{
	struct cmd_call *call = p->running ? p->app->current : NULL;
	if (call == NULL || call->type == NULL)
		return false;
	if (strcmp(line, "~.") == 0)
		return type(p, "");
	char *text = xasprintf("%s\n", line + str_starts(line, "~~"));
	bool taken = type(p, text);
	free(text);
	return taken;
}

static void on_line(void *ctx, const char *line, size_t n)
{
	struct plain *p = ctx;
	char *text = xstrndup(line, n);
	if (!type_line(p, text))
		strv_add(&p->queue, text);
	free(text);
}

static void end_of_input(struct plain *p)
{
	proc_lines_end(&p->lines, on_line, p);
	strv_add(&p->queue, "quit"); /* after what was typed before the end */
	if (!p->running)
		next(p);
}

/* A file cannot be waited for, and need not be. */
static void read_all(struct plain *p)
{
	char bytes[4096];
	for (ssize_t n; (n = read(p->fd, bytes, sizeof(bytes))) > 0;)
		proc_lines_feed(&p->lines, bytes, (size_t)n, on_line, p);
	end_of_input(p);
}

static void on_input(uv_poll_t *h, int status, int events)
{
	struct plain *p = h->data;
	char bytes[4096];
	ssize_t n = status == 0 ? read(p->fd, bytes, sizeof(bytes)) : 0;
	(void)events;
	if (n > 0) {
		proc_lines_feed(&p->lines, bytes, (size_t)n, on_line, p);
		if (!p->running)
			next(p);
		return;
	}
	if (n == 0 && status == 0 && isatty(p->fd) && type(p, "\004"))
		return; /* Ctrl-D on a terminal is not its end */
	uv_poll_stop(&p->input);
	end_of_input(p);
}

static void on_signal(struct app *app, int signum)
{
	if (signum == SIGINT && app->current != NULL && app->current->type != NULL &&
		app->current->type(app->current, "\003", 1))
		return;
	if (signum == SIGINT && app->current != NULL && app->current->cancel != NULL) {
		report_line(&app->report, "%s", _("stopping …"));
		app->current->cancel(app->current);
	} else if (signum != SIGINT) {
		_exit(128 + signum); /* children follow: PR_SET_PDEATHSIG */
	}
}

int plain_main(struct app *app, struct err *held)
{
	struct plain p = {.app = app, .polls = uv_guess_handle(STDIN_FILENO) != UV_FILE};
	app->report.live = false; /* append only */
	app->on_signal = on_signal;
	app->stay = isatty(STDIN_FILENO);
	printf(_("kiln %s, lab %s. `help` lists the commands, `quit` ends.\n"), KILN_VERSION, app->lab.dir);
	tell(held);
	p.fd = open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (p.fd < 0)
		p.fd = dup(STDIN_FILENO); /* a socket cannot be opened anew */
	if (p.polls) {
		uv_poll_init(app->loop, &p.input, p.fd);
		p.input.data = &p;
		uv_poll_start(&p.input, UV_READABLE | UV_DISCONNECT, on_input);
		prompt(&p);
	} else {
		read_all(&p);
	}
	if (!p.ended)
		uv_run(app->loop, UV_RUN_DEFAULT);
	app->on_signal = NULL;
	if (p.polls)
		uv_close((uv_handle_t *)&p.input, NULL);
	uv_run(app->loop, UV_RUN_NOWAIT);
	close(p.fd);
	buf_done(&p.lines.part);
	strv_done(&p.queue);
	return app->status;
}
