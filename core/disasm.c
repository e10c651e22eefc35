/* disasm: see disasm.h. */
#include "core/disasm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/disregs.h"
#include "core/str.h"

#define MAX_INSNS 400000u

struct place {
	uint64_t addr;
	struct disregs regs;
};

struct run {
	struct disasm *d;
	const struct elfview *v;
	csh cs;
	cs_insn *insn;
	unsigned char *seen; /* per byte of the file: an instruction begins there */
	struct place *todo;
	size_t n_todo;
};

static bool is_jump(const cs_insn *in)
{
	for (uint8_t k = 0; k < in->detail->groups_count; k++)
		if (in->detail->groups[k] == CS_GRP_JUMP)
			return true;
	return false;
}

static uint64_t target_of(const cs_insn *in)
{
	const cs_x86 *x = &in->detail->x86;
	if ((is_jump(in) || in->id == X86_INS_CALL) && x->op_count == 1 && x->operands[0].type == X86_OP_IMM)
		return (uint64_t)x->operands[0].imm;
	return 0;
}

static int number_in(const struct disregs *r)
{
	const uint64_t mask = r->mask[DISREGS_RAX], value = r->value[DISREGS_RAX];
	if ((mask & 0xffffffff) == 0xffffffff && (value & 0xffffffff) < 4096)
		return (int)(value & 0xffffffff);
	/* only the low byte was set: right if the rest was 0, as after an answer below 256 */
	return (mask & 0xff) == 0xff ? (int)(value & 0xff) : DISASM_UNKNOWN;
}

static void note_call(struct disasm_insn *out, const struct disregs *r)
{
	static const int reg[SYS_ARGS] = {DISREGS_RDI, DISREGS_RSI, DISREGS_RDX, 10, 8, 9};
	out->call = number_in(r);
	for (int i = 0; i < SYS_ARGS; i++) {
		out->arg[i] = r->value[reg[i]];
		out->known |= (unsigned)(r->mask[reg[i]] == UINT64_MAX) << i;
	}
}

/* Keep one instruction. Returns false when there are too many. */
static bool keep(struct run *run, const cs_insn *in, uint64_t off, const struct disregs *r)
{
	struct disasm *d = run->d;
	if (d->n == MAX_INSNS) {
		d->cut = true;
		return false;
	}
	if ((d->n & (d->n - 1)) == 0)
		d->v = xrealloc(d->v, (d->n > 0 ? 2 * d->n : 64) * sizeof(*d->v));
	struct disasm_insn *out = &d->v[d->n++];
	memset(out, 0, sizeof(*out));
	out->addr = in->address;
	out->off = off;
	out->size = (unsigned char)in->size;
	char text[256];
	snprintf(text, sizeof(text), "%s%s%s", in->mnemonic, *in->op_str != '\0' ? " " : "", in->op_str);
	memcpy(out->text, text, sizeof(out->text) - 1);
	out->call = DISASM_NO_CALL;
	out->returns = in->id == X86_INS_RET;
	out->target = target_of(in);
	if (in->id == X86_INS_SYSCALL)
		note_call(out, r);
	return true;
}

/* --- by sections --- */

static bool begins_function(const struct elfview *v, uint64_t addr, size_t *sym)
{
	while (*sym < v->n_sym && v->sym[*sym].addr < addr)
		++*sym;
	return *sym < v->n_sym && v->sym[*sym].addr == addr;
}

