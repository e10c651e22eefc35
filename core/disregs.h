/* disregs: what is known of the registers between two instructions: constants that straight code puts there. Part of
 * disasm. */
#ifndef KILN_DISREGS_H
#define KILN_DISREGS_H

#include <capstone/capstone.h>
#include <stdbool.h>
#include <stdint.h>

enum { DISREGS = 16, DISREGS_STACK = 8 };

/* value is true in the bits of mask. The stack holds what push put there. */
struct disregs {
	uint64_t value[DISREGS], mask[DISREGS];
	uint64_t stack[DISREGS_STACK], stack_mask[DISREGS_STACK];
	unsigned depth;
	int zero_if_equal; /* after `test r, r`: this register is 0 where ZF is set; -1 none */
};

/* As the kernel starts a program: all zero but rsp. */
void disregs_start(struct disregs *r);
void disregs_unknown(struct disregs *r);
/* Follow one instruction (with detail). */
void disregs_step(struct disregs *r, csh cs, const cs_insn *i);
/* Index of a 64-, 32-, 16- or 8-bit register (low byte), or -1; *width in bytes. */
int disregs_index(unsigned reg, unsigned *width);
enum { DISREGS_RAX, DISREGS_RCX, DISREGS_RDX, DISREGS_RBX, DISREGS_RSP, DISREGS_RBP, DISREGS_RSI, DISREGS_RDI };

#endif
