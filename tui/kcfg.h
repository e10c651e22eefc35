/* kcfg: what the files of the kernel options pane share: pane_kconfig.c (the pane), kcfg_rows.c (which
 * rows are shown), kcfg_base.c (what they are compared with), kcfg_cmd.c (commands), kcfg_draw.c (how), kcfg_edit.c
 * (edits, plans, saving), kcfg_detail.c (all on one symbol). Nobody else includes it. Invariant: the cursor is a node
 * of the menu tree, never a row: nothing jumps. */
#ifndef KILN_KCFG_H
#define KILN_KCFG_H

#include <stdbool.h>
#include <stddef.h>

#include "core/kc.h"
#include "core/kc_more.h"
#include "tui/kcfg_base.h"
#include "tui/kcfg_detail.h"
#include "tui/ui.h"

enum kcfg_filter {
	KCFG_ALL,
	KCFG_CHANGED,
	KCFG_USER,
	KCFG_ARTICLE,
	KCFG_FORCED,
	KCFG_NEW,
	KCFG_DIFFERENT,
	KCFG_MARKED,
	KCFG_PRESET, /* other than the lab's preset makes it */
	KCFG_TINY,   /* other than the tree's tinyconfig */
	KCFG_FILTER_N
};

struct kcfg {
	struct pane *pane;
	struct kc *kc;         /* NULL until there is a source tree */
	char *tree;            /* the tree that kc is open on */
	char *identity;        /* of its Kconfig files and the compiler when they were read (kcbuild.h) */
	struct err broken;     /* why it could not be opened */
	bool tree_here, ready; /* the menu can be read; values are there */
	unsigned pipeline_rev; /* as of the last look at the lab */

	int *row; /* nodes shown, in order */
	size_t n_row, top;
	int cursor;             /* node */
	bool *open;             /* per node: its children are shown */
	bool *marked, *differs; /* per node; per symbol: other than its default, as last asked */
	bool show_all;          /* invisible ones too */
	bool flat;              /* no tree: only what the filter lets through */
	enum kcfg_filter filter;
	bool stale; /* rows must be computed anew */

	char *pattern; /* of the search, NULL none */
	int *hit;      /* nodes */
	size_t n_hit, at_hit;
	bool searching; /* the prompt is open: rows are the hits */
	int before;     /* cursor when it was opened */

	struct kcfg_base saved, other; /* as the file was read; as the preset or tinyconfig has it */
	struct kcfg_making *making;    /* the latter is being made */
	struct strv news;              /* what the last edit changed, or why it did not; shown at the bottom */
	bool news_bad;
	bool asked;     /* the user chose where to begin in a lab without kernel.config */
	unsigned edits; /* requests under way */

	char *plan_name, *plan_value; /* a plan waits for an answer */
	struct kc_step *plan;
	size_t n_plan;
	struct kcfg_detail detail;
};

/* kcfg_rows.c */
void kcfg_rows(struct kcfg *k);
/* Row of a node, or -1. */
long kcfg_row_of(const struct kcfg *k, int node);
/* Open all its ancestors and put the cursor on it. */
void kcfg_reveal(struct kcfg *k, int node);
/* The same; of an option that stands in no menu, its page. */
void kcfg_show(struct kcfg *k, int node);
void kcfg_move(struct kcfg *k, long rows);
/* Open the menu at the cursor, or go into it; close it, or go to the one around it. */
void kcfg_fold(struct kcfg *k, bool open);
/* Is it one of the article's five? */
bool kcfg_is_article(const char *name);
extern const char *const kcfg_article[5];
void kcfg_search(struct kcfg *k, const char *pattern, bool fuzzy);
void kcfg_next_hit(struct kcfg *k, int dir);

/* kcfg_cmd.c */
enum { KCFG_COMMANDS = 25 };
extern const struct cmd kcfg_commands[KCFG_COMMANDS];

/* kcfg_draw.c */
void kcfg_draw(struct kcfg *k, const struct draw *d, bool focused);
/* The value as the row shows it: "[*]", "<M>", "(250)". buf holds n bytes. */
void kcfg_value(const struct kc_sym *s, char *buf, size_t n);
/* What the filter shows, in words; "": all. */
const char *kcfg_filter_name(const struct kcfg *k);
/* The tree row at a line of the pane, or -1. */
long kcfg_row_at(const struct kcfg *k, int y);

/* kcfg_edit.c */
/* value NULL: the next one in turn. Asks first where the lab has no kernel.config yet. */
void kcfg_set(struct kcfg *k, const char *name, const char *value);
void kcfg_undo(struct kcfg *k, bool redo);
void kcfg_plan(struct kcfg *k, const char *name, const char *value);
void kcfg_why(struct kcfg *k, const char *name);
void kcfg_news(struct kcfg *k, bool bad, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void kcfg_news_clear(struct kcfg *k);
void kcfg_load(struct kcfg *k, const char *path);
void kcfg_unset(struct kcfg *k, const char *name);
/* Ask which options differ from their defaults; rows follow. */
void kcfg_ask_different(struct kcfg *k);
enum kcfg_file { KCFG_LOAD, KCFG_MERGE, KCFG_SAVE, KCFG_SAVE_MINIMAL };
/* path: from the lab, or absolute. */
void kcfg_file(struct kcfg *k, enum kcfg_file what, const char *path);
void kcfg_mode(struct kcfg *k, const char *mode);
/* The lab's kernel.config changed on disk: take it, or ask if there are edits in the way. */
void kcfg_reload(struct kcfg *k);

#endif
