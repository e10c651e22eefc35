/* why: reasons in words: why an option cannot have a value, from the tree's own expressions and present values. */
#include "session.h"

static unsigned count;

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *fmt, ...)
{
	va_list ap;
	char *s;
	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) >= 0) {
		wire_str(s);
		free(s);
	}
	va_end(ap);
	count++;
}

static const char *letter(tristate t)
{
	static const char *const name[] = {"n", "m", "y"};
	return name[t];
}

static char *expression(struct expr *e)
{
	struct gstr g = str_new();
	expr_gstr_print(e, &g);
	char *s = strdup(str_get(&g));
	str_free(&g);
	return s;
}

static void unmet_symbol(struct symbol *s, tristate want)
{
	if (s == &symbol_no)
		say("it is switched off in this tree");
	else if (s->type == S_UNKNOWN)
		say("needs %s, which this tree does not have", s->name);
	else
		say("needs %s=%s, which is %s", s->name, want == mod ? "m or y" : "y", session_value(s));
}

/* Say what of e must change for it to be at least want. */
static void unmet(struct expr *e, tristate want)
{
	if (e == NULL || expr_calc_value(e) >= want)
		return;
	if (e->type == E_AND) {
		unmet(e->left.expr, want);
		unmet(e->right.expr, want);
	} else if (e->type == E_SYMBOL) {
		unmet_symbol(e->left.sym, want);
	} else if (e->type == E_NOT && e->left.expr->type == E_SYMBOL) {
		say("needs %s=n, which is %s", e->left.expr->left.sym->name, session_value(e->left.expr->left.sym));
	} else {
		char *text = expression(e);
		say("needs %s", text);
		free(text);
	}
}

static unsigned prompts(struct symbol *s)
{
	struct property *p;
	unsigned n = 0;
	for_all_prompts(s, p) n++;
	return n;
}

static void why_invisible(struct symbol *s, tristate want)
{
	struct property *p;
	unsigned n = prompts(s), nth = 0;
	if (n == 0) {
		char *by = s->rev_dep.expr != NULL ? expression(s->rev_dep.expr) : NULL;
		if (by != NULL)
			say("cannot be set by hand; it follows from: %.600s", by);
		else
			say("cannot be set by hand; its value is computed");
		free(by);
	}
	for_all_prompts(s, p)
	{
		if (nth++ > 0 && n > 1)
			say("or, at its other place (%s:%d), as follows", MENU_FILE(p->menu), p->menu->lineno);
		unmet(p->visible.expr, want);
	}
}

/* What selects it, of what is on: at most a few. */
static void say_forced(struct symbol *s)
{
	struct gstr g = str_new();
	struct text by = {0};
	int n = 0;
	expr_gstr_print_revdep(s->rev_dep.expr, &g, yes, "");
	expr_gstr_print_revdep(s->rev_dep.expr, &g, mod, "");
	char *all = strdup(str_get(&g)), *rest = all, *line;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (line[0] != '\0' && n++ < 6)
			text_addf(&by, "%s%s", by.n > 0 ? ", " : "", line + strspn(line, " -"));
	say("is forced to %s by %s%s", letter(s->rev_dep.tri), by.p != NULL ? by.p : "others",
		n > 6 ? " and others" : "");
	text_done(&by);
	free(all);
	str_free(&g);
}

static void why_tristate(struct symbol *s, tristate want)
{
	struct symbol *choice = choice_of(s);
	if (want == mod && s->type == S_BOOLEAN)
		say("can only be y or n, not a module");
	else if (want == mod && sym_get_type(s) != S_TRISTATE)
		say("can be a module only with MODULES=y");
	if (want > s->visible && want != no)
		why_invisible(s, want == mod || s->type == S_BOOLEAN ? mod : want);
	if (want < s->rev_dep.tri && s->rev_dep.expr != NULL)
		say_forced(s);
	if (want == no && choice != NULL && sym_get_tristate_value(s) == yes)
		say("is the chosen one of its group: choose another instead");
}

static void why_value(struct symbol *s, const char *value)
{
	if (s->visible == no)
		why_invisible(s, mod);
	if (!sym_string_valid(s, value)) {
		say("is of type %s: it cannot be `%s`", sym_type_name(s->type), value);
		return;
	}
	struct property *range = sym_get_range_prop(s);
	if (range != NULL && !sym_string_within_range(s, value))
		say("must be between %s and %s", session_value(range->expr->left.sym),
			session_value(range->expr->right.sym));
}

unsigned why(struct symbol *s, const char *value)
{
	count = 0;
	sym_calc_value(s);
	if (!is_tri(s))
		why_value(s, value);
	else
		why_tristate(s, value[0] == 'y' ? yes : value[0] == 'm' ? mod : no);
	return count;
}
