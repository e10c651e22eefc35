/* edit: the user's edits, as menuconfig would take them, each one undoable, and plans. Invariant: what is undone is
 * exactly the user's values as they were; computed values follow through track. */
#ifndef KILN_KCONFIG_EDIT_H
#define KILN_KCONFIG_EDIT_H

#include "model.h"

struct step {
	int entry;
	const char *value; /* NULL: unset. Owned by whoever made the step. */
};

/* Begin an edit called `what` (shown by undo). */
void edit_begin(const char *what);
/* End it: keep it for undo, or roll it back. Values are computed then. */
void edit_end(bool keep);
/* One setting within an edit. false: refused, nothing changed. Computes what follows. */
bool edit_set(int entry, const char *value);
void edit_unset(int entry);
/* Within an edit: all values may change (load, merge). */
void edit_everything(void);
/* Undo or redo the last edit. Returns its name, NULL if there is none. */
const char *edit_undo(bool redo);
unsigned edit_depth(bool redo);
/* Mark the entries whose user value the edit in hand, else the last one, changed: mark[entry] = 1. */
void edit_mark(char *mark);
/* All of the user's values, invisible ones too, as lines in an order in which conf reads them to the same end. */
void edit_raw(struct text *out);

/* A plan to give entry this value: step[0 … n-1] in an order in which edit_set takes them. Returns n, -1: there is
 * none. Leaves everything as it was. */
#define PLAN_MAX 64
int plan_make(int entry, const char *value, struct step step[PLAN_MAX]);

/* detail.c: everything on a symbol, as the answer to KCP_DETAIL. */
void detail(int entry);

#endif
