/* config_ask: the questions of `kiln config`: each prints for people and adds to the --json report. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/app.h"
#include "core/cmd_config.h"
#include "core/confdiff.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/kcbuild.h"
#include "core/preset.h"
#include "core/str.h"

static struct report *report(struct config_call *c)
{
	return &c->call->app->report;
}

/* The array of this name in the --json report, made at first use. */
static struct json_object *list(struct config_call *c, const char *name)
{
	struct json_object *o;
	if (!json_object_object_get_ex(cmd_json(c->call), name, &o)) {
		o = json_object_new_array();
		json_object_object_add(cmd_json(c->call), name, o);
	}
	return o;
}

static void add_text(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, value != NULL ? json_object_new_string(value) : NULL);
}

/* NAME or NAME=VALUE. *name is owned. */
static const char *split(const char *given, const char *otherwise, char **name)
{
	const char *eq = strchr(given, '=');
	if (str_starts(given, "CONFIG_"))
		given += 7;
	*name = eq != NULL && eq > given ? xstrndup(given, (size_t)(eq - given)) : xstrdup(given);
	return eq != NULL ? eq + 1 : otherwise;
}

static const char *sym_name(const struct config_call *c, int sym)
{
	struct kc_sym s;
	if (sym < 0)
		return NULL;
	kc_sym(c->kc, sym, &s);
	return s.name != NULL ? s.name : "a choice";
}

/* --- enable and disable --- */

static void say_change(struct config_call *c, const struct kc_change *change)
{
	struct kc_sym s;
	struct json_object *o = json_object_new_object();
	const char *because = sym_name(c, change->because);
	kc_sym(c->kc, change->sym, &s);
	if (s.name == NULL) {
		json_object_put(o);
		return;
	}
	report_line(report(c), "  %s: %s → %s%s%s", s.name, change->was, change->now,
		because != NULL ? "   because of " : "", because != NULL ? because : "");
	add_text(o, "name", s.name);
	add_text(o, "was", change->was);
	add_text(o, "now", change->now);
	add_text(o, "because", because);
	json_object_array_add(list(c, "changes"), o);
}

static void on_applied(void *ctx, const struct kc_result *r, struct err *e)
{
	struct config_call *c = ctx;
	if (err_is(e)) {
		config_fail(c, e);
		return;
	}
	for (size_t i = 0; i < r->n; i++)
		say_change(c, &r->change[i]);
	c->edited = c->edited || r->n > 0;
	config_next(c);
}

static void no_plan(struct config_call *c, const struct kc_plan *plan)
{
	struct err e = {0};
	struct buf why = {0};
	const struct cmd_given *g = &c->call->given[c->at - 1];
	for (size_t i = 0; i < plan->r.reason.n; i++)
		buf_addf(&why, "%s it %s", i > 0 ? ";" : ":", plan->r.reason.v[i]);
	err_set(&e, ERR_INPUT, _("%s cannot be %sd%s"), g->value, g->opt->name, why.p != NULL ? why.p : "");
	err_hint(&e, _("kernel.config stays as it was"));
	buf_done(&why);
	config_fail(c, &e);
	err_done(&e);
}

static void on_plan(void *ctx, const struct kc_plan *plan, struct err *e)
{
	struct config_call *c = ctx;
	if (err_is(e)) {
		config_fail(c, e);
		return;
	}
	if (!plan->r.done) {
		no_plan(c, plan);
		return;
	}
	if (plan->n_step == 0)
		report_line(report(c), _("%s is so already"), c->call->given[c->at - 1].value);
	for (size_t i = 0; i < plan->n_step; i++) {
		struct json_object *o = json_object_new_object();
		report_line(report(c), _("set %s=%s"), plan->step[i].name, plan->step[i].value);
		add_text(o, "name", plan->step[i].name);
		add_text(o, "value", plan->step[i].value);
		json_object_array_add(list(c, "steps"), o);
	}
	kc_apply(c->kc, plan->step, plan->n_step, NULL, on_applied, c);
}

void config_enable(struct config_call *c, const char *given)
{
	char *name;
	const char *value = split(given, "y", &name);
	kc_plan(c->kc, name, value, on_plan, c);
	free(name);
}

