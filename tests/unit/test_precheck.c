/* The pre-flight: each way not to boot is predicted and named at its place, and nothing right is called wrong: all good
 * variants by both compilers, packed in each way that kiln packs, on both trees' tables. */
#include "tests/unit/test.h"

#include <elf.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/initramfs.h"
#include "core/precheck.h"
#include "core/systable.h"
#include "tests/unit/variants.h"

static char temp[] = "/tmp/kiln-precheck.XXXXXX";

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

/* Returns owned path of a file with these bytes. */
static char *put(const char *name, const void *bytes, size_t n)
{
	struct err e = {0};
	char *path = fs_join(temp, name), *slash = strrchr(path, '/');
	*slash = '\0';
	assert_int_equal(fs_mkdirs(path, &e), 0);
	*slash = '/';
	FILE *f = fopen(path, "wb"); /* not fs_write: thousands of fsyncs would take minutes */
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
	return path;
}

static void says(const struct precheck_params *p, enum precheck_level level, const char *id, const char *text)
{
	struct precheck c;
	precheck_run(&c, p);
	const struct precheck_finding *f = precheck_find(&c, id);
	if (f == NULL || f->level != level || strstr(f->what, text) == NULL)
		fail_msg("%s: %s: %s", id, f != NULL ? precheck_level_name(f->level) : "not found",
			f != NULL ? f->what
			: c.n > 0 ? c.v[0].what
				  : "nothing");
	assert_true(level == PRE_GOOD || f->next != NULL);
	assert_true(c.worst >= level);
	precheck_done(&c);
}

/* --- ELF --- */

struct program {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[2];
	char code[40];
};

static void make_program(struct program *g)
{
	memset(g, 0, sizeof(*g));
	memcpy(g->eh.e_ident, ELFMAG "\2\1\1", 7);
	g->eh = (Elf64_Ehdr){.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = 1,
		.e_entry = 0x4000b0,
		.e_phoff = 64,
		.e_ehsize = 64,
		.e_phentsize = 56,
		.e_phnum = 1};
	memcpy(g->eh.e_ident, ELFMAG "\2\1\1", 7);
	g->ph[0] = (Elf64_Phdr){.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = 0x400000,
		.p_filesz = sizeof(*g),
		.p_memsz = sizeof(*g)};
}

static void elf_says(const struct program *g, size_t n, const char *id, int64_t byte, const char *text)
{
	char *path = put("init", g, n);
	const struct precheck_params p = {.init = path};
	struct precheck c;
	says(&p, PRE_STOP, id, text);
	precheck_run(&c, &p);
	assert_int_equal(precheck_find(&c, id)->byte, byte);
	assert_string_equal(precheck_verdict(&c), "would not boot");
	precheck_done(&c);
	free(path);
}

static void a_good_program_is_good(void **state)
{
	(void)state;
	struct program g;
	make_program(&g);
	char *path = put("init", &g, sizeof(g));
	const struct precheck_params p = {.init = path};
	says(&p, PRE_GOOD, "program", "will load");
	free(path);
}

static void refused_headers_are_named_at_their_byte(void **state)
{
	(void)state;
	struct program g;
#define WITH(change, id, byte, text)                     \
	do {                                             \
		make_program(&g);                        \
		change;                                  \
		elf_says(&g, sizeof(g), id, byte, text); \
	} while (0)
	WITH(g.eh.e_ident[1] = 'X', "elf-magic", 0, "no ELF file");
	WITH(g.eh.e_type = ET_REL, "elf-type", 16, "not linked");
	WITH(g.eh.e_type = 0, "elf-type", 16, "only 2 (ET_EXEC)");
	WITH(g.eh.e_machine = EM_386, "elf-class", 18, "32-bit");
	WITH(g.eh.e_machine = EM_AARCH64, "elf-machine", 18, "183");
	WITH(g.eh.e_phentsize = 32, "elf-phentsize", 54, "must be 56");
	WITH(g.eh.e_phnum = 0, "elf-phnum", 56, "1 to 1170");
	WITH(g.eh.e_phnum = 2000, "elf-phnum", 56, "2000");
	WITH(g.eh.e_phoff = 1 << 30, "elf-phoff", 32, "beyond");
	WITH(g.eh.e_phoff = UINT64_MAX, "elf-phoff", 32, "beyond");
	WITH(g.eh.e_entry = 0x500000, "elf-entry", 24, "0x500000");
	WITH(g.ph[0].p_flags = PF_R, "elf-entry", 24, "nothing executable");
	WITH(g.ph[0].p_type = PT_NOTE, "elf-entry", 24, "nothing executable");
	WITH(g.ph[0].p_vaddr += 8, "elf-segment", 64 + 16, "modulo 4096");
	WITH(g.ph[0].p_memsz = 1, "elf-segment", 64 + 40, "takes more");
	WITH(g.ph[0].p_vaddr = UINT64_C(0x800000000000), "elf-segment", 64 + 16, "beyond the memory");
	WITH((g.ph[0].p_filesz = 5000, g.ph[0].p_memsz = 5000), "elf-truncated", 64 + 32, "cut short");
#undef WITH
	make_program(&g);
	elf_says(&g, 100, "elf-phoff", 32, "beyond the file's 100");
	elf_says(&g, 0, "elf-magic", 0, "empty");
}

