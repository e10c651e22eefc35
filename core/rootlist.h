/* rootlist: what the initramfs will hold, before it is written: one row per name, gathered from the init, the
 * companions, rootfs/ and its manifest, each laid over the ones before. Invariants: sorted, no name twice, every parent
 * folder is there and is a folder, /dev/console is there, all within the limits of newc and of the kernel's unpacker.
 */
#ifndef KILN_ROOTLIST_H
#define KILN_ROOTLIST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/initramfs.h"

struct root_entry {
	char *name;   /* "bin/ls" */
	char *source; /* a file's path on the host; a link's target; else NULL */
	mode_t mode;  /* type and permissions */
	unsigned uid, gid, major, minor;
	int64_t size;       /* of a file's contents */
	const char *origin; /* "init", "companion", "rootfs", "manifest", "always", "folder" (above another); static */
	unsigned order;     /* when it was laid: the later of two wins */
};
struct rootlist {
	struct root_entry *v;
	size_t n;
};

/* Gather. Returns 0, or -1 with *e naming the file or manifest line. */
int rootlist_make(struct rootlist *l, const struct initramfs_params *p, struct err *e);
const struct root_entry *rootlist_find(const struct rootlist *l, const char *name);
void rootlist_done(struct rootlist *l);

#endif
