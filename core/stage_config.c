/* stage_config: makes the lab's kernel.config: from the preset when there is none (or the preset was changed), else it
 * brings the learner's own into order, as the tree's olddefconfig would. Invariant: an edited kernel.config is never
 * thrown away: what a preset replaces is kept as kernel.config.old. */
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/kcbuild.h"
#include "core/pipeline.h"
#include "core/preset.h"
#include "core/str.h"

static const char *cc_of(const struct pipeline *p)
{
	(void)p;
	return "gcc"; /* the kernel's compiler; init.cc is another matter */
}

static int inputs(struct pipeline *p, struct inputs *in, struct err *e)
{
	struct preset preset = {0};
	if (preset_load(&preset, optset_text(&p->lab->opts, OPT_KERNEL_PRESET), e) < 0)
		return -1;
	char hex[65] = "absent", *config = lab_path(p->lab, "kernel.config");
	char *kconfig = kcbuild_identity(p->source.tree, cc_of(p));
	int r = fs_exists(config) ? fs_sha256_file(config, hex, e) : 0;
	inputs_add(in, N_("kernel source"), p->source.id);
	inputs_add(in, N_("kconfig and compiler"), kconfig);
	inputs_add(in, "kernel.preset", preset.name);
	inputs_add(in, N_("the preset's contents"), preset.hash);
	inputs_add(in, "kernel.config", hex);
	free(kconfig);
	free(config);
	preset_done(&preset);
	return r;
}

/* Was the preset changed since kernel.config was made? An unknown past says no: then the file is the learner's. */
static bool preset_changed(const struct pipeline *p, const struct preset *preset)
{
	const char *name = record_text(&p->rec, "config", "preset");
	const char *hash = record_text(&p->rec, "config", "preset_hash");
	return name != NULL && hash != NULL && (strcmp(name, preset->name) != 0 || strcmp(hash, preset->hash) != 0);
}

static int keep_old(struct pipeline *p, const char *config, struct err *e)
{
	char *old = lab_path(p->lab, "kernel.config.old");
	int r = fs_copy(config, old, e);
	if (r == 0)
		pipeline_say(p, _("the present kernel.config is kept as kernel.config.old"));
	free(old);
	return r;
}

static int start_with(struct pipeline *p, const struct preset *preset, const struct op_cb *cb, struct err *e)
{
	char *config = lab_path(p->lab, "kernel.config");
	bool there = fs_exists(config), fresh = !there || p->from_preset || preset_changed(p, preset);
	struct kcbuild_params k = {.tree = p->source.tree, .cc = cc_of(p), .out = config};
	struct kcbuild_want *all = xcalloc(preset->n + p->n_want + 1, sizeof(*all));
	if (fresh) {
		memcpy(all, preset->want, preset->n * sizeof(*all));
		k.n_want = preset->n;
		pipeline_say(p, _("kernel.config: tinyconfig and the %zu options of the preset `%s`"), preset->n,
			preset->name);
	} else {
		k.from = config;
	}
	if (p->n_want > 0)
		memcpy(all + k.n_want, p->want, p->n_want * sizeof(*all));
	k.n_want += p->n_want;
	k.want = all;
	if (!(fresh && there && keep_old(p, config, e) < 0))
		p->handle = kcbuild_start(p->loop, &k, cb, e);
	free(all);
	free(config);
	return p->handle != NULL ? 0 : -1;
}

static int start(struct pipeline *p, const struct op_cb *cb, struct err *e)
{
	struct preset preset = {0};
	if (preset_load(&preset, optset_text(&p->lab->opts, OPT_KERNEL_PRESET), e) < 0)
		return -1;
	int r = start_with(p, &preset, cb, e);
	if (r == 0) {
		record_set_text(&p->rec, "config", "preset", preset.name);
		record_set_text(&p->rec, "config", "preset_hash", preset.hash);
	}
	preset_done(&preset);
	return r;
}

static void cancel(struct pipeline *p)
{
	kcbuild_cancel(p->handle);
}

static int finish(struct pipeline *p, struct err *e)
{
	(void)e;
	char *config = lab_path(p->lab, "kernel.config");
	record_output(&p->rec, "config", "kernel.config", config);
	free(config);
	return 0;
}

const struct stage_ops stage_config_ops = {
	.name = "config",
	.help = N_("make kernel.config, or bring an edited one into order"),
	.needs = 1u << STAGE_SOURCE,
	.lasting = true,
	.settles = true,
	.inputs = inputs,
	.start = start,
	.cancel = cancel,
	.finish = finish,
};
