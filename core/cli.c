/* cli: see cli.h. Parses the global options, runs one command on the loop, passes signals to it as cancel, and prints
 * its error or its --json report at the end: the one edge where errors are printed. */
#include "core/cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/app.h"
#include "core/docs.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"

struct cli {
	struct app app;
	uv_loop_t loop;
	uv_signal_t signal[3];
	unsigned interrupts;
	bool quiet, verbose, help, version;
	struct err end; /* of the command */
};

int app_open_lab(struct app *a, bool write, struct err *e)
{
	if (a->lab.dir != NULL)
		return 0;
	char *dir = lab_locate(a->lab_arg);
	int r = lab_open(&a->lab, dir, write, e);
	free(dir);
	for (size_t i = 0; i < a->override.n && r == 0; i++)
		r = opt_override(&a->lab.opts, a->override.v[i], e);
	if (r < 0) {
		lab_close(&a->lab);
		return -1;
	}
	struct err warn = {0};
	a->pipeline = pipeline_new(a->loop, &a->lab, &warn);
	a->pipeline->boot_host = a->boot_host;
	if (err_is(&warn)) {
		report_clear(&a->report);
		err_print(&warn, stderr);
	}
	err_done(&warn);
	report_attach(&a->report, a->pipeline);
	return 0;
}

int app_reload_lab(struct app *a, struct err *e)
{
	struct err warn = {0};
	int r = lab_reload(&a->lab, e);
	for (size_t i = 0; i < a->override.n && r == 0; i++)
		r = opt_override(&a->lab.opts, a->override.v[i], e);
	pipeline_reload(a->pipeline, &warn);
	err_done(&warn);
	return r;
}

int app_settings(struct app *a, struct optset *o, struct err *e)
{
	struct conf conf = {0};
	char *dir = lab_locate(a->lab_arg), *path = fs_join(dir, "kiln.conf");
	int r = 0;
	optset_init(o);
	if (fs_exists(path))
		r = conf_load(&conf, path, o, e);
	for (size_t i = 0; i < a->override.n && r == 0; i++)
		r = opt_override(o, a->override.v[i], e);
	conf_done(&conf);
	free(path);
	free(dir);
	return r;
}

void app_close(struct app *a)
{
	if (a->pipeline != NULL)
		pipeline_free(a->pipeline);
	a->pipeline = NULL;
	a->report.pipeline = NULL;
	if (a->lab.dir != NULL)
		lab_close(&a->lab);
}

/* The global options, as data: for parsing, help, the man page and completions. */
const struct cmd_opt *cli_options(void)
{
	static const struct cmd_opt row[] = {
		{"lab", 'C', "DIR",
			N_("the lab to work in (default: $KILN_LAB, the lab around this folder, ./kiln-lab)")},
		{"kernel", 'k', "SOURCE",
			N_("kernel tree or tarball, for this run; short for -o kernel.source=SOURCE")},
		{"option", 'o', "KEY=VALUE", N_("a setting of kiln.conf, for this run; may be repeated")},
		{"plain", 0, NULL, N_("line by line instead of a screen: for screen readers and simple terminals")},
		{"script", 0, "FILE",
			N_("drive the screen from a file, without a terminal; dumps go to standard output")},
		{"size", 0, "COLSxROWS", N_("the screen's size for --script (default: 80x24)")},
		{"json", 0, NULL, N_("report as JSON on standard output")},
		{"verbose", 'v', NULL, N_("show the commands and every line of the tools")},
		{"quiet", 'q', NULL, N_("show results and errors only")},
		{"help", 'h', NULL, N_("show help")},
		{"version", 0, NULL, N_("show the version")},
		{NULL, 0, NULL, NULL},
	};
	return row;
}

static void replace(char **at, const char *value)
{
	free(*at);
	*at = xstrdup(value);
}

/* The options about the screen. Returns false if it is another one. */
static bool apply_screen(struct app *a, const struct cmd_given *g)
{
	const char *name = g->opt->name;
	if (strcmp(name, "script") == 0)
		replace(&a->script, g->value);
	else if (strcmp(name, "size") == 0)
		replace(&a->size, g->value);
	else if (strcmp(name, "plain") == 0)
		a->plain = true;
	else
		return false;
	return true;
}

