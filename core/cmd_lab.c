/* cmd_lab: the commands about a lab as a folder: new, source, status, clean. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/app.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/str.h"

static void run_new(struct cmd_call *call)
{
	struct err e = {0};
	const char *dir = call->arg.v[0];
	if (lab_create(dir, &e) == 0) {
		json_object_object_add(cmd_json(call), "lab", json_object_new_string(dir));
		report_line(&call->app->report, _("made the lab %s"), dir);
		report_line(&call->app->report, _("next: cd %s && kiln build && kiln run"), dir);
	}
	cmd_done(call, &e);
}

/* The `source` command works without a lab: it holds its own settings while the source is unpacked. */
struct source_call {
	struct cmd_call *call;
	struct optset settings;
	struct source source;
	struct source_op *op;
	struct progress progress;
};

static void show_source(struct source_call *s)
{
	struct json_object *o = cmd_json(s->call);
	struct report *r = &s->call->app->report;
	json_object_object_add(o, "origin", json_object_new_string(s->source.origin));
	json_object_object_add(o, "version", json_object_new_string(s->source.version));
	json_object_object_add(o, "chosen_by", json_object_new_string(s->source.why));
	json_object_object_add(o, "tree", s->source.tree != NULL ? json_object_new_string(s->source.tree) : NULL);
	json_object_object_add(o, "id", json_object_new_string(s->source.id));
	report_line(r, _("Linux %s"), s->source.version);
	report_line(r, _("  from       %s (%s)"), s->source.origin, s->source.why);
	report_line(r, _("  tree       %s"),
		s->source.tree != NULL ? s->source.tree : _("not unpacked yet: kiln source --unpack"));
}

static void end_source(struct source_call *s, struct err *e)
{
	struct cmd_call *call = s->call;
	if (!err_is(e))
		show_source(s);
	source_done(&s->source);
	optset_done(&s->settings);
	free(s);
	cmd_done(call, e);
}

static void on_source_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct source_call *s = ctx;
	progress_update(&s->progress, uv_hrtime(), what, done, total);
	report_progress(&s->call->app->report, "source", &s->progress);
}

static void on_source_line(void *ctx, const char *line, size_t n, bool is_err)
{
	struct source_call *s = ctx;
	(void)is_err;
	report_line(&s->call->app->report, "           %.*s", (int)n, line);
}

static void on_source_done(void *ctx, struct err *e)
{
	end_source(ctx, e);
}

static void cancel_source(struct cmd_call *call)
{
	struct source_call *s = call->state;
	source_cancel(s->op);
}

static void run_source(struct cmd_call *call)
{
	struct err e = {0};
	struct source_call *s = xcalloc(1, sizeof(*s));
	const struct op_cb cb = {on_source_progress, on_source_line, NULL, on_source_done, s};
	s->call = call;
	int r = app_settings(call->app, &s->settings, &e);
	if (r == 0)
		r = source_find(&s->source, optset_text(&s->settings, OPT_KERNEL_SOURCE), &e);
	if (r == 0 && s->source.tree == NULL && cmd_value(call, "unpack") != NULL) {
		progress_begin(&s->progress, uv_hrtime());
		s->op = source_unpack(call->app->loop, &s->source, &cb, &e);
		call->state = s;
		call->cancel = cancel_source;
		if (s->op != NULL)
			return;
	}
	end_source(s, &e);
	err_done(&e);
}

static void stage_json(struct json_object *list, const struct pipeline *p, const struct stage *s)
{
	struct json_object *o = json_object_new_object();
	const char *error = record_text(&p->rec, s->ops->name, "error");
	json_object_object_add(o, "stage", json_object_new_string(s->ops->name));
	json_object_object_add(o, "state", json_object_new_string(pipeline_state_name(s->state)));
	json_object_object_add(o, "because", s->because != NULL ? json_object_new_string(s->because) : NULL);
	json_object_object_add(o, "size", s->size >= 0 ? json_object_new_int64(s->size) : NULL);
	json_object_object_add(o, "seconds", s->seconds > 0 ? json_object_new_double(s->seconds) : NULL);
	if (error != NULL && s->state == STATE_FAILED)
		json_object_object_add(o, "error", json_object_new_string(error));
	json_object_array_add(list, o);
}

static void show_stage(struct app *a, const struct stage *s)
{
	char size[48] = "", clock[16] = "";
	if (s->size >= 0)
		report_size(s->size, size, sizeof(size));
	if (s->seconds > 0)
		snprintf(clock, sizeof(clock), "%.1f s", s->seconds);
	if (s->seconds >= 60)
		progress_clock(s->seconds, clock, sizeof(clock));
	const char *state = _(pipeline_state_name(s->state));
	report_line(&a->report, "%-10s %-*s %*s %9s  %s", s->ops->name, str_field(state, 11), state,
		str_field(size, 18), size, clock, s->because != NULL ? s->because : "");
}

/* What the lab is set to, in one line each. */
static void show_settings(struct app *a)
{
	const struct pipeline *p = a->pipeline;
	const struct optset *o = &a->lab.opts;
	report_line(&a->report, _("lab        %s"), a->lab.dir);
	if (p->source.version != NULL)
		report_line(&a->report, _("kernel     Linux %s, preset %s"), p->source.version,
			optset_text(o, OPT_KERNEL_PRESET));
	report_line(&a->report, _("init       %s, companions: %s"), optset_text(o, OPT_INIT_VARIANT),
		optset_text(o, OPT_INITRAMFS_COMPANIONS));
	char *holder = !a->lab.held && lab_is_held(a->lab.dir) ? lab_holder(a->lab.dir) : NULL;
	if (holder != NULL)
		report_line(&a->report, _("in use     by another kiln (%s)"), holder);
	free(holder);
	report_line(&a->report, "%s", "");
}

