/* screen: see screen.h. One curses screen, drawn whole into stdscr; curses finds what changed. */
#include "tui/screen.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <nettle/base64.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

#include "core/i18n.h"
#include "tui/crash.h"
#include "tui/input.h"
#include "tui/theme.h"

#include "tui/direct.inc" /* direct_xterm, direct_tmux */

/* 1003 reports motion without a button too; terminals without it stay at 1002. */
#define MODES_ON  "\033[?2004h\033[?1002h\033[?1003h\033[?1006h"
#define MODES_OFF "\033[?1006l\033[?1003l\033[?1002l\033[?2004l"
#define READ_MAX  4096

struct screen {
	SCREEN *sp;
	FILE *in, *out; /* memory: /dev/null, ours to close */
	int fd;         /* what is read: the terminal opened once more; -1 in memory */
	bool memory, unicode, modes;
	int rows, cols;
	int colours;
	int cursor_y, cursor_x; /* -1: hidden */
	uint8_t *style;         /* rows * cols: style + 1 */
	struct screen_pen pen[STYLE_N];
	struct theme_look text; /* what an emulator's default colours are */
	struct input *input;
};

/* --- colours --- */

static const uint32_t ansi[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
	0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};

static uint32_t palette_rgb(int c)
{
	static const uint8_t level[6] = {0, 95, 135, 175, 215, 255};
	if (c < 16)
		return ansi[c];
	if (c >= 232)
		return (uint32_t)(8 + 10 * (c - 232)) * 0x010101;
	c -= 16;
	return (uint32_t)(level[c / 36] << 16 | level[c / 6 % 6] << 8 | level[c % 6]);
}

static int distance(uint32_t a, uint32_t b)
{
	int r = (int)(a >> 16 & 255) - (int)(b >> 16 & 255), g = (int)(a >> 8 & 255) - (int)(b >> 8 & 255),
	    l = (int)(a & 255) - (int)(b & 255);
	return 3 * r * r + 4 * g * g + 2 * l * l;
}

/* The palette entry in [from, to) nearest to a colour. */
static int nearest(uint32_t rgb, int from, int to)
{
	int best = from, least = distance(rgb, palette_rgb(from));
	for (int c = from + 1; c < to; c++) {
		int d = distance(rgb, palette_rgb(c));
		if (d < least) {
			least = d;
			best = c;
		}
	}
	return best;
}

/* A colour as this terminal can show it: -1, or an index, or RGB for direct colour. bold: it needs that to be bright.
 */
static int resolve(const struct screen *s, int32_t c, bool *bold)
{
	if (c < 0 || s->colours == 0)
		return -1;
	if (s->colours > 256) /* the first eight are the palette's there, the rest RGB */
		return c & THEME_RGB ? (c & 0xffffff) < 8 ? 8 : c & 0xffffff : c < 8 ? c : (int)palette_rgb(c);
	if (c & THEME_RGB)
		c = s->colours >= 256 ? nearest((uint32_t)c & 0xffffff, 16, 256)
				      : nearest((uint32_t)c & 0xffffff, 0, s->colours < 16 ? 8 : 16);
	else if (c >= s->colours && c >= 16)
		c = nearest(palette_rgb(c), 0, s->colours < 16 ? 8 : 16);
	if (c >= 8 && s->colours < 16) {
		*bold = true;
		c -= 8;
	}
	return c;
}

static unsigned curses_attrs(unsigned theme)
{
	attr_t a = 0;
	a |= theme & THEME_BOLD ? A_BOLD : 0;
	a |= theme & THEME_DIM ? A_DIM : 0;
	a |= theme & THEME_UNDERLINE ? A_UNDERLINE : 0;
	a |= theme & THEME_REVERSE ? A_REVERSE : 0;
	a |= theme & THEME_ITALIC ? A_ITALIC : 0;
	return (unsigned)a;
}

static struct screen_pen make_pen(const struct screen *s, int32_t fg, int32_t bg, unsigned attrs)
{
	struct screen_pen pen = {curses_attrs(attrs), 0};
	bool bold = false, ignored = false;
	int f = resolve(s, fg, &bold), b = resolve(s, bg, &ignored);
	if (bold)
		pen.attr |= (unsigned)A_BOLD;
	if (f >= 0 || b >= 0)
		pen.pair = alloc_pair(f, b);
	if (pen.pair < 0)
		pen.pair = 0;
	return pen;
}

void screen_set_theme(struct screen *s, const struct theme *t)
{
	for (int i = 0; i < STYLE_N; i++) {
		const struct theme_look *l = &t->look[i];
		if (s->colours == 0)
			s->pen[i] = make_pen(s, -1, -1, l->mono);
		else if (s->colours <= 16)
			s->pen[i] = make_pen(s, l->fg.poor, l->bg.poor, l->attrs);
		else
			s->pen[i] = make_pen(s, l->fg.rich, l->bg.rich, l->attrs);
	}
	s->text = t->look[STYLE_TEXT];
}

