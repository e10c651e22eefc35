/* panes: the table of all panes, in the order of their tabs. A new pane: its file, and one line here. */
#include <stddef.h>

#include "tui/pane.h"

extern const struct pane_ops pane_console, pane_kconfig, pane_lesson, pane_log, pane_messages, pane_source,
	pane_workshop;

const struct pane_ops *const pane_table[] = {
	&pane_kconfig,
	&pane_source,
	&pane_log,
	&pane_console,
	&pane_messages,
	&pane_lesson,
	&pane_workshop,
	NULL,
};
