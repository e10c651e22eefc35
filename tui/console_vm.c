/* console_vm: the machine of the console pane. The pipeline's boot stage starts it here (boot_host) and is told when
 * the shell's prompt is there; the machine stays until the next boot, its own end, or kiln's. Guest bytes go into the
 * emulator and, made safe, to the patterns and the recording; never anywhere else. */
#include <stdlib.h>
#include <string.h>

#include "core/accel.h"
#include "core/i18n.h"
#include "tui/console.h"

#define PANIC_MS 1000 /* after a panic, for the lines that follow it */
#define FRAME_MS 40   /* the VGA screen is looked at so often while it changes */

/* --- the boot stage's wait --- */

/* End the boot stage's wait, if it still waits. e may be empty. */
static void finish(struct console *c, struct err *e)
{
	if (!c->waiting) {
		err_done(e);
		return;
	}
	c->waiting = false;
	uv_timer_stop(&c->deadline);
	const struct op_cb cb = c->cb;
	cb.done(cb.ctx, e);
	err_done(e);
}

static double seconds(const struct console *c)
{
	return c->vm != NULL ? (double)(uv_now(c->pane->ui->app->loop) - vm_began(c->vm)) / 1000 : 0;
}

static void prompt_seen(struct console *c)
{
	struct err none = {0};
	if (!c->waiting)
		return;
	c->result.end = BOOT_MATCHED;
	c->result.prompt_s = c->result.total_s = seconds(c);
	c->result.steps_done = 1;
	finish(c, &none);
}

static void on_deadline(uv_timer_t *t)
{
	struct console *c = t->data;
	struct err e = {0};
	c->result.end = BOOT_TIMED_OUT;
	err_set(&e, ERR_TIMEOUT, _("no prompt after %g s; the machine goes on"), c->p.timeout);
	if (c->result.bytes == 0)
		err_hint(&e, "%s", bootcause_silence(c->face == VM_VGA));
	finish(c, &e);
}

static void on_panic(uv_timer_t *t)
{
	struct console *c = t->data;
	struct err e = {0};
	char *cause = bootcause_text(&c->cause), *hint = bootcause_hint(&c->cause);
	c->result.end = BOOT_PANICKED;
	err_set(&e, ERR_PANIC, _("the kernel panicked%s%s"), cause != NULL ? ": " : "", cause != NULL ? cause : "");
	err_evidence(&e, c->panic);
	if (hint != NULL)
		err_hint(&e, "%s", hint);
	if (c->waiting)
		finish(c, &e);
	else
		ui_error(c->pane->ui, &e);
	free(cause);
	free(hint);
}

/* --- what the guest says --- */

static void on_line(void *ctx, const char *line, size_t n)
{
	struct console *c = ctx;
	const char *panic = bootcause_panic(line);
	(void)n;
	bootcause_line(&c->cause, line);
	if (panic == NULL || c->panic != NULL)
		return;
	c->panic = xstrdup(panic);
	uv_timer_start(&c->panic_timer, on_panic, PANIC_MS, 0);
}

static void take_serial(struct console *c, const char *bytes, size_t n)
{
	struct buf text = {0};
	struct err e = {0};
	transcript_feed(&c->safe, bytes, n, &text);
	console_rec_text(c, text.p, text.n);
	if (text.n > 0)
		proc_lines_feed(&c->lines, text.p, text.n, on_line, c);
	if (c->waiting && text.n > 0) {
		expect_feed(c->expect, text.p, text.n);
		if (expect_poll(c->expect, NULL, &e))
			prompt_seen(c);
		err_done(&e);
	}
	buf_done(&text);
}

