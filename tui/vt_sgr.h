/* vt_sgr: the parameters of control sequences, and SGR among them: colours and attributes as a pen for libtsm's screen,
 * kept equal to what libtsm's own parser makes of the same sequence. Used by vt_filter.c. */
#ifndef KILN_VT_SGR_H
#define KILN_VT_SGR_H

#include <libtsm.h>
#include <stdbool.h>
#include <stddef.h>

#define VT_PARAMS_MAX 32
#define VT_SGR_MAX    1024

/* Numeric parameters, -1 where one is empty; at least one. */
struct vt_params {
	int v[VT_PARAMS_MAX];
	bool sub[VT_PARAMS_MAX]; /* v[i] was preceded by a colon */
	size_t n;
};
void vt_params(const char *p, const char *end, struct vt_params *out);

void vt_sgr_default(struct tsm_screen_attr *a);
/* Apply SGR to the pen. Returns 0 if libtsm reads the sequence as we do, else the length of the plain sequences in out
 * that it is to get instead. out may be NULL. */
size_t vt_sgr(struct tsm_screen_attr *a, const struct vt_params *p, char out[VT_SGR_MAX]);

#endif
