/* tty: runs a program on a pseudo terminal and measures what one who sits there sees.
 *   tty first ROWSxCOLS TEXT PROGRAM…         milliseconds from exec until TEXT has come
 *   tty keys N TEXT SETUP PROGRAM…            waits for TEXT, types SETUP (\e is Esc), then N times (48 at most): types
 * a letter that nothing else prints and waits for it; prints median and 99th percentile in ms.
 *   tty idle SECONDS TEXT PROGRAM…            waits for TEXT, then for a second in which the program never wakes (at most
 * 20); prints how often it wakes in so many seconds more: the kernel's count of its voluntary waits.
 * The program is ended by SIGTERM. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static char seen[1 << 20];
static size_t n;

/* Read until text comes; -1 after `limit` ms or when the program has ended. */
static double until(int fd, const char *text, double limit)
{
	double begin = now();
	n = 0;
	while (now() - begin < limit) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (poll(&p, 1, 100) <= 0)
			continue;
		if (n > sizeof(seen) / 2) { /* keep an end that may hold the beginning of text */
			memmove(seen, seen + n - 256, 256);
			n = 256;
		}
		ssize_t got = read(fd, seen + n, 65536);
		if (got <= 0)
			return -1;
		size_t from = n > 64 ? n - 64 : 0;
		n += (size_t)got;
		if (memmem(seen + from, n - from, text, strlen(text)) != NULL)
			return now();
	}
	return -1;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void type(int fd, const char *text)
{
	for (; *text; text++) {
		char c = *text;
		if (text[0] == '\\' && text[1] == 'e') {
			c = 27;
			text++;
		}
		if (write(fd, &c, 1) != 1)
			perror("write");
		usleep(30000);
	}
}

static int keys(int fd, const char *text, const char *setup, int count)
{
	double *ms = calloc((size_t)count, sizeof(double));
	if (until(fd, text, 20000) < 0)
		return 1;
	type(fd, setup);
	for (int i = 0; i < count; i++) {
		const char letter[] = {(char)0xd0, (char)(0x90 + i), '\0'}; /* Cyrillic, another one each time */
		double begin = now();
		if (write(fd, letter, 2) != 2)
			return 1;
		double end = until(fd, letter, 5000);
		if (end < 0)
			return 1;
		ms[i] = end - begin;
		usleep(20000); /* calm again; no more than a person types */
	}
	qsort(ms, (size_t)count, sizeof(double), compare);
	printf("%.2f %.2f\n", ms[count / 2], ms[count * 99 / 100]);
	return 0;
}

static long wakes(pid_t pid)
{
	char path[64], line[256];
	long count = -1;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "voluntary_ctxt_switches: %ld", &count);
	if (f != NULL)
		fclose(f);
	return count;
}

static int idle(int fd, pid_t pid, const char *text, double seconds)
{
	if (until(fd, text, 20000) < 0)
		return 1;
	long before = -1, now_is = wakes(pid);
	for (int i = 0; i < 20 && now_is != before; i++) {
		before = now_is;
		until(fd, "\1\2\3", 1000);
		now_is = wakes(pid);
	}
	until(fd, "\1\2\3", seconds * 1000);
	printf("%ld\n", wakes(pid) - now_is);
	return now_is < 0;
}

int main(int argc, char **argv)
{
	bool is_idle = argc > 4 && strcmp(argv[1], "idle") == 0;
	bool is_keys = argc > 5 && strcmp(argv[1], "keys") == 0;
	struct winsize size = {.ws_row = 40, .ws_col = 120};
	int fd, status = 1;
	if (argc < 5 || (is_keys && atoi(argv[2]) > 48))
		return 2;
	if (!is_keys && !is_idle && sscanf(argv[2], "%hux%hu", &size.ws_row, &size.ws_col) != 2)
		return 2;
	double begin = now();
	pid_t pid = forkpty(&fd, NULL, NULL, &size);
	if (pid == 0) {
		execvp(argv[is_keys ? 5 : 4], argv + (is_keys ? 5 : 4));
		_exit(127);
	}
	if (is_idle) {
		status = idle(fd, pid, argv[3], atof(argv[2]));
	} else if (is_keys) {
		status = keys(fd, argv[3], argv[4], atoi(argv[2]));
	} else {
		double end = until(fd, argv[3], 20000);
		status = end < 0;
		if (end >= 0)
			printf("%.2f\n", end - begin);
	}
	kill(pid, SIGTERM);
	close(fd);
	waitpid(pid, NULL, 0);
	return status;
}
