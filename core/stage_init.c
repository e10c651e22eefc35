/* stage_init: compiles the chosen init variant to out/init and the companions to out/companions/ (initbuild.h), one
 * after the other, from the lab's own copy of their sources. */
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/initbuild.h"
#include "core/inithistory.h"
#include "core/pipeline.h"
#include "core/str.h"

struct init_job {
	struct pipeline *p;
	struct op_cb cb; /* the pipeline's */
	struct initbuild *build;
	bool companions; /* at the second part */
};

/* Paths of one part: owned strings in a params struct. */
static void part_init(const struct pipeline *p, bool companions, struct initbuild_params *b)
{
	const char *variant = companions ? "companions" : optset_text(&p->lab->opts, OPT_INIT_VARIANT);
	char *dir = fs_join("init", variant), *obj = fs_join("build/init", variant);
	struct err ignored = {0};
	memset(b, 0, sizeof(*b));
	free(lab_build_dir(p->lab, &ignored)); /* makes build/, a link where it must be one */
	err_done(&ignored);
	b->dir = lab_path(p->lab, dir);
	b->objdir = lab_path(p->lab, obj);
	b->outdir = lab_path(p->lab, companions ? "out/companions" : "out");
	b->cc = optset_text(&p->lab->opts, OPT_INIT_CC);
	b->tree = p->source.tree;
	free(dir);
	free(obj);
}

static void part_done(struct initbuild_params *b)
{
	free((char *)b->dir);
	free((char *)b->objdir);
	free((char *)b->outdir);
}

static bool wants_companions(const struct pipeline *p)
{
	return optset_text(&p->lab->opts, OPT_INITRAMFS_COMPANIONS)[0] != '\0';
}

static int inputs(struct pipeline *p, struct inputs *in, struct err *e)
{
	int r = 0;
	inputs_add(in, "init.variant", optset_text(&p->lab->opts, OPT_INIT_VARIANT));
	for (int part = 0; part < 1 + wants_companions(p) && r == 0; part++) {
		struct initbuild_params b;
		struct inputs some = {0};
		part_init(p, part == 1, &b);
		r = initbuild_inputs(&b, &some, e);
		for (size_t i = 0; i < some.n; i++) {
			char *name = xasprintf("%s%s", part == 1 ? "companions: " : "", some.v[i].name);
			inputs_add(in, name, some.v[i].value);
			free(name);
		}
		inputs_done(&some);
		part_done(&b);
	}
	return r;
}

static void on_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct init_job *j = ctx;
	j->cb.progress(j->cb.ctx, what, done, total);
}

static void on_line(void *ctx, const char *line, size_t n, bool is_err)
{
	struct init_job *j = ctx;
	j->cb.line(j->cb.ctx, line, n, is_err);
}

static void on_command(void *ctx, const char *shell)
{
	struct init_job *j = ctx;
	j->cb.command(j->cb.ctx, shell);
}

static void on_done(void *ctx, struct err *e);

static int start_part(struct init_job *j, struct err *e)
{
	const struct op_cb cb = {on_progress, on_line, on_command, on_done, j};
	struct initbuild_params b;
	part_init(j->p, j->companions, &b);
	j->build = initbuild_start(j->p->loop, &b, &cb, e);
	part_done(&b);
	return j->build != NULL ? 0 : -1;
}

static void on_done(void *ctx, struct err *e)
{
	struct init_job *j = ctx;
	if (!err_is(e) && !j->companions && wants_companions(j->p)) {
		j->companions = true;
		if (start_part(j, e) == 0)
			return;
	}
	struct op_cb cb = j->cb;
	free(j);
	cb.done(cb.ctx, e);
}

static int start(struct pipeline *p, const struct op_cb *cb, struct err *e)
{
	struct init_job *j = xcalloc(1, sizeof(*j));
	j->p = p;
	j->cb = *cb;
	p->handle = j;
	if (start_part(j, e) == 0)
		return 0;
	p->handle = NULL;
	free(j);
	return -1;
}

static void cancel(struct pipeline *p)
{
	struct init_job *j = p->handle;
	initbuild_cancel(j->build);
}

static void record_companions(struct pipeline *p)
{
	struct strv name = {0};
	strv_split(&name, optset_text(&p->lab->opts, OPT_INITRAMFS_COMPANIONS));
	for (size_t i = 0; i < name.n; i++) {
		char *rel = fs_join("out/companions", name.v[i]), *path = lab_path(p->lab, rel);
		if (fs_size(path) >= 0)
			record_output(&p->rec, "init", rel, path);
		free(rel);
		free(path);
	}
	strv_done(&name);
}

static void note_history(const struct pipeline *p, const char *program)
{
	struct inithistory h;
	inithistory_load(&h, p->lab);
	inithistory_built(&h, optset_text(&p->lab->opts, OPT_INIT_VARIANT), program);
	inithistory_close(&h);
}

static int finish(struct pipeline *p, struct err *e)
{
	char *path = pipeline_out(p, "init");
	int r = 0;
	if (fs_size(path) < 0) {
		r = err_set(e, ERR_INPUT, _("the recipe of init/%s makes no program called init"),
			optset_text(&p->lab->opts, OPT_INIT_VARIANT));
		err_hint(e, _("its recipe must name the program `init`: compare with init/c-libc/recipe"));
	} else {
		record_output(&p->rec, "init", "out/init", path);
		record_companions(p);
		note_history(p, path);
	}
	free(path);
	return r;
}

const struct stage_ops stage_init_ops = {
	.name = "init",
	.help = N_("compile the chosen init variant and the companions"),
	.lasting = true,
	.inputs = inputs,
	.start = start,
	.cancel = cancel,
	.finish = finish,
};
