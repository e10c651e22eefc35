/* precheck_asm: hand-written system calls in assembly sources (GNU as in both notations, nasm): a global label,
 * straight code, `syscall`, `ret`. Checks that the number is that of the label's name, and that a fourth argument gets
 * into r10. Goes by text alone: what it does not understand it leaves alone, so that nothing right is called wrong. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/precheck_int.h"

#define MAX_NAMES 512u

struct constant {
	char *name;
	long value;
};

struct stub {
	char name[64];
	long number; /* in rax; -1 unknown */
	int number_line, syscall_line;
	bool r10;
};

struct scan {
	struct precheck *c;
	const struct systable *calls;
	const char *file;
	bool semicolon_comments; /* nasm */
	int line;
	struct constant *constant;
	size_t n_constant;
	struct strv global;
	struct stub stub;
};

/* Blank out comments, keeping lines. */
static void drop_comments(char *s, bool semicolon)
{
	char quote = '\0';
	for (; *s != '\0'; s++) {
		if (quote != '\0') {
			if (*s == '\\' && s[1] != '\0')
				s++;
			else if (*s == quote || *s == '\n')
				quote = '\0';
			continue;
		}
		if (*s == '"') {
			quote = *s;
		} else if (s[0] == '/' && s[1] == '*') {
			while (*s != '\0' && !(s[0] == '*' && s[1] == '/')) {
				if (*s != '\n')
					*s = ' ';
				s++;
			}
			if (*s == '\0')
				return;
			s[0] = s[1] = ' ';
		} else if ((s[0] == '/' && s[1] == '/') || (*s == '#' && strncmp(s, "#define", 7) != 0) ||
			   (*s == ';' && semicolon)) {
			for (; *s != '\0' && *s != '\n'; s++)
				*s = ' ';
			if (*s == '\0')
				return;
		}
	}
}

static bool number(const struct scan *s, const char *word, long *value)
{
	char *rest = NULL;
	if (*word == '$')
		word++;
	*value = strtol(word, &rest, 0);
	if (rest != word && *rest == '\0')
		return true;
	for (size_t i = 0; i < s->n_constant; i++) {
		if (strcmp(s->constant[i].name, word) == 0) {
			*value = s->constant[i].value;
			return true;
		}
	}
	return false;
}

static void define(struct scan *s, const char *name, const char *text)
{
	long value;
	if (s->n_constant == MAX_NAMES || !number(s, text, &value))
		return;
	s->constant = xrealloc(s->constant, (s->n_constant + 1) * sizeof(*s->constant));
	s->constant[s->n_constant++] = (struct constant){xstrdup(name), value};
}

/* Words of a statement: commas separate too, brackets stay. */
static void words(struct strv *out, const char *text, size_t n)
{
	char *copy = xstrndup(text, n);
	int depth = 0;
	for (char *p = copy; *p != '\0'; p++) {
		depth += (*p == '[') - (*p == ']') + (*p == '(') - (*p == ')');
		if (*p == ',' && depth == 0)
			*p = ' ';
	}
	strv_split(out, copy);
	free(copy);
}

/* 8 for rax, 4 for eax …; 0 if it is another register. */
static bool is_register(const char *word, const char *const *names)
{
	if (*word == '%')
		word++;
	for (; *names != NULL; names++)
		if (strcmp(word, *names) == 0)
			return true;
	return false;
}

static const char *const rax_names[] = {"rax", "eax", "al", NULL}, *const r10_names[] = {"r10", "r10d", NULL};

/* The operand that is written: the first, in AT&T's notation the last. */
static const char *destination(const struct strv *w, const char **source)
{
	const char *first = w->n > 1 ? w->v[1] : "", *last = w->n > 2 ? w->v[w->n - 1] : first;
	const bool att = *first == '%' || *first == '$' || *last == '%';
	*source = att ? first : last;
	return att ? last : first;
}

/* --- a stub and what is wrong with it --- */

static const char *bare_name(const char *name)
{
	static const char *const prefix[] = {"_", "sys_", "real_", "raw_", "my_", "do_", "k_"};
	for (size_t i = 0; i < ARRAY_LEN(prefix);) {
		if (str_starts(name, prefix[i]) && name[strlen(prefix[i])] != '\0') {
			name += strlen(prefix[i]);
			i = 0;
		} else {
			i++;
		}
	}
	return name;
}

static void check_number(struct scan *s)
{
	const struct stub *b = &s->stub;
	const struct sysentry *named = systable_name(s->calls, bare_name(b->name)),
			      *called = systable_number(s->calls, b->number);
	if (named == NULL || named->number == b->number || strv_has(&s->global, b->name) == false)
		return;
	if (called != NULL && strcmp(named->name, "exit") == 0 && strcmp(called->name, "exit_group") == 0)
		return;
	struct precheck_finding *f =
		precheck_add(s->c, PRE_RISK, "stub-number", _("`%s` puts %ld in rax, which is %s; %s is %d"), b->name,
			b->number, called != NULL ? called->name : "no system call", named->name, named->number);
	char *next = xasprintf("mov eax, %d", named->number);
	f->file = xstrdup(s->file);
	f->line_no = b->number_line;
	precheck_more(f, NULL, next, NULL);
	free(next);
}

