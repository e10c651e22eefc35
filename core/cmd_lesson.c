/* cmd_lesson: the commands lesson (list, show, check, lint, test and make lessons) and lesson-start. */
#include <stdlib.h>
#include <string.h>

#include "core/app.h"
#include "core/check.h"
#include "core/cmd_lesson.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/lesson.h"
#include "core/lessontest.h"
#include "core/paths.h"
#include "core/verbs.h"

struct lesson_call {
	struct cmd_call *call;
	struct strv names;
	struct lessontest *test;
	char *root; /* of its lessons, if they are the lab's */
};

static void end(struct lesson_call *c, struct err *e)
{
	struct cmd_call *call = c->call;
	strv_done(&c->names);
	free(c->root);
	free(c);
	cmd_done(call, e);
}

/* The folder of a lesson: a path (of the lab, if it is not there from here), or a shipped lesson's id or folder name.
 * Returns owned, or NULL with *e. */
static char *find_dir(const struct app *a, const char *name, struct err *e)
{
	struct strv dirs = {0};
	char *found = strchr(name, '/') != NULL || fs_is_dir(name) ? xstrdup(name) : NULL;
	if (found != NULL && !fs_is_dir(found) && a->lab.dir != NULL) {
		free(found);
		found = lab_path(&a->lab, name);
	}
	if (found == NULL && lesson_dirs(NULL, &dirs, e) < 0)
		return NULL;
	for (size_t i = 0; i < dirs.n && found == NULL; i++) {
		const char *base = strrchr(dirs.v[i], '/') + 1, *dash = strchr(base, '-');
		if (strcmp(base, name) == 0 || (dash != NULL && strcmp(dash + 1, name) == 0))
			found = xstrdup(dirs.v[i]);
	}
	strv_done(&dirs);
	if (found == NULL) {
		err_set(e, ERR_USAGE, _("there is no lesson `%s`"), name);
		err_hint(e, _("`kiln lesson list` shows them"));
	}
	return found;
}

/* --- list and show --- */

static void list_one(struct lesson_call *c, const char *dir, struct json_object *list, struct err *e)
{
	struct lesson *l = lesson_load(dir, i18n_lesson_lang(), e);
	if (l == NULL)
		return;
	report_line(&c->call->app->report, _("%-16s %2zu steps %3ld min  %s"), l->id, l->n, l->minutes, l->title);
	struct json_object *o = json_object_new_object();
	json_object_object_add(o, "id", json_object_new_string(l->id));
	json_object_object_add(o, "title", json_object_new_string(l->title));
	json_object_object_add(o, "steps", json_object_new_int64((int64_t)l->n));
	json_object_object_add(o, "minutes", json_object_new_int64(l->minutes));
	json_object_object_add(o, "folder", json_object_new_string(dir));
	json_object_array_add(list, o);
	lesson_free(l);
}

static void do_list(struct lesson_call *c, struct err *e)
{
	struct strv dirs = {0};
	struct json_object *list = json_object_new_array();
	lesson_dirs(NULL, &dirs, e);
	for (size_t i = 0; i < dirs.n && !err_is(e); i++)
		list_one(c, dirs.v[i], list, e);
	json_object_object_add(cmd_json(c->call), "lessons", list);
	strv_done(&dirs);
}

/* A text as the screen shows it, with the keys that are bound now, line by line; the same into text. */
static void show_text(struct lesson_call *c, const char *indent, const char *raw, struct buf *text)
{
	const struct app *app = c->call->app;
	char *copy = app->key_text != NULL ? app->key_text(app, "lesson", raw) : xstrdup(raw), *save = NULL;
	for (char *line = strtok_r(copy, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		report_line(&c->call->app->report, "%s%s", indent, line);
		buf_addf(text, "%s\n", line);
	}
	free(copy);
}

static void show_prose(struct lesson_call *c, const struct prose_list *list, struct buf *text)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct prose *p = &list->v[i];
		show_text(c, p->kind == PROSE_CODE ? "    " : p->kind == PROSE_QUOTE ? "  > " : "  ", p->text, text);
	}
}

static void show_quiz(struct lesson_call *c, const struct lesson_step *s, struct buf *text)
{
	const struct ynode *quiz = s->quiz_words != NULL ? s->quiz_words : s->quiz;
	const struct ynode *choices = ynode_get(quiz, "choices");
	if (quiz == NULL)
		return;
	show_text(c, "  ", ynode_text(quiz, "question", ""), text);
	for (size_t i = 0; choices != NULL && i < choices->n; i++) {
		char *line = xasprintf("%zu %s", i + 1, choices->item[i].text);
		show_text(c, "  ", line, text);
		free(line);
	}
	show_text(c, "  ", _("{key:pane.focus lesson}, then a number answers."), text);
}

