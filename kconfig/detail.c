/* detail: everything that the tree says of one symbol, in words, for a person to read. */
#include "edit.h"

static uint32_t count;

static void fact(const char *kind, const char *text, const struct menu *at)
{
	wire_str(kind);
	wire_str(text);
	wire_str(at != NULL ? MENU_FILE(at) : "");
	wire_u32(at != NULL ? (uint32_t)at->lineno : 0);
	count++;
}

static void fact_expr(const char *kind, const struct expr *e, const struct expr *condition, const struct menu *at)
{
	struct gstr g = str_new();
	if (e != NULL)
		expr_gstr_print((struct expr *)e, &g);
	if (condition != NULL && !expr_is_yes((struct expr *)condition)) {
		str_append(&g, " if ");
		expr_gstr_print((struct expr *)condition, &g);
	}
	fact(kind, str_get(&g), at);
	str_free(&g);
}

/* One line for each alternative of `a || b || c`, with the value it has now. */
static void fact_alternatives(const char *kind, struct expr *e)
{
	static const char letter[] = "nmy";
	if (e == NULL)
		return;
	if (e->type == E_OR) {
		fact_alternatives(kind, e->left.expr);
		fact_alternatives(kind, e->right.expr);
		return;
	}
	struct gstr g = str_new();
	expr_gstr_print(e, &g);
	str_printf(&g, " [=%c]", letter[expr_calc_value(e)]);
	fact(kind, str_get(&g), NULL);
	str_free(&g);
}

static const char *kind_of(const struct property *p)
{
	switch (p->type) {
	case P_DEFAULT:
		return "default";
	case P_SELECT:
		return "selects";
	case P_IMPLY:
		return "implies";
	case P_RANGE:
		return "range";
	default:
		return NULL;
	}
}

void detail(int entry)
{
	struct symbol *s = model.entry[entry].sym;
	count = 0;
	wire_begin(KCP_OK);
	size_t mark = wire_mark();
	for (int i = 0; i < model.n_node; i++) {
		const struct menu *m = model.node[i].menu;
		if (model.node[i].sym != entry)
			continue;
		fact("defined at", m->prompt != NULL ? m->prompt->text : "", m);
		if (m->dep != NULL && !expr_is_yes(m->dep))
			fact_expr("depends on", m->dep, NULL, m);
	}
	for (struct property *p = s->prop; p != NULL; p = p->next)
		if (kind_of(p) != NULL)
			fact_expr(kind_of(p), p->expr, p->visible.expr, p->menu);
	fact_alternatives("selected by", s->rev_dep.expr);
	fact_alternatives("implied by", s->implied.expr);
	wire_patch(mark, count);
	wire_end();
}
