/* vt_sgr: see vt_sgr.h. Also what libtsm 4.0 misreads in SGR: colons, 21, 58, more than 16 parameters, empty ones. */
#include "tui/vt_sgr.h"

#include <stdio.h>
#include <string.h>

#define PLAIN_MAX 28 /* one attribute in plain form */

void vt_params(const char *p, const char *end, struct vt_params *out)
{
	*out = (struct vt_params){.n = 1};
	out->v[0] = -1;
	for (; p < end; p++) {
		int *v = &out->v[out->n - 1];
		if (*p >= '0' && *p <= '9')
			*v = *v > 6000 ? *v : (*v < 0 ? 0 : *v) * 10 + (*p - '0');
		else if ((*p == ';' || *p == ':') && out->n < 32) {
			out->sub[out->n] = *p == ':';
			out->v[out->n++] = -1;
		}
	}
}

/* How many values belong to the colour that begins at i (38, 48 or 58); kind and value are 0 if there is none. */
struct colour {
	size_t used;
	int kind; /* 5: index in rgb[0]; 2: red, green, blue */
	int rgb[3];
};

static struct colour colour(const struct vt_params *p, size_t i)
{
	struct colour c = {.used = 1};
	bool colons = i + 1 < p->n && p->sub[i + 1];
	int kind = i + 1 < p->n ? p->v[i + 1] : 0;
	if (colons)
		while (i + c.used < p->n && p->sub[i + c.used])
			c.used++;
	else
		c.used = kind == 5 ? 3 : kind == 2 ? 5 : 2;
	if (i + c.used > p->n)
		return c;
	size_t skip = colons && kind == 2 && c.used >= 6 ? 3 : 2; /* 38:2:SPACE:R:G:B has a colour space */
	if ((kind == 5 && c.used >= 3) || (kind == 2 && c.used >= skip + 3))
		c.kind = kind;
	for (size_t k = 0; k < (kind == 2 ? 3u : 1u) && c.kind != 0; k++)
		c.rgb[k] = p->v[i + skip + k] & 255;
	return c;
}

/* Set a colour of the pen as libtsm would: 0-15 stay codes, the others become red, green, blue. */
static void pen_colour(int8_t *code, uint8_t *rgb[3], const struct colour *c)
{
	static const uint8_t level[6] = {0x00, 0x5f, 0x87, 0xaf, 0xd7, 0xff};
	int v = c->rgb[0], value[3] = {c->rgb[0], c->rgb[1], c->rgb[2]};
	*code = -1;
	if (c->kind == 5 && v < 16) {
		*code = (int8_t)v;
	} else if (c->kind == 5 && v < 232) {
		value[0] = level[(v - 16) / 36];
		value[1] = level[(v - 16) / 6 % 6];
		value[2] = level[(v - 16) % 6];
	} else if (c->kind == 5) {
		value[0] = value[1] = value[2] = (v - 232) * 10 + 8;
	}
	for (int i = 0; i < 3; i++)
		*rgb[i] = (uint8_t)value[i];
}

void vt_sgr_default(struct tsm_screen_attr *a)
{
	*a = (struct tsm_screen_attr){.fccode = TSM_COLOR_FOREGROUND, .bccode = TSM_COLOR_BACKGROUND};
}

/* Attributes without a colour of their own. */
static void pen_flag(struct tsm_screen_attr *a, int v)
{
	bool on = v < 20;
	switch (v) {
	case 0:
		vt_sgr_default(a);
		break;
	case 1:
	case 22:
		a->bold = on;
		break;
	case 3:
	case 23:
		a->italic = on;
		break;
	case 4:
	case 24:
		a->underline = on;
		break;
	case 5:
	case 25:
		a->blink = on;
		break;
	case 7:
	case 27:
		a->inverse = on;
		break;
	case 39:
		a->fccode = TSM_COLOR_FOREGROUND;
		break;
	case 49:
		a->bccode = TSM_COLOR_BACKGROUND;
		break;
	}
}

static void pen_sgr(struct tsm_screen_attr *a, int v)
{
	int8_t digit = (int8_t)(v % 10);
	if (v >= 30 && v <= 37)
		a->fccode = digit;
	else if (v >= 40 && v <= 47)
		a->bccode = digit;
	else if (v >= 90 && v <= 97)
		a->fccode = (int8_t)(digit + 8);
	else if (v >= 100 && v <= 107)
		a->bccode = (int8_t)(digit + 8);
	else
		pen_flag(a, v);
}

/* SGR 38 or 48 at i (58, the underline's colour, has no place). Returns the values used; `plain` gets a form without
 * colons, or stays empty. */
static size_t take_colour(struct tsm_screen_attr *a, const struct vt_params *p, size_t i, char plain[PLAIN_MAX])
{
	struct colour c = colour(p, i);
	if (c.kind == 0 || p->v[i] == 58)
		return c.used;
	if (p->v[i] == 38)
		pen_colour(&a->fccode, (uint8_t *[3]){&a->fr, &a->fg, &a->fb}, &c);
	else
		pen_colour(&a->bccode, (uint8_t *[3]){&a->br, &a->bg, &a->bb}, &c);
	if (c.kind == 5)
		snprintf(plain, PLAIN_MAX, "\033[%d;5;%dm", p->v[i], c.rgb[0]);
	else
		snprintf(plain, PLAIN_MAX, "\033[%d;2;%d;%d;%dm", p->v[i], c.rgb[0], c.rgb[1], c.rgb[2]);
	return c.used;
}

/* One attribute, plain or with sub-parameters. */
static size_t take_flag(struct tsm_screen_attr *a, const struct vt_params *p, size_t i, char plain[PLAIN_MAX])
{
	int v = p->v[i] < 0 ? 0 : p->v[i];
	size_t used = 1;
	while (i + used < p->n && p->sub[i + used])
		used++;
	if (v == 4 && used > 1 && p->v[i + 1] == 0)
		v = 24;
	v = v == 21 ? 4 : v;
	pen_sgr(a, v);
	snprintf(plain, PLAIN_MAX, "\033[%dm", v);
	return used;
}

/* May libtsm have the whole sequence as it is? */
static bool is_plain(const struct vt_params *p)
{
	bool plain = p->n <= 16;
	for (size_t i = 0; i < p->n && plain; i++)
		plain = !p->sub[i] && p->v[i] != 21 && p->v[i] != 38 && p->v[i] != 48 && p->v[i] != 58 &&
			(p->v[i] >= 0 || p->n == 1);
	return plain;
}

size_t vt_sgr(struct tsm_screen_attr *a, const struct vt_params *p, char out[VT_SGR_MAX])
{
	size_t n = 0;
	bool whole = out == NULL || is_plain(p);
	for (size_t i = 0, used; i < p->n; i += used) {
		char plain[PLAIN_MAX] = "";
		bool is_colour = p->v[i] == 38 || p->v[i] == 48 || p->v[i] == 58;
		used = is_colour ? take_colour(a, p, i, plain) : take_flag(a, p, i, plain);
		size_t len = strlen(plain);
		if (!whole && n + len < VT_SGR_MAX) {
			memcpy(out + n, plain, len);
			n += len;
		}
	}
	if (!whole && n == 0) /* nothing that has a meaning: still not as it was */
		n = (size_t)snprintf(out, VT_SGR_MAX, "\033[>m");
	return n;
}
