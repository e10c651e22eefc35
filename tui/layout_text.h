/* layout_text: the split tree and its text form. Private to layout.c and layout_text.c. */
#ifndef KILN_LAYOUT_TEXT_H
#define KILN_LAYOUT_TEXT_H

#include "core/str.h"
#include "tui/layout.h"

enum { LAYOUT_DEPTH = 12, LAYOUT_LEAVES = 24, LAYOUT_WHOLE = 10000 };

struct node {
	struct node *up, *part[2]; /* part[0] == NULL: a leaf */
	char direction;            /* 'h': parts side by side; 'v': above each other */
	int share;                 /* of part[0], in LAYOUT_WHOLE-ths */
	struct strv stack;         /* a leaf's panes, the first shows */
	struct rect rect;          /* as last fitted */
};

/* Read "tree [focus NAME] [zoom]". *focus is owned ("" if not said). Returns owned, or NULL with *e. */
struct node *node_parse(const char *text, char **focus, bool *zoom, struct err *e);
void node_write(const struct node *n, struct buf *out);
struct node *node_leaf(const char *pane);
void node_free(struct node *n);

#endif
