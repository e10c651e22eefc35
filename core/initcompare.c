/* initcompare: see initcompare.h. One variant after the other on the loop. */
#include "core/initcompare.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/boot.h"
#include "core/disasm.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/initbuild.h"
#include "core/initramfs.h"
#include "core/recipe.h"

struct initcompare {
	uv_loop_t *loop;
	const struct lab *lab;
	char *tree;
	struct op_cb cb;
	struct strv name;
	struct initcompare_row *row;
	size_t n; /* rows done or in hand: the last is built now */
	struct initbuild *build;
	struct boot *boot;
	char *face, *kernel, *boot_on; /* of measuring boots; NULL: none is wanted */
	struct inithistory history;
	bool cancelled;
	uv_timer_t next;
};

static int not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_variant(const char *dir)
{
	struct recipe r;
	struct err ignored = {0};
	bool yes = recipe_load(&r, dir, &ignored) == 0;
	if (yes) {
		yes = strv_has(&r.program, "init");
		recipe_done(&r);
	}
	err_done(&ignored);
	return yes;
}

void initcompare_variants(const struct lab *lab, struct strv *out)
{
	struct dirent **entry = NULL;
	char *init = lab_path(lab, "init");
	const int n = scandir(init, &entry, not_hidden, by_name);
	for (int i = 0; i < n; i++) {
		char *dir = fs_join(init, entry[i]->d_name);
		if (is_variant(dir))
			strv_add(out, entry[i]->d_name);
		free(dir);
		free(entry[i]);
	}
	free(entry);
	free(init);
}

static char *in_build(const struct lab *lab, const char *name, const char *file)
{
	char *rel = xasprintf("build/init/%s%s%s", name, *file != '\0' ? "/" : "", file), *path = lab_path(lab, rel);
	free(rel);
	return path;
}

char *initcompare_program(const struct lab *lab, const char *name)
{
	return in_build(lab, name, "init");
}

/* --- measuring --- */

static void measure_code(struct initcompare_row *r, const struct elfview *v)
{
	struct disasm d;
	struct err ignored = {0};
	if (disasm_run(&d, v, &ignored) == 0)
		r->call = disasm_calls(&d, &r->n_call, &r->more_calls);
	disasm_done(&d);
	err_done(&ignored);
}

/* Bytes that were reached as code count as code: hand-made files have no sections to say so. */
static void measure_sizes(struct initcompare_row *r, struct elfview *v)
{
	disasm_mark_code(v);
	elfview_sizes(v, &r->size);
}

static void measure_archive(struct initcompare *c, struct initcompare_row *r, const char *program)
{
	struct initramfs_result result = {0};
	struct err ignored = {0};
	char *out = in_build(c->lab, r->name, "initramfs.cpio");
	const struct initramfs_params p = {.init = program, .compression = "none", .out = out};
	if (initramfs_write(&p, &result, &ignored) == 0)
		r->archive = result.size;
	err_done(&ignored);
	free(out);
}

static void take_prompt(struct initcompare *c, struct initcompare_row *r, const char *program)
{
	const char *on;
	free(r->prompt_on);
	r->prompt_ms = inithistory_prompt(&c->history, r->name, program, &on);
	r->prompt_on = on != NULL ? xstrdup(on) : NULL;
}

static void measure(struct initcompare *c, struct initcompare_row *r)
{
	struct err e = {0};
	char *program = initcompare_program(c->lab, r->name);
	size_t n = 0;
	char *bytes = fs_read(program, &n, &e);
	if (bytes != NULL) {
		struct elfview v;
		elfview_init(&v, bytes, n);
		r->n_sym = v.n_sym;
		measure_code(r, &v);
		measure_sizes(r, &v);
		elfview_done(&v);
		measure_archive(c, r, program);
		inithistory_built(&c->history, r->name, program);
		inithistory_sizes(&c->history, r->name, &r->history);
		take_prompt(c, r, program);
	} else {
		r->why = xstrdup(e.msg);
	}
	err_done(&e);
	free(bytes);
	free(program);
}

/* --- building --- */

static void free_compare(struct initcompare *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->row[i].name);
		free(c->row[i].title);
		free(c->row[i].why);
		free(c->row[i].prompt_on);
		free(c->row[i].call);
		strv_done(&c->row[i].survives);
	}
	free(c->row);
	strv_done(&c->name);
	free(c->tree);
	free(c->face);
	free(c->kernel);
	free(c->boot_on);
	free(c);
}

static void on_closed(uv_handle_t *h)
{
	struct initcompare *c = h->data;
	struct err e = {0};
	const struct op_cb cb = c->cb;
	inithistory_close(&c->history);
	if (c->cancelled)
		err_set(&e, ERR_CANCELLED, _("cancelled"));
	cb.done(cb.ctx, &e);
	err_done(&e);
	free_compare(c);
}

static void again(struct initcompare *c);

static void on_build_line(void *ctx, const char *line, size_t n, bool is_err)
{
	struct initcompare *c = ctx;
	if (c->cb.line != NULL)
		c->cb.line(c->cb.ctx, line, n, is_err);
}

static void on_build_command(void *ctx, const char *shell)
{
	struct initcompare *c = ctx;
	if (c->cb.command != NULL)
		c->cb.command(c->cb.ctx, shell);
}

/* --- booting, if that is wanted --- */

static void on_booted(void *ctx, struct err *e)
{
	struct initcompare *c = ctx;
	struct initcompare_row *r = &c->row[c->n - 1];
	const struct boot_result *result = boot_result(c->boot);
	if (!err_is(e) && result->prompt_s >= 0) {
		char *program = initcompare_program(c->lab, r->name);
		inithistory_booted(&c->history, r->name, program, c->boot_on, (int64_t)(result->prompt_s * 1000 + 0.5));
		take_prompt(c, r, program);
		free(program);
	}
	c->boot = NULL;
	again(c);
}

