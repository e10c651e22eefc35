/* keymap: see keymap.h. Owns the rows and their parser. Invariant: within one context no row's keys are the beginning
 * of another row's, so that a look-up never has to wait to know what was meant. Rows stand in the order in which the
 * function bar and the help show them; a user's key for a command stands before the default one. */
#include "tui/keymap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/str.h"
#include "tui/default_keys.h"

enum { SEQUENCE_MAX = 6, ROWS_MAX = 4096 };

struct row {
	struct keymap_row text; /* strings owned */
	struct key key[SEQUENCE_MAX];
	size_t n;
	int line, layer;
};

struct keymap {
	struct row *row;
	size_t n, cap;
	int layer; /* how many texts were laid over each other */
};

static const char *const known_contexts[] = {"global", "normal", "kconfig", "source", "log", "console", "messages",
	"lesson", "workshop", "prompt", "overlay"};

static void row_done(struct row *r)
{
	free((char *)r->text.context);
	free((char *)r->text.keys);
	free((char *)r->text.command);
	free((char *)r->text.label);
}

static void insert(struct keymap *m, size_t at, const struct row *r)
{
	if (m->n == m->cap) {
		m->cap = m->cap != 0 ? m->cap * 2 : 64;
		m->row = xrealloc(m->row, m->cap * sizeof(*m->row));
	}
	memmove(&m->row[at + 1], &m->row[at], (m->n - at) * sizeof(*m->row));
	m->row[at] = *r;
	m->n++;
}

static void take_out(struct keymap *m, size_t at)
{
	row_done(&m->row[at]);
	memmove(&m->row[at], &m->row[at + 1], (m->n - at - 1) * sizeof(*m->row));
	m->n--;
}

/* Do the first n keys of a and b agree? */
static bool agree(const struct key *a, const struct key *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!key_equal(&a[i], &b[i]))
			return false;
	return true;
}

/* Can only one of two rows be there: same context, one's keys the beginning of the other's? */
static bool excludes(const struct row *a, const struct row *b)
{
	return strcmp(a->text.context, b->text.context) == 0 && agree(a->key, b->key, a->n < b->n ? a->n : b->n);
}

/* ---- parsing one line: `context keys command…  # label` ---- */

struct reader {
	const char *path, *start; /* of the line */
	int line;
	struct err *e;
};

static int column(const struct reader *r, const char *at)
{
	return (int)(at - r->start) + 1;
}

static size_t word(const char **s)
{
	*s += strspn(*s, " \t");
	return strcspn(*s, " \t");
}

static bool context_known(const struct keymap *m, const char *s, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(known_contexts); i++)
		if (strlen(known_contexts[i]) == n && strncmp(known_contexts[i], s, n) == 0)
			return true;
	for (size_t i = 0; i < m->n; i++)
		if (strlen(m->row[i].text.context) == n && strncmp(m->row[i].text.context, s, n) == 0)
			return true;
	return false;
}

/* Keys end at the first word that is no key: there the command begins. */
static int read_keys(const struct reader *r, const char **s, struct row *out)
{
	struct buf name = {0};
	struct err none = {0};
	for (size_t n; (n = word(s)) > 0; *s += n) {
		struct key k;
		if (key_parse(*s, n, &k, out->n == 0 ? &none : NULL) < 0)
			break;
		if (out->n == SEQUENCE_MAX) {
			buf_done(&name);
			return err_at(r->e, r->path, r->line, column(r, *s), _("more than %d keys in a row"),
				(int)SEQUENCE_MAX);
		}
		char shown[16];
		key_label(&k, shown);
		buf_addf(&name, "%s%s", name.n > 0 ? " " : "", shown);
		out->key[out->n++] = k;
	}
	out->text.keys = buf_take(&name);
	if (out->n == 0) {
		err_at(r->e, r->path, r->line, column(r, *s), "%s",
			none.msg != NULL ? none.msg : _("a key is missing"));
		err_hint(r->e, "%s", none.hint != NULL ? none.hint : _("a row is: context keys command"));
	}
	err_done(&none);
	return out->n > 0 ? 0 : -1;
}

/* Where ` # label` begins outside quotes; the end of s if there is none. */
static size_t label_at(const char *s)
{
	char quote = 0;
	size_t i = 0;
	for (; s[i] != '\0'; i++) {
		if (quote != 0)
			quote = s[i] == quote ? 0 : quote;
		else if (s[i] == '"' || s[i] == '\'')
			quote = s[i];
		else if (s[i] == '#' && i > 0 && strchr(" \t", s[i - 1]) != NULL)
			break;
	}
	return i;
}

