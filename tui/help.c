/* help: see help.h. A page is a list of lines made once, when it opens; a filter leaves the lines that fit and the
 * headings above them. */
#include "tui/help.h"

#include <stdlib.h>
#include <string.h>

#include "core/docs.h"
#include "core/i18n.h"
#include "tui/fuzzy.h"
#include "tui/lineedit.h"
#include "tui/popup.h"
#include "tui/screen.h"
#include "tui/theme.h"
#include "tui/ui_priv.h"

enum { PAGE_COLS = 96 }; /* without its frame */

struct line {
	bool heading;
	char *left;  /* keys, or NULL */
	char *text;  /* owned */
	char *right; /* the command line of a key row, owned, or NULL */
};

struct help {
	struct overlay o;
	char *title;
	struct line *line;
	size_t n, cap;
	size_t *shown; /* indices of what the filter leaves */
	size_t n_shown, top;
	char *filter;
	int rows; /* as drawn last */
};

static void add(struct help *h, struct line line)
{
	if (h->n == h->cap) {
		h->cap = h->cap != 0 ? h->cap * 2 : 64;
		h->line = xrealloc(h->line, h->cap * sizeof(*h->line));
	}
	h->line[h->n++] = line;
}

static void add_heading(struct help *h, const char *text)
{
	if (h->n > 0)
		add(h, (struct line){.text = xstrdup("")});
	add(h, (struct line){.heading = true, .text = xstrdup(text)});
}

/* A text for people, in lines as wide as the page is on this screen. Takes text. */
static void add_said(struct help *h, char *text)
{
	int rows, cols;
	screen_size(h->o.ui->screen, &rows, &cols);
	cols = (cols < PAGE_COLS + 4 ? cols - 4 : PAGE_COLS) - 2;
	const char *rest = text;
	while (rest != NULL && *rest != '\0') {
		size_t n = draw_wrap(rest, cols > 8 ? cols : 8);
		add(h, (struct line){.text = xstrndup(rest, n)});
		rest = draw_wrap_next(rest, n);
	}
	free(text);
}

/* ---- what pages hold ---- */

/* What a key does, for people: the help of its command. */
static void add_key(void *ctx, const struct keymap_row *r)
{
	struct help *h = ctx;
	char *name = xstrndup(r->command, strcspn(r->command, " \t"));
	const struct cmd *cmd = cmd_find(&h->o.ui->app->commands, name);
	add(h, (struct line){.left = xstrdup(r->keys),
		       .text = xstrdup(cmd != NULL ? _(cmd->help) : r->command),
		       .right = xstrdup(r->command)});
	free(name);
}

static const struct {
	const char *context, *title;
} context_titles[] = {
	{"global", N_("Everywhere")},
	{"normal", N_("In every pane, unless it takes all keys")},
	{"prompt", N_("In the line one types in")},
	{"overlay", N_("On a page like this one")},
};

/* One context's keys under its title; the name of a pane is its title. */
static void add_context(struct help *h, const char *context)
{
	struct pane *p = ui_pane(h->o.ui, context);
	const char *title = p != NULL ? _(p->ops->title) : context;
	for (size_t i = 0; i < ARRAY_LEN(context_titles); i++)
		if (strcmp(context_titles[i].context, context) == 0)
			title = _(context_titles[i].title);
	add_heading(h, title);
	size_t before = h->n;
	keymap_each(h->o.ui->keymap, context, add_key, h);
	if (h->n > before)
		return;
	free(h->line[--h->n].text); /* no keys: no heading, and no blank line before it */
	if (h->n > 0)
		free(h->line[--h->n].text);
}

struct contexts {
	struct strv seen;
};

static void note_context(void *ctx, const struct keymap_row *r)
{
	struct contexts *c = ctx;
	if (!strv_has(&c->seen, r->context))
		strv_add(&c->seen, r->context);
}

