/* sandbox: shuts this process and all that it starts in, for good: by Landlock it sees only the folders named (the
 * tools in /usr, what the caller adds), writes only where it may, and opens no network connection; it loses root's
 * capabilities and cannot gain privileges. Used by the grader's workers, which handle what strangers sent. */
#ifndef KILN_SANDBOX_H
#define KILN_SANDBOX_H

#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"

struct sandbox {
	struct strv read;  /* folders and files that may be read and run; absent ones are left out */
	struct strv write; /* folders in which everything but running may be done */
	bool keep_read;    /* root may go on reading what other users own (to take in their files) */
};

/* Landlock's version here; 0: this kernel has none, so that sandbox_enter confines nothing to folders. */
int sandbox_level(void);
/* Enter. -1 with *e if the kernel has Landlock and refuses, or a folder to write to is not there. */
int sandbox_enter(const struct sandbox *s, struct err *e);

/* Limits for tools that compile what strangers wrote, in the variable KILN_LIMITS that `kiln internal exec` obeys:
 * "cpu=SECONDS as=MIB fsize=MIB", each optional. QEMU needs no limit of its own and takes what it is given. */
#define SANDBOX_LIMITS "KILN_LIMITS"
void sandbox_limits(const char *text);

#endif
