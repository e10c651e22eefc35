/* prompt: the line at the bottom in which commands, searches and names are typed (ui_prompt of ui.h). */
#ifndef KILN_PROMPT_H
#define KILN_PROMPT_H

#include "tui/ui.h"

/* The `:` prompt: a command line with completion and history. initial may be "". */
void prompt_command(struct ui *ui, const char *initial);

#endif
