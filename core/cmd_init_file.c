/* cmd_init_file: the actions of the command init that look into one program: map (every byte named) and disasm. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cmd_init.h"
#include "core/codeview.h"
#include "core/fs.h"
#include "core/i18n.h"

char *init_program_of(struct init_call *c, struct err *e)
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
	report_line(init_out(c), "%6" PRIu64 " %7" PRIu64 " %c %-17s %-15s %-26s %-11s %s", r->off, r->size,
		overlaps(v, i) ? '&'
		: r->loader    ? '!'
			       : ' ',
		where, r->name, hex, r->text, _(r->meaning));
	init_add_int(o, "offset", (int64_t)r->off);
	init_add_int(o, "size", (int64_t)r->size);
	init_add_text(o, "kind", elf_kind_name(r->kind));
	json_object_object_add(o, "index", r->index >= 0 ? json_object_new_int(r->index) : NULL);
	init_add_text(o, "name", r->name);
	init_add_int(o, "value", (int64_t)r->value);
	init_add_text(o, "text", r->text);
	init_add_text(o, "meaning", r->meaning);
	init_add_text(o, "valid", r->valid);
	json_object_object_add(o, "loader", json_object_new_boolean(r->loader));
	json_object_object_add(o, "overlap", json_object_new_boolean(overlaps(v, i)));
	json_object_array_add(list, o);
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
	disasm_mark_code(v);
	for (size_t i = 0; i < v->n_range; i++) {
		const struct elf_range *r = &v->range[i];
		if (at != NULL && (byte < r->off || byte - r->off >= r->size))
			continue;
		show_range(c, v, i, list);
		if (at != NULL && r->valid != NULL)
			report_line(init_out(c), _("%18s valid: %s%s"), "", _(r->valid),
				r->loader ? "" : " (the kernel does not look)");
	}
	if (at == NULL)
		report_line(init_out(c), _("\n! the kernel's loader looks at it   & shares bytes with another part"));
	init_add_int(cmd_json(c->call), "size", (int64_t)v->n);
	json_object_object_add(cmd_json(c->call), "ranges", list);
}

static void show_insn(
	struct init_call *c, const struct elfview *v, const struct disasm_insn *i, struct json_object *list)
{
	const struct systable *t = c->calls.n > 0 ? &c->calls : NULL;
	struct json_object *o = json_object_new_object();
	char *call = disasm_call_text(i, t), hex[40];
	const struct elf_range bytes = {.off = i->off, .size = i->size};
	hex_of(v, &bytes, hex, sizeof(hex));
	report_line(init_out(c), "%10" PRIx64 "  %-24s %-34s %s%s", i->addr, hex, i->text, call != NULL ? "; " : "",
		call != NULL ? call : "");
	init_add_int(o, "address", (int64_t)i->addr);
	init_add_int(o, "offset", (int64_t)i->off);
	init_add_int(o, "size", i->size);
	init_add_text(o, "text", i->text);
	if (call != NULL)
		init_add_text(o, "syscall", call);
	json_object_array_add(list, o);
	free(call);
}

/* The source line above the instructions that were made of it. */
struct told {
	char *path; /* of the text in hand */
	struct strv line;
	const struct srcline *last;
};

static const char *source_text(struct init_call *c, struct told *t, const char *file, int line)
{
	struct err ignored = {0};
	char *rel = xasprintf("init/%s/%s", c->variant, file),
	     *own = *file == '/' ? xstrdup(file) : lab_path(&c->call->app->lab, rel);
	if (t->path == NULL || strcmp(t->path, own) != 0) {
		char *text = fs_read(own, NULL, &ignored);
		strv_done(&t->line);
		free(t->path);
		t->path = xstrdup(own);
		for (char *at = text; at != NULL && *at != '\0';) {
			const size_t n = strcspn(at, "\n");
			strv_addf(&t->line, "%.*s", (int)n, at);
			at += n + (at[n] == '\n');
		}
		free(text);
		err_done(&ignored);
	}
	free(rel);
	free(own);
	return line > 0 && (size_t)line <= t->line.n ? t->line.v[line - 1] : "";
}

