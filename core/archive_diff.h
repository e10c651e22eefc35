/* archive_diff: two root file systems compared by name: what was added, removed, changed, and in what. Pure; works on
 * opened archives (archive_view.h), in which the last entry of a name counts. */
#ifndef KILN_ARCHIVE_DIFF_H
#define KILN_ARCHIVE_DIFF_H

#include <stddef.h>

#include "core/archive_view.h"

enum av_change { AV_ADDED, AV_REMOVED, AV_CHANGED };

struct av_diff_row {
	enum av_change change;
	const struct av_entry *a, *b; /* in the first and the second archive; NULL where it is not; borrowed */
	char *what;                   /* "mode 100644 -> 100755, contents from byte 12"; "" unless changed; owned */
};
struct av_diff {
	struct av_diff_row *v;
	size_t n;
};
/* Compare, sorted by name. Times, inode numbers and the order of entries do not count. */
void av_diff_make(struct av_diff *d, const struct archive_view *a, const struct archive_view *b);
const char *av_change_name(enum av_change c);
void av_diff_done(struct av_diff *d);

#endif
