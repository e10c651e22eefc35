/* ELF files as named bytes, their code and system calls: a header written here, the hand-made one of asm-tiny, real
 * programs, and thousands of damaged ones, which must stay within bounds (ASan watches). */
#include "tests/unit/test.h"

#include <elf.h>
#include <unistd.h>

#include "core/disasm.h"
#include "core/elfview.h"
#include "core/systable.h"
#include "tests/unit/variants.h"

struct plain {
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	unsigned char code[24];
};

/* mov eax, 60; xor edi, edi; syscall; ret; padding */
static const unsigned char code[] = {0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05, 0xc3};

static void make_plain(struct plain *p)
{
	memset(p, 0, sizeof(*p));
	memcpy(p->eh.e_ident, ELFMAG "\2\1\1", 7);
	p->eh.e_type = ET_EXEC;
	p->eh.e_machine = EM_X86_64;
	p->eh.e_version = 1;
	p->eh.e_entry = 0x400078;
	p->eh.e_phoff = 64;
	p->eh.e_ehsize = 64;
	p->eh.e_phentsize = 56;
	p->eh.e_phnum = 1;
	p->ph.p_type = PT_LOAD;
	p->ph.p_flags = PF_R | PF_X;
	p->ph.p_vaddr = 0x400000;
	p->ph.p_filesz = p->ph.p_memsz = sizeof(*p);
	memcpy(p->code, code, sizeof(code));
}

static const struct elf_range *range(const struct elfview *v, const char *name)
{
	for (size_t i = 0; i < v->n_range; i++)
		if (strcmp(v->range[i].name, name) == 0)
			return &v->range[i];
	fail_msg("no range %s", name);
	return NULL;
}

static void fields_have_their_places(void **state)
{
	(void)state;
	struct plain p;
	struct elfview v;
	make_plain(&p);
	elfview_init(&v, &p, sizeof(p));
	assert_true(v.magic && !v.is32 && !v.cut);
	assert_int_equal(v.n_ph, 1);
	assert_int_equal(range(&v, "e_entry")->off, 24);
	assert_int_equal(range(&v, "e_entry")->value, 0x400078);
	assert_string_equal(range(&v, "e_type")->text, "ET_EXEC");
	assert_string_equal(range(&v, "p_flags")->text, "R-X");
	assert_int_equal(range(&v, "p_memsz")->off, 64 + 40);
	assert_true(range(&v, "e_phentsize")->loader);
	assert_false(range(&v, "EI_CLASS")->loader);
	assert_int_equal(v.n_overlap, 0);
	assert_int_equal(elfview_offset(&v, 0x400078), 120);
	assert_int_equal(elfview_addr(&v, 120), 0x400078);
	assert_true(elfview_offset(&v, 0x500000) == UINT64_MAX);
	elfview_done(&v);
}

static void every_byte_has_a_name(void **state)
{
	(void)state;
	struct plain p;
	struct elfview v;
	make_plain(&p);
	elfview_init(&v, &p, sizeof(p));
	for (uint64_t i = 0; i < sizeof(p); i++) {
		const struct elf_range *at[4];
		assert_true(elfview_at(&v, i, at, 4) >= 1);
	}
	elfview_done(&v);
}

static void code_is_followed(void **state)
{
	(void)state;
	struct plain p;
	struct elfview v;
	struct disasm d;
	struct elf_sizes s;
	struct err e = {0};
	make_plain(&p);
	elfview_init(&v, &p, sizeof(p));
	assert_int_equal(disasm_run(&d, &v, &e), 0);
	assert_int_equal(d.n, 4);
	assert_string_equal(d.v[1].text, "xor edi, edi");
	assert_int_equal(d.v[2].call, 60);
	assert_int_equal(d.v[2].known & 1, 1);
	assert_int_equal(d.v[2].arg[0], 0);
	disasm_mark(&d, &v);
	elfview_sizes(&v, &s);
	assert_int_equal(s.text, sizeof(code));
	assert_int_equal(s.headers, 120);
	assert_int_equal(s.padding, sizeof(p.code) - sizeof(code));
	assert_int_equal(s.text + s.headers + s.padding + s.other, s.file);
	disasm_done(&d);
	elfview_done(&v);
}

static void what_is_no_elf_is_told(void **state)
{
	(void)state;
	struct elfview v;
	struct disasm d;
	struct err e = {0};
	elfview_init(&v, "#!/bin/sh\n", 10);
	assert_false(v.magic);
	assert_int_equal(v.n_range, 1);
	assert_int_equal(disasm_run(&d, &v, &e), -1);
	err_done(&e);
	disasm_done(&d);
	elfview_done(&v);
	elfview_init(&v, "", 0);
	assert_int_equal(v.n_range, 0);
	elfview_done(&v);
}

