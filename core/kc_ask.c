/* kc_ask: the requests of kc.h: each is one struct kc_req that lives until its answer; what an answer changes is in the
 * model before the caller hears of it. */
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/kc_private.h"

struct kc_req {
	struct kc *kc;
	int op;
	struct buf payload;
	union {
		kc_result_cb *result;
		kc_lines_cb *lines;
		kc_plan_cb *plan;
		kc_detail_cb *detail;
		kc_done_cb *done;
		kc_text_cb *text;
		kc_syms_cb *syms;
	} cb;
	void *ctx;
	char *path, *mode;
	void (*answer)(void *ctx, struct kcin *in, struct err *e);
	bool asked_again;
	struct kc_req *next; /* in kc->again */
};

static struct kc_req *req_new(struct kc *kc, int op, void *ctx)
{
	struct kc_req *r = xcalloc(1, sizeof(*r));
	r->kc = kc;
	r->op = op;
	r->ctx = ctx;
	return r;
}

static void req_free(struct kc_req *r)
{
	buf_done(&r->payload);
	free(r->path);
	free(r->mode);
	free(r);
}

/* An answer, or the death of the helper: then another one is asked, once. */
static void on_answer(void *ctx, struct kcin *in, struct err *e)
{
	struct kc_req *r = ctx, **last = &r->kc->again;
	struct kc *kc = r->kc;
	if (!err_is(e) || r->asked_again || !kc->ready || kc->closing || kc->link == NULL ||
		!kclink_is_dead(kc->link)) {
		r->answer(r, in, e);
		return;
	}
	r->asked_again = true;
	while (*last != NULL)
		last = &(*last)->next;
	r->next = NULL;
	*last = r;
}

static void ask(struct kc_req *r, void (*answer)(void *ctx, struct kcin *in, struct err *e))
{
	struct err e = {0};
	struct kcin none = {.bad = true};
	r->answer = answer;
	if (kc_can_ask(r->kc, &e))
		kclink_ask(r->kc->link, r->op, &r->payload, on_answer, r);
	else
		answer(r, &none, &e);
	err_done(&e);
}

void kc_ask_again(struct kc *kc, const struct err *why)
{
	struct kc_req *r = kc->again, *next;
	kc->again = NULL;
	for (; r != NULL; r = next) {
		struct err e = {0};
		struct kcin none = {.bad = true};
		next = r->next;
		if (why == NULL) {
			ask(r, r->answer);
			continue;
		}
		err_set(&e, why->code, "%s", why->msg);
		r->answer(r, &none, &e);
		err_done(&e);
	}
}

static void check(struct kcin *in, struct err *e)
{
	if (!err_is(e) && in->bad)
		err_set(e, ERR_WORLD, _("the kconfig helper's answer is cut short"));
}

static void take_reasons(struct kcin *in, struct strv *to)
{
	uint32_t n = kcin_u32(in);
	for (uint32_t i = 0; i < n && !in->bad; i++)
		strv_add(to, kcin_str(in, NULL));
}

/* --- edits --- */

/* An edit went through: count it, keep it for a helper that may have to take over. */
static void edit_done(struct kc_req *r)
{
	struct kc *kc = r->kc;
	kc_log(kc, r->op, &r->payload);
	if (r->op == KCP_UNDO) {
		kc->undo--;
		kc->redo++;
	} else if (r->op == KCP_REDO) {
		kc->undo++;
		kc->redo--;
	} else {
		kc->undo++;
		kc->redo = 0;
	}
	kc->modified = true;
	if (r->op == KCP_LOAD && r->path != NULL)
		kc_note_file(kc, r->path);
}

static void finish_edit(struct kc_req *r, struct kc_result *result, struct err *e)
{
	struct kc *kc = r->kc;
	struct kc_changes changes = kc->changes; /* the callback may ask for more */
	memset(&kc->changes, 0, sizeof(kc->changes));
	result->change = changes.v;
	result->n = changes.n;
	if (!err_is(e) && result->done)
		edit_done(r);
	bool changed = !err_is(e) && result->done && !kc->closing;
	r->cb.result(r->ctx, result, e);
	if (changed)
		kc_touch(kc);
	kc_clear_changes(&changes);
	strv_done(&result->reason);
	req_free(r);
}

