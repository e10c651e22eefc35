/* verbs: see verbs.h. One row per verb; a verb either ends at once or hands itself to the pipeline and goes on when
 * that is done. */
#include "core/verbs.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "core/beneath.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/initramfs_plan.h"
#include "core/kcbuild.h"
#include "core/preset.h"
#include "core/rootedit.h"

#define VERBS_FILE_MAX ((size_t)1 << 20)

struct verbs {
	struct verbs_env env;
	const struct ynode *list;
	size_t next;
	void (*done)(void *ctx, struct err *e);
	void *ctx;
	struct kcbuild_want *want; /* names and values borrowed from the lesson */
	uv_timer_t timer;
	bool cancelled, waits; /* waits: for the pipeline */
	struct err end;
};

static const struct lab *lab_of(const struct verbs *v)
{
	return v->env.pipeline->lab;
}

/* --- verbs that end at once --- */

static int do_option(struct verbs *v, const struct ynode *arg, struct err *e)
{
	for (size_t i = 0; i < arg->n; i++)
		if (lab_set(v->env.pipeline->lab, arg->item[i].key, arg->item[i].text, e) < 0)
			return -1;
	return 0;
}

static bool is_name(const char *s)
{
	return s[0] != '\0' && s[0] != '.' && strlen(s) <= 64 &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == strlen(s);
}

static int do_variant(struct verbs *v, const struct ynode *arg, struct err *e)
{
	const char *new = ynode_text(arg, "new", ""), *from = ynode_text(arg, "from", "");
	if (!is_name(new) || !is_name(from))
		return err_set(e, ERR_INPUT, _("variant: `new` and `from` must be plain names"));
	char *dir = lab_path(lab_of(v), "init"), *to = fs_join(dir, new), *source = fs_join(dir, from);
	int r = fs_is_dir(to) ? 0 : fs_copy_tree(source, to, e);
	free(source);
	free(to);
	free(dir);
	return r;
}

static int do_write(struct verbs *v, const struct ynode *arg, struct err *e)
{
	const char *text = ynode_text(arg, "text", "");
	return beneath_write(lab_of(v)->dir, ynode_text(arg, "path", ""), text, strlen(text), e);
}

static int do_replace(struct verbs *v, const struct ynode *arg, struct err *e)
{
	const char *path = ynode_text(arg, "path", ""), *find = ynode_text(arg, "find", ""),
		   *with = ynode_text(arg, "with", "");
	char *text = beneath_read(lab_of(v)->dir, path, VERBS_FILE_MAX, NULL, e);
	if (text == NULL)
		return -1;
	char *at = find[0] != '\0' ? strstr(text, find) : NULL;
	int r;
	if (at == NULL || strstr(at + 1, find) != NULL) {
		r = err_set(e, ERR_INPUT, _("%s: the text to replace is there %s"), path,
			at == NULL ? "not at all" : "more than once");
	} else {
		char *new = xasprintf("%.*s%s%s", (int)(at - text), text, with, at + strlen(find));
		r = beneath_write(lab_of(v)->dir, path, new, strlen(new), e);
		free(new);
	}
	free(text);
	return r;
}

static int do_copy(struct verbs *v, const struct ynode *arg, struct err *e)
{
	size_t n = 0;
	char *bytes = beneath_read(v->env.lesson->dir, ynode_text(arg, "from", ""), VERBS_FILE_MAX, &n, e);
	int r = bytes != NULL ? beneath_write(lab_of(v)->dir, ynode_text(arg, "to", ""), bytes, n, e) : -1;
	free(bytes);
	return r;
}

static int do_remove(struct verbs *v, const struct ynode *arg, struct err *e)
{
	return beneath_remove(lab_of(v)->dir, arg->text, e);
}

static void pack_entry(struct archive *a, const char *name, unsigned type, unsigned mode)
{
	struct archive_entry *en = archive_entry_new();
	archive_entry_set_pathname(en, name);
	archive_entry_set_filetype(en, type);
	archive_entry_set_perm(en, mode);
	archive_entry_set_rdevmajor(en, type == AE_IFCHR ? 5 : 0);
	archive_entry_set_rdevminor(en, type == AE_IFCHR ? 1 : 0);
	archive_write_header(a, en);
	archive_entry_free(en);
}

