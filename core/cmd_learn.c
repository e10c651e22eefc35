/* cmd_learn: the command learn: a lesson line by line, in `kiln --plain` and from the shell, as the lesson pane leads
 * through it on the screen. The place is kept in the lab, so each call goes on where the last one, or the screen, left.
 */
#include <stdlib.h>
#include <string.h>

#include "core/app.h"
#include "core/i18n.h"
#include "core/tutor.h"

struct learn {
	struct cmd_call *call;
	struct tutor *tutor;
	uv_timer_t turn; /* runs when something may have ended */
	bool begin;      /* the start state is to be made */
	bool brief;      /* the step's text was shown before */
	struct err end;
};

/* --- text --- */

/* The keys of the screen mean nothing here: commands that can be typed take their place. Returns owned. */
static char *typed(const struct app *app, const char *text)
{
	struct buf b = {0};
	while (*text != '\0') {
		const char *end = str_starts(text, "{key:") ? strchr(text, '}') : NULL;
		if (end == NULL) {
			buf_addc(&b, *text++);
			continue;
		}
		char *command = xstrndup(text + 5, (size_t)(end - text - 5));
		char *name = xstrndup(command, strcspn(command, " ")), *mark = xstrndup(text, (size_t)(end + 1 - text));
		const struct cmd *row = cmd_find(&app->commands, name);
		char *keys = app->key_text != NULL ? app->key_text(app, "lesson", mark) : xstrdup(command);
		if (str_starts(command, "lesson."))
			buf_addf(&b, "`learn %s`", command + 7);
		else if (row != NULL && !(row->flags & CMD_SCREEN))
			buf_addf(&b, "`%s`", command);
		else
			buf_adds(&b, keys);
		free(keys);
		free(mark);
		free(name);
		free(command);
		text = end + 1;
	}
	return buf_take(&b);
}

