/* isofile: see isofile.h. Only little-endian halves of ISO's both-endian numbers are read. */
#include "core/isofile.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/i18n.h"

static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16;
}

/* A whole sector of the image, or NULL if it lies outside. */
static const uint8_t *sector(const uint8_t *image, size_t n, uint32_t lba)
{
	return (uint64_t)lba * ISO_SECTOR + ISO_SECTOR <= n ? image + (size_t)lba * ISO_SECTOR : NULL;
}

/* The volume descriptor of a type, or NULL. ECMA-119 8.1: from sector 16 to the terminator, type 255. */
static const uint8_t *descriptor(const uint8_t *image, size_t n, uint8_t type)
{
	for (uint32_t i = 16; i < 16 + 64; i++) {
		const uint8_t *d = sector(image, n, i);
		if (d == NULL || memcmp(d + 1, "CD001", 5) != 0)
			return NULL;
		if (d[0] == type)
			return d;
		if (d[0] == 255)
			return NULL;
	}
	return NULL;
}

static void add_boot(struct isofile *f, const uint8_t *entry, uint8_t platform)
{
	if (f->n_boot == ISO_BOOT_MAX)
		return;
	f->boot[f->n_boot++] = (struct iso_boot){
		.bootable = entry[0] == 0x88,
		.platform = platform,
		.media = entry[1] & 0x0f,
		.sectors = le16(entry + 6),
		.lba = le32(entry + 8),
	};
}

/* El Torito 2.0: validation entry, initial entry, then section headers (0x90 more follow, 0x91 the last) with theirs.
 */
static int parse_catalog(struct isofile *f, const uint8_t *c)
{
	uint16_t sum = 0;
	for (int i = 0; i < 32; i += 2)
		sum = (uint16_t)(sum + le16(c + i));
	if (c[0] != 1 || c[30] != 0x55 || c[31] != 0xaa || sum != 0)
		return -1;
	add_boot(f, c + 32, c[1]);
	for (size_t at = 64; at + 32 <= ISO_SECTOR && (c[at] == 0x90 || c[at] == 0x91);) {
		uint16_t count = le16(c + at + 2);
		uint8_t platform = c[at + 1], last = c[at] == 0x91;
		at += 32;
		for (; count > 0 && at + 32 <= ISO_SECTOR; count--, at += 32)
			add_boot(f, c + at, platform);
		if (last)
			break;
	}
	return 0;
}

static void parse_mbr(struct isofile *f, const uint8_t *image)
{
	if (image[510] != 0x55 || image[511] != 0xaa)
		return;
	for (int i = 0; i < 4; i++) {
		f->partition[i] = image[446 + 16 * i + 4];
		f->mbr = f->mbr || f->partition[i] != 0;
	}
}

static void copy_label(char out[33], const uint8_t *from)
{
	size_t n = 32;
	while (n > 0 && (from[n - 1] == ' ' || from[n - 1] == 0))
		n--;
	for (size_t i = 0; i < n; i++)
		out[i] = from[i] >= 0x20 && from[i] < 0x7f ? (char)from[i] : '?';
	out[n] = '\0';
}

int isofile_parse(struct isofile *f, const char *path, const uint8_t *image, size_t n, struct err *e)
{
	memset(f, 0, sizeof(*f));
	const uint8_t *pvd = descriptor(image, n, 1), *boot = descriptor(image, n, 0);
	if (pvd == NULL) {
		err_set(e, ERR_INPUT, _("%s is no ISO 9660 image: no primary volume descriptor at byte %u"), path,
			ISO_SYSTEM_AREA);
		err_hint(e, _("kiln build iso writes one: out/image.iso"));
		return -1;
	}
	copy_label(f->label, pvd + 40);
	f->sectors = le32(pvd + 80);
	parse_mbr(f, image);
	if ((uint64_t)f->sectors * ISO_SECTOR > n)
		return err_set(e, ERR_INPUT, _("%s is cut short: %zu bytes, its descriptor says %llu"), path, n,
			(unsigned long long)f->sectors * ISO_SECTOR);
	if (boot == NULL || memcmp(boot + 7, "EL TORITO SPECIFICATION", 23) != 0)
		return 0;
	f->catalog_lba = le32(boot + 0x47);
	const uint8_t *catalog = sector(image, n, f->catalog_lba);
	if (catalog == NULL || parse_catalog(f, catalog) < 0)
		return err_set(
			e, ERR_INPUT, _("%s: the El Torito catalog at sector %u is broken"), path, f->catalog_lba);
	return 0;
}

/* Directory records looked at in one walk at most. */
#define ISO_WALK_MAX 1000000u

struct found {
	uint32_t lba, size;
	bool dir;
};

