/* gradework: see gradework.h. A state machine on a loop of its own: stages one by one, then step after step. */
#include "core/gradework.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/lessoncheck.h"
#include "core/pipeline.h"
#include "core/sandbox.h"
#include "core/submission.h"

struct work {
	struct json_object *spec, *out, *steps;
	const char *top;
	char *dir;
	uv_loop_t loop;
	uv_timer_t timer;
	struct lab lab;
	struct pipeline *pipeline;
	struct lesson **lesson;
	size_t n;
	int stage; /* being built; STAGE_BOOT: checks */
	unsigned wanted;
	struct strv solved; /* "lesson/step" of the learner's progress */
};

static const char *text_of(const struct work *w, const char *key)
{
	struct json_object *v;
	return json_object_object_get_ex(w->spec, key, &v) ? json_object_get_string(v) : "";
}

static void list_of(const struct work *w, const char *key, struct strv *out)
{
	struct json_object *v;
	for (size_t i = 0; json_object_object_get_ex(w->spec, key, &v) && i < json_object_array_length(v); i++)
		strv_add(out, json_object_get_string(json_object_array_get_idx(v, i)));
}

static void put_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, text != NULL ? json_object_new_string(text) : NULL);
}

/* trouble: not the submission's fault. */
static void put_error(struct work *w, const struct err *e, bool trouble)
{
	char *text = e->file != NULL ? xasprintf("%s:%d:%d: %s", e->file, e->line, e->col, e->msg) : xstrdup(e->msg);
	put_text(w->out, "error", text);
	json_object_object_add(w->out, "trouble", json_object_new_boolean(trouble));
	free(text);
}

/* --- which stages --- */

unsigned gradework_stages(struct lesson *const *lesson, size_t n)
{
	unsigned mask = 1u << STAGE_CONFIG;
	for (size_t i = 0; i < n; i++)
		for (size_t s = 0; s < lesson[i]->n; s++)
			for (size_t c = 0; c < lesson[i]->step[s].n_check; c++)
				mask |= check_stages(&lesson[i]->step[s].check[c]);
	return mask;
}

/* --- the end --- */

static void on_closed(uv_handle_t *h)
{
	(void)h;
}

static void stop(struct work *w)
{
	uv_close((uv_handle_t *)&w->timer, on_closed);
}

