/* codeview: see codeview.h. */
#include "core/codeview.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/str.h"

static void load_debug(struct codeview *c, const char *path)
{
	struct err ignored = {0};
	size_t n = 0;
	c->debug_bytes = fs_read(path, &n, &ignored);
	if (c->debug_bytes != NULL) {
		elfview_init(&c->debug, c->debug_bytes, n);
		srclines_load(&c->lines, path, &ignored);
	}
	err_done(&ignored);
}

static int by_addr(const void *a, const void *b)
{
	const struct codeview_function *x = a, *y = b;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* The address in the program of one in its twin; UINT64_MAX if the bytes there are not the same. */
static uint64_t from_twin(const struct codeview *c, uint64_t addr)
{
	const bool bare = c->v.n_sh == 0;
	const uint64_t there = elfview_offset(&c->debug, addr), here = bare ? addr : elfview_offset(&c->v, addr);
	if (there >= c->debug.n || here >= c->v.n || c->debug.bytes[there] != c->v.bytes[here])
		return UINT64_MAX;
	return bare ? elfview_addr(&c->v, here) : addr;
}

static void add_functions(struct codeview *c, const struct elfview *v, bool twin)
{
	for (size_t i = 0; i < v->n_sym; i++) {
		const struct elf_sym *s = &v->sym[i];
		const uint64_t addr = twin ? from_twin(c, s->addr) : s->addr;
		if (!s->function || *s->name == '\0' || addr == UINT64_MAX)
			continue;
		if ((c->n_function & (c->n_function - 1)) == 0)
			c->function = xrealloc(
				c->function, (c->n_function > 0 ? 2 * c->n_function : 16) * sizeof(*c->function));
		c->function[c->n_function++] = (struct codeview_function){addr, s->name};
	}
}

int codeview_load(struct codeview *c, const char *program, const char *debug, struct err *e)
{
	struct err ignored = {0};
	size_t n = 0;
	memset(c, 0, sizeof(*c));
	c->bytes = fs_read(program, &n, e);
	if (c->bytes == NULL)
		return -1;
	elfview_init(&c->v, c->bytes, n);
	if (disasm_run(&c->d, &c->v, &ignored) == 0)
		disasm_mark(&c->d, &c->v);
	err_done(&ignored);
	if (debug != NULL)
		load_debug(c, debug);
	add_functions(c, &c->v, false);
	if (c->n_function == 0)
		add_functions(c, &c->debug, true);
	if (c->n_function > 0)
		qsort(c->function, c->n_function, sizeof(*c->function), by_addr);
	return 0;
}

void codeview_done(struct codeview *c)
{
	srclines_done(&c->lines);
	disasm_done(&c->d);
	elfview_done(&c->v);
	elfview_done(&c->debug);
	free(c->function);
	free(c->bytes);
	free(c->debug_bytes);
	memset(c, 0, sizeof(*c));
}

/* A bare file's twin is linked at address 0: its addresses are the bare file's offsets. */
static uint64_t twin_addr(const struct codeview *c, const struct disasm_insn *i)
{
	return c->v.n_sh == 0 ? i->off : i->addr;
}

const struct srcline *codeview_line(const struct codeview *c, const struct disasm_insn *i)
{
	const uint64_t addr = twin_addr(c, i);
	const uint64_t off = c->lines.n > 0 ? elfview_offset(&c->debug, addr) : UINT64_MAX;
	if (off == UINT64_MAX || c->debug.n - off < i->size ||
		memcmp(c->debug.bytes + off, c->v.bytes + i->off, i->size) != 0)
		return NULL;
	return srclines_at(&c->lines, addr);
}

static bool same_file(const char *path, const char *name)
{
	const char *a = strrchr(path, '/'), *b = strrchr(name, '/');
	return strcmp(a != NULL ? a + 1 : path, b != NULL ? b + 1 : name) == 0;
}

size_t codeview_insn_of(const struct codeview *c, const char *file, int line)
{
	size_t best = SIZE_MAX;
	int best_line = 0;
	for (size_t i = 0; i < c->d.n; i++) {
		const struct srcline *l = codeview_line(c, &c->d.v[i]);
		if (l == NULL || l->line < line || !same_file(c->lines.file[l->file], file))
			continue;
		if (best == SIZE_MAX || l->line < best_line) {
			best = i;
			best_line = l->line;
		}
	}
	return best;
}

size_t codeview_insn_at(const struct codeview *c, uint64_t addr)
{
	size_t low = 0, high = c->d.n;
	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		if (c->d.v[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return c->d.n == 0 ? SIZE_MAX : low > 0 ? low - 1 : 0;
}

uint64_t codeview_start(const struct codeview *c)
{
	for (size_t i = 0; i < c->n_function; i++)
		if (strcmp(c->function[i].name, "main") == 0)
			return c->function[i].addr;
	return c->v.eh.e_entry;
}

const char *codeview_symbol(const struct codeview *c, uint64_t addr)
{
	size_t low = 0, high = c->n_function;
	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		if (c->function[mid].addr < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->n_function && c->function[low].addr == addr ? c->function[low].name : NULL;
}
