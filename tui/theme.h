/* theme: what each style looks like. A theme is a text, one line per style name (style.h):
 *   title.focus = $ink on #8fb8ff/bright-blue bold      # foreground, background, attributes; each may be left out
 *   $ink = #16181d/black                                # a colour of one's own
 * Colours: default, the 16 names, palette-0…255, #rrggbb; `a/b` gives b where the terminal has at most 16 colours. The
 * default theme is compiled in and goes through the same parser. Invariant: a theme that was parsed gives every style a
 * look, by falling back along style_fallback; what must show without colours is in style.h, out of a theme's reach. */
#ifndef KILN_THEME_H
#define KILN_THEME_H

#include <stdint.h>
#include <stdio.h>

#include "core/err.h"
#include "core/str.h"
#include "tui/style.h"

/* A colour: -1 the terminal's default; 0-255 its palette; THEME_RGB | 0xRRGGBB direct. */
#define THEME_DEFAULT (-1)
#define THEME_RGB     0x1000000

enum theme_attr { THEME_BOLD = 1, THEME_DIM = 2, THEME_UNDERLINE = 4, THEME_REVERSE = 8, THEME_ITALIC = 16 };

struct theme_colour {
	int32_t rich; /* where there are 256 colours or more */
	int32_t poor; /* where there are at most 16 */
};

struct theme_look {
	struct theme_colour fg, bg;
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
/* `kiln help themes`: how a theme is written, which there are, the styles there are. */
void theme_print(FILE *out);
/* Names that theme_load knows, sorted. */
void theme_list(struct strv *names);

#endif
