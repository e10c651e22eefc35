/* elfneed: see elfneed.h. The search is that of ld.so(8), without LD_LIBRARY_PATH and ld.so.cache: the asking file's
 * RPATH or RUNPATH, the default folders, then those of /etc/ld.so.conf, which the guest does not have. */
#include "core/elfneed.h"

#include <fcntl.h>
#include <gelf.h>
#include <glob.h>
#include <libelf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"

#define MOST_LIBS 256

/* What one ELF file says. */
struct facts {
	struct strv needed, runpath;
	char *interp;
	bool dynamic;
};

struct search {
	struct elfneed *d;
	struct strv usual; /* where the loader looks of itself */
	struct strv conf;  /* where only the host's ld.so.conf sends it */
	struct err *e;
};

static void facts_done(struct facts *f)
{
	strv_done(&f->needed);
	strv_done(&f->runpath);
	free(f->interp);
}

/* Cut "a:b" and put the file's own folder for $ORIGIN. */
static void add_runpath(struct strv *out, const char *text, const char *file)
{
	const char *slash = strrchr(file, '/');
	int origin_n = slash != NULL ? (int)(slash - file) : 0;
	while (*text != '\0') {
		size_t n = strcspn(text, ":"), skip = 0;
		if (n >= 7 && strncmp(text, "$ORIGIN", 7) == 0)
			skip = 7;
		else if (n >= 9 && strncmp(text, "${ORIGIN}", 9) == 0)
			skip = 9;
		if (n > 0)
			strv_addf(out, "%.*s%.*s", skip != 0 ? origin_n : 0, file, (int)(n - skip), text + skip);
		text += n + (text[n] == ':');
	}
}

static void read_dynamic(Elf *elf, Elf_Scn *scn, const GElf_Shdr *sh, const char *file, struct facts *f)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t n = data != NULL && sh->sh_entsize != 0 ? sh->sh_size / sh->sh_entsize : 0;
	GElf_Dyn dyn;
	for (size_t i = 0; i < n && gelf_getdyn(data, (int)i, &dyn) != NULL && dyn.d_tag != DT_NULL; i++) {
		if (dyn.d_tag != DT_NEEDED && dyn.d_tag != DT_RPATH && dyn.d_tag != DT_RUNPATH)
			continue;
		const char *text = elf_strptr(elf, sh->sh_link, dyn.d_un.d_val);
		if (text == NULL || *text == '\0')
			continue;
		if (dyn.d_tag == DT_NEEDED)
			strv_add(&f->needed, text);
		else
			add_runpath(&f->runpath, text, file);
	}
}

/* The loader that the program names. */
static void read_interp(Elf *elf, struct facts *f)
{
	size_t n = 0, size = 0;
	const char *raw = elf_rawfile(elf, &size);
	elf_getphdrnum(elf, &n);
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr ph;
		if (gelf_getphdr(elf, (int)i, &ph) == NULL)
			continue;
		f->dynamic = f->dynamic || ph.p_type == PT_DYNAMIC;
		if (ph.p_type == PT_INTERP && raw != NULL && f->interp == NULL && ph.p_filesz > 0 &&
			ph.p_filesz < PATH_MAX && ph.p_offset < size && ph.p_filesz <= size - ph.p_offset)
			f->interp = xstrndup(raw + ph.p_offset, ph.p_filesz);
	}
}

static int read_elf(Elf *elf, const char *file, struct facts *f, struct err *e)
{
	GElf_Ehdr eh;
	GElf_Shdr sh;
	if (gelf_getehdr(elf, &eh) == NULL)
		return err_set(e, ERR_INPUT, _("%s is a damaged ELF file: %s"), file, elf_errmsg(-1));
	if (eh.e_machine != EM_X86_64 || eh.e_ident[EI_CLASS] != ELFCLASS64)
		return err_set(e, ERR_INPUT, _("%s is for another machine: the guest runs 64-bit x86 programs"), file);
	read_interp(elf, f);
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn)) != NULL;)
		if (gelf_getshdr(scn, &sh) != NULL && sh.sh_type == SHT_DYNAMIC)
			read_dynamic(elf, scn, &sh, file, f);
	return 0;
}

/* 1: an ELF file; 0: another file; -1: *e. */
static int read_facts(const char *file, struct facts *f, struct err *e)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), r = 0;
	memset(f, 0, sizeof(*f));
	if (fd < 0)
		return err_set(e, ERR_WORLD, _("cannot read %s: %m"), file);
	elf_version(EV_CURRENT);
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf != NULL && elf_kind(elf) == ELF_K_ELF)
		r = read_elf(elf, file, f, e) < 0 ? -1 : 1;
	elf_end(elf);
	close(fd);
	return r;
}

