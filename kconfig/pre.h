/* pre: included ahead of each of the tree's kconfig sources: what is said of them without touching a file. */
#ifndef KILN_KCONFIG_PRE_H
#define KILN_KCONFIG_PRE_H
#endif
