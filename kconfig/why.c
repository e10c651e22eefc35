/* why: reasons in words: why an option cannot have a value, from the tree's own expressions and present values. */
#include "session.h"

static struct text *out; /* of the call in hand: one reason a line */

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *fmt, ...)
{
	va_list ap;
	char *s;
	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) >= 0) {
		for (char *c = s; *c != '\0'; c++)
			*c = *c == '\n' ? ' ' : *c;
		text_addf(out, "%s\n", s);
		free(s);
	}
	va_end(ap);
}

static const char *letter(tristate t)
{
	static const char *const name[] = {"n", "m", "y"};
	return name[t];
}

static const char *shown(const char *value)
{
	return value[0] != '\0' ? value : "empty";
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
	} else if ((e->type == E_EQUAL || e->type == E_UNEQUAL) && e->left.sym->name != NULL &&
		   e->right.sym->name != NULL) {
		say("needs %s%s%s, but it is %s", e->left.sym->name, e->type == E_EQUAL ? "=" : " other than ",
			e->right.sym->name, shown(session_value(e->left.sym)));
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

void why(struct symbol *s, const char *value, struct text *reasons)
{
	out = reasons;
	sym_calc_value(s);
	if (!is_tri(s))
		why_value(s, value);
	else if (strcmp(value, "y") != 0 && strcmp(value, "m") != 0 && strcmp(value, "n") != 0)
		say("is of type %s: it cannot be `%s`", sym_type_name(s->type), value);
	else
		why_tristate(s, value[0] == 'y' ? yes : value[0] == 'm' ? mod : no);
}

void why_send(struct symbol *s, const char *value)
{
	struct text reasons = {0};
	why(s, value, &reasons);
	size_t mark = wire_mark();
	uint32_t n = 0;
	for (char *rest = reasons.p, *line; rest != NULL && (line = strsep(&rest, "\n")) != NULL;)
		if (line[0] != '\0') {
			wire_str(line);
			n++;
		}
	wire_patch(mark, n);
	text_done(&reasons);
}

/* What of the file did not come through: told, never dropped in silence. */
#define DROPPED_MAX 20

static bool survived(struct symbol *s)
{
	if (is_tri(s))
		return s->def[S_DEF_USER].tri == sym_get_tristate_value(s);
	return s->def[S_DEF_USER].val == NULL || strcmp(s->def[S_DEF_USER].val, session_value(s)) == 0;
}

static const char *user_value(struct symbol *s)
{
	return is_tri(s) ? letter(s->def[S_DEF_USER].tri) : (const char *)s->def[S_DEF_USER].val;
}

static void tell_dropped(struct symbol *s)
{
	struct text reasons = {0};
	why(s, user_value(s), &reasons);
	wire_begin(KCP_MSG);
	wire_u8(KCP_WARNING);
	wire_str("");
	wire_u32(0);
	wire_strf("%s=%s did not survive: it is %s%s%.*s", s->name, user_value(s), shown(session_value(s)),
		reasons.n > 0 ? "; it " : "", reasons.p != NULL ? (int)strcspn(reasons.p, "\n") : 0,
		reasons.p != NULL ? reasons.p : "");
	wire_end();
	text_done(&reasons);
}

static bool is_dropped(struct symbol *s)
{
	if (s->name == NULL || s->type == S_UNKNOWN || !sym_has_value(s) || prompts(s) == 0 || survived(s))
		return false;
	return !is_tri(s) || s->def[S_DEF_USER].tri != no;
}

void why_dropped(const struct want *only, size_t n_only)
{
	unsigned n = 0;
	for (size_t i = 0; i < session.n_sym; i++) {
		struct symbol *s = session.sym[i];
		bool asked = only == NULL;
		if (!is_dropped(s))
			continue;
		for (size_t j = 0; j < n_only && !asked; j++)
			asked = strcmp(only[j].name, s->name) == 0;
		if (asked && n++ < DROPPED_MAX)
			tell_dropped(s);
	}
	if (n <= DROPPED_MAX)
		return;
	wire_begin(KCP_MSG);
	wire_u8(KCP_WARNING);
	wire_str("");
	wire_u32(0);
	wire_strf("%u more options of the file did not survive", n - DROPPED_MAX);
	wire_end();
}
