/* flow: see flow.h. One buffer of `budget` bytes per flow: libuv goes on reading within one turn only while the buffer
 * comes back full, so a full buffer stops reading and an idle handle starts it again in the next turn. */
#include "core/flow.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/i18n.h"
#include "core/str.h"

struct flow {
	uv_pipe_t pipe;
	uv_idle_t next_turn;
	struct flow_opts o;
	int open_handles;
	size_t queued;
	bool held, ended, closed;
	char *bytes;
};

/* One queued write. */
struct flow_write {
	uv_write_t req;
	struct flow *flow;
	size_t n;
	char bytes[];
};

static void on_closed(uv_handle_t *h)
{
	struct flow *f = h->data;
	if (--f->open_handles > 0)
		return;
	free(f->bytes);
	free(f);
}

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *b)
{
	(void)hint;
	struct flow *f = h->data;
	*b = uv_buf_init(f->bytes, (unsigned)f->o.budget);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b);

static void on_next_turn(uv_idle_t *idle)
{
	struct flow *f = idle->data;
	uv_idle_stop(idle);
	if (!f->held && !f->ended && !f->closed)
		uv_read_start((uv_stream_t *)&f->pipe, on_alloc, on_read);
}

/* What else is there already, up to the budget: a pty gives at most 4 KiB a time, and asking the loop for each piece
 * costs more than the piece. The end and errors are left for the loop to see. */
static size_t read_on(struct flow *f, size_t n)
{
	uv_os_fd_t fd;
	ssize_t more = 1;
	if (uv_fileno((uv_handle_t *)&f->pipe, &fd) < 0)
		return n;
	while (n < f->o.budget && more > 0) {
		more = read(fd, f->bytes + n, f->o.budget - n);
		n += more > 0 ? (size_t)more : 0;
	}
	return n;
}

/* A pty whose last child is gone says EIO, a reset socket ECONNRESET: both mean the end. */
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct flow *f = s->data;
	if (n == 0 || f->closed)
		return;
	if (n > 0)
		n = (ssize_t)read_on(f, (size_t)n);
	if (n > 0 && (size_t)n == f->o.budget) {
		uv_read_stop(s);
		uv_idle_start(&f->next_turn, on_next_turn);
	}
	if (n > 0) {
		f->o.on_bytes(f->o.ctx, b->base, (size_t)n);
		return;
	}
	f->ended = true;
	uv_read_stop(s);
	if (f->o.on_end != NULL)
		f->o.on_end(f->o.ctx);
}

struct flow *flow_open(uv_loop_t *loop, int fd, const struct flow_opts *o, struct err *e)
{
	struct flow *f = xcalloc(1, sizeof(*f));
	f->o = *o;
	if (f->o.budget == 0)
		f->o.budget = FLOW_BUDGET;
	f->bytes = xmalloc(f->o.budget);
	uv_pipe_init(loop, &f->pipe, 0);
	uv_idle_init(loop, &f->next_turn);
	f->pipe.data = f->next_turn.data = f;
	f->open_handles = 2;
	int r = uv_pipe_open(&f->pipe, fd);
	if (r == 0)
		r = uv_read_start((uv_stream_t *)&f->pipe, on_alloc, on_read);
	if (r == 0)
		return f;
	err_set(e, ERR_WORLD, _("cannot watch a descriptor: %s"), uv_strerror(r));
	if (uv_fileno((uv_handle_t *)&f->pipe, &(uv_os_fd_t){0}) < 0)
		close(fd);
	flow_close(f);
	return NULL;
}

static void on_written(uv_write_t *req, int status)
{
	struct flow_write *w = req->data;
	(void)status; /* the read side reports the end */
	w->flow->queued -= w->n;
	free(w);
}

bool flow_send(struct flow *f, const char *bytes, size_t n)
{
	if (f->ended || f->closed || n > FLOW_QUEUE_MAX - f->queued)
		return false;
	struct flow_write *w = xmalloc(sizeof(*w) + n);
	memcpy(w->bytes, bytes, n);
	w->flow = f;
	w->n = n;
	w->req.data = w;
	uv_buf_t b = uv_buf_init(w->bytes, (unsigned)n);
	if (uv_write(&w->req, (uv_stream_t *)&f->pipe, &b, 1, on_written) < 0) {
		free(w);
		return false;
	}
	f->queued += n;
	return true;
}

size_t flow_queued(const struct flow *f)
{
	return f->queued;
}

void flow_hold(struct flow *f, bool hold)
{
	if (f == NULL || f->held == hold)
		return;
	f->held = hold;
	if (f->ended || f->closed)
		return;
	if (hold)
		uv_read_stop((uv_stream_t *)&f->pipe);
	else if (!uv_is_active((uv_handle_t *)&f->next_turn))
		uv_read_start((uv_stream_t *)&f->pipe, on_alloc, on_read);
}

void flow_close(struct flow *f)
{
	if (f == NULL || f->closed)
		return;
	f->closed = true;
	uv_close((uv_handle_t *)&f->next_turn, on_closed);
	uv_close((uv_handle_t *)&f->pipe, on_closed);
}
