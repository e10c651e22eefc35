/* kclink: one running kiln-kconfig and the conversation with it (kconfig/proto.h): requests queue until the helper has
 * parsed its tree, answers come in order. Knows frames, not what they mean. Invariant: every request's callback is
 * called exactly once; if the helper ends, with an error that says why. */
#ifndef KILN_KCLINK_H
#define KILN_KCLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "core/err.h"
#include "core/str.h"

struct kclink; /* opaque */

/* Fields of an answer, taken off the front (see proto.h). After the first one that is not there, bad is set. */
struct kcin {
	const char *p;
	size_t n, at;
	bool bad;
};
uint8_t kcin_u8(struct kcin *in);
uint32_t kcin_u32(struct kcin *in);
/* Borrowed from the frame; "" if bad. n may be NULL. */
const char *kcin_str(struct kcin *in, size_t *n);
/* Fields of a request. */
void kcout_u8(struct buf *b, uint8_t v);
void kcout_u32(struct buf *b, uint32_t v);
void kcout_str(struct buf *b, const char *s);
void kcout_strn(struct buf *b, const char *s, size_t n);

struct kclink_params {
	const char *tree; /* absolute */
	const char *cc;   /* NULL: gcc */
	/* The tree is parsed. May be NULL. */
	void (*ready)(void *ctx, struct kcin *in);
	/* Something the parser said, without newline. May be NULL. */
	void (*message)(void *ctx, int severity, const char *text);
	/* A line of the compile of the helper; the command that compiles it. May be NULL. */
	void (*line)(void *ctx, const char *line, size_t n, bool is_err);
	void (*command)(void *ctx, const char *shell);
	/* A KCP_CHANGES frame, or, for a plan, KCP_PREVIEW. May be NULL. */
	void (*changes)(void *ctx, struct kcin *in, bool preview);
	/* The menu image that holds for this tree. May be NULL. */
	void (*menu)(void *ctx, const char *path);
	/* The helper could not be had or ended by itself; all requests have been answered with the same error. The link
	 * stays until kclink_close. May be NULL. */
	void (*gone)(void *ctx, struct err *e);
	void *ctx;
};

/* Compile the helper if need be, start it. Returns owned, NULL with *e (then nothing is called). Borrows only during
 * the call. */
struct kclink *kclink_open(uv_loop_t *loop, const struct kclink_params *p, struct err *e);
/* Ask. payload is copied. answer(ctx, in, e): e->msg NULL on success, then `in` holds the answer's fields. */
void kclink_ask(struct kclink *l, int op, const struct buf *payload,
	void (*answer)(void *ctx, struct kcin *in, struct err *e), void *ctx);
/* Has the helper ended by itself? */
bool kclink_is_dead(const struct kclink *l);
/* End the helper; requests still open are answered with ERR_CANCELLED before this returns. Frees the link. */
void kclink_close(struct kclink *l);

#endif