/* Look for one name in a directory's extent. ECMA-119 9.1: records never cross a sector. */
static int lookup(const uint8_t *image, size_t n, struct found *dir, const char *name, size_t name_n)
{
	for (uint32_t s = 0; s < (dir->size + ISO_SECTOR - 1) / ISO_SECTOR; s++) {
		const uint8_t *sec = sector(image, n, dir->lba + s);
		if (sec == NULL)
			return -1;
		for (size_t at = 0; at + 34 <= ISO_SECTOR && sec[at] >= 34 && at + sec[at] <= ISO_SECTOR;
			at += sec[at]) {
			const uint8_t *r = sec + at;
			size_t len = r[32];
			if (33 + len > r[0])
				return -1;
			const char *id = (const char *)r + 33;
			const char *version = memchr(id, ';', len);
			len = version != NULL ? (size_t)(version - id) : len;
			if (len > 0 && id[len - 1] == '.')
				len--;
			if (len != name_n || strncasecmp(id, name, len) != 0)
				continue;
			*dir = (struct found){le32(r + 2), le32(r + 10), r[25] & 2};
			return 0;
		}
	}
	return -1;
}

int isofile_find(const uint8_t *image, size_t n, const char *name, uint32_t *lba, uint32_t *size)
{
	const uint8_t *pvd = descriptor(image, n, 1);
	if (pvd == NULL)
		return -1;
	struct found at = {le32(pvd + 156 + 2), le32(pvd + 156 + 10), true};
	for (int depth = 0; depth < 8 && *name != '\0'; depth++) {
		name += *name == '/';
		size_t part = strcspn(name, "/");
		if (!at.dir || lookup(image, n, &at, name, part) < 0)
			return -1;
		name += part;
	}
	if (*name != '\0' || at.dir || (uint64_t)at.lba * ISO_SECTOR + at.size > n)
		return -1;
	*lba = at.lba;
	*size = at.size;
	return 0;
}

static const uint8_t epoch[7] = {70, 1, 1, 0, 0, 0, 0};

/* What a walk may still visit: the images may be hostile, and directories can contain each other. */
struct walk {
	uint8_t *image;
	size_t n;
	unsigned left;
};

/* Dates in one system use area (SUSP 1.12): "TF" entries, also of the areas that "CE" continues in. */
static void fix_system_use(struct walk *w, size_t at, size_t end, int hops)
{
	while (at + 5 <= end && end <= w->n && w->image[at + 2] >= 4 && at + w->image[at + 2] <= end) {
		uint8_t *u = w->image + at;
		size_t next = at + u[2];
		if (memcmp(u, "TF", 2) == 0 && !(u[4] & 0x80))
			for (size_t t = at + 5; t + 7 <= next; t += 7)
				memcpy(w->image + t, epoch, 7);
		if (memcmp(u, "CE", 2) == 0 && u[2] >= 28 && hops < 8 && w->left > 0) {
			uint64_t from = (uint64_t)le32(u + 4) * ISO_SECTOR + le32(u + 12), size = le32(u + 20);
			w->left--;
			if (from + size <= w->n && size <= ISO_SECTOR)
				fix_system_use(w, (size_t)from, (size_t)(from + size), hops + 1);
		}
		at = next;
	}
}

static void fix_directory(struct walk *w, struct found dir, int depth)
{
	uint64_t sectors = ((uint64_t)dir.size + ISO_SECTOR - 1) / ISO_SECTOR;
	for (uint32_t s = 0; s < sectors && sector(w->image, w->n, dir.lba + s) != NULL && w->left > 0; s++) {
		size_t base = ((size_t)dir.lba + s) * ISO_SECTOR;
		for (size_t at = 0; at + 34 <= ISO_SECTOR && w->image[base + at] >= 34; at += w->image[base + at]) {
			uint8_t *r = w->image + base + at;
			if (at + r[0] > ISO_SECTOR || 33u + r[32] > r[0] || w->left == 0)
				return;
			w->left--;
			memcpy(r + 18, epoch, 7);
			fix_system_use(w, base + at + 33u + r[32] + !(r[32] & 1), base + at + r[0], 0);
			bool self = r[32] == 1 && r[33] <= 1;
			if (r[25] & 2 && !self && depth < 8)
				fix_directory(w, (struct found){le32(r + 2), le32(r + 10), true}, depth + 1);
		}
	}
}

void isofile_fix_dates(uint8_t *image, size_t n)
{
	for (uint8_t type = 1; type <= 2; type++) {
		const uint8_t *d = descriptor(image, n, type);
		if (d == NULL)
			continue;
		memcpy((uint8_t *)d + 156 + 18, epoch, 7);
		struct walk w = {image, n, ISO_WALK_MAX};
		fix_directory(&w, (struct found){le32(d + 156 + 2), le32(d + 156 + 10), true}, 0);
	}
}
