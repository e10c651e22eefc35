/* pipeline: see pipeline.h. The engine only; what each stage does is in core/stage_*.c. */
#include "core/pipeline.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"

static const struct stage_ops *const all[STAGE_N] = {
	[STAGE_SOURCE] = &stage_source_ops,
	[STAGE_CONFIG] = &stage_config_ops,
	[STAGE_KERNEL] = &stage_kernel_ops,
	[STAGE_INIT] = &stage_init_ops,
	[STAGE_INITRAMFS] = &stage_initramfs_ops,
	[STAGE_ISO] = &stage_iso_ops,
	[STAGE_BOOT] = &stage_boot_ops,
};

const struct stage_ops *pipeline_stage_ops(enum stage_id id)
{
	return all[id];
}

int pipeline_stage_find(const char *name)
{
	for (int i = 0; i < STAGE_N; i++)
		if (strcmp(all[i]->name, name) == 0)
			return i;
	return -1;
}

const char *pipeline_state_name(enum stage_state s)
{
	static const char *const name[] = {
		N_("absent"), N_("stale"), N_("fresh"), N_("running"), N_("failed"), N_("unavailable")};
	return name[s];
}

unsigned pipeline_closure(enum stage_id target)
{
	unsigned mask = 1u << target;
	for (int i = STAGE_N - 1; i >= 0; i--)
		if (mask & 1u << i)
			mask |= all[i]->needs;
	return mask;
}

char *pipeline_out(const struct pipeline *p, const char *name)
{
	char *rel = fs_join("out", name), *path = lab_path(p->lab, rel);
	free(rel);
	return path;
}

struct pipeline *pipeline_new(uv_loop_t *loop, struct lab *lab, struct err *warn)
{
	struct pipeline *p = xcalloc(1, sizeof(*p));
	p->loop = loop;
	p->lab = lab;
	p->running = STAGE_N;
	p->log = log_new(0);
	char *path = pipeline_out(p, "build.json");
	record_load(&p->rec, path, warn);
	free(path);
	for (int i = 0; i < STAGE_N; i++)
		p->stage[i].ops = all[i];
	return p;
}

void pipeline_reload(struct pipeline *p, struct err *warn)
{
	char *path = pipeline_out(p, "build.json");
	assert(p->running == STAGE_N);
	record_done(&p->rec);
	record_load(&p->rec, path, warn);
	free(path);
	pipeline_refresh(p);
}

void pipeline_free(struct pipeline *p)
{
	assert(p->running == STAGE_N);
	for (int i = 0; i < STAGE_N; i++) {
		free(p->stage[i].because);
		inputs_done(&p->stage[i].in);
	}
	record_done(&p->rec);
	source_done(&p->source);
	log_free(p->log);
	free(p);
}

bool pipeline_busy(const struct pipeline *p)
{
	return p->running != STAGE_N;
}

static void set_state(struct pipeline *p, enum stage_id id, enum stage_state state, char *because)
{
	struct stage *s = &p->stage[id];
	free(s->because);
	s->because = because;
	if (s->state != state)
		p->rev++;
	s->state = state;
}

/* The first stage that this one needs and that is not fresh, or STAGE_N. */
static int waits_for(const struct pipeline *p, enum stage_id id)
{
	for (int i = 0; i < STAGE_N; i++)
		if (all[id]->needs & 1u << i && p->stage[i].state != STATE_FRESH)
			return i;
	return STAGE_N;
}

/* State by the record: fresh, failed, stale or absent. Takes nothing; because is owned by the stage. */
static void judge(struct pipeline *p, enum stage_id id)
{
	const char *name = all[id]->name;
	struct inputs *in = &p->stage[id].in;
	char *stale = record_why_stale(&p->rec, name, in);
	bool gone;
	char *absent = record_why_absent(&p->rec, name, p->lab->dir, &gone);
	const char *status = record_text(&p->rec, name, "status");
	const char *error = record_text(&p->rec, name, "error");
	if (stale == NULL && status != NULL && strcmp(status, "failed") == 0)
		set_state(p, id, STATE_FAILED, xstrdup(error != NULL ? error : _("it failed")));
	else if (stale != NULL)
		set_state(p, id, absent != NULL && gone ? STATE_ABSENT : STATE_STALE, xstrdup(stale));
	else if (absent != NULL)
		set_state(p, id, gone ? STATE_ABSENT : STATE_STALE, xstrdup(absent));
	else
		set_state(p, id, STATE_FRESH, NULL);
	free(stale);
	free(absent);
}

