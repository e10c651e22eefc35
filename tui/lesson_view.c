/* lesson_view: the lines of the lesson pane: the list of lessons, or a step with its checks and hints. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/lesson.h"
#include "tui/spot.h"

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

/* An item of a list, what continues it indented beneath what follows its mark ("- " or "1. "). */
static void add_item(struct lessons *s, const char *text)
{
	size_t n = strspn(text, " ");
	n += text[n] == '-' ? 1 : strspn(text + n, "0123456789.");
	n += strspn(text + n, " ");
	char *mark = xstrndup(text, n);
	add_text(s, STYLE_TEXT, mark, text + n);
	free(mark);
}

static void add_prose(struct lessons *s, const struct prose_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct prose *p = &l->v[i];
		if (p->kind == PROSE_ITEM) {
			add_item(s, p->text);
			if (i + 1 < l->n && l->v[i + 1].kind != PROSE_ITEM)
				add_line(s, STYLE_TEXT, "");
			continue;
		}
		enum style style = p->kind == PROSE_CODE      ? STYLE_COMMAND
				   : p->kind == PROSE_HEADING ? STYLE_STRONG
							      : STYLE_TEXT;
		add_text(s, style, p->kind == PROSE_CODE ? "    " : p->kind == PROSE_QUOTE ? "> " : "", p->text);
		add_line(s, STYLE_TEXT, "");
	}
}

/* --- the list --- */

static void list_row(struct lessons *s, const char *dir)
{
	struct err e = {0};
	struct lesson *l = lesson_load(dir, i18n_lesson_lang(), &e);
	size_t done = 0, assisted = 0;
	for (size_t k = 0; l != NULL && k < l->n; k++) {
		int how = tutor_solved(s->tutor, l->id, l->step[k].id);
		done += how != 0;
		assisted += how == 2;
	}
	char *help = assisted > 0 ? xasprintf(_(" (%zu with help)"), assisted) : xstrdup("");
	char *text = l == NULL ? xasprintf("[!] %s", e.msg)
			       : xasprintf("[%c] %zu/%zu%s  %s", done == l->n ? 'x' : ' ', done, l->n, help, l->title);
	free(help);
	add_line(s, l != NULL ? STYLE_TEXT : STYLE_ERROR, text);
	free(text);
	err_done(&e);
	lesson_free(l);
}

static void show_list(struct lessons *s)
{
	add_line(s, STYLE_TITLE, _("Lessons"));
	add_line(s, STYLE_DIM, _("Enter opens a lesson."));
	for (size_t i = 0; i < s->tutor->dirs.n; i++)
		list_row(s, s->tutor->dirs.v[i]);
}

const char *lesson_at(const struct lessons *s, size_t line)
{
	return line >= LESSON_LIST_HEAD && line - LESSON_LIST_HEAD < s->tutor->dirs.n
		       ? s->tutor->dirs.v[line - LESSON_LIST_HEAD]
		       : NULL;
}

/* --- a step --- */

static void show_quiz(struct lessons *s, const struct ynode *quiz)
{
	const struct ynode *choices = ynode_get(quiz, "choices");
	add_text(s, STYLE_STRONG, "", ynode_text(quiz, "question", ""));
	for (size_t i = 0; choices != NULL && i < choices->n; i++) {
		bool chosen = s->tutor->answer == (long)i + 1;
		char *mark = xasprintf("%s%zu ", chosen ? ">" : " ", i + 1);
		add_text(s, chosen ? STYLE_STRONG : STYLE_TEXT, mark, choices->item[i].text);
		free(mark);
	}
	if (!s->focused)
		add_text(s, STYLE_DIM, "", _("{key:pane.focus lesson}, then a number answers."));
	add_line(s, STYLE_TEXT, "");
}

/* With the way back into this pane, where the keys go to another one. */
static const char *slow_text(const struct lessons *s)
{
	return s->focused ? _("boots a machine: {key:lesson.check} checks it")
			  : _("{key:pane.focus lesson}, then {key:lesson.check}, checks it: that boots a machine.");
}