struct screen_pen screen_pen(const struct screen *s, enum style st)
{
	return s->pen[st];
}

struct screen_pen screen_pen_cell(const struct screen *s, int32_t fg, int32_t bg, unsigned theme_attrs)
{
	bool rich = s->colours > 16;
	if (fg < 0)
		fg = rich ? s->text.fg.rich : s->text.fg.poor;
	if (bg < 0)
		bg = rich ? s->text.bg.rich : s->text.bg.poor;
	return make_pen(s, fg, bg, theme_attrs);
}

/* --- opening and closing --- */

/* Send control bytes of our own, past curses. */
static void send_bytes(struct screen *s, const char *bytes)
{
	if (s->memory)
		return;
	fputs(bytes, s->out);
	fflush(s->out);
}

static void find_colours(struct screen *s)
{
	const char *no = getenv("NO_COLOR");
	s->colours = 0;
	if ((no != NULL && *no != '\0') || !has_colors() || start_color() == ERR)
		return;
	use_default_colors();
	s->colours = COLORS >= 1 << 24 ? 1 << 24 : COLORS >= 256 ? 256 : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
}

static void make_grid(struct screen *s)
{
	getmaxyx(stdscr, s->rows, s->cols);
	free(s->style);
	s->style = xcalloc((size_t)s->rows * (size_t)s->cols, 1);
	s->cursor_y = s->cursor_x = -1;
}

static void set_modes(struct screen *s)
{
	raw();
	noecho();
	nonl();
	leaveok(stdscr, FALSE);
	scrollok(stdscr, FALSE);
	curs_set(0);
	if (s->modes)
		send_bytes(s, MODES_ON);
}

/* A capability's text without its padding marks ($<5>). */
static void add_cap(struct buf *b, const char *name)
{
	const char *text = tigetstr(name);
	for (; text != NULL && text != (char *)-1 && *text != '\0'; text++) {
		if (text[0] == '$' && text[1] == '<')
			text += strcspn(text, ">");
		else
			buf_addc(b, *text);
	}
}

/* What a crash handler must write to leave the terminal as it was found. */
static void arm_crash(struct screen *s)
{
	static const char *const cap[] = {"sgr0", "op", "rmacs", "cnorm", "rmcup"};
	struct buf b = {0};
	buf_adds(&b, s->modes ? MODES_OFF : "");
	for (size_t i = 0; i < ARRAY_LEN(cap); i++)
		add_cap(&b, cap[i]);
	crash_arm_terminal(fileno(s->out), b.p, b.n);
	buf_done(&b);
}

static bool plain_terminal(const char *term)
{
	return term == NULL || *term == '\0' || strcmp(term, "dumb") == 0 || strcmp(term, "unknown") == 0;
}

/* Is there a description of this type? */
static bool known(const char *term)
{
	int err;
	if (setupterm(term, STDOUT_FILENO, &err) != OK)
		return false;
	del_curterm(cur_term);
	return true;
}

/* Our own description of a terminal that says it has direct colours, as a value of TERMINFO; NULL: none fits. *name is
 * its name. */
static const char *direct_description(const char *term, const char **name)
{
	const char *ct = getenv("COLORTERM"), *no = getenv("NO_COLOR");
	if (ct == NULL || (strcmp(ct, "truecolor") != 0 && strcmp(ct, "24bit") != 0) || (no != NULL && *no != '\0'))
		return NULL;
	if (str_starts(term, "xterm")) {
		*name = "kiln-xterm";
		return direct_xterm;
	}
	if (str_starts(term, "tmux") || str_starts(term, "screen")) {
		*name = "kiln-tmux";
		return direct_tmux;
	}
	return NULL;
}

/* newterm with TERMINFO set for the time of the call alone. */
static SCREEN *newterm_with(const char *terminfo, const char *name, struct screen *s)
{
	const char *old = getenv("TERMINFO");
	char *keep = old != NULL ? xstrdup(old) : NULL;
	setenv("TERMINFO", terminfo, 1);
	SCREEN *sp = known(name) ? newterm(name, s->out, s->in) : NULL;
	if (keep != NULL)
		setenv("TERMINFO", keep, 1);
	else
		unsetenv("TERMINFO");
	free(keep);
	return sp;
}

