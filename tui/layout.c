/* layout: see layout.h. The tree changes only by what the user does; fitting computes rectangles from shares and clamps
 * them so that every leaf keeps its minimum, without touching the shares. */
#include "tui/layout.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/str.h"
#include "tui/layout_text.h"

enum { LEAF_ROWS = 6, LEAF_COLS = 24 };

struct layout {
	struct node *root;
	struct node *focus; /* a leaf; its stack's top has the keyboard */
	struct rect area;
	bool zoom;
	bool single; /* zoomed, or too small for all */
};

static const struct {
	const char *name, *text;
} presets[] = {
	{"workbench", "v58(h50(kconfig,source),h50(log,console))"},
	{"focus", "v58(h50(kconfig,source),h50(log,console)) focus console zoom"},
	{"lesson", "h42(lesson,v55(source|kconfig,console|log)) focus lesson"},
};

static bool is_leaf(const struct node *n)
{
	return n->part[0] == NULL;
}

/* The first leaf in reading order at or below n, and the one after a leaf; NULL at the end. */
static struct node *first_leaf(struct node *n)
{
	while (!is_leaf(n))
		n = n->part[0];
	return n;
}

static struct node *next_leaf(struct node *n)
{
	while (n->up != NULL && n->up->part[1] == n)
		n = n->up;
	return n->up != NULL ? first_leaf(n->up->part[1]) : NULL;
}

static struct node *leaf_of(const struct layout *l, const char *pane)
{
	for (struct node *n = first_leaf(l->root); n != NULL; n = next_leaf(n))
		if (strv_has(&n->stack, pane))
			return n;
	return NULL;
}

static int least(const struct node *n, bool rows)
{
	if (is_leaf(n))
		return rows ? LEAF_ROWS : LEAF_COLS;
	int a = least(n->part[0], rows), b = least(n->part[1], rows);
	return (n->direction == 'v') == rows ? a + b : a > b ? a : b;
}

/* ---- fitting ---- */

static int clamp(int v, int low, int high)
{
	return v < low ? low : v > high ? high : v;
}

/* Cells of the first of two parts, when the area has room for both minima. */
static int first_size(const struct node *n, int total)
{
	bool rows = n->direction == 'v';
	int size = (int)(((long)total * n->share + LAYOUT_WHOLE / 2) / LAYOUT_WHOLE);
	return clamp(size, least(n->part[0], rows), total - least(n->part[1], rows));
}

static void fit(struct node *n, struct rect r)
{
	n->rect = r;
	if (is_leaf(n))
		return;
	struct rect a = r, b = r;
	if (n->direction == 'h') {
		a.cols = first_size(n, r.cols);
		b.x += a.cols;
		b.cols -= a.cols;
	} else {
		a.rows = first_size(n, r.rows);
		b.y += a.rows;
		b.rows -= a.rows;
	}
	fit(n->part[0], a);
	fit(n->part[1], b);
}

static void refit(struct layout *l)
{
	l->single = l->zoom || l->area.rows < least(l->root, true) || l->area.cols < least(l->root, false);
	if (!l->single)
		fit(l->root, l->area);
}

void layout_fit(struct layout *l, struct rect area)
{
	l->area = area;
	refit(l);
}

/* ---- making and text ---- */

struct layout *layout_new(const char *preset_or_text, struct err *e)
{
	const char *text = preset_or_text;
	for (size_t i = 0; i < ARRAY_LEN(presets); i++)
		if (strcmp(presets[i].name, preset_or_text) == 0)
			text = presets[i].text;
	char *focus;
	bool zoom;
	struct node *root = node_parse(text, &focus, &zoom, e);
	if (root == NULL)
		return NULL;
	struct layout *l = xcalloc(1, sizeof(*l));
	l->root = root;
	l->zoom = zoom;
	l->focus = first_leaf(root);
	if (*focus != '\0')
		layout_set_focus(l, focus);
	free(focus);
	refit(l);
	return l;
}

