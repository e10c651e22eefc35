/* cmd_init_trace: the action trace of the command init: an init is run here in a jail and each of its system calls is
 * told (trace.h does it, as a worker). The worker's lines are JSON; here they become the report. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cmd_init.h"
#include "core/fs.h"
#include "core/i18n.h"

/* Text typed at the shell: \n is Enter, as in `run --send`. Returns owned. */
static char *typed(const char *text)
{
	struct buf b = {0};
	for (; *text != '\0'; text++) {
		if (text[0] == '\\' && text[1] == 'n') {
			buf_addc(&b, '\n');
			text++;
		} else {
			buf_addc(&b, *text);
		}
	}
	return b.n > 0 ? buf_take(&b) : xstrdup("");
}

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;
	return json_object_object_get_ex(o, key, &v) && v != NULL ? json_object_get_string(v) : NULL;
}

static void tell_call(struct init_call *c, struct json_object *o, int pid)
{
	struct json_object *args = NULL;
	struct buf b = {0};
	const char *error = text_of(o, "error"), *result = text_of(o, "result");
	buf_addf(&b, "%4d  %s(", pid, text_of(o, "call"));
	json_object_object_get_ex(o, "args", &args);
	for (size_t i = 0; args != NULL && i < json_object_array_length(args); i++) {
		struct json_object *pair = json_object_array_get_idx(args, i);
		buf_addf(&b, "%s%s=%s", i > 0 ? ", " : "", json_object_get_string(json_object_array_get_idx(pair, 0)),
			json_object_get_string(json_object_array_get_idx(pair, 1)));
	}
	if (args == NULL)
		buf_adds(&b, "…");
	if (result != NULL && strtoll(result, NULL, 10) > 0xffff)
		buf_addf(&b, ") = 0x%llx", strtoll(result, NULL, 10));
	else
		buf_addf(&b, ") = %s%s%s", result != NULL ? result : "?", error != NULL ? " " : "",
			error != NULL ? error : "");
	buf_addf(&c->told, "%s\n", b.p);
	buf_done(&b);
}

static void tell_end(struct init_call *c, const char *why)
{
	static const struct {
		const char *why, *text;
	} row[] = {{"input", N_("The input is read up: here a person would type on.")},
		{"calls", N_("Stopped: so many calls were enough (--calls).")},
		{"time", N_("Stopped: the time is over (--seconds).")},
		{"exit", N_("Process 1 has ended: a kernel would panic now.")}};
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		if (strcmp(row[i].why, why) == 0)
			buf_addf(&c->told, "%s\n", _(row[i].text));
}

static void on_line(void *ctx, const char *line, size_t n)
{
	struct init_call *c = ctx;
	char *text = xstrndup(line, n);
	struct json_object *o = json_tokener_parse(text), *pid = NULL;
	free(text);
	if (!json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return;
	}
	const int number = json_object_object_get_ex(o, "pid", &pid) ? json_object_get_int(pid) : 0;
	if (text_of(o, "call") != NULL)
		tell_call(c, o, number);
	else if (text_of(o, "signal") != NULL)
		buf_addf(&c->told, "%4d  --- %s ---\n", number, text_of(o, "signal"));
	else if (text_of(o, "killed") != NULL)
		buf_addf(&c->told, _("%4d  +++ killed by %s +++\n"), number, text_of(o, "killed"));
	else if (text_of(o, "exit") != NULL)
		buf_addf(&c->told, _("%4d  +++ ended with %s +++\n"), number, text_of(o, "exit"));
	else if (text_of(o, "end") != NULL)
		tell_end(c, text_of(o, "end"));
	json_object_array_add(c->events, o);
}

static void on_output(void *ctx, const char *bytes, size_t n, bool is_err)
{
	struct init_call *c = ctx;
	if (is_err)
		buf_add(&c->said, bytes, n);
	else
		proc_lines_feed(&c->lines, bytes, n, on_line, c);
}

/* All at once, so that the screen has it as one page. */
static void tell_all(struct init_call *c)
{
	for (char *at = c->told.p; at != NULL && *at != '\0';) {
		const size_t n = strcspn(at, "\n");
		report_line(init_out(c), "%.*s", (int)n, at);
		at += n + (at[n] == '\n');
	}
	buf_done(&c->told);
}

