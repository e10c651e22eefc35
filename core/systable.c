/* systable: see systable.h. */
#include "core/systable.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"

#define MAX_CALLS 2048u

const char *systable_register(int i)
{
	static const char *const name[SYS_ARGS] = {"rdi", "rsi", "rdx", "r10", "r8", "r9"};
	return name[i];
}

/* One line "NUMBER ABI NAME ENTRY …"; x32 entries and reserved numbers without an entry point are passed over. */
static int parse_line(struct systable *t, const char *path, int line_number, const char *line, struct err *e)
{
	struct strv w = {0};
	char *rest = NULL;
	int r = 0;
	strv_split(&w, line);
	if (w.n > 0 && w.v[0][0] != '#') {
		const long number = strtol(w.v[0], &rest, 10);
		if (*rest != '\0' || number < 0 || number >= (long)MAX_CALLS || w.n < 3)
			r = err_at(e, path, line_number, 1, _("no system call: `%s`"), line);
		else if (strcmp(w.v[1], "x32") != 0 && w.n >= 4) {
			t->v = xrealloc(t->v, (t->n + 1) * sizeof(*t->v));
			t->v[t->n++] = (struct sysentry){
				.number = (int)number, .name = xstrdup(w.v[2]), .entry = xstrdup(w.v[3]), .n_arg = -1};
		}
	}
	strv_done(&w);
	return r;
}

static int parse_table(struct systable *t, const char *path, const char *text, struct err *e)
{
	int line_number = 1;
	for (const char *at = text; *at != '\0'; line_number++) {
		const size_t n = strcspn(at, "\n");
		char *line = xstrndup(at, n);
		const int r = n < 512 ? parse_line(t, path, line_number, line, e)
				      : err_at(e, path, line_number, 1, _("a line of %zu bytes"), n);
		free(line);
		if (r < 0)
			return -1;
		at += n + (at[n] == '\n');
	}
	return 0;
}

/* One argument of a prototype, white space made single and __user left out. Returns owned. */
static char *tidy(const char *s, size_t n)
{
	struct buf b = {0};
	char *text = xstrndup(s, n);
	struct strv w = {0};
	strv_split(&w, text);
	for (size_t i = 0; i < w.n; i++) {
		if (strcmp(w.v[i], "__user") == 0)
			continue;
		if (b.n > 0 && b.p[b.n - 1] != '*')
			buf_addc(&b, ' ');
		buf_adds(&b, str_starts(w.v[i], "__user") && w.v[i][6] == '*' ? w.v[i] + 6 : w.v[i]);
	}
	strv_done(&w);
	free(text);
	return buf_take(&b);
}

static void parse_args(struct sysentry *c, const char *list, size_t n)
{
	c->n_arg = 0;
	while (n > 0 && c->n_arg < SYS_ARGS) {
		const char *comma = memchr(list, ',', n);
		const size_t len = comma != NULL ? (size_t)(comma - list) : n;
		char *arg = tidy(list, len);
		if (*arg != '\0' && strcmp(arg, "void") != 0)
			c->arg[c->n_arg++] = arg;
		else
			free(arg);
		list += len + (comma != NULL);
		n -= len + (comma != NULL);
	}
}

/* Of several prototypes (for other machines' conventions, as clone has) the last holds: the one for everyone else. */
static void drop_args(struct sysentry *c)
{
	for (int i = 0; i < c->n_arg; i++)
		free(c->arg[i]);
	c->n_arg = -1;
}

static void parse_header(struct systable *t, const char *text)
{
	static const char mark[] = "asmlinkage long ";
	for (const char *at = strstr(text, mark); at != NULL; at = strstr(at, mark)) {
		at += strlen(mark);
		const char *open = strchr(at, '('), *close = open != NULL ? strchr(open, ')') : NULL;
		if (close == NULL)
			return;
		for (size_t i = 0; i < t->n; i++) {
			struct sysentry *c = &t->v[i];
			if (strlen(c->entry) != (size_t)(open - at) || strncmp(c->entry, at, (size_t)(open - at)) != 0)
				continue;
			drop_args(c);
			parse_args(c, open + 1, (size_t)(close - open - 1));
		}
	}
}

