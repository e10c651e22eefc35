/* precheck_elf: the program as load_elf_binary will see it, in its order of checks; then what happens at the first
 * instruction. A refused field is named with its byte. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/disasm.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/precheck_int.h"

#define PAGE   4096u
#define NOEXEC "Failed to execute /init (error -8)"
#define KILLED "Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b"

struct program {
	struct precheck *c;
	const struct precheck_params *p;
	const struct prearch *a;
	struct elfview v;
	const char *name; /* for messages: where the bytes are from */
};

static struct precheck_finding *stop_at(const struct program *g, const char *id, int64_t byte, const char *line)
{
	struct precheck_finding *f = precheck_add(g->c, PRE_STOP, id, "%s", "");
	f->file = xstrdup(g->name);
	f->byte = byte;
	precheck_more(f, line, NULL, NULL);
	return f;
}

#define WHAT(f, ...) (free((f)->what), (f)->what = xasprintf(__VA_ARGS__))

static unsigned word(const struct program *g, uint64_t off)
{
	return off + 2 <= g->v.n ? g->v.bytes[off] | (unsigned)g->v.bytes[off + 1] << 8 : 0;
}

/* Type and machine stand beside each other: are they there, but at another place? */
static int shift_of_header(const struct program *g)
{
	for (int d = -8; d <= 16; d++) {
		const unsigned type = word(g, (uint64_t)(16 + d)), machine = word(g, (uint64_t)(18 + d));
		if (d != 0 && (type == ET_EXEC || type == ET_DYN) && machine == EM_X86_64)
			return d;
	}
	return 0;
}

static bool check_type(const struct program *g)
{
	const unsigned type = g->v.eh.e_type;
	if (type == ET_EXEC || type == ET_DYN)
		return true;
	const int d = shift_of_header(g);
	struct precheck_finding *f = stop_at(g, "elf-type", 16, NOEXEC);
	if (d != 0) {
		WHAT(f,
			_("byte 16 must hold e_type, and has %u; the 2 (ET_EXEC) and 62 (EM_X86_64) that belong at 16 "
			  "and 18 "
			  "stand at %d and %d: %d byte%s too %s"),
			type, 16 + d, 18 + d, abs(d), abs(d) == 1 ? "" : "s", d > 0 ? "late" : "early");
		precheck_more(f, NULL,
			_("e_ident must have 16 bytes, not more and not fewer: count those before e_type"), NULL);
	} else {
		WHAT(f, _("byte 16, e_type, is %u%s: the kernel runs only 2 (ET_EXEC) and 3 (ET_DYN)"), type,
			type == ET_REL ? " (ET_REL, an object file that was not linked)" : "");
		precheck_more(f, NULL, type == ET_REL ? _("link it with ld") : _("correct the header"), NULL);
	}
	return false;
}

static bool check_machine(const struct program *g)
{
	const unsigned machine = g->v.eh.e_machine;
	if (machine == EM_X86_64)
		return true;
	struct precheck_finding *f = stop_at(g, machine == EM_386 ? "elf-class" : "elf-machine", 18, NOEXEC);
	if (machine == EM_386)
		WHAT(f, _("a 32-bit program (byte 18, e_machine, is 3): this kernel has no IA32_EMULATION"));
	else
		WHAT(f, _("byte 18, e_machine, is %u, not 62 (EM_X86_64): made for another processor"), machine);
	precheck_more(f, NULL, machine == EM_386 ? _("compile without -m32") : _("compile for x86-64"), NULL);
	return false;
}

