/* recipe: how the programs of one folder of init/ are made, as data: a file `recipe` whose steps look like the commands
 * one would type, but are never given to a shell. Invariant: a loaded recipe names only a closed set of tools and flags
 * (recipe_flags.h), reads sources only from its own folder and the kernel tree, and writes only plain names into the
 * objects folder: it may come from a stranger. Used by initbuild.c, the checks and `kiln init`.
 *
 *   title WORDS               one line for lists
 *   survives WORD…            eof empty long exec: what a shell of this folder lives through; tests hold it to that
 *   requires TOOL PACKAGE     a tool that is not everywhere, and the Debian package that has it
 *   flags NAME FLAG…          words for {NAME} in later steps
 *   program NAME              NAME, made by a step, is what this folder is for (repeats)
 *   cc|musl-gcc|as|ld|objcopy|strip WORD…
 *                             a step. `cc` is the lab's compiler (init.cc). {tree}/PATH in -I, -isystem and -include is
 * the kernel tree. `-o NAME`, or with -c the source's name with .o, is what the step makes. # comment at the beginning
 * of a line or after a blank
 */
#ifndef KILN_RECIPE_H
#define KILN_RECIPE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

enum recipe_tool { RECIPE_CC, RECIPE_MUSL_GCC, RECIPE_AS, RECIPE_LD, RECIPE_OBJCOPY, RECIPE_STRIP, RECIPE_TOOL_N };

enum recipe_kind {
	RECIPE_FLAG,   /* as it stands */
	RECIPE_SOURCE, /* a file of the variant's folder */
	RECIPE_MADE,   /* a file of the objects folder: made by this or an earlier step */
	RECIPE_TREE,   /* prefix + kernel tree + text */
};

struct recipe_word {
	enum recipe_kind kind;
	char *prefix; /* "-I" of RECIPE_TREE; else NULL */
	char *text;
};

struct recipe_step {
	enum recipe_tool tool;
	int line;
	struct recipe_word *word;
	size_t n;
	char *makes; /* NULL for a step in place (strip) */
};

struct recipe_need {
	char *tool, *package;
};

struct recipe {
	char *path;  /* of the recipe file, for messages */
	char *title; /* "" if not given */
	struct strv survives, program;
	struct recipe_need *need;
	size_t n_need;
	struct recipe_step *step;
	size_t n;
	bool uses_tree;
};

/* Read DIR/recipe and check that the sources it names are there. Returns 0, or -1 with *e at file:line:col. */
int recipe_load(struct recipe *r, const char *dir, struct err *e);
/* Parse text as if read from path, without looking for the sources. */
int recipe_parse(struct recipe *r, const char *path, const char *text, struct err *e);
void recipe_done(struct recipe *r);
/* Turn it into a recipe for the compiler's assembly of each C source, NAME.s; one without C has no steps then. */
void recipe_to_listing(struct recipe *r, bool clang);
/* Turn it into one for the same programs with line tables: -g, nothing stripped. A program that objcopy makes a bare
 * file of (a header by hand) becomes an ELF file whose addresses are the offsets in the bare one. */
void recipe_to_debug(struct recipe *r);
/* "cc", "ld", … as in the recipe. */
const char *recipe_tool_name(enum recipe_tool tool);
/* The first source file of a step, or NULL. */
const char *recipe_step_source(const struct recipe_step *s);

#endif