static bool boots(const struct lesson_step *s)
{
	for (size_t i = 0; i < s->n_check; i++)
		if (check_is_slow(&s->check[i]))
			return true;
	return false;
}

static struct json_object *show_step(struct lesson_call *c, const struct lesson *l, size_t i)
{
	const struct lesson_step *s = &l->step[i];
	struct json_object *o = json_object_new_object();
	struct buf text = {0};
	report_line(&c->call->app->report, "\n%zu. %s  (%s)", i + 1, s->title, s->id);
	if (i == 0)
		show_prose(c, &l->intro, &text);
	show_prose(c, &s->text, &text);
	if (boots(s))
		show_text(c, "  ",
			_("{key:pane.focus lesson}, then {key:lesson.check}, checks it: that boots a machine."), &text);
	show_quiz(c, s, &text);
	json_object_object_add(o, "id", json_object_new_string(s->id));
	json_object_object_add(o, "title", json_object_new_string(s->title));
	json_object_object_add(o, "text", json_object_new_string(text.p != NULL ? text.p : ""));
	json_object_object_add(o, "boots", json_object_new_boolean(boots(s)));
	buf_done(&text);
	return o;
}

static void do_show(struct lesson_call *c, struct err *e)
{
	struct json_object *steps = json_object_new_array(), *o = cmd_json(c->call);
	char *dir = c->names.n > 0 ? find_dir(c->call->app, c->names.v[0], e) : NULL;
	if (c->names.n == 0)
		err_set(e, ERR_USAGE, _("lesson show needs a lesson"));
	struct lesson *l = dir != NULL ? lesson_load(dir, i18n_lesson_lang(), e) : NULL;
	free(dir);
	if (l != NULL) {
		report_line(&c->call->app->report, "%s", l->title);
		json_object_object_add(o, "id", json_object_new_string(l->id));
		json_object_object_add(o, "title", json_object_new_string(l->title));
	}
	for (size_t i = 0; l != NULL && i < l->n; i++)
		json_object_array_add(steps, show_step(c, l, i));
	json_object_object_add(o, "steps", steps);
	lesson_free(l);
}

/* --- new --- */

/* What a lesson looks like, for someone to write on. %s: its id. */
static const char skeleton[] =
	"---\nformat: 1\nid: %s\ntitle: A lesson of mine\nkernels: [6.12]\nminutes: 5\npoints: 5\n---\n"
	"What it is about, in two sentences.\n\n"
	"## The first step {#first}\n\n"
	"What to do, and why. A key is written as the command it stands for: {key:prompt}.\n"
	"```{check}\n- id: variant\n  option: {init.variant: c-asm}\n"
	"  say: \"init.variant is {value}: choose `c-asm`.\"\n```\n"
	"```{hint after=1}\n`init.variant c-asm` at {key:prompt}.\n```\n"
	"```{solve}\n- option: {init.variant: c-asm}\n```\n";

/* In a folder of the lab, or from here if no lab is open. Its id is the folder's name without its number. */
static void do_new(struct lesson_call *c, struct err *e)
{
	const struct app *a = c->call->app;
	if (c->names.n != 1) {
		err_set(e, ERR_USAGE, _("lesson new needs a folder, like lessons/01-mine"));
		return;
	}
	char *dir = a->lab.dir != NULL && c->names.v[0][0] != '/' ? lab_path(&a->lab, c->names.v[0])
								  : fs_absolute(c->names.v[0]);
	char *file = fs_join(dir, "lesson.md");
	const char *base = strrchr(dir, '/') + 1, *id = base + strspn(base, "0123456789-");
	char *text = xasprintf(skeleton, id);
	if (id[0] == '\0' || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(id))
		err_set(e, ERR_USAGE, _("%s: a lesson's folder is a number and a name of a-z, 0-9 and -"), base);
	else if (fs_exists(file))
		err_set(e, ERR_WORLD, _("%s is there already"), file);
	else if (fs_mkdirs(dir, e) == 0 && fs_write(file, text, strlen(text), 0644, e) == 0)
		report_line(&c->call->app->report, _("made %s; `lesson lint` and `lesson test` look at it"), file);
	free(text);
	free(file);
	free(dir);
}

/* --- lint and test --- */

static void on_line(void *ctx, const char *text)
{
	struct lesson_call *c = ctx;
	report_line(&c->call->app->report, "%s", text);
}

