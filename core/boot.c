/* boot: see boot.h. One struct boot is a run: bytes come from the vm (vm.h), become safe text (transcript.h,
 * vgatext.h), which feeds the patterns (expect.h), the causes (bootcause.h) and the watcher; the first thing that ends
 * the run is kept in result.end, then the machine is killed, and done comes when it is gone. */
#include "core/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/accel.h"
#include "core/bootcause.h"
#include "core/expect.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/proc.h"
#include "core/str.h"
#include "core/transcript.h"
#include "core/vgatext.h"
#include "core/vm.h"

#define PAUSE_MS     40   /* a line that stands this long is shown without its end */
#define VGA_FRAME_MS 12   /* QEMU redraws every 30 ms; a pause of this is between two redraws */
#define PANIC_MS     1000 /* after a panic, for the lines that follow it */

struct boot {
	uv_loop_t *loop;
	struct op_cb cb;
	void (*on_text)(void *ctx, const char *text, size_t n);
	struct boot_params p; /* strings and steps owned */
	struct vm *vm;
	struct transcript safe;
	struct vgatext *screen; /* face vga */
	struct expect *expect;
	struct proc_lines lines;
	struct bootcause cause;
	struct buf out; /* text for the watcher not given yet */
	uv_timer_t deadline, pause, frame, panic;
	int open_timers;
	int transcript; /* descriptor or -1 */
	bool wanting;   /* the current expect step has been given to expect */
	bool ended;     /* result.end is settled */
	bool starting;  /* inside boot_start */
	struct boot_result result;
	struct err e;
};

/* --- end --- */

static void release(struct boot *b)
{
	for (size_t i = 0; i < b->p.n_step; i++)
		free((char *)b->p.step[i].text);
	free((struct boot_step *)b->p.step);
	free((char *)b->p.kernel);
	free((char *)b->p.image);
	free((char *)b->p.initramfs);
	free((char *)b->p.cmdline);
	free((char *)b->p.accel);
	free((char *)b->p.face);
	free((char *)b->p.transcript);
	free(b->result.panic);
	free(b->result.cause);
	free(b->result.hint);
	free(b->result.last);
	if (b->transcript >= 0)
		close(b->transcript);
	vgatext_free(b->screen);
	expect_free(b->expect);
	buf_done(&b->lines.part);
	buf_done(&b->out);
	err_done(&b->e);
	free(b);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct boot *b = h->data;
	if (--b->open_timers == 0)
		release(b);
}

static void close_timers(struct boot *b)
{
	uv_timer_t *timer[] = {&b->deadline, &b->pause, &b->frame, &b->panic};
	for (size_t i = 0; i < ARRAY_LEN(timer); i++)
		uv_close((uv_handle_t *)timer[i], on_timer_closed);
}

static bool is_vga(const struct boot *b)
{
	return b->screen != NULL;
}

static double seconds(const struct boot *b)
{
	return b->vm != NULL ? (double)(uv_now(b->loop) - vm_began(b->vm)) / 1000 : 0;
}

static const char *last_seen(const struct boot *b)
{
	return b->result.last != NULL ? b->result.last : "nothing at all";
}

static const char *awaited(const struct boot *b)
{
	size_t i = b->result.steps_done;
	return i < b->p.n_step ? b->p.step[i].text : b->p.expect_exit ? "the machine's end" : "";
}

/* The error that belongs to an end, unless one is there already. */
static void describe_end(struct boot *b)
{
	struct boot_result *r = &b->result;
	switch (r->end) {
	case BOOT_MATCHED:
		break;
	case BOOT_PANICKED:
		err_set(&b->e, ERR_PANIC, _("the kernel panicked%s%s"), r->cause != NULL ? ": " : "",
			r->cause != NULL ? r->cause : "");
		err_evidence(&b->e, r->panic);
		break;
	case BOOT_EXITED:
		if (r->steps_done == b->p.n_step && (b->p.expect_exit || b->p.stay))
			break;
		err_set(&b->e, ERR_GUEST, _("the guest ended the machine before `%s` was seen; last seen: %s"),
			awaited(b), last_seen(b));
		break;
	case BOOT_TIMED_OUT:
		err_set(&b->e, ERR_TIMEOUT, _("after %g s the guest had not shown `%s`; last seen: %s"), b->p.timeout,
			awaited(b), last_seen(b));
		if (r->cause != NULL)
			err_evidence(&b->e, r->cause);
		break;
	case BOOT_STOPPED:
		err_set(&b->e, ERR_CANCELLED, _("the run was stopped"));
		break;
	case BOOT_BROKEN:
		err_set(&b->e, ERR_WORLD, _("QEMU failed"));
		break;
	}
	if (r->hint != NULL && r->end != BOOT_STOPPED)
		err_hint(&b->e, "%s", r->hint);
	else if (r->end == BOOT_TIMED_OUT && r->bytes == 0)
		err_hint(&b->e, "%s", bootcause_silence(is_vga(b)));
}