/* "type, name, type, name" of a SYSCALL_DEFINEn. */
static void parse_pairs(struct sysentry *c, const char *list, size_t n)
{
	struct buf b = {0};
	bool type = true;
	for (size_t i = 0; i < n; i++) {
		buf_addc(&b, list[i] == ',' && type ? ' ' : list[i]);
		type = type != (list[i] == ',');
	}
	drop_args(c);
	parse_args(c, b.n > 0 ? b.p : "", b.n);
	buf_done(&b);
}

/* What the header leaves to the architecture stands where it is defined: SYSCALL_DEFINE6(mmap, unsigned long, addr, …).
 */
static void parse_defines(struct systable *t, const char *text)
{
	static const char mark[] = "\nSYSCALL_DEFINE";
	for (const char *at = strstr(text, mark); at != NULL; at = strstr(at, mark)) {
		at += strlen(mark);
		const char *name = at + 2, *close = strchr(at, ')');
		if (at[0] == '\0' || at[1] != '(' || close == NULL)
			continue;
		const size_t n = strcspn(name, ",)"), skip = n + (name[n] == ',');
		for (size_t i = 0; i < t->n; i++) {
			struct sysentry *c = &t->v[i];
			if (c->n_arg < 0 && str_starts(c->entry, "sys_") && strlen(c->entry) == n + 4 &&
				strncmp(c->entry + 4, name, n) == 0)
				parse_pairs(c, name + skip, (size_t)(close - name) - skip);
		}
	}
}

static void load_defines(struct systable *t, const char *tree)
{
	static const char *const file[] = {
		"sys_x86_64.c", "process_64.c", "signal_64.c", "signal.c", "ldt.c", "ioport.c"};
	for (size_t i = 0; i < ARRAY_LEN(file); i++) {
		struct err ignored = {0};
		char *path = xasprintf("%s/arch/x86/kernel/%s", tree, file[i]), *text = fs_read(path, NULL, &ignored);
		if (text != NULL)
			parse_defines(t, text);
		err_done(&ignored);
		free(text);
		free(path);
	}
}

static int by_number(const void *a, const void *b)
{
	return ((const struct sysentry *)a)->number - ((const struct sysentry *)b)->number;
}

int systable_parse(struct systable *t, const char *path, const char *table, const char *header, struct err *e)
{
	memset(t, 0, sizeof(*t));
	if (parse_table(t, path, table, e) < 0) {
		systable_done(t);
		return -1;
	}
	if (header != NULL)
		parse_header(t, header);
	if (t->n > 0)
		qsort(t->v, t->n, sizeof(*t->v), by_number);
	return 0;
}

int systable_load(struct systable *t, const char *tree, struct err *e)
{
	struct err ignored = {0};
	char *path = fs_join(tree, "arch/x86/entry/syscalls/syscall_64.tbl"), *table = fs_read(path, NULL, e);
	char *other = fs_join(tree, "include/linux/syscalls.h"), *header = fs_read(other, NULL, &ignored);
	memset(t, 0, sizeof(*t));
	const int r = table != NULL ? systable_parse(t, path, table, header, e) : -1;
	if (r == 0)
		load_defines(t, tree);
	err_done(&ignored);
	free(header);
	free(other);
	free(table);
	free(path);
	return r;
}

void systable_done(struct systable *t)
{
	for (size_t i = 0; i < t->n; i++) {
		drop_args(&t->v[i]);
		free(t->v[i].name);
		free(t->v[i].entry);
	}
	free(t->v);
	memset(t, 0, sizeof(*t));
}

const struct sysentry *systable_number(const struct systable *t, long number)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].number == number)
			return &t->v[i];
	return NULL;
}

const struct sysentry *systable_name(const struct systable *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->v[i].name, name) == 0)
			return &t->v[i];
	return NULL;
}

const char *systable_arg_name(const char *arg)
{
	const char *end = arg + strlen(arg), *s = end;
	while (s > arg && (isalnum((unsigned char)s[-1]) || s[-1] == '_'))
		s--;
	return s < end && s > arg ? s : arg;
}
