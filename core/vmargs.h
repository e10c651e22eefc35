/* vmargs: the QEMU argument lists of a machine: the hardened one kiln runs and the short one a person would type.
 * Descriptor 3 is the serial line, 4 the monitor. Used by vm.c. */
#ifndef KILN_VMARGS_H
#define KILN_VMARGS_H

#include "core/str.h"
#include "core/vm.h"

void vmargs_make(struct strv *argv, const struct vm_params *p);
/* Take -sandbox and its value out again. */
void vmargs_drop_sandbox(struct strv *argv);
/* The same machine with its console on the terminal. */
void vmargs_typed(struct strv *argv, const struct vm_params *p);

#endif
