/* submission: see submission.h. Gathering, archives and the description; how one becomes a lab is in submission_lab.c.
 */
#include "core/submission.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/beneath.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/conf.h"
#include "core/paths.h"

#define PATH_BYTES 200u
#define PATH_DEPTH 12u

/* --- names --- */

static int refuse_path(const char *path, const char *why, struct err *e)
{
	return err_set(e, ERR_INPUT, _("the path `%.80s` is not allowed: %s"), path, why);
}

static bool is_name(const char *s, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-";
	return n > 0 && n <= 64 && s[0] != '.' && s[0] != '-' && strspn(s, letters) >= n;
}

/* init/NAME/FILE, both plain names. */
static bool is_init(const char *path)
{
	if (!str_starts(path, "init/"))
		return false;
	const char *name = path + 5, *slash = strchr(name, '/');
	return slash != NULL && is_name(name, (size_t)(slash - name)) && is_name(slash + 1, strlen(slash + 1)) &&
	       strchr(slash + 1, '/') == NULL;
}

int submission_path(const char *path, struct err *e)
{
	static const char *const known[] = {"submission.json", "kiln.conf", "kernel.config", "progress/lessons"};
	unsigned depth = 0;
	if (strlen(path) > PATH_BYTES)
		return refuse_path(path, _("it is too long"), e);
	for (const char *c = path; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return refuse_path("?", _("it holds control characters"), e);
	for (const char *at = path;; at++) {
		size_t n = strcspn(at, "/");
		bool dots = (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.');
		if (n == 0 || dots || ++depth > PATH_DEPTH)
			return refuse_path(path, _("absolute, with `.` or `..`, or too deep"), e);
		at += n;
		if (*at == '\0')
			break;
	}
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(path, known[i]) == 0)
			return 1;
	return is_init(path) || str_starts(path, "rootfs/") || str_starts(path, "iso/") || str_starts(path, "lessons/");
}

/* --- the set of files --- */

const struct submission_file *submission_find(const struct submission *s, const char *path)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].path, path) == 0)
			return &s->v[i];
	return NULL;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct submission_file *)a)->path, ((const struct submission_file *)b)->path);
}

static void sort(struct submission *s)
{
	if (s->n > 1)
		qsort(s->v, s->n, sizeof(*s->v), by_path);
}

static int too_large(const struct submission *s, const char *path, size_t n, struct err *e)
{
	if (n <= SUBMISSION_FILE_MAX && s->total + n <= SUBMISSION_MAX && s->n < SUBMISSION_FILES)
		return 0;
	err_set(e, ERR_INPUT, _("too large for a submission: `%s` has %zu bytes, beside %zu files of %zu bytes"), path,
		n, s->n, s->total);
	err_hint(e, _("at most %u files, %zu KiB each, %zu KiB in all: what is built or large does not belong in one"),
		SUBMISSION_FILES, SUBMISSION_FILE_MAX >> 10, SUBMISSION_MAX >> 10);
	return -1;
}

/* Put a file in. Takes bytes. Programs are left out: a grader builds them. */
static int add(struct submission *s, const char *path, char *bytes, size_t n, struct err *e)
{
	if (submission_find(s, path) != NULL) {
		free(bytes);
		return err_set(e, ERR_INPUT, _("`%s` is in it twice"), path);
	}
	if (n >= 4 && memcmp(bytes, "\177ELF", 4) == 0) {
		strv_addf(&s->note, _("left out: %s is a program; a grader builds from sources"), path);
		free(bytes);
		return 0;
	}
	if (too_large(s, path, n, e) < 0) {
		free(bytes);
		return -1;
	}
	s->v = xrealloc(s->v, (s->n + 1) * sizeof(*s->v));
	s->v[s->n++] = (struct submission_file){xstrdup(path), bytes, n};
	s->total += n;
	return 0;
}

void submission_done(struct submission *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].path);
		free(s->v[i].bytes);
	}
	free(s->v);
	strv_done(&s->note);
	memset(s, 0, sizeof(*s));
}

/* --- from a lab --- */

static int add_from(struct submission *s, const char *dir, const char *rel, struct err *e)
{
	size_t n = 0;
	int64_t size = beneath_size(dir, rel);
	if (size >= 0 && too_large(s, rel, (size_t)size, e) < 0)
		return -1;
	char *bytes = beneath_read(dir, rel, SUBMISSION_FILE_MAX, &n, e);
	return bytes != NULL ? add(s, rel, bytes, n, e) : -1;
}