/* All lines of a text behind a mark. */
static void say(struct learn *c, const char *mark, const char *text)
{
	char *shown = typed(c->call->app, text), *save = NULL;
	for (char *line = strtok_r(shown, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		report_line(&c->call->app->report, "%s%s", mark, line);
	free(shown);
}

static void say_prose(struct learn *c, const struct prose_list *text)
{
	for (size_t i = 0; i < text->n; i++)
		say(c, text->v[i].kind == PROSE_CODE ? "    " : "", text->v[i].text);
}

static void say_quiz(struct learn *c, const struct lesson_step *s)
{
	const struct ynode *quiz = s->quiz_words != NULL ? s->quiz_words : s->quiz;
	const struct ynode *choices = ynode_get(quiz, "choices");
	if (quiz == NULL)
		return;
	say(c, "", ynode_text(quiz, "question", ""));
	for (size_t i = 0; choices != NULL && i < choices->n; i++)
		report_line(&c->call->app->report, "  %zu %s", i + 1, choices->item[i].text);
	say(c, "", _("`learn answer N` answers it."));
}

static struct json_object *check_json(const struct lesson_check *check, const struct tutor_check *r)
{
	struct json_object *o = json_object_new_object();
	json_object_object_add(o, "id", json_object_new_string(check->id));
	json_object_object_add(o, "verdict", json_object_new_string(check_verdict_name(r->verdict)));
	if (r->say != NULL)
		json_object_object_add(o, "say", json_object_new_string(r->say));
	return o;
}

static void say_checks(struct learn *c, struct json_object *list)
{
	static const char *const mark[] = {"OK    ", "FAIL  ", "ERROR ", "LATER "};
	const struct tutor *t = c->tutor;
	const struct lesson_step *s = tutor_step(t);
	for (size_t i = 0; i < s->n_check; i++) {
		const struct tutor_check *r = &t->shown[i];
		say(c, mark[r->verdict],
			r->verdict == CHECK_SKIPPED ? _("boots a machine: {key:lesson.check} checks it")
			: r->say != NULL            ? r->say
						    : s->check[i].id);
		json_object_array_add(list, check_json(&s->check[i], r));
	}
}

static void say_step(struct learn *c)
{
	const struct tutor *t = c->tutor;
	const struct lesson_step *s = tutor_step(t);
	report_line(&c->call->app->report, _("%s, step %zu of %zu: %s"), t->lesson->title, t->step + 1, t->lesson->n,
		s->title);
	if (t->step == 0 && !c->brief)
		say_prose(c, &t->lesson->intro);
	if (!c->brief) {
		say_prose(c, &s->text);
		say_quiz(c, s);
	}
	for (size_t i = 0; i < t->hints && i < s->n_hint; i++) {
		say(c, "", _("Hint:"));
		say_prose(c, &s->hint[i].text);
	}
}

static void say_offer(struct learn *c)
{
	const struct tutor *t = c->tutor;
	say(c, "", _("The lab is not where this begins:"));
	say(c, "  ", t->offer_why);
	say(c, "", _("{key:lesson.begin} does for you:"));
	for (size_t i = 0; i < t->offer_verbs.n; i++)
		say(c, "  ", t->offer_verbs.v[i]);
	char *text = xasprintf(
		_("That changes %s. What is there now is kept: `learn undo` brings it back."), t->offer_changes);
	say(c, "", text);
	free(text);
}

static void say_all(struct learn *c)
{
	const struct tutor *t = c->tutor;
	struct json_object *o = cmd_json(c->call), *list = json_object_new_array();
	say_step(c);
	if (t->offer)
		say_offer(c);
	say_checks(c, list);
	json_object_object_add(o, "lesson", json_object_new_string(t->lesson->id));
	json_object_object_add(o, "step", json_object_new_string(tutor_step(t)->id));
	json_object_object_add(o, "passed", json_object_new_boolean(t->passed));
	json_object_object_add(o, "assisted", json_object_new_boolean(t->assisted));
	json_object_object_add(o, "checks", list);
	if (!t->passed)
		return;
	say(c, "", t->assisted ? _("Done, with help.") : _("Done."));
	say_prose(c, &tutor_step(t)->after);
	say(c, "", _("{key:lesson.next} goes on."));
}

/* --- what the tutor tells --- */

static void on_turn(uv_timer_t *timer);

static void on_changed(void *ctx)
{
	struct learn *c = ctx;
	if (!uv_is_closing((uv_handle_t *)&c->turn))
		uv_timer_start(&c->turn, on_turn, 0, 0);
}

static void on_offer(void *ctx)
{
	struct learn *c = ctx;
	if (c->begin) {
		c->begin = false;
		tutor_begin(c->tutor, true);
	}
	on_changed(c);
}

static void on_verb(void *ctx, const char *what)
{
	struct learn *c = ctx;
	report_line(&c->call->app->report, "- %s", what);
}

static void on_trouble(void *ctx, struct err *e)
{
	struct learn *c = ctx;
	if (!err_is(&c->end))
		err_move(&c->end, e);
	err_done(e);
}

/* --- the course of a call --- */

static void on_closed(uv_handle_t *h)
{
	struct learn *c = h->data;
	struct cmd_call *call = c->call;
	struct err e = {0};
	err_move(&e, &c->end);
	if (c->tutor->lesson != NULL && !err_is(&e))
		say_all(c);
	tutor_free(c->tutor);
	free(c);
	cmd_done(call, &e);
	err_done(&e);
}

static void on_turn(uv_timer_t *timer)
{
	struct learn *c = timer->data;
	if (c->tutor->lesson != NULL)
		tutor_poll(c->tutor);
	if (c->tutor->lesson == NULL || !tutor_busy(c->tutor))
		uv_close((uv_handle_t *)timer, on_closed);
}

static void cancel(struct cmd_call *call)
{
	struct learn *c = call->state;
	tutor_cancel(c->tutor);
}

/* --- actions --- */

static void act_open(struct learn *c, const char *arg)
{
	if (arg == NULL)
		err_set(&c->end, ERR_USAGE, _("learn open: which lesson?"));
	else
		tutor_open(c->tutor, arg, &c->end);
}

static void act_step(struct learn *c, const char *arg)
{
	(void)c, (void)arg; /* it is shown in any case */
}

static void act_next(struct learn *c, const char *arg)
{
	(void)arg;
	if (!tutor_next(c->tutor))
		report_line(&c->call->app->report, "%s", _("that was the last lesson"));
}

static void act_previous(struct learn *c, const char *arg)
{
	(void)arg;
	tutor_previous(c->tutor);
}

static void act_check(struct learn *c, const char *arg)
{
	(void)arg;
	tutor_check(c->tutor, true);
}

static void act_hint(struct learn *c, const char *arg)
{
	(void)arg;
	if (!tutor_hint(c->tutor))
		say(c, "", _("there is no further hint; `learn solve` does the step for you"));
}

static void act_solve(struct learn *c, const char *arg)
{
	(void)arg;
	tutor_solve(c->tutor, &c->end);
}

static void act_answer(struct learn *c, const char *arg)
{
	if (arg == NULL || *arg < '1' || *arg > '9' || arg[1] != '\0')
		err_set(&c->end, ERR_USAGE, _("learn answer: the number of a choice"));
	else
		tutor_answer(c->tutor, *arg - '0');
}

static void act_begin(struct learn *c, const char *arg)
{
	(void)arg;
	c->begin = true;
	tutor_look(c->tutor);
}

static void act_reset(struct learn *c, const char *arg)
{
	(void)arg;
	if (tutor_reset(c->tutor, &c->end) == 0)
		say(c, "", _("the lab is as it was when this step began; `learn undo` brings back what was there"));
}

static void act_undo(struct learn *c, const char *arg)
{
	(void)arg;
	if (tutor_undo(c->tutor, &c->end) == 0)
		say(c, "", _("the lab is as it was before; `learn undo` again takes that back"));
}

static const struct {
	const char *name;
	void (*run)(struct learn *c, const char *arg);
	bool brief;
} actions[] = {
	{"step", act_step, false},
	{"next", act_next, false},
	{"previous", act_previous, false},
	{"check", act_check, true},
	{"hint", act_hint, true},
	{"answer", act_answer, true},
	{"solve", act_solve, true},
	{"begin", act_begin, true},
	{"reset", act_reset, true},
	{"undo", act_undo, true},
};

static void act(struct learn *c, const char *name, const char *arg)
{
	if (strcmp(name, "open") == 0) {
		act_open(c, arg);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (strcmp(name, actions[i].name) != 0)
			continue;
		if (c->tutor->lesson != NULL) {
			c->brief = actions[i].brief;
			actions[i].run(c, arg);
			return;
		}
		err_set(&c->end, ERR_USAGE, _("no lesson is open"));
		err_hint(&c->end, "%s", _("`learn open LESSON` opens one, `lesson list` shows them"));
		return;
	}
	act_open(c, name);
}

static void run_learn(struct cmd_call *call)
{
	struct err e = {0};
	if (call->app->ui != NULL) {
		err_set(&e, ERR_USAGE, _("on the screen lessons have a pane"));
		err_hint(&e, "%s", _("`lesson.list` shows it"));
		cmd_done(call, &e);
		err_done(&e);
		return;
	}
	struct learn *c = xcalloc(1, sizeof(*c));
	const struct tutor_host host = {
		.changed = on_changed, .offer = on_offer, .tell = on_verb, .trouble = on_trouble, .ctx = c};
	c->call = call;
	call->state = c;
	call->cancel = cancel;
	uv_timer_init(call->app->loop, &c->turn);
	c->turn.data = c;
	pipeline_refresh(call->app->pipeline);
	c->tutor = tutor_new(call->app, &host);
	uv_timer_start(&c->turn, on_turn, 0, 0);
	tutor_resume(c->tutor);
	act(c, call->arg.n > 0 ? call->arg.v[0] : "step", call->arg.n > 1 ? call->arg.v[1] : NULL);
}

const struct cmd cmd_learn_rows[] = {
	{"learn", "[ACTION] [ARG]", CMD_LAB_WRITE | CMD_JSON, N_("go through a lesson line by line"),
		N_("open LESSON: begin it, or go on where it was left. Then: step (what is to be done, and the "
		   "checks), check "
		   "(boots a machine if it takes one), hint, answer N, next, previous. solve does the step for you and "
		   "marks "
		   "it as assisted. begin makes the state that the lesson begins with, reset puts the lab back to "
		   "where the "
		   "step began; what they replace is kept in the lab's folder .lesson, and undo brings it back."),
		NULL, run_learn},
};
const size_t cmd_learn_n = ARRAY_LEN(cmd_learn_rows);
