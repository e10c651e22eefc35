/* lesson_text: see lesson_text.h. */
#include "core/lesson_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/plaintext.h"

#define TEXT_DEPTH 16 /* of emphasis within emphasis */

int lesson_text_check(const char *path, const char *text, size_t n, struct err *e)
{
	size_t at = 0;
	uint32_t ch = 0;
	const char *why = plaintext_fault(text, n, &at, &ch);
	int line = 1, col = 1;
	for (size_t i = 0; why != NULL && i < at; i++) {
		col = text[i] == '\n' ? 1 : col + (((unsigned char)text[i] & 0xc0) != 0x80);
		line += text[i] == '\n';
	}
	if (why != NULL && ch == 0 && (at >= n || text[at] != '\0'))
		return err_at(e, path, line, col, "%s", why);
	return why == NULL ? 0 : err_at(e, path, line, col, _("%s (U+%04X) is not allowed in a lesson"), why, ch);
}

/* Inlines may have no line of their own: then that of the block above. */
static int line_of(cmark_node *node, const struct lesson_place *at)
{
	int line = cmark_node_get_start_line(node);
	for (cmark_node *up = node; line == 0 && up != NULL; up = cmark_node_parent(up))
		line = cmark_node_get_start_line(up);
	return at->first_line + (line > 0 ? line - 1 : 0);
}

static int refuse_node(cmark_node *node, const struct lesson_place *at, struct err *e)
{
	return err_at(e, at->path, line_of(node, at), 1, _("%s is not allowed in a lesson"),
		cmark_node_get_type_string(node));
}

/* A soft line break is a blank, but none between wide (CJK) characters. */
static void add_break(struct buf *b)
{
	bool wide =
		b->n >= 3 && ((unsigned char)b->p[b->n - 3] & 0xf0) == 0xe0 && (unsigned char)b->p[b->n - 3] >= 0xe3;
	if (!wide)
		buf_addc(b, ' ');
}

/* Text as Markdown gives it: a character reference (&#27;) may have become what the source itself may not hold. */
static int add_text(struct buf *b, cmark_node *node, const struct lesson_place *at, struct err *e)
{
	const char *text = cmark_node_get_literal(node);
	uint32_t ch = 0;
	const char *why = plaintext_fault(text, strlen(text), NULL, &ch);
	if (why != NULL)
		return err_at(e, at->path, line_of(node, at), 1, _("%s (U+%04X) is not allowed in a lesson"), why, ch);
	buf_adds(b, text);
	return 0;
}

static int add_inline(struct buf *b, cmark_node *parent, int depth, const struct lesson_place *at, struct err *e)
{
	if (depth > TEXT_DEPTH)
		return err_at(e, at->path, line_of(parent, at), 1, _("nested too deep"));
	for (cmark_node *c = cmark_node_first_child(parent); c != NULL; c = cmark_node_next(c)) {
		const char *mark = "";
		switch (cmark_node_get_type(c)) {
		case CMARK_NODE_TEXT:
			if (add_text(b, c, at, e) < 0)
				return -1;
			continue;
		case CMARK_NODE_SOFTBREAK:
			add_break(b);
			continue;
		case CMARK_NODE_LINEBREAK:
			buf_addc(b, '\n');
			continue;
		case CMARK_NODE_CODE:
			buf_addf(b, "`%s`", cmark_node_get_literal(c));
			continue;
		case CMARK_NODE_EMPH:
			mark = "*";
			break;
		case CMARK_NODE_STRONG:
			mark = "**";
			break;
		case CMARK_NODE_LINK:
			break;
		default:
			return refuse_node(c, at, e);
		}
		buf_adds(b, mark);
		if (add_inline(b, c, depth + 1, at, e) < 0)
			return -1;
		buf_adds(b, mark);
	}
	return 0;
}

char *lesson_text_inline(cmark_node *block, const struct lesson_place *at, struct err *e)
{
	struct buf b = {0};
	if (add_inline(&b, block, 0, at, e) == 0)
		return buf_take(&b);
	buf_done(&b);
	return NULL;
}

