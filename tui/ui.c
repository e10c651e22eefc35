/* ui: see ui.h. Makes and frees the parts, and answers where things are; the loop is in ui_run.c, keys in ui_keys.c,
 * drawing in ui_draw.c, commands in ui_cmd.c, messages in ui_msg.c. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/str.h"
#include "tui/crash.h"
#include "tui/preflight.h"
#include "tui/screen.h"
#include "tui/spot.h"
#include "tui/theme.h"
#include "tui/ui_priv.h"
#include "tui/whichkey.h"

/* --- making --- */

static int open_panes(struct ui *ui, struct err *e)
{
	while (pane_table[ui->n_panes] != NULL)
		ui->n_panes++;
	ui->panes = xcalloc(ui->n_panes, sizeof(*ui->panes));
	for (size_t i = 0; i < ui->n_panes; i++) {
		ui->panes[i].ops = pane_table[i];
		ui->panes[i].ui = ui;
	}
	for (size_t i = 0; i < ui->n_panes; i++)
		if (ui->panes[i].ops->open(&ui->panes[i], e) < 0)
			return -1;
	return 0;
}

/* The file that keeps the lab's layout. Returns owned, or NULL without a lab. */
static char *layout_path(const struct ui *ui)
{
	return ui->app->lab.dir != NULL ? lab_path(&ui->app->lab, "out/layout") : NULL;
}

static void load_layout(struct ui *ui)
{
	struct err e = {0};
	char *path = layout_path(ui), *text = NULL;
	if (path != NULL && fs_exists(path) && (text = fs_read(path, NULL, &e)) != NULL)
		ui->layout = layout_new(str_trim(text), &e);
	if (err_is(&e))
		ui_error(ui, &e);
	if (ui->layout == NULL)
		ui->layout = layout_new("workbench", &e);
	assert(ui->layout != NULL);
	free(text);
	free(path);
}

static void save_layout(struct ui *ui)
{
	struct err ignored = {0};
	if (ui->app->lab.dir == NULL || ui->priv->read_only || ui->layout == NULL || ui->priv->script != NULL)
		return;
	char *path = layout_path(ui), *out = lab_path(&ui->app->lab, "out"), *text = layout_text(ui->layout);
	struct layout *first = layout_new("workbench", &ignored);
	char *as_first = layout_text(first);
	if (strcmp(text, as_first) != 0)
		fs_mkdirs(out, &ignored);
	if (fs_is_dir(out))
		fs_write_if_changed(path, text, strlen(text), 0644, &ignored);
	layout_free(first);
	free(as_first);
	err_done(&ignored);
	free(out);
	free(text);
	free(path);
}

static void load_keys(struct ui *ui)
{
	struct err e = {0};
	ui->keymap = keymap_default();
	if (keymap_load_user(ui->keymap, &ui->app->commands, &e) < 0)
		ui_error(ui, &e);
}

static void load_theme(struct ui *ui)
{
	const char *name = getenv("KILN_THEME");
	struct err e = {0};
	if ((name == NULL || *name == '\0') && ui->app->lab.dir != NULL)
		name = optset_text(&ui->app->lab.opts, OPT_SCREEN_THEME);
	if (name != NULL && *name != '\0' && strcmp(name, "default-dark") != 0)
		ui->theme = theme_load(name, &e);
	if (err_is(&e))
		ui_error(ui, &e);
	if (ui->theme == NULL)
		ui->theme = theme_default();
	screen_set_theme(ui->screen, ui->theme);
}

struct ui *ui_new(struct app *app, struct screen *screen, struct err *e)
{
	struct ui *ui = xcalloc(1, sizeof(*ui));
	ui->app = app;
	ui->screen = screen;
	ui->priv = xcalloc(1, sizeof(*ui->priv));
	ui->priv->preflight = preflight_new();
	ui->priv->dragging = -1;
	ui->priv->hover = -1;
	ui->priv->started_ns = uv_hrtime();
	app->ui = ui;
	app->commands.screen = true;
	load_theme(ui);
	load_keys(ui);
	load_layout(ui);
	whichkey_start(ui);
	if (open_panes(ui, e) == 0)
		return ui;
	ui_free(ui);
	return NULL;
}

