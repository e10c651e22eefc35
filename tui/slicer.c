/* slicer: see slicer.h. An idle handle, running only while there is work: libuv polls for input between its calls. */
#include "tui/slicer.h"

#include <stdlib.h>

#include "core/str.h"

struct slicer {
	uv_idle_t idle;
	bool (*step)(void *ctx);
	void *ctx;
};

struct slicer *slicer_new(uv_loop_t *loop, bool (*step)(void *ctx), void *ctx)
{
	struct slicer *s = xcalloc(1, sizeof(*s));
	uv_idle_init(loop, &s->idle);
	s->idle.data = s;
	s->step = step;
	s->ctx = ctx;
	return s;
}

static void on_idle(uv_idle_t *idle)
{
	struct slicer *s = idle->data;
	if (!s->step(s->ctx))
		uv_idle_stop(idle);
}

void slicer_go(struct slicer *s)
{
	uv_idle_start(&s->idle, on_idle);
}

bool slicer_busy(const struct slicer *s)
{
	return uv_is_active((const uv_handle_t *)&s->idle) != 0;
}

static void on_close(uv_handle_t *h)
{
	free(h->data);
}

void slicer_free(struct slicer *s)
{
	if (s == NULL)
		return;
	uv_idle_stop(&s->idle);
	uv_close((uv_handle_t *)&s->idle, on_close);
}
