/* memo: what $(shell …) commands of the Kconfig files said, kept on disk for one fingerprint (tools, tree, environment:
 * env.c). A file is written whole and renamed, so several helpers may use it at once; the last one wins. */
#ifndef KILN_KCONFIG_MEMO_H
#define KILN_KCONFIG_MEMO_H

#include <stddef.h>

struct memo {
	char *command, *said;
	size_t n; /* bytes of said */
};

/* Use dir/… for this fingerprint from now on. A missing or broken file is an empty one. */
void memo_load(const char *dir, const char *fingerprint);
/* A hash of the fingerprint, for names of files. */
unsigned long long memo_hash(const char *fingerprint);
const struct memo *memo_find(const char *command);
const struct memo *memo_add(const char *command, const char *said, size_t n);
/* Write what is new; failure costs only time the next time. */
void memo_save(void);
/* Commands run, and answered from memory, so far. */
unsigned memo_run(void);
unsigned memo_known(void);

#endif
