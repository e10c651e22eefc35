/* help: pages one reads on the screen: the keys that work here, all keys, one command, the settings. Made from the
 * tables, so that they cannot drift. */
#ifndef KILN_HELP_H
#define KILN_HELP_H

#include "tui/ui.h"

/* topic NULL: the keys that work in the focused pane, and everywhere; "": the overview; else a command's name, "keys"
 * (all keys; `keys` as a command is told with them) or "settings". -1 with *e when there is nothing of that name. */
int help_open(struct ui *ui, const char *topic, struct err *e);

/* A page of plain text. */
void help_text(struct ui *ui, const char *title, const char *text);

#endif