static void give_text(struct boot *b, size_t n)
{
	if (n > 0 && b->on_text != NULL)
		b->on_text(b->cb.ctx, b->out.p, n);
	buf_eat(&b->out, n);
}

/* The machine is gone (or never was): tell it. */
static void finish(struct boot *b)
{
	give_text(b, b->out.n);
	b->result.total_s = seconds(b);
	b->vm = NULL;
	b->result.cause = bootcause_text(&b->cause);
	b->result.hint = bootcause_hint(&b->cause);
	describe_end(b);
	b->cb.done(b->cb.ctx, &b->e);
	close_timers(b);
}

/* The first end wins; the machine goes, then finish comes. */
static void end(struct boot *b, enum boot_end how)
{
	if (b->ended)
		return;
	b->ended = true;
	b->result.end = how;
	uv_timer_stop(&b->deadline);
	uv_timer_stop(&b->panic);
	if (b->vm != NULL)
		vm_kill(b->vm);
}

/* --- steps --- */

static enum vm_face face(const struct boot *b)
{
	return is_vga(b) ? VM_VGA : VM_SERIAL;
}

/* Try the current step. Returns true if it is done. */
static bool step(struct boot *b)
{
	const struct boot_step *s = &b->p.step[b->result.steps_done];
	if (s->kind == BOOT_SEND)
		return vm_send(b->vm, face(b), s->text, strlen(s->text));
	if (!b->wanting && expect_want(b->expect, s->text, &b->e) == 0)
		b->wanting = true;
	if (!err_is(&b->e) && expect_poll(b->expect, NULL, &b->e)) {
		b->wanting = false;
		give_text(b, b->out.n);
		if (b->result.prompt_s < 0)
			b->result.prompt_s = seconds(b);
		return true;
	}
	if (err_is(&b->e))
		end(b, BOOT_BROKEN);
	return false;
}

/* Do the steps that can be done now. */
static void advance(struct boot *b)
{
	while (!b->ended && b->result.steps_done < b->p.n_step && step(b))
		b->result.steps_done++;
	if (b->ended || b->result.steps_done < b->p.n_step)
		return;
	if (b->p.stay)
		uv_timer_stop(&b->deadline);
	else if (!b->p.expect_exit)
		end(b, BOOT_MATCHED);
}

/* --- guest text --- */

static void note_last(struct boot *b, const char *line, size_t n)
{
	if (n == 0 || strspn(line, " \t") == n)
		return;
	free(b->result.last);
	b->result.last = xstrndup(line, n < 200 ? n : 200);
}

static void on_panic_timer(uv_timer_t *t)
{
	end(t->data, BOOT_PANICKED);
}

static void on_line(void *ctx, const char *line, size_t n)
{
	struct boot *b = ctx;
	const char *panic = bootcause_panic(line);
	note_last(b, line, n);
	bootcause_line(&b->cause, line);
	if (panic == NULL || b->result.panic != NULL)
		return;
	b->result.panic = xstrdup(panic);
	uv_update_time(b->loop);
	if (!b->ended)
		uv_timer_start(&b->panic, on_panic_timer, PANIC_MS, 0);
}

static void on_pause(uv_timer_t *t)
{
	struct boot *b = t->data;
	if (b->lines.part.n > 0)
		note_last(b, b->lines.part.p, b->lines.part.n);
	give_text(b, b->out.n);
}

/* Safe text, whichever face it came from. */
static void take_text(struct boot *b, const char *text, size_t n)
{
	if (n == 0)
		return;
	expect_feed(b->expect, text, n);
	proc_lines_feed(&b->lines, text, n, on_line, b);
	buf_add(&b->out, text, n);
	const char *nl = memrchr(b->out.p, '\n', b->out.n);
	if (nl != NULL)
		give_text(b, (size_t)(nl - b->out.p) + 1);
	uv_timer_start(&b->pause, on_pause, PAUSE_MS, 0);
	advance(b);
}

static void keep(struct boot *b, const char *bytes, size_t n)
{
	while (n > 0 && b->transcript >= 0) {
		ssize_t w = write(b->transcript, bytes, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0) {
			err_sys(&b->e, errno, _("cannot write the transcript %s"), b->p.transcript);
			close(b->transcript);
			b->transcript = -1;
			end(b, BOOT_BROKEN);
			return;
		}
		bytes += w;
		n -= (size_t)w;
	}
}

