/* session: the parsed tree and the values in it: reading, merging and writing configurations exactly as the tree's conf
 * does. Invariant: after session_load the state is that of a fresh `conf --olddefconfig` on the same text, whatever was
 * done before. */
#ifndef KILN_KCONFIG_SESSION_H
#define KILN_KCONFIG_SESSION_H

#include <stddef.h>

#include "compat.h"
#include "rt.h"
#include "wire.h"

/* Why a request failed, for KCP_FAIL. message "" means: no failure. */
struct failure {
	char message[1024], hint[512], file[4096];
	unsigned line;
};
void fail(struct failure *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A growing text. */
struct text {
	char *p;
	size_t n, cap;
};
void text_add(struct text *t, const char *p, size_t n);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_done(struct text *t);

struct want {
	const char *name, *value;
};

struct session {
	struct symbol **sym; /* every symbol, undefined and constant ones too */
	size_t n_sym;
	struct menu **choice; /* menus of choices, with the members in the order of the Kconfig files */
	struct symbol ***member;
	size_t *n_member, n_choice;
};
extern struct session session;

/* Parse the tree and take stock. Ends the process with KCP_FATAL if the tree's files are wrong. */
void session_parse(void);
/* Forget all values: as just parsed. */
void session_reset(void);
/* Is every line an option or a comment? Fails with file and line if not. */
int session_check(const char *name, const char *text, size_t n, struct failure *f);
/* The option that a .config line is about: its name within the line. NULL: a comment or blank line. */
const char *session_line_option(const char *line, size_t n, size_t *len);
/* Load a .config text with wants on top. name is kept for messages. */
int session_load(
	const char *name, const char *text, size_t n, const struct want *want, size_t n_want, struct failure *f);
/* The options that a text speaks of. Returns owned, their names too: session_free_options. */
struct want *session_options(const char *text, size_t n, size_t *count);
void session_free_options(struct want *v, size_t count);
/* Put a fragment's lines behind a .config, in place of its own lines for the same options, as merge_config.sh does. */
void session_merge_text(struct text *base, const char *fragment, size_t n);
/* A line of a .config for a string. */
void session_quote(struct text *out, const char *name, const char *value);
/* The .config (or the minimal one). Returns owned, length in *n. */
char *session_save(bool minimal, size_t *n);
/* As conf would print it: "n" for what is not set. */
const char *session_value(struct symbol *s);
/* A defined symbol of that name, or NULL. */
struct symbol *session_find(const char *name);
/* The defined symbol whose name is most like this one, or "". */
const char *session_nearest(const char *name);

/* Run a mode of the tree's conf in a fork. Returns its exit status; *config (owned, NULL if it wrote none) and *output.
 */
struct conf_job {
	const char *mode, *base, *fragment, *env, *input;
	size_t n_base, n_fragment, n_input;
	struct text config, output;
};
int conf_run(struct conf_job *job, struct failure *f);
/* Load tinyconfig, composed as the tree's makefile does it. */
int conf_tiny(struct failure *f);

/* why.c: reasons in words why s cannot have value, one a line. */
void why(struct symbol *s, const char *value, struct text *reasons);
/* The same as fields of a frame: u32 n, n × str. */
void why_send(struct symbol *s, const char *value);
/* Warn of options that the user's file switches on or gives a value and that did not come through; of these alone, if
 * only is not NULL. */
void why_dropped(const struct want *only, size_t n_only);

#endif
