/* vt_filter: see vt_filter.h. Why each rewrite is there: libtsm 4.0 (Debian 12 and 13) has no save/restore cursor by
 * CSI, no REP, CNL, CPL, HPA, HPR, no colon parameters and stops at 16 of them; it takes `CSI > … m`, `CSI ? … r` and
 * the like for their namesakes without a prefix, `ESC # 8` for a restore, and does not home the cursor after DECSTBM.
 * Later versions do more: what is rewritten here never reaches them in a form that they would answer twice. */
#include "tui/vt_filter.h"

#include <libtsm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/str.h"
#include "tui/vt_sgr.h"

enum { WIDE_EMOJI = 0x20000, WIDE_SYMBOL = 0x3c000, COMBO_WIDE = 0x3a000, COMBO_NARROW = 0xf0000 };

static void emit(struct vt_filter *f, const char *b, size_t n)
{
	if (n > 0)
		tsm_vte_input(f->vte, b, n);
}

static void emits(struct vt_filter *f, const char *s)
{
	emit(f, s, strlen(s));
}

/* DEC's line drawing set, from _ on. */
static const uint16_t line_drawing[] = {' ', 0x25c6, 0x2592, 0x2409, 0x240c, 0x240d, 0x240a, 0xb0, 0xb1, 0x2424, 0x240b,
	0x2518, 0x2510, 0x250c, 0x2514, 0x253c, 0x23ba, 0x23bb, 0x2500, 0x23bc, 0x23bd, 0x251c, 0x2524, 0x2534, 0x252c,
	0x2502, 0x2264, 0x2265, 0x3c0, 0x2260, 0xa3, 0xb7};

/* One character (or stand-in) at the cursor. */
static void put(struct vt_filter *f, uint32_t c)
{
	char u[4];
	f->last = c;
	if (f->slow) {
		emit(f, u, tsm_ucs4_to_utf8(c, u));
		return;
	}
	if (c >= '_' && c < 0x7f && f->graphics[f->pen.shifted])
		c = line_drawing[c - '_'];
	tsm_screen_write(f->screen, c, &f->pen.attr);
}

/* A C0 control character. */
static void control_char(struct vt_filter *f, char c)
{
	switch (c) {
	case '\r':
		tsm_screen_move_line_home(f->screen);
		break;
	case '\n':
		if (f->mode.newline)
			tsm_screen_newline(f->screen);
		else
			tsm_screen_move_down(f->screen, 1, true);
		break;
	case '\b':
		tsm_screen_move_left(f->screen, 1);
		break;
	case '\t':
		tsm_screen_tab_right(f->screen, 1);
		break;
	case 0x0e:
	case 0x0f:
		f->pen.shifted = c == 0x0e;
		break;
	case 0x18:
	case 0x1a: /* they end a sequence; there is none */
		break;
	default:
		emit(f, &c, 1);
	}
}

/* ASCII in the ground state. */
static void ascii(struct vt_filter *f, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] >= 0x20 && p[i] < 0x7f)
			put(f, (unsigned char)p[i]);
		else if (p[i] != 0x7f)
			control_char(f, p[i]);
}

/* Decode one UTF-8 character of at most n bytes. Returns its length, 0 if it is cut off, -1 if it is none. */
static int decode(const unsigned char *p, size_t n, uint32_t *c)
{
	int len = *p >= 0xf0 && *p < 0xf5 ? 4 : *p >= 0xe0 && *p < 0xf0 ? 3 : *p >= 0xc2 && *p < 0xe0 ? 2 : -1;
	if (len < 0)
		return -1;
	*c = *p & (0x7f >> len);
	for (int i = 1; i < len; i++) {
		if ((size_t)i >= n)
			return 0;
		if ((p[i] & 0xc0) != 0x80)
			return -1;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	return *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000) ? -1 : len;
}

/* The code under which a character travels through libtsm: itself, or a wide stand-in where libtsm thinks it narrow. */
static uint32_t stand_in(uint32_t c)
{
	bool emoji = c >= 0x1f000 && c < 0x1fffe, symbol = c >= 0x2300 && c < 0x2c00;
	if ((!emoji && !symbol) || wcwidth((wchar_t)c) != 2 || tsm_ucs4_get_width(c) != 1)
		return c;
	return emoji ? c + WIDE_EMOJI : c + WIDE_SYMBOL;
}

