/* precheck: see precheck.h. Runs the parts and sorts what they found. */
#include "core/precheck.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/precheck_int.h"

#define MAX_FINDINGS 200u

struct precheck_finding *precheck_add(
	struct precheck *c, enum precheck_level level, const char *id, const char *fmt, ...)
{
	va_list ap;
	if (c->n == MAX_FINDINGS) { /* the last one is replaced: the verdict still counts it */
		struct precheck_finding *last = &c->v[--c->n];
		free(last->what);
		free(last->line);
		free(last->next);
		free(last->fix);
		free(last->file);
	}
	c->v = xrealloc(c->v, (c->n + 1) * sizeof(*c->v));
	struct precheck_finding *f = &c->v[c->n++];
	memset(f, 0, sizeof(*f));
	f->level = level;
	f->id = id;
	f->byte = -1;
	va_start(ap, fmt);
	f->what = xvasprintf(fmt, ap);
	va_end(ap);
	if (level > c->worst)
		c->worst = level;
	return f;
}

static void set(char **to, const char *text)
{
	if (text == NULL)
		return;
	free(*to);
	*to = xstrdup(text);
}

void precheck_more(struct precheck_finding *f, const char *line, const char *next, const char *fix)
{
	set(&f->line, line);
	set(&f->next, next);
	set(&f->fix, fix);
}

bool precheck_calm(const struct precheck *c, size_t from)
{
	while (from < c->n && c->v[from].level <= PRE_NOTE)
		from++;
	return from >= c->n;
}

/* --- sources --- */

static bool ends_in(const char *name, const char *const *end, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_ends(name, end[i]))
			return true;
	return false;
}

static void check_source(struct precheck *c, const struct precheck_params *p, const char *name)
{
	static const char *const assembly[] = {".s", ".S", ".asm", ".nasm"}, *const c_source[] = {".c"};
	const bool is_asm = ends_in(name, assembly, ARRAY_LEN(assembly)), is_c = ends_in(name, c_source, 1);
	struct err ignored = {0};
	if (!is_asm && !is_c)
		return;
	char *path = fs_join(p->sources, name);
	char *text = fs_size(path) < 1 << 20 ? fs_read(path, NULL, &ignored) : NULL;
	if (text != NULL && is_asm)
		precheck_asm(c, p, path, text);
	else if (text != NULL)
		precheck_c(c, path, text);
	err_done(&ignored);
	free(text);
	free(path);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void check_sources(struct precheck *c, const struct precheck_params *p)
{
	struct dirent **entry = NULL;
	const int n = p->sources != NULL ? scandir(p->sources, &entry, NULL, by_name) : -1;
	for (int i = 0; i < n; i++) {
		if (entry[i]->d_name[0] != '.')
			check_source(c, p, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
}

/* Worst first, else in the order found. */
static void sort(struct precheck *c)
{
	for (size_t i = 1; i < c->n; i++) {
		struct precheck_finding f = c->v[i];
		size_t k = i;
		for (; k > 0 && c->v[k - 1].level < f.level; k--)
			c->v[k] = c->v[k - 1];
		c->v[k] = f;
	}
}

void precheck_run(struct precheck *c, const struct precheck_params *p)
{
	struct prearch a = {0};
	memset(c, 0, sizeof(*c));
	precheck_config(c, p);
	precheck_archive(c, p, &a);
	precheck_program(c, p, &a);
	check_sources(c, p);
	prearch_done(&a);
	sort(c);
}

void precheck_done(struct precheck *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].what);
		free(c->v[i].line);
		free(c->v[i].next);
		free(c->v[i].fix);
		free(c->v[i].file);
	}
	free(c->v);
	memset(c, 0, sizeof(*c));
}

const char *precheck_verdict(const struct precheck *c)
{
	return c->worst == PRE_STOP   ? _("would not boot")
	       : c->worst == PRE_RISK ? _("would boot, with a risk")
				      : _("would boot");
}

const char *precheck_level_name(enum precheck_level level)
{
	static const char *const name[] = {"good", "note", "risk", "stop"};
	return name[level];
}

const struct precheck_finding *precheck_find(const struct precheck *c, const char *id)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].id, id) == 0)
			return &c->v[i];
	return NULL;
}
