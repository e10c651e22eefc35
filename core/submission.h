/* submission: what a learner hands in and a grader takes: the sources of a lab, never what was built from them. In
 * memory, bounded, every path checked, from a lab's folder or from an archive; then written as one small archive (the
 * same bytes for the same lab) or as a lab of its own. Archives come from strangers: only regular files with plain
 * relative paths of the closed set below; anything that could leave the folder (.., absolute, links, devices) is an
 * error; unknown names are left out with a note.
 *
 *   submission.json           what it is: versions, and each file's size and SHA-256
 *   kiln.conf kernel.config   settings and kernel options
 *   init/NAME/FILE            init variants that are not as shipped, and the chosen one
 *   rootfs/… iso/…            extra files of the images, with rootfs/manifest; no programs (ELF): they are built
 *   lessons/…                 lessons that the learner wrote
 *   progress/lessons          which steps the learner's kiln saw solved */
#ifndef KILN_SUBMISSION_H
#define KILN_SUBMISSION_H

#include <json-c/json.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

#define SUBMISSION_MAX       ((size_t)8 << 20) /* bytes of all files */
#define SUBMISSION_FILE_MAX  ((size_t)2 << 20)
#define SUBMISSION_FILES     512u
#define SUBMISSION_PACKED    ((size_t)4 << 20) /* bytes of an archive */
#define SUBMISSION_RATIO_MAX 200u              /* unpacked to packed, once over 1 MiB */

struct submission_file {
	char *path, *bytes;
	size_t n;
};

/* Zero-initialise. */
struct submission {
	struct submission_file *v; /* sorted by path once it is whole */
	size_t n, total;
	struct strv note; /* what was left out, and why, in words */
};

/* May a file of this name be in a submission? 1 yes, 0 unknown name, -1 with *e if it could leave the folder. */
int submission_path(const char *path, struct err *e);
/* Gather from a lab's folder, beneath it, following no link. */
int submission_from_lab(struct submission *s, const char *dir, struct err *e);
/* Read an archive: tar, plain or by gzip, xz, zstd or bzip2. Errors name the entry. */
int submission_from_archive(struct submission *s, const char *path, struct err *e);
/* Add progress/lessons and submission.json (kernel: the source's version, or NULL). */
int submission_describe(struct submission *s, const char *progress, const char *kernel, struct err *e);
/* The archive's bytes, .tar.xz or (name ending in .gz or .tgz) .tar.gz. Returns owned, or NULL with *e. */
char *submission_pack(const struct submission *s, const char *name, size_t *n, struct err *e);
/* Make a lab of it in dir (absent): shipped variants, the submission laid over. Settings that could reach out of the
 * lab are left out, values of kernel.config that the kernel's build would run or read files by are errors. */
int submission_unpack(struct submission *s, const char *dir, struct err *e);
const struct submission_file *submission_find(const struct submission *s, const char *path);
void submission_done(struct submission *s);

#endif
