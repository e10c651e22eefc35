/* pane_workshop: the init workshop: the variants compared, and one of them (or two side by side) down to the byte: its
 * bytes named, its instructions beside the source, the compiler's assembly, the system calls, and what the initramfs
 * will hold. Views share one pane, with a tab for each. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "tui/workshop.h"

static const char *const view_title[WS_VIEWS] = {
	N_("Compare"), N_("Bytes"), N_("Code"), N_("Assembly"), N_("Calls"), N_("Initramfs")};

struct workshop *workshop_of(struct ui *ui)
{
	struct pane *p = ui_pane(ui, "workshop");
	return p != NULL ? p->state : NULL;
}

static const struct app *app_of(const struct workshop *w)
{
	return w->pane->ui->app;
}

const char *ws_variant(const struct workshop *w, int side)
{
	const char *own = w->side[side].variant;
	return own != NULL ? own : optset_text(&app_of(w)->lab.opts, OPT_INIT_VARIANT);
}

char *ws_built(const struct workshop *w, int side, const char *file)
{
	char *rel = xasprintf("build/init/%s/%s", ws_variant(w, side), file), *path = lab_path(&app_of(w)->lab, rel);
	free(rel);
	return path;
}

struct ws_program *ws_side(struct workshop *w)
{
	return &w->side[w->at];
}

const struct systable *ws_table(struct workshop *w)
{
	const struct pipeline *p = app_of(w)->pipeline;
	const char *tree = p != NULL ? p->source.tree : NULL;
	struct err ignored = {0};
	if (tree == NULL)
		return NULL;
	if (w->table_of == NULL || strcmp(w->table_of, tree) != 0) {
		systable_done(&w->table);
		free(w->table_of);
		w->table_of = xstrdup(tree);
		systable_load(&w->table, tree, &ignored);
		err_done(&ignored);
	}
	return w->table.n > 0 ? &w->table : NULL;
}

struct ws_list *ws_current_list(struct workshop *w)
{
	switch (w->view) {
	case WS_COMPARE:
		return &w->compare;
	case WS_CODE:
		return &ws_side(w)->insn;
	case WS_CALLS:
		return &w->calls;
	case WS_FILES:
		return &w->files;
	default:
		return NULL;
	}
}

/* --- what is on disk --- */

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void identify(const char *path, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	if (stat(path, st) < 0)
		memset(st, 0, sizeof(*st));
}

static void sync_program(struct workshop *w, int side)
{
	struct ws_program *p = &w->side[side];
	struct err ignored = {0};
	struct stat id, debug_id;
	char *path = ws_built(w, side, "init"), *debug = ws_built(w, side, "debug/init");
	identify(path, &id);
	identify(debug, &debug_id);
	if (!same_file(&id, &p->id) || !same_file(&debug_id, &p->debug_id)) {
		codeview_done(&p->code);
		p->id = id;
		p->debug_id = debug_id;
		p->loaded = id.st_ino != 0 &&
			    codeview_load(&p->code, path, debug_id.st_ino != 0 ? debug : NULL, &ignored) == 0;
		ws_code_fill(w, p);
		if (p->insn.view.cursor == 0)
			ws_code_begin(w, side);
		else
			ws_code_follow(w, side);
	}
	err_done(&ignored);
	free(path);
	free(debug);
}

/* The first listing of a folder: returns its path, owned; NULL if there is none. */
static char *first_listing(const char *dir)
{
	struct strv name = {0};
	DIR *d = opendir(dir);
	for (struct dirent *i; d != NULL && (i = readdir(d)) != NULL;)
		if (str_ends(i->d_name, ".s"))
			strv_add(&name, i->d_name);
	if (d != NULL)
		closedir(d);
	strv_sort(&name);
	char *path = name.n > 0 ? fs_join(dir, name.v[0]) : NULL;
	strv_done(&name);
	return path;
}

