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
	int back[32];           /* symbols looked at before */
	size_t n_back;
	struct textview view;
};

void kcfg_detail_open(struct kcfg *k, int sym, bool remember);
void kcfg_detail_close(struct kcfg *k);
void kcfg_detail_back(struct kcfg *k);
void kcfg_detail_draw(struct kcfg *k, const struct draw *d, bool focused);
bool kcfg_detail_key(struct kcfg *k, const struct key *key);
bool kcfg_detail_mouse(struct kcfg *k, const struct mouse *m);
void kcfg_detail_init(struct kcfg *k);
void kcfg_detail_done(struct kcfg *k);

#endif
