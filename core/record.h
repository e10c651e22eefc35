/* record: out/build.json, what was built from what. For each stage: input fingerprints, command, outputs
 * (path, size, mtime, SHA-256), seconds, compile steps, status. It only ever speeds things up and explains: a missing
 * or broken record makes every stage stale and loses nothing, as outputs are made again from their inputs. */
#ifndef KILN_RECORD_H
#define KILN_RECORD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

struct record {
	char *path;
	struct json_object *root;
};

/* Named fingerprints in a fixed order, e.g. kernel.config=9f3a…. Zero-initialise. */
struct inputs {
	struct {
		char *name, *value;
	} * v;
	size_t n;
};
void inputs_add(struct inputs *in, const char *name, const char *value);
void inputs_done(struct inputs *in);

/* Load path. A broken file gives *warn at file:line:col and an empty record; an absent one an empty record. */
void record_load(struct record *r, const char *path, struct err *warn);
/* Write it atomically. */
int record_save(const struct record *r, struct err *e);
void record_done(struct record *r);

/* The stage's object, made if `create`; borrowed, NULL if there is none. */
struct json_object *record_stage(const struct record *r, const char *stage, bool create);
/* Replace what is known of a stage by a fresh start: its inputs and the status "running". Earlier seconds and
 * steps of a success stay under "previous" for estimates. */
void record_begin(struct record *r, const char *stage, const struct inputs *in);
/* Replace the recorded inputs alone. */
void record_inputs(struct record *r, const char *stage, const struct inputs *in);
void record_output(struct record *r, const char *stage, const char *rel, const char *abs);
void record_end(struct record *r, const char *stage, double seconds, const char *error);
void record_set_text(struct record *r, const char *stage, const char *key, const char *value);
void record_set_int(struct record *r, const char *stage, const char *key, int64_t value);
const char *record_text(const struct record *r, const char *stage, const char *key);
int64_t record_int(const struct record *r, const char *stage, const char *key, int64_t otherwise);
double record_seconds(const struct record *r, const char *stage);
/* NULL if the recorded success has just these inputs; else why not: "kernel.config changed". Returns owned. */
char *record_why_stale(const struct record *r, const char *stage, const struct inputs *in);
/* NULL if every recorded output below dir is there with its size and time, or its bytes; else why not. *gone: it is not
 * there at all (and not merely changed). Returns owned. */
char *record_why_absent(const struct record *r, const char *stage, const char *dir, bool *gone);

#endif