/* The VGA screen, some moments after it has changed. */
static void on_frame(uv_timer_t *t)
{
	struct console *c = t->data;
	struct strv rows = {0};
	int y, x;
	vt_screen_text(c->vt, &rows);
	vt_cursor(c->vt, &y, &x);
	for (size_t i = 0; i < rows.n; i++)
		on_line(c, rows.v[i], strlen(rows.v[i]));
	console_rec_rows(c, &rows, (size_t)y);
	if ((size_t)y < rows.n && strcmp(rows.v[y], "#") == 0 && x == 2)
		prompt_seen(c);
	strv_done(&rows);
}

static void on_bytes(void *ctx, enum vm_face face, const char *bytes, size_t n)
{
	struct console *c = ctx;
	if (face != c->face)
		return;
	vt_feed(c->vt, bytes, n);
	c->result.bytes += n;
	pane_touch(c->pane);
	if (face == VM_SERIAL)
		take_serial(c, bytes, n);
	else if (!uv_is_active((uv_handle_t *)&c->frame))
		uv_timer_start(&c->frame, on_frame, FRAME_MS, 0);
}

static void on_state(void *ctx, enum vm_state state, const char *note)
{
	struct console *c = ctx;
	(void)state;
	if (note != NULL)
		ui_say(c->pane->ui, UI_INFO, "%s", note);
	pane_touch(c->pane);
}

/* --- the end --- */

/* How the machine ended, in words. Returns owned. */
static char *how_it_ended(const struct console *c, const struct vm_exit *x)
{
	const char *reason = x->reason != NULL ? x->reason : "";
	if (x->asked)
		return xstrdup(_("switched off by you"));
	if (x->sig != 0)
		return xasprintf(_("QEMU was ended by signal %d (%s)"), x->sig, strsignal(x->sig));
	if (x->status != 0)
		return xasprintf(_("QEMU ended with status %d%s%s"), x->status, x->message != NULL ? ": " : "",
			x->message != NULL ? x->message : "");
	if (c->panic != NULL)
		return xasprintf(_("after a panic: %s"), c->panic);
	if (strcmp(reason, "guest-shutdown") == 0)
		return xstrdup(_("the guest switched the machine off"));
	return xstrdup(_("the guest rebooted, which ends the machine here"));
}

/* Tell the boot stage, or the user, that the machine is gone. */
static void tell_end(struct console *c, const struct vm_exit *x)
{
	struct err e = {0};
	bool broken = !x->asked && (x->sig != 0 || x->status != 0);
	c->result.end = broken ? BOOT_BROKEN : x->asked ? BOOT_STOPPED : BOOT_EXITED;
	if (c->panic != NULL && uv_is_active((uv_handle_t *)&c->panic_timer)) {
		uv_timer_stop(&c->panic_timer);
		on_panic(&c->panic_timer);
	}
	if (broken)
		err_set(&e, ERR_WORLD, _("the machine is gone: %s"), c->ended);
	else if (c->waiting)
		err_set(&e, x->asked ? ERR_CANCELLED : ERR_GUEST, _("the machine ended before the prompt: %s"),
			c->ended);
	if (broken)
		err_hint(&e, _("`run` boots it again; kiln doctor checks QEMU"));
	if (c->waiting)
		finish(c, &e);
	else if (broken)
		ui_error(c->pane->ui, &e);
	else
		ui_say(c->pane->ui, UI_INFO, _("the machine ended: %s"), c->ended);
	err_done(&e);
}

static void on_exit_cb(void *ctx, const struct vm_exit *x)
{
	struct console *c = ctx;
	if (c->face == VM_VGA)
		on_frame(&c->frame);
	uv_timer_stop(&c->frame);
	proc_lines_end(&c->lines, on_line, c);
	c->result.total_s = seconds(c);
	c->vm = NULL;
	free(c->ended);
	c->ended = how_it_ended(c, x);
	tell_end(c, x);
	pane_touch(c->pane);
}

/* --- the start --- */

void console_vm_type(struct console *c, const char *bytes, size_t n)
{
	if (c->vm != NULL && n > 0)
		vm_send(c->vm, c->face, bytes, n);
}

