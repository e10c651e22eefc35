/* cmd_ui: the commands about panes, layout, help, the prompt and what overlays understand. */
#ifndef KILN_CMD_UI_H
#define KILN_CMD_UI_H

#include <stddef.h>

#include "core/cmd.h"

extern const struct cmd cmd_ui_rows[];
extern const size_t cmd_ui_n;

#endif
