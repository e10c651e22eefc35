/* ws_code: the instructions of a program with the system calls they make, and beside them (below them on a narrow
 * screen) the source they were made of; the line of the instruction under the cursor is shown, and clicking a line of
 * source goes to its first instruction. One program with its source, or two programs. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "tui/workshop.h"

enum { WIDE = 108 }; /* columns from which the source stands beside the code */

/* --- instructions --- */

static void add_insn(struct workshop *w, struct ws_program *p, size_t i)
{
	const struct disasm_insn *in = &p->code.d.v[i];
	char *call = disasm_call_text(in, ws_table(w));
	struct buf b = {0};
	buf_addf(&b, "%8" PRIx64 "  ", in->addr);
	const size_t from = b.n;
	buf_adds(&b, in->text);
	const size_t to = b.n;
	if (call != NULL)
		buf_addf(&b, "%*s; %s", (int)(to - from < 24 ? 24 - (to - from) : 1), "", call);
	struct ws_line *l = ws_list_add(&p->insn, STYLE_TEXT, buf_take(&b), NULL);
	const size_t name = strcspn(l->text + from, " ");
	l->number = i;
	ws_span(l, 0, 8, STYLE_LINE_NUMBER);
	ws_span(l, from, from + name < to ? from + name : to, STYLE_SYN_KEYWORD);
	ws_span(l, to, strlen(l->text), STYLE_NOTE);
	free(call);
}

void ws_code_fill(struct workshop *w, struct ws_program *p)
{
	const struct disasm *d = &p->code.d;
	const size_t cursor = p->insn.view.cursor;
	ws_list_clear(&p->insn);
	for (size_t i = 0; i < d->n; i++) {
		const char *name = codeview_symbol(&p->code, d->v[i].addr);
		if (name != NULL)
			ws_list_add(&p->insn, STYLE_SYN_LABEL, xasprintf("%s:", name), name)->number = i;
		add_insn(w, p, i);
	}
	p->insn.view.cursor = cursor;
	free(p->insn.empty);
	p->insn.empty = xstrdup(_("No 64-bit x86 code is in it."));
}

/* --- the source --- */

/* Where a file of the line table is: absolute, or in the variant's folder. Returns owned. */
static char *source_path(const struct workshop *w, int side, const char *file)
{
	if (*file == '/')
		return xstrdup(file);
	char *rel = xasprintf("init/%s/%s", ws_variant(w, side), file), *path = lab_path(&w->pane->ui->app->lab, rel);
	free(rel);
	return path;
}

static void show_source(struct ws_program *p, char *path, int line)
{
	struct err ignored = {0};
	if (p->source == NULL || strcmp(p->source->path, path) != 0) {
		if (p->source != NULL) {
			srcdoc_done(p->source);
			free(p->source);
		}
		const char *slash = strrchr(path, '/');
		p->source = xcalloc(1, sizeof(*p->source));
		srcdoc_init(p->source, path, slash != NULL ? slash + 1 : path);
	}
	srcdoc_refresh(p->source, &ignored);
	srcdoc_goto(p->source, line);
	err_done(&ignored);
}

void ws_code_follow(struct workshop *w, int side)
{
	struct ws_program *p = &w->side[side];
	const size_t at = p->insn.view.cursor;
	if (!p->loaded || at >= p->insn.n)
		return;
	const struct srcline *l = codeview_line(&p->code, &p->code.d.v[p->insn.v[at].number]);
	if (l == NULL)
		return; /* what was shown stays: this instruction is nobody's */
	char *path = source_path(w, side, p->code.lines.file[l->file]);
	show_source(p, path, l->line);
	free(path);
}

static void to_insn(struct ws_program *p, size_t insn)
{
	for (size_t i = 0; i < p->insn.n && insn != SIZE_MAX; i++)
		if (p->insn.v[i].number == insn && p->insn.v[i].word == NULL) {
			textview_goto(&p->insn.view, i);
			return;
		}
}

void ws_code_begin(struct workshop *w, int side)
{
	struct ws_program *p = &w->side[side];
	size_t i = codeview_insn_at(&p->code, codeview_start(&p->code));
	for (size_t k = i; k < p->code.d.n; k++)
		if (codeview_line(&p->code, &p->code.d.v[k]) != NULL) {
			i = k;
			break;
		}
	to_insn(p, i);
	ws_code_follow(w, side);
}

