/* wire: frames in and out (proto.h), on one blocking socket. Output is gathered and sent by wire_flush. */
#ifndef KILN_KCONFIG_WIRE_H
#define KILN_KCONFIG_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto.h"

/* A frame being read: fields are taken off the front; after the first field that is not there, bad is set. */
struct wire_in {
	struct kcp_head head;
	char *p;
	size_t n, at;
	bool bad;
};

/* Wait for the next frame. false: the peer is gone or broken. */
bool wire_read(struct wire_in *in);
uint8_t wire_take_u8(struct wire_in *in);
uint32_t wire_take_u32(struct wire_in *in);
/* Borrowed from the frame, "" if bad. */
const char *wire_take_str(struct wire_in *in, size_t *n);

void wire_begin(uint16_t op);
void wire_u8(uint8_t v);
void wire_u32(uint32_t v);
void wire_bytes(const void *p, size_t n);
void wire_str(const char *s);
void wire_strn(const char *s, size_t n);
void wire_strf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Set a u32 written before, at this offset of the frame. */
size_t wire_mark(void);
void wire_patch(size_t mark, uint32_t v);
void wire_end(void);
void wire_flush(void);
/* The id that frames carry from now on. */
void wire_answering(uint32_t id);

#endif