static void on_reply(void *ctx, const char *bytes, size_t n)
{
	console_vm_type(ctx, bytes, n);
}

/* Forget the last machine and what it said. */
static void drop(struct console *c)
{
	if (c->vm != NULL)
		vm_abandon(c->vm);
	c->vm = NULL;
	uv_timer_stop(&c->deadline);
	uv_timer_stop(&c->frame);
	uv_timer_stop(&c->panic_timer);
	expect_free(c->expect);
	c->expect = NULL;
	buf_done(&c->lines.part);
	c->lines = (struct proc_lines){0};
	c->safe = (struct transcript){0};
	c->cause = (struct bootcause){0};
	c->result = (struct boot_result){.prompt_s = -1};
	free(c->panic);
	free(c->ended);
	c->panic = c->ended = NULL;
	strv_done(&c->seen);
	free((char *)c->p.kernel);
	free((char *)c->p.image);
	free((char *)c->p.initramfs);
	free((char *)c->p.cmdline);
	c->p = (struct boot_params){0};
}

/* A fresh terminal of the face's size. */
static void fresh_terminal(struct console *c)
{
	bool vga = c->face == VM_VGA;
	int rows = vga ? VM_VGA_ROWS : c->pane->rows > 0 ? c->pane->rows : 24;
	int cols = vga ? VM_VGA_COLS : c->pane->cols > 0 ? c->pane->cols : 80;
	vt_free(c->vt);
	c->vt = vt_new(rows, cols, vga ? 0 : CONSOLE_SCROLLBACK, on_reply, c);
	c->viewing = c->marking = false;
	pane_touch(c->pane);
}

/* What the stage asked for, and on the serial line the terminal's size for the guest's programs: the kernel hands
 * unknown NAME=value parameters to init as its environment. */
static void take_params(struct console *c, const struct boot_params *p)
{
	c->face = p->face != NULL && strcmp(p->face, "vga") == 0 ? VM_VGA : VM_SERIAL;
	fresh_terminal(c);
	c->p = *p;
	c->p.step = NULL;
	c->p.n_step = 0;
	c->p.face = c->face == VM_VGA ? "vga" : "serial";
	c->p.accel = NULL;
	c->p.kernel = p->kernel != NULL ? xstrdup(p->kernel) : NULL;
	c->p.image = p->image != NULL ? xstrdup(p->image) : NULL;
	c->p.initramfs = p->initramfs != NULL ? xstrdup(p->initramfs) : NULL;
	if (c->face == VM_SERIAL && c->pane->rows > 0)
		c->p.cmdline = xasprintf("%s LINES=%d COLUMNS=%d", p->cmdline, c->pane->rows, c->pane->cols);
	else
		c->p.cmdline = xstrdup(p->cmdline);
}

/* The console comes to the front, unless someone is typing into an editor. */
static void show_console(struct console *c)
{
	struct ui *ui = c->pane->ui;
	const char *name = layout_focus(ui->layout);
	const struct pane *p = name != NULL ? ui_pane(ui, name) : NULL;
	if (p != NULL && p->ops->captures != NULL && p->ops->captures(p))
		return;
	ui_focus(ui, c->pane->ops->name);
}

static int start_vm(struct console *c, bool kvm, struct err *e)
{
	const struct vm_cb cb = {on_bytes, on_state, on_exit_cb, c};
	struct vm_params v;
	boot_vm_params(&v, &c->p);
	v.term = NULL; /* a colour xterm */
	v.kvm = kvm;
	if (c->cb.command != NULL) {
		char *line = vm_command(&v);
		c->cb.command(c->cb.ctx, line);
		free(line);
	}
	c->vm = vm_start(c->pane->ui->app->loop, &v, &cb, e);
	if (c->vm == NULL)
		return -1;
	if (c->p.timeout > 0)
		uv_timer_start(&c->deadline, on_deadline, (uint64_t)(c->p.timeout * 1000), 0);
	show_console(c);
	return 0;
}

