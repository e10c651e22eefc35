/* lesson: see lesson.h. From the file to the struct; what checks and verbs mean is in check.h and verbs.h. */
#include "core/lesson.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/lesson_text.h"
#include "core/paths.h"

#define LESSON_MAX       (256u << 10)
#define LESSON_BLOCK_MAX (64u << 10)

struct parser {
	struct lesson *l;
	struct lesson_place at; /* of the Markdown after the front matter */
	struct err *e;
};

static void step_done(struct lesson_step *s)
{
	free(s->id);
	free(s->title);
	prose_list_done(&s->text);
	prose_list_done(&s->after);
	for (size_t i = 0; i < s->n_hint; i++)
		prose_list_done(&s->hint[i].text);
	free(s->hint);
	for (size_t i = 0; i < s->n_check; i++) {
		free(s->check[i].id);
		free(s->check[i].say);
	}
	free(s->check);
	for (size_t i = 0; i < s->n_wrong; i++) {
		free(s->wrong[i].expect);
		ynode_free(s->wrong[i].verbs);
	}
	free(s->wrong);
	ynode_free(s->checks);
	ynode_free(s->solve);
	ynode_free(s->start);
	ynode_free(s->point);
	ynode_free(s->quiz);
	ynode_free(s->quiz_words);
}

void lesson_free(struct lesson *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->n; i++)
		step_done(&l->step[i]);
	free(l->step);
	prose_list_done(&l->intro);
	strv_done(&l->kernels);
	free(l->id);
	free(l->path);
	free(l->dir);
	free(l->title);
	free(l->needs);
	free(l->lang);
	free(l);
}

const struct lesson_step *lesson_step_find(const struct lesson *l, const char *id)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->step[i].id, id) == 0)
			return &l->step[i];
	return NULL;
}

/* --- front matter --- */

static bool is_id(const char *s, size_t n)
{
	if (n == 0 || n > 48)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '-'))
			return false;
	return true;
}

static int read_number(const struct ynode *m, const char *key, long max, long *out, struct parser *p)
{
	const struct ynode *y = ynode_get(m, key);
	char *end = NULL;
	if (y == NULL)
		return 0;
	*out = y->kind == YNODE_TEXT ? strtol(y->text, &end, 10) : -1;
	if (end == NULL || end == y->text || *end != '\0' || *out < 0 || *out > max)
		return ynode_err(y, p->l->path, p->e, _("`%s` must be a whole number up to %ld"), key, max);
	return 0;
}

static int read_meta(struct parser *p, const struct ynode *m)
{
	struct lesson *l = p->l;
	const struct ynode *kernels = ynode_get(m, "kernels");
	long format = 1;
	if (ynode_only(m, l->path, "format id title kernels needs minutes points lang", p->e) < 0)
		return -1;
	if (read_number(m, "format", 1, &format, p) < 0 || read_number(m, "minutes", 600, &l->minutes, p) < 0 ||
		read_number(m, "points", 1000, &l->points, p) < 0)
		return -1;
	l->id = xstrdup(ynode_text(m, "id", ""));
	l->title = xstrdup(ynode_text(m, "title", ""));
	l->lang = xstrdup(ynode_text(m, "lang", "en"));
	const char *needs = ynode_text(m, "needs", NULL);
	l->needs = needs != NULL ? xstrdup(needs) : NULL;
	for (size_t i = 0; kernels != NULL && i < kernels->n; i++)
		if (kernels->item[i].kind == YNODE_TEXT)
			strv_add(&l->kernels, kernels->item[i].text);
	if (l->id[0] == '\0' || l->title[0] == '\0')
		return ynode_err(m, l->path, p->e, _("the front matter needs `id` and `title`"));
	if (!is_id(l->id, strlen(l->id)))
		return ynode_err(ynode_get(m, "id"), l->path, p->e, _("a lesson's id is of a-z, 0-9 and -"));
	return 0;
}

