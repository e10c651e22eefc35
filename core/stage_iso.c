/* stage_iso: makes out/image.iso, in one of two ways. native: by iso.h, after esp.h if it shall boot under UEFI too.
 * kernel: by the tree's own `make isoimage`, the article's way, in the kernel's O= folder. */
#include <stdlib.h>
#include <string.h>

#include "core/esp.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/iso.h"
#include "core/pipeline.h"
#include "core/proc.h"
#include "core/str.h"

struct iso_job {
	struct pipeline *p;
	struct op_cb cb;
	struct esp *esp;
	struct proc *make;
	uv_timer_t timer; /* native: done comes on the loop's next turn */
	char *build;      /* kernel: O= */
	struct proc_lines out, err;
	struct err end;
};

/* Paths and texts of the native way, owned here, borrowed by params. */
struct plan {
	struct iso_params params;
	char *kernel, *initramfs, *cmdline, *extra, *esp, *out;
};

static bool is_native(const struct pipeline *p)
{
	return strcmp(optset_text(&p->lab->opts, OPT_ISO_MODE), "native") == 0;
}

static bool wants_uefi(const struct pipeline *p)
{
	return is_native(p) && strcmp(optset_text(&p->lab->opts, OPT_ISO_UEFI), "yes") == 0;
}

/* As boot_cmdline makes it, but both consoles see the kernel; init's own is the face's. */
static char *iso_cmdline(const struct pipeline *p)
{
	bool serial = strcmp(pipeline_boot_face(p), "serial") == 0;
	return xasprintf("%sprintk.time=1 %s", serial ? "console=tty0 console=ttyS0 " : "",
		optset_text(&p->lab->opts, OPT_BOOT_CMDLINE));
}

static void plan_init(const struct pipeline *p, struct plan *n)
{
	memset(n, 0, sizeof(*n));
	n->kernel = pipeline_out(p, "bzImage");
	n->initramfs = pipeline_out(p, "initramfs.cpio");
	n->cmdline = iso_cmdline(p);
	n->extra = lab_path(p->lab, "iso");
	n->esp = pipeline_out(p, "esp.img");
	n->out = pipeline_out(p, "image.iso");
	n->params = (struct iso_params){
		.kernel = n->kernel,
		.initramfs = n->initramfs,
		.cmdline = n->cmdline,
		.label = optset_text(&p->lab->opts, OPT_ISO_LABEL),
		.timeout = optset_int(&p->lab->opts, OPT_ISO_TIMEOUT),
		.serial = strcmp(pipeline_boot_face(p), "serial") == 0,
		.extra = fs_is_dir(n->extra) ? n->extra : NULL,
		.esp = wants_uefi(p) ? n->esp : NULL,
		.out = n->out,
	};
}

static void plan_done(struct plan *n)
{
	free(n->kernel);
	free(n->initramfs);
	free(n->cmdline);
	free(n->extra);
	free(n->esp);
	free(n->out);
}

static int inputs(struct pipeline *p, struct inputs *in, struct err *e)
{
	struct plan n;
	plan_init(p, &n);
	n.params.esp = NULL; /* made by this stage: its inputs count, not its bytes */
	inputs_add(in, "iso.mode", optset_text(&p->lab->opts, OPT_ISO_MODE));
	inputs_add(in, "iso.uefi", wants_uefi(p) ? "yes" : "no");
	int r = iso_inputs(&n.params, in, e);
	if (r == 0 && wants_uefi(p) && fs_exists("/usr/lib/systemd/boot/efi/linuxx64.efi.stub"))
		r = esp_inputs(in, e);
	plan_done(&n);
	return r;
}

static void finish_job(struct iso_job *j)
{
	struct op_cb cb = j->cb;
	struct err end = j->end;
	free(j->build);
	free(j);
	cb.done(cb.ctx, &end);
	err_done(&end);
}

static void on_timer_closed(uv_handle_t *h)
{
	finish_job(h->data);
}

static void on_timer(uv_timer_t *t)
{
	uv_close((uv_handle_t *)t, on_timer_closed);
}

static int write_native(struct iso_job *j, struct err *e)
{
	struct plan n;
	struct iso_result result;
	plan_init(j->p, &n);
	int r = iso_write(&n.params, &result, e);
	plan_done(&n);
	if (r == 0)
		record_set_int(&j->p->rec, "iso", "loader_bytes", result.loader);
	return r;
}

static void on_esp_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct iso_job *j = ctx;
	j->cb.progress(j->cb.ctx, what, done, total);
}

static void on_esp_line(void *ctx, const char *line, size_t n, bool is_err)
{
	struct iso_job *j = ctx;
	j->cb.line(j->cb.ctx, line, n, is_err);
}

static void on_esp_command(void *ctx, const char *shell)
{
	struct iso_job *j = ctx;
	j->cb.command(j->cb.ctx, shell);
}

static void on_esp_done(void *ctx, struct err *e)
{
	struct iso_job *j = ctx;
	j->esp = NULL;
	err_move(&j->end, e);
	if (!err_is(&j->end))
		write_native(j, &j->end);
	finish_job(j);
}