static bool check_phdrs(const struct program *g)
{
	const Elf64_Ehdr *h = &g->v.eh;
	struct precheck_finding *f;
	if (h->e_phentsize != sizeof(Elf64_Phdr)) {
		f = stop_at(g, "elf-phentsize", 54, NOEXEC);
		WHAT(f, _("byte 54, e_phentsize, is %u and must be 56"), h->e_phentsize);
	} else if (h->e_phnum == 0 || h->e_phnum > 65536 / sizeof(Elf64_Phdr)) {
		f = stop_at(g, "elf-phnum", 56, NOEXEC);
		WHAT(f, _("byte 56, e_phnum, is %u: there must be 1 to 1170 program headers"), h->e_phnum);
	} else if (h->e_phoff > g->v.n || g->v.n - h->e_phoff < (uint64_t)h->e_phnum * sizeof(Elf64_Phdr)) {
		f = stop_at(g, "elf-phoff", 32, "Failed to execute /init (error -5)");
		WHAT(f, _("byte 32, e_phoff: the %u program headers at %ju reach beyond the file's %ju bytes"),
			h->e_phnum, h->e_phoff, g->v.n);
	} else {
		return true;
	}
	precheck_more(f, NULL, _("correct the header; a compiler's file with this is damaged: build it again"), NULL);
	return false;
}

/* The field of program header i at `field` bytes, as a place in the file. */
static int64_t ph_byte(const struct program *g, size_t i, unsigned field)
{
	return (int64_t)(g->v.eh.e_phoff + i * sizeof(Elf64_Phdr) + field);
}

static bool check_interp(const struct program *g, size_t i)
{
	const Elf64_Phdr *p = &g->v.ph[i];
	char path[256] = "";
	if (p->p_offset < g->v.n && p->p_filesz > 1) {
		const uint64_t left = g->v.n - p->p_offset, n = p->p_filesz < left ? p->p_filesz : left;
		memcpy(path, g->v.bytes + p->p_offset, n < sizeof(path) - 1 ? n : sizeof(path) - 1);
	}
	if (g->a != NULL && prearch_find(g->a, path) != NULL) {
		precheck_add(g->c, PRE_NOTE, "elf-interp", _("dynamically linked; %s is in the archive"), path);
		return true;
	}
	struct precheck_finding *f =
		stop_at(g, "elf-interp", (int64_t)p->p_offset, "Failed to execute /init (error -2)");
	WHAT(f, _("it is linked dynamically: the kernel looks for %s, which is not in the archive"), path);
	precheck_more(f, NULL, _("link with -static, or pack that file and the libraries too"), NULL);
	return false;
}

static bool check_load(const struct program *g, size_t i)
{
	const Elf64_Phdr *p = &g->v.ph[i];
	const uint64_t top = UINT64_C(0x7ffffffff000);
	struct precheck_finding *f;
	if (p->p_filesz > p->p_memsz) {
		f = stop_at(g, "elf-segment", ph_byte(g, i, 40), "Failed to execute /init (error -22)");
		WHAT(f, _("segment %zu takes more from the file (%ju) than it has in memory (%ju)"), i, p->p_filesz,
			p->p_memsz);
	} else if (p->p_vaddr >= top || p->p_memsz > top - p->p_vaddr) {
		f = stop_at(g, "elf-segment", ph_byte(g, i, 16), "Failed to execute /init (error -22)");
		WHAT(f, _("segment %zu lies beyond the memory that a program can have"), i);
	} else if (p->p_filesz > 0 && p->p_vaddr % PAGE != p->p_offset % PAGE) {
		f = stop_at(g, "elf-segment", ph_byte(g, i, 16), "Failed to execute /init (error -22)");
		WHAT(f, _("segment %zu cannot be mapped: p_offset and p_vaddr differ modulo 4096"), i);
	} else if (p->p_offset > g->v.n || p->p_filesz > g->v.n - p->p_offset) {
		f = stop_at(g, "elf-truncated", ph_byte(g, i, 32), KILLED);
		WHAT(f, _("segment %zu needs %ju bytes from %ju on, and the file ends at %ju: it was cut short"), i,
			p->p_filesz, p->p_offset, g->v.n);
	} else {
		return true;
	}
	precheck_more(f, NULL, _("build it again; of a hand-made header, correct this field"), NULL);
	return false;
}

