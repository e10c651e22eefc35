/* esp: makes an EFI system partition image whose EFI/BOOT/BOOTX64.EFI boots our kernel under UEFI: a unified kernel
 * image (systemd's boot stub with the kernel, the initramfs and the command line as PE sections: uapi-group.org
 * specification "Unified Kernel Image"), put into a FAT file system by mtools. Needs no root. Deterministic. The kernel
 * must have EFI_STUB. Invariant: the output is replaced only by a whole image. */
#ifndef KILN_ESP_H
#define KILN_ESP_H

#include <uv.h>

#include "core/err.h"
#include "core/op.h"
#include "core/record.h"

struct esp_params {
	const char *kernel, *initramfs, *cmdline;
	const char *config; /* .config of the kernel: checked for EFI_STUB; NULL: no check */
	const char *work;   /* folder for intermediate files; made if absent */
	const char *out;
};

struct esp; /* opaque */
/* Borrows params during the call only. */
struct esp *esp_start(uv_loop_t *loop, const struct esp_params *p, const struct op_cb *cb, struct err *e);
void esp_cancel(struct esp *s);
/* 0 if everything is there that it needs (mtools, objcopy, systemd's stub, EFI_STUB in the kernel), else -1 with the
 * next step in *e. */
int esp_check(const char *config, struct err *e);
/* Fingerprint of the boot stub. */
int esp_inputs(struct inputs *in, struct err *e);

#endif
