/* lessoncheck: see lessoncheck.h. */
#include "core/lessoncheck.h"

#include <stdlib.h>
#include <string.h>

struct lessoncheck {
	struct lessoncheck_params p;
	void (*on_step)(void *ctx, const struct lesson *l, const struct lesson_step *s, bool claimed,
		const struct check_result *r);
	void (*done)(void *ctx);
	void *ctx;
	size_t at, step;
	struct checker *checker;
	struct strv events;
	bool claimed, cancelled;
	uv_timer_t timer;
};

void lessoncheck_solved(struct strv *out, const char *text)
{
	while (*text != '\0') {
		size_t line = strcspn(text, "\n"), n = strcspn(text, " \t\r\n");
		if (n > 0 && n < 200 && out->n < 4096)
			strv_addf(out, "%.*s", (int)n, text);
		text += line + (text[line] == '\n');
	}
}

/* Set the step's events and answer from the progress. */
static void claim(struct lessoncheck *c, const struct lesson *l, const struct lesson_step *s)
{
	char *name = xasprintf("%s/%s", l->id, s->id);
	bool solved = strv_has(c->p.solved, name);
	free(name);
	strv_done(&c->events);
	c->p.env.answer = 0;
	c->claimed = false;
	for (size_t i = 0; i < s->n_check && solved; i++) {
		const struct ynode *event = ynode_get(s->check[i].node, "event");
		bool quiz = ynode_get(s->check[i].node, "quiz") != NULL;
		if (event != NULL)
			strv_addf(&c->events, "%s %s", ynode_text(event, "did", ""), ynode_text(event, "arg", ""));
		if (quiz)
			c->p.env.answer = strtol(ynode_text(s->quiz, "answer", "0"), NULL, 10);
		c->claimed = c->claimed || event != NULL || quiz;
	}
}

static void on_closed(uv_handle_t *h)
{
	struct lessoncheck *c = h->data;
	void (*done)(void *) = c->done;
	void *ctx = c->ctx;
	strv_done(&c->events);
	free(c);
	done(ctx);
}

static void next(uv_timer_t *t);

static void on_checked(void *ctx, const struct check_result *r, size_t n)
{
	struct lessoncheck *c = ctx;
	const struct lesson *l = c->p.lesson[c->at];
	(void)n;
	c->checker = NULL;
	if (!c->cancelled)
		c->on_step(c->ctx, l, &l->step[c->step], c->claimed, r);
	c->step++;
	uv_timer_start(&c->timer, next, 0, 0);
}

static void next(uv_timer_t *t)
{
	struct lessoncheck *c = t->data;
	for (; c->at < c->p.n && !c->cancelled; c->at++, c->step = 0) {
		const struct lesson *l = c->p.lesson[c->at];
		while (c->step < l->n && l->step[c->step].n_check == 0)
			c->step++;
		if (c->step >= l->n)
			continue;
		claim(c, l, &l->step[c->step]);
		c->p.env.events = &c->events;
		c->checker = check_start(&c->p.env, &l->step[c->step], on_checked, c);
		return;
	}
	uv_close((uv_handle_t *)t, on_closed);
}

struct lessoncheck *lessoncheck_start(const struct lessoncheck_params *p,
	void (*step)(void *ctx, const struct lesson *l, const struct lesson_step *s, bool claimed,
		const struct check_result *r),
	void (*done)(void *ctx), void *ctx)
{
	struct lessoncheck *c = xcalloc(1, sizeof(*c));
	c->p = *p;
	c->on_step = step;
	c->done = done;
	c->ctx = ctx;
	uv_timer_init(p->env.loop, &c->timer);
	c->timer.data = c;
	uv_timer_start(&c->timer, next, 0, 0);
	return c;
}

void lessoncheck_cancel(struct lessoncheck *c)
{
	c->cancelled = true;
	if (c->checker != NULL)
		check_cancel(c->checker);
}
