/* tutor_begin: where a lesson begins: is the lab where the lesson it needs ends? If not, which solutions of which
 * lessons make it so. The lab is where a lesson ends when the checks of its last step that look at the lab hold; a
 * lesson whose checks do not look at the lab ends where it began. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/tutor_int.h"

#define CHAIN_MAX 40

void tutor_plan_drop(struct tutor *t)
{
	struct tutor_private *v = t->priv;
	for (size_t i = 0; i < v->n_plan; i++)
		lesson_free(v->plan[i]);
	free(v->plan);
	v->plan = NULL;
	v->n_plan = v->plan_at = v->plan_step = 0;
	t->offer = v->offering = false;
	free(t->offer_why);
	free(t->offer_changes);
	t->offer_why = t->offer_changes = NULL;
	strv_done(&t->offer_verbs);
}

/* Does the lab stand where the first n steps of l end? -1: their checks do not say. */
static int ends_here(struct tutor *t, const struct lesson *l, size_t n, struct buf *why)
{
	struct check_env env;
	tutor_env(t, &env);
	while (n-- > 0)
		if (check_state_count(&l->step[n]) > 0)
			return check_state(&env, &l->step[n], why);
	return -1;
}

/* Put a lesson in front of the plan; false if the lab is where its first n steps end (n 0: all of them), or it is not
 * there. */
static bool put_in_front(struct tutor *t, const char *dir, size_t n, struct buf *why)
{
	struct tutor_private *v = t->priv;
	struct err ignored = {0};
	struct buf this = {0};
	struct lesson *l = dir != NULL ? lesson_load(dir, i18n_lesson_lang(), &ignored) : NULL;
	int at = l != NULL ? ends_here(t, l, n > 0 ? n : l->n, &this) : 1;
	if (at == 0 && why->n == 0)
		buf_adds(why, this.p != NULL ? this.p : l->title);
	buf_done(&this);
	err_done(&ignored);
	if (at == 1) {
		lesson_free(l);
		return false;
	}
	memmove(v->plan + 1, v->plan, v->n_plan * sizeof(*v->plan));
	v->plan[0] = l;
	v->n_plan++;
	return true;
}

/* From the steps before this one backwards, until a lesson whose end the lab is at. */
static void walk_back(struct tutor *t, struct buf *why)
{
	struct tutor_private *v = t->priv;
	const char *needs = t->lesson->needs;
	v->plan = xcalloc(CHAIN_MAX, sizeof(struct lesson *));
	v->own_steps = t->step;
	if (t->step > 0 && !put_in_front(t, t->lesson->dir, t->step, why))
		return;
	while (needs != NULL && v->n_plan < CHAIN_MAX && put_in_front(t, tutor_find(t, needs), 0, why))
		needs = v->plan[0]->needs;
}

/* How many steps of the plan's lesson i are to be carried out. */
static size_t steps_of(const struct tutor_private *v, size_t i)
{
	return v->own_steps > 0 && i + 1 == v->n_plan ? v->own_steps : v->plan[i]->n;
}

static void describe(struct tutor *t)
{
	struct strv files = {0};
	struct buf b = {0};
	const struct tutor_private *v = t->priv;
	for (size_t i = 0; i < v->n_plan; i++)
		for (size_t k = 0; k < steps_of(v, i); k++) {
			const struct ynode *list = v->plan[i]->step[k].solve;
			for (size_t j = 0; list != NULL && j < list->n; j++) {
				if (verbs_changes(&list->item[j], &files) == 0)
					continue;
				char *words = verbs_words(&list->item[j]);
				strv_add(&t->offer_verbs, words);
				free(words);
			}
		}
	for (size_t i = 0; i < files.n; i++)
		buf_addf(&b, "%s%s", i > 0 ? ", " : "", files.v[i]);
	t->offer_changes = buf_take(&b);
	strv_done(&files);
}

void tutor_plan(struct tutor *t)
{
	struct buf why = {0};
	t->priv->plan_due = false;
	tutor_plan_drop(t);
	if (!t->app->lab.held)
		return;
	walk_back(t, &why);
	if (why.n > 0)
		describe(t);
	t->offer_why = buf_take(&why);
	if (t->offer_verbs.n == 0) {
		tutor_plan_drop(t);
		return;
	}
	t->priv->offering = true;
}

/* --- making it --- */

static void go_on(struct tutor *t);

static void finish(struct tutor *t, struct err *e)
{
	tutor_trouble(t, e);
	tutor_plan_drop(t);
	tutor_lab_changed(t);
	tutor_poll(t);
	tutor_changed(t);
}

static void run(struct tutor *t, const struct ynode *list, void (*done)(void *ctx, struct err *e))
{
	struct tutor_private *v = t->priv;
	const struct verbs_env env = {.loop = t->app->loop,
		.pipeline = t->app->pipeline,
		.lesson = v->plan[v->plan_at],
		.tell = t->host.tell,
		.ctx = t->host.ctx};
	v->verbs = verbs_start(&env, list, done, t);
}

static void on_verbs(void *ctx, struct err *e)
{
	struct tutor *t = ctx;
	t->priv->verbs = NULL;
	if (tutor_gone(t))
		return;
	if (err_is(e))
		finish(t, e);
	else
		go_on(t);
}

/* The state in which a step begins is there: now its solution. */
static void on_started(void *ctx, struct err *e)
{
	struct tutor *t = ctx;
	struct tutor_private *v = t->priv;
	if (v->gone || err_is(e))
		on_verbs(t, e);
	else
		run(t, v->plan[v->plan_at]->step[v->plan_step - 1].solve, on_verbs);
}

/* The next step of the lessons in the plan; their quizzes and what they do on the screen leave no trace in a lab. */
static void go_on(struct tutor *t)
{
	struct tutor_private *v = t->priv;
	struct err none = {0};
	while (v->plan_at < v->n_plan && v->plan_step >= steps_of(v, v->plan_at)) {
		v->plan_at++;
		v->plan_step = 0;
	}
	if (v->plan_at >= v->n_plan) {
		finish(t, &none);
		return;
	}
	const struct lesson_step *s = &v->plan[v->plan_at]->step[v->plan_step++];
	run(t, s->start != NULL ? s->start : s->solve, s->start != NULL ? on_started : on_verbs);
}

void tutor_begin(struct tutor *t, bool yes)
{
	struct err e = {0};
	if (!t->offer)
		return;
	t->offer = t->priv->offering = false;
	if (yes && tutor_may_change(t, &e) == 0 && tutor_keep_undo(t, &e) == 0) {
		go_on(t);
		return;
	}
	finish(t, &e);
}
