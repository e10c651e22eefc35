/* recipe: see recipe.h. One pass over the lines; each word keeps its column for messages. */
#include "core/recipe.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/recipe_flags.h"

#define MAX_BYTES 65536u
#define MAX_STEPS 256u
#define MAX_WORDS 256u

struct word {
	char *text; /* owned */
	int col;
};

struct flags {
	char *name;
	struct strv v;
};

struct parser {
	struct recipe *r;
	struct err *e;
	int line;
	struct word *word; /* of this line, {NAME} expanded */
	size_t n;
	struct flags *flags;
	size_t n_flags;
	int *program_line;
	bool one_word; /* the last flag wants an argument (wants) */
	enum flag_arg wants;
};

static const char *const tool_name[RECIPE_TOOL_N] = {"cc", "musl-gcc", "as", "ld", "objcopy", "strip"};

const char *recipe_tool_name(enum recipe_tool tool)
{
	return tool_name[tool];
}

const char *recipe_step_source(const struct recipe_step *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->word[i].kind == RECIPE_SOURCE)
			return s->word[i].text;
	return NULL;
}

#define FAIL(p, w, ...) err_at((p)->e, (p)->r->path, (p)->line, (w)->col, __VA_ARGS__)

static void add_word(struct parser *p, const char *text, size_t len, int col)
{
	p->word = xrealloc(p->word, (p->n + 1) * sizeof(*p->word));
	p->word[p->n++] = (struct word){xstrndup(text, len), col};
}

static void drop_words(struct parser *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->word[i].text);
	p->n = 0;
}

/* The named flags that a word `{NAME}` stands for, or NULL. */
static const struct flags *named(const struct parser *p, const char *text, size_t len)
{
	for (size_t i = 0; i < p->n_flags; i++)
		if (strlen(p->flags[i].name) + 2 == len && text[0] == '{' && text[len - 1] == '}' &&
			strncmp(p->flags[i].name, text + 1, len - 2) == 0)
			return &p->flags[i];
	return NULL;
}

/* Cut a line into p->word. */
static int split(struct parser *p, const char *line, size_t len)
{
	size_t i = 0;
	while (i < len) {
		const size_t start = i;
		if (line[i] == ' ' || line[i] == '\t' || line[i] == '\r') {
			i++;
			continue;
		}
		if (line[i] == '#')
			break;
		while (i < len && line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			i++;
		const struct flags *f = p->n > 0 ? named(p, line + start, i - start) : NULL;
		for (size_t k = 0; f != NULL && k < f->v.n; k++)
			add_word(p, f->v.v[k], strlen(f->v.v[k]), (int)start + 1);
		if (f == NULL)
			add_word(p, line + start, i - start, (int)start + 1);
		if (p->n > MAX_WORDS)
			return err_at(p->e, p->r->path, p->line, (int)start + 1, _("more than %u words"), MAX_WORDS);
	}
	return 0;
}

static bool is_made(const struct recipe *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->step[i].makes != NULL && strcmp(r->step[i].makes, name) == 0)
			return true;
	return false;
}

static void step_add(struct recipe_step *s, enum recipe_kind kind, const char *prefix, const char *text)
{
	s->word = xrealloc(s->word, (s->n + 1) * sizeof(*s->word));
	s->word[s->n++] = (struct recipe_word){kind, prefix != NULL ? xstrdup(prefix) : NULL, xstrdup(text)};
}

static int set_output(struct parser *p, struct recipe_step *s, const struct word *w)
{
	if (!recipe_is_name(w->text))
		return FAIL(
			p, w, _("`%s` is no plain file name: what a step makes goes to the objects folder"), w->text);
	if (s->makes != NULL)
		return FAIL(p, w, _("a step makes one file, not `%s` and `%s`"), s->makes, w->text);
	s->makes = xstrdup(w->text);
	step_add(s, RECIPE_MADE, NULL, w->text);
	return 0;
}

