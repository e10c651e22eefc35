/* precheck_int: what the parts of precheck share: adding findings, and the parts themselves. */
#ifndef KILN_PRECHECK_INT_H
#define KILN_PRECHECK_INT_H

#include "core/elfview.h"
#include "core/precheck.h"
#include "core/str.h"

/* Add a finding; text is printf. Returns it for the optional parts; valid until the next is added. */
struct precheck_finding *precheck_add(struct precheck *c, enum precheck_level level, const char *id, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));
/* Set owned copies; NULL leaves it. */
void precheck_more(struct precheck_finding *f, const char *line, const char *next, const char *fix);

/* Is none of the findings from number `from` on above a note? */
bool precheck_calm(const struct precheck *c, size_t from);

/* An entry of the archive, as the kernel would make it. */
struct prearch_entry {
	char *path;   /* without leading "/" and "./" */
	char *target; /* of a symlink; NULL else */
	unsigned mode;
	unsigned major, minor;
	uint64_t size;
};

struct prearch {
	struct prearch_entry *v;
	size_t n;
	uint64_t size, unpacked;
	char *init; /* the bytes of the program that the kernel would start; NULL if it is not there */
	size_t n_init;
};

/* precheck_archive.c: reads p->archive, adds findings, fills a. */
void precheck_archive(struct precheck *c, const struct precheck_params *p, struct prearch *a);
void prearch_done(struct prearch *a);
/* NULL if it is not there; follows symlinks. */
const struct prearch_entry *prearch_find(const struct prearch *a, const char *path);

/* precheck_elf.c: the program's bytes. a may be NULL. */
void precheck_program(struct precheck *c, const struct precheck_params *p, const struct prearch *a);
/* precheck_config.c */
void precheck_config(struct precheck *c, const struct precheck_params *p);
/* Is CONFIG_name=y in the text of a .config? */
bool precheck_config_is(const char *text, const char *name);
/* precheck_asm.c and precheck_c.c: one source each. */
void precheck_asm(struct precheck *c, const struct precheck_params *p, const char *file, char *text);
void precheck_c(struct precheck *c, const char *file, char *text);

#endif