/* The folders of one ld.so.conf and of what it includes. */
static void add_conf(struct strv *dir, const char *path, int depth)
{
	struct err ignored = {0};
	char *text = fs_read(path, NULL, &ignored), *save = NULL;
	err_done(&ignored);
	for (char *line = text != NULL ? strtok_r(text, "\n", &save) : NULL; line != NULL;
		line = strtok_r(NULL, "\n", &save)) {
		line = str_trim(line);
		if (line[0] == '/') {
			strv_add(dir, line);
		} else if (str_starts(line, "include ") && depth < 4) {
			glob_t g = {0};
			if (glob(str_trim(line + 8), 0, NULL, &g) == 0)
				for (size_t i = 0; i < g.gl_pathc; i++)
					add_conf(dir, g.gl_pathv[i], depth + 1);
			globfree(&g);
		}
	}
	free(text);
}

/* Is it there already? The loader counts under its bare name too: libraries ask for it so. */
static bool has(const struct elfneed *d, const char *name)
{
	for (size_t i = 0; i < d->n; i++) {
		const char *slash = strrchr(d->v[i].name, '/');
		if (strcmp(d->v[i].name, name) == 0 || (slash != NULL && strcmp(slash + 1, name) == 0))
			return true;
	}
	return false;
}

/* Where a library found at path has to lie in the guest, whose loader has no ld.so.conf. Returns owned. */
static char *guest_path(const char *path, const char *name, bool conf)
{
	while (*path == '/')
		path++;
	return conf ? xasprintf("lib/x86_64-linux-gnu/%s", name) : xstrdup(path);
}

static void put(struct search *s, const char *name, char *host, char *guest, const char *by)
{
	s->d->v = xrealloc(s->d->v, (s->d->n + 1) * sizeof(*s->d->v));
	s->d->v[s->d->n++] = (struct elfneed_lib){xstrdup(name), host, guest, xstrdup(by)};
}

static bool take_from(struct search *s, const struct strv *dir, const char *name, const char *by)
{
	struct stat st;
	for (size_t i = 0; i < dir->n; i++) {
		char *path = fs_join(dir->v[i], name);
		bool found = path[0] == '/' && stat(path, &st) == 0 && S_ISREG(st.st_mode);
		if (found)
			put(s, name, fs_absolute(path), guest_path(path, name, dir == &s->conf), by);
		free(path);
		if (found)
			return true;
	}
	return false;
}

static void find_lib(struct search *s, const struct facts *f, const char *name, const char *by)
{
	const struct strv root = {.v = (char *[]){(char *)"/", NULL}, .n = 1};
	if (has(s->d, name) || s->d->n >= MOST_LIBS)
		return;
	if (strchr(name, '/') != NULL ? take_from(s, &root, name, by)
				      : take_from(s, &f->runpath, name, by) || take_from(s, &s->usual, name, by) ||
						take_from(s, &s->conf, name, by))
		return;
	put(s, name, NULL, NULL, by);
}

/* One file: its loader and libraries. 1: an ELF file. */
static int follow(struct search *s, const char *file)
{
	struct facts f;
	int r = read_facts(file, &f, s->e);
	if (r > 0 && f.interp != NULL && f.interp[0] == '/')
		find_lib(s, &f, f.interp, file);
	for (size_t i = 0; i < f.needed.n && r > 0; i++)
		find_lib(s, &f, f.needed.v[i], file);
	if (s->d->n == 0 && r > 0)
		s->d->is_static = f.interp == NULL && f.needed.n == 0;
	facts_done(&f);
	return r;
}

int elfneed_read(struct elfneed *d, const char *path, struct err *e)
{
	static const char *const usual[] = {
		"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib", NULL};
	struct search s = {.d = d, .e = e};
	memset(d, 0, sizeof(*d));
	add_conf(&s.conf, "/etc/ld.so.conf", 0);
	strv_addv(&s.usual, usual);
	int r = follow(&s, path);
	d->is_elf = r > 0;
	for (size_t i = 0; i < d->n && r > 0; i++)
		if (d->v[i].host != NULL)
			r = follow(&s, d->v[i].host);
	strv_done(&s.conf);
	strv_done(&s.usual);
	if (r < 0)
		elfneed_done(d);
	return r < 0 ? -1 : 0;
}

void elfneed_done(struct elfneed *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].name);
		free(d->v[i].host);
		free(d->v[i].guest);
		free(d->v[i].by);
	}
	free(d->v);
	memset(d, 0, sizeof(*d));
}
