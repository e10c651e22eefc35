/* compat: the tree's own headers, and the few places where kernel versions differ, behind one set of names. The KB_
 * macros come from build.sh, which found them by compiling a line. */
#ifndef KILN_KCONFIG_COMPAT_H
#define KILN_KCONFIG_COMPAT_H

#include "probes.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lkc.h"
#ifdef KB_SYM_HASHTABLE
#include "internal.h"
#endif

/* lkc.h makes CONFIG_ a call; our own code uses KCP_NAME. */
#undef CONFIG_

#ifdef KB_MENU_FILENAME
#define MENU_FILE(m) ((m)->filename != NULL ? (m)->filename : "")
#else
#define MENU_FILE(m) ((m)->file != NULL ? (m)->file->name : "")
#endif

static inline bool is_tri(const struct symbol *s)
{
	return s->type == S_BOOLEAN || s->type == S_TRISTATE;
}

/* The choice (its nameless symbol) that s is a member of, or NULL. */
static inline struct symbol *choice_of(struct symbol *s)
{
#ifdef KB_CHOICE_MENU
	struct menu *m = sym_get_choice_menu(s);
	return m != NULL ? m->sym : NULL;
#else
	return sym_is_choice_value(s) ? prop_get_symbol(sym_get_choice_prop(s)) : NULL;
#endif
}

#endif
