/* app: the one context struct that main owns: the loop, the command table and how to report. Everything
 * else hangs off a call or off the open lab. */
#ifndef KILN_APP_H
#define KILN_APP_H

#include <stdbool.h>
#include <uv.h>

#include "core/cmd.h"
#include "core/lab.h"

struct app {
	uv_loop_t *loop;
	struct cmd_table commands;
	struct lab lab; /* open while lab.dir != NULL */
	char *lab_arg;  /* --lab, owned or NULL */
	bool json;      /* --json */
	bool verbose;   /* --verbose: every line of the tools */
	bool quiet;     /* --quiet: no progress */
	int status;     /* exit status so far */
};

/* Called by CMD_LAB / CMD_LAB_WRITE commands' runner: opens app->lab if it is not open yet. */
int app_open_lab(struct app *a, bool write, struct err *e);

#endif
