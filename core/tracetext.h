/* tracetext: the arguments of a traced system call in words: texts and argument lists read out of the traced process,
 * bounded and made printable; numbers as numbers. Used by trace.c. */
#ifndef KILN_TRACETEXT_H
#define KILN_TRACETEXT_H

#include <stdint.h>
#include <sys/types.h>

#include "core/systable.h"

/* What argument i is called; its register where the prototype gives no name. */
const char *tracetext_name(const struct sysentry *s, int i);
/* Is argument i only known when the call has returned (a buffer that the kernel fills)? */
int tracetext_after(const struct sysentry *s, int i);
/* Argument i of a call of process pid. result: of a returned call, for the length of what was filled in; else -1.
 * Returns owned. */
char *tracetext_arg(pid_t pid, const struct sysentry *s, int i, const uint64_t *arg, int64_t result);

#endif
