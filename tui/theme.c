/* theme: see theme.h. A hand-written reader of lines, so that every complaint has its line and column. */
#include "tui/theme.h"

#include <assert.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"

static const char default_text[] =
#include "tui/default-dark.theme.inc"
	;

/* A colour with a name of the theme's own. */
struct own {
	char *name; /* with its $ */
	struct theme_colour colour;
};

struct reader {
	const char *path;
	int line;
	const char *begin, *p, *end; /* of the line in hand, without its comment */
	struct own *own;
	size_t n_own;
	bool said[STYLE_N];
	struct theme *theme;
	struct err *e;
};

static int complain(struct reader *r, const char *at, const char *what, size_t n)
{
	return err_at(r->e, r->path, r->line, (int)(at - r->begin) + 1, "%s: `%.*s`", what, (int)n, at);
}

static void skip_blanks(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t'))
		r->p++;
}

/* The next word: up to a blank or `=`. Its length; 0 at the end of the line. */
static size_t word(struct reader *r, const char **at)
{
	skip_blanks(r);
	*at = r->p;
	while (r->p < r->end && strchr(" \t=", *r->p) == NULL)
		r->p++;
	return (size_t)(r->p - *at);
}

static bool is(const char *at, size_t n, const char *text)
{
	return strlen(text) == n && memcmp(at, text, n) == 0;
}

static int hex_colour(const char *at, size_t n, int32_t *c)
{
	char digits[7], *rest;
	if (n != 7)
		return -1;
	memcpy(digits, at + 1, 6);
	digits[6] = '\0';
	if (strspn(digits, "0123456789abcdefABCDEF") != 6)
		return -1;
	*c = THEME_RGB | (int32_t)strtol(digits, &rest, 16);
	return 0;
}

static int palette_colour(const char *at, size_t n, int32_t *c)
{
	char digits[4];
	if (n < 9 || n > 11 || memcmp(at, "palette-", 8) != 0)
		return -1;
	memcpy(digits, at + 8, n - 8);
	digits[n - 8] = '\0';
	if (strspn(digits, "0123456789") != n - 8)
		return -1;
	*c = atoi(digits);
	return *c <= 255 ? 0 : -1;
}

/* One colour without a slash. */
static int plain_colour(const char *at, size_t n, int32_t *c)
{
	static const char *const name[] = {"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
		"bright-black", "bright-red", "bright-green", "bright-yellow", "bright-blue", "bright-magenta",
		"bright-cyan", "bright-white"};
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		if (is(at, n, name[i])) {
			*c = (int32_t)i;
			return 0;
		}
	if (is(at, n, "default")) {
		*c = THEME_DEFAULT;
		return 0;
	}
	return n > 0 && at[0] == '#' ? hex_colour(at, n, c) : palette_colour(at, n, c);
}

static int colour(struct reader *r, const char *at, size_t n, struct theme_colour *c)
{
	if (n > 0 && at[0] == '$') {
		for (size_t i = 0; i < r->n_own; i++)
			if (is(at, n, r->own[i].name)) {
				*c = r->own[i].colour;
				return 0;
			}
		return complain(r, at, _("no colour has this name"), n);
	}
	const char *slash = memchr(at, '/', n);
	size_t first = slash != NULL ? (size_t)(slash - at) : n;
	if (plain_colour(at, first, &c->rich) < 0)
		return complain(r, at, _("this is no colour (a name, palette-0 to palette-255, or #rrggbb)"), first);
	c->poor = c->rich;
	if (slash == NULL)
		return 0;
	if (plain_colour(slash + 1, n - first - 1, &c->poor) < 0 || c->poor > 15)
		return complain(r, slash + 1, _("after / must stand one of the 16 names, or default"), n - first - 1);
	return 0;
}

static unsigned attribute(const char *at, size_t n)
{
	static const struct {
		const char *name;
		unsigned bit;
	} known[] = {{"bold", THEME_BOLD}, {"dim", THEME_DIM}, {"underline", THEME_UNDERLINE},
		{"reverse", THEME_REVERSE}, {"italic", THEME_ITALIC}};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (is(at, n, known[i].name))
			return known[i].bit;
	return 0;
}