/* Cut the front matter off *text. */
static int read_front(struct parser *p, const char **text, size_t *n)
{
	const char *end = *n > 4 && strncmp(*text, "---\n", 4) == 0 ? strstr(*text + 3, "\n---\n") : NULL;
	if (end == NULL)
		return err_at(
			p->e, p->l->path, 1, 1, _("a lesson begins with YAML front matter between two lines `---`"));
	struct ynode *m = ynode_parse(p->l->path, 2, *text + 4, (size_t)(end + 1 - (*text + 4)), p->e);
	int r = m != NULL ? read_meta(p, m) : -1;
	ynode_free(m);
	const char *rest = end + 5;
	p->at.first_line = 1;
	for (const char *c = *text; c < rest; c++)
		p->at.first_line += *c == '\n';
	*n -= (size_t)(rest - *text);
	*text = rest;
	return r;
}

/* --- steps --- */

/* "Title {#id}" or "Title {#id of=0123abcd}": a step begins. Other headings are prose. Returns 1 for a step, 0, -1. */
static int begin_step(struct parser *p, const char *heading, int line)
{
	const char *mark = strstr(heading, "{#"), *close = mark != NULL ? strchr(mark, '}') : NULL;
	if (mark == NULL || close == NULL || close[1] != '\0')
		return 0;
	size_t n = strcspn(mark + 2, " }");
	if (!is_id(mark + 2, n))
		return err_at(p->e, p->l->path, line, 1, _("a step's id is of a-z, 0-9 and -"));
	char *id = xstrndup(mark + 2, n);
	if (lesson_step_find(p->l, id) != NULL) {
		err_at(p->e, p->l->path, line, 1, _("the step id `%s` is there already"), id);
		free(id);
		return -1;
	}
	p->l->step = xrealloc(p->l->step, (p->l->n + 1) * sizeof(*p->l->step));
	struct lesson_step *s = &p->l->step[p->l->n++];
	memset(s, 0, sizeof(*s));
	s->id = id;
	s->line = line;
	char *title = xstrndup(heading, (size_t)(mark - heading));
	s->title = xstrdup(str_trim(title));
	free(title);
	const char *of = strstr(mark, "of=");
	if (of != NULL && of < close)
		snprintf(s->of, sizeof(s->of), "%.*s", (int)(close - of - 3), of + 3);
	return 1;
}

static struct ynode *block_yaml(struct parser *p, const char *text, int line)
{
	return ynode_parse(p->l->path, line, text, strlen(text), p->e);
}

static int add_checks(struct parser *p, struct lesson_step *s, struct ynode *list)
{
	s->checks = list;
	if (list->kind != YNODE_LIST)
		return ynode_err(list, p->l->path, p->e, _("a {check} block is a list: `- id: …`"));
	for (size_t i = 0; i < list->n; i++) {
		const struct ynode *c = &list->item[i];
		const char *id = ynode_text(c, "id", ""), *say = ynode_text(c, "say", "");
		if (!is_id(id, strlen(id)))
			return ynode_err(c, p->l->path, p->e, _("a check needs an `id` of a-z, 0-9 and -"));
		if (say[0] == '\0')
			return ynode_err(
				c, p->l->path, p->e, _("the check `%s` needs a `say`: what the learner is told"), id);
		for (size_t k = 0; k < s->n_check; k++)
			if (strcmp(s->check[k].id, id) == 0)
				return ynode_err(c, p->l->path, p->e, _("the check `%s` is there already"), id);
		s->check = xrealloc(s->check, (s->n_check + 1) * sizeof(*s->check));
		s->check[s->n_check++] = (struct lesson_check){xstrdup(id), c, xstrdup(say)};
	}
	return 0;
}

