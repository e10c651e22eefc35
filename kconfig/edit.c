/* edit: see edit.h. A journal keeps, for each edit, the user's values that it replaced; undo swaps them with the
 * present ones, so redo is the same thing. */
#include "edit.h"

#include <ctype.h>

#include "track.h"

/* A symbol's user value. */
struct kept {
	struct symbol *sym;
	bool has;
	tristate tri;
	char *text;            /* owned; of int, hex and string */
	struct symbol *chosen; /* of a choice in older versions */
};

/* The order of a choice's members. */
struct order {
	size_t choice;
	struct symbol **member;
};

struct record {
	char *what;
	struct kept *kept;
	struct order *order;
	size_t n_kept, n_order;
};

static struct {
	struct record *v;
	size_t n, cap; /* records in all */
	size_t done;   /* of them, those that are in force */
	struct record now;
	const struct record *last; /* the one that changed values last; NULL: none did */
	bool open;
} journal;

static void *more(void *p, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return p;
	p = realloc(p, (n == 0 ? 1 : n * 2) * size);
	if (p == NULL)
		abort();
	return p;
}

static bool has_text(const struct symbol *s)
{
	return s->type == S_INT || s->type == S_HEX || s->type == S_STRING;
}

static struct kept keep_value(struct symbol *s)
{
	struct kept k = {.sym = s, .has = sym_has_value(s), .tri = s->def[S_DEF_USER].tri};
	if (has_text(s) && s->def[S_DEF_USER].val != NULL)
		k.text = strdup(s->def[S_DEF_USER].val);
	else if (sym_is_choice(s))
		k.chosen = s->def[S_DEF_USER].val;
	return k;
}

/* Note the present user value, once per edit, before it changes. */
static void keep(struct symbol *s)
{
	for (size_t i = 0; i < journal.now.n_kept; i++)
		if (journal.now.kept[i].sym == s)
			return;
	journal.now.kept = more(journal.now.kept, journal.now.n_kept, sizeof(struct kept));
	journal.now.kept[journal.now.n_kept++] = keep_value(s);
}

static void set_value(struct symbol *s, const struct kept *k)
{
	s->flags = k->has ? s->flags | SYMBOL_DEF_USER : s->flags & ~SYMBOL_DEF_USER;
	s->def[S_DEF_USER].tri = k->tri;
	if (has_text(s)) {
		free(s->def[S_DEF_USER].val);
		s->def[S_DEF_USER].val = k->text != NULL ? strdup(k->text) : NULL;
	} else if (sym_is_choice(s)) {
		s->def[S_DEF_USER].val = k->chosen;
	}
}

#ifdef KB_CHOICE_LINK
static struct symbol **order_of(size_t choice)
{
	struct symbol *s, **v = calloc(session.n_member[choice] + 1, sizeof(*v));
	size_t n = 0;
	if (v == NULL)
		abort();
	list_for_each_entry(s, &session.choice[choice]->choice_members, choice_link) v[n++] = s;
	return v;
}

static void set_order(size_t choice, struct symbol *const *v)
{
	for (size_t i = 0; i < session.n_member[choice]; i++) {
		list_del(&v[i]->choice_link);
		list_add_tail(&v[i]->choice_link, &session.choice[choice]->choice_members);
	}
}

static void keep_order(const struct menu *choice)
{
	for (size_t i = 0; i < journal.now.n_order; i++)
		if (session.choice[journal.now.order[i].choice] == choice)
			return;
	for (size_t i = 0; i < session.n_choice; i++)
		if (session.choice[i] == choice) {
			journal.now.order = more(journal.now.order, journal.now.n_order, sizeof(struct order));
			journal.now.order[journal.now.n_order++] = (struct order){i, order_of(i)};
		}
}
#else
static struct symbol **order_of(size_t choice)
{
	(void)choice;
	return NULL;
}

static void set_order(size_t choice, struct symbol *const *v)
{
	(void)choice;
	(void)v;
}
#endif

/* --- edits --- */

static void free_record(struct record *r)
{
	for (size_t i = 0; i < r->n_kept; i++)
		free(r->kept[i].text);
	for (size_t i = 0; i < r->n_order; i++)
		free(r->order[i].member);
	free(r->kept);
	free(r->order);
	free(r->what);
	memset(r, 0, sizeof(*r));
}

