/* cmd_check: the command check: would this boot? The pre-flight checks (precheck.h) of the lab, of one program, or of
 * an archive made elsewhere. */
#include <stdlib.h>
#include <string.h>

#include "core/app.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/precheck_lab.h"

static void add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, text != NULL ? json_object_new_string(text) : NULL);
}

static struct json_object *finding_json(const struct precheck_finding *f)
{
	struct json_object *o = json_object_new_object();
	add_text(o, "level", precheck_level_name(f->level));
	add_text(o, "id", f->id);
	add_text(o, "what", f->what);
	add_text(o, "console", f->line);
	add_text(o, "next", f->next);
	add_text(o, "fix", f->fix);
	add_text(o, "file", f->file);
	json_object_object_add(o, "line", f->line_no > 0 ? json_object_new_int(f->line_no) : NULL);
	json_object_object_add(o, "byte", f->byte >= 0 ? json_object_new_int64(f->byte) : NULL);
	return o;
}

static void show_finding(struct report *r, const struct precheck_finding *f)
{
	char place[24] = "";
	if (f->line_no > 0)
		snprintf(place, sizeof(place), ":%d", f->line_no);
	report_line(r, "%-5s %s%s%s%s", precheck_level_name(f->level), f->file != NULL ? f->file : "", place,
		f->file != NULL ? ": " : "", f->what);
	if (f->line != NULL)
		report_line(r, _("      console: %s"), f->line);
	if (f->next != NULL)
		report_line(r, _("      next: %s"), f->next);
}

static void report_findings(struct cmd_call *call, const struct precheck *c, struct err *e)
{
	struct json_object *o = cmd_json(call), *list = json_object_new_array();
	for (size_t i = 0; i < c->n; i++) {
		show_finding(&call->app->report, &c->v[i]);
		json_object_array_add(list, finding_json(&c->v[i]));
	}
	add_text(o, "verdict", precheck_verdict(c));
	json_object_object_add(o, "boots", json_object_new_boolean(c->worst < PRE_STOP));
	json_object_object_add(o, "findings", list);
	report_line(&call->app->report, "\n%s", precheck_verdict(c));
	if (c->worst == PRE_STOP) {
		err_set(e, ERR_INPUT, _("would not boot: %s"), c->v[0].what);
		err_hint(e, "%s", c->v[0].next != NULL ? c->v[0].next : "kiln build");
	}
}

static void look_at_lab(struct app *a, struct precheck_lab *l, struct precheck_params *p)
{
	pipeline_refresh(a->pipeline);
	precheck_lab_init(l, a->pipeline, p);
	precheck_lab_calls(l, a->pipeline, p);
}

static int read_options(struct cmd_call *call, struct precheck_params *p, struct err *e)
{
	const char *archive = cmd_value(call, "archive"), *config = cmd_value(call, "config");
	p->face = cmd_value(call, "face");
	if (p->face != NULL && strcmp(p->face, "serial") != 0 && strcmp(p->face, "vga") != 0)
		return err_set(e, ERR_USAGE, _("check: --face is serial or vga, not `%s`"), p->face);
	const char *const named[] = {call->arg.n > 0 ? call->arg.v[0] : NULL, archive, config};
	for (size_t i = 0; i < ARRAY_LEN(named); i++)
		if (named[i] != NULL && fs_size(named[i]) < 0)
			return err_set(e, ERR_WORLD, _("there is no file %s"), named[i]);
	return 0;
}

static void run_check(struct cmd_call *call)
{
	struct err e = {0}, no_lab = {0};
	struct precheck_lab l = {0};
	struct precheck_params p = {0};
	struct precheck c;
	const char *program = call->arg.n > 0 ? call->arg.v[0] : NULL, *archive = cmd_value(call, "archive");
	if (read_options(call, &p, &e) == 0) {
		if (app_open_lab(call->app, false, &no_lab) == 0)
			look_at_lab(call->app, &l, &p);
		else if (program == NULL && archive == NULL)
			err_move(&e, &no_lab);
	}
	if (!err_is(&e)) {
		p.archive = archive != NULL ? archive : program == NULL ? l.archive : NULL;
		p.init = program != NULL ? program : l.init;
		p.sources = program == NULL && archive == NULL ? l.sources : NULL;
		if (p.archive == NULL && p.init == NULL)
			p.archive = l.no_archive; /* neither is there yet: that is the finding */
		if (cmd_value(call, "config") != NULL)
			p.config = cmd_value(call, "config");
		precheck_run(&c, &p);
		report_findings(call, &c, &e);
		precheck_done(&c);
	}
	precheck_lab_done(&l);
	err_done(&no_lab);
	cmd_done(call, &e);
	err_done(&e);
}

static const struct cmd_opt check_option[] = {
	{"archive", 'a', "FILE", N_("check this initramfs instead of the lab's")},
	{"config", 'c', "FILE", N_("against this .config instead of the lab's kernel.config")},
	{"face", 'f', "FACE", N_("serial or vga (default: boot.face)")},
	{NULL, 0, NULL, NULL},
};

const struct cmd cmd_check_rows[] = {
	{"check", "[FILE]", CMD_JSON,
		N_("would this boot? look at the init, the archive and the configuration as the kernel will"),
		N_("Names what would go wrong with its place, the line that the console would show, and the next step. "
		   "FILE: a "
		   "program to check by itself. Exit status 1 if it would not boot; it never keeps you from trying."),
		check_option, run_check},
};
const size_t cmd_check_n = ARRAY_LEN(cmd_check_rows);
