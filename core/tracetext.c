/* tracetext: see tracetext.h. What a pointer points to is told by the prototype: `char *` with a count beside it is a
 * buffer, without one a text; `char *const *` is a list of texts. */
#include "core/tracetext.h"

#include <inttypes.h>
#include <string.h>
#include <sys/uio.h>

#include "core/str.h"

enum { MOST = 80, MOST_LIST = 8 };

static size_t peek(pid_t pid, uint64_t addr, void *to, size_t n)
{
	struct iovec here = {to, n}, there = {(void *)(uintptr_t)addr, n};
	ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
	if (got < 0 && n > 1) { /* it may reach into a page that is not there */
		there.iov_len = 4096 - addr % 4096 < n ? 4096 - addr % 4096 : n;
		got = process_vm_readv(pid, &here, 1, &there, 1, 0);
	}
	return got > 0 ? (size_t)got : 0;
}

/* "text\n" in quotes, what is not printable as \n, \t or \xHH; … if it was longer. */
static void quote(struct buf *b, const char *s, size_t n, bool more)
{
	buf_addc(b, '"');
	for (size_t i = 0; i < n; i++) {
		const unsigned char c = (unsigned char)s[i];
		if (c == '\n')
			buf_adds(b, "\\n");
		else if (c == '\t')
			buf_adds(b, "\\t");
		else if (c == '"' || c == '\\')
			buf_addf(b, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			buf_addf(b, "\\x%02x", c);
		else
			buf_addc(b, (char)c);
	}
	buf_adds(b, more ? "\"…" : "\"");
}

static void text(struct buf *b, pid_t pid, uint64_t addr, size_t n, bool ends)
{
	char bytes[MOST];
	const size_t want = n < MOST ? n : MOST, got = peek(pid, addr, bytes, want);
	const char *nul = ends ? memchr(bytes, '\0', got) : NULL;
	if (addr == 0)
		buf_adds(b, "NULL");
	else if (got == 0 && n > 0)
		buf_addf(b, "0x%" PRIx64, addr);
	else
		quote(b, bytes, nul != NULL ? (size_t)(nul - bytes) : got, nul == NULL && got == MOST && n > MOST);
}

static void list(struct buf *b, pid_t pid, uint64_t addr)
{
	uint64_t at[MOST_LIST];
	const size_t got = peek(pid, addr, at, sizeof(at)) / sizeof(*at);
	if (addr == 0 || got == 0) {
		buf_adds(b, addr == 0 ? "NULL" : "?");
		return;
	}
	size_t i = 0;
	buf_addc(b, '[');
	for (; i < got && at[i] != 0; i++) {
		buf_adds(b, i > 0 ? ", " : "");
		text(b, pid, at[i], MOST + 1, true);
	}
	buf_adds(b, i == got ? ", …]" : "]");
}

/* Which argument counts the bytes of a buffer; -1: none, or it is a text that ends with a NUL (a path). */
static int counter(const struct sysentry *s, int i)
{
	if (strstr(s->arg[i], "const") != NULL && strcmp(systable_arg_name(s->arg[i]), "buf") != 0)
		return -1;
	static const char *const name[] = {"count", "len", "size", "bufsiz", "addrlen"};
	for (int k = i + 1; k < s->n_arg; k++)
		for (size_t n = 0; n < ARRAY_LEN(name); n++)
			if (strcmp(systable_arg_name(s->arg[k]), name[n]) == 0 && strchr(s->arg[k], '*') == NULL)
				return k;
	return -1;
}

static bool is_text(const char *arg)
{
	const char *at = strstr(arg, "char *");
	return at != NULL && strchr(at + 6, '*') == NULL;
}

const char *tracetext_name(const struct sysentry *s, int i)
{
	static const char *const type[] = {"long", "int", "char", "short", "unsigned"};
	const char *name = systable_arg_name(s->arg[i]);
	for (size_t k = 0; k < ARRAY_LEN(type); k++)
		if (strcmp(name, type[k]) == 0)
			return systable_register(i);
	return strpbrk(name, " *") != NULL ? systable_register(i) : name;
}

int tracetext_after(const struct sysentry *s, int i)
{
	return is_text(s->arg[i]) && strstr(s->arg[i], "const") == NULL && counter(s, i) >= 0;
}

char *tracetext_arg(pid_t pid, const struct sysentry *s, int i, const uint64_t *arg, int64_t result)
{
	struct buf b = {0};
	const char *type = s->arg[i];
	const uint64_t v = arg[i];
	const int count = counter(s, i);
	if (strstr(type, "char *const *") != NULL)
		list(&b, pid, v);
	else if (tracetext_after(s, i) && result <= 0)
		buf_addf(&b, "0x%" PRIx64, v);
	else if (is_text(type))
		text(&b, pid, v,
			tracetext_after(s, i) ? (size_t)result
			: count >= 0          ? (size_t)arg[count]
					      : MOST + 1,
			count < 0);
	else if (strchr(type, '*') != NULL)
		v == 0 ? buf_adds(&b, "NULL") : buf_addf(&b, "0x%" PRIx64, v);
	else if (str_starts(type, "int ") || str_starts(type, "pid_t "))
		buf_addf(&b, "%d", (int)v);
	else
		buf_addf(&b, v < 4096 ? "%" PRIu64 : "0x%" PRIx64, v);
	return buf_take(&b);
}
