/* initbuild: see initbuild.h. Runs a recipe's steps one after the other (each takes some ms), in the variant's folder,
 * so that the compiler's messages name the files as the learner knows them; then publishes the programs. */
#include "core/initbuild.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/log.h"
#include "core/logrules.h"
#include "core/pipeline.h"
#include "core/proc.h"
#include "core/recipe.h"
#include "core/str.h"

struct initbuild {
	uv_loop_t *loop;
	struct op_cb cb;
	struct recipe recipe;
	char *dir, *objdir, *outdir, *cc, *tree; /* tree may be NULL */
	size_t at;                               /* the step that runs, or is next */
	struct proc *proc;                       /* NULL between steps */
	struct proc_lines out, err;
	bool cancelled;
	struct log
		*said; /* by the step that runs, to find the line that explains a failure; made with the first line */
};

static const char *tool_of(const struct initbuild_params *p, enum recipe_tool tool)
{
	return tool == RECIPE_CC ? p->cc : recipe_tool_name(tool);
}

/* Other people's environment must not change what is compiled; messages in one language, so that they are understood.
 */
static char *const clean_env[] = {"LC_ALL=C", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH",
	"COMPILER_PATH", "GCC_EXEC_PREFIX", "GCC_COLORS", "CCC_OVERRIDE_OPTIONS", "LD_RUN_PATH", "LDEMULATION",
	"DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES", NULL};

static void free_build(struct initbuild *b)
{
	recipe_done(&b->recipe);
	log_free(b->said);
	free(b->dir);
	free(b->objdir);
	free(b->outdir);
	free(b->cc);
	free(b->tree);
	free(b);
}

static void end(struct initbuild *b, struct err *e)
{
	const struct op_cb cb = b->cb;
	free_build(b);
	cb.done(cb.ctx, e);
	err_done(e);
}

/* The command line of a step. */
static void step_argv(const struct initbuild *b, const struct recipe_step *s, struct strv *argv)
{
	strv_add(argv, s->tool == RECIPE_CC ? b->cc : recipe_tool_name(s->tool));
	for (size_t i = 0; i < s->n; i++) {
		const struct recipe_word *w = &s->word[i];
		switch (w->kind) {
		case RECIPE_MADE:
			strv_addf(argv, "%s/%s", b->objdir, w->text);
			break;
		case RECIPE_TREE:
			strv_addf(argv, "%s%s/%s", w->prefix != NULL ? w->prefix : "", b->tree, w->text);
			break;
		default:
			strv_add(argv, w->text);
		}
	}
}

static void show_command(struct initbuild *b, const struct strv *argv)
{
	if (b->cb.command == NULL)
		return;
	char *cd[] = {"cd", b->dir, NULL}, *first = strv_shell(cd), *then = strv_shell(argv->v);
	char *both = xasprintf("%s && %s", first, then);
	b->cb.command(b->cb.ctx, both);
	free(first);
	free(then);
	free(both);
}

static void tell_line(struct initbuild *b, const char *line, size_t n, bool is_err)
{
	if (b->said == NULL)
		b->said = log_new(1000);
	log_append(b->said, line, n, is_err);
	if (b->cb.line != NULL)
		b->cb.line(b->cb.ctx, line, n, is_err);
}

static void on_out_line(void *ctx, const char *line, size_t n)
{
	tell_line(ctx, line, n, false);
}

static void on_err_line(void *ctx, const char *line, size_t n)
{
	tell_line(ctx, line, n, true);
}

static void on_output(void *ctx, const char *bytes, size_t n, bool is_err)
{
	struct initbuild *b = ctx;
	proc_lines_feed(is_err ? &b->err : &b->out, bytes, n, is_err ? on_err_line : on_out_line, b);
}

/* Put a finished program in its place, executable whatever mode its tool gave it. */
static int publish(struct initbuild *b, const char *name, struct err *e)
{
	char *from = fs_join(b->objdir, name), *to = fs_join(b->outdir, name);
	size_t len = 0;
	char *bytes = fs_read(from, &len, e);
	const int r = bytes != NULL ? fs_write(to, bytes, len, str_ends(name, ".s") ? 0644 : 0755, e) : -1;
	free(bytes);
	free(from);
	free(to);
	return r;
}

static void publish_all(struct initbuild *b)
{
	struct err e = {0};
	for (size_t i = 0; i < b->recipe.program.n; i++)
		if (publish(b, b->recipe.program.v[i], &e) < 0)
			break;
	end(b, &e);
}

