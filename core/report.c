/* report: see report.h. */
#include "core/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "core/i18n.h"
#include "core/log.h"
#include "core/pipeline.h"
#include "core/str.h"

void report_init(struct report *r, FILE *out, bool quiet, bool verbose)
{
	const char *term = getenv("TERM");
	memset(r, 0, sizeof(*r));
	r->out = out;
	r->quiet = quiet;
	r->verbose = verbose;
	r->live = !quiet && isatty(fileno(out)) && term != NULL && strcmp(term, "dumb") != 0;
}

void report_clear(struct report *r)
{
	if (r->sink != NULL)
		return;
	if (r->on_live_line)
		fputs("\r\033[K", r->out);
	if (r->on_part)
		fputc('\n', r->out);
	r->on_live_line = r->on_part = false;
	fflush(r->out);
}

void report_part(struct report *r, const char *fmt, ...)
{
	va_list ap;
	if (!r->on_part)
		report_clear(r);
	va_start(ap, fmt);
	vfprintf(r->out, fmt, ap);
	va_end(ap);
	fflush(r->out);
	r->on_part = true;
}

void report_line(struct report *r, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (r->sink != NULL) {
		char *line = xvasprintf(fmt, ap);
		va_end(ap);
		r->sink(r->sink_ctx, line);
		free(line);
		return;
	}
	report_clear(r);
	vfprintf(r->out, fmt, ap);
	va_end(ap);
	fputc('\n', r->out);
	fflush(r->out);
}

void report_size(int64_t size, char *buf, size_t n)
{
	char *text = str_commas((unsigned long long)(size > 0 ? size : 0));
	snprintf(buf, n, _("%s bytes"), text);
	free(text);
}

static void show_live(struct report *r, const char *label, const struct progress *p)
{
	char text[64];
	progress_text(p, text, sizeof(text));
	fprintf(r->out, "\r\033[K%-9s  %s  %.40s", label, text, p->what);
	fflush(r->out);
	r->on_live_line = true;
}

/* Into a pipe: a line for each tenth of a job that takes more than some seconds. */
static void show_tenth(struct report *r, const char *label, const struct progress *p)
{
	unsigned tenth = p->total > 0 ? (unsigned)(p->done * 10 / p->total) : 0;
	char text[64];
	if (tenth <= r->last_tenth || tenth >= 10 || p->now_ns - p->started_ns < UINT64_C(4000000000))
		return;
	r->last_tenth = tenth;
	progress_text(p, text, sizeof(text));
	report_line(r, "%-9s  %s", label, text);
}

void report_progress(struct report *r, const char *label, const struct progress *p)
{
	uint64_t now = uv_hrtime();
	if (r->quiet || r->sink != NULL)
		return;
	if (!r->live) {
		show_tenth(r, label, p);
	} else if (now - r->last_ns > UINT64_C(100000000)) {
		r->last_ns = now;
		show_live(r, label, p);
	}
}

static void on_progress(void *ctx, const struct progress *p)
{
	struct report *r = ctx;
	report_progress(r, pipeline_stage_ops(r->pipeline->running)->name, p);
}

/* The line as the log has it, where escapes are gone. */
static void on_line(void *ctx, enum stage_id id, const char *line, size_t n, bool is_err)
{
	struct report *r = ctx;
	const struct log *log = r->pipeline->log;
	(void)id, (void)line, (void)n, (void)is_err;
	struct log_line l = log_get(log, log_count(log) - 1);
	bool ours = l.n > 6 && memcmp(l.text, "kiln: ", 6) == 0;
	if (r->verbose || (!r->quiet && (ours || l.severity == LOG_WARNING)))
		report_line(r, "           %.*s", (int)l.n, l.text);
}

static void on_stage(void *ctx, enum stage_id id)
{
	struct report *r = ctx;
	const struct stage *s = &r->pipeline->stage[id];
	char size[48] = "", clock[16];
	r->last_tenth = 0;
	if (s->state == STATE_RUNNING && !r->quiet)
		report_line(r, "%-9s  %s …", s->ops->name, _(s->ops->help));
	if (s->state != STATE_FRESH || r->quiet)
		return;
	if (s->size >= 0)
		report_size(s->size, size, sizeof(size));
	progress_clock(s->seconds, clock, sizeof(clock));
	report_line(r, _("%-9s  done in %s%s%s"), s->ops->name, clock, size[0] != '\0' ? ", " : "", size);
}

void report_attach(struct report *r, struct pipeline *p)
{
	r->pipeline = p;
	p->watch = (struct pipeline_watch){.stage = on_stage, .progress = on_progress, .line = on_line, .ctx = r};
}
