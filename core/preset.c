/* preset: see preset.h. The name may also be the path of a fragment file of the user's. */
#include "core/preset.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"

#define SUFFIX ".config"

int preset_names(struct strv *out, struct err *e)
{
	char *dir = paths_data("kconfig/presets");
	DIR *d = opendir(dir);
	struct dirent *entry;
	int r = d != NULL ? 0 : err_sys(e, errno, _("cannot list the presets in %s"), dir);
	while (d != NULL && (entry = readdir(d)) != NULL) {
		size_t n = strlen(entry->d_name);
		if (entry->d_name[0] == '.' || !str_ends(entry->d_name, SUFFIX))
			continue;
		char *name = xstrndup(entry->d_name, n - strlen(SUFFIX));
		strv_add(out, name);
		free(name);
	}
	if (d != NULL)
		closedir(d);
	strv_sort(out);
	free(dir);
	return r;
}

static void no_such(const char *name, struct err *e)
{
	struct strv names = {0};
	struct buf list = {0};
	struct err ignored = {0};
	preset_names(&names, &ignored);
	for (size_t i = 0; i < names.n; i++)
		buf_addf(&list, "%s%s", i > 0 ? ", " : "", names.v[i]);
	err_set(e, ERR_INPUT, _("there is no preset `%s`"), name);
	err_hint(e, _("the presets are: %s; or give the path of a file with CONFIG_ lines"),
		list.n > 0 ? list.p : "none");
	err_done(&ignored);
	buf_done(&list);
	strv_done(&names);
}

/* A path names a file; a plain word a shipped preset. Returns owned. */
static char *path_of(const char *name)
{
	if (strchr(name, '/') != NULL)
		return fs_absolute(name);
	char *sub = xasprintf("kconfig/presets/%s" SUFFIX, name), *path = paths_data(sub);
	free(sub);
	return path;
}

static void add(struct preset *p, const char *name, size_t n, char *value)
{
	p->want = xrealloc(p->want, (p->n + 1) * sizeof(*p->want));
	p->want[p->n++] = (struct kcbuild_want){xstrndup(name, n), value};
}

/* "…" with its escapes undone, as a .config has it. Returns owned, NULL with *e. */
static char *unquote(const struct preset *p, int line, const char *s, struct err *e)
{
	struct buf b = {0};
	const char *at = s + 1;
	for (; *at != '\0' && *at != '"'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		buf_addc(&b, *at);
	}
	if (*at == '"' && at[1] == '\0')
		return buf_take(&b);
	buf_done(&b);
	err_at(e, p->path, line, 1, _("the string `%s` does not end in a quote"), s);
	return NULL;
}

/* The value of `# key: value`, or NULL. */
static const char *head_value(const char *line, const char *key)
{
	size_t n = strlen(key);
	line += 1 + strspn(line + 1, " \t");
	if (strncmp(line, key, n) != 0 || line[n] != ':')
		return NULL;
	return line + n + 1 + strspn(line + n + 1, " \t");
}

static size_t name_length(const char *s)
{
	return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
}

static int comment(struct preset *p, const char *line, int number, struct err *e)
{
	const char *v;
	if ((v = head_value(line, "title")) != NULL && p->title == NULL) {
		p->title = xstrdup(v);
	} else if ((v = head_value(line, "why")) != NULL) {
		char *more = p->why != NULL ? xasprintf("%s %s", p->why, v) : xstrdup(v);
		free(p->why);
		p->why = more;
	} else if ((v = head_value(line, "steps")) != NULL) {
		char *end;
		p->steps = strtol(v, &end, 10);
		if (end == v || *end != '\0' || p->steps < 0)
			return err_at(e, p->path, number, (int)(v - line) + 1, _("`steps` is a count, not `%s`"), v);
	} else if (str_starts(line, "# CONFIG_")) {
		size_t n = name_length(line + 9);
		if (n > 0 && strcmp(line + 9 + n, " is not set") == 0)
			add(p, line + 9, n, xstrdup("n"));
	}
	return 0;
}

static int option(struct preset *p, const char *line, int number, struct err *e)
{
	if (!str_starts(line, "CONFIG_"))
		return err_at(
			e, p->path, number, 1, _("neither an option (CONFIG_NAME=value) nor a comment: `%.60s`"), line);
	size_t n = name_length(line + 7);
	if (n == 0 || line[7 + n] != '=')
		return err_at(e, p->path, number, (int)(8 + n), _("`=` is missing after the option's name"));
	const char *v = line + 8 + n;
	char *value = v[0] == '"' ? unquote(p, number, v, e) : xstrdup(v);
	if (value == NULL)
		return -1;
	if (v[0] == '\0') {
		free(value);
		return err_at(e, p->path, number, (int)(9 + n), _("the option %.*s has no value"), (int)n, line + 7);
	}
	add(p, line + 7, n, value);
	return 0;
}

static int parse(struct preset *p, char *text, size_t len, struct err *e)
{
	int number = 1;
	if (strlen(text) != len)
		return err_at(e, p->path, 0, 0, _("is no text file"));
	for (char *line = text; line != NULL; number++) {
		char *next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		line = str_trim(line);
		int r = line[0] == '#' ? comment(p, line, number, e) : line[0] != '\0' ? option(p, line, number, e) : 0;
		if (r < 0)
			return -1;
		line = next;
	}
	return 0;
}

int preset_load(struct preset *p, const char *name, struct err *e)
{
	size_t n;
	memset(p, 0, sizeof(*p));
	p->name = xstrdup(name);
	p->want = xcalloc(1, sizeof(*p->want)); /* a preset may ask for nothing */
	p->path = path_of(name);
	if (!fs_exists(p->path) || fs_is_dir(p->path) || name[0] == '\0') {
		no_such(name, e);
		preset_done(p);
		return -1;
	}
	char *text = fs_read(p->path, &n, e);
	int r = text != NULL ? 0 : -1;
	if (r == 0)
		fs_sha256(text, n, p->hash);
	if (r == 0)
		r = parse(p, text, n, e);
	free(text);
	if (r < 0)
		preset_done(p);
	return r;
}

void preset_done(struct preset *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free((char *)p->want[i].name);
		free((char *)p->want[i].value);
	}
	free(p->want);
	free(p->name);
	free(p->path);
	free(p->title);
	free(p->why);
	memset(p, 0, sizeof(*p));
}
