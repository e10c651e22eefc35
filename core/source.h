/* source: the kernel source to build from: where it was found, and the tree it gives. A directory is used where it
 * lies, read-only; a tarball is unpacked (only what an x86 build needs) into the cache, once for all labs.
 * Invariant: `tree` is set only for a directory that is a whole kernel tree: an interrupted unpack is never taken. */
#ifndef KILN_SOURCE_H
#define KILN_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/err.h"
#include "core/op.h"

struct source {
	char *origin;  /* absolute path of the directory or tarball */
	char *why;     /* what chose it: "kernel.source", "KILN_KERNEL", "newest linux-source package" */
	char *tree;    /* absolute path of the tree; NULL while its tarball is not unpacked */
	char *version; /* "6.12.117" from the tree's Makefile; of a tarball not yet unpacked, what its name says */
	char *id; /* identity of the contents, for fingerprints and caches; changes when the tree is edited (top files'
		     sizes and times for a directory, the tarball's for an unpacked one) */
	bool subset; /* unpacked by us: only a part of the tarball is there */
};

/* Find the source: `setting` (kernel.source or --kernel; NULL or "" for none), then $KILN_KERNEL, then the newest
 * /usr/src/linux-source-*.tar.* that the host compiler can build. Quick (stat and a few small reads). Returns 0, or -1
 * with *e: what is wrong with the named place, or how to get a source. */
int source_find(struct source *s, const char *setting, struct err *e);
void source_done(struct source *s);

struct source_op; /* opaque: a running unpack */
/* Unpack s->origin into the cache (progress in bytes of the tarball). On success s->tree is set before done comes; if
 * s->tree is set already, done comes on the loop's next turn. Borrows s until done. */
struct source_op *source_unpack(uv_loop_t *loop, struct source *s, const struct op_cb *cb, struct err *e);
/* Unpack one more directory of the tarball ("drivers/net/ethernet/intel"), with all below it, into the subset. */
struct source_op *source_unpack_dir(
	uv_loop_t *loop, struct source *s, const char *dir, const struct op_cb *cb, struct err *e);
void source_cancel(struct source_op *op);
/* The directory that a "No rule to make target '…'" line of the kernel's make asks for and that the subset left out.
 * Returns owned, or NULL if the line is another. */
char *source_missing_dir(const struct source *s, const char *line, size_t n);

/* Body of the worker `kiln internal unpack …`. */
int source_unpack_main(int argc, char **argv);

#endif
