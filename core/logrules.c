/* logrules: see logrules.h. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/logrules.h"

#include <ctype.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"

struct rule {
	enum log_severity severity;
	bool follows;
	char *hint;
	pcre2_code *code;
};

struct logrules {
	struct rule *v;
	size_t n;
	pcre2_match_data *match;
	pcre2_match_context *limits;
};

/* Hints stand in N_() so that they get into the catalogue: log_hint gives the translation. */
/* clang-format off */
static const char builtin[] =
	"command  ^\\$ \n"
	"note     ^kiln: \n"
	"follows text  ^make(\\[\\d+\\])?: (Entering|Leaving) directory\n"
	"error    ^make(\\[\\d+\\])?: \\*\\*\\* No rule to make target\n"
	"  hint: " N_("the source lacks that file; if kiln unpacked it, remove the tree from the cache (kiln clean "
		     "--all) and build again") "\n"
	"follows error  ^make(\\[\\d+\\])?: \\*\\*\\*\n"
	"follows error  ^make(\\[\\d+\\])?: Target .* not remade\n"
	"follows text  ^In file included from (?<file>[^:]+):(?<line>\\d+)\n"
	"follows text  ^ +from (?<file>[^:]+):(?<line>\\d+)\n"
	"follows text  ^(?<file>[^: ]+): (In function|At top level|In member)\n"
	"error    fatal error: (gelf|libelf|elf)\\.h: No such file\n"
	"  hint: apt-get install libelf-dev\n"
	"error    fatal error: openssl/\n"
	"  hint: apt-get install libssl-dev\n"
	"error    (flex|bison|bc|xz|awk|perl|python3|zstd|lz4|ccache): (command )?not found\n"
	"  hint: " N_("kiln doctor names the package") "\n"
	"error    No space left on device\n"
	"  hint: " N_("the disk is full: make room, then build again; it goes on where it stopped") "\n"
	"error    virtual memory exhausted|Cannot allocate memory|Killed signal terminated program\n"
	"  hint: " N_("memory ran out: fewer jobs (kernel.jobs) need less") "\n"
	"error    ^(?<file>[^:\\s][^:]*):(?<line>\\d+):(?<col>\\d+): (fatal )?error:\n"
	"warning  ^(?<file>[^:\\s][^:]*):(?<line>\\d+):(?<col>\\d+): warning:\n"
	"note     ^(?<file>[^:\\s][^:]*):(?<line>\\d+):(?<col>\\d+): note:\n"
	"error    ^(?<file>[^:\\s][^:]*):(?<line>\\d+): (fatal )?([Ee]rror:|syntax error|undefined reference|multiple "
	"definition|missing end)\n"
	"warning  ^(?<file>[^:\\s][^:]*):(?<line>\\d+): ?[Ww]arning\n"
	"warning  ^(?<file>Kconfig|[^:\\s]*/Kconfig[^:]*):(?<line>\\d+): ?warning\n"
	"error    ^(?<file>Kconfig|[^:\\s]*/Kconfig[^:]*|[^:\\s]*\\.config):(?<line>\\d+):\n"
	"error    undefined reference to\n"
	"error    ^[^ ]*(ld|collect2|as|cc1|gcc|clang|objtool|objcopy)(:| ).*\\b([Ee]rror|cannot|not found|No such "
	"file)\\b\n"
	"error    ^/bin/sh: \\d+: .*(not found|cannot)\n"
	"error    (?i)^error[: ]\n"
	"warning  (?i)^(.*: )?warning[: ]\n";
/* clang-format on */

static const struct {
	const char *name;
	enum log_severity severity;
} severities[] = {
	{"text", LOG_TEXT},
	{"step", LOG_STEP},
	{"command", LOG_COMMAND},
	{"note", LOG_NOTE},
	{"warning", LOG_WARNING},
	{"error", LOG_ERROR},
};

const char *log_severity_name(enum log_severity s)
{
	return severities[s].name;
}

/* Take the word at *s if it is `word`. */
static bool take(const char **s, const char *word)
{
	size_t n = strlen(word);
	if (strncmp(*s, word, n) != 0 || (*s)[n] != ' ')
		return false;
	*s += n + strspn(*s + n, " ");
	return true;
}

struct place {
	const char *path;
	int line;
};

static int add_rule(struct logrules *r, const char *start, const struct place *at, struct err *e)
{
	struct rule rule = {0};
	const char *s = start;
	size_t i = 0, offset;
	int number;
	rule.follows = take(&s, "follows");
	while (i < ARRAY_LEN(severities) && !take(&s, severities[i].name))
		i++;
	if (i == ARRAY_LEN(severities))
		return err_at(e, at->path, at->line, (int)(s - start) + 1,
			_("must begin with a severity: text, step, command, note, warning or error"));
	rule.severity = severities[i].severity;
	rule.code =
		pcre2_compile((PCRE2_SPTR)s, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_BACKSLASH_C, &number, &offset, NULL);
	if (rule.code == NULL) {
		char why[128];
		pcre2_get_error_message(number, (PCRE2_UCHAR *)why, sizeof(why));
		return err_at(e, at->path, at->line, (int)(s - start) + (int)offset + 1, _("bad pattern: %s"), why);
	}
	pcre2_jit_compile(rule.code, PCRE2_JIT_COMPLETE);
	r->v = xrealloc(r->v, (r->n + 1) * sizeof(*r->v));
	r->v[r->n++] = rule;
	return 0;
}