/* The slot of a combining sequence in the hash: it holds the sequence's index + 1, or 0. */
static uint16_t *combo_slot(struct vt_filter *f, const uint32_t chars[VT_COMBO_CHARS])
{
	uint32_t h = 0;
	for (size_t i = 0; i < VT_COMBO_CHARS; i++)
		h = (h ^ chars[i]) * 2654435761u;
	for (h >>= 16;; h++) {
		uint16_t *s = &f->slot[h % ARRAY_LEN(f->slot)];
		if (*s == 0 || memcmp(f->combo[*s - 1], chars, sizeof(f->combo[0])) == 0)
			return s;
	}
}

/* The stand-in of a base character with what combines with it; the base alone when the table is full. */
static uint32_t combine(struct vt_filter *f, const uint32_t chars[VT_COMBO_CHARS])
{
	uint32_t base = wcwidth((wchar_t)chars[0]) == 2 ? COMBO_WIDE : COMBO_NARROW;
	uint16_t *s = combo_slot(f, chars);
	if (*s == 0 && f->n_combo == VT_COMBO_MAX)
		return stand_in(chars[0]);
	if (*s == 0) {
		if (f->combo == NULL)
			f->combo = xcalloc(VT_COMBO_MAX, sizeof(*f->combo));
		memcpy(f->combo[f->n_combo], chars, sizeof(f->combo[0]));
		*s = (uint16_t)++f->n_combo;
	}
	return base + *s - 1u;
}

static bool combines(uint32_t c)
{
	return c >= 0x300 && wcwidth((wchar_t)c) == 0;
}

/* Print one character and those after it that combine with it. Returns the bytes used, 0 when it is cut off. */
static size_t print_char(struct vt_filter *f, const char *p, size_t n)
{
	uint32_t chars[VT_COMBO_CHARS] = {0}, next;
	int len = decode((const unsigned char *)p, n, &chars[0]);
	if (len == 0)
		return 0;
	if (len < 0) {
		put(f, 0xfffd);
		return 1;
	}
	if (chars[0] < 0xa0) /* C1 controls: nobody sends them in UTF-8 in good faith */
		return (size_t)len;
	size_t used = (size_t)len;
	for (int i = 1; used < n; used += (size_t)len) {
		len = decode((const unsigned char *)p + used, n - used, &next);
		if (len <= 0 || !combines(next))
			break;
		if (i < VT_COMBO_CHARS)
			chars[i++] = next;
	}
	if (!combines(chars[0]))
		put(f, chars[1] != 0 ? combine(f, chars) : stand_in(chars[0]));
	return used;
}

/* An ASCII letter before a combining character belongs to it. */
static size_t print_ascii_combo(struct vt_filter *f, const char *p, size_t n)
{
	uint32_t chars[VT_COMBO_CHARS] = {(unsigned char)p[0]}, next;
	size_t used = 1;
	for (int i = 1, len; used < n; used += (size_t)len) {
		len = decode((const unsigned char *)p + used, n - used, &next);
		if (len <= 0 || !combines(next))
			break;
		if (i < VT_COMBO_CHARS)
			chars[i++] = next;
	}
	if (chars[1] == 0 || chars[0] < 0x20 || chars[0] == 0x7f) {
		ascii(f, p, 1);
		return 1;
	}
	put(f, combine(f, chars));
	return used;
}

/* Bytes at p that are ASCII. */
static size_t ascii_run(const char *p, size_t n)
{
	size_t i = 0;
	for (uint64_t w; i + 8 <= n; i += 8) {
		memcpy(&w, p + i, 8);
		if (w & 0x8080808080808080u)
			break;
	}
	while (i < n && !(p[i] & 0x80))
		i++;
	return i;
}

