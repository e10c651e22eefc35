/* lesson_point: what a step's {point} block names gets the spotlight (spot.h), and there is a way to it. */
#include <stdlib.h>
#include <string.h>

#include "core/str.h"
#include "tui/lesson.h"
#include "tui/spot.h"

/* Entry i of the step's {point}: the pane and the thing in it; false if it names none that is there. */
static bool point_of(const struct lessons *s, size_t i, const char **pane, const char **what)
{
	const struct ynode *point = tutor_step(s->tutor)->point, *entry = &point->item[i];
	if (entry->kind != YNODE_MAP || entry->n == 0 || entry->item[0].kind != YNODE_TEXT)
		return false;
	const bool whole = strcmp(entry->item[0].key, "pane") == 0;
	const struct pane *p = ui_pane(s->pane->ui, whole ? entry->item[0].text : entry->item[0].key);
	*what = whole ? "" : entry->item[0].text;
	*pane = p != NULL ? p->ops->name : NULL;
	return p != NULL;
}

static size_t count_points(const struct lessons *s)
{
	const struct tutor *t = s->tutor;
	const bool any = t->lesson != NULL && !t->passed && tutor_step(t)->point != NULL;
	return any && tutor_step(t)->point->kind == YNODE_LIST ? tutor_step(t)->point->n : 0;
}

void lesson_spot(struct lessons *s)
{
	const char *pane, *what;
	spot_set(s->pane->ui, NULL, NULL);
	for (size_t i = 0; i < count_points(s); i++)
		if (point_of(s, i, &pane, &what))
			spot_set(s->pane->ui, pane, what);
}

static void run(struct lessons *s, const char *command, const char *arg)
{
	char *words[] = {(char *)command, (char *)arg, NULL}, *line = strv_shell(words);
	ui_command(s->pane->ui, line);
	free(line);
}

bool lesson_goto_spot(struct lessons *s)
{
	const char *pane, *what;
	if (!spot_first(s->pane->ui, &pane, &what))
		return false;
	char *thing = xstrdup(what); /* a command may turn the light off */
	what = thing;
	s->mute = true;
	ui_focus(s->pane->ui, pane);
	if (*what != '\0' && strcmp(pane, "kconfig") == 0)
		run(s, "kconfig.goto", what);
	else if (*what != '\0' && strcmp(pane, "log") == 0)
		run(s, "log.cause", NULL);
	else if (*what != '\0' && strcmp(pane, "source") == 0 && strchr(what, '/') != NULL) {
		char *folder = xstrndup(what, strcspn(what, "/"));
		run(s, "source.folder", folder);
		run(s, "source.file", strchr(what, '/') + 1);
		free(folder);
	}
	s->mute = false;
	free(thing);
	return true;
}
