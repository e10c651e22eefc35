/* initcompare: see initcompare.h. One variant after the other on the loop. */
#include "core/initcompare.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

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
	struct disasm d;
	struct err ignored = {0};
	if (v->n_sh == 0 && disasm_run(&d, v, &ignored) == 0) {
		disasm_mark(&d, v);
		disasm_done(&d);
	}
	err_done(&ignored);
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
		free(c->row[i].call);
		strv_done(&c->row[i].survives);
	}
	free(c->row);
	strv_done(&c->name);
	free(c->tree);
	free(c);
}

static void on_closed(uv_handle_t *h)
{
	struct initcompare *c = h->data;
	struct err e = {0};
	const struct op_cb cb = c->cb;
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

static void on_build_done(void *ctx, struct err *e)
{
	struct initcompare *c = ctx;
	struct initcompare_row *r = &c->row[c->n - 1];
	c->build = NULL;
	if (err_is(e))
		r->why = xstrdup(e->msg);
	else
		measure(c, r);
	again(c);
}

/* Begin the next row's build. */
static void build(struct initcompare *c, const char *name)
{
	const struct op_cb cb = {NULL, on_build_line, on_build_command, on_build_done, c};
	struct initcompare_row *r = &c->row[c->n++];
	struct err e = {0};
	char *rel = fs_join("init", name), *dir = lab_path(c->lab, rel), *obj = in_build(c->lab, name, "");
	const struct initbuild_params p = {dir, obj, obj, optset_text(&c->lab->opts, OPT_INIT_CC), c->tree, false};
	struct recipe recipe;
	*r = (struct initcompare_row){.name = xstrdup(name), .title = xstrdup(""), .archive = -1};
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

struct initcompare *initcompare_start(
	uv_loop_t *loop, const struct lab *lab, const char *tree, const struct strv *names, const struct op_cb *cb)
{
	struct initcompare *c = xcalloc(1, sizeof(*c));
	struct err ignored = {0};
	c->loop = loop;
	c->lab = lab;
	c->tree = tree != NULL ? xstrdup(tree) : NULL;
	c->cb = *cb;
	for (size_t i = 0; i < names->n; i++)
		strv_add(&c->name, names->v[i]);
	c->row = xcalloc(c->name.n + 1, sizeof(*c->row));
	free(lab_build_dir(lab, &ignored)); /* makes build/, a link where it must be one */
	err_done(&ignored);
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
}

const struct initcompare_row *initcompare_rows(const struct initcompare *c, size_t *n)
{
	*n = c->n;
	return c->row;
}
