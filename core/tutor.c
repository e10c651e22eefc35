/* tutor: see tutor.h. Checks, solutions and the way through a lesson; tutor_keep.c has what is written down,
 * tutor_begin.c the start state of a lesson. At most one of checker, verbs and base is under way; tutor_poll starts
 * what is due next. */
#include <stdlib.h>
#include <string.h>

#include "core/checkbase.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/tutor_int.h"

const struct lesson_step *tutor_step(const struct tutor *t)
{
	return &t->lesson->step[t->step];
}

void tutor_changed(struct tutor *t)
{
	t->host.changed(t->host.ctx);
}

void tutor_trouble(struct tutor *t, struct err *e)
{
	if (err_is(e))
		t->host.trouble(t->host.ctx, e);
	err_done(e);
}

/* Files of the lab are different now. */
void tutor_lab_changed(struct tutor *t)
{
	struct pipeline *p = t->app->pipeline;
	if (!pipeline_busy(p))
		pipeline_refresh(p);
	if (t->host.lab_changed != NULL)
		t->host.lab_changed(t->host.ctx);
	t->priv->due = true;
}

/* --- the base that kconfig-from compares with --- */

static void on_base(void *ctx, struct err *e)
{
	struct tutor *t = ctx;
	t->priv->base = NULL;
	if (tutor_gone(t))
		return;
	t->priv->no_base = err_is(e);
	tutor_trouble(t, e);
	tutor_poll(t);
	tutor_changed(t);
}

/* The tree's own tinyconfig, made once for each tree. Returns false while it is being made. */
static bool have_base(struct tutor *t)
{
	struct tutor_private *v = t->priv;
	const struct op_cb cb = {.done = on_base, .ctx = t};
	struct pipeline *p = t->app->pipeline;
	struct err e = {0};
	free(v->base_dir);
	v->base_dir = checkbase_dir(p);
	if (v->base == NULL && !v->no_base && p->source.tree != NULL)
		v->base = checkbase_start(p, v->base_dir, "tinyconfig", &cb, &e);
	v->no_base |= err_is(&e);
	tutor_trouble(t, &e);
	return v->base == NULL;
}

/* --- checks --- */

void tutor_drop_check(struct tutor *t)
{
	if (t->priv->checker != NULL)
		check_abandon(t->priv->checker);
	t->priv->checker = NULL;
	t->priv->due = true;
}

/* Forget the results, and a check that is under way: it borrows the step. */
static void drop_shown(struct tutor *t)
{
	tutor_drop_check(t);
	for (size_t i = 0; t->lesson != NULL && t->shown != NULL && i < tutor_step(t)->n_check; i++)
		free(t->shown[i].say);
	free(t->shown);
	t->shown = NULL;
}

static void open_hints(struct tutor *t)
{
	const struct lesson_step *s = tutor_step(t);
	while (t->hints < s->n_hint && (unsigned)s->hint[t->hints].after <= t->failed)
		t->hints++;
}

static void on_checked(void *ctx, const struct check_result *r, size_t n)
{
	struct tutor *t = ctx;
	bool all = true, bad = false;
	t->priv->checker = NULL;
	t->checked = time(NULL);
	for (size_t i = 0; i < n; i++) {
		/* a slow check that was not made this time keeps its last verdict */
		if (r[i].verdict != CHECK_SKIPPED) {
			free(t->shown[i].say);
			t->shown[i].say = r[i].say != NULL ? xstrdup(r[i].say) : NULL;
			t->shown[i].verdict = r[i].verdict;
		}
		all = all && t->shown[i].verdict == CHECK_PASSED;
		bad = bad || t->shown[i].verdict == CHECK_FAILED;
	}
	if (all && !t->passed && !t->priv->offering) {
		t->passed = true;
		tutor_keep_solved(t);
	}
	/* only what was asked for counts as a try: the lab moves on all the time */
	if (t->priv->asked && bad) {
		t->failed++;
		open_hints(t);
	}
	t->priv->asked = false;
	tutor_keep_place(t);
	tutor_poll(t);
	tutor_changed(t);
	if (t->priv->offering && !t->offer) {
		t->offer = true;
		t->host.offer(t->host.ctx);
	}
}

