/* precheck_c: what goes wrong in a shell's C source, by its tokens: a main that ends, a read that is not checked, a
 * failed exec that is silent, an exec without an argument list. Knows no types and no flow, so all it says is a risk,
 * not a verdict; it stays silent where it does not understand. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/precheck_int.h"

struct token {
	const char *at;
	unsigned n;
	int line;
};

struct scan {
	struct precheck *c;
	const char *file;
	struct token *t;
	size_t n;
};

static size_t skip_comment(const char *s, int *line)
{
	size_t i = 2;
	if (s[1] == '/')
		return strcspn(s, "\n");
	while (s[i] != '\0' && !(s[i] == '*' && s[i + 1] == '/'))
		*line += s[i++] == '\n';
	return s[i] == '\0' ? i : i + 2;
}

static size_t string_length(const char *s)
{
	size_t i = 1;
	while (s[i] != '\0' && s[i] != *s && s[i] != '\n')
		i += s[i] == '\\' && s[i + 1] != '\0' ? 2 : 1;
	return s[i] == *s ? i + 1 : i;
}

static size_t token_length(const char *s)
{
	size_t i = 1;
	if (*s == '"' || *s == '\'')
		return string_length(s);
	if (isalnum((unsigned char)*s) || *s == '_') {
		while (isalnum((unsigned char)s[i]) || s[i] == '_')
			i++;
		return i;
	}
	return (s[1] == '=' && strchr("=!<>", *s) != NULL) ? 2 : 1;
}

/* Identifiers, numbers, strings, and other characters one by one; preprocessor lines are passed over. */
static void tokenize(struct scan *s, const char *text)
{
	int line = 1;
	bool fresh = true;
	for (const char *p = text; *p != '\0';) {
		size_t n = 1;
		if (*p == '\n') {
			line++;
			fresh = true;
		} else if (*p == '#' && fresh) {
			n = strcspn(p, "\n");
		} else if (p[0] == '/' && (p[1] == '*' || p[1] == '/')) {
			n = skip_comment(p, &line);
		} else if (!isspace((unsigned char)*p)) {
			n = token_length(p);
			fresh = false;
			if ((s->n & (s->n - 1)) == 0)
				s->t = xrealloc(s->t, (s->n > 0 ? 2 * s->n : 256) * sizeof(*s->t));
			s->t[s->n++] = (struct token){p, (unsigned)n, line};
		}
		p += n;
	}
}

static bool is(const struct scan *s, size_t i, const char *text)
{
	return i < s->n && s->t[i].n == strlen(text) && strncmp(s->t[i].at, text, s->t[i].n) == 0;
}

static bool same(const struct scan *s, size_t a, size_t b)
{
	return a < s->n && b < s->n && s->t[a].n == s->t[b].n && strncmp(s->t[a].at, s->t[b].at, s->t[a].n) == 0;
}

static bool is_word(const struct scan *s, size_t i)
{
	return i < s->n && (isalpha((unsigned char)*s->t[i].at) || *s->t[i].at == '_');
}

/* The token after the bracket that closes the one at i; s->n if none does. */
static size_t after(const struct scan *s, size_t i)
{
	int depth = 0;
	for (; i < s->n; i++) {
		depth += is(s, i, "(") || is(s, i, "{") || is(s, i, "[");
		depth -= is(s, i, ")") || is(s, i, "}") || is(s, i, "]");
		if (depth == 0)
			return i + 1;
	}
	return s->n;
}

static struct precheck_finding *risk(
	struct scan *s, enum precheck_level level, size_t i, const char *id, const char *what)
{
	struct precheck_finding *f = precheck_add(s->c, level, id, "%s", what);
	f->file = xstrdup(s->file);
	f->line_no = i < s->n ? s->t[i].line : 0;
	return f;
}

/* --- main must not end --- */

/* The body of an endless loop at i: its `{`; 0 if there is none. */
static size_t endless(const struct scan *s, size_t i)
{
	if (is(s, i, "for") && is(s, i + 1, "(") && is(s, i + 2, ";") && is(s, i + 3, ";") && is(s, i + 4, ")"))
		return i + 5;
	if (is(s, i, "while") && is(s, i + 1, "(") && (is(s, i + 2, "1") || is(s, i + 2, "true")) && is(s, i + 3, ")"))
		return i + 4;
	return 0;
}

/* A token that leaves the loop whose body is [from, to): break not inside an inner loop or switch, return, goto. */
static size_t leaves(const struct scan *s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (is(s, i, "return") || is(s, i, "goto") || is(s, i, "break"))
			return i;
		if (is(s, i, "do") && is(s, i + 1, "{")) {
			i = after(s, i + 1) - 1;
		} else if ((is(s, i, "for") || is(s, i, "while") || is(s, i, "switch")) && is(s, i + 1, "(")) {
			const size_t body = after(s, i + 1);
			if (is(s, body, "{"))
				i = after(s, body) - 1;
		}
	}
	return s->n;
}

static bool calls_something(const struct scan *s, size_t from, size_t to)
{
	static const char *const back[] = {"write", "read", "puts", "printf", "putchar", "sizeof", "strlen", "sleep",
		"setsid", "ioctl", "mount", "sync", "if", "return", "for", "while"};
	for (size_t i = from; i + 1 < to; i++) {
		bool comes_back = !is_word(s, i) || !is(s, i + 1, "(");
		for (size_t k = 0; k < ARRAY_LEN(back) && !comes_back; k++)
			comes_back = is(s, i, back[k]);
		if (!comes_back)
			return true;
	}
	return false;
}

