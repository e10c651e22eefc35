/* source_subset: which part of a kernel tarball an x86 build needs, as prefix rules; and the list of what was left out,
 * kept in the unpacked tree, by which a folder of the rest is found and fetched later. Pure but for reading that list.
 * Invariant: every Kconfig file of every architecture stays, as the option tree needs them all. */
#ifndef KILN_SOURCE_SUBSET_H
#define KILN_SOURCE_SUBSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/* Moves when the rules change: trees unpacked by other rules are not taken for ours. */
#define SUBSET_VERSION 1

/* Does the subset hold this file (a path below the top of the tree)? */
bool subset_has(const char *path);

/* Files of kiln's own in an unpacked tree. */
#define SUBSET_MARK ".kiln-complete" /* written last: the tree is whole */
#define SUBSET_REST ".kiln-left-out" /* "OFFSET SIZE PATH" for each file left out, in the tarball's order */

/* How the mark of a whole tree begins, for a tarball of this identity. Returns owned. */
char *subset_mark(const char *id);
/* Was this tree unpacked whole from that tarball, by these rules? */
bool subset_is_whole(const char *tree, const char *id);

/* One file that was left out. path is owned by the list's text. */
struct rest_file {
	uint64_t offset, size; /* of its header in the unpacked stream; of the file */
	const char *path;
};
struct rest {
	char *text;
	struct rest_file *v;
	size_t n;
};
/* Read the list of a tree. False if there is none. */
bool rest_load(struct rest *r, const char *tree);
void rest_done(struct rest *r);
/* Of all files left out, those of "dir with all below it", borrowing the text of `all`. Below a folder that is huge as
 * a whole (the graphics drivers are 500 MB), only those directly in it. rest_done(out) by the caller. */
void rest_pick(const struct rest *all, const char *dir, struct rest *out);
/* Append one line to the text of a list. */
void rest_add(struct buf *text, uint64_t offset, uint64_t size, const char *path);

/* source.c's side of an unpack (source_op.c): where the tree of this tarball lies in the cache (returns owned; NULL
 * with *e if make could not build there), and taking the finished tree over into s. */
struct source;
char *source_cache_tree(const struct source *s, struct err *e);
int source_take_tree(struct source *s, const char *tree, struct err *e);

#endif
