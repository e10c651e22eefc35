/* plan: what else must be set so that an option can have a value. Goals are solved depth-first over the tree's own
 * expressions, with a limit on the number of settings that grows by one: the first plan found is a smallest one. What
 * the expressions cannot tell (defaults, ranges, side effects) is settled by trying each candidate for real and rolling
 * back. */
#include <time.h>

#include "edit.h"
#include "track.h"

#define DEPTH_MAX 200
#define TRIES_MAX 12
#define LIMIT_MAX 24   /* settings in a plan */
#define TIME_MAX  0.09 /* seconds of search */

/* What must hold: an expression at least `want` (or n, if `want` is no). A list, on the stack of the search. */
struct goal {
	struct expr *e;
	struct symbol *s; /* instead of e */
	tristate want;
	const struct goal *next;
};

static struct {
	struct step step[PLAN_MAX], best[PLAN_MAX];
	int n, n_best, limit, tries, depth;
	struct step target;
	signed char *planned; /* per entry: 0 not, else value + 1 */
	struct timespec deadline;
	unsigned steps_taken;
	bool late, found;
	bool by_select; /* second pass: what can be set by hand may also be selected by something else */
} p;

static bool solve(const struct goal *g);

static bool out_of_time(void)
{
	struct timespec now;
	if (p.late || (++p.steps_taken & 255) != 0) /* asking the time is dear */
		return p.late;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	if (now.tv_sec > p.deadline.tv_sec || (now.tv_sec == p.deadline.tv_sec && now.tv_nsec > p.deadline.tv_nsec))
		p.late = true;
	return p.late;
}

static const char *letter(tristate t)
{
	static const char *const name[] = {"n", "m", "y"};
	return name[t];
}

static tristate value_of(struct symbol *s)
{
	int i = model_index(s);
	if (i >= 0 && p.planned[i] != 0)
		return (tristate)(p.planned[i] - 1);
	sym_calc_value(s);
	return sym_get_tristate_value(s);
}

static tristate value_of_expr(struct expr *e)
{
	tristate a, b;
	if (e == NULL)
		return yes;
	switch (e->type) {
	case E_AND:
		a = value_of_expr(e->left.expr), b = value_of_expr(e->right.expr);
		return a < b ? a : b;
	case E_OR:
		a = value_of_expr(e->left.expr), b = value_of_expr(e->right.expr);
		return a > b ? a : b;
	case E_NOT:
		return (tristate)(yes - value_of_expr(e->left.expr));
	case E_SYMBOL:
		return value_of(e->left.sym);
	default:
		return expr_calc_value(e);
	}
}

static bool holds(tristate value, tristate want)
{
	return want == no ? value == no : value >= want;
}

/* --- trying for real --- */

static bool reached(void)
{
	struct symbol *s = model.entry[p.target.entry].sym;
	if (!is_tri(s))
		return strcmp(session_value(s), p.target.value) == 0 || s->type == S_HEX;
	return strcmp(session_value(s), p.target.value) == 0;
}

/* One step: 1 set, 0 not taken yet, -1 not needed, as it came to that value by itself. */
static int try_step(const struct step *step)
{
	struct symbol *s = model.entry[step->entry].sym;
	if (step->entry != p.target.entry && strcmp(session_value(s), step->value) == 0)
		return -1;
	return edit_set(step->entry, step->value);
}

/* Set the steps in whatever order they are taken, leaving out `without`. Those that were needed are kept in step[], in
 * that order. Returns how many, -1: the target is not reached. */
static int try_steps(struct step *step, int n, int without)
{
	struct step order[PLAN_MAX];
	int done = 0, left = n, before = -1;
	bool over[PLAN_MAX] = {false};
	edit_begin("plan");
	while (left != before) {
		before = left;
		for (int i = 0; i < n; i++) {
			int r = over[i] || i == without ? 0 : try_step(&step[i]);
			if (r > 0)
				order[done++] = step[i];
			over[i] = over[i] || r != 0;
			left -= r != 0;
		}
	}
	bool ok = left == (without >= 0) && reached();
	edit_end(false);
	if (ok)
		memcpy(step, order, (size_t)done * sizeof(*step));
	return ok ? done : -1;
}

/* Could another, later step bring it to its value by selecting it? (Defaults are seen while trying.) */
static bool may_be_spared(const struct step *step)
{
	const struct symbol *s = model.entry[step->entry].sym;
	return step->entry != p.target.entry && (s->rev_dep.expr != NULL || s->implied.expr != NULL);
}