static void check_entry(const struct program *g)
{
	const uint64_t entry = g->v.eh.e_entry, off = elfview_offset(&g->v, entry);
	if (off != UINT64_MAX && elfview_addr(&g->v, off) == entry)
		return;
	struct precheck_finding *f = stop_at(g, "elf-entry", 24, KILLED);
	WHAT(f, _("byte 24, e_entry: nothing executable is loaded at 0x%jx, where the program would start"), entry);
	precheck_more(f, NULL, _("name the first function to ld (--entry), or correct the header"), NULL);
}

/* main expects a caller: a return address, and the stack that a call leaves. */
static void check_main(const struct program *g)
{
	for (size_t i = 0; i < g->v.n_sym; i++) {
		if (g->v.sym[i].addr != g->v.eh.e_entry || strcmp(g->v.sym[i].name, "main") != 0)
			continue;
		struct precheck_finding *f = precheck_add(g->c, PRE_NOTE, "elf-entry-main", "%s",
			_("it starts in main itself: nobody to return to, and a stack that is not aligned as C "
			  "expects, which "
			  "some compilers' code does not survive"));
		f->file = xstrdup(g->name);
		precheck_more(
			f, NULL, _("start in a _start that aligns rsp to 16 and calls main, as c-asm does"), NULL);
		return;
	}
}

static void check_symbols(const struct program *g)
{
	for (size_t i = 0; i < g->v.n_sym; i++) {
		if (!g->v.sym[i].undefined || *g->v.sym[i].name == '\0')
			continue;
		struct precheck_finding *f = precheck_add(g->c, PRE_RISK, "elf-undefined",
			_("`%s` is used and defined nowhere: whoever calls it jumps to address 0"), g->v.sym[i].name);
		f->file = xstrdup(g->name);
		precheck_more(f, KILLED, _("link with what defines it"), NULL);
		return;
	}
}

/* The function that an address lies in: the nearest symbol of code below it; "" if there is none. */
static const char *function_of(const struct elfview *v, uint64_t addr)
{
	const struct elf_sym *best = NULL;
	for (size_t i = 0; i < v->n_sym; i++)
		if (v->sym[i].function && v->sym[i].addr <= addr && (best == NULL || v->sym[i].addr > best->addr))
			best = &v->sym[i];
	return best != NULL ? best->name : "";
}

static bool has_segment(const struct elfview *v, uint32_t type)
{
	for (size_t i = 0; i < v->n_ph; i++)
		if (v->ph[i].p_type == type)
			return true;
	return false;
}

static bool calls_number(const struct disasm *d, int number)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].call == number || d->v[i].call == DISASM_UNKNOWN)
			return true;
	return false;
}

/* Where the stack protector's secret at fs:0x28 is read first; *sure: in a function that is always run. NULL if
 * nowhere.
 */
static const struct disasm_insn *find_guard(const struct program *g, const struct disasm *d, bool *sure)
{
	const struct disasm_insn *at = NULL;
	for (size_t i = 0; i < d->n && !*sure; i++) {
		if (strstr(d->v[i].text, "fs:[0x28]") == NULL)
			continue;
		const char *name = function_of(&g->v, d->v[i].addr);
		*sure = strcmp(name, "main") == 0 || strcmp(name, "_start") == 0;
		if (at == NULL || *sure)
			at = &d->v[i];
	}
	return at;
}

/* Without a C library's start nobody has set fs: the first guarded function is killed. Set up it is where there is
 * thread-local storage, or arch_prctl (158) is called. */
static void check_guard(const struct program *g)
{
	struct disasm d = {0};
	struct err ignored = {0};
	bool sure = false;
	if (g->v.n >= (1u << 20) || has_segment(&g->v, PT_TLS) || disasm_run(&d, &g->v, &ignored) < 0) {
		err_done(&ignored);
		return;
	}
	const struct disasm_insn *at = find_guard(g, &d, &sure);
	if (at != NULL && !calls_number(&d, 158)) {
		struct precheck_finding *f = precheck_add(g->c, sure ? PRE_STOP : PRE_RISK, "elf-guard",
			_("the stack protector reads fs:0x28 at 0x%jx, and nothing has set fs up: the first guarded "
			  "function is killed"),
			at->addr);
		f->file = xstrdup(g->name);
		f->byte = (int64_t)at->off;
		precheck_more(f, KILLED, _("compile with -fno-stack-protector"), NULL);
	}
	disasm_done(&d);
}

