/* cmd_config: `kiln config`: makes kernel.config through the pipeline (--preset, --set, --unset), then asks the
 * options' model (kc.h) one question after the other in the order given: enable, disable, why, search, diff, list,
 * menu. What was edited is saved at the end, all or nothing. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/app.h"
#include "core/cmd_config.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/kcbuild.h"
#include "core/preset.h"
#include "core/str.h"

static void next(struct config_call *c);

/* --- the end --- */

static void finish(struct config_call *c, struct err *e)
{
	struct cmd_call *call = c->call;
	struct pipeline *p = call->app->pipeline;
	struct err mine = {0};
	err_move(&mine, e);
	if (c->kc != NULL)
		kc_close(c->kc);
	if (p != NULL) {
		p->want = NULL;
		p->n_want = 0;
		p->from_preset = false;
	}
	for (size_t i = 0; i < c->n_want; i++) {
		free((char *)c->want[i].name);
		free((char *)c->want[i].value);
	}
	free(c->want);
	strv_done(&c->get);
	free(c->other);
	free(c->scratch);
	free(c);
	cmd_done(call, &mine);
	err_done(&mine);
}

void config_fail(struct config_call *c, struct err *e)
{
	if (c->ended)
		return;
	c->ended = true;
	finish(c, e);
}

static void cancel(struct cmd_call *call)
{
	struct config_call *c = call->state;
	if (pipeline_busy(call->app->pipeline))
		pipeline_cancel(call->app->pipeline);
	else if (c->building != NULL)
		kcbuild_cancel(c->building);
	else
		c->cancelled = true; /* each step takes milliseconds: before the next one */
}

/* --- values of the file --- */

/* The value of CONFIG_name in the text of a .config: "n" if it is not set. Returns owned. */
static char *config_value(const char *text, const char *name)
{
	char *key = xasprintf("\nCONFIG_%s=", name);
	const char *at = strstr(text, key);
	char *value = at != NULL ? xstrndup(at + strlen(key), strcspn(at + strlen(key), "\n")) : xstrdup("n");
	free(key);
	return value;
}

/* Is a name asked for that the file does not speak of? The kernel may have no such option, or not offer it now. */
static bool asks_beyond_file(const struct config_call *c)
{
	char *path = lab_path(&c->call->app->lab, "kernel.config"), *text = fs_read(path, NULL, NULL);
	bool beyond = false;
	for (size_t i = 0; text != NULL && i < c->get.n && !beyond; i++) {
		char *set = xasprintf("\nCONFIG_%s=", c->get.v[i]);
		char *unset = xasprintf("\n# CONFIG_%s is not set\n", c->get.v[i]);
		beyond = strstr(text, set) == NULL && strstr(text, unset) == NULL;
		free(set);
		free(unset);
	}
	free(text);
	free(path);
	return beyond;
}

static void show_values(struct config_call *c, struct err *e)
{
	char *path = lab_path(&c->call->app->lab, "kernel.config"), *text = fs_read(path, NULL, e);
	struct json_object *o = json_object_new_object();
	for (size_t i = 0; text != NULL && i < c->get.n; i++) {
		char *value = config_value(text, c->get.v[i]);
		report_line(&c->call->app->report, "%s=%s", c->get.v[i], value);
		json_object_object_add(o, c->get.v[i], json_object_new_string(value));
		free(value);
	}
	json_object_object_add(cmd_json(c->call), "values", o);
	free(text);
	free(path);
}

static void on_settled(void *ctx, struct err *e)
{
	struct config_call *c = ctx;
	if (!err_is(e) && c->get.n > 0)
		show_values(c, e);
	else if (!err_is(e) && !c->answered)
		report_line(
			&c->call->app->report, _("kernel.config is in order: %s/kernel.config"), c->call->app->lab.dir);
	config_fail(c, e);
}

/* --- the questions --- */

