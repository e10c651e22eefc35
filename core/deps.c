/* deps: see deps.h. */
#include "core/deps.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/proc.h"
#include "core/str.h"

/* Cut one blank-separated word off *s. Returns owned, "" at the end. */
static char *next_word(const char **s)
{
	*s += strspn(*s, " \t");
	size_t n = strcspn(*s, " \t");
	char *word = xstrndup(*s, n);
	*s += n;
	return word;
}

static void add_row(struct deps *d, const char *line)
{
	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#')
		return;
	d->v = xrealloc(d->v, (d->n + 1) * sizeof(*d->v));
	struct dep *row = &d->v[d->n++];
	row->group = next_word(&line);
	row->kind = next_word(&line);
	row->what = next_word(&line);
	row->package = next_word(&line);
	row->why = xstrdup(line + strspn(line, " \t"));
}

int deps_load(struct deps *d, struct err *e)
{
	memset(d, 0, sizeof(*d));
	char *path = paths_data("scripts/packages"), *text = fs_read(path, NULL, e);
	free(path);
	if (text == NULL)
		return -1;
	char *save = NULL;
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		add_row(d, line);
	free(text);
	return 0;
}

void deps_done(struct deps *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].group);
		free(d->v[i].kind);
		free(d->v[i].what);
		free(d->v[i].package);
		free(d->v[i].why);
	}
	free(d->v);
	memset(d, 0, sizeof(*d));
}

/* First line of a program's output, or NULL. */
static char *first_line(char *const *argv)
{
	struct buf out = {0};
	struct err ignored = {0};
	int r = proc_capture(argv, 3000, &out, &ignored);
	err_done(&ignored);
	char *text = buf_take(&out);
	text[strcspn(text, "\n")] = '\0';
	if (r == 0 && *text != '\0')
		return text;
	free(text);
	return NULL;
}

static char *tool_found(const char *tool)
{
	char *path = fs_which(tool);
	if (path == NULL)
		return NULL;
	char *argv[] = {path, "--version", NULL}, *version = first_line(argv);
	if (version == NULL)
		return path;
	free(path);
	return version;
}

static char *header_found(const char *header)
{
	static const char *const dir[] = {"/usr/include", "/usr/local/include", "/usr/include/x86_64-linux-gnu"};
	for (size_t i = 0; i < ARRAY_LEN(dir); i++) {
		char *path = fs_join(dir[i], header);
		if (fs_exists(path))
			return path;
		free(path);
	}
	return NULL;
}

static char *glob_found(const char *pattern)
{
	glob_t g;
	char *last = NULL;
	if (glob(pattern, 0, NULL, &g) == 0)
		last = xstrdup(g.gl_pathv[g.gl_pathc - 1]);
	globfree(&g);
	return last;
}

bool deps_present(const struct dep *d, char **found)
{
	*found = NULL;
	if (strcmp(d->kind, "tool") == 0)
		*found = tool_found(d->what);
	else if (strcmp(d->kind, "header") == 0)
		*found = header_found(d->what);
	else if (strcmp(d->kind, "glob") == 0)
		*found = glob_found(d->what);
	else if (strcmp(d->kind, "pc") == 0)
		*found = first_line((char *[]){"pkg-config", "--modversion", d->what, NULL});
	return *found != NULL;
}

bool deps_have(const struct dep *d)
{
	char *found = NULL;
	if (strcmp(d->kind, "tool") == 0)
		found = fs_which(d->what);
	else if (strcmp(d->kind, "header") == 0)
		found = header_found(d->what);
	else
		deps_present(d, &found);
	free(found);
	return found != NULL;
}

int deps_require(const char *group, struct err *e)
{
	struct deps d;
	struct buf what = {0}, package = {0};
	if (deps_load(&d, e) < 0)
		return -1;
	for (size_t i = 0; i < d.n; i++) {
		if (strcmp(d.v[i].group, group) != 0 || deps_have(&d.v[i]))
			continue;
		buf_addf(&what, "%s%s", what.n > 0 ? ", " : "", d.v[i].what);
		buf_addf(&package, " %s", d.v[i].package);
	}
	int r = what.n == 0 ? 0 : err_set(e, ERR_WORLD, _("missing: %s"), what.p);
	if (r < 0)
		err_hint(e, _("apt-get install%s"), package.p);
	deps_done(&d);
	buf_done(&what);
	buf_done(&package);
	return r;
}

char *deps_package_of(const char *tool)
{
	struct deps d;
	struct err ignored = {0};
	char *package = NULL;
	if (deps_load(&d, &ignored) == 0) {
		for (size_t i = 0; i < d.n && package == NULL; i++)
			if (strcmp(d.v[i].kind, "tool") == 0 && strcmp(d.v[i].what, tool) == 0)
				package = xstrdup(d.v[i].package);
		deps_done(&d);
	}
	err_done(&ignored);
	return package;
}
