/* conf: see conf.h. Text in, text out; the meaning of keys is opt.c's. */
#include "core/conf.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"

/* A line cut into key and value; both NULL for blanks and comments. */
struct pair {
	char *text; /* owned copy the others point into */
	char *key, *value;
	int key_col, value_col;
};

static void pair_cut(struct pair *p, const char *line)
{
	memset(p, 0, sizeof(*p));
	p->text = xstrdup(line);
	char *start = str_trim(p->text);
	if (*start == '\0' || *start == '#')
		return;
	p->key_col = (int)(start - p->text) + 1;
	char *eq = strchr(start, '=');
	p->key = start;
	if (eq == NULL)
		return;
	*eq = '\0';
	p->key = str_trim(start);
	p->value = str_trim(eq + 1);
	p->value_col = (int)(p->value - p->text) + 1;
}

static int check_pair(const char *path, int line, const struct pair *p, struct err *e)
{
	if (p->value == NULL) {
		err_at(e, path, line, p->key_col, _("expected `key = value`, found `%s`"), p->key);
		return -1;
	}
	const struct opt_row *row = opt_find(p->key);
	if (row == NULL) {
		err_at(e, path, line, p->key_col, _("unknown setting `%s`"), p->key);
		const struct opt_row *near = opt_nearest(p->key);
		if (near != NULL)
			err_hint(e, _("did you mean `%s`? `kiln help settings` lists them all"), near->key);
		else
			err_hint(e, _("`kiln help settings` lists them all"));
		return -1;
	}
	char *why;
	if (opt_check(row, p->value, &why) < 0) {
		err_at(e, path, line, p->value_col, "%s = %s: %s", row->key, p->value, why);
		free(why);
		return -1;
	}
	return 0;
}

static void split_lines(struct strv *out, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		strv_addf(out, "%.*s", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static int each_line(const struct conf *c, struct optset *opts, struct err *e)
{
	for (size_t i = 0; i < c->line.n; i++) {
		struct pair p;
		pair_cut(&p, c->line.v[i]);
		int r = p.key != NULL ? check_pair(c->path, (int)i + 1, &p, e) : 0;
		if (r == 0 && p.key != NULL && opts != NULL)
			optset_set(opts, opt_find(p.key)->id, p.value);
		free(p.text);
		if (r < 0)
			return -1;
	}
	return 0;
}

int conf_parse(struct conf *c, const char *path, const char *text, struct optset *opts, struct err *e)
{
	memset(c, 0, sizeof(*c));
	c->path = xstrdup(path);
	split_lines(&c->line, text);
	if (each_line(c, NULL, e) < 0) {
		conf_done(c);
		return -1;
	}
	return each_line(c, opts, e);
}

int conf_load(struct conf *c, const char *path, struct optset *opts, struct err *e)
{
	size_t len;
	memset(c, 0, sizeof(*c));
	char *text = fs_read(path, &len, e);
	if (text == NULL)
		return -1;
	int r;
	if (strlen(text) != len)
		r = err_at(e, path, 1, 0, _("not a text file (it holds a NUL byte)"));
	else
		r = conf_parse(c, path, text, opts, e);
	free(text);
	return r;
}

static long find_line(const struct conf *c, const struct opt_row *row)
{
	long found = -1;
	for (size_t i = 0; i < c->line.n; i++) {
		struct pair p;
		pair_cut(&p, c->line.v[i]);
		if (p.key != NULL && strcmp(p.key, row->key) == 0)
			found = (long)i;
		free(p.text);
	}
	return found;
}

void conf_set(struct conf *c, const struct opt_row *row, const char *value)
{
	long i = find_line(c, row);
	if (i < 0) {
		strv_addf(&c->line, "%s = %s", row->key, value);
		return;
	}
	free(c->line.v[i]);
	c->line.v[i] = xasprintf("%s = %s", row->key, value);
}

void conf_unset(struct conf *c, const struct opt_row *row)
{
	for (long i = find_line(c, row); i >= 0; i = find_line(c, row)) {
		free(c->line.v[i]);
		memmove(c->line.v + i, c->line.v + i + 1, (c->line.n - (size_t)i) * sizeof(*c->line.v));
		c->line.n--;
	}
}

int conf_save(const struct conf *c, struct err *e)
{
	struct buf b = {0};
	for (size_t i = 0; i < c->line.n; i++)
		buf_addf(&b, "%s\n", c->line.v[i]);
	int r = fs_write(c->path, b.p != NULL ? b.p : "", b.n, 0644, e);
	buf_done(&b);
	return r;
}

char *conf_template(void)
{
	struct buf b = {0};
	size_t n;
	const struct opt_row *row = opt_rows(&n);
	buf_adds(&b, _("# kiln.conf: settings of this lab, `key = value`. A commented line shows the default.\n"));
	for (size_t i = 0; i < n; i++) {
		buf_addf(&b, "\n# %s\n", _(row[i].help));
		if (row[i].type == OPT_INT)
			buf_addf(&b, _("# From %ld to %ld%s%s.\n"), row[i].min, row[i].max, *row[i].unit ? " " : "",
				row[i].unit);
		if (row[i].type == OPT_ENUM)
			buf_addf(&b, _("# One of %s.\n"), row[i].choices);
		buf_addf(&b, "#%s = %s\n", row[i].key, row[i].def);
	}
	return buf_take(&b);
}

void conf_done(struct conf *c)
{
	free(c->path);
	strv_done(&c->line);
	memset(c, 0, sizeof(*c));
}
