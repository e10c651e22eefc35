/* guestlines: see guestlines.h. */
#include "core/guestlines.h"

static void show_part(struct guestlines *g)
{
	if (g->line.n == g->shown)
		return;
	if (!g->report->on_part) /* kiln has said something since: the line is told anew */
		g->shown = 0;
	report_part(g->report, "%s%s", g->shown == 0 ? "  | " : "", g->line.p + g->shown);
	g->shown = g->line.n;
}

static void end_line(struct guestlines *g)
{
	if (g->shown > 0 && g->report->on_part) {
		show_part(g);
		report_clear(g->report);
	} else {
		report_line(g->report, g->line.n > 0 ? "  | %s" : "  |", g->line.n > 0 ? g->line.p : "");
	}
	buf_clear(&g->line);
	g->shown = 0;
}

static void take(struct guestlines *g, char c)
{
	if (c == '\n')
		end_line(g);
	else
		buf_addc(&g->line, c);
}

/* Is c what is expected of the echo? It may come after other text on its line (a prompt that was late), not after a
 * line of something else. */
static bool is_echo(struct guestlines *g, char c)
{
	if (g->echo.n == 0)
		return false;
	if (c == g->echo.p[g->echoed]) {
		if (++g->echoed < g->echo.n)
			return true;
		buf_clear(&g->echo);
		g->echoed = 0;
		if (g->line.n > 0)
			end_line(g);
		return true;
	}
	for (size_t i = 0; i < g->echoed; i++)
		take(g, g->echo.p[i]);
	g->echoed = 0;
	if (c == '\n')
		buf_clear(&g->echo);
	else if (c == g->echo.p[0])
		return is_echo(g, c);
	return false;
}

void guestlines_feed(struct guestlines *g, const char *text, size_t n)
{
	if (g->report->quiet)
		return;
	for (size_t i = 0; i < n; i++)
		if (!is_echo(g, text[i]))
			take(g, text[i]);
	if (g->live)
		show_part(g);
}

void guestlines_typed(struct guestlines *g, const char *line)
{
	buf_clear(&g->line); /* the Enter has ended it on the terminal */
	g->report->on_part = false;
	g->shown = 0;
	buf_clear(&g->echo);
	buf_adds(&g->echo, line);
	g->echoed = 0;
}

void guestlines_done(struct guestlines *g)
{
	if (g->line.n > g->shown)
		end_line(g);
	buf_done(&g->line);
	buf_done(&g->echo);
}
