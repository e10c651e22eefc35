/* hilite: see hilite.h. A line is worked from left to right: every rule of the state remembers its next match, and the
 * earliest is taken. Bounds: HILITE_BYTES of a line, MATCH_LIMIT steps a match, STEPS_MAX changes of state at one
 * place. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "tui/hilite.h"

#include <dirent.h>
#include <fnmatch.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/str.h"

#define HILITE_BYTES 4096
#define MATCH_LIMIT  20000
#define RULES_MAX    64
#define STEPS_MAX    8

struct rule {
	enum style style;
	int to; /* index of a state, -1: stay */
	char *to_name;
	int line, col; /* of to_name, for messages */
	pcre2_code *code;
};

struct state {
	char *name;
	enum style style;
	struct rule *rule;
	size_t n;
};

struct hilite {
	char *name;
	struct strv files;
	struct state *state;
	size_t n;
	pcre2_match_data *match;
	pcre2_match_context *limits;
};

/* --- rule files --- */

/* Where the parser is. */
struct at {
	const char *path;
	int line;
	const char *begin, *s; /* the line and the place in it */
};

static int fail(const struct at *a, struct err *e, const char *what)
{
	return err_at(e, a->path, a->line, (int)(a->s - a->begin) + 1, "%s", what);
}

/* The next word of the line. Returns owned, "" at its end. */
static char *word(struct at *a)
{
	a->s += strspn(a->s, " \t");
	size_t n = strcspn(a->s, " \t");
	char *w = xstrndup(a->s, n);
	a->s += n;
	return w;
}

/* A style by name, short names meaning syntax.NAME. Reads a word. */
static int style_word(struct at *a, enum style *out, struct err *e)
{
	char *w = word(a), *full = xasprintf("syntax.%s", w);
	int s = style_find(full);
	if (s < 0)
		s = style_find(w);
	if (s < 0) {
		a->s -= strlen(w);
		err_at(e, a->path, a->line, (int)(a->s - a->begin) + 1, _("there is no style `%s`"), w);
		err_hint(
			e, _("keyword type string number comment preproc label register function text, or any style of "
			     "the themes"));
	}
	free(full);
	free(w);
	if (s < 0)
		return -1;
	*out = (enum style)s;
	return 0;
}