static void add_how_to_change(struct help *h)
{
	char *path = keymap_user_path();
	add_heading(h, _("Other keys"));
	add_said(h, xasprintf(_("Write rows `context keys command` into %s, then `:keys.load`."), path));
	add_said(h, xstrdup(_("`context keys none` takes a key away. All keys are in `:help keys`.")));
	free(path);
}

/* The keys that work in the focused pane, most special first. */
static void add_keys_here(struct help *h)
{
	if (ui_captured(h->o.ui) != NULL) {
		add_context(h, "global");
		add_said(h, xstrdup(_("All other keys go to the program in the pane.")));
	} else {
		add_context(h, layout_focus(h->o.ui->layout));
		add_context(h, "normal");
		add_context(h, "global");
	}
	add_how_to_change(h);
}

/* What one should know first, the keys, and all commands. */
static void add_overview(struct help *h)
{
	const struct cmd_table *t = &h->o.ui->app->commands;
	const char *run = keymap_keys_of(h->o.ui->keymap, NULL, "run");
	add_heading(h, _("From an empty folder to your own Linux"));
	add_said(h, xasprintf(_("%s makes everything that is not made yet (kernel, init, initramfs) and boots it."),
			    run != NULL ? run : "run"));
	const char *tells = _("The line at the top shows how far each stage is; {key:why} or the mouse tells why.");
	add_said(h, keymap_text(h->o.ui->keymap, "normal", tells));
	add_keys_here(h);
	add_heading(h, _("Commands, to be typed at the prompt"));
	for (size_t i = 0; i < t->n; i++)
		if (!(t->row[i]->flags & CMD_SHELL) && !str_starts(t->row[i]->name, "prompt.") &&
			!str_starts(t->row[i]->name, "overlay."))
			add(h, (struct line){.left = xstrdup(t->row[i]->name), .text = xstrdup(_(t->row[i]->help))});
}

static void add_all_keys(struct help *h)
{
	struct contexts c = {{0}};
	keymap_each(h->o.ui->keymap, NULL, note_context, &c);
	for (size_t i = 0; i < c.seen.n; i++)
		add_context(h, c.seen.v[i]);
	strv_done(&c.seen);
	add_how_to_change(h);
}

static void add_text(struct help *h, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		add(h, (struct line){.text = xstrndup(text, n)});
		text += n + (text[n] == '\n');
	}
}

/* What a topic prints in the shell. */
static void add_printed(struct help *h, void (*print)(FILE *out))
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	if (out == NULL)
		return;
	print(out);
	fclose(out);
	add_text(h, text);
	free(text);
}

static void add_settings(struct help *h)
{
	add_printed(h, docs_settings);
}

static void add_themes(struct help *h)
{
	add_printed(h, theme_print);
}

static void add_command(struct help *h, const struct cmd *cmd)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	if (out == NULL)
		return;
	docs_command(out, cmd);
	fclose(out);
	add_text(h, text);
	free(text);
	const char *keys = keymap_keys_of(h->o.ui->keymap, NULL, cmd->name);
	if (keys == NULL)
		return;
	add(h, (struct line){.text = xstrdup("")});
	add(h, (struct line){.left = xstrdup(keys), .text = xstrdup(_("is its key"))});
}

/* ---- the filter ---- */

static bool fits(const struct help *h, const struct line *l)
{
	uint64_t hits;
	char *all = xasprintf("%s %s %s", l->left != NULL ? l->left : "", l->text, l->right != NULL ? l->right : "");
	int score = fuzzy_score(h->filter, all, &hits);
	free(all);
	return score >= FUZZY_WHOLE;
}

static void apply_filter(struct help *h)
{
	bool all = h->filter == NULL || *h->filter == '\0';
	const struct line *heading = NULL;
	h->n_shown = h->top = 0;
	for (size_t i = 0; i < h->n; i++) {
		struct line *l = &h->line[i];
		if (all) {
			h->shown[h->n_shown++] = i;
		} else if (l->heading) {
			heading = l;
		} else if (fits(h, l)) {
			if (heading != NULL)
				h->shown[h->n_shown++] = (size_t)(heading - h->line);
			heading = NULL;
			h->shown[h->n_shown++] = i;
		}
	}
	ui_touch(h->o.ui);
}

