/* kchelper: the program kiln-kconfig for one kernel tree: the tree's own scripts/kconfig compiled with our bridge
 * (kconfig/), at first use, into the cache by the hash of everything it is made of. Invariant: a cached helper is
 * whole: it is built in a folder of its own and renamed. */
#ifndef KILN_KCHELPER_H
#define KILN_KCHELPER_H

#include <uv.h>

#include "core/err.h"
#include "core/op.h"

/* Where the helper for this tree is or will be: a folder. Returns owned, NULL with *e if the tree has no kconfig. */
char *kchelper_dir(const char *tree, struct err *e);
/* The tree's path as the helper is told it: a link in the cache if the path has characters that the tree's own scripts
 * cannot take. Returns owned, NULL with *e. */
char *kchelper_tree(const char *tree, struct err *e);

/* The file in which the helper leaves the names of all Kconfig files that it read from this tree, NUL after each; it
 * need not be there yet. Returns owned. */
char *kchelper_files_list(const char *tree);

/* kcprune.c: remove helpers and notes that nobody used for two months, and what killed kilns left behind. A helper's
 * folder has the time of its last start. */
void kchelper_prune(void);

struct kchelper; /* opaque: a running compile */
/* Compile it. cb->done comes on a later turn of the loop. */
struct kchelper *kchelper_start(uv_loop_t *loop, const char *tree, const struct op_cb *cb, struct err *e);
void kchelper_cancel(struct kchelper *h);

#endif
