/* cmd_lessoncheck: `kiln lesson check`: which steps of lessons the lab passes as it is now. Builds nothing. */
#include <stdlib.h>
#include <string.h>

#include "core/app.h"
#include "core/checkbase.h"
#include "core/cmd_lesson.h"
#include "core/fs.h"
#include "core/grade.h"
#include "core/i18n.h"
#include "core/lessoncheck.h"
#include "core/paths.h"

struct check_call {
	struct cmd_call *call;
	struct grade_class class; /* for its lessons */
	struct strv names, base, solved;
	char *bases;
	struct kcbuild *base_job;
	struct lessoncheck *check;
	struct json_object *list;
	unsigned passed, failed, skipped;
	bool cancelled;
};

static void end(struct check_call *c, struct err *e)
{
	struct cmd_call *call = c->call;
	grade_class_done(&c->class);
	strv_done(&c->names);
	strv_done(&c->base);
	strv_done(&c->solved);
	free(c->bases);
	free(c);
	cmd_done(call, e);
	err_done(e);
}

static void on_step(
	void *ctx, const struct lesson *l, const struct lesson_step *s, bool claimed, const struct check_result *r)
{
	struct check_call *c = ctx;
	struct report *out = &c->call->app->report;
	enum check_verdict v = check_together(r, s->n_check);
	struct json_object *o = json_object_new_object();
	c->passed += v == CHECK_PASSED;
	c->skipped += v == CHECK_SKIPPED;
	c->failed += v == CHECK_FAILED || v == CHECK_TROUBLE;
	report_line(out, "%-7s %s/%s %s%s", check_verdict_name(v), l->id, s->id, s->title,
		claimed ? _("  (as the learner's progress says)") : "");
	for (size_t i = 0; i < s->n_check; i++) {
		char *say = r[i].say != NULL ? lesson_keyless(r[i].say) : NULL;
		if (say != NULL)
			report_line(out, "        %s", say);
		free(say);
	}
	json_object_object_add(o, "lesson", json_object_new_string(l->id));
	json_object_object_add(o, "step", json_object_new_string(s->id));
	json_object_object_add(o, "verdict", json_object_new_string(check_verdict_name(v)));
	json_object_array_add(c->list, o);
}

static void on_done(void *ctx)
{
	struct check_call *c = ctx;
	struct err e = {0};
	json_object_object_add(cmd_json(c->call), "steps", c->list);
	report_line(
		&c->call->app->report, _("%u steps passed, %u failed, %u skipped"), c->passed, c->failed, c->skipped);
	if (c->cancelled)
		err_set(&e, ERR_CANCELLED, _("cancelled"));
	else if (c->failed > 0)
		err_set(&e, ERR_INPUT, _("%u steps do not pass"), c->failed);
	end(c, &e);
}

static void make_bases(struct check_call *c, struct err *e);

static void on_base(void *ctx, struct err *e)
{
	struct check_call *c = ctx;
	c->base_job = NULL;
	make_bases(c, e);
}

static void make_bases(struct check_call *c, struct err *e)
{
	struct app *a = c->call->app;
	const struct op_cb cb = {.done = on_base, .ctx = c};
	while (!err_is(e) && !c->cancelled && c->base.n > 0 && a->pipeline->source.tree != NULL) {
		c->base_job = checkbase_start(a->pipeline, c->bases, c->base.v[0], &cb, e);
		strv_remove(&c->base, 0);
		if (c->base_job != NULL)
			return;
	}
	if (err_is(e) || c->cancelled) {
		end(c, e);
		return;
	}
	const struct lessoncheck_params p = {.lesson = c->class.lesson,
		.n = c->class.n_lesson,
		.solved = &c->solved,
		.env = {.loop = a->loop,
			.pipeline = a->pipeline,
			.scale = 3,
			.static_only = cmd_value(c->call, "static") != NULL,
			.base_dir = c->bases}};
	c->list = json_object_new_array();
	c->check = lessoncheck_start(&p, on_step, on_done, c);
}

static void cancel(struct cmd_call *call)
{
	struct check_call *c = call->state;
	c->cancelled = true;
	if (c->base_job != NULL)
		kcbuild_cancel(c->base_job);
	else if (c->check != NULL)
		lessoncheck_cancel(c->check);
}

static void load_solved(struct check_call *c)
{
	struct err ignored = {0};
	char *path = paths_state("lessons"), *text = fs_exists(path) ? fs_read(path, NULL, &ignored) : NULL;
	if (text != NULL)
		lessoncheck_solved(&c->solved, text);
	err_done(&ignored);
	free(text);
	free(path);
}

void cmd_lesson_check(struct cmd_call *call)
{
	struct err e = {0};
	struct app *a = call->app;
	struct check_call *c = xcalloc(1, sizeof(*c));
	c->call = call;
	for (size_t i = 1; i < call->arg.n; i++)
		strv_add(&c->names, call->arg.v[i]);
	load_solved(c);
	if (grade_lessons(&c->class, cmd_value(call, "lessons"), &c->names, &e) < 0 || app_open_lab(a, false, &e) < 0) {
		end(c, &e);
		return;
	}
	pipeline_refresh(a->pipeline);
	for (size_t i = 0; i < c->class.n_lesson && a->pipeline->source.id != NULL; i++)
		checkbase_names(c->class.lesson[i], &c->base);
	c->bases = a->pipeline->source.id != NULL ? checkbase_dir(a->pipeline) : paths_cache("bases");
	call->state = c;
	call->cancel = cancel;
	make_bases(c, &e);
}
