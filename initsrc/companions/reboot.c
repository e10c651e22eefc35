/* reboot: writes what is not yet on disk and starts the machine again; QEMU with -no-reboot ends instead. */
#include "sys.h"

/* include/uapi/linux/reboot.h: two numbers against accidents (the second is a birthday), and what to do. */
enum { MAGIC1 = (int)0xfee1dead, MAGIC2 = 672274793, RESTART = 0x01234567 };

static int run(char **argv)
{
	(void)argv;
	call3(SYS_SYNC, 0, 0, 0);
	return fail("reboot", call3(SYS_REBOOT, MAGIC1, MAGIC2, RESTART));
}
