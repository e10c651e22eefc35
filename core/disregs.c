/* disregs: see disregs.h. What an instruction does that is not modelled makes its outputs unknown. */
#include "core/disregs.h"

#include <string.h>

#include "core/str.h"

static const unsigned reg64[DISREGS] = {X86_REG_RAX, X86_REG_RCX, X86_REG_RDX, X86_REG_RBX, X86_REG_RSP, X86_REG_RBP,
	X86_REG_RSI, X86_REG_RDI, X86_REG_R8, X86_REG_R9, X86_REG_R10, X86_REG_R11, X86_REG_R12, X86_REG_R13,
	X86_REG_R14, X86_REG_R15};
static const unsigned reg32[DISREGS] = {X86_REG_EAX, X86_REG_ECX, X86_REG_EDX, X86_REG_EBX, X86_REG_ESP, X86_REG_EBP,
	X86_REG_ESI, X86_REG_EDI, X86_REG_R8D, X86_REG_R9D, X86_REG_R10D, X86_REG_R11D, X86_REG_R12D, X86_REG_R13D,
	X86_REG_R14D, X86_REG_R15D};
static const unsigned reg16[DISREGS] = {X86_REG_AX, X86_REG_CX, X86_REG_DX, X86_REG_BX, X86_REG_SP, X86_REG_BP,
	X86_REG_SI, X86_REG_DI, X86_REG_R8W, X86_REG_R9W, X86_REG_R10W, X86_REG_R11W, X86_REG_R12W, X86_REG_R13W,
	X86_REG_R14W, X86_REG_R15W};
static const unsigned reg8[DISREGS] = {X86_REG_AL, X86_REG_CL, X86_REG_DL, X86_REG_BL, X86_REG_SPL, X86_REG_BPL,
	X86_REG_SIL, X86_REG_DIL, X86_REG_R8B, X86_REG_R9B, X86_REG_R10B, X86_REG_R11B, X86_REG_R12B, X86_REG_R13B,
	X86_REG_R14B, X86_REG_R15B};
static const unsigned reg8h[4] = {X86_REG_AH, X86_REG_CH, X86_REG_DH, X86_REG_BH};

enum { HIGH_BYTE = 9 }; /* the width that stands for ah, ch, dh, bh */

int disregs_index(unsigned reg, unsigned *width)
{
	for (int i = 0; i < DISREGS; i++) {
		*width = reg == reg64[i] ? 8 : reg == reg32[i] ? 4 : reg == reg16[i] ? 2 : reg == reg8[i] ? 1 : 0;
		if (*width != 0)
			return i;
	}
	for (int i = 0; i < 4; i++) {
		*width = HIGH_BYTE;
		if (reg == reg8h[i])
			return i;
	}
	return -1;
}

void disregs_unknown(struct disregs *r)
{
	memset(r, 0, sizeof(*r));
	r->zero_if_equal = -1;
}

void disregs_start(struct disregs *r)
{
	disregs_unknown(r);
	for (int i = 0; i < DISREGS; i++)
		r->mask[i] = i == DISREGS_RSP ? 0 : UINT64_MAX;
}

static uint64_t bits(unsigned width)
{
	return width == 8 ? UINT64_MAX : width == 4 ? 0xffffffff : width == 2 ? 0xffff : width == 1 ? 0xff : 0xff00;
}

/* Put a value, of whose bits those in mask are known, into a register of some width. */
static void put(struct disregs *r, unsigned reg, uint64_t value, uint64_t mask)
{
	unsigned width;
	const int i = disregs_index(reg, &width);
	if (i < 0)
		return;
	const uint64_t part = bits(width);
	if (width == HIGH_BYTE) {
		value <<= 8;
		mask <<= 8;
	}
	const uint64_t keep = width == 4 || width == 8 ? 0 : ~part; /* 32-bit results clear the upper half */
	r->value[i] = (r->value[i] & keep) | (value & part);
	r->mask[i] = (r->mask[i] & keep) | (mask & part) | (width == 4 ? ~part : 0);
}

/* What is known of an operand. */
static uint64_t fetch(const struct disregs *r, const cs_insn *in, const cs_x86_op *op, uint64_t *mask)
{
	unsigned width;
	*mask = 0;
	if (op->type == X86_OP_IMM) {
		*mask = UINT64_MAX;
		return (uint64_t)op->imm;
	}
	if (op->type == X86_OP_MEM && in->id == X86_INS_LEA && op->mem.base == X86_REG_RIP) {
		*mask = UINT64_MAX;
		return in->address + in->size + (uint64_t)op->mem.disp;
	}
	if (op->type == X86_OP_MEM && in->id == X86_INS_LEA && op->mem.index == X86_REG_INVALID) {
		const int base = disregs_index(op->mem.base, &width);
		if (base >= 0 && r->mask[base] == UINT64_MAX)
			*mask = UINT64_MAX;
		return base >= 0 ? r->value[base] + (uint64_t)op->mem.disp : 0;
	}
	const int i = op->type == X86_OP_REG ? disregs_index(op->reg, &width) : -1;
	if (i < 0)
		return 0;
	const int shift = width == HIGH_BYTE ? 8 : 0;
	*mask = (r->mask[i] & bits(width)) >> shift;
	return (r->value[i] & bits(width)) >> shift;
}