/* The published 229-byte init: e_ident has 18 bytes, so all after it is two bytes late. */
static void a_late_type_is_counted(void **state)
{
	(void)state;
	struct program g;
	char late[229] = {0};
	make_program(&g);
	memcpy(late, &g, 16);
	memcpy(late + 18, (char *)&g + 16, sizeof(g) - 16);
	char *path = put("init", late, sizeof(late));
	const struct precheck_params p = {.init = path};
	struct precheck c;
	says(&p, PRE_STOP, "elf-type", "stand at 18 and 20: 2 bytes too late");
	precheck_run(&c, &p);
	assert_int_equal(c.v[0].byte, 16);
	assert_string_equal(c.v[0].line, "Failed to execute /init (error -8)");
	precheck_done(&c);
	free(path);
}

static void a_dynamic_program_is_seen(void **state)
{
	(void)state;
	struct program g;
	make_program(&g);
	g.eh.e_phnum = 2;
	g.ph[1] = (Elf64_Phdr){.p_type = PT_INTERP, .p_offset = 180, .p_filesz = 16, .p_memsz = 16};
	memcpy((char *)&g + 180, "/lib64/ld.so.2", 15);
	elf_says(&g, sizeof(g), "elf-interp", 180, "/lib64/ld.so.2");
}

/* --- archives --- */

/* A newc entry. */
static void entry(struct buf *b, const char *name, unsigned mode, const void *data, size_t n)
{
	buf_addf(b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1, mode, 0, 0, 1, 0, (unsigned)n, 0,
		0, S_ISCHR(mode) ? 5 : 0, S_ISCHR(mode) ? 1 : 0, (unsigned)strlen(name) + 1, 0);
	buf_add(b, name, strlen(name) + 1);
	while (b->n % 4 != 0)
		buf_addc(b, '\0');
	buf_add(b, data, n);
	while (b->n % 4 != 0)
		buf_addc(b, '\0');
}

static void trailer(struct buf *b)
{
	entry(b, "TRAILER!!!", 0, "", 0);
	while (b->n % 512 != 0)
		buf_addc(b, '\0');
}

static void one_entry(struct buf *b, const char *name, unsigned mode, const void *data, size_t n)
{
	buf_clear(b);
	entry(b, "dev/console", 0020600, "", 0);
	entry(b, name, mode, data, n);
	trailer(b);
}

static void archive_says(const struct buf *b, const char *id, const char *text)
{
	char *path = put("initramfs.cpio", b->p, b->n);
	const struct precheck_params p = {.archive = path, .cmdline = "console=ttyS0"};
	says(&p, id[0] == '+' ? PRE_GOOD : PRE_STOP, id[0] == '+' ? id + 1 : id, text);
	free(path);
}

