/* grade: see grade.h. One struct run for each submission under way: its worker's phases one after the other, with a
 * deadline; what the worker printed is the result, or how it ended. Before the first, a lab of our own makes what all
 * share and no worker may write: the unpacked source, the kconfig helper, base configurations, the accelerator's probe.
 */
#include "core/grade.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/accel.h"
#include "core/checkbase.h"
#include "core/fs.h"
#include "core/gradework.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/pipeline.h"
#include "core/proc.h"
#include "core/transcript.h"

#define OUTPUT_MAX ((size_t)4 << 20)
#define SAY_MAX    4000u

static const char *const phase_name[] = {"unpack", "kernel", "grade"};

struct run {
	struct grade *g;
	struct grade_one *one;
	char *top, *spec;
	int phase;
	struct proc *proc;
	struct buf out, err;
	uv_timer_t deadline;
	uint64_t began;
	bool late;
	struct run *after; /* in the grade's list */
};

struct grade {
	uv_loop_t *loop;
	struct grade_params p;
	struct grade_class class;
	void (*done)(void *ctx, const struct grade_class *c, struct err *e);
	void *ctx;
	struct lab lab; /* what all share is made with it */
	struct pipeline *pipeline;
	struct kcbuild *base_job;
	char *top, *bases, *self;
	struct strv base; /* names that kconfig-from compares with, still to be made */
	struct strv read;
	const char *accel;
	unsigned stages;
	struct run *run; /* those under way */
	size_t next, running, finished;
	uint64_t began;
	bool cancelled;
	uv_timer_t timer;
	struct err end;
};

/* --- results --- */

static void say_line(struct buf *b, const char *text)
{
	struct transcript t = {0};
	if (b->n > 0)
		buf_addc(b, '\n');
	transcript_feed(&t, text, strnlen(text, SAY_MAX), b);
}

static char *safe(const char *text)
{
	struct buf b = {0};
	say_line(&b, text);
	return buf_take(&b);
}

static const char *get(struct json_object *o, const char *key)
{
	struct json_object *v;
	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : NULL;
}

static enum check_verdict verdict_of(const char *name)
{
	for (int v = CHECK_PASSED; v <= CHECK_SKIPPED; v++)
		if (name != NULL && strcmp(name, check_verdict_name((enum check_verdict)v)) == 0)
			return (enum check_verdict)v;
	return CHECK_TROUBLE;
}

static void take_step(struct grade_one *one, struct grade_step *s, struct json_object *o)
{
	struct json_object *list, *claimed;
	struct buf say = {0};
	size_t n = json_object_object_get_ex(o, "checks", &list) ? json_object_array_length(list) : 0;
	for (size_t i = 0; i < n; i++) {
		struct json_object *c = json_object_array_get_idx(list, i);
		if (verdict_of(get(c, "verdict")) != CHECK_PASSED && get(c, "say") != NULL)
			say_line(&say, get(c, "say"));
	}
	s->verdict = n == s->step->n_check ? verdict_of(get(o, "verdict")) : CHECK_TROUBLE;
	s->claimed = json_object_object_get_ex(o, "claimed", &claimed) && json_object_get_boolean(claimed);
	s->points = s->verdict == CHECK_PASSED ? s->max : 0;
	one->points += s->points;
	s->say = say.n > 0 ? buf_take(&say) : NULL;
}

static void take_steps(struct grade *g, struct grade_one *one, struct json_object *list)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		for (size_t k = 0; k < g->class.n_step; k++) {
			struct grade_step *s = &one->step[k];
			if (s->verdict == CHECK_SKIPPED && get(o, "lesson") != NULL && get(o, "step") != NULL &&
				strcmp(s->lesson->id, get(o, "lesson")) == 0 &&
				strcmp(s->step->id, get(o, "step")) == 0) {
				take_step(one, s, o);
				break;
			}
		}
	}
}

