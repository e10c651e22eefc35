/* qmp: see qmp.h. Nothing waits for the greeting: what is written early lies in the socket until QEMU reads it, so the
 * handshake costs no time. */
#include "core/qmp.h"

#include <stdlib.h>
#include <string.h>

#include "core/flow.h"
#include "core/proc.h"
#include "core/str.h"

struct pending {
	qmp_reply *fn;
	void *ctx;
};

struct qmp {
	struct flow *flow;
	struct qmp_cb cb;
	struct proc_lines lines;
	struct pending *pending; /* commands whose replies are still to come, in order */
	size_t n_pending;
	bool closed, busy; /* busy: inside a callback from the flow; freed after it */
};

static void on_reply(struct qmp *q, struct json_object *value, const char *error)
{
	if (q->n_pending == 0)
		return;
	struct pending first = q->pending[0];
	memmove(q->pending, q->pending + 1, --q->n_pending * sizeof(*q->pending));
	if (first.fn != NULL)
		first.fn(first.ctx, value, error);
}

static void dispatch(struct qmp *q, struct json_object *msg)
{
	struct json_object *o = NULL, *data = NULL;
	if (json_object_object_get_ex(msg, "event", &o)) {
		json_object_object_get_ex(msg, "data", &data);
		q->cb.on_event(q->cb.ctx, json_object_get_string(o), data);
	} else if (json_object_object_get_ex(msg, "return", &o)) {
		on_reply(q, o, NULL);
	} else if (json_object_object_get_ex(msg, "error", &o)) {
		json_object_object_get_ex(o, "desc", &data);
		on_reply(q, NULL, data != NULL ? json_object_get_string(data) : "refused");
	} else if (json_object_object_get_ex(msg, "QMP", &o)) {
		q->cb.on_ready(q->cb.ctx);
	}
}

static void on_line(void *ctx, const char *line, size_t n)
{
	struct qmp *q = ctx;
	if (q->closed || n > 65535)
		return;
	struct json_object *msg = json_tokener_parse(line);
	if (json_object_is_type(msg, json_type_object))
		dispatch(q, msg);
	json_object_put(msg);
}

static void release(struct qmp *q)
{
	buf_done(&q->lines.part);
	free(q->pending);
	free(q);
}

static void on_bytes(void *ctx, const char *bytes, size_t n)
{
	struct qmp *q = ctx;
	q->busy = true;
	proc_lines_feed(&q->lines, bytes, n, on_line, q);
	q->busy = false;
	if (q->closed)
		release(q);
}

static void on_end(void *ctx)
{
	struct qmp *q = ctx;
	q->cb.on_end(q->cb.ctx);
}

struct qmp *qmp_open(uv_loop_t *loop, int fd, const struct qmp_cb *cb, struct err *e)
{
	struct qmp *q = xcalloc(1, sizeof(*q));
	q->cb = *cb;
	q->flow = flow_open(loop, fd, &(struct flow_opts){16384, on_bytes, on_end, q}, e);
	if (q->flow == NULL) {
		free(q);
		return NULL;
	}
	qmp_send(q, "qmp_capabilities", NULL, NULL, NULL);
	return q;
}

void qmp_send(struct qmp *q, const char *command, struct json_object *args, qmp_reply *fn, void *ctx)
{
	struct json_object *msg = json_object_new_object();
	json_object_object_add(msg, "execute", json_object_new_string(command));
	if (args != NULL)
		json_object_object_add(msg, "arguments", args);
	char *line = xasprintf("%s\n", json_object_to_json_string_ext(msg, JSON_C_TO_STRING_PLAIN));
	json_object_put(msg);
	if (flow_send(q->flow, line, strlen(line))) {
		q->pending = xrealloc(q->pending, (q->n_pending + 1) * sizeof(*q->pending));
		q->pending[q->n_pending++] = (struct pending){fn, ctx};
	}
	free(line);
}

void qmp_close(struct qmp *q)
{
	if (q == NULL || q->closed)
		return;
	q->closed = true;
	flow_close(q->flow);
	if (!q->busy)
		release(q);
}