static void sync_listing(struct workshop *w)
{
	struct err ignored = {0};
	char *dir = ws_built(w, w->at, "listing"), *path = first_listing(dir);
	if (w->listing != NULL && (path == NULL || strcmp(w->listing->path, path) != 0)) {
		srcdoc_done(w->listing);
		free(w->listing);
		w->listing = NULL;
	}
	if (w->listing == NULL && path != NULL) {
		w->listing = xcalloc(1, sizeof(*w->listing));
		srcdoc_init(w->listing, path, strrchr(path, '/') + 1);
	}
	if (w->listing != NULL)
		srcdoc_refresh(w->listing, &ignored);
	err_done(&ignored);
	free(path);
	free(dir);
}

void ws_sync(struct workshop *w)
{
	if (app_of(w)->pipeline == NULL)
		return;
	if (w->view == WS_BYTES || w->view == WS_CODE)
		for (int side = 0; side < 2; side++)
			if (side == w->at || w->two)
				sync_program(w, side);
	if (w->view == WS_ASM)
		sync_listing(w);
	if (w->view == WS_CALLS && w->calls.n == 0 && w->calls_filter == NULL)
		ws_calls_fill(w);
	if (w->view == WS_FILES)
		ws_files_sync(w);
}

/* --- the pane --- */

static int open_pane(struct pane *p, struct err *e)
{
	struct workshop *w = xcalloc(1, sizeof(*w));
	(void)e;
	w->pane = p;
	w->hover = UINT64_MAX;
	ws_list_init(&w->compare);
	ws_list_init(&w->calls);
	ws_list_init(&w->files);
	for (int side = 0; side < 2; side++)
		ws_list_init(&w->side[side].insn);
	p->state = w;
	return 0;
}

static void free_doc(struct srcdoc *d)
{
	if (d != NULL)
		srcdoc_done(d);
	free(d);
}

static void close_pane(struct pane *p)
{
	struct workshop *w = p->state;
	for (int side = 0; side < 2; side++) {
		codeview_done(&w->side[side].code);
		ws_list_done(&w->side[side].insn);
		free_doc(w->side[side].source);
		free(w->side[side].variant);
	}
	ws_list_done(&w->compare);
	ws_list_done(&w->calls);
	ws_list_done(&w->files);
	free_doc(w->listing);
	systable_done(&w->table);
	free(w->table_of);
	free(w->calls_filter);
	free(w->files_mark);
	free(w->search);
	free(w);
	p->state = NULL;
}

/* Columns of tab i: "1 Bytes ". */
static int tab_width(int i)
{
	const char *t = _(view_title[i]);
	return draw_width(t, strlen(t), 0) + 4;
}

static void draw_tabs(const struct workshop *w, const struct draw *d)
{
	int x = 0;
	draw_fill(d, STYLE_BAR);
	for (int i = 0; i < WS_VIEWS; i++) {
		draw_textf(
			d, 0, x, i == (int)w->view ? STYLE_TITLE_FOCUS : STYLE_BAR, " %d %s ", i + 1, _(view_title[i]));
		x += tab_width(i);
	}
	const char *variant = ws_variant(w, w->at);
	if (x + draw_width(variant, strlen(variant), 0) < d->cols && w->view != WS_CALLS && w->view != WS_FILES)
		draw_right(d, 0, STYLE_DIM, variant);
}

