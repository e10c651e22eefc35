/* accel: which accelerator really runs a guest here. That /dev/kvm can be opened proves nothing (there are machines
 * where it opens and the guest never runs), so a tiny guest is run under KVM with a deadline. The answer is kept in the
 * cache for as long as the machine stays up and QEMU stays the same. */
#ifndef KILN_ACCEL_H
#define KILN_ACCEL_H

#include <stdbool.h>
#include <uv.h>

#include "core/err.h"

#define ACCEL_DEADLINE_MS 2000

struct accel_result {
	bool kvm_works;
	const char *text; /* for people: what was tried and what came of it */
};

/* Find out. fn comes exactly once, maybe before this returns (a kept answer, or /dev/kvm absent); at most
 * ACCEL_DEADLINE_MS and a little later. fresh: do not use a kept answer. The result is borrowed during fn.
 * Returns -1 with *e set if QEMU cannot be started; then fn does not come. */
int accel_probe(
	uv_loop_t *loop, bool fresh, void (*fn)(void *ctx, const struct accel_result *r), void *ctx, struct err *e);

#endif
