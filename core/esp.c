/* esp: see esp.h. Runs objcopy and three mtools commands one after the other; each works on files in `work`. */
#include "core/esp.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/proc.h"
#include "core/str.h"

#define STUB "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"

enum { STEP_UKI, STEP_FORMAT, STEP_FOLDERS, STEP_COPY, STEP_N };

struct esp {
	uv_loop_t *loop;
	struct op_cb cb;
	struct proc *proc;
	struct proc_lines out, err;
	char *cmdline, *uki, *image, *dest; /* in work; dest is the output */
	char *kernel, *initramfs;
	int step;
	bool cancelled;
	struct err end;
};

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int esp_check(const char *config, struct err *e)
{
	static const struct {
		const char *tool, *package;
	} need[] = {{"objcopy", "binutils"}, {"mformat", "mtools"}, {"mmd", "mtools"}, {"mcopy", "mtools"}};
	for (size_t i = 0; i < ARRAY_LEN(need); i++) {
		char *found = fs_which(need[i].tool);
		free(found);
		if (found == NULL) {
			err_set(e, ERR_WORLD, _("%s is not installed: it makes the EFI system partition"),
				need[i].tool);
			err_hint(e, _("apt-get install %s"), need[i].package);
			return -1;
		}
	}
	if (fs_size(STUB) <= 0) {
		err_set(e, ERR_WORLD, _("systemd's EFI boot stub is not installed (%s)"), STUB);
		err_hint(e, _("apt-get install systemd-boot-efi"));
		return -1;
	}
	char *text = config != NULL ? fs_read(config, NULL, e) : NULL;
	if (config != NULL && text == NULL)
		return -1;
	bool stub = text == NULL || strstr(text, "\nCONFIG_EFI_STUB=y\n") != NULL;
	free(text);
	if (stub)
		return 0;
	err_set(e, ERR_INPUT, _("the kernel has no EFI_STUB: UEFI firmware cannot start it"));
	err_hint(e, _("kiln config --enable EFI_STUB  (then kiln build iso; it brings ACPI and EFI)"));
	return -1;
}

int esp_inputs(struct inputs *in, struct err *e)
{
	char hex[65];
	if (fs_sha256_file(STUB, hex, e) < 0)
		return -1;
	inputs_add(in, N_("EFI boot stub"), hex);
	return 0;
}

/* First free address after the PE image's sections, rounded up to a page. PE/COFF: the header's offset is at 0x3c. */
static uint32_t stub_end(struct err *e)
{
	size_t n = 0;
	uint8_t *pe = (uint8_t *)fs_read(STUB, &n, e);
	uint32_t end = 0;
	if (pe != NULL && n > 0x40 && le32(pe + 0x3c) + 24 < n) {
		const uint8_t *coff = pe + le32(pe + 0x3c) + 4;
		unsigned sections = coff[2] | (unsigned)coff[3] << 8, optional = coff[16] | (unsigned)coff[17] << 8;
		const uint8_t *s = coff + 20 + optional;
		for (unsigned i = 0; i < sections && s + 40 * (i + 1) <= pe + n; i++) {
			uint32_t last = le32(s + 40 * i + 12) + le32(s + 40 * i + 8);
			end = last > end ? last : end;
		}
	}
	free(pe);
	if (end == 0)
		err_set(e, ERR_WORLD, _("%s is no PE image"), STUB);
	return (end + 0xfff) & ~0xfffu;
}

/* PE image base: --change-section-vma takes absolute addresses. */
static uint64_t stub_base(void)
{
	struct err ignored = {0};
	size_t n = 0;
	uint8_t *pe = (uint8_t *)fs_read(STUB, &n, &ignored);
	uint64_t base = 0;
	if (pe != NULL && n > 0x40 && le32(pe + 0x3c) + 24 + 32 < n) {
		const uint8_t *opt = pe + le32(pe + 0x3c) + 24;
		base = le32(opt + 24) | (uint64_t)le32(opt + 28) << 32;
	}
	free(pe);
	err_done(&ignored);
	return base;
}

static void add_section(struct strv *argv, const char *name, const char *file, uint64_t *at)
{
	int64_t size = fs_size(file);
	strv_add(argv, "--add-section");
	strv_addf(argv, "%s=%s", name, file);
	strv_add(argv, "--change-section-vma");
	strv_addf(argv, "%s=0x%llx", name, (unsigned long long)*at);
	*at = (*at + (uint64_t)(size > 0 ? size : 0) + 0xfff) & ~(uint64_t)0xfff;
}

