/* complete: see complete.h. */
#include "tui/complete.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/opt.h"
#include "core/pipeline.h"

enum { CANDIDATES_MAX = 400 };

/* The words before the cursor; the last one (maybe empty) is being typed. */
struct typed {
	struct strv word; /* whole words before it */
	char *last;       /* unquoted */
	size_t from;      /* where it begins in the line */
};

static void read_typed(struct typed *t, const char *line, size_t at)
{
	struct buf word = {0};
	char quote = 0;
	bool in_word = false;
	*t = (struct typed){.from = at};
	for (size_t i = 0; i < at; i++) {
		char c = line[i];
		bool blank = quote == 0 && (c == ' ' || c == '\t');
		if (blank && in_word) {
			strv_add(&t->word, word.n > 0 ? word.p : "");
			buf_clear(&word);
		}
		if (!blank && !in_word)
			t->from = i;
		in_word = !blank;
		if (blank)
			t->from = at;
		else if (quote == 0 && (c == '"' || c == '\''))
			quote = c;
		else if (c == quote)
			quote = 0;
		else if (c == '\\' && quote != '\'' && i + 1 < at)
			buf_addc(&word, line[++i]);
		else
			buf_addc(&word, c);
	}
	t->last = buf_take(&word);
}

static void typed_done(struct typed *t)
{
	strv_done(&t->word);
	free(t->last);
}

/* Add a candidate if it begins with what is typed. */
static void offer(struct strv *out, const char *typed, const char *candidate)
{
	if (out->n < CANDIDATES_MAX && str_starts(candidate, typed) && !strv_has(out, candidate))
		strv_add(out, candidate);
}

static void offer_commands(const struct complete *c, const char *typed, struct strv *out)
{
	for (size_t i = 0; i < c->table->n; i++)
		if (!(c->table->row[i]->flags & CMD_SHELL))
			offer(out, typed, c->table->row[i]->name);
	strv_sort(out);
	for (size_t i = 0; i < c->table->n && out->n == 0; i++) /* nothing begins so: what holds it */
		if (!(c->table->row[i]->flags & CMD_SHELL) && strstr(c->table->row[i]->name, typed) != NULL)
			strv_add(out, c->table->row[i]->name);
}

static void offer_choices(const char *typed, const char *prefix, const char *choices, struct strv *out)
{
	while (choices != NULL && *choices != '\0') {
		size_t n = strcspn(choices, "|");
		char *one = xasprintf("%s%.*s", prefix, (int)n, choices);
		offer(out, typed, one);
		free(one);
		choices += n + (choices[n] == '|');
	}
}

/* Settings: `key`, and after `=` the values it may have. */
static void offer_settings(const char *typed, bool values, struct strv *out)
{
	size_t n;
	const struct opt_row *row = opt_rows(&n);
	const char *eq = values ? strchr(typed, '=') : NULL;
	for (size_t i = 0; i < n; i++) {
		char *prefix = xasprintf("%s%s", row[i].key, values ? "=" : "");
		if (eq == NULL)
			offer(out, typed, prefix);
		else if (str_starts(typed, prefix))
			offer_choices(typed, prefix, row[i].type == OPT_BOOL ? "yes|no" : row[i].choices, out);
		if (eq != NULL && str_starts(typed, prefix) && row[i].choices == NULL && row[i].def[0] != '\0') {
			char *def = xasprintf("%s%s", prefix, row[i].def);
			offer(out, typed, def);
			free(def);
		}
		free(prefix);
	}
}