static void on_edit(void *ctx, struct kcin *in, struct err *e)
{
	struct kc_req *r = ctx;
	struct kc_result result = {0};
	if (!err_is(e)) {
		result.done = kcin_u8(in) != 0;
		take_reasons(in, &result.reason);
	}
	check(in, e);
	finish_edit(r, &result, e);
}

void kc_set(struct kc *kc, const char *name, const char *value, kc_result_cb *cb, void *ctx)
{
	struct kc_req *r = req_new(kc, value != NULL ? KCP_SET : KCP_UNSET, ctx);
	r->cb.result = cb;
	kcout_str(&r->payload, name);
	if (value != NULL)
		kcout_str(&r->payload, value);
	ask(r, on_edit);
}

void kc_apply(struct kc *kc, const struct kc_step *step, size_t n, const char *what, kc_result_cb *cb, void *ctx)
{
	struct kc_req *r = req_new(kc, KCP_APPLY, ctx);
	r->cb.result = cb;
	kcout_str(&r->payload, what != NULL ? what : "");
	kcout_u32(&r->payload, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		kcout_str(&r->payload, step[i].name);
		kcout_u8(&r->payload, step[i].value == NULL);
		kcout_str(&r->payload, step[i].value != NULL ? step[i].value : "");
	}
	ask(r, on_edit);
}

static void on_undone(void *ctx, struct kcin *in, struct err *e)
{
	struct kc_req *r = ctx;
	struct kc_result result = {0};
	char *what = NULL;
	if (!err_is(e)) {
		result.done = kcin_u8(in) != 0;
		what = xstrdup(kcin_str(in, NULL));
		result.what = what;
		if (!result.done)
			strv_add(&result.reason,
				r->op == KCP_UNDO ? "there is nothing to undo" : "there is nothing to redo");
	}
	check(in, e);
	finish_edit(r, &result, e);
	free(what);
}

void kc_undo(struct kc *kc, kc_result_cb *cb, void *ctx)
{
	struct kc_req *r = req_new(kc, KCP_UNDO, ctx);
	r->cb.result = cb;
	ask(r, on_undone);
}

void kc_redo(struct kc *kc, kc_result_cb *cb, void *ctx)
{
	struct kc_req *r = req_new(kc, KCP_REDO, ctx);
	r->cb.result = cb;
	ask(r, on_undone);
}

/* --- loads --- */

static void on_taken(void *ctx, struct kcin *in, struct err *e)
{
	struct kc_req *r = ctx;
	struct kc_result result = {.done = !err_is(e)};
	(void)in;
	finish_edit(r, &result, e);
}

/* Read path and send it with this request. */
static void send_file(struct kc *kc, int op, const char *path, kc_result_cb *cb, void *ctx)
{
	struct err e = {0};
	size_t n;
	struct kc_req *r = req_new(kc, op, ctx);
	r->cb.result = cb;
	r->path = xstrdup(path);
	char *text = fs_read(path, &n, &e);
	if (text != NULL) {
		kc_load_payload(&r->payload, path, text, n);
		free(text);
		ask(r, on_taken);
		return;
	}
	struct kcin none = {.bad = true};
	on_taken(r, &none, &e);
	err_done(&e);
}

void kc_load(struct kc *kc, const char *path, kc_result_cb *cb, void *ctx)
{
	send_file(kc, KCP_LOAD, path, cb, ctx);
}

void kc_merge(struct kc *kc, const char *path, kc_result_cb *cb, void *ctx)
{
	send_file(kc, KCP_MERGE, path, cb, ctx);
}