/* How a worker that printed no result ended. */
static char *how_it_ended(const struct run *r, int status, int sig)
{
	if (r->late)
		return xasprintf(_("it took too long (phase %s)"), phase_name[r->phase]);
	const char *last = r->err.n > 0 ? strstr(r->err.p, "ERROR: ") : NULL;
	char *text =
		sig != 0 ? xasprintf(_("grading it crashed (phase %s, signal %d)"), phase_name[r->phase], sig)
			 : xasprintf(_("grading it failed (phase %s, status %d) %.200s"), phase_name[r->phase], status,
				   last != NULL   ? last
				   : r->err.n > 0 ? r->err.p
						  : "");
	return text;
}

/* Take what a phase printed. Returns whether the next may follow. */
static bool take_result(struct run *r, int status, int sig)
{
	struct grade_one *one = r->one;
	struct json_object *o = status == 0 && !r->late && r->out.n > 0 ? json_tokener_parse(r->out.p) : NULL, *v;
	if (o == NULL) {
		char *how = how_it_ended(r, status, sig);
		one->error = safe(how);
		free(how);
		return false;
	}
	for (size_t i = 0; json_object_object_get_ex(o, "notes", &v) && i < json_object_array_length(v) && i < 32;
		i++) {
		char *note = safe(json_object_get_string(json_object_array_get_idx(v, i)));
		strv_add(&one->note, note);
		free(note);
	}
	const char *error = get(o, "error");
	bool trouble = json_object_object_get_ex(o, "trouble", &v) && json_object_get_boolean(v);
	if (error != NULL && r->phase == 1 && !trouble) { /* its kernel fails to build: the checks say so */
		char *text = safe(error);
		strv_addf(&one->note, "kernel: %s", text);
		free(text);
	} else if (error != NULL) {
		one->error = safe(error);
		one->trouble = trouble;
	}
	if (r->phase == 2 && one->error == NULL && json_object_object_get_ex(o, "steps", &v))
		take_steps(r->g, one, v);
	json_object_put(o);
	return one->error == NULL;
}

/* --- one submission --- */

static void start_more(struct grade *g);

static void tell(struct grade *g, const struct grade_one *one)
{
	if (g->p.progress == NULL)
		return;
	double took = (double)(uv_hrtime() - g->began) * 1e-9;
	double left = took / (double)g->finished * (double)(g->class.n - g->finished);
	char *what = one->error != NULL ? xasprintf(_("not graded: %s"), one->error)
					: xasprintf(_("%g of %g points"), one->points, one->max);
	what[strcspn(what, "\n")] = '\0';
	fprintf(g->p.progress, _("%zu/%zu %s: %s (%.0f s; about %.0f s left)\n"), g->finished, g->class.n, one->name,
		what, one->seconds, left);
	fflush(g->p.progress);
	free(what);
}

static void on_run_closed(uv_handle_t *h)
{
	struct run *r = h->data;
	struct grade *g = r->g;
	struct err ignored = {0};
	struct run **at = &g->run;
	while (*at != r)
		at = &(*at)->after;
	*at = r->after;
	g->running--;
	if (!g->p.keep)
		fs_remove_tree(r->top, &ignored);
	err_done(&ignored);
	buf_done(&r->out);
	buf_done(&r->err);
	free(r->top);
	free(r->spec);
	free(r);
	start_more(g);
}

static void end_run(struct run *r)
{
	struct grade *g = r->g;
	r->one->seconds = (double)(uv_hrtime() - r->began) * 1e-9;
	if (!g->cancelled) {
		g->finished++;
		tell(g, r->one);
	}
	uv_close((uv_handle_t *)&r->deadline, on_run_closed);
}

static void on_late(uv_timer_t *t)
{
	struct run *r = t->data;
	r->late = true;
	if (r->proc != NULL)
		proc_cancel(r->proc, 2000);
}

static void on_output(void *ctx, const char *bytes, size_t n, bool is_err)
{
	struct run *r = ctx;
	struct buf *b = is_err ? &r->err : &r->out;
	if (b->n + n <= (is_err ? OUTPUT_MAX / 64 : OUTPUT_MAX))
		buf_add(b, bytes, n);
}

static void next_phase(struct run *r);

static void on_exit_cb(void *ctx, int status, int sig)
{
	struct run *r = ctx;
	r->proc = NULL;
	uv_timer_stop(&r->deadline);
	bool go_on = take_result(r, status, sig) && !r->g->cancelled;
	buf_clear(&r->out);
	buf_clear(&r->err);
	r->phase++;
	if (go_on && r->phase < (int)ARRAY_LEN(phase_name))
		next_phase(r);
	else
		end_run(r);
}

