/* input: see input.h. */
#include "tui/input.h"

#include <stdlib.h>
#include <string.h>
#include <termkey.h>

#include "core/i18n.h"
#include "core/str.h"

#define PASTE_BEGIN "\033[200~"
#define PASTE_END   "\033[201~"
#define PASTE_MAX   (1u << 20) /* more is dropped */

struct input {
	TermKey *tk;
	struct buf raw;   /* bytes not yet given to tk */
	struct buf paste; /* text of the paste in hand */
	bool pasting;
	bool utf8;
	bool unfinished; /* tk waits for more bytes */
	struct buf told; /* text of the last K_PASTE */
};

/* Terminals whose mouse speaks SGR say kmous=\E[<, which libtermkey would take as the beginning of the old encoding. It
 * knows SGR by itself. */
static const char * override(const char *name, const char *value, void *data)
{
	(void)data;
	return strcmp(name, "key_mouse") == 0 ? NULL : value;
}

struct input *input_new(const char *term, bool utf8, struct err *e)
{
	int flags = (utf8 ? TERMKEY_FLAG_UTF8 : TERMKEY_FLAG_RAW) | TERMKEY_FLAG_NOSTART;
	TermKey *tk = termkey_new_abstract(term, flags);
	if (tk != NULL)
		termkey_hook_terminfo_getstr(tk, override, NULL);
	if (tk == NULL || !termkey_start(tk)) {
		if (tk != NULL)
			termkey_destroy(tk);
		err_set(e, ERR_WORLD, _("the terminal type `%s` is not known"), term);
		return NULL;
	}
	termkey_set_canonflags(tk, TERMKEY_CANON_DELBS);
	struct input *in = xcalloc(1, sizeof(*in));
	in->tk = tk;
	in->utf8 = utf8;
	return in;
}

void input_free(struct input *in)
{
	if (in == NULL)
		return;
	termkey_destroy(in->tk);
	buf_done(&in->raw);
	buf_done(&in->paste);
	buf_done(&in->told);
	free(in);
}

void input_push(struct input *in, const char *bytes, size_t n)
{
	buf_add(&in->raw, bytes, n);
}

/* Length of the longest end of raw that may be the beginning of a mark. */
static size_t held_back(const struct buf *raw, const char *mark)
{
	for (size_t n = strlen(mark) - 1; n >= 1; n--)
		if (raw->n >= n && memcmp(raw->p + raw->n - n, mark, n) == 0)
			return n;
	return 0;
}

static char *find_mark(const struct buf *raw, const char *mark)
{
	return raw->n > 0 ? memmem(raw->p, raw->n, mark, strlen(mark)) : NULL;
}

/* Move text of a paste out of raw. Returns true when the paste is whole (or forced to be). */
static bool take_paste(struct input *in, bool force)
{
	char *end = find_mark(&in->raw, PASTE_END);
	size_t n = end != NULL ? (size_t)(end - in->raw.p) : in->raw.n - (force ? 0 : held_back(&in->raw, PASTE_END));
	if (n > 0 && in->paste.n < PASTE_MAX)
		buf_add(&in->paste, in->raw.p, n < PASTE_MAX - in->paste.n ? n : PASTE_MAX - in->paste.n);
	buf_eat(&in->raw, end != NULL ? n + strlen(PASTE_END) : n);
	if (end == NULL && !force)
		return false;
	in->pasting = false;
	return true;
}

static bool at_paste(const struct input *in)
{
	return in->raw.n >= strlen(PASTE_BEGIN) && memcmp(in->raw.p, PASTE_BEGIN, strlen(PASTE_BEGIN)) == 0;
}

/* --- what libtermkey may see: it reads beyond its tables at control sequences with intermediate bytes (as of 0.22) ---
 */

/* Length of the control sequence at the head of raw; 0: unfinished. *bad: it is none that a key sends. */
static size_t csi_length(const struct buf *raw, bool *bad)
{
	size_t params = 0, digits = 0;
	*bad = false;
	for (size_t i = 2; i < raw->n; i++) {
		unsigned char c = (unsigned char)raw->p[i];
		digits = c >= '0' && c <= '9' ? digits + 1 : 0;
		params += c == ';';
		*bad |= digits > 5 || params > 8 || (c >= 0x20 && c < 0x30) || (c == 'M' && i == 2);
		if (c >= 0x40 && c < 0x7f)
			return i + 1;
		if (c < 0x20 || c >= 0x7f) {
			*bad = true;
			return i;
		}
	}
	return 0;
}