static void tell_line(struct init_call *c, const struct codeview *v, const struct disasm_insn *i, struct told *t)
{
	const struct srcline *l = codeview_line(v, i);
	if (l == NULL || (t->last != NULL && t->last->line == l->line && t->last->file == l->file))
		return;
	const char *file = v->lines.file[l->file], *slash = strrchr(file, '/');
	report_line(
		init_out(c), "%s:%d: %s", slash != NULL ? slash + 1 : file, l->line, source_text(c, t, file, l->line));
	t->last = l;
}

static void add_place(const struct codeview *v, const struct disasm_insn *i, struct json_object *list)
{
	const struct srcline *l = codeview_line(v, i);
	struct json_object *o = json_object_array_get_idx(list, json_object_array_length(list) - 1);
	if (l == NULL)
		return;
	init_add_text(o, "file", v->lines.file[l->file]);
	init_add_int(o, "line", l->line);
}

static void show_code(struct init_call *c, const struct codeview *v, struct err *e)
{
	const char *wanted = cmd_value(c->call, "function");
	struct json_object *list = json_object_new_array();
	struct told told = {0};
	bool show = wanted == NULL, any = false;
	init_load_calls(c);
	for (size_t i = 0; i < v->d.n; i++) {
		const struct disasm_insn *in = &v->d.v[i];
		const char *name = codeview_symbol(v, in->addr);
		if (name != NULL && wanted != NULL)
			show = strcmp(name, wanted) == 0;
		any = any || show;
		if (!show)
			continue;
		if (name != NULL)
			report_line(init_out(c), "%s:", name);
		tell_line(c, v, in, &told);
		show_insn(c, &v->v, in, list);
		add_place(v, in, list);
	}
	if (v->d.followed)
		report_line(init_out(c), _("\nfollowed from the entry point: values are those of the first pass"));
	if (!any && v->d.n == 0)
		err_set(e, ERR_INPUT, _("no 64-bit x86 code is in it: nothing to disassemble"));
	else if (!any)
		err_set(e, ERR_USAGE, _("init disasm: there is no function `%s` in it"), wanted);
	free(told.path);
	strv_done(&told.line);
	json_object_object_add(cmd_json(c->call), "instructions", list);
}

static void do_file(
	struct init_call *c, void (*show)(struct init_call *c, struct elfview *v, struct err *e), struct err *e)
{
	char *path = init_program_of(c, e);
	size_t n = 0;
	char *bytes = path != NULL ? fs_read(path, &n, e) : NULL;
	if (bytes != NULL) {
		struct elfview v;
		elfview_init(&v, bytes, n);
		init_add_text(cmd_json(c->call), "file", path);
		show(c, &v, e);
		elfview_done(&v);
	}
	free(bytes);
	free(path);
}

void init_map(struct init_call *c, struct err *e)
{
	do_file(c, show_map, e);
}

/* path: the program; debug: its twin with line tables, or NULL. */
static void disasm_file(struct init_call *c, const char *path, const char *debug, struct err *e)
{
	struct codeview v;
	if (codeview_load(&v, path, debug, e) < 0)
		return;
	init_add_text(cmd_json(c->call), "file", path);
	show_code(c, &v, e);
	codeview_done(&v);
}

static void on_debug_built(void *ctx, struct err *e)
{
	struct init_call *c = ctx;
	struct err moved = {0};
	err_move(&moved, e);
	char *path = err_is(&moved) ? NULL : initcompare_program(&c->call->app->lab, c->variant);
	char *debug = fs_join(c->listing, "init");
	if (path != NULL && fs_size(path) < 0) { /* the twin was built, the program itself never */
		err_set(&moved, ERR_WORLD, _("%s has not been built here"), c->variant);
		err_hint(&moved, _("kiln init compare builds all variants, kiln build init the chosen one"));
	} else if (path != NULL) {
		disasm_file(c, path, debug, &moved);
	}
	free(path);
	free(debug);
	init_end(c, &moved);
}

void init_disasm(struct init_call *c, struct err *e)
{
	const struct op_cb cb = {NULL, NULL, init_on_command, on_debug_built, c};
	if (cmd_value(c->call, "source") != NULL) {
		init_start_build(c, INITBUILD_DEBUG, "debug", &cb, e);
		return;
	}
	char *path = init_program_of(c, e);
	if (path != NULL)
		disasm_file(c, path, NULL, e);
	free(path);
}