/* The worker's environment: its own folder for what is passing. HOME and PATH stay, as the kernel tree's probes know
 * the tools by them; what lies there is out of reach. */
static void worker_env(const struct run *r, struct strv *env)
{
	char *cache = paths_cache("."), *data = paths_data("."), *full_cache = fs_absolute(cache),
	     *full_data = fs_absolute(data);
	strv_addf(env, "TMPDIR=%s/tmp", r->top);
	strv_addf(env, "XDG_STATE_HOME=%s/tmp", r->top);
	strv_addf(env, "KILN_CACHE=%s", full_cache);
	strv_addf(env, "KILN_DATA=%s", full_data);
	strv_add(env, "CCACHE_DISABLE=1");
	strv_add(env, "XDG_RUNTIME_DIR");
	strv_add(env, "XDG_CONFIG_HOME");
	strv_add(env, "KILN_LAB");
	free(cache);
	free(data);
	free(full_cache);
	free(full_data);
}

static void next_phase(struct run *r)
{
	struct grade *g = r->g;
	struct err e = {0};
	if (r->phase == 1 && !(g->stages & (1u << STAGE_KERNEL | 1u << STAGE_ISO)))
		r->phase++;
	char *argv[] = {g->self, "internal", "grade", (char *)phase_name[r->phase], r->spec, NULL};
	struct strv env = {0};
	worker_env(r, &env);
	const struct proc_opts o = {
		.argv = argv, .cwd = r->top, .env = env.v, .on_output = on_output, .on_exit = on_exit_cb, .ctx = r};
	r->proc = proc_start(g->loop, &o, &e);
	strv_done(&env);
	if (r->proc == NULL) {
		r->one->error = safe(e.msg);
		r->one->trouble = true;
		err_done(&e);
		end_run(r);
		return;
	}
	double seconds = r->phase == 1 ? g->p.kernel_deadline : g->p.deadline;
	uv_timer_start(&r->deadline, on_late, (uint64_t)(seconds * 1000), 0);
}

static void put_list(struct json_object *o, const char *key, const struct strv *list)
{
	struct json_object *a = json_object_new_array();
	for (size_t i = 0; i < list->n; i++)
		json_object_array_add(a, json_object_new_string(list->v[i]));
	json_object_object_add(o, key, a);
}

/* For the tools that a phase starts, not for the worker itself. */
static void put_limits(struct json_object *o, const char *key, double seconds, const char *more)
{
	char *text = xasprintf("cpu=%.0f %s", seconds, more);
	json_object_object_add(o, key, json_object_new_string(text));
	free(text);
}

/* The teacher's settings for the worker's lab: the source and the machine are not the learner's to choose. */
static void worker_settings(const struct grade *g, struct strv *out)
{
	strv_addf(out, "kernel.source=%s", optset_text(&g->lab.opts, OPT_KERNEL_SOURCE));
	strv_addf(out, "kernel.jobs=%s", optset_text(&g->lab.opts, OPT_KERNEL_JOBS));
	strv_add(out, "kernel.ccache=no");
	strv_add(out, "kernel.cache=yes");
	strv_addf(out, "boot.accel=%s", g->accel);
	strv_addv(out, (const char *const *)(g->p.override->n > 0 ? g->p.override->v : (char *[]){NULL}));
}

/* Where the kernel's build finds its tools: PATH, and what a rustc of rustup stands on. Only the phase that has nothing
 * but a configuration sees them. */
static void tool_folders(struct strv *out)
{
	const char *path = getenv("PATH"), *home = getenv("HOME");
	char *copy = xstrdup(path != NULL ? path : ""), *save = NULL;
	for (char *dir = strtok_r(copy, ":", &save); dir != NULL; dir = strtok_r(NULL, ":", &save))
		if (dir[0] == '/')
			strv_add(out, dir);
	if (home != NULL)
		strv_addf(out, "%s/.rustup", home);
	free(copy);
}

