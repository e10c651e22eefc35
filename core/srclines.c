/* srclines: see srclines.h. */
#include "core/srclines.h"

#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/i18n.h"
#include "core/str.h"

#define MAX_ROWS  400000u
#define MAX_FILES 4096u

static int file_index(struct srclines *s, const char *name)
{
	for (size_t i = s->n_file; i > 0; i--)
		if (strcmp(s->file[i - 1], name) == 0)
			return (int)(i - 1);
	if (s->n_file == MAX_FILES)
		return -1;
	s->file = xrealloc(s->file, (s->n_file + 1) * sizeof(*s->file));
	s->file[s->n_file] = xstrdup(name);
	return (int)s->n_file++;
}

static void add_row(struct srclines *s, Dwarf_Line *l)
{
	Dwarf_Addr addr;
	int line = 0;
	bool end = false;
	const char *name = dwarf_linesrc(l, NULL, NULL);
	if (s->n == MAX_ROWS || dwarf_lineaddr(l, &addr) != 0)
		return;
	dwarf_lineendsequence(l, &end);
	if (!end && dwarf_lineno(l, &line) != 0)
		line = 0;
	const int file = line > 0 && name != NULL ? file_index(s, name) : -1;
	if ((s->n & (s->n - 1)) == 0)
		s->v = xrealloc(s->v, (s->n > 0 ? 2 * s->n : 64) * sizeof(*s->v));
	s->v[s->n++] = (struct srcline){addr, file >= 0 ? line : 0, file};
}

/* By address; at one address the end of what is before it comes first. */
static int by_addr(const void *a, const void *b)
{
	const struct srcline *x = a, *y = b;
	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (x->line != 0) - (y->line != 0);
}

static void read_units(struct srclines *s, Dwarf *dw)
{
	Dwarf_Off off = 0, next;
	size_t header;
	while (s->n < MAX_ROWS && dwarf_nextcu(dw, off, &next, &header, NULL, NULL, NULL) == 0) {
		Dwarf_Die die;
		Dwarf_Lines *lines;
		size_t n;
		if (dwarf_offdie(dw, off + header, &die) != NULL && dwarf_getsrclines(&die, &lines, &n) == 0)
			for (size_t i = 0; i < n; i++)
				add_row(s, dwarf_onesrcline(lines, i));
		off = next;
	}
	if (s->n > 0)
		qsort(s->v, s->n, sizeof(*s->v), by_addr);
}

int srclines_load(struct srclines *s, const char *path, struct err *e)
{
	memset(s, 0, sizeof(*s));
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno, _("cannot read %s"), path);
	elf_version(EV_CURRENT);
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	int r = 0;
	if (elf == NULL || elf_kind(elf) != ELF_K_ELF) {
		r = err_set(e, ERR_INPUT, _("%s is no ELF file"), path);
	} else {
		Dwarf *dw = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
		if (dw != NULL) /* else it has no line tables */
			read_units(s, dw);
		dwarf_end(dw);
	}
	elf_end(elf);
	close(fd);
	return r;
}

void srclines_done(struct srclines *s)
{
	for (size_t i = 0; i < s->n_file; i++)
		free(s->file[i]);
	free(s->file);
	free(s->v);
	memset(s, 0, sizeof(*s));
}

const struct srcline *srclines_at(const struct srclines *s, uint64_t addr)
{
	size_t low = 0, high = s->n;
	while (low < high) { /* the first row beyond it */
		const size_t mid = low + (high - low) / 2;
		if (s->v[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 && s->v[low - 1].line > 0 ? &s->v[low - 1] : NULL;
}
