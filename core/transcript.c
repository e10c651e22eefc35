/* transcript: see transcript.h. A small state machine over characters; the escape grammar is ECMA-48's. */
#include "core/transcript.h"

#include <stdbool.h>

#define REPLACEMENT 0xFFFD
#define STRING_MAX  4096

void transcript_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_addc(out, (char)c);
	} else if (c < 0x800) {
		const char b[] = {(char)(0xC0 | c >> 6), (char)(0x80 | (c & 0x3F))};
		buf_add(out, b, sizeof(b));
	} else if (c < 0x10000) {
		const char b[] = {(char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3F)), (char)(0x80 | (c & 0x3F))};
		buf_add(out, b, sizeof(b));
	} else {
		const char b[] = {(char)(0xF0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3F)),
			(char)(0x80 | (c >> 6 & 0x3F)), (char)(0x80 | (c & 0x3F))};
		buf_add(out, b, sizeof(b));
	}
}

/* Characters that reorder or hide the text around them. */
static bool deceives(uint32_t c)
{
	return (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
	       c == 0xFEFF;
}

static void begin_string(struct transcript *t)
{
	t->state = TRANSCRIPT_STRING;
	t->length = 0;
}

/* A C1 control, 0x80…0x9F. */
static void control(struct transcript *t, uint32_t c)
{
	if (c == 0x9B)
		t->state = TRANSCRIPT_CSI;
	else if (c == 0x90 || c == 0x98 || (c >= 0x9D && c <= 0x9F))
		begin_string(t);
}

static void text(struct transcript *t, uint32_t c, struct buf *out)
{
	if (c == 0x1B)
		t->state = TRANSCRIPT_ESC;
	else if (c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7F))
		buf_addc(out, (char)c);
	else if (c >= 0x80 && c < 0xA0)
		control(t, c);
	else if (c >= 0xA0 && !deceives(c))
		transcript_utf8(out, c);
}

/* After ESC: intermediates 0x20…0x2F go on, 0x40…0x5F are the C1 controls, everything else ends it. */
static void escape(struct transcript *t, uint32_t c, struct buf *out)
{
	if (c >= 0x20 && c < 0x30)
		return;
	t->state = TRANSCRIPT_TEXT;
	if (c >= 0x40 && c < 0x60)
		control(t, c + 0x40);
	else if (c < 0x20)
		text(t, c, out);
}

static void csi(struct transcript *t, uint32_t c, struct buf *out)
{
	if (c >= 0x20 && c < 0x40)
		return;
	if (c < 0x20 && c != 0x1B && c != 0x18 && c != 0x1A) { /* controls act in the middle of it */
		if (c == '\n' || c == '\t')
			buf_addc(out, (char)c);
		return;
	}
	t->state = c == 0x1B ? TRANSCRIPT_ESC : TRANSCRIPT_TEXT;
}

/* Up to BEL, ST or CAN; a newline or too many characters end it as well, lest one stray ESC ] hides all that follows.
 */
static void string(struct transcript *t, uint32_t c, struct buf *out)
{
	if (c == 0x1B) {
		t->state = TRANSCRIPT_ESC;
	} else if (c == 0x07 || c == 0x9C || c == 0x18 || c == 0x1A) {
		t->state = TRANSCRIPT_TEXT;
	} else if (c == '\n' || ++t->length > STRING_MAX) {
		t->state = TRANSCRIPT_TEXT;
		text(t, c, out);
	}
}

static void character(struct transcript *t, uint32_t c, struct buf *out)
{
	switch (t->state) {
	case TRANSCRIPT_TEXT:
		text(t, c, out);
		break;
	case TRANSCRIPT_ESC:
		escape(t, c, out);
		break;
	case TRANSCRIPT_CSI:
		csi(t, c, out);
		break;
	case TRANSCRIPT_STRING:
		string(t, c, out);
		break;
	}
}

/* The first byte of a character of several bytes; false if it cannot be one. */
static bool lead(struct transcript *t, unsigned char b)
{
	if (b >= 0xC2 && b < 0xE0) {
		t->needed = 1;
		t->code = b & 0x1F;
		t->least = 0x80;
	} else if (b >= 0xE0 && b < 0xF0) {
		t->needed = 2;
		t->code = b & 0x0F;
		t->least = 0x800;
	} else if (b >= 0xF0 && b < 0xF5) {
		t->needed = 3;
		t->code = b & 0x07;
		t->least = 0x10000;
	}
	return t->needed > 0;
}

static bool is_character(const struct transcript *t)
{
	return t->code >= t->least && t->code <= 0x10FFFF && (t->code < 0xD800 || t->code > 0xDFFF);
}

static void byte(struct transcript *t, unsigned char b, struct buf *out)
{
	if (t->needed > 0 && (b & 0xC0) == 0x80) {
		t->code = t->code << 6 | (b & 0x3F);
		if (--t->needed == 0)
			character(t, is_character(t) ? t->code : REPLACEMENT, out);
		return;
	}
	if (t->needed > 0) {
		t->needed = 0;
		character(t, REPLACEMENT, out);
	}
	if (b < 0x80)
		character(t, b, out);
	else if (!lead(t, b))
		character(t, REPLACEMENT, out);
}

void transcript_feed(struct transcript *t, const char *bytes, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		byte(t, (unsigned char)bytes[i], out);
}