static void filter_changed(void *ctx, const char *text)
{
	struct help *h = ctx;
	free(h->filter);
	h->filter = xstrdup(text);
	apply_filter(h);
}

static void filter_done(void *ctx, const char *text)
{
	if (text == NULL)
		filter_changed(ctx, "");
}

/* ---- drawing ---- */

static int keys_width(const struct help *h)
{
	int width = 0;
	for (size_t i = 0; i < h->n; i++) {
		int w = h->line[i].left != NULL ? draw_width(h->line[i].left, strlen(h->line[i].left), 0) : 0;
		width = w > width ? w : width;
	}
	return width;
}

static void draw_line(const struct draw *d, int y, const struct line *l, int keys)
{
	if (l->left == NULL) {
		draw_ellipsis(d, y, 0, d->cols, l->heading ? STYLE_STRONG : STYLE_OVERLAY, l->text);
		return;
	}
	draw_text(d, y, 1, STYLE_KEY, l->left);
	int right = d->cols;
	if (l->right != NULL && d->cols > 72)
		right = draw_right(d, y, STYLE_DIM, l->right) - 1;
	draw_ellipsis(d, y, keys + 3, right - keys - 3, STYLE_OVERLAY, l->text);
}

static void draw_help(struct overlay *o, const struct draw *screen)
{
	struct help *h = (struct help *)o;
	struct draw box = popup_box(screen, screen->rows - 4, PAGE_COLS, h->title);
	struct draw d = draw_sub(&box, 0, 0, box.rows, box.cols - 2);
	int keys = keys_width(h);
	h->rows = d.rows - 1;
	if (h->top + (size_t)(h->rows > 0 ? h->rows : 0) > h->n_shown)
		h->top = h->n_shown > (size_t)h->rows ? h->n_shown - (size_t)h->rows : 0;
	for (int y = 0; y < h->rows && h->top + (size_t)y < h->n_shown; y++)
		draw_line(&d, y, &h->line[h->shown[h->top + (size_t)y]], keys);
	if (h->n_shown == 0)
		draw_ellipsis(&d, 0, 0, d.cols, STYLE_DIM, _("nothing fits"));
	struct draw list = draw_sub(&box, 0, 0, h->rows, box.cols);
	draw_scrollbar(&list, box.cols - 1, h->top, h->n_shown);
	const char *search = keymap_keys_of(o->ui->keymap, "overlay", "overlay.search");
	const char *close = keymap_keys_of(o->ui->keymap, "overlay", "overlay.close");
	int x = draw_text(&d, d.rows - 1, 0, STYLE_KEY, search != NULL ? search : "");
	x = draw_textf(&d, d.rows - 1, x, STYLE_DIM, " %s  ", _("search"));
	x = draw_text(&d, d.rows - 1, x, STYLE_KEY, close != NULL ? close : "");
	x = draw_textf(&d, d.rows - 1, x, STYLE_DIM, " %s  ", _("close"));
	if (h->filter != NULL && *h->filter != '\0')
		draw_textf(&d, d.rows - 1, x, STYLE_MATCH, "/%s", h->filter);
}

/* ---- what happens ---- */

static void scroll(struct help *h, long by)
{
	long last = (long)h->n_shown - h->rows, to = (long)h->top + by;
	last = last > 0 ? last : 0;
	h->top = (size_t)(to < 0 ? 0 : to > last ? last : to);
	ui_touch(h->o.ui);
}

static void move(struct help *h, const char *where)
{
	static const struct {
		const char *name;
		long lines, pages;
	} rows[] = {{"up", -1, 0}, {"down", 1, 0}, {"page-up", 1, -1}, {"page-down", -1, 1}, {"top", -1000000, 0},
		{"bottom", 1000000, 0}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, where) == 0)
			scroll(h, rows[i].lines + rows[i].pages * h->rows);
}