static void a_32_bit_file_is_read_as_one(void **state)
{
	(void)state;
	Elf32_Ehdr h = {.e_ident = ELFMAG "\1\1\1",
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_entry = 0x8048000,
		.e_phoff = 52};
	struct elfview v;
	elfview_init(&v, &h, sizeof(h));
	assert_true(v.is32);
	assert_int_equal(range(&v, "e_entry")->size, 4);
	assert_int_equal(range(&v, "e_entry")->value, 0x8048000);
	assert_int_equal(range(&v, "e_phoff")->off, 28);
	elfview_done(&v);
}

/* --- real programs --- */

static char temp[] = "/tmp/kiln-elfview.XXXXXX";

static int make_temp(void **state)
{
	(void)state;
	return mkdtemp(temp) != NULL ? 0 : -1;
}

static int drop_temp(void **state)
{
	struct err e = {0};
	(void)state;
	return fs_remove_tree(temp, &e);
}

static char *bytes_of(const char *variant, size_t *n)
{
	struct err e = {0};
	char *program = variant_build(temp, variant, "gcc", NULL), *bytes = fs_read(program, n, &e);
	assert_non_null(bytes);
	free(program);
	return bytes;
}

static void calls_are(const struct elfview *v, const int *want, size_t n_want)
{
	struct disasm d;
	struct err e = {0};
	bool unknown;
	size_t n;
	assert_int_equal(disasm_run(&d, v, &e), 0);
	int *call = disasm_calls(&d, &n, &unknown);
	assert_false(unknown);
	assert_int_equal(n, n_want);
	assert_memory_equal(call, want, n * sizeof(*call));
	free(call);
	disasm_done(&d);
}

static void the_tiny_header_serves_twice(void **state)
{
	(void)state;
	static const int calls[] = {0, 1, 57, 59, 60, 61};
	size_t n;
	char *bytes = bytes_of("asm-tiny", &n);
	struct elfview v;
	const struct elf_range *at[4];
	elfview_init(&v, bytes, n);
	assert_int_equal(v.n_ph, 1);
	assert_true(v.n_overlap > 5);
	assert_int_equal(elfview_at(&v, 55, at, 4), 2);
	assert_string_equal(at[0]->name, "p_paddr");
	assert_string_equal(at[1]->name, "e_phentsize");
	assert_int_equal(elfview_offset(&v, v.eh.e_entry), 1);
	calls_are(&v, calls, ARRAY_LEN(calls));
	elfview_done(&v);
	free(bytes);
}

static void sections_and_symbols_are_read(void **state)
{
	(void)state;
	static const int calls[] = {0, 1, 16, 35, 57, 59, 60, 61, 112};
	size_t n, functions = 0;
	char *bytes = bytes_of("c-asm", &n);
	struct elfview v;
	elfview_init(&v, bytes, n);
	assert_int_equal(range(&v, ".text")->kind, ELF_CODE);
	for (size_t i = 0; i < v.n_sym; i++) {
		assert_false(v.sym[i].undefined);
		functions += strcmp(v.sym[i].name, "sys_wait4") == 0 || strcmp(v.sym[i].name, "main") == 0;
	}
	assert_int_equal(functions, 2);
	calls_are(&v, calls, ARRAY_LEN(calls));
	elfview_done(&v);
	free(bytes);
}

static unsigned rnd(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 8;
}

/* All that is done with a file, on these bytes. */
static void look(const char *bytes, size_t n)
{
	struct elfview v;
	struct disasm d;
	struct elf_sizes s;
	struct err e = {0};
	const struct elf_range *at[4];
	char *exact = xmalloc(n + 1); /* so that ASan sees a byte too far */
	memcpy(exact, bytes, n);
	exact = xrealloc(exact, n > 0 ? n : 1);
	elfview_init(&v, exact, n);
	if (disasm_run(&d, &v, &e) == 0) {
		disasm_mark(&d, &v);
		for (size_t i = 0; i < d.n && i < 20; i++)
			free(disasm_call_text(&d.v[i], NULL));
	}
	elfview_sizes(&v, &s);
	assert_int_equal(s.text + s.rodata + s.data + s.headers + s.symbols + s.padding + s.other, n);
	for (uint64_t i = 0; i < n; i += 7)
		assert_true(v.cut || elfview_at(&v, i, at, 4) >= 1);
	disasm_done(&d);
	elfview_done(&v);
	err_done(&e);
	free(exact);
}

