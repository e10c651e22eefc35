/* logrules: how a line of a tool's output is classified: PCRE2 rules (JIT) as text, each a severity, a pattern with
 * optional groups `file`, `line`, `col`, and optionally a hint for the reader. The built-in rules go through the same
 * parser as a user's file, $XDG_CONFIG_HOME/kiln/log.rules, whose rules come first. The first rule that matches
 * decides. */
#ifndef KILN_LOGRULES_H
#define KILN_LOGRULES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/log.h"

struct logrules; /* opaque */

struct logrules_hit {
	enum log_severity severity;
	const char *hint; /* borrowed from the rules, or NULL */
	bool follows;     /* belongs to an earlier line (an "In file included from", a make "***") */
	const char *file; /* points into the line; NULL if none */
	size_t file_n;
	int line, col;
};

/* Parse rule text: `severity  pattern` lines, an indented `hint: …` after one, `follows` before the severity, #
 * comments. path is for messages. Returns owned, or NULL with *e at path:line:col. */
struct logrules *logrules_parse(const char *path, const char *text, struct err *e);
/* The built-in rules, after those of the user's file if there is one; a broken file is told in *warn and left out. */
struct logrules *logrules_default(struct err *warn);
void logrules_free(struct logrules *r);
/* Classify one line. Returns false (severity LOG_TEXT) if no rule knows it. */
bool logrules_match(const struct logrules *r, const char *line, size_t n, struct logrules_hit *hit);

/* Is it a step of the kernel's make ("  CC      mm/slab.o")? what: the words after the indent. */
bool log_step(const char *line, size_t n, const char **what, size_t *what_n);
/* The hint of the rule that classified line i of a log, or NULL. Borrowed. */
const char *log_hint(const struct log *l, size_t i);

#endif