/* A candidate is complete: keep it if it works. */
static bool complete(void)
{
	struct step step[PLAN_MAX];
	p.tries++;
	memcpy(step, p.step, sizeof(step));
	int n = try_steps(step, p.n, -1), fewer;
	if (n < 0)
		return p.tries >= TRIES_MAX; /* give up: end the search */
	for (int i = n - 1; i >= 0; i--)
		if (may_be_spared(&step[i]) && (fewer = try_steps(step, n, i)) >= 0)
			n = i = fewer; /* from the end again */
	memcpy(p.best, step, sizeof(step));
	p.n_best = n;
	p.found = true;
	return true;
}

/* --- goals --- */

/* Plan this setting and go on with the rest. */
static bool assign(int entry, tristate value, const struct goal *rest)
{
	if (p.n >= p.limit || p.n >= PLAN_MAX)
		return false;
	signed char before = p.planned[entry];
	p.step[p.n++] = (struct step){entry, letter(value)};
	p.planned[entry] = (signed char)(value + 1);
	bool done = solve(rest);
	p.planned[entry] = before;
	p.n--;
	return done;
}

/* Then the setting itself, after what it needs: a goal that only assigns. */
static bool by_hand(int entry, tristate value, struct expr *visible, const struct goal *rest)
{
	struct symbol *s = model.entry[entry].sym;
	const struct goal modules = {.s = modules_sym, .want = yes, .next = rest};
	const struct goal need = {.e = visible,
		.want = s->type == S_BOOLEAN && value == yes ? mod : value,
		.next = value == mod ? &modules : rest};
	int choice = model.entry[entry].choice;
	if (choice >= 0 && value == yes)
		for (const int *m = model.member[choice]; *m >= 0; m++)
			if (*m != entry && p.planned[*m] == yes + 1)
				return false;
	return assign(entry, value, &need);
}

static bool raise(int entry, tristate want, const struct goal *rest)
{
	struct symbol *s = model.entry[entry].sym;
	struct property *prop;
	bool prompt = false;
	tristate value = want == mod && s->type == S_BOOLEAN ? yes : want;
	for_all_prompts(s, prop)
	{
		prompt = true;
		if (by_hand(entry, value, prop->visible.expr, rest))
			return true;
	}
	if (s->rev_dep.expr != NULL && (!prompt || p.by_select)) {
		const struct goal g = {.e = s->rev_dep.expr, .want = s->type == S_BOOLEAN ? mod : want, .next = rest};
		if (solve(&g))
			return true;
	}
	if (prompt)
		return false;
	for_all_defaults(s, prop)
	{
		const struct goal value_goal = {
			.e = prop->expr, .want = s->type == S_BOOLEAN ? mod : want, .next = rest};
		const struct goal g = {.e = prop->visible.expr, .want = mod, .next = &value_goal};
		if (solve(&g))
			return true;
	}
	return false;
}

static bool lower_member(int entry, const struct goal *rest)
{
	for (const int *m = model.member[model.entry[entry].choice]; *m >= 0; m++) {
		struct property *prop;
		if (*m == entry || p.planned[*m] != 0)
			continue;
		for_all_prompts(model.entry[*m].sym, prop) if (by_hand(*m, yes, prop->visible.expr, rest)) return true;
	}
	return false;
}

/* All defaults of a symbol without prompt must come out n. */
static bool lower_defaults(struct property *prop, const struct goal *rest)
{
	while (prop != NULL && prop->type != P_DEFAULT)
		prop = prop->next;
	if (prop == NULL)
		return solve(rest);
	const struct goal off = {.e = prop->visible.expr, .want = no, .next = rest};
	const struct goal value = {.e = prop->expr, .want = no, .next = rest};
	if (value_of_expr(prop->visible.expr) == no || value_of_expr(prop->expr) == no)
		return lower_defaults(prop->next, rest);
	return solve(&off) || solve(&value);
}

static bool lower_self(int entry, const struct goal *rest)
{
	struct symbol *s = model.entry[entry].sym;
	struct property *prop;
	if (model.entry[entry].choice >= 0)
		return lower_member(entry, rest);
	for_all_prompts(s, prop) if (value_of_expr(prop->visible.expr) != no) return assign(entry, no, rest);
	return lower_defaults(s->prop, rest);
}

static bool lower(int entry, const struct goal *rest)
{
	struct symbol *s = model.entry[entry].sym;
	if (s->rev_dep.expr == NULL || value_of_expr(s->rev_dep.expr) == no)
		return lower_self(entry, rest);
	/* what selects it must go; it may fall with that by itself, or must be set too */
	const struct goal unforced = {.e = s->rev_dep.expr, .want = no, .next = rest};
	return solve(&unforced) || lower_self(entry, &unforced);
}

