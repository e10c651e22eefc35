/* logtext: makes a line that a tool printed safe to keep and to show: escape sequences go (the colours that gcc and
 * others set by SGR are noted beside the text), control characters and invalid UTF-8 become U+FFFD, carriage returns
 * vanish. What comes out is always valid UTF-8 without any control character but TAB. */
#ifndef KILN_LOGTEXT_H
#define KILN_LOGTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "core/log.h"

#define LOGTEXT_MAX  65000 /* bytes of a line that are kept */
#define LOGTEXT_MARK 64    /* colour changes of a line that are kept */

struct logtext {
	char text[LOGTEXT_MAX + 4];
	size_t n;
	struct log_mark mark[LOGTEXT_MARK];
	size_t n_mark;
};

/* Clean n bytes into *t. */
void logtext_clean(struct logtext *t, const char *s, size_t n);
/* Length of the valid UTF-8 sequence at s (n > 0 bytes left), 0 if there is none. */
size_t logtext_utf8(const char *s, size_t n);

#endif
