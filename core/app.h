/* app: the one context struct that main owns: the loop, the command table, the lab in use, its pipeline, and how to
 * report. Everything else hangs off a call. Used by the CLI (cli.c), the commands (cmd_*.c) and the screen (tui/). */
#ifndef KILN_APP_H
#define KILN_APP_H

#include <stdbool.h>
#include <uv.h>

#include "core/cmd.h"
#include "core/lab.h"
#include "core/pipeline.h"
#include "core/report.h"

/* A subject of `kiln help` beside commands and settings; the screen registers its own. */
struct app_topic {
	const char *name;
	void (*print)(FILE *out);
};

struct app {
	uv_loop_t *loop;
	struct cmd_table commands;
	struct lab lab;            /* open while lab.dir != NULL */
	struct pipeline *pipeline; /* over the open lab, or NULL */
	struct report report;
	char *lab_arg;                     /* --lab, owned or NULL */
	struct strv override;              /* "key=value" of -o and --kernel, laid over kiln.conf */
	struct cmd_call *current;          /* the call that runs */
	const struct boot_host *boot_host; /* for the pipeline: who keeps a booted machine, or NULL */
	bool json;                         /* --json */
	int status;                        /* exit status so far */
	const struct app_topic *topic;     /* ends with name NULL; or NULL */
	char *script, *size;               /* --script, --size: the screen without a terminal; owned or NULL */
	bool plain;                        /* --plain: lines instead of a screen */
	bool stay;                         /* `run` keeps the machine to be typed at: plain mode on a terminal */
	void (*on_signal)(struct app *app, int signum); /* takes SIGINT, SIGTERM, SIGHUP while it is set */
	/* A text with the keys that are bound to each {key:command}, "[F5]"; set by the program. Returns owned. */
	char *(*key_text)(const struct app *app, const char *context, const char *text);
	struct ui *ui; /* the screen (tui/ui.h) while it is open, or NULL; core never looks into it */
};

/* Open the lab (and its pipeline) if it is not open yet, for writing if asked. A broken build.json is told to the user
 * and no error. */
int app_open_lab(struct app *a, bool write, struct err *e);
/* The files of the open lab have been replaced: read kiln.conf and the record anew. Nothing may be running. */
int app_reload_lab(struct app *a, struct err *e);
/* Settings without a lab: those of the lab if there is one here, with the overrides; optset_done by the caller. */
int app_settings(struct app *a, struct optset *o, struct err *e);
/* Release the lab and what belongs to it. */
void app_close(struct app *a);

/* The commands of core (cmd_*.c). */
void commands_register(struct cmd_table *t);

#endif