/* The screen has stood still for a moment: see what is new on it. */
static void on_frame(uv_timer_t *t)
{
	struct boot *b = t->data;
	struct buf news = {0};
	vgatext_news(b->screen, &news);
	b->result.bytes += news.n;
	keep(b, news.p, news.n);
	take_text(b, news.p, news.n);
	buf_done(&news);
}

static void on_serial(struct boot *b, const char *bytes, size_t n)
{
	struct buf text = {0};
	b->result.bytes += n;
	keep(b, bytes, n);
	transcript_feed(&b->safe, bytes, n, &text);
	take_text(b, text.p, text.n);
	buf_done(&text);
}

static void on_bytes(void *ctx, enum vm_face from, const char *bytes, size_t n)
{
	struct boot *b = ctx;
	if (from != face(b))
		return;
	if (from == VM_SERIAL) {
		on_serial(b, bytes, n);
		return;
	}
	vgatext_feed(b->screen, bytes, n);
	uv_timer_start(&b->frame, on_frame, VGA_FRAME_MS, 0);
}

/* --- the machine --- */

static void say(struct boot *b, const char *text)
{
	if (b->cb.line != NULL)
		b->cb.line(b->cb.ctx, text, strlen(text), false);
}

static void on_state(void *ctx, enum vm_state state, const char *note)
{
	(void)state;
	if (note != NULL)
		say(ctx, note);
}

/* QEMU ended by itself: why? */
static void judge_exit(struct boot *b, const struct vm_exit *x)
{
	if (b->result.panic != NULL) {
		end(b, BOOT_PANICKED);
	} else if (x->sig != 0 || x->status != 0) {
		if (x->sig != 0)
			err_set(&b->e, ERR_WORLD, _("QEMU was ended by signal %d (%s)"), x->sig, strsignal(x->sig));
		else
			err_set(&b->e, ERR_WORLD, _("QEMU ended with status %d"), x->status);
		if (x->message != NULL)
			err_evidence(&b->e, x->message);
		err_hint(&b->e, _("kiln doctor checks QEMU; -v shows the command line to try by hand"));
		end(b, BOOT_BROKEN);
	} else {
		end(b, BOOT_EXITED);
	}
}

static void on_exit_cb(void *ctx, const struct vm_exit *x)
{
	struct boot *b = ctx;
	if (is_vga(b) && !b->ended)
		on_frame(&b->frame);
	uv_timer_stop(&b->frame);
	uv_timer_stop(&b->pause);
	proc_lines_end(&b->lines, on_line, b);
	if (!b->ended)
		judge_exit(b, x);
	finish(b);
}

static void on_deadline(uv_timer_t *t)
{
	struct boot *b = t->data;
	on_pause(&b->pause);
	end(b, BOOT_TIMED_OUT);
}

/* UEFI firmware for QEMU, as Debian has it; NULL if it is not installed. */
static const char *firmware(void)
{
	static const char *const place[] = {"/usr/share/ovmf/OVMF.fd", "/usr/share/qemu/OVMF.fd"};
	for (size_t i = 0; i < ARRAY_LEN(place); i++)
		if (access(place[i], R_OK) == 0)
			return place[i];
	return NULL;
}

int boot_check_firmware(struct err *e)
{
	if (firmware() != NULL)
		return 0;
	err_set(e, ERR_WORLD, _("there is no UEFI firmware for QEMU on this machine"));
	err_hint(e, _("apt-get install ovmf"));
	return -1;
}

void boot_vm_params(struct vm_params *v, const struct boot_params *p)
{
	*v = (struct vm_params){
		.face = p->face != NULL && strcmp(p->face, "vga") == 0 ? VM_VGA : VM_SERIAL,
		.memory = p->memory,
		.bios = p->uefi ? firmware() : NULL,
		.term = VGATEXT_TERM,
	};
	if (p->medium == BOOT_CD)
		v->cdrom = p->image;
	else if (p->medium == BOOT_STICK)
		v->usb = p->image;
	else {
		v->kernel = p->kernel;
		v->initramfs = p->initramfs;
		v->cmdline = p->cmdline;
	}
}

static int start_vm(struct boot *b, bool kvm, struct err *e)
{
	const struct vm_cb cb = {on_bytes, on_state, on_exit_cb, b};
	struct vm_params v;
	boot_vm_params(&v, &b->p);
	v.kvm = kvm;
	if (b->cb.command != NULL) {
		char *line = boot_command(&b->p);
		b->cb.command(b->cb.ctx, line);
		free(line);
	}
	b->vm = vm_start(b->loop, &v, &cb, e);
	if (b->vm == NULL)
		return -1;
	if (b->p.timeout > 0)
		uv_timer_start(&b->deadline, on_deadline, (uint64_t)(b->p.timeout * 1000), 0);
	return 0;
}