static int64_t main_output_size(const struct pipeline *p, const char *name)
{
	struct json_object *s = record_stage(&p->rec, name, false), *list, *size;
	if (s == NULL || !json_object_object_get_ex(s, "outputs", &list) || json_object_array_length(list) == 0)
		return -1;
	struct json_object *first = json_object_array_get_idx(list, 0);
	return json_object_object_get_ex(first, "size", &size) ? json_object_get_int64(size) : -1;
}

static void refresh_stage(struct pipeline *p, enum stage_id id)
{
	struct stage *s = &p->stage[id];
	struct err e = {0};
	s->size = main_output_size(p, all[id]->name);
	s->seconds = record_seconds(&p->rec, all[id]->name);
	inputs_done(&s->in);
	int upstream = waits_for(p, id);
	if (upstream != STAGE_N) {
		bool built = record_text(&p->rec, all[id]->name, "finished") != NULL;
		char *why =
			xasprintf(_("%s is %s"), all[upstream]->name, _(pipeline_state_name(p->stage[upstream].state)));
		set_state(p, id, built ? STATE_STALE : STATE_ABSENT, why);
	} else if (all[id]->inputs(p, &s->in, &e) < 0) {
		char *text = xstrdup(e.msg);
		set_state(p, id, e.code == ERR_USAGE ? STATE_UNAVAILABLE : STATE_ABSENT, text);
	} else {
		judge(p, id);
	}
	err_done(&e);
}

void pipeline_refresh(struct pipeline *p)
{
	p->looks++;
	for (int i = 0; i < STAGE_N; i++)
		if ((int)p->running != i)
			refresh_stage(p, (enum stage_id)i);
}

void pipeline_add_tool(struct inputs *in, const char *tool)
{
	char *path = fs_which(tool), *value;
	struct stat st;
	if (path != NULL && stat(path, &st) == 0)
		value = xasprintf("%s %lld %lld", path, (long long)st.st_size, (long long)st.st_mtime);
	else
		value = xstrdup("missing");
	inputs_add(in, tool, value);
	free(value);
	free(path);
}

static void on_line(void *ctx, const char *line, size_t n, bool is_err)
{
	struct pipeline *p = ctx;
	log_append(p->log, line, n, is_err);
	p->rev++;
	if (p->log_file != NULL) {
		fwrite(line, 1, n, p->log_file);
		fputc('\n', p->log_file);
	}
	if (p->watch.line != NULL)
		p->watch.line(p->watch.ctx, p->running, line, n, is_err);
}

void pipeline_say(struct pipeline *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = xvasprintf(fmt, ap), *line = xasprintf("kiln: %s", text);
	va_end(ap);
	on_line(p, line, strlen(line), false);
	free(line);
	free(text);
}

static void on_command(void *ctx, const char *shell)
{
	struct pipeline *p = ctx;
	char *line = xasprintf("$ %s", shell);
	on_line(p, line, strlen(line), false);
	free(line);
	if (p->running != STAGE_N)
		record_set_text(&p->rec, all[p->running]->name, "command", shell);
	if (p->watch.command != NULL)
		p->watch.command(p->watch.ctx, p->running, shell);
}

static void on_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct pipeline *p = ctx;
	progress_update(&p->progress, uv_hrtime(), what, done, total);
	p->rev++;
	if (p->watch.progress != NULL)
		p->watch.progress(p->watch.ctx, &p->progress);
}

static void tell_stage(struct pipeline *p, enum stage_id id)
{
	p->rev++;
	if (p->watch.stage != NULL)
		p->watch.stage(p->watch.ctx, id);
}

static void open_log_file(struct pipeline *p, const char *stage)
{
	char *name = xasprintf("%s.log", stage), *path = pipeline_out(p, name);
	p->log_file = fopen(path, "we");
	free(name);
	free(path);
}

static void close_log_file(struct pipeline *p)
{
	if (p->log_file != NULL)
		fclose(p->log_file);
	p->log_file = NULL;
}

