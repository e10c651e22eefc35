/* key: a key press or a mouse event as panes and the keymap see it, and the names by which people write keys: `a`, `A`,
 * `C-x` (Ctrl), `M-x` (Alt), `F5`, `Enter`, `Esc`, `Tab`, `BackTab`, `Space`, `Up`, `PgDn`, `C-Left`, `S-Up`; a
 * sequence is written with blanks between: `C-a z`. */
#ifndef KILN_KEY_H
#define KILN_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum key_mod { KEY_SHIFT = 1, KEY_ALT = 2, KEY_CTRL = 4 };

/* Codes above Unicode for keys without a character. */
enum key_code {
	K_NONE = 0,
	K_ENTER = 0x110000,
	K_ESC,
	K_TAB,
	K_BACKTAB,
	K_BACKSPACE,
	K_DELETE,
	K_INSERT,
	K_UP,
	K_DOWN,
	K_LEFT,
	K_RIGHT,
	K_HOME,
	K_END,
	K_PGUP,
	K_PGDN,
	K_F1, /* … K_F1 + 19 is F20 */
	K_F20 = K_F1 + 19,
	K_MOUSE,  /* see mouse */
	K_RESIZE, /* the screen's size changed */
	K_PASTE,  /* a bracketed paste: text, owned by the reader until the next read */
};

struct mouse {
	enum { MOUSE_PRESS, MOUSE_RELEASE, MOUSE_DRAG, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN, MOUSE_MOVE } kind;
	int button; /* 1 left, 2 middle, 3 right; 0 for MOUSE_MOVE, a motion with no button down */
	int y, x;   /* on the screen; ui.c makes them relative to the pane before it passes them on */
	int clicks; /* 1, 2 (double) */
	unsigned mod;
};

struct key {
	uint32_t code; /* a Unicode character or an enum key_code */
	unsigned mod;
	struct mouse mouse; /* for K_MOUSE */
	const char *text;   /* for K_PASTE */
	size_t text_n;
};

bool key_equal(const struct key *a, const struct key *b);
/* "C-x" → key. Returns 0, or -1 with *e saying which names there are. */
int key_parse(const char *name, size_t n, struct key *k, struct err *e);
/* Name of a key, at most 16 bytes with NUL. */
void key_label(const struct key *k, char out[16]);
/* The bytes a terminal sends to a program for this key (xterm encoding; application cursor mode if asked). Returns the
 * count, at most 16; 0 if it has none. */
size_t key_bytes(const struct key *k, bool app_cursor, char out[16]);

#endif
