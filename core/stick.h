/* stick: writes an image to a USB stick, safely: only whole, removable (or USB) disks that nothing uses, or loop
 * devices and, when asked for, plain files; the image must fit; what was written is read back and compared. Everything
 * else is refused with the reason. The caller has asked the user. Blocks for one chunk a turn of the loop, so it can be
 * cancelled between chunks. */
#ifndef KILN_STICK_H
#define KILN_STICK_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/err.h"
#include "core/op.h"

struct stick {
	char *path; /* absolute, symlinks resolved */
	char *name; /* "sdb": what the user types to confirm */
	char *model;
	int64_t size; /* bytes */
	bool file;    /* a plain file */
};

/* Look at a device. Returns 0 if it may be written, else -1 with *e: what it is and why not. allow_file: plain files
 * too. */
int stick_look(struct stick *s, const char *device, bool allow_file, struct err *e);
void stick_done(struct stick *s);
/* All disks that stick_look would take, as owned paths. */
struct strv;
void stick_candidates(struct strv *out);

struct stick_op; /* opaque */
/* Write the image and verify it; progress in bytes, written and read back counted alike. Borrows s until done. */
struct stick_op *stick_write(
	uv_loop_t *loop, const struct stick *s, const char *image, const struct op_cb *cb, struct err *e);
void stick_cancel(struct stick_op *op);

#endif
