/* script: see script.h. A list of steps; script_step runs them until one has to wait for the loop. */
#include "tui/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"
#include "tui/screen.h"
#include "tui/ui_priv.h"

struct script {
	char *path, *text;
	char *next; /* the rest of the text */
	int line;   /* of the step in hand */
	char *step; /* the step in hand, words cut off as they are read */
	bool waiting, failed, ended;
	double timeout; /* seconds */
	uint64_t until_ns;
	uv_timer_t timer;
	bool has_timer;
	/* what is waited for */
	pcre2_code *pattern;
	bool gone; /* it must not be there */
};

struct script *script_load(const char *path, struct err *e)
{
	char *text = fs_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, NULL, e);
	if (text == NULL)
		return NULL;
	struct script *s = xcalloc(1, sizeof(*s));
	s->path = xstrdup(path);
	s->text = s->next = text;
	s->timeout = 60;
	return s;
}

int script_free(struct script *s)
{
	int bad = s->failed || !s->ended;
	if (s->pattern != NULL)
		pcre2_code_free(s->pattern);
	free(s->path);
	free(s->text);
	free(s);
	return bad;
}

int script_size(const char *text, int *rows, int *cols, struct err *e)
{
	char end;
	*cols = 80;
	*rows = 24;
	if (text == NULL)
		return 0;
	if (sscanf(text, "%dx%d%c", cols, rows, &end) == 2 && *cols > 0 && *cols <= 1000 && *rows > 0 && *rows <= 1000)
		return 0;
	err_set(e, ERR_USAGE, _("--size is COLSxROWS (80x24), each from 1 to 1000, not `%s`"), text);
	return -1;
}

/* --- failing --- */

static void fail(struct ui *ui, const char *why, const char *what)
{
	struct script *s = ui->priv->script;
	char *shown = screen_dump(ui->screen);
	fprintf(stderr, "%s:%d: %s%s%s\n", s->path, s->line, why, what != NULL ? ": " : "", what != NULL ? what : "");
	fprintf(stderr, "%s", shown);
	free(shown);
	s->failed = s->ended = true;
	s->waiting = false;
	ui->app->status = 1;
	ui_quit(ui);
}

/* --- words of a step --- */

static char *word(char **rest)
{
	*rest += strspn(*rest, " \t");
	if (**rest == '\0')
		return NULL;
	char *begin = *rest;
	*rest += strcspn(*rest, " \t");
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return begin;
}

static char *remaining(char **rest)
{
	*rest += strspn(*rest, " \t");
	return *rest;
}

static pcre2_code *compile(struct ui *ui, const char *pattern)
{
	int code;
	size_t at;
	pcre2_code *re = pcre2_compile(
		(PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_MULTILINE, &code, &at, NULL);
	if (re == NULL) {
		char text[128];
		pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof(text));
		fail(ui, "the pattern is no regular expression", text);
	}
	return re;
}

static bool matches(const pcre2_code *re, const char *text)
{
	pcre2_match_data *m = pcre2_match_data_create_from_pattern(re, NULL);
	int n = pcre2_match(re, (PCRE2_SPTR)text, strlen(text), 0, 0, m, NULL);
	pcre2_match_data_free(m);
	return n >= 0;
}

/* The screen as it is now, everything drawn. Returns owned. */
static char *shown(struct ui *ui)
{
	ui_draw(ui);
	return screen_dump(ui->screen);
}

/* --- steps --- */

static void do_key(struct ui *ui, char *rest)
{
	struct err e = {0};
	for (char *name; (name = word(&rest)) != NULL;) {
		struct key k;
		if (key_parse(name, strlen(name), &k, &e) < 0) {
			fail(ui, "key", e.msg);
			err_done(&e);
			return;
		}
		ui_key(ui, &k);
	}
}

/* Through the bytes that a terminal would send. */
static void do_type(struct ui *ui, char *rest)
{
	struct key k;
	const char *text = remaining(&rest);
	screen_feed(ui->screen, text, strlen(text));
	while (screen_key(ui->screen, &k, true))
		ui_key(ui, &k);
}

static void do_paste(struct ui *ui, char *rest)
{
	const char *text = remaining(&rest);
	const struct key k = {.code = K_PASTE, .text = text, .text_n = strlen(text)};
	ui_key(ui, &k);
}

static void do_mouse(struct ui *ui, char *rest)
{
	static const char *const kind[] = {[MOUSE_PRESS] = "press",
		[MOUSE_RELEASE] = "release",
		[MOUSE_DRAG] = "drag",
		[MOUSE_WHEEL_UP] = "wheel-up",
		[MOUSE_WHEEL_DOWN] = "wheel-down",
		[MOUSE_MOVE] = "move"};
	struct key k = {.code = K_MOUSE};
	char *name = word(&rest), *y = word(&rest), *x = word(&rest), *button = word(&rest);
	for (size_t i = 0; i < ARRAY_LEN(kind) && y != NULL && x != NULL; i++) {
		if (strcmp(kind[i], name) != 0)
			continue;
		k.mouse.kind = i;
		k.mouse.y = atoi(y);
		k.mouse.x = atoi(x);
		k.mouse.button = button != NULL ? atoi(button) : 1;
		k.mouse.clicks = 1;
		ui_key(ui, &k);
		return;
	}
	fail(ui, "mouse: press, release, drag, move, wheel-up or wheel-down, then row and column", NULL);
}

static void do_size(struct ui *ui, char *rest)
{
	struct err e = {0};
	int rows, cols;
	if (script_size(remaining(&rest), &rows, &cols, &e) < 0) {
		fail(ui, "size", e.msg);
		err_done(&e);
		return;
	}
	screen_resize(ui->screen, rows, cols);
	ui_touch(ui);
}

