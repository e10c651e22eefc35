/* cmd_build: the commands that move the pipeline: build, run, and the whole headless run that kiln does when it is
 * started without a command and without a terminal. */
#include <stdlib.h>
#include <string.h>

#include "core/app.h"
#include "core/boot.h"
#include "core/expect.h"
#include "core/fs.h"
#include "core/guestlines.h"
#include "core/i18n.h"
#include "core/kcbuild.h"
#include "core/preset.h"
#include "core/proc.h"
#include "core/str.h"

/* What one of these calls holds while the pipeline works. */
struct build_call {
	struct cmd_call *call;
	struct boot_step *step;
	size_t n_step;
	struct boot_params boot;
	struct guestlines guest;
	bool uefi_for_now; /* iso.uefi was set for this run alone */
};

static void cancel_build(struct cmd_call *call)
{
	pipeline_cancel(call->app->pipeline);
}

static struct build_call *begin(struct cmd_call *call)
{
	struct build_call *b = xcalloc(1, sizeof(*b));
	b->call = call;
	b->guest.report = &call->app->report;
	call->state = b;
	call->cancel = cancel_build;
	return b;
}

static void end(struct build_call *b, struct err *e)
{
	struct cmd_call *call = b->call;
	struct pipeline *p = call->app->pipeline;
	if (p != NULL) {
		p->boot = NULL;
		p->on_guest = NULL;
	}
	if (b->uefi_for_now)
		optset_set(&call->app->lab.opts, OPT_ISO_UEFI, "no");
	free(b->step);
	guestlines_done(&b->guest);
	free(b);
	cmd_done(call, e);
}

static void report_stages(struct build_call *b)
{
	struct json_object *list = json_object_new_array();
	const struct pipeline *p = b->call->app->pipeline;
	for (int i = 0; i < STAGE_N; i++) {
		struct json_object *o = json_object_new_object();
		json_object_object_add(o, "stage", json_object_new_string(p->stage[i].ops->name));
		json_object_object_add(o, "state", json_object_new_string(pipeline_state_name(p->stage[i].state)));
		if (p->stage[i].size >= 0)
			json_object_object_add(o, "size", json_object_new_int64(p->stage[i].size));
		json_object_array_add(list, o);
	}
	json_object_object_add(cmd_json(b->call), "stages", list);
}

/* --- build --- */

static void on_build_done(void *ctx, struct err *e)
{
	struct build_call *b = ctx;
	report_stages(b);
	if (!err_is(e))
		report_line(&b->call->app->report, _("everything asked for is fresh"));
	end(b, e);
}

static void list_stages(struct err *e)
{
	struct buf names = {0};
	for (int i = 0; i < STAGE_N; i++)
		buf_addf(&names, "%s%s", i > 0 ? " " : "", pipeline_stage_ops((enum stage_id)i)->name);
	err_hint(e, _("the stages are: %s"), names.p);
	buf_done(&names);
}

static void run_build(struct cmd_call *call)
{
	struct err e = {0};
	struct pipeline_goal goal = {0};
	struct build_call *b = begin(call);
	for (int i = 0; i < STAGE_N; i++)
		if (pipeline_stage_ops((enum stage_id)i)->lasting)
			goal.mask |= 1u << i;
	if (call->arg.n > 0) {
		int id = pipeline_stage_find(call->arg.v[0]);
		goal.mask = id >= 0 ? 1u << id : 0;
		if (id < 0) {
			err_set(&e, ERR_USAGE, _("there is no stage `%s`"), call->arg.v[0]);
			list_stages(&e);
		}
	}
	if (cmd_value(call, "force") != NULL)
		goal.force = call->arg.n > 0 ? goal.mask : 0;
	if (err_is(&e))
		end(b, &e);
	else
		pipeline_build(call->app->pipeline, goal, on_build_done, b);
	err_done(&e);
}

/* --- run --- */

static void on_guest(void *ctx, const char *text, size_t n)
{
	struct build_call *b = ctx;
	guestlines_feed(&b->guest, text, n);
}

