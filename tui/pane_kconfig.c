/* pane_kconfig: the kernel options, by the selected tree's own parser (core/kc.h): browse, search, set, and see what
 * each edit brought with it, why an option cannot be set, and what it would take. The article's five options are
 * marked 5. */
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/kcbuild.h"
#include "core/str.h"
#include "tui/kcfg.h"

static struct kcfg *of(const struct pane *p)
{
	return p->state;
}

/* --- the model comes and goes --- */

static void on_tree(void *ctx)
{
	struct kcfg *k = ctx;
	k->tree_here = true;
	k->stale = true;
	kcfg_take_base(k);
	pane_touch(k->pane);
}

static void open_again(struct kcfg *k);

static void on_ready(void *ctx, struct err *e)
{
	struct kcfg *k = ctx;
	if (err_is(e) && k->ready) {
		open_again(k);
	} else if (err_is(e)) {
		err_move(&k->broken, e);
		k->tree_here = false;
	} else {
		k->ready = true;
		free(k->identity);
		k->identity = kcbuild_identity(k->tree, NULL);
		kcfg_take_base(k);
	}
	k->stale = true;
	pane_touch(k->pane);
}

static void on_changed(void *ctx)
{
	struct kcfg *k = ctx;
	k->stale = true;
	pane_touch(k->pane);
}

static void on_message(void *ctx, const char *text, bool is_warning)
{
	struct kcfg *k = ctx;
	ui_say(k->pane->ui, is_warning ? UI_WARNING : UI_INFO, "%s", text);
	if (is_warning && !k->ready) /* of the file that is opened: stays until the first edit */
		kcfg_news(k, true, "%s", text);
}

static void forget(struct kcfg *k)
{
	if (k->kc != NULL)
		kc_close(k->kc);
	k->kc = NULL;
	kcfg_drop_bases(k);
	k->tree_here = k->ready = false;
	free(k->tree);
	free(k->identity);
	free(k->row);
	free(k->open);
	free(k->marked);
	free(k->differs);
	free(k->hit);
	k->tree = k->identity = NULL;
	k->row = NULL;
	k->open = k->marked = k->differs = NULL;
	k->hit = NULL;
	k->n_row = k->n_hit = 0;
	k->detail.sym = -1;
	err_done(&k->broken);
}

static void open_tree(struct kcfg *k, const char *tree)
{
	char *config = lab_path(&k->pane->ui->app->lab, "kernel.config");
	const struct kc_params params = {.tree = tree,
		.config = fs_exists(config) ? config : NULL,
		.tree_ready = on_tree,
		.ready = on_ready,
		.changed = on_changed,
		.message = on_message,
		.ctx = k};
	forget(k);
	k->tree = xstrdup(tree);
	k->cursor = 0;
	k->kc = kc_open(k->pane->ui->app->loop, &params, &k->broken);
	free(config);
}

/* The tree is another under the same name: its menus are read anew. The edits are in kernel.config, undo is not. */
static void open_again(struct kcfg *k)
{
	char *tree = xstrdup(k->tree);
	ui_say(k->pane->ui, UI_WARNING, "%s", _("the kernel tree was changed: its options are read again"));
	open_tree(k, tree);
	free(tree);
}

/* Cheap as long as the pipeline sees the tree as we did. */
static bool tree_changed(const struct kcfg *k, const struct pipeline *p)
{
	const struct inputs *in = &p->stage[STAGE_CONFIG].in;
	bool same = k->identity == NULL;
	for (size_t i = 0; i < in->n && !same; i++)
		same = strcmp(in->v[i].value, k->identity) == 0;
	if (same || pipeline_busy(p))
		return false;
	char *now = kcbuild_identity(k->tree, NULL);
	same = strcmp(now, k->identity) == 0;
	free(now);
	return !same;
}

/* The pipeline moved on: there may be a tree now, another tree, or a kernel.config that was made anew. */
static void look_at_lab(struct kcfg *k)
{
	const struct pipeline *p = k->pane->ui->app->pipeline;
	if (p == NULL || p->rev + p->looks == k->pipeline_rev || k->edits > 0) /* an edit under way: when it is done */
		return;
	k->pipeline_rev = p->rev + p->looks;
	if (pipeline_busy(p) && (p->running == STAGE_SOURCE || p->running == STAGE_CONFIG))
		return;
	const char *tree = p->source.tree;
	if (tree != NULL && (k->tree == NULL || strcmp(k->tree, tree) != 0))
		open_tree(k, tree);
	else if (k->ready && tree_changed(k, p))
		open_again(k);
	else if (k->ready && !ui_asking(k->pane->ui))
		kcfg_reload(k);
	else
		k->pipeline_rev--; /* as soon as it can be */
}

