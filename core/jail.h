/* jail: a place where a program that nobody vouches for can be run and watched: own user, mount, process, network, IPC
 * and host-name namespaces, a root of its own in memory that holds only what was put there, no capabilities, no new
 * privileges, small limits, and a filter on system calls that only attack kernels. Invariant: the program is never run
 * with less than all of this: where the machine refuses a part, jail_prepare fails. Used by the tracer (trace.c), in a
 * worker process of its own. */
#ifndef KILN_JAIL_H
#define KILN_JAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/err.h"

struct jail_file {
	const char *name; /* "/init", "/bin/hello" */
	char *bytes;
	size_t n;
};

struct jail {
	const struct jail_file *file;
	size_t n_file;
	bool own_user; /* from jail_prepare */
	int stdin_fd;  /* of the program; its output goes to /dev/null */
};

/* Leave the machine's namespaces: for good, and for this whole process. 0, or -1 with *e saying what was refused.
 * *own_user: there is a user namespace too; without one (only root gets that far) the program becomes nobody. */
int jail_prepare(bool *own_user, struct err *e);
/* Fork the program's process (1 in its namespace): it builds its root, gives up everything, writes a byte to ready_fd
 * (or a message of what failed), waits for a byte on go_fd, and becomes /init. Returns its pid, or -1 with *e. */
pid_t jail_fork(const struct jail *j, int ready_fd, int go_fd, struct err *e);

#endif
