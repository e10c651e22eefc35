/* recipe_listing: turns a recipe into one that makes the compiler's assembly (-S, Intel's notation) of each C source,
 * with the same flags, so that the learner sees what the compiler made of them; or into one that keeps line tables. */
#include <stdlib.h>
#include <string.h>

#include "core/recipe.h"
#include "core/recipe_flags.h"

static bool is_c(const struct recipe_word *w)
{
	return w->kind == RECIPE_SOURCE && str_ends(w->text, ".c");
}

static void add(struct recipe_step *s, enum recipe_kind kind, const char *prefix, const char *text)
{
	s->word = xrealloc(s->word, (s->n + 1) * sizeof(*s->word));
	s->word[s->n++] = (struct recipe_word){kind, prefix != NULL ? xstrdup(prefix) : NULL, xstrdup(text)};
}

/* Is it for the linker, or about which step of compiling comes last? */
static bool not_for_listing(const char *flag)
{
	static const char *const drop[] = {"-c", "-s", "-static", "-nostdlib", "-nostartfiles", "-nodefaultlibs", "-N",
		"-n", "-pie", "-no-pie", "-static-pie", "-lc", "-lgcc"};
	for (size_t i = 0; i < ARRAY_LEN(drop); i++)
		if (strcmp(flag, drop[i]) == 0)
			return true;
	return str_starts(flag, "-Wl,") || str_starts(flag, "-Wa,");
}

/* The step that lists source `c` of step `from`. musl-gcc stays itself: it knows where its headers are. */
static struct recipe_step listing_of(const struct recipe_step *from, const char *c, bool clang)
{
	struct recipe_step s = {.tool = from->tool, .line = from->line};
	for (size_t i = 0; i < from->n; i++) {
		const struct recipe_word *w = &from->word[i];
		enum flag_arg arg = FLAG_ALONE;
		if (w->kind == RECIPE_FLAG && recipe_flag_allowed(from->tool, w->text, &arg) && arg != FLAG_ALONE) {
			if (arg == FLAG_TREE && i + 1 < from->n) { /* -include, -isystem: kept with what follows */
				add(&s, w->kind, w->prefix, w->text);
				add(&s, w[1].kind, w[1].prefix, w[1].text);
			}
			i++;
		} else if (w->kind == RECIPE_TREE || (w->kind == RECIPE_FLAG && !not_for_listing(w->text))) {
			add(&s, w->kind, w->prefix, w->text);
		}
	}
	add(&s, RECIPE_FLAG, NULL, "-S");
	if (clang && from->tool == RECIPE_CC) { /* its -masm would also read inline assembly as Intel's */
		add(&s, RECIPE_FLAG, NULL, "-mllvm");
		add(&s, RECIPE_FLAG, NULL, "--x86-asm-syntax=intel");
	} else {
		add(&s, RECIPE_FLAG, NULL, "-masm=intel");
	}
	add(&s, RECIPE_SOURCE, NULL, c);
	add(&s, RECIPE_FLAG, NULL, "-o");
	s.makes = xasprintf("%.*s.s", (int)(strlen(c) - 2), c);
	add(&s, RECIPE_MADE, NULL, s.makes);
	return s;
}

void recipe_to_listing(struct recipe *r, bool clang)
{
	struct recipe old = *r;
	struct strv none = {0};
	*r = (struct recipe){
		.path = xstrdup(old.path), .title = xstrdup(old.title), .uses_tree = old.uses_tree, .program = none};
	r->need = old.need; /* moved */
	r->n_need = old.n_need;
	old.need = NULL;
	old.n_need = 0;
	for (size_t i = 0; i < old.n; i++) {
		const struct recipe_step *s = &old.step[i];
		for (size_t k = 0; k < s->n && (s->tool == RECIPE_CC || s->tool == RECIPE_MUSL_GCC); k++) {
			if (!is_c(&s->word[k]))
				continue;
			r->step = xrealloc(r->step, (r->n + 1) * sizeof(*r->step));
			r->step[r->n] = listing_of(s, s->word[k].text, clang);
			if (!strv_has(&r->program, r->step[r->n].makes))
				strv_add(&r->program, r->step[r->n].makes);
			r->n++;
		}
	}
	recipe_done(&old);
}

static void drop_word(struct recipe_step *s, size_t i)
{
	free(s->word[i].prefix);
	free(s->word[i].text);
	memmove(&s->word[i], &s->word[i + 1], (s->n - i - 1) * sizeof(*s->word));
	s->n--;
}

static void drop_flag(struct recipe_step *s, const char *flag)
{
	for (size_t i = s->n; i > 0; i--)
		if (s->word[i - 1].kind == RECIPE_FLAG && strcmp(s->word[i - 1].text, flag) == 0)
			drop_word(s, i - 1);
}

static void free_step(struct recipe_step *s)
{
	while (s->n > 0)
		drop_word(s, s->n - 1);
	free(s->word);
	free(s->makes);
}

/* objcopy -O binary FROM TO: link FROM at address 0 instead. */
static void link_instead(struct recipe_step *s)
{
	const char *from = NULL;
	bool binary = false;
	for (size_t i = 0; i < s->n; i++) {
		binary = binary ||
			 (i > 0 && strcmp(s->word[i - 1].text, "-O") == 0 && strcmp(s->word[i].text, "binary") == 0);
		if (from == NULL && s->word[i].kind == RECIPE_MADE)
			from = s->word[i].text;
	}
	if (!binary || from == NULL || s->makes == NULL)
		return;
	struct recipe_step made = {.tool = RECIPE_LD, .line = s->line, .makes = xstrdup(s->makes)};
	add(&made, RECIPE_FLAG, NULL, "-Ttext=0");
	add(&made, RECIPE_FLAG, NULL, "-e");
	add(&made, RECIPE_FLAG, NULL, "0");
	add(&made, RECIPE_FLAG, NULL, "-o");
	add(&made, RECIPE_MADE, NULL, s->makes);
	add(&made, RECIPE_MADE, NULL, from);
	free_step(s);
	*s = made;
}

void recipe_to_debug(struct recipe *r)
{
	size_t n = 0;
	for (size_t i = 0; i < r->n; i++) {
		struct recipe_step *s = &r->step[i];
		if (s->tool == RECIPE_STRIP) {
			free_step(s);
			continue;
		}
		if (s->tool == RECIPE_CC || s->tool == RECIPE_MUSL_GCC || s->tool == RECIPE_LD) {
			drop_flag(s, "-s");
			drop_flag(s, "-S");
			drop_flag(s, "-Wl,-s");
			drop_flag(s, "-Wl,--strip-all");
			drop_flag(s, "--strip-all");
		}
		if (s->tool == RECIPE_CC || s->tool == RECIPE_MUSL_GCC || s->tool == RECIPE_AS)
			add(s, RECIPE_FLAG, NULL, "-g");
		if (s->tool == RECIPE_OBJCOPY)
			link_instead(s);
		r->step[n++] = *s;
	}
	r->n = n;
}