void edit_begin(const char *what)
{
	journal.now = (struct record){.what = strdup(what)};
	journal.last = &journal.now;
	journal.open = true;
}

/* Exchange the record's values with the present ones. */
static void exchange(struct record *r)
{
	bool all = r->n_kept > 1000;
	journal.last = r;
	for (size_t i = r->n_kept; i-- > 0;) {
		struct kept now = keep_value(r->kept[i].sym);
		set_value(r->kept[i].sym, &r->kept[i]);
		free(r->kept[i].text);
		r->kept[i] = now;
		int entry = model_index(now.sym);
		if (entry >= 0 && !all)
			track_touch(entry);
	}
	for (size_t i = 0; i < r->n_order; i++) {
		struct symbol **now = order_of(r->order[i].choice);
		set_order(r->order[i].choice, r->order[i].member);
		free(r->order[i].member);
		r->order[i].member = now;
	}
	if (all)
		track_distrust();
	track_run();
}

void edit_end(bool keep_it)
{
	journal.open = false;
	if (!keep_it) {
		exchange(&journal.now);
		journal.last = NULL;
		free_record(&journal.now);
		return;
	}
	while (journal.n > journal.done)
		free_record(&journal.v[--journal.n]);
	journal.v = more(journal.v, journal.n, sizeof(*journal.v));
	journal.v[journal.n++] = journal.now;
	journal.done = journal.n;
	journal.last = &journal.v[journal.n - 1];
	memset(&journal.now, 0, sizeof(journal.now));
}

const char *edit_undo(bool redo)
{
	if (redo ? journal.done == journal.n : journal.done == 0)
		return NULL;
	struct record *r = &journal.v[redo ? journal.done : journal.done - 1];
	exchange(r);
	journal.done = redo ? journal.done + 1 : journal.done - 1;
	return r->what;
}

unsigned edit_depth(bool redo)
{
	return (unsigned)(redo ? journal.n - journal.done : journal.done);
}

/* Is the present user value another than the one that was kept? */
static bool differs(const struct kept *k)
{
	const struct symbol *s = k->sym;
	if (k->has != sym_has_value((struct symbol *)s))
		return true;
	if (!k->has)
		return false;
	const char *now = has_text(s) ? s->def[S_DEF_USER].val : NULL;
	if (now == NULL || k->text == NULL)
		return now != k->text || s->def[S_DEF_USER].tri != k->tri;
	return strcmp(now, k->text) != 0;
}

void edit_mark(char *mark)
{
	const struct record *r = journal.last;
	for (size_t i = 0; r != NULL && i < r->n_kept; i++) {
		int entry = r->kept[i].sym->name != NULL ? model_index(r->kept[i].sym) : -1;
		if (entry >= 0 && differs(&r->kept[i]))
			mark[entry] = 1;
	}
}

void edit_everything(void)
{
	for (size_t i = 0; i < session.n_sym; i++) {
		journal.now.kept = more(journal.now.kept, journal.now.n_kept, sizeof(struct kept));
		journal.now.kept[journal.now.n_kept++] = keep_value(session.sym[i]);
	}
	for (size_t i = 0; i < session.n_choice; i++) {
		journal.now.order = more(journal.now.order, journal.now.n_order, sizeof(struct order));
		journal.now.order[journal.now.n_order++] = (struct order){i, order_of(i)};
	}
}

/* --- single settings --- */

/* Choose a member: as menuconfig does it on a visible one. */
static bool choose(int entry)
{
	struct symbol *s = model.entry[entry].sym;
	if (s->visible == no)
		return false;
#ifdef KB_CHOICE_LINK
	struct menu *m, *choice = sym_get_choice_menu(s);
	keep_order(choice);
	menu_for_each_sub_entry(m, choice)
	{
		if (m->sym == NULL || m->sym->visible == no)
			continue;
		keep(m->sym);
		m->sym->def[S_DEF_USER].tri = m->sym == s ? yes : no;
		m->sym->flags |= SYMBOL_DEF_USER;
		list_del(&m->sym->choice_link);
		list_add(&m->sym->choice_link, &choice->choice_members);
	}
#else
	struct symbol *choice = choice_of(s);
	if (!sym_tristate_within_range(s, yes))
		return false;
	keep(choice);
	keep(s);
	choice->def[S_DEF_USER].val = s;
	for (const int *m = model.member[model.entry[entry].choice]; *m >= 0; m++) {
		struct symbol *x = model.entry[*m].sym;
		if (x->visible == no)
			continue;
		keep(x);
		x->flags |= SYMBOL_DEF_USER;
		/* what is not the chosen one reads as n from a file */
		x->def[S_DEF_USER].tri = x == s ? yes : no;
	}
#endif
	return true;
}

