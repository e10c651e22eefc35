/* manifest: rootfs/manifest, which gives the initramfs what a folder cannot: modes, owners, device nodes, links. One
 * entry a line in the words of the kernel's usr/gen_init_cpio, # comments and blank lines, all kept when an entry is
 * changed: dir NAME MODE UID GID            file NAME SOURCE MODE UID GID slink NAME TARGET MODE UID GID   nod NAME
 * MODE UID GID c|b MAJOR MINOR pipe NAME MODE UID GID           sock NAME MODE UID GID SOURCE is a path in rootfs/, an
 * absolute path of the host, or - for what is at NAME anyway. A blank, # or \ in a name is written \ooo (three octal
 * digits), as in fstab. Invariant: what is loaded is well-formed; errors say file:line:col. */
#ifndef KILN_MANIFEST_H
#define KILN_MANIFEST_H

#include <stddef.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/str.h"

struct manifest_entry {
	char *name;   /* in the archive: no leading slash, no . or .. */
	char *source; /* of a file; target of a link; else NULL */
	mode_t mode;  /* type and permissions */
	unsigned uid, gid;
	unsigned major, minor; /* of a device node */
	int line;              /* in the file; 0: new */
};

struct manifest {
	char *path;
	struct strv line; /* the file as written */
	struct manifest_entry *v;
	size_t n;
};

/* Read path; an absent file is an empty manifest. Returns 0 or -1 with *e. */
int manifest_load(struct manifest *m, const char *path, struct err *e);
/* Parse text as if read from path. */
int manifest_parse(struct manifest *m, const char *path, const char *text, struct err *e);
/* The last entry for a name, or NULL. Borrowed. */
const struct manifest_entry *manifest_find(const struct manifest *m, const char *name);
/* Put this entry (copied) in place of any other of its name. */
void manifest_set(struct manifest *m, const struct manifest_entry *entry);
/* Take out all entries of a name. Returns how many there were. */
size_t manifest_remove(struct manifest *m, const char *name);
int manifest_save(const struct manifest *m, struct err *e);
void manifest_done(struct manifest *m);

/* A name as the archive has it: leading and doubled slashes and . dropped. Returns owned, or NULL if it is empty, has a
 * .. or is longer than the kernel takes. */
char *manifest_name(const char *given);
/* Words of a line: cut at blanks, \ooo decoded. Returns 0, or the 1-based column of a bad escape. */
int manifest_words(const char *line, struct strv *words, struct strv *columns);

#endif
