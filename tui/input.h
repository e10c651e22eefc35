/* input: turns the bytes of a terminal into keys, mouse events and pastes (libtermkey; bracketed pastes are taken out
 * before it). Knows no descriptor: bytes are pushed in. Called by screen.c. */
#ifndef KILN_INPUT_H
#define KILN_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "tui/key.h"

struct input; /* opaque */

/* For a terminal of this TERM. Returns owned, or NULL with *e. */
struct input *input_new(const char *term, bool utf8, struct err *e);
void input_free(struct input *in);
void input_push(struct input *in, const char *bytes, size_t n);
/* The next key; false: none yet. `force`: what is unfinished counts as it is. */
bool input_next(struct input *in, struct key *k, bool force);
/* Milliseconds after which an unfinished sequence is to be forced; -1: nothing is unfinished. */
int input_wait(const struct input *in);

#endif
