/* initramfs: writes the newc cpio archive (kernel: Documentation/driver-api/early-userspace/buffer-format.rst) by
 * libarchive: /init, /dev/console, the companions, the lab's rootfs/ and its manifest. Deterministic: same inputs, same
 * bytes; owners 0:0, times 0, sorted. No root needed. Invariant: the output is replaced only by a whole archive. */
#ifndef KILN_INITRAMFS_H
#define KILN_INITRAMFS_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/record.h"

struct initramfs_params {
	const char *init;         /* the program that becomes /init, mode 0755 */
	const char *const *extra; /* host paths of companions; each goes to /bin/BASENAME */
	size_t n_extra;
	const char *rootfs;      /* folder overlaid on the root, or NULL; its file `manifest` gives modes and nodes */
	const char *compression; /* none, gzip, xz, zstd, lzma, bzip2: only what the kernel's decompressors take */
	const char *config;      /* kernel .config to check the matching CONFIG_RD_* in; NULL: no check */
	const char *out;
};

struct initramfs_result {
	int64_t size;     /* bytes of the file written */
	int64_t unpacked; /* bytes before compression */
	size_t entries;
};

/* Write it (some ms; up to a second with xz and a big userland). Borrows everything. */
int initramfs_write(const struct initramfs_params *p, struct initramfs_result *r, struct err *e);
/* Fingerprint what the archive depends on. */
int initramfs_inputs(const struct initramfs_params *p, struct inputs *in, struct err *e);

#endif
