/* isosqueeze: see isosqueeze.h. First all numbers are corrected in place, each once, then the sectors move. Numbers
 * stand in the image little-endian, big-endian or, one behind the other, both (ECMA-119 7.3). */
#include "core/isosqueeze.h"

#include <stdbool.h>
#include <string.h>

#include "core/isofile.h"

#define SQUEEZE_MAX 8
struct squeeze {
	uint8_t *image;
	size_t n;
	uint32_t gone[SQUEEZE_MAX]; /* sectors to take out, ascending */
	size_t n_gone;
};

static uint32_t get_le(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t get_be(const uint8_t *p)
{
	return (uint32_t)p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
}

static void put_le(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void put_be(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * (3 - i));
}

/* Where a sector will be. */
static uint32_t moved(const struct squeeze *s, uint32_t lba)
{
	uint32_t less = 0;
	for (size_t i = 0; i < s->n_gone; i++)
		less += s->gone[i] < lba;
	return lba - less;
}

static void move_le(const struct squeeze *s, uint8_t *p)
{
	put_le(p, moved(s, get_le(p)));
}

static void move_be(const struct squeeze *s, uint8_t *p)
{
	put_be(p, moved(s, get_be(p)));
}

static void move_both(const struct squeeze *s, uint8_t *p)
{
	move_le(s, p);
	move_be(s, p + 4);
}

static uint8_t *sector_at(const struct squeeze *s, uint32_t lba)
{
	return (uint64_t)lba * ISO_SECTOR + ISO_SECTOR <= s->n ? s->image + (size_t)lba * ISO_SECTOR : NULL;
}

static bool is_volume(const uint8_t *d)
{
	return d[0] == 1 || d[0] == 2;
}

/* --- which sectors --- */

static bool is_empty(const uint8_t *sector)
{
	return sector[0] == 0 && memcmp(sector, sector + 1, ISO_SECTOR - 1) == 0;
}

static void take_out(struct squeeze *s, uint32_t lba)
{
	if (s->n_gone < SQUEEZE_MAX)
		s->gone[s->n_gone++] = lba;
}

/* A path table has two sectors; the second is empty unless there are very many folders. */
static void take_table(struct squeeze *s, uint32_t lba, uint32_t size)
{
	const uint8_t *second = sector_at(s, lba + 1);
	if (size <= ISO_SECTOR && second != NULL && is_empty(second))
		take_out(s, lba + 1);
}

static void choose(struct squeeze *s, uint32_t last_descriptor)
{
	const uint8_t *note = sector_at(s, last_descriptor + 1);
	if (note != NULL && memcmp(note, "INFO", 4) == 0)
		take_out(s, last_descriptor + 1);
	for (uint32_t i = 16; i < last_descriptor; i++) {
		const uint8_t *d = sector_at(s, i);
		if (!is_volume(d))
			continue;
		take_table(s, get_le(d + 140), get_le(d + 132));
		take_table(s, get_be(d + 148), get_le(d + 132));
	}
}

/* --- the numbers --- */

/* A path table of a volume: 8 bytes and the name, padded to an even length (ECMA-119 9.4). */
static void move_table(
	const struct squeeze *s, uint32_t lba, uint32_t size, void (*move)(const struct squeeze *s, uint8_t *p))
{
	if (sector_at(s, lba) == NULL || (uint64_t)lba * ISO_SECTOR + size > s->n)
		return;
	uint8_t *p = s->image + (size_t)lba * ISO_SECTOR, *end = p + size;
	for (; p + 8 <= end && p[0] > 0; p += 8 + p[0] + (p[0] & 1))
		move(s, p + 2);
}

/* Of the system use entries only continuations (CE) name a sector: folders are not relocated, they nest no deeper than
 * ISO 9660 allows. */
static void move_system_use(const struct squeeze *s, uint8_t *p, const uint8_t *end, int hops)
{
	for (; p + 4 <= end && p[2] >= 4 && p + p[2] <= end; p += p[2]) {
		if (memcmp(p, "CE", 2) != 0 || p[2] < 28)
			continue;
		uint64_t from = (uint64_t)get_le(p + 4) * ISO_SECTOR + get_le(p + 12), size = get_le(p + 20);
		move_both(s, p + 4);
		if (from + size <= s->n && hops < 8)
			move_system_use(s, s->image + from, s->image + from + size, hops + 1);
	}
}

static void move_folder(const struct squeeze *s, uint32_t lba, uint32_t size, int depth)
{
	for (uint32_t i = 0; i < size / ISO_SECTOR && depth < 16; i++) {
		uint8_t *r = sector_at(s, lba + i), *end = r + ISO_SECTOR;
		if (r == NULL)
			return;
		for (; r + 34 <= end && r[0] >= 34 && r + r[0] <= end; r += r[0]) {
			bool self = r[32] == 1 && r[33] <= 1;
			if (r[25] & 2 && !self)
				move_folder(s, get_le(r + 2), get_le(r + 10), depth + 1);
			move_both(s, r + 2);
			move_system_use(s, r + 33 + r[32] + !(r[32] & 1), r + r[0], 0);
		}
	}
}

static void move_volume(const struct squeeze *s, uint8_t *d)
{
	uint32_t size = get_le(d + 132);
	move_table(s, get_le(d + 140), size, move_le);
	move_table(s, get_be(d + 148), size, move_be);
	move_folder(s, get_le(d + 158), get_le(d + 166), 0);
	move_both(s, d + 80);
	move_le(s, d + 140);
	move_le(s, d + 144);
	move_be(s, d + 148);
	move_be(s, d + 152);
	move_both(s, d + 158);
}

/* The boot record, its catalog's one entry, and the table in what that boots (isolinux.bin, byte 12: where it is). */
static void move_boot(const struct squeeze *s, uint8_t *d)
{
	uint8_t *catalog = sector_at(s, get_le(d + 0x47));
	uint8_t *loader = catalog != NULL ? sector_at(s, get_le(catalog + 40)) : NULL;
	if (loader == NULL)
		return;
	move_le(s, loader + 12);
	move_le(s, catalog + 40);
	move_le(s, d + 0x47);
}

/* --- the sectors --- */

static size_t move_sectors(const struct squeeze *s)
{
	uint32_t to = 0;
	for (uint32_t from = 0; sector_at(s, from) != NULL; from++) {
		bool gone = false;
		for (size_t i = 0; i < s->n_gone; i++)
			gone = gone || s->gone[i] == from;
		if (!gone)
			memmove(sector_at(s, to++), sector_at(s, from), ISO_SECTOR);
	}
	return (size_t)to * ISO_SECTOR;
}

size_t isosqueeze(uint8_t *image, size_t n)
{
	struct squeeze s = {.image = image, .n = n};
	uint32_t last = 16;
	while (sector_at(&s, last) != NULL && sector_at(&s, last)[0] != 255 && last < 32)
		last++;
	if (n % ISO_SECTOR != 0 || sector_at(&s, last) == NULL || sector_at(&s, last)[0] != 255)
		return n;
	choose(&s, last);
	for (uint32_t i = 16; i < last; i++) {
		uint8_t *d = sector_at(&s, i);
		if (is_volume(d))
			move_volume(&s, d);
		else if (d[0] == 0)
			move_boot(&s, d);
	}
	return move_sectors(&s);
}
