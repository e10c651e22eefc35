/* cmd_grade: the commands submit (a learner's) and grade (a teacher's). */
#include <stdlib.h>
#include <string.h>

#include "core/app.h"
#include "core/fs.h"
#include "core/grade.h"
#include "core/gradeout.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/sandbox.h"
#include "core/submission.h"

/* --- submit --- */

static void tell_packed(struct cmd_call *call, const struct submission *s, const char *out, size_t n)
{
	struct report *r = &call->app->report;
	char size[48];
	for (size_t i = 0; i < s->n; i++)
		report_line(r, "  %8zu  %s", s->v[i].n, s->v[i].path);
	for (size_t i = 0; i < s->note.n; i++)
		report_line(r, "  %s", s->note.v[i]);
	report_size((int64_t)n, size, sizeof(size));
	report_line(r, _("written: %s, %zu files, %s"), out, s->n, size);
	json_object_object_add(cmd_json(call), "archive", json_object_new_string(out));
	json_object_object_add(cmd_json(call), "files", json_object_new_int64((int64_t)s->n));
	json_object_object_add(cmd_json(call), "size", json_object_new_int64((int64_t)n));
}

/* What a rebuild would find different from what the learner sees now. */
static void warn_unbuilt(struct cmd_call *call)
{
	struct pipeline *p = call->app->pipeline;
	pipeline_refresh(p);
	for (int i = STAGE_CONFIG; i <= STAGE_INITRAMFS; i++)
		if (p->stage[i].state != STATE_FRESH)
			report_line(&call->app->report, _("note: %s is %s here; a grader builds it anew"),
				p->stage[i].ops->name, _(pipeline_state_name(p->stage[i].state)));
}

static char *solved_steps(void)
{
	struct err ignored = {0};
	char *path = paths_state("lessons"), *text = fs_exists(path) ? fs_read(path, NULL, &ignored) : NULL;
	err_done(&ignored);
	free(path);
	return text;
}

static void run_submit(struct cmd_call *call)
{
	struct err e = {0};
	struct app *a = call->app;
	struct submission s = {0};
	const char *given = cmd_value(call, "output"), *base = strrchr(a->lab.dir, '/');
	char *out = given != NULL ? xstrdup(given) : xasprintf("%s.tar.xz", base[1] != '\0' ? base + 1 : "lab");
	char *progress = solved_steps(), *packed = NULL;
	size_t n = 0;
	warn_unbuilt(call);
	if (submission_from_lab(&s, a->lab.dir, &e) == 0 &&
		submission_describe(&s, progress, a->pipeline->source.version, &e) == 0)
		packed = submission_pack(&s, out, &n, &e);
	if (packed != NULL && fs_write(out, packed, n, 0644, &e) == 0)
		tell_packed(call, &s, out, n);
	submission_done(&s);
	free(packed);
	free(progress);
	free(out);
	cmd_done(call, &e);
	err_done(&e);
}

/* --- grade --- */

struct grade_call {
	struct cmd_call *call;
	struct strv submission, lesson, format, output; /* output.n: none, or one for each format */
	struct grade *grade;
};

static void end(struct grade_call *g, struct err *e)
{
	struct cmd_call *call = g->call;
	strv_done(&g->submission);
	strv_done(&g->lesson);
	strv_done(&g->format);
	strv_done(&g->output);
	free(g);
	cmd_done(call, e);
}

static int write_text(const char *path, const struct buf *b, struct err *e)
{
	return fs_write(path, b->p != NULL ? b->p : "", b->n, 0644, e);
}

/* A document for each submission, in a folder. */
static int write_each(const char *format, const char *dir, const struct grade_class *c, struct err *e)
{
	int r = fs_mkdirs(dir, e);
	for (size_t i = 0; i < c->n && r == 0; i++) {
		struct buf b = {0};
		char *name = xasprintf("%s.json", c->v[i].name), *path = fs_join(dir, name);
		gradeout(format, c, i, &b);
		r = strchr(name, '/') == NULL && name[0] != '.' ? write_text(path, &b, e)
								: err_set(e, ERR_INPUT, "%s", name);
		buf_done(&b);
		free(path);
		free(name);
	}
	return r;
}