/* {say}: messages of a translation, by check id. They wait in `check` without a node until lesson_translate. */
static int add_says(struct parser *p, struct lesson_step *s, const struct ynode *map)
{
	if (map->kind != YNODE_MAP)
		return ynode_err(map, p->l->path, p->e, _("a {say} block holds `check-id: message` lines"));
	for (size_t i = 0; i < map->n; i++) {
		if (map->item[i].kind != YNODE_TEXT)
			return ynode_err(&map->item[i], p->l->path, p->e, _("a message must be text"));
		s->check = xrealloc(s->check, (s->n_check + 1) * sizeof(*s->check));
		s->check[s->n_check++] =
			(struct lesson_check){xstrdup(map->item[i].key), NULL, xstrdup(map->item[i].text)};
	}
	return 0;
}

static int add_hint(struct parser *p, struct lesson_step *s, const char *args, const char *text, int line)
{
	const struct lesson_place at = {p->l->path, line};
	int after = 0, used = 0;
	if (sscanf(args, " after=%d%n", &after, &used) != 1 || args[used] != '\0' || after < 1 || after > 99)
		return err_at(
			p->e, p->l->path, line - 1, 1, _("a hint is {hint after=N}: N failed checks from 1 to 99"));
	s->hint = xrealloc(s->hint, (s->n_hint + 1) * sizeof(*s->hint));
	struct lesson_hint *h = &s->hint[s->n_hint++];
	memset(h, 0, sizeof(*h));
	h->after = after;
	return lesson_text_parse(&h->text, text, &at, p->e);
}

static int add_wrong(struct parser *p, struct lesson_step *s, const char *args, const char *text, int line)
{
	char id[64] = "";
	int used = 0;
	if (sscanf(args, " expect=%63[a-z0-9-]%n", id, &used) != 1 || args[used] != '\0')
		return err_at(p->e, p->l->path, line - 1, 1, _("a wrong state is {wrong expect=CHECK-ID}"));
	struct ynode *verbs = block_yaml(p, text, line);
	if (verbs == NULL)
		return -1;
	s->wrong = xrealloc(s->wrong, (s->n_wrong + 1) * sizeof(*s->wrong));
	s->wrong[s->n_wrong++] = (struct lesson_wrong){xstrdup(id), verbs, line};
	return 0;
}

static int set_block(struct parser *p, struct ynode **slot, const char *name, const char *text, int line)
{
	if (*slot != NULL)
		return err_at(p->e, p->l->path, line - 1, 1, _("this step has a {%s} block already"), name);
	*slot = block_yaml(p, text, line);
	return *slot != NULL ? 0 : -1;
}

/* One block of the closed set. args: what follows the name in the braces. */
static int add_block(struct parser *p, const char *name, const char *args, const char *text, int line)
{
	const struct lesson_place at = {p->l->path, line};
	struct lesson_step *s = p->l->n > 0 ? &p->l->step[p->l->n - 1] : NULL;
	if (s == NULL)
		return err_at(p->e, p->l->path, line - 1, 1,
			_("{%s} stands before the first step (a heading with {#id})"), name);
	if (strcmp(name, "hint") == 0)
		return add_hint(p, s, args, text, line);
	if (strcmp(name, "wrong") == 0)
		return add_wrong(p, s, args, text, line);
	if (args[0] != '\0')
		return err_at(p->e, p->l->path, line - 1, 1, _("{%s} takes nothing more in its braces"), name);
	if (strcmp(name, "after") == 0)
		return lesson_text_parse(&s->after, text, &at, p->e);
	if (strcmp(name, "solve") == 0)
		return set_block(p, &s->solve, name, text, line);
	if (strcmp(name, "start") == 0)
		return set_block(p, &s->start, name, text, line);
	if (strcmp(name, "point") == 0)
		return set_block(p, &s->point, name, text, line);
	if (strcmp(name, "quiz") == 0)
		return set_block(p, &s->quiz, name, text, line);
	struct ynode *y = NULL;
	if (strcmp(name, "check") == 0)
		return s->checks != NULL
			       ? err_at(p->e, p->l->path, line - 1, 1, _("this step has a {check} block already"))
		       : (y = block_yaml(p, text, line)) != NULL ? add_checks(p, s, y)
								 : -1;
	if (strcmp(name, "say") == 0) {
		y = block_yaml(p, text, line);
		int r = y != NULL ? add_says(p, s, y) : -1;
		ynode_free(y);
		return r;
	}
	err_at(p->e, p->l->path, line - 1, 1, _("there is no block {%s}"), name);
	err_hint(p->e, _("the blocks are check, hint after=N, solve, wrong expect=ID, start, point, after, quiz, say"));
	return -1;
}

