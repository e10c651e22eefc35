/* flow: a descriptor (socket, pty master) as a stream on the loop with manners: at most `budget` bytes are handed on
 * per turn of the loop, so that a flood never starves keys and drawing; reading can be held back, which stops the other
 * side by and by; writes queue up to a limit. Used by vm.c, pty.c and qmp.c. */
#ifndef KILN_FLOW_H
#define KILN_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "core/err.h"

#define FLOW_BUDGET    32768     /* default bytes per turn */
#define FLOW_QUEUE_MAX (1 << 20) /* bytes waiting to be written */

struct flow_opts {
	size_t budget; /* 0: FLOW_BUDGET */
	void (*on_bytes)(void *ctx, const char *bytes, size_t n);
	/* The other side is gone (end of file or error). Once; reading has stopped. Not after flow_close. */
	void (*on_end)(void *ctx);
	void *ctx;
};

struct flow; /* opaque */
/* Takes fd (closed even on failure). Reading starts at once. NULL with *e set on failure. */
struct flow *flow_open(uv_loop_t *loop, int fd, const struct flow_opts *o, struct err *e);
/* Queue bytes for writing; false if the queue is full or the other side is gone (nothing was queued). */
bool flow_send(struct flow *f, const char *bytes, size_t n);
size_t flow_queued(const struct flow *f);
/* true: stop reading until called with false. */
void flow_hold(struct flow *f, bool hold);
/* No more callbacks; the memory goes when the loop has closed it. NULL is allowed. */
void flow_close(struct flow *f);

#endif