static void on_saved(void *ctx, struct err *e)
{
	struct config_call *c = ctx;
	if (err_is(e)) {
		config_fail(c, e);
		return;
	}
	/* the file is ours and in order: let the pipeline note it */
	const unsigned config = 1u << STAGE_CONFIG;
	kc_close(c->kc);
	c->kc = NULL;
	pipeline_build(c->call->app->pipeline, (struct pipeline_goal){config, config}, on_settled, c);
}

static void all_asked(struct config_call *c)
{
	struct err none = {0};
	if (!c->edited) {
		on_settled(c, &none);
		return;
	}
	char *path = lab_path(&c->call->app->lab, "kernel.config");
	kc_save(c->kc, path, on_saved, c);
	free(path);
}

static const struct {
	const char *name;
	void (*run)(struct config_call *c, const char *value);
} question[] = {
	{"enable", config_enable},
	{"disable", config_disable},
	{"why", config_why},
	{"search", config_search},
	{"diff", config_diff},
	{"list", config_list},
	{"menu", config_menu},
	{"fragment", config_fragment},
};

static bool is_question(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(question); i++)
		if (strcmp(question[i].name, name) == 0)
			return true;
	return false;
}

static void ask(struct config_call *c, const struct cmd_given *g)
{
	for (size_t i = 0; i < ARRAY_LEN(question); i++)
		if (strcmp(question[i].name, g->opt->name) == 0) {
			c->answered = true;
			question[i].run(c, g->value != NULL ? g->value : "");
			return;
		}
	if (strcmp(g->opt->name, "get") == 0 && kc_find(c->kc, g->value) < 0) {
		struct err e = {0};
		err_set(&e, ERR_INPUT, _("this kernel has no option %s"), g->value);
		err_hint(&e, _("kiln config --search WORD finds options by name, title and help"));
		config_fail(c, &e);
		err_done(&e);
		return;
	}
	next(c);
}

static void next(struct config_call *c)
{
	struct err e = {0};
	const struct cmd_call *call = c->call;
	if (c->ended)
		return;
	if (c->cancelled) {
		err_set(&e, ERR_CANCELLED, _("stopped"));
		config_fail(c, &e);
	} else if (c->at < call->n_given) {
		ask(c, &call->given[c->at++]);
	} else {
		all_asked(c);
	}
}

void config_next(struct config_call *c)
{
	next(c);
}

static void on_ready(void *ctx, struct err *e)
{
	struct config_call *c = ctx;
	if (err_is(e))
		config_fail(c, e);
	else
		next(c);
}

static void on_message(void *ctx, const char *text, bool warning)
{
	struct config_call *c = ctx;
	if (warning || c->call->app->report.verbose)
		report_line(&c->call->app->report, "%s", text);
}

static void on_config_there(void *ctx, struct err *e)
{
	struct config_call *c = ctx;
	struct app *a = c->call->app;
	bool any = !err_is(e) && asks_beyond_file(c);
	for (size_t i = 0; i < c->call->n_given; i++)
		any = any || is_question(c->call->given[i].opt->name);
	if (err_is(e) || !any) {
		on_settled(c, e);
		return;
	}
	char *config = lab_path(&a->lab, "kernel.config");
	const struct kc_params p = {
		.tree = a->pipeline->source.tree, .config = config, .ready = on_ready, .message = on_message, .ctx = c};
	struct err mine = {0};
	c->kc = kc_open(a->loop, &p, &mine);
	free(config);
	if (c->kc == NULL)
		config_fail(c, &mine);
	err_done(&mine);
}

/* --- the beginning --- */

static void add_want(struct config_call *c, const char *name, size_t n, const char *value)
{
	c->want = xrealloc(c->want, (c->n_want + 1) * sizeof(*c->want));
	if (n > 7 && strncmp(name, "CONFIG_", 7) == 0) {
		name += 7;
		n -= 7;
	}
	c->want[c->n_want++] = (struct kcbuild_want){xstrndup(name, n), xstrdup(value)};
}

