/* check_boot: the kinds of checks that boot what is in out/: `boot` (its output matches) and `console` (a dialogue).
 * The guest has no network and no host files (vm.h); what it prints is kept to the last 200 kB as safe text. */
#include <stdlib.h>
#include <string.h>

#include "core/boot.h"
#include "core/check_int.h"
#include "core/fs.h"
#include "core/i18n.h"

#define CHECK_TEXT_MAX (200u << 10)

struct check_boot {
	struct check_eval *x;
	void (*done)(void *ctx, bool passed);
	void *ctx;
	struct boot *boot;
	struct boot_step *step;
	size_t n_step;
	struct buf text;
	char *kernel, *initramfs, *cmdline, *image;
	const char * not ; /* must not match what was printed */
	bool watch_only;   /* nothing is expected: the time is to run out */
};

/* "{rand}" in a text becomes this run's token, "{ctrl-d}" and "{ctrl-c}" those keys. Returns owned. */
static char *with_token(const char *text, const char *token)
{
	const char *const mark[][2] = {{"{rand}", token}, {"{ctrl-d}", "\x04"}, {"{ctrl-c}", "\x03"}};
	struct buf b = {0};
	while (*text != '\0') {
		size_t i = 0;
		while (i < ARRAY_LEN(mark) && strncmp(text, mark[i][0], strlen(mark[i][0])) != 0)
			i++;
		if (i < ARRAY_LEN(mark)) {
			buf_adds(&b, mark[i][1]);
			text += strlen(mark[i][0]);
		} else {
			buf_addc(&b, *text++);
		}
	}
	return buf_take(&b);
}

static void add_step(struct check_boot *b, enum boot_step_kind kind, const char *text, const char *token)
{
	b->step = xrealloc(b->step, (b->n_step + 1) * sizeof(*b->step));
	b->step[b->n_step++] = (struct boot_step){kind, with_token(text, token)};
}

/* The dialogue's steps, or the one pattern of `boot`. Returns the seconds allowed in all. */
static double read_steps(struct check_boot *b, const char *kind)
{
	const struct ynode *arg = b->x->arg;
	unsigned seed = b->x->env->seed != 0 ? b->x->env->seed : (unsigned)uv_hrtime();
	char token[16];
	double within = 0;
	snprintf(token, sizeof(token), "k%07x", seed * 2654435761u >> 4);
	if (strcmp(kind, "boot") == 0) {
		const char *expect = ynode_text(arg, "expect", NULL);
		b->not = ynode_text(arg, "not", NULL);
		b->watch_only = expect == NULL;
		if (expect != NULL)
			add_step(b, BOOT_EXPECT, expect, token);
		return strtod(ynode_text(arg, "within", "20"), NULL);
	}
	for (size_t i = 0; i < arg->n; i++) {
		const struct ynode *one = &arg->item[i];
		const char *send = ynode_text(one, "send", NULL), *expect = ynode_text(one, "expect", NULL);
		if (send != NULL)
			add_step(b, BOOT_SEND, send, token);
		if (expect != NULL)
			add_step(b, BOOT_EXPECT, expect, token);
		b->not = ynode_text(one, "not", b->not );
		within += strtod(ynode_text(one, "within", "10"), NULL);
	}
	return within;
}

static void on_text(void *ctx, const char *text, size_t n)
{
	struct check_boot *b = ctx;
	buf_add(&b->text, text, n);
	if (b->text.n > CHECK_TEXT_MAX)
		buf_eat(&b->text, b->text.n - CHECK_TEXT_MAX / 2);
}

static void release(struct check_boot *b)
{
	for (size_t i = 0; i < b->n_step; i++)
		free((char *)b->step[i].text);
	free(b->step);
	buf_done(&b->text);
	free(b->kernel);
	free(b->initramfs);
	free(b->cmdline);
	free(b->image);
	free(b);
}

