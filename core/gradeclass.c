/* gradeclass: who and what is graded: finds submissions and lessons and lays out an empty result for each (grade.h). A
 * lesson's points are shared equally by its steps that have checks. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/grade.h"
#include "core/i18n.h"
#include "core/transcript.h"

/* --- submissions --- */

static char *safe(const char *text)
{
	struct transcript t = {0};
	struct buf b = {0};
	transcript_feed(&t, text, strlen(text), &b);
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] == '\n' || b.p[i] == '\t')
			b.p[i] = ' ';
	return buf_take(&b);
}

static size_t archive_suffix(const char *name)
{
	static const char *const ends[] = {".tar", ".tgz", ".txz", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2"};
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (str_ends(name, ends[i]) && strlen(name) > strlen(ends[i]))
			return strlen(ends[i]);
	return 0;
}

static bool is_lab(const char *dir)
{
	char *conf = fs_join(dir, "kiln.conf");
	struct stat st;
	bool is = lstat(conf, &st) == 0 && S_ISREG(st.st_mode);
	free(conf);
	return is;
}

static bool has_name(const struct grade_class *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].name, name) == 0)
			return true;
	return false;
}

/* Takes name. */
static void add(struct grade_class *c, const char *path, char *name)
{
	char *shown = safe(name), *unique = xstrdup(shown);
	for (unsigned k = 2; has_name(c, unique); k++) {
		free(unique);
		unique = xasprintf("%s-%u", shown, k);
	}
	c->v = xrealloc(c->v, (c->n + 1) * sizeof(*c->v));
	c->v[c->n++] = (struct grade_one){.name = unique, .path = xstrdup(path)};
	free(shown);
	free(name);
}

static char *base_name(const char *path)
{
	char *copy = xstrdup(path);
	for (size_t n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	const char *slash = strrchr(copy, '/');
	char *base = xstrdup(slash != NULL && slash[1] != '\0' ? slash + 1 : copy);
	size_t suffix = archive_suffix(base);
	base[strlen(base) - suffix] = '\0';
	free(copy);
	return base;
}

/* What lies in a folder, sorted; links are left out. */
static int entries(const char *dir, struct strv *out, struct err *e)
{
	DIR *d = opendir(dir);
	if (d == NULL)
		return err_sys(e, errno, _("cannot read %s"), dir);
	for (struct dirent *en; (en = readdir(d)) != NULL;) {
		char *path = fs_join(dir, en->d_name);
		struct stat st;
		if (en->d_name[0] != '.' && lstat(path, &st) == 0 && !S_ISLNK(st.st_mode))
			strv_add(out, path);
		free(path);
	}
	closedir(d);
	strv_sort(out);
	return 0;
}

/* A learner's folder in a class: a lab, or what holds just one archive. */
static int add_folder(struct grade_class *c, const char *dir, struct err *e)
{
	struct strv in = {0};
	const char *found = NULL;
	if (is_lab(dir)) {
		add(c, dir, base_name(dir));
		return 0;
	}
	int r = entries(dir, &in, e);
	for (size_t i = 0; i < in.n && r == 0; i++)
		if (archive_suffix(in.v[i]) > 0 && fs_size(in.v[i]) >= 0)
			found = found == NULL ? in.v[i] : "";
	if (found != NULL && found[0] != '\0')
		add(c, found, base_name(dir));
	strv_done(&in);
	return r;
}

static int add_class(struct grade_class *c, const char *dir, struct err *e)
{
	struct strv in = {0};
	int r = entries(dir, &in, e);
	for (size_t i = 0; i < in.n && r == 0; i++)
		if (fs_is_dir(in.v[i]))
			r = add_folder(c, in.v[i], e);
		else if (archive_suffix(in.v[i]) > 0)
			add(c, in.v[i], base_name(in.v[i]));
	strv_done(&in);
	return r;
}

int grade_find(struct grade_class *c, const struct strv *given, struct err *e)
{
	for (size_t i = 0; i < given->n; i++) {
		char *path = fs_absolute(given->v[i]);
		int r = 0;
		if (fs_is_dir(path) && !is_lab(path))
			r = add_class(c, path, e);
		else if (fs_exists(path))
			add(c, path, base_name(path));
		else
			r = err_set(e, ERR_USAGE, _("there is no submission %s"), given->v[i]);
		free(path);
		if (r < 0)
			return -1;
	}
	if (c->n > 0)
		return 0;
	err_set(e, ERR_USAGE, _("no submission was found"));
	err_hint(e, _("a submission is an archive of `kiln submit`, a lab, or a folder of such"));
	return -1;
}

/* --- lessons --- */

static bool wanted(const struct lesson *l, const struct strv *ids)
{
	const char *slash = strrchr(l->dir, '/');
	return ids->n == 0 || strv_has(ids, l->id) || strv_has(ids, slash != NULL ? slash + 1 : l->dir);
}

static int load(struct grade_class *c, const char *root, const struct strv *ids, struct err *e)
{
	struct strv dirs = {0};
	char *one = root != NULL ? fs_join(root, "lesson.md") : NULL;
	int r = 0;
	if (one != NULL && fs_size(one) >= 0)
		strv_add(&dirs, root);
	else
		r = lesson_dirs(root, &dirs, e);
	c->lesson = xcalloc(dirs.n + 1, sizeof(*c->lesson));
	for (size_t i = 0; i < dirs.n && r == 0; i++) {
		char *dir = fs_absolute(dirs.v[i]);
		struct lesson *l = lesson_load(dir, i18n_lesson_lang(), e);
		free(dir);
		if (l == NULL)
			r = -1;
		else if (wanted(l, ids))
			c->lesson[c->n_lesson++] = l;
		else
			lesson_free(l);
	}
	free(one);
	strv_done(&dirs);
	return r;
}

static size_t count_graded(const struct lesson *l)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		n += l->step[i].n_check > 0;
	return n;
}