static int write_format(struct grade_call *g, size_t i, const struct grade_class *c, struct err *e)
{
	const char *format = g->format.v[i], *out = g->output.n > 0 ? g->output.v[i] : "-";
	struct buf b = {0};
	int r = 0;
	if (gradeout_is_single(format) && c->n > 1 && strcmp(out, "-") == 0)
		return err_set(e, ERR_USAGE, _("%s describes one submission: for a class, -o names a folder"), format);
	if (gradeout_is_single(format) && c->n > 1)
		return write_each(format, out, c, e);
	gradeout(format, c, 0, &b);
	if (strcmp(out, "-") == 0)
		fwrite(b.p != NULL ? b.p : "", 1, b.n, g->call->app->report.out);
	else
		r = write_text(out, &b, e);
	buf_done(&b);
	return r;
}

static void put_json(struct cmd_call *call, const struct grade_class *c)
{
	struct json_object *list = json_object_new_array();
	for (size_t i = 0; i < c->n; i++) {
		struct json_object *o = json_object_new_object();
		json_object_object_add(o, "name", json_object_new_string(c->v[i].name));
		json_object_object_add(o, "points", json_object_new_double(c->v[i].points));
		json_object_object_add(o, "max", json_object_new_double(c->v[i].max));
		json_object_object_add(o, "passed", json_object_new_boolean(grade_passed(&c->v[i], c->n_step)));
		json_object_object_add(
			o, "error", c->v[i].error != NULL ? json_object_new_string(c->v[i].error) : NULL);
		json_object_array_add(list, o);
	}
	json_object_object_add(cmd_json(call), "submissions", list);
	json_object_object_add(cmd_json(call), "seed", json_object_new_int64(c->seed));
}

/* Does the summary stand at the end of what is printed anyway? */
static bool shows_text(const struct grade_call *g)
{
	for (size_t i = 0; i < g->format.n; i++)
		if (strcmp(g->format.v[i], "text") == 0 && (g->output.n == 0 || strcmp(g->output.v[i], "-") == 0))
			return true;
	return false;
}

static void on_graded(void *ctx, const struct grade_class *c, struct err *e)
{
	struct grade_call *g = ctx;
	struct buf summary = {0};
	size_t failed = 0;
	for (size_t i = 0; i < g->format.n && !err_is(e); i++)
		write_format(g, i, c, e);
	for (size_t i = 0; i < c->n; i++)
		failed += !grade_passed(&c->v[i], c->n_step);
	if (!err_is(e)) {
		put_json(g->call, c);
		gradeout_summary(c, &summary);
		if (!g->call->app->report.quiet && !shows_text(g))
			fputs(summary.p, stderr);
		if (failed > 0)
			err_set(e, ERR_INPUT, _("%zu of %zu submissions did not pass everything"), failed, c->n);
	}
	buf_done(&summary);
	end(g, e);
}

static void cancel(struct cmd_call *call)
{
	struct grade_call *g = call->state;
	grade_cancel(g->grade);
}

static int take_options(struct grade_call *g, struct err *e)
{
	for (size_t i = 0; i < g->call->n_given; i++) {
		const struct cmd_given *o = &g->call->given[i];
		struct strv *to = strcmp(o->opt->name, "submission") == 0 ? &g->submission
				  : strcmp(o->opt->name, "lesson") == 0   ? &g->lesson
				  : strcmp(o->opt->name, "format") == 0   ? &g->format
				  : strcmp(o->opt->name, "output") == 0   ? &g->output
									  : NULL;
		if (to != NULL)
			strv_add(to, o->value);
	}
	strv_addv(&g->submission, (const char *const *)(g->call->arg.n > 0 ? g->call->arg.v : (char *[]){NULL}));
	if (g->format.n == 0)
		strv_add(&g->format, "text");
	for (size_t i = 0; i < g->format.n; i++)
		if (!gradeout_known(g->format.v[i]))
			return err_set(
				e, ERR_USAGE, _("there is no format `%s`: %s"), g->format.v[i], gradeout_formats);
	if (g->output.n > 0 && g->output.n != g->format.n)
		return err_set(e, ERR_USAGE, _("give as many -o as --format: each belongs to the one at its place"));
	return g->submission.n > 0 ? 0 : err_set(e, ERR_USAGE, _("no submission is given"));
}

static int number(struct cmd_call *call, const char *option, long otherwise, long *out, struct err *e)
{
	const char *text = cmd_value(call, option);
	char *end = NULL;
	*out = text != NULL ? strtol(text, &end, 10) : otherwise;
	if (text == NULL || (end != text && *end == '\0' && *out >= 1 && *out <= 1000000))
		return 0;
	return err_set(e, ERR_USAGE, _("--%s takes a number from 1 to 1000000"), option);
}

