/* main: the kiln program: workers first, then the command line with the screen's commands and the screen itself. */
#include <stddef.h>

#include "core/cli.h"
#include "core/internal.h"
#include "tui/ui.h"

static void more(struct app *app)
{
	ui_register(&app->commands);
}

int main(int argc, char **argv)
{
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cli_main(argc, argv, more, ui_main);
}
