/* vmargs: see vmargs.h. The only place that knows QEMU's options. */
#include "core/vmargs.h"

#include <string.h>

/* The terminal library of the VGA face drops privileges it does not have when it starts (ncurses 6.5: setfsuid), which
 * elevateprivileges=deny answers by killing QEMU. */
#define SANDBOX_VGA "on,obsolete=deny,spawn=deny,resourcecontrol=deny"
#define SANDBOX     SANDBOX_VGA ",elevateprivileges=deny"

static void add(struct strv *argv, const char *option, const char *value)
{
	strv_add(argv, option);
	if (value != NULL)
		strv_add(argv, value);
}

/* -drive with a file name: QEMU wants commas in it doubled. */
static void add_drive(struct strv *argv, const char *settings, const char *file)
{
	struct buf b = {0};
	buf_addf(&b, "%s,format=raw,file=", settings);
	for (; *file != '\0'; file++)
		buf_adds(&b, *file == ',' ? ",," : (char[]){*file, '\0'});
	add(argv, "-drive", b.p);
	buf_done(&b);
}

/* A stick is written to only in a throw-away overlay, as is a disk: a run never changes the image that was built. */
static void add_media(struct strv *argv, const struct vm_params *p)
{
	if (p->bios != NULL)
		add(argv, "-bios", p->bios);
	if (p->cdrom != NULL) {
		add_drive(argv, "if=ide,media=cdrom,readonly=on", p->cdrom);
		add(argv, "-boot", "d");
	}
	if (p->disk != NULL)
		add_drive(argv, "if=ide,media=disk,snapshot=on", p->disk);
	if (p->usb != NULL) {
		add(argv, "-device", "qemu-xhci");
		add_drive(argv, "if=none,id=stick,snapshot=on", p->usb);
		add(argv, "-device", "usb-storage,drive=stick,bootindex=0");
	}
}

static void add_kernel(struct strv *argv, const struct vm_params *p)
{
	if (p->kernel == NULL)
		return;
	add(argv, "-kernel", p->kernel);
	if (p->initramfs != NULL)
		add(argv, "-initrd", p->initramfs);
	if (p->cmdline != NULL)
		add(argv, "-append", p->cmdline);
}

static void add_machine(struct strv *argv, const struct vm_params *p)
{
	if (p->kvm)
		add(argv, "-accel", "kvm");
	if (p->kvm)
		add(argv, "-cpu", "host");
	strv_add(argv, "-m");
	strv_addf(argv, "%ld", p->memory > 0 ? p->memory : 128);
	strv_add(argv, "-no-reboot");
}

static void add_extra(struct strv *argv, const struct vm_params *p)
{
	if (p->extra != NULL)
		strv_addv(argv, (const char *const *)p->extra);
}

void vmargs_make(struct strv *argv, const struct vm_params *p)
{
	static const char *const fixed[] = {"qemu-system-x86_64", "-nodefaults", "-no-user-config", "-nic", "none",
		"-chardev", "socket,id=serial,fd=3", "-serial", "chardev:serial", "-chardev", "socket,id=monitor,fd=4",
		"-mon", "chardev=monitor,mode=control", NULL};
	strv_addv(argv, fixed);
	add(argv, "-sandbox", p->face == VM_VGA ? SANDBOX_VGA : SANDBOX);
	add_machine(argv, p);
	if (!p->kvm)
		add(argv, "-accel", "tcg");
	if (p->face == VM_VGA)
		add(argv, "-vga", "std");
	add(argv, "-display", p->face == VM_VGA ? "curses" : "none");
	if (p->paused)
		strv_add(argv, "-S");
	add_media(argv, p);
	add_kernel(argv, p);
	add_extra(argv, p);
}

void vmargs_drop_sandbox(struct strv *argv)
{
	for (size_t i = 0; i + 1 < argv->n; i++) {
		if (strcmp(argv->v[i], "-sandbox") != 0)
			continue;
		strv_remove(argv, i);
		strv_remove(argv, i);
		return;
	}
}

void vmargs_typed(struct strv *argv, const struct vm_params *p)
{
	strv_add(argv, "qemu-system-x86_64");
	add_machine(argv, p);
	if (p->face == VM_VGA)
		add(argv, "-display", "curses");
	else
		strv_add(argv, "-nographic");
	add_media(argv, p);
	add_kernel(argv, p);
	add_extra(argv, p);
}
