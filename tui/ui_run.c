/* ui_run: the screen on the libuv loop. Each turn, before the loop sleeps: keys that have come, the terminal's size,
 * the script's next steps, then one frame if anything shown has changed: at most 60 in a second for keys, which never
 * wait for a frame that others have caused, and 30 for all else. At rest no timer runs, so an idle kiln never wakes. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/str.h"
#include "tui/crash.h"
#include "tui/plain.h"
#include "tui/screen.h"
#include "tui/script.h"
#include "tui/ui_priv.h"

#define KEY_FRAME_NS UINT64_C(16000000)
#define FRAME_NS     UINT64_C(33000000)
#define QUIT_MS      4000 /* how long what is under way may take to stop */

static void read_keys(struct ui *ui, bool force)
{
	struct ui_private *v = ui->priv;
	struct key k;
	if (v->has_tty && screen_read(ui->screen) < 0) {
		ui->app->status = 128 + SIGHUP; /* the terminal is gone */
		uv_poll_stop(&v->tty);
		v->has_tty = false;
		ui_quit(ui);
		return;
	}
	while (screen_key(ui->screen, &k, force)) {
		ui_key(ui, &k);
		v->keyed = true;
	}
}

static void on_escape(uv_timer_t *t)
{
	read_keys(t->data, true);
}

static void watch_escape(struct ui *ui)
{
	int wait = screen_key_wait(ui->screen);
	if (wait >= 0 && !uv_is_active((uv_handle_t *)&ui->priv->escape))
		uv_timer_start(&ui->priv->escape, on_escape, (uint64_t)wait, 0);
	else if (wait < 0)
		uv_timer_stop(&ui->priv->escape);
}

static void on_frame(uv_timer_t *t)
{
	(void)t; /* the turn of the loop that it makes draws */
}

/* The clock of running jobs ticks once in a second. */
static void on_clock(uv_timer_t *t)
{
	ui_touch(t->data);
}

static void watch_clock(struct ui *ui)
{
	struct pipeline *p = ui->app->pipeline;
	bool busy = p != NULL && pipeline_busy(p);
	ui->progress = busy ? &p->progress : NULL;
	if (busy && !uv_is_active((uv_handle_t *)&ui->priv->clock))
		uv_timer_start(&ui->priv->clock, on_clock, 1000, 1000);
	else if (!busy)
		uv_timer_stop(&ui->priv->clock);
}

/* When the next frame may be drawn. */
static uint64_t next_frame(const struct ui_private *v)
{
	if (v->frames == 0 || v->script != NULL)
		return 0;
	uint64_t others = v->drawn_ns + FRAME_NS, keys = v->key_drawn_ns + KEY_FRAME_NS;
	return v->keyed && keys < others ? keys : others;
}

static void draw_if_changed(struct ui *ui)
{
	struct ui_private *v = ui->priv;
	uint64_t mark = ui_mark(ui), now = uv_hrtime(), next = next_frame(v);
	if (mark == v->drawn_mark && v->frames > 0) {
		v->keyed = false;
		return;
	}
	if (now < next) {
		if (v->keyed || !uv_is_active((uv_handle_t *)&v->frame))
			uv_timer_start(&v->frame, on_frame, (next - now) / 1000000 + 1, 0);
		return;
	}
	v->drawn_mark = mark;
	v->drawn_ns = now;
	if (v->keyed)
		v->key_drawn_ns = now;
	v->keyed = false;
	ui_draw(ui);
}

/* The states of the stages need file contents: they come after the first frame. */
static void refresh_once(struct ui *ui)
{
	if (ui->priv->refreshed || ui->priv->frames == 0)
		return;
	ui->priv->refreshed = true;
	if (ui->priv->has_tty)
		crash_start_guard();
	ui_lab_changed(ui);
	draw_if_changed(ui);
}

static bool may_end(const struct ui *ui)
{
	return ui->priv->quit && ui->priv->calls == NULL &&
	       !(ui->app->pipeline != NULL && pipeline_busy(ui->app->pipeline));
}

static void on_prepare(uv_prepare_t *h)
{
	struct ui *ui = h->data;
	read_keys(ui, false);
	watch_escape(ui);
	if (ui->priv->winch) {
		ui->priv->winch = false;
		screen_resize(ui->screen, 0, 0);
		ui_touch(ui);
	}
	ui_flush_output(ui);
	watch_clock(ui);
	draw_if_changed(ui);
	refresh_once(ui);
	if (ui->priv->script != NULL)
		script_step(ui);
	if (may_end(ui))
		uv_stop(ui->app->loop);
}

