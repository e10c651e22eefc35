/* plaintext: text that strangers wrote and people will read: valid UTF-8 without what deceives a reader or acts on a
 * terminal: controls (C0 but newline and tab, C1), characters that reverse the direction of text, invisible ones. */
#ifndef KILN_PLAINTEXT_H
#define KILN_PLAINTEXT_H

#include <stddef.h>
#include <stdint.h>

/* What is wrong with n bytes of text, in words (static), or NULL. *at: the byte where it is; *ch: the character, 0 for
 * what is no UTF-8. at and ch may be NULL. */
const char *plaintext_fault(const char *text, size_t n, size_t *at, uint32_t *ch);

#endif
