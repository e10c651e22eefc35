/* track: keeps all values up to date after an edit by computing anew only what can have changed, and tells every change
 * with the one that led to it. Invariant: afterwards every symbol has the value that computing all of them would give.
 */
#ifndef KILN_KCONFIG_TRACK_H
#define KILN_KCONFIG_TRACK_H

#include "model.h"

/* Compute everything and remember it as told. op: as for track_tell. */
int track_all(int op);
/* The user's value of these entries changed: compute on from them. More calls may follow before track_tell. */
void track_touch(int entry);
void track_run(void);
/* Send what changed since the last time as this frame (0: forget it). Returns the number of changes. */
int track_tell(int op);
/* Something changed values behind our back: compute everything at the next run. */
void track_distrust(void);
void track_start(void);
/* Its state as last told, if its value is another now; else NULL. Borrowed until the next track_tell. */
const struct state *track_was(int entry);
/* cause.c: the entry whose change led to this one's, as far as its expressions tell; -1: they do not. */
int cause_of(int entry);
bool track_is_on(void);
/* All states and visible nodes: the answer to KCP_STATE, without the head. */
void track_send_state(void);

#endif