static int apply_global(struct cli *c, const struct cmd_given *g, struct err *e)
{
	if (apply_screen(&c->app, g))
		return 0;
	switch (g->opt->name[0]) {
	case 'l':
		free(c->app.lab_arg);
		c->app.lab_arg = xstrdup(g->value);
		return 0;
	case 'k':
		strv_addf(&c->app.override, "kernel.source=%s", g->value);
		return 0;
	case 'o': {
		struct optset scratch;
		optset_init(&scratch);
		int r = opt_override(&scratch, g->value, e);
		optset_done(&scratch);
		strv_add(&c->app.override, g->value);
		return r;
	}
	case 'j':
		c->app.json = true;
		return 0;
	case 'q':
		c->quiet = true;
		return 0;
	case 'h':
		c->help = true;
		return 0;
	default:
		*(strcmp(g->opt->name, "version") == 0 ? &c->version : &c->verbose) = true;
		return 0;
	}
}

/* Global options stand before the command; --json, -v, -q and --help are understood after it too. Returns the index of
 * the command's name in words, or -1. */
static int parse_globals(struct cli *c, struct strv *words, struct err *e)
{
	static const struct cmd none = {.name = "kiln", .args = ""};
	struct cmd global = none;
	global.option = cli_options();
	struct cmd_call g = {.cmd = &global};
	size_t i = 0;
	int used = 0;
	while (i < words->n && words->v[i][0] == '-' && used >= 0) {
		used = cmd_parse_option(&g, words->v + i, e);
		i += used > 0 ? (size_t)used : 0;
	}
	for (size_t k = i + 1; k < words->n && used >= 0; k++)
		if (cmd_is_report_switch(words->v[k])) {
			used = cmd_parse_option(&g, words->v + k, e);
			strv_remove(words, k--);
		}
	for (size_t k = 0; k < g.n_given && used >= 0; k++)
		used = apply_global(c, &g.given[k], e);
	cmd_given_done(&g);
	return used < 0 ? -1 : (int)i;
}

static void on_signal(uv_signal_t *s, int signum)
{
	struct cli *c = s->data;
	struct cmd_call *call = c->app.current;
	if (c->app.on_signal != NULL) {
		c->app.on_signal(&c->app, signum);
		return;
	}
	c->interrupts++;
	if (call == NULL || call->cancel == NULL || c->interrupts > 1) {
		report_clear(&c->app.report);
		_exit(128 + signum); /* children follow: PR_SET_PDEATHSIG */
	}
	report_line(&c->app.report, _("stopping (again to stop at once) …"));
	call->cancel(call);
}

static void watch_signals(struct cli *c)
{
	static const int signum[] = {SIGINT, SIGTERM, SIGHUP};
	for (size_t i = 0; i < ARRAY_LEN(signum); i++) {
		uv_signal_init(&c->loop, &c->signal[i]);
		c->signal[i].data = c;
		uv_signal_start(&c->signal[i], on_signal, signum[i]);
		uv_unref((uv_handle_t *)&c->signal[i]);
	}
}

