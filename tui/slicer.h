/* slicer: long work done a slice at a time on the loop, between keys: the function is called again and again while it
 * says that there is more, and the loop sleeps otherwise. Used by panes for searches and filters. */
#ifndef KILN_SLICER_H
#define KILN_SLICER_H

#include <stdbool.h>
#include <uv.h>

struct slicer; /* opaque */

/* step(ctx): do some milliseconds of work; true: there is more. Returns owned. */
struct slicer *slicer_new(uv_loop_t *loop, bool (*step)(void *ctx), void *ctx);
/* See to it that step is called (soon, and until it says false). */
void slicer_go(struct slicer *s);
/* Is there work left? */
bool slicer_busy(const struct slicer *s);
/* The handle is closed by the loop later; step is not called any more. */
void slicer_free(struct slicer *s);

#endif