void layout_free(struct layout *l)
{
	if (l == NULL)
		return;
	node_free(l->root);
	free(l);
}

char *layout_text(const struct layout *l)
{
	struct buf b = {0};
	node_write(l->root, &b);
	buf_addf(&b, " focus %s%s", layout_focus(l), l->zoom ? " zoom" : "");
	return buf_take(&b);
}

const char *layout_preset(size_t i)
{
	return i < ARRAY_LEN(presets) ? presets[i].name : NULL;
}

/* ---- asking ---- */

static bool shown(const struct layout *l, const struct node *leaf)
{
	return !l->single || leaf == l->focus;
}

struct rect layout_rect(const struct layout *l, const char *pane)
{
	struct rect none = {0};
	const struct node *n = leaf_of(l, pane);
	if (n == NULL || strcmp(n->stack.v[0], pane) != 0 || !shown(l, n))
		return none;
	return l->single ? l->area : n->rect;
}

bool layout_single(const struct layout *l)
{
	return l->single;
}

size_t layout_panes(const struct layout *l, const char **out, size_t max)
{
	size_t count = 0;
	for (struct node *n = first_leaf(l->root); n != NULL; n = next_leaf(n))
		for (size_t i = 0; i < n->stack.n && count < max; i++)
			out[count++] = n->stack.v[i];
	return count;
}

const char *layout_focus(const struct layout *l)
{
	return l->focus->stack.v[0];
}

static size_t count_panes(const struct layout *l)
{
	const char *names[LAYOUT_LEAVES + 1];
	return layout_panes(l, names, ARRAY_LEN(names));
}

static bool inside(const struct rect *r, int y, int x)
{
	return y >= r->y && y < r->y + r->rows && x >= r->x && x < r->x + r->cols;
}

const char *layout_at(const struct layout *l, int y, int x)
{
	if (l->single)
		return inside(&l->area, y, x) ? layout_focus(l) : NULL;
	for (struct node *n = first_leaf(l->root); n != NULL; n = next_leaf(n))
		if (inside(&n->rect, y, x))
			return n->stack.v[0];
	return NULL;
}

/* ---- focus ---- */

/* Take a pane out of a stack, or put it on top. */
static void stack_remove(struct node *n, const char *pane)
{
	for (size_t i = 0; i < n->stack.n; i++)
		if (strcmp(n->stack.v[i], pane) == 0) {
			strv_remove(&n->stack, i);
			return;
		}
}

static void stack_top(struct node *n, const char *pane)
{
	char *name = xstrdup(pane); /* pane may be a string of the stack itself */
	stack_remove(n, name);
	strv_add(&n->stack, name);
	free(name);
	char *top = n->stack.v[n->stack.n - 1];
	memmove(&n->stack.v[1], &n->stack.v[0], (n->stack.n - 1) * sizeof(char *));
	n->stack.v[0] = top;
}

void layout_set_focus(struct layout *l, const char *pane)
{
	struct node *n = leaf_of(l, pane);
	l->focus = n != NULL ? n : l->focus;
	stack_top(l->focus, pane);
}

/* While one pane at a time shows, all have their turn, in an order that focusing does not change: by name within the
 * stack; else leaf by leaf. */
static size_t turn_order(const struct layout *l, struct strv *out)
{
	size_t at = 0;
	for (struct node *n = first_leaf(l->root); n != NULL; n = next_leaf(n)) {
		struct strv names = {0};
		for (size_t i = 0; i < n->stack.n; i++)
			strv_add(&names, n->stack.v[i]);
		strv_sort(&names);
		for (size_t i = 0; i < names.n; i++) {
			if (n == l->focus && strcmp(names.v[i], n->stack.v[0]) == 0)
				at = out->n;
			strv_add(out, names.v[i]);
		}
		strv_done(&names);
	}
	return at;
}

