/* cmd: see cmd.h. Looks up and parses; what commands do is in core/cmd_*.c and tui/. */
#include "core/cmd.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"

void cmd_register(struct cmd_table *t, const struct cmd *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct cmd *same = cmd_find(t, rows[i].name);
		assert(t->n < CMD_MAX);
		assert(same == NULL ||
			((same->flags ^ rows[i].flags) & (CMD_SCREEN | CMD_SHELL)) == (CMD_SCREEN | CMD_SHELL));
		t->row[t->n++] = &rows[i];
	}
}

const struct cmd *cmd_find(const struct cmd_table *t, const char *name)
{
	const struct cmd *other = NULL;
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->row[i]->name, name) != 0)
			continue;
		if (!(t->row[i]->flags & (t->screen ? CMD_SHELL : CMD_SCREEN)))
			return t->row[i];
		other = t->row[i];
	}
	return other;
}

const struct cmd *cmd_nearest(const struct cmd_table *t, const char *name)
{
	const struct cmd *best = NULL;
	int least = 3;
	for (size_t i = 0; i < t->n; i++) {
		int d = str_distance(name, t->row[i]->name);
		if (d < least) {
			least = d;
			best = t->row[i];
		}
	}
	return best;
}

/* Positional arguments a template asks for: *min needed, *max allowed (-1: any number). */
static void count_args(const char *args, int *min, int *max)
{
	struct strv word = {0};
	strv_split(&word, args);
	*min = *max = 0;
	for (size_t i = 0; i < word.n; i++) {
		if (word.v[i][0] != '[')
			++*min;
		if (*max >= 0)
			++*max;
		if (strstr(word.v[i], "…") != NULL)
			*max = -1;
	}
	strv_done(&word);
}

static const struct cmd_opt *find_opt(const struct cmd *cmd, const char *name, size_t n, char letter)
{
	for (const struct cmd_opt *o = cmd->option; o != NULL && o->name != NULL; o++) {
		if (name != NULL && strlen(o->name) == n && strncmp(o->name, name, n) == 0)
			return o;
		if (name == NULL && o->letter == letter)
			return o;
	}
	return NULL;
}

static void add_given(struct cmd_call *c, const struct cmd_opt *o, const char *value)
{
	c->given = xrealloc(c->given, (c->n_given + 1) * sizeof(*c->given));
	c->given[c->n_given++] = (struct cmd_given){o, value != NULL ? xstrdup(value) : NULL};
}

/* The forms: --name, --name=value, -x, -xvalue. */
int cmd_parse_option(struct cmd_call *c, char *const *words, struct err *e)
{
	const char *w = words[0], *value = NULL;
	const struct cmd_opt *o;
	if (w[1] == '-') {
		size_t n = strcspn(w + 2, "=");
		o = find_opt(c->cmd, w + 2, n, 0);
		value = w[2 + n] == '=' ? w + 3 + n : NULL;
	} else {
		o = find_opt(c->cmd, NULL, 0, w[1]);
		value = w[2] != '\0' ? w + 2 : NULL;
	}
	if (o == NULL) {
		err_set(e, ERR_USAGE, _("%s: unknown option %s"), c->cmd->name, w);
		err_hint(
			e, _("kiln help%s%s"), c->cmd->run != NULL ? " " : "", c->cmd->run != NULL ? c->cmd->name : "");
		return -1;
	}
	if (o->value == NULL && value != NULL)
		return err_set(e, ERR_USAGE, _("%s: --%s takes no value"), c->cmd->name, o->name);
	if (o->value != NULL && value == NULL && words[1] == NULL)
		return err_set(e, ERR_USAGE, _("%s: --%s needs %s"), c->cmd->name, o->name, o->value);
	bool next = o->value != NULL && value == NULL;
	add_given(c, o, next ? words[1] : value);
	return next ? 2 : 1;
}