/* After the `=` of a style: [foreground] [on background] [attributes]. */
static int read_look(struct reader *r, struct theme_look *look)
{
	const char *at;
	size_t n;
	bool fg = false;
	look->attrs = 0;
	while ((n = word(r, &at)) > 0) {
		unsigned bit = attribute(at, n);
		if (bit != 0) {
			look->attrs |= bit;
		} else if (is(at, n, "on")) {
			n = word(r, &at);
			if (n == 0)
				return complain(r, at, _("a colour must follow `on`"), 0);
			if (colour(r, at, n, &look->bg) < 0)
				return -1;
		} else if (fg) {
			return complain(r, at, _("this is neither `on` nor an attribute"), n);
		} else if (colour(r, at, n, &look->fg) < 0) {
			return -1;
		} else {
			fg = true;
		}
	}
	return r->p < r->end ? complain(r, r->p, _("this does not belong here"), 1) : 0;
}

static int read_own(struct reader *r, const char *name, size_t n)
{
	struct own own = {0};
	const char *at;
	size_t len = word(r, &at);
	if (len == 0)
		return complain(r, at, _("a colour is missing here"), 0);
	if (colour(r, at, len, &own.colour) < 0)
		return -1;
	own.name = xstrndup(name, n);
	r->own = xrealloc(r->own, (r->n_own + 1) * sizeof(*r->own));
	r->own[r->n_own++] = own;
	len = word(r, &at);
	return len > 0 ? complain(r, at, _("only one colour may stand here"), len) : 0;
}

static int read_style(struct reader *r, const char *at, size_t n)
{
	char name[32] = "";
	memcpy(name, at, n < sizeof(name) ? n : sizeof(name) - 1);
	int id = n < sizeof(name) ? style_find(name) : -1;
	if (id < 0) {
		int ret = complain(r, at, _("no style has this name"), n);
		err_hint(r->e, _("`kiln help themes` lists them"));
		return ret;
	}
	if (r->said[id])
		return complain(r, at, _("this style was given before"), n);
	r->said[id] = true;
	r->theme->look[id].fg = r->theme->look[id].bg = (struct theme_colour){THEME_DEFAULT, THEME_DEFAULT};
	return read_look(r, &r->theme->look[id]);
}

static int read_line(struct reader *r)
{
	const char *at;
	size_t n = word(r, &at);
	if (n == 0 && r->p == r->end)
		return 0;
	skip_blanks(r);
	if (n == 0 || r->p == r->end || *r->p != '=')
		return complain(r, r->p, _("a line is `style = colour on colour attributes`; `=` is missing"), 0);
	r->p++;
	return at[0] == '$' ? read_own(r, at, n) : read_style(r, at, n);
}

/* The end of what counts in a line: a comment is a # that begins the line or stands between blanks (#rrggbb is a
 * colour). */
static const char *before_comment(const char *p, const char *end)
{
	for (const char *q = p; q < end; q++) {
		bool before = q == p || q[-1] == ' ' || q[-1] == '\t';
		bool after = q + 1 == end || q[1] == ' ' || q[1] == '\t' || q == p;
		if (*q == '#' && before && after)
			return q;
	}
	return end > p && end[-1] == '\r' ? end - 1 : end;
}

static unsigned mono_attrs(const char *letters)
{
	static const char letter[] = "bduri"; /* in the order of enum theme_attr */
	unsigned attrs = 0;
	for (; *letters != '\0'; letters++)
		attrs |= 1u << (strchr(letter, *letters) - letter);
	return attrs;
}

/* Styles the theme does not speak of look as what they fall back to. A background that only the fallback names is taken
 * along too. Rows fall back to rows before them (style.h), so one pass will do. */
static void fill(struct reader *r)
{
	for (int i = 0; i < STYLE_N; i++) {
		struct theme_look *look = &r->theme->look[i];
		enum style from = style_fallback((enum style)i);
		if (!r->said[i] && (int)from != i)
			*look = r->theme->look[from];
		look->mono = mono_attrs(style_attrs((enum style)i));
	}
}

static int read_text(struct reader *r, const char *text)
{
	for (const char *p = text; *p != '\0'; r->line++) {
		const char *end = p + strcspn(p, "\n");
		r->begin = r->p = p;
		r->end = before_comment(p, end);
		if (read_line(r) < 0)
			return -1;
		p = *end == '\n' ? end + 1 : end;
	}
	return 0;
}

static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
	return xstrndup(base, str_ends(base, ".theme") ? strlen(base) - 6 : strlen(base));
}

