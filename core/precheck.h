/* precheck: "would this boot?", answered before it is tried. Looks at the init (ELF file and hand-written sources), the
 * archive, the kernel's configuration and the machine, as the kernel will, and says what would go wrong, with the line
 * that would stand on the console, the place, and the next step. It warns and never blocks. Invariant: PRE_STOP is only
 * said of what the kernel or the processor will refuse; all that is a matter of judgement is PRE_RISK. */
#ifndef KILN_PRECHECK_H
#define KILN_PRECHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/systable.h"

enum precheck_level {
	PRE_GOOD, /* looked at, and right */
	PRE_NOTE, /* worth knowing; it boots all the same */
	PRE_RISK, /* boots, and will then go wrong in a way that can be foreseen */
	PRE_STOP, /* no prompt will be seen */
};

struct precheck_finding {
	enum precheck_level level;
	const char *id; /* "elf-type", "config-initrd", … : stable, for scripts and lessons */
	char *what;     /* what is the matter, and why */
	char *line;     /* what the console would say; NULL if nothing */
	char *next;     /* what to do; NULL for PRE_GOOD */
	char *fix;      /* a kiln command line that does it ("config --set BINFMT_ELF=y"); NULL if there is none */
	char *file;     /* source or archive it is about; NULL: none */
	int line_no;    /* in a source; 0: none */
	int64_t byte;   /* in a binary; -1: none */
};

/* All are borrowed; NULL where there is none, and the checks that need it are left out. */
struct precheck_params {
	const char *init;    /* the program; taken from the archive if there is one */
	const char *archive; /* the initramfs */
	const char *config;  /* the kernel's .config */
	const char *sources; /* the variant's folder */
	const struct systable *calls;
	const char *face;    /* serial or vga */
	const char *cmdline; /* the kernel's, whole */
	long memory;         /* MiB; 0: unknown */
};

struct precheck {
	struct precheck_finding *v; /* worst first */
	size_t n;
	enum precheck_level worst;
};

/* Run all checks. Never fails: what cannot be read is a finding. */
void precheck_run(struct precheck *c, const struct precheck_params *p);
void precheck_done(struct precheck *c);
/* "would boot", "would boot, with a risk", "would not boot". */
const char *precheck_verdict(const struct precheck *c);
const char *precheck_level_name(enum precheck_level level);
/* The finding of this id, or NULL. */
const struct precheck_finding *precheck_find(const struct precheck *c, const char *id);

#endif