/* An archive with one program, by hand: the ways in which it can be wrong are the lesson. */
static int do_pack(struct verbs *v, const struct ynode *arg, struct err *e)
{
	size_t n = 0, used = 0;
	if (v->env.no_builds)
		return 0;
	char *init = beneath_read(lab_of(v)->dir, "out/init", (size_t)64 << 20, &n, e);
	if (init == NULL)
		return -1;
	char *out = xcalloc(1, n + 65536);
	struct archive *a = archive_write_new();
	bool odc = strcmp(ynode_text(arg, "format", "newc"), "odc") == 0;
	if (odc)
		archive_write_set_format_cpio_odc(a);
	else
		archive_write_set_format_cpio_newc(a);
	archive_write_open_memory(a, out, n + 65536, &used);
	pack_entry(a, "dev", AE_IFDIR, 0755);
	pack_entry(a, "dev/console", AE_IFCHR, 0600);
	struct archive_entry *en = archive_entry_new();
	archive_entry_set_pathname(en, ynode_text(arg, "name", "init"));
	archive_entry_set_filetype(en, AE_IFREG);
	archive_entry_set_perm(en, (unsigned)strtoul(ynode_text(arg, "mode", "0755"), NULL, 8));
	archive_entry_set_size(en, (la_int64_t)n);
	int r = archive_write_header(a, en) >= ARCHIVE_WARN && archive_write_data(a, init, n) == (la_ssize_t)n ? 0 : -1;
	archive_entry_free(en);
	if (archive_write_close(a) != ARCHIVE_OK || r < 0)
		r = err_set(e, ERR_WORLD, _("pack: %s"), archive_error_string(a));
	archive_write_free(a);
	if (r == 0)
		r = beneath_write(lab_of(v)->dir, "out/initramfs.cpio", out, used, e);
	free(out);
	free(init);
	return r;
}

/* As `kiln initramfs busybox APPLET…`. */
static int do_busybox(struct verbs *v, const struct ynode *arg, struct err *e)
{
	struct strv only = {0}, added = {0}, kept = {0};
	struct rootlist now = {0};
	struct initramfs_plan plan;
	if (v->env.no_builds)
		return 0;
	char *rootfs = lab_path(lab_of(v), "rootfs");
	const struct rootedit edit = {rootfs, &now};
	initramfs_plan_init(&plan, lab_of(v));
	initramfs_plan_present(&plan);
	strv_split(&only, arg->text);
	int r = rootlist_make(&now, &plan.params, e);
	if (r == 0)
		r = rootedit_busybox(&edit, &only, &added, &kept, e);
	rootlist_done(&now);
	initramfs_plan_done(&plan);
	free(rootfs);
	strv_done(&only);
	strv_done(&added);
	strv_done(&kept);
	return r;
}

static int do_do(struct verbs *v, const struct ynode *arg, struct err *e)
{
	(void)e;
	if (v->env.events != NULL && !strv_has(v->env.events, arg->text))
		strv_add(v->env.events, arg->text);
	if (v->env.command != NULL)
		v->env.command(v->env.ctx, arg->text);
	return 0;
}

static int do_answer(struct verbs *v, const struct ynode *arg, struct err *e)
{
	(void)e;
	if (v->env.answer != NULL)
		*v->env.answer = strtol(arg->text, NULL, 10);
	return 0;
}

/* --- verbs that the pipeline carries out --- */

static void step_on(uv_timer_t *t);

static void again(struct verbs *v)
{
	uv_timer_start(&v->timer, step_on, v->env.pace_ms, 0);
}

static void on_built(void *ctx, struct err *e)
{
	struct verbs *v = ctx;
	v->waits = false;
	v->env.pipeline->want = NULL;
	v->env.pipeline->n_want = 0;
	v->env.pipeline->from_preset = false;
	free(v->want);
	v->want = NULL;
	err_move(&v->end, e);
	again(v);
}

static int build(struct verbs *v, unsigned mask, unsigned force)
{
	v->waits = true;
	pipeline_build(v->env.pipeline, (struct pipeline_goal){mask, force}, on_built, v);
	return 0;
}

static int do_build(struct verbs *v, const struct ynode *arg, struct err *e)
{
	int id = pipeline_stage_find(arg->text);
	if (id < 0)
		return err_set(e, ERR_INPUT, _("there is no stage `%s`"), arg->text);
	return v->env.no_builds ? 0 : build(v, 1u << id, 0);
}

