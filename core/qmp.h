/* qmp: a conversation with QEMU's monitor over a connected socket. Commands go out at once, in order; replies come in
 * the same order; events in between. Input is bounded: a line over 64 KiB is dropped. Used by vm.c. */
#ifndef KILN_QMP_H
#define KILN_QMP_H

#include <json-c/json.h>
#include <uv.h>

#include "core/err.h"

struct qmp_cb {
	void (*on_ready)(void *ctx);                                             /* QEMU has greeted us */
	void (*on_event)(void *ctx, const char *name, struct json_object *data); /* data borrowed, may be NULL */
	void (*on_end)(void *ctx);                                               /* the other side is gone; once */
	void *ctx;
};
/* `value` is what QEMU returned (borrowed), NULL if it refused; then `error` says why. */
typedef void qmp_reply(void *ctx, struct json_object *value, const char *error);

struct qmp; /* opaque */
/* Takes fd. NULL with *e set on failure. */
struct qmp *qmp_open(uv_loop_t *loop, int fd, const struct qmp_cb *cb, struct err *e);
/* Takes args (may be NULL). fn may be NULL; it is not called if QEMU ends first. */
void qmp_send(struct qmp *q, const char *command, struct json_object *args, qmp_reply *fn, void *ctx);
/* No more callbacks. NULL is allowed. */
void qmp_close(struct qmp *q);

#endif
