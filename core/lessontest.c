/* lessontest: see lessontest.h. A state machine over lessons and steps: each phase starts checks or verbs and goes on
 * in their done. The lab lies in a fresh folder; before each wrong state it is copied and afterwards put back. */
#include "core/lessontest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/check.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/kcbuild.h"
#include "core/labsave.h"
#include "core/paths.h"
#include "core/verbs.h"

enum phase { PHASE_BEGIN, PHASE_START, PHASE_WRONG, PHASE_WRONG_CHECK, PHASE_SOLVE, PHASE_SOLVE_CHECK };

struct lessontest {
	uv_loop_t *loop;
	struct lessontest_params p;
	void (*line)(void *ctx, const char *text);
	void (*done)(void *ctx, unsigned passed, unsigned failed, struct err *e);
	void *ctx;
	struct lesson **lesson; /* in the order to go through */
	bool *prove;            /* or only solve, because another needs it */
	size_t n, at, step, wrong;
	enum phase phase;
	char *top, *dir, *saved, *bases; /* top holds the others */
	struct lab lab;
	struct pipeline *pipeline;
	struct checker *checker;
	struct verbs *verbs;
	struct kcbuild *base;
	struct strv events;
	long answer;
	unsigned passed, failed;
	bool cancelled;
	uv_timer_t timer;
	struct err end;
};

static const struct lesson_step *step_of(const struct lessontest *t)
{
	return &t->lesson[t->at]->step[t->step];
}

static void say(struct lessontest *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = xvasprintf(fmt, ap);
	va_end(ap);
	t->line(t->ctx, text);
	free(text);
}

static void verdict(struct lessontest *t, bool ok, const char *what)
{
	t->passed += ok;
	t->failed += !ok;
	say(t, "%sok %u - %s/%s: %s", ok ? "" : "not ", t->passed + t->failed, t->lesson[t->at]->id, step_of(t)->id,
		what);
}

/* --- the lab --- */

static int open_lab(struct lessontest *t, struct err *e)
{
	struct err warn = {0};
	t->lab.lock_fd = -1;
	if (lab_open(&t->lab, t->dir, true, e) < 0)
		return -1;
	for (size_t i = 0; i < t->p.override->n; i++)
		if (opt_override(&t->lab.opts, t->p.override->v[i], e) < 0)
			return -1;
	t->pipeline = pipeline_new(t->loop, &t->lab, &warn);
	err_done(&warn);
	return 0;
}

static void close_lab(struct lessontest *t)
{
	if (t->pipeline != NULL)
		pipeline_free(t->pipeline);
	t->pipeline = NULL;
	if (t->lab.dir != NULL)
		lab_close(&t->lab);
	memset(&t->lab, 0, sizeof(t->lab));
	t->lab.lock_fd = -1;
}

/* --- phases --- */

static void go_on(uv_timer_t *timer);

static void again(struct lessontest *t)
{
	uv_timer_start(&t->timer, go_on, 0, 0);
}

static void on_verbs(void *ctx, struct err *e)
{
	struct lessontest *t = ctx;
	t->verbs = NULL;
	if (err_is(e) && t->phase == PHASE_WRONG) {
		t->phase = PHASE_WRONG_CHECK; /* a wrong state may well fail to build: its check must say so */
		err_done(e);
	} else if (err_is(e)) {
		char *text = err_text(e);
		verdict(t, false,
			t->phase == PHASE_BEGIN ? "the start state can be set up" : "the solution can be carried out");
		say(t, "#   %s", text);
		free(text);
		err_done(e);
		t->at = t->n; /* later steps stand on this one */
	} else {
		t->phase = t->phase == PHASE_BEGIN   ? PHASE_START
			   : t->phase == PHASE_WRONG ? PHASE_WRONG_CHECK
						     : PHASE_SOLVE_CHECK;
	}
	again(t);
}

static void run_verbs(struct lessontest *t, const struct ynode *list)
{
	const struct verbs_env env = {.loop = t->loop,
		.pipeline = t->pipeline,
		.lesson = t->lesson[t->at],
		.events = &t->events,
		.answer = &t->answer,
		.no_builds = t->p.static_only};
	t->verbs = verbs_start(&env, list, on_verbs, t);
}

