/* cmd_init: the command init: the variants of the lab side by side: list, compare, asm, syscalls, clone; what looks
 * into one program is in cmd_init_file.c. Without a screen; the workshop pane draws from the same modules. */
#include <dirent.h>
#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "core/cmd_init.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/recipe.h"

struct report *init_out(const struct init_call *c)
{
	return &c->call->app->report;
}

void init_end(struct init_call *c, struct err *e)
{
	struct cmd_call *call = c->call;
	systable_done(&c->calls);
	free(c->listing);
	free(c->variant);
	buf_done(&c->said);
	free(c);
	cmd_done(call, e);
	err_done(e);
}

void init_add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, text != NULL ? json_object_new_string(text) : NULL);
}

void init_add_int(struct json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

/* The tree of system calls: from the lab's source, or of the settings without a lab; *tree owned, may stay NULL. */
char *init_kernel_tree(struct app *a, struct err *e)
{
	struct optset o;
	struct source s = {0};
	char *tree = NULL;
	if (a->pipeline != NULL) {
		pipeline_refresh(a->pipeline);
		return a->pipeline->source.tree != NULL ? xstrdup(a->pipeline->source.tree) : NULL;
	}
	if (app_settings(a, &o, e) < 0)
		return NULL;
	if (source_find(&s, optset_text(&o, OPT_KERNEL_SOURCE), e) == 0 && s.tree != NULL)
		tree = xstrdup(s.tree);
	source_done(&s);
	optset_done(&o);
	return tree;
}

/* Load the table if there is a tree; without one, names are just missing. */
const struct systable *init_load_calls(struct init_call *c)
{
	struct err ignored = {0};
	char *tree = init_kernel_tree(c->call->app, &ignored);
	const bool ok = tree != NULL && systable_load(&c->calls, tree, &ignored) == 0;
	err_done(&ignored);
	free(tree);
	return ok ? &c->calls : NULL;
}

/* May bars be drawn in what the terminal shows? */
static bool in_unicode(void)
{
	const char *ascii = getenv("KILN_ASCII");
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 && (ascii == NULL || strcmp(ascii, "1") != 0);
}

static void add_history(struct json_object *o, const struct history_sizes *s)
{
	struct json_object *list = json_object_new_array();
	for (size_t i = 0; i < s->n; i++)
		json_object_array_add(list, json_object_new_int64(s->size[i]));
	json_object_object_add(o, "history", list);
	json_object_object_add(o, "best", s->n > 0 ? json_object_new_int64(s->best) : NULL);
}

/* --- list --- */

static void list_one(struct init_call *c, const struct inithistory *h, const char *name, struct json_object *list)
{
	struct lab *lab = &c->call->app->lab;
	struct recipe r;
	struct err ignored = {0};
	struct history_sizes past;
	char *rel = fs_join("init", name), *dir = lab_path(lab, rel), *program = initcompare_program(lab, name);
	inithistory_sizes(h, name, &past);
	const int64_t size = fs_size(program);
	const bool chosen = strcmp(optset_text(&lab->opts, OPT_INIT_VARIANT), name) == 0;
	char bytes[48];
	snprintf(bytes, sizeof(bytes), "%s", _("not built"));
	if (size >= 0)
		report_size(size, bytes, sizeof(bytes));
	if (recipe_load(&r, dir, &ignored) == 0) {
		struct json_object *o = json_object_new_object(), *survives = json_object_new_array();
		char *spark = inithistory_spark(&past, in_unicode());
		report_line(init_out(c), "%c %-14s %*s  %s%s%s", chosen ? '*' : ' ', name, str_field(bytes, 15), bytes,
			r.title, past.n > 1 ? "  " : "", past.n > 1 ? spark : "");
		free(spark);
		add_history(o, &past);
		for (size_t i = 0; i < r.survives.n; i++)
			json_object_array_add(survives, json_object_new_string(r.survives.v[i]));
		init_add_text(o, "name", name);
		init_add_text(o, "title", r.title);
		json_object_object_add(o, "chosen", json_object_new_boolean(chosen));
		json_object_object_add(o, "size", size >= 0 ? json_object_new_int64(size) : NULL);
		json_object_object_add(o, "survives", survives);
		json_object_array_add(list, o);
		recipe_done(&r);
	}
	err_done(&ignored);
	free(rel);
	free(dir);
	free(program);
}

static void do_list(struct init_call *c, struct err *e)
{
	struct strv name = {0};
	struct json_object *list = json_object_new_array();
	if (app_open_lab(c->call->app, false, e) == 0)
		initcompare_variants(&c->call->app->lab, &name);
	struct inithistory h = {0};
	if (!err_is(e))
		inithistory_load(&h, &c->call->app->lab);
	for (size_t i = 0; i < name.n; i++)
		list_one(c, &h, name.v[i], list);
	inithistory_close(&h);
	json_object_object_add(cmd_json(c->call), "variants", list);
	strv_done(&name);
}

/* --- compare --- */

static struct json_object *row_json(const struct init_call *c, const struct initcompare_row *r)
{
	struct json_object *o = json_object_new_object(), *calls = json_object_new_array();
	init_add_text(o, "name", r->name);
	init_add_text(o, "not_built", r->why);
	init_add_int(o, "file", (int64_t)r->size.file);
	init_add_int(o, "text", (int64_t)r->size.text);
	init_add_int(o, "rodata", (int64_t)r->size.rodata);
	init_add_int(o, "data", (int64_t)r->size.data);
	init_add_int(o, "bss", (int64_t)r->size.bss);
	init_add_int(o, "headers", (int64_t)r->size.headers);
	init_add_int(o, "symbol_bytes", (int64_t)r->size.symbols);
	init_add_int(o, "padding", (int64_t)r->size.padding);
	init_add_int(o, "other", (int64_t)r->size.other);
	init_add_int(o, "symbols", (int64_t)r->n_sym);
	init_add_int(o, "initramfs", r->archive);
	add_history(o, &r->history);
	json_object_object_add(o, "prompt_ms", r->prompt_ms >= 0 ? json_object_new_int64(r->prompt_ms) : NULL);
	init_add_text(o, "prompt_on", r->prompt_on);
	for (size_t i = 0; i < r->n_call; i++) {
		const struct sysentry *s = systable_number(&c->calls, r->call[i]);
		json_object_array_add(
			calls, s != NULL ? json_object_new_string(s->name) : json_object_new_int(r->call[i]));
	}
	json_object_object_add(o, "syscalls", calls);
	json_object_object_add(o, "more_syscalls", json_object_new_boolean(r->more_calls));
	return o;
}

static void show_row(const struct init_call *c, const struct initcompare_row *r, uint64_t most)
{
	char bar[13] = "", prompt[24] = "-";
	if (r->why != NULL) {
		report_line(init_out(c), _("%-13s not built: %s"), r->name, r->why);
		return;
	}
	const size_t n = most > 0 ? (size_t)(r->size.file * (sizeof(bar) - 1) / most) : 0;
	char *spark = inithistory_spark(&r->history, in_unicode());
	memset(bar, '#', n > 0 ? n : 1);
	if (r->prompt_ms >= 0)
		snprintf(prompt, sizeof(prompt), "%.2f s", (double)r->prompt_ms / 1000);
	report_line(init_out(c),
		"%-13s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %6" PRIu64 " %6" PRIu64 " %7" PRIu64 " %7" PRIu64
		" %7" PRIu64 " %5zu %5zu%c %9" PRId64 " %8s %8" PRId64 "  %-12s  %s",
		r->name, r->size.file, r->size.text, r->size.rodata, r->size.data, r->size.bss, r->size.headers,
		r->size.padding, r->size.symbols + r->size.other, r->n_sym, r->n_call, r->more_calls ? '+' : ' ',
		r->archive, prompt, r->history.best, bar, spark);
	free(spark);
}

static void on_compared(void *ctx, struct err *e)
{
	struct init_call *c = ctx;
	size_t n = 0;
	uint64_t most = 0;
	const struct initcompare_row *row = initcompare_rows(c->compare, &n);
	struct json_object *list = json_object_new_array();
	for (size_t i = 0; i < n; i++)
		most = row[i].size.file > most ? row[i].size.file : most;
	report_clear(init_out(c));
	report_line(init_out(c), "%-13s %8s %8s %8s %6s %6s %7s %7s %7s %5s %6s %9s %8s %8s  %-12s  %s", "variant",
		"bytes", "code", "rodata", "data", "bss", "headers", "padding", "other", "names", "calls", "initramfs",
		"prompt", "best", "bytes", "builds");
	const char *on = NULL;
	for (size_t i = 0; i < n && !err_is(e); i++) {
		on = row[i].prompt_on != NULL ? row[i].prompt_on : on;
		show_row(c, &row[i], most);
		json_object_array_add(list, row_json(c, &row[i]));
	}
	if (on != NULL)
		report_line(init_out(c), _("\nprompt: measured on %s"), on);
	json_object_object_add(cmd_json(c->call), "variants", list);
	struct err moved = {0};
	err_move(&moved, e);
	init_end(c, &moved);
}

static void on_compare_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct init_call *c = ctx;
	progress_update(&c->progress, uv_hrtime(), what, done, total);
	report_progress(init_out(c), "compare", &c->progress);
}