static void do_dump(struct ui *ui, char *rest)
{
	char *what = word(&rest), *text;
	int y, x;
	ui_draw(ui);
	screen_cursor(ui->screen, &y, &x);
	if (what == NULL)
		text = screen_dump(ui->screen);
	else if (strcmp(what, "styles") == 0)
		text = screen_dump_styles(ui->screen);
	else
		text = y < 0 ? xstrdup("cursor hidden\n") : xasprintf("cursor %d %d\n", y, x);
	fputs(text, stdout);
	fflush(stdout);
	free(text);
}

/* Do the cells in this style hold what matches? */
static void expect_style(struct ui *ui, const char *style, const char *pattern)
{
	pcre2_code *re = compile(ui, pattern);
	if (re == NULL)
		return;
	ui_draw(ui);
	char *text = screen_dump_style(ui->screen, style);
	if (!matches(re, text))
		fail(ui, "not there in this style", pattern);
	free(text);
	pcre2_code_free(re);
}

static void do_expect(struct ui *ui, char *rest)
{
	char *pattern = remaining(&rest);
	bool not = str_starts(pattern, "not ");
	if (str_starts(pattern, "style ")) {
		pattern += 6;
		char *style = word(&pattern);
		expect_style(ui, style != NULL ? style : "", remaining(&pattern));
		return;
	}
	pattern += not ? 4 : 0;
	pcre2_code *re = compile(ui, pattern);
	if (re == NULL)
		return;
	char *text = shown(ui);
	if (matches(re, text) == not )
		fail(ui, not ? "is on the screen" : "is not on the screen", pattern);
	free(text);
	pcre2_code_free(re);
}

static void on_timer(uv_timer_t *t)
{
	(void)t; /* the turn of the loop that it makes sees that time is up */
}

static void begin_wait(struct ui *ui, double seconds)
{
	struct script *s = ui->priv->script;
	s->waiting = true;
	s->until_ns = uv_hrtime() + (uint64_t)(seconds * 1e9);
	if (!s->has_timer) {
		uv_timer_init(ui->app->loop, &s->timer);
		s->has_timer = true;
	}
	uv_update_time(ui->app->loop);
	uv_timer_start(&s->timer, on_timer, (uint64_t)(seconds * 1000) + 1, 0);
}

static void do_wait(struct ui *ui, char *rest)
{
	struct script *s = ui->priv->script;
	char *what = word(&rest), *arg = remaining(&rest);
	if (what != NULL && strcmp(what, "idle") == 0) {
		begin_wait(ui, *arg != '\0' ? atof(arg) : s->timeout);
		return;
	}
	if (what == NULL || *arg == '\0' || (strcmp(what, "text") != 0 && strcmp(what, "gone") != 0)) {
		fail(ui, "wait: idle, text RE or gone RE", NULL);
		return;
	}
	s->pattern = compile(ui, arg);
	s->gone = *what == 'g';
	if (s->pattern != NULL)
		begin_wait(ui, s->timeout);
}

static void do_timeout(struct ui *ui, char *rest)
{
	double seconds = atof(remaining(&rest));
	if (seconds > 0 && seconds <= 3600)
		ui->priv->script->timeout = seconds;
	else
		fail(ui, "timeout: seconds from above 0 to 3600", NULL);
}

static void do_run(struct ui *ui, char *rest)
{
	ui_command(ui, remaining(&rest));
}

static const struct {
	const char *name;
	void (*run)(struct ui *ui, char *rest);
} steps[] = {
	{"key", do_key},
	{"type", do_type},
	{"paste", do_paste},
	{"mouse", do_mouse},
	{"size", do_size},
	{"run", do_run},
	{"wait", do_wait},
	{"timeout", do_timeout},
	{"expect", do_expect},
	{"dump", do_dump},
};

static void run_step(struct ui *ui, char *line)
{
	char *name = word(&line);
	if (name == NULL || name[0] == '#')
		return;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (strcmp(steps[i].name, name) == 0) {
			steps[i].run(ui, line);
			return;
		}
	fail(ui, "there is no such step", name);
}

/* Is what the script waits for there? Gives up when time is over. */
static bool may_go_on(struct ui *ui)
{
	struct script *s = ui->priv->script;
	bool met = s->pattern == NULL && ui_idle(ui);
	if (s->pattern != NULL) {
		char *text = shown(ui);
		met = matches(s->pattern, text) != s->gone;
		free(text);
	}
	bool late = !met && uv_hrtime() >= s->until_ns;
	if (!met && !late)
		return false;
	if (s->pattern != NULL)
		pcre2_code_free(s->pattern);
	s->pattern = NULL;
	s->waiting = false;
	uv_timer_stop(&s->timer);
	if (late)
		fail(ui, "waited in vain", NULL);
	return met;
}

static char *next_line(struct script *s)
{
	if (*s->next == '\0')
		return NULL;
	char *line = s->next;
	s->next += strcspn(s->next, "\n");
	if (*s->next != '\0')
		*s->next++ = '\0';
	s->line++;
	return line;
}

void script_step(struct ui *ui)
{
	struct script *s = ui->priv->script;
	if (!ui->priv->refreshed)
		return;
	while (!s->ended && (!s->waiting || may_go_on(ui))) {
		char *line = next_line(s);
		if (line == NULL) {
			s->ended = true;
			ui_quit(ui);
		} else {
			run_step(ui, line);
		}
	}
}

void script_stop(struct ui *ui)
{
	struct script *s = ui->priv->script;
	if (s != NULL && s->has_timer)
		uv_close((uv_handle_t *)&s->timer, NULL);
}
