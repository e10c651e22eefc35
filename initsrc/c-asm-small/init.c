/* init: the shell of c-libc without a C library. Process 1 must never end: the kernel panics if it does. */
#include "sys.h"

enum { LINE = 256 };
enum { TIOCSCTTY = 0x540e };

static void say(const char *text)
{
	unsigned long n = 0;
	while (text[n] != '\0')
		n++;
	sys_write(1, text, n);
}

static void say_number(long n)
{
	char digits[24], *d = digits + sizeof(digits);
	*--d = '\0';
	do
		*--d = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	say(d);
}

/* Read a line into line[], without its newline. Returns its length; LINE if it is longer than fits (the rest is read
 * and dropped); -1 at the end of input. */
static int read_line(char *line)
{
	int n = 0;
	for (;;) {
		char c;
		if (sys_read(0, &c, 1) != 1)
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
	char *p = line;
	for (;;) {
		while (*p == ' ' || *p == '\t')
			*p++ = '\0';
		if (*p == '\0')
			break;
		argv[n++] = p;
		while (*p != '\0' && *p != ' ' && *p != '\t')
			p++;
	}
	argv[n] = 0;
	return n;
}

/* Run a program and wait for it, and on the way for any orphan that process 1 inherited. */
static void run(char *argv[])
{
	char *none[1] = {0};
	long child = sys_fork(), got;
	if (child < 0) {
		say("cannot fork\n");
		return;
	}
	if (child == 0) {
		long answer = sys_execve(argv[0], argv, none); /* comes back only if it failed */
		say(argv[0]);
		say(": error ");
		say_number(-answer);
		say("\n");
		sys_exit(127); /* the child must not go on as a second shell */
	}
	do
		got = sys_wait4(-1, 0, 0, 0);
	while (got != child && got > 0);
}

int main(void)
{
	char line[LINE + 1], *argv[LINE / 2 + 2];
	int ends = 0;

	/* A session of our own with this terminal: so Ctrl-C reaches what runs. The kernel keeps it from process 1. */
	sys_setsid();
	sys_ioctl(0, TIOCSCTTY, 0);

	for (;;) {
		say("# ");
		int n = read_line(line);
		if (n == -1) { /* Ctrl-D, or nobody there: try again, but not a million times a second */
			say("\n");
			if (ends++ > 0)
				sys_pause_seconds(1);
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