static bool idle(const struct tutor *t)
{
	const struct tutor_private *v = t->priv;
	return t->app->pipeline != NULL && !pipeline_busy(t->app->pipeline) && v->checker == NULL && v->verbs == NULL &&
	       v->base == NULL;
}

void tutor_env(struct tutor *t, struct check_env *env)
{
	*env = (struct check_env){.loop = t->app->loop,
		.pipeline = t->app->pipeline,
		.events = &t->priv->events,
		.answer = t->answer,
		.scale = 2,
		.base_dir = t->priv->base_dir};
}

static void start_check(struct tutor *t)
{
	struct check_env env;
	tutor_env(t, &env);
	env.static_only = !t->priv->want_slow;
	t->priv->checked_rev = env.pipeline->rev + env.pipeline->looks;
	t->priv->want_slow = t->priv->due = false;
	t->priv->checker = check_start(&env, tutor_step(t), on_checked, t);
}

/* Has the lab moved on, or was something done, since the last check? */
static bool is_due(const struct tutor *t)
{
	const struct pipeline *p = t->app->pipeline;
	return t->lesson != NULL && p != NULL && (t->priv->due || p->rev + p->looks != t->priv->checked_rev);
}

void tutor_poll(struct tutor *t)
{
	if (t->lesson == NULL || !idle(t) || !is_due(t) || !have_base(t))
		return;
	if (t->priv->plan_due)
		tutor_plan(t);
	if (!t->priv->offering)
		tutor_keep_start(t);
	start_check(t);
}

bool tutor_busy(const struct tutor *t)
{
	const struct tutor_private *v = t->priv;
	return v->checker != NULL || v->verbs != NULL || v->base != NULL || is_due(t);
}

void tutor_check(struct tutor *t, bool slow)
{
	t->priv->want_slow |= slow;
	t->priv->asked = true;
	t->priv->due = true;
	tutor_poll(t);
}

void tutor_answer(struct tutor *t, long choice)
{
	if (t->passed)
		return;
	t->answer = choice;
	t->priv->asked = true;
	t->priv->due = true;
	tutor_keep_place(t);
	tutor_poll(t);
}

void tutor_look(struct tutor *t)
{
	t->priv->plan_due = t->priv->due = true;
	tutor_poll(t);
}

bool tutor_hint(struct tutor *t)
{
	if (t->hints >= tutor_step(t)->n_hint)
		return false;
	t->hints++;
	tutor_keep_place(t);
	return true;
}

void tutor_note(struct tutor *t, const char *line)
{
	if (t->lesson == NULL || strlen(line) > TUTOR_EVENT_MAX || t->priv->events.n >= TUTOR_EVENTS_MAX ||
		strv_has(&t->priv->events, line))
		return;
	strv_add(&t->priv->events, line);
	t->priv->due = true;
	tutor_keep_place(t);
	if (t->host.changed != NULL)
		tutor_poll(t);
}

/* --- solutions --- */

static void on_solved(void *ctx, struct err *e)
{
	struct tutor *t = ctx;
	t->priv->verbs = NULL;
	if (tutor_gone(t))
		return;
	tutor_trouble(t, e);
	tutor_lab_changed(t);
	tutor_keep_place(t);
	tutor_poll(t);
	tutor_changed(t);
}

/* A build or a solution is being carried out: the rest waits. */
static int under_way(struct err *e)
{
	err_set(e, ERR_WORLD, _("something is under way"));
	err_hint(e, "%s", _("`cancel` stops it"));
	return -1;
}

