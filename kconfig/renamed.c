/* renamed: see renamed.h. The table was read from the trees: options that one of Debian 12's kernels (6.1, 6.12) has
 * and the other has not, matched by prompt, help text, type and file, each pair looked at by hand;
 * tests/e2e/30-kconfig.sh checks that every row holds. */
#include "renamed.h"

#include "env.h"
#include "session.h"
#include "wire.h"

#define VANISHED_TOLD 12

static const struct {
	const char *older, *newer;
} row[] = {
	{"CPU_IBPB_ENTRY", "MITIGATION_IBPB_ENTRY"},
	{"CPU_IBRS_ENTRY", "MITIGATION_IBRS_ENTRY"},
	{"CPU_SRSO", "MITIGATION_SRSO"},
	{"CPU_UNRET_ENTRY", "MITIGATION_UNRET_ENTRY"},
	{"DEBUG_INFO_COMPRESSED", "DEBUG_INFO_COMPRESSED_ZLIB"},
	{"DEBUG_KMEMLEAK_TEST", "SAMPLE_KMEMLEAK"},
	{"DMA_PERNUMA_CMA", "DMA_NUMA_CMA"},
	{"DRM_DP_AUX_CHARDEV", "DRM_DISPLAY_DP_AUX_CHARDEV"},
	{"DRM_DP_CEC", "DRM_DISPLAY_DP_AUX_CEC"},
	{"HABANA_AI", "DRM_ACCEL_HABANALABS"},
	{"MFD_INTEL_M10_BMC", "MFD_INTEL_M10_BMC_SPI"},
	{"MFD_RK808", "MFD_RK8XX_I2C"},
	{"MLX5_EN_MACSEC", "MLX5_MACSEC"},
	{"PAGE_TABLE_ISOLATION", "MITIGATION_PAGE_TABLE_ISOLATION"},
	{"PARIDE", "PATA_PARPORT"},
	{"PARIDE_ATEN", "PATA_PARPORT_ATEN"},
	{"PARIDE_BPCK", "PATA_PARPORT_BPCK"},
	{"PARIDE_BPCK6", "PATA_PARPORT_BPCK6"},
	{"PARIDE_COMM", "PATA_PARPORT_COMM"},
	{"PARIDE_DSTR", "PATA_PARPORT_DSTR"},
	{"PARIDE_EPAT", "PATA_PARPORT_EPAT"},
	{"PARIDE_EPATC8", "PATA_PARPORT_EPATC8"},
	{"PARIDE_EPIA", "PATA_PARPORT_EPIA"},
	{"PARIDE_FIT2", "PATA_PARPORT_FIT2"},
	{"PARIDE_FIT3", "PATA_PARPORT_FIT3"},
	{"PARIDE_FRIQ", "PATA_PARPORT_FRIQ"},
	{"PARIDE_FRPW", "PATA_PARPORT_FRPW"},
	{"PARIDE_KBIC", "PATA_PARPORT_KBIC"},
	{"PARIDE_KTTI", "PATA_PARPORT_KTTI"},
	{"PARIDE_ON20", "PATA_PARPORT_ON20"},
	{"PARIDE_ON26", "PATA_PARPORT_ON26"},
	{"REGULATOR_MAX597X", "REGULATOR_MAX5970"},
	{"RETHUNK", "MITIGATION_RETHUNK"},
	{"RETPOLINE", "MITIGATION_RETPOLINE"},
	{"SCHED_THERMAL_PRESSURE", "SCHED_HW_PRESSURE"},
	{"SERIAL_EARLYCON_ARM_SEMIHOST", "SERIAL_EARLYCON_SEMIHOST"},
	{"SLS", "MITIGATION_SLS"},
	{"TEST_SIPHASH", "SIPHASH_KUNIT_TEST"},
	{"USB_ONBOARD_HUB", "USB_ONBOARD_DEV"},
	{"YOGABOOK_WMI", "YOGABOOK"},
};

