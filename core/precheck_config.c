/* precheck_config: what the kernel's configuration and the command line mean for an initramfs and a console. */
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/precheck_int.h"

bool precheck_config_is(const char *text, const char *name)
{
	char *key = xasprintf("CONFIG_%s=y", name);
	const size_t n = strlen(key);
	bool found = false;
	for (const char *at = strstr(text, key); at != NULL && !found; at = strstr(at + n, key))
		found = (at == text || at[-1] == '\n') && (at[n] == '\n' || at[n] == '\r' || at[n] == '\0');
	free(key);
	return found;
}

/* An option without which there is no prompt. */
struct needed {
	const char *name, *id, *why, *line, *fix;
};

static const struct needed always[] = {
	{"BLK_DEV_INITRD", "config-initrd", N_("the kernel cannot unpack an initramfs"),
		"Kernel panic - not syncing: No working init found.", "config --set BLK_DEV_INITRD=y"},
	{"BINFMT_ELF", "config-elf", N_("the kernel cannot run ELF programs, /init included"),
		"Failed to execute /init (error -8)", "config --set BINFMT_ELF=y"},
	{"64BIT", "config-64bit", N_("a 32-bit kernel cannot run 64-bit programs"),
		"Failed to execute /init (error -8)", "config --set 64BIT=y"},
	{"TTY", "config-tty", N_("there are no terminals: the shell can neither read nor write"),
		"Warning: unable to open an initial console.", "config --set TTY=y"},
};
static const struct needed on_serial[] = {
	{"SERIAL_8250", "config-console",
		N_("there is no driver for the serial port, and the chosen face is the serial line: "
		   "nothing at all would be seen there"),
		NULL, "config --set SERIAL_8250=y --set SERIAL_8250_CONSOLE=y"},
	{"SERIAL_8250_CONSOLE", "config-console",
		N_("the serial port cannot be the console, and the chosen face is the serial "
		   "line: nothing at all would be seen there"),
		NULL, "config --set SERIAL_8250_CONSOLE=y"},
};
static const struct needed on_vga[] = {
	{"VT", "config-console", N_("there are no virtual terminals, and the chosen face is the text screen"), NULL,
		"config --set VT=y"},
	{"VT_CONSOLE", "config-console", N_("the text screen cannot be the console"), NULL,
		"config --set VT_CONSOLE=y"},
	{"VGA_CONSOLE", "config-console", N_("there is no driver for the text screen"), NULL,
		"config --set VGA_CONSOLE=y"},
};

static void check_needed(struct precheck *c, const char *text, const struct needed *row, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (precheck_config_is(text, row[i].name))
			continue;
		struct precheck_finding *f =
			precheck_add(c, PRE_STOP, row[i].id, _("%s is not set: %s"), row[i].name, _(row[i].why));
		char *next = xasprintf(_("kiln %s, then build"), row[i].fix);
		precheck_more(f, row[i].line, next, row[i].fix);
		free(next);
		return; /* the rest of a list follows from its first */
	}
}

/* Does the command line name this console, or none at all? The last console= gets the shell. */
static bool console_is(const char *cmdline, const char *device, bool if_none)
{
	const char *last = NULL;
	for (const char *at = strstr(cmdline, "console="); at != NULL; at = strstr(at + 8, "console="))
		if (at == cmdline || at[-1] == ' ')
			last = at + 8;
	if (last == NULL)
		return if_none;
	const size_t n = strlen(device);
	return strncmp(last, device, n) == 0 && strchr(", ", last[n]) != NULL;
}

static void check_cmdline(struct precheck *c, const struct precheck_params *p, bool serial)
{
	if (p->cmdline == NULL ||
		(serial ? console_is(p->cmdline, "ttyS0", false) : console_is(p->cmdline, "tty0", true)))
		return;
	struct precheck_finding *f = precheck_add(c, PRE_STOP, "cmdline-console",
		_("the kernel command line does not send the console to the %s"),
		serial ? "serial line" : "text screen");
	precheck_more(f, NULL,
		serial ? _("add console=ttyS0 as the last console=") : _("add console=tty0, or no console= at all"),
		NULL);
}

void precheck_config(struct precheck *c, const struct precheck_params *p)
{
	struct err ignored = {0};
	const bool serial = p->face == NULL || strcmp(p->face, "serial") == 0;
	char *text = p->config != NULL ? fs_read(p->config, NULL, &ignored) : NULL;
	const size_t before = c->n;
	if (text != NULL) {
		for (size_t i = 0; i < ARRAY_LEN(always); i++)
			check_needed(c, text, &always[i], 1);
		check_needed(c, text, serial ? on_serial : on_vga, serial ? ARRAY_LEN(on_serial) : ARRAY_LEN(on_vga));
		if (!precheck_config_is(text, "PRINTK"))
			precheck_more(precheck_add(c, PRE_NOTE, "config-printk",
					      "PRINTK is not set: the kernel says nothing, not even why it panics"),
				NULL, "kiln config --set PRINTK=y, then build", "config --set PRINTK=y");
	}
	if (p->face != NULL)
		check_cmdline(c, p, serial);
	if (text != NULL && precheck_calm(c, before))
		precheck_add(c, PRE_GOOD, "config", _("the kernel has what an initramfs and the %s need"),
			serial ? "serial console" : "text screen");
	err_done(&ignored);
	free(text);
}
