/* ytree: a strict subset of YAML as a small tree, from libyaml's events, for data that strangers wrote (lessons).
 * Scalars are plain text (no implicit types: `TTY: y` stays "y"). Refused at file:line:col: anchors, aliases, tags,
 * several documents, duplicate keys, nesting over 6, more than 4096 nodes, characters that deceive
 * (plaintext.h), escaped ones too. */
#ifndef KILN_YTREE_H
#define KILN_YTREE_H

#include <stddef.h>

#include "core/err.h"

enum ynode_kind { YNODE_TEXT, YNODE_LIST, YNODE_MAP };

struct ynode {
	enum ynode_kind kind;
	char *text; /* YNODE_TEXT */
	char *key;  /* its key, when it is a value of a map; else NULL */
	int line, col;
	struct ynode *item; /* of a list or map, in order */
	size_t n;
};

/* Parse n bytes that begin at line `first_line` of path. Returns owned, or NULL with *e. An empty text is an empty map.
 */
struct ynode *ynode_parse(const char *path, int first_line, const char *text, size_t n, struct err *e);
void ynode_free(struct ynode *y);
/* Value of a key, or NULL. */
const struct ynode *ynode_get(const struct ynode *map, const char *key);
/* Text of a key's scalar, or `otherwise`. */
const char *ynode_text(const struct ynode *map, const char *key, const char *otherwise);
/* All keys must be among `known` (blank-separated): else -1 with *e at the key, with the nearest known one. */
int ynode_only(const struct ynode *map, const char *path, const char *known, struct err *e);
/* Complain at a node. Returns -1. */
int ynode_err(const struct ynode *y, const char *path, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