/* Words of the table's head, each to the right of its column's width; the first to the left. */
static void draw_compare_head(const struct workshop *w, const struct draw *d)
{
	static const struct {
		const char *word;
		int cols;
	} head[] = {{N_("variant"), -13}, {N_("bytes"), 7}, {"", 12}, {N_("best"), 7}, {N_("builds"), -8},
		{N_("cpio"), 7}, {N_("prompt"), 7}, {N_("code"), 6}, {N_("rodata"), 6}, {N_("data"), 6}, {N_("bss"), 6},
		{N_("header"), 6}, {N_("pad"), 6}, {N_("other"), 6}, {N_("names"), 5}, {N_("calls"), 5}};
	int x = 2 - w->compare.view.left;
	for (size_t i = 0; i < ARRAY_LEN(head); i++) {
		const char *word = *head[i].word != '\0' ? _(head[i].word) : "";
		const int cols = abs(head[i].cols), n = draw_width(word, strlen(word), 0);
		draw_text(d, 0, head[i].cols < 0 || n > cols ? x : x + cols - n, STYLE_TITLE, word);
		x += cols + 1;
	}
}

void ws_hint(const struct workshop *w, const struct draw *d, int y, const char *text)
{
	char *shown = keymap_text(w->pane->ui->keymap, "workshop", text);
	draw_ellipsis(d, y, 1, d->cols - 2, STYLE_DIM, shown);
	free(shown);
}

static void draw_compare(struct workshop *w, const struct draw *d, bool focused)
{
	const struct draw list = draw_sub(d, 1, 0, d->rows - 1, d->cols);
	draw_compare_head(w, d);
	ws_list_draw(&w->compare, &list, focused);
	if (w->compare.n == 0)
		ws_hint(w, &list, 0, _("{key:workshop.build} builds all variants and measures them."));
	else if (w->compare.n + 2 < (size_t)d->rows)
		ws_hint(w, d, d->rows - 1,
			_("{key:workshop.open} looks into it, {key:workshop.clone} copies it, {key:workshop.build "
			  "boot} boots each for the time to its prompt."));
}

/* The call under the cursor in full, an argument a line. */
static void draw_calls(struct workshop *w, const struct draw *d, bool focused)
{
	const char *name = ws_list_word(&w->calls);
	const struct systable *t = ws_table(w);
	const struct sysentry *s = t != NULL && name != NULL ? systable_name(t, name) : NULL;
	const int detail = s != NULL && d->rows > 12 ? 8 : 0;
	const struct draw list = draw_sub(d, 0, 0, d->rows - detail, d->cols);
	ws_list_draw(&w->calls, &list, focused);
	if (detail == 0)
		return;
	const struct draw low = draw_sub(d, d->rows - detail, 0, detail, d->cols);
	draw_hline(&low, 0, 0, low.cols, STYLE_BORDER);
	draw_textf(&low, 0, 1, STYLE_TITLE, " %s ", s->name);
	draw_textf(&low, 1, 1, STYLE_TEXT, _("rax = %d, then syscall; the answer comes in rax, rcx and r11 are lost"),
		s->number);
	for (int i = 0; i < s->n_arg; i++) {
		draw_textf(&low, 2 + i, 1, STYLE_SYN_REGISTER, "%-4s", systable_register(i));
		draw_textf(&low, 2 + i, 6, STYLE_TEXT, "%s", s->arg[i]);
	}
	if (s->n_arg == 0)
		draw_text(&low, 2, 1, STYLE_DIM, _("no arguments"));
}

static void draw_view(struct workshop *w, const struct draw *d, bool focused)
{
	switch (w->view) {
	case WS_COMPARE:
		draw_compare(w, d, focused);
		break;
	case WS_BYTES:
		ws_bytes_draw(w, d, focused);
		break;
	case WS_CODE:
		ws_code_draw(w, d, focused);
		break;
	case WS_ASM:
		if (w->listing != NULL)
			textview_draw(&w->listing->view, d, focused);
		else
			ws_hint(w, d, 0,
				_("{key:workshop.build} asks the compiler for its assembly (-S). A variant without C "
				  "has none."));
		break;
	case WS_CALLS:
		draw_calls(w, d, focused);
		break;
	default:
		ws_list_draw(&w->files, d, focused);
	}
}