static void on_accel(void *ctx, const struct accel_result *r)
{
	struct boot *b = ctx;
	if (!b->ended && start_vm(b, r->kvm_works, &b->e) < 0) {
		b->ended = true;
		b->result.end = BOOT_BROKEN;
	}
	if (b->vm == NULL && !b->starting)
		finish(b);
}

/* --- start --- */

static char *dup_or_null(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

static void copy_params(struct boot *b, const struct boot_params *p)
{
	struct boot_step *s = xcalloc(p->n_step, sizeof(*s));
	for (size_t i = 0; i < p->n_step; i++)
		s[i] = (struct boot_step){p->step[i].kind, xstrdup(p->step[i].text)};
	b->p = *p;
	b->p.step = s;
	b->p.kernel = dup_or_null(p->kernel);
	b->p.image = dup_or_null(p->image);
	b->p.initramfs = dup_or_null(p->initramfs);
	b->p.cmdline = dup_or_null(p->cmdline);
	b->p.accel = xstrdup(p->accel != NULL ? p->accel : "auto");
	b->p.face = xstrdup(p->face != NULL ? p->face : "serial");
	b->p.transcript = dup_or_null(p->transcript);
}

int boot_check(const struct boot_params *p, struct err *e)
{
	for (size_t i = 0; i < p->n_step; i++)
		if (p->step[i].kind == BOOT_EXPECT && expect_check(p->step[i].text, e) < 0)
			return -1;
	const bool direct = p->medium == BOOT_DIRECT;
	const char *file[] = {direct ? p->kernel : p->image, direct ? p->initramfs : NULL};
	if (p->uefi && boot_check_firmware(e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(file); i++)
		if (file[i] != NULL && access(file[i], R_OK) < 0)
			return err_sys(e, errno, _("cannot read %s"), file[i]);
	return 0;
}

static int open_transcript(struct boot *b, struct err *e)
{
	b->transcript = -1;
	if (b->p.transcript == NULL)
		return 0;
	b->transcript = open(b->p.transcript, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return b->transcript >= 0 ? 0 : err_sys(e, errno, _("cannot write the transcript %s"), b->p.transcript);
}

static struct boot *boot_alloc(uv_loop_t *loop, const struct boot_params *p, const struct op_cb *cb)
{
	struct boot *b = xcalloc(1, sizeof(*b));
	b->loop = loop;
	b->cb = *cb;
	b->result.prompt_s = -1;
	b->expect = expect_new();
	copy_params(b, p);
	if (strcmp(b->p.face, "vga") == 0)
		b->screen = vgatext_new();
	uv_timer_t *timer[] = {&b->deadline, &b->pause, &b->frame, &b->panic};
	for (size_t i = 0; i < ARRAY_LEN(timer); i++) {
		uv_timer_init(loop, timer[i]);
		timer[i]->data = b;
		b->open_timers++;
	}
	return b;
}

struct boot *boot_start(uv_loop_t *loop, const struct boot_params *p, const struct op_cb *cb,
	void (*on_text)(void *ctx, const char *text, size_t n), struct err *e)
{
	if (boot_check(p, e) < 0)
		return NULL;
	struct boot *b = boot_alloc(loop, p, cb);
	b->on_text = on_text;
	b->starting = true;
	int r = open_transcript(b, e);
	if (r == 0 && strcmp(b->p.accel, "auto") == 0)
		r = accel_probe(loop, false, on_accel, b, e);
	else if (r == 0)
		r = start_vm(b, strcmp(b->p.accel, "kvm") == 0, e);
	b->starting = false;
	if (r == 0 && !err_is(&b->e))
		return b;
	err_move(e, &b->e);
	close_timers(b);
	return NULL;
}

const struct boot_result *boot_result(const struct boot *b)
{
	return &b->result;
}

void boot_cancel(struct boot *b)
{
	end(b, b->p.stay && b->result.steps_done == b->p.n_step ? BOOT_MATCHED : BOOT_STOPPED);
}

bool boot_type(struct boot *b, const char *bytes, size_t n)
{
	if (b->vm == NULL || b->ended)
		return false;
	if (n > 0)
		return vm_send(b->vm, face(b), bytes, n);
	boot_cancel(b);
	return true;
}

/* printk.time=1: kernel messages can then be told from what programs print, whatever the configuration says. */
char *boot_cmdline(const char *face_name, const char *extra)
{
	const char *console = strcmp(face_name, "vga") == 0 ? "" : "console=ttyS0 ";
	return xasprintf("%sprintk.time=1%s%s", console, extra[0] != '\0' ? " " : "", extra);
}

char *boot_command(const struct boot_params *p)
{
	struct vm_params v;
	boot_vm_params(&v, p);
	return vm_command(&v);
}
