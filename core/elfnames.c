/* elfnames: see elfnames.h. */
#include "core/elfnames.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"

const struct elf_field elf_ehdr_fields[] = {
	{"e_ident[0..3]", 0, 4, 0, 4, true, N_("the magic number"), N_("7f 45 4c 46: a DEL, then ELF")},
	{"EI_CLASS", 4, 1, 4, 1, false, N_("word size; tools need it, the kernel goes by e_machine"),
		N_("1 32-bit, 2 64-bit")},
	{"EI_DATA", 5, 1, 5, 1, false, N_("byte order"), N_("1 little-endian, 2 big-endian")},
	{"EI_VERSION", 6, 1, 6, 1, false, N_("version of the format"), "1"},
	{"EI_OSABI", 7, 1, 7, 1, false, N_("whose conventions are followed"), N_("0 System V, 3 Linux")},
	{"EI_ABIVERSION", 8, 1, 8, 1, false, N_("version of those conventions"), "0"},
	{"EI_PAD", 9, 7, 9, 7, false, N_("room for later"), N_("zeros")},
	{"e_type", 16, 2, 16, 2, true, N_("what kind of file it is"),
		N_("2 ET_EXEC (fixed address) or 3 ET_DYN (any address) can be run; 1 ET_REL is an object, 4 ET_CORE a "
		   "dump")},
	{"e_machine", 18, 2, 18, 2, true, N_("the processor it is for"),
		N_("62 EM_X86_64; 3 EM_386 only with IA32_EMULATION")},
	{"e_version", 20, 4, 20, 4, false, N_("version of the format, again"), "1"},
	{"e_entry", 24, 8, 24, 4, true, N_("address of the first instruction"), N_("in a loaded, executable segment")},
	{"e_phoff", 32, 8, 28, 4, true, N_("where in the file the program headers begin"),
		N_("64 usually; any place in the file")},
	{"e_shoff", 40, 8, 32, 4, false, N_("where the section headers begin: for tools alone"),
		N_("0 if there are none")},
	{"e_flags", 48, 4, 36, 4, false, N_("flags of the processor"), N_("0 on x86")},
	{"e_ehsize", 52, 2, 40, 2, false, N_("size of this header"), N_("64 (32-bit: 52)")},
	{"e_phentsize", 54, 2, 42, 2, true, N_("size of a program header"),
		N_("56 (32-bit: 32), or the kernel refuses")},
	{"e_phnum", 56, 2, 44, 2, true, N_("number of program headers"), N_("1 to 1170: they must fit in 64 KiB")},
	{"e_shentsize", 58, 2, 46, 2, false, N_("size of a section header"), N_("64 (32-bit: 40)")},
	{"e_shnum", 60, 2, 48, 2, false, N_("number of section headers"), N_("0 if there are none")},
	{"e_shstrndx", 62, 2, 50, 2, false, N_("which section has the sections' names"), N_("below e_shnum")},
};

const struct elf_field elf_phdr_fields[] = {
	{"p_type", 0, 4, 0, 4, true, N_("what the segment is"),
		N_("1 PT_LOAD goes into memory, 3 PT_INTERP names the dynamic linker, 0x6474e551 PT_GNU_STACK, "
		   "others")},
	{"p_flags", 4, 4, 24, 4, true, N_("what may be done with its memory"),
		N_("1 execute, 2 write, 4 read, and sums")},
	{"p_offset", 8, 8, 4, 4, true, N_("where it begins in the file"), N_("as p_vaddr modulo 4096")},
	{"p_vaddr", 16, 8, 8, 4, true, N_("where it begins in memory"), N_("below 0x7ffffffff000")},
	{"p_paddr", 24, 8, 12, 4, false, N_("physical address, for machines without virtual memory"), N_("anything")},
	{"p_filesz", 32, 8, 16, 4, true, N_("how many bytes come from the file; whole pages are mapped"),
		N_("at most p_memsz")},
	{"p_memsz", 40, 8, 20, 4, true, N_("how many bytes it takes in memory; what is more is zeroed"),
		N_("at least p_filesz")},
	{"p_align", 48, 8, 28, 4, false, N_("alignment; matters for ET_DYN only"),
		N_("0, 1, or a power of two: 0x1000")},
};