static const struct {
	const char *in, *hint;
} hints[] = {
	{"__stack_chk_fail",
		N_("this compiler guards stacks by default, and the guard needs libc: add -fno-stack-protector")},
	{"undefined reference to `mem",
		N_("the compiler calls memcpy and memset of its own accord: without libc, define them")},
	{"undefined reference to `main'", N_("libc's start code calls main: define it, or link with -nostartfiles")},
	{"cannot find -lc", N_("a static /init needs libc.a: apt-get install libc6-dev")},
	{"stdlib.h: No such file", N_("the C library's headers are missing: apt-get install libc6-dev")},
	{"unistd.h: No such file", N_("the C library's headers are missing: apt-get install libc6-dev")},
	{"syscalls_64.h: No such file",
		N_("that header is made while a kernel is built, and its form differs: the table itself is "
		   "arch/x86/entry/syscalls/syscall_64.tbl (kiln init syscalls); include <sys/syscall.h> for the "
		   "numbers")},
	{"No space left on device", N_("the disk is full: make room, then build again")},
};

static void give_hint(const char *line, const char *otherwise, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(hints); i++)
		if (strstr(line, hints[i].in) != NULL)
			err_hint(e, "%s", _(hints[i].hint));
	if (otherwise != NULL)
		err_hint(e, "%s", otherwise);
}

/* The line that explains the failure, as an error at its place. */
static void explain(const struct initbuild *b, struct err *e)
{
	size_t i = b->said != NULL ? log_find_severity(b->said, (size_t)-1, 1, LOG_ERROR) : (size_t)-1;
	if (i == (size_t)-1)
		return;
	const struct log_line l = log_get(b->said, i);
	char *text = xstrndup(l.text, l.n), *file = l.file != NULL ? fs_join(b->dir, l.file) : NULL;
	const char *message = strstr(text, "rror: ");
	if (file != NULL)
		err_at(e, file, l.line, l.col, "%s", message != NULL ? message + 6 : text);
	else
		err_set(e, ERR_INPUT, "%s", text);
	err_evidence(e, text);
	give_hint(text, log_hint(b->said, i), e);
	free(file);
	free(text);
}

static void step_failed(struct initbuild *b, int status, int sig, struct err *e)
{
	const struct recipe_step *s = &b->recipe.step[b->at];
	const char *source = recipe_step_source(s), *tool = s->tool == RECIPE_CC ? b->cc : recipe_tool_name(s->tool);
	if (b->cancelled) {
		err_set(e, ERR_CANCELLED, _("cancelled"));
		return;
	}
	explain(b, e);
	if (err_is(e))
		return;
	char *how = sig != 0 ? xasprintf("killed by signal %d", sig) : xasprintf("exit status %d", status);
	err_at(e, b->recipe.path, s->line, 1, _("%s failed on %s: %s"), tool, source != NULL ? source : s->makes, how);
	free(how);
}

static int start_step(struct initbuild *b, struct err *e);

static void on_exit_status(void *ctx, int status, int sig)
{
	struct initbuild *b = ctx;
	struct err e = {0};
	proc_lines_end(&b->out, on_out_line, b);
	proc_lines_end(&b->err, on_err_line, b);
	b->proc = NULL;
	if (status != 0 || b->cancelled)
		step_failed(b, status, sig, &e);
	else if (++b->at == b->recipe.n)
		return publish_all(b);
	else if (start_step(b, &e) == 0)
		return;
	end(b, &e);
}

static int start_step(struct initbuild *b, struct err *e)
{
	const struct recipe_step *s = &b->recipe.step[b->at];
	struct strv argv = {0};
	step_argv(b, s, &argv);
	if (s->makes != NULL) { /* what an earlier build left must never pass for this one's */
		char *old = fs_join(b->objdir, s->makes);
		unlink(old);
		free(old);
	}
	log_free(b->said);
	b->said = NULL;
	show_command(b, &argv);
	if (b->cb.progress != NULL)
		b->cb.progress(b->cb.ctx, s->makes != NULL ? s->makes : argv.v[0], b->at, b->recipe.n);
	const struct proc_opts o = {
		.argv = argv.v,
		.cwd = b->dir,
		.env = clean_env,
		.on_output = on_output,
		.on_exit = on_exit_status,
		.ctx = b,
	};
	b->proc = proc_start(b->loop, &o, e);
	strv_done(&argv);
	return b->proc != NULL ? 0 : -1;
}

