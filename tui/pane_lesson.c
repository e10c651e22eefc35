/* pane_lesson: a guided walkthrough beside the work: the text of one step, its checks with what is still missing,
 * hints, "do it for me". Where the learner is, checks and what is kept are core/tutor.h's, the same for the screen and
 * for `kiln learn`. Here are the pane, its commands and the questions it asks. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/lesson.h"

enum { PLAY_SECONDS = 8, PLAY_SECONDS_MAX = 600 };

static struct lessons *of(const struct pane *p)
{
	return p->state;
}

static struct lessons *of_call(struct cmd_call *call)
{
	return of(ui_pane(call->app->ui, "lesson"));
}

/* --- what the tutor tells --- */

static void on_changed(void *ctx)
{
	struct lessons *s = ctx;
	lesson_spot(s);
	lesson_lay_out(s);
	lesson_play_poll(s);
}

static void on_lab_changed(void *ctx)
{
	struct lessons *s = ctx;
	ui_lab_changed(s->pane->ui);
}

static void on_begin_answer(void *ctx, char key)
{
	struct lessons *s = ctx;
	if (key == 0) /* Esc: the offer stands in the pane */
		return;
	tutor_begin(s->tutor, key == 'y');
	on_changed(s);
}

static void ask_to_begin(struct lessons *s)
{
	struct tutor *t = s->tutor;
	char *why = keymap_text(s->pane->ui->keymap, "lesson", t->offer_why);
	char *question = xasprintf(_("The lab is not where this begins: %s\nShall kiln make it so (%zu steps, listed "
				     "in the lesson)?\nThis "
				     "changes %s. What is there now is kept: `:lesson.undo` brings it back."),
		why, t->offer_verbs.n, t->offer_changes);
	char *choices = xasprintf("y=%s|n=%s", _("Make it"), _("Begin with the lab as it is"));
	ui_confirm(s->pane->ui, question, choices, on_begin_answer, s);
	free(choices);
	free(question);
	free(why);
}

static void on_offer(void *ctx)
{
	struct lessons *s = ctx;
	on_changed(s);
	ask_to_begin(s);
}

static void on_verb_command(void *ctx, const char *line)
{
	struct lessons *s = ctx;
	s->mute = true;
	ui_command(s->pane->ui, line);
	s->mute = false;
}

static void on_verb(void *ctx, const char *what)
{
	struct lessons *s = ctx;
	ui_say(s->pane->ui, UI_INFO, "%s", what);
}

static void on_trouble(void *ctx, struct err *e)
{
	struct lessons *s = ctx;
	ui_error(s->pane->ui, e);
}

/* --- the pane --- */

static size_t first_line(void *ctx)
{
	(void)ctx;
	return 0;
}

static size_t count_lines(void *ctx)
{
	struct lessons *s = ctx;
	return s->line.n;
}

static void fill_row(void *ctx, size_t line, struct textview_row *r)
{
	struct lessons *s = ctx;
	r->text = s->line.v[line];
	r->n = strlen(r->text);
	r->style = s->style[line];
}

static const struct textview_ops view_ops = {.first = first_line, .count = count_lines, .row = fill_row};

/* What the learner does is what the checks of a tour look at. */
static void on_command(struct ui *ui, const char *line)
{
	struct lessons *s = of(ui_pane(ui, "lesson"));
	if (s->mute || s->tutor->lesson == NULL || str_starts(line, "lesson."))
		return;
	tutor_note(s->tutor, line);
	lesson_lay_out(s);
}

static int open_pane(struct pane *p, struct err *e)
{
	struct lessons *s = xcalloc(1, sizeof(*s));
	const struct tutor_host host = {.changed = on_changed,
		.lab_changed = on_lab_changed,
		.offer = on_offer,
		.command = on_verb_command,
		.tell = on_verb,
		.trouble = on_trouble,
		.ctx = s};
	(void)e;
	p->state = s;
	s->pane = p;
	s->view.ops = &view_ops;
	s->view.ctx = s;
	s->tutor = tutor_new(p->ui->app, &host);
	p->ui->on_command = on_command;
	if (!tutor_resume(s->tutor))
		s->view.cursor = LESSON_LIST_HEAD;
	lesson_spot(s);
	return 0;
}

static void close_pane(struct pane *p)
{
	struct lessons *s = of(p);
	lesson_play_stop(s);
	tutor_free(s->tutor);
	strv_done(&s->line);
	free(s->style);
	free(s);
}

static void draw_pane(struct pane *p, const struct draw *d, bool focused)
{
	struct lessons *s = of(p);
	if (s->line.n == 0 || s->focused != focused) {
		s->focused = focused;
		lesson_lay_out(s);
	}
	textview_draw(&s->view, d, focused);
}

static void resize_pane(struct pane *p, int rows, int cols)
{
	(void)rows, (void)cols;
	lesson_lay_out(of(p));
}

static void show_top(struct lessons *s)
{
	s->view.top = 0;
	s->view.cursor = s->tutor->lesson == NULL ? LESSON_LIST_HEAD : 0; /* Enter has something to open at once */
	s->was_passed = s->look = false;
	lesson_spot(s);
	lesson_lay_out(s);
	tutor_poll(s->tutor);
}

