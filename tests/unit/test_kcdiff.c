/* Equality, proven by experiment: random edits through the options' model, each end state saved and compared byte for
 * byte with what the tree's own conf makes of the same user's values, the minimal configuration too; and every value,
 * bound and visible row compared with a fresh load. KILN_CHECK_ALL=1: 10,000 edits on each tree. KILN_SEED=N or N-M:
 * only these sequences. The seeds are said before and, of a failure, after. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/kc.h"
#include "core/kc_more.h"
#include "core/paths.h"
#include "core/proc.h"
#include "core/str.h"

#define EDITS 40

static char *dir;
static const char *const tree_env[] = {"KILN_TEST_TREE_612", "KILN_TEST_TREE_61"};

struct run {
	uv_loop_t loop;
	struct kc *kc;
	bool ready, answered, done;
	struct err e;
	char *text;
	struct kc_step step[64];
	size_t n_step;
	uint64_t random;
	struct buf story; /* what was done, to tell on failure */
	int edits;
};

static unsigned pick(struct run *r, unsigned n)
{
	r->random = r->random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(r->random >> 33) % n;
}

static void on_ready(void *ctx, struct err *e)
{
	struct run *r = ctx;
	r->ready = true;
	err_move(&r->e, e);
}

static void on_result(void *ctx, const struct kc_result *result, struct err *e)
{
	struct run *r = ctx;
	r->done = result->done;
	r->answered = true;
	err_move(&r->e, e);
}

static void on_text(void *ctx, const char *text, size_t n, struct err *e)
{
	struct run *r = ctx;
	free(r->text);
	r->text = xstrndup(text, n);
	r->answered = true;
	err_move(&r->e, e);
}

static void free_steps(struct run *r)
{
	for (size_t i = 0; i < r->n_step; i++) {
		free((char *)r->step[i].name);
		free((char *)r->step[i].value);
	}
	r->n_step = 0;
}

static void on_plan(void *ctx, const struct kc_plan *plan, struct err *e)
{
	struct run *r = ctx;
	free_steps(r);
	for (size_t i = 0; i < plan->n_step && i < ARRAY_LEN(r->step); i++)
		r->step[r->n_step++] = (struct kc_step){xstrdup(plan->step[i].name), xstrdup(plan->step[i].value)};
	r->answered = true;
	err_move(&r->e, e);
}

static void settle(struct run *r, bool *flag)
{
	while (!*flag)
		uv_run(&r->loop, UV_RUN_ONCE);
	*flag = false;
	if (err_is(&r->e)) {
		print_error("%s\n", r->e.msg);
		fail();
	}
}

static void open_run(struct run *r, const char *tree, const char *config)
{
	struct err e = {0};
	const struct kc_params p = {.tree = tree, .config = config, .ready = on_ready, .ctx = r};
	memset(r, 0, sizeof(*r));
	uv_loop_init(&r->loop);
	r->kc = kc_open(&r->loop, &p, &e);
	assert_non_null(r->kc);
	settle(r, &r->ready);
}

static void close_run(struct run *r)
{
	kc_close(r->kc);
	uv_run(&r->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&r->loop), 0);
	free(r->text);
	free_steps(r);
	buf_done(&r->story);
	err_done(&r->e);
}

/* Mostly something that can be set now, sometimes anything. */
static int pick_symbol(struct run *r, struct kc_sym *s)
{
	bool any = pick(r, 10) == 0;
	for (;;) {
		int i = (int)pick(r, (unsigned)kc_n_syms(r->kc));
		kc_sym(r->kc, i, s);
		if (s->name != NULL && s->type != KC_UNKNOWN &&
			(any || (s->flags & KC_CHANGEABLE) != 0 || pick(r, 400) == 0))
			return i;
	}
}

static const char *pick_value(struct run *r, const struct kc_sym *s)
{
	static const char *const tri[] = {"y", "y", "m", "n"};
	static const char *const other[] = {"0", "1", "4", "8", "64", "4096", "0x1000", "0x200000", "a \"b\"", ""};
	return s->type <= KC_TRISTATE ? tri[pick(r, ARRAY_LEN(tri))] : other[pick(r, ARRAY_LEN(other))];
}

static void plan_and_apply(struct run *r, const struct kc_sym *s)
{
	kc_plan(r->kc, s->name, pick(r, 4) == 0 ? "n" : "y", on_plan, r);
	settle(r, &r->answered);
	if (r->n_step == 0)
		return;
	kc_apply(r->kc, r->step, r->n_step, NULL, on_result, r);
	settle(r, &r->answered);
	assert_true(r->done); /* what was planned can be done */
}

static void edit(struct run *r)
{
	struct kc_sym s;
	unsigned what = pick(r, 100);
	pick_symbol(r, &s);
	const char *v = pick_value(r, &s);
	if (what < 8) {
		buf_adds(&r->story, "undo ");
		kc_undo(r->kc, on_result, r);
	} else if (what < 12) {
		buf_adds(&r->story, "redo ");
		kc_redo(r->kc, on_result, r);
	} else if (what < 17) {
		buf_addf(&r->story, "unset:%s ", s.name);
		kc_set(r->kc, s.name, NULL, on_result, r);
	} else if (what < 22 && s.type <= KC_TRISTATE) {
		buf_addf(&r->story, "plan:%s ", s.name);
		plan_and_apply(r, &s);
		r->answered = true;
	} else {
		buf_addf(&r->story, "%s=%s ", s.name, v);
		kc_set(r->kc, s.name, v, on_result, r);
	}
	settle(r, &r->answered);
	r->edits++;
}