static void on_tty(uv_poll_t *p, int status, int events)
{
	(void)status, (void)events;
	read_keys(p->data, false);
}

/* Too slow to stop: leave at once; children follow by their death signal. */
static void on_late(uv_timer_t *t)
{
	struct ui *ui = t->data;
	screen_close(ui->screen);
	_exit(ui->app->status);
}

void ui_quit(struct ui *ui)
{
	if (ui->priv->quit)
		return;
	ui->priv->quit = true;
	for (struct ui_call *c = ui->priv->calls, *next; c != NULL; c = next) {
		next = c->next;
		if (c->call->cancel != NULL)
			c->call->cancel(c->call);
	}
	if (ui->app->pipeline != NULL && pipeline_busy(ui->app->pipeline))
		pipeline_cancel(ui->app->pipeline);
	uv_timer_start(&ui->priv->late, on_late, QUIT_MS, 0);
}

/* --- signals --- */

static void on_signal(uv_signal_t *s, int signum)
{
	struct ui *ui = s->data;
	if (signum == SIGWINCH) {
		ui->priv->winch = true;
	} else if (signum == SIGTSTP) {
		screen_suspend(ui->screen);
		kill(getpid(), SIGSTOP);
	} else {
		screen_resume(ui->screen);
		ui->priv->winch = true;
		ui_touch(ui);
	}
}

/* SIGINT, SIGTERM, SIGHUP, from cli.c. A second one does not wait. */
static void on_end_signal(struct app *app, int signum)
{
	struct ui *ui = app->ui;
	app->status = 128 + signum;
	if (ui->priv->quit) {
		screen_close(ui->screen);
		_exit(app->status);
	}
	ui_quit(ui);
}

/* --- pipeline --- */

static void on_stage(void *ctx, enum stage_id id)
{
	struct ui *ui = ctx;
	const struct stage *s = &ui->app->pipeline->stage[id];
	char clock[16];
	ui_note_state(ui);
	ui_touch(ui);
	if (s->state != STATE_FRESH)
		return;
	progress_clock(s->seconds, clock, sizeof(clock));
	char *size = s->size >= 0 ? str_commas((unsigned long long)s->size) : NULL;
	ui_say(ui, UI_OK, size != NULL ? _("%s is done in %s, %s bytes") : _("%s is done in %s"), s->ops->name, clock,
		size);
	free(size);
}

/* --- beginning and end --- */

static void start_handles(struct ui *ui)
{
	static const int signum[] = {SIGWINCH, SIGTSTP, SIGCONT};
	struct ui_private *v = ui->priv;
	uv_loop_t *loop = ui->app->loop;
	uv_prepare_init(loop, &v->prepare);
	uv_timer_init(loop, &v->frame);
	uv_timer_init(loop, &v->escape);
	uv_timer_init(loop, &v->clock);
	uv_timer_init(loop, &v->late);
	v->prepare.data = v->frame.data = v->escape.data = v->clock.data = v->late.data = ui;
	uv_prepare_start(&v->prepare, on_prepare);
	v->has_tty = screen_fd(ui->screen) >= 0;
	for (size_t i = 0; i < ARRAY_LEN(signum) && v->has_tty; i++) {
		uv_signal_init(loop, &v->signal[i]);
		v->signal[i].data = ui;
		uv_signal_start(&v->signal[i], on_signal, signum[i]);
	}
	if (v->has_tty) {
		uv_poll_init(loop, &v->tty, screen_fd(ui->screen));
		v->tty.data = ui;
		uv_poll_start(&v->tty, UV_READABLE | UV_DISCONNECT, on_tty);
	}
}

static void close_handle(uv_handle_t *h)
{
	if (h->loop != NULL && !uv_is_closing(h))
		uv_close(h, NULL);
}

/* A turn of the loop ends the closing of our handles, whose memory goes with ui. */
static void stop_handles(struct ui *ui)
{
	struct ui_private *v = ui->priv;
	close_handle((uv_handle_t *)&v->prepare);
	close_handle((uv_handle_t *)&v->frame);
	close_handle((uv_handle_t *)&v->escape);
	close_handle((uv_handle_t *)&v->clock);
	close_handle((uv_handle_t *)&v->late);
	close_handle((uv_handle_t *)&v->tty);
	for (size_t i = 0; i < ARRAY_LEN(v->signal); i++)
		close_handle((uv_handle_t *)&v->signal[i]);
	script_stop(ui);
	uv_run(ui->app->loop, UV_RUN_NOWAIT);
}

