/* cmd_init: the command init: the variants of the lab, side by side and down to the byte: list, compare, map, disasm,
 * asm, syscalls, clone. Without a screen; the panes draw from the same modules. */
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/app.h"
#include "core/disasm.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/initbuild.h"
#include "core/initcompare.h"
#include "core/recipe.h"

struct init_call {
	struct cmd_call *call;
	struct initcompare *compare;
	struct initbuild *build; /* of a listing */
	char *listing;           /* the folder it goes to */
	struct systable calls;
	struct progress progress;
};

static struct report *out(const struct init_call *c)
{
	return &c->call->app->report;
}

static void end(struct init_call *c, struct err *e)
{
	struct cmd_call *call = c->call;
	systable_done(&c->calls);
	free(c->listing);
	free(c);
	cmd_done(call, e);
	err_done(e);
}

static void add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, text != NULL ? json_object_new_string(text) : NULL);
}

static void add_int(struct json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

/* The tree of system calls: from the lab's source, or of the settings without a lab; *tree owned, may stay NULL. */
static char *kernel_tree(struct app *a, struct err *e)
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
static const struct systable *load_calls(struct init_call *c)
{
	struct err ignored = {0};
	char *tree = kernel_tree(c->call->app, &ignored);
	const bool ok = tree != NULL && systable_load(&c->calls, tree, &ignored) == 0;
	err_done(&ignored);
	free(tree);
	return ok ? &c->calls : NULL;
}

/* --- list --- */

static void list_one(struct init_call *c, const char *name, struct json_object *list)
{
	struct lab *lab = &c->call->app->lab;
	struct recipe r;
	struct err ignored = {0};
	char *rel = fs_join("init", name), *dir = lab_path(lab, rel), *program = initcompare_program(lab, name);
	const int64_t size = fs_size(program);
	const bool chosen = strcmp(optset_text(&lab->opts, OPT_INIT_VARIANT), name) == 0;
	char bytes[48];
	snprintf(bytes, sizeof(bytes), "%s", _("not built"));
	if (size >= 0)
		report_size(size, bytes, sizeof(bytes));
	if (recipe_load(&r, dir, &ignored) == 0) {
		struct json_object *o = json_object_new_object(), *survives = json_object_new_array();
		report_line(out(c), "%c %-14s %*s  %s", chosen ? '*' : ' ', name, str_field(bytes, 15), bytes,
			r.title);
		for (size_t i = 0; i < r.survives.n; i++)
			json_object_array_add(survives, json_object_new_string(r.survives.v[i]));
		add_text(o, "name", name);
		add_text(o, "title", r.title);
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
	for (size_t i = 0; i < name.n; i++)
		list_one(c, name.v[i], list);
	json_object_object_add(cmd_json(c->call), "variants", list);
	strv_done(&name);
}

/* --- compare --- */

static struct json_object *row_json(const struct init_call *c, const struct initcompare_row *r)
{
	struct json_object *o = json_object_new_object(), *calls = json_object_new_array();
	add_text(o, "name", r->name);
	add_text(o, "not_built", r->why);
	add_int(o, "file", (int64_t)r->size.file);
	add_int(o, "text", (int64_t)r->size.text);
	add_int(o, "rodata", (int64_t)r->size.rodata);
	add_int(o, "data", (int64_t)r->size.data);
	add_int(o, "bss", (int64_t)r->size.bss);
	add_int(o, "headers", (int64_t)r->size.headers);
	add_int(o, "symbol_bytes", (int64_t)r->size.symbols);
	add_int(o, "padding", (int64_t)r->size.padding);
	add_int(o, "other", (int64_t)r->size.other);
	add_int(o, "symbols", (int64_t)r->n_sym);
	add_int(o, "initramfs", r->archive);
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
	char bar[25] = "";
	if (r->why != NULL) {
		report_line(out(c), _("%-13s not built: %s"), r->name, r->why);
		return;
	}
	const size_t n = most > 0 ? (size_t)(r->size.file * (sizeof(bar) - 1) / most) : 0;
	memset(bar, '#', n > 0 ? n : 1);
	report_line(out(c),
		"%-13s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %6" PRIu64 " %6" PRIu64 " %7" PRIu64 " %7" PRIu64
		" %7" PRIu64 " %5zu %5zu%c %9" PRId64 "  %s",
		r->name, r->size.file, r->size.text, r->size.rodata, r->size.data, r->size.bss, r->size.headers,
		r->size.padding, r->size.symbols + r->size.other, r->n_sym, r->n_call, r->more_calls ? '+' : ' ',
		r->archive, bar);
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
	report_clear(out(c));
	report_line(out(c), "%-13s %8s %8s %8s %6s %6s %7s %7s %7s %5s %6s %9s", "variant", "bytes", "code", "rodata",
		"data", "bss", "headers", "padding", "other", "names", "calls", "initramfs");
	for (size_t i = 0; i < n && !err_is(e); i++) {
		show_row(c, &row[i], most);
		json_object_array_add(list, row_json(c, &row[i]));
	}
	json_object_object_add(cmd_json(c->call), "variants", list);
	struct err moved = {0};
	err_move(&moved, e);
	end(c, &moved);
}

static void on_compare_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct init_call *c = ctx;
	progress_update(&c->progress, uv_hrtime(), what, done, total);
	report_progress(out(c), "compare", &c->progress);
}

static void on_compare_command(void *ctx, const char *shell)
{
	struct init_call *c = ctx;
	if (out(c)->verbose)
		report_line(out(c), "$ %s", shell);
}

static void cancel_compare(struct cmd_call *call)
{
	struct init_call *c = call->state;
	initcompare_cancel(c->compare);
}

static void start_compare(struct init_call *c, struct err *e)
{
	struct app *a = c->call->app;
	const struct op_cb cb = {on_compare_progress, NULL, on_compare_command, on_compared, c};
	struct strv name = {0};
	if (app_open_lab(a, true, e) < 0)
		return;
	for (size_t i = 1; i < c->call->arg.n; i++)
		strv_add(&name, c->call->arg.v[i]);
	if (name.n == 0)
		initcompare_variants(&a->lab, &name);
	load_calls(c);
	progress_begin(&c->progress, uv_hrtime());
	c->call->state = c;
	c->call->cancel = cancel_compare;
	c->compare = initcompare_start(a->loop, &a->lab, a->pipeline->source.tree, &name, &cb);
	strv_done(&name);
}

/* --- asm: what the compiler makes of the C --- */

static void show_listing(struct init_call *c, const char *name, struct json_object *list, struct err *e)
{
	char *path = fs_join(c->listing, name), *text = fs_read(path, NULL, e);
	struct json_object *o = json_object_new_object();
	add_text(o, "file", path);
	add_text(o, "text", text);
	json_object_array_add(list, o);
	for (char *save = NULL, *line = text != NULL ? strtok_r(text, "\n", &save) : NULL; line != NULL;
		line = strtok_r(NULL, "\n", &save))
		report_line(out(c), "%s", line);
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
	end(c, &moved);
}

static void cancel_listing(struct cmd_call *call)
{
	struct init_call *c = call->state;
	initbuild_cancel(c->build);
}

static void start_listing(struct init_call *c, struct err *e)
{
	struct app *a = c->call->app;
	const struct op_cb cb = {NULL, NULL, on_compare_command, on_listed, c};
	if (app_open_lab(a, true, e) < 0)
		return;
	pipeline_refresh(a->pipeline);
	const char *name = c->call->arg.n > 1 ? c->call->arg.v[1] : optset_text(&a->lab.opts, OPT_INIT_VARIANT);
	char *rel = fs_join("init", name), *dir = lab_path(&a->lab, rel), *program = initcompare_program(&a->lab, name);
	*strrchr(program, '/') = '\0';
	c->listing = fs_join(program, "listing");
	const struct initbuild_params p = {
		dir, c->listing, c->listing, optset_text(&a->lab.opts, OPT_INIT_CC), a->pipeline->source.tree, true};
	c->call->state = c;
	c->call->cancel = cancel_listing;
	fs_remove_tree(c->listing, e);
	if (!err_is(e))
		c->build = initbuild_start(a->loop, &p, &cb, e);
	free(rel);
	free(dir);
	free(program);
}

/* --- map and disasm --- */

/* The file an argument means: a path, or a variant's program as last built. Returns owned, or NULL with *e. */
static char *program_of(struct init_call *c, struct err *e)
{
	struct app *a = c->call->app;
	const char *name = c->call->arg.n > 1 ? c->call->arg.v[1] : NULL;
	if (name != NULL && (strchr(name, '/') != NULL || fs_size(name) >= 0))
		return xstrdup(name);
	if (app_open_lab(a, false, e) < 0)
		return NULL;
	const char *chosen = optset_text(&a->lab.opts, OPT_INIT_VARIANT);
	char *program = initcompare_program(&a->lab, name != NULL ? name : chosen);
	if (fs_size(program) >= 0)
		return program;
	free(program);
	err_set(e, ERR_WORLD, _("%s has not been built here"), name != NULL ? name : chosen);
	err_hint(e, _("kiln init compare builds all variants, kiln build init the chosen one"));
	return NULL;
}

static void hex_of(const struct elfview *v, const struct elf_range *r, char *text, size_t n)
{
	size_t at = 0;
	for (uint64_t i = 0; i < r->size && i < 8 && at + 4 < n; i++)
		at += (size_t)snprintf(text + at, n - at, "%02x ", v->bytes[r->off + i]);
	if (r->size > 8)
		snprintf(text + at, n - at, "…");
}

static bool overlaps(const struct elfview *v, size_t i)
{
	for (size_t k = 0; k < v->n_overlap; k++)
		if (v->overlap[k].a == i || v->overlap[k].b == i)
			return true;
	return false;
}

static void show_range(struct init_call *c, const struct elfview *v, size_t i, struct json_object *list)
{
	const struct elf_range *r = &v->range[i];
	struct json_object *o = json_object_new_object();
	char hex[40] = "", where[40];
	hex_of(v, r, hex, sizeof(hex));
	snprintf(where, sizeof(where), r->index >= 0 ? "%s %d" : "%s", elf_kind_name(r->kind), r->index);
	report_line(out(c), "%6" PRIu64 " %7" PRIu64 " %c %-17s %-15s %-26s %-11s %s", r->off, r->size,
		overlaps(v, i) ? '&'
		: r->loader    ? '!'
			       : ' ',
		where, r->name, hex, r->text, _(r->meaning));
	add_int(o, "offset", (int64_t)r->off);
	add_int(o, "size", (int64_t)r->size);
	add_text(o, "kind", elf_kind_name(r->kind));
	json_object_object_add(o, "index", r->index >= 0 ? json_object_new_int(r->index) : NULL);
	add_text(o, "name", r->name);
	add_int(o, "value", (int64_t)r->value);
	add_text(o, "text", r->text);
	add_text(o, "meaning", r->meaning);
	add_text(o, "valid", r->valid);
	json_object_object_add(o, "loader", json_object_new_boolean(r->loader));
	json_object_object_add(o, "overlap", json_object_new_boolean(overlaps(v, i)));
	json_object_array_add(list, o);
}

/* Code that no section names is found by following it. */
static void mark_code(struct elfview *v)
{
	struct disasm d;
	struct err ignored = {0};
	if (v->n_sh == 0 && disasm_run(&d, v, &ignored) == 0) {
		disasm_mark(&d, v);
		disasm_done(&d);
	}
	err_done(&ignored);
}

static void show_map(struct init_call *c, struct elfview *v, struct err *e)
{
	const char *at = cmd_value(c->call, "at");
	char *rest = NULL;
	const uint64_t byte = at != NULL ? strtoull(at, &rest, 0) : 0;
	struct json_object *list = json_object_new_array();
	if (at != NULL && (*rest != '\0' || rest == at || byte >= v->n)) {
		json_object_put(list);
		err_set(e, ERR_USAGE, _("init map: --at needs a byte of the file, 0 to %llu, not `%s`"),
			(unsigned long long)(v->n - (v->n > 0)), at);
		return;
	}
	mark_code(v);
	for (size_t i = 0; i < v->n_range; i++) {
		const struct elf_range *r = &v->range[i];
		if (at != NULL && (byte < r->off || byte - r->off >= r->size))
			continue;
		show_range(c, v, i, list);
		if (at != NULL && r->valid != NULL)
			report_line(out(c), _("%18s valid: %s%s"), "", _(r->valid),
				r->loader ? "" : " (the kernel does not look)");
	}
	if (at == NULL)
		report_line(out(c), _("\n! the kernel's loader looks at it   & shares bytes with another part"));
	add_int(cmd_json(c->call), "size", (int64_t)v->n);
	json_object_object_add(cmd_json(c->call), "ranges", list);
}

static const char *symbol_at(const struct elfview *v, uint64_t addr)
{
	for (size_t i = 0; i < v->n_sym; i++)
		if (v->sym[i].addr == addr && v->sym[i].function && *v->sym[i].name != '\0')
			return v->sym[i].name;
	return NULL;
}

static void show_insn(
	struct init_call *c, const struct elfview *v, const struct disasm_insn *i, struct json_object *list)
{
	const struct systable *t = c->calls.n > 0 ? &c->calls : NULL;
	struct json_object *o = json_object_new_object();
	char *call = disasm_call_text(i, t), hex[40];
	const struct elf_range bytes = {.off = i->off, .size = i->size};
	hex_of(v, &bytes, hex, sizeof(hex));
	report_line(out(c), "%10" PRIx64 "  %-24s %-34s %s%s", i->addr, hex, i->text, call != NULL ? "; " : "",
		call != NULL ? call : "");
	add_int(o, "address", (int64_t)i->addr);
	add_int(o, "offset", (int64_t)i->off);
	add_int(o, "size", i->size);
	add_text(o, "text", i->text);
	if (call != NULL)
		add_text(o, "syscall", call);
	json_object_array_add(list, o);
	free(call);
}

static void show_code(struct init_call *c, const struct elfview *v, struct err *e)
{
	const char *wanted = cmd_value(c->call, "function");
	struct json_object *list = json_object_new_array();
	struct disasm d;
	bool show = wanted == NULL, any = false;
	load_calls(c);
	if (disasm_run(&d, v, e) == 0) {
		for (size_t i = 0; i < d.n; i++) {
			const char *name = symbol_at(v, d.v[i].addr);
			if (name != NULL && wanted != NULL)
				show = strcmp(name, wanted) == 0;
			if (name != NULL && show)
				report_line(out(c), "%s:", name);
			if (show)
				show_insn(c, v, &d.v[i], list);
			any = any || show;
		}
		if (d.followed)
			report_line(out(c), _("\nfollowed from the entry point: values are those of the first pass"));
		disasm_done(&d);
		if (!any)
			err_set(e, ERR_USAGE, _("init disasm: there is no function `%s` in it"),
				wanted != NULL ? wanted : "");
	}
	json_object_object_add(cmd_json(c->call), "instructions", list);
}

static void do_file(
	struct init_call *c, void (*show)(struct init_call *c, struct elfview *v, struct err *e), struct err *e)
{
	char *path = program_of(c, e);
	size_t n = 0;
	char *bytes = path != NULL ? fs_read(path, &n, e) : NULL;
	if (bytes != NULL) {
		struct elfview v;
		elfview_init(&v, bytes, n);
		add_text(cmd_json(c->call), "file", path);
		show(c, &v, e);
		elfview_done(&v);
	}
	free(bytes);
	free(path);
}

static void do_map(struct init_call *c, struct err *e)
{
	do_file(c, show_map, e);
}

static void show_code_of(struct init_call *c, struct elfview *v, struct err *e)
{
	show_code(c, v, e);
}

static void do_disasm(struct init_call *c, struct err *e)
{
	do_file(c, show_code_of, e);
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
	report_line(out(c), "%4d  %-24s %s", s->number, s->name,
		s->n_arg < 0  ? "?"
		: b.p != NULL ? b.p
			      : "no arguments");
	add_int(o, "number", s->number);
	add_text(o, "name", s->name);
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
	char *tree = kernel_tree(a, e);
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
		report_line(out(c), _("made %s; choose it with init.variant = %s"), to, arg->v[2]);
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
	{"map", do_map},
	{"disasm", do_disasm},
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
		err_set(&e, ERR_USAGE, _("init: `%s` is none of: list compare map disasm asm syscalls clone"),
			call->arg.v[0]);
	if (c->compare == NULL && c->build == NULL)
		end(c, &e);
}

static const struct cmd_opt init_option[] = {
	{"at", 0, "BYTE", N_("map: explain this byte alone")},
	{"function", 0, "NAME", N_("disasm: this function alone")},
	{NULL, 0, NULL, NULL},
};

const struct cmd cmd_init_rows[] = {
	{"init", "ACTION [NAME…]", CMD_JSON, N_("the init variants: list, compare, map, disasm, asm, syscalls, clone"),
		N_("list: the variants of the lab. compare [NAME…]: build them and show what each is made of. map "
		   "[NAME|FILE]: every field of its ELF headers, and what the other bytes are. disasm [NAME|FILE]: its "
		   "instructions, with the system calls they make. asm [NAME]: what the compiler makes of its C. "
		   "syscalls "
		   "[TEXT|NUMBER]: the kernel tree's table, with arguments and registers. clone NAME NEW: a copy to "
		   "change."),
		init_option, run_init},
};
const size_t cmd_init_n = ARRAY_LEN(cmd_init_rows);