/* Would this command line be understood? */
static int check_command(const struct reader *r, const char *at, const char *command, const struct cmd_table *t)
{
	if (t == NULL || strcmp(command, "none") == 0)
		return 0;
	struct strv words = {0};
	struct err why = {0};
	struct cmd_call *call = NULL;
	if (cmd_split(command, &words, &why) == 0)
		call = cmd_parse(t, words.v, &why);
	strv_done(&words);
	if (call != NULL) {
		cmd_free(call);
		return 0;
	}
	err_at(r->e, r->path, r->line, column(r, at), "%s", why.msg);
	if (why.hint != NULL)
		err_hint(r->e, "%s", why.hint);
	err_done(&why);
	return -1;
}

static int read_row(const struct reader *r, const struct keymap *m, const struct cmd_table *t, struct row *out)
{
	const char *s = r->start;
	size_t n = word(&s);
	if (!context_known(m, s, n)) {
		err_at(r->e, r->path, r->line, column(r, s), _("there is no context `%.*s`"), (int)(n < 40 ? n : 40),
			s);
		err_hint(r->e,
			_("a row is: context keys command; contexts are global, normal, kconfig, source, log, console, "
			  "messages, lesson, prompt, overlay"));
		return -1;
	}
	out->text.context = xstrndup(s, n);
	s += n;
	if (read_keys(r, &s, out) < 0)
		return -1;
	size_t end = label_at(s);
	char *command = xstrndup(s, end), *label = xstrdup(s[end] == '#' ? s + end + 1 : "");
	out->text.command = xstrdup(str_trim(command));
	out->text.label = *str_trim(label) != '\0' ? xstrdup(str_trim(label)) : NULL;
	free(command);
	free(label);
	if (*out->text.command != '\0')
		return check_command(r, s, out->text.command, t);
	err_at(r->e, r->path, r->line, column(r, s), _("no command after `%s`"), out->text.keys);
	err_hint(r->e, _("a row is: context keys command; the command `none` takes a binding away"));
	return -1;
}

/* Rows of the same text that exclude each other are a mistake, not an override. */
static int check_twice(const struct reader *r, const struct keymap *fresh, const struct row *row)
{
	for (size_t i = 0; i < fresh->n; i++) {
		const struct row *other = &fresh->row[i];
		if (!excludes(other, row))
			continue;
		err_at(r->e, r->path, r->line, 1, _("%s `%s` cannot be bound: line %d binds `%s`"), row->text.context,
			row->text.keys, other->line, other->text.keys);
		err_hint(r->e, _("take one of the two lines out"));
		return -1;
	}
	return 0;
}

static int read_line(const struct reader *r, struct keymap *fresh, const struct keymap *m, const struct cmd_table *t)
{
	const char *s = r->start;
	if (word(&s) == 0 || *s == '#')
		return 0;
	struct row row = {.line = r->line, .layer = m->layer + 1};
	int status = read_row(r, m, t, &row);
	if (status == 0)
		status = check_twice(r, fresh, &row);
	if (status == 0 && fresh->n >= ROWS_MAX)
		status = err_at(r->e, r->path, r->line, 1, _("more than %d rows"), (int)ROWS_MAX);
	if (status == 0)
		insert(fresh, fresh->n, &row);
	else
		row_done(&row);
	return status;
}

/* ---- laying rows over a map ---- */

/* Put a row where the first one of the same command stands, taking over its label if it has none. */
static void put(struct keymap *m, const struct row *fresh)
{
	struct row copy = *fresh, *row = &copy;
	size_t at = m->n;
	for (size_t i = m->n; i-- > 0;)
		if (m->row[i].layer < row->layer && strcmp(m->row[i].text.context, row->text.context) == 0 &&
			strcmp(m->row[i].text.command, row->text.command) == 0)
			at = i;
	if (at < m->n && row->text.label == NULL) {
		row->text.label = m->row[at].text.label;
		m->row[at].text.label = NULL;
	}
	insert(m, at, row);
}

/* First all new rows, as what they displace gives them place and label; then what they displace goes. */
static void lay_over(struct keymap *m, const struct keymap *fresh)
{
	m->layer++;
	for (size_t i = 0; i < fresh->n; i++)
		if (strcmp(fresh->row[i].text.command, "none") != 0)
			put(m, &fresh->row[i]);
	for (size_t i = 0; i < fresh->n; i++)
		for (size_t k = m->n; k-- > 0;)
			if (m->row[k].layer < m->layer && excludes(&m->row[k], &fresh->row[i]))
				take_out(m, k);
	for (size_t i = 0; i < fresh->n; i++)
		if (strcmp(fresh->row[i].text.command, "none") == 0)
			row_done(&fresh->row[i]);
}