static void open_lesson(struct lessons *s, const char *name, struct err *e)
{
	lesson_play_stop(s);
	if (tutor_open(s->tutor, name, e) == 0)
		show_top(s);
}

static bool on_key(struct pane *p, const struct key *k)
{
	struct lessons *s = of(p);
	struct tutor *t = s->tutor;
	struct err e = {0};
	const char *dir = t->lesson == NULL && k->code == K_ENTER ? lesson_at(s, s->view.cursor) : NULL;
	if (dir != NULL) {
		open_lesson(s, dir, &e);
		if (err_is(&e))
			ui_error(p->ui, &e);
		return true;
	}
	if (t->lesson != NULL && k->code >= '1' && k->code <= '9' && tutor_step(t)->quiz != NULL) {
		s->look = true;
		tutor_answer(t, (long)(k->code - '0'));
		lesson_lay_out(s);
		return true;
	}
	return textview_key(&s->view, k);
}

static bool on_mouse(struct pane *p, const struct mouse *m)
{
	struct lessons *s = of(p);
	bool used = textview_mouse(&s->view, m);
	const struct key enter = {.code = K_ENTER};
	if (m->kind == MOUSE_PRESS && m->clicks >= 2 && s->tutor->lesson == NULL)
		return on_key(p, &enter);
	return used;
}

static void status_of(const struct pane *p, struct buf *out)
{
	const struct lessons *s = of(p);
	const struct tutor *t = s->tutor;
	char *play = lesson_play_status(s);
	if (play != NULL)
		buf_addf(out, "%s  ", play);
	if (t->lesson != NULL)
		buf_addf(out, "%zu/%zu%s", t->step + 1, t->lesson->n, t->passed ? " x" : "");
	free(play);
}

/* Look again at what can be seen at once. */
static unsigned rev_of(const struct pane *p)
{
	struct lessons *s = of(p);
	tutor_poll(s->tutor);
	lesson_play_poll(s);
	return p->rev;
}

static bool is_busy(const struct pane *p)
{
	return tutor_busy(of(p)->tutor);
}

/* --- commands --- */

/* No lesson is open: say so, and end the call. */
static bool none_open(struct cmd_call *call)
{
	struct err e = {0};
	if (of_call(call)->tutor->lesson != NULL)
		return false;
	err_set(&e, ERR_USAGE, _("no lesson is open"));
	err_hint(&e, "%s", _("`lesson.list` shows them; Enter opens one"));
	cmd_done(call, &e);
	return true;
}

static void run_list(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	struct err e = {0};
	lesson_play_stop(s);
	if (tutor_close(s->tutor, &e) == 0)
		show_top(s);
	ui_focus(call->app->ui, "lesson");
	cmd_done(call, &e);
}

static void run_open(struct cmd_call *call)
{
	struct err e = {0};
	open_lesson(of_call(call), call->arg.v[0], &e);
	if (!err_is(&e))
		ui_focus(call->app->ui, "lesson");
	cmd_done(call, &e);
}

static void run_next(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	if (none_open(call))
		return;
	if (!lesson_play_next(s)) {
		if (!tutor_next(s->tutor))
			ui_say(call->app->ui, UI_OK, "%s", _("that was the last lesson"));
		else
			show_top(s);
	}
	cmd_done(call, NULL);
}

static void run_previous(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	if (none_open(call))
		return;
	if (tutor_previous(s->tutor))
		show_top(s);
	else if (s->tutor->step == 0)
		ui_say(call->app->ui, UI_INFO, "%s", _("this is the first step; `lesson.list` shows the lessons"));
	cmd_done(call, NULL);
}

static void run_check(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	if (none_open(call))
		return;
	s->look = true;
	tutor_check(s->tutor, true);
	lesson_lay_out(s);
	cmd_done(call, NULL);
}

static void run_hint(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	if (none_open(call))
		return;
	if (!tutor_hint(s->tutor))
		ui_say(call->app->ui, UI_INFO, "%s",
			_("there is no further hint; `lesson.solve` does the step for you"));
	lesson_lay_out(s);
	textview_end(&s->view);
	cmd_done(call, NULL);
}

static void on_solve_answer(void *ctx, char key)
{
	struct lessons *s = ctx;
	struct err e = {0};
	if (key == 'y' && tutor_solve(s->tutor, &e) < 0)
		ui_error(s->pane->ui, &e);
	s->look = key == 'y';
	lesson_lay_out(s);
}

static void run_solve(struct cmd_call *call)
{
	if (none_open(call))
		return;
	ui_confirm(call->app->ui, _("Do this step for you? It will be marked as assisted."), "yn", on_solve_answer,
		of_call(call));
	cmd_done(call, NULL);
}

static void run_begin(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	if (none_open(call))
		return;
	if (s->tutor->offer)
		ask_to_begin(s);
	else
		tutor_look(s->tutor);
	cmd_done(call, NULL);
}

