/* cli: kiln as a shell command: global options, one command, exit status. */
#ifndef KILN_CLI_H
#define KILN_CLI_H

struct app;

/* What to do when kiln is started without a command on a terminal (the screen); NULL: the whole headless run. Returns
 * the exit status. */
typedef int (*cli_screen)(struct app *app);

/* Run kiln; the caller has handled `internal` and registers further commands through `more` (may be NULL). Returns the
 * exit status: 0; 1 error; 2 usage; 3 panic; 4 guest ended; 5 timeout; 130 cancelled. */
int cli_main(int argc, char **argv, void (*more)(struct app *app), cli_screen screen);

#endif
