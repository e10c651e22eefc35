/* cause: which change of an edit led to another: the symbol's own expressions are computed with the values before and
 * after, and what made one of them differ is followed down to a symbol. Called by track.c when it tells. */
#include "track.h"

struct pair {
	tristate was, now;
};

static struct pair of_symbol(struct symbol *s)
{
	int entry = model_index(s);
	const struct state *was = entry >= 0 ? track_was(entry) : NULL;
	tristate now = sym_get_tristate_value(s);
	return (struct pair){was != NULL ? (tristate)was->value : now, now};
}

static bool has_changed(const struct symbol *s)
{
	int entry = model_index(s);
	return entry >= 0 && track_was(entry) != NULL;
}

static tristate least(tristate a, tristate b)
{
	return a < b ? a : b;
}

static struct pair of_expr(struct expr *e)
{
	struct pair a, b;
	switch (e->type) {
	case E_SYMBOL:
		return of_symbol(e->left.sym);
	case E_NOT:
		a = of_expr(e->left.expr);
		return (struct pair){(tristate)(yes - a.was), (tristate)(yes - a.now)};
	case E_AND:
		a = of_expr(e->left.expr), b = of_expr(e->right.expr);
		return (struct pair){least(a.was, b.was), least(a.now, b.now)};
	case E_OR:
		a = of_expr(e->left.expr), b = of_expr(e->right.expr);
		return (struct pair){a.was > b.was ? a.was : b.was, a.now > b.now ? a.now : b.now};
	default: /* a comparison: what it was is not kept, so one whose operands changed counts as turned */
		a.now = a.was = expr_calc_value(e);
		if (has_changed(e->left.sym) || has_changed(e->right.sym))
			a.was = (tristate)(yes - a.now);
		return a;
	}
}

/* The symbol that made this expression differ. -1: it does not. */
static int culprit(struct expr *e)
{
	if (e->type == E_SYMBOL)
		return has_changed(e->left.sym) ? model_index(e->left.sym) : -1;
	if (e->type == E_NOT)
		return culprit(e->left.expr);
	if (e->type != E_AND && e->type != E_OR)
		return has_changed(e->left.sym)    ? model_index(e->left.sym)
		       : has_changed(e->right.sym) ? model_index(e->right.sym)
						   : -1;
	struct pair whole = of_expr(e), left = of_expr(e->left.expr), right = of_expr(e->right.expr);
	/* the side that has the value of the whole, now that it counts or then when it did */
	bool rose = whole.now > whole.was, by_now = (e->type == E_OR) == rose;
	bool left_did = left.now != left.was && (by_now ? left.now == whole.now : left.was == whole.was);
	bool right_did = right.now != right.was && (by_now ? right.now == whole.now : right.was == whole.was);
	return left_did ? culprit(e->left.expr) : right_did ? culprit(e->right.expr) : -1;
}

/* What made e rise (or fall, or change at all: way 0). -1: it did not. */
static int moved(struct expr *e, int way)
{
	if (e == NULL)
		return -1;
	struct pair p = of_expr(e);
	int went = (p.now > p.was) - (p.now < p.was);
	return went != 0 && (way == 0 || went == way) ? culprit(e) : -1;
}

static int moved_property(const struct property *p, int way)
{
	if (p->type == P_SELECT || p->type == P_IMPLY)
		return -1;
	int found = moved(p->visible.expr, way);
	if (found < 0 && p->type == P_DEFAULT && p->expr != NULL)
		found = moved(p->expr, way);
	if (found < 0 && p->type == P_RANGE && p->expr != NULL)
		found = has_changed(p->expr->left.sym)    ? model_index(p->expr->left.sym)
			: has_changed(p->expr->right.sym) ? model_index(p->expr->right.sym)
							  : -1;
	return found;
}

int cause_of(int entry)
{
	struct symbol *s = model.entry[entry].sym;
	const struct state *was = track_was(entry);
	tristate now = sym_get_tristate_value(s);
	int way = was == NULL || !is_tri(s) ? 0 : (now > was->value) - (now < was->value), found = -1;
	for (int last = 0; !last && found < 0; way = 0) {
		last = way == 0;
		found = moved(s->rev_dep.expr, way);
		found = found >= 0 ? found : moved(s->dir_dep.expr, way);
		for (const struct property *p = s->prop; p != NULL && found < 0; p = p->next)
			found = moved_property(p, way);
		found = found >= 0 ? found : moved(s->implied.expr, way);
	}
	return found == entry ? -1 : found;
}