static int print(struct work *w)
{
	fputs(json_object_to_json_string_ext(w->out, JSON_C_TO_STRING_PLAIN), stdout);
	fputc('\n', stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* --- phase unpack --- */

static int take_in(struct work *w, struct submission *s, struct err *e)
{
	const char *from = text_of(w, "submission");
	int r = fs_is_dir(from) ? submission_from_lab(s, from, e) : submission_from_archive(s, from, e);
	if (r == 0)
		r = submission_unpack(s, w->dir, e);
	const struct submission_file *f = r == 0 ? submission_find(s, "progress/lessons") : NULL;
	if (f != NULL) {
		char *path = fs_join(w->top, "progress");
		r = fs_write(path, f->bytes, f->n, 0600, e);
		free(path);
	}
	return r;
}

static void run_unpack(struct work *w, struct err *e)
{
	struct submission s = {0};
	struct json_object *notes = json_object_new_array();
	take_in(w, &s, e);
	for (size_t i = 0; i < s.note.n; i++)
		json_object_array_add(notes, json_object_new_string(s.note.v[i]));
	json_object_object_add(w->out, "notes", notes);
	submission_done(&s);
}

/* --- phases kernel and grade --- */

static int open_lab(struct work *w, struct err *e)
{
	struct strv override = {0};
	int r = lab_open(&w->lab, w->dir, true, e);
	list_of(w, "override", &override);
	for (size_t i = 0; i < override.n && r == 0; i++)
		r = opt_override(&w->lab.opts, override.v[i], e);
	strv_done(&override);
	if (r == 0) {
		struct err warn = {0};
		w->pipeline = pipeline_new(&w->loop, &w->lab, &warn);
		err_done(&warn);
	}
	return r;
}

static void on_kernel(void *ctx, struct err *e)
{
	struct work *w = ctx;
	if (err_is(e))
		put_error(w, e, w->pipeline->stage[STAGE_SOURCE].state != STATE_FRESH);
	stop(w);
}

static void load_claims(struct work *w)
{
	struct json_object *v;
	struct err ignored = {0};
	char *path = fs_join(w->top, "progress");
	bool take = json_object_object_get_ex(w->spec, "claims", &v) && json_object_get_boolean(v);
	char *text = take && fs_exists(path) ? fs_read(path, NULL, &ignored) : NULL;
	if (text != NULL)
		lessoncheck_solved(&w->solved, text);
	err_done(&ignored);
	free(text);
	free(path);
}

static void on_step(
	void *ctx, const struct lesson *l, const struct lesson_step *s, bool claimed, const struct check_result *r)
{
	struct work *w = ctx;
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	put_text(o, "lesson", l->id);
	put_text(o, "step", s->id);
	json_object_object_add(o, "claimed", json_object_new_boolean(claimed));
	put_text(o, "verdict", check_verdict_name(check_together(r, s->n_check)));
	for (size_t i = 0; i < s->n_check; i++) {
		struct json_object *c = json_object_new_object();
		put_text(c, "id", r[i].id);
		put_text(c, "verdict", check_verdict_name(r[i].verdict));
		char *say = r[i].say != NULL ? lesson_keyless(r[i].say) : NULL;
		put_text(c, "say", say);
		free(say);
		json_object_array_add(list, c);
	}
	json_object_object_add(o, "checks", list);
	json_object_array_add(w->steps, o);
}

static void on_all_checked(void *ctx)
{
	stop(ctx);
}

static void check_all(struct work *w)
{
	pipeline_refresh(w->pipeline);
	const struct lessoncheck_params p = {.lesson = w->lesson,
		.n = w->n,
		.solved = &w->solved,
		.env = {.loop = &w->loop,
			.pipeline = w->pipeline,
			.scale = 3,
			.seed = (unsigned)strtoul(text_of(w, "seed"), NULL, 10),
			.base_dir = text_of(w, "bases")}};
	lessoncheck_start(&p, on_step, on_all_checked, w);
}

static void next(uv_timer_t *t);

/* A stage that fails is for its checks to tell; the others are made all the same. */
static void on_built(void *ctx, struct err *e)
{
	struct work *w = ctx;
	if (err_is(e)) {
		struct json_object *notes;
		char *text = xasprintf("%s: %s", pipeline_stage_ops((enum stage_id)w->stage)->name, e->msg);
		if (json_object_object_get_ex(w->out, "notes", &notes))
			json_object_array_add(notes, json_object_new_string(text));
		free(text);
	}
	w->stage++;
	uv_timer_start(&w->timer, next, 0, 0);
}

static bool can_build(const struct work *w)
{
	unsigned needs = pipeline_closure((enum stage_id)w->stage);
	if (!(w->wanted & 1u << w->stage) || w->stage == STAGE_KERNEL)
		return false;
	return !(needs & 1u << STAGE_KERNEL) || w->pipeline->stage[STAGE_KERNEL].state == STATE_FRESH;
}

static void next(uv_timer_t *t)
{
	struct work *w = t->data;
	while (w->stage < STAGE_BOOT && !can_build(w))
		w->stage++;
	if (w->stage < STAGE_BOOT) {
		pipeline_build(w->pipeline, (struct pipeline_goal){1u << w->stage, 0}, on_built, w);
		return;
	}
	check_all(w);
}

static void run_pipeline(struct work *w, bool kernel, struct err *e)
{
	uv_loop_init(&w->loop);
	uv_timer_init(&w->loop, &w->timer);
	w->timer.data = w;
	if (open_lab(w, e) < 0) {
		put_error(w, e, true);
		stop(w);
	} else if (kernel) {
		pipeline_build(w->pipeline, (struct pipeline_goal){1u << STAGE_KERNEL, 0}, on_kernel, w);
	} else {
		pipeline_refresh(w->pipeline);
		uv_timer_start(&w->timer, next, 0, 0);
	}
	uv_run(&w->loop, UV_RUN_DEFAULT);
	if (w->pipeline != NULL)
		pipeline_free(w->pipeline);
	if (w->lab.dir != NULL)
		lab_close(&w->lab);
	uv_loop_close(&w->loop);
}

/* --- all phases --- */

static int load_lessons(struct work *w, struct err *e)
{
	struct strv dirs = {0};
	list_of(w, "lessons", &dirs);
	w->lesson = xcalloc(dirs.n + 1, sizeof(*w->lesson));
	for (size_t i = 0; i < dirs.n && !err_is(e); i++)
		if ((w->lesson[w->n] = lesson_load(dirs.v[i], i18n_lesson_lang(), e)) != NULL)
			w->n++;
	strv_done(&dirs);
	w->wanted = gradework_stages(w->lesson, w->n);
	return err_is(e) ? -1 : 0;
}

static int enter(struct work *w, const char *phase, struct err *e)
{
	struct sandbox s = {.keep_read = strcmp(phase, "unpack") == 0};
	char *key = xasprintf("write-%s", phase), *more = xasprintf("read-%s", phase),
	     *limits = xasprintf("limits-%s", phase);
	setenv(SANDBOX_LIMITS, text_of(w, limits), 1);
	list_of(w, "read", &s.read);
	list_of(w, more, &s.read);
	if (s.keep_read)
		strv_add(&s.read, text_of(w, "submission"));
	list_of(w, key, &s.write);
	strv_add(&s.write, w->top);
	int r = chdir(w->top) == 0 ? 0 : err_sys(e, errno, "%s", w->top);
	if (r == 0)
		r = sandbox_enter(&s, e);
	free(key);
	free(more);
	free(limits);
	strv_done(&s.read);
	strv_done(&s.write);
	return r;
}

static void run_phase(struct work *w, const char *phase)
{
	struct err e = {0};
	bool trouble = true;
	int r = strcmp(phase, "grade") == 0 ? load_lessons(w, &e) : 0;
	load_claims(w);
	if (r == 0)
		r = enter(w, phase, &e);
	if (r == 0 && strcmp(phase, "unpack") == 0) {
		run_unpack(w, &e);
		trouble = false;
	} else if (r == 0) {
		run_pipeline(w, strcmp(phase, "kernel") == 0, &e);
	}
	if (err_is(&e) && !json_object_object_get_ex(w->out, "error", NULL))
		put_error(w, &e, trouble);
	err_done(&e);
}

int gradework_main(int argc, char **argv)
{
	struct work w = {.lab.lock_fd = -1};
	if (argc != 2)
		return 2;
	i18n_init();
	umask(077);
	w.spec = json_object_from_file(argv[1]);
	if (w.spec == NULL)
		return 2;
	w.top = text_of(&w, "top");
	w.dir = fs_join(w.top, "lab");
	w.out = json_object_new_object();
	w.steps = json_object_new_array();
	json_object_object_add(w.out, "notes", json_object_new_array());
	json_object_object_add(w.out, "steps", w.steps);
	run_phase(&w, argv[0]);
	int r = print(&w);
	for (size_t i = 0; i < w.n; i++)
		lesson_free(w.lesson[i]);
	free(w.lesson);
	free(w.dir);
	strv_done(&w.solved);
	json_object_put(w.out);
	json_object_put(w.spec);
	return r;
}