static bool solve_symbol(struct symbol *s, const struct goal *g)
{
	int entry = model_index(s);
	if (holds(value_of(s), g->want))
		return solve(g->next);
	if (entry < 0 || !is_tri(s) || sym_is_choice(s) || p.planned[entry] != 0)
		return false;
	p.planned[entry] = (signed char)(g->want + 1); /* as it will be, by whatever means: no circles */
	bool done = g->want == no ? lower(entry, g->next) : raise(entry, g->want, g->next);
	p.planned[entry] = 0;
	return done;
}

static bool is_constant(const struct symbol *s, const char *name)
{
	return s->name != NULL && strcmp(s->name, name) == 0;
}

/* SYM=y, SYM!=n and the like, for symbols that are y, m or n. */
static bool solve_comparison(struct expr *e, const struct goal *g)
{
	struct symbol *s = e->left.sym, *with = e->right.sym;
	bool equal = (e->type == E_EQUAL) == (g->want != no);
	if (holds(expr_calc_value(e), g->want) && (model_index(s) < 0 || p.planned[model_index(s)] == 0))
		return solve(g->next);
	if (!is_tri(s) || (e->type != E_EQUAL && e->type != E_UNEQUAL))
		return false;
	tristate want = is_constant(with, "y") ? yes : is_constant(with, "m") ? mod : no;
	if (!equal)
		want = want == no ? mod : no;
	const struct goal need = {.s = s, .want = want, .next = g->next};
	return solve(&need);
}

static bool solve_pair(struct expr *e, const struct goal *g)
{
	const struct goal right = {.e = e->right.expr, .want = g->want, .next = g->next};
	const struct goal left = {.e = e->left.expr, .want = g->want, .next = g->next};
	const struct goal both = {.e = e->left.expr, .want = g->want, .next = &right};
	if ((e->type == E_AND) == (g->want != no))
		return solve(&both);
	return solve(&left) || solve(&right);
}

static bool solve_expr(struct expr *e, const struct goal *g)
{
	switch (e->type) {
	case E_AND:
	case E_OR:
		return solve_pair(e, g);
	case E_NOT: {
		const struct goal inner = {.e = e->left.expr, .want = g->want == no ? yes : no, .next = g->next};
		return solve(&inner);
	}
	case E_SYMBOL:
		return solve_symbol(e->left.sym, g);
	default:
		return solve_comparison(e, g);
	}
}

/* Solve this goal and all behind it. true ends the search. */
static bool solve(const struct goal *g)
{
	if (g == NULL)
		return complete();
	if (p.late || p.depth >= DEPTH_MAX || out_of_time())
		return p.late;
	p.depth++;
	bool done;
	if (g->s != NULL)
		done = solve_symbol(g->s, g);
	else if (holds(value_of_expr(g->e), g->want))
		done = solve(g->next);
	else
		done = g->e == NULL ? false : solve_expr(g->e, g);
	p.depth--;
	return done;
}

/* A number or text: its prompt must be visible; then it is set. */
static bool solve_text(int entry)
{
	struct property *prop;
	struct symbol *s = model.entry[entry].sym;
	for_all_prompts(s, prop)
	{
		const struct goal need = {.e = prop->visible.expr, .want = mod};
		p.step[p.n++] = p.target;
		bool done = solve(&need);
		p.n--;
		if (done)
			return true;
	}
	return false;
}

static bool search(int entry, const char *value)
{
	struct symbol *s = model.entry[entry].sym;
	if (!is_tri(s))
		return solve_text(entry);
	const struct goal goal = {.s = s, .want = value[0] == 'y' ? yes : value[0] == 'm' ? mod : no};
	return solve(&goal);
}

int plan_make(int entry, const char *value, struct step step[PLAN_MAX])
{
	memset(&p, 0, sizeof(p));
	p.planned = calloc((size_t)model.n_entry, 1);
	p.target = (struct step){entry, value};
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &p.deadline);
	p.deadline.tv_nsec += (long)(TIME_MAX * 1e9);
	p.deadline.tv_sec += p.deadline.tv_nsec / 1000000000;
	p.deadline.tv_nsec %= 1000000000;
	if (p.planned == NULL)
		abort();
	for (int pass = 0; pass < 2 && !p.found && !p.late; pass++) {
		p.by_select = pass > 0;
		p.tries = 0;
		for (p.limit = 1; p.limit <= LIMIT_MAX && !p.found && p.tries < TRIES_MAX && !p.late; p.limit++)
			search(entry, value);
	}
	memcpy(step, p.best, sizeof(p.best));
	free(p.planned);
	return p.found ? p.n_best : -1;
}
