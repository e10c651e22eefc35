/* names: what the placeholders of command rows stand for in the running program (PANE, LAYOUT, THEME, VARIANT, PRESET):
 * for completion and the palette. */
#ifndef KILN_NAMES_H
#define KILN_NAMES_H

#include "core/str.h"
#include "tui/ui.h"

/* complete.h's `names`; ctx is the struct ui. */
void names_of(void *ctx, const char *placeholder, struct strv *out);
/* complete.h's candidates over the ui's commands: a ui_prompt's `complete`; ctx is the struct ui. */
void names_complete(struct ui *ui, const char *text, size_t at, struct strv *out, size_t *from);

#endif