static void check_r10(struct scan *s)
{
	const struct stub *b = &s->stub;
	const struct sysentry *called = systable_number(s->calls, b->number);
	if (called == NULL || called->n_arg < 4 || b->r10)
		return;
	struct precheck_finding *f = precheck_add(s->c, PRE_RISK, "stub-r10",
		_("`%s` is %s, whose fourth argument (%s) the kernel takes from r10; C puts it in rcx, which syscall "
		  "overwrites"),
		b->name, called->name, systable_arg_name(called->arg[3]));
	f->file = xstrdup(s->file);
	f->line_no = b->syscall_line;
	precheck_more(f, NULL, _("put `mov r10, rcx` before syscall"), NULL);
}

static void begin_stub(struct scan *s, const char *name, size_t n)
{
	memset(&s->stub, 0, sizeof(s->stub));
	s->stub.number = -1;
	if (n < sizeof(s->stub.name))
		memcpy(s->stub.name, name, n);
}

static void end_stub(struct scan *s)
{
	begin_stub(s, "", 0);
}

/* --- statements --- */

static void write_rax(struct scan *s, const struct strv *w, const char *source)
{
	long value;
	if (strcmp(w->v[0], "xor") == 0 || strcmp(w->v[0], "xorl") == 0 || strcmp(w->v[0], "xorq") == 0)
		value = is_register(source, rax_names) ? 0 : -1;
	else if (!str_starts(w->v[0], "mov") || !number(s, source, &value))
		value = -1;
	s->stub.number = value;
	s->stub.number_line = s->line;
}

static void instruction(struct scan *s, const struct strv *w)
{
	const char *source, *to = destination(w, &source);
	if (strcmp(w->v[0], "syscall") == 0) {
		s->stub.syscall_line = s->line;
		if (s->stub.number >= 0 && *s->stub.name != '\0')
			check_number(s);
	} else if (str_starts(w->v[0], "ret")) {
		if (s->stub.syscall_line > 0 && s->stub.number >= 0)
			check_r10(s);
		end_stub(s);
	} else if (w->v[0][0] == 'j' || str_starts(w->v[0], "call") || str_starts(w->v[0], "loop")) {
		end_stub(s); /* no straight code */
	} else if (s->stub.syscall_line == 0 && is_register(to, rax_names)) {
		write_rax(s, w, source);
	} else if (is_register(to, r10_names)) {
		s->stub.r10 = true;
	}
}

static void directive(struct scan *s, const struct strv *w)
{
	const char *d = w->v[0];
	if (strcmp(d, ".global") == 0 || strcmp(d, ".globl") == 0 || strcmp(d, "global") == 0) {
		for (size_t i = 1; i < w->n; i++)
			strv_add(&s->global, w->v[i]);
	} else if ((strcmp(d, ".set") == 0 || strcmp(d, ".equ") == 0 || strcmp(d, "#define") == 0 ||
			   strcmp(d, "%define") == 0) &&
		   w->n == 3) {
		define(s, w->v[1], w->v[2]);
	}
}

static void statement(struct scan *s, const char *text, size_t n)
{
	struct strv w = {0};
	words(&w, text, n);
	if (w.n == 3 && (strcmp(w.v[1], "=") == 0 || strcmp(w.v[1], "equ") == 0))
		define(s, w.v[0], w.v[2]);
	else if (w.n > 0 && (w.v[0][0] == '.' || w.v[0][0] == '#' || w.v[0][0] == '%' || strcmp(w.v[0], "global") == 0))
		directive(s, &w);
	else if (w.n > 0)
		instruction(s, &w);
	strv_done(&w);
}

/* Labels at the beginning of a line, then its statement. */
static void one_line(struct scan *s, const char *line, size_t n)
{
	for (;;) {
		size_t i = 0;
		while (i < n && isspace((unsigned char)line[i]))
			i++;
		size_t end = i;
		while (end < n && (isalnum((unsigned char)line[end]) || strchr("_.$@", line[end]) != NULL))
			end++;
		if (end == i || end == n || line[end] != ':')
			break;
		if (line[i] != '.' && !isdigit((unsigned char)line[i]))
			begin_stub(s, line + i, end - i);
		line += end + 1;
		n -= end + 1;
	}
	while (n > 0) {
		const char *semicolon = memchr(line, ';', n);
		const size_t len = semicolon != NULL ? (size_t)(semicolon - line) : n;
		statement(s, line, len);
		line += len + (semicolon != NULL);
		n -= len + (semicolon != NULL);
	}
}

void precheck_asm(struct precheck *c, const struct precheck_params *p, const char *file, char *text)
{
	struct scan s = {.c = c, .calls = p->calls, .file = file};
	if (p->calls == NULL)
		return;
	s.semicolon_comments = str_ends(file, ".asm") || str_ends(file, ".nasm");
	drop_comments(text, s.semicolon_comments);
	end_stub(&s);
	for (const char *at = text; *at != '\0';) {
		const size_t n = strcspn(at, "\n");
		s.line++;
		one_line(&s, at, n);
		at += n + (at[n] == '\n');
	}
	for (size_t i = 0; i < s.n_constant; i++)
		free(s.constant[i].name);
	free(s.constant);
	strv_done(&s.global);
}
