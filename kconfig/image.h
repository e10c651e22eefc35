/* image: the menu tree as a file to map: head, nodes, symbols, text. Made by the helper (image.c), read by core/kc.c; a
 * head that differs in any way is no image. Texts are offsets into the text part; 0 is none. */
#ifndef KILN_KCONFIG_IMAGE_H
#define KILN_KCONFIG_IMAGE_H

#include <stdint.h>

#define IMAGE_MAGIC "kilnmnu3"

struct image_head {
	char magic[8];
	uint32_t n_node, n_sym, n_text; /* n_text: bytes */
	uint32_t fingerprint;           /* text: what it depends on, beside the files (env.c) */
	uint32_t files, n_files;        /* text: name NUL, then struct image_stamp as bytes, for each file */
	uint32_t reserved[2];
};

struct image_node {
	int32_t parent, first, next, sym;
	uint32_t prompt, help, file, line;
	uint16_t depth;
	uint8_t kind; /* enum image_kind */
	uint8_t menu; /* opens a page of its own */
};

struct image_sym {
	uint32_t name;
	int32_t node, choice;
	uint8_t type, pad[3];
};

struct image_stamp {
	int64_t size, seconds, nanoseconds;
};

enum image_kind { IMAGE_MENU, IMAGE_SYMBOL, IMAGE_CHOICE, IMAGE_COMMENT, IMAGE_GROUP };

#endif