static int uki_argv(struct esp *s, struct strv *argv, struct err *e)
{
	uint32_t end = stub_end(e);
	if (end == 0)
		return -1;
	uint64_t at = stub_base() + end;
	strv_add(argv, "objcopy");
	add_section(argv, ".cmdline", s->cmdline, &at);
	add_section(argv, ".initrd", s->initramfs, &at);
	add_section(argv, ".linux", s->kernel, &at);
	strv_add(argv, STUB);
	strv_add(argv, s->uki);
	return 0;
}

/* Clear what objcopy makes of the time: the COFF header's stamp and the checksum over it (which UEFI does not look at),
 * so that same inputs give same bytes. */
static int fix_stamp(const char *path, struct err *e)
{
	size_t n = 0;
	char *pe = fs_read(path, &n, e);
	if (pe == NULL)
		return -1;
	uint32_t at = n > 0x40 ? le32((uint8_t *)pe + 0x3c) : 0;
	int r = -1;
	if (at == 0 || at + 24 + 68 > n)
		err_set(e, ERR_WORLD, _("objcopy wrote no PE image"));
	if (at != 0 && at + 24 + 68 <= n) {
		memset(pe + at + 8, 0, 4);
		memset(pe + at + 24 + 64, 0, 4);
		r = fs_write(path, pe, n, 0644, e);
	}
	free(pe);
	return r;
}

/* Size of the FAT image in KiB: the file, 5 % for the FATs and directories, at least what mformat makes a FAT12 of. */
static long image_kib(const struct esp *s)
{
	int64_t size = fs_size(s->uki);
	long kib = (long)((size > 0 ? size : 0) / 1024);
	kib += kib / 20 + 128;
	return (kib + 63) / 64 * 64;
}

static int step_argv(struct esp *s, struct strv *argv, struct err *e)
{
	switch (s->step) {
	case STEP_UKI:
		return uki_argv(s, argv, e);
	case STEP_FORMAT:
		strv_addv(argv, (const char *const[]){
					"mformat", "-C", "-v", "KILN", "-N", "6e6c696b", "-i", s->image, "-T", NULL});
		strv_addf(argv, "%ld", image_kib(s) * 2);
		strv_addv(argv, (const char *const[]){"-h", "16", "-s", "63", "::", NULL});
		return 0;
	case STEP_FOLDERS:
		strv_addv(argv, (const char *const[]){"mmd", "-i", s->image, "::/EFI", "::/EFI/BOOT", NULL});
		return 0;
	default:
		strv_addv(
			argv, (const char *const[]){"mcopy", "-i", s->image, s->uki, "::/EFI/BOOT/BOOTX64.EFI", NULL});
		return 0;
	}
}

static void release(struct esp *s)
{
	free(s->cmdline);
	free(s->uki);
	free(s->image);
	free(s->dest);
	free(s->kernel);
	free(s->initramfs);
	free(s);
}

static void finish(struct esp *s)
{
	struct op_cb cb = s->cb;
	struct err end = s->end;
	release(s);
	cb.done(cb.ctx, &end);
	err_done(&end);
}

static void on_line_out(void *ctx, const char *line, size_t n)
{
	struct esp *s = ctx;
	if (s->cb.line != NULL)
		s->cb.line(s->cb.ctx, line, n, false);
}

static void on_line_err(void *ctx, const char *line, size_t n)
{
	struct esp *s = ctx;
	char *text = xstrndup(line, n);
	err_done(&s->end); /* the last line is the evidence */
	err_set(&s->end, ERR_WORLD, _("the EFI system partition could not be made: %s"), text);
	free(text);
	if (s->cb.line != NULL)
		s->cb.line(s->cb.ctx, line, n, true);
}

static void on_output(void *ctx, const char *bytes, size_t n, bool is_err)
{
	struct esp *s = ctx;
	proc_lines_feed(is_err ? &s->err : &s->out, bytes, n, is_err ? on_line_err : on_line_out, s);
}

static int run_step(struct esp *s, struct err *e);

