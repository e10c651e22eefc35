/* lessonlint: what can be wrong in a lesson without running it (see lessontest.h). */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/lessontest.h"
#include "core/verbs.h"

static int lint_quiz(const struct lesson *l, const struct lesson_step *s, struct err *e)
{
	const struct ynode *q = s->quiz, *choices = ynode_get(q, "choices");
	if (ynode_only(q, l->path, "question choices answer why", e) < 0)
		return -1;
	long n = choices != NULL && choices->kind == YNODE_LIST ? (long)choices->n : 0;
	long answer = strtol(ynode_text(q, "answer", "0"), NULL, 10);
	if (n < 2 || answer < 1 || answer > n || ynode_text(q, "question", "")[0] == '\0')
		return ynode_err(q, l->path, e,
			_("a quiz needs a question, two or more choices, and the right one's number as answer"));
	return 0;
}

static int lint_wrong(const struct lesson *l, const struct lesson_step *s, struct err *e)
{
	for (size_t i = 0; i < s->n_wrong; i++) {
		bool known = false;
		for (size_t k = 0; k < s->n_check; k++)
			known = known || strcmp(s->check[k].id, s->wrong[i].expect) == 0;
		if (!known)
			return err_at(e, l->path, s->wrong[i].line - 1, 1,
				_("{wrong} expects the check `%s`, which the step does not have"), s->wrong[i].expect);
		if (verbs_lint(l, s->wrong[i].verbs, e) < 0)
			return -1;
	}
	return 0;
}

static int lint_point(const struct lesson *l, const struct lesson_step *s, struct err *e)
{
	if (s->point->kind != YNODE_LIST)
		return ynode_err(s->point, l->path, e, _("{point} is a list: `- pane: kconfig`"));
	for (size_t i = 0; i < s->point->n; i++)
		if (ynode_only(&s->point->item[i], l->path, "pane kconfig source log help", e) < 0)
			return -1;
	return 0;
}

static int lint_step(const struct lesson *l, const struct lesson_step *s, struct err *e)
{
	for (size_t i = 0; i < s->n_check; i++)
		if (check_lint(l, s, &s->check[i], e) < 0)
			return -1;
	if (s->solve != NULL && verbs_lint(l, s->solve, e) < 0)
		return -1;
	if (s->start != NULL && verbs_lint(l, s->start, e) < 0)
		return -1;
	if (s->n_check > 0 && s->solve == NULL)
		return err_at(e, l->path, s->line, 1, _("the step `%s` has checks but no {solve}"), s->id);
	if (s->quiz != NULL && lint_quiz(l, s, e) < 0)
		return -1;
	if (s->point != NULL && lint_point(l, s, e) < 0)
		return -1;
	return lint_wrong(l, s, e);
}

static unsigned say(struct err *e, void (*line)(void *ctx, const char *text), void *ctx)
{
	char *text = e->file != NULL ? xasprintf("%s:%d:%d: %s", e->file, e->line, e->col, e->msg) : xstrdup(e->msg);
	line(ctx, text);
	if (e->hint != NULL) {
		free(text);
		text = xasprintf("  %s", e->hint);
		line(ctx, text);
	}
	free(text);
	err_done(e);
	return 1;
}

/* Each lesson.LANG.md against a fresh copy of the source. */
static unsigned lint_translations(const char *dir, void (*line)(void *ctx, const char *text), void *ctx)
{
	unsigned faults = 0;
	struct strv name = {0};
	DIR *d = opendir(dir);
	for (struct dirent *en; d != NULL && (en = readdir(d)) != NULL;)
		if (str_starts(en->d_name, "lesson.") && str_ends(en->d_name, ".md") &&
			strcmp(en->d_name, "lesson.md") != 0)
			strv_add(&name, en->d_name);
	if (d != NULL)
		closedir(d);
	strv_sort(&name);
	for (size_t i = 0; i < name.n; i++) {
		struct err e = {0};
		char *source = fs_join(dir, "lesson.md"), *path = fs_join(dir, name.v[i]);
		struct lesson *l = lesson_parse(source, NULL, 0, &e),
			      *t = l != NULL ? lesson_parse(path, NULL, 0, &e) : NULL;
		if (t == NULL || lesson_translate(l, t, true, &e) < 0)
			faults += say(&e, line, ctx);
		lesson_free(t);
		lesson_free(l);
		free(path);
		free(source);
	}
	strv_done(&name);
	return faults;
}

unsigned lesson_lint(const char *dir, void (*line)(void *ctx, const char *text), void *ctx)
{
	struct err e = {0};
	struct lesson *l = lesson_load(dir, "en", &e);
	unsigned faults = 0;
	for (size_t i = 0; l != NULL && i < l->n && !err_is(&e); i++)
		lint_step(l, &l->step[i], &e);
	if (err_is(&e))
		faults += say(&e, line, ctx);
	else
		faults += lint_translations(dir, line, ctx);
	lesson_free(l);
	return faults;
}
