/* main: the kiln program: workers first, then the command line. */
#include <stddef.h>

#include "core/cli.h"
#include "core/internal.h"

int main(int argc, char **argv)
{
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cli_main(argc, argv, NULL, NULL);
}
