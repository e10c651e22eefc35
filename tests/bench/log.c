/* bench of the log: appends every line of a file, then searches it for patterns; prints `name value` pairs, times in
 * seconds, memory in bytes. tests/bench/log.sh puts `grep -P` on the same file beside it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/internal.h"
#include "core/log.h"
#include "core/str.h"
#include "tui/logview.h"

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A figure of /proc/self/status in bytes. */
static long status(const char *key)
{
	char line[256];
	long kb = 0;
	FILE *f = fopen("/proc/self/status", "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (str_starts(line, key))
			kb = strtol(line + strlen(key), NULL, 10);
	if (f != NULL)
		fclose(f);
	return kb * 1024;
}

/* Append the file's lines; the seconds that log_append took. */
static double append(struct log *l, const char *path)
{
	static char buf[1 << 16];
	size_t have = 0;
	ssize_t n;
	double spent = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		exit((perror(path), 1));
	while ((n = read(fd, buf + have, sizeof(buf) - have)) > 0) {
		char *s = buf, *nl;
		have += (size_t)n;
		double t = now();
		while ((nl = memchr(s, '\n', have - (size_t)(s - buf))) != NULL) {
			log_append(l, s, (size_t)(nl - s), false);
			s = nl + 1;
		}
		spent += now() - t;
		have -= (size_t)(s - buf);
		memmove(buf, s, have);
	}
	close(fd);
	return spent;
}

static void search(struct logview *v, const char *pattern)
{
	struct err e = {0};
	double t = now(), worst = 0;
	if (logview_search(v, pattern, 0, &e) < 0)
		exit((err_print(&e, stderr), 1));
	for (bool more = true; more;) {
		double slice = now();
		more = logview_step(v, 3000);
		if (now() - slice > worst)
			worst = now() - slice;
	}
	printf("search %.4f slice_worst %.4f hits %zu pattern %s\n", now() - t, worst, textsearch_hits(v->search),
		pattern);
}

int main(int argc, char **argv)
{
	int r = internal_main(argc, argv);
	if (r >= 0)
		return r;
	const long before = status("VmRSS:");
	struct log *l = log_new(0);
	struct logview v;
	const double spent = append(l, argv[1]);
	printf("append %.4f lines %zu\n", spent, log_count(l));
	printf("memory %zu rss %ld rss_before %ld\n", log_memory(l), status("VmRSS:"), before);
	logview_init(&v, l);
	for (int i = 2; i < argc; i++)
		search(&v, argv[i]);
	printf("rss_after_search %ld\n", status("VmRSS:"));
	logview_done(&v);
	log_free(l);
	return 0;
}