/* What proves a failure: the panic, its cause, else the last line seen. */
static void explain(struct check_boot *b, const struct boot_result *r)
{
	struct buf *out = &b->x->evidence;
	const char *line = r->panic != NULL ? r->panic : r->last != NULL ? r->last : _("the console stayed silent");
	buf_adds(out, line);
	if (r->cause != NULL)
		buf_addf(out, " (%s)", r->cause);
	if (b->x->value.n == 0)
		buf_adds(&b->x->value, line);
}

static void on_done(void *ctx, struct err *e)
{
	struct check_boot *b = ctx;
	const struct boot_result *r = boot_result(b->boot);
	bool ran = r->end == BOOT_MATCHED || (b->watch_only && r->end != BOOT_BROKEN && r->end != BOOT_STOPPED);
	bool hit = ran && b->not != NULL && b->text.n > 0 && check_match(b->x, b->not, b->text.p, b->text.n);
	if (r->end == BOOT_BROKEN || r->end == BOOT_STOPPED)
		err_move(&b->x->trouble, e);
	else if (!ran)
		explain(b, r);
	else if (hit)
		buf_add(&b->x->value, b->x->evidence.p, b->x->evidence.n);
	void (*done)(void *, bool) = b->done;
	void *done_ctx = b->ctx;
	release(b);
	done(done_ctx, ran && !hit);
}

/* Is the artefact there? Else the check fails with the next step as evidence. */
static bool have(struct check_boot *b, const char *path, const char *stage)
{
	if (fs_size(path) > 0)
		return true;
	buf_addf(&b->x->evidence, _("nothing is built yet: `build %s`"), stage);
	buf_adds(&b->x->value, "nothing built");
	return false;
}

struct check_boot *check_boot_start(
	struct check_eval *x, const char *kind, void (*done)(void *ctx, bool passed), void *ctx)
{
	const struct pipeline *p = x->env->pipeline;
	struct check_boot *b = xcalloc(1, sizeof(*b));
	*b = (struct check_boot){.x = x, .done = done, .ctx = ctx};
	double within = read_steps(b, kind);
	const struct ynode *with = x->arg->kind == YNODE_MAP ? ynode_get(x->arg, "initramfs") : NULL;
	const struct ynode *cd = x->arg->kind == YNODE_MAP ? ynode_get(x->arg, "iso") : NULL;
	const char *face = x->arg->kind == YNODE_MAP ? ynode_text(x->arg, "face", NULL) : NULL;
	face = face != NULL ? face : pipeline_boot_face(p);
	bool bare = with != NULL && !check_yes(x, with), from_cd = cd != NULL && check_yes(x, cd);
	b->kernel = pipeline_out(p, "bzImage");
	b->initramfs = pipeline_out(p, "initramfs.cpio");
	b->image = pipeline_out(p, "image.iso");
	b->cmdline = boot_cmdline(face, optset_text(&p->lab->opts, OPT_BOOT_CMDLINE));
	const struct boot_params params = {.kernel = b->kernel,
		.initramfs = bare ? NULL : b->initramfs,
		.medium = from_cd ? BOOT_CD : BOOT_DIRECT,
		.image = b->image,
		.cmdline = b->cmdline,
		.memory = optset_int(&p->lab->opts, OPT_BOOT_MEMORY),
		.accel = optset_text(&p->lab->opts, OPT_BOOT_ACCEL),
		.face = face,
		.timeout = within * (x->env->scale > 0 ? x->env->scale : 1),
		.step = b->step,
		.n_step = b->n_step,
		.expect_exit = b->watch_only};
	const struct op_cb cb = {NULL, NULL, NULL, on_done, b};
	if (from_cd ? have(b, b->image, "iso")
		    : have(b, b->kernel, "kernel") && (bare || have(b, b->initramfs, "initramfs")))
		b->boot = boot_start(x->env->loop, &params, &cb, on_text, &x->trouble);
	if (b->boot != NULL)
		return b;
	release(b);
	return NULL;
}

void check_boot_cancel(struct check_boot *b)
{
	b->not = NULL; /* of the lesson, which may be gone by the end */
	boot_cancel(b->boot);
}