static int read_fence(struct parser *p, cmark_node *node, int line)
{
	const char *info = cmark_node_get_fence_info(node), *text = cmark_node_get_literal(node);
	if (strlen(text) > LESSON_BLOCK_MAX)
		return err_at(p->e, p->l->path, line, 1, _("a block may hold %u KiB at most"), LESSON_BLOCK_MAX >> 10);
	size_t n = strlen(info);
	if (info[0] != '{' || info[n - 1] != '}') {
		struct prose_list *out = p->l->n > 0 ? &p->l->step[p->l->n - 1].text : &p->l->intro;
		return lesson_text_block(out, node, &p->at, p->e);
	}
	char *inside = xstrndup(info + 1, n - 2);
	size_t name_n = strcspn(inside, " ");
	char *name = xstrndup(inside, name_n);
	int r = add_block(p, name, inside + name_n, text, line + 1);
	free(name);
	free(inside);
	return r;
}

static int read_node(struct parser *p, cmark_node *node)
{
	int line = p->at.first_line + cmark_node_get_start_line(node) - 1;
	if (cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK)
		return read_fence(p, node, line);
	if (cmark_node_get_type(node) == CMARK_NODE_HEADING) {
		char *text = lesson_text_inline(node, &p->at, p->e);
		int step = text != NULL ? begin_step(p, text, line) : -1;
		free(text);
		if (step != 0)
			return step < 0 ? -1 : 0;
	}
	struct prose_list *out = p->l->n > 0 ? &p->l->step[p->l->n - 1].text : &p->l->intro;
	return lesson_text_block(out, node, &p->at, p->e);
}

/* --- what a translation translates --- */

static void feed(struct buf *b, const struct prose_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		buf_addf(b, "%s\n", l->v[i].text);
}

static void hash_step(struct lesson_step *s)
{
	struct buf b = {0};
	char hex[65];
	buf_addf(&b, "%s\n", s->title);
	feed(&b, &s->text);
	for (size_t i = 0; i < s->n_hint; i++)
		feed(&b, &s->hint[i].text);
	feed(&b, &s->after);
	for (size_t i = 0; i < s->n_check; i++)
		buf_addf(&b, "%s: %s\n", s->check[i].id, s->check[i].say);
	const struct ynode *choices = ynode_get(s->quiz, "choices");
	buf_addf(&b, "%s\n%s\n", ynode_text(s->quiz, "question", ""), ynode_text(s->quiz, "why", ""));
	for (size_t i = 0; choices != NULL && i < choices->n; i++)
		buf_addf(&b, "%s\n", choices->item[i].kind == YNODE_TEXT ? choices->item[i].text : "");
	fs_sha256(b.p != NULL ? b.p : "", b.n, hex);
	memcpy(s->hash, hex, 8);
	s->hash[8] = '\0';
	buf_done(&b);
}

/* --- files --- */

