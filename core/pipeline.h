/* pipeline: source → config → kernel → init → initramfs → iso → boot. Each stage is a row (stage_ops): inputs with
 * fingerprints, how to run it, what it leaves behind. The pipeline knows which stages are stale and why, and makes what
 * is stale, one stage at a time, on the loop. Invariant: a stage is fresh only if out/build.json records a success with
 * exactly its present inputs and its outputs are untouched. The CLI and the screen both watch it through `watch`. */
#ifndef KILN_PIPELINE_H
#define KILN_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>

#include "core/err.h"
#include "core/lab.h"
#include "core/log.h"
#include "core/op.h"
#include "core/progress.h"
#include "core/record.h"
#include "core/source.h"
#include "core/stage.h"

struct kcbuild_want;
struct boot_host;
struct boot_params;
struct boot_result;

enum stage_state { STATE_ABSENT, STATE_STALE, STATE_FRESH, STATE_RUNNING, STATE_FAILED, STATE_UNAVAILABLE };

struct pipeline;

struct stage {
	const struct stage_ops *ops;
	enum stage_state state;
	char *because;    /* why it is not fresh; NULL when fresh */
	struct inputs in; /* as of the last refresh */
	int64_t size;     /* of its main output, bytes; -1 if none */
	double seconds;   /* of its last success; 0 if none */
};

/* What a watcher is told. All may be NULL. */
struct pipeline_watch {
	void (*stage)(void *ctx, enum stage_id id); /* its state changed */
	void (*progress)(void *ctx, const struct progress *pr);
	void (*line)(void *ctx, enum stage_id id, const char *line, size_t n, bool is_err);
	void (*command)(void *ctx, enum stage_id id, const char *shell);
	void *ctx;
};

/* What to make: the stages of `mask` and all they need; those in `force` even if they are fresh. */
struct pipeline_goal {
	unsigned mask, force;
};

struct pipeline {
	uv_loop_t *loop;
	struct lab *lab; /* borrowed, open */
	struct record rec;
	struct stage stage[STAGE_N];
	struct source source; /* valid when the source stage is not absent */
	struct log *log;      /* all tools' output of this session */
	FILE *log_file;       /* out/<stage>.log of the running stage */
	struct pipeline_watch watch;
	struct progress progress;
	unsigned rev;   /* moves with every visible change */
	unsigned looks; /* moves with every refresh: something in the lab may be different */

	/* what a command asks of the next build; borrowed until it is done */
	const struct kcbuild_want *want; /* config: set these on top of kernel.config */
	size_t n_want;
	bool from_preset; /* config: begin again from the preset */
	const struct boot_params
		*boot; /* boot: what to expect, send and keep (its files and command line are filled in) */
	void (*on_guest)(void *ctx, const char *text, size_t n); /* boot: guest text made safe; ctx is guest_ctx */
	void *guest_ctx;
	const struct boot_result *boot_result; /* boot: valid while done is told */
	const struct boot_host *boot_host;     /* boot: keeps the machine (boot.h); borrowed, NULL: nobody does */

	/* while running */
	enum stage_id running; /* STAGE_N: idle */
	unsigned wanted, forced;
	void *handle; /* the running stage's */
	uint64_t started_ns;
	size_t log_start; /* first line of the running stage in log */
	bool cancelled;
	void (*done)(void *ctx, struct err *e);
	void *done_ctx;
};

/* Make a pipeline over an open lab. A broken build.json is reported in *warn and otherwise harmless. Returns owned. */
struct pipeline *pipeline_new(uv_loop_t *loop, struct lab *lab, struct err *warn);
/* Free; must be idle. */
void pipeline_free(struct pipeline *p);
/* The lab's files have been replaced, out/build.json with them: read that anew and recompute all states. Must be idle.
 */
void pipeline_reload(struct pipeline *p, struct err *warn);
/* Recompute all states from what is on disk (a few ms). */
void pipeline_refresh(struct pipeline *p);
/* The stages that `target` needs, itself included, as a mask. */
unsigned pipeline_closure(enum stage_id target);
/* Make every stage of the goal that is not fresh, in order. done(ctx, e) comes exactly once, e->msg
 * NULL on success. Only one build at a time: asserted. */
void pipeline_build(struct pipeline *p, struct pipeline_goal goal, void (*done)(void *ctx, struct err *e), void *ctx);
/* Stop the running stage; done comes with ERR_CANCELLED. What earlier stages made stays. */
void pipeline_cancel(struct pipeline *p);
bool pipeline_busy(const struct pipeline *p);
/* Type at the machine that the boot stage runs (boot_params.stay); n 0: end it. Returns false if there is none.
 * (stage_boot.c) */
bool pipeline_type(struct pipeline *p, const char *bytes, size_t n);

/* -1 if there is no stage of that name. */
int pipeline_stage_find(const char *name);
const struct stage_ops *pipeline_stage_ops(enum stage_id id);
const char *pipeline_state_name(enum stage_state s);

#endif