static int add_tree(struct parser *p, struct recipe_step *s, const char *prefix, const struct word *w)
{
	const char *path = w->text + strlen(prefix) + strlen("{tree}/");
	if (!recipe_is_tree_path(path))
		return FAIL(p, w, _("`%s` is no plain path in the kernel tree"), path);
	p->r->uses_tree = true;
	step_add(s, RECIPE_TREE, *prefix != '\0' ? prefix : NULL, path);
	return 0;
}

/* The word after a flag that takes one. */
static int flag_argument(struct parser *p, struct recipe_step *s, const struct word *w)
{
	switch (p->wants) {
	case FLAG_OUTPUT:
		return set_output(p, s, w);
	case FLAG_TREE:
		if (str_starts(w->text, "{tree}/"))
			return add_tree(p, s, "", w);
		/* fall through */
	case FLAG_FILE:
		if (!recipe_is_name(w->text))
			return FAIL(p, w, _("`%s` is no file of this folder"), w->text);
		step_add(s, RECIPE_SOURCE, NULL, w->text);
		return 0;
	default:
		if (!recipe_is_word(w->text))
			return FAIL(p, w, _("`%s` is not what this flag can take here"), w->text);
		step_add(s, RECIPE_FLAG, NULL, w->text);
		return 0;
	}
}

static int flag(struct parser *p, struct recipe_step *s, const struct word *w)
{
	const bool compiler = s->tool == RECIPE_CC || s->tool == RECIPE_MUSL_GCC;
	if (compiler && str_starts(w->text, "-I{tree}/"))
		return add_tree(p, s, "-I", w);
	if (!recipe_flag_allowed(s->tool, w->text, &p->wants)) {
		FAIL(p, w, _("`%s` is no flag that a recipe may give to %s"), w->text, tool_name[s->tool]);
		err_hint(p->e, _("recipes are data that may come from anywhere, so only flags known to be harmless are "
				 "taken (core/recipe_flags.c)"));
		return -1;
	}
	p->one_word = p->wants != FLAG_ALONE;
	step_add(s, RECIPE_FLAG, NULL, w->text);
	return 0;
}

static int operand(struct parser *p, struct recipe_step *s, const struct word *w)
{
	if (!recipe_is_name(w->text)) {
		FAIL(p, w, _("`%s` is no plain file name"), w->text);
		err_hint(p->e, _("a recipe reads files of its own folder and what its earlier steps made"));
		return -1;
	}
	size_t made = 0;
	for (size_t i = 0; i < s->n; i++)
		made += s->word[i].kind == RECIPE_MADE;
	if (s->tool == RECIPE_OBJCOPY && made == 1)
		return set_output(p, s, w);
	const bool is_object = is_made(p->r, w->text);
	if (!is_object && (s->tool == RECIPE_STRIP || s->tool == RECIPE_OBJCOPY))
		return FAIL(p, w, _("no earlier step makes `%s`"), w->text);
	step_add(s, is_object ? RECIPE_MADE : RECIPE_SOURCE, NULL, w->text);
	return 0;
}

static bool has_flag(const struct recipe_step *s, const char *flag)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->word[i].kind == RECIPE_FLAG && strcmp(s->word[i].text, flag) == 0)
			return true;
	return false;
}

/* Steps must say what they make, as the default name a.out would be the same for all; -c has its usual default. */
static int finish_step(struct parser *p, struct recipe_step *s)
{
	const char *source = recipe_step_source(s);
	if (p->one_word)
		return FAIL(p, &p->word[p->n - 1], _("`%s` needs a word after it"), p->word[p->n - 1].text);
	if (s->makes != NULL || s->tool == RECIPE_STRIP)
		return 0;
	if (!has_flag(s, "-c") || source == NULL)
		return FAIL(p, &p->word[0], _("this step makes nothing that has a name: add -o NAME"));
	const char *dot = strrchr(source, '.');
	s->makes = xasprintf("%.*s.o", (int)(dot != NULL ? dot - source : (long)strlen(source)), source);
	step_add(s, RECIPE_FLAG, NULL, "-o");
	step_add(s, RECIPE_MADE, NULL, s->makes);
	return 0;
}

