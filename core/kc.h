/* kc: the kernel's options as a model for the screen and `kiln config`: the menu tree, every symbol with its present
 * state, edits with their complete consequences, undo, reasons and plans. Asynchronous: requests queue until the helper
 * is ready and answer on the loop, in order; reading the model is immediate. Rows are known by symbol and node index,
 * which stay the same as long as the tree does. More in core/kc_more.h. Invariant: the model is what the tree's own
 * conf would compute. */
#ifndef KILN_KC_H
#define KILN_KC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "core/err.h"
#include "core/str.h"

struct kc; /* opaque */

enum kc_type { KC_UNKNOWN, KC_BOOL, KC_TRISTATE, KC_INT, KC_HEX, KC_STRING };
/* What a node is. KC_CHOICE: its children are the members, one of which is y. KC_GROUP: an `if`, without a prompt. */
enum kc_kind { KC_MENU, KC_SYMBOL, KC_CHOICE, KC_COMMENT, KC_GROUP };

/* A place in the menu tree. Strings are borrowed from the model. */
struct kc_node {
	int parent, first, next; /* nodes; -1: none. Node 0 is the root. */
	int sym;                 /* -1: none */
	int depth, line;
	enum kc_kind kind;
	bool menu;                        /* opens a page of its own: menu or menuconfig */
	const char *prompt, *help, *file; /* prompt NULL: cannot be set here; help NULL: none */
};

enum kc_flag {
	KC_CHANGEABLE = 1, /* can be set by hand now */
	KC_USER = 2,       /* has a value of the user's (else its default: new) */
	KC_WRITTEN = 4,    /* stands in the .config */
	KC_IS_CHOICE = 8,  /* the nameless symbol of a choice */
	KC_MEMBER = 16,    /* of a choice */
	KC_MODULAR = 32,   /* m is possible: a tristate, and MODULES is on */
};
/* A symbol and its state. value: as in a .config without quotes; "n" if not set. */
struct kc_sym {
	const char *name; /* NULL: a choice */
	enum kc_type type;
	int node;   /* its first place with a prompt, else its first; -1: none */
	int choice; /* symbol of the choice it is a member of; -1: none */
	const char *value;
	uint8_t visible, least; /* 0 n, 1 m, 2 y: most that can be set by hand; least, forced by what selects it */
	uint8_t flags;          /* enum kc_flag */
};

/* One consequence of an edit. because: the symbol whose change led to it, -1: the edit itself. */
struct kc_change {
	int sym, because;
	char *was, *now;
};
/* What an edit did, or why it did nothing. */
struct kc_result {
	bool done;
	const struct kc_change *change; /* values that changed, the edited ones first */
	size_t n;
	struct strv reason; /* !done: why not, in words */
	const char *what;   /* undo and redo: the edit */
};
/* One step of a plan; sym's name and the value to set. */
struct kc_step {
	const char *name, *value;
};

struct kc_params {
	const char *tree, *cc; /* cc NULL: gcc */
	const char *config;    /* .config to load; NULL or absent: the tree's tinyconfig */
	/* The menu tree can be read (from the cache, at once); then: values are there and edits are answered. ready may
	 * come again with an error: the tree was changed while it was open, close it and open it anew. */
	void (*tree_ready)(void *ctx);
	void (*ready)(void *ctx, struct err *e);
	/* The model changed: rev moved. May come at any time. */
	void (*changed)(void *ctx);
	/* The parser or kiln said something: warnings with file:line, a helper that crashed and came back. */
	void (*message)(void *ctx, const char *text, bool is_warning);
	void *ctx;
};

/* Open. Returns owned, NULL with *e. */
struct kc *kc_open(uv_loop_t *loop, const struct kc_params *p, struct err *e);
/* End the helper; requests still open are answered with ERR_CANCELLED. May be called from a callback. */
void kc_close(struct kc *kc);

/* Reading. Valid from tree_ready on; values from ready on (till then as the .config file has them). */
bool kc_is_ready(const struct kc *kc);
unsigned kc_rev(const struct kc *kc);
int kc_n_nodes(const struct kc *kc);
int kc_n_syms(const struct kc *kc);
void kc_node(const struct kc *kc, int node, struct kc_node *out);
void kc_sym(const struct kc *kc, int sym, struct kc_sym *out);
bool kc_node_visible(const struct kc *kc, int node);
/* By name, with or without CONFIG_. -1: none. */
int kc_find(const struct kc *kc, const char *name);
/* Does the state differ from what was last loaded or saved? */
bool kc_is_modified(const struct kc *kc);
/* How many edits can be undone and redone. */
size_t kc_undo_depth(const struct kc *kc);
size_t kc_redo_depth(const struct kc *kc);

/* Editing. e is set if the helper failed or the request was cancelled; a refused edit is no error: r->done is false. */
typedef void kc_result_cb(void *ctx, const struct kc_result *r, struct err *e);
/* value: "y", "m", "n", a number or text; NULL: forget the user's value. A choice is set by setting the member. */
void kc_set(struct kc *kc, const char *name, const char *value, kc_result_cb *cb, void *ctx);
/* Several at once, as one undoable edit: what a plan gives. what: what undo and redo call it; NULL: nothing special. */
void kc_apply(struct kc *kc, const struct kc_step *step, size_t n, const char *what, kc_result_cb *cb, void *ctx);
void kc_undo(struct kc *kc, kc_result_cb *cb, void *ctx);
void kc_redo(struct kc *kc, kc_result_cb *cb, void *ctx);

#endif
