/* logview: see logview.h. */
#include "tui/logview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/i18n.h"
#include "tui/draw.h"

#define PLACE_BACK 12   /* lines above the cursor that are searched for a place */
#define JUDGE_STEP 4096 /* lines judged between looks at the clock */

/* --- the log as a text to search --- */

static size_t source_first(const void *ctx)
{
	return log_first(ctx);
}

static size_t source_count(const void *ctx)
{
	return log_count(ctx);
}

static struct text_block to_text(const struct log_block *b)
{
	return (struct text_block){b->text, b->n, b->first, b->count, b->chunk};
}

static struct log_block to_log(const struct text_block *b)
{
	return (struct log_block){b->text, b->n, b->first, b->count, b->priv};
}

static struct text_block source_block(const void *ctx, size_t line)
{
	struct log_block b = log_block(ctx, line);
	return to_text(&b);
}

static size_t source_line_at(const struct text_block *b, size_t at)
{
	struct log_block l = to_log(b);
	return log_block_line(&l, at);
}

static size_t source_begin_of(const struct text_block *b, size_t line)
{
	struct log_block l = to_log(b);
	return log_block_at(&l, line);
}

static struct textsource source_of(const struct log *log)
{
	return (struct textsource){source_first, source_count, source_block, source_line_at, source_begin_of, log};
}

/* --- which lines are shown --- */

bool logview_filtered(const struct logview *v)
{
	return v->least > LOG_TEXT || v->filter != NULL;
}

/* Does a line pass, as far as severity goes? Command lines of kiln count as text. */
static bool severe(const struct logview *v, size_t line)
{
	const enum log_severity s = log_severity(v->log, line);
	return v->least == LOG_TEXT || s >= v->least;
}

static void show_line(struct logview *v, size_t line)
{
	if (v->n == v->cap) {
		v->cap = v->cap == 0 ? 1024 : v->cap * 2;
		v->index = xrealloc(v->index, v->cap * sizeof(*v->index));
	}
	v->index[v->n++] = (uint32_t)line;
}

/* Lines that the log has dropped are shown no more. */
static void forget(struct logview *v)
{
	const size_t first = log_first(v->log);
	while (v->head < v->n && v->index[v->head] < first)
		v->head++;
	if (v->judged < first)
		v->judged = first;
}