static int add_rule(struct hilite *h, struct at *a, struct rule r, const char *pattern, struct err *e)
{
	int number;
	size_t offset;
	struct state *st = &h->state[h->n - 1];
	r.code = pcre2_compile(
		(PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_BACKSLASH_C, &number, &offset, NULL);
	if (r.code == NULL) {
		char why[128];
		pcre2_get_error_message(number, (PCRE2_UCHAR *)why, sizeof(why));
		free(r.to_name);
		return err_at(
			e, a->path, a->line, (int)(a->s - a->begin + (long)offset) + 1, _("bad pattern: %s"), why);
	}
	pcre2_jit_compile(r.code, PCRE2_JIT_COMPLETE);
	st->rule = xrealloc(st->rule, (st->n + 1) * sizeof(*st->rule));
	st->rule[st->n++] = r;
	return 0;
}

/* `STYLE [>STATE] PATTERN` */
static int pattern_line(struct hilite *h, struct at *a, struct err *e)
{
	struct rule r = {.to = -1, .line = a->line};
	if (style_word(a, &r.style, e) < 0)
		return -1;
	a->s += strspn(a->s, " \t");
	if (a->s[0] == '>' && a->s[1] != ' ' && a->s[1] != '\0') {
		a->s++;
		r.col = (int)(a->s - a->begin) + 1;
		r.to_name = word(a);
		a->s += strspn(a->s, " \t");
	}
	if (*a->s != '\0')
		return add_rule(h, a, r, a->s, e);
	free(r.to_name);
	return fail(a, e, _("a pattern must follow"));
}

/* `words STYLE WORD…` */
static int words_line(struct hilite *h, struct at *a, struct err *e)
{
	struct rule r = {.to = -1};
	struct buf b = {0};
	if (style_word(a, &r.style, e) < 0)
		return -1;
	a->s += strspn(a->s, " \t");
	if (*a->s == '\0')
		return fail(a, e, _("words must follow"));
	buf_adds(&b, "(?<![\\w.%$])(?:");
	struct at rest = *a;
	for (char *w = word(&rest); w != NULL; w = word(&rest)) {
		const bool end = *w == '\0';
		if (!end)
			buf_addf(&b, "%s\\Q%s\\E", b.p[b.n - 1] == ':' ? "" : "|", w);
		free(w);
		if (end)
			break;
	}
	buf_adds(&b, ")(?!\\w)");
	int result = add_rule(h, a, r, b.p, e);
	buf_done(&b);
	return result;
}

static int rule_line(struct hilite *h, struct at *a, struct err *e)
{
	if (h->n == 0)
		return fail(a, e, _("a rule needs a `state NAME` line before it"));
	if (h->state[h->n - 1].n == RULES_MAX)
		return fail(a, e, _("too many rules in this state"));
	if (strncmp(a->s, "words", 5) == 0 && strchr(" \t", a->s[5]) != NULL) {
		a->s += 5;
		return words_line(h, a, e);
	}
	return pattern_line(h, a, e);
}

static int state_line(struct hilite *h, struct at *a, struct err *e)
{
	struct state st = {.style = STYLE_TEXT, .name = word(a)};
	h->state = xrealloc(h->state, (h->n + 1) * sizeof(*h->state));
	h->state[h->n++] = st;
	if (*st.name == '\0')
		return fail(a, e, _("the state's name must follow"));
	a->s += strspn(a->s, " \t");
	return *a->s == '\0' ? 0 : style_word(a, &h->state[h->n - 1].style, e);
}

static int head_line(struct hilite *h, struct at *a, struct err *e)
{
	char *key = word(a);
	int r = 0;
	if (strcmp(key, "name") == 0) {
		a->s += strspn(a->s, " \t");
		free(h->name);
		h->name = xstrdup(a->s);
	} else if (strcmp(key, "files") == 0) {
		strv_split(&h->files, a->s);
	} else if (strcmp(key, "state") == 0) {
		r = state_line(h, a, e);
	} else {
		a->s = a->begin;
		r = fail(a, e, _("must be `name`, `files`, `state`, or an indented rule"));
	}
	free(key);
	return r;
}

static int parse_line(struct hilite *h, const char *path, int number, char *line, struct err *e)
{
	struct at a = {path, number, line, line};
	size_t n = strlen(line);
	while (n > 0 && strchr(" \t\r", line[n - 1]) != NULL)
		line[--n] = '\0';
	a.s += strspn(line, " \t");
	if (*a.s == '\0' || *line == '#')
		return 0;
	return a.s == line ? head_line(h, &a, e) : rule_line(h, &a, e);
}

static int resolve_rule(const struct hilite *h, const char *path, struct rule *r, struct err *e)
{
	for (size_t i = 0; r->to_name != NULL && i < h->n; i++)
		if (strcmp(h->state[i].name, r->to_name) == 0)
			r->to = (int)i;
	if (r->to_name != NULL && r->to < 0)
		return err_at(e, path, r->line, r->col, _("there is no state `%s`"), r->to_name);
	return 0;
}

/* Turn names of states into indexes. */
static int resolve(struct hilite *h, const char *path, struct err *e)
{
	if (h->n == 0)
		return err_at(e, path, 1, 1, _("there is no `state` in it"));
	for (size_t i = 0; i < h->n; i++)
		for (size_t k = 0; k < h->state[i].n; k++)
			if (resolve_rule(h, path, &h->state[i].rule[k], e) < 0)
				return -1;
	return 0;
}

static int parse_text(struct hilite *h, const char *path, const char *text, struct err *e)
{
	for (int number = 1; *text != '\0'; number++) {
		size_t n = strcspn(text, "\n");
		char *line = xstrndup(text, n);
		int r = parse_line(h, path, number, line, e);
		free(line);
		if (r < 0)
			return -1;
		text += n + (text[n] == '\n');
	}
	return resolve(h, path, e);
}

struct hilite *hilite_parse(const char *path, const char *text, struct err *e)
{
	struct hilite *h = xcalloc(1, sizeof(*h));
	h->match = pcre2_match_data_create(1, NULL);
	h->limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(h->limits, MATCH_LIMIT);
	if (parse_text(h, path, text, e) == 0)
		return h;
	hilite_free(h);
	return NULL;
}

void hilite_free(struct hilite *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < h->n; i++) {
		for (size_t k = 0; k < h->state[i].n; k++) {
			pcre2_code_free(h->state[i].rule[k].code);
			free(h->state[i].rule[k].to_name);
		}
		free(h->state[i].rule);
		free(h->state[i].name);
	}
	free(h->state);
	strv_done(&h->files);
	free(h->name);
	pcre2_match_data_free(h->match);
	pcre2_match_context_free(h->limits);
	free(h);
}

const char *hilite_name(const struct hilite *h)
{
	return h->name != NULL ? h->name : "";
}

/* --- finding the rules for a file --- */

/* How well patterns fit a name: the length of the longest one that does, 0 if none (`*.lds.S` beats `*.S`). */
static size_t fits(const struct strv *pattern, const char *filename)
{
	const char *base = strrchr(filename, '/') != NULL ? strrchr(filename, '/') + 1 : filename;
	size_t best = 0;
	for (size_t i = 0; i < pattern->n; i++)
		if (strlen(pattern->v[i]) > best && fnmatch(pattern->v[i], base, 0) == 0)
			best = strlen(pattern->v[i]);
	return best;
}

bool hilite_fits(const struct hilite *h, const char *filename)
{
	return fits(&h->files, filename) > 0;
}