static unsigned rev_of(const struct pane *p)
{
	struct kcfg *k = of(p);
	look_at_lab(k);
	return p->rev;
}

static int open_pane(struct pane *p, struct err *e)
{
	(void)e;
	struct kcfg *k = xcalloc(1, sizeof(*k));
	p->state = k;
	k->pane = p;
	k->pipeline_rev = ~0u;
	kcfg_detail_init(k);
	return 0;
}

static void close_pane(struct pane *p)
{
	struct kcfg *k = of(p);
	forget(k);
	kcfg_detail_done(k);
	strv_done(&k->news);
	free(k->pattern);
	free(k);
}

static void draw_pane(struct pane *p, const struct draw *d, bool focused)
{
	kcfg_draw(of(p), d, focused);
}

/* The page on a symbol is wrapped to the width. */
static void resize_pane(struct pane *p, int rows, int cols)
{
	struct kcfg *k = of(p);
	(void)rows, (void)cols;
	if (k->detail.sym >= 0)
		kcfg_detail_open(k, k->detail.sym, false);
}

static void status_of(const struct pane *p, struct buf *out)
{
	const struct kcfg *k = of(p);
	if (!k->tree_here)
		return;
	unsigned n = 0;
	for (size_t i = 0; i < ARRAY_LEN(kcfg_article); i++) {
		struct kc_sym s = {0};
		int sym = kc_find(k->kc, kcfg_article[i]);
		if (sym >= 0)
			kc_sym(k->kc, sym, &s);
		n += s.value != NULL && s.value[0] == 'y';
	}
	buf_addf(out, _("five: %u of 5"), n);
	if (k->filter != KCFG_ALL)
		buf_addf(out, " %s", kcfg_filter_name(k));
	if (k->show_all)
		buf_addf(out, " %s", _("all"));
	if (!k->ready || k->edits > 0)
		buf_adds(out, " …");
}

static bool is_busy(const struct pane *p)
{
	const struct kcfg *k = of(p);
	return k->edits > 0 || (k->kc != NULL && !k->ready && !err_is(&k->broken));
}

/* --- keys and mouse --- */

static bool on_key(struct pane *p, const struct key *key)
{
	struct kcfg *k = of(p);
	long page = p->rows > 3 ? p->rows - 2 : 1;
	if (!k->tree_here)
		return false;
	if (k->detail.sym >= 0)
		return kcfg_detail_key(k, key);
	if (k->stale)
		kcfg_rows(k);
	switch (key->code) {
	case K_UP:
	case 'k':
		kcfg_move(k, -1);
		return true;
	case K_DOWN:
	case 'j':
		kcfg_move(k, 1);
		return true;
	case K_PGUP:
		kcfg_move(k, -page);
		return true;
	case K_PGDN:
		kcfg_move(k, page);
		return true;
	case K_HOME:
	case 'g':
		kcfg_move(k, -(1L << 30));
		return true;
	case K_END:
	case 'G':
		kcfg_move(k, 1L << 30);
		return true;
	case K_RIGHT:
	case 'l':
		kcfg_fold(k, true);
		return true;
	case K_LEFT:
	case 'h':
		kcfg_fold(k, false);
		return true;
	default:
		return false;
	}
}

static bool on_mouse(struct pane *p, const struct mouse *m)
{
	struct kcfg *k = of(p);
	if (!k->tree_here)
		return false;
	if (k->detail.sym >= 0)
		return kcfg_detail_mouse(k, m);
	if (m->kind == MOUSE_WHEEL_UP || m->kind == MOUSE_WHEEL_DOWN) {
		kcfg_move(k, m->kind == MOUSE_WHEEL_UP ? -3 : 3);
		return true;
	}
	long row = m->kind == MOUSE_PRESS && m->button == 1 ? kcfg_row_at(k, m->y) : -1;
	if (row < 0)
		return false;
	bool again = k->cursor == k->row[row];
	k->cursor = k->row[row];
	pane_touch(p);
	if (again || m->clicks >= 2)
		ui_command(p->ui, "kconfig.open");
	return true;
}

const struct pane_ops pane_kconfig = {
	.name = "kconfig",
	.title = N_("Kernel options"),
	.open = open_pane,
	.close = close_pane,
	.draw = draw_pane,
	.resize = resize_pane,
	.key = on_key,
	.mouse = on_mouse,
	.status = status_of,
	.rev = rev_of,
	.busy = is_busy,
	.commands = kcfg_commands,
	.n_commands = KCFG_COMMANDS,
};
