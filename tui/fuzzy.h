/* fuzzy: how well a few typed characters fit a text: in order, not necessarily side by side, best at the beginnings of
 * words. For the palette and searches in lists. Pure. */
#ifndef KILN_FUZZY_H
#define KILN_FUZZY_H

#include <stdint.h>

/* A score that only whole words reach, not scattered letters. */
enum { FUZZY_WHOLE = 100 };

/* Every blank-separated word of pattern must be found in text (ASCII letters without regard to case). Returns a score,
 * higher is better (0 for an empty pattern), or -1. *hits gets a bit for each of the first 64 bytes that matched. */
int fuzzy_score(const char *pattern, const char *text, uint64_t *hits);

#endif