static int add_step(struct parser *p, enum recipe_tool tool)
{
	struct recipe *r = p->r;
	if (r->n == MAX_STEPS)
		return FAIL(p, &p->word[0], _("more than %u steps"), MAX_STEPS);
	r->step = xrealloc(r->step, (r->n + 1) * sizeof(*r->step));
	struct recipe_step s = {.tool = tool, .line = p->line};
	int ret = 0;
	p->one_word = false;
	for (size_t i = 1; i < p->n && ret == 0; i++) {
		const bool argument = p->one_word;
		p->one_word = false;
		if (argument)
			ret = flag_argument(p, &s, &p->word[i]);
		else
			ret = p->word[i].text[0] == '-' ? flag(p, &s, &p->word[i]) : operand(p, &s, &p->word[i]);
	}
	if (ret == 0)
		ret = finish_step(p, &s);
	r->step[r->n++] = s; /* also a broken one, for recipe_done */
	return ret;
}

/* --- lines that are no steps --- */

static int do_title(struct parser *p)
{
	struct buf b = {0};
	for (size_t i = 1; i < p->n; i++) {
		buf_adds(&b, i > 1 ? " " : "");
		buf_adds(&b, p->word[i].text);
	}
	free(p->r->title);
	p->r->title = buf_take(&b);
	return 0;
}

static int do_survives(struct parser *p)
{
	static const char *const known[] = {"eof", "empty", "long", "exec"};
	for (size_t i = 1; i < p->n; i++) {
		bool ok = false;
		for (size_t k = 0; k < ARRAY_LEN(known); k++)
			ok = ok || strcmp(known[k], p->word[i].text) == 0;
		if (!ok)
			return FAIL(p, &p->word[i], _("`%s` is none of: eof empty long exec"), p->word[i].text);
		strv_add(&p->r->survives, p->word[i].text);
	}
	return 0;
}

static int do_requires(struct parser *p)
{
	struct recipe *r = p->r;
	if (p->n != 3 || !recipe_is_name(p->word[1].text) || !recipe_is_name(p->word[2].text))
		return FAIL(p, &p->word[0], _("`requires` needs a tool and the Debian package that has it"));
	r->need = xrealloc(r->need, (r->n_need + 1) * sizeof(*r->need));
	r->need[r->n_need++] = (struct recipe_need){xstrdup(p->word[1].text), xstrdup(p->word[2].text)};
	return 0;
}

static int do_flags(struct parser *p)
{
	if (p->n < 2 || !recipe_is_name(p->word[1].text) || strcmp(p->word[1].text, "tree") == 0)
		return FAIL(p, &p->word[0], _("`flags` needs a name (not `tree`) and the flags it stands for"));
	p->flags = xrealloc(p->flags, (p->n_flags + 1) * sizeof(*p->flags));
	struct flags *f = &p->flags[p->n_flags++];
	*f = (struct flags){xstrdup(p->word[1].text), {0}};
	for (size_t i = 2; i < p->n; i++)
		strv_add(&f->v, p->word[i].text);
	return 0;
}

static int do_program(struct parser *p)
{
	if (p->n != 2 || !recipe_is_name(p->word[1].text))
		return FAIL(p, &p->word[0], _("`program` needs one plain file name"));
	p->program_line = xrealloc(p->program_line, (p->r->program.n + 1) * sizeof(int));
	p->program_line[p->r->program.n] = p->line;
	strv_add(&p->r->program, p->word[1].text);
	return 0;
}

static const struct directive {
	const char *name;
	int (*run)(struct parser *p);
} directives[] = {
	{"title", do_title},
	{"survives", do_survives},
	{"requires", do_requires},
	{"flags", do_flags},
	{"program", do_program},
};