static void push(struct disregs *r, uint64_t value, uint64_t mask)
{
	if (r->depth == DISREGS_STACK) {
		memmove(r->stack, r->stack + 1, sizeof(r->stack) - sizeof(*r->stack));
		memmove(r->stack_mask, r->stack_mask + 1, sizeof(r->stack_mask) - sizeof(*r->stack_mask));
		r->depth--;
	}
	r->stack[r->depth] = value;
	r->stack_mask[r->depth++] = mask;
}

/* Everything the instruction writes becomes unknown. */
static void clobber(struct disregs *r, csh cs, const cs_insn *in)
{
	cs_regs read, write;
	uint8_t n_read, n_write;
	if (cs_regs_access(cs, in, read, &n_read, write, &n_write) != CS_ERR_OK)
		return;
	for (uint8_t k = 0; k < n_write; k++) {
		if (write[k] == X86_REG_RSP)
			r->depth = 0;
		put(r, write[k], 0, 0);
	}
}

static bool full(const struct disregs *r, const cs_x86_op *op, uint64_t *value)
{
	unsigned width;
	const int i = op->type == X86_OP_REG ? disregs_index(op->reg, &width) : -1;
	if (i < 0 || width == HIGH_BYTE || (r->mask[i] & bits(width)) != bits(width))
		return false;
	*value = r->value[i] & bits(width);
	return true;
}

static bool same_register(const cs_x86 *x)
{
	return x->op_count == 2 && x->operands[0].type == X86_OP_REG && x->operands[1].type == X86_OP_REG &&
	       x->operands[0].reg == x->operands[1].reg;
}

/* The instructions whose result can be told. Returns false if this one cannot. */
static bool model(struct disregs *r, const cs_insn *in)
{
	const cs_x86 *x = &in->detail->x86;
	uint64_t a = 0, mask = 0;
	switch (in->id) {
	case X86_INS_MOV:
	case X86_INS_MOVABS:
	case X86_INS_LEA:
		if (x->operands[0].type != X86_OP_REG)
			return true;
		a = fetch(r, in, &x->operands[1], &mask);
		put(r, x->operands[0].reg, a, mask);
		return true;
	case X86_INS_XOR:
	case X86_INS_SUB:
		if (!same_register(x))
			return false;
		put(r, x->operands[0].reg, 0, UINT64_MAX);
		return true;
	case X86_INS_PUSH:
		a = fetch(r, in, &x->operands[0], &mask);
		push(r, a, mask);
		return true;
	case X86_INS_POP:
		if (r->depth > 0) {
			r->depth--;
			a = r->stack[r->depth];
			mask = r->stack_mask[r->depth];
		}
		if (x->operands[0].type == X86_OP_REG)
			put(r, x->operands[0].reg, a, mask);
		return true;
	case X86_INS_INC:
	case X86_INS_DEC:
		if (!full(r, &x->operands[0], &a))
			return false;
		put(r, x->operands[0].reg, in->id == X86_INS_INC ? a + 1 : a - 1, UINT64_MAX);
		return true;
	case X86_INS_OR:
		if (x->operands[1].type != X86_OP_IMM || x->operands[1].imm != -1)
			return false;
		put(r, x->operands[0].reg, UINT64_MAX, UINT64_MAX);
		return true;
	case X86_INS_CDQ:
		if ((r->mask[DISREGS_RAX] & 0x80000000) == 0)
			return false;
		put(r, X86_REG_EDX, r->value[DISREGS_RAX] & 0x80000000 ? UINT64_MAX : 0, UINT64_MAX);
		return true;
	default:
		return false;
	}
}

void disregs_step(struct disregs *r, csh cs, const cs_insn *in)
{
	unsigned width;
	const cs_x86 *x = &in->detail->x86;
	if (in->id == X86_INS_TEST) {
		r->zero_if_equal = same_register(x) ? disregs_index(x->operands[0].reg, &width) : -1;
		return;
	}
	if (in->id == X86_INS_SYSCALL) {
		put(r, X86_REG_RAX, 0, 0);
		put(r, X86_REG_RCX, 0, 0);
		put(r, X86_REG_R11, 0, 0);
		return;
	}
	if (in->id == X86_INS_CALL) { /* callee-saved registers stay, by convention */
		static const unsigned lost[] = {X86_REG_RAX, X86_REG_RCX, X86_REG_RDX, X86_REG_RSI, X86_REG_RDI,
			X86_REG_R8, X86_REG_R9, X86_REG_R10, X86_REG_R11};
		for (size_t k = 0; k < ARRAY_LEN(lost); k++)
			put(r, lost[k], 0, 0);
		return;
	}
	if (!model(r, in))
		clobber(r, cs, in);
}
