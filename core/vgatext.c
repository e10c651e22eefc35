/* vgatext: see vgatext.h. Two layers: the cells as QEMU paints them, and the rows as last reported. */
#include "core/vgatext.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/transcript.h"
#include "core/vm.h"

#define ROWS VM_VGA_ROWS
#define COLS VM_VGA_COLS

struct vgatext {
	uint32_t cell[ROWS][COLS]; /* 0 is blank */
	int row, col;
	enum { PLAIN, ESC, ADDRESS_ROW, ADDRESS_COL } state;
	uint32_t code; /* UTF-8 character being put together, and its bytes to come */
	int needed;
	struct strv seen; /* the rows as last reported */
};

struct vgatext *vgatext_new(void)
{
	return xcalloc(1, sizeof(struct vgatext));
}

void vgatext_free(struct vgatext *v)
{
	if (v == NULL)
		return;
	strv_done(&v->seen);
	free(v);
}

/* --- the cells --- */

static void erase(struct vgatext *v, bool to_screen_end)
{
	memset(&v->cell[v->row][v->col], 0, (size_t)(COLS - v->col) * sizeof(v->cell[0][0]));
	for (int r = v->row + 1; to_screen_end && r < ROWS; r++)
		memset(v->cell[r], 0, sizeof(v->cell[r]));
}

static void scroll(struct vgatext *v, bool up)
{
	memmove(v->cell[up ? 0 : 1], v->cell[up ? 1 : 0], sizeof(v->cell[0]) * (ROWS - 1));
	memset(v->cell[up ? ROWS - 1 : 0], 0, sizeof(v->cell[0]));
}

static void move(struct vgatext *v, int row, int col)
{
	v->row = row < 0 ? 0 : row < ROWS ? row : ROWS - 1;
	v->col = col < 0 ? 0 : col < COLS ? col : COLS - 1;
}

static void escape(struct vgatext *v, char c)
{
	v->state = c == 'Y' ? ADDRESS_ROW : PLAIN;
	switch (c) {
	case 'A':
		move(v, v->row - 1, v->col);
		break;
	case 'B':
		move(v, v->row + 1, v->col);
		break;
	case 'C':
		move(v, v->row, v->col + 1);
		break;
	case 'D':
		move(v, v->row, v->col - 1);
		break;
	case 'H':
		move(v, 0, 0);
		break;
	case 'I':
		if (v->row == 0)
			scroll(v, false);
		move(v, v->row - 1, v->col);
		break;
	case 'J':
		erase(v, true);
		break;
	case 'K':
		erase(v, false);
		break;
	default:
		break;
	}
}

static void put(struct vgatext *v, uint32_t code)
{
	v->cell[v->row][v->col] = code;
	move(v, v->row, v->col + 1);
}

static void plain(struct vgatext *v, unsigned char c)
{
	if (v->needed > 0 && (c & 0xC0) == 0x80) {
		v->code = v->code << 6 | (c & 0x3F);
		if (--v->needed == 0)
			put(v, v->code >= 0xA0 && v->code < 0x110000 ? v->code : '?');
		return;
	}
	v->needed = 0;
	if (c == 0x1B) {
		v->state = ESC;
	} else if (c == '\r') {
		v->col = 0;
	} else if (c == '\n') {
		if (v->row == ROWS - 1)
			scroll(v, true);
		move(v, v->row + 1, v->col);
	} else if (c == '\b') {
		move(v, v->row, v->col - 1);
	} else if (c == '\t') {
		move(v, v->row, (v->col | 7) + 1);
	} else if (c >= 0xC2) {
		v->needed = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
		v->code = c & (0x3Fu >> v->needed);
	} else if (c >= 0x20 && c < 0x7F) {
		put(v, c);
	}
}

void vgatext_feed(struct vgatext *v, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int at = (unsigned char)bytes[i] - ' ';
		if (v->state == ADDRESS_ROW) {
			move(v, at, v->col);
			v->state = ADDRESS_COL;
		} else if (v->state == ADDRESS_COL) {
			move(v, v->row, at);
			v->state = PLAIN;
		} else if (v->state == ESC) {
			escape(v, bytes[i]);
		} else {
			plain(v, (unsigned char)bytes[i]);
		}
	}
}

