/* complete: what may stand at the cursor of a command line, from the command table alone: names of commands, their
 * options, and arguments by the placeholder that stands in the command's row (STAGE, PANE, NAME=VALUE, FILE, a|b …).
 * Names that only the running program knows come through `names`. Pure but for reading folders. */
#ifndef KILN_COMPLETE_H
#define KILN_COMPLETE_H

#include "core/cmd.h"
#include "core/str.h"

struct complete {
	const struct cmd_table *table;
	/* Add the names that a placeholder stands for ("PANE", "THEME"); none if it knows nothing. May be NULL. */
	void (*names)(void *ctx, const char *placeholder, struct strv *out);
	void *ctx;
	const char *folder; /* relative files begin here; NULL: the working directory */
};

/* Candidates for the word that ends at byte `at` of line, quoted as needed, into out (empty). They replace [*from, at).
 */
void complete_line(const struct complete *c, const char *line, size_t at, struct strv *out, size_t *from);
/* What all candidates begin with. Returns owned. */
char *complete_common(const struct strv *candidates);
/* The command whose line this is; NULL while its name is not finished. */
const struct cmd *complete_command(const struct cmd_table *t, const char *line);

#endif
