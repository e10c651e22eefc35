/* console_rec: the transcript of the console in out/console-DATE.log: what the guest printed, as text. The serial line
 * comes as a stream; the VGA screen as rows, of which those are new that the last look did not end with. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "tui/console.h"

void console_rec_close(struct console *c)
{
	if (c->record != NULL)
		fclose(c->record);
	c->record = NULL;
	free(c->record_path);
	c->record_path = NULL;
}

static int record_open(struct console *c, struct err *e)
{
	struct app *a = c->pane->ui->app;
	char date[32], *out;
	time_t now = time(NULL);
	struct tm tm;
	if (a->lab.dir == NULL)
		return err_set(e, ERR_WORLD, "%s", _("there is no lab to keep the recording in"));
	strftime(date, sizeof(date), "%Y%m%d-%H%M%S", localtime_r(&now, &tm));
	out = lab_path(&a->lab, "out");
	int r = fs_mkdirs(out, e);
	if (r == 0) {
		c->record_path = xasprintf("%s/console-%s.log", out, date);
		c->record = fopen(c->record_path, "ae");
		if (c->record == NULL)
			r = err_sys(e, errno, _("cannot record to %s"), c->record_path);
	}
	free(out);
	if (r < 0)
		console_rec_close(c);
	return r;
}

void console_rec_toggle(struct console *c, struct err *e)
{
	if (c->record != NULL) {
		ui_say(c->pane->ui, UI_OK, _("recorded: %s"), c->record_path);
		console_rec_close(c);
	} else if (record_open(c, e) == 0) {
		strv_done(&c->seen);
		ui_say(c->pane->ui, UI_INFO, _("recording the console to %s"), c->record_path);
	}
	pane_touch(c->pane);
}

void console_rec_text(struct console *c, const char *text, size_t n)
{
	struct err e = {0};
	if (c->record == NULL || n == 0)
		return;
	if (fwrite(text, 1, n, c->record) == n && fflush(c->record) == 0)
		return;
	err_sys(&e, errno, _("the recording stopped: %s"), c->record_path);
	ui_error(c->pane->ui, &e);
	console_rec_close(c);
}

/* By how many rows the screen has scrolled since: the seen rows from there on are the first rows now. */
static size_t scrolled_by(const struct strv *seen, const struct strv *rows)
{
	for (size_t k = 0; k < seen->n; k++) {
		size_t i = 0;
		while (k + i < seen->n && i < rows->n && strcmp(seen->v[k + i], rows->v[i]) == 0)
			i++;
		if (k + i == seen->n)
			return k;
	}
	return seen->n;
}

void console_rec_rows(struct console *c, const struct strv *rows, size_t cursor)
{
	if (c->record == NULL)
		return;
	size_t known = c->seen.n - scrolled_by(&c->seen, rows);
	strv_done(&c->seen);
	for (size_t i = 0; i < cursor && i < rows->n; i++) {
		strv_add(&c->seen, rows->v[i]);
		if (i >= known) {
			console_rec_text(c, rows->v[i], strlen(rows->v[i]));
			console_rec_text(c, "\n", 1);
		}
	}
}
