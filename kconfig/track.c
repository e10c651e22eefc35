/* track: see track.h. A queue of units ordered by rank: a unit is computed after everything that it depends on, and
 * only if something that it depends on changed. The tree's own functions do the computing. */
#include "edit.h"
#include "track.h"

enum { UNKNOWN = -2 };

struct change {
	int entry, because; /* entry; -1: the edit itself; UNKNOWN: to be found when it is told */
	struct state was;
	bool value; /* was it the value that changed? then because is right */
};

static struct {
	bool on, distrust;
	int *heap, n_heap;
	char *queued; /* per unit */
	int *cause;   /* per unit: the entry whose change queued it last */
	struct change *change;
	int n_change, cap_change;
	int *change_of; /* per entry: its change + 1 */
	int *node;      /* nodes whose visibility changed */
	char *node_changed;
	int n_node;
} t;

/* --- the queue --- */

static bool before(int a, int b)
{
	return model.rank[a] < model.rank[b];
}

static void swap(int i, int j)
{
	int x = t.heap[i];
	t.heap[i] = t.heap[j];
	t.heap[j] = x;
}

static void push(int unit, int cause)
{
	t.cause[unit] = cause;
	if (t.queued[unit])
		return;
	t.queued[unit] = 1;
	int i = t.n_heap++;
	t.heap[i] = unit;
	for (; i > 0 && before(t.heap[i], t.heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(i, (i - 1) / 2);
}

static int pop(void)
{
	int unit = t.heap[0], i = 0;
	t.heap[0] = t.heap[--t.n_heap];
	for (;;) {
		int l = 2 * i + 1, least = i;
		if (l < t.n_heap && before(t.heap[l], t.heap[least]))
			least = l;
		if (l + 1 < t.n_heap && before(t.heap[l + 1], t.heap[least]))
			least = l + 1;
		if (least == i)
			break;
		swap(i, least);
		i = least;
	}
	t.queued[unit] = 0;
	return unit;
}

/* --- computing --- */

static void forget_expr(struct expr *e)
{
#ifdef KB_EXPR_CACHE
	if (e == NULL)
		return;
	e->val_is_valid = false;
	if (e->type == E_AND || e->type == E_OR || e->type == E_NOT)
		forget_expr(e->left.expr);
	if (e->type == E_AND || e->type == E_OR)
		forget_expr(e->right.expr);
#else
	(void)e;
#endif
}

/* In older versions computing a choice changes what it takes for the user's value: give it that of a fresh load. */
static void renew_choice(int entry)
{
#ifndef KB_CHOICE_LINK
	struct symbol *s = model.entry[entry].sym;
	tristate any = no;
	for (const int *m = model.member[entry]; *m >= 0; m++) {
		struct symbol *x = model.entry[*m].sym;
		if (sym_has_value(x) && x->def[S_DEF_USER].tri > any)
			any = x->def[S_DEF_USER].tri;
	}
	s->flags |= SYMBOL_DEF_USER;
	s->def[S_DEF_USER].tri = any;
#else
	(void)entry;
#endif
}

static void forget_symbol(struct symbol *s)
{
	forget_expr(s->dir_dep.expr);
	forget_expr(s->rev_dep.expr);
	forget_expr(s->implied.expr);
	for (struct property *p = s->prop; p != NULL; p = p->next) {
		forget_expr(p->visible.expr);
		if (p->type == P_DEFAULT)
			forget_expr(p->expr);
	}
	s->flags &= ~SYMBOL_VALID;
	/* A choice trusts the visibility of members that it did not look at again: give it that of a fresh start. */
	if (sym_is_choice_value(s))
		s->visible = no;
}

static struct state state_of(struct symbol *s)
{
	struct state x = {.value = (uint8_t)sym_get_tristate_value(s),
		.visible = (uint8_t)s->visible,
		.least = (uint8_t)s->rev_dep.tri};
	x.flags = (sym_is_changeable(s) ? KCP_CHANGEABLE : 0) | (sym_has_value(s) ? KCP_USER : 0) |
		  ((s->flags & SYMBOL_WRITE) != 0 ? KCP_WRITTEN : 0) | (sym_is_choice(s) ? KCP_IS_CHOICE : 0) |
		  (sym_is_choice_value(s) ? KCP_MEMBER : 0) | (sym_get_type(s) == S_TRISTATE ? KCP_MODULAR : 0);
	if (!is_tri(s))
		x.text = (char *)session_value(s);
	return x;
}

static struct change *change_of(int entry)
{
	if (t.change_of[entry] > 0)
		return &t.change[t.change_of[entry] - 1];
	if (t.n_change == t.cap_change) {
		t.cap_change = t.cap_change * 2 + 256;
		t.change = realloc(t.change, (size_t)t.cap_change * sizeof(*t.change));
		if (t.change == NULL)
			abort();
	}
	struct change *c = &t.change[t.n_change++];
	*c = (struct change){entry, -1, model.entry[entry].told, false};
	c->was.text = c->was.text != NULL ? strdup(c->was.text) : NULL;
	t.change_of[entry] = t.n_change;
	return c;
}

/* Compare with what was told. Returns whether the value (not only its bounds) changed. */
static bool note_change(int entry, int because)
{
	struct state now = state_of(model.entry[entry].sym), *told = &model.entry[entry].told;
	const char *old = told->text != NULL ? told->text : "", *text = now.text != NULL ? now.text : "";
	bool value = now.value != told->value || strcmp(old, text) != 0;
	if (!value && now.visible == told->visible && now.least == told->least && now.flags == told->flags)
		return false;
	struct change *c = change_of(entry);
	if (value) {
		c->value = true;
		c->because = because;
	}
	if (now.text != NULL && (told->text == NULL || strcmp(old, text) != 0)) {
		now.text = strdup(text);
		free(told->text);
	} else {
		now.text = told->text;
	}
	*told = now;
	return value;
}

/* As menu_is_visible, which in some versions changes flags on the way. */
static bool compute_shown(int id)
{
	const struct node *n = &model.node[id];
	struct menu *m = n->menu;
	if (m->prompt == NULL || (m->visibility != NULL && expr_calc_value(m->visibility) == no))
		return false;
	if (m->sym == NULL)
		m->prompt->visible.tri = expr_calc_value(m->prompt->visible.expr);
	if (m->prompt->visible.tri != no)
		return true;
	if (m->sym == NULL || sym_get_tristate_value(m->sym) == no)
		return false;
	for (int c = n->first; c >= 0; c = model.node[c].next)
		if (model.shown[c])
			return true;
	return false;
}

static void update_node(int id)
{
	for (; id >= 0; id = model.node[id].parent) {
		bool shown = compute_shown(id);
		if (shown == model.shown[id])
			return;
		model.shown[id] = shown;
		if (!t.node_changed[id])
			t.node[t.n_node++] = id;
		t.node_changed[id] = 1;
	}
}

/* The nodes of a symbol: from each property with a place, and the main one. */
static void update_nodes_of(int entry)
{
	struct symbol *s = model.entry[entry].sym;
	update_node(model.entry[entry].node);
	for (struct property *p = s->prop; p != NULL; p = p->next)
		if (p->text != NULL && p->menu != NULL)
			push(model.n_entry + (int)(intptr_t)p->menu->data, -1);
}

static void spread(int entry)
{
	for (int k = model.first[entry]; k < model.first[entry + 1]; k++)
		push(model.dependent[k], entry);
}

static void compute_one(int entry, int cause)
{
	sym_calc_value(model.entry[entry].sym);
	if (note_change(entry, cause == entry ? -1 : cause))
		spread(entry);
}

static void compute_entry(int unit)
{
	const int *member = model.member[unit];
	if (member != NULL)
		renew_choice(unit);
	forget_symbol(model.entry[unit].sym);
	for (const int *m = member; m != NULL && *m >= 0; m++)
		forget_symbol(model.entry[*m].sym);
	compute_one(unit, t.cause[unit]);
	for (const int *m = member; m != NULL && *m >= 0; m++)
		compute_one(*m, t.cause[unit]);
	update_nodes_of(unit);
	for (const int *m = member; m != NULL && *m >= 0; m++)
		update_nodes_of(*m);
}

static void compute_node(int id)
{
	struct menu *m = model.node[id].menu;
	forget_expr(m->visibility);
	if (m->sym == NULL && m->prompt != NULL)
		forget_expr(m->prompt->visible.expr);
	update_node(id);
}

/* --- all --- */

/* After all was computed: which changes the edit asked for itself (a user's value that can be set now). */
static void ask_all(void)
{
	char *asked = calloc((size_t)model.n_entry + 1, 1);
	if (asked == NULL)
		abort();
	edit_mark(asked);
	for (int i = 0; i < t.n_change; i++) {
		struct change *c = &t.change[i];
		c->because = asked[c->entry] && model.entry[c->entry].sym->visible != no ? -1 : UNKNOWN;
	}
	free(asked);
}

static void compute_all(void)
{
	for (int i = 0; i < model.n_entry; i++) {
		if (sym_is_choice_value(model.entry[i].sym))
			model.entry[i].sym->visible = no;
		if (model.member[i] != NULL)
			renew_choice(i);
	}
	sym_clear_all_valid();
	for (int i = 0; i < model.n_entry; i++)
		sym_calc_value(model.entry[i].sym);
	for (int i = 0; i < model.n_entry; i++)
		note_change(i, -1);
	for (int i = model.n_node - 1; i >= 0; i--) /* children before their parents */
		update_node(i);
	ask_all();
	t.distrust = false;
}

int track_all(int op)
{
	while (t.n_heap > 0)
		pop();
	compute_all();
	return track_tell(op);
}

void track_start(void)
{
	if (t.on)
		return;
	int n = model.n_entry + model.n_node + 1;
	model_build_graph();
	t.heap = calloc((size_t)n, sizeof(int));
	t.cause = calloc((size_t)n, sizeof(int));
	t.queued = calloc((size_t)n, 1);
	t.change_of = calloc((size_t)n, sizeof(int));
	t.node = calloc((size_t)n, sizeof(int));
	t.node_changed = calloc((size_t)n, 1);
	if (t.heap == NULL || t.cause == NULL || t.queued == NULL || t.change_of == NULL || t.node == NULL ||
		t.node_changed == NULL)
		abort();
	for (int i = 0; i < model.n_node; i++)
		model.node[i].menu->data = (void *)(intptr_t)i;
	t.on = true;
	track_all(0);
}

bool track_is_on(void)
{
	return t.on;
}

void track_distrust(void)
{
	t.distrust = true;
}

void track_touch(int entry)
{
	push(model.entry[entry].choice >= 0 ? model.entry[entry].choice : entry, entry);
	if (model.entry[entry].sym == modules_sym)
		t.distrust = true; /* whether m is possible at all: everything may change */
}

void track_run(void)
{
	tristate modules = modules_sym->curr.tri;
	while (t.n_heap > 0 && !t.distrust) {
		int unit = pop();
		if (unit >= model.n_entry)
			compute_node(unit - model.n_entry);
		else
			compute_entry(unit);
		if (modules_sym->curr.tri != modules)
			t.distrust = true;
	}
	if (!t.distrust)
		return;
	while (t.n_heap > 0)
		pop();
	compute_all();
}

/* --- telling --- */

static void send_state(const struct entry *e)
{
	wire_u8(e->told.value);
	wire_u8(e->told.visible);
	wire_u8(e->told.least);
	wire_u8(e->told.flags);
	wire_str(e->told.text);
}

static bool same(const struct change *c)
{
	const struct state *now = &model.entry[c->entry].told;
	const char *a = c->was.text != NULL ? c->was.text : "", *b = now->text != NULL ? now->text : "";
	return c->was.value == now->value && strcmp(a, b) == 0 && c->was.visible == now->visible &&
	       c->was.least == now->least && c->was.flags == now->flags;
}

static const char *written(const struct entry *e, const struct state *s)
{
	static const char *const tri[] = {"n", "m", "y"};
	return is_tri(e->sym) ? tri[s->value] : s->text != NULL ? s->text : "";
}

/* The member of a choice that the edit set, if it is another than this one. */
static int chosen_instead(int entry)
{
	int choice = model.entry[entry].choice;
	for (const int *m = choice >= 0 ? model.member[choice] : NULL; m != NULL && *m >= 0; m++)
		if (*m != entry && track_was(*m) != NULL && t.change[t.change_of[*m] - 1].because == -1)
			return *m;
	return -1;
}

/* What led to a change: what its expressions tell; else another of its choice; else that which had it computed anew;
 * else MODULES: whether m is possible at all stands in no expression. */
static int because_of(const struct change *c)
{
	int modules = model_index(modules_sym), found = -1;
	if (!c->value || c->because == -1)
		return -1;
	found = cause_of(c->entry);
	if (found < 0)
		found = chosen_instead(c->entry);
	if (found < 0)
		found = c->because;
	if (found < 0 && modules >= 0 && modules != c->entry && track_was(modules) != NULL)
		found = modules;
	return found >= 0 ? found : -1;
}

static void send_changes(uint16_t op)
{
	uint32_t n = 0;
	wire_begin(op);
	size_t mark = wire_mark();
	for (int i = 0; i < t.n_change; i++) {
		const struct change *c = &t.change[i];
		const struct entry *e = &model.entry[c->entry];
		if (same(c))
			continue;
		wire_u32((uint32_t)c->entry);
		wire_u32((uint32_t)because_of(c));
		wire_str(written(e, &c->was));
		send_state(e);
		n++;
	}
	wire_patch(mark, n);
	wire_u32((uint32_t)t.n_node);
	for (int i = 0; i < t.n_node; i++) {
		wire_u32((uint32_t)t.node[i]);
		wire_u8(model.shown[t.node[i]]);
	}
	wire_end();
}

const struct state *track_was(int entry)
{
	const struct change *c = t.change_of[entry] > 0 ? &t.change[t.change_of[entry] - 1] : NULL;
	return c != NULL && c->value && !same(c) ? &c->was : NULL;
}

int track_tell(int op)
{
	int n = 0;
	for (int i = 0; i < t.n_change; i++)
		n += !same(&t.change[i]);
	if (op != 0)
		send_changes((uint16_t)op);
	for (int i = 0; i < t.n_change; i++) {
		t.change_of[t.change[i].entry] = 0;
		free(t.change[i].was.text);
	}
	for (int i = 0; i < t.n_node; i++)
		t.node_changed[t.node[i]] = 0;
	t.n_change = t.n_node = 0;
	return n;
}

void track_send_state(void)
{
	wire_u32((uint32_t)model.n_entry);
	for (int i = 0; i < model.n_entry; i++)
		send_state(&model.entry[i]);
	wire_u32((uint32_t)model.n_node);
	wire_bytes(model.shown, (size_t)model.n_node);
}