static struct screen *start(struct screen *s, const char *term, struct err *e)
{
	use_env(FALSE);
	use_tioctl(s->memory ? FALSE : TRUE);
	set_escdelay(25);
	const char *name, *direct = s->memory ? NULL : direct_description(term, &name);
	s->sp = direct != NULL ? newterm_with(direct, name, s) : NULL;
	if (s->sp == NULL && known(term))
		s->sp = newterm(term, s->out, s->in);
	if (s->sp != NULL)
		set_term(s->sp);
	if (s->sp == NULL || (!s->memory && tigetstr("cup") == NULL)) {
		err_set(e, ERR_WORLD, _("the terminal type `%s` cannot show a screen"), term);
		err_hint(e, _("set TERM to what your terminal is (xterm-256color?), or use kiln --plain"));
		return NULL;
	}
	s->unicode = i18n_utf8();
	find_colours(s);
	return s;
}

/* The loop makes what it polls non-blocking, and the terminal's own open file is shared with whoever started us: so it
 * gets one of its own. */
static int open_again(void)
{
	char name[256];
	int fd = ttyname_r(STDIN_FILENO, name, sizeof(name)) == 0 ? open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC) : -1;
	if (fd < 0)
		fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	return fd >= 0 ? fd : dup(STDIN_FILENO);
}

struct screen *screen_open(struct err *e)
{
	const char *term = getenv("TERM");
	if (plain_terminal(term)) {
		err_set(e, ERR_WORLD, _("the terminal (TERM=%s) cannot show a screen"), term != NULL ? term : "");
		err_hint(e, _("set TERM to what your terminal is (xterm-256color?), or use kiln --plain"));
		return NULL;
	}
	struct screen *s = xcalloc(1, sizeof(*s));
	s->in = stdin;
	s->out = stdout;
	s->input = input_new(term, i18n_utf8(), e);
	crash_arm_termios(STDIN_FILENO);
	if (s->input == NULL || start(s, term, e) == NULL) {
		input_free(s->input);
		free(s);
		return NULL;
	}
	char *mouse = tigetstr("kmous");
	s->modes = mouse != NULL && mouse != (char *)-1;
	arm_crash(s);
	set_modes(s);
	s->fd = open_again();
	screen_resize(s, 0, 0);
	make_grid(s);
	return s;
}

struct screen *screen_open_memory(int rows, int cols, struct err *e)
{
	struct screen *s = xcalloc(1, sizeof(*s));
	s->memory = true;
	s->fd = -1;
	s->in = fopen("/dev/null", "re");
	s->out = fopen("/dev/null", "we");
	s->input = input_new("xterm-256color", true, e);
	if (s->in == NULL || s->out == NULL || s->input == NULL || start(s, "xterm-256color", e) == NULL) {
		err_sys(e, errno, _("cannot make a screen in memory"));
		screen_close(s);
		return NULL;
	}
	set_modes(s);
	resize_term(rows, cols);
	make_grid(s);
	return s;
}

void screen_close(struct screen *s)
{
	if (s == NULL)
		return;
	if (s->sp != NULL) {
		if (s->modes)
			send_bytes(s, MODES_OFF);
		endwin();
		crash_disarm_terminal();
		delscreen(s->sp);
	}
	if (!s->memory && s->fd >= 0)
		close(s->fd);
	if (s->memory && s->in != NULL)
		fclose(s->in);
	if (s->memory && s->out != NULL)
		fclose(s->out);
	input_free(s->input);
	free(s->style);
	free(s);
}

void screen_suspend(struct screen *s)
{
	if (s->modes)
		send_bytes(s, MODES_OFF);
	endwin();
}

void screen_resume(struct screen *s)
{
	reset_prog_mode();
	set_modes(s);
	screen_redraw(s);
}

void screen_size(const struct screen *s, int *rows, int *cols)
{
	*rows = s->rows;
	*cols = s->cols;
}

bool screen_resize(struct screen *s, int rows, int cols)
{
	struct winsize w;
	if (!s->memory) {
		if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_row == 0 || w.ws_col == 0)
			return false;
		rows = w.ws_row;
		cols = w.ws_col;
	}
	if (rows == s->rows && cols == s->cols)
		return false;
	resize_term(rows, cols);
	make_grid(s);
	clearok(curscr, TRUE);
	return true;
}

int screen_colours(const struct screen *s)
{
	return s->colours;
}

bool screen_unicode(const struct screen *s)
{
	return s->unicode;
}

/* --- drawing --- */

void screen_begin(struct screen *s)
{
	attr_t text = (attr_t)s->pen[STYLE_TEXT].attr;
	cchar_t blank;
	setcchar(&blank, L" ", text, 0, &s->pen[STYLE_TEXT].pair);
	bkgrndset(&blank);
	erase();
	memset(s->style, STYLE_TEXT + 1, (size_t)s->rows * (size_t)s->cols);
	s->cursor_y = s->cursor_x = -1;
}

