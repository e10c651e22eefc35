/* stage: the row that each stage of the pipeline is, and what the stages' own files share. Included by pipeline.h and
 * the stage_*.c. Adding one: an id here, its row in pipeline.c, its file. */
#ifndef KILN_STAGE_H
#define KILN_STAGE_H

#include <stdbool.h>

#include "core/err.h"
#include "core/op.h"
#include "core/record.h"

struct pipeline;
struct strv;

enum stage_id {
	STAGE_SOURCE,
	STAGE_CONFIG,
	STAGE_KERNEL,
	STAGE_INIT,
	STAGE_INITRAMFS,
	STAGE_ISO,
	STAGE_BOOT,
	STAGE_N,
};

struct stage_ops {
	const char *name, *help;
	unsigned needs; /* bit mask of the stages it builds on */
	bool lasting;   /* makes files that last: counted by `kiln build` without a stage */
	bool settles;   /* its own result is among its inputs: they are taken again after success */
	/* Fingerprints of everything the result depends on. Called when all stages in `needs` are fresh. */
	int (*inputs)(struct pipeline *p, struct inputs *in, struct err *e);
	/* Start it; cb->done comes later. Sets p->handle. */
	int (*start)(struct pipeline *p, const struct op_cb *cb, struct err *e);
	void (*cancel)(struct pipeline *p);
	/* After success: record outputs and figures. */
	int (*finish)(struct pipeline *p, struct err *e);
};

/* out/… path of the lab. Returns owned. */
char *pipeline_out(const struct pipeline *p, const char *name);
/* "serial" or "vga": what boot.face says, or what kernel.config has a console for. */
const char *pipeline_boot_face(const struct pipeline *p);

/* The kernel's O= folder: build/linux-VERSION-ID, made if absent. Returns owned, NULL with *e. */
char *stage_kernel_dir(const struct pipeline *p, struct err *e);
/* kernel.config as its .config, and the command that makes a target there: always the same compiler, or make would
 * build all of it anew. */
int stage_kernel_config(const struct pipeline *p, const char *build, struct err *e);
void stage_kernel_argv(const struct pipeline *p, const char *build, const char *target, struct strv *argv);
/* The environment in which the kernel's make runs (see proc_opts.env). */
extern char *const stage_kernel_env[];

/* For stages: fold "path size mtime" identities of tools into one input; say a line of our own in the log. */
void pipeline_add_tool(struct inputs *in, const char *tool);
void pipeline_say(struct pipeline *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

extern const struct stage_ops stage_source_ops, stage_config_ops, stage_kernel_ops, stage_init_ops, stage_initramfs_ops,
	stage_iso_ops, stage_boot_ops;

#endif