static int do_set(struct verbs *v, const struct ynode *arg, struct err *e)
{
	(void)e;
	v->want = xcalloc(arg->n + 1, sizeof(*v->want));
	for (size_t i = 0; i < arg->n; i++)
		v->want[i] = (struct kcbuild_want){arg->item[i].key, arg->item[i].text};
	v->env.pipeline->want = v->want;
	v->env.pipeline->n_want = arg->n;
	return build(v, 1u << STAGE_CONFIG, 1u << STAGE_CONFIG);
}

static int do_preset(struct verbs *v, const struct ynode *arg, struct err *e)
{
	struct preset preset = {0};
	if (preset_load(&preset, arg->text, e) < 0)
		return -1;
	preset_done(&preset);
	if (lab_set(v->env.pipeline->lab, "kernel.preset", arg->text, e) < 0)
		return -1;
	v->env.pipeline->from_preset = true;
	return build(v, 1u << STAGE_CONFIG, 1u << STAGE_CONFIG);
}

/* --- the table --- */

static const struct verb {
	const char *name;
	enum ynode_kind arg;
	const char *keys; /* of a map; NULL: any */
	int (*run)(struct verbs *v, const struct ynode *arg, struct err *e);
} rows[] = {
	{"preset", YNODE_TEXT, NULL, do_preset},
	{"set", YNODE_MAP, NULL, do_set},
	{"option", YNODE_MAP, NULL, do_option},
	{"variant", YNODE_MAP, "new from", do_variant},
	{"write", YNODE_MAP, "path text", do_write},
	{"replace", YNODE_MAP, "path find with", do_replace},
	{"copy", YNODE_MAP, "from to", do_copy},
	{"remove", YNODE_TEXT, NULL, do_remove},
	{"build", YNODE_TEXT, NULL, do_build},
	{"pack", YNODE_MAP, "format name mode", do_pack},
	{"busybox", YNODE_TEXT, NULL, do_busybox},
	{"do", YNODE_TEXT, NULL, do_do},
	{"answer", YNODE_TEXT, NULL, do_answer},
};

/* Each item of a list is a map with one key, the verb. */
static const struct verb *verb_of(const struct ynode *item)
{
	for (size_t i = 0; item->kind == YNODE_MAP && item->n == 1 && i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, item->item[0].key) == 0)
			return &rows[i];
	return NULL;
}

/* Paths and names as their verbs will take them. */
static int lint_place(const struct lesson *l, const struct verb *verb, const struct ynode *y, struct err *e)
{
	bool copy = verb->run == do_copy, variant = verb->run == do_variant;
	const char *key = y->key;
	bool path = verb->run == do_remove || strcmp(key, "path") == 0 || (copy && strcmp(key, "from") == 0) ||
		    (copy && strcmp(key, "to") == 0);
	if (path && !beneath_is_path(y->text))
		return ynode_err(y, l->path, e,
			_("a path lies beneath the lab: not absolute, without `.`, `..` or empty parts"));
	if (variant && !is_name(y->text))
		return ynode_err(y, l->path, e, _("variant: `new` and `from` must be plain names"));
	return 0;
}

static int lint_one(const struct lesson *l, const struct ynode *item, struct err *e)
{
	const struct verb *verb = verb_of(item);
	if (verb == NULL) {
		ynode_err(item, l->path, e, _("no verb, or more than one"));
		struct buf names = {0};
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			buf_addf(&names, "%s%s", i > 0 ? ", " : "", rows[i].name);
		err_hint(e, _("each entry is `- VERB: …`: %s"), names.p);
		buf_done(&names);
		return -1;
	}
	const struct ynode *arg = &item->item[0];
	if (arg->kind != verb->arg)
		return ynode_err(arg, l->path, e, _("`%s` takes %s"), verb->name,
			verb->arg == YNODE_MAP ? "`key: value` pairs" : "text");
	if (verb->keys != NULL && ynode_only(arg, l->path, verb->keys, e) < 0)
		return -1;
	for (size_t i = 0; i < arg->n; i++)
		if (arg->item[i].kind != YNODE_TEXT)
			return ynode_err(&arg->item[i], l->path, e, _("text is expected"));
	for (size_t i = 0; i < arg->n; i++)
		if (lint_place(l, verb, &arg->item[i], e) < 0)
			return -1;
	return arg->kind == YNODE_TEXT ? lint_place(l, verb, arg, e) : 0;
}

