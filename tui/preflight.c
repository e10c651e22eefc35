/* preflight: see preflight.h. */
#include "tui/preflight.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/precheck_lab.h"
#include "tui/srcwatch.h"
#include "tui/ui_priv.h"

#define TOO_BIG (32 << 20) /* an archive that takes longer than a blink to look through */

struct preflight {
	uint64_t mark; /* what the verdict depends on, as it was */
	struct precheck c;
};

struct preflight *preflight_new(void)
{
	return xcalloc(1, sizeof(struct preflight));
}

void preflight_free(struct preflight *f)
{
	if (f != NULL)
		precheck_done(&f->c);
	free(f);
}

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
	for (const unsigned char *b = bytes; n > 0; n--)
		h = (h ^ *b++) * UINT64_C(1099511628211); /* FNV-1a */
	return h;
}

static uint64_t mix_file(uint64_t h, const char *path)
{
	struct stat st;
	if (path == NULL || stat(path, &st) < 0)
		return mix(h, "-", 1);
	h = mix(h, &st.st_mtim, sizeof(st.st_mtim));
	return mix(h, &st.st_size, sizeof(st.st_size));
}

static bool is_fresh(const struct pipeline *p, enum stage_id id)
{
	return p->stage[id].state == STATE_FRESH;
}

/* What of the lab counts now. */
static void choose(const struct pipeline *p, const struct precheck_lab *l, struct precheck_params *params)
{
	params->sources = l->sources;
	if (is_fresh(p, STAGE_INITRAMFS) && l->archive != NULL && fs_size(l->archive) < TOO_BIG)
		params->archive = l->archive;
	else if (is_fresh(p, STAGE_INIT))
		params->init = l->init;
}

static uint64_t mark_of(const struct precheck_params *p)
{
	const uint64_t sources = srcwatch_mark(p->sources);
	uint64_t h = mix(UINT64_C(14695981039346656037), &sources, sizeof(sources));
	h = mix_file(mix_file(mix_file(h, p->config), p->archive), p->init);
	h = mix(mix(h, p->sources, strlen(p->sources)), p->face, strlen(p->face));
	h = mix(mix(h, p->cmdline, strlen(p->cmdline)), &p->memory, sizeof(p->memory));
	return h != 0 ? h : 1;
}

const struct precheck_finding *preflight_worst(struct ui *ui)
{
	struct preflight *f = ui->priv->preflight;
	const struct pipeline *p = ui->app->pipeline;
	if (p != NULL && ui->priv->refreshed && !pipeline_busy(p)) {
		struct precheck_lab l;
		struct precheck_params params = {0};
		precheck_lab_init(&l, p, &params);
		choose(p, &l, &params);
		const uint64_t mark = mark_of(&params);
		if (mark != f->mark) {
			precheck_done(&f->c);
			precheck_lab_calls(&l, p, &params);
			precheck_run(&f->c, &params);
			f->mark = mark;
		}
		precheck_lab_done(&l);
	}
	return p != NULL && f->c.n > 0 && f->c.v[0].level >= PRE_RISK ? &f->c.v[0] : NULL;
}

/* --- the fix --- */

/* The finding to be mended: the worst that has a fix. */
static const struct precheck_finding *mendable(struct ui *ui)
{
	const struct precheck *c = preflight_worst(ui) != NULL ? &ui->priv->preflight->c : NULL;
	for (size_t i = 0; c != NULL && i < c->n && c->v[i].level >= PRE_RISK; i++)
		if (c->v[i].fix != NULL)
			return &c->v[i];
	return NULL;
}

static void on_answer(void *ctx, char key)
{
	struct ui *ui = ctx;
	const struct precheck_finding *f = key == 'y' ? mendable(ui) : NULL;
	char *line = f != NULL ? xstrdup(f->fix) : NULL;
	if (line != NULL)
		ui_command(ui, line);
	free(line);
}

static void run_fix(struct cmd_call *call)
{
	struct ui *ui = call->app->ui;
	struct err e = {0};
	const struct precheck_finding *worst = preflight_worst(ui), *f = mendable(ui);
	if (f != NULL) {
		char *question = xasprintf(_("%s\nDo `%s`?"), f->what, f->fix);
		ui_confirm(ui, question, "yn", on_answer, ui);
		free(question);
	} else if (worst != NULL) {
		err_set(&e, ERR_USAGE, _("no command mends this: %s"), worst->what);
		err_hint(&e, "%s", worst->next != NULL ? worst->next : "");
	} else {
		ui_say(ui, UI_OK, "%s", _("nothing known speaks against it: it would boot"));
	}
	cmd_done(call, &e);
	err_done(&e);
}

const struct cmd preflight_rows[] = {
	{"check.fix", "", CMD_SCREEN | CMD_LAB, N_("mend the worst of what would keep the lab from booting"), NULL,
		NULL, run_fix},
};
const size_t preflight_n = ARRAY_LEN(preflight_rows);
