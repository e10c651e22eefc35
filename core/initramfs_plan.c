/* initramfs_plan: see initramfs_plan.h. */
#include "core/initramfs_plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"

void initramfs_plan_init(struct initramfs_plan *plan, const struct lab *lab)
{
	struct strv name = {0};
	memset(plan, 0, sizeof(*plan));
	strv_split(&name, optset_text(&lab->opts, OPT_INITRAMFS_COMPANIONS));
	for (size_t i = 0; i < name.n; i++)
		strv_addf(&plan->extra, "%s/out/companions/%s", lab->dir, name.v[i]);
	strv_done(&name);
	plan->init = lab_path(lab, "out/init");
	plan->rootfs = lab_path(lab, "rootfs");
	plan->config = lab_path(lab, "kernel.config");
	plan->out = lab_path(lab, "out/initramfs.cpio");
	plan->params = (struct initramfs_params){
		.init = plan->init,
		.extra = (const char *const *)plan->extra.v,
		.n_extra = plan->extra.n,
		.rootfs = fs_is_dir(plan->rootfs) ? plan->rootfs : NULL,
		.compression = optset_text(&lab->opts, OPT_INITRAMFS_COMPRESSION),
		.config = plan->config,
		.out = plan->out,
	};
}

void initramfs_plan_present(struct initramfs_plan *plan)
{
	if (!fs_exists(plan->init))
		plan->params.init = NULL;
	for (size_t i = plan->extra.n; i > 0; i--)
		if (!fs_exists(plan->extra.v[i - 1]))
			strv_remove(&plan->extra, i - 1);
	plan->params.extra = (const char *const *)plan->extra.v;
	plan->params.n_extra = plan->extra.n;
}

void initramfs_plan_done(struct initramfs_plan *plan)
{
	strv_done(&plan->extra);
	free(plan->init);
	free(plan->rootfs);
	free(plan->config);
	free(plan->out);
	memset(plan, 0, sizeof(*plan));
}
