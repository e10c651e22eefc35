/* isosqueeze: takes the empty sectors out of an ISO image that libarchive just wrote: its note behind the volume
 * descriptors and the unused halves of the path tables. Trusts the image (ours), not its size. */
#ifndef KILN_ISOSQUEEZE_H
#define KILN_ISOSQUEEZE_H

#include <stddef.h>
#include <stdint.h>

/* Move everything up over the empty sectors and correct all places that name a sector: descriptors, path tables,
 * directories, boot catalog, and the boot information table of the first boot image. Returns the new size; an image
 * that is not as expected stays as it is. */
size_t isosqueeze(uint8_t *image, size_t n);

#endif
