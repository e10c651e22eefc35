/* checkbase: see checkbase.h. */
#include "core/checkbase.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/paths.h"
#include "core/preset.h"
#include "core/str.h"

char *checkbase_dir(const struct pipeline *p)
{
	const char *id = p->source.tree != NULL ? p->source.id : "";
	char hex[65];
	fs_sha256(id, strlen(id), hex);
	char *name = xasprintf("bases/%.16s", hex), *dir = paths_cache(name);
	free(name);
	return dir;
}

static void collect(const struct ynode *y, struct strv *out)
{
	const struct ynode *from = y->kind == YNODE_MAP ? ynode_get(y, "kconfig-from") : NULL;
	const char *base = from != NULL ? ynode_text(from, "base", "tinyconfig") : NULL;
	if (base != NULL && strchr(base, '/') == NULL && !strv_has(out, base))
		strv_add(out, base);
	for (size_t i = 0; i < y->n; i++)
		collect(&y->item[i], out);
}

void checkbase_names(const struct lesson *l, struct strv *out)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->step[i].checks != NULL)
			collect(l->step[i].checks, out);
}

struct kcbuild *checkbase_start(
	struct pipeline *p, const char *dir, const char *name, const struct op_cb *cb, struct err *e)
{
	char *file = xasprintf("%s.config", name), *path = fs_join(dir, file);
	struct preset preset = {0};
	struct kcbuild *k = NULL;
	bool tiny = strcmp(name, "tinyconfig") == 0;
	if (!fs_exists(path) && fs_mkdirs(dir, e) == 0 && (tiny || preset_load(&preset, name, e) == 0)) {
		const struct kcbuild_params params = {
			.tree = p->source.tree, .want = preset.want, .n_want = preset.n, .out = path};
		k = kcbuild_start(p->loop, &params, cb, e);
	}
	preset_done(&preset);
	free(path);
	free(file);
	return k;
}
