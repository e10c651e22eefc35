/* recipe_flags: which flags a recipe may give to which tool. What is not in the table is refused: flags that load code
 * into a tool (-fplugin, -B, -specs, -wrapper), read command lines from files (@file) or name other places are not. */
#ifndef KILN_RECIPE_FLAGS_H
#define KILN_RECIPE_FLAGS_H

#include <stdbool.h>

#include "core/recipe.h"

/* What follows a flag as a word of its own. */
enum flag_arg {
	FLAG_ALONE,
	FLAG_OUTPUT, /* -o NAME */
	FLAG_WORD,   /* -z noexecstack, -e _start: letters, digits and _.=- */
	FLAG_FILE,   /* -T link.ld: a file of the folder */
	FLAG_TREE,   /* -include {tree}/x.h, or a file of the folder */
};

/* Is `word` a flag that `tool` may have? Sets *arg. Handles -Wl,… and -Wa,… by the linker's and assembler's rows. */
bool recipe_flag_allowed(enum recipe_tool tool, const char *word, enum flag_arg *arg);
/* A plain file name: letters, digits, _ + . -, beginning with a letter, digit or _; at most 64 bytes. */
bool recipe_is_name(const char *s);
/* A word after FLAG_WORD. */
bool recipe_is_word(const char *s);
/* A path below the kernel tree: plain components, no `..`. */
bool recipe_is_tree_path(const char *s);

#endif
