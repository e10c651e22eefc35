/* boot: one guided run of the machine, for `kiln run`, tests and checks: starts a vm (vm.h), feeds the serial line
 * through expect steps, keeps the transcript and says how it ended. Guest bytes reach watchers only as text made safe
 * (transcript.h). Invariant: the vm is gone when done comes, unless the caller took it over. */
#ifndef KILN_BOOT_H
#define KILN_BOOT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/err.h"
#include "core/op.h"

/* Steps in order: wait for a pattern, or send text. */
struct boot_step {
	enum boot_step_kind { BOOT_EXPECT, BOOT_SEND } kind;
	const char *text; /* PCRE2 pattern (printk lines are also matched apart), or text to type (\n is Enter) */
};

enum boot_medium { BOOT_DIRECT, BOOT_CD, BOOT_STICK };

struct boot_params {
	const char *kernel, *initramfs; /* bzImage and archive; initramfs may be NULL (to see the panic) */
	enum boot_medium medium; /* not BOOT_DIRECT: boots `image`, as a CD or as a USB stick, not kernel and archive */
	const char *image;
	bool uefi;           /* by UEFI firmware instead of a BIOS */
	const char *cmdline; /* complete kernel command line */
	long memory;         /* MiB */
	const char *accel;   /* auto, tcg, kvm */
	const char *face;    /* serial, vga */
	double timeout;      /* seconds for the whole run; 0: none */
	const struct boot_step *step;
	size_t n_step;
	bool expect_exit;       /* after the steps, wait for the guest to end the machine */
	bool stay;              /* after the steps, leave it to boot_type, until it ends or boot_cancel */
	const char *transcript; /* file for the raw guest bytes; NULL: none */
};

enum boot_end { BOOT_MATCHED, BOOT_PANICKED, BOOT_EXITED, BOOT_TIMED_OUT, BOOT_STOPPED, BOOT_BROKEN };

struct boot_result {
	enum boot_end end;
	double prompt_s; /* seconds from spawn to the first matched step; -1 if none */
	double total_s;
	size_t steps_done;
	char *panic;    /* the panic line */
	char *cause;    /* what kiln makes of it: "no initramfs, or /init is not in it", NULL if unknown */
	char *hint;     /* next step for it */
	char *last;     /* last line seen */
	uint64_t bytes; /* from the guest */
};

/* What a shell's prompt looks like to expect: "# " at the beginning of the last line. */
#define BOOT_PROMPT "(?m)^# \\z"

struct vm_params;
struct boot; /* opaque */
/* on_text: guest output made safe for a terminal (no escapes; complete lines and, when the line pauses, parts of
 * lines). cb->command shows the qemu command line; cb->done comes once with err codes ERR_PANIC/ERR_GUEST/ERR_TIMEOUT
 * as fits. */
struct boot *boot_start(uv_loop_t *loop, const struct boot_params *p, const struct op_cb *cb,
	void (*on_text)(void *ctx, const char *text, size_t n), struct err *e);
/* Valid in cb->done. Borrowed. */
const struct boot_result *boot_result(const struct boot *b);
void boot_cancel(struct boot *b);
/* Type at the machine; n 0: end it. Returns false if there is none that could take it. */
bool boot_type(struct boot *b, const char *bytes, size_t n);
/* Someone who keeps the machine after the boot stage is over (the screen's console): the stage then starts it there
 * instead of with boot_start, when all it waits for is the prompt. Same rules as boot_start; cb->done comes when the
 * prompt is seen or will not be. result: valid in cb->done. */
struct boot_host {
	int (*start)(void *ctx, const struct boot_params *p, const struct op_cb *cb, struct err *e);
	void (*cancel)(void *ctx);
	const struct boot_result *(*result)(void *ctx);
	void *ctx;
};

/* 0 if QEMU has UEFI firmware here, else -1 with the package in *e. */
int boot_check_firmware(struct err *e);
/* For a host: can this be booted at all? And the machine for it (everything borrowed from p). */
int boot_check(const struct boot_params *p, struct err *e);
void boot_vm_params(struct vm_params *v, const struct boot_params *p);

/* The kernel command line of a face: its console= and then `extra`. Returns owned. */
char *boot_cmdline(const char *face, const char *extra);
/* The qemu command line for these parameters as the learner would type it (serial on stdio). Returns owned. */
char *boot_command(const struct boot_params *p);

#endif
