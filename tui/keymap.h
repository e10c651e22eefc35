/* keymap: which command a key sequence stands for. Rows are text, `context keys command…`, one per line; the default
 * map is such a text compiled in (and shown by `kiln help keys`), the user's file ($XDG_CONFIG_HOME/kiln/keys) goes
 * through the same parser and is laid over it. Contexts are searched from the most special one outwards; within one the
 * longest sequence wins. Contexts: global, normal (any pane that does not capture keys), one per pane (kconfig, source,
 * log, console, messages, lesson, workshop), prompt, overlay. A row with the command `none` takes a binding away. */
#ifndef KILN_KEYMAP_H
#define KILN_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/cmd.h"
#include "core/err.h"
#include "tui/key.h"

struct keymap; /* opaque */

struct keymap_row {
	const char *context, *keys, *command; /* keys as written, blanks normalised */
	const char *label;                    /* short text for the function bar: `… # label`; NULL: not in the bar */
};

/* The compiled-in map. Never fails: asserted by a test. Returns owned. */
struct keymap *keymap_default(void);
/* Lay text over it. path is for messages. All or nothing: 0, or -1 with *e at path:line:col. Commands are checked
 * against t when it is not NULL. */
int keymap_parse(struct keymap *m, const char *path, const char *text, const struct cmd_table *t, struct err *e);
/* Where the user's file would be. Returns owned. */
char *keymap_user_path(void);
/* The user's file, if there is one. On an error the map stays as it was. */
int keymap_load_user(struct keymap *m, const struct cmd_table *t, struct err *e);
void keymap_free(struct keymap *m);

enum keymap_hit { KEYMAP_NONE, KEYMAP_PREFIX, KEYMAP_COMMAND };
/* Look up n keys in the contexts (NULL-terminated, most special first). KEYMAP_COMMAND: *command is borrowed. */
enum keymap_hit keymap_find(
	const struct keymap *m, const char *const *contexts, const struct key *keys, size_t n, const char **command);
/* Rows of a context (all contexts: NULL) in map order, calling fn for each. */
void keymap_each(
	const struct keymap *m, const char *context, void (*fn)(void *ctx, const struct keymap_row *r), void *ctx);
/* Keys bound to a command (its exact text first, else its first word) in a context (NULL: any), "F5"; NULL if none.
 * Borrowed. */
const char *keymap_keys_of(const struct keymap *m, const char *context, const char *command);
/* Text with each "{key:command}" replaced by the keys that are bound to the command now, "[F5]" (in the context, in
 * normal, global, then anywhere), or by how it is typed, "`:command`". Returns owned. */
char *keymap_text(const struct keymap *m, const char *context, const char *text);
/* What may follow the keys typed so far, for the which-key hints. command is NULL where more keys must follow. */
void keymap_continuations(const struct keymap *m, const char *const *contexts, const struct key *keys, size_t n,
	void (*fn)(void *ctx, const char *next_key, const char *command), void *ctx);

#endif