void layout_cycle(struct layout *l, int dir)
{
	if (!l->single) {
		struct node *n = next_leaf(l->focus);
		if (dir < 0)
			for (n = first_leaf(l->root); next_leaf(n) != NULL && next_leaf(n) != l->focus;)
				n = next_leaf(n);
		l->focus = n != NULL ? n : first_leaf(l->root);
		return;
	}
	struct strv order = {0};
	size_t at = turn_order(l, &order);
	layout_set_focus(l, order.v[(at + (dir > 0 ? 1 : order.n - 1)) % order.n]);
	strv_done(&order);
}

/* Cells by which two spans overlap. */
static int overlap(int a, int a_n, int b, int b_n)
{
	int from = a > b ? a : b, to = a + a_n < b + b_n ? a + a_n : b + b_n;
	return to - from;
}

/* How well does n lie beside the focused leaf in that direction? 0: not at all. */
static int beside(const struct rect *f, const struct rect *n, char direction)
{
	bool touches = direction == 'l'   ? n->x + n->cols == f->x
		       : direction == 'r' ? f->x + f->cols == n->x
		       : direction == 'u' ? n->y + n->rows == f->y
					  : f->y + f->rows == n->y;
	if (!touches)
		return 0;
	int shared = direction == 'l' || direction == 'r' ? overlap(f->y, f->rows, n->y, n->rows)
							  : overlap(f->x, f->cols, n->x, n->cols);
	return shared > 0 ? shared : 0;
}

bool layout_move(struct layout *l, char direction)
{
	if (l->single) {
		layout_cycle(l, direction == 'l' || direction == 'u' ? -1 : 1);
		return count_panes(l) > 1;
	}
	struct node *best = NULL;
	int most = 0;
	for (struct node *n = first_leaf(l->root); n != NULL; n = next_leaf(n)) {
		int shared = beside(&l->focus->rect, &n->rect, direction);
		if (shared > most) {
			most = shared;
			best = n;
		}
	}
	l->focus = best != NULL ? best : l->focus;
	return best != NULL;
}

void layout_zoom(struct layout *l, bool on)
{
	l->zoom = on;
	refit(l);
}

bool layout_zoomed(const struct layout *l)
{
	return l->zoom;
}

/* ---- sizes ---- */

/* Give a split's first part that many cells, as far as the minima allow. Returns whether something moved. */
static bool set_first(struct layout *l, struct node *n, int size)
{
	bool rows = n->direction == 'v';
	int total = rows ? n->rect.rows : n->rect.cols, before = first_size(n, total);
	size = clamp(size, least(n->part[0], rows), total - least(n->part[1], rows));
	if (size == before)
		return false;
	n->share = (int)(((long)size * LAYOUT_WHOLE + total / 2) / total);
	refit(l);
	return true;
}

/* The split whose border lies at this side of the focused leaf: side 0 the near (left, upper) one, 1 the far one. */
static struct node *border_of(const struct layout *l, char split, int side)
{
	for (struct node *n = l->focus; n->up != NULL; n = n->up)
		if (n->up->direction == split && n->up->part[1 - side] == n)
			return n->up;
	return NULL;
}

bool layout_grow(struct layout *l, char direction, int cells)
{
	if (l->single)
		return false;
	char split = direction == 'l' || direction == 'r' ? 'h' : 'v';
	int side = direction == 'r' || direction == 'd';
	struct node *n = border_of(l, split, side);
	if (n == NULL)
		n = border_of(l, split, !side);
	if (n == NULL)
		return false;
	int size = split == 'h' ? n->part[0]->rect.cols : n->part[0]->rect.rows;
	return set_first(l, n, side ? size + cells : size - cells);
}

static int count_splits(const struct node *n)
{
	return is_leaf(n) ? 0 : 1 + count_splits(n->part[0]) + count_splits(n->part[1]);
}