static void do_lint(struct lesson_call *c, struct err *e)
{
	struct strv dirs = {0};
	unsigned faults = 0;
	for (size_t i = 0; i < c->names.n && !err_is(e); i++) {
		char *dir = find_dir(c->call->app, c->names.v[i], e);
		if (dir != NULL)
			strv_add(&dirs, dir);
		free(dir);
	}
	if (c->names.n == 0)
		lesson_dirs(NULL, &dirs, e);
	for (size_t i = 0; i < dirs.n && !err_is(e); i++)
		faults += lesson_lint(dirs.v[i], on_line, c);
	json_object_object_add(cmd_json(c->call), "faults", json_object_new_int64(faults));
	if (faults > 0)
		err_set(e, ERR_INPUT, _("%u of %zu lessons have faults"), faults, dirs.n);
	else if (!err_is(e))
		report_line(&c->call->app->report, _("%zu lessons, no faults"), dirs.n);
	strv_done(&dirs);
}

static void on_tested(void *ctx, unsigned passed, unsigned failed, struct err *e)
{
	struct lesson_call *c = ctx;
	report_line(&c->call->app->report, "1..%u", passed + failed);
	report_line(&c->call->app->report, _("%u passed, %u failed"), passed, failed);
	json_object_object_add(cmd_json(c->call), "passed", json_object_new_int64(passed));
	json_object_object_add(cmd_json(c->call), "failed", json_object_new_int64(failed));
	if (failed > 0)
		err_set(e, ERR_INPUT, _("%u proofs of lessons failed"), failed);
	end(c, e);
}

static void cancel_test(struct cmd_call *call)
{
	struct lesson_call *c = call->state;
	lessontest_cancel(c->test);
}

/* Names that are paths: their folder becomes the root, as with --lessons, and they are called by what is left. */
static int names_to_root(struct lesson_call *c, struct err *e)
{
	for (size_t i = 0; i < c->names.n; i++) {
		char *dir = strchr(c->names.v[i], '/') != NULL ? find_dir(c->call->app, c->names.v[i], e) : NULL;
		if (dir == NULL)
			continue;
		char *path = fs_absolute(dir), *slash = strrchr(path, '/');
		while (slash > path && slash[1] == '\0') { /* lessons/01-mine/ */
			*slash = '\0';
			slash = strrchr(path, '/');
		}
		*slash = '\0';
		if (c->root != NULL && strcmp(c->root, path) != 0)
			err_set(e, ERR_USAGE, _("lesson test: the lessons are in one folder: %s is not in %s"), dir,
				c->root);
		free(c->names.v[i]);
		c->names.v[i] = xstrdup(slash + 1);
		if (c->root == NULL)
			c->root = xstrdup(path);
		free(path);
		free(dir);
	}
	return err_is(e) ? -1 : 0;
}

static void do_test(struct lesson_call *c)
{
	struct cmd_call *call = c->call;
	const char *root = cmd_value(call, "lessons");
	struct err e = {0};
	if (root == NULL && names_to_root(c, &e) < 0) {
		end(c, &e);
		err_done(&e);
		return;
	}
	if (root == NULL)
		root = c->root;
	if (root != NULL && !fs_is_dir(root) && call->app->lab.dir != NULL)
		root = c->root = lab_path(&call->app->lab, root);
	const struct lessontest_params p = {.root = root,
		.names = &c->names,
		.override = &call->app->override,
		.static_only = cmd_value(call, "static") != NULL,
		.keep = cmd_value(call, "keep") != NULL};
	call->state = c;
	call->cancel = cancel_test;
	c->test = lessontest_start(call->app->loop, &p, on_line, on_tested, c);
}

/* Nothing that was given may go unused: names that an action does not take, --all beside names. */
static bool arguments_fit(const struct cmd_call *call, struct err *e)
{
	const char *action = call->arg.v[0];
	if (call->arg.n > (strcmp(action, "list") == 0 ? 1 : 2) &&
		(strcmp(action, "list") == 0 || strcmp(action, "show") == 0))
		err_set(e, ERR_USAGE, _("lesson %s: `%s` is too much"), action, call->arg.v[call->arg.n - 1]);
	else if (cmd_value(call, "all") != NULL && strcmp(action, "test") != 0)
		err_set(e, ERR_USAGE, _("lesson %s does not take --all: `lesson test` does"), action);
	else if (cmd_value(call, "all") != NULL && call->arg.n > 1)
		err_set(e, ERR_USAGE, _("lesson test: either --all or the names of lessons"));
	return !err_is(e);
}

