/* requests: see requests.h. */
#include "requests.h"

#include "edit.h"
#include "renamed.h"
#include "track.h"

static void send_fail(const struct failure *f)
{
	wire_begin(KCP_FAIL);
	wire_str(f->message);
	wire_str(f->file);
	wire_u32(f->line);
	wire_str(f->hint);
	wire_end();
}

static struct want *take_wants(struct wire_in *in, uint32_t *n)
{
	*n = wire_take_u32(in);
	if (*n > in->n) {
		in->bad = true;
		*n = 0;
	}
	struct want *v = calloc((size_t)*n + 1, sizeof(*v));
	if (v == NULL)
		abort();
	for (uint32_t i = 0; i < *n; i++) {
		v[i].name = wire_take_str(in, NULL);
		v[i].value = wire_take_str(in, NULL);
	}
	return v;
}

static void answer_known(const struct want *want, uint32_t n, const struct foreign *file)
{
	rt_messages(false);
	foreign_tell(file);
	wire_begin(KCP_OK);
	wire_u32(n);
	for (uint32_t i = 0; i < n; i++) {
		bool known = session_find(want[i].name) != NULL;
		wire_u8(known);
		wire_str(known ? "" : session_nearest(want[i].name));
	}
	wire_end();
}

/* An edit that may change everything, if edits are tracked. It is called by what it does and the file's own name; by
 * the name alone if that is no file but a mode. */
static void begin_all(const char *what, const char *name)
{
	const char *slash = strrchr(name, '/');
	struct text called = {0};
	if (!track_is_on())
		return;
	if (slash != NULL)
		text_addf(&called, "%s %s", what, slash + 1);
	else
		text_addf(&called, "%s", name[0] != '\0' ? name : what);
	edit_begin(called.p);
	text_done(&called);
	edit_everything();
}

static void end_all(bool keep)
{
	if (!track_is_on())
		return;
	edit_end(keep);
	if (keep)
		track_all(KCP_CHANGES);
	else
		track_tell(0);
}

static void do_load(struct wire_in *in, struct failure *f)
{
	size_t n;
	uint32_t n_want;
	const char *name = wire_take_str(in, NULL), *text = wire_take_str(in, &n);
	struct want *want = take_wants(in, &n_want);
	struct foreign file;
	begin_all("load", name);
	foreign_take(&file, name, text, n);
	int r = in->bad ? -1 : session_load(name, file.text.p, file.text.n, want, n_want, f);
	if (r == 0 && n_want == 0)
		why_dropped(NULL, 0);
	end_all(r == 0);
	if (r == 0)
		answer_known(want, n_want, &file);
	foreign_done(&file);
	free(want);
}

/* A fragment asks only for what stands in it. */
static void tell_dropped_of(const char *text, size_t n)
{
	size_t count;
	struct want *v = session_options(text, n, &count);
	if (count > 0)
		why_dropped(v, count);
	session_free_options(v, count);
}

static void do_merge(struct wire_in *in, struct failure *f)
{
	size_t n, n_base;
	uint32_t n_want;
	struct text base = {0};
	const char *name = wire_take_str(in, NULL), *text = wire_take_str(in, &n);
	struct want *want = take_wants(in, &n_want);
	struct foreign file;
	foreign_take(&file, name, text, n);
	if (!in->bad && session_check(name, text, n, f) == 0) {
		char *now = session_save(false, &n_base);
		text_add(&base, now, n_base);
		free(now);
		session_merge_text(&base, file.text.p, file.text.n);
		begin_all("merge", name);
		int r = session_load(name, base.p, base.n, want, n_want, f);
		if (r == 0)
			tell_dropped_of(file.text.p, file.text.n);
		end_all(r == 0);
		if (r == 0)
			answer_known(want, n_want, &file);
	}
	text_done(&base);
	foreign_done(&file);
	free(want);
}

static void do_tiny(struct failure *f)
{
	begin_all("tinyconfig", "");
	int r = conf_tiny(f);
	end_all(r == 0);
	if (r < 0)
		return;
	rt_messages(true); /* of the tree's own making, not the user's */
	wire_begin(KCP_OK);
	wire_end();
}

static void do_save(struct wire_in *in)
{
	size_t n;
	bool minimal = wire_take_u8(in) != 0;
	if (track_is_on())
		conf_set_changed(true); /* all is computed: conf_write need not do it again */
	char *text = session_save(minimal, &n);
	if (minimal && track_is_on()) /* the tree's function leaves flags changed */
		track_all(0);
	rt_messages(false);
	wire_begin(KCP_OK);
	wire_strn(text, n);
	wire_end();
	free(text);
}

