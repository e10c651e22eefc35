/* memo: see memo.h. Format: a magic line, the fingerprint and then command/answer pairs, each as u32 length and bytes.
 */
#include "memo.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC    "kiln memo 1\n"
#define FILE_MAX (16u << 20)

static struct {
	char *path, *fingerprint;
	struct memo *v;
	size_t n, cap;
	unsigned run, known;
} memo;

static uint64_t fnv(const char *s)
{
	uint64_t h = 1469598103934665603u;
	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h;
}

unsigned long long memo_hash(const char *fingerprint)
{
	return fnv(fingerprint);
}

static char *copy(const char *p, size_t n)
{
	char *s = malloc(n + 1);
	if (s == NULL)
		abort();
	memcpy(s, p, n);
	s[n] = '\0';
	return s;
}

static const struct memo *append(char *command, char *said, size_t n)
{
	if (memo.n == memo.cap) {
		memo.cap = memo.cap * 2 + 128;
		memo.v = realloc(memo.v, memo.cap * sizeof(*memo.v));
		if (memo.v == NULL)
			abort();
	}
	memo.v[memo.n] = (struct memo){command, said, n};
	return &memo.v[memo.n++];
}

/* Take one length and its bytes off *p. NULL at the end or if cut short. */
static const char *field(const char **p, const char *end, size_t *n)
{
	uint32_t len;
	if ((size_t)(end - *p) < sizeof(len))
		return NULL;
	memcpy(&len, *p, sizeof(len));
	*p += sizeof(len);
	if ((size_t)(end - *p) < len)
		return NULL;
	const char *s = *p;
	*p += len;
	*n = len;
	return s;
}

static void parse(const char *p, size_t size)
{
	const char *end = p + size, *s, *said;
	size_t n, m;
	if (size < strlen(MAGIC) || memcmp(p, MAGIC, strlen(MAGIC)) != 0)
		return;
	p += strlen(MAGIC);
	s = field(&p, end, &n);
	if (s == NULL || n != strlen(memo.fingerprint) || memcmp(s, memo.fingerprint, n) != 0)
		return;
	while ((s = field(&p, end, &n)) != NULL && (said = field(&p, end, &m)) != NULL)
		append(copy(s, n), copy(said, m), m);
}

void memo_load(const char *dir, const char *fingerprint)
{
	memo.fingerprint = strdup(fingerprint);
	if (asprintf(&memo.path, "%s/memo-%016llx", dir, (unsigned long long)fnv(fingerprint)) < 0)
		abort();
	FILE *f = fopen(memo.path, "r");
	struct stat st;
	if (f == NULL)
		return;
	if (fstat(fileno(f), &st) == 0 && st.st_size > 0 && st.st_size < FILE_MAX) {
		char *bytes = malloc((size_t)st.st_size);
		if (bytes != NULL && fread(bytes, 1, (size_t)st.st_size, f) == (size_t)st.st_size)
			parse(bytes, (size_t)st.st_size);
		free(bytes);
	}
	fclose(f);
}

const struct memo *memo_find(const char *command)
{
	for (size_t i = 0; i < memo.n; i++)
		if (strcmp(memo.v[i].command, command) == 0) {
			memo.known++;
			return &memo.v[i];
		}
	return NULL;
}

const struct memo *memo_add(const char *command, const char *said, size_t n)
{
	memo.run++;
	return append(strdup(command), copy(said, n), n);
}

static void put(FILE *f, const char *s, size_t n)
{
	uint32_t len = (uint32_t)n;
	fwrite(&len, sizeof(len), 1, f);
	fwrite(s, 1, n, f);
}

void memo_save(void)
{
	char *temporary;
	if (memo.run == 0 || memo.path == NULL || asprintf(&temporary, "%s.%d", memo.path, (int)getpid()) < 0)
		return;
	FILE *f = fopen(temporary, "w");
	if (f != NULL) {
		fputs(MAGIC, f);
		put(f, memo.fingerprint, strlen(memo.fingerprint));
		for (size_t i = 0; i < memo.n; i++) {
			put(f, memo.v[i].command, strlen(memo.v[i].command));
			put(f, memo.v[i].said, memo.v[i].n);
		}
		int bad = ferror(f);
		if (fclose(f) != 0 || bad || rename(temporary, memo.path) != 0)
			unlink(temporary);
	}
	free(temporary);
}

unsigned memo_run(void)
{
	return memo.run;
}

unsigned memo_known(void)
{
	return memo.known;
}
