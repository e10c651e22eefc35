/* paths: where kiln keeps what is not in a lab. Environment: KILN_DATA, KILN_CACHE,
 * XDG_CACHE_HOME, XDG_STATE_HOME, XDG_CONFIG_HOME, XDG_RUNTIME_DIR, TMPDIR, HOME (XDG base directory spec). */
#ifndef KILN_PATHS_H
#define KILN_PATHS_H

#include "core/err.h"

/* Shipped data (kconfig/, initsrc/, themes/, lessons/): $KILN_DATA, else the source tree or
 * PREFIX/share/kiln beside the running binary, else the compiled-in place. Returns owned. */
char *paths_data(const char *sub);
/* $KILN_CACHE or $XDG_CACHE_HOME/kiln or ~/.cache/kiln, joined with sub. Not created. Returns owned. */
char *paths_cache(const char *sub);
/* $XDG_STATE_HOME/kiln or ~/.local/state/kiln, joined with sub. Not created. Returns owned. */
char *paths_state(const char *sub);
/* $XDG_CONFIG_HOME/kiln or ~/.config/kiln, joined with sub: the user's keys and themes. Not created. Returns owned. */
char *paths_config(const char *sub);
/* Make a fresh private folder (0700) for sockets under $XDG_RUNTIME_DIR, $TMPDIR or /tmp: short enough for
 * sun_path (108 bytes). The caller removes it. Returns owned, or NULL with *e set. */
char *paths_runtime_new(struct err *e);
/* Absolute path of the running kiln binary (/proc/self/exe). Returns owned. */
char *paths_self(void);

#endif
