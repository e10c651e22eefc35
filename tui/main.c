/* main: the kiln program: workers first, then the command line with the screen's commands and the screen itself. */
#include <stddef.h>

#include "core/cli.h"
#include "core/internal.h"
#include "tui/default_keys.h"
#include "tui/theme.h"
#include "tui/ui.h"

/* The default bindings, as the user's own file would say them. */
static void print_keys(FILE *out)
{
	fputs(default_keys, out);
}

static void more(struct app *app)
{
	static const struct app_topic topics[] = {{"keys", print_keys}, {"themes", theme_print}, {NULL, NULL}};
	ui_register(&app->commands);
	app->topic = topics;
}

int main(int argc, char **argv)
{
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cli_main(argc, argv, more, ui_main);
}