/* Length of the character at the head of raw; 0: unfinished. *bad: it begins with no byte that begins one. */
static size_t character_length(const struct buf *raw, bool *bad)
{
	unsigned char c = (unsigned char)raw->p[0];
	size_t want = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4, n = 1;
	*bad = c >= 0x80 && c < 0xc0;
	while (n < want && n < raw->n && ((unsigned char)raw->p[n] & 0xc0) == 0x80)
		n++;
	return n == want || n < raw->n ? n : 0;
}

/* Length of what stands at the head of raw and belongs together; 0: unfinished. */
static size_t token_length(const struct input *in, bool *bad)
{
	const struct buf *raw = &in->raw;
	*bad = false;
	if (raw->p[0] != '\033')
		return in->utf8 ? character_length(raw, bad) : 1;
	if (raw->n == 1)
		return 0;
	if (raw->p[1] == '[')
		return csi_length(raw, bad);
	return raw->p[1] == '\033' ? 1 : 2;
}

/* Give tk what stands before the next paste. */
static void feed(struct input *in, bool force)
{
	while (in->raw.n > 0 && !at_paste(in)) {
		bool bad;
		size_t n = token_length(in, &bad), room = termkey_get_buffer_remaining(in->tk);
		if (n == 0 && !force && in->raw.n < 64)
			return;
		if (n == 0)
			n = in->raw.n < 64 ? in->raw.n : 64;
		if (!bad && n > room)
			return;
		if (!bad)
			termkey_push_bytes(in->tk, in->raw.p, n);
		buf_eat(&in->raw, n);
	}
}

static const struct {
	TermKeySym sym;
	uint32_t code;
} symbols[] = {
	{TERMKEY_SYM_BACKSPACE, K_BACKSPACE},
	{TERMKEY_SYM_TAB, K_TAB},
	{TERMKEY_SYM_ENTER, K_ENTER},
	{TERMKEY_SYM_ESCAPE, K_ESC},
	{TERMKEY_SYM_SPACE, ' '},
	{TERMKEY_SYM_DEL, K_BACKSPACE},
	{TERMKEY_SYM_UP, K_UP},
	{TERMKEY_SYM_DOWN, K_DOWN},
	{TERMKEY_SYM_LEFT, K_LEFT},
	{TERMKEY_SYM_RIGHT, K_RIGHT},
	{TERMKEY_SYM_FIND, K_HOME},
	{TERMKEY_SYM_SELECT, K_END},
	{TERMKEY_SYM_INSERT, K_INSERT},
	{TERMKEY_SYM_DELETE, K_DELETE},
	{TERMKEY_SYM_PAGEUP, K_PGUP},
	{TERMKEY_SYM_PAGEDOWN, K_PGDN},
	{TERMKEY_SYM_HOME, K_HOME},
	{TERMKEY_SYM_END, K_END},
	{TERMKEY_SYM_KPENTER, K_ENTER},
	{TERMKEY_SYM_KPPLUS, '+'},
	{TERMKEY_SYM_KPMINUS, '-'},
	{TERMKEY_SYM_KPMULT, '*'},
	{TERMKEY_SYM_KPDIV, '/'},
	{TERMKEY_SYM_KPCOMMA, ','},
	{TERMKEY_SYM_KPPERIOD, '.'},
	{TERMKEY_SYM_KPEQUALS, '='},
};

static uint32_t symbol(TermKeySym sym)
{
	if (sym >= TERMKEY_SYM_KP0 && sym <= TERMKEY_SYM_KP9)
		return (uint32_t)('0' + sym - TERMKEY_SYM_KP0);
	for (size_t i = 0; i < ARRAY_LEN(symbols); i++)
		if (symbols[i].sym == sym)
			return symbols[i].code;
	return K_NONE;
}

static unsigned modifiers(int m)
{
	return (m & TERMKEY_KEYMOD_SHIFT ? KEY_SHIFT : 0u) | (m & TERMKEY_KEYMOD_ALT ? KEY_ALT : 0u) |
	       (m & TERMKEY_KEYMOD_CTRL ? KEY_CTRL : 0u);
}

