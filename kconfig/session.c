/* session: see session.h. */
#include "session.h"

#include <stdarg.h>

#include "env.h"

struct session session;

void fail(struct failure *f, const char *fmt, ...)
{
	va_list ap;
	if (f->message[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(f->message, sizeof(f->message), fmt, ap);
	va_end(ap);
}

/* --- text --- */

void text_add(struct text *t, const char *p, size_t n)
{
	if (t->n + n + 1 > t->cap) {
		t->cap = (t->n + n + 1) * 2;
		t->p = realloc(t->p, t->cap);
		if (t->p == NULL)
			abort();
	}
	if (n > 0)
		memcpy(t->p + t->n, p, n);
	t->n += n;
	t->p[t->n] = '\0';
}

void text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	char *s;
	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	text_add(t, s, (size_t)n);
	free(s);
}

void text_done(struct text *t)
{
	free(t->p);
	memset(t, 0, sizeof(*t));
}

/* --- parsing --- */

static void *grow(void *p, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0) /* room for the next power of two is there */
		return p;
	p = realloc(p, (n == 0 ? 1 : n * 2) * size);
	if (p == NULL)
		abort();
	return p;
}

static void collect_symbols(void)
{
	struct symbol *s;
#ifdef KB_SYM_HASHTABLE
	for_all_symbols(s)
#else
	int i;
	for_all_symbols(i, s)
#endif
	{
		session.sym = grow(session.sym, session.n_sym, sizeof(*session.sym));
		session.sym[session.n_sym++] = s;
	}
}

#ifdef KB_CHOICE_LINK
static void collect_members(struct menu *choice)
{
	struct symbol *s, **v = NULL;
	size_t n = 0;
	list_for_each_entry(s, &choice->choice_members, choice_link)
	{
		v = grow(v, n, sizeof(*v));
		v[n++] = s;
	}
	session.choice = grow(session.choice, session.n_choice, sizeof(*session.choice));
	session.member = grow(session.member, session.n_choice, sizeof(*session.member));
	session.n_member = grow(session.n_member, session.n_choice, sizeof(*session.n_member));
	session.choice[session.n_choice] = choice;
	session.member[session.n_choice] = v;
	session.n_member[session.n_choice++] = n;
}

static void collect_choices(struct menu *m)
{
	for (; m != NULL; m = m->next) {
		if (m->sym != NULL && sym_is_choice(m->sym))
			collect_members(m);
		collect_choices(m->list);
	}
}

/* The order of a choice's members is a value too: conf puts what it reads in front. */
static void restore_choices(void)
{
	for (size_t i = 0; i < session.n_choice; i++)
		for (size_t j = 0; j < session.n_member[i]; j++) {
			struct list_head *link = &session.member[i][j]->choice_link;
			list_del(link);
			list_add_tail(link, &session.choice[i]->choice_members);
		}
}
#else
static void collect_choices(struct menu *m)
{
	(void)m;
}

static void restore_choices(void)
{
}
#endif

static bool parsed;

void rt_conf_parse(const char *name)
{
	if (!parsed)
		conf_parse(name);
	parsed = true;
}

void session_parse(void)
{
	conf_set_message_callback(NULL);
	rt_conf_parse("Kconfig");
	collect_symbols();
	collect_choices(&rootmenu);
}

static void reset_symbol(struct symbol *s)
{
	s->flags &= ~(SYMBOL_VALID | SYMBOL_WRITE | SYMBOL_DEF_USER | SYMBOL_WRITTEN);
	if (s->type == S_INT || s->type == S_HEX || s->type == S_STRING)
		free(s->def[S_DEF_USER].val);
	memset(&s->def[S_DEF_USER], 0, sizeof(s->def[S_DEF_USER]));
	memset(&s->curr, 0, sizeof(s->curr));
	s->visible = no;
	s->dir_dep.tri = s->rev_dep.tri = s->implied.tri = no;
}

