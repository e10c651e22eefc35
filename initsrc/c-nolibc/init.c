/* init: the shell of c-libc over the kernel's nolibc, which is included by the recipe; no other header is needed. Process
 * 1 must never end: the kernel panics if it does. */

enum { LINE = 256 };
enum { TAKE_TERMINAL = 0x540e }; /* TIOCSCTTY */

static void say(const char *text)
{
	write(1, text, strlen(text));
}

/* Read a line into line[], without its newline. Returns its length; LINE if it is longer than fits (the rest is read
 * and dropped); -1 at the end of input. */
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
	for (char *p = line; *p != '\0';) {
		if (*p == ' ' || *p == '\t') {
			*p++ = '\0';
			continue;
		}
		argv[n++] = p;
		while (*p != '\0' && *p != ' ' && *p != '\t')
			p++;
	}
	argv[n] = NULL;
	return n;
}

/* Run a program and wait for it, and on the way for any orphan that process 1 inherited. */
static void run(char *argv[])
{
	char *none[] = {NULL};
	pid_t child = fork(), got;
	if (child == -1) {
		say("cannot fork\n");
		return;
	}
	if (child == 0) {
		execve(argv[0], argv, none);
		say(argv[0]); /* only here if execve failed */
		say(": error ");
		say(itoa(errno));
		say("\n");
		exit(127); /* the child must not go on as a second shell */
	}
	do
		got = waitpid(-1, NULL, 0);
	while (got != child && got != -1);
}

int main(void)
{
	char line[LINE + 1], *argv[LINE / 2 + 2];
	int ends = 0;

	/* A session of our own with this terminal: so Ctrl-C reaches what runs. The kernel keeps it from process 1. */
	setsid();
	ioctl(0, TAKE_TERMINAL, 0);

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
