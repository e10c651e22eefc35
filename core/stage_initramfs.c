/* stage_initramfs: packs out/init, the companions and the lab's rootfs/ into out/initramfs.cpio (initramfs.h). Takes some
 * milliseconds, so it runs in place and reports on the loop's next turn. */
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/initramfs.h"
#include "core/pipeline.h"
#include "core/str.h"

struct plan {
	struct initramfs_params params;
	struct strv extra;
	char *init, *rootfs, *config, *out;
};

static void plan_init(const struct pipeline *p, struct plan *plan)
{
	struct strv name = {0};
	memset(plan, 0, sizeof(*plan));
	strv_split(&name, optset_text(&p->lab->opts, OPT_INITRAMFS_COMPANIONS));
	for (size_t i = 0; i < name.n; i++)
		strv_addf(&plan->extra, "%s/out/companions/%s", p->lab->dir, name.v[i]);
	strv_done(&name);
	plan->init = pipeline_out(p, "init");
	plan->rootfs = lab_path(p->lab, "rootfs");
	plan->config = lab_path(p->lab, "kernel.config");
	plan->out = pipeline_out(p, "initramfs.cpio");
	plan->params = (struct initramfs_params){
		.init = plan->init,
		.extra = (const char *const *)plan->extra.v,
		.n_extra = plan->extra.n,
		.rootfs = fs_is_dir(plan->rootfs) ? plan->rootfs : NULL,
		.compression = optset_text(&p->lab->opts, OPT_INITRAMFS_COMPRESSION),
		.config = plan->config,
		.out = plan->out,
	};
}

static void plan_done(struct plan *plan)
{
	strv_done(&plan->extra);
	free(plan->init);
	free(plan->rootfs);
	free(plan->config);
	free(plan->out);
}

static int inputs(struct pipeline *p, struct inputs *in, struct err *e)
{
	struct plan plan;
	plan_init(p, &plan);
	int r = initramfs_inputs(&plan.params, in, e);
	plan_done(&plan);
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
	struct plan plan;
	struct initramfs_result result = {0};
	plan_init(p, &plan);
	int r = initramfs_write(&plan.params, &result, e);
	plan_done(&plan);
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
	.help = "pack init, companions and rootfs/ as a newc cpio archive",
	.needs = 1u << STAGE_CONFIG | 1u << STAGE_INIT,
	.lasting = true,
	.inputs = inputs,
	.start = start,
	.finish = finish,
};
