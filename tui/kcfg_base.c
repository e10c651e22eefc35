/* kcfg_base: see kcfg.h. Values to compare the present ones with: those of the file as it was read, and those of a
 * configuration made for it (the lab's preset, the tree's tinyconfig) by a helper of its own, so that nothing that is
 * open here is touched. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/kcbuild.h"
#include "core/paths.h"
#include "core/preset.h"
#include "core/str.h"
#include "tui/kcfg.h"

/* Another configuration being made. It outlives the pane if it must: then k is NULL. */
struct kcfg_making {
	struct kcfg *k;
	struct kcbuild *build;
	char *path;
};

static void drop(struct kcfg_base *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->value[i]);
	free(b->value);
	b->value = NULL;
	b->n = 0;
}

static void make_room(struct kcfg *k, struct kcfg_base *b)
{
	drop(b);
	b->n = (size_t)kc_n_syms(k->kc);
	b->value = xcalloc(b->n + 1, sizeof(*b->value));
}

void kcfg_take_base(struct kcfg *k)
{
	if (k->kc == NULL) {
		drop(&k->saved);
		return;
	}
	make_room(k, &k->saved);
	for (size_t i = 0; i < k->saved.n; i++) {
		struct kc_sym s;
		kc_sym(k->kc, (int)i, &s);
		k->saved.value[i] = xstrdup(s.value != NULL ? s.value : "n");
	}
}

bool kcfg_is_changed(const struct kcfg *k, int sym)
{
	struct kc_sym s;
	if (sym < 0 || (size_t)sym >= k->saved.n)
		return false;
	kc_sym(k->kc, sym, &s);
	return strcmp(k->saved.value[sym], s.value != NULL ? s.value : "n") != 0;
}

const char *kcfg_compared(const struct kcfg *k, int sym)
{
	struct kc_sym s;
	if (k->filter == KCFG_CHANGED)
		return kcfg_is_changed(k, sym) ? k->saved.value[sym] : NULL;
	if ((k->filter != KCFG_PRESET && k->filter != KCFG_TINY) || sym < 0 || (size_t)sym >= k->other.n)
		return NULL;
	kc_sym(k->kc, sym, &s);
	/* what is not mentioned is n, or, of a number or text, not there at all, whatever its value */
	bool tri = s.type == KC_BOOL || s.type == KC_TRISTATE;
	const char *there = k->other.value[sym] != NULL ? k->other.value[sym] : tri ? "n" : "-";
	const char *here = tri || (s.flags & KC_WRITTEN) ? s.value : "-";
	return s.name != NULL && strcmp(there, here) != 0 ? there : NULL;
}

/* A value of a .config as kc_sym gives it: without quotes and backslashes. */
static char *plain(const char *v)
{
	struct buf b = {0};
	if (v[0] != '"')
		return xstrdup(v);
	for (v++; *v != '\0' && *v != '"'; v++) {
		v += *v == '\\' && v[1] != '\0';
		buf_add(&b, v, 1);
	}
	return b.p != NULL ? buf_take(&b) : xstrdup("");
}

static void take_text(struct kcfg *k, char *text)
{
	make_room(k, &k->other);
	for (char *line = text, *next; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		char *eq = str_starts(line, "CONFIG_") ? strchr(line, '=') : NULL;
		if (eq == NULL)
			continue;
		*eq = '\0';
		int sym = kc_find(k->kc, line);
		if (sym >= 0 && (size_t)sym < k->other.n && k->other.value[sym] == NULL)
			k->other.value[sym] = plain(eq + 1);
	}
}

static void on_made(void *ctx, struct err *e)
{
	struct kcfg_making *m = ctx;
	struct kcfg *k = m->k;
	struct err mine = {0};
	err_move(&mine, e);
	char *text = k != NULL && !err_is(&mine) ? fs_read(m->path, NULL, &mine) : NULL;
	unlink(m->path);
	if (k != NULL) {
		k->making = NULL;
		k->edits--;
		k->stale = true;
		if (text != NULL)
			take_text(k, text);
		else if (mine.code != ERR_CANCELLED)
			ui_error(k->pane->ui, &mine);
		pane_touch(k->pane);
	}
	free(text);
	free(m->path);
	free(m);
	err_done(&mine);
}

/* Give up what is being made. */
static void abandon(struct kcfg *k)
{
	if (k->making == NULL)
		return;
	k->making->k = NULL;
	kcbuild_cancel(k->making->build);
	k->making = NULL;
	k->edits--;
}

void kcfg_drop_bases(struct kcfg *k)
{
	abandon(k);
	drop(&k->saved);
	drop(&k->other);
}

static void make(struct kcfg *k, struct kcbuild_params *p)
{
	struct err e = {0};
	struct kcfg_making *m = xcalloc(1, sizeof(*m));
	const struct op_cb cb = {.done = on_made, .ctx = m};
	char *dir = paths_cache("kconfig");
	m->k = k;
	m->path = xasprintf("%s/compare-%d", dir, (int)getpid());
	free(dir);
	p->tree = k->tree;
	p->out = m->path;
	m->build = kcbuild_start(k->pane->ui->app->loop, p, &cb, &e);
	if (m->build != NULL) {
		k->making = m;
		k->edits++;
	} else {
		ui_error(k->pane->ui, &e);
		free(m->path);
		free(m);
	}
	err_done(&e);
}

void kcfg_ask_compared(struct kcfg *k)
{
	struct err e = {0};
	struct preset preset = {0};
	struct kcbuild_params p = {0};
	abandon(k);
	drop(&k->other);
	if (!k->tree_here)
		return;
	if (k->filter == KCFG_PRESET) {
		if (preset_load(&preset, optset_text(&k->pane->ui->app->lab.opts, OPT_KERNEL_PRESET), &e) < 0) {
			ui_error(k->pane->ui, &e);
			err_done(&e);
			return;
		}
		p.want = preset.want;
		p.n_want = preset.n;
	}
	make(k, &p);
	preset_done(&preset);
}