static void offer_files(const struct complete *c, const char *typed, bool folders_only, struct strv *out)
{
	const char *slash = strrchr(typed, '/'), *name = slash != NULL ? slash + 1 : typed;
	char *head = xstrndup(typed, (size_t)(name - typed));
	char *dir = fs_join(c->folder != NULL ? c->folder : ".", *head != '\0' ? head : ".");
	DIR *d = opendir(dir);
	for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL;) {
		if (entry->d_name[0] == '.' && name[0] != '.')
			continue;
		char *path = fs_join(dir, entry->d_name);
		bool folder = fs_is_dir(path);
		char *shown = xasprintf("%s%s%s", head, entry->d_name, folder ? "/" : "");
		if ((folder || !folders_only) && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			offer(out, typed, shown);
		free(shown);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	free(dir);
	free(head);
	strv_sort(out);
}

/* Everything a placeholder stands for. */
static void offer_placeholder(const struct complete *c, const char *placeholder, const char *typed, struct strv *out)
{
	struct strv names = {0};
	if (c->names != NULL)
		c->names(c->ctx, placeholder, &names);
	for (size_t i = 0; i < names.n; i++)
		offer(out, typed, names.v[i]);
	strv_done(&names);
	if (out->n > 0)
		return;
	if (strcmp(placeholder, "STAGE") == 0)
		for (int i = 0; i < STAGE_N; i++)
			offer(out, typed, pipeline_stage_ops((enum stage_id)i)->name);
	else if (strcmp(placeholder, "COMMAND") == 0)
		offer_commands(c, typed, out);
	else if (strcmp(placeholder, "SETTING") == 0 || strcmp(placeholder, "SETTING=VALUE") == 0)
		offer_settings(typed, strchr(placeholder, '=') != NULL, out);
	else if (strcmp(placeholder, "FILE") == 0 || strcmp(placeholder, "PATH") == 0 ||
		 strcmp(placeholder, "DIR") == 0)
		offer_files(c, typed, strcmp(placeholder, "DIR") == 0, out);
	else if (placeholder[0] >= 'a' && placeholder[0] <= 'z')
		offer_choices(typed, "", placeholder, out);
}

/* Word i of an argument template without its brackets and dots; the last one if it repeats. Returns owned, or NULL. */
static char *template_word(const char *args, size_t i)
{
	struct strv word = {0};
	strv_split(&word, args);
	bool repeats = word.n > 0 && strstr(word.v[word.n - 1], "…") != NULL;
	if (i >= word.n && repeats)
		i = word.n - 1;
	char *found = NULL;
	if (i < word.n) {
		char *s = word.v[i] + strspn(word.v[i], "[");
		found = xstrndup(s, strcspn(s, "]"));
		char *dots = strstr(found, "…");
		if (dots != NULL)
			*dots = '\0';
	}
	strv_done(&word);
	return found;
}

static const struct cmd_opt *option_named(const struct cmd *cmd, const char *word)
{
	for (const struct cmd_opt *o = cmd->option; o != NULL && o->name != NULL; o++)
		if ((str_starts(word, "--") && strcmp(word + 2, o->name) == 0) ||
			(word[0] == '-' && word[1] == o->letter && word[1] != '\0' && word[2] == '\0'))
			return o;
	return NULL;
}

static void offer_options(const struct cmd *cmd, const char *typed, struct strv *out)
{
	for (const struct cmd_opt *o = cmd->option; o != NULL && o->name != NULL; o++) {
		char *name = xasprintf("--%s", o->name);
		offer(out, typed, name);
		free(name);
	}
}

/* Which positional argument the word after `words` is; *pending gets an option that waits for its value. */
static size_t position(const struct cmd *cmd, const struct strv *words, const struct cmd_opt **pending)
{
	size_t n = 0;
	*pending = NULL;
	for (size_t i = 1; i < words->n; i++) {
		const struct cmd_opt *o = *pending == NULL ? option_named(cmd, words->v[i]) : NULL;
		if (*pending == NULL && words->v[i][0] != '-')
			n++;
		*pending = o != NULL && o->value != NULL ? o : NULL;
	}
	return n;
}

static void offer_arguments(const struct complete *c, const struct cmd *cmd, const struct typed *t, struct strv *out)
{
	const struct cmd_opt *pending;
	size_t at = position(cmd, &t->word, &pending);
	if (pending == NULL && t->last[0] == '-') {
		offer_options(cmd, t->last, out);
		return;
	}
	char *placeholder = pending != NULL ? xstrdup(pending->value) : template_word(cmd->args, at);
	if (placeholder != NULL)
		offer_placeholder(c, placeholder, t->last, out);
	free(placeholder);
}

/* As cmd_split would read it back. Returns owned. */
static char *quoted(const char *s)
{
	struct buf b = {0};
	for (; *s != '\0'; s++) {
		if (strchr(" \t'\"\\", *s) != NULL)
			buf_addc(&b, '\\');
		buf_addc(&b, *s);
	}
	return buf_take(&b);
}

void complete_line(const struct complete *c, const char *line, size_t at, struct strv *out, size_t *from)
{
	struct typed t;
	struct strv plain = {0};
	read_typed(&t, line, at);
	*from = t.from;
	const struct cmd *cmd = t.word.n > 0 ? cmd_find(c->table, t.word.v[0]) : NULL;
	if (t.word.n == 0)
		offer_commands(c, t.last, &plain);
	else if (cmd != NULL)
		offer_arguments(c, cmd, &t, &plain);
	for (size_t i = 0; i < plain.n; i++) {
		char *q = quoted(plain.v[i]);
		strv_add(out, q);
		free(q);
	}
	strv_done(&plain);
	typed_done(&t);
}

char *complete_common(const struct strv *candidates)
{
	if (candidates->n == 0)
		return xstrdup("");
	size_t n = strlen(candidates->v[0]);
	for (size_t i = 1; i < candidates->n; i++) {
		size_t k = 0;
		while (k < n && candidates->v[i][k] == candidates->v[0][k])
			k++;
		n = k;
	}
	while (n > 0 && ((unsigned char)candidates->v[0][n] & 0xc0) == 0x80)
		n--;
	return xstrndup(candidates->v[0], n);
}

const struct cmd *complete_command(const struct cmd_table *t, const char *line)
{
	line += strspn(line, " \t");
	size_t n = strcspn(line, " \t");
	char *name = xstrndup(line, n);
	const struct cmd *cmd = cmd_find(t, name);
	free(name);
	return cmd;
}
