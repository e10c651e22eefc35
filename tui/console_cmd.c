/* console_cmd: the commands of the console pane. `run` (the pipeline's boot stage) starts the machine; these move the
 * one that runs, and the view on its terminal. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "tui/console.h"

static struct console *console_of(const struct cmd_call *call)
{
	return ui_pane(call->app->ui, "console")->state;
}

static void end(struct cmd_call *call, struct err *e)
{
	cmd_done(call, e);
	err_done(e);
}

/* For a command that needs the machine. */
static void with_vm(struct cmd_call *call, void (*fn)(struct vm *v))
{
	struct console *c = console_of(call);
	struct err e = {0};
	if (c->vm != NULL) {
		fn(c->vm);
	} else {
		err_set(&e, ERR_WORLD, "%s", _("no machine is running"));
		err_hint(&e, "%s", _("`run` builds what is missing and boots one"));
	}
	end(call, &e);
}

static void toggle_pause(struct vm *v)
{
	if (vm_state(v) == VM_PAUSED)
		vm_resume(v);
	else
		vm_pause(v);
}

static void run_pause(struct cmd_call *call)
{
	with_vm(call, toggle_pause);
}

static void run_resume(struct cmd_call *call)
{
	with_vm(call, vm_resume);
}

static void run_reset(struct cmd_call *call)
{
	with_vm(call, vm_reset);
}

static void run_power_off(struct cmd_call *call)
{
	with_vm(call, vm_powerdown);
}

static void run_kill(struct cmd_call *call)
{
	with_vm(call, vm_kill);
}

/* Type what tells a guest with stty its terminal's size. */
static void run_resize(struct cmd_call *call)
{
	struct console *c = console_of(call);
	struct err e = {0};
	char line[64];
	if (c->vm == NULL) {
		err_set(&e, ERR_WORLD, "%s", _("no machine is running"));
	} else if (c->face == VM_VGA) {
		err_set(&e, ERR_WORLD, _("the VGA text screen is always %dx%d"), VM_VGA_COLS, VM_VGA_ROWS);
	} else {
		int n = snprintf(line, sizeof(line), "stty rows %d cols %d\r", c->pane->rows, c->pane->cols);
		console_vm_type(c, line, (size_t)n);
	}
	end(call, &e);
}

static void run_record(struct cmd_call *call)
{
	struct err e = {0};
	console_rec_toggle(console_of(call), &e);
	end(call, &e);
}

static void run_copy(struct cmd_call *call)
{
	struct err none = {0};
	console_copy(console_of(call));
	end(call, &none);
}

static void run_view(struct cmd_call *call)
{
	struct console *c = console_of(call);
	struct err none = {0};
	ui_focus(call->app->ui, "console");
	console_view(c, true);
	end(call, &none);
}

static void run_live(struct cmd_call *call)
{
	struct err none = {0};
	console_view(console_of(call), false);
	end(call, &none);
}

static void run_mark(struct cmd_call *call)
{
	struct console *c = console_of(call);
	struct err none = {0};
	if (c->vt != NULL) {
		console_view(c, true);
		c->marking = !c->marking;
		if (c->marking)
			vt_select_begin(c->vt, c->vy, c->vx);
		else
			vt_select_none(c->vt);
		pane_touch(c->pane);
	}
	end(call, &none);
}

/* Where `console.scroll` goes: rows and columns, in pages where `page` is set. */
static const struct {
	const char *name;
	int dy, dx;
	bool page;
} direction[] = {
	{"up", -1, 0, false},
	{"down", 1, 0, false},
	{"left", 0, -1, false},
	{"right", 0, 1, false},
	{"page-up", -1, 0, true},
	{"page-down", 1, 0, true},
	{"top", -1000000, 0, false},
	{"bottom", 1000000, 0, false},
};

static void run_scroll(struct cmd_call *call)
{
	struct console *c = console_of(call);
	struct err e = {0};
	size_t i = 0;
	while (i < ARRAY_LEN(direction) && strcmp(direction[i].name, call->arg.v[0]) != 0)
		i++;
	if (i == ARRAY_LEN(direction)) {
		err_set(&e, ERR_USAGE, _("console.scroll: there is no way `%s`"), call->arg.v[0]);
		err_hint(&e, "up down left right page-up page-down top bottom");
	} else if (c->vt != NULL) {
		console_view(c, true);
		console_move(c, direction[i].dy * (direction[i].page ? c->pane->rows : 1), direction[i].dx);
	}
	end(call, &e);
}

