/* srcwatch: tells when the files of a folder have changed, a moment after the last change (editors write a file in
 * several steps). By inotify where that works; by looking once a second where it does not: network and shared file
 * systems, no watches left, or KILN_WATCH=poll. */
#ifndef KILN_SRCWATCH_H
#define KILN_SRCWATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct srcwatch; /* opaque */

/* changed(ctx): something is different now. Returns owned. */
struct srcwatch *srcwatch_new(uv_loop_t *loop, const char *dir, void (*changed)(void *ctx), void *ctx);
/* No more calls; handles are closed by the loop later. NULL is allowed. */
void srcwatch_free(struct srcwatch *w);
bool srcwatch_polls(const struct srcwatch *w);
/* A number that stands for names, sizes and times of the folder's files; hidden and backup files don't count. */
uint64_t srcwatch_mark(const char *dir);
/* Does a file of this name count: not hidden, no backup of an editor? */
bool srcwatch_counts(const char *name);

#endif
