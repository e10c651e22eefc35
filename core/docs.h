/* docs: help, the man page and shell completions, all made from the command, option and setting tables, so that they
 * cannot drift from what kiln does. Called by the CLI and by `make install`. */
#ifndef KILN_DOCS_H
#define KILN_DOCS_H

#include <stdio.h>

#include "core/cmd.h"

/* The overview: `kiln --help`. */
void docs_help(FILE *out, const struct cmd_table *t);
/* One command: `kiln help NAME`. */
void docs_command(FILE *out, const struct cmd *cmd);
/* The settings of kiln.conf: `kiln help settings`. */
void docs_settings(FILE *out);
/* kiln(1) in man(7) macros. */
void docs_man(FILE *out, const struct cmd_table *t);
/* One more section of it: text as it stands, line by line. The title is put in capitals. */
void docs_man_text(FILE *out, const char *title, const char *text);
/* Completion script for "bash", "zsh" or "fish". Returns 0, or -1 for another shell. */
int docs_completion(FILE *out, const struct cmd_table *t, const char *shell);

/* The global options (cli.c); ends with name NULL. */
const struct cmd_opt *cli_options(void);

#endif
