/* check_file: the kinds of checks that look at files of the lab: size, file, elf, cpio, iso, lesson, source. Files are
 * a learner's or a submission's, so hostile: opened beneath the lab, bounded, parsed by libelf, libarchive and
 * archive_view. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <gelf.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/archive_view.h"
#include "core/beneath.h"
#include "core/check_int.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/isofile.h"
#include "core/lessontest.h"

#define CHECK_FILE_MAX ((size_t)256 << 20)

static const char *root(const struct check_eval *x)
{
	return x->env->pipeline->lab->dir;
}

static const char *path_of(struct check_eval *x, const char *otherwise)
{
	return ynode_text(x->arg, "path", otherwise);
}

static int64_t parse_size(const char *text)
{
	char *end;
	long long n = strtoll(text, &end, 10);
	return *end == 'K' ? n * 1024 : *end == 'M' ? n * 1024 * 1024 : n;
}

bool check_limits(struct check_eval *x, int64_t n)
{
	static const char *const key[] = {"lt", "le", "gt", "ge", "eq"};
	bool ok = true;
	for (size_t i = 0; i < ARRAY_LEN(key); i++) {
		const char *text = ynode_text(x->arg, key[i], NULL);
		int64_t limit = text != NULL ? parse_size(text) : 0;
		const bool holds[] = {n<limit, n <= limit, n> limit, n >= limit, n == limit};
		ok = ok && (text == NULL || holds[i]);
	}
	return ok;
}

bool check_eval_size(struct check_eval *x)
{
	const char *path = path_of(x, "");
	int64_t n = beneath_size(root(x), path);
	if (n < 0) {
		buf_addf(&x->evidence, _("%s is not there"), path);
		buf_adds(&x->value, "absent");
		return false;
	}
	char *text = str_commas((unsigned long long)n);
	buf_adds(&x->value, text);
	buf_addf(&x->evidence, "%s has %s bytes", path, text);
	free(text);
	return check_limits(x, n);
}

bool check_eval_file(struct check_eval *x)
{
	const struct ynode *want = ynode_get(x->arg, "exists");
	bool there = beneath_size(root(x), path_of(x, "")) >= 0;
	buf_addf(&x->evidence, _("%s is %s"), path_of(x, ""), there ? _("there") : _("not there"));
	return there == (want == NULL || check_yes(x, want));
}

/* --- ELF --- */

static const char *machine_name(int m)
{
	return m == EM_X86_64 ? "x86_64" : m == EM_386 ? "i386" : m == EM_AARCH64 ? "aarch64" : "other";
}

static bool has_interpreter(Elf *elf)
{
	size_t n = 0;
	elf_getphdrnum(elf, &n);
	for (size_t i = 0; i < n && i < 64; i++) {
		GElf_Phdr ph;
		if (gelf_getphdr(elf, (int)i, &ph) != NULL && ph.p_type == PT_INTERP)
			return true;
	}
	return false;
}

static long count_undefined(Elf *elf)
{
	long n = 0;
	for (Elf_Scn *s = elf_nextscn(elf, NULL); s != NULL; s = elf_nextscn(elf, s)) {
		GElf_Shdr sh;
		Elf_Data *data = elf_getdata(s, NULL);
		if (gelf_getshdr(s, &sh) == NULL || (sh.sh_type != SHT_SYMTAB && sh.sh_type != SHT_DYNSYM) ||
			data == NULL)
			continue;
		for (int i = 1; sh.sh_entsize > 0 && (uint64_t)i < data->d_size / sh.sh_entsize; i++) {
			GElf_Sym sym;
			if (gelf_getsym(data, i, &sym) != NULL && sym.st_shndx == SHN_UNDEF &&
				GELF_ST_BIND(sym.st_info) == STB_GLOBAL)
				n++;
		}
	}
	return n;
}