/* How well the `files` lines of a rule text fit. Nothing is compiled for that. */
static size_t text_fits(const char *text, const char *filename)
{
	struct strv files = {0};
	for (const char *s = text; s != NULL && *s != '\0'; s = strchr(s, '\n'), s += s != NULL)
		if (strncmp(s, "files ", 6) == 0) {
			char *line = xstrndup(s + 6, strcspn(s + 6, "\r\n"));
			strv_split(&files, line);
			free(line);
		}
	size_t best = fits(&files, filename);
	strv_done(&files);
	return best;
}

static void list_rules(const char *dir, struct strv *out)
{
	DIR *d = opendir(dir);
	for (struct dirent *i; d != NULL && (i = readdir(d)) != NULL;)
		if (str_ends(i->d_name, ".syntax"))
			strv_add(out, i->d_name);
	if (d != NULL)
		closedir(d);
	strv_sort(out);
}

/* The rules in one folder that fit best. *found: some were there, good or broken. */
static struct hilite *look_in(const char *dir, const char *filename, bool *found, struct err *e)
{
	struct strv names = {0};
	char *best_path = NULL, *best_text = NULL;
	size_t best = 0;
	list_rules(dir, &names);
	for (size_t i = 0; i < names.n; i++) {
		char *path = fs_join(dir, names.v[i]), *text = fs_read(path, NULL, e);
		const size_t fit = text != NULL ? text_fits(text, filename) : 0;
		if (fit > best) {
			char *worse_path = best_path, *worse_text = best_text;
			best = fit;
			best_path = path;
			best_text = text;
			path = worse_path;
			text = worse_text;
		}
		free(text);
		free(path);
	}
	struct hilite *h = best > 0 ? hilite_parse(best_path, best_text, e) : NULL;
	*found = best > 0;
	free(best_path);
	free(best_text);
	strv_done(&names);
	return h;
}

struct hilite *hilite_for(const char *filename, struct err *e)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *user = base != NULL && *base == '/' ? fs_join(base, "kiln/themes")
						  : fs_join(home != NULL ? home : "/", ".config/kiln/themes");
	char *shipped = paths_data("themes");
	bool found = false;
	struct hilite *h = look_in(user, filename, &found, e);
	if (!found)
		h = look_in(shipped, filename, &found, e);
	free(user);
	free(shipped);
	return h;
}

/* --- styling --- */

static void add_span(struct hilite_line *out, size_t from, size_t to, enum style style)
{
	struct hilite_span *last = out->n > 0 ? &out->span[out->n - 1] : NULL;
	if (from >= to || style == STYLE_TEXT)
		return;
	if (last != NULL && last->to == from && last->style == style)
		last->to = to;
	else if (out->n < HILITE_MAX)
		out->span[out->n++] = (struct hilite_span){from, to, style};
}

/* The next match of each rule of the state in hand, from a place on. */
struct scan {
	const struct hilite *h;
	const struct state *st;
	const char *text;
	size_t n, at;
	struct {
		size_t from, to;
	} next[RULES_MAX];
};

static void find(struct scan *s, size_t i)
{
	const PCRE2_SIZE *o = pcre2_get_ovector_pointer(s->h->match);
	int r = pcre2_match(s->st->rule[i].code, (PCRE2_SPTR)s->text, s->n, s->at, 0, s->h->match, s->h->limits);
	s->next[i].from = r >= 0 && o[0] >= s->at && o[1] >= o[0] ? o[0] : SIZE_MAX;
	s->next[i].to = r >= 0 ? o[1] : 0;
}

/* The rule whose match comes first, or -1. Matches of nothing count only if they change the state. */
static int earliest(struct scan *s, bool fresh)
{
	int best = -1;
	for (size_t i = 0; i < s->st->n; i++) {
		if (fresh || s->next[i].from < s->at)
			find(s, i);
		if (s->next[i].from == SIZE_MAX || (s->next[i].to == s->next[i].from && s->st->rule[i].to < 0))
			continue;
		if (best < 0 || s->next[i].from < s->next[best].from)
			best = (int)i;
	}
	return best;
}

unsigned hilite_line(const struct hilite *h, unsigned state, const char *text, size_t n, struct hilite_line *out)
{
	struct scan s = {.h = h, .text = text, .n = n < HILITE_BYTES ? n : HILITE_BYTES};
	unsigned steps = 0;
	bool fresh = true;
	out->n = 0;
	s.st = &h->state[state < h->n ? state : 0];
	while (steps < STEPS_MAX) {
		int best = earliest(&s, fresh);
		if (best < 0)
			break;
		const struct rule *r = &s.st->rule[best];
		const size_t from = s.next[best].from, to = s.next[best].to;
		add_span(out, s.at, from, s.st->style);
		add_span(out, from, to, r->style);
		steps = to > s.at ? 0 : steps + 1;
		s.at = to;
		fresh = r->to >= 0;
		if (fresh)
			s.st = &h->state[r->to];
	}
	add_span(out, s.at, n, s.st->style);
	return (unsigned)(s.st - h->state);
}