static void next_step(struct lessontest *t)
{
	t->phase = PHASE_BEGIN;
	t->wrong = 0;
	if (++t->step < t->lesson[t->at]->n)
		return;
	t->step = 0;
	t->at++;
}

static void tell_failures(struct lessontest *t, const struct check_result *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (r[i].verdict == CHECK_FAILED || r[i].verdict == CHECK_TROUBLE)
			say(t, "#   %s %s: %s%s%s", r[i].id, check_verdict_name(r[i].verdict), r[i].say,
				r[i].evidence != NULL ? " | " : "", r[i].evidence != NULL ? r[i].evidence : "");
}

static unsigned count(const struct check_result *r, size_t n, enum check_verdict v)
{
	unsigned c = 0;
	for (size_t i = 0; i < n; i++)
		c += r[i].verdict == v;
	return c;
}

static void judge_start(struct lessontest *t, const struct check_result *r, size_t n)
{
	unsigned failed = count(r, n, CHECK_FAILED), skipped = count(r, n, CHECK_SKIPPED);
	if (count(r, n, CHECK_TROUBLE) > 0)
		verdict(t, false, "the checks can be carried out");
	else if (n > 0 && failed == 0 && skipped == 0)
		verdict(t, false, "the start state fails");
	else if (failed > 0)
		verdict(t, true, "the start state fails");
	if (count(r, n, CHECK_TROUBLE) > 0)
		tell_failures(t, r, n);
}

static void judge_wrong(struct lessontest *t, const struct check_result *r, size_t n)
{
	const char *want = step_of(t)->wrong[t->wrong].expect;
	char *what = xasprintf("wrong state %zu fails with %s", t->wrong + 1, want);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(r[i].id, want) != 0 || r[i].verdict == CHECK_SKIPPED)
			continue;
		verdict(t, r[i].verdict == CHECK_FAILED, what);
		if (r[i].verdict != CHECK_FAILED)
			tell_failures(t, r, n);
	}
	free(what);
}

static void on_checked(void *ctx, const struct check_result *r, size_t n)
{
	struct lessontest *t = ctx;
	t->checker = NULL;
	if (t->phase == PHASE_START) {
		judge_start(t, r, n);
		t->phase = step_of(t)->n_wrong > 0 ? PHASE_WRONG : PHASE_SOLVE;
	} else if (t->phase == PHASE_WRONG_CHECK) {
		judge_wrong(t, r, n);
		t->wrong++;
		close_lab(t);
		if (labsave_copy(t->saved, t->dir, &t->end) == 0)
			open_lab(t, &t->end);
		t->phase = t->wrong < step_of(t)->n_wrong ? PHASE_WRONG : PHASE_SOLVE;
	} else {
		unsigned bad = count(r, n, CHECK_FAILED) + count(r, n, CHECK_TROUBLE);
		if (count(r, n, CHECK_PASSED) + bad > 0)
			verdict(t, bad == 0, "the solution passes");
		if (bad > 0)
			tell_failures(t, r, n);
		next_step(t);
	}
	again(t);
}

static void run_checks(struct lessontest *t)
{
	pipeline_refresh(t->pipeline);
	const struct check_env env = {.loop = t->loop,
		.pipeline = t->pipeline,
		.events = &t->events,
		.answer = t->answer,
		.scale = 3,
		.static_only = t->p.static_only,
		.unbuilt = t->p.static_only,
		.base_dir = t->bases};
	t->checker = check_start(&env, step_of(t), on_checked, t);
}

static void finish(struct lessontest *t);

static void on_closed(uv_handle_t *h)
{
	finish(h->data);
}

/* Nothing was done in this step yet, but for what begins one with a {start}: that command is an event of the step. */
static void forget_events(struct lessontest *t)
{
	strv_done(&t->events);
	t->answer = 0;
	if (step_of(t)->start != NULL)
		strv_addf(&t->events, "lesson-start %s/%s", t->lesson[t->at]->id, step_of(t)->id);
}

