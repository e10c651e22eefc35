/* stage_source: the pipeline's first stage: a kernel tree to build from (source.h). Its result lies in the cache or is
 * a folder of the user's, so it leaves nothing in the lab. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/pipeline.h"
#include "core/str.h"

static int inputs(struct pipeline *p, struct inputs *in, struct err *e)
{
	source_done(&p->source);
	memset(&p->source, 0, sizeof(p->source));
	if (source_find(&p->source, optset_text(&p->lab->opts, OPT_KERNEL_SOURCE), e) < 0)
		return -1;
	inputs_add(in, N_("kernel source"), p->source.origin);
	inputs_add(in, N_("kernel source contents"), p->source.id);
	inputs_add(in, N_("unpacked tree"), p->source.tree != NULL ? p->source.tree : "none");
	return 0;
}

static int start(struct pipeline *p, const struct op_cb *cb, struct err *e)
{
	p->handle = source_unpack(p->loop, &p->source, cb, e);
	return p->handle != NULL ? 0 : -1;
}

static void cancel(struct pipeline *p)
{
	source_cancel(p->handle);
}

static int finish(struct pipeline *p, struct err *e)
{
	(void)e;
	record_set_text(&p->rec, "source", "version", p->source.version);
	record_set_text(&p->rec, "source", "tree", p->source.tree);
	return 0;
}

const struct stage_ops stage_source_ops = {
	.name = "source",
	.help = N_("find the kernel's source and unpack what an x86 build needs"),
	.lasting = true,
	.settles = true,
	.inputs = inputs,
	.start = start,
	.cancel = cancel,
	.finish = finish,
};
