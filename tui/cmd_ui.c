/* cmd_ui: see cmd_ui.h. Handlers end their call first and act then, as acting may close what called them. */
#include "tui/cmd_ui.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "tui/help.h"
#include "tui/palette.h"
#include "tui/prompt.h"
#include "tui/ui_priv.h"

/* ---- panes ---- */

static void run_focus(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	struct err e = {0};
	if (ui_pane(ui, call->arg.v[0]) != NULL) {
		ui_focus(ui, call->arg.v[0]);
	} else {
		err_set(&e, ERR_USAGE, _("there is no pane `%s`"), call->arg.v[0]);
		struct buf b = {0};
		for (size_t i = 0; i < ui->n_panes; i++)
			buf_addf(&b, "%s%s", i > 0 ? ", " : "", ui->panes[i].ops->name);
		err_hint(&e, _("panes are: %s"), b.p);
		buf_done(&b);
	}
	cmd_done(call, &e);
}

static void run_step(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	layout_cycle(ui->layout, strcmp(call->cmd->name, "pane.next") == 0 ? 1 : -1);
	ui_touch(ui);
	cmd_done(call, NULL);
}

/* left, right, up, down as layout.h writes them; 0: none of them. */
static char direction(const char *word)
{
	static const char *const words[] = {"left", "right", "up", "down"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], word) == 0)
			return word[0];
	return 0;
}

static void run_move(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	layout_move(ui->layout, direction(strchr(call->cmd->name, '.') + 1));
	ui_touch(ui);
	cmd_done(call, NULL);
}

static void run_zoom(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	layout_zoom(ui->layout, !layout_zoomed(ui->layout));
	ui_touch(ui);
	cmd_done(call, NULL);
}

static void run_grow(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	struct err e = {0};
	char d = direction(call->arg.v[0]);
	long cells = call->arg.n > 1 ? strtol(call->arg.v[1], NULL, 10) : d == 'l' || d == 'r' ? 2 : 1;
	if (d == 0)
		err_set(&e, ERR_USAGE, _("pane.grow: `%s` is none of left, right, up, down"), call->arg.v[0]);
	else if (cells < 1 || cells > 500)
		err_set(&e, ERR_USAGE, _("pane.grow: the number of cells is from 1 to 500"));
	else if (layout_single(ui->layout))
		ui_say(ui, UI_INFO, "%s", _("one pane fills the screen: there is no border to move"));
	else
		layout_grow(ui->layout, d, (int)cells);
	ui_touch(ui);
	cmd_done(call, &e);
}

/* The first pane that is not to be seen now; NULL if all are. */
static const char *hidden_pane(struct ui *ui)
{
	for (size_t i = 0; i < ui->n_panes; i++)
		if (layout_rect(ui->layout, ui->panes[i].ops->name).rows == 0)
			return ui->panes[i].ops->name;
	return NULL;
}

static void run_split(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	struct err e = {0};
	bool beside = strcmp(call->arg.v[0], "beside") == 0;
	const char *pane = call->arg.n > 1 ? call->arg.v[1] : hidden_pane(ui);
	if (!beside && strcmp(call->arg.v[0], "below") != 0)
		err_set(&e, ERR_USAGE, _("pane.split: `%s` is neither beside nor below"), call->arg.v[0]);
	else if (pane == NULL)
		err_set(&e, ERR_USAGE, _("all panes are on the screen already"));
	else if (ui_pane(ui, pane) == NULL)
		err_set(&e, ERR_USAGE, _("there is no pane `%s`"), pane);
	else if (!layout_split(ui->layout, beside ? 'h' : 'v', pane))
		err_set(&e, ERR_USAGE, _("there is no room to split this pane"));
	ui_touch(ui);
	cmd_done(call, &e);
}

static void run_close(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	struct err e = {0};
	const char *pane = call->arg.n > 0 ? call->arg.v[0] : layout_focus(ui->layout);
	if (!layout_close(ui->layout, pane))
		err_set(&e, ERR_USAGE, _("`%s` is the last pane, or not on the screen"), pane);
	ui_touch(ui);
	cmd_done(call, &e);
}

