/* stage_kernel: the kernel tree's own `make bzImage` in an O= folder of the lab, one for each source, so that trees
 * never mix. Invariants: make is not called when nothing changed; what it builds is exactly kernel.config (checked
 * after); with the time, user and host stamps fixed, the same inputs give the same bzImage. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/deps.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/kcache.h"
#include "core/logrules.h"
#include "core/pipeline.h"
#include "core/preset.h"
#include "core/proc.h"
#include "core/str.h"

struct kernel_job {
	struct pipeline *p;
	struct op_cb cb;
	struct proc *make;
	struct source_op *more; /* fetching a folder that the subset left out */
	char *build;            /* O= */
	struct proc_lines out, err;
	uint64_t steps, expected;
	uv_timer_t timer; /* a kernel out of the cache: done comes on the loop's next turn */
	char *missing;    /* folder of the source that make asked for */
	unsigned retries; /* folders fetched so far */
	struct err end;
};

/* Variables that fix what would differ from build to build, and none of the caller's own make. */
char *const stage_kernel_env[] = {"KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 1970", "KBUILD_BUILD_USER=kiln",
	"KBUILD_BUILD_HOST=kiln", "KBUILD_BUILD_VERSION=1", "LC_ALL=C", "MAKEFLAGS", "MFLAGS", "MAKELEVEL",
	"MAKEOVERRIDES", "KBUILD_OUTPUT", "KCONFIG_CONFIG", "KCONFIG_ALLCONFIG", "ARCH", "CROSS_COMPILE", "LLVM", "CC",
	"CFLAGS", "LDFLAGS", "KCFLAGS", "V", "O", NULL};

static int inputs(struct pipeline *p, struct inputs *in, struct err *e)
{
	char hex[65], *config = lab_path(p->lab, "kernel.config");
	int r = fs_sha256_file(config, hex, e);
	free(config);
	inputs_add(in, N_("kernel source"), p->source.id);
	inputs_add(in, "kernel.config", hex);
	pipeline_add_tool(in, "gcc");
	pipeline_add_tool(in, "ld");
	return r;
}

char *stage_kernel_dir(const struct pipeline *p, struct err *e)
{
	char *base = lab_build_dir(p->lab, e), hex[65];
	if (base == NULL)
		return NULL;
	fs_sha256(p->source.id, strlen(p->source.id), hex);
	char *dir = xasprintf("%s/linux-%s-%.8s", base, p->source.version, hex);
	free(base);
	if (fs_mkdirs(dir, e) == 0)
		return dir;
	free(dir);
	return NULL;
}

int stage_kernel_config(const struct pipeline *p, const char *build, struct err *e)
{
	char *from = lab_path(p->lab, "kernel.config"), *to = fs_join(build, ".config");
	size_t n = 0;
	char *text = fs_read(from, &n, e);
	int r = text != NULL ? fs_write_if_changed(to, text, n, 0644, e) : -1;
	free(text);
	free(from);
	free(to);
	return r;
}

/* How many steps this build has: what a build of this configuration last took, else what the preset says. */
static uint64_t expected_steps(const struct pipeline *p)
{
	struct preset preset = {0};
	struct err ignored = {0};
	int64_t steps = record_int(&p->rec, "kernel", "steps", 0);
	if (steps == 0 && preset_load(&preset, optset_text(&p->lab->opts, OPT_KERNEL_PRESET), &ignored) == 0) {
		steps = preset.steps;
		preset_done(&preset);
	}
	err_done(&ignored);
	return steps > 0 ? (uint64_t)steps : 0;
}

static void on_make_line(void *ctx, const char *line, size_t n, bool is_err)
{
	struct kernel_job *j = ctx;
	const char *what;
	size_t what_n;
	j->cb.line(j->cb.ctx, line, n, is_err);
	if (j->missing == NULL)
		j->missing = source_missing_dir(&j->p->source, line, n);
	if (!log_step(line, n, &what, &what_n))
		return;
	char *name = xstrndup(what, what_n);
	j->cb.progress(j->cb.ctx, name, ++j->steps, j->expected);
	free(name);
}

static void on_out_line(void *ctx, const char *line, size_t n)
{
	on_make_line(ctx, line, n, false);
}

static void on_err_line(void *ctx, const char *line, size_t n)
{
	on_make_line(ctx, line, n, true);
}

