/* pane_lesson: a guided walkthrough beside the work: the text of one step, its checks with what is still missing,
 * hints, "do it for me". Checks that look at files are made again whenever the lab has changed; those that boot a
 * machine when asked. What was solved is kept in the state folder. The engine is core/check.h and core/verbs.h, the
 * same that `kiln lesson test` uses. */
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/kcbuild.h"
#include "core/paths.h"
#include "core/str.h"
#include "core/verbs.h"
#include "tui/textview.h"
#include "tui/ui.h"

struct shown { /* a check's last result */
	enum check_verdict verdict;
	char *say;
};

struct lessons {
	struct pane *pane;
	struct strv dirs;
	struct lesson *lesson; /* NULL: the list is shown */
	size_t step, hints;    /* hints: shown so far */
	unsigned failed;       /* checks made in vain at this step */
	struct shown *shown;
	struct strv events, solved; /* solved: "lesson/step" or "lesson/step assisted" */
	long answer;
	bool passed, assisted;
	struct checker *checker;
	struct verbs *verbs;
	struct kcbuild *base;
	char *base_dir;
	unsigned pipeline_rev, event_rev, checked_rev;
	struct strv line;
	enum style *style;
	struct textview view;
};

static struct lessons *of(const struct pane *p)
{
	return p->state;
}

static struct lessons *of_call(struct cmd_call *call)
{
	return of(ui_pane(call->app->ui, "lesson"));
}

static const struct lesson_step *step_of(const struct lessons *s)
{
	return &s->lesson->step[s->step];
}

/* --- what is shown --- */

static void add_line(struct lessons *s, enum style style, const char *text)
{
	strv_add(&s->line, text);
	s->style = xrealloc(s->style, s->line.n * sizeof(*s->style));
	s->style[s->line.n - 1] = style;
}

/* Lines of a text, wrapped; the first begins with the indent, the others with as many blanks. */
static void add_text(struct lessons *s, enum style style, const char *indent, const char *raw)
{
	int margin = draw_width(indent, strlen(indent), 0);
	char *text = keymap_text(s->pane->ui->keymap, "lesson", raw), *rest = text;
	int cols = (s->pane->cols > 12 ? s->pane->cols - 1 : 60) - margin;
	bool first = true;
	for (char *part; (part = strsep(&rest, "\n")) != NULL;) {
		if (rest == NULL && *part == '\0' && part != text)
			break;
		do {
			size_t n = draw_wrap(part, cols);
			char *line = xasprintf("%s%*s%.*s", first ? indent : "", first ? 0 : margin, "", (int)n, part);
			first = false;
			add_line(s, style, line);
			free(line);
			part += n + (part[n] == ' ');
		} while (*part != '\0');
	}
	free(text);
}

static void add_prose(struct lessons *s, const struct prose_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct prose *p = &l->v[i];
		enum style style = p->kind == PROSE_CODE      ? STYLE_COMMAND
				   : p->kind == PROSE_HEADING ? STYLE_STRONG
							      : STYLE_TEXT;
		add_text(s, style, p->kind == PROSE_CODE ? "    " : p->kind == PROSE_QUOTE ? "> " : "", p->text);
		if (p->kind != PROSE_ITEM)
			add_line(s, STYLE_TEXT, "");
	}
}

static bool is_solved(const struct lessons *s, const char *lesson, const char *step)
{
	char *id = xasprintf("%s/%s", lesson, step), *assisted = xasprintf("%s assisted", id);
	bool yes = strv_has(&s->solved, id) || strv_has(&s->solved, assisted);
	free(id);
	free(assisted);
	return yes;
}

static void show_list(struct lessons *s)
{
	add_line(s, STYLE_TITLE, _("Lessons"));
	add_text(s, STYLE_DIM, "", _("Enter opens the one under the cursor."));
	for (size_t i = 0; i < s->dirs.n; i++) {
		struct err e = {0};
		struct lesson *l = lesson_load(s->dirs.v[i], i18n_lesson_lang(), &e);
		size_t done = 0;
		for (size_t k = 0; l != NULL && k < l->n; k++)
			done += is_solved(s, l->id, l->step[k].id);
		char *text = l != NULL ? xasprintf("[%c] %s  (%zu/%zu)", done == l->n ? 'x' : ' ', l->title, done, l->n)
				       : xasprintf("[!] %s", e.msg);
		add_line(s, l != NULL ? STYLE_TEXT : STYLE_ERROR, text);
		free(text);
		err_done(&e);
		lesson_free(l);
	}
}

