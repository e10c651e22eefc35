/* ui_msg: what kiln tells: a list of messages (the messages pane shows them all), the last of which stands in the line
 * above the function bar, beside the progress of what is under way. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/ui_priv.h"

#define MESSAGES_MAX 1000

/* Takes text. */
static void add(struct ui *ui, enum ui_level level, char *text)
{
	if (ui->n_message == MESSAGES_MAX) {
		free(ui->message[0].text);
		memmove(ui->message, ui->message + 1, --ui->n_message * sizeof(*ui->message));
		ui->priv->seen -= ui->priv->seen > 0;
	}
	ui->message = xrealloc(ui->message, (ui->n_message + 1) * sizeof(*ui->message));
	ui->message[ui->n_message++] = (struct ui_message){level, (uv_hrtime() - ui->priv->started_ns) / 1000000, text};
	ui_touch(ui);
}

void ui_say(struct ui *ui, enum ui_level level, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	add(ui, level, xvasprintf(fmt, ap));
	va_end(ap);
}

void ui_error(struct ui *ui, struct err *e)
{
	add(ui, e->code == ERR_CANCELLED ? UI_WARNING : UI_ERROR, err_text(e));
	err_done(e);
}

void ui_message_seen(struct ui *ui)
{
	if (ui->priv->seen == ui->n_message)
		return;
	ui->priv->seen = ui->n_message;
	ui_touch(ui);
}

void ui_messages_free(struct ui *ui)
{
	for (size_t i = 0; i < ui->n_message; i++)
		free(ui->message[i].text);
	free(ui->message);
}

/* What the running job says of itself, right-aligned. Returns the first column. */
static int draw_progress(struct ui *ui, const struct draw *d)
{
	const struct progress *p = ui->progress;
	const struct pipeline *pl = ui->app->pipeline;
	char text[64], clock[16];
	int bar = d->cols >= 70 ? 20 : d->cols >= 50 ? 10 : 0;
	if (p == NULL || pl == NULL || !pipeline_busy(pl))
		return d->cols;
	progress_text(p, text, sizeof(text));
	progress_clock((double)(uv_hrtime() - p->started_ns) * 1e-9, clock, sizeof(clock));
	char *all = xasprintf(" %s %s %s ", pl->stage[pl->running].ops->name, p->total > 0 ? text : "", clock);
	int width = draw_width(all, strlen(all), 0), x = d->cols - width - (p->total > 0 ? bar : 0);
	if (p->total > 0)
		draw_bar(d, 0, x + width, bar, (double)p->done / (double)p->total);
	draw_text(d, 0, x, STYLE_STAGE_RUNNING, all);
	free(all);
	return x > 0 ? x : 0;
}

enum style ui_level_style(enum ui_level level)
{
	static const enum style style[] = {STYLE_TEXT, STYLE_OK, STYLE_WARNING, STYLE_ERROR};
	return style[level];
}

void ui_message_line(struct ui *ui, const struct draw *d)
{
	int room = draw_progress(ui, d);
	if (ui->priv->hover >= 0 && ui->app->pipeline != NULL) {
		char *why = strip_why(ui->app->pipeline, ui->priv->hover);
		why[strcspn(why, "\n")] = '\0';
		draw_ellipsis(d, 0, 0, room - 1, STYLE_TEXT, why);
		free(why);
		return;
	}
	if (ui->priv->seen >= ui->n_message || room < 4)
		return;
	const struct ui_message *m = &ui->message[ui->n_message - 1];
	char *text = xstrdup(m->text), *more = strchr(text, '\n');
	if (more != NULL) /* a second line: the next step, after a dash */
		*more = '\0';
	int x = draw_ellipsis(d, 0, 0, room - 1, ui_level_style(m->level), text);
	const char *mark = _("\n  next: ");
	char *next = more != NULL ? strstr(more + 1, mark + strspn(mark, "\n ")) : NULL;
	if (next != NULL && room - x > 12) {
		next[strcspn(next, "\n")] = '\0';
		x = draw_text(d, 0, x, STYLE_DIM, " - ");
		draw_ellipsis(d, 0, x, room - x - 1, STYLE_DIM, next);
	}
	free(text);
}
