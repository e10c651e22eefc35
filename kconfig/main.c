/* main: the helper process kiln-kconfig: parses one kernel tree, then answers requests (proto.h) until its peer is
 * gone. Arguments: tree, compiler, cache folder, file for the list of files read. Invariant: one answer to each
 * request; the parser's messages come before it. */
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "env.h"
#include "memo.h"
#include "session.h"

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

static void answer_known(const struct want *want, uint32_t n)
{
	rt_messages(false);
	wire_begin(KCP_OK);
	wire_u32(n);
	for (uint32_t i = 0; i < n; i++) {
		bool known = session_find(want[i].name) != NULL;
		wire_u8(known);
		wire_str(known ? "" : session_nearest(want[i].name));
	}
	wire_end();
}

static void do_load(struct wire_in *in, struct failure *f)
{
	size_t n;
	uint32_t n_want;
	const char *name = wire_take_str(in, NULL), *text = wire_take_str(in, &n);
	struct want *want = take_wants(in, &n_want);
	if (!in->bad && session_load(name, text, n, want, n_want, f) == 0)
		answer_known(want, n_want);
	free(want);
}

static void do_merge(struct wire_in *in, struct failure *f)
{
	size_t n, n_base;
	uint32_t n_want;
	struct text base = {0};
	const char *name = wire_take_str(in, NULL), *text = wire_take_str(in, &n);
	struct want *want = take_wants(in, &n_want);
	if (!in->bad && session_check(name, text, n, f) == 0) {
		char *now = session_save(false, &n_base);
		text_add(&base, now, n_base);
		free(now);
		session_merge_text(&base, text, n);
		if (session_load(name, base.p, base.n, want, n_want, f) == 0)
			answer_known(want, n_want);
	}
	text_done(&base);
	free(want);
}

static void do_tiny(struct failure *f)
{
	if (conf_tiny(f) < 0)
		return;
	rt_messages(true); /* of the tree's own making, not the user's */
	wire_begin(KCP_OK);
	wire_end();
}

static void do_save(struct wire_in *in)
{
	size_t n;
	char *text = session_save(wire_take_u8(in) != 0, &n);
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
	size_t mark = wire_mark();
	wire_patch(mark, why(s, value));
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

static void answer(struct wire_in *in)
{
	struct failure f = {0};
	wire_answering(in->head.id);
	switch (in->head.op) {
	case KCP_LOAD:
		do_load(in, &f);
		break;
	case KCP_MERGE:
		do_merge(in, &f);
		break;
	case KCP_TINY:
		do_tiny(&f);
		break;
	case KCP_SAVE:
		do_save(in);
		break;
	case KCP_VALUES:
		do_values(in);
		break;
	case KCP_WHY:
		do_why(in, &f);
		break;
	case KCP_CONF:
		do_conf(in, &f);
		break;
	default:
		fail(&f, "the helper does not know request %u", in->head.op);
	}
	if (in->bad)
		fail(&f, "request %u is cut short", in->head.op);
	if (f.message[0] != '\0') {
		rt_messages(false);
		send_fail(&f);
	}
	wire_flush();
}

static void ready(void)
{
	rt_messages(false);
	wire_begin(KCP_READY);
	wire_str(env_version());
	wire_u32((uint32_t)session.n_sym);
	wire_u32(0);
	wire_u32(memo_run());
	wire_u32(memo_known());
	wire_end();
	wire_flush();
}

/* Asked to end while busy: leave nothing behind. */
static void on_term(int sig)
{
	rt_scratch_remove();
	_exit(128 + sig);
}

int main(int argc, char **argv)
{
	struct wire_in in = {0};
	if (argc != 5) {
		fprintf(stderr,
			"usage: kiln-kconfig TREE CC CACHE FILES   (started by kiln, with a socket as descriptor 3)\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_term);
	char *fingerprint = env_set(argv[1], argv[2]);
	rt_capture();
	if (fingerprint == NULL || chdir("/") < 0) {
		fprintf(stderr, "%s is not a kernel tree\n", argv[1]);
		rt_exit(1);
	}
	memo_load(argv[3], fingerprint);
	free(fingerprint);
	env_set_versions();
	session_parse();
	memo_save();
	rt_save_files(argv[4]);
	rt_scratch_remove();
	ready();
	while (wire_read(&in))
		answer(&in);
	rt_scratch_remove();
	return 0;
}
