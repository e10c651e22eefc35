/* conf: kiln.conf, the lab's settings: `key = value` lines, # comments and blank lines, all kept in
 * place when a value is rewritten. Invariant: every parsed value is valid for its row (opt.h). */
#ifndef KILN_CONF_H
#define KILN_CONF_H

#include "core/err.h"
#include "core/opt.h"
#include "core/str.h"

struct conf {
	char *path;       /* owned; for messages */
	struct strv line; /* the file, line by line, as written */
};

/* Read path and lay its values over opts. Returns 0, or -1 with *e at file:line:col; opts is then unchanged. */
int conf_load(struct conf *c, const char *path, struct optset *opts, struct err *e);
/* Parse text as if read from path (tests, defaults). */
int conf_parse(struct conf *c, const char *path, const char *text, struct optset *opts, struct err *e);
/* Change or add one key in the text, keeping comments. The value must have been checked. */
void conf_set(struct conf *c, const struct opt_row *row, const char *value);
/* Remove a key, so that its default holds. */
void conf_unset(struct conf *c, const struct opt_row *row);
/* Write the file atomically. */
int conf_save(const struct conf *c, struct err *e);
/* A new file's text: every option as a comment with its help and default. Returns owned. */
char *conf_template(void);
void conf_done(struct conf *c);

#endif
