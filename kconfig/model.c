/* model: see model.h. */
#include "model.h"

struct model model;

/* Symbol to number: open addressing by address. */
static struct {
	const struct symbol **key;
	int *value;
	size_t cap;
} map;

static size_t slot(const struct symbol *s)
{
	size_t i = (size_t)(((uintptr_t)s >> 4) * 0x9E3779B97F4A7C15u >> 20) & (map.cap - 1);
	while (map.key[i] != NULL && map.key[i] != s)
		i = (i + 1) & (map.cap - 1);
	return i;
}

int model_index(const struct symbol *s)
{
	size_t i = slot(s);
	return map.key[i] != NULL ? map.value[i] : -1;
}

static void *zalloc(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);
	if (p == NULL)
		abort();
	return p;
}

static int count_nodes(const struct menu *m)
{
	int n = 0;
	for (; m != NULL; m = m->next)
		n += 1 + count_nodes(m->list);
	return n;
}

static int enter(struct symbol *s, int node)
{
	size_t i = slot(s);
	if (map.key[i] == NULL) {
		map.key[i] = s;
		map.value[i] = model.n_entry;
		model.entry[model.n_entry++] = (struct entry){.sym = s, .node = node, .choice = -1};
	}
	struct entry *e = &model.entry[map.value[i]];
	if (model.node[node].menu->prompt != NULL && model.node[e->node].menu->prompt == NULL)
		e->node = node;
	return map.value[i];
}

/* Number m, its siblings and all below. Returns the number of m. */
static int walk(struct menu *m, int parent, int depth)
{
	int first = -1, before = -1;
	for (; m != NULL; m = m->next) {
		int id = model.n_node++;
		model.node[id] = (struct node){m, parent, -1, -1, depth, -1};
		if (first < 0)
			first = id;
		if (before >= 0)
			model.node[before].next = id;
		before = id;
		if (m->sym != NULL)
			model.node[id].sym = enter(m->sym, id);
		model.node[id].first = walk(m->list, id, depth + 1);
	}
	return first;
}

static void find_members(void)
{
	int *n = zalloc((size_t)model.n_entry, sizeof(*n));
	for (int i = 0; i < model.n_entry; i++) {
		struct symbol *c = choice_of(model.entry[i].sym);
		model.entry[i].choice = c != NULL ? model_index(c) : -1;
		if (model.entry[i].choice >= 0)
			n[model.entry[i].choice]++;
	}
	for (int i = 0; i < model.n_entry; i++)
		if (sym_is_choice(model.entry[i].sym)) {
			model.member[i] = zalloc((size_t)n[i] + 1, sizeof(int));
			model.member[i][n[i]] = -1;
			n[i] = 0;
		}
	for (int i = 0; i < model.n_entry; i++)
		if (model.entry[i].choice >= 0)
			model.member[model.entry[i].choice][n[model.entry[i].choice]++] = i;
	free(n);
}

void model_build(void)
{
	size_t n = (size_t)count_nodes(&rootmenu);
	model.node = zalloc(n, sizeof(*model.node));
	model.entry = zalloc(n, sizeof(*model.entry));
	model.member = zalloc(n, sizeof(*model.member));
	model.shown = zalloc(n, 1);
	for (map.cap = 64; map.cap < n * 2;)
		map.cap *= 2;
	map.key = zalloc(map.cap, sizeof(*map.key));
	map.value = zalloc(map.cap, sizeof(*map.value));
	walk(&rootmenu, -1, 0);
	find_members();
}

/* --- what depends on what --- */

static struct {
	int *from, *to; /* edges: `to` depends on `from` */
	size_t n, cap;
	int *seen; /* per entry: the unit + 1 that it was last noted for */
	int unit;
} edges;

static void note(const struct symbol *s)
{
	int i = model_index(s);
	if (i < 0 || edges.seen[i] == edges.unit + 1)
		return;
	edges.seen[i] = edges.unit + 1;
	if (edges.n == edges.cap) {
		edges.cap = edges.cap * 2 + 65536;
		edges.from = realloc(edges.from, edges.cap * sizeof(int));
		edges.to = realloc(edges.to, edges.cap * sizeof(int));
		if (edges.from == NULL || edges.to == NULL)
			abort();
	}
	edges.from[edges.n] = i;
	edges.to[edges.n++] = edges.unit;
}