/* Index in v->index of the first shown line that is not before `line`. */
static size_t index_of(const struct logview *v, size_t line)
{
	size_t lo = v->head, hi = v->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (v->index[mid] < line)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static uint64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Judge lines up to `end`, or until the time is over. */
static void judge(struct logview *v, size_t end, uint64_t until)
{
	while (v->judged < end) {
		const size_t stop = end - v->judged > JUDGE_STEP ? v->judged + JUDGE_STEP : end;
		for (; v->judged < stop; v->judged++)
			if ((v->filter == NULL || textsearch_has(v->filter, v->judged)) && severe(v, v->judged))
				show_line(v, v->judged);
		if (until != 0 && now_us() >= until)
			return;
	}
}

/* One slice of making the index. Returns true while there is more to do. */
static bool step_filter(struct logview *v, unsigned us)
{
	const uint64_t until = us != 0 ? now_us() + us : 0;
	const size_t count = log_count(v->log);
	forget(v);
	if (v->judged >= count)
		return false;
	if (v->filter != NULL)
		textsearch_step(v->filter, us);
	judge(v, v->filter != NULL ? textsearch_frontier(v->filter) : count, until);
	if (v->anchor != SIZE_MAX && !v->view.follow)
		logview_goto(v, v->anchor);
	if (v->anchor != SIZE_MAX && v->judged > v->anchor)
		v->anchor = SIZE_MAX;
	return v->judged < count;
}

int logview_filter(struct logview *v, enum log_severity least, const char *pattern, struct err *e)
{
	const struct textsource src = source_of(v->log);
	struct textsearch *filter = NULL;
	const size_t line = logview_line(v);
	if (pattern != NULL && *pattern != '\0') {
		filter = textsearch_new(&src, pattern, log_first(v->log), e);
		if (filter == NULL)
			return -1;
	}
	textsearch_free(v->filter);
	v->filter = filter;
	v->least = least;
	v->head = v->n = 0;
	v->judged = log_first(v->log);
	v->view.select = SELECT_NONE;
	v->anchor = line;
	if (!logview_filtered(v) && line != SIZE_MAX)
		logview_goto(v, line);
	return 0;
}

/* --- search --- */

static bool shown(const struct logview *v, size_t line)
{
	if (!logview_filtered(v))
		return true;
	const size_t i = index_of(v, line);
	return i < v->n && v->index[i] == line;
}

/* The nearest shown match after or before a line, SIZE_MAX if none. */
static size_t shown_match(const struct logview *v, size_t line, int dir)
{
	do
		line = textsearch_next(v->search, line, dir);
	while (line != SIZE_MAX && !shown(v, line));
	return line;
}

/* Go to the first match at or after the origin, when it is known; going round when all is searched. */
static void seek(struct logview *v)
{
	size_t line = v->origin > 0 ? v->origin - 1 : 0;
	if (v->origin == 0 && textsearch_has(v->search, 0) && shown(v, 0))
		line = 0;
	else
		line = shown_match(v, line, 1);
	if (line == SIZE_MAX && textsearch_complete(v->search))
		line = shown_match(v, v->origin, -1);
	if (line == SIZE_MAX)
		return;
	v->seek = false;
	logview_goto(v, line);
	v->view.follow = false;
}

int logview_search(struct logview *v, const char *pattern, size_t from, struct err *e)
{
	const struct textsource src = source_of(v->log);
	struct textsearch *s = NULL;
	if (*pattern != '\0') {
		s = textsearch_new(&src, pattern, from, e);
		if (s == NULL)
			return -1;
	}
	textsearch_free(v->search);
	v->view.search = v->search = s;
	v->origin = from;
	v->seek = s != NULL;
	return 0;
}

bool logview_next(struct logview *v, int dir)
{
	if (v->search == NULL)
		return false;
	size_t line = logview_line(v);
	if (line == SIZE_MAX)
		return false;
	size_t to = shown_match(v, line, dir);
	if (to == SIZE_MAX && dir > 0)
		to = textsearch_has(v->search, 0) && shown(v, 0) ? 0 : shown_match(v, 0, 1);
	else if (to == SIZE_MAX)
		to = shown_match(v, log_count(v->log), -1);
	if (to == SIZE_MAX)
		return textsearch_has(v->search, line);
	v->seek = false;
	logview_goto(v, to);
	return true;
}

bool logview_next_severity(struct logview *v, int dir, enum log_severity least)
{
	size_t line = logview_line(v);
	if (line == SIZE_MAX)
		return false;
	do
		line = log_find_severity(v->log, line, dir, least);
	while (line != SIZE_MAX && !shown(v, line));
	if (line == SIZE_MAX)
		return false;
	logview_goto(v, line);
	return true;
}

bool logview_step(struct logview *v, unsigned us)
{
	bool more = logview_filtered(v) && step_filter(v, us);
	if (v->search == NULL)
		return more;
	more |= textsearch_step(v->search, us);
	if (v->seek)
		seek(v);
	if (v->seek && textsearch_complete(v->search) && !more)
		v->seek = false; /* it is nowhere */
	return more;
}

/* --- places --- */

size_t logview_line(const struct logview *v)
{
	if (!logview_filtered(v))
		return log_count(v->log) > log_first(v->log) ? v->view.cursor : SIZE_MAX;
	return v->view.cursor >= v->head && v->view.cursor < v->n ? v->index[v->view.cursor] : SIZE_MAX;
}

void logview_goto(struct logview *v, size_t line)
{
	if (!logview_filtered(v)) {
		textview_goto(&v->view, line);
		return;
	}
	size_t i = index_of(v, line);
	if (i > v->head && (i == v->n || v->index[i] != line))
		i--;
	textview_goto(&v->view, i);
}

size_t logview_place(const struct logview *v)
{
	size_t line = logview_line(v), first = log_first(v->log);
	if (line == SIZE_MAX)
		return SIZE_MAX;
	for (int i = 0; i < PLACE_BACK; i++, line--) {
		if (log_get(v->log, line).file != NULL)
			return line;
		if (line == first)
			break;
	}
	return SIZE_MAX;
}

/* --- how a line looks --- */

static enum style severity_style(enum log_severity s)
{
	static const enum style style[] = {
		STYLE_TEXT, STYLE_STEP, STYLE_COMMAND, STYLE_NOTE, STYLE_WARNING, STYLE_ERROR};
	return style[s];
}

static char severity_letter(enum log_severity s)
{
	return "   nWE"[s]; /* a command says so itself, by its $ */
}

/* What a tool's own colours mean among our styles: red errors, magenta warnings and so on. */
static enum style mark_style(uint8_t m)
{
	switch (m & LOG_MARK_COLOUR) {
	case 2:
		return STYLE_ERROR;
	case 3:
		return STYLE_OK;
	case 4:
	case 6:
		return STYLE_WARNING;
	case 5:
		return STYLE_LINK;
	case 7:
		return STYLE_NOTE;
	default:
		return m & LOG_MARK_BOLD ? STYLE_STRONG : m & LOG_MARK_UNDERLINE ? STYLE_LINK : STYLE_TEXT;
	}
}

static void add_span(struct textview_row *r, size_t from, size_t to, enum style style)
{
	if (from >= to || r->n_span == TEXTVIEW_SPANS)
		return;
	r->span[r->n_span].from = from;
	r->span[r->n_span].to = to;
	r->span[r->n_span++].style = style;
}

/* The file:line:col in the text stands out as something that can be followed. */
static void link_span(struct textview_row *r, const struct log_line *l)
{
	const char *at = l->n > 0 ? memmem(l->text, l->n, l->file, strlen(l->file)) : NULL;
	if (at == NULL)
		return;
	size_t from = (size_t)(at - l->text), to = from + strlen(l->file);
	while (to + 1 < l->n && l->text[to] == ':' && l->text[to + 1] >= '0' && l->text[to + 1] <= '9')
		for (to++; to < l->n && l->text[to] >= '0' && l->text[to] <= '9';)
			to++;
	add_span(r, from, to, STYLE_LINK);
}

static void row(void *ctx, size_t line, struct textview_row *r)
{
	const struct logview *v = ctx;
	const size_t number = logview_filtered(v) ? v->index[line] : line;
	const struct log_line l = log_get(v->log, number);
	r->text = l.text;
	r->n = l.n;
	r->style = severity_style(l.severity);
	r->gutter_style = l.severity >= LOG_WARNING ? r->style : STYLE_LINE_NUMBER;
	if (v->times)
		snprintf(r->gutter, sizeof(r->gutter), "%9.3f %c ", l.ms / 1000.0, severity_letter(l.severity));
	else
		snprintf(r->gutter, sizeof(r->gutter), "%c ", severity_letter(l.severity));
	if (number == v->spot) {
		r->gutter[strlen(r->gutter) - 1] = '>';
		r->gutter_style = STYLE_SPOTLIGHT;
	}
	if (l.n_mark > 0)
		r->style = STYLE_TEXT;
	for (size_t i = 0; i < l.n_mark; i++)
		add_span(r, l.mark[i].at, i + 1 < l.n_mark ? l.mark[i + 1].at : l.n, mark_style(l.mark[i].style));
	if (l.n_mark == 0 && l.file != NULL)
		link_span(r, &l);
}

static size_t view_first(void *ctx)
{
	const struct logview *v = ctx;
	return logview_filtered(v) ? v->head : log_first(v->log);
}

static size_t view_count(void *ctx)
{
	const struct logview *v = ctx;
	return logview_filtered(v) ? v->n - v->head : log_count(v->log) - log_first(v->log);
}

static size_t view_source_line(void *ctx, size_t line)
{
	const struct logview *v = ctx;
	return logview_filtered(v) ? v->index[line] : line;
}

static const struct textview_ops view_ops = {view_first, view_count, row, view_source_line};

void logview_init(struct logview *v, const struct log *log)
{
	memset(v, 0, sizeof(*v));
	v->log = log;
	v->anchor = v->spot = SIZE_MAX;
	v->view = (struct textview){.ops = &view_ops, .ctx = v, .gutter = 2, .follow = true, .can_follow = true};
}

void logview_done(struct logview *v)
{
	textsearch_free(v->search);
	textsearch_free(v->filter);
	free(v->index);
	memset(v, 0, sizeof(*v));
}

static void search_status(const struct logview *v, struct buf *out)
{
	const size_t hits = textsearch_hits(v->search), line = logview_line(v);
	const bool on = line != SIZE_MAX && textsearch_has(v->search, line);
	if (on)
		buf_addf(out, "%zu/", textsearch_rank(v->search, line) + 1);
	buf_addf(out, ngettext("%zu match", "%zu matches", hits), hits);
	buf_adds(out, textsearch_complete(v->search) ? "" : "…");
}

static const char *least_name(enum log_severity least)
{
	return least >= LOG_ERROR ? _("errors") : least >= LOG_WARNING ? _("warnings, errors") : _("no steps");
}

void logview_status(const struct logview *v, struct buf *out)
{
	if (v->search != NULL)
		search_status(v, out);
	if (v->least > LOG_TEXT)
		buf_addf(out, "%s%s", out->n > 0 ? "  " : "", least_name(v->least));
	if (v->filter != NULL)
		buf_addf(out, "%s%s %s", out->n > 0 ? "  " : "", _("only"), textsearch_pattern(v->filter));
	if (v->view.follow)
		buf_addf(out, "%s%s", out->n > 0 ? "  " : "", _("following"));
}