int keymap_parse(struct keymap *m, const char *path, const char *text, const struct cmd_table *t, struct err *e)
{
	struct keymap fresh = {0};
	int line = 1, status = 0;
	while (*text != '\0' && status == 0) {
		size_t n = strcspn(text, "\n");
		char *copy = xstrndup(text, n);
		if (n > 0 && copy[strlen(copy) - 1] == '\r')
			copy[strlen(copy) - 1] = '\0';
		struct reader r = {path, copy, line++, e};
		status = read_line(&r, &fresh, m, t);
		free(copy);
		text += n + (text[n] == '\n');
	}
	if (status == 0)
		lay_over(m, &fresh);
	else
		for (size_t i = 0; i < fresh.n; i++)
			row_done(&fresh.row[i]);
	free(fresh.row);
	return status;
}

struct keymap *keymap_default(void)
{
	struct keymap *m = xcalloc(1, sizeof(*m));
	struct err e = {0};
	if (keymap_parse(m, "the default keys", default_keys, NULL, &e) < 0)
		err_print(&e, stderr);
	assert(!err_is(&e));
	return m;
}

char *keymap_user_path(void)
{
	return paths_config("keys");
}

int keymap_load_user(struct keymap *m, const struct cmd_table *t, struct err *e)
{
	char *path = keymap_user_path();
	int status = 0;
	if (fs_exists(path)) {
		size_t n;
		char *text = fs_read(path, &n, e);
		if (text == NULL)
			status = -1;
		else if (strlen(text) != n)
			status = err_at(e, path, 0, 0, _("is no text: it holds NUL bytes"));
		else
			status = keymap_parse(m, path, text, t, e);
		free(text);
	}
	free(path);
	return status;
}

void keymap_free(struct keymap *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++)
		row_done(&m->row[i]);
	free(m->row);
	free(m);
}

/* ---- looking up ---- */

enum keymap_hit keymap_find(
	const struct keymap *m, const char *const *contexts, const struct key *keys, size_t n, const char **command)
{
	*command = NULL;
	if (n == 0 || n > SEQUENCE_MAX)
		return KEYMAP_NONE;
	for (; *contexts != NULL; contexts++)
		for (size_t i = 0; i < m->n; i++) {
			const struct row *r = &m->row[i];
			if (r->n < n || strcmp(r->text.context, *contexts) != 0 || !agree(r->key, keys, n))
				continue;
			if (r->n > n)
				return KEYMAP_PREFIX;
			*command = r->text.command;
			return KEYMAP_COMMAND;
		}
	return KEYMAP_NONE;
}

void keymap_each(
	const struct keymap *m, const char *context, void (*fn)(void *ctx, const struct keymap_row *r), void *ctx)
{
	for (size_t i = 0; i < m->n; i++)
		if (context == NULL || strcmp(context, m->row[i].text.context) == 0)
			fn(ctx, &m->row[i].text);
}

/* Is the first word of line exactly this? */
static bool first_word_is(const char *line, const char *name)
{
	size_t n = strlen(name);
	return strncmp(line, name, n) == 0 && (line[n] == '\0' || strchr(" \t", line[n]) != NULL);
}

const char *keymap_keys_of(const struct keymap *m, const char *context, const char *command)
{
	const char *by_word = NULL;
	for (size_t i = 0; i < m->n; i++) {
		const struct keymap_row *r = &m->row[i].text;
		if (context != NULL && strcmp(r->context, context) != 0)
			continue;
		if (strcmp(r->command, command) == 0)
			return r->keys;
		if (by_word == NULL && first_word_is(r->command, command))
			by_word = r->keys;
	}
	return by_word;
}

char *keymap_text(const struct keymap *m, const char *context, const char *text)
{
	const char *const order[] = {context != NULL ? context : "normal", "normal", "global", NULL};
	struct buf b = {0};
	while (*text != '\0') {
		const char *end = str_starts(text, "{key:") ? strchr(text, '}') : NULL;
		if (end == NULL) {
			buf_addc(&b, *text++);
			continue;
		}
		char *command = xstrndup(text + 5, (size_t)(end - text - 5));
		const char *keys = NULL;
		for (size_t i = 0; i < ARRAY_LEN(order) && keys == NULL; i++)
			keys = keymap_keys_of(m, order[i], command);
		buf_addf(&b, keys != NULL ? "[%s]" : "`:%s`", keys != NULL ? keys : command);
		free(command);
		text = end + 1;
	}
	return buf_take(&b);
}

void keymap_continuations(const struct keymap *m, const char *const *contexts, const struct key *keys, size_t n,
	void (*fn)(void *ctx, const char *next_key, const char *command), void *ctx)
{
	struct strv seen = {0};
	for (; *contexts != NULL && n < SEQUENCE_MAX; contexts++)
		for (size_t i = 0; i < m->n; i++) {
			const struct row *r = &m->row[i];
			if (r->n <= n || strcmp(r->text.context, *contexts) != 0 || !agree(r->key, keys, n))
				continue;
			char name[16];
			key_label(&r->key[n], name);
			if (strv_has(&seen, name))
				continue;
			strv_add(&seen, name);
			fn(ctx, name, r->n == n + 1 ? r->text.command : NULL);
		}
	strv_done(&seen);
}
