/* echo: its arguments, with blanks between. */
#include "sys.h"

static int run(char **argv)
{
	for (char **word = argv + 1; argv[0] != 0 && *word != 0; word++) {
		say(*word);
		if (word[1] != 0)
			say(" ");
	}
	say("\n");
	return 0;
}
