/* test: what every unit test program shares: cmocka with its prerequisites; its main calls internal_main
 * first, as core/proc.c re-executes the running program as a worker. */
#ifndef KILN_TEST_H
#define KILN_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/internal.h"

#endif