static void start_phase(struct lessontest *t)
{
	const struct lesson_step *s = step_of(t);
	switch (t->phase) {
	case PHASE_BEGIN:
		forget_events(t);
		run_verbs(t, s->start);
		return;
	case PHASE_START:
		if (t->prove[t->at]) {
			run_checks(t);
			return;
		}
		t->phase = PHASE_SOLVE;
		run_verbs(t, s->solve);
		return;
	case PHASE_WRONG:
		forget_events(t);
		if (labsave_copy(t->dir, t->saved, &t->end) == 0)
			run_verbs(t, s->wrong[t->wrong].verbs);
		else
			again(t);
		return;
	case PHASE_SOLVE:
		forget_events(t);
		run_verbs(t, s->solve);
		return;
	default:
		if (t->prove[t->at]) {
			run_checks(t);
			return;
		}
		next_step(t);
		again(t);
	}
}

/* --- base configurations for kconfig-from --- */

static void on_base(void *ctx, struct err *e)
{
	struct lessontest *t = ctx;
	t->base = NULL;
	err_move(&t->end, e);
	again(t);
}

/* tinyconfig.config, once: the tree's own. Needs the source, which the first build of the config stage has unpacked. */
static bool make_base(struct lessontest *t)
{
	static const struct op_cb none = {0};
	struct op_cb cb = none;
	cb.done = on_base;
	cb.ctx = t;
	char *path = fs_join(t->bases, "tinyconfig.config");
	bool there = fs_exists(path);
	if (!there && t->pipeline->source.tree != NULL) {
		const struct kcbuild_params k = {.tree = t->pipeline->source.tree, .out = path};
		t->base = kcbuild_start(t->loop, &k, &cb, &t->end);
	}
	free(path);
	return t->base != NULL;
}

static void on_source(void *ctx, struct err *e)
{
	struct lessontest *t = ctx;
	err_move(&t->end, e);
	if (err_is(&t->end) || !make_base(t))
		again(t);
}

static void go_on(uv_timer_t *timer)
{
	struct lessontest *t = timer->data;
	if (t->cancelled)
		err_set(&t->end, ERR_CANCELLED, _("cancelled"));
	if (err_is(&t->end) || t->at >= t->n)
		uv_close((uv_handle_t *)timer, on_closed);
	else
		start_phase(t);
}

static void finish(struct lessontest *t)
{
	close_lab(t);
	if (t->p.keep)
		say(t, "# the lab is left in %s", t->dir);
	struct err ignored = {0};
	if (t->top != NULL)
		fs_remove_tree(t->p.keep ? t->saved : t->top, &ignored);
	err_done(&ignored);
	for (size_t i = 0; i < t->n; i++)
		lesson_free(t->lesson[i]);
	free(t->lesson);
	free(t->prove);
	free(t->top);
	free(t->dir);
	free(t->saved);
	free(t->bases);
	strv_done(&t->events);
	t->done(t->ctx, t->passed, t->failed, &t->end);
	err_done(&t->end);
	free(t);
}

/* --- which lessons, in which order --- */

static struct lesson *find_lesson(struct lesson **all, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++) {
		const char *base = strrchr(all[i]->dir, '/');
		if (strcmp(all[i]->id, id) == 0 || strcmp(base != NULL ? base + 1 : all[i]->dir, id) == 0)
			return all[i];
	}
	return NULL;
}

static bool queued(const struct lessontest *t, const struct lesson *l)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->lesson[i] == l)
			return true;
	return false;
}

/* Queue what it needs, then itself. depth bounds circles. */
static int queue(struct lessontest *t, struct lesson **all, size_t n, struct lesson *l, int depth)
{
	if (depth > 40)
		return err_at(&t->end, l->path, 1, 1, _("the lesson `%s` needs itself in the end"), l->id);
	if (queued(t, l))
		return 0;
	if (l->needs != NULL) {
		struct lesson *before = find_lesson(all, n, l->needs);
		if (before == NULL)
			return err_at(&t->end, l->path, 1, 1, _("needs `%s`, which is not there"), l->needs);
		if (queue(t, all, n, before, depth + 1) < 0)
			return -1;
	}
	t->lesson[t->n] = l;
	t->prove[t->n++] = t->p.names->n == 0;
	return 0;
}

