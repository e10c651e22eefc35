/* key: see key.h. One table of names serves parsing and printing; terminals cannot tell some keys apart (C-i and Tab,
 * C-m and Enter, C-[ and Esc), so parsing gives such keys their one canonical form and equality stays plain. */
#include "tui/key.h"

#include <stdio.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"

static const struct {
	const char *name;
	uint32_t code;
} names[] = {
	{"Enter", K_ENTER},
	{"Esc", K_ESC},
	{"Tab", K_TAB},
	{"BackTab", K_BACKTAB},
	{"Space", ' '},
	{"Backspace", K_BACKSPACE},
	{"Delete", K_DELETE},
	{"Insert", K_INSERT},
	{"Up", K_UP},
	{"Down", K_DOWN},
	{"Left", K_LEFT},
	{"Right", K_RIGHT},
	{"Home", K_HOME},
	{"End", K_END},
	{"PgUp", K_PGUP},
	{"PgDn", K_PGDN},
	{"Mouse", K_MOUSE},
	{"Resize", K_RESIZE},
	{"Paste", K_PASTE},
};

bool key_equal(const struct key *a, const struct key *b)
{
	return a->code == b->code && a->mod == b->mod;
}

/* One UTF-8 character that fills s[0..n). Returns it, or 0. */
static uint32_t one_char(const char *s, size_t n)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *u = (const unsigned char *)s;
	size_t len = u[0] < 0x80             ? 1
		     : (u[0] & 0xe0) == 0xc0 ? 2
		     : (u[0] & 0xf0) == 0xe0 ? 3
		     : (u[0] & 0xf8) == 0xf0 ? 4
					     : 0;
	if (n == 0 || len != n)
		return 0;
	uint32_t c = len == 1 ? u[0] : u[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3f);
	}
	bool bad = c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff);
	return bad || c < 0x20 || (c >= 0x7f && c < 0xa0) ? 0 : c;
}

static uint32_t named(const char *s, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i].name) == n && strncmp(names[i].name, s, n) == 0)
			return names[i].code;
	if (n < 2 || n > 3 || s[0] != 'F' || s[1] < '1' || s[1] > '9' || (n == 3 && (s[2] < '0' || s[2] > '9')))
		return 0;
	int f = n == 2 ? s[1] - '0' : (s[1] - '0') * 10 + s[2] - '0';
	return f <= 20 ? K_F1 + (uint32_t)f - 1 : 0;
}

/* What terminals send as the same bytes becomes the same key. */
static void canonical(struct key *k)
{
	if (k->code < 0x80 && k->mod & KEY_SHIFT) {
		if (k->code >= 'a' && k->code <= 'z' && !(k->mod & KEY_CTRL))
			k->code -= 'a' - 'A';
		k->mod &= ~(unsigned)KEY_SHIFT;
	}
	if (k->code == K_TAB && k->mod & KEY_SHIFT) {
		k->code = K_BACKTAB;
		k->mod &= ~(unsigned)KEY_SHIFT;
	}
	if (!(k->mod & KEY_CTRL) || k->code >= 0x80)
		return;
	if (k->code >= 'A' && k->code <= 'Z')
		k->code += 'a' - 'A';
	uint32_t plain = k->code == 'i' ? K_TAB : k->code == 'm' ? K_ENTER : k->code == '[' ? K_ESC : 0;
	if (plain != 0) {
		k->code = plain;
		k->mod &= ~(unsigned)KEY_CTRL;
	}
	if (k->code == '@')
		k->code = ' ';
}

/* The name that was probably meant, for a hint; NULL if none is near. */
static const char *nearest(const char *s, size_t n)
{
	char word[24];
	snprintf(word, sizeof(word), "%.*s", (int)n, s);
	const char *best = NULL;
	int least = 3;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		int d = str_distance(word, names[i].name);
		if (d < least) {
			least = d;
			best = names[i].name;
		}
	}
	return best;
}

int key_parse(const char *name, size_t n, struct key *k, struct err *e)
{
	const char *s = name;
	size_t left = n;
	*k = (struct key){0};
	while (left > 2 && s[1] == '-' && strchr("CMS", s[0]) != NULL) {
		k->mod |= s[0] == 'C' ? KEY_CTRL : s[0] == 'M' ? KEY_ALT : KEY_SHIFT;
		s += 2;
		left -= 2;
	}
	k->code = left > 0 ? one_char(s, left) : 0;
	if (k->code == 0)
		k->code = named(s, left);
	if (k->code != 0) {
		canonical(k);
		return 0;
	}
	if (e == NULL)
		return -1;
	err_set(e, ERR_INPUT, _("`%.*s` is no key"), (int)(n < 40 ? n : 40), name);
	const char *near = nearest(s, left);
	if (near != NULL)
		err_hint(e, _("did you mean `%s`?"), near);
	err_hint(e, _("keys are written a, A, C-x, M-x, F1 to F20, Enter, Esc, Tab, BackTab, Space, Backspace, Delete, "
		      "Insert, Up, "
		      "Down, Left, Right, Home, End, PgUp, PgDn"));
	return -1;
}