static void run_lesson(struct cmd_call *call)
{
	struct err e = {0};
	const char *action = call->arg.v[0];
	struct lesson_call *c = xcalloc(1, sizeof(*c));
	c->call = call;
	for (size_t i = 1; i < call->arg.n; i++)
		strv_add(&c->names, call->arg.v[i]);
	bool fits = arguments_fit(call, &e);
	if (fits && strcmp(action, "test") == 0) {
		do_test(c);
		return;
	}
	if (fits && strcmp(action, "check") == 0) {
		strv_done(&c->names);
		free(c);
		cmd_lesson_check(call);
		return;
	}
	if (!fits)
		;
	else if (strcmp(action, "list") == 0)
		do_list(c, &e);
	else if (strcmp(action, "show") == 0)
		do_show(c, &e);
	else if (strcmp(action, "lint") == 0)
		do_lint(c, &e);
	else if (strcmp(action, "new") == 0)
		do_new(c, &e);
	else
		err_set(&e, ERR_USAGE, _("lesson: there is no `%s`: list, show, check, lint, test or new"), action);
	end(c, &e);
	err_done(&e);
}

/* --- begin a step that starts in a state of its own --- */

struct start_call {
	struct cmd_call *call;
	struct lesson *lesson;
	struct verbs *verbs;
};

static void end_start(struct start_call *s, struct err *e)
{
	struct cmd_call *call = s->call;
	lesson_free(s->lesson);
	free(s);
	cmd_done(call, e);
}

static void on_started(void *ctx, struct err *e)
{
	struct start_call *s = ctx;
	if (!err_is(e))
		report_line(&s->call->app->report, _("%s: the lab is as the step begins"), s->call->arg.v[0]);
	end_start(s, e);
}

static void cancel_start(struct cmd_call *call)
{
	struct start_call *s = call->state;
	verbs_cancel(s->verbs);
}

/* The step that LESSON/STEP names. Its lesson is left in s. NULL with *e. */
static const struct lesson_step *find_step(struct start_call *s, const char *name, struct err *e)
{
	const char *slash = strrchr(name, '/');
	char *id = slash != NULL ? xstrndup(name, (size_t)(slash - name)) : xstrdup(name);
	char *dir = slash != NULL ? find_dir(s->call->app, id, e) : NULL;
	const struct lesson_step *step = NULL;
	if (slash == NULL)
		err_set(e, ERR_USAGE, _("lesson-start takes LESSON/STEP, not `%s`"), name);
	if (dir != NULL)
		s->lesson = lesson_load(dir, "en", e);
	if (s->lesson != NULL)
		step = lesson_step_find(s->lesson, slash + 1);
	if (s->lesson != NULL && (step == NULL || step->start == NULL))
		err_set(e, ERR_USAGE, _("the lesson `%s` has no step `%s` that starts in a state of its own"), id,
			slash + 1);
	free(dir);
	free(id);
	return err_is(e) ? NULL : step;
}

static void run_start(struct cmd_call *call)
{
	struct err e = {0};
	struct start_call *s = xcalloc(1, sizeof(*s));
	s->call = call;
	const struct lesson_step *step = find_step(s, call->arg.v[0], &e);
	if (step == NULL) {
		end_start(s, &e);
		err_done(&e);
		return;
	}
	const struct verbs_env env = {.loop = call->app->loop, .pipeline = call->app->pipeline, .lesson = s->lesson};
	call->state = s;
	call->cancel = cancel_start;
	s->verbs = verbs_start(&env, step->start, on_started, s);
}

static const struct cmd_opt lesson_option[] = {
	{"all", 'a', NULL, N_("test: every lesson (as without a name)")},
	{"static", 's', NULL, N_("check, test: only what needs neither builds nor boots")},
	{"lessons", 'L', "DIR", N_("check, test: the folder of lessons (default: those that come with kiln)")},
	{"keep", 0, NULL, N_("test: leave the lab behind, to look at it")},
	{NULL, 0, NULL, NULL},
};

const struct cmd cmd_lesson_rows[] = {
	{"lesson", "ACTION [LESSON…]", CMD_JSON, N_("list, show, check, lint, test or make guided walkthroughs"),
		N_("list: all lessons. show LESSON: its text. check [LESSON…]: which steps the lab passes now, and why "
		   "not the others. lint [LESSON…]: what is wrong in it, at file:line:col, "
		   "translations included. test "
		   "[LESSON…]: prove each step in a lab of its own: the start state fails, the wrong states fail with "
		   "the "
		   "named "
		   "check, the solution passes. new DIR: make one to write on. The format is described in "
		   "lessons/FORMAT.md."),
		lesson_option, run_lesson},
	{"lesson-start", "LESSON/STEP", CMD_LAB_WRITE,
		N_("bring the lab into the state in which a lesson's step begins"),
		N_("For steps with a {start}, as those of the clinic: what is broken there is broken in this lab. "
		   "Nothing "
		   "else does that: going to the step leaves the lab alone."),
		NULL, run_start},
};
const size_t cmd_lesson_n = ARRAY_LEN(cmd_lesson_rows);
