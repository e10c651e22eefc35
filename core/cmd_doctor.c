/* cmd_doctor: the command doctor: what this machine has of what kiln needs, with versions and packages, and whether
 * what is there works: the accelerator is judged by a guest that really runs (accel.h), not by a device's existence. */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/accel.h"
#include "core/app.h"
#include "core/deps.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/str.h"

/* Verdict on one thing. NOTE: fine without it. */
enum verdict { FOUND, NOTE, MISSING };

struct doctor {
	struct cmd_call *call;
	struct json_object *rows;
	struct strv packages; /* to install */
	unsigned missing;
};

static void say(struct doctor *d, enum verdict v, const char *what, const char *text)
{
	static const char *const mark[] = {"ok", "--", N_("MISSING")};
	static const char *const state[] = {"found", "optional", "missing"};
	struct json_object *o = json_object_new_object();
	report_line(&d->call->app->report, "  %-*s %-*s %s", str_field(_(mark[v]), 8), _(mark[v]),
		str_field(_(what), 22), _(what), text);
	json_object_object_add(o, "what", json_object_new_string(what));
	json_object_object_add(o, "state", json_object_new_string(state[v]));
	json_object_object_add(o, "text", json_object_new_string(text));
	json_object_array_add(d->rows, o);
	d->missing += v == MISSING;
}

static void title(struct doctor *d, const char *text)
{
	report_line(&d->call->app->report, "%s", text);
}

static void say_dep(struct doctor *d, const struct dep *dep)
{
	bool optional = strcmp(dep->group, "kernel") != 0 && strcmp(dep->group, "run") != 0;
	const char *slash = strcmp(dep->kind, "glob") == 0 ? strrchr(dep->what, '/') : NULL;
	const char *what = slash != NULL ? slash + 1 : dep->what;
	char *found = NULL;
	if (deps_present(dep, &found)) {
		say(d, FOUND, what, found);
	} else {
		char *text = xasprintf(_("package %s: %s"), dep->package, _(dep->why));
		say(d, optional ? NOTE : MISSING, what, text);
		if (!optional && !strv_has(&d->packages, dep->package))
			strv_add(&d->packages, dep->package);
		free(text);
	}
	free(found);
}

/* The source is told apart, by what would really be used (say_source). */
static bool is_kernel_source(const struct dep *dep)
{
	return strcmp(dep->group, "run") == 0 && strcmp(dep->kind, "glob") == 0;
}

static int say_deps(struct doctor *d, struct err *e)
{
	static const char *const group[][2] = {
		{"kernel", N_("to build a kernel")},
		{"run", N_("to boot it")},
		{"build", N_("to compile kiln itself")},
		{"extra", N_("optional")},
	};
	struct deps deps;
	if (deps_load(&deps, e) < 0)
		return -1;
	for (size_t g = 0; g < ARRAY_LEN(group); g++) {
		title(d, _(group[g][1]));
		for (size_t i = 0; i < deps.n; i++)
			if (strcmp(deps.v[i].group, group[g][0]) == 0 && !is_kernel_source(&deps.v[i]))
				say_dep(d, &deps.v[i]);
	}
	deps_done(&deps);
	return 0;
}

static void say_source(struct doctor *d)
{
	struct optset settings;
	struct source s = {0};
	struct err e = {0};
	if (app_settings(d->call->app, &settings, &e) == 0 &&
		source_find(&s, optset_text(&settings, OPT_KERNEL_SOURCE), &e) == 0) {
		char *text = xasprintf(_("Linux %s from %s (%s)%s"), s.version, s.origin, s.why,
			s.tree != NULL ? "" : _(", not unpacked yet"));
		say(d, FOUND, N_("kernel source"), text);
		free(text);
	} else {
		char *text = err_text(&e);
		text[strcspn(text, "\n")] = '\0';
		say(d, MISSING, N_("kernel source"), text);
		if (e.hint != NULL)
			report_line(&d->call->app->report, "           %s", e.hint);
		free(text);
	}
	source_done(&s);
	optset_done(&settings);
	err_done(&e);
}

