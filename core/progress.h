/* progress: how far a long operation is and when it will be over. The estimate is the mean rate so far,
 * weighted towards the last seconds; none is given before 2 s or 2 % are done, and none without a total. */
#ifndef KILN_PROGRESS_H
#define KILN_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	char what[96];        /* the item in hand, e.g. "CC mm/slab.o" */
	uint64_t done, total; /* total 0: not known */
	bool approximate;     /* the total is an estimate */
	uint64_t started_ns, now_ns;
	double rate; /* units per second, smoothed */
	uint64_t mark_ns, mark_done;
};

/* Begin at time now (uv_hrtime() ns). */
void progress_begin(struct progress *p, uint64_t now_ns);
/* Note the present state. `what` may be NULL to keep the last. A total that proves too small grows with done. */
void progress_update(struct progress *p, uint64_t now_ns, const char *what, uint64_t done, uint64_t total);
/* Seconds left, or -1 if no honest estimate can be given. */
double progress_eta(const struct progress *p);
/* "312/597 52 % 0:41 left": without what cannot be known. buf holds n bytes. */
void progress_text(const struct progress *p, char *buf, size_t n);
/* "0:41", "1:02:03". */
void progress_clock(double seconds, char *buf, size_t n);

#endif
