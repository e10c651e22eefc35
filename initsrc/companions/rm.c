/* rm: removes files and empty folders. */
#include "sys.h"

enum { IS_A_FOLDER = -21 };

static int run(char **argv)
{
	int status = 0;
	for (char **path = argv + 1; argv[0] != 0 && *path != 0; path++) {
		long answer = call3(SYS_UNLINK, (long)*path, 0, 0);
		if (answer == IS_A_FOLDER)
			answer = call3(SYS_RMDIR, (long)*path, 0, 0);
		if (answer < 0)
			status = fail(*path, answer);
	}
	return status;
}