void config_disable(struct config_call *c, const char *given)
{
	char *name;
	split(given, "n", &name);
	kc_plan(c->kc, name, "n", on_plan, c);
	free(name);
}

/* --- why --- */

static void on_why(void *ctx, const struct strv *lines, struct err *e)
{
	struct config_call *c = ctx;
	if (err_is(e)) {
		config_fail(c, e);
		return;
	}
	char *name;
	const char *value = split(c->call->given[c->at - 1].value, "y", &name);
	struct json_object *o = json_object_new_object(), *why = json_object_new_array();
	struct kc_sym s;
	kc_sym(c->kc, kc_find(c->kc, name), &s);
	if (lines->n == 0)
		report_line(report(c), "%s %s %s", name, strcmp(s.value, value) == 0 ? "is" : "can be set to", value);
	else
		report_line(report(c), _("%s is %s and cannot be set to %s:"), name, s.value, value);
	for (size_t i = 0; i < lines->n; i++) {
		report_line(report(c), _("  it %s"), lines->v[i]);
		json_object_array_add(why, json_object_new_string(lines->v[i]));
	}
	add_text(o, "name", name);
	add_text(o, "value", s.value);
	add_text(o, "wanted", value);
	json_object_object_add(o, "reasons", why);
	json_object_array_add(list(c, "why"), o);
	free(name);
	config_next(c);
}

void config_why(struct config_call *c, const char *given)
{
	char *name;
	const char *value = split(given, "y", &name);
	kc_why(c->kc, name, value, on_why, c);
	free(name);
}

/* --- search, list, menu --- */

static void say_node(struct config_call *c, const char *key, int node, int indent)
{
	struct kc_node n;
	struct kc_sym s = {0};
	kc_node(c->kc, node, &n);
	struct json_object *o = json_object_new_object();
	if (n.sym >= 0)
		kc_sym(c->kc, n.sym, &s);
	if (s.name != NULL)
		report_line(report(c), "%*s%s=%s   %s", indent, "", s.name, s.value, n.prompt != NULL ? n.prompt : "");
	else
		report_line(report(c), "%*s%s%s", indent, "", n.kind == KC_MENU ? "# " : "",
			n.prompt != NULL ? n.prompt : "");
	add_text(o, "name", s.name);
	add_text(o, "value", s.name != NULL ? s.value : NULL);
	add_text(o, "prompt", n.prompt);
	add_text(o, "file", n.file);
	json_object_object_add(o, "line", json_object_new_int(n.line));
	json_object_object_add(o, "depth", json_object_new_int(n.depth));
	json_object_array_add(list(c, key), o);
}

void config_search(struct config_call *c, const char *pattern)
{
	struct err e = {0};
	int *hits, n = kc_search(c->kc, pattern, KC_SEARCH_HELP, &hits, &e);
	if (n < 0) {
		config_fail(c, &e);
		err_done(&e);
		return;
	}
	list(c, "search");
	for (int i = 0; i < n; i++)
		say_node(c, "search", hits[i], 0);
	if (n == 0)
		report_line(report(c), _("no option matches %s"), pattern);
	free(hits);
	config_next(c);
}

void config_list(struct config_call *c, const char *unused)
{
	(void)unused;
	struct kc_sym s;
	list(c, "list");
	for (int i = 0; i < kc_n_syms(c->kc); i++) {
		kc_sym(c->kc, i, &s);
		if (s.name != NULL && s.node >= 0 && s.visible > 0)
			say_node(c, "list", s.node, 0);
	}
	config_next(c);
}

void config_menu(struct config_call *c, const char *unused)
{
	(void)unused;
	struct kc_node n;
	list(c, "menu");
	for (int i = 0; i < kc_n_nodes(c->kc); i++) {
		kc_node(c->kc, i, &n);
		if (n.prompt != NULL && kc_node_visible(c->kc, i))
			say_node(c, "menu", i, 2 * n.depth);
	}
	config_next(c);
}

/* --- diff --- */

/* A fragment is for setting: what only follows from other options is left out. */
static bool can_be_set(const struct config_call *c, const char *name)
{
	struct kc_sym s;
	int i = kc_find(c->kc, name);
	if (i < 0)
		return false;
	kc_sym(c->kc, i, &s);
	return s.visible > 0 && (s.choice < 0 || strcmp(s.value, "n") != 0);
}

