/* stty: the terminal's size. `stty` shows it, `stty rows R cols C` sets it: a serial line has no way to tell how large the
 * window at its other end is, so somebody must say it. */
#include "sys.h"

enum { GET_SIZE = 0x5413, SET_SIZE = 0x5414 }; /* TIOCGWINSZ, TIOCSWINSZ */

static int same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static unsigned short number(const char *s)
{
	unsigned n = 0;
	for (; *s >= '0' && *s <= '9' && n < 10000; s++)
		n = n * 10 + (unsigned)(*s - '0');
	return (unsigned short)n;
}

static int run(char **argv)
{
	struct {
		unsigned short rows, columns, width, height;
	} size = {0, 0, 0, 0};
	long answer = call3(SYS_IOCTL, 0, GET_SIZE, (long)&size);
	char **word = argv[0] != 0 ? argv + 1 : argv;
	const int set = *word != 0;
	for (; answer >= 0 && *word != 0 && word[1] != 0; word += 2) {
		if (same(*word, "rows"))
			size.rows = number(word[1]);
		else if (same(*word, "cols") || same(*word, "columns"))
			size.columns = number(word[1]);
	}
	if (answer >= 0 && set)
		answer = call3(SYS_IOCTL, 0, SET_SIZE, (long)&size);
	if (answer < 0)
		return fail("stty", answer);
	if (!set) {
		say("rows ");
		say_number(size.rows);
		say(" cols ");
		say_number(size.columns);
		say("\n");
	}
	return 0;
}
