/* main: the kiln program: workers first, then the command line with the screen's commands and the screen itself. */
#include <stddef.h>
#include <string.h>
#include <stdio.h>

#include "core/cli.h"
#include "core/i18n.h"
#include "core/internal.h"
#include "tui/keymap.h"
#include "tui/guard.h"
#include "tui/theme.h"
#include "tui/ui.h"

static void print_row(void *ctx, const struct keymap_row *r)
{
	fprintf(ctx, "%-8s %-14s %s%s%s\n", r->context, r->keys, r->command, r->label != NULL ? "  # " : "",
		r->label != NULL ? r->label : "");
}

/* The default bindings, as the user's own file would say them. */
static void print_keys(FILE *out)
{
	struct keymap *m = keymap_default();
	fprintf(out, "# %s\n", _("The keys kiln begins with: context, keys, command, label in the function bar."));
	fprintf(out, "# %s\n", _("Rows of your own go into ~/.config/kiln/keys; the command `none` takes a key away."));
	keymap_each(m, NULL, print_row, out);
	keymap_free(m);
}

/* For texts about the screen that are shown without it; read anew each time: it is rare. */
static char *key_text(const struct app *app, const char *context, const char *text)
{
	struct keymap *m = keymap_default();
	struct err ignored = {0};
	keymap_load_user(m, &app->commands, &ignored);
	err_done(&ignored);
	char *shown = keymap_text(m, context, text);
	keymap_free(m);
	return shown;
}

static void more(struct app *app)
{
	static const struct app_topic topics[] = {{"keys", print_keys}, {"themes", theme_print}, {NULL, NULL}};
	ui_register(&app->commands);
	app->topic = topics;
	app->key_text = key_text;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "internal") == 0 && strcmp(argv[2], "guard") == 0)
		return guard_main();
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cli_main(argc, argv, more, ui_main);
}