static void finish(struct pipeline *p, struct err *e)
{
	void (*done)(void *, struct err *) = p->done;
	p->wanted = 0;
	p->done = NULL;
	if (done != NULL)
		done(p->done_ctx, e);
}

static void run_next(struct pipeline *p);

/* Record what the stage's inputs are now that it has run. */
static void settle(struct pipeline *p, enum stage_id id, struct err *e)
{
	struct inputs *in = &p->stage[id].in;
	inputs_done(in);
	if (all[id]->inputs(p, in, e) == 0)
		record_inputs(&p->rec, all[id]->name, in);
}

static void on_stage_done(void *ctx, struct err *e)
{
	struct pipeline *p = ctx;
	enum stage_id id = p->running;
	const struct stage_ops *ops = all[id];
	struct err end = {0};
	err_move(&end, e);
	if (p->cancelled && !err_is(&end))
		err_set(&end, ERR_CANCELLED, _("cancelled"));
	if (!err_is(&end) && ops->finish != NULL)
		ops->finish(p, &end);
	if (!err_is(&end) && ops->settles)
		settle(p, id, &end);
	p->forced &= ~(1u << id);
	double seconds = (double)(uv_hrtime() - p->started_ns) * 1e-9;
	record_end(&p->rec, ops->name, seconds, end.msg);
	record_save(&p->rec, &end);
	close_log_file(p);
	p->handle = NULL;
	p->running = STAGE_N;
	pipeline_refresh(p);
	if (!err_is(&end) && p->stage[id].state != STATE_FRESH)
		err_set(&end, ERR_WORLD, _("%s was built but is %s: %s"), ops->name,
			_(pipeline_state_name(p->stage[id].state)), p->stage[id].because);
	tell_stage(p, id);
	if (err_is(&end))
		finish(p, &end);
	else
		run_next(p);
	err_done(&end);
}

static void start_stage(struct pipeline *p, enum stage_id id)
{
	const struct op_cb cb = {on_progress, on_line, on_command, on_stage_done, p};
	struct stage *s = &p->stage[id];
	struct err e = {0};
	char *out = lab_path(p->lab, "out");
	int made = fs_mkdirs(out, &e);
	free(out);
	p->running = id;
	p->handle = NULL;
	p->started_ns = uv_hrtime();
	p->log_start = log_count(p->log);
	progress_begin(&p->progress, p->started_ns);
	if (made == 0) {
		record_begin(&p->rec, all[id]->name, &s->in);
		made = record_save(&p->rec, &e);
	}
	if (made == 0)
		open_log_file(p, all[id]->name);
	if (made == 0)
		set_state(p, id, STATE_RUNNING, NULL);
	tell_stage(p, id);
	if (made < 0 || all[id]->start(p, &cb, &e) < 0)
		on_stage_done(p, &e);
	err_done(&e);
}

/* Start the first wanted stage that is not fresh, or end. */
static void run_next(struct pipeline *p)
{
	struct err e = {0};
	for (int i = 0; i < STAGE_N; i++) {
		if (!(p->wanted & 1u << i) || (p->stage[i].state == STATE_FRESH && !(p->forced & 1u << i)))
			continue;
		if (p->cancelled)
			err_set(&e, ERR_CANCELLED, _("cancelled"));
		else if (p->stage[i].in.n == 0) /* its inputs could not be found: say why */
			all[i]->inputs(p, &p->stage[i].in, &e);
		if (err_is(&e))
			break;
		start_stage(p, (enum stage_id)i);
		return;
	}
	finish(p, &e);
	err_done(&e);
}

void pipeline_build(struct pipeline *p, struct pipeline_goal goal, void (*done)(void *ctx, struct err *e), void *ctx)
{
	assert(!pipeline_busy(p));
	p->wanted = 0;
	p->forced = goal.force;
	for (int i = 0; i < STAGE_N; i++)
		if ((goal.mask | goal.force) & 1u << i)
			p->wanted |= pipeline_closure((enum stage_id)i);
	p->done = done;
	p->done_ctx = ctx;
	p->cancelled = false;
	pipeline_refresh(p);
	run_next(p);
}

void pipeline_cancel(struct pipeline *p)
{
	if (!pipeline_busy(p) || p->cancelled)
		return;
	p->cancelled = true;
	if (all[p->running]->cancel != NULL && p->handle != NULL)
		all[p->running]->cancel(p);
}
