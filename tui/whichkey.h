/* whichkey: after a prefix key, and a moment of waiting, what may be typed next. */
#ifndef KILN_WHICHKEY_H
#define KILN_WHICHKEY_H

#include "tui/ui.h"

/* Watch ui's pending keys (sets ui->on_pending) with a passive overlay that lives as long as the ui. */
void whichkey_start(struct ui *ui);

#endif
