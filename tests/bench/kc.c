/* kc: measures the options' model (core/kc.h) on one tree: kc TREE. Prints `name value` lines, milliseconds. Warm: run
 * it twice. Linked with libcore.a by tests/bench/kconfig.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"
#include "core/kc.h"
#include "core/kc_more.h"

struct bench {
	uv_loop_t loop;
	struct kc *kc;
	uint64_t began, tree, ready;
	bool answered, is_ready, failed;
};

static double ms(uint64_t from, uint64_t to)
{
	return (double)(to - from) / 1e6;
}

static void on_tree(void *ctx)
{
	struct bench *b = ctx;
	b->tree = uv_hrtime();
}

static void on_ready(void *ctx, struct err *e)
{
	struct bench *b = ctx;
	b->ready = uv_hrtime();
	b->is_ready = true;
	b->failed = err_is(e);
	if (b->failed)
		err_print(e, stderr);
}

static void on_result(void *ctx, const struct kc_result *r, struct err *e)
{
	struct bench *b = ctx;
	(void)r;
	b->failed = err_is(e);
	b->answered = true;
}

static void on_plan(void *ctx, const struct kc_plan *p, struct err *e)
{
	on_result(ctx, &p->r, e);
}

static void on_text(void *ctx, const char *text, size_t n, struct err *e)
{
	struct bench *b = ctx;
	(void)text;
	b->failed = err_is(e) || n == 0;
	b->answered = true;
}

static void settle(struct bench *b, bool *flag)
{
	while (!*flag)
		uv_run(&b->loop, UV_RUN_ONCE);
	*flag = false;
	if (b->failed)
		exit(1);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Every option that can be switched now, there and back by undo. */
static void toggles(struct bench *b)
{
	double *t = calloc(2 * (size_t)kc_n_syms(b->kc) + 1, sizeof(*t));
	size_t n = 0;
	struct kc_sym s;
	for (int i = 0; t != NULL && i < kc_n_syms(b->kc); i++) {
		kc_sym(b->kc, i, &s);
		if (s.name == NULL || s.type > KC_TRISTATE || (s.flags & KC_CHANGEABLE) == 0 || s.choice >= 0)
			continue;
		uint64_t from = uv_hrtime();
		kc_set(b->kc, s.name, strcmp(s.value, "n") == 0 ? "y" : "n", on_result, b);
		settle(b, &b->answered);
		uint64_t mid = uv_hrtime();
		kc_undo(b->kc, on_result, b);
		settle(b, &b->answered);
		t[n++] = ms(from, mid);
		t[n++] = ms(mid, uv_hrtime());
	}
	qsort(t, n, sizeof(*t), by_size);
	printf("toggle_p50 %.3f\ntoggle_p99 %.3f\ntoggles %zu\n", t[n / 2], t[n * 99 / 100], n);
	free(t);
}

static void search(struct bench *b)
{
	struct err e = {0};
	int *hits;
	double t[15];
	for (int i = 0; i < 15; i++) {
		uint64_t from = uv_hrtime();
		if (kc_search(b->kc, "usb.*storage", 0, &hits, &e) < 0)
			exit(1);
		t[i] = ms(from, uv_hrtime());
		free(hits);
	}
	qsort(t, 15, sizeof(*t), by_size);
	printf("search %.3f\n", t[7]);
}

static void plan_and_save(struct bench *b)
{
	double plan[9], save[9];
	for (int i = 0; i < 9; i++) {
		uint64_t from = uv_hrtime();
		kc_plan(b->kc, "E1000", "y", on_plan, b);
		settle(b, &b->answered);
		uint64_t mid = uv_hrtime();
		kc_text(b->kc, false, on_text, b);
		settle(b, &b->answered);
		plan[i] = ms(from, mid);
		save[i] = ms(mid, uv_hrtime());
	}
	qsort(plan, 9, sizeof(*plan), by_size);
	qsort(save, 9, sizeof(*save), by_size);
	printf("plan %.3f\nsave %.3f\n", plan[4], save[4]);
}

int main(int argc, char **argv)
{
	struct bench b = {0};
	struct err e = {0};
	int r = internal_main(argc, argv);
	if (r >= 0)
		return r;
	if (argc != 2)
		return 2;
	const struct kc_params p = {.tree = argv[1], .tree_ready = on_tree, .ready = on_ready, .ctx = &b};
	uv_loop_init(&b.loop);
	b.began = uv_hrtime();
	b.kc = kc_open(&b.loop, &p, &e);
	if (b.kc == NULL) {
		err_print(&e, stderr);
		return 1;
	}
	settle(&b, &b.is_ready);
	printf("browse %.3f\nedit %.3f\n", ms(b.began, b.tree), ms(b.began, b.ready));
	search(&b);
	toggles(&b);
	plan_and_save(&b);
	kc_close(b.kc);
	uv_run(&b.loop, UV_RUN_DEFAULT);
	return 0;
}
