/* How fast a program's output goes through a pty into the emulator: runs the command in a pty as the screen does and
 * prints the seconds until it has ended and all is shown. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "core/internal.h"
#include "core/pty.h"
#include "tui/vt.h"

struct run {
	struct vt *vt;
	size_t bytes;
	int status;
};

static void on_reply(void *ctx, const char *b, size_t n)
{
	(void)ctx, (void)b, (void)n;
}

static void on_bytes(void *ctx, const char *b, size_t n)
{
	struct run *r = ctx;
	vt_feed(r->vt, b, n);
	r->bytes += n;
}

static void on_exit_cb(void *ctx, int status, int sig)
{
	struct run *r = ctx;
	r->status = sig != 0 ? 1 : status;
}

int main(int argc, char **argv)
{
	int status = internal_main(argc, argv);
	if (status >= 0)
		return status;
	uv_loop_t loop;
	struct err e = {0};
	struct run r = {.vt = vt_new(24, 80, 2000, on_reply, NULL)}; /* as many lines as tmux keeps */
	const struct pty_opts o = {
		.argv = argv + 1, .rows = 24, .cols = 80, .on_bytes = on_bytes, .on_exit = on_exit_cb, .ctx = &r};
	uv_loop_init(&loop);
	uint64_t began = uv_hrtime();
	if (pty_start(&loop, &o, &e) == NULL) {
		err_print(&e, stderr);
		return 1;
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	printf("%.4f\n", (double)(uv_hrtime() - began) * 1e-9);
	vt_free(r.vt);
	return r.status;
}
