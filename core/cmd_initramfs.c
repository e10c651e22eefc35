/* cmd_initramfs: `kiln initramfs`: what goes into the archive and changes to it, and a look into any archive. One row
 * per action in a table of its own. Names from archives are printed as av_printable makes them, never raw. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/app.h"
#include "core/archive_diff.h"
#include "core/archive_view.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/initramfs_plan.h"
#include "core/rootedit.h"
#include "core/rootlist.h"
#include "core/str.h"

/* What an action works with. */
struct action_call {
	struct cmd_call *call;
	struct app *app;
	char *const *arg; /* after the action's name */
	size_t n;
	struct initramfs_plan plan; /* of actions on the lab */
	struct rootlist list;
	struct rootedit edit;
};

static void add_text(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, value != NULL ? json_object_new_string(value) : NULL);
}

static void add_int(struct json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

/* --- list --- */

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "dir";
	case S_IFLNK:
		return "link";
	case S_IFCHR:
		return "char";
	case S_IFBLK:
		return "block";
	case S_IFIFO:
		return "pipe";
	case S_IFSOCK:
		return "socket";
	default:
		return "unknown";
	}
}

/* A line of a listing, and its row in JSON. */
struct row {
	mode_t mode;
	unsigned uid, gid, major, minor;
	int64_t size;
	const char *name, *target, *note; /* name and target raw */
	const char *note_key;
};

static void show_row(struct app *a, struct json_object *list, const struct row *r)
{
	struct json_object *o = json_object_new_object();
	char mode[11], size[32], *name = av_printable(r->name),
				 *target = r->target != NULL ? av_printable(r->target) : NULL;
	bool device = S_ISCHR(r->mode) || S_ISBLK(r->mode);
	av_mode_text(r->mode, mode);
	snprintf(size, sizeof(size), "%" PRId64, r->size);
	if (device)
		snprintf(size, sizeof(size), "%u, %u", r->major, r->minor);
	report_line(&a->report, "%s %3u:%-3u %10s  /%s%s%s%s%s", mode, r->uid, r->gid, size,
		name[0] == '/' ? name + 1 : name, target != NULL ? " -> " : "", target != NULL ? target : "",
		*r->note != '\0' ? "   # " : "", r->note);
	add_text(o, "name", name);
	add_text(o, "type", type_name(r->mode));
	snprintf(size, sizeof(size), "%04o", (unsigned)(r->mode & 07777));
	add_text(o, "mode", size);
	add_int(o, "uid", r->uid);
	add_int(o, "gid", r->gid);
	add_int(o, "size", r->size);
	if (device) {
		add_int(o, "major", r->major);
		add_int(o, "minor", r->minor);
	}
	if (target != NULL)
		add_text(o, "target", target);
	add_text(o, r->note_key, r->note);
	json_object_array_add(list, o);
	free(name);
	free(target);
}

static int list_lab(struct action_call *c, struct err *e)
{
	struct json_object *list = json_object_new_array();
	(void)e;
	for (size_t i = 0; i < c->list.n; i++) {
		const struct root_entry *x = &c->list.v[i];
		const struct row r = {x->mode, x->uid, x->gid, x->major, x->minor, x->size, x->name,
			S_ISLNK(x->mode) ? x->source : NULL, x->origin, "origin"};
		show_row(c->app, list, &r);
	}
	int64_t built = fs_size(c->plan.out);
	json_object_object_add(cmd_json(c->call), "entries", list);
	report_line(&c->app->report, _("%zu entries, compression %s"), c->list.n, c->plan.params.compression);
	if (built >= 0)
		add_int(cmd_json(c->call), "size", built);
	if (built >= 0)
		report_line(&c->app->report, _("as last packed: %lld bytes in out/initramfs.cpio"), (long long)built);
	if (c->plan.params.init == NULL)
		report_line(&c->app->report, _("the init and companions are not built yet: kiln build initramfs"));
	return 0;
}

static void list_entry(struct app *a, struct json_object *list, const struct av_entry *x)
{
	char *notes = av_notes_text(x->notes);
	const struct row r = {
		x->mode, x->uid, x->gid, x->rdevmajor, x->rdevminor, x->size, x->name, x->target, notes, "note"};
	show_row(a, list, &r);
	free(notes);
}

static void describe_archive(struct action_call *c, const struct archive_view *v)
{
	struct json_object *o = cmd_json(c->call);
	add_text(o, "compression", v->compression);
	add_int(o, "size", v->file_size);
	add_int(o, "unpacked", (int64_t)v->n);
	add_int(o, "archives", v->parts);
	report_line(&c->app->report, _("%zu entries in %u archive%s, %jd bytes, compression %s, %zu bytes unpacked"),
		v->n_entry, v->parts, v->parts == 1 ? "" : "s", v->file_size, v->compression, v->n);
	add_text(o, "refused", v->refused);
	if (v->refused != NULL)
		report_line(&c->app->report, _("the kernel would not take it: %s"), v->refused);
}

