/* kcfg_edit: see kcfg.h. Every edit is answered with its complete consequences, shown at the pane's bottom, and is
 * saved to the lab's kernel.config at once: what one sees is what is built; undo goes as deep as the session. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/confdiff.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"
#include "tui/kcfg.h"

void kcfg_news_clear(struct kcfg *k)
{
	strv_done(&k->news);
	k->news_bad = false;
	pane_touch(k->pane);
}

void kcfg_news(struct kcfg *k, bool bad, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *raw = xvasprintf(fmt, ap), *text = keymap_text(k->pane->ui->keymap, "kconfig", raw);
	va_end(ap);
	strv_add(&k->news, text);
	free(raw);
	k->news_bad = k->news_bad || bad;
	free(text);
	pane_touch(k->pane);
}

static const char *name_of(const struct kcfg *k, int sym)
{
	struct kc_sym s;
	if (sym < 0)
		return "?";
	kc_sym(k->kc, sym, &s);
	return s.name != NULL ? s.name : _("a choice");
}

static void tell_change(struct kcfg *k, const struct kc_change *c)
{
	if (c->because >= 0 && c->because != c->sym)
		kcfg_news(k, false, _("  %s: %s -> %s, because of %s"), name_of(k, c->sym), c->was, c->now,
			name_of(k, c->because));
	else
		kcfg_news(k, false, "%s: %s -> %s", name_of(k, c->sym), c->was, c->now);
}

/* Can it be told to one who knows only the menus? */
static bool has_prompt(const struct kcfg *k, int sym)
{
	struct kc_sym s;
	struct kc_node n;
	kc_sym(k->kc, sym, &s);
	if (s.node < 0)
		return false;
	kc_node(k->kc, s.node, &n);
	return n.prompt != NULL;
}

/* What was edited, then what that changed in the menus at once, then what followed in them, then the tree's inner
 * workings. */
static void tell_changes(struct kcfg *k, const struct kc_change *change, size_t n)
{
	bool *edited = xcalloc((size_t)kc_n_syms(k->kc) + 1, sizeof(*edited));
	for (size_t i = 0; i < n; i++)
		edited[change[i].sym] = change[i].because < 0;
	for (int pass = 0; pass < 4; pass++)
		for (size_t i = 0; i < n; i++) {
			const struct kc_change *c = &change[i];
			int rank = c->because < 0 ? 0 : !has_prompt(k, c->sym) ? 3 : edited[c->because] ? 1 : 2;
			if (rank == pass)
				tell_change(k, c);
		}
	free(edited);
}

/* --- saving --- */

static char *config_path(const struct kcfg *k)
{
	return lab_path(&k->pane->ui->app->lab, "kernel.config");
}

static void on_saved(void *ctx, struct err *e)
{
	struct kcfg *k = ctx;
	k->edits--;
	if (err_is(e))
		ui_error(k->pane->ui, e);
	else
		ui_lab_changed(k->pane->ui);
	k->pipeline_rev = ~0u; /* a good time to look whether the tree is as it was */
}

static void save(struct kcfg *k)
{
	char *path = config_path(k);
	k->edits++;
	kc_save(k->kc, path, on_saved, k);
	free(path);
}

static void ask_whose(struct kcfg *k);

/* What the file has beside what the screen has; then the question comes again. */
static void on_mine(void *ctx, const char *text, size_t n, struct err *e)
{
	struct kcfg *k = ctx;
	struct confdiff d;
	char *path = config_path(k), *theirs = err_is(e) ? NULL : fs_read(path, NULL, e);
	(void)n;
	k->edits--;
	if (theirs != NULL) {
		confdiff_make(&d, theirs, text);
		kcfg_news_clear(k);
		kcfg_news(k, false,
			ngettext("%zu option differs (in the file -> here):",
				"%zu options differ (in the file -> here):", d.n),
			d.n);
		for (size_t i = 0; i < d.n; i++)
			kcfg_news(k, false, "%s: %s -> %s", d.row[i].name, d.row[i].a != NULL ? d.row[i].a : "-",
				d.row[i].b != NULL ? d.row[i].b : "-");
		confdiff_done(&d);
		ask_whose(k);
	} else {
		ui_error(k->pane->ui, e);
	}
	free(theirs);
	free(path);
}