static int read_options(struct config_call *c, struct err *e)
{
	for (size_t i = 0; i < c->call->n_given; i++) {
		const struct cmd_given *g = &c->call->given[i];
		if (strcmp(g->opt->name, "set") == 0) {
			const char *eq = strchr(g->value, '=');
			if (eq == NULL || eq == g->value)
				return err_set(e, ERR_USAGE, _("config: --set needs NAME=VALUE, not `%s`"), g->value);
			add_want(c, g->value, (size_t)(eq - g->value), eq + 1);
		} else if (strcmp(g->opt->name, "unset") == 0) {
			add_want(c, g->value, strlen(g->value), "n");
		} else if (strcmp(g->opt->name, "get") == 0) {
			strv_add(&c->get, str_starts(g->value, "CONFIG_") ? g->value + 7 : g->value);
		} else if (strcmp(g->opt->name, "fragment") == 0) {
			c->as_fragment = true;
		}
	}
	return 0;
}

static int change_preset(struct app *a, const char *name, struct err *e)
{
	struct preset preset = {0};
	if (preset_load(&preset, name, e) < 0)
		return -1;
	preset_done(&preset);
	return lab_set(&a->lab, "kernel.preset", name, e);
}

static void run_config(struct cmd_call *call)
{
	struct err e = {0};
	struct config_call *c = xcalloc(1, sizeof(*c));
	struct pipeline *p = call->app->pipeline;
	const char *preset = cmd_value(call, "preset");
	c->call = call;
	call->state = c;
	call->cancel = cancel;
	if (read_options(c, &e) == 0 && preset != NULL)
		change_preset(call->app, preset, &e);
	if (err_is(&e)) {
		config_fail(c, &e);
		err_done(&e);
		return;
	}
	p->want = c->want;
	p->n_want = c->n_want;
	p->from_preset = preset != NULL;
	const unsigned config = 1u << STAGE_CONFIG;
	const struct pipeline_goal goal = {config, c->n_want > 0 || preset != NULL ? config : 0};
	pipeline_build(p, goal, on_config_there, c);
}

static const struct cmd_opt config_option[] = {
	{"preset", 'p', "NAME",
		N_("begin again from this preset (article, serial); the old file is kept as kernel.config.old")},
	{"set", 's', "NAME=VALUE",
		N_("set an option; an error if it does not survive, naming what it needs; may be repeated")},
	{"unset", 'u', "NAME", N_("set an option to n; may be repeated")},
	{"get", 'g', "NAME", N_("show an option's value; may be repeated")},
	{"enable", 'e', "NAME",
		N_("switch an option on with everything it needs (NAME=m: as a module); shows what that changed")},
	{"disable", 'd', "NAME", N_("switch an option off with everything that forces it on")},
	{"why", 'w', "NAME", N_("why an option cannot be y (NAME=VALUE: not have that value), in words")},
	{"search", 'S', "PATTERN", N_("find options by name, title and help (words, each a PCRE2 pattern)")},
	{"diff", 'D', "WITH", N_("compare with a .config, a preset, `tinyconfig`, or another kernel tree (a folder)")},
	{"list", 'l', NULL, N_("list the options that can be set now, with their values")},
	{"fragment", 'F', NULL,
		N_("print what --diff finds (without it: against tinyconfig) as lines for another .config")},
	{"menu", 'm', NULL, N_("print the menu as menuconfig shows it")},
	{NULL, 0, NULL, NULL},
};

const struct cmd cmd_config_rows[] = {
	{"config", "", CMD_LAB_WRITE | CMD_JSON,
		N_("make kernel.config, bring it into order, set, find and explain options"),
		N_("Works with the kernel tree's own kconfig. Nothing you ask for is dropped in silence: an option "
		   "that "
		   "cannot "
		   "have the value you gave is an error that names the unmet dependency, and kernel.config stays as it "
		   "was. "
		   "--set and --unset come first, all at once; the other options are done in the order given."),
		config_option, run_config},
};
const size_t cmd_config_n = ARRAY_LEN(cmd_config_rows);