static void archives_that_do_not_boot_are_told(void **state)
{
	(void)state;
	struct program g;
	struct buf b = {0};
	make_program(&g);
	one_entry(&b, "init", 0100755, &g, sizeof(g));
	archive_says(&b, "+archive", "2 entries");
	one_entry(&b, "./init", 0100755, &g, sizeof(g));
	archive_says(&b, "+program", "will load");
	one_entry(&b, "init", 0100644, &g, sizeof(g));
	archive_says(&b, "init-mode", "0644");
	one_entry(&b, "init", 0040755, "", 0);
	archive_says(&b, "init-mode", "no regular file");
	one_entry(&b, "sub/init", 0100755, &g, sizeof(g));
	archive_says(&b, "init-place", "but a sub/init");
	one_entry(&b, "init", 0120777, "bin/sh", 6);
	archive_says(&b, "init-place", "leads nowhere");
	one_entry(&b, "init", 0100755, "#!/bin/sh\n", 10);
	archive_says(&b, "init-script", "/bin/sh");
	b.n = 300;
	archive_says(&b, "archive-damaged", "damaged");
	buf_clear(&b);
	entry(&b, "init", 0100755, &g, sizeof(g));
	entry(&b, "dev/console", 0100600, "x", 1);
	trailer(&b);
	archive_says(&b, "archive-console", "5:1");
	buf_done(&b);
}

static void symlinks_are_followed(void **state)
{
	(void)state;
	struct program g;
	struct buf b = {0};
	make_program(&g);
	entry(&b, "dev/console", 0020600, "", 0);
	entry(&b, "init", 0120777, "sbin/start", 10);
	entry(&b, "sbin/start", 0120777, "../bin/x", 8);
	entry(&b, "sbin/../bin/x", 0100755, &g, sizeof(g));
	trailer(&b);
	archive_says(&b, "+program", "will load");
	buf_clear(&b);
	entry(&b, "init", 0120777, "init", 4);
	trailer(&b);
	archive_says(&b, "init-place", "leads nowhere");
	buf_done(&b);
}

static void formats_that_the_kernel_refuses_are_told(void **state)
{
	(void)state;
	struct buf b = {0};
	buf_adds(&b, "070707000001000001100755000000000000000001000000000000000000000005000000000000init");
	archive_says(&b, "archive-format", "odc");
	buf_clear(&b);
	buf_add(&b,
		"\xfd"
		"7zXZ\0\0\4________",
		16);
	archive_says(&b, "archive-format", "CRC32");
	buf_clear(&b);
	buf_add(&b, "\x04\x22\x4d\x18____________", 16);
	archive_says(&b, "archive-format", "frame");
	buf_clear(&b);
	buf_adds(&b, "!<arch>\nsomething else");
	archive_says(&b, "archive-format", "no cpio archive");
	buf_done(&b);
	const struct precheck_params none = {.archive = "/nonexistent"};
	says(&none, PRE_STOP, "archive-missing", "no initramfs");
}

static void decompressor_and_memory_are_checked(void **state)
{
	(void)state;
	struct program g;
	struct buf b = {0};
	make_program(&g);
	one_entry(&b, "init", 0100755, &g, sizeof(g));
	char *config = put("config", "CONFIG_64BIT=y\n# CONFIG_RD_GZIP is not set\n", 43);
	char *gz = put("x.gz", "\x1f\x8b\x08________", 11), *plain = put("x.cpio", b.p, b.n);
	struct precheck_params p = {.archive = gz, .config = config};
	says(&p, PRE_STOP, "archive-decompressor", "RD_GZIP");
	p = (struct precheck_params){.archive = plain, .memory = 8};
	says(&p, PRE_STOP, "memory", "8 MiB");
	p.memory = 32;
	says(&p, PRE_GOOD, "archive", "unpacks");
	buf_done(&b);
	free(config);
	free(gz);
	free(plain);
}

/* Any bytes behind a cpio's magic: no crash, and some verdict. */
static void damaged_archives_do_no_harm(void **state)
{
	(void)state;
	struct program g;
	struct buf b = {0};
	unsigned seed = 7;
	make_program(&g);
	entry(&b, "init", 0100755, &g, sizeof(g));
	entry(&b, "dev/console", 0020600, "", 0);
	trailer(&b);
	char *copy = xmalloc(b.n);
	for (int round = 0; round < 1500; round++) {
		memcpy(copy, b.p, b.n);
		for (int k = 0; k < 3; k++) {
			seed = seed * 1103515245u + 12345u;
			copy[(seed >> 8) % b.n] = "0f7\xff\0/."[(seed >> 20) % 7];
		}
		char *path = put("damaged", copy, round % 3 == 0 ? (seed >> 8) % b.n : b.n);
		const struct precheck_params p = {.archive = path, .memory = 64};
		struct precheck c;
		precheck_run(&c, &p);
		assert_true(c.n > 0);
		precheck_done(&c);
		free(path);
	}
	free(copy);
	buf_done(&b);
}

