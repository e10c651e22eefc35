/* elfneed: the shared libraries that a program of the host needs, found by reading it (DT_NEEDED, RUNPATH, the loader),
 * never by running it or ldd. Answers where each lies on the host and under which path the loader will look for it in
 * the guest. */
#ifndef KILN_ELFNEED_H
#define KILN_ELFNEED_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct elfneed_lib {
	char *name;  /* as the program asks for it: "libc.so.6"; of the loader its whole path */
	char *host;  /* the file on the host, links resolved; NULL: not found */
	char *guest; /* path in the root file system, without leading slash; NULL: not found */
	char *by;    /* the file that asked for it */
};
struct elfneed {
	bool is_elf, is_static; /* static: needs nothing */
	struct elfneed_lib *v;  /* the loader and all libraries, those of libraries too; each once */
	size_t n;
};

/* Read the program at path. A script or other file that is no ELF is no error: is_elf is false. -1 with *e for a file
 * that cannot be read, is a damaged ELF, or is for another machine. */
int elfneed_read(struct elfneed *d, const char *path, struct err *e);
void elfneed_done(struct elfneed *d);

#endif
