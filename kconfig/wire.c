/* wire: see wire.h. The socket is KCP_FD; the helper ends when its peer does. */
#include "wire.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	char *p;
	size_t n, cap, frame; /* frame: where the one being written begins */
	uint32_t id;
} out;

static void room(size_t n)
{
	if (out.n + n <= out.cap)
		return;
	out.cap = (out.n + n) * 2;
	out.p = realloc(out.p, out.cap);
	if (out.p == NULL)
		_exit(125);
}

void wire_bytes(const void *p, size_t n)
{
	room(n);
	if (n > 0)
		memcpy(out.p + out.n, p, n);
	out.n += n;
}

void wire_answering(uint32_t id)
{
	out.id = id;
}

void wire_begin(uint16_t op)
{
	struct kcp_head h = {0, out.id, op, KCP_VERSION};
	out.frame = out.n;
	wire_bytes(&h, sizeof(h));
}

void wire_u8(uint8_t v)
{
	wire_bytes(&v, 1);
}

void wire_u32(uint32_t v)
{
	wire_bytes(&v, sizeof(v));
}

void wire_strn(const char *s, size_t n)
{
	wire_u32((uint32_t)n);
	wire_bytes(s, n);
	wire_u8(0);
}

void wire_str(const char *s)
{
	wire_strn(s != NULL ? s : "", s != NULL ? strlen(s) : 0);
}

void wire_strf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);
	va_end(ap);
	wire_strn(n >= 0 ? s : "", n >= 0 ? (size_t)n : 0);
	free(s);
}

size_t wire_mark(void)
{
	wire_u32(0);
	return out.n - sizeof(uint32_t) - out.frame;
}

void wire_patch(size_t mark, uint32_t v)
{
	memcpy(out.p + out.frame + mark, &v, sizeof(v));
}

void wire_end(void)
{
	uint32_t n = (uint32_t)(out.n - out.frame - sizeof(struct kcp_head));
	memcpy(out.p + out.frame, &n, sizeof(n));
}

void wire_flush(void)
{
	for (size_t at = 0; at < out.n;) {
		ssize_t r = write(KCP_FD, out.p + at, out.n - at);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			_exit(0);
		at += (size_t)r;
	}
	out.n = 0;
}

static bool read_all(void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t r = read(KCP_FD, (char *)p + at, n - at);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		at += (size_t)r;
	}
	return true;
}

bool wire_read(struct wire_in *in)
{
	free(in->p);
	memset(in, 0, sizeof(*in));
	if (!read_all(&in->head, sizeof(in->head)) || in->head.n > KCP_MAX_FRAME || in->head.version != KCP_VERSION)
		return false;
	in->n = in->head.n;
	in->p = malloc(in->n + 1);
	return in->p != NULL && read_all(in->p, in->n);
}

static const void *take(struct wire_in *in, size_t n)
{
	if (in->bad || in->n - in->at < n) {
		in->bad = true;
		return NULL;
	}
	in->at += n;
	return in->p + in->at - n;
}

uint8_t wire_take_u8(struct wire_in *in)
{
	const uint8_t *p = take(in, 1);
	return p != NULL ? *p : 0;
}

uint32_t wire_take_u32(struct wire_in *in)
{
	uint32_t v = 0;
	const void *p = take(in, sizeof(v));
	if (p != NULL)
		memcpy(&v, p, sizeof(v));
	return v;
}

const char *wire_take_str(struct wire_in *in, size_t *n)
{
	size_t len = wire_take_u32(in);
	const char *s = len < KCP_MAX_FRAME ? take(in, len + 1) : NULL;
	if (s == NULL || s[len] != '\0') {
		in->bad = true;
		s = "";
		len = 0;
	}
	if (n != NULL)
		*n = len;
	return s;
}