static void release(struct console *c);

static void on_accel(void *ctx, const struct accel_result *r)
{
	struct console *c = ctx;
	struct err e = {0};
	c->probing = false;
	if (c->closing)
		release(c);
	else if (c->waiting && start_vm(c, r->kvm_works, &e) < 0 && c->starting)
		err_move(&c->start_error, &e);
	else if (err_is(&e))
		finish(c, &e);
}

static int host_start(void *ctx, const struct boot_params *p, const struct op_cb *cb, struct err *e)
{
	struct console *c = ctx;
	const char *accel = p->accel != NULL ? p->accel : "auto";
	int r;
	if (c->probing)
		return err_set(e, ERR_WORLD, _("a machine is being started already"));
	if (boot_check(p, e) < 0)
		return -1;
	drop(c);
	take_params(c, p);
	c->cb = *cb;
	c->expect = expect_new();
	if (expect_want(c->expect, BOOT_PROMPT, e) < 0)
		return -1;
	c->waiting = c->starting = true;
	if (strcmp(accel, "auto") == 0) {
		c->probing = true;
		r = accel_probe(c->pane->ui->app->loop, false, on_accel, c, e);
		c->probing = c->probing && r == 0;
	} else {
		r = start_vm(c, strcmp(accel, "kvm") == 0, e);
	}
	c->starting = false;
	if (r == 0 && !err_is(&c->start_error))
		return 0;
	c->waiting = false;
	err_move(e, &c->start_error);
	return -1;
}

static void host_cancel(void *ctx)
{
	struct console *c = ctx;
	struct err e = {0};
	c->result.end = BOOT_STOPPED;
	err_set(&e, ERR_CANCELLED, "%s", _("the run was stopped"));
	if (c->vm != NULL)
		vm_kill(c->vm);
	finish(c, &e);
}

static const struct boot_result *host_result(void *ctx)
{
	const struct console *c = ctx;
	return &c->result;
}

/* --- life --- */

void console_vm_open(struct console *c)
{
	struct app *a = c->pane->ui->app;
	uv_timer_t *timer[CONSOLE_TIMERS] = {&c->deadline, &c->frame, &c->panic_timer};
	for (size_t i = 0; i < CONSOLE_TIMERS; i++) {
		uv_timer_init(a->loop, timer[i]);
		timer[i]->data = c;
	}
	c->open_timers = CONSOLE_TIMERS;
	c->result.prompt_s = -1;
	c->host = (struct boot_host){host_start, host_cancel, host_result, c};
	a->boot_host = &c->host;
	if (a->pipeline != NULL)
		a->pipeline->boot_host = &c->host;
}

static void release(struct console *c)
{
	if (c->open_timers > 0 || c->probing)
		return;
	vt_free(c->vt);
	free(c);
}

static void on_closed(uv_handle_t *h)
{
	struct console *c = h->data;
	c->open_timers--;
	release(c);
}

void console_vm_close(struct console *c)
{
	struct app *a = c->pane->ui->app;
	uv_timer_t *timer[CONSOLE_TIMERS] = {&c->deadline, &c->frame, &c->panic_timer};
	c->closing = true;
	a->boot_host = NULL;
	if (a->pipeline != NULL)
		a->pipeline->boot_host = NULL;
	drop(c);
	console_rec_close(c);
	for (size_t i = 0; i < CONSOLE_TIMERS; i++)
		uv_close((uv_handle_t *)timer[i], on_closed);
}

const char *console_vm_state(const struct console *c)
{
	if (c->vm == NULL)
		return c->probing ? _("starting") : c->ended != NULL ? _("ended") : "";
	if (c->panic != NULL)
		return _("panicked");
	switch (vm_state(c->vm)) {
	case VM_STARTING:
		return _("starting");
	case VM_RUNNING:
		return _("running");
	case VM_PAUSED:
		return _("paused");
	default:
		return _("ending");
	}
}