/* Whether modules are on is also kept in a variable of the parser's own: have it set to no, as at the start. */
static void reset_modules(void)
{
	modules_sym->def[S_DEF_USER].tri = no;
	modules_sym->flags |= SYMBOL_DEF_USER;
	modules_sym->curr.tri = yes; /* so that there is a change to note */
	sym_clear_all_valid();
}

void session_reset(void)
{
	bool real = modules_sym->type != S_UNKNOWN && (modules_sym->flags & SYMBOL_CONST) == 0;
	for (size_t i = 0; i < session.n_sym; i++)
		reset_symbol(session.sym[i]);
	restore_choices();
	if (real)
		reset_modules();
	else
		sym_clear_all_valid();
	for (size_t i = 0; i < session.n_sym; i++)
		reset_symbol(session.sym[i]);
#ifdef KB_EXPR_CACHE
	expr_invalidate_all();
#endif
}

/* --- reading --- */

const char *session_line_option(const char *line, size_t n, size_t *len)
{
	const char *name = line;
	size_t k = strlen(KCP_NAME);
	if (n > 2 && line[0] == '#' && line[1] == ' ')
		name = line + 2;
	else if (n > 0 && line[0] == '#')
		return NULL;
	size_t left = n - (size_t)(name - line);
	if (left <= k || memcmp(name, KCP_NAME, k) != 0)
		return NULL;
	name += k;
	left -= k;
	const char *end = memchr(name, name - k == line ? '=' : ' ', left);
	if (end == NULL || end == name)
		return NULL;
	if (name - k != line && (left - (size_t)(end - name) < 11 || memcmp(end, " is not set", 11) != 0))
		return NULL;
	*len = (size_t)(end - name);
	return name;
}

static bool line_ok(const char *line, size_t n)
{
	size_t len;
	if (n > 0 && line[n - 1] == '\r')
		n--;
	if (n == 0 || line[0] == '#')
		return true;
	return memchr(line, '\0', n) == NULL && session_line_option(line, n, &len) != NULL;
}

int session_check(const char *name, const char *text, size_t n, struct failure *f)
{
	unsigned number = 1;
	for (size_t at = 0; at < n; number++) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end != NULL ? (size_t)(end - text) - at : n - at;
		if (!line_ok(text + at, len)) {
			fail(f, "neither an option nor a comment: `%.*s`", (int)(len > 80 ? 80 : len), text + at);
			snprintf(f->file, sizeof(f->file), "%s", name);
			f->line = number;
			return -1;
		}
		at += len + 1;
	}
	return 0;
}

static bool is_wanted(const char *name, size_t len, const struct want *want, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(want[i].name) == len && memcmp(want[i].name, name, len) == 0)
			return true;
	return false;
}

/* The text with the lines of wanted options blanked, so that line numbers stay true. */
static void add_without(struct text *out, const char *text, size_t n, const struct want *want, size_t n_want)
{
	for (size_t at = 0; at < n;) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end != NULL ? (size_t)(end - text) - at : n - at, name_len = 0;
		const char *name = session_line_option(text + at, len, &name_len);
		if (name == NULL || !is_wanted(name, name_len, want, n_want))
			text_add(out, text + at, len);
		text_add(out, "\n", 1);
		at += len + 1;
	}
}

void session_quote(struct text *out, const char *name, const char *value)
{
	text_addf(out, KCP_NAME "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			text_add(out, "\\", 1);
		text_add(out, value, 1);
	}
	text_add(out, "\"\n", 2);
}

/* A want as a line of a .config. An unknown symbol gives none: the caller tells. */
static int add_want(struct text *out, const struct want *w, struct failure *f)
{
	struct symbol *s = session_find(w->name);
	if (s == NULL)
		return 0;
	if (strchr(w->value, '\n') != NULL) {
		fail(f, "%s: a value cannot have a line break", w->name);
		return -1;
	}
	if (s->type == S_STRING) {
		session_quote(out, w->name, w->value);
		return 0;
	}
	if (!sym_string_valid(s, w->value) || (is_tri(s) && w->value[1] != '\0')) {
		fail(f, "%s is of type %s: it cannot be `%s`", w->name, sym_type_name(s->type), w->value);
		return -1;
	}
	if (is_tri(s) && strcmp(w->value, "n") == 0)
		text_addf(out, "# " KCP_NAME "%s is not set\n", w->name);
	else
		text_addf(out, KCP_NAME "%s=%s\n", w->name, w->value);
	return 0;
}