void ui_free(struct ui *ui)
{
	while (ui->top != NULL)
		ui_pop(ui, ui->top);
	save_layout(ui);
	for (size_t i = 0; i < ui->n_panes; i++)
		if (ui->panes[i].ops->close != NULL)
			ui->panes[i].ops->close(&ui->panes[i]);
	free(ui->panes);
	spot_set(ui, NULL, NULL);
	free(ui->priv->spot);
	ui_messages_free(ui);
	if (ui->layout != NULL)
		layout_free(ui->layout);
	keymap_free(ui->keymap);
	theme_free(ui->theme);
	screen_close(ui->screen);
	for (size_t i = 0; i < ui->priv->n_span; i++)
		free(ui->priv->span[i].command);
	buf_done(&ui->priv->output);
	ui->app->ui = NULL;
	ui->app->commands.screen = false;
	preflight_free(ui->priv->preflight);
	free(ui->priv);
	free(ui);
}

/* --- panes --- */

struct pane *ui_pane(struct ui *ui, const char *name)
{
	for (size_t i = 0; i < ui->n_panes; i++)
		if (strcmp(ui->panes[i].ops->name, name) == 0)
			return &ui->panes[i];
	return NULL;
}

void ui_focus(struct ui *ui, const char *name)
{
	layout_set_focus(ui->layout, name);
	ui_touch(ui);
}

struct pane *ui_focused_pane(const struct ui *ui)
{
	const char *name = layout_focus(ui->layout);
	return name != NULL ? ui_pane((struct ui *)ui, name) : NULL;
}

bool ui_focused(const struct ui *ui, const struct pane *p)
{
	return ui_modal(ui) == NULL && ui_focused_pane(ui) == p;
}

/* --- overlays --- */

void ui_push(struct ui *ui, struct overlay *o)
{
	o->ui = ui;
	o->below = ui->top;
	ui->top = o;
	ui->priv->n_key = 0;
	ui_touch(ui);
}

void ui_pop(struct ui *ui, struct overlay *o)
{
	struct overlay **at = &ui->top;
	while (*at != NULL && *at != o)
		at = &(*at)->below;
	assert(*at == o);
	*at = o->below;
	o->ops->close(o);
	ui_touch(ui);
}

struct overlay *ui_modal(const struct ui *ui)
{
	for (struct overlay *o = ui->top; o != NULL; o = o->below)
		if (!o->ops->passive)
			return o;
	return NULL;
}

bool ui_asking(const struct ui *ui)
{
	return ui_modal(ui) != NULL;
}

/* --- what panes share --- */

void ui_lab_changed(struct ui *ui)
{
	struct pipeline *p = ui->app->pipeline;
	if (p != NULL && !pipeline_busy(p))
		pipeline_refresh(p);
	ui_note_state(ui);
	ui_touch(ui);
}

void ui_show_source(struct ui *ui, const char *file, int line, int col)
{
	char number[2][16];
	snprintf(number[0], sizeof(number[0]), "%d", line);
	snprintf(number[1], sizeof(number[1]), "%d", col);
	char *argv[] = {"source.show", (char *)file, number[0], number[1], NULL};
	char *words = strv_shell(argv);
	ui_command(ui, words);
	free(words);
}

void ui_copy(struct ui *ui, const char *text, size_t n)
{
	const struct lab *lab = &ui->app->lab;
	if (lab->dir != NULL && strcmp(optset_text(&lab->opts, OPT_SCREEN_CLIPBOARD), "no") == 0) {
		ui_say(ui, UI_WARNING, "%s", _("not copied: screen.clipboard = no forbids it"));
		return;
	}
	screen_clipboard(ui->screen, text, n);
	ui_say(ui, UI_OK, ngettext("copied %zu byte", "copied %zu bytes", n), n);
}

void ui_note_state(struct ui *ui)
{
	const struct pipeline *p = ui->app->pipeline;
	struct buf b = {0};
	buf_addf(&b, "lab: %s\n", ui->app->lab.dir != NULL ? ui->app->lab.dir : "none");
	for (int i = 0; p != NULL && i < STAGE_N; i++)
		buf_addf(&b, "%s: %s%s%s\n", p->stage[i].ops->name, pipeline_state_name(p->stage[i].state),
			p->stage[i].because != NULL ? ", " : "",
			p->stage[i].because != NULL ? p->stage[i].because : "");
	char *path = paths_state("crash.txt");
	crash_set_note(path, b.p);
	free(path);
	buf_done(&b);
}
