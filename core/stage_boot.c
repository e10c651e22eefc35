/* stage_boot: boots out/bzImage with out/initramfs.cpio (boot.h) and notes how it ended. What to expect and send comes
 * from the command that asked (pipeline.boot); without that, the shell's prompt. */
#include <stdlib.h>
#include <string.h>

#include "core/boot.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/pipeline.h"
#include "core/str.h"

const char *pipeline_boot_face(const struct pipeline *p)
{
	const char *face = optset_text(&p->lab->opts, OPT_BOOT_FACE);
	struct err ignored = {0};
	if (strcmp(face, "auto") != 0)
		return face;
	char *path = lab_path(p->lab, "kernel.config"), *text = fs_read(path, NULL, &ignored);
	bool serial = text != NULL && strstr(text, "\nCONFIG_SERIAL_8250_CONSOLE=y\n") != NULL;
	err_done(&ignored);
	free(text);
	free(path);
	return serial ? "serial" : "vga";
}

static int inputs(struct pipeline *p, struct inputs *in, struct err *e)
{
	static const enum opt_id option[] = {OPT_BOOT_CMDLINE, OPT_BOOT_MEMORY, OPT_BOOT_ACCEL};
	static const char *const file[] = {"bzImage", "initramfs.cpio"};
	int r = 0;
	for (size_t i = 0; i < ARRAY_LEN(file) && r == 0; i++) {
		char hex[65], *path = pipeline_out(p, file[i]);
		r = fs_sha256_file(path, hex, e);
		if (r == 0)
			inputs_add(in, file[i], hex);
		free(path);
	}
	inputs_add(in, "boot.face", pipeline_boot_face(p));
	for (size_t i = 0; i < ARRAY_LEN(option); i++) {
		size_t n;
		inputs_add(in, opt_rows(&n)[option[i]].key, optset_text(&p->lab->opts, option[i]));
	}
	return r;
}

struct boot_job {
	struct pipeline *p;
	struct op_cb cb;
	struct boot *boot; /* NULL: the host has it */
};

static void on_text(void *ctx, const char *text, size_t n)
{
	struct boot_job *j = ctx;
	if (j->p->on_guest != NULL)
		j->p->on_guest(j->p->guest_ctx, text, n);
}

static void on_command(void *ctx, const char *shell)
{
	struct boot_job *j = ctx;
	j->cb.command(j->cb.ctx, shell);
}

static void on_line(void *ctx, const char *line, size_t n, bool is_err)
{
	struct boot_job *j = ctx;
	j->cb.line(j->cb.ctx, line, n, is_err);
}

static void on_done(void *ctx, struct err *e)
{
	struct boot_job *j = ctx;
	struct op_cb cb = j->cb;
	const struct boot_host *host = j->p->boot_host;
	const struct boot_result *r = j->boot != NULL ? boot_result(j->boot) : host->result(host->ctx);
	if (r->prompt_s >= 0)
		record_set_int(&j->p->rec, "boot", "prompt_ms", (int64_t)(r->prompt_s * 1000 + 0.5));
	j->p->boot_result = r;
	free(j);
	cb.done(cb.ctx, e);
}

static void fill_in(const struct pipeline *p, struct boot_params *b)
{
	static const struct boot_step prompt = {BOOT_EXPECT, BOOT_PROMPT};
	const struct optset *o = &p->lab->opts;
	if (p->boot != NULL)
		*b = *p->boot;
	else
		*b = (struct boot_params){.step = &prompt, .n_step = 1};
	if (b->face == NULL)
		b->face = pipeline_boot_face(p);
	if (b->memory == 0)
		b->memory = optset_int(o, OPT_BOOT_MEMORY);
	if (b->accel == NULL)
		b->accel = optset_text(o, OPT_BOOT_ACCEL);
	if (b->timeout <= 0)
		b->timeout = (double)optset_int(o, OPT_BOOT_TIMEOUT);
}

/* Does the run wait for nothing but the prompt, so that the host can have it? */
static bool only_prompt(const struct boot_params *b)
{
	return b->n_step == 1 && b->step[0].kind == BOOT_EXPECT && strcmp(b->step[0].text, BOOT_PROMPT) == 0 &&
	       !b->expect_exit && b->transcript == NULL;
}

static int start_in(struct boot_job *j, const struct boot_params *b, struct err *e)
{
	const struct op_cb mine = {NULL, on_line, on_command, on_done, j};
	const struct boot_host *host = j->p->boot_host;
	if (host != NULL && only_prompt(b))
		return host->start(host->ctx, b, &mine, e);
	j->boot = boot_start(j->p->loop, b, &mine, on_text, e);
	return j->boot != NULL ? 0 : -1;
}

static int start(struct pipeline *p, const struct op_cb *cb, struct err *e)
{
	struct boot_params b;
	fill_in(p, &b);
	char *kernel = pipeline_out(p, "bzImage"), *initramfs = pipeline_out(p, "initramfs.cpio");
	char *cmdline = b.cmdline != NULL ? xstrdup(b.cmdline)
					  : boot_cmdline(b.face, optset_text(&p->lab->opts, OPT_BOOT_CMDLINE));
	char *image = pipeline_out(p, "image.iso");
	b.kernel = kernel;
	b.image = image;
	b.initramfs = initramfs;
	b.cmdline = cmdline;
	struct boot_job *j = xcalloc(1, sizeof(*j));
	j->p = p;
	j->cb = *cb;
	p->boot_result = NULL;
	int r = start_in(j, &b, e);
	free(kernel);
	free(image);
	free(initramfs);
	free(cmdline);
	if (r < 0)
		free(j);
	else
		p->handle = j;
	return r;
}

static void cancel(struct pipeline *p)
{
	struct boot_job *j = p->handle;
	if (j->boot != NULL)
		boot_cancel(j->boot);
	else
		p->boot_host->cancel(p->boot_host->ctx);
}

bool pipeline_type(struct pipeline *p, const char *bytes, size_t n)
{
	const struct boot_job *j = pipeline_busy(p) && p->running == STAGE_BOOT ? p->handle : NULL;
	return j != NULL && j->boot != NULL && boot_type(j->boot, bytes, n);
}

const struct stage_ops stage_boot_ops = {
	.name = "boot",
	.help = N_("boot it in QEMU to the shell's prompt"),
	.needs = 1u << STAGE_KERNEL | 1u << STAGE_INITRAMFS,
	.inputs = inputs,
	.start = start,
	.cancel = cancel,
};