static void on_output(void *ctx, const char *bytes, size_t n, bool is_err)
{
	struct kernel_job *j = ctx;
	proc_lines_feed(is_err ? &j->err : &j->out, bytes, n, is_err ? on_err_line : on_out_line, j);
}

static void finish_job(struct kernel_job *j)
{
	struct op_cb cb = j->cb;
	struct err end = j->end;
	if (j->steps > 0 && !err_is(&end) && (j->p->stage[STAGE_KERNEL].seconds == 0 || j->steps >= j->expected))
		record_set_int(&j->p->rec, "kernel", "steps", (int64_t)j->steps);
	free(j->build);
	free(j->missing);
	free(j);
	cb.done(cb.ctx, &end);
	err_done(&end);
}

/* The line that explains the failure, out of the noise of parallel jobs. */
static void explain(struct kernel_job *j, int status, int sig)
{
	struct log *log = j->p->log;
	size_t root = log_root_cause(log, j->p->log_start);
	if (sig != 0)
		err_set(&j->end, ERR_WORLD, _("the kernel build was killed by signal %d"), sig);
	else
		err_set(&j->end, ERR_WORLD, _("the kernel build failed (make: exit status %d)"), status);
	if (root != SIZE_MAX) {
		struct log_line l = log_get(log, root);
		char *text = xstrndup(l.text, l.n);
		err_evidence(&j->end, text);
		free(text);
		if (log_hint(log, root) != NULL)
			err_hint(&j->end, "%s", log_hint(log, root));
	}
	err_hint(&j->end,
		_("the whole log is in out/kernel.log; after a change `kiln build kernel` goes on where it stopped"));
}

/* make runs syncconfig first; were anything changed by it, the kernel would not be what kernel.config says. */
static void check_config(struct kernel_job *j)
{
	char *ours = lab_path(j->p->lab, "kernel.config"), *theirs = fs_join(j->build, ".config");
	char a[65] = "", b[65] = "?";
	fs_sha256_file(ours, a, &j->end);
	fs_sha256_file(theirs, b, &j->end);
	if (!err_is(&j->end) && strcmp(a, b) != 0) {
		err_set(&j->end, ERR_WORLD,
			_("the kernel's make changed the configuration: %s differs from kernel.config"), theirs);
		err_hint(&j->end, _("see `diff %s %s`; `kiln config` brings kernel.config into order"), ours, theirs);
	}
	free(ours);
	free(theirs);
}

/* What make left becomes out/bzImage, and is kept for the next time that this very kernel is wanted. */
static void take_image(struct kernel_job *j)
{
	char *image = fs_join(j->build, "arch/x86/boot/bzImage"), *out = pipeline_out(j->p, "bzImage");
	if (fs_copy(image, out, &j->end) == 0 && strcmp(optset_text(&j->p->lab->opts, OPT_KERNEL_CACHE), "yes") == 0)
		kcache_store(&j->p->stage[STAGE_KERNEL].in, image);
	free(image);
	free(out);
}

static int start_make(struct kernel_job *j, struct err *e);

static void on_more_done(void *ctx, struct err *e)
{
	struct kernel_job *j = ctx;
	j->more = NULL;
	free(j->missing);
	j->missing = NULL;
	err_move(&j->end, e);
	if (err_is(&j->end) || start_make(j, &j->end) < 0)
		finish_job(j);
}

static void on_more_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	(void)ctx, (void)what, (void)done, (void)total; /* the steps of make are the progress shown */
}

/* Fetch the folder that the subset of the source left out, then go on. */
static int fetch_missing(struct kernel_job *j)
{
	const struct op_cb cb = {on_more_progress, NULL, NULL, on_more_done, j};
	if (j->missing == NULL || j->retries++ >= 24 || j->p->cancelled)
		return -1;
	pipeline_say(j->p, _("the source kept so far lacks %s: unpacking it too"), j->missing);
	j->more = source_unpack_dir(j->p->loop, &j->p->source, j->missing, &cb, &j->end);
	return j->more != NULL ? 0 : -1;
}

static void on_make_exit(void *ctx, int status, int sig)
{
	struct kernel_job *j = ctx;
	j->make = NULL;
	proc_lines_end(&j->out, on_out_line, j);
	proc_lines_end(&j->err, on_err_line, j);
	if (status != 0 && fetch_missing(j) == 0)
		return;
	if (status != 0 && !j->p->cancelled)
		explain(j, status, sig);
	else if (status == 0)
		check_config(j);
	if (status == 0 && !err_is(&j->end))
		take_image(j);
	finish_job(j);
}