/* A lab takes some 250 MB with its kernel build, the unpacked source some 500 MB more. */
static void say_disk(struct doctor *d, const char *what, const char *path, int64_t need)
{
	int64_t left = fs_free_space(path);
	char *text = xasprintf(_("%lld MB free for %s (needs about %lld MB)"), (long long)(left / 1000000), path,
		(long long)(need / 1000000));
	say(d, left < 0 || left >= need ? FOUND : MISSING, what, text);
	free(text);
}

static void say_disks(struct doctor *d)
{
	char *lab = lab_locate(d->call->app->lab_arg), *cache = paths_cache("");
	say_disk(d, N_("disk: lab"), lab, INT64_C(250000000));
	say_disk(d, N_("disk: cache"), cache, INT64_C(500000000));
	free(lab);
	free(cache);
}

static void say_terminal(struct doctor *d)
{
	struct winsize size = {0};
	const char *term = getenv("TERM"), *color = getenv("COLORTERM");
	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0) {
		say(d, NOTE, N_("terminal"), _("standard output is not a terminal: headless commands only"));
		return;
	}
	char *text = xasprintf("%s %ux%u, %s%s%s", term != NULL ? term : _("TERM is not set"), size.ws_col, size.ws_row,
		nl_langinfo(CODESET), color != NULL ? ", " : "", color != NULL ? color : "");
	say(d, FOUND, N_("terminal"), text);
	free(text);
}

static void finish(struct doctor *d)
{
	struct cmd_call *call = d->call;
	struct err e = {0};
	if (d->missing > 0)
		err_set(&e, ERR_WORLD, _("%u of the things kiln needs are missing"), d->missing);
	if (d->packages.n > 0) {
		char *list = strv_shell(d->packages.v);
		err_hint(&e, _("apt-get install %s"), list);
		free(list);
	} else if (d->missing == 0) {
		report_line(&call->app->report, _("everything kiln needs is here"));
	}
	strv_done(&d->packages);
	free(d);
	cmd_done(call, &e);
	err_done(&e);
}

static void on_accel(void *ctx, const struct accel_result *r)
{
	struct doctor *d = ctx;
	say(d, r->kvm_works ? FOUND : NOTE, N_("accelerator"), r->text);
	finish(d);
}

static void run_doctor(struct cmd_call *call)
{
	struct err e = {0};
	struct doctor *d = xcalloc(1, sizeof(*d));
	d->call = call;
	d->rows = json_object_new_array();
	json_object_object_add(cmd_json(call), "rows", d->rows);
	if (say_deps(d, &e) < 0) {
		free(d);
		cmd_done(call, &e);
		return;
	}
	title(d, _("this machine"));
	say_source(d);
	say_disks(d);
	say_terminal(d);
	char *qemu = fs_which("qemu-system-x86_64");
	bool there = qemu != NULL;
	free(qemu);
	if (!there) {
		say(d, NOTE, N_("accelerator"), _("not probed: QEMU is missing"));
		finish(d);
	} else if (accel_probe(call->app->loop, cmd_value(call, "probe") != NULL, on_accel, d, &e) < 0) {
		say(d, NOTE, N_("accelerator"), e.msg);
		finish(d);
	}
	err_done(&e);
}

static const struct cmd_opt doctor_option[] = {
	{"probe", 'p', NULL, N_("probe the accelerator again instead of using this boot's result")},
	{NULL, 0, NULL, NULL},
};

const struct cmd cmd_doctor_rows[] = {
	{"doctor", "", CMD_JSON, N_("check tools, headers, kernel source, QEMU, accelerator, disk and terminal"),
		N_("Exit status 1 if something kiln needs is missing; the last line is the apt-get line for it."),
		doctor_option, run_doctor},
};
const size_t cmd_doctor_n = ARRAY_LEN(cmd_doctor_rows);
