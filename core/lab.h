/* lab: a workspace folder (design: kiln.conf, kernel.config, init/, rootfs/, build/, out/). Knows where
 * things lie in it, who holds it, and its settings. Invariant: with `held`, no other kiln writes to it. */
#ifndef KILN_LAB_H
#define KILN_LAB_H

#include <stdbool.h>

#include "core/conf.h"
#include "core/err.h"
#include "core/opt.h"

struct lab {
	char *dir; /* absolute */
	struct conf conf;
	struct optset opts; /* kiln.conf over the defaults */
	int lock_fd;        /* -1: not held */
	bool held;
};

/* Make a lab in dir (created; must be absent, empty, or hold no kiln.conf): kiln.conf, init/ copied from the shipped
 * variants, rootfs/. Nothing is left behind on failure in a folder that did not exist. */
int lab_create(const char *dir, struct err *e);
/* Where the lab is: `given` (--lab) or $KILN_LAB, else the nearest folder upwards with a kiln.conf, else ./kiln-lab.
 * Returns owned path; it need not exist. */
char *lab_locate(const char *given);
/* Open a lab. With `write` its lock is taken; an error names the holder. */
int lab_open(struct lab *l, const char *dir, bool write, struct err *e);
/* Read kiln.conf anew; -1 with *e leaves the defaults for what could not be read. */
int lab_reload(struct lab *l, struct err *e);
/* Release everything. Safe on a zeroed struct with lock_fd -1. */
void lab_close(struct lab *l);
/* Change a setting, in use and in kiln.conf. -1 with *e if there is no such key, or the value does not fit. */
int lab_set(struct lab *l, const char *key, const char *value, struct err *e);
/* Path of something in the lab. Returns owned. */
char *lab_path(const struct lab *l, const char *rel);
/* The kernel's O= directory: build/ in the lab, or, when the lab's path has characters that the kernel's make cannot
 * take (blanks, colons, quotes …), a folder in the cache that lab/build links to. Made if absent. Returns owned, NULL
 * with *e. */
char *lab_build_dir(const struct lab *l, struct err *e);
/* Does another process hold the lab's lock right now? */
bool lab_is_held(const char *dir);
/* The process that holds the lab ("pid 123, kiln build, since …"), or NULL. Returns owned. */
char *lab_holder(const char *dir);

#endif
