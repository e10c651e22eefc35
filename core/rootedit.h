/* rootedit: changes to what goes into the initramfs, made in the lab's own rootfs/ and its manifest: files, folders and
 * links as such, modes and device nodes as lines of the manifest, so that no root is needed. Names are paths in the
 * guest, with or without a leading slash. Invariants: nothing outside rootfs/ is written; a failed change leaves the
 * rest as it was. Called by `kiln initramfs`. */
#ifndef KILN_ROOTEDIT_H
#define KILN_ROOTEDIT_H

#include <sys/types.h>

#include "core/err.h"
#include "core/rootlist.h"
#include "core/str.h"

/* The lab's rootfs/ and what the initramfs would hold now (for what is not from rootfs/). Borrowed. */
struct rootedit {
	const char *rootfs;
	const struct rootlist *now;
};

/* Copy a file or a folder with all below it of the host to NAME. */
int rootedit_add(const struct rootedit *r, const char *host, const char *name, struct err *e);
/* Bring the libraries and the loader that a program needs. Their names are added to *added; those that were there
 * already are not. A static program, or none, needs nothing. */
int rootedit_add_libs(const struct rootedit *r, const char *host, struct strv *added, struct err *e);
/* Take out NAME with all below it. */
int rootedit_remove(const struct rootedit *r, const char *name, struct err *e);
/* Change the mode: octal ("0755"), or a+x, a-x (also r and w). */
int rootedit_chmod(const struct rootedit *r, const char *mode, const char *name, struct err *e);
int rootedit_mkdir(const struct rootedit *r, const char *name, struct err *e);
int rootedit_link(const struct rootedit *r, const char *target, const char *name, struct err *e);
/* kind: "c" or "b". */
int rootedit_node(
	const struct rootedit *r, const char *name, const char *kind, unsigned major, unsigned minor, struct err *e);
/* Bring the host's static busybox as /bin/busybox with a link for each applet (all, or those of `only`, if it has any).
 * What is there already stays: such names go to *kept, the others to *added. */
int rootedit_busybox(
	const struct rootedit *r, const struct strv *only, struct strv *added, struct strv *kept, struct err *e);

#endif