static int write_spec(struct run *r, struct err *e)
{
	struct grade *g = r->g;
	struct json_object *o = json_object_new_object();
	struct strv lessons = {0}, settings = {0}, kernels = {0}, tools = {0};
	char *seed = xasprintf("%u", g->class.seed), *cache = paths_cache("kernels"), *tmp = fs_join(r->top, "tmp");
	for (size_t i = 0; i < g->class.n_lesson; i++)
		strv_add(&lessons, g->class.lesson[i]->dir);
	worker_settings(g, &settings);
	strv_add(&kernels, cache);
	if (g->pipeline->source.tree != NULL)
		strv_add(&kernels, g->pipeline->source.tree); /* a folder that the subset left out */
	json_object_object_add(o, "submission", json_object_new_string(r->one->path));
	json_object_object_add(o, "top", json_object_new_string(r->top));
	json_object_object_add(o, "bases", json_object_new_string(g->bases));
	json_object_object_add(o, "seed", json_object_new_string(seed));
	json_object_object_add(o, "claims", json_object_new_boolean(g->p.claims));
	put_list(o, "lessons", &lessons);
	put_list(o, "override", &settings);
	put_list(o, "read", &g->read);
	put_list(o, "write-kernel", &kernels);
	tool_folders(&tools);
	put_list(o, "read-kernel", &tools);
	put_limits(o, "limits-kernel", g->p.kernel_deadline, "fsize=4096");
	put_limits(o, "limits-grade", g->p.deadline, "fsize=64 as=4096");
	const char *text = json_object_to_json_string(o);
	int ret = fs_mkdirs(tmp, e) == 0 ? fs_write(r->spec, text, strlen(text), 0600, e) : -1;
	json_object_put(o);
	strv_done(&lessons);
	strv_done(&settings);
	strv_done(&kernels);
	strv_done(&tools);
	free(seed);
	free(cache);
	free(tmp);
	return ret;
}

static int start_one(struct grade *g, size_t i, struct err *e)
{
	struct run *r = xcalloc(1, sizeof(*r));
	r->g = g;
	r->one = &g->class.v[i];
	r->top = xasprintf("%s/%zu", g->top, i + 1);
	r->spec = fs_join(r->top, "spec.json");
	r->began = uv_hrtime();
	if (mkdir(r->top, 0700) < 0 || write_spec(r, e) < 0) {
		err_sys(e, errno, _("cannot make %s"), r->top);
		free(r->top);
		free(r->spec);
		free(r);
		return -1;
	}
	uv_timer_init(g->loop, &r->deadline);
	r->deadline.data = r;
	r->after = g->run;
	g->run = r;
	g->running++;
	next_phase(r);
	return 0;
}

/* --- the class --- */

static void on_closed(uv_handle_t *h)
{
	struct grade *g = h->data;
	struct err ignored = {0};
	if (g->pipeline != NULL)
		pipeline_free(g->pipeline);
	if (g->lab.dir != NULL)
		lab_close(&g->lab);
	if (g->top != NULL && !g->p.keep)
		fs_remove_tree(g->top, &ignored);
	else if (g->top != NULL && g->p.progress != NULL)
		fprintf(g->p.progress, _("the labs are left in %s\n"), g->top);
	err_done(&ignored);
	g->done(g->ctx, &g->class, &g->end);
	err_done(&g->end);
	grade_class_done(&g->class);
	strv_done(&g->base);
	strv_done(&g->read);
	free(g->top);
	free(g->bases);
	free(g->self);
	free(g);
}

static void start_more(struct grade *g)
{
	unsigned jobs = g->p.jobs > 0 ? g->p.jobs : 1;
	if (g->cancelled)
		err_set(&g->end, ERR_CANCELLED, _("cancelled"));
	while (!err_is(&g->end) && g->running < jobs && g->next < g->class.n)
		start_one(g, g->next++, &g->end);
	if (g->running == 0 && !uv_is_closing((uv_handle_t *)&g->timer))
		uv_close((uv_handle_t *)&g->timer, on_closed);
}

/* --- what all share --- */

static void prepare_bases(struct grade *g);

static void on_base(void *ctx, struct err *e)
{
	struct grade *g = ctx;
	g->base_job = NULL;
	err_move(&g->end, e);
	prepare_bases(g);
}

