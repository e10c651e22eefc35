/* mount: `mount TYPE FOLDER`, for file systems that need no device: proc, sysfs, tmpfs, devtmpfs. The kernel must have them:
 * error 19 says that it does not (PROC_FS, SYSFS, TMPFS, DEVTMPFS). */
#include "sys.h"

static int run(char **argv)
{
	if (argv[0] == 0 || argv[1] == 0 || argv[2] == 0) {
		say("usage: mount TYPE FOLDER, as in: mount proc /proc\n");
		return 2;
	}
	long answer = call5(SYS_MOUNT, (long)argv[1], (long)argv[2], (long)argv[1], 0, 0);
	return answer < 0 ? fail(argv[2], answer) : 0;
}