int verbs_lint(const struct lesson *l, const struct ynode *list, struct err *e)
{
	if (list->kind != YNODE_LIST)
		return ynode_err(list, l->path, e, _("a list of verbs is expected: `- set: {TTY: y}`"));
	for (size_t i = 0; i < list->n; i++)
		if (lint_one(l, &list->item[i], e) < 0)
			return -1;
	return 0;
}

/* --- the order of things --- */

static void on_closed(uv_handle_t *h)
{
	struct verbs *v = h->data;
	v->done(v->ctx, &v->end);
	err_done(&v->end);
	free(v);
}

char *verbs_words(const struct ynode *item)
{
	const struct verb *verb = verb_of(item);
	struct buf b = {0};
	if (verb == NULL)
		return xstrdup("?");
	const struct ynode *arg = &item->item[0];
	buf_adds(&b, verb->name);
	if (arg->kind == YNODE_TEXT)
		buf_addf(&b, " %s", arg->text);
	for (size_t i = 0; i < arg->n; i++)
		if (strcmp(arg->item[i].key, "text") != 0 && arg->item[i].kind == YNODE_TEXT &&
			strlen(arg->item[i].text) < 60)
			buf_addf(&b, " %s=%s", arg->item[i].key, arg->item[i].text);
	return buf_take(&b);
}

size_t verbs_changes(const struct ynode *item, struct strv *out)
{
	static const struct {
		const char *verb, *what; /* what NULL: the path among its arguments */
	} row[] = {{"preset", "kernel.config"}, {"preset", "kiln.conf"}, {"set", "kernel.config"},
		{"option", "kiln.conf"}, {"variant", "init"}, {"build", "out"}, {"pack", "out"}, {"busybox", "rootfs"},
		{"write", NULL}, {"replace", NULL}, {"copy", NULL}, {"remove", NULL}};
	const struct verb *verb = verb_of(item);
	size_t n = 0;
	for (size_t i = 0; verb != NULL && i < ARRAY_LEN(row); i++) {
		const struct ynode *arg = &item->item[0];
		if (strcmp(row[i].verb, verb->name) != 0)
			continue;
		const char *path =
			arg->kind == YNODE_TEXT ? arg->text : ynode_text(arg, "to", ynode_text(arg, "path", "?"));
		const char *what = row[i].what != NULL ? row[i].what : path;
		if (!strv_has(out, what))
			strv_add(out, what);
		n++;
	}
	return n;
}

static void tell(const struct verbs *v, const struct ynode *item)
{
	char *words = verbs_words(item);
	v->env.tell(v->env.ctx, words);
	free(words);
}

static void run_one(struct verbs *v)
{
	const struct ynode *item = &v->list->item[v->next++];
	const struct verb *verb = verb_of(item);
	if (verb == NULL) {
		err_at(&v->end, v->env.lesson->path, item->line, item->col, _("no such verb"));
		return;
	}
	if (v->env.tell != NULL)
		tell(v, item);
	verb->run(v, &item->item[0], &v->end);
}

/* One verb each turn, with the pace that was asked for between them. */
static void step_on(uv_timer_t *t)
{
	struct verbs *v = t->data;
	if (v->cancelled)
		err_set(&v->end, ERR_CANCELLED, _("cancelled"));
	if (err_is(&v->end) || v->next >= v->list->n) {
		uv_close((uv_handle_t *)t, on_closed);
		return;
	}
	if (pipeline_busy(v->env.pipeline)) { /* what a `do` has begun */
		uv_timer_start(t, step_on, 20, 0);
		return;
	}
	run_one(v);
	if (!v->waits)
		again(v);
}

struct verbs *verbs_start(
	const struct verbs_env *env, const struct ynode *list, void (*done)(void *ctx, struct err *e), void *ctx)
{
	static const struct ynode none = {.kind = YNODE_LIST};
	struct verbs *v = xcalloc(1, sizeof(*v));
	v->env = *env;
	v->list = list != NULL ? list : &none;
	v->done = done;
	v->ctx = ctx;
	uv_timer_init(env->loop, &v->timer);
	v->timer.data = v;
	again(v);
	return v;
}

void verbs_cancel(struct verbs *v)
{
	v->cancelled = true;
	if (!v->waits)
		uv_timer_start(&v->timer, step_on, 0, 0);
	else
		pipeline_cancel(v->env.pipeline);
}