static void print_json(struct json_object *report, const struct err *e)
{
	struct json_object *o = report != NULL ? json_object_get(report) : json_object_new_object();
	if (err_is(e)) {
		struct json_object *x = json_object_new_object();
		json_object_object_add(x, "message", json_object_new_string(e->msg));
		if (e->evidence != NULL)
			json_object_object_add(x, "evidence", json_object_new_string(e->evidence));
		if (e->hint != NULL)
			json_object_object_add(x, "hint", json_object_new_string(e->hint));
		if (e->file != NULL) {
			json_object_object_add(x, "file", json_object_new_string(e->file));
			json_object_object_add(x, "line", json_object_new_int(e->line));
			json_object_object_add(x, "col", json_object_new_int(e->col));
		}
		json_object_object_add(o, "error", x);
	}
	json_object_object_add(o, "status", json_object_new_int(err_status(e)));
	puts(json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

static void on_done(struct cmd_call *call, struct err *e)
{
	struct cli *c = call->done_ctx;
	report_clear(&c->app.report);
	if (c->app.json)
		print_json(call->json, e);
	err_move(&c->end, e);
	c->app.current = NULL;
}

static int run_words(struct cli *c, char *const *words)
{
	struct err e = {0};
	struct cmd_call *call = cmd_parse(&c->app.commands, words, &e);
	if (call != NULL && c->app.json && !(call->cmd->flags & CMD_JSON))
		err_set(&e, ERR_USAGE, _("%s has no report for --json"), call->cmd->name);
	if (call != NULL && !err_is(&e) && call->cmd->flags & (CMD_LAB | CMD_LAB_WRITE))
		app_open_lab(&c->app, call->cmd->flags & CMD_LAB_WRITE, &e);
	if (call != NULL) {
		call->app = &c->app;
		call->done = on_done;
		call->done_ctx = c;
		c->app.current = call;
		if (err_is(&e))
			cmd_done(call, &e);
		else
			cmd_run(call);
	} else {
		if (c->app.json)
			print_json(NULL, &e);
		err_move(&c->end, &e);
	}
	uv_run(&c->loop, UV_RUN_DEFAULT);
	err_done(&e);
	return 0;
}

static int help_for(struct cli *c, const char *name)
{
	const struct cmd *cmd = name != NULL ? cmd_find(&c->app.commands, name) : NULL;
	if (cmd != NULL)
		docs_command(stdout, cmd);
	else
		docs_help(stdout, &c->app.commands);
	return 0;
}

static bool on_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* Everything but set-up and tear-down. */
static void run(struct cli *c, struct strv *words, cli_screen screen)
{
	char *whole[] = {"whole", NULL};
	int at = parse_globals(c, words, &c->end);
	if (at < 0)
		return;
	report_init(&c->app.report, c->app.json ? stderr : stdout, c->quiet, c->verbose);
	const char *name = words->v != NULL ? words->v[at] : NULL;
	if (c->version)
		puts("kiln " KILN_VERSION);
	else if (c->help)
		help_for(c, name);
	else if (name != NULL)
		run_words(c, words->v + at);
	else if (screen != NULL && (c->app.script != NULL || c->app.plain || on_terminal()))
		c->app.status = screen(&c->app);
	else
		run_words(c, whole);
}

static void on_walk(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

static void on_settle_over(uv_timer_t *t)
{
	uv_stop(t->loop);
}

/* Children that were asked to end are reaped, so that what waits for them is released; two seconds at most. */
static void settle(uv_loop_t *loop)
{
	uv_timer_t limit;
	uv_timer_init(loop, &limit);
	uv_timer_start(&limit, on_settle_over, 2000, 0);
	uv_unref((uv_handle_t *)&limit);
	uv_run(loop, UV_RUN_DEFAULT);
	uv_walk(loop, on_walk, NULL);
	uv_run(loop, UV_RUN_DEFAULT);
}

int cli_main(int argc, char **argv, void (*more)(struct app *app), cli_screen screen)
{
	struct cli *c = xcalloc(1, sizeof(*c));
	struct strv words = {0};
	i18n_init();
	signal(SIGPIPE, SIG_IGN);
	uv_loop_init(&c->loop);
	c->app.loop = &c->loop;
	c->app.lab.lock_fd = -1;
	commands_register(&c->app.commands);
	if (more != NULL)
		more(&c->app);
	for (int i = 1; i < argc; i++)
		strv_add(&words, argv[i]);
	watch_signals(c);
	run(c, &words, screen);
	report_clear(&c->app.report);
	if (err_is(&c->end) && !(c->app.json && c->app.status != 0))
		err_print(&c->end, stderr);
	int status = err_is(&c->end) ? err_status(&c->end) : c->app.status;
	err_done(&c->end);
	app_close(&c->app);
	settle(&c->loop);
	uv_loop_close(&c->loop);
	strv_done(&words);
	strv_done(&c->app.override);
	free(c->app.lab_arg);
	free(c->app.script);
	free(c->app.size);
	free(c);
	return fflush(stdout) != 0 && status == 0 ? 1 : status;
}
