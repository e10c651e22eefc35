/* manifest: see manifest.h. Text in, text out. */
#include "core/manifest.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/i18n.h"

static const struct kind {
	const char *word;
	mode_t type;
	size_t words; /* with the first */
	bool has_source;
} kinds[] = {
	{"dir", S_IFDIR, 5, false},
	{"file", S_IFREG, 6, true},
	{"slink", S_IFLNK, 6, true},
	{"nod", S_IFCHR, 8, false},
	{"pipe", S_IFIFO, 5, false},
	{"sock", S_IFSOCK, 5, false},
};

static const char *const usage[] = {"dir NAME MODE UID GID", "file NAME SOURCE MODE UID GID",
	"slink NAME TARGET MODE UID GID", "nod NAME MODE UID GID c|b MAJOR MINOR", "pipe NAME MODE UID GID",
	"sock NAME MODE UID GID"};

/* A line while it is read. */
struct reader {
	const char *path;
	int line;
	struct strv word, column;
	struct err *e;
};

char *manifest_name(const char *given)
{
	struct buf b = {0};
	for (const char *s = given; *s != '\0';) {
		size_t n = strcspn(s, "/");
		if (n == 2 && s[0] == '.' && s[1] == '.') {
			buf_done(&b);
			return NULL;
		}
		if (n > 0 && !(n == 1 && s[0] == '.')) {
			if (b.n > 0)
				buf_addc(&b, '/');
			buf_add(&b, s, n);
		}
		s += n + (s[n] == '/');
	}
	if (b.n > 0 && b.n < PATH_MAX)
		return buf_take(&b);
	buf_done(&b);
	return NULL;
}

static bool is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' && s[2] <= '7';
}

int manifest_words(const char *line, struct strv *words, struct strv *columns)
{
	for (const char *s = line + strspn(line, " \t\r"); *s != '\0' && *s != '#'; s += strspn(s, " \t\r")) {
		struct buf b = {0};
		strv_addf(columns, "%d", (int)(s - line) + 1);
		for (; *s != '\0' && strchr(" \t\r", *s) == NULL; s++) {
			char c = *s;
			if (c == '\\') {
				if (!is_octal(s + 1)) {
					buf_done(&b);
					return (int)(s - line) + 1;
				}
				c = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
				s += 3;
			}
			buf_addc(&b, c);
		}
		strv_add(words, b.p);
		buf_done(&b);
	}
	return 0;
}