/* May the lab be changed now? Then a check under way is dropped: it would look at half a change. */
int tutor_may_change(struct tutor *t, struct err *e)
{
	if (t->lesson == NULL)
		return err_set(e, ERR_USAGE, _("no lesson is open"));
	if (t->app->pipeline == NULL || !t->app->lab.held)
		return err_set(e, ERR_WORLD, _("this lab is open read-only: another kiln holds it"));
	if (pipeline_busy(t->app->pipeline) || t->priv->verbs != NULL)
		return under_way(e);
	tutor_drop_check(t);
	return 0;
}

static void run_verbs(struct tutor *t, const struct ynode *list, void (*done)(void *ctx, struct err *e))
{
	const struct verbs_env env = {.loop = t->app->loop,
		.pipeline = t->app->pipeline,
		.lesson = t->lesson,
		.events = &t->priv->events,
		.answer = &t->answer,
		.pace_ms = t->pace_ms,
		.command = t->host.command,
		.tell = t->host.tell,
		.ctx = t->host.ctx};
	t->priv->verbs = verbs_start(&env, list, done, t);
}

/* The step is in the state in which it begins: now its solution. */
static void on_started(void *ctx, struct err *e)
{
	struct tutor *t = ctx;
	if (t->priv->gone || err_is(e)) {
		on_solved(t, e);
		return;
	}
	strv_addf(&t->priv->events, "lesson-start %s/%s", t->lesson->id, tutor_step(t)->id);
	run_verbs(t, tutor_step(t)->solve, on_solved);
}

/* Has the step a {start} that the learner has not applied yet? */
static bool waits_for_start(const struct tutor *t)
{
	char *event = xasprintf("lesson-start %s/%s", t->lesson->id, tutor_step(t)->id);
	bool waits = tutor_step(t)->start != NULL && !strv_has(&t->priv->events, event);
	free(event);
	return waits;
}

int tutor_solve(struct tutor *t, struct err *e)
{
	if (tutor_may_change(t, e) < 0)
		return -1;
	t->assisted = true;
	tutor_keep_place(t); /* before anything is done: it stays assisted however this ends */
	if (waits_for_start(t))
		run_verbs(t, tutor_step(t)->start, on_started);
	else
		run_verbs(t, tutor_step(t)->solve, on_solved);
	return 0;
}

bool tutor_cancel(struct tutor *t)
{
	if (t->priv->verbs != NULL)
		verbs_cancel(t->priv->verbs);
	else if (t->priv->checker != NULL)
		check_cancel(t->priv->checker);
	else
		return false;
	return true;
}

/* --- the way --- */

/* The step anew: nothing checked, nothing answered. */
void tutor_go(struct tutor *t, size_t step)
{
	drop_shown(t);
	t->step = step;
	t->hints = 0;
	t->failed = 0;
	t->answer = 0;
	t->passed = t->assisted = false;
	t->checked = 0;
	t->shown = xcalloc(tutor_step(t)->n_check + 1, sizeof(*t->shown));
	for (size_t i = 0; i < tutor_step(t)->n_check; i++)
		t->shown[i].verdict = check_is_slow(&tutor_step(t)->check[i]) ? CHECK_SKIPPED : CHECK_FAILED;
	t->priv->due = true;
	t->priv->want_slow = t->priv->asked = false;
}

static void enter(struct tutor *t, size_t step)
{
	if (t->priv->offering) { /* it was for another step */
		tutor_plan_drop(t);
		t->priv->plan_due = true;
	}
	tutor_go(t, step);
	tutor_keep_place(t);
	tutor_poll(t);
	tutor_changed(t);
}

static void drop_lesson(struct tutor *t)
{
	drop_shown(t);
	tutor_plan_drop(t);
	lesson_free(t->lesson);
	t->lesson = NULL;
	t->step = 0;
	t->priv->plan_due = false;
	strv_done(&t->priv->events);
}

int tutor_close(struct tutor *t, struct err *e)
{
	if (t->priv->verbs != NULL)
		return under_way(e);
	drop_lesson(t);
	return 0;
}