/* What this tree calls an option that it does not have by this name. NULL: it does not have it at all. */
static const char *name_here(const char *name)
{
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		const char *other = strcmp(name, row[i].older) == 0   ? row[i].newer
				    : strcmp(name, row[i].newer) == 0 ? row[i].older
								      : NULL;
		if (other != NULL && session_find(other) != NULL)
			return other;
	}
	return NULL;
}

/* "# Linux/x86 6.1.2 Kernel Configuration" in the head of the file. */
static void find_version(const char *text, size_t n, char *version, size_t size)
{
	char head[512];
	snprintf(head, sizeof(head), "%.*s", (int)(n < sizeof(head) ? n : sizeof(head) - 1), text);
	const char *at = strstr(head, "# Linux/");
	at = at != NULL ? strchr(at + 2, ' ') : NULL;
	snprintf(version, size, "%.*s", at != NULL ? (int)strcspn(at + 1, " \n") : 0, at != NULL ? at + 1 : "");
}

static bool speaks_of(const char *text, size_t n, const char *name)
{
	size_t len = strlen(KCP_NAME) + strlen(name);
	char *key;
	if (asprintf(&key, KCP_NAME "%s", name) < 0)
		abort();
	const char *at = text;
	while ((at = memmem(at, n - (size_t)(at - text), key, len)) != NULL) {
		char next = at + len < text + n ? at[len] : '\0';
		if (next == '=' || next == ' ')
			break;
		at += len;
	}
	free(key);
	return at != NULL;
}

static void tell_renamed(const char *file, unsigned line, const char *name, const char *here)
{
	wire_begin(KCP_MSG);
	wire_u8(KCP_WARNING);
	wire_str(file);
	wire_u32(line);
	wire_strf("%s is called %s in this kernel: taken over as that", name, here);
	wire_end();
}

/* Copy one line, with this kernel's name for its option. */
static void copy_line(struct foreign *f, const char *file, unsigned number, const char *line, size_t len, size_t n_all)
{
	size_t n_name;
	const char *at = session_line_option(line, len, &n_name);
	char *name = at != NULL ? strndup(at, n_name) : NULL;
	bool known = name == NULL || session_find(name) != NULL;
	const char *here = known ? NULL : name_here(name);
	if (here != NULL && !speaks_of(f->all, n_all, here)) {
		text_add(&f->text, line, (size_t)(at - line));
		text_add(&f->text, here, strlen(here));
		text_add(&f->text, at + n_name, len - (size_t)(at - line) - n_name);
		tell_renamed(file, number, name, here);
	} else {
		text_add(&f->text, line, len);
		if (!known && line[0] != '#') {
			if (f->n_vanished++ < VANISHED_TOLD)
				text_addf(&f->vanished, "%s%s", f->vanished.n > 0 ? ", " : "", name);
		}
	}
	free(name);
}

void foreign_take(struct foreign *f, const char *file, const char *text, size_t n)
{
	memset(f, 0, sizeof(*f));
	f->all = text;
	find_version(text, n, f->version, sizeof(f->version));
	unsigned number = 1;
	for (size_t at = 0; at < n; number++) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end != NULL ? (size_t)(end - text) - at : n - at;
		copy_line(f, file, number, text + at, len, n);
		if (end != NULL)
			text_add(&f->text, "\n", 1);
		at += len + 1;
	}
	if (f->text.p == NULL)
		text_add(&f->text, "", 0);
}

void foreign_tell(const struct foreign *f)
{
	bool other = f->version[0] != '\0' && strcmp(f->version, env_version()) != 0;
	if (f->n_vanished == 0)
		return;
	wire_begin(KCP_MSG);
	wire_u8(KCP_WARNING);
	wire_str("");
	wire_u32(0);
	wire_strf("%s%s%s%u option%s of it %s not in this kernel (%s): %s%s",
		other ? "the configuration is of Linux " : "", other ? f->version : "", other ? "; " : "",
		f->n_vanished, f->n_vanished == 1 ? "" : "s", f->n_vanished == 1 ? "is" : "are", env_version(),
		f->vanished.p, f->n_vanished > VANISHED_TOLD ? ", …" : "");
	wire_end();
}

void foreign_done(struct foreign *f)
{
	text_done(&f->text);
	text_done(&f->vanished);
}