static int list_archive(struct action_call *c, const char *path, struct err *e)
{
	struct archive_view v;
	struct json_object *list = json_object_new_array();
	int r = archive_view_open(&v, path, e);
	for (size_t i = 0; i < v.n_entry; i++)
		list_entry(c->app, list, &v.v[i]);
	json_object_object_add(cmd_json(c->call), "entries", list);
	if (v.bytes != NULL)
		describe_archive(c, &v);
	archive_view_done(&v);
	return r;
}

/* --- show: the header of one entry, field by field --- */

static void show_field(struct action_call *c, struct json_object *list, const struct av_field *f)
{
	struct json_object *o = json_object_new_object();
	report_line(&c->app->report, "%8zu  %4zu  %-10s %-26s %s", f->at, f->n, f->name, f->text, f->about);
	add_int(o, "at", (int64_t)f->at);
	add_int(o, "bytes", (int64_t)f->n);
	add_text(o, "field", f->name);
	add_text(o, "value", f->text);
	add_text(o, "about", f->about);
	json_object_array_add(list, o);
}

static int show(struct action_call *c, struct err *e)
{
	struct archive_view v;
	struct av_field f[AV_FIELDS_MAX];
	struct err damage = {0};
	const char *path = c->n > 1 ? c->arg[1] : c->plan.out;
	archive_view_open(&v, path, &damage);
	const struct av_entry *x = archive_view_find(&v, c->arg[0]);
	int r = 0;
	if (x == NULL && err_is(&damage)) {
		err_move(e, &damage);
		r = -1;
	} else if (x == NULL) {
		r = err_set(e, ERR_INPUT, _("there is no %s in %s"), c->arg[0], path);
		err_hint(e, _("`kiln initramfs list %s` shows what there is"), path);
	} else {
		struct json_object *list = json_object_new_array();
		size_t n = archive_view_fields(&v, x, f);
		report_line(&c->app->report, _("    byte count  field      value"));
		for (size_t i = 0; i < n; i++)
			show_field(c, list, &f[i]);
		json_object_object_add(cmd_json(c->call), "fields", list);
	}
	err_done(&damage);
	archive_view_done(&v);
	return r;
}

/* --- diff --- */

static void show_change(struct action_call *c, struct json_object *list, const struct av_diff_row *d)
{
	struct json_object *o = json_object_new_object();
	char *name = av_printable(d->a != NULL ? d->a->name : d->b->name);
	report_line(&c->app->report, "%c /%s%s%s", "+-~"[d->change], name[0] == '/' ? name + 1 : name,
		*d->what != '\0' ? ": " : "", d->what);
	add_text(o, "name", name);
	add_text(o, "change", av_change_name(d->change));
	add_text(o, "what", d->what);
	json_object_array_add(list, o);
	free(name);
}

static int diff(struct action_call *c, struct err *e)
{
	struct archive_view a = {0}, b = {0};
	const char *first = c->n > 1 ? c->arg[0] : c->plan.out, *second = c->n > 1 ? c->arg[1] : c->arg[0];
	int r = archive_view_open(&a, first, e);
	if (r == 0)
		r = archive_view_open(&b, second, e);
	if (r == 0) {
		struct av_diff d;
		struct json_object *list = json_object_new_array();
		av_diff_make(&d, &a, &b);
		for (size_t i = 0; i < d.n; i++)
			show_change(c, list, &d.v[i]);
		report_line(&c->app->report,
			d.n == 0   ? _("no difference")
			: d.n == 1 ? _("1 difference")
				   : _("%zu differences (+ added, - removed, ~ changed)"),
			d.n);
		json_object_object_add(cmd_json(c->call), "changes", list);
		av_diff_done(&d);
	}
	archive_view_done(&a);
	archive_view_done(&b);
	return r;
}

/* --- changes --- */

