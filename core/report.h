/* report: what a headless command says while it works: a line for each stage, a live progress line on a terminal, a
 * line now and then into a pipe, every line of the tools with --verbose. Nothing a tool or the guest printed reaches
 * the terminal raw. Owns no data; fed by pipeline_watch and by op_cb. */
#ifndef KILN_REPORT_H
#define KILN_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/progress.h"

struct pipeline;
struct pipeline_watch;

struct report {
	FILE *out;           /* stdout, or stderr when --json has stdout */
	bool live;           /* a terminal that can move the cursor */
	bool quiet;          /* -q: no progress, only results */
	bool verbose;        /* -v: commands and every line */
	bool on_live_line;   /* a progress line stands unfinished */
	bool on_part;        /* so does a line of report_part */
	uint64_t last_ns;    /* of the last progress shown */
	unsigned last_tenth; /* percent/10 last shown into a pipe */
	struct pipeline *pipeline;
	void (*sink)(void *ctx, const char *line); /* takes finished lines instead of out (the screen); NULL: none */
	void *sink_ctx;
};

void report_init(struct report *r, FILE *out, bool quiet, bool verbose);
/* Print one finished line; any live line is cleared first. */
void report_line(struct report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Print a part of a line; more parts may follow. What comes otherwise begins a new line. */
void report_part(struct report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Clear the live line and end one that stands unfinished, e.g. before an error is printed. */
void report_clear(struct report *r);
/* Show progress of `label` when it is time to. */
void report_progress(struct report *r, const char *label, const struct progress *p);
/* Watch a pipeline with this report. */
void report_attach(struct report *r, struct pipeline *p);
/* Bytes with thousands separators in a static-free way: "902,144 bytes". buf holds n. */
void report_size(int64_t size, char *buf, size_t n);

#endif
