/* cmd_init: what the parts of the command init share: cmd_init.c (list, compare, asm, syscalls, clone) and
 * cmd_init_file.c (map, disasm: a program down to the byte). Nobody else includes this. */
#ifndef KILN_CMD_INIT_H
#define KILN_CMD_INIT_H

#include "core/app.h"
#include "core/elfview.h"
#include "core/initbuild.h"
#include "core/initcompare.h"
#include "core/proc.h"
#include "core/progress.h"
#include "core/systable.h"

struct init_call {
	struct cmd_call *call;
	struct initcompare *compare;
	struct initbuild *build; /* of a listing or a program with line tables */
	char *listing;           /* the folder it goes to */
	char *variant;           /* whose it is */
	struct proc *proc;       /* the tracer, what it said, and its events */
	struct proc_lines lines;
	struct buf said, told;
	struct json_object *events;
	bool cancelled;
	struct systable calls;
	struct progress progress;
};

struct report *init_out(const struct init_call *c);
/* The call is over: frees c. e is emptied. */
void init_end(struct init_call *c, struct err *e);
void init_add_text(struct json_object *o, const char *key, const char *text);
void init_add_int(struct json_object *o, const char *key, int64_t value);
/* The table of the kernel tree in use; NULL without one: names are just missing. */
const struct systable *init_load_calls(struct init_call *c);
/* Begin the build of a variant's listing or debug program into build/init/NAME/SUB (emptied first). 0, or -1. */
int init_start_build(
	struct init_call *c, enum initbuild_what what, const char *sub, const struct op_cb *cb, struct err *e);
void init_on_command(void *ctx, const char *shell);

/* The kernel tree in use, owned; NULL without one, with or without *e. */
char *init_kernel_tree(struct app *a, struct err *e);
/* The file an argument means: a path, or a variant's program as last built. Returns owned, or NULL with *e. */
char *init_program_of(struct init_call *c, struct err *e);

void init_map(struct init_call *c, struct err *e);
void init_disasm(struct init_call *c, struct err *e);
void init_trace(struct init_call *c, struct err *e);

#endif