/* Text without an ESC in it. Keeps a character cut off at the end for the next feed. */
static void text(struct vt_filter *f, const char *p, size_t n)
{
	while (n > 0) {
		size_t used = ascii_run(p, n);
		if (used == n) {
			ascii(f, p, n);
			return;
		}
		if (used > 1) {
			ascii(f, p, used - 1); /* the last one may have something combine with it */
			used--;
		} else if (used == 1) {
			used = print_ascii_combo(f, p, n);
		} else {
			used = print_char(f, p, n);
		}
		if (used == 0) {
			memcpy(f->part, p, n);
			f->n_part = n;
			return;
		}
		p += used;
		n -= used;
	}
}

/* SGR goes into the pen; the screen needs it too, for what it erases. */
static void sgr(struct vt_filter *f, const struct vt_params *p)
{
	char plain[VT_SGR_MAX];
	size_t n = vt_sgr(&f->pen.attr, p, f->slow ? plain : NULL);
	if (f->slow)
		emit(f, n > 0 ? plain : f->seq, n > 0 ? n : f->n);
	else
		tsm_screen_set_def_attr(f->screen, &f->pen.attr);
}

/* What RIS and DECSTR do to modes and pen. */
static void mode_reset(struct vt_filter *f)
{
	f->mode = (struct vt_modes){0};
	vt_sgr_default(&f->pen.attr);
	f->pen.shifted = f->graphics[0] = f->graphics[1] = f->margins = false;
	f->saved = f->pen;
}

/* DECSC and DECRC: libtsm saves colours, attributes and which character set is in use. */
static void save_cursor(struct vt_filter *f, bool save)
{
	if (save)
		f->saved = f->pen;
	else
		f->pen = f->saved;
	emits(f, save ? "\0337" : "\0338");
	if (!f->slow)
		tsm_screen_set_def_attr(f->screen, &f->pen.attr);
}

static void private_mode(struct vt_filter *f, int mode, bool on)
{
	switch (mode) {
	case 1:
		f->mode.app_cursor = on;
		break;
	case 9:
	case 1000:
	case 1002:
	case 1003:
		f->mode.mouse = on ? mode : 0;
		break;
	case 25:
		f->mode.no_cursor = !on;
		break;
	case 1006:
		f->mode.sgr_mouse = on;
		break;
	case 2004:
		f->mode.paste = on;
		break;
	}
}

/* `CSI ? …`: modes are followed, erasing is let through, the rest dropped. */
static void csi_private(struct vt_filter *f, const struct vt_params *p, char final)
{
	if (final == 'h' || final == 'l') {
		for (size_t i = 0; i < p->n; i++) {
			char out[32];
			private_mode(f, p->v[i], final == 'h');
			snprintf(out, sizeof(out), "\033[?%d%c", p->v[i] < 0 ? 0 : p->v[i], final);
			if ((p->v[i] < 1000 && p->v[i] != 25) || (p->v[i] >= 1047 && p->v[i] <= 1049))
				emits(f, out);
		}
	} else if (final == 'J' || final == 'K') {
		emit(f, f->seq, f->n);
	}
}

static void repeat(struct vt_filter *f, int n)
{
	for (int i = 0; i < (n < 1 ? 1 : n > 1024 ? 1024 : n) && f->last != 0; i++)
		put(f, f->last);
}

/* CSI K. */
static void erase_line(struct vt_filter *f, int v)
{
	if (v <= 0)
		tsm_screen_erase_cursor_to_end(f->screen, false);
	else if (v == 1)
		tsm_screen_erase_home_to_cursor(f->screen, false);
	else if (v == 2)
		tsm_screen_erase_current_line(f->screen, false);
}

/* A cursor movement that libtsm lacks, by one that it has. */
static void move(struct vt_filter *f, int n, char final, const char *then)
{
	char out[32];
	snprintf(out, sizeof(out), "\033[%d%c%s", n < 1 ? 1 : n, final, then);
	emits(f, out);
}