static void show_checks(struct lessons *s)
{
	static const struct {
		const char *mark;
		enum style style;
	} look[] = {{"[x] ", STYLE_OK}, {"[ ] ", STYLE_TEXT}, {"[!] ", STYLE_ERROR}, {"[-] ", STYLE_DIM}};
	const struct tutor *t = s->tutor;
	const struct lesson_step *step = tutor_step(t);
	s->verdict = s->line.n;
	for (size_t i = 0; i < step->n_check; i++) {
		const struct tutor_check *r = &t->shown[i];
		bool waits = r->verdict == CHECK_SKIPPED;
		const char *text = r->verdict == CHECK_PASSED ? step->check[i].id
				   : waits                    ? slow_text(s)
				   : r->say != NULL           ? r->say
							      : step->check[i].id;
		add_text(s, look[r->verdict].style, look[r->verdict].mark, text);
	}
	char when[32] = "";
	struct tm tm;
	if (t->checked != 0 && localtime_r(&t->checked, &tm) != NULL)
		strftime(when, sizeof(when), "%H:%M:%S", &tm);
	char *last = when[0] != '\0' ? xasprintf(_("last checked %s"), when) : xstrdup(_("checking …"));
	add_text(s, STYLE_DIM, "", tutor_busy(t) ? _("checking …") : last);
	free(last);
}

static void show_hints(struct lessons *s)
{
	const struct lesson_step *step = tutor_step(s->tutor);
	for (size_t i = 0; i < s->tutor->hints && i < step->n_hint; i++) {
		add_line(s, STYLE_NOTE, "");
		add_text(s, STYLE_NOTE, "", _("Hint:"));
		add_prose(s, &step->hint[i].text);
	}
}

static void show_done(struct lessons *s, const struct ynode *quiz)
{
	add_line(s, STYLE_TEXT, "");
	s->done = s->line.n;
	add_text(s, STYLE_OK, "", s->tutor->assisted ? _("Done, with help.") : _("Done."));
	add_text(s, STYLE_STRONG, "",
		s->focused ? _("{key:lesson.next} goes on.")
			   : _("{key:pane.focus lesson} comes back here, {key:lesson.next} goes on."));
	add_line(s, STYLE_TEXT, "");
	if (quiz != NULL)
		add_text(s, STYLE_TEXT, "", ynode_text(quiz, "why", ""));
	add_prose(s, &tutor_step(s->tutor)->after);
}

static void show_offer(struct lessons *s)
{
	const struct tutor *t = s->tutor;
	add_text(s, STYLE_WARNING, "", _("The lab is not where this begins:"));
	add_text(s, STYLE_TEXT, "  ", t->offer_why);
	add_text(s, STYLE_WARNING, "", _("{key:lesson.begin} does for you:"));
	for (size_t i = 0; i < t->offer_verbs.n; i++)
		add_text(s, STYLE_COMMAND, "  ", t->offer_verbs.v[i]);
	add_line(s, STYLE_TEXT, "");
}

static void show_step(struct lessons *s)
{
	const struct tutor *t = s->tutor;
	const struct lesson_step *step = tutor_step(t);
	char *title = xasprintf("%s  %zu/%zu", step->title, t->step + 1, t->lesson->n);
	const struct ynode *quiz = step->quiz_words != NULL ? step->quiz_words : step->quiz;
	add_text(s, STYLE_DIM, "", t->lesson->title);
	add_text(s, STYLE_TITLE, "", title);
	free(title);
	add_line(s, STYLE_TEXT, "");
	if (t->offer)
		show_offer(s);
	if (t->step == 0)
		add_prose(s, &t->lesson->intro);
	add_prose(s, &step->text);
	if (spot_first(s->pane->ui, NULL, NULL))
		add_text(s, STYLE_SPOTLIGHT, "> ", _("{key:lesson.point} goes to what is meant."));
	if (quiz != NULL)
		show_quiz(s, quiz);
	show_checks(s);
	show_hints(s);
	if (t->passed)
		show_done(s, quiz);
}

/* What has come about is brought into view: the step is solved, or the checks that were asked for have an answer. */
static void follow(struct lessons *s)
{
	const struct tutor *t = s->tutor;
	bool passed = t->lesson != NULL && t->passed, answered = s->look && t->lesson != NULL && !tutor_busy(t);
	if ((passed && !s->was_passed) || answered) {
		textview_end(&s->view);
		textview_settle(&s->view);
		size_t line = passed ? s->done : s->verdict;
		if (line < s->view.top)
			textview_goto(&s->view, line);
	}
	s->was_passed = passed;
	s->look = s->look && !answered;
}

void lesson_lay_out(struct lessons *s)
{
	strv_done(&s->line);
	if (s->tutor->lesson != NULL)
		show_step(s);
	else
		show_list(s);
	follow(s);
	pane_touch(s->pane);
}