void init_on_command(void *ctx, const char *shell)
{
	struct init_call *c = ctx;
	if (init_out(c)->verbose)
		report_line(init_out(c), "$ %s", shell);
}

static void cancel_compare(struct cmd_call *call)
{
	struct init_call *c = call->state;
	initcompare_cancel(c->compare);
}

static bool has_kernel(struct app *a, struct err *e)
{
	char *path = lab_path(&a->lab, "out/bzImage");
	const bool yes = fs_size(path) >= 0;
	if (!yes) {
		err_set(e, ERR_WORLD, _("there is no kernel to boot the variants on: %s"), path);
		err_hint(e, "kiln build kernel");
	}
	free(path);
	return yes;
}

static void start_compare(struct init_call *c, struct err *e)
{
	struct app *a = c->call->app;
	const struct op_cb cb = {on_compare_progress, NULL, init_on_command, on_compared, c};
	struct strv name = {0};
	const bool boot = cmd_value(c->call, "boot") != NULL;
	if (app_open_lab(a, true, e) < 0 || (boot && !has_kernel(a, e)))
		return;
	for (size_t i = 1; i < c->call->arg.n; i++)
		strv_add(&name, c->call->arg.v[i]);
	if (name.n == 0)
		initcompare_variants(&a->lab, &name);
	init_load_calls(c);
	progress_begin(&c->progress, uv_hrtime());
	c->call->state = c;
	c->call->cancel = cancel_compare;
	const struct initcompare_params p = {
		&a->lab, a->pipeline->source.tree, &name, boot ? pipeline_boot_face(a->pipeline) : NULL};
	c->compare = initcompare_start(a->loop, &p, &cb);
	strv_done(&name);
}