/* --- configuration --- */

static const char good_config[] =
	"CONFIG_64BIT=y\nCONFIG_BLK_DEV_INITRD=y\nCONFIG_BINFMT_ELF=y\nCONFIG_TTY=y\nCONFIG_PRINTK=y\nCONFIG_VT=y\n"
	"CONFIG_VT_CONSOLE=y\nCONFIG_VGA_CONSOLE=y\nCONFIG_SERIAL_8250=y\nCONFIG_SERIAL_8250_CONSOLE=y\n";

static void without_option(const char *name, const char *face, const char *id, enum precheck_level level)
{
	char *line = xasprintf("CONFIG_%s=y\n", name), *text = xstrdup(good_config), *at = strstr(text, line);
	assert_non_null(at);
	memmove(at, at + strlen(line), strlen(at + strlen(line)) + 1);
	char *path = put("config", text, strlen(text));
	const struct precheck_params p = {.config = path, .face = face};
	says(&p, level, id, name);
	free(path);
	free(text);
	free(line);
}

static void missing_options_are_named(void **state)
{
	(void)state;
	without_option("BLK_DEV_INITRD", NULL, "config-initrd", PRE_STOP);
	without_option("BINFMT_ELF", NULL, "config-elf", PRE_STOP);
	without_option("64BIT", NULL, "config-64bit", PRE_STOP);
	without_option("TTY", NULL, "config-tty", PRE_STOP);
	without_option("SERIAL_8250", NULL, "config-console", PRE_STOP);
	without_option("SERIAL_8250_CONSOLE", NULL, "config-console", PRE_STOP);
	without_option("VT", "vga", "config-console", PRE_STOP);
	without_option("VGA_CONSOLE", "vga", "config-console", PRE_STOP);
	without_option("PRINTK", NULL, "config-printk", PRE_NOTE);
}

static void the_console_must_be_on_the_command_line(void **state)
{
	(void)state;
	char *path = put("config", good_config, strlen(good_config));
	struct precheck_params p = {.config = path, .face = "serial", .cmdline = "panic=-1"};
	says(&p, PRE_STOP, "cmdline-console", "serial line");
	p.cmdline = "console=ttyS0 console=tty0";
	says(&p, PRE_STOP, "cmdline-console", "serial line");
	p.cmdline = "xconsole=tty0 console=ttyS0,115200 panic=-1";
	says(&p, PRE_GOOD, "config", "serial");
	p.face = "vga";
	says(&p, PRE_STOP, "cmdline-console", "text screen");
	p.cmdline = "panic=-1";
	says(&p, PRE_GOOD, "config", "text screen");
	free(path);
}

/* --- sources --- */

static const char calls_table[] =
	"0 common read sys_read\n1 common write sys_write\n57 common fork sys_fork\n"
	"60 common exit sys_exit\n231 common exit_group sys_exit_group\n247 64 waitid sys_waitid\n";
static const char calls_header[] =
	"asmlinkage long sys_read(unsigned int fd, char __user *buf, size_t count);\n"
	"asmlinkage long sys_write(unsigned int fd, const char __user *buf, size_t count);\n"
	"asmlinkage long sys_waitid(int which, pid_t pid, struct siginfo __user *infop, int options, "
	"struct rusage __user *ru);\n";

static void source_says(const char *name, const char *text, enum precheck_level level, const char *id, int line)
{
	struct systable t;
	struct err e = {0};
	struct precheck c;
	char *rel = fs_join("source", name), *path = put(rel, text, strlen(text)), *dir = fs_join(temp, "source");
	assert_int_equal(systable_parse(&t, "t", calls_table, calls_header, &e), 0);
	const struct precheck_params p = {.sources = dir, .calls = &t};
	precheck_run(&c, &p);
	const struct precheck_finding *f = id != NULL ? precheck_find(&c, id) : NULL;
	if (id == NULL && c.n > 0)
		fail_msg("false alarm %s: %s\n%s", c.v[0].id, c.v[0].what, text);
	if (id != NULL && (f == NULL || f->level != level || f->line_no != line))
		fail_msg("%s: %s line %d\n%s", id, f != NULL ? f->what : "not found", f != NULL ? f->line_no : 0, text);
	precheck_done(&c);
	systable_done(&t);
	unlink(path);
	free(rel);
	free(path);
	free(dir);
}

