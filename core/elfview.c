/* elfview: see elfview.h. Reads by bounded copies, never by a pointer into the file cast to a struct. */
#include "core/elfview.h"

#include <stdlib.h>
#include <string.h>

#include "core/elfnames.h"
#include "core/i18n.h"
#include "core/str.h"

#define MAX_PH    64u
#define MAX_SH    128u
#define MAX_SYM   65536u
#define MAX_RANGE 8192u
#define NOWHERE   UINT64_MAX

static uint64_t get(const struct elfview *v, uint64_t off, unsigned size)
{
	uint64_t value = 0;
	if (off > v->n || v->n - off < size)
		return 0;
	for (unsigned i = 0; i < size && i < 8; i++)
		value |= (uint64_t)v->bytes[off + i] << (8 * i);
	return value;
}

static bool inside(const struct elfview *v, uint64_t off, uint64_t size)
{
	return off <= v->n && v->n - off >= size;
}

const char *elf_kind_name(enum elf_kind kind)
{
	static const char *const name[] = {N_("ELF header"), N_("program header"), N_("section header"), N_("code"),
		N_("data"), N_("other"), N_("unused")};
	return name[kind];
}

/* --- ranges --- */

static struct elf_range *add_range(struct elfview *v, enum elf_kind kind, uint64_t off, uint64_t size)
{
	if (v->n_range == MAX_RANGE || off >= v->n || size == 0) {
		v->cut = v->cut || v->n_range == MAX_RANGE;
		return &v->spare;
	}
	v->range = xrealloc(v->range, (v->n_range + 1) * sizeof(*v->range));
	struct elf_range *r = &v->range[v->n_range++];
	memset(r, 0, sizeof(*r));
	r->kind = kind;
	r->off = off;
	r->size = size < v->n - off ? size : v->n - off;
	r->index = -1;
	return r;
}

struct table {
	enum elf_kind kind;
	const struct elf_field *field;
	size_t n;
	uint64_t off;
	int index;
};

static void add_fields(struct elfview *v, const struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct elf_field *f = &t->field[i];
		const unsigned off = v->is32 ? f->off32 : f->off64, size = v->is32 ? f->size32 : f->size64;
		struct elf_range *r = add_range(v, t->kind, t->off + off, size);
		r->index = t->index;
		r->name = f->name;
		r->value = get(v, t->off + off, size);
		r->meaning = f->meaning;
		r->valid = f->valid;
		r->loader = f->loader;
		elf_value_text(f->name, r->value, r->text, sizeof(r->text));
	}
}

static void add_region(struct elfview *v, enum elf_kind kind, const Elf64_Shdr *sh, const char *name)
{
	struct elf_range *r = add_range(v, kind, sh->sh_offset, sh->sh_size);
	r->name = name;
	r->value = sh->sh_addr;
	r->meaning = kind == ELF_CODE   ? N_("instructions")
		     : kind == ELF_DATA ? N_("data in memory")
					: N_("for tools; not loaded");
}

/* --- headers --- */

static void read_ehdr(struct elfview *v)
{
	uint64_t f[64] = {0};
	for (size_t i = 0; i < elf_n_ehdr; i++)
		f[i] = get(v, v->is32 ? elf_ehdr_fields[i].off32 : elf_ehdr_fields[i].off64,
			v->is32 ? elf_ehdr_fields[i].size32 : elf_ehdr_fields[i].size64);
	Elf64_Ehdr *h = &v->eh;
	for (size_t i = 0; i < EI_NIDENT; i++)
		h->e_ident[i] = (unsigned char)get(v, i, 1);
	h->e_type = (Elf64_Half)f[7];
	h->e_machine = (Elf64_Half)f[8];
	h->e_version = (Elf64_Word)f[9];
	h->e_entry = f[10];
	h->e_phoff = f[11];
	h->e_shoff = f[12];
	h->e_flags = (Elf64_Word)f[13];
	h->e_ehsize = (Elf64_Half)f[14];
	h->e_phentsize = (Elf64_Half)f[15];
	h->e_phnum = (Elf64_Half)f[16];
	h->e_shentsize = (Elf64_Half)f[17];
	h->e_shnum = (Elf64_Half)f[18];
	h->e_shstrndx = (Elf64_Half)f[19];
}

/* All fields of a table's entry at off, widened. */
static void read_fields(const struct elfview *v, const struct elf_field *field, size_t n, uint64_t off, uint64_t *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = get(v, off + (v->is32 ? field[i].off32 : field[i].off64),
			v->is32 ? field[i].size32 : field[i].size64);
}