static void do_values(struct wire_in *in)
{
	uint32_t n = wire_take_u32(in);
	wire_begin(KCP_OK);
	for (uint32_t i = 0; i < n && !in->bad; i++) {
		struct symbol *s = session_find(wire_take_str(in, NULL));
		const char *value = s != NULL ? session_value(s) : "";
		wire_u8(s != NULL);
		wire_u8(s != NULL ? (uint8_t)s->type : 0);
		wire_u8(s != NULL ? (uint8_t)s->visible : 0);
		wire_str(value);
	}
	wire_end();
}

static void do_why(struct wire_in *in, struct failure *f)
{
	const char *name = wire_take_str(in, NULL), *value = wire_take_str(in, NULL);
	struct symbol *s = session_find(name);
	if (s == NULL) {
		const char *near = session_nearest(name);
		fail(f, "this kernel has no option %s", name);
		if (near[0] != '\0')
			snprintf(f->hint, sizeof(f->hint), "did you mean %s?", near);
		return;
	}
	wire_begin(KCP_OK);
	why_send(s, value);
	wire_end();
}

static void do_conf(struct wire_in *in, struct failure *f)
{
	struct conf_job job = {0};
	job.mode = wire_take_str(in, NULL);
	job.base = wire_take_str(in, &job.n_base);
	job.fragment = wire_take_str(in, &job.n_fragment);
	job.env = wire_take_str(in, NULL);
	job.input = wire_take_str(in, &job.n_input);
	int status = in->bad ? -1 : conf_run(&job, f);
	if (status >= 0) {
		wire_begin(KCP_OK);
		wire_u32((uint32_t)status);
		wire_strn(job.output.p, job.output.n);
		wire_strn(job.config.p, job.config.n);
		wire_end();
	}
	text_done(&job.config);
	text_done(&job.output);
}

/* --- edits one by one --- */

static int find_entry(const char *name, struct failure *f)
{
	struct symbol *s = session_find(name);
	int entry = s != NULL ? model_index(s) : -1;
	if (entry >= 0)
		return entry;
	const char *near = session_nearest(name);
	fail(f, "this kernel has no option %s", name);
	if (near[0] != '\0')
		snprintf(f->hint, sizeof(f->hint), "did you mean %s?", near);
	return -1;
}

/* The head of an answer to an edit: done, or the reasons why not. */
static void answer_edit(bool done, int entry, const char *value)
{
	rt_messages(done);
	wire_begin(KCP_OK);
	wire_u8(done);
	if (done)
		wire_u32(0);
	else
		why_send(model.entry[entry].sym, value);
}

static void do_set(struct wire_in *in, struct failure *f, bool unset)
{
	const char *name = wire_take_str(in, NULL), *value = unset ? "" : wire_take_str(in, NULL);
	int entry = in->bad ? -1 : find_entry(name, f);
	bool done = true;
	if (entry < 0)
		return;
	track_start();
	char *what;
	if (asprintf(&what, unset ? "unset %s" : "%s=%s", name, value) < 0)
		abort();
	edit_begin(what);
	if (unset)
		edit_unset(entry);
	else
		done = edit_set(entry, value);
	edit_end(done);
	track_tell(done ? KCP_CHANGES : 0);
	answer_edit(done, entry, value);
	wire_end();
	free(what);
}

static void do_apply(struct wire_in *in, struct failure *f)
{
	const char *what = wire_take_str(in, NULL);
	uint32_t n = wire_take_u32(in);
	int entry = -1;
	const char *value = "";
	bool done = true;
	track_start();
	edit_begin(what[0] != '\0' ? what : "several options at once");
	for (uint32_t i = 0; i < n && done && !in->bad; i++) {
		const char *name = wire_take_str(in, NULL);
		bool unset = wire_take_u8(in) != 0;
		value = wire_take_str(in, NULL);
		entry = in->bad ? -1 : find_entry(name, f);
		if (entry >= 0 && unset)
			edit_unset(entry);
		done = entry >= 0 && (unset || edit_set(entry, value));
	}
	if (done && !in->bad) {
		edit_end(true);
		track_tell(KCP_CHANGES);
		answer_edit(true, entry, value);
		wire_end();
	} else {
		if (entry >= 0 && !in->bad) { /* the reasons as they are at that step */
			answer_edit(false, entry, value);
			wire_end();
		}
		edit_end(false);
		track_tell(0);
	}
}