static void run_grade(struct cmd_call *call)
{
	struct err e = {0};
	struct grade_call *g = xcalloc(1, sizeof(*g));
	long jobs = 1, deadline = 300, kernel = 3600, seed = 0;
	g->call = call;
	if (take_options(g, &e) < 0 || number(call, "jobs", 1, &jobs, &e) < 0 ||
		number(call, "deadline", 300, &deadline, &e) < 0 ||
		number(call, "kernel-deadline", 3600, &kernel, &e) < 0 || number(call, "seed", 0, &seed, &e) < 0) {
		end(g, &e);
		err_done(&e);
		return;
	}
	if (sandbox_level() == 0)
		fprintf(stderr, "%s\n",
			_("kiln: this kernel has no Landlock: what is submitted could read files of yours (.incbin, "
			  "#include); grade where it is on (Linux 5.13 and later), or as a user of its own"));
	const struct grade_params p = {.submissions = &g->submission,
		.root = cmd_value(call, "lessons"),
		.lessons = &g->lesson,
		.override = &call->app->override,
		.jobs = (unsigned)jobs,
		.deadline = (double)deadline,
		.kernel_deadline = (double)kernel,
		.seed = (unsigned)seed,
		.claims = cmd_value(call, "no-claims") == NULL,
		.keep = cmd_value(call, "keep") != NULL,
		.progress = call->app->report.quiet ? NULL : stderr};
	call->state = g;
	call->cancel = cancel;
	g->grade = grade_start(call->app->loop, &p, on_graded, g);
}

static const struct cmd_opt submit_option[] = {
	{"output", 'o', "FILE", N_("the archive (default: LAB.tar.xz here); .gz and .tgz are gzip")},
	{NULL, 0, NULL, NULL},
};

static const struct cmd_opt grade_option[] = {
	{"submission", 'S', "FILE", N_("an archive of `kiln submit`, a lab, or a folder of such; may repeat")},
	{"lessons", 'L', "DIR", N_("the lessons, or one (default: those that come with kiln)")},
	{"lesson", 'l', "ID", N_("only this lesson; may repeat")},
	{"format", 'f', "FORMAT", N_("tap, junit, gradescope, github, csv or text; may repeat")},
	{"output", 'o', "FILE", N_("where it goes (default: here); one for each --format")},
	{"jobs", 'j', "N", N_("so many at a time (default: 1)")},
	{"deadline", 0, "SECONDS", N_("for each submission, without its kernel (default: 300)")},
	{"kernel-deadline", 0, "SECONDS", N_("for building a kernel that is not in the cache (default: 3600)")},
	{"seed", 0, "N", N_("of the random tokens that consoles are asked to repeat (default: by chance)")},
	{"no-claims", 0, NULL, N_("do not take the learner's progress for keys pressed and quizzes answered")},
	{"keep", 0, NULL, N_("leave the labs behind, to look at them")},
	{NULL, 0, NULL, NULL},
};

const struct cmd cmd_grade_rows[] = {
	{"submit", "", CMD_LAB | CMD_JSON, N_("pack the lab's sources as one small archive, to be handed in"),
		N_("In it are kiln.conf, kernel.config, the init variants that are not as shipped and the chosen one, "
		   "rootfs/ and iso/, which lesson steps were solved, and submission.json with versions and hashes. "
		   "Nothing that was built, and no programs: a grader builds them. The same lab gives the same bytes."),
		submit_option, run_submit},
	{"grade", "[SUBMISSION…]", CMD_JSON | CMD_SHELL, N_("grade submissions, or a class of them, by lessons"),
		N_("Each is unpacked into a lab of its own, built anew from its sources and checked as the lesson pane "
		   "checks: the verdict is the learner's screen's. Kernels come from the cache when one was built from "
		   "the same configuration. Submissions come from strangers: they are handled by processes that see "
		   "only the tools and their own folder (Landlock), with limits; one that is broken is a result, and "
		   "the others go on. Progress and a summary go to standard error. Exit status 0: all passed "
		   "everything; 1: not all did, or grading was not possible; 2: the command line is wrong."),
		grade_option, run_grade},
};
const size_t cmd_grade_n = ARRAY_LEN(cmd_grade_rows);
