/* theme: what each style looks like. A theme is a text of `style = foreground [on background] [attributes]` lines, one
 * per style name (style.h), with named colours; the default one is compiled in and goes through the same parser.
 * Invariant: a theme that was parsed gives every style a look, by falling back along style_fallback. */
#ifndef KILN_THEME_H
#define KILN_THEME_H

#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "tui/style.h"

/* -1: the terminal's default; 0-15: its palette; 0x1RRGGBB: direct. */
#define THEME_DEFAULT (-1)
#define THEME_RGB     0x1000000

enum theme_attr { THEME_BOLD = 1, THEME_DIM = 2, THEME_UNDERLINE = 4, THEME_REVERSE = 8, THEME_ITALIC = 16 };

struct theme_look {
	int32_t fg, bg;
	unsigned attrs; /* enum theme_attr, with colours */
	unsigned mono;  /* enum theme_attr, without */
};

struct theme {
	char *name;
	struct theme_look look[STYLE_N];
};

/* Parse a theme's text; path is for messages. Returns owned, or NULL with *e at path:line:col. */
struct theme *theme_parse(const char *path, const char *text, struct err *e);
/* Load by name ($XDG_CONFIG_HOME/kiln/themes, then the shipped ones) or by a path with a slash. */
struct theme *theme_load(const char *name, struct err *e);
/* The compiled-in one. Never fails: asserted by a test. Returns owned. */
struct theme *theme_default(void);
void theme_free(struct theme *t);
/* Names that theme_load knows, sorted. */
void theme_list(struct strv *names);

#endif
