/* precheck_lab: see precheck_lab.h. */
#include "core/precheck_lab.h"

#include <stdlib.h>
#include <string.h>

#include "core/boot.h"
#include "core/fs.h"

static char *if_there(char *path)
{
	if (fs_size(path) >= 0)
		return path;
	free(path);
	return NULL;
}

void precheck_lab_init(struct precheck_lab *l, const struct pipeline *p, struct precheck_params *params)
{
	const struct optset *o = &p->lab->opts;
	char *variant = fs_join("init", optset_text(o, OPT_INIT_VARIANT));
	memset(l, 0, sizeof(*l));
	l->init = if_there(pipeline_out(p, "init"));
	l->archive = if_there(pipeline_out(p, "initramfs.cpio"));
	l->no_archive = pipeline_out(p, "initramfs.cpio");
	l->config = if_there(lab_path(p->lab, "kernel.config"));
	l->sources = lab_path(p->lab, variant);
	if (params->face == NULL)
		params->face = pipeline_boot_face(p);
	l->cmdline = boot_cmdline(params->face, optset_text(o, OPT_BOOT_CMDLINE));
	params->memory = optset_int(o, OPT_BOOT_MEMORY);
	params->config = l->config;
	params->cmdline = l->cmdline;
	free(variant);
}

void precheck_lab_calls(struct precheck_lab *l, const struct pipeline *p, struct precheck_params *params)
{
	struct err ignored = {0};
	if (p->source.tree != NULL && systable_load(&l->calls, p->source.tree, &ignored) == 0)
		params->calls = &l->calls;
	err_done(&ignored);
}

void precheck_lab_done(struct precheck_lab *l)
{
	systable_done(&l->calls);
	free(l->init);
	free(l->archive);
	free(l->no_archive);
	free(l->config);
	free(l->sources);
	free(l->cmdline);
	memset(l, 0, sizeof(*l));
}