/* Give keys to the focused pane as if no binding took them. */
static void run_key(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	struct pane *p = ui_focused_pane(ui);
	struct err e = {0};
	for (size_t i = 0; i < call->arg.n && p != NULL && p->ops->key != NULL; i++) {
		struct key k;
		if (key_parse(call->arg.v[i], strlen(call->arg.v[i]), &k, &e) < 0)
			break;
		if (p->ops->key(p, &k))
			pane_touch(p);
	}
	cmd_done(call, &e);
}

/* ---- layout ---- */

/* A layout may name panes that this kiln does not have: they go. */
static void drop_unknown(struct ui *ui, struct layout *l)
{
	const char *pane[32];
	size_t n = layout_panes(l, pane, ARRAY_LEN(pane));
	for (size_t i = 0; i < n; i++) {
		char *name = xstrdup(pane[i]);
		if (ui_pane(ui, name) == NULL && layout_close(l, name)) {
			n = layout_panes(l, pane, ARRAY_LEN(pane));
			i = (size_t)-1; /* the names have moved */
		}
		free(name);
	}
}

static void run_layout(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	struct err e = {0};
	if (call->arg.n == 0) {
		char *text = layout_text(ui->layout);
		ui_say(ui, UI_INFO, _("layout: %s"), text);
		free(text);
	} else {
		struct buf b = {0};
		for (size_t i = 0; i < call->arg.n; i++)
			buf_addf(&b, "%s%s", i > 0 ? " " : "", call->arg.v[i]);
		struct layout *l = layout_new(b.p, &e);
		if (l != NULL) {
			drop_unknown(ui, l);
			layout_free(ui->layout);
			ui->layout = l;
		}
		buf_done(&b);
	}
	ui_touch(ui);
	cmd_done(call, &e);
}

/* ---- help, prompt, palette ---- */

static void run_help(struct cmd_call *call)
{
	struct err e = {0};
	help_open(call->app->ui, call->arg.n > 0 ? call->arg.v[0] : "", &e);
	cmd_done(call, &e);
}

static void run_keys(struct cmd_call *call)
{
	struct err e = {0};
	help_open(call->app->ui, NULL, &e);
	cmd_done(call, &e);
}

static void run_keys_load(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	struct err e = {0};
	struct keymap *m = keymap_default();
	char *path = keymap_user_path();
	if (keymap_load_user(m, &ui->app->commands, &e) == 0) {
		keymap_free(ui->keymap);
		ui->keymap = m;
		if (fs_exists(path))
			ui_say(ui, UI_OK, _("keys are as in %s"), path);
		else
			ui_say(ui, UI_OK, _("there is no %s: keys are the default ones"), path);
	} else {
		free(e.hint);
		e.hint = xstrdup(_("the keys stay as they were; mend the file, then `keys.load`"));
		keymap_free(m);
	}
	free(path);
	ui_touch(ui);
	cmd_done(call, &e);
}

static void run_prompt(struct cmd_call *call)
{
	struct buf b = {0};
	for (size_t i = 0; i < call->arg.n; i++)
		buf_addf(&b, "%s ", call->arg.v[i]);
	prompt_command(call->app->ui, b.n > 0 ? b.p : "");
	buf_done(&b);
	cmd_done(call, NULL);
}

static void run_palette(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	bool menu = strcmp(call->cmd->name, "menu") == 0;
	cmd_done(call, NULL);
	if (menu)
		menu_open(ui);
	else
		palette_open(ui);
}

/* prompt.X and overlay.X mean X to the overlay on top. */
static void run_act(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	struct overlay *o = ui_modal(ui);
	struct buf what = {0};
	struct err e = {0};
	buf_adds(&what, strchr(call->cmd->name, '.') + 1);
	for (size_t i = 0; i < call->arg.n; i++)
		buf_addf(&what, " %s", call->arg.v[i]);
	if (o == NULL)
		err_set(&e, ERR_USAGE, _("%s: nothing is open that it could be for"), call->cmd->name);
	cmd_done(call, &e);
	if (o != NULL && o->ops->act != NULL)
		o->ops->act(o, what.p);
	buf_done(&what);
}

