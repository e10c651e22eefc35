/* strip: the top line: every stage of the pipeline with a mark for its state (never a colour alone), its size and time,
 * and why the first one that is not fresh is not. Narrow screens get shorter forms; a click on a stage tells its
 * reason, and so does the pointer over it while it stays there. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/preflight.h"
#include "tui/ui_priv.h"

enum form { FORM_MARK, FORM_SHORT, FORM_NAME, FORM_SIZE, FORM_FULL, FORM_N };

static const struct look {
	const char *mark;
	enum style style;
} looks[] = {
	[STATE_ABSENT] = {"·", STYLE_STAGE_ABSENT},
	[STATE_STALE] = {"≈", STYLE_STAGE_STALE},
	[STATE_FRESH] = {"✓", STYLE_STAGE_FRESH},
	[STATE_RUNNING] = {"▶", STYLE_STAGE_RUNNING},
	[STATE_FAILED] = {"✗", STYLE_STAGE_FAILED},
	[STATE_UNAVAILABLE] = {"-", STYLE_STAGE_ABSENT},
};

static void add_seconds(struct buf *b, double seconds)
{
	char clock[16];
	if (seconds <= 0)
		return;
	if (seconds < 60) {
		buf_addf(b, " %.1fs", seconds);
		return;
	}
	progress_clock(seconds, clock, sizeof(clock));
	buf_addf(b, " %s", clock);
}

/* A stage in one form. Returns owned. */
static char *stage_text(const struct pipeline *p, int id, enum form form)
{
	const struct stage *s = &p->stage[id];
	struct buf b = {0};
	buf_adds(&b, looks[s->state].mark);
	if (form == FORM_SHORT)
		buf_addf(&b, "%.2s", s->ops->name);
	else if (form >= FORM_NAME)
		buf_adds(&b, s->ops->name);
	if (form >= FORM_NAME && s->state == STATE_RUNNING && p->progress.total > 0)
		buf_addf(&b, " %d%%", (int)(p->progress.done * 100 / p->progress.total));
	if (form >= FORM_SIZE && s->size >= 0 && s->state != STATE_RUNNING) {
		char *size = str_commas((unsigned long long)s->size);
		buf_addf(&b, " %s", size);
		free(size);
	}
	if (form == FORM_FULL && s->state != STATE_RUNNING)
		add_seconds(&b, s->seconds);
	return buf_take(&b);
}

static int form_width(const struct pipeline *p, enum form form)
{
	int width = 0;
	for (int i = 0; i < STAGE_N; i++) {
		char *text = stage_text(p, i, form);
		width += draw_width(text, strlen(text), 0) + (form == FORM_MARK ? 0 : form == FORM_SHORT ? 1 : 2);
		free(text);
	}
	return width;
}

/* The stage whose reason is worth telling: the first that failed, else the first that is not fresh (an image nobody has
 * asked for yet is no matter). -1: none. */
static int telling(const struct pipeline *p)
{
	for (int i = 0; i < STAGE_N; i++)
		if (p->stage[i].state == STATE_FAILED)
			return i;
	for (int i = 0; i < STAGE_N; i++) {
		const struct stage *s = &p->stage[i];
		bool wanting = s->state == STATE_STALE || (s->state == STATE_ABSENT && i != STAGE_ISO);
		if (wanting && s->because != NULL)
			return i;
	}
	return -1;
}

static void add_why(struct buf *b, const struct pipeline *p, int id)
{
	const struct stage *s = &p->stage[id];
	const char *shell = record_text(&p->rec, s->ops->name, "command");
	buf_addf(b, "%s%s (%s): %s%s%s%s%s", b->n > 0 ? "\n" : "", s->ops->name, _(s->ops->help),
		_(pipeline_state_name(s->state)), s->because != NULL ? ", " : "", s->because != NULL ? s->because : "",
		shell != NULL ? _("\n  next: ") : "", shell != NULL ? shell : "");
}

char *strip_why(const struct pipeline *p, int id)
{
	struct buf b = {0};
	for (int i = 0; i < STAGE_N; i++)
		if (id >= 0 ? i == id : p->stage[i].state != STATE_FRESH)
			add_why(&b, p, i);
	if (b.n == 0)
		buf_adds(&b, _("every stage is fresh"));
	return buf_take(&b);
}

/* What would keep the lab from booting comes before why a stage is stale: building takes minutes. A risk comes last. */
static bool draw_verdict(struct ui *ui, const struct draw *d, int x)
{
	const struct precheck_finding *f = preflight_worst(ui);
	const bool tell = f != NULL && (f->level == PRE_STOP || telling(ui->app->pipeline) < 0);
	if (!tell || d->cols - x < 16 || pipeline_busy(ui->app->pipeline))
		return false;
	char *text = xasprintf(f->level == PRE_STOP ? _("✗ would not boot: %s") : _("! %s"), f->what);
	draw_ellipsis(d, 0, x, d->cols - x, f->level == PRE_STOP ? STYLE_ERROR : STYLE_WARNING, text);
	ui_add_span(ui, d->y, x, d->cols - x, "check");
	free(text);
	return true;
}

static void draw_reason(const struct pipeline *p, const struct draw *d, int x)
{
	int id = telling(p);
	if (id < 0 || d->cols - x < 16 || pipeline_busy(p))
		return;
	char *text = xasprintf("%s: %s", p->stage[id].ops->name, p->stage[id].because);
	draw_ellipsis(d, 0, x, d->cols - x, looks[p->stage[id].state].style, text);
	free(text);
}

void strip_draw(struct ui *ui, const struct draw *d)
{
	const struct pipeline *p = ui->app->pipeline;
	enum form form = FORM_FULL;
	int x = 0;
	if (p == NULL) {
		draw_ellipsis(d, 0, 0, d->cols, STYLE_WARNING, _("no lab is open"));
		return;
	}
	if (!ui->priv->refreshed)
		form = FORM_NAME; /* sizes and times come with the first look at the files */
	int reason = (telling(p) >= 0 || preflight_worst(ui) != NULL) && d->cols >= 60 ? 20 : 0;
	while (form > FORM_MARK && form_width(p, form) + (form > FORM_NAME ? reason : 0) > d->cols)
		form--;
	for (int i = 0; i < STAGE_N; i++) {
		char *text = stage_text(p, i, form), *command = xasprintf("why %s", p->stage[i].ops->name);
		int from = x;
		x = draw_text(d, 0, x, looks[p->stage[i].state].style, text);
		ui_add_span(ui, d->y, from, x - from, command);
		x += form == FORM_MARK ? 0 : form == FORM_SHORT ? 1 : 2;
		free(command);
		free(text);
	}
	if (!draw_verdict(ui, d, x))
		draw_reason(p, d, x);
}
