/* requests: the answers to the helper's requests (proto.h), one function each. Called by main.c. */
#ifndef KILN_KCONFIG_REQUESTS_H
#define KILN_KCONFIG_REQUESTS_H

#include "session.h"

/* Answer one frame. */
void request_answer(struct wire_in *in);

#endif