static void on_reload_answer(void *ctx, char key)
{
	struct kcfg *k = ctx;
	char *path = config_path(k);
	if (key == 'r') {
		kcfg_load(k, path);
	} else if (key == 'o') {
		save(k);
	} else if (key == 'd') {
		k->edits++;
		kc_text(k->kc, false, on_mine, k);
	}
	free(path);
}

static void ask_whose(struct kcfg *k)
{
	ui_confirm(k->pane->ui, _("kernel.config was changed on disk by something else."),
		_("r=Reload it (this edit is lost)|o=Overwrite it|d=Show the difference|k=Keep both for now"),
		on_reload_answer, k);
}

/* Save, unless somebody else changed the file meanwhile: then ask. */
static void save_if_ours(struct kcfg *k)
{
	if (kc_file_changed(k->kc))
		ask_whose(k);
	else
		save(k);
}

/* --- edits --- */

/* head: what was done, NULL: what changed says it. */
static void take_result(struct kcfg *k, const char *head, const struct kc_result *r, struct err *e)
{
	k->edits--;
	k->stale = true;
	if (err_is(e)) {
		if (e->code != ERR_CANCELLED)
			ui_error(k->pane->ui, e);
		return;
	}
	kcfg_news_clear(k);
	if (!r->done) {
		for (size_t i = 0; i < r->reason.n; i++)
			kcfg_news(k, true, "%s", r->reason.v[i]);
		if (r->reason.n == 0)
			kcfg_news(k, true, "%s", _("nothing to do"));
		return;
	}
	if (head != NULL)
		kcfg_news(k, false, "%s: %s", head, r->what);
	const bool many = r->n > 6; /* then the count stands where it is seen */
	if (many)
		kcfg_news(k, false, ngettext("%zu value changed", "%zu values changed", r->n), r->n);
	tell_changes(k, r->change, r->n);
	if (r->n > 1 && !many)
		kcfg_news(k, false, ngettext("%zu value changed", "%zu values changed", r->n), r->n);
	if (r->n == 0)
		kcfg_news(k, false, "%s", _("no value changed"));
	save_if_ours(k);
}

static void on_result(void *ctx, const struct kc_result *r, struct err *e)
{
	take_result(ctx, NULL, r, e);
}

static void on_undone(void *ctx, const struct kc_result *r, struct err *e)
{
	take_result(ctx, _("taken back"), r, e);
}

static void on_redone(void *ctx, const struct kc_result *r, struct err *e)
{
	take_result(ctx, _("done again"), r, e);
}

static bool may_edit(struct kcfg *k)
{
	if (k->kc == NULL || !k->tree_here)
		return false;
	if (k->pane->ui->app->lab.held)
		return true;
	ui_say(k->pane->ui, UI_WARNING, "%s", _("this lab is open read-only: another kiln holds it"));
	return false;
}

struct wait {
	struct kcfg *k;
	char *name, *value;
};

static void set_now(struct kcfg *k, const char *name, const char *value)
{
	k->edits++;
	kc_set(k->kc, name, value, on_result, k);
}

static void on_begin_answer(void *ctx, char key)
{
	struct wait *w = ctx;
	struct kcfg *k = w->k;
	if (key == 't') {
		k->asked = true;
		set_now(k, w->name, w->value);
	} else if (key == 'p') {
		k->asked = true;
		ui_command(k->pane->ui, "build config");
	}
	free(w->name);
	free(w->value);
	free(w);
}

/* In a lab without kernel.config the learner says where to begin, so that no half-empty kernel is built by accident. */
static bool ask_where_to_begin(struct kcfg *k, const char *name, const char *value)
{
	char *path = config_path(k);
	bool there = fs_exists(path) || k->asked;
	free(path);
	if (there)
		return false;
	struct wait *w = xcalloc(1, sizeof(*w));
	*w = (struct wait){k, xstrdup(name), xstrdup(value)};
	char *question =
		xasprintf(_("This lab has no kernel.config yet. Begin from tinyconfig, or from the preset `%s`?"),
			optset_text(&k->pane->ui->app->lab.opts, OPT_KERNEL_PRESET));
	ui_confirm(k->pane->ui, question, _("t=tinyconfig, by hand|p=The preset"), on_begin_answer, w);
	free(question);
	return true;
}

static const char *next_value(const struct kc_sym *s)
{
	char v = s->value != NULL ? s->value[0] : 'n';
	if (s->flags & KC_MEMBER)
		return "y";
	if (s->flags & KC_MODULAR)
		return v == 'n' ? "m" : v == 'm' && s->visible == 2 ? "y" : "n";
	return v == 'y' ? "n" : "y";
}