/* What the recipe asks of this machine. */
static int check_needs(const struct recipe *r, const struct initbuild_params *p, struct err *e)
{
	for (size_t i = 0; i < r->n_need; i++) {
		char *found = fs_which(r->need[i].tool);
		free(found);
		if (found != NULL)
			continue;
		err_set(e, ERR_WORLD, _("%s is not installed, and %s needs it"), r->need[i].tool, r->path);
		err_hint(e, _("apt-get install %s, or choose another variant (init.variant)"), r->need[i].package);
		return -1;
	}
	if (r->uses_tree && p->tree == NULL) {
		err_set(e, ERR_WORLD, _("%s needs the kernel source, which is not unpacked yet"), r->path);
		err_hint(e, _("kiln build source, then again"));
		return -1;
	}
	return 0;
}

static struct initbuild *make(uv_loop_t *loop, const struct initbuild_params *p, const struct op_cb *cb)
{
	struct initbuild *b = xcalloc(1, sizeof(*b));
	b->loop = loop;
	b->cb = *cb;
	b->dir = fs_absolute(p->dir);
	b->objdir = fs_absolute(p->objdir);
	b->outdir = fs_absolute(p->outdir);
	b->cc = xstrdup(p->cc);
	b->tree = p->tree != NULL ? fs_absolute(p->tree) : NULL;
	return b;
}

static int load(struct recipe *r, const struct initbuild_params *p, struct err *e)
{
	if (recipe_load(r, p->dir, e) < 0)
		return -1;
	if (p->what == INITBUILD_DEBUG)
		recipe_to_debug(r);
	if (p->what != INITBUILD_LISTING)
		return 0;
	recipe_to_listing(r, strcmp(p->cc, "clang") == 0);
	return r->n > 0 ? 0 : err_set(e, ERR_INPUT, "%s has no C source: there is nothing to list", p->dir);
}

struct initbuild *initbuild_start(
	uv_loop_t *loop, const struct initbuild_params *p, const struct op_cb *cb, struct err *e)
{
	struct initbuild *b = make(loop, p, cb);
	if (load(&b->recipe, p, e) == 0 && check_needs(&b->recipe, p, e) == 0 && fs_mkdirs(p->objdir, e) == 0 &&
		fs_mkdirs(p->outdir, e) == 0 && start_step(b, e) == 0)
		return b;
	free_build(b);
	return NULL;
}

void initbuild_cancel(struct initbuild *b)
{
	b->cancelled = true;
	if (b->proc != NULL)
		proc_cancel(b->proc, 2000);
}

/* --- fingerprints --- */

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_source(const struct dirent *d)
{
	return d->d_name[0] != '.' && !str_starts(d->d_name, "README");
}

/* Sources by content, each file once, under its own name, so that "init.c changed" can be said. */
static int add_sources(const char *dir, struct inputs *in, struct err *e)
{
	struct dirent **entry = NULL;
	const int n = scandir(dir, &entry, is_source, by_name);
	int ret = n < 0 ? err_sys(e, errno, _("cannot read %s"), dir) : 0;
	for (int i = 0; i < n; i++) {
		char *path = fs_join(dir, entry[i]->d_name), hex[65];
		if (ret == 0 && fs_size(path) >= 0) {
			ret = fs_sha256_file(path, hex, e);
			if (ret == 0)
				inputs_add(in, entry[i]->d_name, hex);
		}
		free(path);
		free(entry[i]);
	}
	free(entry);
	return ret;
}

/* A folder of the kernel tree that the recipe reads, or that of a header it includes: all are small. */
static int add_tree_folder(const char *tree, const char *sub, struct inputs *in, struct err *e)
{
	char *path = fs_join(tree, sub), hex[65];
	char *slash = strrchr(path, '/');
	if (!fs_is_dir(path))
		*slash = '\0';
	const int ret = fs_sha256_tree(path, hex, e);
	free(path);
	if (ret == 0)
		inputs_add(in, sub, hex);
	return ret;
}

static int add_tree(const struct recipe *r, const char *tree, struct inputs *in, struct err *e)
{
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->step[i].n; k++) {
			const struct recipe_word *w = &r->step[i].word[k];
			if (w->kind == RECIPE_TREE && add_tree_folder(tree, w->text, in, e) < 0)
				return -1;
		}
	}
	return 0;
}

int initbuild_inputs(const struct initbuild_params *p, struct inputs *in, struct err *e)
{
	struct recipe r;
	bool seen[RECIPE_TOOL_N] = {false};
	if (recipe_load(&r, p->dir, e) < 0)
		return -1;
	for (size_t i = 0; i < r.n; i++) {
		if (!seen[r.step[i].tool])
			pipeline_add_tool(in, tool_of(p, r.step[i].tool));
		seen[r.step[i].tool] = true;
	}
	int ret = add_sources(p->dir, in, e);
	if (ret == 0 && r.uses_tree && p->tree != NULL)
		ret = add_tree(&r, p->tree, in, e);
	recipe_done(&r);
	return ret;
}