static const char *end_name(enum boot_end end)
{
	static const char *const name[] = {"matched", "panic", "exit", "timeout", "stopped", "broken"};
	return name[end];
}

static void report_boot(struct build_call *b)
{
	const struct boot_result *r = b->call->app->pipeline->boot_result;
	if (r == NULL)
		return;
	struct json_object *o = json_object_new_object();
	json_object_object_add(o, "end", json_object_new_string(end_name(r->end)));
	json_object_object_add(o, "prompt_s", r->prompt_s >= 0 ? json_object_new_double(r->prompt_s) : NULL);
	json_object_object_add(o, "total_s", json_object_new_double(r->total_s));
	json_object_object_add(o, "steps_done", json_object_new_int64((int64_t)r->steps_done));
	json_object_object_add(o, "panic", r->panic != NULL ? json_object_new_string(r->panic) : NULL);
	json_object_object_add(o, "cause", r->cause != NULL ? json_object_new_string(r->cause) : NULL);
	json_object_object_add(cmd_json(b->call), "boot", o);
}

static void on_run_done(void *ctx, struct err *e)
{
	struct build_call *b = ctx;
	struct app *a = b->call->app;
	const struct boot_result *r = a->pipeline->boot_result;
	guestlines_done(&b->guest);
	report_boot(b);
	if (!err_is(e) && r != NULL && r->prompt_s >= 0)
		report_line(
			&a->report, _("%s after %.2f s"), b->n_step > 0 ? _("first match") : _("prompt"), r->prompt_s);
	end(b, e);
}

/* \n \r \t \\ and \xHH in --send. Returns owned. */
static char *unescape(const char *s)
{
	struct buf b = {0};
	for (; *s != '\0'; s++) {
		char hex[3] = {0};
		if (*s != '\\' || s[1] == '\0') {
			buf_addc(&b, *s);
			continue;
		}
		switch (*++s) {
		case 'n':
			buf_addc(&b, '\n');
			break;
		case 'r':
			buf_addc(&b, '\r');
			break;
		case 't':
			buf_addc(&b, '\t');
			break;
		case 'x':
			strncpy(hex, s + 1, 2);
			buf_addc(&b, (char)strtol(hex, NULL, 16));
			s += strlen(hex);
			break;
		default:
			buf_addc(&b, *s);
		}
	}
	return buf_take(&b);
}

static void add_step(struct build_call *b, enum boot_step_kind kind, const char *text)
{
	b->step = xrealloc(b->step, (b->n_step + 1) * sizeof(*b->step));
	b->step[b->n_step++] = (struct boot_step){kind, text};
}

/* --expect and --send, in the order they were given; what is typed first waits for the prompt, as a serial line that
 * nobody has opened yet loses bytes. The texts stay owned by the call. */
static int read_steps(struct build_call *b, struct err *e)
{
	struct cmd_call *call = b->call;
	for (size_t i = 0; i < call->n_given; i++) {
		struct cmd_given *g = &call->given[i];
		bool send = strcmp(g->opt->name, "send") == 0;
		if (!send && strcmp(g->opt->name, "expect") != 0)
			continue;
		if (send) {
			char *text = unescape(g->value);
			free(g->value);
			g->value = text;
		} else if (expect_check(g->value, e) < 0) {
			return -1;
		}
		if (send && b->n_step == 0)
			add_step(b, BOOT_EXPECT, BOOT_PROMPT);
		add_step(b, send ? BOOT_SEND : BOOT_EXPECT, g->value);
	}
	return 0;
}