static void send_plan(const struct step *step, int n, int entry, const char *value)
{
	edit_begin("plan");
	for (int i = 0; i < n; i++)
		edit_set(step[i].entry, step[i].value);
	track_tell(KCP_PREVIEW);
	edit_end(false);
	track_tell(0);
	answer_edit(n >= 0, entry, value);
	if (n >= 0) {
		wire_u32((uint32_t)n);
		for (int i = 0; i < n; i++) {
			wire_str(model.entry[step[i].entry].sym->name);
			wire_str(step[i].value);
		}
	}
	wire_end();
}

static void do_plan(struct wire_in *in, struct failure *f)
{
	const char *name = wire_take_str(in, NULL), *value = wire_take_str(in, NULL);
	int entry = in->bad ? -1 : find_entry(name, f);
	struct step step[PLAN_MAX];
	if (entry < 0)
		return;
	track_start();
	int n = plan_make(entry, value, step);
	track_tell(0);
	send_plan(step, n, entry, value);
}

static void do_undo(bool redo)
{
	track_start();
	const char *what = edit_undo(redo);
	track_tell(KCP_CHANGES);
	rt_messages(true);
	wire_begin(KCP_OK);
	wire_u8(what != NULL);
	wire_str(what);
	wire_end();
}

static void do_state(void)
{
	track_start();
	wire_begin(KCP_OK);
	track_send_state();
	wire_end();
}

static void do_raw(void)
{
	struct text t = {0};
	edit_raw(&t);
	wire_begin(KCP_OK);
	wire_strn(t.p != NULL ? t.p : "", t.n);
	wire_end();
	text_done(&t);
}

static void do_detail(struct wire_in *in, struct failure *f)
{
	int entry = find_entry(wire_take_str(in, NULL), f);
	if (entry >= 0)
		detail(entry);
}

static void do_different(void)
{
	uint32_t n = 0;
	wire_begin(KCP_OK);
	size_t mark = wire_mark();
	for (int i = 0; i < model.n_entry; i++) {
		struct symbol *s = model.entry[i].sym;
		if (sym_is_choice(s) || !sym_is_changeable(s) || (s->flags & SYMBOL_WRITE) == 0 ||
			strcmp(session_value(s), sym_get_string_default(s)) == 0)
			continue;
		wire_u32((uint32_t)i);
		n++;
	}
	wire_patch(mark, n);
	wire_end();
}

static void answer_ok(void)
{
	wire_begin(KCP_OK);
	wire_end();
}

/* What only looks. false: another request. */
static bool look(struct wire_in *in, struct failure *f)
{
	switch (in->head.op) {
	case KCP_SAVE:
		do_save(in);
		break;
	case KCP_VALUES:
		do_values(in);
		break;
	case KCP_WHY:
		do_why(in, f);
		break;
	case KCP_CONF:
		do_conf(in, f);
		break;
	case KCP_PLAN:
		do_plan(in, f);
		break;
	case KCP_STATE:
		do_state();
		break;
	case KCP_DETAIL:
		do_detail(in, f);
		break;
	case KCP_RAW:
		do_raw();
		break;
	case KCP_DIFFERENT:
		do_different();
		break;
	default:
		return false;
	}
	return true;
}

static void change(struct wire_in *in, struct failure *f)
{
	switch (in->head.op) {
	case KCP_LOAD:
		do_load(in, f);
		break;
	case KCP_MERGE:
		do_merge(in, f);
		break;
	case KCP_TINY:
		do_tiny(f);
		break;
	case KCP_TRACK:
		track_start();
		answer_ok();
		break;
	case KCP_SET:
	case KCP_UNSET:
		do_set(in, f, in->head.op == KCP_UNSET);
		break;
	case KCP_APPLY:
		do_apply(in, f);
		break;
	case KCP_UNDO:
	case KCP_REDO:
		do_undo(in->head.op == KCP_REDO);
		break;
	default:
		fail(f, "the helper does not know request %u", in->head.op);
	}
}

void request_answer(struct wire_in *in)
{
	struct failure f = {0};
	wire_answering(in->head.id);
	if (!look(in, &f))
		change(in, &f);
	if (in->bad)
		fail(&f, "request %u is cut short", in->head.op);
	if (f.message[0] != '\0') {
		rt_messages(false);
		send_fail(&f);
	}
	wire_flush();
}