static void read_text(const char *name, const struct text *t)
{
	static char *kept; /* the parser keeps the pointer for later messages */
	free(kept);
	kept = strdup(name);
	session_reset();
	rt_give_file(kept, t->p != NULL ? t->p : "", t->n);
	setenv("KCONFIG_WARN_UNKNOWN_SYMBOLS", "1", 1); /* nothing is dropped in silence */
	conf_read(kept);
	unsetenv("KCONFIG_WARN_UNKNOWN_SYMBOLS");
	rt_give_file(NULL, NULL, 0);
}

int session_load(
	const char *name, const char *text, size_t n, const struct want *want, size_t n_want, struct failure *f)
{
	struct text t = {0};
	int r = session_check(name, text, n, f);
	add_without(&t, text, n, want, n_want);
	for (size_t i = 0; i < n_want && r == 0; i++)
		r = add_want(&t, &want[i], f);
	if (r == 0)
		read_text(name, &t);
	text_done(&t);
	return r;
}

struct want *session_options(const char *text, size_t n, size_t *count)
{
	struct want *v = NULL;
	*count = 0;
	for (size_t at = 0; at < n;) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end != NULL ? (size_t)(end - text) - at : n - at, name_len = 0;
		const char *name = session_line_option(text + at, len, &name_len);
		if (name != NULL) {
			v = grow(v, *count, sizeof(*v));
			v[(*count)++] = (struct want){strndup(name, name_len), ""};
		}
		at += len + 1;
	}
	return v;
}

void session_free_options(struct want *v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free((char *)v[i].name);
	free(v);
}

void session_merge_text(struct text *base, const char *fragment, size_t n)
{
	size_t count;
	struct text merged = {0};
	struct want *v = session_options(fragment, n, &count);
	add_without(&merged, base->p != NULL ? base->p : "", base->n, v, count);
	text_add(&merged, fragment, n);
	if (n > 0 && fragment[n - 1] != '\n')
		text_add(&merged, "\n", 1);
	session_free_options(v, count);
	text_done(base);
	*base = merged;
}

/* --- writing, looking --- */

char *session_save(bool minimal, size_t *n)
{
	if (minimal)
		conf_write_defconfig(RT_OUT);
	else
		conf_write(RT_OUT);
	return rt_take_output(n);
}

const char *session_value(struct symbol *s)
{
	sym_calc_value(s);
	const char *v = sym_get_string_value(s);
	return v != NULL ? v : "";
}

struct symbol *session_find(const char *name)
{
	struct symbol *s = sym_find(name);
	return s != NULL && s->type != S_UNKNOWN && (s->flags & SYMBOL_CONST) == 0 ? s : NULL;
}

static int distance(const char *a, const char *b)
{
	int row[65], n = (int)strlen(b);
	if (n > 64 || strlen(a) > 64)
		return 99;
	for (int j = 0; j <= n; j++)
		row[j] = j;
	for (int i = 1; a[i - 1] != '\0'; i++) {
		int corner = row[0];
		row[0] = i;
		for (int j = 1; j <= n; j++) {
			int up = row[j], best = corner + (a[i - 1] != b[j - 1]);
			corner = up;
			best = best < up + 1 ? best : up + 1;
			row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
		}
	}
	return row[n];
}

const char *session_nearest(const char *name)
{
	const char *best = "";
	int least = 1 + (int)strlen(name) / 3;
	for (size_t i = 0; i < session.n_sym; i++) {
		struct symbol *s = session.sym[i];
		if (s->name == NULL || s->type == S_UNKNOWN || (s->flags & SYMBOL_CONST) != 0)
			continue;
		int d = distance(name, s->name);
		if (d < least || (d == least && best[0] != '\0' && strcmp(s->name, best) < 0)) {
			least = d;
			best = s->name;
		}
	}
	return best;
}
