/* ui_cmd: commands on the screen: runs a command line, keeps the calls under way (several at once), tells how they end;
 * and the rows of the ui's own commands. One call at a time may write to the lab. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/cmd_ui.h"
#include "tui/help.h"
#include "tui/preflight.h"
#include "tui/screen.h"
#include "tui/theme.h"
#include "tui/ui_priv.h"

#define PAGE_LINES 3 /* longer reports get a page of their own */

/* --- calls --- */

static bool writes(const struct ui_call *c)
{
	return (c->call->cmd->flags & CMD_LAB_WRITE) != 0;
}

static void count_jobs(struct ui *ui)
{
	ui->jobs_running = ui->priv->calls != NULL || (ui->app->pipeline != NULL && pipeline_busy(ui->app->pipeline));
	ui_touch(ui);
}

void ui_report_sink(void *ctx, const char *line)
{
	struct ui *ui = ctx;
	buf_adds(&ui->priv->output, line);
	buf_addc(&ui->priv->output, '\n');
	ui_touch(ui);
}

void ui_flush_output(struct ui *ui)
{
	struct buf *b = &ui->priv->output;
	if (b->n == 0)
		return;
	char *text = buf_take(b), *trimmed = str_trim(text);
	if (*trimmed != '\0')
		ui_say(ui, UI_INFO, "%s", trimmed);
	free(text);
}

/* What a command reported: a page if it is long, else a message. */
static void show_output(struct ui *ui, const char *title)
{
	size_t lines = 0;
	for (size_t i = 0; i < ui->priv->output.n; i++)
		lines += ui->priv->output.p[i] == '\n';
	if (lines > PAGE_LINES && ui_modal(ui) == NULL)
		help_text(ui, title, ui->priv->output.p);
	ui_flush_output(ui);
}

static void on_done(struct cmd_call *call, struct err *e)
{
	struct ui_call *c = call->done_ctx, **at;
	struct ui *ui = c->ui;
	bool wrote = writes(c), ok = !err_is(e);
	void (*then)(void *, bool) = c->then;
	void *then_ctx = c->then_ctx;
	for (at = &ui->priv->calls; *at != c;)
		at = &(*at)->next;
	*at = c->next;
	free(c);
	if (ui->app->current == call)
		ui->app->current = NULL;
	show_output(ui, call->cmd->name);
	if (e->code == ERR_CANCELLED)
		ui_say(ui, UI_WARNING, _("%s was stopped"), call->cmd->name);
	else if (err_is(e))
		ui_error(ui, e);
	if (wrote)
		ui_lab_changed(ui);
	count_jobs(ui);
	if (then != NULL)
		then(then_ctx, ok);
}

/* May this command run now? 0, or -1 with *e. */
static int check(struct ui *ui, const struct cmd_call *call, struct err *e)
{
	const struct cmd *cmd = call->cmd;
	if (cmd->flags & CMD_SHELL)
		return err_set(e, ERR_USAGE, _("`%s` is a command of the shell, not of the screen"), cmd->name);
	if (cmd->flags & (CMD_LAB | CMD_LAB_WRITE) && ui->app->pipeline == NULL)
		return err_set(e, ERR_WORLD, _("%s: no lab is open"), cmd->name);
	if (!(cmd->flags & CMD_LAB_WRITE))
		return 0;
	if (ui->priv->read_only) {
		err_set(e, ERR_WORLD, _("%s: the lab is open read-only: another kiln holds it"), cmd->name);
		err_hint(e, _("end the other kiln, then start this one again"));
		return -1;
	}
	for (struct ui_call *c = ui->priv->calls; c != NULL; c = c->next)
		if (writes(c)) {
			err_set(e, ERR_WORLD, _("%s has to wait: %s is under way"), cmd->name, c->call->cmd->name);
			err_hint(e, _("`cancel` stops it"));
			return -1;
		}
	if (pipeline_busy(ui->app->pipeline)) {
		err_set(e, ERR_WORLD, _("%s has to wait: the %s stage is under way"), cmd->name,
			ui->app->pipeline->stage[ui->app->pipeline->running].ops->name);
		err_hint(e, _("`cancel` stops it"));
		return -1;
	}
	return 0;
}

static void start(struct ui *ui, struct cmd_call *call, void (*then)(void *ctx, bool ok), void *ctx)
{
	struct ui_call *c = xcalloc(1, sizeof(*c));
	*c = (struct ui_call){call, ui, ui->priv->calls, uv_hrtime(), then, ctx};
	ui->priv->calls = c;
	call->app = ui->app;
	call->done = on_done;
	call->done_ctx = c;
	if (call->cmd->flags & CMD_LAB_WRITE)
		ui->app->current = call;
	count_jobs(ui);
	cmd_run(call);
}

void ui_command(struct ui *ui, const char *line)
{
	ui_command_then(ui, line, NULL, NULL);
}

void ui_command_then(struct ui *ui, const char *line, void (*then)(void *ctx, bool ok), void *ctx)
{
	struct strv words = {0};
	struct err e = {0};
	struct cmd_call *call = NULL;
	line += strspn(line, " \t:");
	ui_message_seen(ui);
	if (*line != '\0' && cmd_split(line, &words, &e) == 0 && words.n > 0)
		call = cmd_parse(&ui->app->commands, words.v, &e);
	if (call != NULL && check(ui, call, &e) < 0) {
		cmd_free(call);
		call = NULL;
	}
	const bool started = call != NULL;
	if (started && ui->on_command != NULL)
		ui->on_command(ui, line);
	if (started)
		start(ui, call, then, ctx);
	if (err_is(&e))
		ui_error(ui, &e);
	strv_done(&words);
	if (!started && then != NULL)
		then(ctx, false);
}