static void read_phdrs(struct elfview *v)
{
	const uint64_t size = v->is32 ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
	for (unsigned i = 0; i < v->eh.e_phnum; i++) {
		const uint64_t off = v->eh.e_phoff + i * size;
		uint64_t f[8];
		if (off < v->eh.e_phoff || !inside(v, off, size))
			break;
		if (v->n_ph == MAX_PH) {
			v->cut = true;
			break;
		}
		read_fields(v, elf_phdr_fields, elf_n_phdr, off, f);
		v->ph = xrealloc(v->ph, (v->n_ph + 1) * sizeof(*v->ph));
		v->ph[v->n_ph++] = (Elf64_Phdr){.p_type = (Elf64_Word)f[0],
			.p_flags = (Elf64_Word)f[1],
			.p_offset = f[2],
			.p_vaddr = f[3],
			.p_paddr = f[4],
			.p_filesz = f[5],
			.p_memsz = f[6],
			.p_align = f[7]};
		add_fields(v, &(struct table){ELF_PHDR, elf_phdr_fields, elf_n_phdr, off, (int)i});
	}
}

/* A string of the table at off, cut at its end. Returns owned. */
static char *string_at(const struct elfview *v, const Elf64_Shdr *table, uint64_t at)
{
	if (at >= table->sh_size || !inside(v, table->sh_offset, table->sh_size))
		return xstrdup("");
	const char *s = (const char *)v->bytes + table->sh_offset + at;
	size_t most = table->sh_size - at;
	return xstrndup(s, strnlen(s, most < 256 ? most : 256));
}

static bool read_shdr(struct elfview *v, uint64_t off)
{
	uint64_t f[10];
	if (off < v->eh.e_shoff || !inside(v, off, v->is32 ? sizeof(Elf32_Shdr) : sizeof(Elf64_Shdr)))
		return false;
	if (v->n_sh == MAX_SH) {
		v->cut = true;
		return false;
	}
	read_fields(v, elf_shdr_fields, elf_n_shdr, off, f);
	v->sh = xrealloc(v->sh, (v->n_sh + 1) * sizeof(*v->sh));
	v->sh[v->n_sh++] = (Elf64_Shdr){.sh_name = (Elf64_Word)f[0],
		.sh_type = (Elf64_Word)f[1],
		.sh_flags = f[2],
		.sh_addr = f[3],
		.sh_offset = f[4],
		.sh_size = f[5],
		.sh_link = (Elf64_Word)f[6],
		.sh_info = (Elf64_Word)f[7],
		.sh_addralign = f[8],
		.sh_entsize = f[9]};
	return true;
}

/* Section headers are believed only where e_shentsize says what it must: hand-made files use these bytes otherwise. */
static void read_shdrs(struct elfview *v)
{
	const uint64_t size = v->is32 ? sizeof(Elf32_Shdr) : sizeof(Elf64_Shdr);
	if (v->eh.e_shentsize != size || v->eh.e_shoff == 0)
		return;
	for (unsigned i = 0; i < v->eh.e_shnum && read_shdr(v, v->eh.e_shoff + i * size); i++)
		add_fields(v, &(struct table){ELF_SHDR, elf_shdr_fields, elf_n_shdr, v->eh.e_shoff + i * size, (int)i});
	v->sh_name = xcalloc(v->n_sh + 1, sizeof(*v->sh_name));
	for (size_t i = 0; i < v->n_sh; i++)
		v->sh_name[i] = v->eh.e_shstrndx < v->n_sh ? string_at(v, &v->sh[v->eh.e_shstrndx], v->sh[i].sh_name)
							   : xstrdup("");
	for (size_t i = 0; i < v->n_sh; i++) {
		const Elf64_Shdr *s = &v->sh[i];
		if (s->sh_type == SHT_NULL || s->sh_type == SHT_NOBITS)
			continue;
		const enum elf_kind kind = s->sh_flags & SHF_EXECINSTR ? ELF_CODE
					   : s->sh_flags & SHF_ALLOC   ? ELF_DATA
								       : ELF_OTHER;
		add_region(v, kind, s, v->sh_name[i]);
	}
}