static void check_elf(const struct program *g)
{
	bool ok = check_type(g) && check_machine(g) && check_phdrs(g);
	bool dynamic = false;
	for (size_t i = 0; ok && i < g->v.n_ph; i++) {
		if (g->v.ph[i].p_type == PT_INTERP) {
			dynamic = true;
			ok = check_interp(g, i);
		} else if (g->v.ph[i].p_type == PT_LOAD) {
			ok = check_load(g, i);
		}
	}
	if (ok)
		check_entry(g);
	if (ok)
		check_main(g);
	if (ok && !dynamic) {
		check_symbols(g);
		check_guard(g);
	}
}

static void check_script(const struct program *g)
{
	struct err ignored = {0};
	const char *s = (const char *)g->v.bytes + 2;
	char *config = g->p->config != NULL ? fs_read(g->p->config, NULL, &ignored) : NULL;
	size_t n = 0, most = g->v.n - 2 < 255 ? g->v.n - 2 : 255;
	while (n < most && s[n] == ' ')
		n++;
	size_t end = n;
	while (end < most && strchr(" \t\r\n", s[end]) == NULL)
		end++;
	char *interpreter = xstrndup(s + n, end - n);
	if (config != NULL && !precheck_config_is(config, "BINFMT_SCRIPT")) {
		struct precheck_finding *f = stop_at(g, "init-script", 0, NOEXEC);
		WHAT(f, _("/init is a script, and the kernel cannot run scripts (BINFMT_SCRIPT is not set)"));
		precheck_more(
			f, NULL, _("kiln config --set BINFMT_SCRIPT=y, then build"), "config --set BINFMT_SCRIPT=y");
	} else if (g->a != NULL && g->a->n > 0 && prearch_find(g->a, interpreter) == NULL) {
		struct precheck_finding *f = stop_at(g, "init-script", 2, "Failed to execute /init (error -2)");
		WHAT(f, _("/init is a script for %s, which is not in the archive"), interpreter);
		precheck_more(f, NULL, _("pack the interpreter too"), NULL);
	}
	free(interpreter);
	free(config);
	err_done(&ignored);
}

static void check_bytes(struct program *g, const char *bytes, size_t n)
{
	const size_t before = g->c->n;
	elfview_init(&g->v, bytes, n);
	if (n >= 2 && bytes[0] == '#' && bytes[1] == '!') {
		check_script(g);
	} else if (!g->v.magic) {
		struct precheck_finding *f = stop_at(g, "elf-magic", 0, NOEXEC);
		WHAT(f, "%s",
			n == 0 ? "the program is empty" : "byte 0: no ELF file: it does not begin with 7f 45 4c 46");
		precheck_more(f, NULL, _("compile and link it: kiln build init"), NULL);
	} else {
		check_elf(g);
	}
	if (precheck_calm(g->c, before))
		precheck_add(g->c, PRE_GOOD, "program",
			_("the kernel will load the program: %zu bytes, entry at 0x%jx"), n, (uint64_t)g->v.eh.e_entry);
	elfview_done(&g->v);
}

void precheck_program(struct precheck *c, const struct precheck_params *p, const struct prearch *a)
{
	struct program g = {.c = c, .p = p, .a = p->archive != NULL ? a : NULL};
	struct err e = {0};
	size_t n = 0;
	if (a->init != NULL) {
		g.name = "/init";
		check_bytes(&g, a->init, a->n_init);
	} else if (p->init != NULL && p->archive == NULL) {
		char *bytes = fs_read(p->init, &n, &e);
		g.name = p->init;
		if (bytes != NULL)
			check_bytes(&g, bytes, n);
		else
			precheck_more(precheck_add(c, PRE_STOP, "init-missing", "%s", e.msg), NULL,
				_("kiln build init"), NULL);
		free(bytes);
	}
	err_done(&e);
}