static void show_quiz(struct lessons *s, const struct ynode *quiz)
{
	const struct ynode *choices = ynode_get(quiz, "choices");
	add_text(s, STYLE_STRONG, "", ynode_text(quiz, "question", ""));
	for (size_t i = 0; choices != NULL && i < choices->n; i++) {
		char *mark = xasprintf("%s%zu ", s->answer == (long)i + 1 ? ">" : " ", i + 1);
		add_text(s, s->answer == (long)i + 1 ? STYLE_STRONG : STYLE_TEXT, mark, choices->item[i].text);
		free(mark);
	}
	add_line(s, STYLE_TEXT, "");
}

static void show_checks(struct lessons *s)
{
	static const struct {
		const char *mark;
		enum style style;
	} look[] = {{"[x] ", STYLE_OK}, {"[ ] ", STYLE_TEXT}, {"[!] ", STYLE_ERROR}, {"[-] ", STYLE_DIM}};
	const struct lesson_step *t = step_of(s);
	for (size_t i = 0; i < t->n_check; i++) {
		const struct shown *r = &s->shown[i];
		bool waits = r->verdict == CHECK_SKIPPED;
		const char *text = r->verdict == CHECK_PASSED ? t->check[i].id
				   : waits                    ? _("boots a machine: {key:lesson.check} checks it")
				   : r->say != NULL           ? r->say
							      : t->check[i].id;
		add_text(s, look[r->verdict].style, look[r->verdict].mark, text);
	}
	if (s->checker != NULL)
		add_line(s, STYLE_DIM, _("checking …"));
}

static void show_step(struct lessons *s)
{
	const struct lesson_step *t = step_of(s);
	char *title = xasprintf("%s  %zu/%zu", t->title, s->step + 1, s->lesson->n);
	add_line(s, STYLE_DIM, s->lesson->title);
	add_text(s, STYLE_TITLE, "", title);
	free(title);
	add_line(s, STYLE_TEXT, "");
	if (s->step == 0)
		add_prose(s, &s->lesson->intro);
	add_prose(s, &t->text);
	const struct ynode *quiz = t->quiz_words != NULL ? t->quiz_words : t->quiz;
	if (quiz != NULL)
		show_quiz(s, quiz);
	show_checks(s);
	for (size_t i = 0; i < s->hints && i < t->n_hint; i++) {
		add_line(s, STYLE_NOTE, "");
		add_text(s, STYLE_NOTE, "", _("Hint:"));
		add_prose(s, &t->hint[i].text);
	}
	if (!s->passed)
		return;
	add_line(s, STYLE_TEXT, "");
	add_text(s, STYLE_OK, "", s->assisted ? _("Done, with help.") : _("Done."));
	if (quiz != NULL)
		add_text(s, STYLE_TEXT, "", ynode_text(quiz, "why", ""));
	add_prose(s, &t->after);
	add_text(s, STYLE_STRONG, "", _("{key:lesson.next} goes on."));
}

static void check_if_due(struct lessons *s);

/* Lay the text out anew, and look again at the lab if it has moved on. */
static void refresh(struct lessons *s)
{
	strv_done(&s->line);
	if (s->lesson != NULL)
		show_step(s);
	else
		show_list(s);
	pane_touch(s->pane);
	check_if_due(s);
}

/* --- progress --- */

static char *progress_path(void)
{
	return paths_state("lessons");
}

static void load_progress(struct lessons *s)
{
	struct err ignored = {0};
	char *path = progress_path(), *text = fs_read(path, NULL, &ignored), *save = NULL;
	for (char *l = text != NULL ? strtok_r(text, "\n", &save) : NULL; l != NULL; l = strtok_r(NULL, "\n", &save))
		strv_add(&s->solved, l);
	err_done(&ignored);
	free(text);
	free(path);
}