static void read_symbols(struct elfview *v, const Elf64_Shdr *table)
{
	const unsigned size = v->is32 ? sizeof(Elf32_Sym) : sizeof(Elf64_Sym);
	if (table->sh_link >= v->n_sh || !inside(v, table->sh_offset, table->sh_size))
		return;
	for (uint64_t i = 1; i < table->sh_size / size; i++) {
		const uint64_t at = table->sh_offset + i * size;
		const unsigned info = (unsigned)get(v, at + (v->is32 ? 12 : 4), 1), type = ELF64_ST_TYPE(info);
		const uint64_t section = get(v, at + (v->is32 ? 14 : 6), 2);
		if (type == STT_FILE || type == STT_SECTION)
			continue;
		if (v->n_sym == MAX_SYM) {
			v->cut = true;
			return;
		}
		if ((v->n_sym & (v->n_sym - 1)) == 0)
			v->sym = xrealloc(v->sym, (v->n_sym > 0 ? 2 * v->n_sym : 1) * sizeof(*v->sym));
		v->sym[v->n_sym++] = (struct elf_sym){
			.name = string_at(v, &v->sh[table->sh_link], get(v, at, 4)),
			.addr = v->is32 ? get(v, at + 4, 4) : get(v, at + 8, 8),
			.size = v->is32 ? get(v, at + 8, 4) : get(v, at + 16, 8),
			.undefined = section == SHN_UNDEF && ELF64_ST_BIND(info) != STB_WEAK,
			.function = type == STT_FUNC || type == STT_NOTYPE,
		};
	}
}

/* --- what lies between, and what lies twice --- */

static int by_offset(const void *a, const void *b)
{
	const struct elf_range *x = a, *y = b;
	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->size < y->size ? -1 : x->size > y->size;
}

static void sort_ranges(struct elfview *v)
{
	if (v->n_range > 0)
		qsort(v->range, v->n_range, sizeof(*v->range), by_offset);
}

static void add_gap(struct elfview *v, uint64_t off, uint64_t end)
{
	bool zero = true, loaded = elfview_addr(v, off) != NOWHERE;
	for (uint64_t i = off; i < end && zero; i++)
		zero = v->bytes[i] == 0;
	struct elf_range *r = add_range(v, zero ? ELF_GAP : ELF_OTHER, off, end - off);
	r->filler = true;
	r->name = zero ? "padding" : loaded ? "loaded bytes" : "bytes";
	r->meaning = zero ? N_("zeros that nothing refers to: alignment") : N_("no header names these bytes");
}

static void drop_fillers(struct elfview *v)
{
	size_t n = 0;
	for (size_t i = 0; i < v->n_range; i++)
		if (!v->range[i].filler)
			v->range[n++] = v->range[i];
	v->n_range = n;
}

/* Ranges for what no header names. */
static void fill_gaps(struct elfview *v)
{
	drop_fillers(v);
	const size_t n = v->n_range;
	uint64_t end = 0;
	sort_ranges(v);
	for (size_t i = 0; i < n; i++) {
		const uint64_t off = v->range[i].off, after = off + v->range[i].size;
		if (off > end)
			add_gap(v, end, off);
		end = after > end ? after : end;
	}
	if (end < v->n)
		add_gap(v, end, v->n);
	sort_ranges(v);
}

static bool same_table(const struct elf_range *a, const struct elf_range *b)
{
	return a->kind == b->kind && a->index == b->index && a->kind <= ELF_SHDR;
}

/* Which ranges share bytes: only those that begin before another ends are compared. */
static void find_overlaps(struct elfview *v)
{
	v->n_overlap = 0;
	for (size_t a = 0; a < v->n_range; a++) {
		const struct elf_range *x = &v->range[a];
		for (size_t b = a + 1; b < v->n_range && v->range[b].off < x->off + x->size; b++) {
			const struct elf_range *y = &v->range[b];
			const uint64_t end = x->off + x->size < y->off + y->size ? x->off + x->size : y->off + y->size;
			if (same_table(x, y))
				continue;
			if (v->n_overlap == MAX_RANGE) {
				v->cut = true;
				return;
			}
			v->overlap = xrealloc(v->overlap, (v->n_overlap + 1) * sizeof(*v->overlap));
			v->overlap[v->n_overlap++] = (struct elf_overlap){a, b, y->off, end - y->off};
		}
	}
}

void elfview_init(struct elfview *v, const void *bytes, size_t n)
{
	memset(v, 0, sizeof(*v));
	v->bytes = bytes;
	v->n = n;
	v->magic = n >= SELFMAG && memcmp(bytes, ELFMAG, SELFMAG) == 0;
	v->is32 = v->magic && get(v, EI_CLASS, 1) == ELFCLASS32 && get(v, 18, 2) != EM_X86_64;
	if (v->magic) {
		read_ehdr(v);
		add_fields(v, &(struct table){ELF_EHDR, elf_ehdr_fields, elf_n_ehdr, 0, -1});
		read_phdrs(v);
		read_shdrs(v);
		for (size_t i = 0; i < v->n_sh; i++)
			if (v->sh[i].sh_type == SHT_SYMTAB)
				read_symbols(v, &v->sh[i]);
	}
	elfview_settle(v);
}

