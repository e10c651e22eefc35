/* opt: see opt.h. The only place that knows which options there are. */
#include "core/opt.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"

static const struct opt_row rows[] = {
	{OPT_KERNEL_SOURCE, "kernel.source", OPT_TEXT, "", 0, 0, NULL, "",
		N_("Kernel tree (folder) or tarball. Empty: $KILN_KERNEL, else the newest linux-source tarball in "
		   "/usr/src.")},
	{OPT_KERNEL_PRESET, "kernel.preset", OPT_TEXT, "serial", 0, 0, NULL, "",
		N_("Options put on top of tinyconfig: a preset's name (article, serial) or the path of a fragment "
		   "file.")},
	{OPT_KERNEL_JOBS, "kernel.jobs", OPT_INT, "0", 0, 1024, NULL, "",
		N_("Parallel jobs of the kernel build. 0: one for each processor.")},
	{OPT_KERNEL_CCACHE, "kernel.ccache", OPT_ENUM, "auto", 0, 0, "auto|yes|no", "",
		N_("Compile the kernel through ccache. auto: if it is installed.")},
	{OPT_KERNEL_CACHE, "kernel.cache", OPT_BOOL, "yes", 0, 0, NULL, "",
		N_("Keep each kernel that was built, and take it again when source, configuration and compiler are the "
		   "same.")},
	{OPT_INIT_VARIANT, "init.variant", OPT_NAME, "c-libc", 0, 0, NULL, "",
		N_("Which folder of init/ becomes /init.")},
	{OPT_INIT_CC, "init.cc", OPT_ENUM, "gcc", 0, 0, "gcc|clang", "",
		N_("Compiler of the init and its companions.")},
	{OPT_INITRAMFS_COMPANIONS, "initramfs.companions", OPT_LIST, "hello ls cat uname reboot", 0, 0, NULL, "",
		N_("Small programs put in /bin of the initramfs, from init/companions, separated by blanks.")},
	{OPT_INITRAMFS_COMPRESSION, "initramfs.compression", OPT_ENUM, "none", 0, 0, "none|gzip|xz|zstd|lzma|bzip2", "",
		N_("Compression of the initramfs; the kernel needs the matching RD_ option.")},
	{OPT_ISO_MODE, "iso.mode", OPT_ENUM, "native", 0, 0, "native|kernel", "",
		N_("How the ISO image is made. native: by kiln itself with ISOLINUX (CD and USB stick, small, no "
		   "root). "
		   "kernel: by "
		   "the kernel tree's own `make isoimage`, as the article does.")},
	{OPT_ISO_UEFI, "iso.uefi", OPT_BOOL, "no", 0, 0, NULL, "",
		N_("Make the ISO image boot under UEFI firmware too (native only); the kernel needs EFI_STUB.")},
	{OPT_ISO_LABEL, "iso.label", OPT_TEXT, "KILN", 0, 0, NULL, "",
		N_("Volume label of the ISO image: at most 32 of A-Z 0-9 _.")},
	{OPT_ISO_TIMEOUT, "iso.timeout", OPT_INT, "0", 0, 3600, NULL, "s",
		N_("How long the image's boot prompt waits for a key. 0: it boots at once.")},
	{OPT_BOOT_FACE, "boot.face", OPT_ENUM, "auto", 0, 0, "auto|serial|vga", "",
		N_("The console to watch. auto: the serial port if the kernel has a console on it, else the VGA text "
		   "screen.")},
	{OPT_BOOT_CMDLINE, "boot.cmdline", OPT_TEXT, "panic=-1 reboot=t", 0, 0, NULL, "",
		N_("Kernel command line; console= is added for the face. panic=-1 makes a panic end the machine at "
		   "once.")},
	{OPT_BOOT_MEMORY, "boot.memory", OPT_INT, "128", 8, 65536, NULL, "MiB", N_("Memory of the guest.")},
	{OPT_BOOT_ACCEL, "boot.accel", OPT_ENUM, "auto", 0, 0, "auto|tcg|kvm", "",
		N_("QEMU accelerator. auto: KVM if a real guest ran under it (see kiln doctor), else TCG.")},
	{OPT_BOOT_TIMEOUT, "boot.timeout", OPT_INT, "60", 1, 86400, NULL, "s",
		N_("How long a headless run may take, from the start of QEMU to the last expected text.")},
	{OPT_SCREEN_THEME, "screen.theme", OPT_TEXT, "default-dark", 0, 0, NULL, "",
		N_("How the screen looks: a theme's name (`kiln help themes`) or the path of one. KILN_THEME comes "
		   "first.")},
	{OPT_SCREEN_CLIPBOARD, "screen.clipboard", OPT_BOOL, "yes", 0, 0, NULL, "",
		N_("May copied text go to the terminal's clipboard (OSC 52)?")},
};

