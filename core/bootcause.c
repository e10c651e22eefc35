/* bootcause: see bootcause.h. The signatures are strings of Linux 6.x (init/main.c, init/initramfs.c, kernel/exit.c,
 * fs/binfmt*), of SeaBIOS and of isolinux. */
#include "core/bootcause.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"

/* The first word. */
static void first_word(const char *rest, char *out, size_t n)
{
	rest += strspn(rest, " ");
	size_t len = strcspn(rest, " \t\r\n");
	snprintf(out, n, "%.*s", (int)(len < n ? len : n - 1), rest);
}

/* exitcode=0x…: a wait status: low 7 bits a signal, next byte the exit status. */
static void exit_code(const char *rest, char *out, size_t n)
{
	static const struct {
		unsigned sig;
		const char *name;
	} name[] = {{4, N_("an illegal instruction")}, {6, N_("abort()")}, {7, N_("a bus error")},
		{8, N_("a division by zero")}, {9, N_("SIGKILL")}, {11, N_("a segmentation fault")},
		{31, N_("a forbidden system call")}};
	unsigned code = (unsigned)strtoul(rest, NULL, 16), sig = code & 0x7F;
	if (sig == 0) {
		snprintf(out, n, _("/init returned with exit status %u"), code >> 8 & 0xFF);
		return;
	}
	snprintf(out, n, _("/init was ended by signal %u"), sig);
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		if (name[i].sig == sig)
			snprintf(out, n, _("/init was ended by %s (signal %u)"), _(name[i].name), sig);
}

/* `mark` is in the line; `also` too, unless NULL. cause may hold one %s: what `detail` makes of what follows the mark.
 */
static const struct signature {
	const char *mark, *also;
	void (*detail)(const char *rest, char *out, size_t n);
	const char *cause, *hint;
} signature[] = {
	{"incorrect cpio method used", NULL, NULL, N_("the initramfs is a cpio archive of another format than newc"),
		N_("make it with `cpio -H newc` or with kiln build initramfs")},
	{"compression method ", "not configured", first_word,
		N_("the initramfs is compressed with %s, which this kernel cannot unpack"),
		N_("set initramfs.compression = none, or enable the kernel's RD_ option for it")},
	{"Initramfs unpacking failed", "invalid magic at start of compressed archive", NULL,
		N_("the initramfs is neither a newc archive nor compressed in a way the kernel knows"),
		N_("kiln build --force initramfs")},
	{"Initramfs unpacking failed", "write error", NULL, N_("the guest's memory is too small for the initramfs"),
		N_("give it more: -o boot.memory=256")},
	{"Initramfs unpacking failed", NULL, NULL, N_("the kernel could not unpack the initramfs"),
		N_("kiln build --force initramfs")},
	{"Failed to execute /init (error -2)", NULL, NULL,
		N_("/init is there, but the loader or interpreter it names is not in the initramfs (a dynamic program, "
		   "or "
		   "a #! line)"),
		N_("link init statically (gcc -static), or put what it names into rootfs/")},
	{"Failed to execute /init (error -13)", NULL, NULL,
		N_("/init is not executable (mode without x), or is a folder"),
		N_("chmod +x it; rootfs/manifest can set modes")},
	{"Failed to execute /init (error -8)", NULL, NULL,
		N_("/init is nothing this kernel can execute: a script without BINFMT_SCRIPT, a malformed ELF file, or "
		   "one of another class"),
		N_("look at it with `file out/init`; a 64-bit kernel of tinyconfig runs 64-bit ELF only")},
	{"Failed to execute /init (error ", NULL, first_word, N_("the kernel could not execute /init (error %s"),
		N_("the number is an errno: `errno` or man 3 errno names it")},
	{"Requested init ", "failed (error", first_word, N_("the program that init= names, %s, could not be executed"),
		N_("with an initramfs it is rdinit= that names it; without either it is /init")},
	{"unable to open an initial console", NULL, NULL,
		N_("there is no /dev/console in the initramfs: init runs without its output"),
		N_("add `nod /dev/console` to rootfs/manifest (kiln's own archive has it)")},
	{"Attempted to kill init! exitcode=", NULL, exit_code, N_("%s; PID 1 must never end"),
		N_("keep init in a loop, or call reboot() in it to end the machine")},
	{"Kernel panic - not syncing: No working init found", NULL, NULL,
		N_("no initramfs was given, or there is no /init in it"),
		N_("kiln build initramfs; list it with `cpio -tv < out/initramfs.cpio`")},
	{"VFS: Unable to mount root fs", NULL, NULL,
		N_("the kernel found no /init in an initramfs and no disk to mount: BLK_DEV_INITRD is off, or the "
		   "archive "
		   "was not given"),
		N_("enable BLK_DEV_INITRD and see that -initrd is on the command line")},
	{"System is deadlocked on memory", NULL, NULL, N_("the guest has too little memory"),
		N_("give it more: -o boot.memory=256")},
	{"Kernel panic - not syncing: Out of memory", NULL, NULL, N_("the guest ran out of memory"),
		N_("give it more: -o boot.memory=256")},
	{"Kernel panic - not syncing: ", NULL, NULL, N_("the kernel gave up"),
		N_("the lines above the panic tell more")},
	{"This kernel requires an x86-64 CPU", NULL, NULL, N_("a 64-bit kernel on a 32-bit CPU"),
		N_("boot it with qemu-system-x86_64")},
	{"Could not find kernel image", NULL, NULL, N_("isolinux found no kernel where isolinux.cfg says it is"),
		N_("kiln build --force iso")},
	{"Failed to load ldlinux.c32", NULL, NULL, N_("ldlinux.c32 is not on the image beside isolinux.bin"),
		N_("kiln build --force iso")},
	{"isolinux.bin missing or corrupt", NULL, NULL, N_("the image's boot information table is wrong"),
		N_("kiln build --force iso")},
	{"No bootable device", NULL, NULL, N_("the firmware found nothing to boot from"),
		N_("kiln build iso, then boot that image")},
	{"launched '", "with NULL argv", NULL,
		N_("a program was started without argv[0] (harmless here, but busybox needs it)"),
		N_("pass an argv with at least the program's name to execve")},
};