static bool elf_holds(struct check_eval *x, Elf *elf, const GElf_Ehdr *eh)
{
	const struct ynode *want = ynode_get(x->arg, "static");
	const char *machine = ynode_text(x->arg, "machine", NULL), *undefined = ynode_text(x->arg, "undefined", NULL);
	bool interp = has_interpreter(elf);
	if (want != NULL && check_yes(x, want) == interp) {
		buf_adds(&x->value, interp ? "dynamic" : "static");
		buf_adds(&x->evidence,
			interp ? _("it asks for a dynamic loader (PT_INTERP)") : _("it has no PT_INTERP"));
		return false;
	}
	if (machine != NULL && strcmp(machine, machine_name(eh->e_machine)) != 0) {
		buf_adds(&x->value, machine_name(eh->e_machine));
		buf_addf(&x->evidence, _("e_machine is %d"), eh->e_machine);
		return false;
	}
	long n = undefined != NULL ? count_undefined(elf) : 0;
	if (undefined == NULL || n <= strtol(undefined, NULL, 10))
		return true;
	buf_addf(&x->value, "%ld", n);
	buf_addf(&x->evidence, _("%ld undefined symbols"), n);
	return false;
}

bool check_eval_elf(struct check_eval *x)
{
	size_t n = 0;
	struct err e = {0};
	char *bytes = beneath_read(root(x), path_of(x, "out/init"), CHECK_FILE_MAX, &n, &e);
	bool ok = false;
	if (bytes == NULL) {
		buf_adds(&x->evidence, e.msg);
		err_done(&e);
		return false;
	}
	elf_version(EV_CURRENT);
	Elf *elf = elf_memory(bytes, n);
	GElf_Ehdr eh;
	if (elf == NULL || elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, &eh) == NULL)
		buf_adds(&x->evidence, _("it is no ELF file"));
	else
		ok = elf_holds(x, elf, &eh);
	elf_end(elf);
	free(bytes);
	return ok;
}

/* --- archives --- */

struct listing {
	struct strv name;
	unsigned mode[1024];
	const char *format;
};

static const char *plain_name(const char *name)
{
	return name == NULL ? "?" : name[0] == '.' && name[1] == '/' ? name + 2 : name;
}

/* No filters: an image is plain, and some filters of libarchive would start programs of the host. */
static int list_iso(struct listing *l, const void *bytes, size_t n)
{
	struct archive *a = archive_read_new();
	struct archive_entry *en;
	archive_read_support_format_iso9660(a);
	int r = archive_read_open_memory(a, bytes, n);
	while (r >= ARCHIVE_WARN && l->name.n < ARRAY_LEN(l->mode) &&
		(r = archive_read_next_header(a, &en)) >= ARCHIVE_WARN && r != ARCHIVE_EOF) {
		l->mode[l->name.n] = archive_entry_perm(en);
		strv_add(&l->name, plain_name(archive_entry_pathname(en)));
	}
	archive_read_free(a);
	return r == ARCHIVE_EOF || l->name.n > 0 ? 0 : -1;
}

static int list_cpio(struct listing *l, const void *bytes, size_t n)
{
	struct archive_view v = {0};
	struct err e = {0};
	int r = archive_view_bytes(&v, "it", bytes, n, &e);
	for (size_t i = 0; i < v.n_entry && l->name.n < ARRAY_LEN(l->mode); i++) {
		l->mode[l->name.n] = v.v[i].mode & 07777;
		strv_add(&l->name, plain_name(v.v[i].name));
		l->format = v.v[i].format == AV_NEWC ? "newc" : v.v[i].format == AV_ODC ? "odc" : "other";
	}
	archive_view_done(&v);
	err_done(&e);
	return r == 0 || l->name.n > 0 ? 0 : -1;
}

static long find_name(const struct listing *l, const char *name)
{
	for (size_t i = 0; i < l->name.n; i++)
		if (strcasecmp(l->name.v[i], name) == 0)
			return (long)i;
	return -1;
}