static int choose(struct lessontest *t, struct lesson **all, size_t n)
{
	t->lesson = xcalloc(n + 1, sizeof(struct lesson *));
	t->prove = xcalloc(n + 1, sizeof(bool));
	for (size_t i = 0; i < n && t->p.names->n == 0; i++)
		if (queue(t, all, n, all[i], 0) < 0)
			return -1;
	for (size_t i = 0; i < t->p.names->n; i++) {
		struct lesson *l = find_lesson(all, n, t->p.names->v[i]);
		if (l == NULL)
			return err_set(&t->end, ERR_USAGE, _("there is no lesson `%s`"), t->p.names->v[i]);
		if (queue(t, all, n, l, 0) < 0)
			return -1;
	}
	for (size_t i = 0; i < t->n; i++) {
		const char *base = strrchr(t->lesson[i]->dir, '/');
		if (strv_has(t->p.names, t->lesson[i]->id) || (base != NULL && strv_has(t->p.names, base + 1)))
			t->prove[i] = true;
	}
	return 0;
}

static int load(struct lessontest *t)
{
	struct strv dirs = {0};
	int r = lesson_dirs(t->p.root, &dirs, &t->end);
	struct lesson **all = xcalloc(dirs.n + 1, sizeof(*all));
	for (size_t i = 0; i < dirs.n && r == 0; i++)
		r = (all[i] = lesson_load(dirs.v[i], "en", &t->end)) != NULL ? 0 : -1;
	if (r == 0 && dirs.n == 0)
		r = err_set(
			&t->end, ERR_INPUT, _("there are no lessons in %s"), t->p.root != NULL ? t->p.root : "lessons");
	if (r == 0)
		r = choose(t, all, dirs.n);
	for (size_t i = 0; i < dirs.n; i++)
		if (all[i] != NULL && !queued(t, all[i]))
			lesson_free(all[i]);
	free(all);
	strv_done(&dirs);
	return r;
}

static int make_lab(struct lessontest *t)
{
	const char *tmp = getenv("TMPDIR");
	char *pattern = xasprintf("%s/kiln-lesson.XXXXXX", tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
	if (mkdtemp(pattern) == NULL) {
		int r = err_sys(&t->end, errno, _("cannot make a folder in %s"), pattern);
		free(pattern);
		return r;
	}
	t->dir = fs_join(pattern, "lab");
	t->saved = fs_join(pattern, "saved");
	t->bases = fs_join(pattern, "bases");
	t->top = pattern;
	if (fs_mkdirs(t->bases, &t->end) < 0 || lab_create(t->dir, &t->end) < 0)
		return -1;
	return open_lab(t, &t->end);
}

struct lessontest *lessontest_start(uv_loop_t *loop, const struct lessontest_params *p,
	void (*line)(void *ctx, const char *text),
	void (*done)(void *ctx, unsigned passed, unsigned failed, struct err *e), void *ctx)
{
	struct lessontest *t = xcalloc(1, sizeof(*t));
	t->loop = loop;
	t->p = *p;
	t->line = line;
	t->done = done;
	t->ctx = ctx;
	t->lab.lock_fd = -1;
	uv_timer_init(loop, &t->timer);
	t->timer.data = t;
	if (load(t) == 0 && make_lab(t) == 0)
		pipeline_build(t->pipeline, (struct pipeline_goal){1u << STAGE_SOURCE, 0}, on_source, t);
	else
		again(t);
	return t;
}

void lessontest_cancel(struct lessontest *t)
{
	t->cancelled = true;
	if (t->checker != NULL)
		check_cancel(t->checker);
	else if (t->verbs != NULL)
		verbs_cancel(t->verbs);
	else if (t->pipeline != NULL && pipeline_busy(t->pipeline))
		pipeline_cancel(t->pipeline);
}
