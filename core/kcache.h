/* kcache: kernels that were built before, by what they were built from (source, configuration, compiler): a class, a
 * set of lessons or a learner who toggles an option back shares a handful of them. Kept in the cache folder, the newest
 * KCACHE_MAX. Losing it costs time only. */
#ifndef KILN_KCACHE_H
#define KILN_KCACHE_H

#include <stdbool.h>

#include "core/err.h"
#include "core/record.h"

#define KCACHE_MAX 24

/* Copy the kernel built from just these inputs to out. false if there is none. */
bool kcache_fetch(const struct inputs *in, const char *out);
/* Keep image as the kernel of these inputs. Failure is no one's concern. */
void kcache_store(const struct inputs *in, const char *image);

#endif