static void wrong_stubs_are_found(void **state)
{
	(void)state;
	source_says("sys.S", ".global waitid\nwaitid:\nmov rax, 247\nsyscall\nret\n", PRE_RISK, "stub-r10", 4);
	source_says("sys.S", ".global real_waitid\nreal_waitid:\n mov $247, %eax\n syscall\n ret\n", PRE_RISK,
		"stub-r10", 4);
	source_says("sys.S", ".global waitid\nwaitid: mov r10, rcx; mov eax, 247; syscall; ret\n", PRE_GOOD, NULL, 0);
	source_says("sys.S", ".global waitid\nwaitid:\n mov %rcx, %r10\n mov $247, %rax\n syscall\n ret\n", PRE_GOOD,
		NULL, 0);
	source_says("sys.S", ".global write\nwrite:\nmov rax, 0 /* 1 */\nsyscall\nret\n", PRE_RISK, "stub-number", 3);
	source_says("sys.S", ".global write\nwrite:\nxor eax, eax\nsyscall\nret\n", PRE_RISK, "stub-number", 3);
	source_says("sys.S", "#define NR 57\n.globl _exit\n_exit:\nmov rax, NR\nsyscall\n", PRE_RISK, "stub-number", 4);
	source_says("sys.S", ".set NR, 231\n.globl _exit\n_exit:\nmov rax, NR\nsyscall\n", PRE_GOOD, NULL, 0);
	source_says(
		"sys.asm", "global read\nread:\n\tmov eax, 1 ; read\n\tsyscall\n\tret\n", PRE_RISK, "stub-number", 3);
	source_says("sys.asm", "global read\nread:\n\txor eax, eax ; 0\n\tsyscall\n\tret\n", PRE_GOOD, NULL, 0);
	source_says("x.s", "waitid:\n push 247\n pop rax\n syscall\n jmp waitid\n", PRE_GOOD, NULL, 0);
}

static void flawed_shells_are_found(void **state)
{
	(void)state;
	source_says("a.c", "int main(void)\n{ return 7; }\n", PRE_STOP, "main-ends", 2);
	source_says("a.c", "int main(void) { write(1, \"x\", 1); }\n", PRE_STOP, "main-ends", 1);
	source_says("a.c", "int main(void) { return reboot(1); }\n", PRE_RISK, "main-ends", 1);
	source_says("a.c", "int main(void) {\nfor (;;) {\nif (x()) break;\n}\n}\n", PRE_RISK, "main-leaves", 3);
	source_says("a.c", "int main(void) {\nwhile (1) {\nreturn 0;\n}\n}\n", PRE_RISK, "main-leaves", 3);
	source_says("a.c", "int main(void) { for (;;) { while (x()) { break; } switch (y()) { case 1: break; } } }\n",
		PRE_GOOD, NULL, 0);
	source_says("a.c", "int main(void) { for (;;) pause(); /* break; */ }\n", PRE_GOOD, NULL, 0);
	source_says("a.c", "void f(void) {\nint n = read(0, b, 9);\nb[n - 1] = 0; }\n", PRE_RISK, "read-unchecked", 3);
	source_says("a.c", "void f(void) { int n = read(0, b, 9); if (n > 0) b[n - 1] = 0; }\n", PRE_GOOD, NULL, 0);
	source_says("a.c", "void f(void) { execve(c, v, e);\n_exit(1); }\n", PRE_RISK, "exec-silent", 1);
	source_says("a.c", "void f(void) { execve(c, 0, e); say(c); _exit(1); }\n", PRE_NOTE, "exec-null-argv", 1);
	source_says("a.c", "void f(void) { execve(c, v, e); say(c); _exit(1); }\n", PRE_GOOD, NULL, 0);
}

/* Sources are a learner's, half typed: unclosed everything. */
static void half_sources_do_no_harm(void **state)
{
	static const char text[] =
		"int main(void) { for (;;) { char *s = \"a\\\"b\"; /* x */ int n = read(0, s, 1); s[n - 1] = 0; "
		"execve(s, 0, 0); break; } }\n.global a\na: mov eax, 1; syscall; ret # \"\n";
	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		struct systable t;
		struct precheck c;
		struct err e = {0};
		char *c_path = put("half/a.c", text, n), *s_path = put("half/b.S", text, n),
		     *dir = fs_join(temp, "half");
		systable_parse(&t, "t", calls_table, calls_header, &e);
		const struct precheck_params p = {.sources = dir, .calls = &t};
		precheck_run(&c, &p);
		precheck_done(&c);
		systable_done(&t);
		free(c_path);
		free(s_path);
		free(dir);
	}
}

