/* internal: the hidden workers, `kiln internal NAME ARG…`: this same program run as a child for work that blocks, burns
 * CPU or must die with its parent. One row per worker. Called by main, and by the unit tests' mains. */
#ifndef KILN_INTERNAL_H
#define KILN_INTERNAL_H

/* If argv is `… internal NAME …`, run the worker and return its exit status; else -1. */
int internal_main(int argc, char **argv);

#endif
