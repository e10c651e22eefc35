/* stage_initramfs: packs out/init, the companions and the lab's rootfs/ into out/initramfs.cpio (initramfs.h). Takes
 * some milliseconds, so it runs in place and reports on the loop's next turn. */
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/initramfs.h"
#include "core/initramfs_plan.h"
#include "core/pipeline.h"
#include "core/str.h"

static int inputs(struct pipeline *p, struct inputs *in, struct err *e)
{
	struct initramfs_plan plan;
	initramfs_plan_init(&plan, p->lab);
	int r = initramfs_inputs(&plan.params, in, e);
	initramfs_plan_done(&plan);
	return r;
}

struct later {
	uv_timer_t timer;
	struct op_cb cb;
};

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

static void on_later(uv_timer_t *timer)
{
	struct later *l = timer->data;
	struct err none = {0};
	struct op_cb cb = l->cb;
	uv_close((uv_handle_t *)timer, on_closed);
	cb.done(cb.ctx, &none);
}

static int start(struct pipeline *p, const struct op_cb *cb, struct err *e)
{
	struct initramfs_plan plan;
	struct initramfs_result result = {0};
	initramfs_plan_init(&plan, p->lab);
	int r = initramfs_write(&plan.params, &result, e);
	initramfs_plan_done(&plan);
	if (r < 0)
		return -1;
	record_set_int(&p->rec, "initramfs", "entries", (int64_t)result.entries);
	record_set_int(&p->rec, "initramfs", "unpacked", result.unpacked);
	struct later *l = xcalloc(1, sizeof(*l));
	l->cb = *cb;
	uv_timer_init(p->loop, &l->timer);
	l->timer.data = l;
	uv_timer_start(&l->timer, on_later, 0, 0);
	return 0;
}

static int finish(struct pipeline *p, struct err *e)
{
	(void)e;
	char *out = pipeline_out(p, "initramfs.cpio");
	record_output(&p->rec, "initramfs", "out/initramfs.cpio", out);
	free(out);
	return 0;
}

const struct stage_ops stage_initramfs_ops = {
	.name = "initramfs",
	.help = N_("pack init, companions and rootfs/ as a newc cpio archive"),
	.needs = 1u << STAGE_CONFIG | 1u << STAGE_INIT,
	.lasting = true,
	.inputs = inputs,
	.start = start,
	.finish = finish,
};
