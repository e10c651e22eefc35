/* cmd: the command table. One row per command feeds the CLI, key bindings, the `:` prompt, `kiln help`,
 * the man page and shell completions. Commands are the only way to change anything. Owners keep their
 * rows in their own files and register them here; a call carries its parsed arguments and ends,
 * now or later, with exactly one cmd_done. */
#ifndef KILN_CMD_H
#define KILN_CMD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

struct app;
struct cmd_call;

enum cmd_flags {
	CMD_LAB = 1,       /* opens the lab read-only */
	CMD_LAB_WRITE = 2, /* opens the lab and takes its lock */
	CMD_JSON = 4,      /* reports through cmd_json, so --json works */
	CMD_SCREEN = 8,    /* makes sense on the screen only, not from the shell */
	CMD_SHELL = 16,    /* makes sense from the shell only */
};

/* One --option of a command. value NULL: a switch; else the placeholder shown in help. Options may repeat. */
struct cmd_opt {
	const char *name; /* without the dashes */
	char letter;      /* 0: none */
	const char *value;
	const char *help;
};

struct cmd {
	const char *name;
	const char *args; /* "[STAGE]", "DIR", "[NAME=VALUE…]": [] optional, … repeats */
	unsigned flags;
	const char *help;             /* one line */
	const char *about;            /* paragraphs for `kiln help NAME` and the man page; may be NULL */
	const struct cmd_opt *option; /* ends with name NULL; may be NULL */
	void (*run)(struct cmd_call *call);
};

/* An option as given on the command line, in order. */
struct cmd_given {
	const struct cmd_opt *opt;
	char *value; /* owned; NULL for a switch */
};

struct cmd_call {
	struct app *app;
	const struct cmd *cmd;
	struct strv arg; /* positional arguments */
	struct cmd_given *given;
	size_t n_given;
	struct json_object *json;              /* report for --json, owned; NULL until cmd_json */
	void *state;                           /* the handler's own while it runs */
	void (*cancel)(struct cmd_call *call); /* set by a handler whose work can be stopped */
	/* Takes what is typed while it runs: a string, ended by \n but for control keys; n 0: end it. false: not now.
	 * May be NULL. */
	bool (*type)(struct cmd_call *call, const char *bytes, size_t n);
	void (*done)(struct cmd_call *call, struct err *e); /* set by the caller */
	void *done_ctx;
};

#define CMD_MAX 320
struct cmd_table {
	const struct cmd *row[CMD_MAX];
	size_t n;
	bool screen; /* the screen is open: of two rows of a name the CMD_SCREEN one counts, else the CMD_SHELL one */
};
/* Add n rows (static storage). Names must be unique, but for one CMD_SCREEN beside one CMD_SHELL: asserted. */
void cmd_register(struct cmd_table *t, const struct cmd *rows, size_t n);
const struct cmd *cmd_find(const struct cmd_table *t, const char *name);
const struct cmd *cmd_nearest(const struct cmd_table *t, const char *name);

/* Parse words (words[0] is the command's name) into a call. Returns owned call or NULL with *e (ERR_USAGE). */
struct cmd_call *cmd_parse(const struct cmd_table *t, char *const *words, struct err *e);
/* Parse one option at words[0] (its value may be words[1]) into c->given. Returns the number of words used, or -1. */
int cmd_parse_option(struct cmd_call *c, char *const *words, struct err *e);
/* Release c->given alone, of a call on the stack. */
void cmd_given_done(struct cmd_call *c);
/* --json, --verbose, -v, --quiet, -q, --help, -h: understood after a command's name too. */
bool cmd_is_report_switch(const char *word);
/* Cut a command line into words: blanks separate, '…' and "…" quote, \ escapes. */
int cmd_split(const char *line, struct strv *words, struct err *e);
/* Run it. done() may come before this returns. Takes the call: it is freed after done(). */
void cmd_run(struct cmd_call *call);
/* End a call. e may be NULL or empty for success; it is emptied. */
void cmd_done(struct cmd_call *call, struct err *e);
/* The last value given for an option ("" for a switch), or NULL. */
const char *cmd_value(const struct cmd_call *call, const char *option);
/* The report object, made on first use. Borrowed. */
struct json_object *cmd_json(struct cmd_call *call);
void cmd_free(struct cmd_call *call);

#endif
