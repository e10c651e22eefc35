/* plaintext: see plaintext.h. */
#include "core/plaintext.h"

#include "core/i18n.h"

/* Decode one character; 0 bytes used for invalid UTF-8 (overlong forms and surrogates included). */
static size_t decode(const unsigned char *s, size_t n, uint32_t *ch)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = s[0] < 0x80                   ? 1
		     : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
		     : (s[0] & 0xf0) == 0xe0       ? 3
		     : (s[0] & 0xf8) == 0xf0       ? 4
						   : 0;
	if (len == 0 || len > n)
		return 0;
	*ch = len == 1 ? s[0] : s[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*ch = *ch << 6 | (s[i] & 0x3fu);
	}
	return *ch < least[len] || *ch > 0x10ffff || (*ch >= 0xd800 && *ch < 0xe000) ? 0 : len;
}

/* What is wrong with a character in prose, or NULL. */
static const char *refused(uint32_t ch)
{
	if ((ch < 0x20 && ch != '\n' && ch != '\t') || (ch >= 0x7f && ch < 0xa0))
		return _("a control character");
	if ((ch >= 0x202a && ch <= 0x202e) || (ch >= 0x2066 && ch <= 0x2069) || ch == 0x200e || ch == 0x200f ||
		ch == 0x61c)
		return _("a character that reverses the direction of text");
	if ((ch >= 0x200b && ch <= 0x200d) || ch == 0x2060 || ch == 0xfeff || ch == 0xad)
		return _("an invisible character");
	return NULL;
}

const char *plaintext_fault(const char *text, size_t n, size_t *at, uint32_t *ch)
{
	for (size_t i = 0; i < n;) {
		uint32_t c = 0;
		size_t len = decode((const unsigned char *)text + i, n - i, &c);
		const char *why = len == 0 ? _("not valid UTF-8") : refused(c);
		if (at != NULL)
			*at = i;
		if (ch != NULL)
			*ch = len == 0 ? 0 : c;
		if (why != NULL)
			return why;
		i += len;
	}
	return NULL;
}