static void save_progress(struct lessons *s)
{
	struct err e = {0};
	struct buf b = {0};
	char *path = progress_path(), *dir = paths_state("");
	for (size_t i = 0; i < s->solved.n; i++)
		buf_addf(&b, "%s\n", s->solved.v[i]);
	if (fs_mkdirs(dir, &e) < 0 || fs_write(path, b.p != NULL ? b.p : "", b.n, 0644, &e) < 0)
		ui_error(s->pane->ui, &e);
	buf_done(&b);
	free(dir);
	free(path);
}

static void note_solved(struct lessons *s)
{
	if (is_solved(s, s->lesson->id, step_of(s)->id))
		return;
	strv_addf(&s->solved, "%s/%s%s", s->lesson->id, step_of(s)->id, s->assisted ? " assisted" : "");
	save_progress(s);
}

/* --- checks --- */

/* Forget the results, and a check that is under way: it borrows the step. */
static void drop_shown(struct lessons *s)
{
	if (s->checker != NULL)
		check_abandon(s->checker);
	s->checker = NULL;
	for (size_t i = 0; s->lesson != NULL && s->shown != NULL && i < step_of(s)->n_check; i++)
		free(s->shown[i].say);
	free(s->shown);
	s->shown = NULL;
}

static void on_checked(void *ctx, const struct check_result *r, size_t n)
{
	struct lessons *s = ctx;
	s->checker = NULL;
	if (s->lesson == NULL || n != step_of(s)->n_check || s->shown == NULL)
		return;
	bool all = true, bad = false;
	for (size_t i = 0; i < n; i++) {
		/* a slow check that was not made this time keeps its last verdict */
		if (r[i].verdict != CHECK_SKIPPED) {
			free(s->shown[i].say);
			s->shown[i].say = r[i].say != NULL ? xstrdup(r[i].say) : NULL;
			s->shown[i].verdict = r[i].verdict;
		}
		all = all && s->shown[i].verdict == CHECK_PASSED;
		bad = bad || s->shown[i].verdict == CHECK_FAILED;
	}
	if (all && !s->passed) {
		s->passed = true;
		note_solved(s);
	}
	s->failed += bad;
	refresh(s);
}

static bool can_check(const struct lessons *s)
{
	const struct pipeline *p = s->pane->ui->app->pipeline;
	return s->lesson != NULL && s->shown != NULL && p != NULL && !pipeline_busy(p) && s->checker == NULL &&
	       s->verbs == NULL;
}

static void check(struct lessons *s, bool slow)
{
	if (!can_check(s))
		return;
	const struct check_env env = {.loop = s->pane->ui->app->loop,
		.pipeline = s->pane->ui->app->pipeline,
		.events = &s->events,
		.answer = s->answer,
		.scale = 2,
		.static_only = !slow,
		.base_dir = s->base_dir};
	s->checked_rev = env.pipeline->rev;
	s->checker = check_start(&env, step_of(s), on_checked, s);
	if (slow)
		refresh(s);
}

static void on_base(void *ctx, struct err *e)
{
	struct lessons *s = ctx;
	s->base = NULL;
	if (err_is(e))
		ui_error(s->pane->ui, e);
	check(s, false);
}

/* kconfig-from compares with the tree's tinyconfig: made once for each tree. Returns false while it is being made. */
static bool have_base(struct lessons *s)
{
	const struct op_cb cb = {.done = on_base, .ctx = s};
	const struct pipeline *p = s->pane->ui->app->pipeline;
	struct err e = {0};
	if (s->base != NULL || p->source.tree == NULL)
		return s->base == NULL;
	char hex[65];
	fs_sha256(p->source.id, strlen(p->source.id), hex);
	char *name = xasprintf("bases/%.16s", hex), *dir = paths_cache(name), *file = fs_join(dir, "tinyconfig.config");
	free(s->base_dir);
	s->base_dir = dir;
	const struct kcbuild_params k = {.tree = p->source.tree, .out = file};
	if (!fs_exists(file) && fs_mkdirs(dir, &e) == 0)
		s->base = kcbuild_start(s->pane->ui->app->loop, &k, &cb, &e);
	if (err_is(&e))
		ui_error(s->pane->ui, &e);
	free(file);
	free(name);
	return s->base == NULL;
}