static void say_row(struct config_call *c, const struct confdiff_row *row)
{
	if (c->as_fragment && !can_be_set(c, row->name))
		return;
	struct json_object *o = json_object_new_object();
	struct buf line = {0};
	if (c->as_fragment)
		confdiff_fragment(row, &line);
	else
		buf_addf(&line, "%s: %s → %s", row->name, row->a != NULL ? row->a : "(not there)",
			row->b != NULL ? row->b : "(not there)");
	report_line(report(c), "%s", line.p);
	add_text(o, "name", row->name);
	add_text(o, "there", row->a);
	add_text(o, "here", row->b);
	json_object_array_add(list(c, "diff"), o);
	buf_done(&line);
}

static void on_text(void *ctx, const char *text, size_t n, struct err *e)
{
	struct config_call *c = ctx;
	struct confdiff d;
	(void)n;
	if (err_is(e)) {
		config_fail(c, e);
		return;
	}
	confdiff_make(&d, c->other, text);
	list(c, "diff");
	if (!c->as_fragment)
		report_line(report(c), _("%zu option%s differ%s (%s → kernel.config)"), d.n, d.n == 1 ? "" : "s",
			d.n == 1 ? "s" : "", c->with);
	for (size_t i = 0; i < d.n; i++)
		say_row(c, &d.row[i]);
	confdiff_done(&d);
	free(c->other);
	c->other = NULL;
	config_next(c);
}

static void take_other(struct config_call *c, const char *path)
{
	struct err e = {0};
	c->other = fs_read(path, NULL, &e);
	const char *text = c->other;
	if (text != NULL && text[0] != '\0' && !str_starts(text, "CONFIG_") && strstr(text, "\nCONFIG_") == NULL &&
		strstr(text, "# CONFIG_") == NULL)
		err_at(&e, path, 1, 1, _("this is no .config: no line of it sets an option"));
	if (err_is(&e))
		config_fail(c, &e);
	else
		kc_text(c->kc, false, on_text, c);
	err_done(&e);
}

static void on_built(void *ctx, struct err *e)
{
	struct config_call *c = ctx;
	c->building = NULL;
	if (err_is(e)) {
		unlink(c->scratch);
		config_fail(c, e);
		return;
	}
	char *path = c->scratch;
	c->scratch = NULL;
	take_other(c, path);
	unlink(path);
	free(path);
}

static void on_line(void *ctx, const char *line, size_t n, bool is_err)
{
	struct config_call *c = ctx;
	(void)is_err;
	if (report(c)->verbose)
		report_line(report(c), "%.*s", (int)n, line);
}

/* Make the other configuration: this preset's, tinyconfig (no wants), or the present one in another tree. */
static void build_other(struct config_call *c, struct kcbuild_params *p)
{
	struct err e = {0};
	const struct op_cb cb = {.line = on_line, .done = on_built, .ctx = c};
	c->scratch = pipeline_out(c->call->app->pipeline, ".diff.config");
	p->out = c->scratch;
	c->building = kcbuild_start(c->call->app->loop, p, &cb, &e);
	if (c->building == NULL)
		config_fail(c, &e);
	err_done(&e);
}

void config_diff(struct config_call *c, const char *with)
{
	struct err e = {0};
	struct preset preset = {0};
	struct kcbuild_params p = {.tree = c->call->app->pipeline->source.tree};
	c->with = (char *)with;
	if (fs_is_dir(with)) {
		char *tree = fs_absolute(with), *config = lab_path(&c->call->app->lab, "kernel.config");
		p.tree = tree;
		p.from = config;
		build_other(c, &p);
		free(tree);
		free(config);
	} else if (fs_exists(with)) {
		take_other(c, with);
	} else if (strcmp(with, "tinyconfig") == 0) {
		build_other(c, &p);
	} else if (preset_load(&preset, with, &e) == 0) {
		p.want = preset.want;
		p.n_want = preset.n;
		build_other(c, &p);
		preset_done(&preset);
	} else {
		config_fail(c, &e);
	}
	err_done(&e);
}

void config_fragment(struct config_call *c, const char *unused)
{
	(void)unused;
	if (cmd_value(c->call, "diff") != NULL)
		config_next(c); /* then --diff prints lines */
	else
		config_diff(c, "tinyconfig");
}
