/* kc_private: the options' model from inside: shared by kc.c (opening, the model, the helper's coming and going),
 * kc_ask.c (requests) and kc_search.c. No one else includes it. */
#ifndef KILN_KC_PRIVATE_H
#define KILN_KC_PRIVATE_H

#include <sys/stat.h>

#include "core/kc.h"
#include "core/kc_more.h"
#include "core/kclink.h"
#include "kconfig/image.h"
#include "kconfig/proto.h"

/* What changes of a symbol. text: of numbers and strings, owned. */
struct kc_dyn {
	uint8_t value, visible, least, flags;
	char *text;
};

/* A request that changed values: sent again to a helper that takes the place of a dead one. */
struct kc_logged {
	int op;
	struct buf payload;
};

struct kc_req; /* kc_ask.c: a request under way */

struct kc_changes {
	struct kc_change *v;
	size_t n, cap;
};

struct kc {
	uv_idle_t life; /* closed last: a callback may close us while we are at work */
	uv_loop_t *loop;
	struct kc_params p;
	char *tree, *cc;
	struct kclink *link;
	/* the image, mapped */
	void *map;
	size_t map_size;
	struct image_head head;
	const struct image_node *node;
	const struct image_sym *sym;
	const char *text;
	int *by_name; /* open addressing: symbol + 1 */
	size_t by_name_cap;
	/* state */
	struct kc_dyn *dyn;
	uint8_t *shown;
	struct kc_changes changes, preview; /* of the request that is being answered */
	unsigned rev;
	size_t undo, redo;
	bool ready, modified, closing, told_ready;
	unsigned crashes;
	struct kc_logged *log;
	size_t n_log;
	struct kc_req *again; /* what a dead helper was asked, for the one that takes its place */
	/* the file that was loaded or saved last */
	char *file;
	struct stat file_stat;
	bool file_there;
};

/* kc.c */
void kc_touch(struct kc *kc); /* the model changed: rev, and tell */
void kc_log(struct kc *kc, int op, const struct buf *payload);
void kc_clear_changes(struct kc_changes *c);
/* Remember which file the values are those of. */
void kc_note_file(struct kc *kc, const char *path);
/* A text of the image, NULL for 0. */
const char *kc_string(const struct kc *kc, uint32_t at);
void kc_say(struct kc *kc, bool warning, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Ask the present helper again what the dead one did not answer; e set: answer it with this error instead. */
void kc_ask_again(struct kc *kc, const struct err *e);
/* Is there a helper that can be asked? If not, e says why. */
bool kc_can_ask(struct kc *kc, struct err *e);
/* A LOAD request's payload: name, text, no wants. */
void kc_load_payload(struct buf *b, const char *name, const char *text, size_t n);

#endif