static int start_esp(struct iso_job *j, struct err *e)
{
	const struct op_cb cb = {on_esp_progress, on_esp_line, on_esp_command, on_esp_done, j};
	struct plan n;
	plan_init(j->p, &n);
	free(lab_build_dir(j->p->lab, e));
	char *work = lab_path(j->p->lab, "build/esp"), *config = lab_path(j->p->lab, "kernel.config");
	const struct esp_params s = {n.kernel, n.initramfs, n.cmdline, config, work, n.esp};
	j->esp = esp_start(j->p->loop, &s, &cb, e);
	free(work);
	free(config);
	plan_done(&n);
	return j->esp != NULL ? 0 : -1;
}

static void on_out_line(void *ctx, const char *line, size_t n)
{
	struct iso_job *j = ctx;
	j->cb.line(j->cb.ctx, line, n, false);
}

static void on_err_line(void *ctx, const char *line, size_t n)
{
	struct iso_job *j = ctx;
	j->cb.line(j->cb.ctx, line, n, true);
}

static void on_output(void *ctx, const char *bytes, size_t n, bool is_err)
{
	struct iso_job *j = ctx;
	proc_lines_feed(is_err ? &j->err : &j->out, bytes, n, is_err ? on_err_line : on_out_line, j);
}

static void on_make_exit(void *ctx, int status, int sig)
{
	struct iso_job *j = ctx;
	proc_lines_end(&j->out, on_out_line, j);
	proc_lines_end(&j->err, on_err_line, j);
	if (status != 0 && !j->p->cancelled) {
		err_set(&j->end, ERR_WORLD, _("make isoimage failed (status %d, signal %d)"), status, sig);
		err_hint(&j->end,
			_("see out/iso.log; it needs isolinux, syslinux-common and genisoimage (kiln doctor)"));
	} else if (status == 0) {
		char *image = fs_join(j->build, "arch/x86/boot/image.iso"), *out = pipeline_out(j->p, "image.iso");
		fs_copy(image, out, &j->end);
		free(image);
		free(out);
	}
	finish_job(j);
}

/* The archive under the name that the article uses, beside the kernel: FDINITRD's base name is what the loader asks
 * for. */
static char *place_initramfs(struct iso_job *j, struct err *e)
{
	char *from = pipeline_out(j->p, "initramfs.cpio"), *to = fs_join(j->build, "init.cpio");
	int r = fs_copy(from, to, e);
	free(from);
	if (r == 0)
		return to;
	free(to);
	return NULL;
}

static int start_make(struct iso_job *j, struct err *e)
{
	char *which = fs_which("genisoimage"), *mkisofs = fs_which("mkisofs");
	bool there = which != NULL || mkisofs != NULL;
	free(which);
	free(mkisofs);
	if (!there) {
		err_set(e, ERR_WORLD, _("genisoimage is not installed: `make isoimage` needs it"));
		err_hint(e, _("apt-get install genisoimage, or iso.mode = native, which needs no such tool"));
		return -1;
	}
	j->build = stage_kernel_dir(j->p, e);
	bool ready = j->build != NULL && stage_kernel_config(j->p, j->build, e) == 0;
	char *initramfs = ready ? place_initramfs(j, e) : NULL, *cmdline = iso_cmdline(j->p);
	if (initramfs != NULL) {
		struct strv argv = {0};
		stage_kernel_argv(j->p, j->build, "isoimage", &argv);
		strv_addf(&argv, "FDARGS=initrd=/init.cpio %s", cmdline);
		strv_addf(&argv, "FDINITRD=%s", initramfs);
		const struct proc_opts o = {.argv = argv.v,
			.env = stage_kernel_env,
			.on_output = on_output,
			.on_exit = on_make_exit,
			.ctx = j};
		char *shell = strv_shell(argv.v);
		j->cb.command(j->cb.ctx, shell);
		j->make = proc_start(j->p->loop, &o, e);
		free(shell);
		strv_done(&argv);
	}
	free(initramfs);
	free(cmdline);
	return j->make != NULL ? 0 : -1;
}

static int start_native(struct iso_job *j, struct err *e)
{
	if (write_native(j, e) < 0)
		return -1;
	uv_timer_init(j->p->loop, &j->timer);
	j->timer.data = j;
	return uv_timer_start(&j->timer, on_timer, 0, 0);
}

static int start(struct pipeline *p, const struct op_cb *cb, struct err *e)
{
	struct iso_job *j = xcalloc(1, sizeof(*j));
	j->p = p;
	j->cb = *cb;
	p->handle = j;
	int r = !is_native(p) ? start_make(j, e) : wants_uefi(p) ? start_esp(j, e) : start_native(j, e);
	if (r == 0)
		return 0;
	p->handle = NULL;
	free(j->build);
	free(j);
	return -1;
}

static void cancel(struct pipeline *p)
{
	struct iso_job *j = p->handle;
	if (j->esp != NULL)
		esp_cancel(j->esp);
	else if (j->make != NULL)
		proc_cancel(j->make, 2000);
}

static int finish(struct pipeline *p, struct err *e)
{
	(void)e;
	char *out = pipeline_out(p, "image.iso");
	record_output(&p->rec, "iso", "out/image.iso", out);
	free(out);
	return 0;
}

const struct stage_ops stage_iso_ops = {
	.name = "iso",
	.help = N_("write a bootable ISO image: CD, USB stick, and UEFI if iso.uefi says so"),
	.needs = 1u << STAGE_CONFIG | 1u << STAGE_KERNEL | 1u << STAGE_INITRAMFS,
	.inputs = inputs,
	.start = start,
	.cancel = cancel,
	.finish = finish,
};