static bool has_all(struct check_eval *x, const struct listing *l)
{
	const struct ynode *has = ynode_get(x->arg, "has");
	for (size_t i = 0; has != NULL && i < has->n; i++)
		if (has->item[i].kind != YNODE_TEXT || find_name(l, has->item[i].text) < 0) {
			buf_addf(&x->evidence, _("%s is not in it"),
				has->item[i].kind == YNODE_TEXT ? has->item[i].text : "?");
			return false;
		}
	return true;
}

static bool modes_hold(struct check_eval *x, const struct listing *l)
{
	const struct ynode *mode = ynode_get(x->arg, "mode");
	for (size_t i = 0; mode != NULL && i < mode->n; i++) {
		long at = find_name(l, mode->item[i].key);
		unsigned want = mode->item[i].kind == YNODE_TEXT ? (unsigned)strtoul(mode->item[i].text, NULL, 8) : 0;
		if (at >= 0 && l->mode[at] == want)
			continue;
		if (at >= 0)
			buf_addf(&x->value, "%04o", l->mode[at]);
		buf_addf(&x->evidence, _("mode of %s is %04o"), mode->item[i].key, at >= 0 ? l->mode[at] : 0);
		return false;
	}
	return true;
}

bool check_eval_cpio(struct check_eval *x)
{
	size_t n = 0;
	struct err e = {0};
	struct listing *l = xcalloc(1, sizeof(*l));
	const char *format = ynode_text(x->arg, "format", NULL);
	char *bytes = beneath_read(root(x), path_of(x, "out/initramfs.cpio"), CHECK_FILE_MAX, &n, &e);
	bool ok = false;
	if (bytes == NULL)
		buf_adds(&x->evidence, e.msg);
	else if (list_cpio(l, bytes, n) < 0)
		buf_adds(&x->evidence, _("it is no cpio archive"));
	else if (format != NULL && (l->format == NULL || strcmp(format, l->format) != 0))
		buf_addf(&x->evidence, _("its format is %s"), l->format != NULL ? l->format : "-");
	else
		ok = has_all(x, l) && modes_hold(x, l);
	if (ok && !check_limits(x, (int64_t)n)) {
		ok = false;
		buf_addf(&x->value, "%zu", n);
		buf_addf(&x->evidence, _("it has %zu bytes"), n);
	} else if (!ok && format != NULL && l->format != NULL && x->value.n == 0) {
		buf_adds(&x->value, l->format);
	}
	err_done(&e);
	strv_done(&l->name);
	free(l);
	free(bytes);
	return ok;
}

bool check_eval_iso(struct check_eval *x)
{
	size_t n = 0;
	struct err e = {0};
	struct isofile f = {0};
	struct listing *l = xcalloc(1, sizeof(*l));
	const struct ynode *boots = ynode_get(x->arg, "eltorito");
	const char *label = ynode_text(x->arg, "label", NULL);
	char *bytes = beneath_read(root(x), path_of(x, "out/image.iso"), CHECK_FILE_MAX, &n, &e);
	bool ok = false;
	if (bytes == NULL || isofile_parse(&f, "it", (const uint8_t *)bytes, n, &e) < 0)
		buf_adds(&x->evidence, e.msg);
	else if (boots != NULL && check_yes(x, boots) != (f.n_boot > 0))
		buf_addf(&x->evidence, _("it has %zu El Torito entries"), f.n_boot);
	else if (label != NULL && strcmp(label, f.label) != 0)
		buf_addf(&x->evidence, _("its label is %s"), f.label);
	else if (!check_limits(x, (int64_t)n))
		buf_addf(&x->evidence, _("it has %zu bytes"), n);
	else if (list_iso(l, bytes, n) < 0)
		buf_adds(&x->evidence, _("its files cannot be listed"));
	else
		ok = has_all(x, l);
	err_done(&e);
	strv_done(&l->name);
	free(l);
	free(bytes);
	return ok;
}

/* --- lessons --- */

static void first_fault(void *ctx, const char *text)
{
	struct check_eval *x = ctx;
	if (x->evidence.n == 0)
		buf_adds(&x->evidence, text);
}