/* A plain `CSI … final`. Returns false if it is to go to libtsm as it is. */
static bool csi_rewrite(struct vt_filter *f, const struct vt_params *p, char final)
{
	int v = p->v[0];
	switch (final) {
	case 'm':
		sgr(f, p);
		return true;
	case 'K':
		erase_line(f, v);
		return true;
	case 'H':
		tsm_screen_move_to(
			f->screen, p->n > 1 && p->v[1] > 0 ? (unsigned)p->v[1] - 1 : 0, v > 0 ? (unsigned)v - 1 : 0);
		return true;
	case 's':
	case 'u':
		save_cursor(f, final == 's');
		return true;
	case 'E':
	case 'F':
		move(f, v, final == 'E' ? 'B' : 'A', "\r");
		return true;
	case '`':
	case 'a':
		move(f, v, final == 'a' ? 'C' : 'G', "");
		return true;
	case 'b':
		repeat(f, v);
		return true;
	case 'r':
		f->margins = true;
		emit(f, f->seq, f->n);
		emits(f, "\033[H");
		return true;
	case 'J':
		if (v == 3)
			f->clear_scrollback(f->ctx);
		return v == 3;
	case 't':
		if (v == 18)
			f->report_size(f->ctx);
		return true;
	case 'T':
	case 'p':
		return p->n > 1 || final == 'p';
	}
	return false;
}

static void csi(struct vt_filter *f)
{
	struct vt_params p;
	char final = f->seq[f->n - 1], first = f->seq[2], *end = f->seq + f->n - 1;
	bool prefix = first >= '<' && first <= '?', inter = f->n > 3 && end[-1] >= 0x20 && end[-1] < 0x30;
	vt_params(f->seq + 2 + prefix, end, &p);
	if (inter) {
		if (end[-1] == '!' && final == 'p') { /* DECSTR */
			mode_reset(f);
			emit(f, f->seq, f->n);
		}
	} else if (prefix && first == '?') {
		csi_private(f, &p, final);
	} else if (prefix) {
		if (first == '>' && final == 'c')
			emit(f, f->seq, f->n);
	} else {
		for (size_t i = 0; (final == 'h' || final == 'l') && i < p.n; i++)
			if (p.v[i] == 20)
				f->mode.newline = final == 'h';
		if (!csi_rewrite(f, &p, final))
			emit(f, f->seq, f->n);
	}
}

/* The character after ESC (and intermediates). */
static void esc(struct vt_filter *f, unsigned char c)
{
	f->state = VT_GROUND;
	if (c == '[' && f->n == 2) {
		f->state = VT_CSI;
		return;
	}
	if (f->n == 2 && strchr("]PX^_", c) != NULL) {
		f->state = VT_STRING;
	} else if (c >= 0x20 && c < 0x30) {
		f->state = VT_ESC;
		return;
	} else if (f->n > 2 && strchr("()*+", f->seq[1]) == NULL) {
		return; /* only character sets have a use for intermediates */
	}
	if (f->n == 2 && (c == '7' || c == '8')) {
		save_cursor(f, c == '7');
		return;
	}
	if (f->n > 2) { /* a character set for G0 or G1: line drawing, or as good as ASCII; G2 and G3 nobody uses */
		if (f->seq[1] == '(' || f->seq[1] == ')')
			f->graphics[f->seq[1] == ')'] = c == '0';
		f->seq[f->n - 1] = c == '0' ? '0' : 'B';
		if (f->slow && f->seq[1] == '(')
			emit(f, f->seq, f->n);
		return;
	}
	if (strchr("NOno}|~", c) != NULL)
		return;
	if (c == 'c')
		mode_reset(f);
	emit(f, f->seq, f->n);
}

/* One byte of a control sequence. */
static void control(struct vt_filter *f, unsigned char c)
{
	if (c == 0x1b) {
		f->state = VT_ESC;
		f->seq[0] = (char)c;
		f->n = 1;
	} else if (c == 0x18 || c == 0x1a || c >= 0x7f) {
		f->state = VT_GROUND;
	} else if (c < 0x20) {
		control_char(f, (char)c); /* acts at once, wherever it stands */
	} else if (f->state == VT_DROP || f->n == VT_SEQ_MAX) {
		f->state = c >= 0x40 ? VT_GROUND : VT_DROP;
	} else {
		f->seq[f->n++] = (char)c;
		if (f->state == VT_ESC) {
			esc(f, c);
		} else if (c >= 0x40) {
			f->state = VT_GROUND;
			csi(f);
		}
	}
}

/* The body of an OSC, DCS …: libtsm keeps what it needs of it, ASCII alone: half a character of UTF-8 would swallow the
 * ESC that ends the string. Returns the bytes used. */
