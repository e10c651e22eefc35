/* rt: see rt.h. The tree's objects are compiled with popen, pclose, fopen and exit renamed to these. */
#include "rt.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "env.h"
#include "memo.h"
#include "wire.h"

static int caught = -1;
static bool in_child;
static char scratch[4096];
static struct {
	const char *name, *text;
	size_t n;
} given;
static struct {
	char *p;
	size_t n;
} written;
static struct {
	char *p;
	size_t n;
} files;

void rt_capture(void)
{
	fflush(stdout);
	caught = memfd_create("kconfig-messages", MFD_CLOEXEC);
	dup2(caught, 1);
	dup2(caught, 2);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* Everything caught so far, which is forgotten. Returns owned. */
static char *take_caught(void)
{
	fflush(stdout);
	off_t n = caught >= 0 ? lseek(caught, 0, SEEK_END) : 0;
	char *text = calloc(1, (size_t)n + 1);
	if (n > 0 && pread(caught, text, (size_t)n, 0) != n)
		text[0] = '\0';
	if (caught >= 0 && (ftruncate(caught, 0) < 0 || lseek(caught, 0, SEEK_SET) < 0))
		caught = -1;
	return text;
}

/* `file:line:` at the front of a message: cut it off. Returns what follows. */
static char *place(char *line, const char **file, uint32_t *number)
{
	*file = "";
	*number = 0;
	for (char *c = strchr(line, ':'); c != NULL; c = strchr(c + 1, ':')) {
		char *end;
		unsigned long n = strtoul(c + 1, &end, 10);
		if (end == c + 1 || *end != ':' || c == line)
			continue;
		*c = '\0';
		*file = line;
		*number = (uint32_t)n;
		return end + 1 + (end[1] == ' ');
	}
	return line;
}

static uint8_t severity(const char *text)
{
	if (strcasestr(text, "error") != NULL)
		return KCP_ERROR;
	return strcasestr(text, "warning") != NULL ? KCP_WARNING : KCP_NOTE;
}

/* `warning: x` → `x`: the kind travels apart. */
static const char *bare(const char *text)
{
	static const char *const kind[] = {"warning:", "error:", "WARNING:"};
	for (size_t i = 0; i < sizeof(kind) / sizeof(*kind); i++)
		if (strncmp(text, kind[i], strlen(kind[i])) == 0)
			return text + strlen(kind[i]) + strspn(text + strlen(kind[i]), " ");
	return text;
}

void rt_messages(bool drop)
{
	char *text = take_caught(), *rest = text, *line;
	while (!drop && (line = strsep(&rest, "\n")) != NULL) {
		const char *file;
		uint32_t number;
		if (line[0] == '\0')
			continue;
		uint8_t kind = severity(line);
		const char *said = place(line, &file, &number);
		wire_begin(KCP_MSG);
		wire_u8(kind);
		wire_str(file);
		wire_u32(number);
		wire_str(bare(said));
		wire_end();
	}
	free(text);
}

/* The line that tells best why the parser gave up: the first with a place, else the last. */
static char *last_words(const char *text)
{
	char *copy = strdup(text), *rest = copy, *line, *best = NULL;
	while ((line = strsep(&rest, "\n")) != NULL) {
		const char *file;
		uint32_t number;
		char *probe = strdup(line);
		place(probe, &file, &number);
		if (line[0] != '\0' && (best == NULL || number > 0)) {
			free(best);
			best = strdup(line);
		}
		free(probe);
		if (number > 0 && best != NULL)
			break;
	}
	free(copy);
	return best != NULL ? best : strdup("it ended without a word");
}

void __attribute__((noreturn)) rt_exit(int status)
{
	if (in_child) {
		fflush(NULL);
		_exit(status);
	}
	const char *file;
	uint32_t number;
	char *text = take_caught(), *words = last_words(text);
	const char *said = bare(place(words, &file, &number));
	wire_begin(KCP_FATAL);
	wire_str(file);
	wire_u32(number);
	wire_str(said);
	wire_str(text);
	wire_end();
	wire_flush();
	memo_save();
	rt_scratch_remove();
	_exit(1);
}

void rt_in_child(void)
{
	in_child = true;
}

/* --- files --- */

void rt_give_file(const char *name, const char *text, size_t n)
{
	given.name = name;
	given.text = text;
	given.n = n;
}

char *rt_take_output(size_t *n)
{
	char *p = written.p != NULL ? written.p : strdup("");
	*n = written.p != NULL ? written.n : 0;
	memset(&written, 0, sizeof(written));
	return p;
}

static void note_file(const char *name)
{
	size_t n = strlen(name) + 1;
	char *p = realloc(files.p, files.n + n);
	if (p == NULL)
		return;
	files.p = p;
	memcpy(p + files.n, name, n);
	files.n += n;
}

const char *rt_files(size_t *n)
{
	*n = files.n;
	return files.p;
}

void rt_save_files(const char *path)
{
	char *temporary;
	if (asprintf(&temporary, "%s.%d", path, (int)getpid()) < 0)
		return;
	FILE *f = fopen(temporary, "w");
	size_t done = f != NULL ? fwrite(files.p, 1, files.n, f) : 0;
	if (f != NULL && (fclose(f) != 0 || done != files.n || rename(temporary, path) < 0))
		unlink(temporary);
	free(temporary);
}

/* Relative names are the tree's, never those of a folder that happens to be the current one. */
static FILE *open_in_tree(const char *name, const char *mode)
{
	char full[8192];
	if (name[0] == '/' || mode[0] != 'r' || in_child)
		return fopen(name, mode);
	if (snprintf(full, sizeof(full), "%s/%s", env_tree(), name) >= (int)sizeof(full)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return fopen(full, mode);
}

FILE *rt_fopen(const char *name, const char *mode)
{
	if (given.name != NULL && strcmp(name, given.name) == 0 && mode[0] == 'r')
		return given.n > 0 ? fmemopen((char *)given.text, given.n, "r") : fopen("/dev/null", "r");
	if (strcmp(name, RT_OUT) == 0 && mode[0] == 'w') {
		free(written.p);
		written.p = NULL;
		return open_memstream(&written.p, &written.n);
	}
	FILE *f = open_in_tree(name, mode);
	if (f != NULL && mode[0] == 'r')
		note_file(name);
	return f;
}

/* --- probes --- */

const char *rt_scratch(void)
{
	const char *base = getenv("TMPDIR");
	if (scratch[0] != '\0')
		return scratch;
	if (base == NULL || base[0] != '/')
		base = "/tmp";
	if (snprintf(scratch, sizeof(scratch), "%s/kiln-kconfig-XXXXXX", base) >= (int)sizeof(scratch) ||
		mkdtemp(scratch) == NULL)
		scratch[0] = '\0';
	return scratch[0] != '\0' ? scratch : NULL;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

void rt_scratch_remove(void)
{
	if (scratch[0] != '\0')
		nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	scratch[0] = '\0';
}

/* Run a probe where it may write, and remember what it said. */
static const struct memo *probe(const char *command)
{
	static char said[65536];
	const char *dir = rt_scratch();
	if (dir == NULL || chdir(dir) < 0)
		return NULL;
	FILE *p = popen(command, "r");
	size_t n = p != NULL ? fread(said, 1, sizeof(said) - 1, p) : 0;
	said[n] = '\0';
	int status = p != NULL ? pclose(p) : -1;
	if (chdir("/") < 0 || status == -1)
		return NULL;
	return memo_add(command, said, n);
}

FILE *rt_popen(const char *command, const char *mode)
{
	if (in_child)
		return popen(command, mode);
	const struct memo *m = memo_find(command);
	if (m == NULL)
		m = probe(command);
	if (m == NULL)
		return NULL;
	return m->n > 0 ? fmemopen(m->said, m->n, "r") : fopen("/dev/null", "r");
}

int rt_pclose(FILE *f)
{
	return in_child ? pclose(f) : fclose(f);
}