static int read_run_options(struct build_call *b, struct err *e)
{
	const struct cmd_call *call = b->call;
	const char *timeout = cmd_value(call, "timeout"), *face = cmd_value(call, "face");
	char *rest = NULL;
	b->boot.timeout = timeout != NULL ? strtod(timeout, &rest) : 0;
	if (timeout != NULL && (rest == timeout || *rest != '\0' || !(b->boot.timeout > 0)))
		return err_set(e, ERR_USAGE, _("run: --timeout needs seconds, not `%s`"), timeout);
	if (face != NULL && strcmp(face, "serial") != 0 && strcmp(face, "vga") != 0)
		return err_set(e, ERR_USAGE, _("run: --face is serial or vga, not `%s`"), face);
	b->boot.face = face;
	b->boot.cmdline = cmd_value(call, "cmdline");
	b->boot.expect_exit = cmd_value(call, "expect-exit") != NULL;
	b->boot.transcript = cmd_value(call, "transcript");
	b->boot.uefi = cmd_value(call, "uefi") != NULL;
	if (cmd_value(call, "usb") != NULL)
		b->boot.medium = BOOT_STICK;
	else if (cmd_value(call, "iso") != NULL || b->boot.uefi)
		b->boot.medium = BOOT_CD;
	if (b->boot.medium != BOOT_DIRECT && b->boot.cmdline != NULL)
		return err_set(
			e, ERR_USAGE, _("run: --cmdline goes with a direct boot; an image has its own (boot.cmdline)"));
	struct optset *o = &call->app->lab.opts;
	b->uefi_for_now = b->boot.uefi && strcmp(optset_text(o, OPT_ISO_UEFI), "yes") != 0;
	if (b->uefi_for_now) /* the image needs its EFI part */
		optset_set(o, OPT_ISO_UEFI, "yes");
	return read_steps(b, e);
}

static bool type_at_guest(struct cmd_call *call, const char *bytes, size_t n)
{
	struct build_call *b = call->state;
	if (!pipeline_type(call->app->pipeline, bytes, n))
		return false;
	if (n > 0 && bytes[n - 1] == '\n')
		guestlines_typed(&b->guest, bytes);
	return true;
}

static void start_run(struct build_call *b, void (*done)(void *ctx, struct err *e))
{
	static const struct boot_step prompt = {BOOT_EXPECT, BOOT_PROMPT};
	struct pipeline *p = b->call->app->pipeline;
	const unsigned boot = 1u << STAGE_BOOT;
	b->boot.stay = b->call->app->stay && b->n_step == 0 && !b->boot.expect_exit;
	b->guest.live = b->boot.stay;
	if (b->boot.stay)
		report_line(&b->call->app->report, "%s",
			_("what you type goes to the machine as soon as it runs; a line with ~. alone ends it"));
	b->call->type = b->boot.stay ? type_at_guest : NULL;
	b->boot.step = b->n_step > 0 || b->boot.expect_exit ? b->step : &prompt;
	b->boot.n_step = b->n_step > 0 || b->boot.expect_exit ? b->n_step : 1;
	p->boot = &b->boot;
	p->on_guest = on_guest;
	p->guest_ctx = b;
	const unsigned image = b->boot.medium != BOOT_DIRECT ? 1u << STAGE_ISO : 0;
	pipeline_build(p, (struct pipeline_goal){boot | image, boot}, done, b);
}

static void run_run(struct cmd_call *call)
{
	struct err e = {0};
	struct build_call *b = begin(call);
	/* Without QEMU there is no use in building a kernel for it first. */
	if (read_run_options(b, &e) < 0 || proc_check_tool("qemu-system-x86_64", &e) < 0 ||
		(b->boot.uefi && boot_check_firmware(&e) < 0))
		end(b, &e);
	else
		start_run(b, on_run_done);
	err_done(&e);
}

/* --- the whole headless run --- */

static void show_sizes(struct build_call *b)
{
	struct app *a = b->call->app;
	static const enum stage_id shown[] = {STAGE_KERNEL, STAGE_INIT, STAGE_INITRAMFS};
	static const char *const file[] = {"bzImage", "init", "initramfs.cpio"};
	report_line(&a->report, "%s", "");
	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		char size[48];
		report_size(a->pipeline->stage[shown[i]].size, size, sizeof(size));
		report_line(&a->report, "out/%-15s %*s", file[i], str_field(size, 18), size);
	}
}

