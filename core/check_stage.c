/* check_stage: which stages of the pipeline a check looks at, so that a grader builds what is needed and a test without
 * builds leaves out what would be in vain. */
#include <string.h>

#include "core/check_int.h"

static unsigned stage_of_path(const char *path)
{
	static const struct {
		const char *prefix;
		enum stage_id stage;
	} made[] = {{"out/bzImage", STAGE_KERNEL}, {"out/initramfs", STAGE_INITRAMFS}, {"out/image.iso", STAGE_ISO},
		{"out/", STAGE_INIT}};
	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		if (str_starts(path, made[i].prefix))
			return 1u << made[i].stage;
	return 0;
}

static unsigned stages_of(const struct ynode *check, int depth)
{
	const struct ynode *arg;
	const struct check_kind *k = check_kind_of(check, &arg);
	const char *kind = k != NULL && depth < 4 ? k->name : "";
	unsigned mask = 0;
	if (strcmp(kind, "build") == 0) {
		int id = pipeline_stage_find(ynode_text(arg, "stage", ""));
		return id >= 0 && id < STAGE_BOOT ? 1u << id : 0;
	}
	if (strcmp(kind, "boot") == 0 && strcmp(ynode_text(arg, "iso", "no"), "yes") == 0)
		return 1u << STAGE_ISO;
	if (strcmp(kind, "boot") == 0 || strcmp(kind, "console") == 0)
		return 1u << STAGE_KERNEL | 1u << STAGE_INITRAMFS;
	if (strcmp(kind, "elf") == 0)
		return 1u << STAGE_INIT;
	if (strcmp(kind, "cpio") == 0)
		return 1u << STAGE_INITRAMFS;
	if (strcmp(kind, "iso") == 0)
		return 1u << STAGE_ISO;
	if (strcmp(kind, "not") == 0)
		return stages_of(arg, depth + 1);
	for (size_t i = 0; strcmp(kind, "any") == 0 && i < arg->n; i++)
		mask |= stages_of(&arg->item[i], depth + 1);
	return mask | (arg != NULL && arg->kind == YNODE_MAP ? stage_of_path(ynode_text(arg, "path", "")) : 0);
}

unsigned check_stages(const struct lesson_check *c)
{
	return stages_of(c->node, 0);
}