static size_t utf8(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)((0xf00 >> n) | c);
	return n;
}

void key_label(const struct key *k, char out[16])
{
	char word[12] = "?";
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].code == k->code)
			snprintf(word, sizeof(word), "%s", names[i].name);
	if (k->code >= K_F1 && k->code <= K_F20)
		snprintf(word, sizeof(word), "F%u", (unsigned)(k->code - K_F1 + 1) % 100);
	else if (k->code > ' ' && k->code < K_ENTER)
		word[utf8(k->code, word)] = '\0';
	snprintf(out, 16, "%s%s%s%.9s", k->mod & KEY_CTRL ? "C-" : "", k->mod & KEY_ALT ? "M-" : "",
		k->mod & KEY_SHIFT ? "S-" : "", word);
}

/* Keys that send ESC [ NUMBER ~ , by code. */
static int tilde(uint32_t code)
{
	static const unsigned char f[] = {15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34};
	switch (code) {
	case K_INSERT:
		return 2;
	case K_DELETE:
		return 3;
	case K_PGUP:
		return 5;
	case K_PGDN:
		return 6;
	default:
		return code >= K_F1 + 4 && code <= K_F20 ? f[code - K_F1 - 4] : 0;
	}
}

/* Keys that send ESC [ LETTER. */
static char letter(uint32_t code)
{
	switch (code) {
	case K_UP:
		return 'A';
	case K_DOWN:
		return 'B';
	case K_RIGHT:
		return 'C';
	case K_LEFT:
		return 'D';
	case K_HOME:
		return 'H';
	case K_END:
		return 'F';
	default:
		return code >= K_F1 && code < K_F1 + 4 ? (char)('P' + (int)(code - K_F1)) : '\0';
	}
}

static size_t special_bytes(const struct key *k, bool app_cursor, char out[16])
{
	unsigned mod =
		1 + (k->mod & KEY_SHIFT ? 1u : 0u) + (k->mod & KEY_ALT ? 2u : 0u) + (k->mod & KEY_CTRL ? 4u : 0u);
	int number = tilde(k->code);
	char final = letter(k->code);
	bool function = k->code >= K_F1;
	if (number != 0 && mod > 1)
		return (size_t)snprintf(out, 16, "\033[%d;%u~", number, mod);
	if (number != 0)
		return (size_t)snprintf(out, 16, "\033[%d~", number);
	if (final == '\0')
		return 0;
	if (mod > 1)
		return (size_t)snprintf(out, 16, "\033[1;%u%c", mod, final);
	return (size_t)snprintf(out, 16, "\033%c%c", function || app_cursor ? 'O' : '[', final);
}

/* A character under Ctrl. Returns -1 if there is no such byte. */
static int control(uint32_t c)
{
	if (c >= 'a' && c <= 'z')
		return (int)c & 0x1f;
	if (c == ' ')
		return 0;
	if (c == '/')
		return 0x1f;
	if (c == '?')
		return 0x7f;
	return c >= '[' && c <= '_' ? (int)c & 0x1f : -1;
}

/* The byte of a key that sends just one, or -1. */
static int single(uint32_t code)
{
	return code == K_ENTER ? '\r' : code == K_ESC ? 0x1b : code == K_TAB ? '\t' : code == K_BACKSPACE ? 0x7f : -1;
}

size_t key_bytes(const struct key *k, bool app_cursor, char out[16])
{
	size_t n = 0;
	int byte = single(k->code);
	if (k->code == K_BACKTAB)
		return (size_t)snprintf(out, 16, "\033[Z");
	if (k->code >= K_ENTER && byte < 0)
		return k->code <= K_F20 ? special_bytes(k, app_cursor, out) : 0;
	if (k->code < K_ENTER && k->mod & KEY_CTRL && (byte = control(k->code)) < 0)
		return 0;
	if (k->code == K_NONE)
		return 0;
	if (k->mod & KEY_ALT)
		out[n++] = 0x1b;
	if (byte >= 0)
		out[n++] = (char)byte;
	else
		n += utf8(k->code, out + n);
	return n;
}
