/* srclines: which source line each instruction is from, by the DWARF line tables of a program that was built with -g
 * (libdw). Used by the disassembly, here and on the screen. Invariant: rows are sorted by address; bounded by MAX rows;
 * a file without line tables gives none, which is no error. */
#ifndef KILN_SRCLINES_H
#define KILN_SRCLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct srcline {
	uint64_t addr;
	int line; /* 0: from here on no line is known (the end of a sequence) */
	int file; /* index in file; -1 where line is 0 */
};

struct srclines {
	struct srcline *v;
	size_t n;
	char **file; /* as the table has them: absolute, or relative to the folder that was compiled in */
	size_t n_file;
};

/* Read a program's line tables. Returns 0, or -1 with *e if it cannot be read or is no ELF file. */
int srclines_load(struct srclines *s, const char *path, struct err *e);
void srclines_done(struct srclines *s);
/* The row that an address belongs to; NULL if none is known. */
const struct srcline *srclines_at(const struct srclines *s, uint64_t addr);

#endif