/* Are the lesson's files plain files of the lab? A link could lead anywhere. */
static bool is_plain_lesson(struct check_eval *x, const char *path)
{
	static const char *const name[] = {"lesson.md", "lesson.zh-CN.md"};
	bool ok = true;
	for (size_t i = 0; i < ARRAY_LEN(name) && ok; i++) {
		struct err e = {0};
		char *file = fs_join(path, name[i]), *whole = fs_join(root(x), file);
		int fd = i == 0 || fs_exists(whole) ? beneath_open(root(x), file, O_RDONLY | O_CLOEXEC, &e) : -1;
		ok = fd >= 0 || !err_is(&e);
		if (!ok)
			buf_adds(&x->evidence, e.msg);
		if (fd >= 0)
			close(fd);
		err_done(&e);
		free(whole);
		free(file);
	}
	return ok;
}

bool check_eval_lesson(struct check_eval *x)
{
	const char *path = path_of(x, "");
	struct err e = {0};
	if (!is_plain_lesson(x, path))
		return false;
	char *dir = fs_join(root(x), path);
	unsigned faults = lesson_lint(dir, first_fault, x);
	struct lesson *l = faults == 0 ? lesson_load(dir, "en", &e) : NULL;
	bool ok = l != NULL && (int64_t)l->n >= parse_size(ynode_text(x->arg, "steps", "1"));
	buf_addf(&x->value, "%zu", l != NULL ? l->n : 0);
	if (l != NULL && !ok)
		buf_addf(&x->evidence, _("it has %zu steps"), l->n);
	lesson_free(l);
	err_done(&e);
	free(dir);
	return ok;
}

/* --- patterns --- */

static void add_line(struct buf *out, const char *text, size_t n, size_t at)
{
	size_t from = at, to = at;
	while (from > 0 && text[from - 1] != '\n')
		from--;
	while (to < n && text[to] != '\n')
		to++;
	buf_add(out, text + from, to - from > 200 ? 200 : to - from);
}

bool check_match(struct check_eval *x, const char *pattern, const char *text, size_t n)
{
	int code;
	PCRE2_SIZE where;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
		PCRE2_MULTILINE | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &where, NULL);
	if (re == NULL) {
		PCRE2_UCHAR why[120];
		pcre2_get_error_message(code, why, sizeof(why));
		err_set(&x->trouble, ERR_INPUT, _("the pattern is broken at %zu: %s"), (size_t)where, (char *)why);
		return false;
	}
	pcre2_match_data *md = pcre2_match_data_create_from_pattern(re, NULL);
	pcre2_match_context *mc = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(mc, 200000);
	pcre2_set_depth_limit(mc, 2000);
	int r = pcre2_match(re, (PCRE2_SPTR)text, n, 0, 0, md, mc);
	if (r > 0)
		add_line(&x->evidence, text, n, pcre2_get_ovector_pointer(md)[0]);
	else if (r != PCRE2_ERROR_NOMATCH)
		err_set(&x->trouble, ERR_INPUT, _("the pattern costs too much to match"));
	pcre2_match_context_free(mc);
	pcre2_match_data_free(md);
	pcre2_code_free(re);
	return r > 0;
}

bool check_eval_source(struct check_eval *x)
{
	size_t n = 0;
	struct err e = {0};
	const char *match = ynode_text(x->arg, "match", NULL), *not = ynode_text(x->arg, "not", NULL);
	char *text = beneath_read(root(x), path_of(x, ""), 1 << 20, &n, &e);
	bool ok = text != NULL;
	if (text == NULL)
		buf_adds(&x->evidence, e.msg);
	if (ok && match != NULL && !check_match(x, match, text, n)) {
		buf_addf(&x->evidence, _("%s has nothing like it"), path_of(x, ""));
		ok = false;
	}
	if (ok && not != NULL) {
		buf_clear(&x->evidence);
		ok = !check_match(x, not, text, n);
	}
	err_done(&e);
	free(text);
	return ok;
}
