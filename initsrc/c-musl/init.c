/* init: a shell small enough to be read in five minutes, as process 1 of a Linux.
 *
 * Process 1 must never end: the kernel panics if it does. So every call that can fail is answered here, and the loop
 * in main has no way out. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE = 256 };

/* write may take less than it is given, and there is nobody to tell if it fails. */
static void say(const char *text)
{
	size_t left = strlen(text);
	while (left > 0) {
		ssize_t n = write(1, text, left);
		if (n <= 0)
			return;
		text += n;
		left -= (size_t)n;
	}
}

/* Read a line into line[], without its newline. Returns its length; LINE if it is longer than fits (the rest is read
 * and dropped, so that it is not taken for the next line); -1 at the end of input. */
static int read_line(char *line)
{
	int n = 0;
	for (;;) {
		char c;
		if (read(0, &c, 1) != 1)
			return n > 0 && n < LINE ? n : -1;
		if (c == '\n')
			return n;
		if (n < LINE)
			line[n++] = c;
	}
}

/* Cut the line into words at blanks, in place. argv has room: each word but the last takes at least two bytes. */
static int split(char *line, char *argv[])
{
	int n = 0;
	for (char *word = strtok(line, " \t"); word != NULL; word = strtok(NULL, " \t"))
		argv[n++] = word;
	argv[n] = NULL;
	return n;
}

/* Run a program and wait for it. Process 1 inherits every orphan: wait collects those too, on the way. */
static void run(char *argv[])
{
	pid_t child = fork(), got;
	if (child == -1) {
		say("cannot fork\n");
		return;
	}
	if (child == 0) {
		execv(argv[0], argv);
		say(argv[0]); /* only here if execv failed */
		say(": ");
		say(strerror(errno));
		say("\n");
		_exit(127); /* the child must not go on as a second shell */
	}
	do
		got = wait(NULL);
	while (got != child && got != -1);
}

int main(void)
{
	char line[LINE + 1], *argv[LINE / 2 + 2];
	int ends = 0;

	/* A session of our own with this terminal: so Ctrl-C reaches what runs. The kernel keeps it from process 1. */
	setsid();
	ioctl(0, TIOCSCTTY, 0);

	for (;;) {
		say("# ");
		int n = read_line(line);
		if (n == -1) { /* Ctrl-D, or nobody there: try again, but not a million times a second */
			say("\n");
			if (ends++ > 0)
				sleep(1);
			continue;
		}
		ends = 0;
		if (n == LINE) {
			say("line too long\n");
			continue;
		}
		line[n] = '\0';
		if (split(line, argv) > 0)
			run(argv);
	}
}