void kcfg_set(struct kcfg *k, const char *name, const char *value)
{
	struct kc_sym s;
	int sym = k->tree_here ? kc_find(k->kc, name) : -1;
	if (!may_edit(k))
		return;
	if (sym < 0) {
		ui_say(k->pane->ui, UI_WARNING, _("there is no option %s in this kernel"), name);
		return;
	}
	kc_sym(k->kc, sym, &s);
	value = value != NULL ? value : next_value(&s);
	if (!ask_where_to_begin(k, name, value))
		set_now(k, name, value);
}

void kcfg_undo(struct kcfg *k, bool redo)
{
	if (!may_edit(k))
		return;
	if ((redo ? kc_redo_depth(k->kc) : kc_undo_depth(k->kc)) == 0) {
		kcfg_news_clear(k);
		kcfg_news(k, false, "%s", redo ? _("nothing to redo") : _("nothing to undo"));
		return;
	}
	k->edits++;
	if (redo)
		kc_redo(k->kc, on_redone, k);
	else
		kc_undo(k->kc, on_undone, k);
}

/* --- why --- */

static void on_why(void *ctx, const struct strv *lines, struct err *e)
{
	struct kcfg *k = ctx;
	k->edits--;
	if (err_is(e)) {
		ui_error(k->pane->ui, e);
		return;
	}
	for (size_t i = 0; i < lines->n; i++)
		kcfg_news(k, true, "%s", lines->v[i]);
	if (lines->n == 0)
		kcfg_news(k, false, "%s", _("nothing stands in the way: {key:kconfig.toggle} sets it"));
	else
		kcfg_news(k, false, "%s",
			_("{key:kconfig.enable} enables it with everything it needs, after showing what that is"));
}

void kcfg_why(struct kcfg *k, const char *name)
{
	if (!k->tree_here)
		return;
	kcfg_news_clear(k);
	kcfg_news(k, false, _("why %s is not y:"), name);
	k->edits++;
	kc_why(k->kc, name, "y", on_why, k);
}

/* --- plans --- */

static void drop_plan(struct kcfg *k)
{
	for (size_t i = 0; i < k->n_plan; i++) {
		free((char *)k->plan[i].name);
		free((char *)k->plan[i].value);
	}
	free(k->plan);
	free(k->plan_name);
	free(k->plan_value);
	k->plan = NULL;
	k->n_plan = 0;
	k->plan_name = k->plan_value = NULL;
}

static void on_plan_answer(void *ctx, char key)
{
	struct kcfg *k = ctx;
	if (key == 'y' && k->n_plan > 0) {
		k->edits++;
		k->asked = true;
		char *what = xasprintf(strcmp(k->plan_value, "n") == 0 ? _("disable %s with what forces it")
								       : _("enable %s with what it needs"),
			k->plan_name);
		kc_apply(k->kc, k->plan, k->n_plan, what, on_result, k);
		free(what);
	} else {
		kcfg_news_clear(k);
	}
	drop_plan(k);
}

static void keep_plan(struct kcfg *k, const struct kc_plan *plan)
{
	k->plan = xcalloc(plan->n_step + 1, sizeof(*k->plan));
	k->n_plan = plan->n_step;
	for (size_t i = 0; i < plan->n_step; i++)
		k->plan[i] = (struct kc_step){xstrdup(plan->step[i].name), xstrdup(plan->step[i].value)};
}

static void ask_plan(struct kcfg *k, const struct kc_plan *plan)
{
	struct buf b = {0};
	for (size_t i = 0; i < plan->n_step; i++)
		buf_addf(&b, "%s%s=%s", i > 0 ? ", " : "", plan->step[i].name, plan->step[i].value);
	kcfg_news(k, false, _("plan for %s=%s: %s"), k->plan_name, k->plan_value, b.p);
	tell_changes(k, plan->r.change, plan->r.n);
	char *question = xasprintf(
		ngettext("Set %s (%zu value changes)?", "Set %s (%zu values change)?", plan->r.n), b.p, plan->r.n);
	ui_confirm(k->pane->ui, question, "yn", on_plan_answer, k);
	free(question);
	buf_done(&b);
}

