/* guestlines: what a guest prints, told line by line behind a bar, so that nobody takes it for kiln's own words. Live,
 * a line that stands unfinished (a prompt) is shown too, and what the guest echoes of a typed line is left out: the
 * terminal has shown it already. Zero-initialise but for report and live. */
#ifndef KILN_GUESTLINES_H
#define KILN_GUESTLINES_H

#include "core/report.h"
#include "core/str.h"

struct guestlines {
	struct report *report; /* borrowed */
	bool live;
	struct buf line; /* the unfinished line */
	size_t shown;    /* bytes of it that stand on the terminal */
	struct buf echo; /* what is expected to come back */
	size_t echoed;   /* of it, so far */
};

/* Text made safe already (transcript.h). */
void guestlines_feed(struct guestlines *g, const char *text, size_t n);
/* The user has typed this line, ended by \n, on the terminal. */
void guestlines_typed(struct guestlines *g, const char *line);
/* The machine is gone: tell an unfinished line, release. */
void guestlines_done(struct guestlines *g);

#endif