int ui_loop(struct ui *ui)
{
	struct app *app = ui->app;
	app->report.sink = ui_report_sink;
	app->report.sink_ctx = ui;
	app->on_signal = on_end_signal;
	if (app->pipeline != NULL)
		app->pipeline->watch = (struct pipeline_watch){.stage = on_stage, .ctx = ui};
	start_handles(ui);
	uv_run(app->loop, UV_RUN_DEFAULT);
	app->on_signal = NULL;
	app->report.sink = NULL;
	if (app->pipeline != NULL)
		memset(&app->pipeline->watch, 0, sizeof(app->pipeline->watch));
	stop_handles(ui);
	return app->status;
}

/* Open the lab, making one where there is none; held by another kiln: read-only, and *held says by whom. */
static int open_lab(struct app *app, struct err *held, struct err *e)
{
	char *dir = lab_locate(app->lab_arg), *conf = fs_join(dir, "kiln.conf");
	int r = fs_exists(conf) ? 0 : lab_create(dir, e);
	if (r == 0 && app_open_lab(app, true, held) < 0) {
		r = app_open_lab(app, false, e);
		if (r < 0)
			err_done(held);
	}
	free(conf);
	free(dir);
	return r;
}

static void on_enough(uv_timer_t *t)
{
	uv_stop(t->loop);
}

/* Programs that the panes have let go (an editor, a machine) are seen to their end, for at most QUIT_MS. */
static void reap(uv_loop_t *loop)
{
	uv_timer_t enough;
	uv_timer_init(loop, &enough);
	uv_timer_start(&enough, on_enough, QUIT_MS, 0);
	uv_unref((uv_handle_t *)&enough);
	uv_run(loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&enough, NULL);
	uv_run(loop, UV_RUN_NOWAIT);
}

/* Run a screen over the lab. Takes the screen. */
static int run_on(struct app *app, struct screen *screen, struct script *script, struct err *held)
{
	struct err e = {0};
	struct ui *ui = ui_new(app, screen, &e);
	if (ui == NULL) {
		err_print(&e, stderr);
		err_done(&e);
		return 1;
	}
	ui->priv->script = script;
	ui->priv->read_only = err_is(held);
	if (err_is(held)) {
		err_hint(held, "%s", _("it is open read-only here"));
		ui_error(ui, held);
	}
	ui_note_state(ui);
	int status = ui_loop(ui);
	ui_free(ui);
	reap(app->loop);
	return status;
}

static int fail(struct err *e)
{
	int status = err_status(e);
	err_print(e, stderr);
	err_done(e);
	return status;
}

static void make_state_dir(void)
{
	struct err ignored = {0};
	char *dir = paths_state("");
	fs_mkdirs(dir, &ignored);
	err_done(&ignored);
	free(dir);
}

/* Without a terminal: the script at this size; dumps go to standard output. */
static int run_script(struct app *app, const char *path, const char *size)
{
	struct err e = {0}, held = {0};
	int rows, cols, status = 1;
	struct script *script = script_load(path, &e);
	struct screen *screen = NULL;
	if (script != NULL && script_size(size, &rows, &cols, &e) == 0 && open_lab(app, &held, &e) == 0)
		screen = screen_open_memory(rows, cols, &e);
	if (screen != NULL)
		status = run_on(app, screen, script, &held);
	else
		status = fail(&e);
	if (script != NULL && script_free(script) != 0 && status == 0)
		status = 1;
	return status;
}

int ui_main(struct app *app)
{
	struct err e = {0}, held = {0};
	if (app->script != NULL)
		return run_script(app, app->script, app->size);
	if (open_lab(app, &held, &e) < 0)
		return fail(&e);
	struct screen *screen = app->plain ? NULL : screen_open(&e);
	if (err_is(&e)) {
		err_print(&e, stderr);
		err_done(&e);
	}
	if (screen == NULL)
		return plain_main(app, &held);
	make_state_dir();
	crash_install();
	return run_on(app, screen, NULL, &held);
}
