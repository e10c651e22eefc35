/* pane_source: the lab's own init sources: a folder of init/, a tab for each file, the file with highlighting and the
 * compiler's messages beside its lines; the user's editor takes the pane's place while it runs. Invariant after
 * source_sync: the documents are the folder's files as they are on disk. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"
#include "tui/source.h"
#include "tui/spot.h"

/* --- which files --- */

static const struct app *app_of(const struct source_pane *s)
{
	return s->pane->ui->app;
}

static struct srcdoc *current(const struct source_pane *s)
{
	return s->at < s->n ? s->doc[s->at] : NULL;
}

/* The order of tabs: C, assembly, headers, linker scripts, the recipe, explanations, the rest. */
static int rank(const char *name)
{
	static const char *const ending[] = {".c", ".S", ".s", ".asm", ".h", ".lds", ".ld", ".x"};
	for (size_t i = 0; i < ARRAY_LEN(ending); i++)
		if (str_ends(name, ending[i]))
			return (int)i;
	return strcmp(name, "recipe") == 0 ? 20 : str_starts(name, "README") ? 21 : 30;
}

static int by_rank(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	int d = rank(*x) - rank(*y);
	return d != 0 ? d : strcmp(*x, *y);
}

static void list_files(const char *dir, struct strv *out)
{
	DIR *d = opendir(dir);
	for (struct dirent *i; d != NULL && (i = readdir(d)) != NULL;) {
		char *path = fs_join(dir, i->d_name);
		if (srcwatch_counts(i->d_name) && fs_size(path) >= 0)
			strv_add(out, i->d_name);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	if (out->n > 1)
		qsort(out->v, out->n, sizeof(*out->v), by_rank);
}

static struct srcdoc *new_doc(struct source_pane *s, const char *path, const char *name)
{
	struct srcdoc *d = xcalloc(1, sizeof(*d));
	srcdoc_init(d, path, name);
	d->notes = &s->notes;
	return d;
}

static void free_doc(struct srcdoc *d)
{
	srcdoc_done(d);
	free(d);
}

static void add_doc(struct source_pane *s, struct srcdoc *d)
{
	s->doc = xrealloc(s->doc, (s->n + 1) * sizeof(struct srcdoc *));
	s->doc[s->n++] = d;
}

/* Take a document with this path out of a list, leaving NULL. */
static struct srcdoc *reuse(struct srcdoc **doc, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (doc[i] != NULL && strcmp(doc[i]->path, path) == 0) {
			struct srcdoc *d = doc[i];
			doc[i] = NULL;
			return d;
		}
	return NULL;
}

/* Make the documents be the folder's files; those that are still there keep their place and cursor. */
void source_scan(struct source_pane *s)
{
	struct strv name = {0};
	struct srcdoc **old = s->doc, *shown = current(s);
	const size_t n_old = s->n;
	list_files(s->dir, &name);
	s->doc = NULL;
	s->n = 0;
	for (size_t i = 0; i < name.n; i++) {
		char *path = fs_join(s->dir, name.v[i]);
		struct srcdoc *d = reuse(old, n_old, path);
		add_doc(s, d != NULL ? d : new_doc(s, path, name.v[i]));
		free(path);
	}
	for (size_t i = 0; i < n_old; i++)
		if (old[i] != NULL && old[i]->foreign)
			add_doc(s, old[i]);
		else if (old[i] != NULL)
			free_doc(old[i]);
	s->at = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->doc[i] == shown)
			s->at = i;
	free(old);
	strv_done(&name);
}

static void forget_docs(struct source_pane *s)
{
	for (size_t i = 0; i < s->n; i++)
		free_doc(s->doc[i]);
	free(s->doc);
	s->doc = NULL;
	s->n = s->at = 0;
}

void source_show_folder(struct source_pane *s, const char *folder)
{
	char *rel = fs_join("init", folder), *copy = xstrdup(folder);
	free(s->folder);
	free(s->dir);
	forget_docs(s);
	s->folder = copy;
	s->dir = lab_path(&app_of(s)->lab, rel);
	s->mark = srcwatch_mark(s->dir);
	srcwatch_free(s->watch);
	s->watch = srcwatch_new(app_of(s)->loop, s->dir, source_changed, s);
	source_scan(s);
	free(rel);
	pane_touch(s->pane);
}