static void damage(const char *variant, unsigned seed, int rounds)
{
	static const unsigned char nasty[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0xfe, 0x40};
	size_t n;
	char *bytes = bytes_of(variant, &n), *copy = xmalloc(n);
	for (int round = 0; round < rounds; round++) {
		const size_t header = rnd(&seed) % 2 != 0 && n > 400 ? 400 : n;
		memcpy(copy, bytes, n);
		for (unsigned k = rnd(&seed) % 6 + 1; k > 0;
			k--) /* half of the time near the front; some at the tables' end */
			copy[rnd(&seed) % 8 == 0 ? n - 1 - rnd(&seed) % (n < 800 ? n : 800) : rnd(&seed) % header] =
				(char)nasty[rnd(&seed) % sizeof(nasty)];
		look(copy, rnd(&seed) % 4 == 0 ? rnd(&seed) % n : n);
	}
	free(copy);
	free(bytes);
}

static void damaged_files_do_no_harm(void **state)
{
	(void)state;
	damage("asm-tiny", 1, 4000);
	damage("c-asm-small", 2, 1000);
	damage("c-asm", 3, 300);
	for (size_t n = 0; n < 130; n++) { /* every way of being cut short */
		struct plain p;
		make_plain(&p);
		look((const char *)&p, n);
	}
}

/* --- the table of system calls --- */

static const char table[] = "# comment\n0\tcommon\tread\t\t\tsys_read\n61 common wait4 sys_wait4\n512 x32 rt_sigaction "
			    "compat_sys_rt_sigaction\n57 common fork sys_fork\n";
static const char header[] =
	"asmlinkage long sys_read(unsigned int fd, char __user *buf, size_t count);\n"
	"asmlinkage long sys_wait4(pid_t pid, int __user *stat_addr,\n\t\tint options, struct rusage "
	"__user *ru);\nasmlinkage long sys_fork(void);\n";

static void a_table_is_read(void **state)
{
	(void)state;
	struct systable t;
	struct err e = {0};
	assert_int_equal(systable_parse(&t, "tbl", table, header, &e), 0);
	assert_int_equal(t.n, 3);
	const struct sysentry *w = systable_name(&t, "wait4");
	assert_int_equal(w->number, 61);
	assert_int_equal(w->n_arg, 4);
	assert_string_equal(w->arg[1], "int *stat_addr");
	assert_string_equal(systable_arg_name(w->arg[1]), "stat_addr");
	assert_string_equal(systable_register(3), "r10");
	assert_int_equal(systable_number(&t, 57)->n_arg, 0);
	assert_null(systable_number(&t, 512));
	systable_done(&t);
	assert_int_equal(systable_parse(&t, "tbl", "0 common read sys_read\nx common y z\n", NULL, &e), -1);
	assert_int_equal(e.line, 2);
	err_done(&e);
}

static void the_trees_tables_are_read(void **state)
{
	static const char *const env[] = {"KILN_TEST_TREE_612", "KILN_TEST_TREE_61"};
	int trees = 0;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(env); i++) {
		struct systable t;
		struct err e = {0};
		if (test_env(env[i]) == NULL)
			continue;
		assert_int_equal(systable_load(&t, test_env(env[i]), &e), 0);
		assert_true(t.n > 340);
		assert_int_equal(systable_name(&t, "waitid")->number, 247);
		assert_int_equal(systable_name(&t, "waitid")->n_arg, 5);
		assert_int_equal(systable_name(&t, "execve")->n_arg, 3);
		/* What the header leaves to the architecture; a call of the table that has no name there was removed.
		 */
		assert_string_equal(systable_name(&t, "mmap")->arg[3], "unsigned long flags");
		assert_int_equal(systable_name(&t, "rt_sigreturn")->n_arg, 0);
		for (size_t k = 0; k < t.n; k++)
			assert_true(t.v[k].n_arg >= 0 || *t.v[k].entry == '\0' ||
				    strcmp(t.v[k].entry, "sys_ni_syscall") == 0);
		systable_done(&t);
		trees++;
	}
	if (trees == 0)
		skip();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_have_their_places),
		cmocka_unit_test(every_byte_has_a_name),
		cmocka_unit_test(code_is_followed),
		cmocka_unit_test(what_is_no_elf_is_told),
		cmocka_unit_test(a_32_bit_file_is_read_as_one),
		cmocka_unit_test(the_tiny_header_serves_twice),
		cmocka_unit_test(sections_and_symbols_are_read),
		cmocka_unit_test(damaged_files_do_no_harm),
		cmocka_unit_test(a_table_is_read),
		cmocka_unit_test(the_trees_tables_are_read),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, make_temp, drop_temp);
}
