/* internal: see internal.h. Workers get only their own arguments: argv[0] is the first one after NAME. */
#include "core/internal.h"

#include <stdio.h>
#include <string.h>

#include "core/gradework.h"
#include "core/proc.h"
#include "core/pty.h"
#include "core/source.h"
#include "core/str.h"
#include "core/trace.h"

static const struct worker {
	const char *name;
	int (*main)(int argc, char **argv);
} workers[] = {
	{"exec", proc_exec_main},
	{"grade", gradework_main},
	{"pty", pty_exec_main},
	{"trace", trace_main},
	{"unpack", source_unpack_main},
};

int internal_main(int argc, char **argv)
{
	if (argc < 3 || strcmp(argv[1], "internal") != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(workers); i++)
		if (strcmp(workers[i].name, argv[2]) == 0)
			return workers[i].main(argc - 3, argv + 3);
	fprintf(stderr, "kiln: no worker is called '%s'\n", argv[2]);
	return 2;
}