static size_t string(struct vt_filter *f, const char *p, size_t n)
{
	char c = *p, bell = f->seq[1] == ']' ? 0x07 : 0x18;
	size_t run = ascii_run(p, n), i = 0;
	while (i < run && p[i] != 0x1b && p[i] != bell && p[i] != 0x18 && p[i] != 0x1a)
		i++;
	emit(f, p, i);
	if (i > 0)
		return i;
	if (c & 0x80)
		return 1;
	emits(f, "\033\\"); /* over it is, whatever becomes of what follows */
	f->state = VT_GROUND;
	if (c == 0x1b)
		control(f, c);
	return 1;
}

/* Bytes kept from the last feed, completed by the first of this one. Returns the bytes of this one used. */
static size_t finish_part(struct vt_filter *f, const char *p, size_t n)
{
	char whole[8];
	size_t had = f->n_part, take = 0;
	memcpy(whole, f->part, had);
	while (had + take < 4 && take < n && (p[take] & 0xc0) == 0x80) {
		whole[had + take] = p[take];
		take++;
	}
	f->n_part = 0;
	text(f, whole, had + take);
	return take;
}

/* Only what prints or moves in the line: all other controls may last beyond it. */
static bool is_plain(const char *p, size_t n)
{
	bool plain = true;
	for (size_t i = 0; i < n; i++)
		plain &= (unsigned char)p[i] >= 0x20 || p[i] == '\n' || p[i] == '\r' || p[i] == '\t';
	return plain;
}

size_t vt_filter_lost(const struct vt_filter *f, const char *p, size_t n, size_t lines)
{
	if (n < 2 * lines || f->state != VT_GROUND || f->n_part > 0 || f->margins || f->slow)
		return 0;
	while (n > 0 && lines > 0) {
		const char *nl = memrchr(p, '\n', n);
		n = nl != NULL ? (size_t)(nl - p) : 0;
		lines--;
	}
	while (n > 1) { /* to an end of line */
		const char *nl = memrchr(p, '\n', n);
		n = nl != NULL ? (size_t)(nl - p) : 0;
		if (n > 0 && p[n - 1] == '\r')
			return is_plain(p, n) ? n + 1 : 0;
	}
	return 0;
}

void vt_filter_feed(struct vt_filter *f, const char *p, size_t n)
{
	while (n > 0) {
		size_t used = 1;
		if (f->state == VT_STRING) {
			used = string(f, p, n);
		} else if (f->state != VT_GROUND) {
			control(f, (unsigned char)*p);
		} else if (f->n_part > 0) {
			used = finish_part(f, p, n);
			if (used == 0 && f->n_part > 0) { /* what follows does not belong to it */
				for (; f->n_part > 0; f->n_part--)
					put(f, 0xfffd);
			}
		} else {
			const char *e = memchr(p, 0x1b, n);
			used = e != NULL ? (size_t)(e - p) : n;
			text(f, p, used);
			if (e != NULL && f->n_part == 0) {
				control(f, 0x1b);
				used++;
			}
		}
		p += used;
		n -= used;
	}
}

void vt_filter_reset(struct vt_filter *f)
{
	f->state = VT_GROUND;
	f->n = f->n_part = 0;
	f->last = 0;
	mode_reset(f);
}

void vt_filter_done(struct vt_filter *f)
{
	free(f->combo);
	f->combo = NULL;
	f->n_combo = 0;
}

void vt_filter_chars(const struct vt_filter *f, uint32_t c, uint32_t out[VT_COMBO_CHARS])
{
	memset(out, 0, VT_COMBO_CHARS * sizeof(*out));
	if (c - COMBO_NARROW < f->n_combo)
		memcpy(out, f->combo[c - COMBO_NARROW], sizeof(f->combo[0]));
	else if (c - COMBO_WIDE < f->n_combo)
		memcpy(out, f->combo[c - COMBO_WIDE], sizeof(f->combo[0]));
	else if (c >= 0x3f000 && c < 0x3fffe)
		out[0] = c - WIDE_EMOJI;
	else if (c >= 0x3e300 && c < 0x3ec00)
		out[0] = c - WIDE_SYMBOL;
	else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		out[0] = 0xfffd;
	else
		out[0] = c;
}
