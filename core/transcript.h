/* transcript: guest bytes made safe for a terminal or a log: UTF-8 text, newline and tab, nothing else. Escape
 * sequences and control strings (OSC, DCS, …) vanish, in their 7-bit and their UTF-8 8-bit forms; C0 and C1 controls,
 * CR included, and bidirectional overrides vanish; what is not UTF-8 becomes U+FFFD. Works on a stream cut anywhere. */
#ifndef KILN_TRANSCRIPT_H
#define KILN_TRANSCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

/* Zero-initialise. */
struct transcript {
	enum { TRANSCRIPT_TEXT, TRANSCRIPT_ESC, TRANSCRIPT_CSI, TRANSCRIPT_STRING } state;
	size_t length;   /* of the control string so far: an endless one is given up */
	uint32_t code;   /* UTF-8 character being put together */
	uint32_t least;  /* smallest code that may take this many bytes */
	unsigned needed; /* bytes of it still to come */
};

/* Append the safe form of bytes to out. */
void transcript_feed(struct transcript *t, const char *bytes, size_t n, struct buf *out);
/* Append one character as UTF-8. */
void transcript_utf8(struct buf *out, uint32_t code);

#endif