static void note_expr(const struct expr *e)
{
	if (e == NULL)
		return;
	switch (e->type) {
	case E_AND:
	case E_OR:
		note_expr(e->left.expr);
		note_expr(e->right.expr);
		break;
	case E_NOT:
		note_expr(e->left.expr);
		break;
	case E_SYMBOL:
		note(e->left.sym);
		break;
	case E_EQUAL:
	case E_UNEQUAL:
	case E_LTH:
	case E_LEQ:
	case E_GTH:
	case E_GEQ:
	case E_RANGE:
		note(e->left.sym);
		note(e->right.sym);
		break;
	default:
		break;
	}
}

static void note_symbol(const struct symbol *s)
{
	note_expr(s->dir_dep.expr);
	note_expr(s->rev_dep.expr);
	note_expr(s->implied.expr);
	for (const struct property *p = s->prop; p != NULL; p = p->next) {
		if (p->type != P_SELECT &&
			p->type != P_IMPLY) /* those count for what is selected: its rev_dep has them */
			note_expr(p->visible.expr);
		if (p->type == P_DEFAULT || p->type == P_RANGE)
			note_expr(p->expr);
	}
}

/* The unit that is computed for an entry: members are computed with their choice. */
static int unit_of(int entry)
{
	return model.entry[entry].choice >= 0 ? model.entry[entry].choice : entry;
}

static void collect_edges(void)
{
	edges.seen = zalloc((size_t)model.n_entry, sizeof(int));
	for (int i = 0; i < model.n_entry; i++) {
		edges.unit = unit_of(i);
		if (edges.unit != i)
			continue;
		note_symbol(model.entry[i].sym);
		for (const int *m = model.member[i]; m != NULL && *m >= 0; m++)
			note_symbol(model.entry[*m].sym);
	}
	for (int i = 0; i < model.n_node; i++) {
		const struct menu *m = model.node[i].menu;
		edges.unit = model.n_entry + i;
		note_expr(m->visibility);
		if (m->sym == NULL && m->prompt != NULL)
			note_expr(m->prompt->visible.expr);
	}
	free(edges.seen);
}

static void sort_edges(void)
{
	model.first = zalloc((size_t)model.n_entry + 2, sizeof(int));
	model.dependent = zalloc(edges.n, sizeof(int));
	for (size_t i = 0; i < edges.n; i++)
		model.first[edges.from[i] + 2]++;
	for (int i = 0; i < model.n_entry; i++)
		model.first[i + 2] += model.first[i + 1];
	for (size_t i = 0; i < edges.n; i++)
		model.dependent[model.first[edges.from[i] + 1]++] = edges.to[i];
}

static int visit(int unit, char *mark, int next);

static int visit_dependents(int entry, char *mark, int next)
{
	for (int k = model.first[entry]; k < model.first[entry + 1]; k++)
		if (!mark[model.dependent[k]])
			next = visit(model.dependent[k], mark, next);
	return next;
}

/* Depth-first over what depends on a unit; the last number that is free goes to what nothing waits for. */
static int visit(int unit, char *mark, int next)
{
	mark[unit] = 1;
	if (unit < model.n_entry) {
		next = visit_dependents(unit, mark, next);
		for (const int *m = model.member[unit]; m != NULL && *m >= 0; m++)
			next = visit_dependents(*m, mark, next);
	}
	model.rank[unit] = next;
	return next - 1;
}

void model_build_graph(void)
{
	int n = model.n_entry + model.n_node;
	if (model.graph)
		return;
	collect_edges();
	sort_edges();
	free(edges.from);
	free(edges.to);
	memset(&edges, 0, sizeof(edges));
	char *mark = zalloc((size_t)n, 1);
	model.rank = zalloc((size_t)n, sizeof(int));
	for (int i = n - 1, next = n; i >= 0; i--)
		if (!mark[i])
			next = visit(i, mark, next);
	free(mark);
	model.graph = true;
}
