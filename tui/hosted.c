/* hosted: see hosted.h. The child leads its own session (pty.h): a suspend by itself does nothing there, and one from
 * outside is undone by the next key. */
#include "tui/hosted.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/pty.h"
#include "tui/ui.h"
#include "tui/vt.h"

struct hosted {
	struct ui *ui;
	struct hosted_opts o;
	struct pty *pty; /* NULL once it is over */
	struct vt *vt;
	bool asked; /* hosted_kill was called */
	uv_timer_t timer;
};

static void on_reply(void *ctx, const char *b, size_t n)
{
	struct hosted *h = ctx;
	if (h->pty != NULL)
		pty_send(h->pty, b, n);
}

static void changed(struct hosted *h)
{
	if (h->o.on_change != NULL)
		h->o.on_change(h->o.ctx);
}

static void on_bytes(void *ctx, const char *bytes, size_t n)
{
	struct hosted *h = ctx;
	vt_feed(h->vt, bytes, n);
	changed(h);
}

static void on_exit_cb(void *ctx, int status, int sig)
{
	struct hosted *h = ctx;
	h->pty = NULL;
	uv_timer_stop(&h->timer);
	changed(h);
	if (h->o.on_exit != NULL)
		h->o.on_exit(h->o.ctx, status, sig);
}

struct hosted *hosted_start(struct ui *ui, const struct hosted_opts *o, struct err *e)
{
	static char *const env[] = {
		"TERM=xterm-256color", "COLORTERM=truecolor", "LINES", "COLUMNS", "TERMCAP", "TMUX", "STY", NULL};
	struct hosted *h = xcalloc(1, sizeof(*h));
	h->ui = ui;
	h->o = *o;
	h->o.argv = NULL;
	h->vt = vt_new(o->rows, o->cols, 1000, on_reply, h);
	const struct pty_opts p = {
		.argv = o->argv,
		.cwd = o->cwd,
		.env = env,
		.rows = (unsigned)(o->rows > 0 ? o->rows : 24),
		.cols = (unsigned)(o->cols > 0 ? o->cols : 80),
		.on_bytes = on_bytes,
		.on_exit = on_exit_cb,
		.ctx = h,
	};
	h->pty = pty_start(ui->app->loop, &p, e);
	if (h->pty == NULL) {
		vt_free(h->vt);
		free(h);
		return NULL;
	}
	uv_timer_init(ui->app->loop, &h->timer);
	uv_unref((uv_handle_t *)&h->timer);
	h->timer.data = h;
	return h;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void hosted_free(struct hosted *h)
{
	if (h == NULL)
		return;
	if (h->pty != NULL)
		pty_abandon(h->pty);
	vt_free(h->vt);
	uv_close((uv_handle_t *)&h->timer, on_closed);
}

void hosted_draw(struct hosted *h, const struct draw *d, bool focused)
{
	vt_draw(h->vt, d, focused);
}

/* Has something stopped it (SIGSTOP)? Read from /proc: libuv does not tell. */
static bool is_stopped(const struct hosted *h)
{
	char path[64], line[512];
	snprintf(path, sizeof(path), "/proc/%d/stat", pty_pid(h->pty));
	FILE *f = fopen(path, "re");
	bool got = f != NULL && fgets(line, sizeof(line), f) != NULL;
	const char *paren = got ? strrchr(line, ')') : NULL;
	if (f != NULL)
		fclose(f);
	return paren != NULL && paren[1] == ' ' && paren[2] == 'T';
}

bool hosted_key(struct hosted *h, const struct key *k)
{
	if (h->pty == NULL)
		return false;
	if (is_stopped(h)) {
		pty_kill(h->pty, SIGCONT);
		ui_say(h->ui, UI_INFO, "%s", _("the program was suspended; it goes on"));
	}
	vt_scroll_end(h->vt);
	return vt_key(h->vt, k);
}

bool hosted_mouse(struct hosted *h, const struct mouse *m)
{
	struct mouse at = *m;
	vt_at(h->vt, &at.y, &at.x);
	if (h->pty != NULL && vt_wants_mouse(h->vt))
		return vt_mouse(h->vt, &at);
	if (m->kind != MOUSE_WHEEL_UP && m->kind != MOUSE_WHEEL_DOWN)
		return false;
	vt_scroll(h->vt, m->kind == MOUSE_WHEEL_UP ? 3 : -3);
	changed(h);
	return true;
}

void hosted_resize(struct hosted *h, int rows, int cols)
{
	if (rows < 1 || cols < 1)
		return;
	vt_resize(h->vt, rows, cols);
	if (h->pty != NULL)
		pty_resize(h->pty, (unsigned)rows, (unsigned)cols);
}

static void on_patience(uv_timer_t *t)
{
	struct hosted *h = t->data;
	if (h->pty != NULL)
		pty_kill(h->pty, SIGKILL);
}

void hosted_kill(struct hosted *h)
{
	if (h->pty == NULL)
		return;
	pty_kill(h->pty, SIGCONT);
	pty_kill(h->pty, h->asked ? SIGKILL : SIGHUP);
	h->asked = true;
	uv_timer_start(&h->timer, on_patience, 2000, 0);
}

bool hosted_running(const struct hosted *h)
{
	return h->pty != NULL;
}

const char *hosted_title(const struct hosted *h)
{
	return vt_title(h->vt);
}

/* --- the user's editor --- */

/* Does this editor take +LINE before the file? */
static bool takes_line(const char *program)
{
	static const char *const known[] = {"nano", "vi", "vim", "nvim", "vim.tiny", "vim.basic", "emacs",
		"emacsclient", "joe", "mg", "ne", "micro", "kak", "mcedit", "jed", "zile", "pico", "ex", "view",
		"editor", "nano-tiny"};
	const char *slash = strrchr(program, '/'), *base = slash != NULL ? slash + 1 : program;
	size_t n = strcspn(base, " \t");
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strlen(known[i]) == n && strncmp(base, known[i], n) == 0)
			return true;
	return false;
}

/* $VISUAL, $EDITOR, or the first of our own that is installed. Returns owned, or NULL. */
static char *editor_command(void)
{
	static const char *const variable[] = {"VISUAL", "EDITOR"}, *const fallback[] = {"nano", "vi"};
	for (size_t i = 0; i < ARRAY_LEN(variable); i++) {
		const char *value = getenv(variable[i]);
		if (value != NULL && value[strspn(value, " \t")] != '\0')
			return xstrdup(value + strspn(value, " \t"));
	}
	for (size_t i = 0; i < ARRAY_LEN(fallback); i++) {
		char *path = fs_which(fallback[i]);
		if (path != NULL) {
			free(path);
			return xstrdup(fallback[i]);
		}
	}
	return NULL;
}

int hosted_editor(const char *file, int line, struct strv *argv, struct err *e)
{
	char *command = editor_command();
	if (command == NULL) {
		err_set(e, ERR_WORLD, "%s",
			_("there is no editor: VISUAL and EDITOR are not set, nano and vi are not installed"));
		err_hint(e, "apt-get install nano");
		return -1;
	}
	if (command[strcspn(command, "|&;<>()$`\\\"' \t\n*?[#~=%")] != '\0') {
		strv_add(argv, "sh"); /* words, quotes and more: as a shell reads them */
		strv_add(argv, "-c");
		strv_addf(argv, "exec %s \"$@\"", command);
	}
	strv_add(argv, command);
	if (line > 0 && takes_line(command))
		strv_addf(argv, "+%d", line);
	strv_add(argv, file);
	free(command);
	return 0;
}