/* The mode's .config is there: take it, as an edit. */
static void on_mode_ran(void *ctx, struct kcin *in, struct err *e)
{
	struct kc_req *r = ctx;
	struct kc_result result = {0};
	size_t n = 0;
	uint32_t status = kcin_u32(in);
	const char *output = kcin_str(in, NULL), *config = kcin_str(in, &n);
	if (!err_is(e) && !in->bad && (status != 0 || n == 0)) {
		err_set(e, ERR_INPUT, _("the tree's %s ended with status %u"), r->mode, status);
		err_evidence(e, output);
	}
	check(in, e);
	if (err_is(e)) {
		finish_edit(r, &result, e);
		return;
	}
	buf_clear(&r->payload);
	r->op = KCP_LOAD;
	kc_load_payload(&r->payload, r->mode, config, n);
	ask(r, on_taken);
}

static void on_mode_base(void *ctx, struct kcin *in, struct err *e)
{
	struct kc_req *r = ctx;
	struct kc_result result = {0};
	size_t n;
	const char *text = kcin_str(in, &n);
	check(in, e);
	if (err_is(e)) {
		finish_edit(r, &result, e);
		return;
	}
	buf_clear(&r->payload);
	r->op = KCP_CONF;
	kcout_str(&r->payload, r->mode);
	kcout_strn(&r->payload, text, n);
	for (int i = 0; i < 3; i++) /* no fragment, environment or input */
		kcout_str(&r->payload, "");
	ask(r, on_mode_ran);
}

void kc_mode(struct kc *kc, const char *mode, kc_result_cb *cb, void *ctx)
{
	bool tiny = strcmp(mode, "tinyconfig") == 0;
	struct kc_req *r = req_new(kc, tiny ? KCP_TINY : KCP_SAVE, ctx);
	r->cb.result = cb;
	r->mode = xstrdup(mode);
	if (!tiny)
		kcout_u8(&r->payload, 0);
	ask(r, tiny ? on_taken : on_mode_base);
}

/* --- looking --- */

static void on_lines(void *ctx, struct kcin *in, struct err *e)
{
	struct kc_req *r = ctx;
	struct strv lines = {0};
	if (!err_is(e))
		take_reasons(in, &lines);
	check(in, e);
	r->cb.lines(r->ctx, &lines, e);
	strv_done(&lines);
	req_free(r);
}

void kc_why(struct kc *kc, const char *name, const char *value, kc_lines_cb *cb, void *ctx)
{
	struct kc_req *r = req_new(kc, KCP_WHY, ctx);
	r->cb.lines = cb;
	kcout_str(&r->payload, name);
	kcout_str(&r->payload, value);
	ask(r, on_lines);
}

static struct kc_step *take_steps(struct kcin *in, size_t *n)
{
	*n = kcin_u32(in);
	if (*n > in->n)
		in->bad = true;
	struct kc_step *step = xcalloc(in->bad ? 1 : *n + 1, sizeof(*step));
	for (size_t i = 0; i < *n && !in->bad; i++) {
		step[i].name = kcin_str(in, NULL);
		step[i].value = kcin_str(in, NULL);
	}
	return step;
}

static void on_planned(void *ctx, struct kcin *in, struct err *e)
{
	struct kc_req *r = ctx;
	struct kc_plan plan = {0};
	struct kc_step *step = NULL;
	struct kc_changes preview = r->kc->preview;
	memset(&r->kc->preview, 0, sizeof(r->kc->preview));
	if (!err_is(e)) {
		plan.r.done = kcin_u8(in) != 0;
		take_reasons(in, &plan.r.reason);
		if (plan.r.done)
			step = take_steps(in, &plan.n_step);
	}
	check(in, e);
	plan.step = step;
	plan.r.change = preview.v;
	plan.r.n = preview.n;
	r->cb.plan(r->ctx, &plan, e);
	kc_clear_changes(&preview);
	strv_done(&plan.r.reason);
	free(step);
	req_free(r);
}

void kc_plan(struct kc *kc, const char *name, const char *value, kc_plan_cb *cb, void *ctx)
{
	struct kc_req *r = req_new(kc, KCP_PLAN, ctx);
	r->cb.plan = cb;
	kcout_str(&r->payload, name);
	kcout_str(&r->payload, value);
	ask(r, on_planned);
}

