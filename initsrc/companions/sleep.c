/* sleep: waits so many seconds. */
#include "sys.h"

static int run(char **argv)
{
	struct {
		long seconds, nanoseconds;
	} time = {0, 0};
	if (argv[0] != 0 && argv[1] != 0)
		for (const char *d = argv[1]; *d >= '0' && *d <= '9' && time.seconds < 100000000; d++)
			time.seconds = time.seconds * 10 + (*d - '0');
	return call3(SYS_NANOSLEEP, (long)&time, 0, 0) < 0;
}
