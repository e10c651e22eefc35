/* kc_more: the rest of kc.h: reasons, plans, search, files and modes. Include core/kc.h. */
#ifndef KILN_KC_MORE_H
#define KILN_KC_MORE_H

#include "core/kc.h"

/* Why name cannot have value now, in words; none: it can. */
typedef void kc_lines_cb(void *ctx, const struct strv *lines, struct err *e);
void kc_why(struct kc *kc, const char *name, const char *value, kc_lines_cb *cb, void *ctx);

/* A plan: the fewest settings that give name this value ("n": with everything that forces it switched off), tried in
 * the helper and rolled back; r.done false: there is none, with reasons. `r.change` is its preview. step: to kc_apply.
 */
struct kc_plan {
	struct kc_result r;
	const struct kc_step *step;
	size_t n_step;
};
typedef void kc_plan_cb(void *ctx, const struct kc_plan *plan, struct err *e);
void kc_plan(struct kc *kc, const char *name, const char *value, kc_plan_cb *cb, void *ctx);

/* Everything on a symbol that is not in kc_sym: dependencies, defaults, ranges, selects, selected by, implied, places.
 */
struct kc_fact {
	const char *kind; /* "depends on", "default", "range", "selects", "implies", "selected by", "implied by",
			     "defined at" */
	const char *text; /* may name symbols: upper-case words that kc_find knows */
	const char *file;
	int line;
};
typedef void kc_detail_cb(void *ctx, const struct kc_fact *fact, size_t n, struct err *e);
void kc_detail(struct kc *kc, const char *name, kc_detail_cb *cb, void *ctx);

/* The symbols that can be set by hand and differ from their default. */
typedef void kc_syms_cb(void *ctx, const int *sym, size_t n, struct err *e);
void kc_different(struct kc *kc, kc_syms_cb *cb, void *ctx);

/* Search names, prompts and help, best first, at once: words, each a PCRE2 pattern (a broken one gives -1 with *e),
 * that must all be found; or one that fits fuzzily. hits: nodes, owned by the caller (free). Returns how many. */
enum kc_search_flag { KC_SEARCH_FUZZY = 1, KC_SEARCH_HELP = 2 };
int kc_search(const struct kc *kc, const char *pattern, unsigned flags, int **hits, struct err *e);

/* Files. A load, merge or mode is an edit that can be undone. Text is written whole, by temporary and rename. */
typedef void kc_done_cb(void *ctx, struct err *e);
/* Has the file that was loaded or saved last changed on disk since? */
bool kc_file_changed(const struct kc *kc);
void kc_load(struct kc *kc, const char *path, kc_result_cb *cb, void *ctx);
void kc_merge(struct kc *kc, const char *path, kc_result_cb *cb, void *ctx);
void kc_save(struct kc *kc, const char *path, kc_done_cb *cb, void *ctx);
void kc_save_minimal(struct kc *kc, const char *path, kc_done_cb *cb, void *ctx);
/* Run one of the tree's conf modes ("olddefconfig", "allyesconfig", "tinyconfig", …) on the present values, and take
 * what it makes. */
void kc_mode(struct kc *kc, const char *mode, kc_result_cb *cb, void *ctx);
/* The text of the present .config. */
typedef void kc_text_cb(void *ctx, const char *text, size_t n, struct err *e);
void kc_text(struct kc *kc, bool minimal, kc_text_cb *cb, void *ctx);
/* The user's own values alone, also those that do not show now: what conf reads to the very same state. */
void kc_user_values(struct kc *kc, kc_text_cb *cb, void *ctx);

#endif