static int by_addr(const void *a, const void *b)
{
	const struct elf_sym *x = a, *y = b;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* Linear sweep. Values are forgotten at functions' beginnings and behind jumps that are always taken. */
static void sweep(struct run *run, const Elf64_Shdr *s, const struct elfview *sorted)
{
	const struct elfview *v = run->v;
	const uint64_t size = s->sh_offset <= v->n && s->sh_size <= v->n - s->sh_offset ? s->sh_size : 0;
	const uint8_t *code = v->bytes + (size > 0 ? s->sh_offset : 0);
	uint64_t addr = s->sh_addr;
	size_t left = size, sym = 0;
	struct disregs r;
	disregs_unknown(&r);
	while (left > 0) {
		const uint64_t off = s->sh_offset + (size - left);
		if (!cs_disasm_iter(run->cs, &code, &left, &addr, run->insn)) {
			code++; /* no instruction: data in between */
			left--;
			addr++;
			disregs_unknown(&r);
			continue;
		}
		if (begins_function(sorted, run->insn->address, &sym))
			disregs_unknown(&r);
		if (!keep(run, run->insn, off, &r))
			return;
		disregs_step(&r, run->cs, run->insn);
		if (run->insn->id == X86_INS_JMP || run->insn->id == X86_INS_RET)
			disregs_unknown(&r);
	}
}

static bool sweep_sections(struct run *run)
{
	struct elfview sorted = {.n_sym = run->v->n_sym};
	bool any = false;
	if (sorted.n_sym > 0) {
		sorted.sym = xmalloc(sorted.n_sym * sizeof(*sorted.sym));
		memcpy(sorted.sym, run->v->sym, sorted.n_sym * sizeof(*sorted.sym));
		qsort(sorted.sym, sorted.n_sym, sizeof(*sorted.sym), by_addr);
	}
	for (size_t i = 0; i < run->v->n_sh; i++) {
		const Elf64_Shdr *s = &run->v->sh[i];
		if ((s->sh_flags & SHF_EXECINSTR) == 0 || s->sh_type == SHT_NOBITS)
			continue;
		sweep(run, s, &sorted);
		any = true;
	}
	free(sorted.sym);
	return any;
}

/* --- along jumps --- */

static void later(struct run *run, uint64_t addr, const struct disregs *r)
{
	if ((run->n_todo & (run->n_todo - 1)) == 0)
		run->todo = xrealloc(run->todo, (run->n_todo > 0 ? 2 * run->n_todo : 16) * sizeof(*run->todo));
	run->todo[run->n_todo++] = (struct place){addr, *r};
}

static void branch(struct run *run, const struct disregs *r)
{
	const uint64_t target = target_of(run->insn);
	struct disregs there = *r;
	if (target == 0)
		return;
	if (run->insn->id == X86_INS_JE && r->zero_if_equal >= 0) {
		there.value[r->zero_if_equal] = 0;
		there.mask[r->zero_if_equal] = UINT64_MAX;
	}
	if (run->insn->id == X86_INS_CALL)
		there.depth = 0;
	later(run, target, &there);
}

/* From one place on until the code ends or was seen. */
static void follow(struct run *run, struct place at)
{
	for (;;) {
		const uint64_t off = elfview_offset(run->v, at.addr);
		if (off == UINT64_MAX || elfview_addr(run->v, off) != at.addr || run->seen[off])
			return;
		const uint8_t *code = run->v->bytes + off;
		size_t left = run->v->n - off;
		uint64_t addr = at.addr;
		if (!cs_disasm_iter(run->cs, &code, &left, &addr, run->insn) || !keep(run, run->insn, off, &at.regs))
			return;
		run->seen[off] = 1;
		branch(run, &at.regs);
		disregs_step(&at.regs, run->cs, run->insn);
		switch (run->insn->id) {
		case X86_INS_JMP:
		case X86_INS_RET:
		case X86_INS_HLT:
		case X86_INS_UD2:
		case X86_INS_INT3:
			return;
		default:
			at.addr = addr;
		}
	}
}

static void follow_all(struct run *run)
{
	struct disregs r;
	run->seen = xcalloc(run->v->n + 1, 1);
	run->d->followed = true;
	disregs_start(&r);
	later(run, run->v->eh.e_entry, &r);
	while (run->n_todo > 0 && !run->d->cut)
		follow(run, run->todo[--run->n_todo]);
	free(run->todo);
	free(run->seen);
}

static int by_place(const void *a, const void *b)
{
	const struct disasm_insn *x = a, *y = b;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

int disasm_run(struct disasm *d, const struct elfview *v, struct err *e)
{
	struct run run = {.d = d, .v = v};
	memset(d, 0, sizeof(*d));
	if (!v->magic || v->is32 || v->eh.e_machine != EM_X86_64)
		return err_set(e, ERR_INPUT, "no 64-bit x86 program: nothing to disassemble");
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &run.cs) != CS_ERR_OK)
		return err_set(e, ERR_WORLD, "the disassembler capstone does not start");
	cs_option(run.cs, CS_OPT_DETAIL, CS_OPT_ON);
	run.insn = cs_malloc(run.cs);
	if (!sweep_sections(&run))
		follow_all(&run);
	cs_free(run.insn, 1);
	cs_close(&run.cs);
	if (d->n > 0)
		qsort(d->v, d->n, sizeof(*d->v), by_place);
	return 0;
}

void disasm_done(struct disasm *d)
{
	free(d->v);
	memset(d, 0, sizeof(*d));
}

void disasm_mark(const struct disasm *d, struct elfview *v)
{
	for (size_t i = 0; d->followed && i < d->n;) {
		const uint64_t from = d->v[i].off;
		uint64_t end = from;
		for (; i < d->n && d->v[i].off == end; i++)
			end += d->v[i].size;
		elfview_add_code(v, from, end - from);
	}
	if (d->followed)
		elfview_settle(v);
}

void disasm_mark_code(struct elfview *v)
{
	struct disasm d;
	struct err ignored = {0};
	if (v->n_sh == 0 && disasm_run(&d, v, &ignored) == 0) {
		disasm_mark(&d, v);
		disasm_done(&d);
	}
	err_done(&ignored);
}

/* --- system calls --- */

char *disasm_call_text(const struct disasm_insn *i, const struct systable *t)
{
	const struct sysentry *c = t != NULL && i->call >= 0 ? systable_number(t, i->call) : NULL;
	struct buf b = {0};
	if (i->call == DISASM_NO_CALL)
		return NULL;
	if (i->call == DISASM_UNKNOWN)
		return xstrdup("system call, number not known here");
	if (c == NULL)
		return xasprintf("system call %d", i->call);
	buf_addf(&b, "%s(", c->name);
	for (int k = 0; k < c->n_arg; k++) {
		buf_addf(&b, "%s%s %s", k > 0 ? ", " : "", systable_register(k), systable_arg_name(c->arg[k]));
		if ((i->known >> k & 1) != 0)
			buf_addf(&b,
				(int64_t)i->arg[k] < 4096 && (int64_t)i->arg[k] > -4096 ? "=%" PRId64 : "=0x%" PRIx64,
				i->arg[k]);
	}
	buf_addc(&b, ')');
	return buf_take(&b);
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int *disasm_calls(const struct disasm *d, size_t *n, bool *unknown)
{
	int *all = xcalloc(d->n + 1, sizeof(*all));
	size_t count = 0, unique = 0;
	*unknown = false;
	for (size_t i = 0; i < d->n; i++) {
		*unknown = *unknown || d->v[i].call == DISASM_UNKNOWN;
		if (d->v[i].call >= 0)
			all[count++] = d->v[i].call;
	}
	qsort(all, count, sizeof(*all), by_value);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || all[i] != all[i - 1])
			all[unique++] = all[i];
	*n = unique;
	return all;
}