static void go_to(struct lessons *s, size_t step)
{
	drop_shown(s);
	s->step = step;
	s->hints = 0;
	s->failed = 0;
	s->answer = 0;
	s->passed = s->assisted = false;
	s->shown = xcalloc(step_of(s)->n_check + 1, sizeof(*s->shown));
	for (size_t i = 0; i < step_of(s)->n_check; i++)
		s->shown[i].verdict = check_is_slow(&step_of(s)->check[i]) ? CHECK_SKIPPED : CHECK_FAILED;
	s->view.top = s->view.cursor = 0;
	s->checked_rev = ~0u;
	refresh(s);
}

/* Has the lab moved on, or was something done, since the last check? */
static bool is_due(const struct lessons *s)
{
	const struct pipeline *p = s->pane->ui->app->pipeline;
	return s->lesson != NULL && p != NULL && p->rev != s->checked_rev;
}

static void check_if_due(struct lessons *s)
{
	if (is_due(s) && can_check(s) && have_base(s))
		check(s, false);
}

/* Look again at what can be seen at once. */
static unsigned rev_of(const struct pane *p)
{
	check_if_due(of(p));
	return p->rev;
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
	if (s->lesson == NULL || str_starts(line, "lesson.") || strv_has(&s->events, line))
		return;
	strv_add(&s->events, line);
	s->checked_rev = ~0u;
	refresh(s);
}

static int open_pane(struct pane *p, struct err *e)
{
	struct lessons *s = xcalloc(1, sizeof(*s));
	struct err none = {0};
	(void)e;
	p->state = s;
	s->pane = p;
	s->view.ops = &view_ops;
	s->view.ctx = s;
	lesson_dirs(NULL, &s->dirs, &none);
	err_done(&none);
	load_progress(s);
	p->ui->on_command = on_command;
	return 0;
}

static void close_pane(struct pane *p)
{
	struct lessons *s = of(p);
	drop_shown(s);
	lesson_free(s->lesson);
	strv_done(&s->dirs);
	strv_done(&s->events);
	strv_done(&s->solved);
	strv_done(&s->line);
	free(s->style);
	free(s->base_dir);
	free(s);
}

static void draw_pane(struct pane *p, const struct draw *d, bool focused)
{
	struct lessons *s = of(p);
	if (s->line.n == 0)
		refresh(s);
	textview_draw(&s->view, d, focused);
}

static void resize_pane(struct pane *p, int rows, int cols)
{
	(void)rows, (void)cols;
	refresh(of(p));
}

static void open_lesson(struct lessons *s, const char *dir)
{
	struct err e = {0};
	struct lesson *l = lesson_load(dir, i18n_lesson_lang(), &e);
	if (l == NULL) {
		ui_error(s->pane->ui, &e);
		return;
	}
	drop_shown(s);
	lesson_free(s->lesson);
	s->lesson = l;
	strv_done(&s->events);
	size_t at = 0;
	while (at + 1 < l->n && is_solved(s, l->id, l->step[at].id))
		at++;
	go_to(s, at);
}

static bool on_key(struct pane *p, const struct key *k)
{
	struct lessons *s = of(p);
	if (s->lesson == NULL && k->code == K_ENTER && s->view.cursor >= 2 && s->view.cursor - 2 < s->dirs.n) {
		open_lesson(s, s->dirs.v[s->view.cursor - 2]);
		return true;
	}
	if (s->lesson != NULL && k->code >= '1' && k->code <= '9' && step_of(s)->quiz != NULL) {
		s->answer = (long)(k->code - '0');
		s->checked_rev = ~0u;
		refresh(s);
		return true;
	}
	return textview_key(&s->view, k);
}

static bool on_mouse(struct pane *p, const struct mouse *m)
{
	struct lessons *s = of(p);
	bool used = textview_mouse(&s->view, m);
	const struct key enter = {.code = K_ENTER};
	if (m->kind == MOUSE_PRESS && m->clicks >= 2 && s->lesson == NULL)
		return on_key(p, &enter);
	return used;
}

static void status_of(const struct pane *p, struct buf *out)
{
	const struct lessons *s = of(p);
	if (s->lesson != NULL)
		buf_addf(out, "%zu/%zu%s", s->step + 1, s->lesson->n, s->passed ? " x" : "");
}