static int parse_all(struct parser *p, const char *text, size_t n)
{
	if (n > LESSON_MAX)
		return err_at(p->e, p->l->path, 1, 1, _("a lesson may hold %u KiB at most"), LESSON_MAX >> 10);
	if (lesson_text_check(p->l->path, text, n, p->e) < 0 || read_front(p, &text, &n) < 0)
		return -1;
	cmark_node *doc = cmark_parse_document(text, n, CMARK_OPT_DEFAULT);
	int r = 0;
	for (cmark_node *c = cmark_node_first_child(doc); c != NULL && r == 0; c = cmark_node_next(c))
		r = read_node(p, c);
	cmark_node_free(doc);
	if (r == 0 && p->l->n == 0)
		r = err_at(p->e, p->l->path, p->at.first_line, 1, _("no step: a heading with {#id} begins one"));
	for (size_t i = 0; i < p->l->n; i++)
		hash_step(&p->l->step[i]);
	return r;
}

/* A lesson's file whole: no device, pipe or folder, and not more than a lesson may hold. */
static char *read_lesson(const char *path, size_t *n, struct err *e)
{
	int64_t size = fs_size(path);
	if (size >= 0 && size <= (int64_t)LESSON_MAX)
		return fs_read(path, n, e);
	if (size < 0)
		err_at(e, path, 1, 1, _("there is no such file, or it is no regular one"));
	else
		err_at(e, path, 1, 1, _("a lesson may hold %u KiB at most"), LESSON_MAX >> 10);
	return NULL;
}

struct lesson *lesson_parse(const char *path, const char *text, size_t n, struct err *e)
{
	char *own = text == NULL ? read_lesson(path, &n, e) : NULL;
	if (text == NULL && own == NULL)
		return NULL;
	struct lesson *l = xcalloc(1, sizeof(*l));
	const char *slash = strrchr(path, '/');
	l->path = xstrdup(path);
	l->dir = slash != NULL ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
	struct parser p = {l, {l->path, 1}, e};
	int r = parse_all(&p, text != NULL ? text : own, n);
	free(own);
	if (r == 0)
		return l;
	lesson_free(l);
	return NULL;
}

static void swap_prose(struct prose_list *a, struct prose_list *b)
{
	struct prose_list t = *a;
	*a = *b;
	*b = t;
}

static int translate_says(struct lesson_step *s, struct lesson_step *t, const char *path, struct err *e)
{
	for (size_t i = 0; i < s->n_check; i++) {
		size_t k = 0;
		while (k < t->n_check && strcmp(t->check[k].id, s->check[i].id) != 0)
			k++;
		if (k == t->n_check)
			return err_at(e, path, t->line, 1, _("step `%s`: no {say} for the check `%s`"), s->id,
				s->check[i].id);
		char *say = s->check[i].say;
		s->check[i].say = t->check[k].say;
		t->check[k].say = say;
	}
	return 0;
}

/* The words of a quiz; which answer is right stays with the source. */
static int translate_quiz(struct lesson_step *s, struct lesson_step *t, const char *path, struct err *e)
{
	const struct ynode *from = ynode_get(s->quiz, "choices"), *to = ynode_get(t->quiz, "choices");
	if (s->quiz == NULL && t->quiz == NULL)
		return 0;
	if (s->quiz == NULL || t->quiz == NULL)
		return err_at(e, path, t->line, 1, "step `%s`: {quiz} in both or none", s->id);
	if (ynode_only(t->quiz, path, "question choices why", e) < 0)
		return -1;
	if (from == NULL || to == NULL || from->n != to->n)
		return ynode_err(t->quiz, path, e, "step `%s`: as many choices as in the source are needed", s->id);
	s->quiz_words = t->quiz;
	t->quiz = NULL;
	return 0;
}

