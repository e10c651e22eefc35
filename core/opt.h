/* opt: the option table and its values. One row per option gives the kiln.conf key, the
 * type with its range, the default and the prose for help and the man page. Values are layered:
 * default < kiln.conf < the command line. Invariant: a value in a struct optset is always valid. */
#ifndef KILN_OPT_H
#define KILN_OPT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

enum opt_type { OPT_BOOL, OPT_INT, OPT_ENUM, OPT_TEXT, OPT_NAME, OPT_LIST };

enum opt_id {
	OPT_KERNEL_SOURCE,
	OPT_KERNEL_PRESET,
	OPT_KERNEL_JOBS,
	OPT_KERNEL_CCACHE,
	OPT_KERNEL_CACHE,
	OPT_INIT_VARIANT,
	OPT_INIT_CC,
	OPT_INITRAMFS_COMPANIONS,
	OPT_INITRAMFS_COMPRESSION,
	OPT_ISO_MODE,
	OPT_ISO_UEFI,
	OPT_ISO_LABEL,
	OPT_ISO_TIMEOUT,
	OPT_BOOT_FACE,
	OPT_BOOT_CMDLINE,
	OPT_BOOT_MEMORY,
	OPT_BOOT_ACCEL,
	OPT_BOOT_TIMEOUT,
	OPT_SCREEN_THEME,
	OPT_SCREEN_CLIPBOARD,
	OPT_N,
};

struct opt_row {
	enum opt_id id;
	const char *key; /* as in kiln.conf */
	enum opt_type type;
	const char *def;
	long min, max;       /* OPT_INT */
	const char *choices; /* OPT_ENUM: "a|b|c" */
	const char *unit;    /* "" or "MiB", "s" */
	const char *help;    /* one or two sentences */
};

/* All rows in table order. */
const struct opt_row *opt_rows(size_t *n);
const struct opt_row *opt_find(const char *key);
/* The row whose key is nearest, for "did you mean"; NULL if none is near. */
const struct opt_row *opt_nearest(const char *key);
/* Check a value against its row. Returns 0, or -1 with *why (owned) saying what is allowed. */
int opt_check(const struct opt_row *row, const char *value, char **why);

struct optset {
	char *value[OPT_N]; /* owned */
	bool given[OPT_N];  /* not the default */
};
void optset_init(struct optset *s);
/* Takes nothing; copies value, which must be valid. */
void optset_set(struct optset *s, enum opt_id id, const char *value);
/* Set from "key=value" as on the command line. Returns 0, or -1 with *e (ERR_USAGE) saying what is allowed. */
int opt_override(struct optset *s, const char *assignment, struct err *e);
const char *optset_text(const struct optset *s, enum opt_id id);
long optset_int(const struct optset *s, enum opt_id id);
void optset_done(struct optset *s);

#endif
