/* mkdir: makes folders. */
#include "sys.h"

static int run(char **argv)
{
	int status = 0;
	for (char **path = argv + 1; argv[0] != 0 && *path != 0; path++) {
		long answer = call3(SYS_MKDIR, (long)*path, 0755, 0);
		if (answer < 0)
			status = fail(*path, answer);
	}
	return status;
}
