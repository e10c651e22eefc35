/* progress: see progress.h. */
#include "core/progress.h"

#include <stdio.h>
#include <string.h>

#include "core/str.h"

void progress_begin(struct progress *p, uint64_t now_ns)
{
	memset(p, 0, sizeof(*p));
	p->started_ns = p->now_ns = p->mark_ns = now_ns;
}

/* Every second or more, blend the rate since the last mark into the smoothed rate. */
static void update_rate(struct progress *p)
{
	double dt = (double)(p->now_ns - p->mark_ns) * 1e-9;
	if (dt < 1.0 || p->done < p->mark_done)
		return;
	double recent = (double)(p->done - p->mark_done) / dt;
	p->rate = p->rate > 0 ? 0.8 * p->rate + 0.2 * recent : recent;
	p->mark_ns = p->now_ns;
	p->mark_done = p->done;
}

void progress_update(struct progress *p, uint64_t now_ns, const char *what, uint64_t done, uint64_t total)
{
	if (what != NULL)
		snprintf(p->what, sizeof(p->what), "%s", what);
	p->now_ns = now_ns;
	p->done = done;
	p->total = total != 0 && done > total ? done : total;
	update_rate(p);
}

double progress_eta(const struct progress *p)
{
	double elapsed = (double)(p->now_ns - p->started_ns) * 1e-9;
	if (p->total == 0 || p->done == 0 || (elapsed < 2.0 && p->done * 50 < p->total))
		return -1;
	double mean = elapsed > 0 ? (double)p->done / elapsed : 0;
	double rate = p->rate > 0 ? (mean + p->rate) / 2 : mean;
	return rate > 0 ? (double)(p->total - p->done) / rate : -1;
}

void progress_clock(double seconds, char *buf, size_t n)
{
	unsigned long s = seconds > 0 ? (unsigned long)(seconds + 0.5) : 0;
	if (s >= 3600)
		snprintf(buf, n, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(buf, n, "%lu:%02lu", s / 60, s % 60);
}

void progress_text(const struct progress *p, char *buf, size_t n)
{
	char left[32] = "", clock[16];
	double eta = progress_eta(p);
	if (eta >= 0) {
		progress_clock(eta, clock, sizeof(clock));
		snprintf(left, sizeof(left), ", %s%s left", p->approximate ? "about " : "", clock);
	}
	if (p->total == 0)
		snprintf(buf, n, "%llu", (unsigned long long)p->done);
	else
		snprintf(buf, n, "%s%llu %%%s", p->approximate ? "~" : "",
			(unsigned long long)(p->done * 100 / p->total), left);
}