static void run_status(struct cmd_call *call)
{
	struct app *a = call->app;
	struct json_object *o = cmd_json(call), *list = json_object_new_array();
	pipeline_refresh(a->pipeline);
	show_settings(a);
	for (int i = 0; i < STAGE_N; i++) {
		show_stage(a, &a->pipeline->stage[i]);
		stage_json(list, a->pipeline, &a->pipeline->stage[i]);
	}
	int64_t prompt = record_int(&a->pipeline->rec, "boot", "prompt_ms", -1);
	if (prompt >= 0)
		report_line(&a->report, _("\nlast boot reached the prompt %.2f s after QEMU was started"),
			(double)prompt / 1000);
	json_object_object_add(o, "lab", json_object_new_string(a->lab.dir));
	json_object_object_add(o, "stages", list);
	cmd_done(call, NULL);
}

/* Remove one folder of the lab (or what a link of ours there leads to in the cache) and say so. */
static int remove_folder(struct app *a, const char *path, struct err *e)
{
	char *real = fs_absolute(path), *cache = paths_cache("build");
	int r = 0;
	if (!fs_exists(path))
		goto out;
	if (strcmp(real, path) != 0 && str_starts(real, cache))
		r = fs_remove_tree(real, e);
	if (r == 0)
		r = fs_remove_tree(path, e);
	if (r == 0)
		report_line(&a->report, _("removed %s"), path);
out:
	free(real);
	free(cache);
	return r;
}

static void run_clean(struct cmd_call *call)
{
	static const char *const sub[] = {"build", "out"};
	struct app *a = call->app;
	struct err e = {0};
	int r = 0;
	for (size_t i = 0; i < ARRAY_LEN(sub) && r == 0; i++) {
		char *path = lab_path(&a->lab, sub[i]);
		r = remove_folder(a, path, &e);
		free(path);
	}
	if (r == 0 && cmd_value(call, "all") != NULL) {
		char *cache = paths_cache("");
		r = remove_folder(a, cache, &e);
		free(cache);
	}
	if (r == 0)
		report_line(&a->report, _("kept: kiln.conf, kernel.config, init/, rootfs/"));
	cmd_done(call, &e);
}

static void run_set(struct cmd_call *call)
{
	struct app *a = call->app;
	struct err e = {0};
	const struct opt_row *row = opt_find(call->arg.v[0]);
	struct buf value = {0};
	for (size_t i = 1; i < call->arg.n; i++)
		buf_addf(&value, "%s%s", i > 1 ? " " : "", call->arg.v[i]);
	if (call->arg.n > 1 || row == NULL)
		lab_set(&a->lab, call->arg.v[0], value.p != NULL ? value.p : "", &e);
	if (!err_is(&e)) {
		const char *text = optset_text(&a->lab.opts, row->id);
		report_line(&a->report, "%s = %s", row->key, text);
		json_object_object_add(cmd_json(call), "key", json_object_new_string(row->key));
		json_object_object_add(cmd_json(call), "value", json_object_new_string(text));
	}
	buf_done(&value);
	cmd_done(call, &e);
	err_done(&e);
}

static const struct cmd_opt source_option[] = {
	{"unpack", 'u', NULL, N_("unpack it into the cache now")},
	{NULL, 0, NULL, NULL},
};

static const struct cmd_opt clean_option[] = {
	{"all", 'a', NULL, N_("also kiln's cache: unpacked kernel sources, kconfig helpers, probes")},
	{NULL, 0, NULL, NULL},
};

const struct cmd cmd_lab_rows[] = {
	{"new", "DIR", CMD_JSON | CMD_SHELL, N_("make a lab in DIR"),
		N_("A lab is a folder with your settings (kiln.conf), your kernel.config, your own copy of the init "
		   "sources "
		   "(init/), extra files for the initramfs (rootfs/), and what is built from them (build/, out/)."),
		NULL, run_new},
	{"source", "", CMD_JSON, N_("show which kernel source is used; unpack it"),
		N_("The source is kernel.source in kiln.conf or --kernel (a folder or a tarball), else $KILN_KERNEL, "
		   "else the "
		   "newest linux-source tarball in /usr/src. Of a tarball, what an x86 build needs is unpacked into "
		   "the cache."),
		source_option, run_source},
	{"status", "", CMD_LAB | CMD_JSON,
		N_("show each stage: fresh, stale (and why), failed or absent; sizes and times"), NULL, NULL,
		run_status},
	{"set", "KEY [VALUE…]", CMD_LAB_WRITE | CMD_JSON, N_("show a setting of kiln.conf, or change it"),
		N_("`kiln help settings` lists them. Several words are one value: set boot.cmdline panic=-1 quiet. An "
		   "empty value: ''."),
		NULL, run_set},
	{"clean", "", CMD_LAB_WRITE, N_("remove what can be built again"),
		N_("Removes build/ and out/ of the lab. Your settings, kernel.config, init/ and rootfs/ stay."),
		clean_option, run_clean},
};
const size_t cmd_lab_n = ARRAY_LEN(cmd_lab_rows);
