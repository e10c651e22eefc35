/* variants: for tests that look at real programs: builds a shipped variant into a temporary folder, as kiln does. */
#ifndef KILN_TEST_VARIANTS_H
#define KILN_TEST_VARIANTS_H

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "core/fs.h"
#include "core/initbuild.h"
#include "core/paths.h"
#include "core/recipe.h"
#include "core/str.h"

static inline void variant_done(void *ctx, struct err *e)
{
	err_move(ctx, e);
}

/* What the recipe asks for is here? */
static inline bool variant_possible(const char *dir, const char *tree)
{
	struct recipe r;
	struct err e = {0};
	if (recipe_load(&r, dir, &e) < 0)
		fail_msg("%s", e.msg);
	bool ok = !r.uses_tree || tree != NULL;
	for (size_t i = 0; i < r.n_need; i++) {
		char *found = fs_which(r.need[i].tool);
		ok = ok && found != NULL;
		free(found);
	}
	recipe_done(&r);
	return ok;
}

/* Build it into TEMP/NAME-CC and return the program's path, owned; NULL if this machine cannot. */
static inline char *variant_build(const char *temp, const char *name, const char *cc, const char *tree)
{
	char *shipped = paths_data("initsrc"), *dir = fs_join(shipped, name),
	     *out = xasprintf("%s/%s-%s", temp, name, cc);
	char *program = NULL;
	struct err e = {0};
	const struct op_cb cb = {.done = variant_done, .ctx = &e};
	const struct initbuild_params p = {dir, out, out, cc, tree, INITBUILD_PROGRAMS};
	if (variant_possible(dir, tree)) {
		uv_loop_t loop;
		uv_loop_init(&loop);
		initbuild_start(&loop, &p, &cb, &e);
		uv_run(&loop, UV_RUN_DEFAULT);
		uv_loop_close(&loop);
		if (err_is(&e))
			fail_msg("%s by %s: %s", name, cc, e.msg);
		program = fs_join(out, "init");
	}
	free(shipped);
	free(dir);
	free(out);
	return program;
}

/* An empty or unset variable is NULL. */
static inline const char *test_env(const char *name)
{
	const char *v = getenv(name);
	return v != NULL && *v != '\0' ? v : NULL;
}

#endif