/* --- what is new --- */

/* The text of row r: blanks at its end count only up to the cursor. */
static char *row_text(const struct vgatext *v, int r)
{
	struct buf b = {0};
	int n = COLS;
	while (n > 0 && (v->cell[r][n - 1] == 0 || v->cell[r][n - 1] == ' '))
		n--;
	if (r == v->row && n < v->col)
		n = v->col;
	for (int c = 0; c < n; c++)
		transcript_utf8(&b, v->cell[r][c] != 0 ? v->cell[r][c] : ' ');
	return buf_take(&b);
}

static bool row_is_full(const struct vgatext *v, int r)
{
	return v->cell[r][COLS - 1] > ' ';
}

/* The rows from the top to the cursor's, or to the last that has text. */
static void rows_now(const struct vgatext *v, struct strv *rows)
{
	int last = ROWS - 1;
	for (; last > v->row; last--) {
		char *text = row_text(v, last);
		bool blank = text[0] == '\0';
		free(text);
		if (!blank)
			break;
	}
	for (int r = 0; r <= last; r++) {
		char *text = row_text(v, r);
		strv_add(rows, text);
		free(text);
	}
}

/* QEMU's own words while the card is in a graphics mode or off. */
static bool is_notice(const struct strv *rows)
{
	const char *only = NULL;
	for (size_t i = 0; i < rows->n; i++) {
		if (rows->v[i][strspn(rows->v[i], " ")] == '\0')
			continue;
		if (only != NULL)
			return false;
		only = rows->v[i];
	}
	return only != NULL && (strstr(only, "Blank mode") != NULL || strstr(only, "Graphic mode") != NULL);
}

/* How many of the old rows, shifted up by k, are where they were; -1 if the shift is impossible. The last old row
 * counts when it has only grown. */
static int agreement(const struct strv *old, const struct strv *now, size_t k)
{
	int same = 0;
	for (size_t i = k; i < old->n && i - k < now->n; i++) {
		bool last = i + 1 == old->n;
		if (last ? str_starts(now->v[i - k], old->v[i]) : strcmp(now->v[i - k], old->v[i]) == 0)
			same++;
	}
	return same;
}

/* The shift under which most old rows are found again; old->n if not even half of those left are. */
static size_t find_shift(const struct strv *old, const struct strv *now)
{
	for (size_t k = 0; k < old->n; k++) {
		int left = (int)(old->n - k);
		if (old->n - k <= now->n && agreement(old, now, k) == left)
			return k;
	}
	for (size_t k = 0; k < old->n; k++) {
		int left = (int)(old->n - k);
		if (old->n - k <= now->n && agreement(old, now, k) * 2 > left && left > 2)
			return k;
	}
	return old->n;
}

/* Row r begins a line of its own, unless it goes on with a full row; a kernel message's time stamp always begins one.
 */
static void add_row(const struct vgatext *v, struct buf *out, const struct strv *now, size_t r)
{
	const bool goes_on = r > 0 && row_is_full(v, (int)r - 1) && now->v[r][0] != '[';
	if (!goes_on && (r > 0 || out->n > 0))
		buf_addc(out, '\n');
	buf_adds(out, now->v[r]);
}

void vgatext_news(struct vgatext *v, struct buf *out)
{
	struct strv now = {0};
	rows_now(v, &now);
	if (is_notice(&now)) {
		strv_done(&now);
		return;
	}
	size_t k = find_shift(&v->seen, &now), kept = v->seen.n - k;
	if (kept == 0 && v->seen.n > 0)
		buf_addc(out, '\n');
	for (size_t r = 0; r < now.n; r++) {
		const char *old = r < kept ? v->seen.v[k + r] : NULL;
		if (old == NULL)
			add_row(v, out, &now, r);
		else if (r + 1 == kept && str_starts(now.v[r], old))
			buf_adds(out, now.v[r] + strlen(old));
		else if (strcmp(old, now.v[r]) != 0)
			add_row(v, out, &now, r);
	}
	strv_done(&v->seen);
	v->seen = now;
}
