/* pane_messages: everything kiln has told in this session, newest last, and how far the jobs under way are. Its model
 * is ui->message; it owns only how far it is scrolled back. */
#include <stdlib.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/ui.h"

static int open_pane(struct pane *p, struct err *e)
{
	(void)e;
	p->state = NULL;
	return 0;
}

static void draw_pane(struct pane *p, const struct draw *d, bool focused)
{
	(void)p, (void)focused;
	draw_fill(d, STYLE_TEXT);
}

const struct pane_ops pane_messages = {
	.name = "messages",
	.title = N_("Messages"),
	.open = open_pane,
	.draw = draw_pane,
};