static bool mouse(struct input *in, const TermKeyKey *t, struct key *k)
{
	TermKeyMouseEvent event;
	int button, line, col;
	if (termkey_interpret_mouse(in->tk, t, &event, &button, &line, &col) != TERMKEY_RES_KEY)
		return false;
	k->code = K_MOUSE;
	k->mouse.mod = modifiers(t->modifiers);
	k->mouse.y = line - 1;
	k->mouse.x = col - 1;
	k->mouse.clicks = 1;
	k->mouse.button = button;
	if (button == 0 && t->code.mouse[0] & 0x20) /* libtermkey takes a motion with no button for a release */
		k->mouse.kind = MOUSE_MOVE;
	else if (event == TERMKEY_MOUSE_DRAG)
		k->mouse.kind = MOUSE_DRAG;
	else if (event == TERMKEY_MOUSE_RELEASE)
		k->mouse.kind = MOUSE_RELEASE;
	else if (button == 4 || button == 5)
		k->mouse.kind = button == 4 ? MOUSE_WHEEL_UP : MOUSE_WHEEL_DOWN;
	else
		k->mouse.kind = MOUSE_PRESS;
	return line > 0 && col > 0 && button < 6;
}

/* Ctrl-letters are lower case; Shift of a character is in the character. */
static bool character(const TermKeyKey *t, struct key *k)
{
	k->code = (uint32_t)t->code.codepoint;
	k->mod = modifiers(t->modifiers);
	if (k->mod & KEY_CTRL && k->code >= 'A' && k->code <= 'Z')
		k->code += 'a' - 'A';
	else if (!(k->mod & KEY_CTRL))
		k->mod &= ~(unsigned)KEY_SHIFT;
	if (k->code == '@' && k->mod & KEY_CTRL)
		k->code = ' ';
	return k->code >= ' ' && k->code < K_ENTER;
}

/* false: an event that is no key for us (a report of the terminal). */
static bool translate(struct input *in, const TermKeyKey *t, struct key *k)
{
	memset(k, 0, sizeof(*k));
	switch (t->type) {
	case TERMKEY_TYPE_UNICODE:
		return character(t, k);
	case TERMKEY_TYPE_FUNCTION:
		k->code = t->code.number >= 1 && t->code.number <= 20 ? K_F1 + (uint32_t)t->code.number - 1 : K_NONE;
		k->mod = modifiers(t->modifiers);
		return k->code != K_NONE;
	case TERMKEY_TYPE_KEYSYM:
		k->code = symbol(t->code.sym);
		k->mod = modifiers(t->modifiers);
		if (k->code == K_TAB && k->mod & KEY_SHIFT) {
			k->code = K_BACKTAB;
			k->mod &= ~(unsigned)KEY_SHIFT;
		}
		return k->code != K_NONE;
	case TERMKEY_TYPE_MOUSE:
		return mouse(in, t, k);
	default:
		return false;
	}
}

static bool next_of_termkey(struct input *in, struct key *k, bool force)
{
	TermKeyKey t;
	for (;;) {
		feed(in, force);
		TermKeyResult r = force ? termkey_getkey_force(in->tk, &t) : termkey_getkey(in->tk, &t);
		in->unfinished = r == TERMKEY_RES_AGAIN;
		if (r != TERMKEY_RES_KEY)
			return false;
		if (translate(in, &t, k))
			return true;
	}
}

bool input_next(struct input *in, struct key *k, bool force)
{
	if (!in->pasting) {
		if (next_of_termkey(in, k, force))
			return true;
		if (in->unfinished && at_paste(in) && next_of_termkey(in, k, true))
			return true; /* a lone Esc just before the paste */
		if (!at_paste(in))
			return false;
		buf_eat(&in->raw, strlen(PASTE_BEGIN));
		in->pasting = true;
	}
	if (!take_paste(in, force))
		return false;
	buf_clear(&in->told);
	buf_add(&in->told, in->paste.p != NULL ? in->paste.p : "", in->paste.n);
	buf_clear(&in->paste);
	*k = (struct key){.code = K_PASTE, .text = in->told.p, .text_n = in->told.n};
	return true;
}

int input_wait(const struct input *in)
{
	if (in->pasting)
		return 2000;
	return in->unfinished || in->raw.n > 0 ? 25 : -1;
}
