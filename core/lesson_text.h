/* lesson_text: the parts of lesson parsing that know CommonMark (libcmark): prose out of its tree, and the refusal of
 * characters that could deceive a reader or a terminal. Used by lesson.c alone. */
#ifndef KILN_LESSON_TEXT_H
#define KILN_LESSON_TEXT_H

#include <cmark.h>

#include "core/lesson.h"

/* Where a cmark tree came from, for messages. */
struct lesson_place {
	const char *path;
	int first_line; /* of the text given to cmark */
};

/* Refuse invalid UTF-8, C0 controls, bidi and zero-width characters. Returns 0, or -1 with *e at the place. */
int lesson_text_check(const char *path, const char *text, size_t n, struct err *e);
/* Text of a block's inlines, marks kept as in Markdown. Returns owned, or NULL with *e (images, HTML). */
char *lesson_text_inline(cmark_node *block, const struct lesson_place *at, struct err *e);
/* Append a block (paragraph, list, code, quote, heading) to prose. */
int lesson_text_block(struct prose_list *out, cmark_node *block, const struct lesson_place *at, struct err *e);
/* Markdown text to prose, for {hint} and {after}. */
int lesson_text_parse(struct prose_list *out, const char *text, const struct lesson_place *at, struct err *e);
void prose_list_done(struct prose_list *l);

#endif