static int add_object(struct submission *s, const char *dir, const FTSENT *f, struct err *e)
{
	const char *rel = f->fts_path + strlen(dir) + 1;
	if (f->fts_info == FTS_ERR || f->fts_info == FTS_DNR || f->fts_info == FTS_NS)
		return err_sys(e, f->fts_errno, _("cannot read %s"), f->fts_path);
	if (f->fts_info == FTS_D || f->fts_info == FTS_DP)
		return 0;
	int known = submission_path(rel, e);
	if (known < 0)
		return -1;
	if (f->fts_info == FTS_F && known)
		return add_from(s, dir, rel, e);
	if (f->fts_info == FTS_F && str_starts(f->fts_name, "."))
		return 0;
	if (f->fts_info == FTS_F) {
		strv_addf(&s->note, _("left out: %s has no place in a submission"), rel);
		return 0;
	}
	err_set(e, ERR_INPUT, _("%s is no regular file, and a submission holds nothing else"), rel);
	err_hint(e, _("links and device nodes of the initramfs are lines `slink` and `nod` of rootfs/manifest"));
	return -1;
}

static int add_folder(struct submission *s, const char *dir, const char *sub, struct err *e)
{
	char *path = fs_join(dir, sub);
	char *roots[] = {path, NULL};
	struct stat st;
	FTS *t = lstat(path, &st) == 0 ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
	int r = 0;
	for (FTSENT *f; t != NULL && r == 0 && (f = fts_read(t)) != NULL;)
		r = add_object(s, dir, f, e);
	if (t != NULL)
		fts_close(t);
	free(path);
	return r;
}

/* Is init/NAME still as it was shipped? */
static bool as_shipped(const char *dir, const char *name)
{
	struct err ignored = {0};
	char mine[65] = "", theirs[65] = "?";
	char *shipped = paths_data("initsrc"), *a = fs_join(shipped, name), *init = fs_join(dir, "init"),
	     *b = fs_join(init, name);
	bool same = fs_is_dir(a) && fs_sha256_tree(a, theirs, &ignored) == 0 &&
		    fs_sha256_tree(b, mine, &ignored) == 0 && strcmp(mine, theirs) == 0;
	err_done(&ignored);
	free(shipped);
	free(a);
	free(init);
	free(b);
	return same;
}

static int add_variants(struct submission *s, const char *dir, const char *chosen, struct err *e)
{
	char *init = fs_join(dir, "init");
	char *roots[] = {init, NULL};
	FTS *t = fs_is_dir(init) ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
	int r = 0;
	for (FTSENT *f; t != NULL && r == 0 && (f = fts_read(t)) != NULL;) {
		if (f->fts_level != 1)
			continue;
		char *sub = fs_join("init", f->fts_name);
		if (f->fts_info == FTS_D && (strcmp(f->fts_name, chosen) == 0 || !as_shipped(dir, f->fts_name)))
			r = add_folder(s, dir, sub, e);
		else if (f->fts_info == FTS_SL)
			r = err_set(e, ERR_INPUT, _("%s is a link: a submission holds files alone"), sub);
		if (f->fts_info == FTS_D)
			fts_set(t, f, FTS_SKIP);
		free(sub);
	}
	if (t != NULL)
		fts_close(t);
	free(init);
	return r;
}

int submission_from_lab(struct submission *s, const char *given, struct err *e)
{
	static const char *const single[] = {"kiln.conf", "kernel.config"}, *const folder[] = {
										    "rootfs", "iso", "lessons"};
	struct optset opts;
	struct conf conf = {0};
	char *dir = fs_absolute(given), *path = fs_join(dir, "kiln.conf");
	optset_init(&opts);
	int r = beneath_size(dir, "kiln.conf") >= 0 ? conf_load(&conf, path, &opts, e)
						    : err_set(e, ERR_INPUT, _("there is no lab in %s"), dir);
	for (size_t i = 0; i < ARRAY_LEN(single) && r == 0; i++)
		if (beneath_size(dir, single[i]) >= 0)
			r = add_from(s, dir, single[i], e);
	if (r == 0)
		r = add_variants(s, dir, optset_text(&opts, OPT_INIT_VARIANT), e);
	for (size_t i = 0; i < ARRAY_LEN(folder) && r == 0; i++)
		r = add_folder(s, dir, folder[i], e);
	sort(s);
	conf_done(&conf);
	optset_done(&opts);
	free(path);
	free(dir);
	return r;
}

