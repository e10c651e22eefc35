/* cat: copies files, or what is typed (end with Ctrl-D), to the screen. */
#include "sys.h"

/* Copy until the end; write may take less than it is given. */
static long copy(int fd)
{
	char bytes[4096];
	long n;
	while ((n = call3(SYS_READ, fd, (long)bytes, sizeof(bytes))) > 0) {
		for (long at = 0, put; at < n; at += put)
			if ((put = call3(SYS_WRITE, 1, (long)(bytes + at), n - at)) <= 0)
				return put;
	}
	return n;
}

static int run(char **argv)
{
	int status = 0;
	if (argv[1] == 0)
		return copy(0) < 0;
	for (char **name = argv + 1; *name != 0; name++) {
		long fd = call3(SYS_OPEN, (long)*name, 0, 0), n = fd;
		if (fd >= 0) {
			n = copy((int)fd);
			call3(SYS_CLOSE, fd, 0, 0);
		}
		if (n < 0)
			status = fail(*name, n);
	}
	return status;
}