void elfview_add_code(struct elfview *v, uint64_t off, uint64_t size)
{
	struct elf_range *r = add_range(v, ELF_CODE, off, size);
	r->name = "code";
	r->meaning = N_("instructions, reached from the entry point");
}

void elfview_settle(struct elfview *v)
{
	fill_gaps(v);
	find_overlaps(v);
}

void elfview_done(struct elfview *v)
{
	for (size_t i = 0; i < v->n_sh; i++)
		free(v->sh_name[i]);
	for (size_t i = 0; i < v->n_sym; i++)
		free(v->sym[i].name);
	free(v->sh_name);
	free(v->sym);
	free(v->ph);
	free(v->sh);
	free(v->range);
	free(v->overlap);
	memset(v, 0, sizeof(*v));
}

/* --- questions --- */

/* What of a segment is mapped from the file: whole pages. */
static void mapped(const struct elfview *v, const Elf64_Phdr *p, uint64_t *from, uint64_t *to)
{
	const uint64_t lead = p->p_vaddr & 4095;
	*from = p->p_offset >= lead ? p->p_offset - lead : 0;
	uint64_t end = p->p_offset + p->p_filesz;
	end = end < p->p_offset || end > v->n ? v->n : (end + 4095) & ~(uint64_t)4095;
	*to = end < v->n ? end : v->n;
}

uint64_t elfview_offset(const struct elfview *v, uint64_t addr)
{
	for (size_t i = 0; i < v->n_ph; i++) {
		const Elf64_Phdr *p = &v->ph[i];
		uint64_t from, to;
		if (p->p_type != PT_LOAD || p->p_filesz == 0)
			continue;
		mapped(v, p, &from, &to);
		const uint64_t start = p->p_vaddr - (p->p_offset - from);
		if (from < to && addr >= start && addr - start < to - from)
			return from + (addr - start);
	}
	return NOWHERE;
}

uint64_t elfview_addr(const struct elfview *v, uint64_t off)
{
	for (size_t i = 0; i < v->n_ph; i++) {
		const Elf64_Phdr *p = &v->ph[i];
		uint64_t from, to;
		if (p->p_type != PT_LOAD || (p->p_flags & PF_X) == 0)
			continue;
		mapped(v, p, &from, &to);
		if (off >= from && off < to)
			return p->p_vaddr - p->p_offset + off;
	}
	return NOWHERE;
}

size_t elfview_at(const struct elfview *v, uint64_t off, const struct elf_range **out, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < v->n_range && v->range[i].off <= off; i++) {
		if (off - v->range[i].off >= v->range[i].size)
			continue;
		if (n < max)
			out[n] = &v->range[i];
		n++;
	}
	return n;
}

static void claim(const struct elfview *v, const struct elf_range *r, uint64_t *mark, uint64_t *sum)
{
	for (uint64_t i = r->off; i < r->off + r->size; i++) {
		if (mark[i / 64] >> i % 64 & 1)
			continue;
		mark[i / 64] |= (uint64_t)1 << i % 64;
		++*sum;
	}
	(void)v;
}

static uint64_t *sum_of(struct elf_sizes *s, const struct elf_range *r)
{
	switch (r->kind) {
	case ELF_EHDR:
	case ELF_PHDR:
	case ELF_SHDR:
		return &s->headers;
	case ELF_CODE:
		return &s->text;
	case ELF_DATA:
		return str_starts(r->name, ".rodata") || str_starts(r->name, ".eh_frame") ? &s->rodata : &s->data;
	case ELF_GAP:
		return &s->padding;
	default:
		return str_starts(r->name, ".symtab") || str_starts(r->name, ".strtab") ? &s->symbols : &s->other;
	}
}

void elfview_sizes(const struct elfview *v, struct elf_sizes *s)
{
	static const enum elf_kind order[] = {ELF_CODE, ELF_EHDR, ELF_PHDR, ELF_SHDR, ELF_DATA, ELF_OTHER, ELF_GAP};
	uint64_t *mark = xcalloc(v->n / 64 + 1, sizeof(*mark));
	memset(s, 0, sizeof(*s));
	s->file = v->n;
	for (size_t k = 0; k < ARRAY_LEN(order); k++)
		for (size_t i = 0; i < v->n_range; i++)
			if (v->range[i].kind == order[k])
				claim(v, &v->range[i], mark, sum_of(s, &v->range[i]));
	for (size_t i = 0; i < v->n_sh; i++)
		if (v->sh[i].sh_type == SHT_NOBITS && (v->sh[i].sh_flags & SHF_TLS) == 0 &&
			v->sh[i].sh_flags & SHF_ALLOC)
			s->bss += v->sh[i].sh_size;
	free(mark);
}