static void on_plan(void *ctx, const struct kc_plan *plan, struct err *e)
{
	struct kcfg *k = ctx;
	k->edits--;
	if (err_is(e)) {
		ui_error(k->pane->ui, e);
	} else if (!plan->r.done) {
		kcfg_news(k, true, _("there is no way to %s=%s:"), k->plan_name, k->plan_value);
		for (size_t i = 0; i < plan->r.reason.n; i++)
			kcfg_news(k, true, "  %s", plan->r.reason.v[i]);
	} else if (plan->n_step == 0) {
		kcfg_news(k, false, _("%s is %s already"), k->plan_name, k->plan_value);
	} else {
		keep_plan(k, plan);
		ask_plan(k, plan);
		return;
	}
	drop_plan(k);
}

void kcfg_plan(struct kcfg *k, const char *name, const char *value)
{
	if (!may_edit(k) || k->plan_name != NULL)
		return;
	kcfg_news_clear(k);
	k->plan_name = xstrdup(name);
	k->plan_value = xstrdup(value);
	k->edits++;
	kc_plan(k->kc, name, value, on_plan, k);
}

/* --- files and modes --- */

static void on_loaded(void *ctx, const struct kc_result *r, struct err *e)
{
	struct kcfg *k = ctx;
	k->edits--;
	k->stale = true;
	if (err_is(e)) {
		ui_error(k->pane->ui, e);
		return;
	}
	kcfg_news_clear(k);
	kcfg_take_base(k);
	kcfg_news(k, false,
		ngettext("kernel.config was read again: %zu value changed",
			"kernel.config was read again: %zu values changed", r->n),
		r->n);
}

void kcfg_load(struct kcfg *k, const char *path)
{
	k->edits++;
	kc_load(k->kc, path, on_loaded, k);
}

void kcfg_reload(struct kcfg *k)
{
	char *path = config_path(k);
	if (fs_exists(path) && kc_file_changed(k->kc))
		kcfg_load(k, path);
	free(path);
}

void kcfg_mode(struct kcfg *k, const char *mode)
{
	if (!may_edit(k))
		return;
	k->edits++;
	k->asked = true;
	kc_mode(k->kc, mode, on_result, k);
}

void kcfg_unset(struct kcfg *k, const char *name)
{
	if (!may_edit(k))
		return;
	k->edits++;
	kc_set(k->kc, name, NULL, on_result, k);
}

/* A copy: the lab's kernel.config stays the file that is edited. */
static void on_copy(void *ctx, const char *text, size_t n, struct err *e)
{
	struct wait *w = ctx;
	struct kcfg *k = w->k;
	k->edits--;
	if (!err_is(e))
		fs_write(w->name, text, n, 0644, e);
	if (err_is(e))
		ui_error(k->pane->ui, e);
	else
		ui_say(k->pane->ui, UI_OK, _("%s is written"), w->name);
	free(w->name);
	free(w);
}

static void copy_to(struct kcfg *k, const char *path, bool minimal)
{
	struct wait *w = xcalloc(1, sizeof(*w));
	*w = (struct wait){k, xstrdup(path), NULL};
	kc_text(k->kc, minimal, on_copy, w);
}

void kcfg_file(struct kcfg *k, enum kcfg_file what, const char *path)
{
	bool edit = what == KCFG_LOAD || what == KCFG_MERGE;
	if (!k->tree_here || (edit && !may_edit(k)))
		return;
	char *full = fs_join(k->pane->ui->app->lab.dir, path);
	k->edits++;
	k->asked = k->asked || edit;
	switch (what) {
	case KCFG_LOAD:
		kc_load(k->kc, full, on_result, k);
		break;
	case KCFG_MERGE:
		kc_merge(k->kc, full, on_result, k);
		break;
	default:
		copy_to(k, full, what == KCFG_SAVE_MINIMAL);
	}
	free(full);
}

static void on_different(void *ctx, const int *sym, size_t n, struct err *e)
{
	struct kcfg *k = ctx;
	k->edits--;
	if (err_is(e)) {
		ui_error(k->pane->ui, e);
		return;
	}
	free(k->differs);
	k->differs = xcalloc((size_t)kc_n_syms(k->kc) + 1, sizeof(*k->differs));
	for (size_t i = 0; i < n; i++)
		if (sym[i] >= 0 && sym[i] < kc_n_syms(k->kc))
			k->differs[sym[i]] = true;
	k->stale = true;
	pane_touch(k->pane);
}

void kcfg_ask_different(struct kcfg *k)
{
	if (!k->tree_here)
		return;
	k->edits++;
	kc_different(k->kc, on_different, k);
}