const struct elf_field elf_shdr_fields[] = {
	{"sh_name", 0, 4, 0, 4, false, N_("its name: an offset into the names' section"),
		N_("below that section's size")},
	{"sh_type", 4, 4, 4, 4, false, N_("what it holds"),
		N_("0 unused, 1 SHT_PROGBITS, 2 SHT_SYMTAB, 3 SHT_STRTAB, 8 SHT_NOBITS")},
	{"sh_flags", 8, 8, 8, 4, false, N_("what its memory is for"),
		N_("1 write, 2 occupies memory, 4 execute, and sums")},
	{"sh_addr", 16, 8, 12, 4, false, N_("its address in memory"), N_("0 if it is not loaded")},
	{"sh_offset", 24, 8, 16, 4, false, N_("where it begins in the file"), N_("in the file")},
	{"sh_size", 32, 8, 20, 4, false, N_("its size"), N_("to the file's end at most")},
	{"sh_link", 40, 4, 24, 4, false, N_("another section that belongs to it"), N_("depends on sh_type")},
	{"sh_info", 44, 4, 28, 4, false, N_("more"), N_("depends on sh_type")},
	{"sh_addralign", 48, 8, 32, 4, false, N_("alignment"), N_("0, 1, or a power of two")},
	{"sh_entsize", 56, 8, 36, 4, false, N_("size of an entry, if it is a table"), N_("24 for symbols")},
};

const size_t elf_n_ehdr = ARRAY_LEN(elf_ehdr_fields);
const size_t elf_n_phdr = ARRAY_LEN(elf_phdr_fields);
const size_t elf_n_shdr = ARRAY_LEN(elf_shdr_fields);

static const struct {
	const char *field, *name;
	uint64_t value;
} values[] = {
	{"EI_CLASS", "ELFCLASS32", ELFCLASS32},
	{"EI_CLASS", "ELFCLASS64", ELFCLASS64},
	{"EI_DATA", "little-endian", ELFDATA2LSB},
	{"EI_DATA", "big-endian", ELFDATA2MSB},
	{"EI_OSABI", "System V", ELFOSABI_SYSV},
	{"EI_OSABI", "Linux", ELFOSABI_LINUX},
	{"e_type", "ET_NONE", ET_NONE},
	{"e_type", "ET_REL", ET_REL},
	{"e_type", "ET_EXEC", ET_EXEC},
	{"e_type", "ET_DYN", ET_DYN},
	{"e_type", "ET_CORE", ET_CORE},
	{"e_machine", "EM_NONE", EM_NONE},
	{"e_machine", "EM_386", EM_386},
	{"e_machine", "EM_ARM", EM_ARM},
	{"e_machine", "EM_X86_64", EM_X86_64},
	{"e_machine", "EM_AARCH64", EM_AARCH64},
	{"e_machine", "EM_RISCV", EM_RISCV},
	{"p_type", "PT_NULL", PT_NULL},
	{"p_type", "PT_LOAD", PT_LOAD},
	{"p_type", "PT_DYNAMIC", PT_DYNAMIC},
	{"p_type", "PT_INTERP", PT_INTERP},
	{"p_type", "PT_NOTE", PT_NOTE},
	{"p_type", "PT_PHDR", PT_PHDR},
	{"p_type", "PT_TLS", PT_TLS},
	{"p_type", "PT_GNU_EH_FRAME", PT_GNU_EH_FRAME},
	{"p_type", "PT_GNU_STACK", PT_GNU_STACK},
	{"p_type", "PT_GNU_RELRO", PT_GNU_RELRO},
	{"p_type", "PT_GNU_PROPERTY", 0x6474e553},
	{"sh_type", "SHT_NULL", SHT_NULL},
	{"sh_type", "SHT_PROGBITS", SHT_PROGBITS},
	{"sh_type", "SHT_SYMTAB", SHT_SYMTAB},
	{"sh_type", "SHT_STRTAB", SHT_STRTAB},
	{"sh_type", "SHT_RELA", SHT_RELA},
	{"sh_type", "SHT_NOTE", SHT_NOTE},
	{"sh_type", "SHT_NOBITS", SHT_NOBITS},
	{"sh_type", "SHT_INIT_ARRAY", SHT_INIT_ARRAY},
	{"sh_type", "SHT_FINI_ARRAY", SHT_FINI_ARRAY},
};

void elf_value_text(const char *field, uint64_t value, char *text, size_t n)
{
	text[0] = '\0';
	if (strcmp(field, "p_flags") == 0 && value < 8) {
		snprintf(text, n, "%c%c%c", value & PF_R ? 'R' : '-', value & PF_W ? 'W' : '-',
			value & PF_X ? 'X' : '-');
	} else if (strcmp(field, "sh_flags") == 0 && value < 8) {
		snprintf(text, n, "%c%c%c", value & SHF_ALLOC ? 'A' : '-', value & SHF_WRITE ? 'W' : '-',
			value & SHF_EXECINSTR ? 'X' : '-');
	}
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (values[i].value == value && strcmp(values[i].field, field) == 0)
			snprintf(text, n, "%s", values[i].name);
}
