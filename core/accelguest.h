/* accelguest: the tiny guest that accel.c runs, as bytes for QEMU's -kernel. */
#ifndef KILN_ACCELGUEST_H
#define KILN_ACCELGUEST_H

/* What it writes to the isa-debug-exit port; QEMU's exit status is then ACCELGUEST_STATUS. */
#define ACCELGUEST_VALUE  0x2a
#define ACCELGUEST_STATUS (ACCELGUEST_VALUE << 1 | 1)

extern const char accelguest_begin[], accelguest_end[];

#endif
