/* kcfg_rows: see kcfg.h. Which nodes of the menu tree are rows, and moving among them. */
#include <stdlib.h>
#include <string.h>

#include "core/str.h"
#include "tui/kcfg.h"

const char *const kcfg_article[5] = {"64BIT", "BLK_DEV_INITRD", "PRINTK", "BINFMT_ELF", "TTY"};

bool kcfg_is_article(const char *name)
{
	for (size_t i = 0; name != NULL && i < ARRAY_LEN(kcfg_article); i++)
		if (strcmp(kcfg_article[i], name) == 0)
			return true;
	return false;
}

static bool passes(const struct kcfg *k, int node, const struct kc_node *n)
{
	struct kc_sym s;
	if (k->filter == KCFG_ALL)
		return true;
	if (k->filter == KCFG_MARKED)
		return k->marked[node];
	if (n->sym < 0)
		return false;
	kc_sym(k->kc, n->sym, &s);
	switch (k->filter) {
	case KCFG_CHANGED:
	case KCFG_PRESET:
	case KCFG_TINY:
		return kcfg_compared(k, n->sym) != NULL;
	case KCFG_USER:
		return (s.flags & KC_USER) && (s.flags & KC_WRITTEN) && s.name != NULL;
	case KCFG_ARTICLE:
		return kcfg_is_article(s.name);
	case KCFG_FORCED:
		return s.least > 0;
	case KCFG_NEW:
		return (s.flags & KC_CHANGEABLE) && !(s.flags & KC_USER) && s.name != NULL;
	case KCFG_DIFFERENT:
		return k->differs != NULL && k->differs[n->sym];
	default:
		return true;
	}
}

static bool is_shown(const struct kcfg *k, int node, const struct kc_node *n)
{
	if (n->prompt == NULL)
		return false;
	/* the five are always to be seen, so that nobody has to hunt for them */
	if (k->filter == KCFG_ARTICLE)
		return true;
	return k->show_all || kc_node_visible(k->kc, node);
}

static void add_row(struct kcfg *k, int node)
{
	k->row[k->n_row++] = node;
}

/* Children of a node in order; those of an open menu, a choice or a plain option's indented block follow it. Nodes
 * without a prompt (if blocks) only pass on what is in them. */
static void walk(struct kcfg *k, int first)
{
	for (int i = first; i >= 0;) {
		struct kc_node n;
		kc_node(k->kc, i, &n);
		bool shown = is_shown(k, i, &n);
		if (k->flat || k->filter != KCFG_ALL) {
			if (shown && n.sym >= 0 && passes(k, i, &n))
				add_row(k, i);
			walk(k, n.first);
		} else {
			if (shown)
				add_row(k, i);
			if ((shown && k->open[i]) || n.prompt == NULL)
				walk(k, n.first);
		}
		i = n.next;
	}
}

long kcfg_row_of(const struct kcfg *k, int node)
{
	for (size_t i = 0; i < k->n_row; i++)
		if (k->row[i] == node)
			return (long)i;
	return -1;
}

/* The cursor's node is not shown any more: its nearest shown ancestor, else the first row. */
static void settle_cursor(struct kcfg *k)
{
	for (int i = k->cursor; i >= 0;) {
		struct kc_node n;
		if (kcfg_row_of(k, i) >= 0) {
			k->cursor = i;
			return;
		}
		kc_node(k->kc, i, &n);
		i = n.parent;
	}
	k->cursor = k->n_row > 0 ? k->row[0] : -1;
}

void kcfg_rows(struct kcfg *k)
{
	k->stale = false;
	k->n_row = 0;
	if (!k->tree_here)
		return;
	int n = kc_n_nodes(k->kc);
	if (k->row == NULL)
		k->row = xcalloc((size_t)n + 1, sizeof(*k->row));
	if (k->open == NULL)
		k->open = xcalloc((size_t)n + 1, sizeof(*k->open));
	if (k->marked == NULL)
		k->marked = xcalloc((size_t)n + 1, sizeof(*k->marked));
	if (k->searching) {
		for (size_t i = 0; i < k->n_hit && i < (size_t)n; i++)
			add_row(k, k->hit[i]);
	} else {
		struct kc_node root;
		kc_node(k->kc, 0, &root);
		walk(k, root.first);
	}
	settle_cursor(k);
}

