/* screen: the terminal: modes, size, colours, what is shown, the bytes that come from it. It is either the real one or
 * one in memory (tests, --script). Keeps the style of every cell beside curses' own picture, so that dumps can tell
 * styles. With draw.c the only module that touches curses. Invariant: after screen_close, and after a fatal signal, the
 * terminal is as it was found. Owned by ui.c; panes never see it but through draw.h. */
#ifndef KILN_SCREEN_H
#define KILN_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "tui/key.h"
#include "tui/style.h"

struct screen; /* opaque */
struct theme;

/* Take over the terminal on standard input and output. NULL with *e when it cannot show a screen (TERM unknown or
 * dumb). */
struct screen *screen_open(struct err *e);
/* A screen of this size without a terminal. */
struct screen *screen_open_memory(int rows, int cols, struct err *e);
/* Give the terminal back as it was. */
void screen_close(struct screen *s);
/* Leave the terminal for a while (SIGTSTP) and come back: everything is drawn again. */
void screen_suspend(struct screen *s);
void screen_resume(struct screen *s);

void screen_size(const struct screen *s, int *rows, int *cols);
/* Take the terminal's present size (memory: this one). Returns true if it changed. */
bool screen_resize(struct screen *s, int rows, int cols);
/* Colours the terminal can show: 0 none, 8, 16, 256, or 1 << 24. */
int screen_colours(const struct screen *s);
/* May we use characters outside ASCII? */
bool screen_unicode(const struct screen *s);
/* Copies the looks. */
void screen_set_theme(struct screen *s, const struct theme *t);

/* Empty the picture; draw (draw.h); show it. */
void screen_begin(struct screen *s);
void screen_show(struct screen *s);
/* Everything is drawn again with the next screen_show (another program wrote on the terminal). */
void screen_redraw(struct screen *s);

/* The descriptor to watch for input; -1 in memory. */
int screen_fd(const struct screen *s);
/* Read what is there, at most some kilobytes. Returns 0, or -1 when the terminal is gone. */
int screen_read(struct screen *s);
/* The next key that has been read. false: none. `force`: take an unfinished sequence (a lone Esc) as it is. */
bool screen_key(struct screen *s, struct key *k, bool force);
/* Milliseconds to wait before `force` when a sequence is unfinished; -1 when none is. */
int screen_key_wait(const struct screen *s);
/* Put bytes in as if the terminal had sent them (script). */
void screen_feed(struct screen *s, const char *bytes, size_t n);

void screen_bell(struct screen *s);
/* Set the terminal's clipboard by OSC 52. */
void screen_clipboard(struct screen *s, const char *text, size_t n);
/* What is shown, line by line, without trailing blanks. Returns owned. */
char *screen_dump(const struct screen *s);
/* For each line the runs of equal style: "2: 0-9 title.focus, 10-12 text". Returns owned. */
char *screen_dump_styles(const struct screen *s);
/* The text of the cells in one style, the rest blanked out. Returns owned. */
char *screen_dump_style(const struct screen *s, const char *style);
/* The cursor, -1 -1 while it is hidden. */
void screen_cursor(const struct screen *s, int *y, int *x);

/* For draw.c alone: how a style or a cell of an emulator (colours as in draw.h) is drawn here, where the style of a
 * cell is kept (style + 1; 0: none; with STYLE_RIGHT_HALF in the second cell of a wide character), where the cursor
 * goes. */
enum { STYLE_RIGHT_HALF = 0x80 };
struct screen_pen {
	unsigned attr;
	int pair;
};
struct screen_pen screen_pen(const struct screen *s, enum style st);
struct screen_pen screen_pen_cell(const struct screen *s, int32_t fg, int32_t bg, unsigned theme_attrs);
uint8_t *screen_style_at(struct screen *s, int y, int x);
void screen_place_cursor(struct screen *s, int y, int x);

#endif