/* False: it is not wanted, or cannot be done. */
static bool start_boot(struct initcompare *c, const struct initcompare_row *r)
{
	static const struct boot_step prompt = {BOOT_EXPECT, BOOT_PROMPT};
	const struct optset *o = &c->lab->opts;
	const struct op_cb cb = {NULL, NULL, on_build_command, on_booted, c};
	struct err ignored = {0};
	if (c->face == NULL || r->why != NULL || c->cancelled)
		return false;
	char *archive = in_build(c->lab, r->name, "initramfs.cpio"),
	     *cmdline = boot_cmdline(c->face, optset_text(o, OPT_BOOT_CMDLINE));
	const struct boot_params p = {.kernel = c->kernel,
		.initramfs = archive,
		.cmdline = cmdline,
		.memory = optset_int(o, OPT_BOOT_MEMORY),
		.accel = optset_text(o, OPT_BOOT_ACCEL),
		.face = c->face,
		.timeout = (double)optset_int(o, OPT_BOOT_TIMEOUT),
		.step = &prompt,
		.n_step = 1};
	c->boot = boot_start(c->loop, &p, &cb, NULL, &ignored);
	err_done(&ignored);
	free(archive);
	free(cmdline);
	return c->boot != NULL;
}

static void on_build_done(void *ctx, struct err *e)
{
	struct initcompare *c = ctx;
	struct initcompare_row *r = &c->row[c->n - 1];
	c->build = NULL;
	if (err_is(e))
		r->why = xstrdup(e->msg);
	else
		measure(c, r);
	if (!start_boot(c, r))
		again(c);
}

/* Begin the next row's build. */
static void build(struct initcompare *c, const char *name)
{
	const struct op_cb cb = {NULL, on_build_line, on_build_command, on_build_done, c};
	struct initcompare_row *r = &c->row[c->n++];
	struct err e = {0};
	char *rel = fs_join("init", name), *dir = lab_path(c->lab, rel), *obj = in_build(c->lab, name, "");
	const struct initbuild_params p = {
		dir, obj, obj, optset_text(&c->lab->opts, OPT_INIT_CC), c->tree, INITBUILD_PROGRAMS};
	struct recipe recipe;
	*r = (struct initcompare_row){.name = xstrdup(name), .title = xstrdup(""), .archive = -1, .prompt_ms = -1};
	if (recipe_load(&recipe, dir, &e) == 0) {
		free(r->title);
		r->title = xstrdup(recipe.title);
		for (size_t i = 0; i < recipe.survives.n; i++)
			strv_add(&r->survives, recipe.survives.v[i]);
		recipe_done(&recipe);
		c->build = initbuild_start(c->loop, &p, &cb, &e);
	}
	if (c->build == NULL) {
		r->why = xstrdup(e.msg);
		again(c);
	}
	err_done(&e);
	free(rel);
	free(dir);
	free(obj);
}

static void on_next(uv_timer_t *t)
{
	struct initcompare *c = t->data;
	if (c->cancelled || c->n == c->name.n) {
		uv_close((uv_handle_t *)t, on_closed);
		return;
	}
	if (c->cb.progress != NULL)
		c->cb.progress(c->cb.ctx, c->name.v[c->n], c->n, c->name.n);
	build(c, c->name.v[c->n]);
}

static void again(struct initcompare *c)
{
	uv_timer_start(&c->next, on_next, 0, 0);
}

/* What a boot is measured on, in words: the kernel by its fingerprint. */
static void boots_on(struct initcompare *c, const char *face)
{
	struct err ignored = {0};
	char hex[65] = "?";
	c->face = xstrdup(face);
	c->kernel = lab_path(c->lab, "out/bzImage");
	fs_sha256_file(c->kernel, hex, &ignored);
	c->boot_on = xasprintf("bzImage %.12s, %lld bytes, %s, accel %s, %ld MiB", hex, (long long)fs_size(c->kernel),
		face, optset_text(&c->lab->opts, OPT_BOOT_ACCEL), (long)optset_int(&c->lab->opts, OPT_BOOT_MEMORY));
	err_done(&ignored);
}

struct initcompare *initcompare_start(uv_loop_t *loop, const struct initcompare_params *p, const struct op_cb *cb)
{
	struct initcompare *c = xcalloc(1, sizeof(*c));
	struct err ignored = {0};
	c->loop = loop;
	c->lab = p->lab;
	c->tree = p->tree != NULL ? xstrdup(p->tree) : NULL;
	c->cb = *cb;
	for (size_t i = 0; i < p->names->n; i++)
		strv_add(&c->name, p->names->v[i]);
	c->row = xcalloc(c->name.n + 1, sizeof(*c->row));
	free(lab_build_dir(p->lab, &ignored)); /* makes build/, a link where it must be one */
	err_done(&ignored);
	inithistory_load(&c->history, p->lab);
	if (p->face != NULL)
		boots_on(c, p->face);
	uv_timer_init(loop, &c->next);
	c->next.data = c;
	again(c);
	return c;
}

void initcompare_cancel(struct initcompare *c)
{
	c->cancelled = true;
	if (c->build != NULL)
		initbuild_cancel(c->build);
	if (c->boot != NULL)
		boot_cancel(c->boot);
}

const struct initcompare_row *initcompare_rows(const struct initcompare *c, size_t *n)
{
	*n = c->n;
	return c->row;
}