static void draw_pane(struct pane *p, const struct draw *d, bool focused)
{
	struct workshop *w = p->state;
	draw_fill(d, STYLE_TEXT);
	if (app_of(w)->pipeline == NULL) {
		draw_ellipsis(d, 0, 1, d->cols - 2, STYLE_DIM, _("No lab is open."));
		return;
	}
	ws_sync(w);
	const struct draw tabs = draw_sub(d, 0, 0, 1, d->cols), rest = draw_sub(d, 1, 0, d->rows - 1, d->cols);
	w->org_y = d->y;
	w->org_x = d->x;
	draw_tabs(w, &tabs);
	if (rest.rows > 0)
		draw_view(w, &rest, focused);
}

/* The textview that keys and the wheel move in; NULL for the byte map. */
static struct textview *text_of(struct workshop *w)
{
	struct ws_list *l = ws_current_list(w);
	if (w->view == WS_ASM)
		return w->listing != NULL ? &w->listing->view : NULL;
	return l != NULL ? &l->view : NULL;
}

static bool choose_view(struct workshop *w, const struct key *k)
{
	if (k->mod != 0 || k->code < '1' || k->code >= '1' + WS_VIEWS)
		return false;
	w->view = (enum ws_view)(k->code - '1');
	ws_need(w);
	return true;
}

static bool on_key(struct pane *p, const struct key *k)
{
	struct workshop *w = p->state;
	if (app_of(w)->pipeline == NULL)
		return false;
	struct textview *v = text_of(w);
	bool used =
		choose_view(w, k) || (w->view == WS_BYTES && ws_bytes_key(w, k)) || (v != NULL && textview_key(v, k));
	if (used && w->view == WS_CODE)
		ws_code_follow(w, w->at);
	if (used)
		pane_touch(p);
	return used;
}

static bool on_tab(struct workshop *w, const struct mouse *m)
{
	int x = 0;
	for (int i = 0; i < WS_VIEWS; i++) {
		if (m->x >= x && m->x < x + tab_width(i)) {
			w->view = (enum ws_view)i;
			ws_need(w);
			return true;
		}
		x += tab_width(i);
	}
	return false;
}

static bool on_mouse(struct pane *p, const struct mouse *m)
{
	struct workshop *w = p->state;
	if (app_of(w)->pipeline == NULL)
		return false;
	if (m->y == 0 && m->kind == MOUSE_PRESS)
		return on_tab(w, m);
	if (w->view == WS_BYTES)
		return ws_bytes_mouse(w, m);
	if (m->kind == MOUSE_MOVE)
		return false;
	if (w->view == WS_CODE)
		return ws_code_mouse(w, m);
	struct textview *v = text_of(w);
	struct mouse in = *m;
	in.y -= w->view == WS_COMPARE ? 2 : 1;
	const bool used = v != NULL && textview_mouse(v, &in);
	if (used && m->kind == MOUSE_PRESS && m->clicks == 2)
		ui_command(p->ui, "workshop.open");
	return used;
}

static void status(const struct pane *p, struct buf *out)
{
	const struct workshop *w = p->state;
	const struct ws_program *s = &w->side[w->at];
	if (w->call != NULL)
		buf_adds(out, _("building  "));
	if (w->calls_filter != NULL && w->view == WS_CALLS)
		buf_addf(out, _("only %s  "), w->calls_filter);
	if (w->view == WS_BYTES && s->loaded)
		buf_addf(out, "%ju/%ju", s->byte, s->code.v.n);
}

static bool busy(const struct pane *p)
{
	return ((const struct workshop *)p->state)->call != NULL;
}

const struct pane_ops pane_workshop = {
	.name = "workshop",
	.title = N_("Workshop"),
	.open = open_pane,
	.close = close_pane,
	.draw = draw_pane,
	.key = on_key,
	.mouse = on_mouse,
	.hover = true,
	.status = status,
	.busy = busy,
	.commands = workshop_commands,
	.n_commands = WORKSHOP_COMMANDS,
};