static bool is_busy(const struct pane *p)
{
	const struct lessons *s = of(p);
	return is_due(s) || s->checker != NULL || s->verbs != NULL || s->base != NULL;
}

/* --- commands --- */

static void run_list(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	drop_shown(s);
	lesson_free(s->lesson);
	s->lesson = NULL;
	s->view.top = s->view.cursor = 0;
	refresh(s);
	ui_focus(call->app->ui, "lesson");
	cmd_done(call, NULL);
}

static void run_open(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	struct err e = {0};
	const char *name = call->arg.v[0], *found = NULL;
	for (size_t i = 0; i < s->dirs.n && found == NULL; i++) {
		const char *base = strrchr(s->dirs.v[i], '/') + 1, *dash = strchr(base, '-');
		if (strcmp(base, name) == 0 || (dash != NULL && strcmp(dash + 1, name) == 0))
			found = s->dirs.v[i];
	}
	if (found != NULL) {
		open_lesson(s, found);
		ui_focus(call->app->ui, "lesson");
	} else {
		err_set(&e, ERR_USAGE, _("there is no lesson `%s`"), name);
		err_hint(&e, "%s", _("`lesson.list` shows them"));
	}
	cmd_done(call, &e);
	err_done(&e);
}

/* The step after this one, then the first one of the next lesson. */
static void run_next(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	if (s->lesson != NULL && s->step + 1 < s->lesson->n) {
		go_to(s, s->step + 1);
	} else if (s->lesson != NULL) {
		size_t i = 0;
		while (i < s->dirs.n && strcmp(s->dirs.v[i], s->lesson->dir) != 0)
			i++;
		if (i + 1 < s->dirs.n)
			open_lesson(s, s->dirs.v[i + 1]);
		else
			ui_say(call->app->ui, UI_OK, "%s", _("that was the last lesson"));
	}
	cmd_done(call, NULL);
}

static void run_previous(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	if (s->lesson != NULL && s->step > 0)
		go_to(s, s->step - 1);
	cmd_done(call, NULL);
}

static void run_check(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	if (s->lesson != NULL && have_base(s))
		check(s, true);
	cmd_done(call, NULL);
}

static void run_hint(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	if (s->lesson != NULL && s->hints < step_of(s)->n_hint)
		s->hints++;
	else
		ui_say(call->app->ui, UI_INFO, "%s",
			_("there is no further hint; `lesson.solve` does the step for you"));
	refresh(s);
	textview_end(&s->view);
	cmd_done(call, NULL);
}

static void on_verb_command(void *ctx, const char *line)
{
	struct lessons *s = ctx;
	ui_command(s->pane->ui, line);
}

static void on_verb(void *ctx, const char *what)
{
	struct lessons *s = ctx;
	ui_say(s->pane->ui, UI_INFO, "%s", what);
}

static void on_solved(void *ctx, struct err *e)
{
	struct lessons *s = ctx;
	s->verbs = NULL;
	if (err_is(e))
		ui_error(s->pane->ui, e);
	ui_lab_changed(s->pane->ui);
	s->checked_rev = ~0u;
	refresh(s);
}

static void solve(void *ctx, char key)
{
	struct lessons *s = ctx;
	if (key != 'y' || !can_check(s))
		return;
	const struct verbs_env env = {.loop = s->pane->ui->app->loop,
		.pipeline = s->pane->ui->app->pipeline,
		.lesson = s->lesson,
		.events = &s->events,
		.answer = &s->answer,
		.command = on_verb_command,
		.tell = on_verb,
		.ctx = s};
	s->assisted = true;
	s->verbs = verbs_start(&env, step_of(s)->solve, on_solved, s);
}

static void run_solve(struct cmd_call *call)
{
	struct lessons *s = of_call(call);
	if (s->lesson != NULL && !call->app->lab.held)
		ui_say(call->app->ui, UI_WARNING, "%s", _("this lab is open read-only: another kiln holds it"));
	else if (s->lesson != NULL)
		ui_confirm(call->app->ui, _("Do this step for you? It will be marked as assisted."), "yn", solve, s);
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