bool ui_cancel(struct ui *ui)
{
	for (struct ui_call *c = ui->priv->calls; c != NULL; c = c->next)
		if (c->call->cancel != NULL) {
			c->call->cancel(c->call);
			return true;
		}
	if (ui->app->pipeline == NULL || !pipeline_busy(ui->app->pipeline))
		return false;
	pipeline_cancel(ui->app->pipeline);
	return true;
}

static bool pane_busy(const struct ui *ui)
{
	for (size_t i = 0; i < ui->n_panes; i++)
		if (ui->panes[i].ops->busy != NULL && ui->panes[i].ops->busy(&ui->panes[i]))
			return true;
	return false;
}

bool ui_idle(const struct ui *ui)
{
	return ui->priv->calls == NULL && ui->priv->n_key == 0 && ui->priv->refreshed &&
	       !(ui->app->pipeline != NULL && pipeline_busy(ui->app->pipeline)) && !pane_busy(ui) &&
	       screen_key_wait(ui->screen) < 0;
}

/* --- the ui's own commands --- */

static void on_quit_answer(void *ctx, char key)
{
	if (key == 'y')
		ui_quit(ctx);
}

static void run_quit(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	bool now = cmd_value(call, "now") != NULL;
	cmd_done(call, NULL);
	count_jobs(ui);
	if (ui->jobs_running && !now)
		ui_confirm(ui, _("Something is under way. Stop it and leave?"), "yn", on_quit_answer, ui);
	else
		ui_quit(ui);
}

static void run_cancel(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	cmd_done(call, NULL);
	if (!ui_cancel(ui))
		ui_say(ui, UI_INFO, "%s", _("nothing is under way that could be stopped"));
}

static void run_redraw(struct cmd_call *call)
{
	screen_redraw(call->app->ui->screen);
	ui_touch(call->app->ui);
	cmd_done(call, NULL);
}

static void list_themes(struct ui *ui)
{
	struct strv names = {0};
	struct buf b = {0};
	theme_list(&names);
	for (size_t i = 0; i < names.n; i++)
		buf_addf(&b, "%s%s", i > 0 ? ", " : "", names.v[i]);
	ui_say(ui, UI_INFO, _("theme %s; there are: %s"), ui->theme->name, b.n > 0 ? b.p : "");
	buf_done(&b);
	strv_done(&names);
}

/* Takes t. The choice is kept in kiln.conf. */
static void use_theme(struct ui *ui, struct theme *t, const char *name, struct err *e)
{
	struct lab *lab = &ui->app->lab;
	theme_free(ui->theme);
	ui->theme = t;
	screen_set_theme(ui->screen, t);
	ui_touch(ui);
	if (!lab->held || strcmp(optset_text(&lab->opts, OPT_SCREEN_THEME), name) == 0)
		return;
	optset_set(&lab->opts, OPT_SCREEN_THEME, name);
	conf_set(&lab->conf, opt_find("screen.theme"), name);
	conf_save(&lab->conf, e);
}

static void run_theme(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	struct err e = {0};
	if (call->arg.n == 0) {
		list_themes(ui);
	} else {
		struct theme *t = theme_load(call->arg.v[0], &e);
		if (t != NULL)
			use_theme(ui, t, call->arg.v[0], &e);
	}
	cmd_done(call, &e);
}

static void run_why(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	const struct pipeline *p = call->app->pipeline;
	struct err e = {0};
	int id = call->arg.n > 0 ? pipeline_stage_find(call->arg.v[0]) : -1;
	if (id < 0 && call->arg.n > 0) {
		err_set(&e, ERR_USAGE, _("there is no stage `%s`"), call->arg.v[0]);
	} else {
		char *text = strip_why(p, id);
		ui_say(ui, id >= 0 && p->stage[id].state == STATE_FAILED ? UI_ERROR : UI_INFO, "%s", text);
		free(text);
	}
	cmd_done(call, &e);
}

static void run_messages(struct cmd_call *call)
{
	ui_focus(call->app->ui, "messages");
	cmd_done(call, NULL);
}

static const struct cmd_opt quit_option[] = {
	{"now", 'n', NULL, N_("without asking, even if something is under way")},
	{NULL, 0, NULL, NULL},
};

static const struct cmd rows[] = {
	{"quit", "", CMD_SCREEN, N_("leave kiln; what is under way is stopped"), NULL, quit_option, run_quit},
	{"cancel", "", CMD_SCREEN, N_("stop the newest thing that is under way"), NULL, NULL, run_cancel},
	{"redraw", "", CMD_SCREEN, N_("draw the screen again from nothing"), NULL, NULL, run_redraw},
	{"theme", "[THEME]", CMD_SCREEN,
		N_("look otherwise: a theme's name or the path of one; without a name: list them"), NULL, NULL,
		run_theme},
	{"why", "[STAGE]", CMD_SCREEN | CMD_LAB, N_("tell a stage's state, the reason, and the command that made it"),
		N_("Without a stage: of every one that is not fresh."), NULL, run_why},
	{"messages", "", CMD_SCREEN, N_("show all messages of this session"), NULL, NULL, run_messages},
};

void ui_register(struct cmd_table *t)
{
	cmd_register(t, rows, ARRAY_LEN(rows));
	cmd_register(t, cmd_ui_rows, cmd_ui_n);
	cmd_register(t, preflight_rows, preflight_n);
	for (size_t i = 0; pane_table[i] != NULL; i++)
		if (pane_table[i]->commands != NULL)
			cmd_register(t, pane_table[i]->commands, pane_table[i]->n_commands);
}