static int bad(const struct reader *r, size_t word, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int bad(const struct reader *r, size_t word, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = xvasprintf(fmt, ap);
	va_end(ap);
	err_at(r->e, r->path, r->line, word < r->column.n ? atoi(r->column.v[word]) : 0, "%s", text);
	free(text);
	return -1;
}

static int number(const struct reader *r, size_t word, int base, unsigned long most, unsigned *out)
{
	const char *s = r->word.v[word];
	char *end;
	errno = 0;
	unsigned long n = strtoul(s, &end, base);
	if (errno != 0 || !isdigit((unsigned char)*s) || *end != '\0' || n > most) {
		if (base == 8)
			return bad(r, word, _("`%s` is no mode: octal digits up to %lo, like 0755"), s, most);
		return bad(r, word, _("`%s` is no number from 0 to %lu"), s, most);
	}
	*out = (unsigned)n;
	return 0;
}

static int device(const struct reader *r, struct manifest_entry *x)
{
	const char *kind = r->word.v[5];
	if (strcmp(kind, "c") != 0 && strcmp(kind, "b") != 0)
		return bad(r, 5, _("`%s` is no kind of device: c (character) or b (block)"), kind);
	if (*kind == 'b')
		x->mode = (x->mode & 07777) | S_IFBLK;
	if (number(r, 6, 10, 4095, &x->major) < 0)
		return -1;
	return number(r, 7, 10, 1048575, &x->minor);
}

static int source_of(const struct reader *r, struct manifest_entry *x)
{
	const char *s = r->word.v[2];
	if (S_ISLNK(x->mode) && strlen(s) >= PATH_MAX)
		return bad(r, 2, _("the kernel takes no link target of %zu bytes"), strlen(s));
	x->source = xstrdup(s);
	return 0;
}

/* One entry from the words of a line. */
static int entry_of(const struct reader *r, struct manifest_entry *x)
{
	size_t k = 0, at;
	unsigned perm;
	while (k < ARRAY_LEN(kinds) && strcmp(kinds[k].word, r->word.v[0]) != 0)
		k++;
	if (k == ARRAY_LEN(kinds))
		return bad(r, 0, _("`%s` is no entry: dir, file, slink, nod, pipe or sock"), r->word.v[0]);
	if (r->word.n != kinds[k].words)
		return bad(r, r->word.n < kinds[k].words ? 0 : kinds[k].words, _("%zu words instead of %zu: %s"),
			r->word.n, kinds[k].words, usage[k]);
	x->line = r->line;
	x->name = manifest_name(r->word.v[1]);
	if (x->name == NULL)
		return bad(r, 1, _("`%.80s` is no name in the archive (empty, with .., or over %d bytes)"),
			r->word.v[1], PATH_MAX - 1);
	at = kinds[k].has_source ? 3 : 2;
	x->mode = kinds[k].type;
	if (kinds[k].has_source && source_of(r, x) < 0)
		return -1;
	if (number(r, at, 8, 07777, &perm) < 0 || number(r, at + 1, 10, UINT_MAX, &x->uid) < 0 ||
		number(r, at + 2, 10, UINT_MAX, &x->gid) < 0)
		return -1;
	x->mode |= (mode_t)perm;
	return kinds[k].type == S_IFCHR ? device(r, x) : 0;
}

static void entry_done(struct manifest_entry *x)
{
	free(x->name);
	free(x->source);
}

static void add_entry(struct manifest *m, const struct manifest_entry *x)
{
	m->v = xrealloc(m->v, (m->n + 1) * sizeof(*m->v));
	m->v[m->n++] = *x;
}

static int read_line(struct manifest *m, int line, struct err *e)
{
	struct reader r = {.path = m->path, .line = line, .e = e};
	struct manifest_entry x = {0};
	int col = manifest_words(m->line.v[line - 1], &r.word, &r.column), ret = 0;
	if (col > 0)
		ret = err_at(e, m->path, line, col, _("after a \\ come three octal digits, like \\040 for a blank"));
	else if (r.word.n > 0)
		ret = entry_of(&r, &x);
	if (ret == 0 && r.word.n > 0)
		add_entry(m, &x);
	else
		entry_done(&x);
	strv_done(&r.word);
	strv_done(&r.column);
	return ret;
}

int manifest_parse(struct manifest *m, const char *path, const char *text, struct err *e)
{
	memset(m, 0, sizeof(*m));
	m->path = xstrdup(path);
	for (const char *s = text; *s != '\0';) {
		size_t n = strcspn(s, "\n");
		strv_addf(&m->line, "%.*s", (int)n, s);
		s += n + (s[n] == '\n');
	}
	int r = 0;
	for (size_t i = 0; i < m->line.n && r == 0; i++)
		r = read_line(m, (int)i + 1, e);
	if (r < 0)
		manifest_done(m);
	return r;
}

int manifest_load(struct manifest *m, const char *path, struct err *e)
{
	if (!fs_exists(path))
		return manifest_parse(m, path, "", e);
	size_t n = 0;
	char *text = fs_read(path, &n, e);
	memset(m, 0, sizeof(*m));
	if (text == NULL)
		return -1;
	int r = strlen(text) == n ? manifest_parse(m, path, text, e)
				  : err_at(e, path, 1, 0, _("not a text file (it holds a NUL byte)"));
	free(text);
	return r;
}

const struct manifest_entry *manifest_find(const struct manifest *m, const char *name)
{
	for (size_t i = m->n; i > 0; i--)
		if (strcmp(m->v[i - 1].name, name) == 0)
			return &m->v[i - 1];
	return NULL;
}

static void add_word(struct buf *b, const char *s)
{
	if (b->n > 0)
		buf_addc(b, ' ');
	for (; *s != '\0'; s++) {
		if (strchr(" \t\r\n#\\", *s) != NULL)
			buf_addf(b, "\\%03o", (unsigned)(unsigned char)*s);
		else
			buf_addc(b, *s);
	}
}

/* The line for an entry. Returns owned. */
static char *line_of(const struct manifest_entry *x)
{
	struct buf b = {0};
	size_t k = 0;
	mode_t type = S_ISBLK(x->mode) ? S_IFCHR : x->mode & S_IFMT;
	while (kinds[k].type != type)
		k++;
	add_word(&b, kinds[k].word);
	add_word(&b, x->name);
	if (kinds[k].has_source)
		add_word(&b, x->source);
	buf_addf(&b, " %04o %u %u", (unsigned)(x->mode & 07777), x->uid, x->gid);
	if (type == S_IFCHR)
		buf_addf(&b, " %c %u %u", S_ISBLK(x->mode) ? 'b' : 'c', x->major, x->minor);
	return buf_take(&b);
}

void manifest_set(struct manifest *m, const struct manifest_entry *entry)
{
	struct manifest_entry x = *entry;
	x.name = xstrdup(entry->name);
	x.source = entry->source != NULL ? xstrdup(entry->source) : NULL;
	manifest_remove(m, x.name);
	char *line = line_of(&x);
	strv_add(&m->line, line);
	free(line);
	x.line = (int)m->line.n;
	add_entry(m, &x);
}

/* Take out entry i with its line. */
static void drop(struct manifest *m, size_t i)
{
	int line = m->v[i].line;
	strv_remove(&m->line, (size_t)line - 1);
	entry_done(&m->v[i]);
	memmove(m->v + i, m->v + i + 1, (m->n - i - 1) * sizeof(*m->v));
	m->n--;
	for (size_t k = 0; k < m->n; k++)
		m->v[k].line -= m->v[k].line > line;
}

size_t manifest_remove(struct manifest *m, const char *name)
{
	size_t removed = 0;
	for (size_t i = m->n; i > 0; i--)
		if (strcmp(m->v[i - 1].name, name) == 0) {
			drop(m, i - 1);
			removed++;
		}
	return removed;
}

int manifest_save(const struct manifest *m, struct err *e)
{
	struct buf b = {0};
	for (size_t i = 0; i < m->line.n; i++)
		buf_addf(&b, "%s\n", m->line.v[i]);
	int r = fs_write(m->path, b.p != NULL ? b.p : "", b.n, 0644, e);
	buf_done(&b);
	return r;
}

void manifest_done(struct manifest *m)
{
	for (size_t i = 0; i < m->n; i++)
		entry_done(&m->v[i]);
	free(m->v);
	strv_done(&m->line);
	free(m->path);
	memset(m, 0, sizeof(*m));
}