static void add_prose(struct prose_list *out, enum prose_kind kind, int level, char *text)
{
	out->v = xrealloc(out->v, (out->n + 1) * sizeof(*out->v));
	out->v[out->n++] = (struct prose){kind, level, text};
}

static int add_inline_block(struct prose_list *out, enum prose_kind kind, int level, cmark_node *block,
	const struct lesson_place *at, struct err *e)
{
	char *text = lesson_text_inline(block, at, e);
	if (text == NULL)
		return -1;
	add_prose(out, kind, level, text);
	return 0;
}

static int add_list(struct prose_list *out, cmark_node *list, int level, const struct lesson_place *at, struct err *e);

/* An item's first paragraph carries its mark ("- " or "2. "); further ones are plain paragraphs of its level. */
static int add_item(struct prose_list *out, cmark_node *item, int level, const struct lesson_place *at, struct err *e)
{
	cmark_node *list = cmark_node_parent(item);
	int number = cmark_node_get_list_start(list);
	for (cmark_node *p = cmark_node_previous(item); p != NULL; p = cmark_node_previous(p))
		number++;
	bool first = true;
	for (cmark_node *c = cmark_node_first_child(item); c != NULL; c = cmark_node_next(c), first = false) {
		if (cmark_node_get_type(c) == CMARK_NODE_LIST) {
			if (level > 3)
				return refuse_node(c, at, e);
			if (add_list(out, c, level + 1, at, e) < 0)
				return -1;
			continue;
		}
		if (cmark_node_get_type(c) != CMARK_NODE_PARAGRAPH)
			return refuse_node(c, at, e);
		char *text = lesson_text_inline(c, at, e);
		if (text == NULL)
			return -1;
		bool ordered = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST;
		char *marked = !first    ? xasprintf("  %s", text)
			       : ordered ? xasprintf("%d. %s", number, text)
					 : xasprintf("- %s", text);
		free(text);
		add_prose(out, PROSE_ITEM, level, marked);
	}
	return 0;
}

static int add_list(struct prose_list *out, cmark_node *list, int level, const struct lesson_place *at, struct err *e)
{
	for (cmark_node *c = cmark_node_first_child(list); c != NULL; c = cmark_node_next(c))
		if (add_item(out, c, level, at, e) < 0)
			return -1;
	return 0;
}

int lesson_text_block(struct prose_list *out, cmark_node *block, const struct lesson_place *at, struct err *e)
{
	switch (cmark_node_get_type(block)) {
	case CMARK_NODE_PARAGRAPH:
		return add_inline_block(out, PROSE_PARAGRAPH, 0, block, at, e);
	case CMARK_NODE_HEADING:
		return add_inline_block(out, PROSE_HEADING, cmark_node_get_heading_level(block), block, at, e);
	case CMARK_NODE_LIST:
		return add_list(out, block, 1, at, e);
	case CMARK_NODE_CODE_BLOCK:
		add_prose(out, PROSE_CODE, 0, xstrdup(cmark_node_get_literal(block)));
		return 0;
	case CMARK_NODE_BLOCK_QUOTE:
		for (cmark_node *c = cmark_node_first_child(block); c != NULL; c = cmark_node_next(c)) {
			if (cmark_node_get_type(c) != CMARK_NODE_PARAGRAPH)
				return refuse_node(c, at, e);
			if (add_inline_block(out, PROSE_QUOTE, 0, c, at, e) < 0)
				return -1;
		}
		return 0;
	default:
		return refuse_node(block, at, e);
	}
}

int lesson_text_parse(struct prose_list *out, const char *text, const struct lesson_place *at, struct err *e)
{
	cmark_node *doc = cmark_parse_document(text, strlen(text), CMARK_OPT_DEFAULT);
	int r = 0;
	for (cmark_node *c = cmark_node_first_child(doc); c != NULL && r == 0; c = cmark_node_next(c))
		r = lesson_text_block(out, c, at, e);
	cmark_node_free(doc);
	return r;
}

void prose_list_done(struct prose_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].text);
	free(l->v);
	memset(l, 0, sizeof(*l));
}
