/* default_keys: the key bindings kiln starts with, as the text a user could have written: `context keys command #
 * label`. It goes through the parser of keymap.c; labels are translated when they are shown. */
#ifndef KILN_DEFAULT_KEYS_H
#define KILN_DEFAULT_KEYS_H

extern const char default_keys[];

#endif
