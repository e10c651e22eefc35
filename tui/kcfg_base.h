/* kcfg_base: what the values of the kernel options pane are compared with: a part of kcfg.h, which alone includes it.
 */
#ifndef KILN_KCFG_BASE_H
#define KILN_KCFG_BASE_H

#include <stdbool.h>
#include <stddef.h>

struct kcfg;
struct kcfg_making; /* a configuration being made to compare with */

/* Values to compare with, per symbol; NULL: not mentioned. */
struct kcfg_base {
	char **value;
	size_t n;
};

/* Has it another value than when the file was read? */
bool kcfg_is_changed(const struct kcfg *k, int sym);
/* Remember the present values as those to compare with. */
void kcfg_take_base(struct kcfg *k);
/* The value that the filter (changed, preset, tinyconfig) found to differ; NULL: it does not, or no such filter. */
const char *kcfg_compared(const struct kcfg *k, int sym);
/* Make what the filter compares with; rows follow. */
void kcfg_ask_compared(struct kcfg *k);
void kcfg_drop_bases(struct kcfg *k);

#endif
