/* iso: writes a bootable ISO 9660 image by libarchive: the kernel and the initramfs with ISOLINUX as El Torito loader,
 * no root and no genisoimage needed. The same image is a hybrid: with ISOLINUX's own MBR code it boots from a USB stick
 * or disk too (layout: syslinux doc/isolinux.txt and the isohybrid tool), and with an EFI system partition (esp.h)
 * under UEFI. Deterministic: same inputs, same bytes. Invariant: the output is replaced only by a whole image. */
#ifndef KILN_ISO_H
#define KILN_ISO_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/record.h"

struct iso_params {
	const char *kernel, *initramfs; /* bzImage and archive */
	const char *cmdline;            /* kernel command line without initrd= */
	const char *label;              /* volume label: at most 32 of A-Z 0-9 _ */
	long timeout;                   /* seconds that the loader's prompt waits; 0: boots at once */
	bool serial;                    /* the loader talks on the serial port too */
	const char *extra;              /* folder whose contents are put on the image, or NULL; names in UTF-8 */
	const char *esp;                /* FAT image that becomes the EFI boot entry, or NULL */
	const char *out;
};

struct iso_result {
	int64_t size;
	int64_t loader; /* bytes of ISOLINUX's files in it */
};

/* Write it (some ms). Borrows everything. */
int iso_write(const struct iso_params *p, struct iso_result *r, struct err *e);
/* Fingerprint what the image depends on. */
int iso_inputs(const struct iso_params *p, struct inputs *in, struct err *e);
/* A file of the distribution's ISOLINUX ("isolinux.bin", "ldlinux.c32", "isohdpfx.bin"): returns owned path, or NULL
 * with *e naming the package. */
char *iso_loader_file(const char *name, struct err *e);

#endif
