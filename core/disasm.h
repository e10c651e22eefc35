/* disasm: the instructions of an init (capstone), each `syscall` with the number that stands in rax there. Files with
 * section headers are read section by section; hand-made ones from the entry point along the jumps, so that data
 * between the code is not taken for it. Register values are followed along straight code and the first way into each
 * place: what is told of them holds on the first pass. Invariant: bounded by the file's size and MAX instructions. */
#ifndef KILN_DISASM_H
#define KILN_DISASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/elfview.h"
#include "core/err.h"
#include "core/systable.h"

enum { DISASM_NO_CALL = -1, DISASM_UNKNOWN = -2 };

struct disasm_insn {
	uint64_t addr, off;
	unsigned char size;
	char text[63]; /* "mov eax, 1" in Intel's notation */
	int call;      /* of a syscall: its number, or DISASM_UNKNOWN; else DISASM_NO_CALL */
	uint64_t arg[SYS_ARGS];
	unsigned known;  /* bit i: arg[i] is known */
	int returns;     /* it is a `ret` */
	uint64_t target; /* of a direct jump or call; 0 if there is none */
};

struct disasm {
	struct disasm_insn *v; /* by address */
	size_t n;
	bool cut;
	bool followed; /* along jumps from the entry, not by sections */
};

/* Disassemble all code of v. Only 64-bit x86 code is taken. Returns 0 or -1 with *e. */
int disasm_run(struct disasm *d, const struct elfview *v, struct err *e);
void disasm_done(struct disasm *d);
/* Tell the view which bytes are code (only those that were followed from the entry). */
void disasm_mark(const struct disasm *d, struct elfview *v);
/* The same for a file without sections, whose code only following it can find; nothing for any other. */
void disasm_mark_code(struct elfview *v);
/* "write(fd=1, buf, count=2)": names from the table (NULL: none). Returns owned; NULL if the insn is no syscall. */
char *disasm_call_text(const struct disasm_insn *i, const struct systable *t);
/* The numbers of all system calls in it, sorted, each once; *unknown: some could not be told. Returns owned, *n set. */
int *disasm_calls(const struct disasm *d, size_t *n, bool *unknown);

#endif
