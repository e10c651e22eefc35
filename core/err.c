/* err: see err.h. Owns the wording of how an error is shown, nothing else. */
#include "core/err.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"

static int set(struct err *e, enum err_code code, char *msg)
{
	if (e == NULL || e->msg != NULL) {
		free(msg);
		return -1;
	}
	e->code = code;
	e->msg = msg;
	return -1;
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *msg = xvasprintf(fmt, ap);
	va_end(ap);
	return set(e, code, msg);
}

int err_sys(struct err *e, int errnum, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *what = xvasprintf(fmt, ap);
	va_end(ap);
	char *msg = xasprintf("%s: %s", what, strerror(errnum));
	free(what);
	return set(e, ERR_WORLD, msg);
}

int err_at(struct err *e, const char *file, int line, int col, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *msg = xvasprintf(fmt, ap);
	va_end(ap);
	bool first = e != NULL && e->msg == NULL;
	set(e, ERR_INPUT, msg);
	if (first) {
		e->file = xstrdup(file);
		e->line = line;
		e->col = col;
	}
	return -1;
}

void err_hint(struct err *e, const char *fmt, ...)
{
	if (e == NULL || e->msg == NULL || e->hint != NULL)
		return;
	va_list ap;
	va_start(ap, fmt);
	e->hint = xvasprintf(fmt, ap);
	va_end(ap);
}

void err_evidence(struct err *e, const char *line)
{
	if (e == NULL || e->msg == NULL || e->evidence != NULL)
		return;
	e->evidence = xstrdup(line);
}

static void add_place(struct buf *b, const struct err *e)
{
	buf_adds(b, e->file);
	if (e->line > 0)
		buf_addf(b, ":%d", e->line);
	if (e->line > 0 && e->col > 0)
		buf_addf(b, ":%d", e->col);
	buf_adds(b, ": ");
}

char *err_text(const struct err *e)
{
	struct buf b = {0};
	if (e->file != NULL)
		add_place(&b, e);
	buf_adds(&b, e->msg != NULL ? e->msg : "");
	if (e->evidence != NULL)
		buf_addf(&b, "%s%s", _("\n  evidence: "), e->evidence);
	if (e->hint != NULL)
		buf_addf(&b, "%s%s", _("\n  next: "), e->hint);
	return buf_take(&b);
}

void err_print(const struct err *e, FILE *out)
{
	char *text = err_text(e);
	/* it may quote a file: what a terminal obeys is not passed on */
	for (char *p = text; *p != '\0'; p++)
		if (((unsigned char)*p < ' ' && *p != '\n' && *p != '\t') || *p == 0x7f)
			*p = '?';
	fprintf(out, "%s%s\n", e->file != NULL ? "" : "kiln: ", text);
	free(text);
}

int err_status(const struct err *e)
{
	switch (e->code) {
	case ERR_NONE:
		return 0;
	case ERR_WORLD:
	case ERR_INPUT:
		return 1;
	case ERR_USAGE:
		return 2;
	case ERR_PANIC:
		return 3;
	case ERR_GUEST:
		return 4;
	case ERR_TIMEOUT:
		return 5;
	case ERR_CANCELLED:
		return 130;
	}
	return 1;
}

void err_move(struct err *dst, struct err *src)
{
	if (dst == src)
		return;
	if (dst == NULL || dst->msg != NULL) {
		err_done(src);
		return;
	}
	*dst = *src;
	memset(src, 0, sizeof(*src));
}

void err_done(struct err *e)
{
	free(e->msg);
	free(e->evidence);
	free(e->hint);
	free(e->file);
	memset(e, 0, sizeof(*e));
}
