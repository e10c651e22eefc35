/* vt_filter: what stands between a program's bytes and libtsm: it parses every control sequence, follows the modes that
 * libtsm does not tell (application cursor keys, mouse, bracketed paste), rewrites what libtsm lacks or misreads, and
 * drops the rest. Text, colours and the most
 * usual movements go to the screen past libtsm's parser, at some three times its speed.
 * Characters whose width libtsm gets wrong, and combining sequences, travel through it under stand-in codes: see
 * vt_filter_chars. Owned by a struct vt; bounded memory. */
#ifndef KILN_VT_FILTER_H
#define KILN_VT_FILTER_H

#include <libtsm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VT_SEQ_MAX     256 /* a longer control sequence is dropped */
#define VT_COMBO_MAX   1024
#define VT_COMBO_CHARS 4

struct vt_modes {
	bool app_cursor; /* DECCKM */
	bool no_cursor;  /* DECTCEM off; libtsm's cursor is always hidden: moving it costs less */
	bool newline;    /* LNM: Enter sends CR LF */
	bool paste;      /* bracketed paste */
	bool sgr_mouse;  /* 1006 */
	int mouse;       /* 0, 9, 1000, 1002, 1003 */
};

/* What text is written with. Equal to what libtsm's parser would make of the same sequences. */
struct vt_pen {
	struct tsm_screen_attr attr;
	bool shifted; /* G1 is in use (SO), not G0 */
};

struct vt_filter {
	struct tsm_vte *vte;       /* borrowed */
	struct tsm_screen *screen; /* borrowed */
	enum { VT_GROUND, VT_ESC, VT_CSI, VT_STRING, VT_DROP } state;
	char seq[VT_SEQ_MAX]; /* the sequence so far, from its ESC on */
	size_t n;
	char part[4]; /* an unfinished UTF-8 character at the end of the last feed */
	size_t n_part;
	uint32_t last; /* the last character printed, for REP; 0: none */
	struct vt_modes mode;
	struct vt_pen pen, saved;
	bool graphics[2];                  /* G0, G1 hold the line drawing characters */
	bool slow;                         /* libtsm parses text and SGR too: a test compares both ways */
	bool margins;                      /* a scrolling region may be set (DECSTBM) */
	uint32_t (*combo)[VT_COMBO_CHARS]; /* combining sequences in use, owned */
	size_t n_combo;
	uint16_t slot[4 * VT_COMBO_MAX]; /* their hash */
	/* What libtsm cannot do for us: forget the scrollback (CSI 3 J), tell the size (CSI 18 t). */
	void (*clear_scrollback)(void *ctx);
	void (*report_size)(void *ctx);
	void *ctx;
};

void vt_filter_feed(struct vt_filter *f, const char *bytes, size_t n);
/* How many of the first of these bytes make no difference because what they print has left a main screen and a
 * scrollback of `lines` lines in all by the last of them: plain lines, after which the cursor is in the first column.
 */
size_t vt_filter_lost(const struct vt_filter *f, const char *bytes, size_t n, size_t lines);
/* Back to the ground state and the modes of a fresh terminal. */
void vt_filter_reset(struct vt_filter *f);
void vt_filter_done(struct vt_filter *f);
/* What a symbol from libtsm stands for: up to 4 characters, 0-ended when fewer; never a control character. */
void vt_filter_chars(const struct vt_filter *f, uint32_t symbol, uint32_t out[VT_COMBO_CHARS]);

#endif
