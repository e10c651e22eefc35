/* inithistory: the learner's own builds of each init variant, with their sizes, and how long the latest took to its
 * prompt, with what that was measured on: out/init-history.json in the lab. A build that made the same bytes as the one
 * before is no new entry. Invariant: at most HISTORY_KEEP builds for each variant; losing the file loses the past,
 * nothing else, and a broken one counts as none. */
#ifndef KILN_INITHISTORY_H
#define KILN_INITHISTORY_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/lab.h"

#define HISTORY_KEEP  64
#define HISTORY_SHOWN 16

struct inithistory {
	char *path;
	struct json_object *root;
	bool changed;
};

/* Sizes of the last builds, oldest first, and the smallest ever; n 0: none known. */
struct history_sizes {
	int64_t size[HISTORY_SHOWN], best;
	size_t n;
};

void inithistory_load(struct inithistory *h, const struct lab *lab);
/* Write it if it has changed, and free it. A failure to write is not worth an error. */
void inithistory_close(struct inithistory *h);
/* Note that program was built. */
void inithistory_built(struct inithistory *h, const char *variant, const char *program);
void inithistory_sizes(const struct inithistory *h, const char *variant, struct history_sizes *out);
/* Note the time to the prompt of the program; on: kernel, accelerator and face, in words. */
void inithistory_booted(struct inithistory *h, const char *variant, const char *program, const char *on, int64_t ms);
/* Milliseconds to the prompt, measured with this very program; -1 if it has not been. *on: borrowed until close. */
int64_t inithistory_prompt(const struct inithistory *h, const char *variant, const char *program, const char **on);
/* "▇▇▅▁": the sizes as bars from their smallest to their largest; digits 0 to 7 without Unicode. Returns owned. */
char *inithistory_spark(const struct history_sizes *s, bool unicode);

#endif