const struct opt_row *opt_rows(size_t *n)
{
	*n = ARRAY_LEN(rows);
	return rows;
}

const struct opt_row *opt_find(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].key, key) == 0)
			return &rows[i];
	return NULL;
}

const struct opt_row *opt_nearest(const char *key)
{
	const struct opt_row *best = NULL;
	int least = 6;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int d = str_distance(key, rows[i].key);
		if (d < least) {
			least = d;
			best = &rows[i];
		}
	}
	return best;
}

static bool is_choice(const char *choices, const char *value)
{
	size_t n = strlen(value);
	for (const char *c = choices; c != NULL && *c != '\0';) {
		size_t len = strcspn(c, "|");
		if (len == n && strncmp(c, value, n) == 0)
			return true;
		c += len + (c[len] == '|');
	}
	return false;
}

static bool is_int(const struct opt_row *row, const char *value)
{
	char *end;
	errno = 0;
	long n = strtol(value, &end, 10);
	return errno == 0 && end != value && *end == '\0' && n >= row->min && n <= row->max;
}

/* A name is one path component: letters, digits, - _ . and not beginning with a dot. */
static bool is_name(const char *s, size_t n)
{
	if (n == 0 || n > 64 || s[0] == '.')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && strchr("-_.", s[i]) == NULL)
			return false;
	return true;
}

static bool is_list(const char *s)
{
	for (s += strspn(s, " \t"); *s != '\0'; s += strspn(s, " \t")) {
		size_t n = strcspn(s, " \t");
		if (!is_name(s, n))
			return false;
		s += n;
	}
	return true;
}

static bool is_text(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

int opt_check(const struct opt_row *row, const char *value, char **why)
{
	bool ok = false;
	*why = NULL;
	switch (row->type) {
	case OPT_BOOL:
		ok = is_choice("yes|no", value);
		*why = ok ? NULL : xstrdup(_("must be yes or no"));
		break;
	case OPT_INT:
		ok = is_int(row, value);
		*why = ok ? NULL : xasprintf(_("must be a whole number from %ld to %ld"), row->min, row->max);
		break;
	case OPT_ENUM:
		ok = is_choice(row->choices, value);
		*why = ok ? NULL : xasprintf(_("must be one of %s"), row->choices);
		break;
	case OPT_TEXT:
		ok = is_text(value);
		*why = ok ? NULL : xstrdup(_("must not hold control characters"));
		break;
	case OPT_NAME:
		ok = is_name(value, strlen(value));
		*why = ok ? NULL : xstrdup(_("must be a plain name (letters, digits, - _ .)"));
		break;
	case OPT_LIST:
		ok = is_list(value);
		*why = ok ? NULL : xstrdup(_("must be plain names separated by blanks"));
		break;
	}
	return ok ? 0 : -1;
}

void optset_init(struct optset *s)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert(rows[i].id == (enum opt_id)i);
		s->value[i] = xstrdup(rows[i].def);
	}
}

void optset_set(struct optset *s, enum opt_id id, const char *value)
{
	char *copy = xstrdup(value);
	free(s->value[id]);
	s->value[id] = copy;
	s->given[id] = true;
}

int opt_override(struct optset *s, const char *assignment, struct err *e)
{
	const char *eq = strchr(assignment, '=');
	char *key = xstrndup(assignment, eq != NULL ? (size_t)(eq - assignment) : strlen(assignment)), *why = NULL;
	const struct opt_row *row = opt_find(key), *near = opt_nearest(key);
	int r = 0;
	if (row == NULL || eq == NULL) {
		r = err_set(e, ERR_USAGE, row == NULL ? _("there is no setting `%s`") : _("`%s` needs =VALUE"), key);
		if (row == NULL && near != NULL)
			err_hint(e, _("did you mean `%s`?"), near->key);
		err_hint(e, _("`kiln help settings` lists them all"));
	} else if (opt_check(row, eq + 1, &why) < 0) {
		r = err_set(e, ERR_USAGE, "%s: %s", key, why);
	} else {
		optset_set(s, row->id, eq + 1);
	}
	free(why);
	free(key);
	return r;
}

const char *optset_text(const struct optset *s, enum opt_id id)
{
	return s->value[id];
}

long optset_int(const struct optset *s, enum opt_id id)
{
	assert(rows[id].type == OPT_INT);
	return strtol(s->value[id], NULL, 10);
}

void optset_done(struct optset *s)
{
	for (size_t i = 0; i < OPT_N; i++)
		free(s->value[i]);
	memset(s, 0, sizeof(*s));
}
