/* str: see str.h. Memory, bytes and string lists; no I/O but the out-of-memory message. */
#include "core/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static void *checked(void *p)
{
	if (p == NULL) {
		fputs("kiln: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *xmalloc(size_t n)
{
	return checked(malloc(n != 0 ? n : 1));
}

void *xcalloc(size_t n, size_t size)
{
	return checked(calloc(n != 0 ? n : 1, size != 0 ? size : 1));
}

void *xrealloc(void *p, size_t n)
{
	return checked(realloc(p, n != 0 ? n : 1));
}

char *xstrdup(const char *s)
{
	return checked(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return checked(strndup(s, n));
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *s = NULL;
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	return checked(s);
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

static void buf_room(struct buf *b, size_t n)
{
	if (b->n + n + 1 <= b->cap)
		return;
	b->cap = (b->n + n + 1) * 2;
	b->p = xrealloc(b->p, b->cap);
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
	buf_room(b, n);
	if (n != 0)
		memcpy(b->p + b->n, bytes, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *s = xvasprintf(fmt, ap);
	va_end(ap);
	buf_adds(b, s);
	free(s);
}

void buf_eat(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
	b->p[b->n] = '\0';
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	if (b->p != NULL)
		b->p[0] = '\0';
}

char *buf_take(struct buf *b)
{
	char *s = b->p != NULL ? b->p : xstrdup("");
	memset(b, 0, sizeof(*b));
	return s;
}

void buf_done(struct buf *b)
{
	free(b->p);
	memset(b, 0, sizeof(*b));
}

static void strv_own(struct strv *s, char *str)
{
	if (s->n + 2 > s->cap) {
		s->cap = (s->n + 2) * 2;
		s->v = xrealloc(s->v, s->cap * sizeof(*s->v));
	}
	s->v[s->n++] = str;
	s->v[s->n] = NULL;
}

void strv_add(struct strv *s, const char *str)
{
	strv_own(s, xstrdup(str));
}

void strv_addf(struct strv *s, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	strv_own(s, xvasprintf(fmt, ap));
	va_end(ap);
}

void strv_addv(struct strv *s, const char *const *v)
{
	for (; *v != NULL; v++)
		strv_add(s, *v);
}

bool strv_has(const struct strv *s, const char *str)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i], str) == 0)
			return true;
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_remove(struct strv *s, size_t i)
{
	free(s->v[i]);
	memmove(s->v + i, s->v + i + 1, (s->n - i) * sizeof(*s->v)); /* the NULL at the end comes along */
	s->n--;
}

void strv_sort(struct strv *s)
{
	if (s->n > 1)
		qsort(s->v, s->n, sizeof(*s->v), by_name);
}

void strv_done(struct strv *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	memset(s, 0, sizeof(*s));
}

void strv_split(struct strv *out, const char *s)
{
	static const char blank[] = " \t\r\n";
	for (s += strspn(s, blank); *s != '\0'; s += strspn(s, blank)) {
		size_t n = strcspn(s, blank);
		strv_own(out, xstrndup(s, n));
		s += n;
	}
}

static void add_quoted(struct buf *b, const char *s)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
	if (*s != '\0' && s[strspn(s, safe)] == '\0') {
		buf_adds(b, s);
		return;
	}
	buf_addc(b, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_adds(b, "'\\''");
		else
			buf_addc(b, *s);
	}
	buf_addc(b, '\'');
}

char *strv_shell(char *const *argv)
{
	struct buf b = {0};
	for (; *argv != NULL; argv++) {
		add_quoted(&b, *argv);
		if (argv[1] != NULL)
			buf_addc(&b, ' ');
	}
	return buf_take(&b);
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);
	return n >= m && strcmp(s + n - m, suffix) == 0;
}

char *str_trim(char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	size_t n = strlen(s);
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		s[--n] = '\0';
	return s;
}

int str_distance(const char *a, const char *b)
{
	enum { MAX = 64 };
	int row[MAX + 1];
	int n = (int)strnlen(b, MAX);
	for (int j = 0; j <= n; j++)
		row[j] = j;
	for (int i = 1; i <= MAX && a[i - 1] != '\0'; i++) {
		int diag = row[0];
		row[0] = i;
		for (int j = 1; j <= n; j++) {
			int cost = diag + (a[i - 1] != b[j - 1]);
			diag = row[j];
			if (row[j] + 1 < cost)
				cost = row[j] + 1;
			if (row[j - 1] + 1 < cost)
				cost = row[j - 1] + 1;
			row[j] = cost;
		}
	}
	return row[n];
}

char *str_commas(unsigned long long n)
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%llu", n);
	struct buf b = {0};
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_addc(&b, ',');
		buf_addc(&b, digits[i]);
	}
	return buf_take(&b);
}

int str_char(const char *s, int *columns)
{
	wchar_t c;
	mbstate_t state = {0};
	size_t n = mbrtowc(&c, s, MB_CUR_MAX, &state);
	*columns = 1;
	if (n == 0 || n > 8)
		return 1;
	int width = wcwidth(c);
	*columns = width >= 0 ? width : 1;
	return (int)n;
}

bool str_closes(const char *s)
{
	static const char *const closing[] = {"，", "。", "：", "；", "、", "）", "》", "？", "！", "”", "…"};
	for (size_t i = 0; i < ARRAY_LEN(closing); i++)
		if (str_starts(s, closing[i]))
			return true;
	return false;
}

int str_columns(const char *s)
{
	int all = 0, one;
	while (*s != '\0') {
		s += str_char(s, &one);
		all += one;
	}
	return all;
}

int str_field(const char *s, int columns)
{
	return columns + (int)strlen(s) - str_columns(s);
}
