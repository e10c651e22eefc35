/* codeview: a program as the workshop shows it: its bytes named (elfview), its instructions (disasm), and for each the
 * source line, taken from a second program built from the same sources with line tables (initbuild's INITBUILD_DEBUG).
 * Invariant: a line is told of an instruction only if the debug program has the very same bytes at that place. */
#ifndef KILN_CODEVIEW_H
#define KILN_CODEVIEW_H

#include "core/disasm.h"
#include "core/elfview.h"
#include "core/srclines.h"

struct codeview {
	char *bytes, *debug_bytes; /* owned */
	struct elfview v, debug;
	struct disasm d; /* empty if there is no x86-64 code */
	struct srclines lines;
	struct codeview_function {
		uint64_t addr;
		const char *name; /* borrowed from the views */
	} * function;             /* by address: the program's symbols, or if it was stripped, its twin's */
	size_t n_function;
};

/* Load program; debug (may be NULL) is its twin with line tables. Returns 0, or -1 with *e if program cannot be read.
 * What the twin lacks is just not told. */
int codeview_load(struct codeview *c, const char *program, const char *debug, struct err *e);
void codeview_done(struct codeview *c);
/* The source line of instruction i, or NULL. */
const struct srcline *codeview_line(const struct codeview *c, const struct disasm_insn *i);
/* The first instruction of a source line or of the next one that has code; SIZE_MAX if there is none. */
size_t codeview_insn_of(const struct codeview *c, const char *file, int line);
/* The instruction at or before an address; SIZE_MAX without code. */
size_t codeview_insn_at(const struct codeview *c, uint64_t addr);
/* Where a reader begins: main if it is known, else the entry point. */
uint64_t codeview_start(const struct codeview *c);
/* The function that begins at an address; NULL if none does. Borrowed. */
const char *codeview_symbol(const struct codeview *c, uint64_t addr);

#endif
