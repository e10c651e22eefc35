/* hello: the first program of every system. */
#include "sys.h"

static int run(char **argv)
{
	(void)argv;
	say("Hello from a Linux of your own.\n");
	return 0;
}