static void prepare_bases(struct grade *g)
{
	const struct op_cb cb = {.done = on_base, .ctx = g};
	while (!err_is(&g->end) && !g->cancelled && g->base.n > 0) {
		g->base_job = checkbase_start(g->pipeline, g->bases, g->base.v[0], &cb, &g->end);
		strv_remove(&g->base, 0);
		if (g->base_job != NULL)
			return;
	}
	g->began = uv_hrtime();
	start_more(g);
}

static void on_accel(void *ctx, const struct accel_result *r)
{
	struct grade *g = ctx;
	g->accel = r->kvm_works ? "kvm" : "tcg";
	prepare_bases(g);
}

static void on_source(void *ctx, struct err *e)
{
	struct grade *g = ctx;
	const char *accel = optset_text(&g->lab.opts, OPT_BOOT_ACCEL);
	char *cache = paths_cache("."), *data = paths_data("."), *kernels = paths_cache("kernels");
	err_move(&g->end, e);
	if (!err_is(&g->end)) {
		strv_add(&g->read, g->pipeline->source.tree);
		strv_add(&g->read, g->pipeline->source.origin);
		strv_add(&g->read, cache);
		strv_add(&g->read, data);
		strv_add(&g->read, g->self);
		g->bases = checkbase_dir(g->pipeline);
		fs_mkdirs(kernels, &g->end);
		for (size_t i = 0; i < g->class.n_lesson; i++)
			checkbase_names(g->class.lesson[i], &g->base);
	}
	free(cache);
	free(data);
	free(kernels);
	g->accel = accel;
	if (err_is(&g->end) || strcmp(accel, "auto") != 0)
		prepare_bases(g);
	else if (accel_probe(g->loop, false, on_accel, g, &g->end) < 0)
		prepare_bases(g);
}

/* A lab for what all share. Its config stage unpacks the source and compiles the kconfig helper. */
static int prepare(struct grade *g)
{
	const char *tmp = getenv("TMPDIR");
	struct err warn = {0};
	g->top = xasprintf("%s/kiln-grade.XXXXXX", tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
	if (mkdtemp(g->top) == NULL) {
		err_sys(&g->end, errno, _("cannot make %s"), g->top);
		free(g->top);
		g->top = NULL;
		return -1;
	}
	char *dir = fs_join(g->top, "lab");
	int r = lab_create(dir, &g->end) == 0 ? lab_open(&g->lab, dir, true, &g->end) : -1;
	for (size_t i = 0; i < g->p.override->n && r == 0; i++)
		r = opt_override(&g->lab.opts, g->p.override->v[i], &g->end);
	free(dir);
	if (r < 0)
		return -1;
	g->pipeline = pipeline_new(g->loop, &g->lab, &warn);
	err_done(&warn);
	pipeline_build(g->pipeline, (struct pipeline_goal){1u << STAGE_CONFIG, 0}, on_source, g);
	return 0;
}

struct grade *grade_start(uv_loop_t *loop, const struct grade_params *p,
	void (*done)(void *ctx, const struct grade_class *c, struct err *e), void *ctx)
{
	struct grade *g = xcalloc(1, sizeof(*g));
	g->loop = loop;
	g->p = *p;
	g->done = done;
	g->ctx = ctx;
	g->lab.lock_fd = -1;
	g->self = paths_self();
	g->class.seed = p->seed != 0 ? p->seed : (unsigned)uv_hrtime() | 1u;
	uv_timer_init(loop, &g->timer);
	g->timer.data = g;
	if (grade_find(&g->class, p->submissions, &g->end) == 0 &&
		grade_lessons(&g->class, p->root, p->lessons, &g->end) == 0) {
		g->stages = gradework_stages(g->class.lesson, g->class.n_lesson);
		prepare(g);
	}
	if (err_is(&g->end))
		start_more(g);
	return g;
}

void grade_cancel(struct grade *g)
{
	g->cancelled = true;
	if (g->base_job != NULL)
		kcbuild_cancel(g->base_job);
	else if (g->pipeline != NULL && pipeline_busy(g->pipeline))
		pipeline_cancel(g->pipeline);
	for (struct run *r = g->run; r != NULL; r = r->after)
		if (r->proc != NULL)
			proc_cancel(r->proc, 2000);
}