static int translate_step(struct lesson_step *s, struct lesson_step *t, const char *path, bool strict, struct err *e)
{
	if (strict && strcmp(s->hash, t->of) != 0) {
		err_at(e, path, t->line, 1, _("step `%s`: outdated: it translates %s, the source is %s now"), s->id,
			t->of[0] != '\0' ? t->of : "nothing named", s->hash);
		err_hint(e, _("bring the text up to date, then write {#%s of=%s}"), s->id, s->hash);
		return -1;
	}
	if (s->n_hint != t->n_hint || (s->after.n > 0) != (t->after.n > 0))
		return err_at(e, path, t->line, 1,
			_("step `%s`: %zu hints here, %zu in the source; {after} in both or none"), s->id, t->n_hint,
			s->n_hint);
	if (translate_says(s, t, path, e) < 0 || translate_quiz(s, t, path, e) < 0)
		return -1;
	char *title = s->title;
	s->title = t->title;
	t->title = title;
	swap_prose(&s->text, &t->text);
	swap_prose(&s->after, &t->after);
	for (size_t i = 0; i < s->n_hint; i++)
		swap_prose(&s->hint[i].text, &t->hint[i].text);
	return 0;
}

int lesson_translate(struct lesson *l, struct lesson *t, bool strict, struct err *e)
{
	if (strcmp(l->id, t->id) != 0)
		return err_at(e, t->path, 1, 1, _("id: `%s` here, `%s` in the source"), t->id, l->id);
	if (l->n != t->n)
		return err_at(e, t->path, 1, 1, _("%zu steps here, %zu in the source"), t->n, l->n);
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->step[i].id, t->step[i].id) != 0)
			return err_at(e, t->path, t->step[i].line, 1, _("step `%s` here, `%s` in the source"),
				t->step[i].id, l->step[i].id);
		if (t->step[i].checks != NULL || t->step[i].solve != NULL || t->step[i].start != NULL ||
			t->step[i].n_wrong > 0)
			return err_at(e, t->path, t->step[i].line, 1, _("checks and solutions live in lesson.md only"));
		if (translate_step(&l->step[i], &t->step[i], t->path, strict, e) < 0)
			return -1;
	}
	swap_prose(&l->intro, &t->intro);
	char *title = l->title, *lang = l->lang;
	l->title = t->title;
	l->lang = t->lang;
	t->title = title;
	t->lang = lang;
	return 0;
}

struct lesson *lesson_load(const char *dir, const char *lang, struct err *e)
{
	char *path = fs_join(dir, "lesson.md"), *name = xasprintf("lesson.%s.md", lang), *other = fs_join(dir, name);
	struct lesson *l = lesson_parse(path, NULL, 0, e), *t = NULL;
	int r = l != NULL ? 0 : -1;
	if (r == 0 && strcmp(lang, "en") != 0 && fs_exists(other)) {
		t = lesson_parse(other, NULL, 0, e);
		r = t != NULL ? lesson_translate(l, t, false, e) : -1;
	}
	lesson_free(t);
	free(path);
	free(name);
	free(other);
	if (r == 0)
		return l;
	lesson_free(l);
	return NULL;
}

char *lesson_keyless(const char *text)
{
	struct buf b = {0};
	while (*text != '\0') {
		size_t n = strncmp(text, "{key:", 5) == 0 ? strcspn(text, "}") : 0;
		if (n > 5 && text[n] == '}') {
			buf_addf(&b, "`%.*s`", (int)n - 5, text + 5);
			text += n + 1;
		} else {
			buf_addc(&b, *text++);
		}
	}
	return buf_take(&b);
}

int lesson_dirs(const char *root, struct strv *out, struct err *e)
{
	char *dir = root != NULL ? xstrdup(root) : paths_data("lessons");
	DIR *d = opendir(dir);
	if (d == NULL) {
		int r = err_sys(e, errno, _("cannot read the lessons in %s"), dir);
		free(dir);
		return r;
	}
	for (struct dirent *en; (en = readdir(d)) != NULL;) {
		char *sub = fs_join(dir, en->d_name), *file = fs_join(sub, "lesson.md");
		if (en->d_name[0] != '.' && fs_size(file) >= 0)
			strv_add(out, sub);
		free(file);
		free(sub);
	}
	closedir(d);
	strv_sort(out);
	free(dir);
	return 0;
}
