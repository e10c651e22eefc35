/* isofile: reads what this program must know of an ISO 9660 image beyond its files: volume descriptor, the place of a
 * file's data, the El Torito boot entries (El Torito specification 1.0; ECMA-119). Images may be hostile: every offset
 * is checked against the size, directories are searched to a bounded depth. Contents are listed by libarchive
 * (cmd_iso.c). */
#ifndef KILN_ISOFILE_H
#define KILN_ISOFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define ISO_SECTOR 2048u
/* Bytes before the first volume descriptor: the system area, where a hybrid's MBR lies. */
#define ISO_SYSTEM_AREA (16u * ISO_SECTOR)

/* One El Torito entry. platform: 0 x86 BIOS, 1 PowerPC, 2 Mac, 0xef EFI. sectors: 512-byte ones to load. */
struct iso_boot {
	bool bootable;
	uint8_t platform, media;
	uint16_t sectors;
	uint32_t lba; /* in 2048-byte sectors */
};

#define ISO_BOOT_MAX 16
struct isofile {
	char label[33];
	uint32_t sectors;     /* volume size in 2048-byte sectors, as the descriptor says */
	uint32_t catalog_lba; /* 0: not bootable */
	struct iso_boot boot[ISO_BOOT_MAX];
	size_t n_boot;
	bool mbr;             /* an MBR with a partition: boots as a disk too */
	uint8_t partition[4]; /* types of its partitions */
};

/* Parse an image in memory. Returns 0, or -1 with *e naming path and offset. */
int isofile_parse(struct isofile *f, const char *path, const uint8_t *image, size_t n, struct err *e);
/* Where a file's data lies: plain ISO name without version, "/ISOLINUX.BIN" (case does not matter). Returns 0 or -1. */
int isofile_find(const uint8_t *image, size_t n, const char *name, uint32_t *lba, uint32_t *size);
/* Set the recording date of every directory record, and those of Rock Ridge (IEEE P1282 "TF"), to 1970. */
void isofile_fix_dates(uint8_t *image, size_t n);

#endif
