/* elfview: an ELF file down to the byte, as the kernel's loader reads it: every field of its headers with offset, size,
 * value, meaning and valid values (source: elf(5)), what the rest of the bytes are, and which bytes serve twice. Takes
 * any bytes: hand-made files whose headers overlap, and hostile ones. Invariant: no range reaches beyond the file, and
 * tables are cut at fixed limits (`cut`). Headers are read as 64-bit unless the file is plainly a 32-bit one. */
#ifndef KILN_ELFVIEW_H
#define KILN_ELFVIEW_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum elf_kind { ELF_EHDR, ELF_PHDR, ELF_SHDR, ELF_CODE, ELF_DATA, ELF_OTHER, ELF_GAP };

/* A named stretch of bytes: a field of a header, or what lies between. */
struct elf_range {
	enum elf_kind kind;
	uint64_t off, size;
	int index;           /* which program or section header; -1 if there is one only */
	const char *name;    /* "e_type", or owned by the view: ".text", "segment 1" */
	uint64_t value;      /* of a field */
	char text[48];       /* the value for people: "ET_EXEC", "R X"; "" if the number says it */
	const char *meaning; /* one line */
	const char *valid;   /* what may stand here */
	bool loader;         /* the kernel's loader looks at it */
	bool filler;         /* no header names these bytes */
};

struct elf_overlap {
	size_t a, b; /* ranges, of different tables */
	uint64_t off, size;
};

struct elf_sym {
	char *name;
	uint64_t addr, size;
	bool undefined, function;
};

struct elfview {
	const unsigned char *bytes; /* borrowed */
	uint64_t n;
	bool magic;    /* begins with 7f E L F */
	bool is32;     /* class byte and machine both say so */
	bool cut;      /* more headers or symbols than are shown */
	Elf64_Ehdr eh; /* 32-bit files are widened */
	Elf64_Phdr *ph;
	size_t n_ph; /* those that lie in the file */
	Elf64_Shdr *sh;
	char **sh_name;
	size_t n_sh;
	struct elf_sym *sym;
	size_t n_sym;
	struct elf_range *range; /* by offset; fields of headers and regions */
	size_t n_range;
	struct elf_overlap *overlap;
	size_t n_overlap;
	struct elf_range spare; /* takes what is beyond the limits */
};

/* Look at n bytes, which must stay until elfview_done. Never fails: what is not ELF has magic false and one range. */
void elfview_init(struct elfview *v, const void *bytes, size_t n);
void elfview_done(struct elfview *v);
/* Mark what a disassembler reached as code: any number of stretches, then elfview_settle. */
void elfview_add_code(struct elfview *v, uint64_t off, uint64_t size);
/* Sort the ranges again, name what lies between them, find overlaps. */
void elfview_settle(struct elfview *v);
/* The file offset of an address in a loadable segment; UINT64_MAX if there is none. */
uint64_t elfview_offset(const struct elfview *v, uint64_t addr);
/* The address that the byte at a file offset is loaded to by an executable segment; UINT64_MAX if none. */
uint64_t elfview_addr(const struct elfview *v, uint64_t off);
/* The smallest ranges at a byte, fields first: at most max are put in out. Returns how many there are. */
size_t elfview_at(const struct elfview *v, uint64_t off, const struct elf_range **out, size_t max);
/* Sizes for tables: what the file is made of. Bytes that serve twice are counted once, in this order of claim. */
struct elf_sizes {
	uint64_t file, text, rodata, data, bss, headers, symbols, padding, other;
};
void elfview_sizes(const struct elfview *v, struct elf_sizes *s);
const char *elf_kind_name(enum elf_kind kind);

#endif