bool bootcause_line(struct bootcause *c, const char *line)
{
	int rows = c->rank > 0 ? c->rank - 1 : (int)ARRAY_LEN(signature);
	for (int i = 0; i < rows; i++) {
		const struct signature *s = &signature[i];
		const char *at = strstr(line, s->mark);
		if (at == NULL || (s->also != NULL && strstr(line, s->also) == NULL))
			continue;
		c->rank = i + 1;
		c->detail[0] = '\0';
		if (s->detail != NULL)
			s->detail(at + strlen(s->mark), c->detail, sizeof(c->detail));
		return true;
	}
	return false;
}

char *bootcause_text(const struct bootcause *c)
{
	if (c->rank == 0)
		return NULL;
	const char *cause = _(signature[c->rank - 1].cause), *hole = strstr(cause, "%s");
	if (hole == NULL)
		return xstrdup(cause);
	return xasprintf("%.*s%s%s", (int)(hole - cause), cause, c->detail, hole + 2);
}

char *bootcause_hint(const struct bootcause *c)
{
	return c->rank > 0 ? xstrdup(_(signature[c->rank - 1].hint)) : NULL;
}

const char *bootcause_panic(const char *line)
{
	const char *at = strstr(line, "Kernel panic - not syncing");
	return at != NULL && strstr(line, "end Kernel panic") == NULL ? at : NULL;
}

const char *bootcause_silence(bool vga)
{
	return vga ? _("the VGA text screen needs TTY, VT and VGA_CONSOLE in the kernel; if it has a serial console: "
		       "--face serial")
		   : _("a kernel without SERIAL_8250_CONSOLE prints nothing on the serial line: try --face vga, or "
		       "kiln "
		       "config --preset serial; also check console=ttyS0 on the command line");
}
