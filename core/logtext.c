/* logtext: see logtext.h. */
#include "core/logtext.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

size_t logtext_utf8(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = u[0] < 0x80 ? 1 : u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
	if (len == 1)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4 || len > n)
		return 0;
	uint32_t c = u[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3f);
	}
	return c >= least[len] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? len : 0;
}

/* Length of the escape sequence at s (n bytes left): CSI … final, a string (OSC, DCS …) up to BEL or ST, or ESC and one
 * more. */
static size_t escape_length(const char *s, size_t n)
{
	size_t i = 2;
	if (n < 2)
		return n;
	if (s[1] == '[') {
		while (i < n && (s[i] < 0x40 || s[i] > 0x7e))
			i++;
		return i < n ? i + 1 : n;
	}
	if (strchr("]PX^_", s[1]) != NULL) {
		while (i < n && s[i] != '\a' && !(s[i] == '\\' && s[i - 1] == '\033'))
			i++;
		return i < n ? i + 1 : n;
	}
	return 2;
}

/* One SGR parameter laid over a style. */
static uint8_t sgr_apply(uint8_t style, unsigned p)
{
	if (p == 0)
		return 0;
	if (p == 1)
		return style | LOG_MARK_BOLD;
	if (p == 22)
		return style & (uint8_t)~LOG_MARK_BOLD;
	if (p == 4)
		return style | LOG_MARK_UNDERLINE;
	if (p == 24)
		return style & (uint8_t)~LOG_MARK_UNDERLINE;
	if (p == 39)
		return style & (uint8_t)~LOG_MARK_COLOUR;
	if ((p >= 30 && p <= 37) || (p >= 90 && p <= 97))
		return (uint8_t)((style & ~LOG_MARK_COLOUR) | (p % 10 + 1));
	return style;
}

/* Skip the arguments of 38 and 48: `5;N` or `2;R;G;B`. */
static size_t sgr_skip(const unsigned *p, size_t n, size_t i)
{
	if ((p[i] != 38 && p[i] != 48) || i + 1 >= n)
		return i;
	return p[i + 1] == 5 ? i + 2 : p[i + 1] == 2 ? i + 4 : i + 1;
}

/* The style after the CSI at s[0..n), or the old one if it is no SGR. */
static uint8_t sgr(const char *s, size_t n, uint8_t style)
{
	unsigned p[16] = {0};
	size_t k = 0;
	if (n < 3 || s[1] != '[' || s[n - 1] != 'm')
		return style;
	for (size_t i = 2; i < n - 1; i++) {
		if (isdigit((unsigned char)s[i]))
			p[k] = p[k] < 1000 ? p[k] * 10 + (unsigned)(s[i] - '0') : p[k];
		else if (s[i] != ';' && s[i] != ':')
			return style; /* a private one */
		else if (++k == 16)
			return style;
	}
	for (size_t i = 0; i <= k; i++) {
		style = sgr_apply(style, p[i]);
		i = sgr_skip(p, k + 1, i);
	}
	return style;
}

static void note_style(struct logtext *t, uint8_t style)
{
	uint8_t now = t->n_mark > 0 ? t->mark[t->n_mark - 1].style : 0;
	if (style == now)
		return;
	if (t->n_mark > 0 && t->mark[t->n_mark - 1].at == t->n)
		t->mark[t->n_mark - 1].style = style;
	else if (t->n_mark < LOGTEXT_MARK)
		t->mark[t->n_mark++] = (struct log_mark){(uint16_t)t->n, style};
}

/* Is the character at s (len bytes) one that must not reach a screen: C0, DEL, C1? */
static bool is_control(const char *s, size_t len)
{
	unsigned char c = (unsigned char)s[0];
	if (len == 1)
		return (c < 0x20 && c != '\t') || c == 0x7f;
	return len == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0;
}

/* Copy one character, or U+FFFD for what is none. Returns the bytes used. */
static size_t take_char(struct logtext *t, const char *s, size_t n)
{
	size_t len = logtext_utf8(s, n);
	if (len == 0 || is_control(s, len)) {
		if (*s != '\r') {
			memcpy(t->text + t->n, "\xef\xbf\xbd", 3);
			t->n += 3;
		}
		return len != 0 ? len : 1;
	}
	memcpy(t->text + t->n, s, len);
	t->n += len;
	return len;
}

/* Plain printable ASCII at s, the common case. */
static size_t plain(const char *s, size_t n)
{
	size_t i = 0;
	while (i < n && (unsigned char)s[i] - 0x20u < 0x5f)
		i++;
	return i;
}

void logtext_clean(struct logtext *t, const char *s, size_t n)
{
	t->n = t->n_mark = 0;
	for (size_t i = 0; i < n && t->n + 4 <= LOGTEXT_MAX;) {
		size_t room = LOGTEXT_MAX - t->n, run = plain(s + i, n - i < room ? n - i : room);
		memcpy(t->text + t->n, s + i, run);
		t->n += run;
		i += run;
		if (i == n || t->n + 4 > LOGTEXT_MAX)
			break;
		if (s[i] == '\033') {
			size_t len = escape_length(s + i, n - i);
			note_style(t, sgr(s + i, len, t->n_mark > 0 ? t->mark[t->n_mark - 1].style : 0));
			i += len;
		} else {
			i += take_char(t, s + i, n - i);
		}
	}
	t->text[t->n] = '\0';
}
