/* stage_iso: bootable images are not built by this version; the stage is in the row and says so. */
#include "core/pipeline.h"

static int inputs(struct pipeline *p, struct inputs *in, struct err *e)
{
	(void)p;
	(void)in;
	return err_set(e, ERR_USAGE, "this version of kiln does not build ISO images yet");
}

static int start(struct pipeline *p, const struct op_cb *cb, struct err *e)
{
	(void)cb;
	return inputs(p, NULL, e);
}

const struct stage_ops stage_iso_ops = {
	.name = "iso",
	.help = "write a bootable ISO image (not in this version)",
	.needs = 1u << STAGE_KERNEL | 1u << STAGE_INITRAMFS,
	.inputs = inputs,
	.start = start,
};
