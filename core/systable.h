/* systable: the system calls of the selected kernel tree: numbers and names from its
 * arch/x86/entry/syscalls/syscall_64.tbl, arguments from the prototypes in its include/linux/syscalls.h and,
 * for what that leaves to the architecture, from the definitions in arch/x86/kernel. Used by the browser, the
 * disassembly and the checks. */
#ifndef KILN_SYSTABLE_H
#define KILN_SYSTABLE_H

#include <stddef.h>

#include "core/err.h"

enum { SYS_ARGS = 6 };

struct sysentry {
	int number;
	char *name;          /* "wait4" */
	char *entry;         /* "sys_wait4" */
	int n_arg;           /* -1: the prototype was not found */
	char *arg[SYS_ARGS]; /* "int options", as the prototype has it without __user */
};

struct systable {
	struct sysentry *v; /* by number */
	size_t n;
};

/* Read the tree's table. Returns 0, or -1 with *e. Prototypes that are not found leave n_arg -1. */
int systable_load(struct systable *t, const char *tree, struct err *e);
/* Add entries from a table's text, and arguments from a header's text (tests). */
int systable_parse(struct systable *t, const char *path, const char *table, const char *header, struct err *e);
void systable_done(struct systable *t);
/* NULL if there is none. */
const struct sysentry *systable_number(const struct systable *t, long number);
const struct sysentry *systable_name(const struct systable *t, const char *name);
/* The register of argument i: rdi rsi rdx r10 r8 r9. */
const char *systable_register(int i);
/* The last word of an argument ("options"), or its type if it has no name. Borrowed. */
const char *systable_arg_name(const char *arg);

#endif