void kcfg_reveal(struct kcfg *k, int node)
{
	struct kc_node n;
	if (!k->tree_here || node < 0)
		return;
	if (k->row == NULL)
		kcfg_rows(k);
	kc_node(k->kc, node, &n);
	for (int up = n.parent; up >= 0;) {
		k->open[up] = true;
		kc_node(k->kc, up, &n);
		up = n.parent;
	}
	k->searching = false;
	k->cursor = node;
	kcfg_rows(k);
	if (k->cursor == node)
		return;
	k->filter = KCFG_ALL; /* it does not pass the filter, or cannot be set now: show it all the same */
	k->flat = false;
	k->cursor = node;
	kcfg_rows(k);
	if (k->cursor == node)
		return;
	k->show_all = true;
	k->cursor = node;
	kcfg_rows(k);
}

void kcfg_show(struct kcfg *k, int node)
{
	struct kc_node n;
	if (!k->tree_here || node < 0)
		return;
	kc_node(k->kc, node, &n);
	if (n.prompt != NULL)
		kcfg_reveal(k, node);
	else
		k->searching = false;
	if (n.prompt == NULL && n.sym >= 0)
		kcfg_detail_open(k, n.sym, true);
}

void kcfg_move(struct kcfg *k, long rows)
{
	long at = kcfg_row_of(k, k->cursor) + rows;
	if (k->n_row == 0)
		return;
	at = at < 0 ? 0 : at >= (long)k->n_row ? (long)k->n_row - 1 : at;
	k->cursor = k->row[at];
	pane_touch(k->pane);
}

void kcfg_fold(struct kcfg *k, bool open)
{
	struct kc_node n;
	kc_node(k->kc, k->cursor, &n);
	bool flat = k->flat || k->filter != KCFG_ALL || k->searching;
	if (open && !flat && n.first >= 0 && !k->open[k->cursor]) {
		k->open[k->cursor] = true;
	} else if (open && !flat && n.first >= 0) {
		kcfg_move(k, 1);
	} else if (!open && k->open[k->cursor]) {
		k->open[k->cursor] = false;
	} else if (!open) {
		long row = -1;
		for (int up = n.parent; up > 0 && row < 0; up = n.parent) {
			row = kcfg_row_of(k, up);
			if (row >= 0)
				k->cursor = up;
			kc_node(k->kc, up, &n);
		}
	}
	k->stale = true;
	pane_touch(k->pane);
}

void kcfg_search(struct kcfg *k, const char *pattern, bool fuzzy)
{
	struct err e = {0};
	int *hit = NULL;
	int n = 0;
	char *copy = xstrdup(pattern);
	if (k->tree_here && pattern[0] != '\0')
		n = kc_search(k->kc, pattern, KC_SEARCH_HELP | (fuzzy ? KC_SEARCH_FUZZY : 0), &hit, &e);
	free(k->hit);
	free(k->pattern);
	k->hit = n > 0 ? hit : NULL;
	k->n_hit = n > 0 ? (size_t)n : 0;
	k->at_hit = 0;
	k->pattern = copy;
	if (n <= 0)
		free(hit);
	err_done(&e); /* half a pattern is no error while one types */
	k->stale = true;
	pane_touch(k->pane);
}

void kcfg_next_hit(struct kcfg *k, int dir)
{
	if (k->n_hit == 0)
		return;
	k->at_hit = (k->at_hit + (dir > 0 ? 1 : k->n_hit - 1)) % k->n_hit;
	k->detail.sym = -1;
	kcfg_show(k, k->hit[k->at_hit]);
	pane_touch(k->pane);
}
