/* source: what the parts of the source pane share: pane_source.c (which files are shown, drawing, keys), source_cmd.c
 * (commands), source_edit.c (the user's editor in the pane, what follows a change: build, messages, boot). Nobody else
 * includes this. */
#ifndef KILN_SOURCE_PANE_H
#define KILN_SOURCE_PANE_H

#include "tui/hosted.h"
#include "tui/slicer.h"
#include "tui/srcdoc.h"
#include "tui/srcnotes.h"
#include "tui/srcwatch.h"
#include "tui/ui.h"

struct source_pane {
	struct pane *pane;
	char *folder;        /* name of the folder of init/ that is shown, NULL: none yet */
	char *dir;           /* its path */
	bool chosen;         /* shown by choice: a change of init.variant does not take it away … */
	char *variant;       /* … but another one than this does */
	struct srcdoc **doc; /* its files, then perhaps one foreign one */
	size_t n, at;
	struct srcwatch *watch; /* of dir */

	/* the compiler's messages of the last build of init */
	struct srcnotes notes;
	size_t log_from;
	bool building, notes_old; /* init is being built; notes must be taken from the log again */

	/* editing */
	struct hosted *editor;
	char *editing;        /* path of the file in it */
	uint64_t mark;        /* of dir (srcwatch_mark) as last built */
	bool auto_build;      /* source.watch: a change builds init and boots */
	bool busy, again;     /* our build is under way; another is wanted as soon as it can be */
	struct slicer *later; /* calls source_later from the loop */
	size_t before;        /* line of the cursor when a search was begun */
};

/* pane_source.c */
/* Bring files and messages up to date with the lab. Returns the document shown, or NULL. */
struct srcdoc *source_sync(struct source_pane *s);
/* The pane's state; NULL when there is no such pane. */
struct source_pane *source_of(struct ui *ui);
/* Take the folder's list of files again. */
void source_scan(struct source_pane *s);
/* Show another folder of init/. */
void source_show_folder(struct source_pane *s, const char *folder);
/* Show a file; one that is not of the folder gets a tab of its own. */
struct srcdoc *source_show_file(struct source_pane *s, const char *path);
/* Names of the folders of init/, sorted. */
void source_folders(const struct source_pane *s, struct strv *out);

/* source_edit.c */
void source_edit(struct source_pane *s, struct err *e);
void source_edit_stop(struct source_pane *s);
/* Something in the folder has changed on disk: show it, and build if that is asked for. */
void source_changed(void *ctx);
/* Begin the build that is wanted, if the pipeline is free. For a slicer: returns false. */
bool source_later(void *ctx);
/* Go to the next error of the last build (1) or the previous one (-1). Returns false if there is none. */
bool source_next_error(struct source_pane *s, int dir);

/* source_cmd.c */
#define SOURCE_COMMANDS 15
extern const struct cmd source_commands[SOURCE_COMMANDS];

#endif
