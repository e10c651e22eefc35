/* lesson_play: a lesson presented: each step's text for some seconds, then its solution carried out verb by verb where
 * all can see it, its checks, what is said afterwards for as long again, and so to the lesson's end. It goes on by a
 * timer or by a key, and can be held at any time. What is presented counts as solved with help. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/lesson.h"

enum { PACE_MS = 700 }; /* between two verbs */

struct lesson_play {
	struct lessons *s;
	uv_timer_t timer; /* runs while a text is shown */
	unsigned seconds;
	enum { PLAY_TEXT, PLAY_WORK, PLAY_AFTER } phase;
	bool paused, slow; /* slow: the checks that boot have been asked for */
};

static void on_timer(uv_timer_t *t);

static void show(struct lesson_play *p)
{
	if (!p->paused)
		uv_timer_start(&p->timer, on_timer, (uint64_t)p->seconds * 1000, 0);
	lesson_lay_out(p->s);
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

void lesson_play_stop(struct lessons *s)
{
	struct lesson_play *p = s->play;
	if (p == NULL)
		return;
	s->play = NULL;
	s->tutor->pace_ms = 0;
	uv_close((uv_handle_t *)&p->timer, on_closed);
	pane_touch(s->pane);
}

static void give_up(struct lesson_play *p, enum ui_level level, const char *why)
{
	struct lessons *s = p->s;
	lesson_play_stop(s);
	ui_say(s->pane->ui, level, "%s", why);
}

static void work(struct lesson_play *p)
{
	struct err e = {0};
	struct lessons *s = p->s;
	uv_timer_stop(&p->timer);
	p->phase = PLAY_WORK;
	p->slow = false;
	if (s->tutor->passed) {
		lesson_play_poll(s);
		return;
	}
	lesson_goto_spot(s);
	ui_focus(s->pane->ui, "lesson");
	if (tutor_solve(s->tutor, &e) < 0) {
		lesson_play_stop(s);
		ui_error(s->pane->ui, &e);
	}
}

/* The next step of this lesson, or the end. */
static void turn(struct lesson_play *p)
{
	struct tutor *t = p->s->tutor;
	uv_timer_stop(&p->timer);
	if (t->step + 1 >= t->lesson->n) {
		give_up(p, UI_OK, _("the lesson is over"));
		return;
	}
	p->phase = PLAY_TEXT;
	tutor_next(t);
	p->s->view.top = p->s->view.cursor = 0;
	show(p);
}

static void on_timer(uv_timer_t *t)
{
	struct lesson_play *p = t->data;
	if (tutor_busy(p->s->tutor)) /* still looking at the lab */
		uv_timer_start(t, on_timer, 50, 0);
	else if (p->phase == PLAY_TEXT)
		work(p);
	else if (p->phase == PLAY_AFTER)
		turn(p);
}

void lesson_play_poll(struct lessons *s)
{
	struct lesson_play *p = s->play;
	if (p == NULL || p->phase != PLAY_WORK || tutor_busy(s->tutor) || s->pane->ui->jobs_running)
		return;
	if (s->tutor->passed) {
		p->phase = PLAY_AFTER;
		show(p);
	} else if (!p->slow) {
		p->slow = true;
		tutor_check(s->tutor, true);
	} else {
		give_up(p, UI_WARNING, _("presenting stopped: the solution does not pass here"));
	}
}

void lesson_play_start(struct lessons *s, unsigned seconds)
{
	lesson_play_stop(s);
	struct lesson_play *p = xcalloc(1, sizeof(*p));
	p->s = s;
	p->seconds = seconds;
	uv_timer_init(s->pane->ui->app->loop, &p->timer);
	p->timer.data = p;
	s->play = p;
	s->tutor->pace_ms = PACE_MS;
	s->view.top = s->view.cursor = 0;
	show(p);
}

void lesson_play_pause(struct lessons *s)
{
	struct lesson_play *p = s->play;
	if (p == NULL)
		return;
	p->paused = !p->paused;
	if (p->paused)
		uv_timer_stop(&p->timer);
	else if (p->phase != PLAY_WORK)
		show(p);
	pane_touch(s->pane);
}

bool lesson_play_next(struct lessons *s)
{
	struct lesson_play *p = s->play;
	if (p != NULL && p->phase != PLAY_WORK && !tutor_busy(s->tutor))
		on_timer(&p->timer);
	return p != NULL;
}

char *lesson_play_status(const struct lessons *s)
{
	const struct lesson_play *p = s->play;
	if (p == NULL)
		return NULL;
	return p->paused ? xstrdup(_("paused")) : xasprintf(_("presenting, %u s"), p->seconds);
}