static void on_detail(void *ctx, struct kcin *in, struct err *e)
{
	struct kc_req *r = ctx;
	uint32_t n = err_is(e) ? 0 : kcin_u32(in);
	if (n > in->n)
		in->bad = true;
	struct kc_fact *fact = xcalloc(in->bad ? 1 : (size_t)n + 1, sizeof(*fact));
	for (uint32_t i = 0; i < n && !in->bad; i++) {
		fact[i].kind = kcin_str(in, NULL);
		fact[i].text = kcin_str(in, NULL);
		fact[i].file = kcin_str(in, NULL);
		fact[i].line = (int)kcin_u32(in);
	}
	check(in, e);
	r->cb.detail(r->ctx, fact, err_is(e) ? 0 : n, e);
	free(fact);
	req_free(r);
}

void kc_detail(struct kc *kc, const char *name, kc_detail_cb *cb, void *ctx)
{
	struct kc_req *r = req_new(kc, KCP_DETAIL, ctx);
	r->cb.detail = cb;
	kcout_str(&r->payload, name);
	ask(r, on_detail);
}

static void on_different(void *ctx, struct kcin *in, struct err *e)
{
	struct kc_req *r = ctx;
	uint32_t n = err_is(e) ? 0 : kcin_u32(in);
	if (n > in->n)
		in->bad = true;
	int *sym = xcalloc(in->bad ? 1 : (size_t)n + 1, sizeof(*sym));
	for (uint32_t i = 0; i < n && !in->bad; i++)
		sym[i] = (int)kcin_u32(in);
	check(in, e);
	r->cb.syms(r->ctx, sym, err_is(e) ? 0 : n, e);
	free(sym);
	req_free(r);
}

void kc_different(struct kc *kc, kc_syms_cb *cb, void *ctx)
{
	struct kc_req *r = req_new(kc, KCP_DIFFERENT, ctx);
	r->cb.syms = cb;
	ask(r, on_different);
}

/* --- files --- */

static void on_text(void *ctx, struct kcin *in, struct err *e)
{
	struct kc_req *r = ctx;
	size_t n;
	const char *text = kcin_str(in, &n);
	check(in, e);
	r->cb.text(r->ctx, text, n, e);
	req_free(r);
}

void kc_text(struct kc *kc, bool minimal, kc_text_cb *cb, void *ctx)
{
	struct kc_req *r = req_new(kc, KCP_SAVE, ctx);
	r->cb.text = cb;
	kcout_u8(&r->payload, minimal);
	ask(r, on_text);
}

void kc_user_values(struct kc *kc, kc_text_cb *cb, void *ctx)
{
	struct kc_req *r = req_new(kc, KCP_RAW, ctx);
	r->cb.text = cb;
	ask(r, on_text);
}

static void on_save(void *ctx, struct kcin *in, struct err *e)
{
	struct kc_req *r = ctx;
	size_t n;
	const char *text = kcin_str(in, &n);
	bool minimal = r->mode != NULL;
	check(in, e);
	if (!err_is(e) && !r->kc->closing && fs_write_if_changed(r->path, text, n, 0644, e) == 0 && !minimal)
		kc_note_file(r->kc, r->path);
	r->cb.done(r->ctx, e);
	req_free(r);
}

static void save(struct kc *kc, const char *path, bool minimal, kc_done_cb *cb, void *ctx)
{
	struct kc_req *r = req_new(kc, KCP_SAVE, ctx);
	r->cb.done = cb;
	r->path = xstrdup(path);
	r->mode = minimal ? xstrdup("minimal") : NULL;
	kcout_u8(&r->payload, minimal);
	ask(r, on_save);
}

void kc_save(struct kc *kc, const char *path, kc_done_cb *cb, void *ctx)
{
	save(kc, path, false, cb, ctx);
}

void kc_save_minimal(struct kc *kc, const char *path, kc_done_cb *cb, void *ctx)
{
	save(kc, path, true, cb, ctx);
}
