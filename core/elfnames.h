/* elfnames: the fields of ELF headers as tables: name, place, size, meaning, valid values, and the names of values.
 * Source: elf(5), and for what the kernel looks at, load_elf_binary in its fs/binfmt_elf.c. */
#ifndef KILN_ELFNAMES_H
#define KILN_ELFNAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_field {
	const char *name;
	unsigned off64, size64, off32, size32;
	bool loader;
	const char *meaning, *valid;
};

extern const struct elf_field elf_ehdr_fields[], elf_phdr_fields[], elf_shdr_fields[];
extern const size_t elf_n_ehdr, elf_n_phdr, elf_n_shdr;

/* The name of a field's value ("ET_EXEC", "R X") into text; "" if it has none. */
void elf_value_text(const char *field, uint64_t value, char *text, size_t n);

#endif