static bool set_tristate(int entry, tristate value)
{
	struct symbol *s = model.entry[entry].sym;
	if (model.entry[entry].choice >= 0 && (value == yes || sym_get_type(s) == S_BOOLEAN)) {
		if (value == yes)
			return choose(entry);
		return sym_get_tristate_value(s) == no && s->visible != no;
	}
	if (!sym_tristate_within_range(s, value))
		return false;
	keep(s);
	s->def[S_DEF_USER].tri = value;
	s->flags |= SYMBOL_DEF_USER;
	return true;
}

static bool set_text(struct symbol *s, const char *value)
{
	bool prefix = s->type == S_HEX && !(value[0] == '0' && tolower((unsigned char)value[1]) == 'x');
	if (s->visible == no || strchr(value, '\n') != NULL || !sym_string_within_range(s, value))
		return false;
	keep(s);
	free(s->def[S_DEF_USER].val);
	s->def[S_DEF_USER].val = NULL;
	char *copy;
	if (asprintf(&copy, "%s%s", prefix ? "0x" : "", value) < 0)
		abort();
	s->def[S_DEF_USER].val = copy;
	s->flags |= SYMBOL_DEF_USER;
	return true;
}

bool edit_set(int entry, const char *value)
{
	struct symbol *s = model.entry[entry].sym;
	bool done;
	if (is_tri(s)) {
		static const char letter[] = "nmy";
		const char *at = value[0] != '\0' && value[1] == '\0' ? strchr(letter, value[0]) : NULL;
		done = at != NULL && set_tristate(entry, (tristate)(at - letter));
	} else {
		done = set_text(s, value);
	}
	if (done) {
		track_touch(entry);
		track_run();
	}
	return done;
}

static void unset_one(struct symbol *s)
{
	const struct kept none = {.sym = s};
	keep(s);
	set_value(s, &none);
}

void edit_unset(int entry)
{
	int choice = model.entry[entry].choice;
	unset_one(model.entry[entry].sym);
	if (choice >= 0) { /* the members' values hang together */
		for (const int *m = model.member[choice]; *m >= 0; m++)
			unset_one(model.entry[*m].sym);
		unset_one(model.entry[choice].sym);
	}
	track_touch(entry);
	track_run();
}

/* --- the user's values as text --- */

static void raw_symbol(struct text *out, struct symbol *s)
{
	const char *text = s->def[S_DEF_USER].val;
	if (!sym_has_value(s) || s->name == NULL)
		return;
	if (is_tri(s) && s->def[S_DEF_USER].tri == no)
		text_addf(out, "# " KCP_NAME "%s is not set\n", s->name);
	else if (is_tri(s))
		text_addf(out, KCP_NAME "%s=%c\n", s->name, s->def[S_DEF_USER].tri == yes ? 'y' : 'm');
	else if (s->type != S_STRING)
		text_addf(out, KCP_NAME "%s=%s\n", s->name, text);
	else
		session_quote(out, s->name, text);
}

static void raw_choice(struct text *out, int entry)
{
#ifdef KB_CHOICE_LINK
	struct symbol *s;
	struct menu *choice = model.node[model.entry[entry].node].menu;
	list_for_each_entry_reverse(s, &choice->choice_members, choice_link) raw_symbol(out, s);
#else
	struct symbol *chosen = model.entry[entry].sym->def[S_DEF_USER].val;
	for (const int *m = model.member[entry]; *m >= 0; m++)
		if (model.entry[*m].sym != chosen)
			raw_symbol(out, model.entry[*m].sym);
	if (chosen != NULL)
		raw_symbol(out, chosen);
#endif
}

void edit_raw(struct text *out)
{
	for (int i = 0; i < model.n_entry; i++) {
		if (model.member[i] != NULL)
			raw_choice(out, i);
		else if (model.entry[i].choice < 0)
			raw_symbol(out, model.entry[i].sym);
	}
}