/* --- asm: what the compiler makes of the C --- */

static void show_listing(struct init_call *c, const char *name, struct json_object *list, struct err *e)
{
	char *path = fs_join(c->listing, name), *text = fs_read(path, NULL, e);
	struct json_object *o = json_object_new_object();
	init_add_text(o, "file", path);
	init_add_text(o, "text", text);
	json_object_array_add(list, o);
	for (char *save = NULL, *line = text != NULL ? strtok_r(text, "\n", &save) : NULL; line != NULL;
		line = strtok_r(NULL, "\n", &save))
		report_line(init_out(c), "%s", line);
	free(text);
	free(path);
}

static int is_listing(const struct dirent *d)
{
	return str_ends(d->d_name, ".s");
}

static void on_listed(void *ctx, struct err *e)
{
	struct init_call *c = ctx;
	struct dirent **entry = NULL;
	struct json_object *list = json_object_new_array();
	struct err moved = {0};
	err_move(&moved, e);
	const int n = err_is(&moved) ? -1 : scandir(c->listing, &entry, is_listing, alphasort);
	for (int i = 0; i < n; i++) {
		if (!err_is(&moved))
			show_listing(c, entry[i]->d_name, list, &moved);
		free(entry[i]);
	}
	free(entry);
	json_object_object_add(cmd_json(c->call), "listings", list);
	init_end(c, &moved);
}