static int load(struct tutor *t, const char *dir, struct err *e)
{
	struct lesson *l = lesson_load(dir, i18n_lesson_lang(), e);
	if (l == NULL)
		return -1;
	drop_lesson(t);
	t->lesson = l;
	return 0;
}

static int open_dir(struct tutor *t, const char *dir, struct err *e)
{
	if (load(t, dir, e) < 0)
		return -1;
	if (tutor_keep_load_place(t)) {
		tutor_poll(t);
		tutor_changed(t);
		return 0;
	}
	size_t at = 0;
	while (at < t->lesson->n && tutor_solved(t, t->lesson->id, t->lesson->step[at].id))
		at++;
	t->priv->plan_due = true;
	enter(t, at < t->lesson->n ? at : 0);
	return 0;
}

/* A folder among those that come with kiln, by id or name. Borrowed; NULL if none. */
const char *tutor_find(const struct tutor *t, const char *name)
{
	for (size_t i = 0; i < t->dirs.n; i++) {
		const char *base = strrchr(t->dirs.v[i], '/') + 1, *dash = strchr(base, '-');
		if (strcmp(base, name) == 0 || (dash != NULL && strcmp(dash + 1, name) == 0))
			return t->dirs.v[i];
	}
	return NULL;
}

int tutor_open(struct tutor *t, const char *name, struct err *e)
{
	const char *dir = strchr(name, '/') != NULL ? name : tutor_find(t, name);
	if (t->priv->verbs != NULL)
		return under_way(e);
	if (dir != NULL)
		return open_dir(t, dir, e);
	err_set(e, ERR_USAGE, _("there is no lesson `%s`"), name);
	err_hint(e, "%s", _("`lesson list` shows them"));
	return -1;
}

bool tutor_resume(struct tutor *t)
{
	struct err ignored = {0};
	char *dir = tutor_keep_where(t);
	bool open = dir != NULL && load(t, dir, &ignored) == 0 && tutor_keep_load_place(t);
	if (dir != NULL && !open)
		drop_lesson(t);
	err_done(&ignored);
	free(dir);
	return open;
}

bool tutor_next(struct tutor *t)
{
	struct err e = {0};
	size_t i = 0;
	if (t->lesson == NULL || t->priv->verbs != NULL)
		return true;
	if (t->step + 1 < t->lesson->n) {
		enter(t, t->step + 1);
		return true;
	}
	while (i < t->dirs.n && strcmp(t->dirs.v[i], t->lesson->dir) != 0)
		i++;
	if (i + 1 >= t->dirs.n)
		return false;
	open_dir(t, t->dirs.v[i + 1], &e);
	tutor_trouble(t, &e);
	return true;
}

bool tutor_previous(struct tutor *t)
{
	if (t->lesson == NULL || t->step == 0 || t->priv->verbs != NULL)
		return false;
	enter(t, t->step - 1);
	return true;
}

struct tutor *tutor_new(struct app *app, const struct tutor_host *host)
{
	struct tutor *t = xcalloc(1, sizeof(*t));
	struct err none = {0};
	t->app = app;
	t->host = *host;
	t->priv = xcalloc(1, sizeof(*t->priv));
	lesson_dirs(NULL, &t->dirs, &none);
	err_done(&none);
	tutor_keep_load_solved(t);
	return t;
}

static void release(struct tutor *t)
{
	drop_lesson(t);
	strv_done(&t->dirs);
	strv_done(&t->priv->solved);
	free(t->priv->base_dir);
	free(t->priv);
	free(t);
}

bool tutor_gone(struct tutor *t)
{
	bool gone = t->priv->gone;
	if (gone && t->priv->verbs == NULL && t->priv->base == NULL)
		release(t);
	return gone;
}

/* What is under way borrows the lesson: it is released when that has ended. */
void tutor_free(struct tutor *t)
{
	drop_shown(t);
	t->priv->gone = true;
	if (t->priv->verbs != NULL)
		verbs_cancel(t->priv->verbs);
	if (t->priv->base != NULL)
		kcbuild_cancel(t->priv->base);
	tutor_gone(t);
}
