/* initramfs_plan: the parameters of the initramfs (initramfs.h) as a lab's settings and folders give them. Used by the
 * pipeline's stage and by the commands that show and change what goes in. Owns the strings that the parameters borrow.
 */
#ifndef KILN_INITRAMFS_PLAN_H
#define KILN_INITRAMFS_PLAN_H

#include "core/initramfs.h"
#include "core/lab.h"
#include "core/str.h"

struct initramfs_plan {
	struct initramfs_params params;
	struct strv extra;
	char *init, *rootfs, *config, *out;
};

void initramfs_plan_init(struct initramfs_plan *plan, const struct lab *lab);
/* Leave out what is not built yet, so that the rest can be shown. */
void initramfs_plan_present(struct initramfs_plan *plan);
void initramfs_plan_done(struct initramfs_plan *plan);

#endif
