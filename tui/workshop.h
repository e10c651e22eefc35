/* workshop: what the parts of the workshop pane share: pane_workshop.c (views, keys), workshop_cmd.c (commands),
 * ws_list.c (views that are lists of lines), ws_bytes.c (the byte map), ws_code.c (instructions and source), ws_files.c
 * (the initramfs). Nobody else includes this. Invariant: what is shown of a program is the file as it is on disk now
 * (ws_sync). */
#ifndef KILN_WORKSHOP_H
#define KILN_WORKSHOP_H

#include <sys/stat.h>

#include "core/codeview.h"
#include "core/initbuild.h"
#include "core/initcompare.h"
#include "core/progress.h"
#include "core/systable.h"
#include "tui/srcdoc.h"
#include "tui/ui.h"
#include "tui/ws_list.h"

enum ws_view { WS_COMPARE, WS_BYTES, WS_CODE, WS_ASM, WS_CALLS, WS_FILES, WS_VIEWS };

/* One program looked at: a variant's, as last built. */
struct ws_program {
	char *variant; /* NULL: the lab's */
	struct codeview code;
	bool loaded;
	struct stat id, debug_id;
	uint64_t byte; /* under the cursor of the byte map */
	uint64_t top;  /* first byte shown */
	struct ws_list insn;
	struct srcdoc *source; /* of the instruction under the cursor; NULL: none known */
};

struct workshop {
	struct pane *pane;
	enum ws_view view;
	struct ws_program side[2];
	bool two;       /* both sides are shown */
	int at;         /* the side that keys go to */
	uint64_t hover; /* byte of the map under the pointer; UINT64_MAX: none */
	int hover_side;
	struct ws_list compare, calls, files;
	char *calls_filter, *files_mark; /* what the lists were made of */
	struct srcdoc *listing;          /* the generated assembly */
	struct systable table;
	char *table_of; /* the tree it is from */
	char *search;   /* what / looked for */
	/* work under way */
	bool boots; /* the comparison boots each variant too */
	struct initcompare *comparing;
	struct initbuild *building;
	struct cmd_call *call;
	struct progress progress;
	/* where things were drawn, for the mouse: the inside, the byte maps, the source (rows 0: nowhere); on the
	 * screen */
	int org_y, org_x, bytes_row, bytes_y[2], bytes_x[2], bytes_rows[2];
	struct rect code_at[2], source_at;
};

/* ws_list.c: the two tables. */
void ws_compare_fill(struct workshop *w, const struct initcompare_row *row, size_t n);
void ws_calls_fill(struct workshop *w);

/* pane_workshop.c */
struct workshop *workshop_of(struct ui *ui);
/* Bring what the view shows up to date with the disk. */
void ws_sync(struct workshop *w);
/* The variant of a side. Borrowed. */
const char *ws_variant(const struct workshop *w, int side);
/* build/init/VARIANT/FILE. Returns owned. */
char *ws_built(const struct workshop *w, int side, const char *file);
/* The list that keys move in; NULL for the byte map and the listing. */
struct ws_list *ws_current_list(struct workshop *w);
struct ws_program *ws_side(struct workshop *w);
/* A dim line of advice; {key:COMMAND} becomes the keys. */
void ws_hint(const struct workshop *w, const struct draw *d, int y, const char *text);
/* The tree's system calls; NULL without a tree. */
const struct systable *ws_table(struct workshop *w);

/* ws_bytes.c */
void ws_bytes_draw(struct workshop *w, const struct draw *d, bool focused);
bool ws_bytes_key(struct workshop *w, const struct key *k);
bool ws_bytes_mouse(struct workshop *w, const struct mouse *m);
/* To the beginning of the next (1) or previous (-1) part. */
void ws_bytes_step(struct workshop *w, int dir);
/* Follow the address or the offset under the cursor. false: there is none. */
bool ws_bytes_follow(struct workshop *w);

/* ws_code.c */
void ws_code_fill(struct workshop *w, struct ws_program *p);
void ws_code_draw(struct workshop *w, const struct draw *d, bool focused);
bool ws_code_mouse(struct workshop *w, const struct mouse *m);
/* Show the source of the cursor's instruction. */
void ws_code_follow(struct workshop *w, int side);
/* To where a reader begins: main or the entry point, from there the first instruction with a source line. */
void ws_code_begin(struct workshop *w, int side);
void ws_code_to_addr(struct workshop *w, int side, uint64_t addr);

/* ws_files.c */
void ws_files_sync(struct workshop *w);

/* workshop_cmd.c */
#define WORKSHOP_COMMANDS 13
extern const struct cmd workshop_commands[WORKSHOP_COMMANDS];
/* Build what the view needs: all variants, a program with line tables, the listing. */
void ws_need(struct workshop *w);

#endif