/* --- search --- */

static void search(struct console *c, const char *pattern, int dir, struct err *e)
{
	if (c->vt == NULL)
		return;
	console_view(c, true);
	int n = vt_search(c->vt, pattern, dir, e);
	if (n == 0)
		ui_say(c->pane->ui, UI_WARNING, _("not found: %s"), pattern);
	else if (n > 0)
		ui_say(c->pane->ui, UI_INFO, ngettext("%d match", "%d matches", (unsigned long)n), n);
	pane_touch(c->pane);
}

static void on_pattern(void *ctx, const char *text)
{
	struct console *c = ctx;
	struct err e = {0};
	if (text != NULL && text[0] != '\0') {
		free(c->pattern);
		c->pattern = xstrdup(text);
		search(c, c->pattern, -1, &e);
	}
	if (err_is(&e))
		ui_error(c->pane->ui, &e);
}

static void run_search(struct cmd_call *call)
{
	struct console *c = console_of(call);
	struct err e = {0};
	if (call->arg.n > 0) {
		free(c->pattern);
		c->pattern = xstrdup(call->arg.v[0]);
		search(c, c->pattern, -1, &e);
	} else {
		ui_prompt(call->app->ui,
			&(struct ui_prompt){
				.label = _("search the console: "), .history = "search", .done = on_pattern, .ctx = c});
	}
	end(call, &e);
}

static void again(struct cmd_call *call, int dir)
{
	struct console *c = console_of(call);
	struct err e = {0};
	if (c->pattern == NULL)
		err_set(&e, ERR_USAGE, "%s", _("nothing has been searched for yet"));
	else
		search(c, c->pattern, dir, &e);
	end(call, &e);
}

static void run_next(struct cmd_call *call)
{
	again(call, -1);
}

static void run_previous(struct cmd_call *call)
{
	again(call, 1);
}

const struct cmd console_commands[CONSOLE_COMMANDS] = {
	{"console.pause", "", CMD_SCREEN, N_("stop the machine's clock, or let it run again"), NULL, NULL, run_pause},
	{"console.resume", "", CMD_SCREEN, N_("let a paused machine run on"), NULL, NULL, run_resume},
	{"console.reset", "", CMD_SCREEN, N_("press the machine's reset button"), NULL, NULL, run_reset},
	{"console.power-off", "", CMD_SCREEN, N_("press the power button (a guest without ACPI ignores it)"), NULL,
		NULL, run_power_off},
	{"console.kill", "", CMD_SCREEN, N_("end the machine at once"), NULL, NULL, run_kill},
	{"console.resize", "", CMD_SCREEN, N_("type `stty rows R cols C` with the pane's size"), NULL, NULL,
		run_resize},
	{"console.record", "", CMD_SCREEN, N_("begin or end recording what the guest prints in out/console-DATE.log"),
		NULL, NULL, run_record},
	{"console.view", "", CMD_SCREEN, N_("look around in what the guest has printed; keys no longer go to it"), NULL,
		NULL, run_view},
	{"console.live", "", CMD_SCREEN, N_("back to the end; keys go to the machine again"), NULL, NULL, run_live},
	{"console.scroll", "WHERE", CMD_SCREEN,
		N_("move the view: up, down, page-up, page-down, top, bottom, left, right"), NULL, NULL, run_scroll},
	{"console.mark", "", CMD_SCREEN, N_("begin to mark text at the view's cursor, or give it up"), NULL, NULL,
		run_mark},
	{"console.copy", "", CMD_SCREEN, N_("copy what is marked, else what the console shows"), NULL, NULL, run_copy},
	{"console.search", "[PATTERN]", CMD_SCREEN, N_("search the console upwards"), NULL, NULL, run_search},
	{"console.next", "", CMD_SCREEN, N_("the next match, further up"), NULL, NULL, run_next},
	{"console.previous", "", CMD_SCREEN, N_("the match before, further down"), NULL, NULL, run_previous},
};