void source_folders(const struct source_pane *s, struct strv *out)
{
	char *dir = lab_path(&app_of(s)->lab, "init");
	DIR *d = opendir(dir);
	for (struct dirent *i; d != NULL && (i = readdir(d)) != NULL;) {
		char *path = fs_join(dir, i->d_name);
		if (srcwatch_counts(i->d_name) && fs_is_dir(path))
			strv_add(out, i->d_name);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	free(dir);
	strv_sort(out);
}

struct srcdoc *source_show_file(struct source_pane *s, const char *path)
{
	size_t i = 0;
	while (i < s->n && strcmp(s->doc[i]->path, path) != 0)
		i++;
	if (i == s->n) { /* one foreign file at a time */
		const char *slash = strrchr(path, '/');
		if (s->n > 0 && s->doc[s->n - 1]->foreign)
			free_doc(s->doc[--s->n]);
		i = s->n;
		add_doc(s, new_doc(s, path, slash != NULL ? slash + 1 : path));
		s->doc[i]->foreign = true;
	}
	s->at = i;
	return source_sync(s);
}

/* The variant that the lab is set to is what is shown, unless another folder was chosen since. */
static void follow_variant(struct source_pane *s)
{
	const char *variant = optset_text(&app_of(s)->lab.opts, OPT_INIT_VARIANT);
	const bool changed = s->variant == NULL || strcmp(s->variant, variant) != 0;
	if (!changed)
		return;
	free(s->variant);
	s->variant = xstrdup(variant);
	source_show_folder(s, variant);
}

struct srcdoc *source_sync(struct source_pane *s)
{
	struct err warn = {0};
	if (app_of(s)->pipeline == NULL)
		return NULL;
	follow_variant(s);
	if (s->building || s->notes_old)
		srcnotes_collect(&s->notes, app_of(s), s->log_from, log_count(app_of(s)->pipeline->log));
	s->notes_old = false;
	struct srcdoc *d = current(s);
	if (d != NULL)
		srcdoc_refresh(d, &warn);
	if (err_is(&warn))
		ui_error(s->pane->ui, &warn); /* the rules for highlighting are broken: told once, then plain */
	return d;
}

struct source_pane *source_of(struct ui *ui)
{
	struct pane *p = ui_pane(ui, "source");
	return p != NULL ? p->state : NULL;
}

/* --- the pane --- */

static int open_pane(struct pane *p, struct err *e)
{
	struct source_pane *s = xcalloc(1, sizeof(*s));
	(void)e;
	s->pane = p;
	s->later = slicer_new(p->ui->app->loop, source_later, s);
	p->state = s;
	return 0;
}

static void close_pane(struct pane *p)
{
	struct source_pane *s = p->state;
	source_edit_stop(s);
	slicer_free(s->later);
	srcwatch_free(s->watch);
	forget_docs(s);
	srcnotes_done(&s->notes);
	free(s->folder);
	free(s->dir);
	free(s->variant);
	free(s);
	p->state = NULL;
}

/* Watches the pipeline too: where in the log a build of init begins, and when it is over. Called before each frame. */
static unsigned rev(const struct pane *p)
{
	struct source_pane *s = p->state;
	const struct pipeline *pl = p->ui->app->pipeline;
	if (pl == NULL)
		return p->rev;
	if (s->again && !s->busy && !pipeline_busy(pl))
		slicer_go(s->later);
	if (pl->running == STAGE_INIT) {
		s->building = true;
		s->log_from = pl->log_start;
		return p->rev + log_rev(pl->log);
	}
	if (s->building) {
		s->building = false;
		s->notes_old = true;
		pane_touch(s->pane);
	}
	return p->rev;
}

/* Does the lesson point at this file ("article/shell.c")? */
static bool is_spot(const struct source_pane *s, const struct srcdoc *d)
{
	const char *spot = spot_in(s->pane->ui, "source");
	const size_t n = strlen(s->folder);
	return spot != NULL && !d->foreign && strncmp(spot, s->folder, n) == 0 && spot[n] == '/' &&
	       strcmp(spot + n + 1, d->name) == 0;
}

/* Tabs, the shown one first if they do not all fit; then the folder at the right. */
static void draw_tabs(const struct source_pane *s, const struct draw *d)
{
	int x = 0, width = 0;
	draw_fill(d, STYLE_BAR);
	const int folder = draw_width(s->folder, strlen(s->folder), 0) + 2;
	for (size_t i = 0; i < s->n; i++)
		width += draw_width(s->doc[i]->name, strlen(s->doc[i]->name), 0) + 2;
	for (size_t i = width + folder > d->cols ? s->at : 0; i < s->n && x < d->cols; i++) {
		const char *name = s->doc[i]->name;
		const enum style style = i == s->at ? STYLE_TITLE_FOCUS : s->doc[i]->foreign ? STYLE_DIM : STYLE_BAR;
		x = is_spot(s, s->doc[i]) ? draw_textf(d, 0, x, STYLE_SPOTLIGHT, ">%s<", name)
					  : draw_textf(d, 0, x, style, " %s ", name);
	}
	if (x + folder <= d->cols)
		draw_right(d, 0, STYLE_DIM, s->folder);
}

/* The tab at a column, or -1. Mirrors draw_tabs. */
static int tab_at(const struct source_pane *s, int column)
{
	int x = 0, width = 0;
	const int folder = draw_width(s->folder, strlen(s->folder), 0) + 2;
	for (size_t i = 0; i < s->n; i++)
		width += draw_width(s->doc[i]->name, strlen(s->doc[i]->name), 0) + 2;
	for (size_t i = width + folder > s->pane->cols ? s->at : 0; i < s->n; i++) {
		x += draw_width(s->doc[i]->name, strlen(s->doc[i]->name), 0) + 2;
		if (column < x)
			return (int)i;
	}
	return -1;
}

/* The message of the cursor's line in full, on the last row. */
static int draw_note(const struct source_pane *s, const struct srcdoc *doc, const struct draw *d)
{
	const struct srcnote *n = srcnotes_at(&s->notes, doc->path, (int)doc->view.cursor + 1);
	if (n == NULL || d->rows < 4)
		return 0;
	const struct draw last = draw_sub(d, d->rows - 1, 0, 1, d->cols);
	const enum style style = n->severity >= LOG_ERROR     ? STYLE_ERROR
				 : n->severity >= LOG_WARNING ? STYLE_WARNING
							      : STYLE_NOTE;
	draw_fill(&last, style);
	draw_ellipsis(&last, 0, 0, d->cols, style, n->text);
	return 1;
}

static void draw_doc(struct source_pane *s, struct srcdoc *doc, const struct draw *d, bool focused)
{
	const int tab = d->rows >= 3 ? 1 : 0, note = draw_note(s, doc, d);
	const struct draw tabs = draw_sub(d, 0, 0, tab, d->cols);
	const struct draw text = draw_sub(d, tab, 0, d->rows - tab - note, d->cols);
	if (tab > 0)
		draw_tabs(s, &tabs);
	textview_draw(&doc->view, &text, focused);
	if (doc->why != NULL)
		draw_ellipsis(&text, 0, 1, d->cols - 2, STYLE_ERROR, doc->why);
}

static void draw_pane(struct pane *p, const struct draw *d, bool focused)
{
	struct source_pane *s = p->state;
	if (s->editor != NULL) {
		hosted_draw(s->editor, d, focused);
		return;
	}
	struct srcdoc *doc = source_sync(s);
	if (doc != NULL) {
		draw_doc(s, doc, d, focused);
		return;
	}
	draw_fill(d, STYLE_TEXT);
	if (p->ui->app->pipeline == NULL)
		draw_ellipsis(d, 0, 1, d->cols - 2, STYLE_DIM, _("No lab is open."));
	else if (doc == NULL)
		draw_textf(d, 0, 1, STYLE_DIM, _("init/%s has no files."), s->folder);
}

static void resize(struct pane *p, int rows, int cols)
{
	struct source_pane *s = p->state;
	if (s->editor != NULL && rows > 0 && cols > 0)
		hosted_resize(s->editor, rows, cols);
}

static bool captures(const struct pane *p)
{
	const struct source_pane *s = p->state;
	return s->editor != NULL;
}

static bool escape(struct srcdoc *d)
{
	struct err ignored = {0};
	if (d->view.select != SELECT_NONE)
		d->view.select = SELECT_NONE;
	else if (d->search != NULL)
		srcdoc_search(d, "", &ignored);
	else
		return false;
	return true;
}

/* 1 … 9: the tab of that number. */
static bool choose_tab(struct source_pane *s, const struct key *k)
{
	if (k->mod != 0 || k->code < '1' || k->code > '9' || k->code - '1' >= s->n)
		return false;
	s->at = k->code - '1';
	return true;
}

static bool on_key(struct pane *p, const struct key *k)
{
	struct source_pane *s = p->state;
	if (s->editor != NULL)
		return hosted_key(s->editor, k);
	struct srcdoc *d = source_sync(s);
	if (d == NULL)
		return false;
	bool used = k->code == K_ESC ? escape(d) : choose_tab(s, k) || textview_key(&d->view, k);
	if (used)
		pane_touch(p);
	return used;
}

static bool on_tab_mouse(struct source_pane *s, const struct mouse *m)
{
	int tab = m->kind == MOUSE_PRESS ? tab_at(s, m->x) : -1;
	if (tab >= 0)
		s->at = (size_t)tab;
	return tab >= 0;
}

static bool on_text_mouse(struct source_pane *s, struct srcdoc *d, const struct mouse *m)
{
	struct buf b = {0};
	struct mouse in = *m;
	const bool dragged = d->view.dragging && m->kind == MOUSE_RELEASE;
	in.y -= s->pane->rows >= 3 ? 1 : 0; /* below the tabs */
	bool used = textview_mouse(&d->view, &in);
	if (dragged && d->view.select == SELECT_TEXT) {
		textview_copy(&d->view, &b);
		ui_copy(s->pane->ui, b.p != NULL ? b.p : "", b.n);
		buf_done(&b);
	}
	return used;
}

static bool on_mouse(struct pane *p, const struct mouse *m)
{
	struct source_pane *s = p->state;
	if (s->editor != NULL)
		return hosted_mouse(s->editor, m);
	struct srcdoc *d = source_sync(s);
	if (d == NULL)
		return false;
	const bool tabs = p->rows >= 3;
	bool used = tabs && m->y == 0 && !d->view.dragging && m->kind != MOUSE_WHEEL_UP && m->kind != MOUSE_WHEEL_DOWN
			    ? on_tab_mouse(s, m)
			    : on_text_mouse(s, d, m);
	if (used)
		pane_touch(p);
	return used;
}

static void search_status(const struct srcdoc *d, struct buf *out)
{
	const size_t hits = textsearch_hits(d->search);
	if (textsearch_has(d->search, d->view.cursor))
		buf_addf(out, "%zu/", textsearch_rank(d->search, d->view.cursor) + 1);
	buf_addf(out, ngettext("%zu match  ", "%zu matches  ", hits), hits);
}

static void status(const struct pane *p, struct buf *out)
{
	struct source_pane *s = p->state;
	const struct srcdoc *d = s->editor == NULL ? source_sync(s) : NULL;
	const size_t errors = srcnotes_count(&s->notes, LOG_ERROR);
	const size_t warnings = srcnotes_count(&s->notes, LOG_WARNING) - errors;
	if (s->editor != NULL) {
		buf_addf(out, _("editing %s"), s->editing);
		return;
	}
	if (d != NULL && d->search != NULL)
		search_status(d, out);
	if (errors > 0)
		buf_addf(out, ngettext("%zu error  ", "%zu errors  ", errors), errors);
	if (warnings > 0)
		buf_addf(out, ngettext("%zu warning  ", "%zu warnings  ", warnings), warnings);
	if (s->auto_build)
		buf_adds(out, _("watching  "));
	if (d != NULL)
		buf_addf(out, "%zu/%zu", d->view.cursor + 1, d->n_line);
}

static bool busy(const struct pane *p)
{
	const struct source_pane *s = p->state;
	return s->busy || s->building || s->again;
}

const struct pane_ops pane_source = {
	.name = "source",
	.title = N_("Init source"),
	.open = open_pane,
	.close = close_pane,
	.draw = draw_pane,
	.resize = resize,
	.captures = captures,
	.key = on_key,
	.mouse = on_mouse,
	.status = status,
	.rev = rev,
	.busy = busy,
	.commands = source_commands,
	.n_commands = SOURCE_COMMANDS,
};