static void run_point(struct cmd_call *call)
{
	struct err e = {0};
	if (none_open(call))
		return;
	if (!lesson_goto_spot(of_call(call)))
		err_set(&e, ERR_USAGE, _("this step points at nothing now"));
	cmd_done(call, &e);
}

static void on_reset_answer(void *ctx, char key)
{
	struct lessons *s = ctx;
	struct err e = {0};
	if (key != 'y')
		return;
	if (tutor_reset(s->tutor, &e) < 0)
		ui_error(s->pane->ui, &e);
	else
		ui_say(s->pane->ui, UI_OK, "%s",
			_("the lab is as it was when this step began; `lesson.undo` brings back what was there"));
	show_top(s);
}

static void run_reset(struct cmd_call *call)
{
	if (none_open(call))
		return;
	ui_confirm(call->app->ui,
		_("Put the lab back to where this step began? Settings, kernel.config, init/, rootfs/, iso/ and out/ "
		  "change; what is there now is kept, and `:lesson.undo` brings it back."),
		"yn", on_reset_answer, of_call(call));
	cmd_done(call, NULL);
}

static void run_undo(struct cmd_call *call)
{
	struct err e = {0};
	if (none_open(call))
		return;
	if (tutor_undo(of_call(call)->tutor, &e) == 0)
		ui_say(call->app->ui, UI_OK, "%s",
			_("the lab is as it was before; `lesson.undo` again takes that back"));
	show_top(of_call(call));
	cmd_done(call, &e);
}

static void run_play(struct cmd_call *call)
{
	struct err e = {0};
	char *end = NULL;
	unsigned long seconds = call->arg.n > 0 ? strtoul(call->arg.v[0], &end, 10) : PLAY_SECONDS;
	if (none_open(call))
		return;
	if (seconds < 1 || seconds > PLAY_SECONDS_MAX || (end != NULL && *end != '\0')) {
		err_set(&e, ERR_USAGE, _("seconds for each text: from 1 to %d"), PLAY_SECONDS_MAX);
	} else {
		ui_focus(call->app->ui, "lesson");
		lesson_play_start(of_call(call), (unsigned)seconds);
	}
	cmd_done(call, &e);
}

static void run_pause(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	if (s->play != NULL)
		lesson_play_pause(s);
	else
		textview_move(&s->view, s->view.rows > 1 ? s->view.rows - 1 : 1);
	pane_touch(s->pane);
	cmd_done(call, NULL);
}

static void run_stop(struct cmd_call *call)
{
	lesson_play_stop(of_call(call));
	cmd_done(call, NULL);
}

static const struct cmd commands[] = {
	{"lesson.list", "", CMD_SCREEN, N_("show the lessons"), NULL, NULL, run_list},
	{"lesson.open", "LESSON", CMD_SCREEN, N_("begin a lesson, or go on where it was left"), NULL, NULL, run_open},
	{"lesson.next", "", CMD_SCREEN, N_("the next step"), NULL, NULL, run_next},
	{"lesson.previous", "", CMD_SCREEN, N_("the step before"), NULL, NULL, run_previous},
	{"lesson.check", "", CMD_SCREEN, N_("check this step, booting a machine if it takes one"), NULL, NULL,
		run_check},
	{"lesson.hint", "", CMD_SCREEN, N_("show a hint"), NULL, NULL, run_hint},
	{"lesson.solve", "", CMD_SCREEN, N_("do this step for me"), NULL, NULL, run_solve},
	{"lesson.point", "", CMD_SCREEN, N_("go to what this step is about"), NULL, NULL, run_point},
	{"lesson.begin", "", CMD_SCREEN, N_("make the state that the lesson begins with"),
		N_("The solutions of the lessons before are carried out, as far as the lab needs them. What is there "
		   "now "
		   "is kept in the lab's folder .lesson: lesson.undo brings it back."),
		NULL, run_begin},
	{"lesson.reset", "", CMD_SCREEN, N_("put the lab back to where this step began"), NULL, NULL, run_reset},
	{"lesson.undo", "", CMD_SCREEN, N_("bring back what the last reset or start state replaced"), NULL, NULL,
		run_undo},
	{"lesson.play", "[SECONDS]", CMD_SCREEN, N_("present the lesson: show each text, then do each step"),
		N_("Each text stands for so many seconds (8 if none are given), then the step's solution is carried "
		   "out. "
		   "lesson.pause holds and continues, lesson.next does not wait, lesson.stop ends it."),
		NULL, run_play},
	{"lesson.pause", "", CMD_SCREEN, N_("hold the presentation or go on; without one: a page further"), NULL, NULL,
		run_pause},
	{"lesson.stop", "", CMD_SCREEN, N_("end the presentation"), NULL, NULL, run_stop},
};

const struct pane_ops pane_lesson = {
	.name = "lesson",
	.title = N_("Lesson"),
	.open = open_pane,
	.close = close_pane,
	.draw = draw_pane,
	.resize = resize_pane,
	.key = on_key,
	.mouse = on_mouse,
	.status = status_of,
	.rev = rev_of,
	.busy = is_busy,
	.commands = commands,
	.n_commands = ARRAY_LEN(commands),
};