static int parse_words(struct cmd_call *c, char *const *words, struct err *e)
{
	bool options = true;
	while (*words != NULL) {
		if (options && strcmp(*words, "--") == 0) {
			options = false;
			words++;
		} else if (options && words[0][0] == '-' && words[0][1] != '\0') {
			int used = cmd_parse_option(c, words, e);
			if (used < 0)
				return -1;
			words += used;
		} else {
			strv_add(&c->arg, *words++);
		}
	}
	return 0;
}

struct cmd_call *cmd_parse(const struct cmd_table *t, char *const *words, struct err *e)
{
	const struct cmd *cmd = cmd_find(t, words[0]);
	if (cmd == NULL) {
		const struct cmd *near = cmd_nearest(t, words[0]);
		err_set(e, ERR_USAGE, _("unknown command `%s`"), words[0]);
		if (near != NULL)
			err_hint(e, _("did you mean `%s`?"), near->name);
		else
			err_hint(e, _("`kiln help` lists the commands"));
		return NULL;
	}
	struct cmd_call *c = xcalloc(1, sizeof(*c));
	c->cmd = cmd;
	int min, max;
	count_args(cmd->args, &min, &max);
	int r = parse_words(c, words + 1, e);
	if (r == 0 && ((int)c->arg.n < min || (max >= 0 && (int)c->arg.n > max))) {
		r = err_set(e, ERR_USAGE, _("usage: %s%s%s%s"), t->screen ? "" : "kiln ", cmd->name,
			cmd->args[0] ? " " : "", cmd->args);
		err_hint(e, "%shelp %s", t->screen ? "" : "kiln ", cmd->name);
	}
	if (r == 0)
		return c;
	cmd_free(c);
	return NULL;
}

/* Read one word starting at *s (not blank) into b. */
static int split_word(const char **s, struct buf *b, struct err *e)
{
	char quote = 0;
	for (; **s != '\0' && (quote != 0 || strchr(" \t", **s) == NULL); ++*s) {
		if (quote == 0 && (**s == '\'' || **s == '"')) {
			quote = **s;
		} else if (**s == quote) {
			quote = 0;
		} else if (**s == '\\' && quote != '\'' && (*s)[1] != '\0') {
			buf_addc(b, *++*s);
		} else {
			buf_addc(b, **s);
		}
	}
	return quote == 0 ? 0 : err_set(e, ERR_USAGE, _("a %c is not closed"), quote);
}

int cmd_split(const char *line, struct strv *words, struct err *e)
{
	for (line += strspn(line, " \t"); *line != '\0'; line += strspn(line, " \t")) {
		struct buf b = {0};
		int r = split_word(&line, &b, e);
		char *word = buf_take(&b);
		if (r == 0)
			strv_add(words, word);
		free(word);
		if (r < 0)
			return -1;
	}
	return 0;
}

void cmd_run(struct cmd_call *call)
{
	call->cmd->run(call);
}

void cmd_done(struct cmd_call *call, struct err *e)
{
	struct err none = {0};
	if (call->done != NULL)
		call->done(call, e != NULL ? e : &none);
	if (e != NULL)
		err_done(e);
	cmd_free(call);
}

const char *cmd_value(const struct cmd_call *call, const char *option)
{
	const char *found = NULL;
	for (size_t i = 0; i < call->n_given; i++)
		if (strcmp(call->given[i].opt->name, option) == 0)
			found = call->given[i].value != NULL ? call->given[i].value : "";
	return found;
}

struct json_object *cmd_json(struct cmd_call *call)
{
	if (call->json == NULL)
		call->json = json_object_new_object();
	return call->json;
}

bool cmd_is_report_switch(const char *word)
{
	static const char *const known[] = {"--json", "--verbose", "-v", "--quiet", "-q", "--help", "-h"};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(word, known[i]) == 0)
			return true;
	return false;
}

void cmd_given_done(struct cmd_call *c)
{
	for (size_t i = 0; i < c->n_given; i++)
		free(c->given[i].value);
	free(c->given);
	c->given = NULL;
	c->n_given = 0;
}

void cmd_free(struct cmd_call *call)
{
	strv_done(&call->arg);
	cmd_given_done(call);
	if (call->json != NULL)
		json_object_put(call->json);
	free(call);
}
