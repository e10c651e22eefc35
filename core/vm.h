/* vm: one QEMU machine on the libuv loop. Two faces: the serial line (always there, a private socket pair) and, if
 * asked for, the VGA text screen (QEMU's curses display on a pty of 80x25). The monitor (QMP) has a socket pair too:
 * there is no path another process could open. QEMU is hardened (-nodefaults -nic none -sandbox on) and dies with kiln
 * however kiln ends. No early byte is lost: the sockets are connected before QEMU runs. */
#ifndef KILN_VM_H
#define KILN_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "core/err.h"

enum vm_face { VM_SERIAL, VM_VGA };
enum vm_state { VM_STARTING, VM_RUNNING, VM_PAUSED, VM_ENDING, VM_GONE };

#define VM_VGA_ROWS 25
#define VM_VGA_COLS 80

/* What to boot and how. Borrowed during vm_start. Zero-initialise; NULL and 0 mean "none" or a default. */
struct vm_params {
	enum vm_face face;                        /* VM_VGA: a VGA card and its text screen as well */
	const char *kernel, *initramfs, *cmdline; /* boot a bzImage directly … */
	const char *cdrom, *disk, *usb;           /* … or an ISO image, a raw disk, a raw USB stick */
	const char *bios;                         /* firmware file (OVMF); NULL: QEMU's own */
	long memory;                              /* MiB; 0: 128 */
	bool kvm;                                 /* KVM instead of TCG (see accel.h) */
	bool paused;                              /* begin paused (vm_resume starts it) */
	const char *term;                         /* TERM for the VGA face; NULL: xterm-256color */
	char *const *extra;                       /* more QEMU arguments, NULL-terminated */
};

/* How it ended. Strings are borrowed during on_exit. */
struct vm_exit {
	int status, sig;    /* QEMU's exit status, or -1 and the signal that killed it */
	bool asked;         /* because of vm_quit or vm_kill */
	const char *reason; /* QMP's words: guest-reset, guest-shutdown, guest-panic, host-qmp-quit, …; NULL: unknown */
	const char *message; /* the line of QEMU's stderr that tells most; NULL: none */
};

struct vm_cb {
	/* Guest output of one face, at most a budget per turn of the loop. VM_VGA: bytes for a terminal emulator. */
	void (*on_bytes)(void *ctx, enum vm_face face, const char *bytes, size_t n);
	/* The state changed, or something is worth saying. note may be NULL. May be NULL. */
	void (*on_state)(void *ctx, enum vm_state state, const char *note);
	/* Once, after all output was delivered. The vm is freed right after this returns. */
	void (*on_exit)(void *ctx, const struct vm_exit *x);
	void *ctx;
};

struct vm; /* opaque */
/* NULL with *e set if QEMU cannot be started (then nothing is called back). */
struct vm *vm_start(uv_loop_t *loop, const struct vm_params *p, const struct vm_cb *cb, struct err *e);
enum vm_state vm_state(const struct vm *v);
const char *vm_state_name(enum vm_state s);
/* Loop time in ms (uv_now) at which QEMU was spawned. */
uint64_t vm_began(const struct vm *v);
int vm_pid(const struct vm *v);
/* Type bytes at a face; queued, and on the VGA face paced for the keyboard controller. false: nothing was queued. */
bool vm_send(struct vm *v, enum vm_face face, const char *bytes, size_t n);
/* Hold back a face's output (true), or let it flow again. */
void vm_hold(struct vm *v, enum vm_face face, bool hold);
/* Through QMP; the new state is reported when QEMU says so. */
void vm_pause(struct vm *v);
void vm_resume(struct vm *v);
void vm_reset(struct vm *v);
/* The ACPI power button: a guest without ACPI ignores it. */
void vm_powerdown(struct vm *v);
/* End it: by QMP, by SIGKILL if that takes over 2 s. */
void vm_quit(struct vm *v);
/* End it by SIGKILL now. on_exit still comes. */
void vm_kill(struct vm *v);
/* No more callbacks to ctx; QEMU is killed. */
void vm_abandon(struct vm *v);
/* The qemu command line as a person would type it: the serial line on the terminal. Returns owned. */
char *vm_command(const struct vm_params *p);

#endif
