/* srcplace: see srcplace.h. */
#include "tui/srcplace.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/str.h"

/* The words of the command that printed a line: the nearest `$ …` line before it. */
static void command_of(const struct log *l, size_t line, struct strv *words)
{
	struct err ignored = {0};
	while (line != SIZE_MAX && log_severity(l, line) != LOG_COMMAND)
		line = log_find_severity(l, line, -1, LOG_COMMAND);
	if (line == SIZE_MAX)
		return;
	const struct log_line c = log_get(l, line);
	char *text = xstrndup(c.text, c.n);
	cmd_split(text, words, &ignored);
	err_done(&ignored);
	free(text);
}

/* dir/file if it exists. Returns owned, or NULL. */
static char *in(const char *dir, const char *file)
{
	char *path = dir != NULL ? fs_join(dir, file) : NULL;
	if (path != NULL && fs_size(path) >= 0) {
		char *whole = fs_absolute(path);
		free(path);
		return whole;
	}
	free(path);
	return NULL;
}

char *srcplace_by_name(const struct app *a, const char *file)
{
	char *path = in(a->lab.dir, file);
	if (path == NULL && a->pipeline != NULL)
		path = in(a->pipeline->source.tree, file);
	return path;
}

char *srcplace_find(const struct app *a, const struct log *l, size_t line, const char *file)
{
	struct strv w = {0};
	char *path = NULL;
	command_of(l, line, &w);
	for (size_t i = 0; i < w.n && path == NULL; i++) {
		if (i > 0 && (strcmp(w.v[i - 1], "cd") == 0 || strcmp(w.v[i - 1], "-C") == 0))
			path = in(w.v[i], file);
		else if (str_starts(w.v[i], "O="))
			path = in(w.v[i] + 2, file);
	}
	strv_done(&w);
	return path != NULL ? path : srcplace_by_name(a, file);
}