static int add_line(struct logrules *r, const char *line, const struct place *at, struct err *e)
{
	const char *s = line + strspn(line, " \t");
	if (*s == '\0' || *s == '#')
		return 0;
	if (s == line)
		return add_rule(r, s, at, e);
	if (strncmp(s, "hint: ", 6) != 0 || r->n == 0)
		return err_at(e, at->path, at->line, (int)(s - line) + 1,
			_("an indented line must be `hint: …` after a rule"));
	free(r->v[r->n - 1].hint);
	r->v[r->n - 1].hint = xstrdup(s + 6);
	return 0;
}

static int add_text(struct logrules *r, const char *path, const char *text, struct err *e)
{
	struct place at = {path, 1};
	int result = 0;
	for (; *text != '\0' && result == 0; at.line++) {
		size_t n = strcspn(text, "\n");
		char *line = xstrndup(text, n);
		result = add_line(r, line, &at, e);
		free(line);
		text += n + (text[n] == '\n');
	}
	return result;
}

static struct logrules *alloc(void)
{
	struct logrules *r = xcalloc(1, sizeof(*r));
	r->match = pcre2_match_data_create(16, NULL);
	r->limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(r->limits, 20000);
	return r;
}

struct logrules *logrules_parse(const char *path, const char *text, struct err *e)
{
	struct logrules *r = alloc();
	if (add_text(r, path, text, e) == 0)
		return r;
	logrules_free(r);
	return NULL;
}

/* $XDG_CONFIG_HOME/kiln/log.rules or ~/.config/kiln/log.rules. Returns owned. */
static char *user_file(void)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	if (base != NULL && *base == '/')
		return fs_join(base, "kiln/log.rules");
	return fs_join(home != NULL ? home : "/", ".config/kiln/log.rules");
}

struct logrules *logrules_default(struct err *warn)
{
	char *path = user_file(), *text = fs_exists(path) ? fs_read(path, NULL, warn) : NULL;
	struct logrules *r = text != NULL ? logrules_parse(path, text, warn) : NULL;
	struct err bug = {0};
	if (r == NULL)
		r = alloc();
	if (add_text(r, "built-in", builtin, &bug) < 0)
		abort(); /* the unit tests parse this very text */
	free(text);
	free(path);
	return r;
}

void logrules_free(struct logrules *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++) {
		pcre2_code_free(r->v[i].code);
		free(r->v[i].hint);
	}
	pcre2_match_data_free(r->match);
	pcre2_match_context_free(r->limits);
	free(r->v);
	free(r);
}

/* The named group as offsets, or false. */
static bool group(const struct logrules *r, const struct rule *rule, const char *name, size_t *from, size_t *to)
{
	int i = pcre2_substring_number_from_name(rule->code, (PCRE2_SPTR)name);
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->match);
	if (i <= 0 || i >= (int)pcre2_get_ovector_count(r->match) || at[2 * i] == PCRE2_UNSET)
		return false;
	*from = at[2 * i];
	*to = at[2 * i + 1];
	return true;
}

static int number(const char *line, size_t from, size_t to)
{
	long n = 0;
	for (; from < to && isdigit((unsigned char)line[from]) && n < 100000000; from++)
		n = n * 10 + (line[from] - '0');
	return (int)n;
}

bool logrules_match(const struct logrules *r, const char *line, size_t n, struct logrules_hit *hit)
{
	size_t from, to, most = n < 2048 ? n : 2048;
	memset(hit, 0, sizeof(*hit));
	for (size_t i = 0; i < r->n; i++) {
		const struct rule *rule = &r->v[i];
		if (pcre2_match(rule->code, (PCRE2_SPTR)line, most, 0, 0, r->match, r->limits) <= 0)
			continue;
		hit->severity = rule->severity;
		hit->follows = rule->follows;
		hit->hint = rule->hint;
		if (group(r, rule, "file", &from, &to)) {
			hit->file = line + from;
			hit->file_n = to - from;
		}
		if (group(r, rule, "line", &from, &to))
			hit->line = number(line, from, to);
		if (group(r, rule, "col", &from, &to))
			hit->col = number(line, from, to);
		return true;
	}
	return false;
}

/* kbuild prints `  %-7s %s`: two blanks, a tag in capitals (with digits, brackets), blanks, a target. */
bool log_step(const char *line, size_t n, const char **what, size_t *what_n)
{
	size_t i = 2;
	if (n < 6 || line[0] != ' ' || line[1] != ' ' || !isupper((unsigned char)line[2]))
		return false;
	while (i < n &&
		(isupper((unsigned char)line[i]) || isdigit((unsigned char)line[i]) || strchr("[]_+", line[i]) != NULL))
		i++;
	if (i >= 4 && i + 4 < n && line[i] == ' ' && line[i + 1] == '[' && line[i + 3] == ']')
		i += 4; /* "CC [M]": for a module */
	if (i < 4 || i >= n || line[i] != ' ')
		return false;
	size_t target = i;
	while (target < n && line[target] == ' ')
		target++;
	if (target == n || memchr(line + target, ' ', n - target) != NULL)
		return false;
	*what = line + 2;
	*what_n = n - 2;
	return true;
}