static void cancel_build(struct cmd_call *call)
{
	struct init_call *c = call->state;
	initbuild_cancel(c->build);
}

int init_start_build(
	struct init_call *c, enum initbuild_what what, const char *sub, const struct op_cb *cb, struct err *e)
{
	struct app *a = c->call->app;
	if (app_open_lab(a, true, e) < 0)
		return -1;
	pipeline_refresh(a->pipeline);
	const char *name = c->call->arg.n > 1 ? c->call->arg.v[1] : optset_text(&a->lab.opts, OPT_INIT_VARIANT);
	char *rel = fs_join("init", name), *dir = lab_path(&a->lab, rel), *program = initcompare_program(&a->lab, name);
	*strrchr(program, '/') = '\0';
	c->listing = fs_join(program, sub);
	c->variant = xstrdup(name);
	const struct initbuild_params p = {
		dir, c->listing, c->listing, optset_text(&a->lab.opts, OPT_INIT_CC), a->pipeline->source.tree, what};
	c->call->state = c;
	c->call->cancel = cancel_build;
	fs_remove_tree(c->listing, e);
	if (!err_is(e))
		c->build = initbuild_start(a->loop, &p, cb, e);
	free(rel);
	free(dir);
	free(program);
	return err_is(e) ? -1 : 0;
}

static void start_listing(struct init_call *c, struct err *e)
{
	const struct op_cb cb = {NULL, NULL, init_on_command, on_listed, c};
	init_start_build(c, INITBUILD_LISTING, "listing", &cb, e);
}

/* --- syscalls --- */

static bool wanted_call(const struct strv *arg, const struct sysentry *s)
{
	char number[16];
	snprintf(number, sizeof(number), "%d", s->number);
	for (size_t i = 1; i < arg->n; i++)
		if (strcmp(arg->v[i], number) != 0 && strstr(s->name, arg->v[i]) == NULL)
			return false;
	return true;
}

static void show_call(struct init_call *c, const struct sysentry *s, struct json_object *list)
{
	struct json_object *o = json_object_new_object(), *args = json_object_new_array();
	struct buf b = {0};
	for (int i = 0; i < s->n_arg; i++) {
		buf_addf(&b, "%s%s: %s", i > 0 ? "   " : "", systable_register(i), s->arg[i]);
		json_object_array_add(args, json_object_new_string(s->arg[i]));
	}
	report_line(init_out(c), "%4d  %-24s %s", s->number, s->name,
		s->n_arg < 0  ? "?"
		: b.p != NULL ? b.p
			      : "no arguments");
	init_add_int(o, "number", s->number);
	init_add_text(o, "name", s->name);
	json_object_object_add(o, "args", s->n_arg >= 0 ? args : NULL);
	if (s->n_arg < 0)
		json_object_put(args);
	json_object_array_add(list, o);
	buf_done(&b);
}

static void do_syscalls(struct init_call *c, struct err *e)
{
	struct app *a = c->call->app;
	struct err no_lab = {0};
	struct json_object *list = json_object_new_array();
	app_open_lab(a, false, &no_lab);
	char *tree = init_kernel_tree(a, e);
	err_done(&no_lab);
	if (tree == NULL && !err_is(e)) {
		err_set(e, ERR_WORLD, _("the kernel source is not unpacked yet, and the table is in it"));
		err_hint(e, _("kiln source --unpack"));
	}
	if (tree != NULL && systable_load(&c->calls, tree, e) == 0)
		for (size_t i = 0; i < c->calls.n; i++)
			if (wanted_call(&c->call->arg, &c->calls.v[i]))
				show_call(c, &c->calls.v[i], list);
	json_object_object_add(cmd_json(c->call), "syscalls", list);
	free(tree);
}