/* Is this the directory entry of something that we put there? FAT: 11 bytes of name, then the attributes. */
static bool is_our_entry(const uint8_t *d)
{
	static const char name[][12] = {
		"KILN       ", "EFI        ", "BOOT       ", "BOOTX64 EFI", ".          ", "..         "};
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		if (memcmp(d, name[i], 11) == 0)
			return d[11] == 0x08 || d[11] == 0x10 || d[11] == 0x20;
	return false;
}

/* The directories lie before the one file's data. mtools stamps them with the time: all become 1980-01-01 00:00. */
static int copy_result(struct esp *s)
{
	size_t n = 0;
	uint8_t *image = (uint8_t *)fs_read(s->image, &n, &s->end);
	if (image == NULL)
		return -1;
	for (size_t at = 0; at + 32 <= n && at < (128u << 10); at += 32)
		if (is_our_entry(image + at)) {
			memset(image + at + 13, 0, 7);
			memset(image + at + 22, 0, 4);
			image[at + 16] = image[at + 18] = image[at + 24] = 0x21;
		}
	int r = fs_write(s->dest, image, n, 0644, &s->end);
	free(image);
	return r;
}

static void on_step_exit(void *ctx, int status, int sig)
{
	struct esp *s = ctx;
	static const char *const tool[STEP_N] = {"objcopy", "mformat", "mmd", "mcopy"};
	s->proc = NULL;
	proc_lines_end(&s->out, on_line_out, s);
	proc_lines_end(&s->err, on_line_err, s);
	if (s->cancelled) {
		err_done(&s->end);
		err_set(&s->end, ERR_CANCELLED, _("cancelled"));
	} else if (status != 0) {
		err_set(&s->end, ERR_WORLD, _("%s ended with status %d, signal %d"), tool[s->step], status, sig);
	} else {
		err_done(&s->end); /* warnings of a tool that succeeded */
		if (s->step == STEP_UKI)
			fix_stamp(s->uki, &s->end);
		s->step++;
		if (!err_is(&s->end) && s->step < STEP_N && run_step(s, &s->end) == 0)
			return;
		if (!err_is(&s->end))
			copy_result(s);
	}
	finish(s);
}

static int run_step(struct esp *s, struct err *e)
{
	static char *const env[] = {"SOURCE_DATE_EPOCH=315532800", "MTOOLS_SKIP_CHECK=1", "LC_ALL=C", NULL};
	struct strv argv = {0};
	if (step_argv(s, &argv, e) < 0) {
		strv_done(&argv);
		return -1;
	}
	const struct proc_opts o = {
		.argv = argv.v, .env = env, .on_output = on_output, .on_exit = on_step_exit, .ctx = s};
	char *shell = strv_shell(argv.v);
	if (s->cb.command != NULL)
		s->cb.command(s->cb.ctx, shell);
	if (s->cb.progress != NULL)
		s->cb.progress(s->cb.ctx, argv.v[0], (uint64_t)s->step, STEP_N);
	free(shell);
	s->proc = proc_start(s->loop, &o, e);
	strv_done(&argv);
	return s->proc != NULL ? 0 : -1;
}

/* The files that the steps work on. */
static int prepare(struct esp *s, const struct esp_params *p, struct err *e)
{
	if (esp_check(p->config, e) < 0 || fs_mkdirs(p->work, e) < 0)
		return -1;
	s->cmdline = fs_join(p->work, "cmdline");
	s->uki = fs_join(p->work, "uki.efi");
	s->image = fs_join(p->work, "esp.img");
	s->dest = xstrdup(p->out);
	s->kernel = xstrdup(p->kernel);
	s->initramfs = xstrdup(p->initramfs);
	if (fs_remove_tree(s->image, e) < 0)
		return -1;
	return fs_write(s->cmdline, p->cmdline, strlen(p->cmdline), 0644, e);
}

struct esp *esp_start(uv_loop_t *loop, const struct esp_params *p, const struct op_cb *cb, struct err *e)
{
	struct esp *s = xcalloc(1, sizeof(*s));
	s->loop = loop;
	s->cb = *cb;
	if (prepare(s, p, e) == 0 && run_step(s, e) == 0)
		return s;
	release(s);
	return NULL;
}

void esp_cancel(struct esp *s)
{
	s->cancelled = true;
	if (s->proc != NULL)
		proc_cancel(s->proc, 2000);
}
