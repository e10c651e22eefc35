/* str: memory that cannot fail, a growable byte buffer and a list of strings.
 * Out of memory ends the program with a message (there is no sane next step);
 * every other module may therefore ignore NULL from these. */
#ifndef KILN_STR_H
#define KILN_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

void *xmalloc(size_t n) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t n) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
/* printf into a fresh string. Returns owned. */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), returns_nonnull));
char *xvasprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0), returns_nonnull));

/* Growable bytes. p is NUL-terminated whenever it is not NULL. Zero-initialise. */
struct buf {
	char *p;
	size_t n, cap;
};
void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Drop the first n bytes. */
void buf_eat(struct buf *b, size_t n);
/* Empty it, keeping the memory. */
void buf_clear(struct buf *b);
/* Hand over the string ("" if empty); b is empty afterwards. Returns owned. */
char *buf_take(struct buf *b);
void buf_done(struct buf *b);

/* List of owned strings; v is NULL-terminated whenever it is not NULL, so it serves as an argv. Zero-initialise. */
struct strv {
	char **v;
	size_t n, cap;
};
void strv_add(struct strv *s, const char *str);
void strv_addf(struct strv *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Append every string of a NULL-terminated array. */
void strv_addv(struct strv *s, const char *const *v);
bool strv_has(const struct strv *s, const char *str);
/* Free and take out element i. */
void strv_remove(struct strv *s, size_t i);
void strv_sort(struct strv *s);
void strv_done(struct strv *s);
/* Split s at white space (no quoting). */
void strv_split(struct strv *out, const char *s);
/* The argv as one line a shell would take, single-quoted where needed. Returns owned. */
char *strv_shell(char *const *argv);

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
/* Strip leading and trailing white space in place; returns a pointer into s. */
char *str_trim(char *s);
/* Edit distance of two short words (for "did you mean"); at most 64 characters count. */
int str_distance(const char *a, const char *b);
/* "902,144": n with thousands separators. Returns owned. */
char *str_commas(unsigned long long n);

/* The character at s in the locale's encoding: returns its bytes (1 where there is none) and the columns it takes. */
int str_char(const char *s, int *columns);
/* May no line begin with the character at s (what closes a phrase in Chinese)? */
bool str_closes(const char *s);
/* Columns that s takes on a terminal. */
int str_columns(const char *s);
/* What to give to printf's `%*s` or `%-*s` (which count bytes) so that s fills this many columns. */
int str_field(const char *s, int columns);

/* The number of elements of an array. */
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