static void run_shell(const char *line)
{
	char *argv[] = {"sh", "-c", (char *)line, NULL};
	struct buf out = {0};
	struct err e = {0};
	if (proc_capture(argv, 0, &out, &e) != 0) {
		print_error("%s\n%s\n", line, out.p);
		fail();
	}
	buf_done(&out);
}

static void put(const char *name, const char *text)
{
	struct err e = {0};
	char *path = fs_join(dir, name);
	assert_int_equal(fs_write(path, text, strlen(text), 0644, &e), 0);
	free(path);
}

static void same(struct run *r, unsigned seed, const char *what, const char *theirs)
{
	struct err e = {0};
	char *path = fs_join(dir, theirs), *text = fs_read(path, NULL, &e);
	assert_non_null(text);
	if (strcmp(text, r->text) != 0) {
		put("ours", r->text);
		char *line = xasprintf("diff -u '%s' '%s/ours' | head -30 >&2", path, dir);
		print_error("KILN_SEED=%u: %s differs from the tree's own\n%s\n", seed, what, r->story.p);
		(void)!system(line);
		fail();
	}
	free(path);
	free(text);
}

/* The tree's own conf, on the user's values alone. */
static void compare_with_conf(struct run *r, unsigned seed, const char *obj)
{
	char *script = paths_data("tests/kconfig/ref.sh");
	kc_user_values(r->kc, on_text, r);
	settle(r, &r->answered);
	put(".config", r->text);
	put("values", r->text);
	char *line = xasprintf("cd '%s' && sh '%s' conf '%s' --olddefconfig && cp .config theirs && "
			       "sh '%s' conf '%s' --savedefconfig=defconfig",
		dir, script, obj, script, obj);
	run_shell(line);
	kc_text(r->kc, false, on_text, r);
	settle(r, &r->answered);
	same(r, seed, ".config", "theirs");
	kc_text(r->kc, true, on_text, r);
	settle(r, &r->answered);
	same(r, seed, "the minimal configuration", "defconfig");
	free(line);
	free(script);
}

/* A fresh load of the same values: nothing that is shown may differ. */
static void compare_with_load(struct run *r, unsigned seed, const char *tree)
{
	struct run fresh;
	struct kc_sym a, b;
	char *path = fs_join(dir, "values");
	open_run(&fresh, tree, path);
	assert_int_equal(kc_n_syms(r->kc), kc_n_syms(fresh.kc));
	for (int i = 0; i < kc_n_syms(r->kc); i++) {
		kc_sym(r->kc, i, &a);
		kc_sym(fresh.kc, i, &b);
		if (strcmp(a.value, b.value) == 0 && a.visible == b.visible && a.least == b.least &&
			(a.flags & ~KC_USER) == (b.flags & ~KC_USER))
			continue;
		print_error("KILN_SEED=%u: %s: %s %d %d %x, fresh: %s %d %d %x\n%s\n", seed,
			a.name != NULL ? a.name : "a choice", a.value, a.visible, a.least, a.flags, b.value, b.visible,
			b.least, b.flags, r->story.p);
		fail();
	}
	for (int i = 0; i < kc_n_nodes(r->kc); i++)
		assert_int_equal(kc_node_visible(r->kc, i), kc_node_visible(fresh.kc, i));
	close_run(&fresh);
	free(path);
}

static void sequence(const char *tree, const char *obj, unsigned seed)
{
	struct run r;
	open_run(&r, tree, NULL);
	r.random = seed * 7919u + 13;
	for (int i = 0; i < EDITS; i++)
		edit(&r);
	compare_with_conf(&r, seed, obj);
	compare_with_load(&r, seed, tree);
	close_run(&r);
}

/* The seeds to run: from … to. */
static void seeds(unsigned *from, unsigned *to)
{
	const char *all = getenv("KILN_CHECK_ALL"), *only = getenv("KILN_SEED");
	*from = 1;
	*to = all != NULL && strcmp(all, "1") == 0 ? 10000 / EDITS : 6;
	if (only == NULL || only[0] == '\0')
		return;
	char *end;
	*from = *to = (unsigned)strtoul(only, &end, 10);
	if (*end == '-')
		*to = (unsigned)strtoul(end + 1, NULL, 10);
}

static void random_edits(int which)
{
	const char *tree = getenv(tree_env[which]);
	unsigned from, to;
	if (tree == NULL || tree[0] == '\0')
		skip();
	char *obj = xasprintf("%s/obj%d", dir, which), *script = paths_data("tests/kconfig/ref.sh");
	char *line = xasprintf("sh '%s' prepare '%s' '%s'", script, tree, obj);
	run_shell(line);
	seeds(&from, &to);
	print_message("# %s: sequences of %d edits, KILN_SEED=%u-%u\n", tree, EDITS, from, to);
	for (unsigned i = from; i <= to; i++) {
		sequence(tree, obj, i);
		if (i % 10 == 0)
			print_message("# KILN_SEED=%u-%u: equal\n", from, i);
	}
	free(obj);
	free(script);
	free(line);
}

static void random_edits_612(void **state)
{
	(void)state;
	random_edits(0);
}

static void random_edits_61(void **state)
{
	(void)state;
	random_edits(1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_edits_612),
		cmocka_unit_test(random_edits_61),
	};
	int r = internal_main(argc, argv);
	if (r >= 0)
		return r;
	char name[] = "/tmp/kiln-kcdiff-XXXXXX";
	struct err e = {0};
	dir = mkdtemp(name);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	fs_remove_tree(dir, &e);
	return r;
}