void ws_code_to_addr(struct workshop *w, int side, uint64_t addr)
{
	struct ws_program *p = &w->side[side];
	to_insn(p, codeview_insn_at(&p->code, addr));
	ws_code_follow(w, side);
}

/* --- drawing --- */

static void draw_source(struct workshop *w, int side, const struct draw *d)
{
	struct ws_program *p = &w->side[side];
	struct draw low = draw_sub(d, 1, 0, d->rows - 1, d->cols);
	draw_fill(&(struct draw){d->screen, d->y, d->x, 1, d->cols}, STYLE_BAR);
	if (p->source != NULL) {
		draw_textf(d, 0, 1, STYLE_TITLE, _("%s, line %zu"), p->source->name, p->source->view.cursor + 1);
		textview_draw(&p->source->view, &low, false);
		w->source_at = (struct rect){low.y, low.x, low.rows, low.cols};
	} else if (p->code.lines.n == 0) {
		ws_hint(w, d, 0, _("No line tables yet: {key:workshop.build} builds it once more, with them."));
	} else {
		draw_ellipsis(d, 0, 1, d->cols - 2, STYLE_DIM, _("Nothing of the sources here: move on."));
	}
}

static void draw_code(struct workshop *w, int side, const struct draw *d, bool focused)
{
	struct ws_program *p = &w->side[side];
	const int head = w->two ? 1 : 0;
	if (!p->loaded) {
		draw_textf(d, 0, 1, STYLE_DIM, _("%s has not been built here."), ws_variant(w, side));
		return;
	}
	if (head > 0)
		draw_textf(d, 0, 0, focused ? STYLE_TITLE_FOCUS : STYLE_TITLE, "%s", ws_variant(w, side));
	const struct draw list = draw_sub(d, head, 0, d->rows - head, d->cols);
	ws_list_draw(&p->insn, &list, focused);
	w->code_at[side] = (struct rect){list.y, list.x, list.rows, list.cols};
}

void ws_code_draw(struct workshop *w, const struct draw *d, bool focused)
{
	const bool beside = d->cols >= (w->two ? 84 : WIDE);
	const int half = beside ? (d->cols - 1) / 2 : w->two ? d->rows / 2 : d->rows * 3 / 5;
	struct draw a = beside ? draw_sub(d, 0, 0, d->rows, half) : draw_sub(d, 0, 0, half, d->cols);
	struct draw b = beside ? draw_sub(d, 0, half + 1, d->rows, d->cols - half - 1)
			       : draw_sub(d, half, 0, d->rows - half, d->cols);
	memset(w->code_at, 0, sizeof(w->code_at));
	memset(&w->source_at, 0, sizeof(w->source_at));
	if (beside)
		draw_vline(d, 0, half, d->rows, STYLE_BORDER);
	if (w->two) {
		draw_code(w, 0, &a, focused && w->at == 0);
		draw_code(w, 1, &b, focused && w->at == 1);
		return;
	}
	draw_code(w, w->at, &a, focused);
	if (b.rows > 1)
		draw_source(w, w->at, &b);
}

/* --- the mouse --- */

static bool in_rect(const struct rect *r, const struct workshop *w, const struct mouse *m, struct mouse *in)
{
	*in = *m;
	in->y = m->y + w->org_y - r->y;
	in->x = m->x + w->org_x - r->x;
	return r->rows > 0 && in->y >= 0 && in->x >= 0 && in->y < r->rows && in->x < r->cols;
}

bool ws_code_mouse(struct workshop *w, const struct mouse *m)
{
	struct mouse in;
	struct ws_program *p = ws_side(w);
	if (p->source != NULL && in_rect(&w->source_at, w, m, &in)) {
		const bool used = textview_mouse(&p->source->view, &in);
		if (used && m->kind == MOUSE_PRESS)
			to_insn(p, codeview_insn_of(&p->code, p->source->path, (int)p->source->view.cursor + 1));
		return used;
	}
	for (int side = 0; side < 2; side++) {
		if (!in_rect(&w->code_at[side], w, m, &in) && !w->side[side].insn.view.dragging)
			continue;
		if (m->kind == MOUSE_PRESS)
			w->at = side;
		const bool used = textview_mouse(&w->side[side].insn.view, &in);
		ws_code_follow(w, side);
		return used;
	}
	return false;
}