static bool use_ccache(const struct pipeline *p)
{
	const char *want = optset_text(&p->lab->opts, OPT_KERNEL_CCACHE);
	char *found = fs_which("ccache");
	bool there = found != NULL;
	free(found);
	return strcmp(want, "yes") == 0 || (strcmp(want, "auto") == 0 && there);
}

void stage_kernel_argv(const struct pipeline *p, const char *build, const char *target, struct strv *argv)
{
	long jobs = optset_int(&p->lab->opts, OPT_KERNEL_JOBS);
	if (jobs == 0)
		jobs = sysconf(_SC_NPROCESSORS_ONLN);
	strv_add(argv, "make");
	strv_add(argv, "-C");
	strv_add(argv, p->source.tree);
	strv_addf(argv, "O=%s", build);
	strv_add(argv, "ARCH=x86");
	strv_addf(argv, "-j%ld", jobs);
	if (use_ccache(p))
		strv_add(argv, "CC=ccache gcc");
	strv_add(argv, target);
}

static int start_make(struct kernel_job *j, struct err *e)
{
	struct strv argv = {0};
	stage_kernel_argv(j->p, j->build, "bzImage", &argv);
	const struct proc_opts o = {
		.argv = argv.v,
		.env = stage_kernel_env,
		.on_output = on_output,
		.on_exit = on_make_exit,
		.ctx = j,
	};
	char *shell = strv_shell(argv.v);
	j->cb.command(j->cb.ctx, shell);
	free(shell);
	j->steps = 0;
	j->make = proc_start(j->p->loop, &o, e);
	strv_done(&argv);
	return j->make != NULL ? 0 : -1;
}

static bool use_cache(const struct pipeline *p)
{
	return strcmp(optset_text(&p->lab->opts, OPT_KERNEL_CACHE), "yes") == 0 && !(p->forced & 1u << STAGE_KERNEL);
}

static void on_timer_closed(uv_handle_t *h)
{
	finish_job(h->data);
}

static void on_timer(uv_timer_t *t)
{
	uv_close((uv_handle_t *)t, on_timer_closed);
}

/* The same kernel was built before: take it. */
static bool start_cached(struct pipeline *p, const struct op_cb *cb)
{
	char *out = pipeline_out(p, "bzImage");
	bool there = use_cache(p) && kcache_fetch(&p->stage[STAGE_KERNEL].in, out);
	free(out);
	if (!there)
		return false;
	struct kernel_job *j = xcalloc(1, sizeof(*j));
	j->p = p;
	j->cb = *cb;
	uv_timer_init(p->loop, &j->timer);
	j->timer.data = j;
	uv_timer_start(&j->timer, on_timer, 0, 0);
	pipeline_say(p,
		_("this very kernel was built before: taken from the cache (`build --force kernel` builds it anew)"));
	p->handle = j;
	return true;
}

static int start(struct pipeline *p, const struct op_cb *cb, struct err *e)
{
	if (start_cached(p, cb))
		return 0;
	if (deps_require("kernel", e) < 0)
		return -1;
	struct kernel_job *j = xcalloc(1, sizeof(*j));
	j->p = p;
	j->cb = *cb;
	j->expected = expected_steps(p);
	j->build = stage_kernel_dir(p, e);
	p->progress.approximate = true;
	if (j->build != NULL && stage_kernel_config(p, j->build, e) == 0 && start_make(j, e) == 0) {
		p->handle = j;
		return 0;
	}
	free(j->build);
	free(j);
	return -1;
}

static void cancel(struct pipeline *p)
{
	struct kernel_job *j = p->handle;
	if (j->make != NULL)
		proc_cancel(j->make, 5000);
	else if (j->more != NULL)
		source_cancel(j->more); /* one out of the cache is done at once */
}

static int finish(struct pipeline *p, struct err *e)
{
	(void)e;
	char *out = pipeline_out(p, "bzImage");
	record_output(&p->rec, "kernel", "out/bzImage", out);
	free(out);
	return 0;
}

const struct stage_ops stage_kernel_ops = {
	.name = "kernel",
	.help = N_("build bzImage from kernel.config with the tree's own make"),
	.needs = 1u << STAGE_SOURCE | 1u << STAGE_CONFIG,
	.lasting = true,
	.inputs = inputs,
	.start = start,
	.cancel = cancel,
	.finish = finish,
};