static void on_whole_done(void *ctx, struct err *e)
{
	struct build_call *b = ctx;
	struct app *a = b->call->app;
	const struct boot_result *r = a->pipeline->boot_result;
	guestlines_done(&b->guest);
	report_boot(b);
	if (!err_is(e)) {
		report_stages(b);
		show_sizes(b);
		if (r != NULL)
			report_line(&a->report, _("prompt %.2f s after QEMU was started; typed a command; it answered"),
				r->prompt_s);
		report_line(&a->report, _("lab: %s   next: kiln status, kiln help"), a->lab.dir);
	}
	end(b, e);
}

static void run_whole(struct cmd_call *call)
{
	static const struct boot_step dialogue[] = {
		{BOOT_EXPECT, BOOT_PROMPT},
		{BOOT_SEND, "/bin/uname -a\n"},
		{BOOT_EXPECT, "(?m)^Linux \\S+ \\d+\\.\\d+.* x86_64"},
		{BOOT_EXPECT, BOOT_PROMPT},
	};
	struct app *a = call->app;
	struct err e = {0};
	struct build_call *b = begin(call);
	char *dir = lab_locate(a->lab_arg), *conf = fs_join(dir, "kiln.conf");
	if (!fs_exists(conf) && lab_create(dir, &e) == 0)
		report_line(&a->report, _("lab        made %s"), dir);
	free(conf);
	free(dir);
	if (!err_is(&e) && proc_check_tool("qemu-system-x86_64", &e) == 0 && app_open_lab(a, true, &e) == 0) {
		b->step = xmalloc(sizeof(dialogue));
		memcpy(b->step, dialogue, sizeof(dialogue));
		b->n_step = ARRAY_LEN(dialogue);
		start_run(b, on_whole_done);
	} else {
		end(b, &e);
	}
	err_done(&e);
}

static const struct cmd_opt build_option[] = {
	{"force", 'f', NULL, N_("make STAGE again even if it is fresh")},
	{NULL, 0, NULL, NULL},
};

static const struct cmd_opt run_option[] = {
	{"expect", 'e', "RE",
		N_("wait until the guest prints this (PCRE2 pattern); may be repeated, in order with --send")},
	{"send", 's', "TEXT",
		N_("type TEXT; \\n is Enter; may be repeated; the first waits for the prompt, if no --expect does")},
	{"expect-exit", 'x', NULL, N_("then wait until the guest ends the machine (reboot)")},
	{"timeout", 't', "SECONDS", N_("give up after this (default: boot.timeout)")},
	{"transcript", 'T', "FILE", N_("keep what the guest printed, byte for byte")},
	{"face", 'f', "FACE", N_("serial or vga (default: boot.face)")},
	{"iso", 'i', NULL, N_("boot the ISO image as a CD instead of the kernel itself")},
	{"usb", 'u', NULL, N_("boot the ISO image as a USB stick")},
	{"uefi", 'U', NULL, N_("boot the ISO image by UEFI firmware (with --usb: as a stick)")},
	{"cmdline", 'c', "TEXT", N_("the whole kernel command line (default: boot.cmdline and console=)")},
	{NULL, 0, NULL, NULL},
};

const struct cmd cmd_build_rows[] = {
	{"build", "[STAGE]", CMD_LAB_WRITE | CMD_JSON,
		N_("make every stage that is not fresh, or STAGE and what it needs"),
		N_("Stages: source, config, kernel, init, initramfs, iso, boot. Each tool's output is kept in "
		   "out/STAGE.log."),
		build_option, run_build},
	{"run", "", CMD_LAB_WRITE | CMD_JSON,
		N_("build what is stale, boot it in QEMU, wait for the prompt or for --expect"),
		N_("Exit status: 0 all was seen; 3 the kernel panicked; 4 the guest ended early; 5 timeout; 1 other "
		   "errors. "
		   "What the guest prints is shown with its escape sequences removed."),
		run_option, run_run},
	{"whole", "", CMD_JSON | CMD_SHELL,
		N_("the whole way: make the lab if absent, build, boot, type one command, show sizes"),
		N_("What kiln does when it is started without a command and without a terminal."), NULL, run_whole},
};
const size_t cmd_build_n = ARRAY_LEN(cmd_build_rows);
