/* script: drives the screen from a file, without a terminal: what tests, and bug reports that replay, are written in.
 * One step a line: size 80x24 · key F5 C-a z · type text · paste text · mouse press|drag|release|wheel-up|wheel-down Y
 * X run COMMAND · wait idle [SECONDS] · wait text RE · wait gone RE · timeout SECONDS expect RE · expect not RE ·
 * expect style NAME RE · dump · dump styles · dump cursor A step that fails ends the script: its place, the reason and
 * the screen as it was go to standard error, status 1. Every wait ends by the timeout (20 s at first). */
#ifndef KILN_SCRIPT_H
#define KILN_SCRIPT_H

#include "core/err.h"

struct script; /* opaque */

/* Read a script ("-": standard input). Returns owned, or NULL with *e. */
struct script *script_load(const char *path, struct err *e);
/* "100x30" (columns x rows); NULL: 80x24. Returns 0, or -1 with *e. */
int script_size(const char *text, int *rows, int *cols, struct err *e);
/* Free; returns 0 if all steps went well, else 1. */
int script_free(struct script *s);

#endif
