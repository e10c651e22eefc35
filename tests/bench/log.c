/* bench of the log, as the log pane uses it: `log FILE PATTERN…` appends every line of the file, shows the end on a
 * screen in memory, searches for each pattern in the slices the pane uses, shows the match. Prints `append MS`, `rss
 * BYTES` (all of this process), `search MS WORST_SLICE_MS MATCHES`. tests/bench/log.sh puts `grep -P` on the same file
 * beside it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/internal.h"
#include "core/log.h"
#include "core/str.h"
#include "tui/draw.h"
#include "tui/logview.h"
#include "tui/screen.h"
#include "tui/theme.h"

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

static void show(struct logview *v, struct screen *s)
{
	const struct draw d = {s, 0, 0, 50, 200};
	screen_begin(s);
	textview_draw(&v->view, &d, true);
	screen_show(s);
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
	printf("search %.3f %.3f %zu\n", (now() - t) * 1e3, worst * 1e3, textsearch_hits(v->search));
}

int main(int argc, char **argv)
{
	int r = internal_main(argc, argv);
	if (r >= 0)
		return r;
	struct err e = {0};
	struct log *l = log_new(0);
	struct logview v;
	struct screen *s = screen_open_memory(50, 200, &e);
	struct theme *t = theme_default();
	if (s == NULL)
		return err_print(&e, stderr), 1;
	screen_set_theme(s, t);
	printf("append %.3f\n", append(l, argv[1]) * 1e3);
	logview_init(&v, l);
	show(&v, s);
	for (int i = 2; i < argc; i++) {
		search(&v, argv[i]);
		show(&v, s);
	}
	printf("rss %ld\n", status("VmHWM:"));
	logview_done(&v);
	log_free(l);
	theme_free(t);
	screen_close(s);
	return 0;
}