/* --- clone --- */

static void do_clone(struct init_call *c, struct err *e)
{
	const struct strv *arg = &c->call->arg;
	if (arg->n != 3) {
		err_set(e, ERR_USAGE, _("init clone: needs the variant to copy and the new name"));
		return;
	}
	char *why = NULL;
	if (opt_check(opt_find("init.variant"), arg->v[2], &why) < 0) {
		err_set(e, ERR_USAGE, _("init clone: `%s` is no name for a variant: %s"), arg->v[2], why);
		free(why);
		return;
	}
	if (app_open_lab(c->call->app, true, e) < 0)
		return;
	char *init = lab_path(&c->call->app->lab, "init"), *from = fs_join(init, arg->v[1]),
	     *to = fs_join(init, arg->v[2]);
	char *recipe = fs_join(from, "recipe");
	if (strchr(arg->v[1], '/') != NULL || !fs_exists(recipe))
		err_set(e, ERR_USAGE, _("init clone: there is no variant `%s`"), arg->v[1]);
	else if (fs_exists(to))
		err_set(e, ERR_WORLD, _("%s is there already"), to);
	else if (fs_copy_tree(from, to, e) == 0)
		report_line(init_out(c), _("made %s; choose it with init.variant = %s"), to, arg->v[2]);
	free(recipe);
	free(init);
	free(from);
	free(to);
}

static const struct action {
	const char *name;
	void (*run)(struct init_call *c, struct err *e);
} actions[] = {
	{"list", do_list},
	{"compare", start_compare},
	{"map", init_map},
	{"disasm", init_disasm},
	{"trace", init_trace},
	{"asm", start_listing},
	{"syscalls", do_syscalls},
	{"clone", do_clone},
};

static void run_init(struct cmd_call *call)
{
	struct init_call *c = xcalloc(1, sizeof(*c));
	struct err e = {0};
	size_t i = 0;
	c->call = call;
	while (i < ARRAY_LEN(actions) && strcmp(actions[i].name, call->arg.v[0]) != 0)
		i++;
	if (i < ARRAY_LEN(actions))
		actions[i].run(c, &e);
	else
		err_set(&e, ERR_USAGE, _("init: `%s` is none of: list compare map disasm trace asm syscalls clone"),
			call->arg.v[0]);
	if (c->compare == NULL && c->build == NULL && c->proc == NULL)
		init_end(c, &e);
}

static const struct cmd_opt init_option[] = {
	{"at", 0, "BYTE", N_("map: explain this byte alone")},
	{"function", 0, "NAME", N_("disasm: this function alone")},
	{"boot", 0, NULL, N_("compare: boot each on the lab's kernel and tell the time to its prompt")},
	{"input", 0, "TEXT", N_("trace: what is typed at it; \\n is Enter")},
	{"calls", 0, "N", N_("trace: end after so many calls (500)")},
	{"seconds", 0, "N", N_("trace: end after so long (5)")},
	{"source", 0, NULL, N_("disasm: the source lines too (builds it once more, with line tables)")},
	{NULL, 0, NULL, NULL},
};

const struct cmd cmd_init_rows[] = {
	{"init", "ACTION [NAME…]", CMD_JSON,
		N_("the init variants: list, compare, map, disasm, trace, asm, syscalls, clone"),
		N_("list: the variants of the lab. compare [NAME…]: build them and show what each is made of. map "
		   "[NAME|FILE]: every field of its ELF headers, and what the other bytes are. disasm [NAME|FILE]: its "
		   "instructions, with the system calls they make. trace [NAME|FILE]: run it here, locked up, and tell "
		   "each "
		   "system call it really makes. asm [NAME]: what the compiler makes of its C. "
		   "syscalls "
		   "[TEXT|NUMBER]: the kernel tree's table, with arguments and registers. clone NAME NEW: a copy to "
		   "change."),
		init_option, run_init},
};
const size_t cmd_init_n = ARRAY_LEN(cmd_init_rows);
