/* kcfg_detail: the page on one symbol of the kernel options pane: a part of kcfg.h, which alone includes it. */
#ifndef KILN_KCFG_DETAIL_H
#define KILN_KCFG_DETAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"
#include "tui/textview.h"

struct kcfg;

struct kcfg_link {
	size_t line, from, to; /* bytes of the detail's line */
	int sym;
};

/* The page on one symbol. */
struct kcfg_detail {
	int sym; /* -1: closed */
	struct strv line;
	enum style *style; /* per line */
	struct kcfg_link *link;
	size_t n_link, at_link; /* at_link: the one Enter follows */
	int seen[64];           /* symbols looked at, in order */
	size_t n_seen, at_seen; /* at_seen: the one shown; those behind it are forward */
	unsigned asked;         /* answers that have not come: only the last one is for this page */
	struct textview view;
};

/* follow: from the page shown, which stays one step back. */
void kcfg_detail_open(struct kcfg *k, int sym, bool follow);
void kcfg_detail_close(struct kcfg *k);
/* To the symbol looked at before; from the first one, close. */
void kcfg_detail_back(struct kcfg *k);
/* To the one that back came from. */
void kcfg_detail_forward(struct kcfg *k);
void kcfg_detail_draw(struct kcfg *k, const struct draw *d, bool focused);
bool kcfg_detail_key(struct kcfg *k, const struct key *key);
bool kcfg_detail_mouse(struct kcfg *k, const struct mouse *m);
void kcfg_detail_init(struct kcfg *k);
void kcfg_detail_done(struct kcfg *k);

#endif
