/* uname: the kernel's name, or with -a all it says of itself. */
#include "sys.h"

enum { FIELDS = 6, SIZE = 65 }; /* include/uapi/linux/utsname.h: system, host, release, version, machine, domain */

static int run(char **argv)
{
	static char field[FIELDS][SIZE];
	const int all = argv[1] != 0 && argv[1][0] == '-' && argv[1][1] == 'a';
	long answer = call3(SYS_UNAME, (long)field, 0, 0);
	if (answer < 0)
		return fail("uname", answer);
	for (int i = 0; i < (all ? FIELDS - 1 : 1); i++) {
		if (i > 0)
			say(" ");
		say(field[i]);
	}
	say("\n");
	return 0;
}
