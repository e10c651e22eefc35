/* cmd_help: the commands help and doctor's neighbours that only tell: help itself, in all its forms (docs.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/app.h"
#include "core/docs.h"
#include "core/i18n.h"
#include "core/str.h"

static const struct app_topic *find_topic(const struct app *a, const char *name)
{
	for (const struct app_topic *t = a->topic; t != NULL && t->name != NULL; t++)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

static void help_topic(struct cmd_call *call, const char *topic, struct err *e)
{
	const struct cmd_table *t = &call->app->commands;
	const struct cmd *cmd = cmd_find(t, topic), *near = cmd_nearest(t, topic);
	const struct app_topic *other = find_topic(call->app, topic);
	if (other != NULL) {
		other->print(stdout);
	} else if (strcmp(topic, "settings") == 0) {
		docs_settings(stdout);
	} else if (cmd != NULL) {
		docs_command(stdout, cmd);
	} else {
		err_set(e, ERR_USAGE, _("there is no command `%s`"), topic);
		if (near != NULL)
			err_hint(e, _("did you mean `%s`?"), near->name);
		err_hint(e, _("`kiln help` lists the commands; other topics are settings, keys and themes"));
	}
}

/* What others than core tell (keys, themes), as it stands. */
static void man_topics(const struct app *a)
{
	for (const struct app_topic *t = a->topic; t != NULL && t->name != NULL; t++) {
		char *text = NULL;
		size_t n;
		FILE *out = open_memstream(&text, &n);
		if (out == NULL)
			continue;
		t->print(out);
		fclose(out);
		docs_man_text(stdout, t->name, text);
		free(text);
	}
}

static void run_help(struct cmd_call *call)
{
	struct err e = {0};
	const char *shell = cmd_value(call, "completion");
	if (shell != NULL) {
		if (docs_completion(stdout, &call->app->commands, shell) < 0)
			err_set(&e, ERR_USAGE, _("help: completions are for bash, zsh and fish, not `%s`"), shell);
	} else if (cmd_value(call, "man") != NULL) {
		docs_man(stdout, &call->app->commands);
		man_topics(call->app);
	} else if (call->arg.n > 0) {
		help_topic(call, call->arg.v[0], &e);
	} else {
		docs_help(stdout, &call->app->commands);
	}
	cmd_done(call, &e);
}

static const struct cmd_opt help_option[] = {
	{"man", 0, NULL, N_("print the man page")},
	{"completion", 0, "SHELL", N_("print the completion script for bash, zsh or fish")},
	{NULL, 0, NULL, NULL},
};

const struct cmd cmd_help_rows[] = {
	{"help", "[COMMAND]", CMD_SHELL, N_("tell about kiln, a command, the settings, keys or themes"), NULL,
		help_option, run_help},
};
const size_t cmd_help_n = ARRAY_LEN(cmd_help_rows);
