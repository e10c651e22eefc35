/* srcplace: from a place that a tool named in the log (`init.c:3:5`) to the file: names are relative to the folder the
 * tool ran in, which the command line before the message tells. Used by the log and source panes. */
#ifndef KILN_SRCPLACE_H
#define KILN_SRCPLACE_H

#include "core/app.h"
#include "core/log.h"

/* Absolute path of the file that line `line` of the log names as `file`; NULL if it is nowhere. Returns owned. */
char *srcplace_find(const struct app *a, const struct log *l, size_t line, const char *file);
/* Where a file named by a user is: absolute, else in the lab, else in the kernel source. Returns owned, or NULL. */
char *srcplace_by_name(const struct app *a, const char *file);

#endif
