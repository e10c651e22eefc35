/* spot: see spot.h. */
#include "tui/spot.h"

#include <stdlib.h>
#include <string.h>

#include "core/str.h"
#include "tui/ui_priv.h"

struct ui_spot {
	const char *pane; /* name in pane_table */
	char *what;       /* owned */
};

void spot_set(struct ui *ui, const char *pane, const char *what)
{
	struct ui_private *v = ui->priv;
	if (pane == NULL) {
		while (v->n_spot > 0)
			free(v->spot[--v->n_spot].what);
	} else {
		v->spot = xrealloc(v->spot, (v->n_spot + 1) * sizeof(*v->spot));
		v->spot[v->n_spot].pane = pane;
		v->spot[v->n_spot++].what = xstrdup(what);
	}
	ui_touch(ui);
}

const char *spot_in(const struct ui *ui, const char *pane)
{
	for (size_t i = 0; i < ui->priv->n_spot; i++)
		if (strcmp(ui->priv->spot[i].pane, pane) == 0)
			return ui->priv->spot[i].what;
	return NULL;
}

bool spot_first(const struct ui *ui, const char **pane, const char **what)
{
	const struct ui_private *v = ui->priv;
	if (v->n_spot == 0)
		return false;
	if (pane != NULL)
		*pane = v->spot[0].pane;
	if (what != NULL)
		*what = v->spot[0].what;
	return true;
}