static void check_main(struct scan *s, size_t body)
{
	const char *const panic = "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000000";
	const size_t end = after(s, body);
	for (size_t i = body; i < end; i++) {
		const size_t loop = endless(s, i);
		if (loop == 0)
			continue;
		const size_t out = is(s, loop, "{") ? leaves(s, loop, after(s, loop)) : s->n;
		if (out < s->n)
			precheck_more(
				risk(s, PRE_RISK, out, "main-leaves",
					"main's endless loop can be left here, and then process 1 ends (in a child, "
					"use _exit)"),
				panic, _("let process 1 go on whatever happens"), NULL);
		return;
	}
	const bool maybe = calls_something(s, body, end);
	precheck_more(risk(s, maybe ? PRE_RISK : PRE_STOP, body, "main-ends",
			      maybe ? "main has no endless loop: process 1 ends unless what it calls never comes back"
				    : "main comes to its end, and process 1 with it"),
		panic, _("loop for ever: for (;;)"), NULL);
}

/* --- calls --- */

/* `x = read(…)` and then `[x - 1] =` with no comparison of x in between. */
static void check_read(struct scan *s, size_t i)
{
	const size_t x = i >= 2 && is(s, i - 1, "=") ? i - 2 : s->n;
	if (!is_word(s, x))
		return;
	for (size_t k = after(s, i + 1); k + 4 < s->n && k < i + 60; k++) {
		static const char *const compare[] = {"<", ">", "<=", ">=", "==", "!="};
		for (size_t o = 0; o < ARRAY_LEN(compare); o++)
			if (same(s, k, x) &&
				(is(s, k + 1, compare[o]) || is(s, k - 1, compare[o]) || is(s, k - 1, "!")))
				return;
		if (!is(s, k, "[") || !same(s, k + 1, x) || !is(s, k + 2, "-") || !is(s, k + 3, "1"))
			continue;
		precheck_more(
			risk(s, PRE_RISK, k, "read-unchecked",
				"read answers 0 at the end of input (Ctrl-D) and -1 on errors: then this writes before "
				"the buffer, and the last command runs again"),
			NULL, _("ask whether it is greater than 0 first"), NULL);
		return;
	}
}

static void check_exec(struct scan *s, size_t i)
{
	const size_t end = after(s, i + 1);
	size_t comma = i + 1;
	while (comma < end && !is(s, comma, ","))
		comma++;
	if (is(s, i, "execve") && comma + 2 < end && (is(s, comma + 1, "0") || is(s, comma + 1, "NULL")) &&
		is(s, comma + 2, ","))
		precheck_more(
			risk(s, PRE_NOTE, i, "exec-null-argv",
				"execve without an argument list: the program has no name, and many (busybox) fail so"),
			"process 'init' launched '…' with NULL argv: empty string added",
			_("pass an array: {path, NULL}"), NULL);
	if (is(s, end, ";") && (is(s, end + 1, "break") || is(s, end + 1, "_exit") || is(s, end + 1, "exit") ||
				       is(s, end + 1, "return") || is(s, end + 1, "}")))
		precheck_more(risk(s, PRE_RISK, i, "exec-silent",
				      "if the program is not there, nothing is said: exec comes back, and no message "
				      "follows"),
			NULL, _("write a message after the call: it is reached only on failure"), NULL);
}

/* Bytes of a string literal, without its closing NUL; -1 if an escape is not understood. */
static long literal_bytes(const struct token *t)
{
	long n = 0;
	for (unsigned i = 1; i + 1 < t->n; i++, n++) {
		if (t->at[i] != '\\')
			continue;
		i++;
		if (t->at[i] == 'x' || t->at[i] == 'u' || t->at[i] == 'U')
			return -1;
		for (unsigned digits = 1; digits < 3 && strchr("01234567", t->at[i]) != NULL && i + 2 < t->n; digits++)
			if (strchr("01234567", t->at[i + 1]) != NULL)
				i++;
	}
	return n;
}

/* `write(fd, "text", n)` with n beyond the text: the NUL goes out, or what happens to lie behind it. */
static void check_write(struct scan *s, size_t i)
{
	if (!is(s, i + 3, ",") || i + 7 >= s->n || *s->t[i + 4].at != '"' || !is(s, i + 5, ",") || !is(s, i + 7, ")"))
		return;
	char *number = xstrndup(s->t[i + 6].at, s->t[i + 6].n), *rest = NULL;
	const long told = strtol(number, &rest, 0), have = literal_bytes(&s->t[i + 4]);
	if (*rest == '\0' && have >= 0 && told > have) {
		char *what = xasprintf(_("write sends %ld bytes of a text that has %ld: %s"), told, have,
			told == have + 1 ? _("the closing NUL goes out too") : _("what lies behind it goes out too"));
		char *next = xasprintf(_("write %ld"), have);
		precheck_more(
			risk(s, told == have + 1 ? PRE_NOTE : PRE_RISK, i, "write-length", what), NULL, next, NULL);
		free(what);
		free(next);
	}
	free(number);
}

void precheck_c(struct precheck *c, const char *file, char *text)
{
	static const char *const exec[] = {"execve", "execv", "execvp", "execl", "execlp", "execle"};
	struct scan s = {.c = c, .file = file};
	tokenize(&s, text);
	for (size_t i = 0; i + 1 < s.n; i++) {
		if (!is_word(&s, i) || !is(&s, i + 1, "("))
			continue;
		const size_t end = after(&s, i + 1);
		if (is(&s, i, "main") && is(&s, end, "{"))
			check_main(&s, end);
		else if (is(&s, i, "read"))
			check_read(&s, i);
		else if (is(&s, i, "write"))
			check_write(&s, i);
		for (size_t k = 0; k < ARRAY_LEN(exec); k++)
			if (is(&s, i, exec[k]))
				check_exec(&s, i);
	}
	free(s.t);
}
