/* lineedit: see lineedit.h. */
#include "tui/lineedit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/paths.h"

enum { HISTORY_KEEP = 500, HISTORY_FILE_MAX = 1000 };

const char *lineedit_text(const struct lineedit *l)
{
	return l->text.p != NULL ? l->text.p : "";
}

/* Does a character begin at s that is drawn on the one before (combining marks, joiners, variation selectors)? */
static bool combines(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	return (u[0] == 0xcc) || (u[0] == 0xcd && u[1] <= 0xaf) || (u[0] == 0xe2 && u[1] == 0x80 && u[2] == 0x8d) ||
	       (u[0] == 0xef && u[1] == 0xb8 && u[2] <= 0x8f);
}

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t before(const struct lineedit *l, size_t at)
{
	const char *s = lineedit_text(l);
	do {
		while (at > 0 && continues(s[--at]))
			;
	} while (at > 0 && combines(s + at));
	return at;
}

static size_t after(const struct lineedit *l, size_t at)
{
	const char *s = lineedit_text(l);
	do {
		at += s[at] != '\0';
		while (continues(s[at]))
			at++;
	} while (s[at] != '\0' && combines(s + at));
	return at;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) || c == '_';
}

static size_t word_before(const struct lineedit *l, size_t at)
{
	const char *s = lineedit_text(l);
	while (at > 0 && !is_word(s[at - 1]))
		at--;
	while (at > 0 && is_word(s[at - 1]))
		at--;
	return at;
}

static size_t word_after(const struct lineedit *l, size_t at)
{
	const char *s = lineedit_text(l);
	while (s[at] != '\0' && !is_word(s[at]))
		at++;
	while (is_word(s[at]))
		at++;
	return at;
}

/* Put bytes between from and to. The cursor goes behind them. */
static void put_between(struct lineedit *l, size_t from, size_t to, const char *bytes, size_t n)
{
	struct buf b = {0};
	buf_add(&b, lineedit_text(l), from);
	buf_add(&b, bytes, n);
	buf_adds(&b, lineedit_text(l) + to);
	buf_done(&l->text);
	l->text = b;
	l->at = from + n;
}

void lineedit_set(struct lineedit *l, const char *text)
{
	buf_clear(&l->text);
	l->at = 0;
	lineedit_replace(l, 0, text);
}