#define EDITS "left|right|word-left|word-right|home|end|erase|delete|erase-word|erase-start|erase-end|yank"

const struct cmd cmd_ui_rows[] = {
	{"pane.focus", "PANE", CMD_SCREEN, N_("go to a pane, showing it if need be"), NULL, NULL, run_focus},
	{"pane.next", "", CMD_SCREEN, N_("go to the next pane"), NULL, NULL, run_step},
	{"pane.previous", "", CMD_SCREEN, N_("go to the previous pane"), NULL, NULL, run_step},
	{"pane.left", "", CMD_SCREEN, N_("go to the pane on the left"), NULL, NULL, run_move},
	{"pane.right", "", CMD_SCREEN, N_("go to the pane on the right"), NULL, NULL, run_move},
	{"pane.up", "", CMD_SCREEN, N_("go to the pane above"), NULL, NULL, run_move},
	{"pane.down", "", CMD_SCREEN, N_("go to the pane below"), NULL, NULL, run_move},
	{"pane.zoom", "", CMD_SCREEN, N_("give the whole screen to this pane, or show all again"), NULL, NULL,
		run_zoom},
	{"pane.grow", "left|right|up|down [CELLS]", CMD_SCREEN, N_("move the pane's border by some cells"), NULL, NULL,
		run_grow},
	{"pane.split", "beside|below [PANE]", CMD_SCREEN, N_("divide this pane and show another one in the new part"),
		NULL, NULL, run_split},
	{"pane.close", "[PANE]", CMD_SCREEN, N_("take a pane off the screen"), NULL, NULL, run_close},
	{"pane.key", "KEY…", CMD_SCREEN, N_("give keys to the pane itself, past all bindings"), NULL, NULL, run_key},
	{"layout", "[LAYOUT…]", CMD_SCREEN, N_("arrange the panes: workbench, focus, lesson, or a layout written out"),
		N_("A layout is written like v58(h50(kconfig,source),h50(log|messages,console)): h puts two parts side "
		   "by side, "
		   "v above each other, the number is the first part's share in percent, a|b shows a and keeps b under "
		   "it. "
		   "`focus PANE` and `zoom` may follow. Without a name the present one is told. It is kept with the "
		   "lab."),
		NULL, run_layout},
	{"help", "[TOPIC]", CMD_SCREEN, N_("tell about kiln, a command, keys or settings"), NULL, NULL, run_help},
	{"keys", "", CMD_SCREEN, N_("show the keys that work here"), NULL, NULL, run_keys},
	{"keys.load", "", CMD_SCREEN, N_("read your key file again"), NULL, NULL, run_keys_load},
	{"prompt", "[TEXT…]", CMD_SCREEN, N_("type a command"), NULL, NULL, run_prompt},
	{"palette", "", CMD_SCREEN, N_("find a command by a few letters"), NULL, NULL, run_palette},
	{"menu", "", CMD_SCREEN, N_("choose from what one does most"), NULL, NULL, run_palette},
	{"prompt.accept", "", CMD_SCREEN, N_("take what is typed or chosen"), NULL, NULL, run_act},
	{"prompt.cancel", "", CMD_SCREEN, N_("leave without taking anything"), NULL, NULL, run_act},
	{"prompt.complete", "[back]", CMD_SCREEN, N_("complete the word, then go through what fits"), NULL, NULL,
		run_act},
	{"prompt.history", "back|forth|page-back|page-forth", CMD_SCREEN,
		N_("bring back an earlier line; in a list: move"), NULL, NULL, run_act},
	{"prompt.edit", EDITS, CMD_SCREEN, N_("move in the line or change it"), NULL, NULL, run_act},
	{"overlay.close", "", CMD_SCREEN, N_("close the page"), NULL, NULL, run_act},
	{"overlay.move", "up|down|page-up|page-down|top|bottom", CMD_SCREEN, N_("scroll the page"), NULL, NULL,
		run_act},
	{"overlay.search", "", CMD_SCREEN, N_("show only the lines with a text"), NULL, NULL, run_act},
};
const size_t cmd_ui_n = ARRAY_LEN(cmd_ui_rows);