void screen_show(struct screen *s)
{
	bool shown = s->cursor_y >= 0;
	curs_set(shown ? 1 : 0);
	if (shown)
		move(s->cursor_y, s->cursor_x);
	refresh();
	fflush(s->out);
}

void screen_redraw(struct screen *s)
{
	(void)s;
	clearok(curscr, TRUE);
}

uint8_t *screen_style_at(struct screen *s, int y, int x)
{
	return &s->style[(size_t)y * (size_t)s->cols + (size_t)x];
}

void screen_place_cursor(struct screen *s, int y, int x)
{
	s->cursor_y = y;
	s->cursor_x = x;
}

void screen_cursor(const struct screen *s, int *y, int *x)
{
	*y = s->cursor_y;
	*x = s->cursor_x;
}

/* --- input --- */

int screen_fd(const struct screen *s)
{
	return s->memory ? -1 : s->fd;
}

int screen_read(struct screen *s)
{
	struct pollfd p = {.fd = screen_fd(s), .events = POLLIN};
	char bytes[READ_MAX];
	if (s->memory || poll(&p, 1, 0) <= 0)
		return 0;
	ssize_t n = read(p.fd, bytes, sizeof(bytes));
	if (n > 0)
		input_push(s->input, bytes, (size_t)n);
	return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)) ? 0 : -1;
}

bool screen_key(struct screen *s, struct key *k, bool force)
{
	return input_next(s->input, k, force);
}

int screen_key_wait(const struct screen *s)
{
	return input_wait(s->input);
}

void screen_feed(struct screen *s, const char *bytes, size_t n)
{
	input_push(s->input, bytes, n);
}

void screen_bell(struct screen *s)
{
	(void)s;
	beep();
}

/* --- what is shown --- */

/* only: the style (+ 1) whose cells are wanted, -1 for all. */
static void dump_row(struct buf *b, const struct screen *s, int y, int only)
{
	size_t begin = b->n;
	const uint8_t *row = &s->style[(size_t)y * (size_t)s->cols];
	for (int x = 0; x < s->cols; x++) {
		cchar_t c;
		wchar_t w[CCHARW_MAX + 1] = {0};
		attr_t attr;
		short pair;
		if (mvin_wch(y, x, &c) == ERR || getcchar(&c, w, &attr, &pair, NULL) == ERR)
			continue;
		bool wanted = only < 0 || (row[x] & ~STYLE_RIGHT_HALF) == only;
		for (int i = 0; w[i] != 0; i++) {
			char mb[MB_LEN_MAX];
			int n = wanted ? wctomb(mb, w[i]) : 0;
			buf_add(b, n > 0 ? mb : " ", n > 0 ? (size_t)n : 1);
		}
		if (x + 1 < s->cols && row[x + 1] & STYLE_RIGHT_HALF)
			x++;
	}
	while (b->n > begin && b->p[b->n - 1] == ' ')
		b->n--;
	buf_addc(b, '\n');
}

char *screen_dump(const struct screen *s)
{
	struct buf b = {0};
	for (int y = 0; y < s->rows; y++)
		dump_row(&b, s, y, -1);
	return buf_take(&b);
}

char *screen_dump_style(const struct screen *s, const char *style)
{
	struct buf b = {0};
	for (int y = 0; y < s->rows; y++)
		dump_row(&b, s, y, style_find(style) + 1);
	return buf_take(&b);
}

char *screen_dump_styles(const struct screen *s)
{
	struct buf b = {0};
	for (int y = 0; y < s->rows; y++) {
		const uint8_t *row = &s->style[(size_t)y * (size_t)s->cols];
		buf_addf(&b, "%d:", y);
		for (int x = 0, from; x < s->cols;) {
			const int style = row[x] & ~STYLE_RIGHT_HALF;
			for (from = x; x < s->cols && (row[x] & ~STYLE_RIGHT_HALF) == style;)
				x++;
			if (style != STYLE_TEXT + 1)
				buf_addf(&b, " %d-%d %s", from, x - 1,
					style == 0 ? "guest" : style_name((enum style)(style - 1)));
		}
		buf_addc(&b, '\n');
	}
	return buf_take(&b);
}

/* --- the clipboard --- */

void screen_clipboard(struct screen *s, const char *text, size_t n)
{
	size_t len = BASE64_ENCODE_RAW_LENGTH(n);
	char *coded = xmalloc(len + 1);
	base64_encode_raw(coded, n, (const uint8_t *)text);
	coded[len] = '\0';
	char *all = xasprintf("\033]52;c;%s\a", coded);
	send_bytes(s, all);
	free(all);
	free(coded);
}
