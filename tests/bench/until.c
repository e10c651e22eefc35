/* until: the stop watch of `make bench`. Prints milliseconds on stdout:
 *   until text PATTERN CMD…   from start until CMD's output has this text (then CMD is killed)
 *   until exit CMD…           from start until CMD has ended; its output is thrown away
 *   until cpu CMD…            processor time of CMD and its waited-for children
 *   until rss CMD…            peak resident memory of CMD, in KiB instead
 * Exit status 1 if the text did not come or CMD failed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static double ms(struct timeval t)
{
	return (double)t.tv_sec * 1000 + (double)t.tv_usec / 1000;
}

/* Start the command with its output (to a pipe, or nowhere) and an input that stays silent. */
static pid_t start(char **argv, int *out)
{
	int p[2], in[2];
	if (pipe2(p, O_CLOEXEC) < 0 || pipe2(in, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);
		setpgid(0, 0);
		dup2(in[0], 0);
		dup2(out != NULL ? p[1] : null, 1);
		dup2(out != NULL ? p[1] : null, 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(p[1]);
	close(in[0]);
	if (out != NULL)
		*out = p[0];
	return pid;
}

static int wait_text(const char *text, char **argv)
{
	static char seen[1 << 20];
	size_t n = 0;
	int out, found = 0;
	double began = now();
	pid_t pid = start(argv, &out);
	while (!found && n < sizeof(seen)) {
		ssize_t r = read(out, seen + n, sizeof(seen) - n);
		if (r <= 0)
			break;
		n += (size_t)r;
		found = memmem(seen, n, text, strlen(text)) != NULL;
	}
	double took = now() - began;
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (found)
		printf("%.1f\n", took);
	return found ? 0 : 1;
}

static int wait_exit(const char *mode, char **argv)
{
	int status;
	struct rusage u;
	double began = now();
	pid_t pid = start(argv, NULL);
	if (wait4(pid, &status, 0, &u) < 0)
		return 1;
	double took = now() - began;
	if (strcmp(mode, "cpu") == 0)
		took = ms(u.ru_utime) + ms(u.ru_stime);
	if (strcmp(mode, "rss") == 0)
		took = (double)u.ru_maxrss;
	printf("%.2f\n", took);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc >= 4 && strcmp(argv[1], "text") == 0)
		return wait_text(argv[2], argv + 3);
	if (argc >= 3)
		return wait_exit(argv[1], argv + 2);
	fprintf(stderr, "usage: until text PATTERN CMD... | until exit|cpu|rss CMD...\n");
	return 2;
}