/* --- from an archive --- */

struct reading {
	struct submission *s;
	struct archive *a;
	const char *path;
	size_t packed, count;
	struct err *e;
};

static int damaged(const struct reading *r)
{
	const char *why = archive_error_string(r->a);
	return err_set(r->e, ERR_INPUT, _("%s: not a whole archive: %s"), r->path, why != NULL ? why : "?");
}

static int check_ratio(const struct reading *r, size_t more)
{
	size_t all = r->s->total + more;
	if (all <= (size_t)1 << 20 || all / SUBMISSION_RATIO_MAX <= r->packed)
		return 0;
	return err_set(r->e, ERR_INPUT, _("%s: %zu bytes unpack to more than %u times as many"), r->path, r->packed,
		SUBMISSION_RATIO_MAX);
}

static int read_file(struct reading *r, const char *name, int64_t size)
{
	if (size < 0 || (uint64_t)size > SUBMISSION_FILE_MAX)
		return too_large(r->s, name, size < 0 ? SIZE_MAX / 2 : (size_t)size, r->e);
	if (too_large(r->s, name, (size_t)size, r->e) < 0 || check_ratio(r, (size_t)size) < 0)
		return -1;
	char *bytes = xcalloc(1, (size_t)size + 1);
	size_t got = 0;
	while (got < (size_t)size) {
		la_ssize_t n = archive_read_data(r->a, bytes + got, (size_t)size - got);
		if (n < 0) {
			free(bytes);
			return damaged(r);
		}
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return add(r->s, name, bytes, (size_t)size, r->e);
}

/* One entry: what it may not be is an error, so that nobody is graded by a part of what was sent. */
static int read_entry(struct reading *r, struct archive_entry *en)
{
	const char *given = archive_entry_pathname(en);
	if (++r->count > 2 * SUBMISSION_FILES)
		return err_set(r->e, ERR_INPUT, _("%s: more than %u entries"), r->path, 2 * SUBMISSION_FILES);
	if (given == NULL)
		return err_set(r->e, ERR_INPUT, _("%s: an entry's name is no text"), r->path);
	while (str_starts(given, "./"))
		given += 2;
	char *name = xstrdup(given);
	size_t n = strlen(name);
	if (archive_entry_filetype(en) == AE_IFDIR && n > 0 && name[n - 1] == '/')
		name[n - 1] = '\0';
	int known = archive_entry_filetype(en) == AE_IFDIR && name[0] == '\0' ? 0 : submission_path(name, r->e),
	    ret = 0;
	if (known < 0)
		ret = -1;
	else if (archive_entry_hardlink(en) != NULL ||
		 (archive_entry_filetype(en) != AE_IFREG && archive_entry_filetype(en) != AE_IFDIR))
		ret = err_set(r->e, ERR_INPUT, _("`%s` is a link or a device: a submission holds files alone"), name);
	else if (archive_entry_filetype(en) == AE_IFREG && known)
		ret = read_file(r, name, archive_entry_size(en));
	else if (archive_entry_filetype(en) == AE_IFREG && r->s->note.n < 32)
		strv_addf(&r->s->note, _("left out: %s has no place in a submission"), name);
	free(name);
	return ret;
}

static int read_entries(struct reading *r)
{
	struct archive_entry *en;
	int got;
	while ((got = archive_read_next_header(r->a, &en)) == ARCHIVE_OK || got == ARCHIVE_WARN)
		if (read_entry(r, en) < 0)
			return -1;
	if (got != ARCHIVE_EOF)
		return damaged(r);
	if (submission_find(r->s, "kiln.conf") == NULL && submission_find(r->s, "kernel.config") == NULL)
		return err_set(
			r->e, ERR_INPUT, _("%s is no submission: it has neither kiln.conf nor kernel.config"), r->path);
	return 0;
}

/* The archive's bytes, bounded before they are read. */
static char *read_packed(const char *path, size_t *n, struct err *e)
{
	int64_t size = fs_size(path);
	if (size < 0) {
		err_set(e, ERR_INPUT, _("%s is no regular file"), path);
		return NULL;
	}
	if ((uint64_t)size <= SUBMISSION_PACKED)
		return fs_read(path, n, e);
	err_set(e, ERR_INPUT, _("%s has %lld bytes: a submission has %zu KiB at most"), path, (long long)size,
		SUBMISSION_PACKED >> 10);
	return NULL;
}

int submission_from_archive(struct submission *s, const char *path, struct err *e)
{
	size_t n = 0;
	char *packed = read_packed(path, &n, e);
	if (packed == NULL)
		return -1;
	const char *slash = strrchr(path, '/');
	struct reading r = {s, archive_read_new(), slash != NULL ? slash + 1 : path, n, 0, e};
	archive_read_support_format_tar(r.a);
	archive_read_support_filter_gzip(r.a);
	archive_read_support_filter_xz(r.a);
	archive_read_support_filter_zstd(r.a);
	archive_read_support_filter_bzip2(r.a);
	int ret = archive_read_open_memory(r.a, packed, n) == ARCHIVE_OK ? read_entries(&r) : damaged(&r);
	archive_read_free(r.a);
	free(packed);
	sort(s);
	return ret;
}

/* --- description and archive --- */

int submission_describe(struct submission *s, const char *progress, const char *kernel, struct err *e)
{
	if (progress != NULL && progress[0] != '\0' &&
		add(s, "progress/lessons", xstrdup(progress), strlen(progress), e) < 0)
		return -1;
	sort(s);
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	json_object_object_add(o, "format", json_object_new_int(1));
	json_object_object_add(o, "kiln", json_object_new_string(KILN_VERSION));
	json_object_object_add(o, "kernel", kernel != NULL ? json_object_new_string(kernel) : NULL);
	for (size_t i = 0; i < s->n; i++) {
		struct json_object *f = json_object_new_object();
		char hex[65];
		fs_sha256(s->v[i].bytes, s->v[i].n, hex);
		json_object_object_add(f, "path", json_object_new_string(s->v[i].path));
		json_object_object_add(f, "size", json_object_new_int64((int64_t)s->v[i].n));
		json_object_object_add(f, "sha256", json_object_new_string(hex));
		json_object_array_add(list, f);
	}
	json_object_object_add(o, "files", list);
	const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	char *bytes = xasprintf("%s\n", text);
	json_object_put(o);
	int r = add(s, "submission.json", bytes, strlen(bytes), e);
	sort(s);
	return r;
}

static bool write_file(struct archive *a, const struct submission_file *f)
{
	struct archive_entry *en = archive_entry_new();
	archive_entry_set_pathname(en, f->path);
	archive_entry_set_filetype(en, AE_IFREG);
	archive_entry_set_perm(en, 0644);
	archive_entry_set_size(en, (la_int64_t)f->n);
	archive_entry_set_mtime(en, 0, 0);
	bool ok =
		archive_write_header(a, en) == ARCHIVE_OK && archive_write_data(a, f->bytes, f->n) == (la_ssize_t)f->n;
	archive_entry_free(en);
	return ok;
}

char *submission_pack(const struct submission *s, const char *name, size_t *n, struct err *e)
{
	bool gz = str_ends(name, ".gz") || str_ends(name, ".tgz");
	size_t room = s->total + ((size_t)s->n + 64) * 2048;
	char *out = xmalloc(room);
	struct archive *a = archive_write_new();
	archive_write_set_format_ustar(a);
	bool ok = (gz ? archive_write_add_filter_gzip(a) : archive_write_add_filter_xz(a)) == ARCHIVE_OK;
	if (gz)
		ok = ok && archive_write_set_filter_option(a, "gzip", "timestamp", NULL) == ARCHIVE_OK;
	ok = ok && archive_write_open_memory(a, out, room, n) == ARCHIVE_OK;
	for (size_t i = 0; i < s->n && ok; i++)
		ok = write_file(a, &s->v[i]);
	ok = archive_write_close(a) == ARCHIVE_OK && ok;
	if (!ok)
		err_set(e, ERR_WORLD, _("cannot pack the submission: %s"), archive_error_string(a));
	archive_write_free(a);
	if (ok && *n > SUBMISSION_PACKED) {
		ok = false;
		err_set(e, ERR_INPUT, _("the submission has %zu bytes, and %zu KiB is the most that a grader takes"),
			*n, SUBMISSION_PACKED >> 10);
	}
	if (ok)
		return out;
	free(out);
	return NULL;
}
