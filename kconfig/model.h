/* model: the parsed tree as numbered nodes and symbols, in the order of the menu, and what depends on what. Made once
 * after parsing; the tree's structures stay the only place where values live. */
#ifndef KILN_KCONFIG_MODEL_H
#define KILN_KCONFIG_MODEL_H

#include <stdint.h>

#include "session.h"

struct node {
	struct menu *menu;
	int parent, first, next, depth, sym; /* -1: none */
};

/* State of a symbol as last told to the client. */
struct state {
	uint8_t value, visible, least, flags; /* flags: see proto.h */
	char *text;                           /* of int, hex and string; NULL otherwise */
};

struct entry {
	struct symbol *sym;
	int node;   /* first with a prompt, else first */
	int choice; /* entry of the choice it is a member of; -1 */
	struct state told;
};

struct model {
	struct node *node;
	struct entry *entry;
	int n_node, n_entry;
	uint8_t *shown; /* per node: visible, as last told */
	/* Units are entries, then nodes (n_entry + node). Who depends on entry i: dependent[first[i] … first[i + 1] -
	 * 1]. */
	int *first, *dependent;
	int *rank;    /* per unit: what it depends on has a lower rank */
	int **member; /* per entry that is a choice: entries of its members, ended by -1; else NULL */
	bool graph;
};
extern struct model model;

void model_build(void);
/* Find out what depends on what; only needed for edits one by one. */
void model_build_graph(void);
/* The number of a symbol, -1 if it stands in no menu. */
int model_index(const struct symbol *s);
/* Write everything that does not change with values to a file (image.h); atomic. */
int model_write_image(const char *path, const char *fingerprint);
/* Is there such an image, and does it still hold? */
bool model_image_is_right(const char *path, const char *fingerprint);
/* Keep only the newest few files of this name in the cache folder. */
void model_prune_cache(const char *dir, const char *prefix);

#endif
