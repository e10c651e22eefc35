/* ws_list: a list of lines in styles, each with a word it stands for: a model for textview. Views of the workshop are
 * made of it. Owns its lines. */
#ifndef KILN_WS_LIST_H
#define KILN_WS_LIST_H

#include "tui/textview.h"

#define WS_SPANS 8
struct ws_line {
	char *text, *word;
	enum style style;
	size_t number; /* the owner's: an instruction, an entry */
	struct {
		unsigned short from, to; /* bytes */
		unsigned char style;
	} span[WS_SPANS];
	unsigned char n_span;
};
struct ws_list {
	struct ws_line *v;
	size_t n;
	struct textview view;
	char *empty; /* what to say when there are no lines; owned, may be NULL */
};

void ws_list_init(struct ws_list *l);
void ws_list_clear(struct ws_list *l);
void ws_list_done(struct ws_list *l);
/* Add a line; text is taken, word copied. Returns it for its spans; valid until the next is added. */
struct ws_line *ws_list_add(struct ws_list *l, enum style style, char *text, const char *word);
void ws_span(struct ws_line *l, size_t from, size_t to, enum style style);
void ws_list_draw(struct ws_list *l, const struct draw *d, bool focused);
/* The word of the cursor's line; NULL if there is none. */
const char *ws_list_word(const struct ws_list *l);
/* To the next line (dir 1, -1) that has the text, ignoring case; false if none has. */
bool ws_list_find(struct ws_list *l, const char *text, int dir, bool here);

#endif
