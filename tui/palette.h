/* palette: everything kiln can do, found by a few typed letters, each with its key; and the menu, which is the same
 * list cut down to what one does most. */
#ifndef KILN_PALETTE_H
#define KILN_PALETTE_H

#include "tui/ui.h"

void palette_open(struct ui *ui);
void menu_open(struct ui *ui);
/* Why a command cannot run just now, for people; NULL if it can. Borrowed. */
const char *palette_unavailable(const struct ui *ui, const struct cmd *cmd);

#endif
