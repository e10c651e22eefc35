/* dmesg: what the kernel has said so far, from its own buffer. */
#include "sys.h"

enum { READ_ALL = 3 }; /* include/linux/syslog.h */

static int run(char **argv)
{
	static char text[65536];
	(void)argv;
	long n = call3(SYS_SYSLOG, READ_ALL, (long)text, sizeof(text));
	if (n < 0)
		return fail("dmesg", n);
	for (long at = 0, put; at < n; at += put)
		if ((put = call3(SYS_WRITE, 1, (long)(text + at), n - at)) <= 0)
			return 1;
	return 0;
}