static char *visibility_of(const struct lesson_step *s)
{
	static const char *const strict[] = {"visible", "after_due_date", "after_published", "hidden"};
	size_t most = 0;
	for (size_t i = 0; i < s->n_check; i++)
		for (size_t k = most; k < ARRAY_LEN(strict); k++)
			if (strcmp(ynode_text(s->check[i].node, "visibility", strict[0]), strict[k]) == 0)
				most = k;
	return xstrdup(strict[most]);
}

static void lay_out(const struct grade_class *c, struct grade_one *one)
{
	struct grade_step *at = one->step = xcalloc(c->n_step + 1, sizeof(*one->step));
	for (size_t i = 0; i < c->n_lesson; i++) {
		const struct lesson *l = c->lesson[i];
		size_t n = count_graded(l);
		double each = l->points > 0 ? (double)l->points / (double)n : 1;
		for (size_t k = 0; k < l->n; k++)
			if (l->step[k].n_check > 0) {
				*at++ = (struct grade_step){.lesson = l,
					.step = &l->step[k],
					.verdict = CHECK_SKIPPED,
					.max = each,
					.visibility = visibility_of(&l->step[k])};
				one->max += each;
			}
	}
}

int grade_lessons(struct grade_class *c, const char *root, const struct strv *ids, struct err *e)
{
	if (load(c, root, ids, e) < 0)
		return -1;
	for (size_t i = 0; i < c->n_lesson; i++)
		c->n_step += count_graded(c->lesson[i]);
	if (c->n_step == 0) {
		err_set(e, ERR_USAGE, _("there is no such lesson with checks"));
		err_hint(e, _("`kiln lesson list` shows the lessons; --lessons DIR takes others"));
		return -1;
	}
	for (size_t i = 0; i < c->n; i++)
		lay_out(c, &c->v[i]);
	return 0;
}

bool grade_passed(const struct grade_one *one, size_t n_step)
{
	bool ok = one->error == NULL;
	for (size_t i = 0; i < n_step && ok; i++)
		ok = one->step[i].verdict == CHECK_PASSED;
	return ok;
}

void grade_class_done(struct grade_class *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct grade_one *one = &c->v[i];
		for (size_t k = 0; one->step != NULL && k < c->n_step; k++) {
			free(one->step[k].say);
			free(one->step[k].visibility);
		}
		free(one->step);
		free(one->name);
		free(one->path);
		free(one->error);
		strv_done(&one->note);
	}
	for (size_t i = 0; i < c->n_lesson; i++)
		lesson_free(c->lesson[i]);
	free(c->lesson);
	free(c->v);
	memset(c, 0, sizeof(*c));
}