/* --- no false alarms --- */

struct world {
	const struct systable *calls;
	const char *config;
};

static void no_alarm(const char *name, const char *program, const char *compression, const struct world *w)
{
	struct initramfs_result result;
	struct err e = {0};
	struct precheck c;
	char *out = fs_join(temp, "good.cpio"), *shipped = paths_data("initsrc"), *dir = fs_join(shipped, name);
	const struct initramfs_params pack = {.init = program, .compression = compression, .out = out};
	assert_int_equal(initramfs_write(&pack, &result, &e), 0);
	const struct precheck_params p = {.archive = out,
		.sources = dir,
		.config = strcmp(compression, "none") == 0 ? w->config : NULL,
		.calls = w->calls,
		.face = "serial",
		.cmdline = "console=ttyS0 panic=-1",
		.memory = 64};
	precheck_run(&c, &p);
	const enum precheck_level most = str_starts(name, "article") ? PRE_RISK : PRE_GOOD;
	if (c.worst > most)
		fail_msg("%s, %s: %s: %s", name, compression, c.v[0].id, c.v[0].what);
	assert_non_null(precheck_find(&c, "program"));
	assert_int_equal(precheck_find(&c, "elf-entry-main") != NULL, strcmp(name, "article-asm") == 0);
	precheck_done(&c);
	free(out);
	free(shipped);
	free(dir);
}

static void all_packed(const char *name, const char *cc, const struct world *w, size_t n_worlds)
{
	static const char *const compression[] = {"none", "gzip", "xz", "zstd", "lzma", "bzip2"};
	char *program = variant_build(temp, name, cc, test_env("KILN_TEST_TREE_612"));
	const bool small = program != NULL && fs_size(program) < 100000;
	for (size_t k = 0; program != NULL && k < n_worlds; k++)
		for (size_t i = 0; i < (small && k == 0 ? ARRAY_LEN(compression) : 1); i++)
			no_alarm(name, program, compression[i], &w[k]);
	free(program);
}

static void nothing_right_is_called_wrong(void **state)
{
	static const char *const name[] = {"c-libc", "c-musl", "c-nolibc", "c-asm", "c-asm-small", "asm", "asm-tiny",
		"asm-safe", "article", "article-asm"};
	static const char *const tree[] = {"KILN_TEST_TREE_612", "KILN_TEST_TREE_61"};
	struct systable t[ARRAY_LEN(tree)] = {0};
	struct world w[ARRAY_LEN(tree)];
	struct err e = {0};
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(tree); k++) {
		if (test_env(tree[k]) != NULL)
			assert_int_equal(systable_load(&t[k], test_env(tree[k]), &e), 0);
		w[k] = (struct world){test_env(tree[k]) != NULL ? &t[k] : NULL, test_env("KILN_TEST_CONFIG")};
	}
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		all_packed(name[i], "gcc", w, ARRAY_LEN(w));
		all_packed(name[i], "clang", w, ARRAY_LEN(w));
	}
	for (size_t k = 0; k < ARRAY_LEN(tree); k++)
		systable_done(&t[k]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_program_is_good),
		cmocka_unit_test(refused_headers_are_named_at_their_byte),
		cmocka_unit_test(a_late_type_is_counted),
		cmocka_unit_test(a_dynamic_program_is_seen),
		cmocka_unit_test(archives_that_do_not_boot_are_told),
		cmocka_unit_test(symlinks_are_followed),
		cmocka_unit_test(formats_that_the_kernel_refuses_are_told),
		cmocka_unit_test(decompressor_and_memory_are_checked),
		cmocka_unit_test(damaged_archives_do_no_harm),
		cmocka_unit_test(missing_options_are_named),
		cmocka_unit_test(the_console_must_be_on_the_command_line),
		cmocka_unit_test(wrong_stubs_are_found),
		cmocka_unit_test(flawed_shells_are_found),
		cmocka_unit_test(half_sources_do_no_harm),
		cmocka_unit_test(nothing_right_is_called_wrong),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, make_temp, drop_temp);
}