/* The longest beginning of whole characters that still fits, without control characters (each becomes a blank). */
static char *acceptable(const struct lineedit *l, const char *s, size_t n)
{
	size_t room = l->text.n < LINEEDIT_MAX ? LINEEDIT_MAX - l->text.n : 0;
	if (n > room)
		for (n = room; n > 0 && continues(s[n]); n--)
			;
	char *copy = xstrndup(s, n);
	for (char *p = copy; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	return copy;
}

void lineedit_replace(struct lineedit *l, size_t from, const char *text)
{
	char *copy = acceptable(l, text, strlen(text));
	put_between(l, from, l->at, copy, strlen(copy));
	free(copy);
}

static void erase(struct lineedit *l, size_t from, size_t to, bool keep)
{
	if (keep && to > from) {
		free(l->kill);
		l->kill = xstrndup(lineedit_text(l) + from, to - from);
	}
	put_between(l, from, to, "", 0);
}

static bool move(struct lineedit *l, const char *what)
{
	size_t to = strcmp(what, "left") == 0         ? before(l, l->at)
		    : strcmp(what, "right") == 0      ? after(l, l->at)
		    : strcmp(what, "word-left") == 0  ? word_before(l, l->at)
		    : strcmp(what, "word-right") == 0 ? word_after(l, l->at)
		    : strcmp(what, "home") == 0       ? 0
		    : strcmp(what, "end") == 0        ? l->text.n
						      : SIZE_MAX;
	if (to == SIZE_MAX)
		return false;
	l->at = to;
	return true;
}

bool lineedit_act(struct lineedit *l, const char *what)
{
	if (move(l, what))
		return true;
	if (strcmp(what, "erase") == 0)
		erase(l, before(l, l->at), l->at, false);
	else if (strcmp(what, "delete") == 0)
		erase(l, l->at, after(l, l->at), false);
	else if (strcmp(what, "erase-word") == 0)
		erase(l, word_before(l, l->at), l->at, true);
	else if (strcmp(what, "erase-start") == 0)
		erase(l, 0, l->at, true);
	else if (strcmp(what, "erase-end") == 0)
		erase(l, l->at, l->text.n, true);
	else if (strcmp(what, "yank") == 0)
		lineedit_replace(l, l->at, l->kill != NULL ? l->kill : "");
	else
		return false;
	if (strcmp(what, "erase-end") == 0)
		l->at = l->text.n;
	return true;
}

bool lineedit_key(struct lineedit *l, const struct key *k)
{
	char bytes[16];
	if (k->code == K_PASTE) {
		char *copy = xstrndup(k->text, k->text_n);
		lineedit_replace(l, l->at, copy);
		free(copy);
		return true;
	}
	if (k->code < ' ' || k->code >= K_ENTER || k->mod != 0)
		return false;
	size_t n = key_bytes(k, false, bytes);
	bytes[n] = '\0';
	lineedit_replace(l, l->at, bytes);
	return true;
}

void lineedit_done(struct lineedit *l)
{
	buf_done(&l->text);
	free(l->kill);
	*l = (struct lineedit){0};
}

/* ---- history ---- */

static void add_lines(struct history *h, char *text)
{
	for (char *s = text; *s != '\0';) {
		size_t n = strcspn(s, "\n");
		bool more = s[n] == '\n';
		s[n] = '\0';
		if (n > 0 && n <= LINEEDIT_MAX)
			strv_add(&h->line, s);
		s += n + more;
	}
}

/* Keep the file short: its newest lines, when there are too many. */
static void trim(struct history *h)
{
	if (h->line.n <= HISTORY_FILE_MAX)
		return;
	struct strv kept = {0};
	struct buf b = {0};
	struct err ignored = {0};
	for (size_t i = h->line.n - HISTORY_KEEP; i < h->line.n; i++) {
		strv_add(&kept, h->line.v[i]);
		buf_addf(&b, "%s\n", h->line.v[i]);
	}
	strv_done(&h->line);
	h->line = kept;
	fs_write(h->path, b.p, b.n, 0600, &ignored);
	err_done(&ignored);
	buf_done(&b);
}

void history_init(struct history *h, const char *name)
{
	*h = (struct history){0};
	if (name != NULL) {
		char *file = xasprintf("history-%s", name);
		struct err ignored = {0};
		h->path = paths_state(file);
		char *text = fs_exists(h->path) ? fs_read(h->path, NULL, &ignored) : NULL;
		if (text != NULL) {
			add_lines(h, text);
			trim(h);
		}
		free(text);
		free(file);
		err_done(&ignored);
	}
	h->at = h->line.n;
}

/* One write to the end, so that two kilns do not lose each other's lines. */
static void append(const char *path, const char *line)
{
	char *dir = xstrdup(path), *slash = strrchr(dir, '/');
	struct err ignored = {0};
	if (slash != NULL)
		*slash = '\0';
	fs_mkdirs(dir, &ignored);
	err_done(&ignored);
	free(dir);
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	char *whole = xasprintf("%s\n", line);
	ssize_t n = write(fd, whole, strlen(whole));
	(void)n; /* a history that cannot be kept is no error */
	free(whole);
	close(fd);
}

void history_add(struct history *h, const char *line)
{
	history_reset(h);
	if (*line == '\0' || (h->line.n > 0 && strcmp(h->line.v[h->line.n - 1], line) == 0))
		return;
	strv_add(&h->line, line);
	h->at = h->line.n;
	if (h->path != NULL)
		append(h->path, line);
}

const char *history_step(struct history *h, int dir, const char *text)
{
	if (h->draft == NULL)
		h->draft = xstrdup(text);
	for (size_t i = h->at; dir < 0 ? i > 0 : i < h->line.n;) {
		i = dir < 0 ? i - 1 : i + 1;
		if (i == h->line.n) {
			h->at = i;
			return h->draft;
		}
		if (str_starts(h->line.v[i], h->draft) && strcmp(h->line.v[i], text) != 0) {
			h->at = i;
			return h->line.v[i];
		}
	}
	return NULL;
}

void history_reset(struct history *h)
{
	free(h->draft);
	h->draft = NULL;
	h->at = h->line.n;
}

void history_done(struct history *h)
{
	free(h->path);
	strv_done(&h->line);
	free(h->draft);
	*h = (struct history){0};
}