static void on_exit_status(void *ctx, int status, int sig)
{
	struct init_call *c = ctx;
	struct err e = {0};
	c->proc = NULL;
	proc_lines_end(&c->lines, on_line, c);
	if (status != 0) {
		char *said = buf_take(&c->said), *hint = said != NULL ? strchr(said, '\n') : NULL;
		if (hint != NULL)
			*hint++ = '\0';
		if (sig != 0 && c->cancelled)
			err_set(&e, ERR_CANCELLED, _("cancelled"));
		else
			err_set(&e, ERR_WORLD, _("init trace: %s"),
				said != NULL && *said != '\0' ? said : _("the tracer ended"));
		if (hint != NULL && *str_trim(hint) != '\0')
			err_hint(&e, "%s", str_trim(hint));
		free(said);
	}
	tell_all(c);
	json_object_object_add(cmd_json(c->call), "events", c->events);
	init_end(c, &e);
}

static void cancel(struct cmd_call *call)
{
	struct init_call *c = call->state;
	c->cancelled = true;
	proc_cancel(c->proc, 1000);
}

/* A whole number from 1 to most, or the default. 0 with *e. */
static long number(struct init_call *c, const char *option, long usual, long most, struct err *e)
{
	const char *text = cmd_value(c->call, option);
	char *rest = NULL;
	const long n = text != NULL ? strtol(text, &rest, 10) : usual;
	if (text == NULL || (rest != text && *rest == '\0' && n > 0 && n <= most))
		return n;
	err_set(e, ERR_USAGE, _("init trace: --%s is a number from 1 to %ld, not `%s`"), option, most, text);
	return 0;
}

/* The companions that were built, as more arguments. */
static void add_companions(struct init_call *c, struct strv *argv)
{
	struct strv name = {0};
	struct app *a = c->call->app;
	if (a->pipeline == NULL)
		return;
	strv_split(&name, optset_text(&a->lab.opts, OPT_INITRAMFS_COMPANIONS));
	for (size_t i = 0; i < name.n; i++) {
		char *rel = fs_join("out/companions", name.v[i]), *path = lab_path(&a->lab, rel);
		if (fs_size(path) >= 0)
			strv_add(argv, path);
		free(rel);
		free(path);
	}
	strv_done(&name);
}

static int start(struct init_call *c, const char *program, const char *tree, struct err *e)
{
	char *input = typed(cmd_value(c->call, "input") != NULL ? cmd_value(c->call, "input") : "");
	const long calls = number(c, "calls", 500, 100000, e), seconds = number(c, "seconds", 5, 600, e);
	struct strv argv = {0};
	strv_add(&argv, "/proc/self/exe");
	strv_add(&argv, "internal");
	strv_add(&argv, "trace");
	strv_add(&argv, program);
	strv_add(&argv, tree);
	strv_add(&argv, input);
	strv_addf(&argv, "%ld", calls);
	strv_addf(&argv, "%ld", seconds);
	add_companions(c, &argv);
	const struct proc_opts o = {
		.argv = argv.v, .death_signal = 9, .on_output = on_output, .on_exit = on_exit_status, .ctx = c};
	c->call->state = c;
	c->call->cancel = cancel;
	c->events = json_object_new_array();
	if (!err_is(e))
		c->proc = proc_start(c->call->app->loop, &o, e);
	if (c->proc == NULL)
		json_object_put(c->events);
	free(input);
	strv_done(&argv);
	return c->proc != NULL ? 0 : -1;
}

void init_trace(struct init_call *c, struct err *e)
{
	char *program = init_program_of(c, e), *tree = program != NULL ? init_kernel_tree(c->call->app, e) : NULL;
	if (program != NULL && tree == NULL && !err_is(e)) {
		err_set(e, ERR_WORLD, _("the kernel source is not unpacked yet, and the names of the calls are in it"));
		err_hint(e, _("kiln source --unpack"));
	}
	if (tree != NULL)
		start(c, program, tree, e);
	free(program);
	free(tree);
}