static bool help_act(struct overlay *o, const char *what)
{
	struct help *h = (struct help *)o;
	if (strcmp(what, "close") == 0 || strcmp(what, "cancel") == 0) {
		ui_pop(o->ui, o);
	} else if (str_starts(what, "move ")) {
		move(h, what + 5);
	} else if (strcmp(what, "search") == 0) {
		struct ui_prompt p = {
			.label = "/", .initial = h->filter, .change = filter_changed, .done = filter_done, .ctx = h};
		ui_prompt(o->ui, &p);
	} else {
		return false;
	}
	return true;
}

static bool help_mouse(struct overlay *o, const struct mouse *m)
{
	if (m->kind == MOUSE_WHEEL_UP || m->kind == MOUSE_WHEEL_DOWN)
		scroll((struct help *)o, m->kind == MOUSE_WHEEL_UP ? -3 : 3);
	return true;
}

static bool help_key(struct overlay *o, const struct key *k)
{
	(void)o, (void)k;
	return false;
}

static void help_close(struct overlay *o)
{
	struct help *h = (struct help *)o;
	for (size_t i = 0; i < h->n; i++) {
		free(h->line[i].left);
		free(h->line[i].text);
		free(h->line[i].right);
	}
	free(h->line);
	free(h->shown);
	free(h->filter);
	free(h->title);
	free(h);
}

static const struct overlay_ops help_ops = {
	.context = "overlay",
	.draw = draw_help,
	.key = help_key,
	.act = help_act,
	.mouse = help_mouse,
	.close = help_close,
};

static const struct page {
	const char *topic; /* NULL: a command's */
	const char *title;
	void (*fill)(struct help *h);
} pages[] =
	{
		{"", N_("Help"), add_overview},
		{"keys", N_("All keys"), add_all_keys},
		{"settings", N_("Settings"), add_settings},
		{"themes", N_("Themes"), add_themes},
},
  page_here = {NULL, N_("Keys that work here"), add_keys_here};

static const struct page *find_page(const char *topic)
{
	if (topic == NULL)
		return &page_here;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if (strcmp(pages[i].topic, topic) == 0)
			return &pages[i];
	return NULL;
}

static int no_such_topic(const struct ui *ui, const char *topic, struct err *e)
{
	const struct cmd *near = cmd_nearest(&ui->app->commands, topic);
	err_set(e, ERR_USAGE, _("there is no help about `%s`"), topic);
	if (near != NULL)
		err_hint(e, _("did you mean `%s`?"), near->name);
	err_hint(e, "%s", _("topics are keys, settings, themes and the names of commands"));
	return -1;
}

static struct help *new_page(struct ui *ui, const char *title)
{
	struct help *h = xcalloc(1, sizeof(*h));
	h->o.ops = &help_ops;
	h->o.ui = ui;
	h->title = xstrdup(title);
	return h;
}

static void show(struct help *h)
{
	h->shown = xcalloc(h->n + 1, sizeof(*h->shown));
	apply_filter(h);
	ui_push(h->o.ui, &h->o);
}

void help_text(struct ui *ui, const char *title, const char *text)
{
	struct help *h = new_page(ui, title);
	add_text(h, text);
	show(h);
}

int help_open(struct ui *ui, const char *topic, struct err *e)
{
	const struct page *page = find_page(topic);
	const struct cmd *cmd = page == NULL ? cmd_find(&ui->app->commands, topic) : NULL;
	if (page == NULL && cmd == NULL)
		return no_such_topic(ui, topic, e);
	struct help *h = new_page(ui, page != NULL ? _(page->title) : cmd->name);
	if (page != NULL)
		page->fill(h);
	else
		add_command(h, cmd);
	show(h);
	return 0;
}