static int said(struct action_call *c, int r, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int said(struct action_call *c, int r, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = xvasprintf(fmt, ap), *safe = av_printable(text);
	va_end(ap);
	if (r == 0) {
		report_line(&c->app->report, "%s", safe);
		add_text(cmd_json(c->call), "done", safe);
	}
	free(text);
	free(safe);
	return r;
}

/* Say a list of names, a few a line. */
static void say_names(struct action_call *c, const char *key, const struct strv *names)
{
	struct json_object *list = json_object_new_array();
	for (size_t i = 0; i < names->n; i++) {
		char *safe = av_printable(names->v[i]);
		json_object_array_add(list, json_object_new_string(safe));
		if (i < 12)
			report_line(&c->app->report, "  %s /%s", key, safe);
		free(safe);
	}
	if (names->n > 12)
		report_line(&c->app->report, _("  %s %zu more"), key, names->n - 12);
	json_object_object_add(cmd_json(c->call), key, list);
}

/* Where a file goes whose place was not named: programs to /bin. Returns owned. */
static char *default_name(const char *host, const char *given)
{
	struct stat st;
	const char *slash = strrchr(host, '/'), *base = slash != NULL && slash[1] != '\0' ? slash + 1 : host;
	if (given != NULL)
		return str_ends(given, "/") ? xasprintf("%s%s", given, base) : xstrdup(given);
	bool program = stat(host, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0111;
	return xasprintf("%s%s", program ? "bin/" : "", base);
}

static int add(struct action_call *c, struct err *e)
{
	char *name = default_name(c->arg[0], c->n > 1 ? c->arg[1] : NULL);
	struct strv libs = {0};
	int r = 0;
	if (cmd_value(c->call, "libs") != NULL)
		r = rootedit_add_libs(
			&c->edit, c->arg[0], &libs, e); /* first: a library that is missing leaves all as it was */
	if (r == 0)
		r = rootedit_add(&c->edit, c->arg[0], name, e);
	said(c, r, _("added /%s"), name[0] == '/' ? name + 1 : name);
	if (r == 0 && libs.n > 0)
		say_names(c, "library", &libs);
	strv_done(&libs);
	free(name);
	return r;
}

static int rm(struct action_call *c, struct err *e)
{
	int r = 0;
	for (size_t i = 0; i < c->n && r == 0; i++)
		r = said(c, rootedit_remove(&c->edit, c->arg[i], e), _("removed /%s"),
			c->arg[i] + (c->arg[i][0] == '/'));
	return r;
}

static int change_mode(struct action_call *c, struct err *e)
{
	int r = 0;
	for (size_t i = 1; i < c->n && r == 0; i++)
		r = said(c, rootedit_chmod(&c->edit, c->arg[0], c->arg[i], e), _("mode of /%s: %s"),
			c->arg[i] + (c->arg[i][0] == '/'), c->arg[0]);
	return r;
}

static int make_dir(struct action_call *c, struct err *e)
{
	return said(
		c, rootedit_mkdir(&c->edit, c->arg[0], e), _("made the folder /%s"), c->arg[0] + (c->arg[0][0] == '/'));
}

static int make_link(struct action_call *c, struct err *e)
{
	return said(c, rootedit_link(&c->edit, c->arg[0], c->arg[1], e), _("made the link /%s -> %s"),
		c->arg[1] + (c->arg[1][0] == '/'), c->arg[0]);
}

static int make_node(struct action_call *c, struct err *e)
{
	char *end[2];
	unsigned long major = strtoul(c->arg[2], &end[0], 10), minor = strtoul(c->arg[3], &end[1], 10);
	if (*end[0] != '\0' || *end[1] != '\0' || major > 4095 || minor > 1048575)
		return err_set(
			e, ERR_USAGE, _("`%s %s` is no device number, like `1 3` for /dev/null"), c->arg[2], c->arg[3]);
	return said(c, rootedit_node(&c->edit, c->arg[0], c->arg[1], (unsigned)major, (unsigned)minor, e),
		_("made the node /%s (%s %lu:%lu)"), c->arg[0] + (c->arg[0][0] == '/'), c->arg[1], major, minor);
}

static int busybox(struct action_call *c, struct err *e)
{
	struct strv only = {0}, added = {0}, kept = {0};
	for (size_t i = 0; i < c->n; i++)
		strv_add(&only, c->arg[i]);
	int r = rootedit_busybox(&c->edit, &only, &added, &kept, e);
	said(c, r, _("added /bin/busybox and %zu links to it"), added.n);
	if (r == 0) {
		say_names(c, "link", &added);
		say_names(c, "kept", &kept);
	}
	strv_done(&only);
	strv_done(&added);
	strv_done(&kept);
	return r;
}

/* --- the table --- */

static int list(struct action_call *c, struct err *e)
{
	return c->n > 0 ? list_archive(c, c->arg[0], e) : list_lab(c, e);
}

/* lab: how many arguments at least make it work without a lab (SIZE_MAX: never). */
static const struct action {
	const char *name, *args;
	size_t min, max, without_lab;
	bool write;
	int (*run)(struct action_call *c, struct err *e);
} actions[] = {
	{"list", "[ARCHIVE]", 0, 1, 1, false, list},
	{"show", "NAME [ARCHIVE]", 1, 2, 2, false, show},
	{"diff", "[ARCHIVE] ARCHIVE", 1, 2, 2, false, diff},
	{"add", "FILE [NAME]", 1, 2, SIZE_MAX, true, add},
	{"rm", "NAME…", 1, SIZE_MAX, SIZE_MAX, true, rm},
	{"chmod", "MODE NAME…", 2, SIZE_MAX, SIZE_MAX, true, change_mode},
	{"mkdir", "NAME", 1, 1, SIZE_MAX, true, make_dir},
	{"link", "TARGET NAME", 2, 2, SIZE_MAX, true, make_link},
	{"node", "NAME c|b MAJOR MINOR", 4, 4, SIZE_MAX, true, make_node},
	{"busybox", "[APPLET…]", 0, SIZE_MAX, SIZE_MAX, true, busybox},
};

static const struct action *find_action(struct cmd_call *call, struct err *e)
{
	struct buf names = {0};
	const char *word = call->arg.n > 0 ? call->arg.v[0] : "list";
	size_t n = call->arg.n > 0 ? call->arg.n - 1 : 0;
	const struct action *found = NULL;
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		buf_addf(&names, "%s%s", i > 0 ? ", " : "", actions[i].name);
		if (strcmp(actions[i].name, word) == 0)
			found = &actions[i];
	}
	if (found == NULL) {
		err_set(e, ERR_USAGE, _("initramfs: no action `%s`"), word);
		err_hint(e, _("one of %s; kiln help initramfs"), names.p);
	} else if (n < found->min || n > found->max) {
		err_set(e, ERR_USAGE, _("usage: kiln initramfs %s %s"), found->name, found->args);
		err_hint(e, _("kiln help initramfs"));
		found = NULL;
	}
	buf_done(&names);
	return found;
}

static int open_lab(struct action_call *c, bool write, struct err *e)
{
	if (app_open_lab(c->app, write, e) < 0)
		return -1;
	if (write && !c->app->lab.held)
		return err_set(
			e, ERR_WORLD, _("the lab %s is open for reading only: another kiln holds it"), c->app->lab.dir);
	initramfs_plan_init(&c->plan, &c->app->lab);
	initramfs_plan_present(&c->plan);
	c->edit.rootfs = c->plan.rootfs;
	c->edit.now = &c->list;
	return rootlist_make(&c->list, &c->plan.params, e);
}

static void run_initramfs(struct cmd_call *call)
{
	struct err e = {0};
	struct action_call c = {.call = call, .app = call->app};
	const struct action *a = find_action(call, &e);
	if (a != NULL) {
		c.n = call->arg.n > 0 ? call->arg.n - 1 : 0;
		c.arg = call->arg.n > 0 ? call->arg.v + 1 : NULL;
		if (c.n >= a->without_lab || open_lab(&c, a->write, &e) == 0)
			a->run(&c, &e);
	}
	rootlist_done(&c.list);
	initramfs_plan_done(&c.plan);
	cmd_done(call, &e);
}

static const struct cmd_opt initramfs_option[] = {
	{"libs", 'l', NULL, N_("add: also the loader and the libraries that the program needs")},
	{NULL, 0, NULL, NULL},
};

const struct cmd cmd_initramfs_rows[] = {
	{"initramfs", "[ACTION] [ARG…]", CMD_JSON,
		N_("show or change what goes into the initramfs; look into any archive"),
		N_("list [ARCHIVE]: what will be packed and where it comes from; with ARCHIVE, what is in that one "
		   "(cpio "
		   "newc or odc, "
		   "compressed or not, made anywhere).\n"
		   "show NAME [ARCHIVE]: the header of one entry, field by field with its bytes.\n"
		   "diff [ARCHIVE] ARCHIVE: compare two archives; with one, the lab's out/initramfs.cpio with it.\n"
		   "add FILE [NAME]: copy a file or folder into the lab's rootfs/ (programs go to /bin). With --libs a "
		   "dynamic program "
		   "brings its loader and libraries; they are found by reading it, it is not run.\n"
		   "rm NAME…, mkdir NAME, link TARGET NAME: what they say, in rootfs/.\n"
		   "chmod MODE NAME… (0755, a+x, a-x), node NAME c|b MAJOR MINOR: lines of rootfs/manifest, so no root "
		   "is "
		   "needed.\n"
		   "busybox [APPLET…]: bring the host's static busybox with a link for each of its programs; what is "
		   "there stays."),
		initramfs_option, run_initramfs},
};
const size_t cmd_initramfs_n = ARRAY_LEN(cmd_initramfs_rows);