struct theme *theme_parse(const char *path, const char *text, struct err *e)
{
	struct reader r = {.path = path, .line = 1, .e = e};
	r.theme = xcalloc(1, sizeof(*r.theme));
	r.theme->name = name_of(path);
	for (int i = 0; i < STYLE_N; i++)
		r.theme->look[i].fg = r.theme->look[i].bg = (struct theme_colour){THEME_DEFAULT, THEME_DEFAULT};
	int ret = read_text(&r, text);
	if (ret == 0)
		fill(&r);
	for (size_t i = 0; i < r.n_own; i++)
		free(r.own[i].name);
	free(r.own);
	if (ret == 0)
		return r.theme;
	theme_free(r.theme);
	return NULL;
}

struct theme *theme_default(void)
{
	struct err e = {0};
	struct theme *t = theme_parse("default-dark.theme", default_text, &e);
	assert(t != NULL);
	return t;
}

/* The user's own folder of themes. Returns owned. */
static char *user_dir(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	if (xdg != NULL && xdg[0] == '/')
		return xasprintf("%s/kiln/themes", xdg);
	return xasprintf("%s/.config/kiln/themes", home != NULL ? home : "");
}

/* The file of a theme. Returns owned, or NULL with *e. */
static char *find(const char *name, struct err *e)
{
	if (strchr(name, '/') != NULL)
		return xstrdup(name);
	char *dir[] = {user_dir(), paths_data("themes")}, *found = NULL;
	for (size_t i = 0; i < ARRAY_LEN(dir); i++) {
		char *path = xasprintf("%s/%s.theme", dir[i], name);
		if (found == NULL && fs_exists(path))
			found = path;
		else
			free(path);
		free(dir[i]);
	}
	if (found == NULL) {
		struct strv names = {0};
		struct buf list = {0};
		theme_list(&names);
		for (size_t i = 0; i < names.n; i++)
			buf_addf(&list, "%s%s", i > 0 ? ", " : "", names.v[i]);
		err_set(e, ERR_USAGE, _("there is no theme `%s`"), name);
		err_hint(e, _("there are: %s"), list.n > 0 ? list.p : "");
		buf_done(&list);
		strv_done(&names);
	}
	return found;
}

struct theme *theme_load(const char *name, struct err *e)
{
	char *path = find(name, e), *text = path != NULL ? fs_read(path, NULL, e) : NULL;
	struct theme *t = text != NULL ? theme_parse(path, text, e) : NULL;
	free(text);
	free(path);
	return t;
}

void theme_free(struct theme *t)
{
	if (t == NULL)
		return;
	free(t->name);
	free(t);
}

void theme_list(struct strv *names)
{
	char *dir[] = {user_dir(), paths_data("themes")};
	for (size_t i = 0; i < ARRAY_LEN(dir); i++) {
		DIR *d = opendir(dir[i]);
		for (struct dirent *f; d != NULL && (f = readdir(d)) != NULL;) {
			char *name = name_of(f->d_name);
			if (str_ends(f->d_name, ".theme") && !strv_has(names, name))
				strv_add(names, name);
			free(name);
		}
		if (d != NULL)
			closedir(d);
		free(dir[i]);
	}
	strv_sort(names);
}

void theme_print(FILE *out)
{
	struct strv names = {0};
	char *dir = user_dir();
	theme_list(&names);
	fputs(_("A theme says how each style looks: one line a style,\n"
		"    style = colour [on colour] [bold] [dim] [underline] [reverse] [italic]\n"
		"and colours of its own, `$name = colour`. A colour is default, one of the 16 names (red, bright-red "
		"…),\n"
		"palette-0 to palette-255, or #rrggbb; `a/b` gives b where a terminal has at most 16 colours. # begins "
		"a\n"
		"comment. A style that is left out looks as the one in brackets. Nothing is told by colour alone: "
		"what\n"
		"must show without colours is built in.\n\n"),
		out);
	fprintf(out, _("Your own themes go to %s/NAME.theme\n"), dir);
	fputs(_("Choose one with `theme NAME` on the screen, screen.theme in kiln.conf, or KILN_THEME.\n\nThemes:"),
		out);
	for (size_t i = 0; i < names.n; i++)
		fprintf(out, " %s", names.v[i]);
	fputs(_("\n\nStyles:\n"), out);
	for (int i = 0; i < STYLE_N; i++)
		fprintf(out, "  %-18s (%s)\n", style_name((enum style)i), style_name(style_fallback((enum style)i)));
	strv_done(&names);
	free(dir);
}