static int parse_line(struct parser *p, const char *line, size_t len)
{
	drop_words(p);
	if (split(p, line, len) < 0)
		return -1;
	if (p->n == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(directives); i++)
		if (strcmp(directives[i].name, p->word[0].text) == 0)
			return directives[i].run(p);
	for (size_t i = 0; i < RECIPE_TOOL_N; i++)
		if (strcmp(tool_name[i], p->word[0].text) == 0)
			return add_step(p, (enum recipe_tool)i);
	FAIL(p, &p->word[0], _("`%s` is nothing that a recipe can say"), p->word[0].text);
	err_hint(p->e,
		_("lines begin with title, survives, requires, flags, program, or a tool: cc musl-gcc as ld objcopy "
		  "strip"));
	return -1;
}

static int check_programs(struct parser *p)
{
	const struct recipe *r = p->r;
	if (r->program.n == 0)
		return err_at(p->e, r->path, p->line, 1, _("no `program` line: nothing is made"));
	for (size_t i = 0; i < r->program.n; i++)
		if (!is_made(r, r->program.v[i]))
			return err_at(p->e, r->path, p->program_line[i], 1, _("no step makes the program `%s`"),
				r->program.v[i]);
	return 0;
}

static int parse_all(struct parser *p, const char *text)
{
	for (const char *at = text; *at != '\0';) {
		const size_t len = strcspn(at, "\n");
		p->line++;
		if (parse_line(p, at, len) < 0)
			return -1;
		at += len + (at[len] == '\n');
	}
	return check_programs(p);
}

int recipe_parse(struct recipe *r, const char *path, const char *text, struct err *e)
{
	struct parser p = {.r = r, .e = e};
	memset(r, 0, sizeof(*r));
	r->path = xstrdup(path);
	r->title = xstrdup("");
	const int ret = strlen(text) > MAX_BYTES ? err_at(e, path, 1, 1, _("larger than %u bytes"), MAX_BYTES)
						 : parse_all(&p, text);
	drop_words(&p);
	free(p.word);
	free(p.program_line);
	for (size_t i = 0; i < p.n_flags; i++) {
		free(p.flags[i].name);
		strv_done(&p.flags[i].v);
	}
	free(p.flags);
	if (ret < 0)
		recipe_done(r);
	return ret;
}

static int check_sources(const struct recipe *r, const char *dir, struct err *e)
{
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->step[i].n; k++) {
			const struct recipe_word *w = &r->step[i].word[k];
			if (w->kind != RECIPE_SOURCE)
				continue;
			char *path = fs_join(dir, w->text);
			const bool there = fs_size(path) >= 0;
			free(path);
			if (!there)
				return err_at(e, r->path, r->step[i].line, 1,
					_("`%s` is neither a file of this folder nor made by an earlier step"),
					w->text);
		}
	}
	return 0;
}

int recipe_load(struct recipe *r, const char *dir, struct err *e)
{
	char *path = fs_join(dir, "recipe"), *text = NULL;
	size_t len = 0;
	int ret = -1;
	memset(r, 0, sizeof(*r));
	if (!fs_exists(path)) {
		err_set(e, ERR_INPUT, _("%s is not there"), path);
		err_hint(e, _("each folder of init/ has a `recipe`: compare with init/c-libc/recipe"));
	} else {
		text = fs_read(path, &len, e);
	}
	if (text != NULL && memchr(text, '\0', len) != NULL)
		err_at(e, path, 1, 1, _("not a text file"));
	else if (text != NULL)
		ret = recipe_parse(r, path, text, e);
	if (ret == 0 && check_sources(r, dir, e) < 0) {
		recipe_done(r);
		ret = -1;
	}
	free(text);
	free(path);
	return ret;
}

void recipe_done(struct recipe *r)
{
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->step[i].n; k++) {
			free(r->step[i].word[k].prefix);
			free(r->step[i].word[k].text);
		}
		free(r->step[i].word);
		free(r->step[i].makes);
	}
	for (size_t i = 0; i < r->n_need; i++) {
		free(r->need[i].tool);
		free(r->need[i].package);
	}
	free(r->step);
	free(r->need);
	strv_done(&r->survives);
	strv_done(&r->program);
	free(r->path);
	free(r->title);
	memset(r, 0, sizeof(*r));
}