/* A border's handle is its split's number in preorder, times two, plus 1 if it was taken hold of in the second part. */
static int border_in(const struct node *n, int *number, int y, int x)
{
	if (is_leaf(n) || !inside(&n->rect, y, x))
		return -1;
	int mine = (*number)++;
	const struct rect *b = &n->part[1]->rect;
	int off = n->direction == 'h' ? x - b->x : y - b->y;
	if (off == 0 || off == -1)
		return mine * 2 + (off == 0);
	if (inside(&n->part[0]->rect, y, x))
		return border_in(n->part[0], number, y, x);
	*number += count_splits(n->part[0]);
	return border_in(n->part[1], number, y, x);
}

static struct node *split_number(struct node *n, int number)
{
	while (!is_leaf(n) && number > 0) {
		int first = count_splits(n->part[0]);
		number--;
		if (number < first) {
			n = n->part[0];
		} else {
			number -= first;
			n = n->part[1];
		}
	}
	return is_leaf(n) ? NULL : n;
}

int layout_border_at(const struct layout *l, int y, int x)
{
	if (l->single)
		return -1;
	int number = 0;
	return border_in(l->root, &number, y, x);
}

void layout_drag(struct layout *l, int border, int y, int x)
{
	struct node *n = border >= 0 && !l->single ? split_number(l->root, border / 2) : NULL;
	if (n == NULL)
		return;
	int at = n->direction == 'h' ? x - n->rect.x : y - n->rect.y;
	set_first(l, n, border % 2 ? at : at + 1);
}

/* ---- splitting and closing ---- */

/* Take a leaf out: its sibling takes the place of their split. */
static void drop_leaf(struct layout *l, struct node *leaf)
{
	struct node *split = leaf->up, *other = split->part[split->part[0] == leaf];
	assert(split != NULL);
	other->up = split->up;
	if (split->up == NULL)
		l->root = other;
	else
		split->up->part[split->up->part[1] == split] = other;
	if (l->focus == leaf)
		l->focus = first_leaf(other);
	split->part[0] = split->part[1] = NULL;
	node_free(split);
	node_free(leaf);
}

static int depth(const struct node *n)
{
	return n->up != NULL ? 1 + depth(n->up) : 0;
}

bool layout_split(struct layout *l, char direction, const char *pane)
{
	struct node *leaf = l->focus, *old = leaf_of(l, pane);
	bool rows = direction == 'v';
	int room = rows ? leaf->rect.rows : leaf->rect.cols;
	if (l->single || room < 2 * (rows ? LEAF_ROWS : LEAF_COLS) || depth(leaf) >= LAYOUT_DEPTH)
		return false;
	if (old == leaf ? leaf->stack.n < 2 : old == NULL && count_panes(l) >= LAYOUT_LEAVES)
		return false;
	struct node *split = xcalloc(1, sizeof(*split)), *fresh = node_leaf(pane);
	split->direction = direction;
	split->share = LAYOUT_WHOLE / 2;
	split->up = leaf->up;
	split->part[0] = leaf;
	split->part[1] = fresh;
	if (leaf->up == NULL)
		l->root = split;
	else
		leaf->up->part[leaf->up->part[1] == leaf] = split;
	leaf->up = fresh->up = split;
	l->focus = fresh;
	if (old != NULL) {
		stack_remove(old, fresh->stack.v[0]);
		if (old->stack.n == 0)
			drop_leaf(l, old);
	}
	refit(l);
	return true;
}

bool layout_close(struct layout *l, const char *pane)
{
	struct node *leaf = leaf_of(l, pane);
	if (leaf == NULL || (leaf->stack.n == 1 && leaf->up == NULL))
		return false;
	char *name = xstrdup(pane); /* it may be the string that goes */
	stack_remove(leaf, name);
	free(name);
	if (leaf->stack.n == 0)
		drop_leaf(l, leaf);
	refit(l);
	return true;
}
