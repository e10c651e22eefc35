/* kclink: see kclink.h. Owns the helper process, the socket and the queue of requests. */
#include "core/kclink.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/kchelper.h"
#include "core/paths.h"
#include "core/proc.h"
#include "kconfig/proto.h"

struct ask {
	struct ask *next;
	uint32_t id;
	void (*answer)(void *ctx, struct kcin *in, struct err *e);
	void *ctx;
};

struct kclink {
	struct kclink_params p;
	char *tree, *cc;
	uv_loop_t *loop;
	struct kchelper *compiling;
	struct proc *proc;
	uv_pipe_t pipe;
	bool pipe_open, ready, dead, closing;
	int holders;            /* the pipe, the process and the compile still call back */
	struct buf in, waiting; /* bytes from the helper; frames to it while it is not there */
	struct ask *first, **last;
	uint32_t next_id;
	struct err fatal; /* the parser's last words */
	char chunk[65536];
};

/* --- fields --- */

static const char *take(struct kcin *in, size_t n)
{
	if (in->bad || in->n - in->at < n) {
		in->bad = true;
		return NULL;
	}
	in->at += n;
	return in->p + in->at - n;
}

uint8_t kcin_u8(struct kcin *in)
{
	const char *p = take(in, 1);
	return p != NULL ? (uint8_t)*p : 0;
}

uint32_t kcin_u32(struct kcin *in)
{
	uint32_t v = 0;
	const char *p = take(in, sizeof(v));
	if (p != NULL)
		memcpy(&v, p, sizeof(v));
	return v;
}

const char *kcin_str(struct kcin *in, size_t *n)
{
	size_t len = kcin_u32(in);
	const char *s = len < KCP_MAX_FRAME ? take(in, len + 1) : NULL;
	if (s == NULL || s[len] != '\0') {
		in->bad = true;
		s = "";
		len = 0;
	}
	if (n != NULL)
		*n = len;
	return s;
}

void kcout_u8(struct buf *b, uint8_t v)
{
	buf_add(b, &v, 1);
}

void kcout_u32(struct buf *b, uint32_t v)
{
	buf_add(b, &v, sizeof(v));
}

void kcout_strn(struct buf *b, const char *s, size_t n)
{
	kcout_u32(b, (uint32_t)n);
	buf_add(b, s, n);
	kcout_u8(b, 0);
}

void kcout_str(struct buf *b, const char *s)
{
	kcout_strn(b, s, strlen(s));
}

/* --- the end --- */

static void release(struct kclink *l)
{
	if (--l->holders > 0 || !l->closing)
		return;
	buf_done(&l->in);
	buf_done(&l->waiting);
	err_done(&l->fatal);
	free(l->tree);
	free(l->cc);
	free(l);
}

static void on_pipe_closed(uv_handle_t *h)
{
	release(h->data);
}

static void close_pipe(struct kclink *l)
{
	if (l->pipe_open)
		uv_close((uv_handle_t *)&l->pipe, on_pipe_closed);
	l->pipe_open = false;
}

static struct err copy_of(const struct err *e)
{
	struct err c = {.code = e->code, .line = e->line, .col = e->col};
	c.msg = e->msg != NULL ? xstrdup(e->msg) : NULL;
	c.evidence = e->evidence != NULL ? xstrdup(e->evidence) : NULL;
	c.hint = e->hint != NULL ? xstrdup(e->hint) : NULL;
	c.file = e->file != NULL ? xstrdup(e->file) : NULL;
	return c;
}

/* Answer everything that is still open with this error. */
static void answer_all(struct kclink *l, const struct err *e)
{
	while (l->first != NULL) {
		struct ask *a = l->first;
		struct kcin none = {.bad = true};
		struct err copy = copy_of(e);
		l->first = a->next;
		if (l->first == NULL)
			l->last = &l->first;
		a->answer(a->ctx, &none, &copy);
		err_done(&copy);
		free(a);
	}
}

/* The helper is gone, or never came. Takes *e. */
static void die(struct kclink *l, struct err *e)
{
	if (!l->dead && !l->closing) {
		l->dead = true;
		l->holders++; /* a callback may close us */
		struct err all = copy_of(e);
		answer_all(l, &all);
		if (l->p.gone != NULL && !l->closing)
			l->p.gone(l->p.ctx, &all);
		err_done(&all);
		close_pipe(l);
		release(l);
	}
	err_done(e);
}

/* --- frames --- */

static void on_message(struct kclink *l, struct kcin *in)
{
	int severity = kcin_u8(in);
	const char *file = kcin_str(in, NULL);
	uint32_t line = kcin_u32(in);
	const char *text = kcin_str(in, NULL);
	static const char *const kind[] = {"", "warning: ", "error: "};
	if (in->bad || l->p.message == NULL)
		return;
	const char *word = severity >= 0 && severity <= KCP_ERROR ? kind[severity] : "";
	char *said = file[0] != '\0' ? xasprintf("%s:%u: %s%s", file, line, word, text) : xasprintf("%s%s", word, text);
	l->p.message(l->p.ctx, severity, said);
	free(said);
}

static void on_fatal(struct kclink *l, struct kcin *in)
{
	const char *file = kcin_str(in, NULL);
	uint32_t line = kcin_u32(in);
	const char *text = kcin_str(in, NULL), *all = kcin_str(in, NULL);
	if (l->p.message != NULL)
		l->p.message(l->p.ctx, KCP_ERROR, all);
	if (file[0] != '\0')
		err_at(&l->fatal, file, (int)line, 0, _("the kernel's kconfig gave up: %s"), text);
	else
		err_set(&l->fatal, ERR_INPUT, _("the kernel's kconfig gave up: %s"), text);
	err_hint(&l->fatal, _("the file is of the kernel tree %s"), l->tree);
}

static void failure(struct kcin *in, struct err *e)
{
	const char *message = kcin_str(in, NULL), *file = kcin_str(in, NULL);
	uint32_t line = kcin_u32(in);
	const char *hint = kcin_str(in, NULL);
	if (file[0] != '\0')
		err_at(e, file, (int)line, 0, "%s", message);
	else
		err_set(e, ERR_INPUT, "%s", message);
	if (hint[0] != '\0')
		err_hint(e, "%s", hint);
}

static void on_answer(struct kclink *l, const struct kcp_head *h, struct kcin *in)
{
	struct err e = {0};
	struct ask *a = l->first;
	if (a == NULL || a->id != h->id) {
		err_set(&e, ERR_WORLD, _("the kconfig helper answered what was not asked"));
		die(l, &e);
		return;
	}
	l->first = a->next;
	if (l->first == NULL)
		l->last = &l->first;
	if (h->op == KCP_FAIL)
		failure(in, &e);
	a->answer(a->ctx, in, &e);
	err_done(&e);
	free(a);
}

static void on_frame(struct kclink *l, const struct kcp_head *h, struct kcin *in)
{
	switch (h->op) {
	case KCP_MSG:
		on_message(l, in);
		break;
	case KCP_FATAL:
		on_fatal(l, in);
		break;
	case KCP_CHANGES:
	case KCP_PREVIEW:
		if (l->p.changes != NULL)
			l->p.changes(l->p.ctx, in, h->op == KCP_PREVIEW);
		break;
	case KCP_MENU:
		if (l->p.menu != NULL)
			l->p.menu(l->p.ctx, kcin_str(in, NULL));
		break;
	case KCP_READY:
		l->ready = true;
		if (l->p.ready != NULL)
			l->p.ready(l->p.ctx, in);
		break;
	default:
		on_answer(l, h, in);
	}
}

static void broken(struct kclink *l)
{
	struct err e = {0};
	err_set(&e, ERR_WORLD, _("the kconfig helper sent what is no frame"));
	if (l->proc != NULL)
		proc_kill(l->proc, SIGKILL);
	die(l, &e);
}

/* Hand out the whole frames that are there. */
static void parse(struct kclink *l)
{
	struct kcp_head h;
	size_t at = 0;
	while (!l->closing && !l->dead && l->in.n - at >= sizeof(h)) {
		memcpy(&h, l->in.p + at, sizeof(h));
		if (h.n > KCP_MAX_FRAME || h.version != KCP_VERSION) {
			broken(l);
			return;
		}
		if (l->in.n - at - sizeof(h) < h.n)
			break;
		struct kcin in = {.p = l->in.p + at + sizeof(h), .n = h.n};
		at += sizeof(h) + h.n;
		on_frame(l, &h, &in);
	}
	buf_eat(&l->in, at);
}

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *b)
{
	(void)hint;
	struct kclink *l = h->data;
	*b = uv_buf_init(l->chunk, sizeof(l->chunk));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct kclink *l = s->data;
	if (n > 0) {
		buf_add(&l->in, b->base, (size_t)n);
		l->holders++;
		parse(l);
		release(l);
	} else if (n < 0) {
		close_pipe(l); /* why it ended is told by its exit */
	}
}

struct write {
	uv_write_t req;
	char *bytes;
};

static void on_written(uv_write_t *req, int status)
{
	(void)status; /* if it failed, the helper's end is told by its exit */
	struct write *w = (struct write *)req;
	free(w->bytes);
	free(w);
}

static void send_bytes(struct kclink *l, struct buf *b)
{
	if (b->n == 0 || !l->pipe_open)
		return;
	struct write *w = xcalloc(1, sizeof(*w));
	size_t n = b->n;
	w->bytes = buf_take(b);
	uv_buf_t v = uv_buf_init(w->bytes, (unsigned)n);
	if (uv_write(&w->req, (uv_stream_t *)&l->pipe, &v, 1, on_written) != 0)
		on_written(&w->req, -1);
}

/* --- the process --- */

static void on_exit_cb(void *ctx, int status, int sig)
{
	struct kclink *l = ctx;
	struct err e = {0};
	l->proc = NULL;
	if (err_is(&l->fatal))
		e = copy_of(&l->fatal);
	else if (sig != 0)
		err_set(&e, ERR_WORLD, _("the kconfig helper was ended by signal %d (%s)"), sig, strsignal(sig));
	else
		err_set(&e, ERR_WORLD, _("the kconfig helper ended with status %d"), status);
	die(l, &e);
	release(l);
}

/* All that can still be in the socket is read before the process's end is told. */
static void drain_then_exit(void *ctx, int status, int sig)
{
	struct kclink *l = ctx;
	uv_os_fd_t fd;
	ssize_t n;
	if (l->pipe_open && uv_fileno((uv_handle_t *)&l->pipe, &fd) == 0) {
		while ((n = recv(fd, l->chunk, sizeof(l->chunk), MSG_DONTWAIT)) > 0)
			buf_add(&l->in, l->chunk, (size_t)n);
		parse(l);
	}
	on_exit_cb(l, status, sig);
}

static int open_pipe(struct kclink *l, int fd, struct err *e)
{
	uv_pipe_init(l->loop, &l->pipe, 0);
	l->pipe.data = l;
	l->pipe_open = true;
	l->holders++;
	int r = uv_pipe_open(&l->pipe, fd);
	if (r == 0)
		r = uv_read_start((uv_stream_t *)&l->pipe, on_alloc, on_read);
	return r == 0 ? 0 : err_set(e, ERR_WORLD, _("cannot talk to the kconfig helper: %s"), uv_strerror(r));
}

static int start(struct kclink *l, const char *dir, struct err *e)
{
	int sv[2];
	utimensat(AT_FDCWD, dir, NULL, 0); /* used now: kchelper_prune */
	char *program = fs_join(dir, "kiln-kconfig"), *tree = kchelper_tree(l->tree, e),
	     *cache = paths_cache("kconfig");
	char *files = kchelper_files_list(l->tree);
	if (tree != NULL && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == 0) {
		char *argv[] = {program, tree, l->cc, cache, files, NULL};
		const struct proc_opts o = {.argv = argv,
			.pass_fds = &sv[1],
			.n_pass_fds = 1,
			.death_signal = SIGKILL,
			.on_exit = drain_then_exit,
			.ctx = l};
		l->proc = proc_start(l->loop, &o, e);
		close(sv[1]);
		if (l->proc == NULL) {
			close(sv[0]);
		} else {
			l->holders++;
			open_pipe(l, sv[0], e);
			send_bytes(l, &l->waiting);
		}
	} else if (tree != NULL) {
		err_sys(e, errno, _("cannot make a socket for the kconfig helper"));
	}
	free(program);
	free(tree);
	free(cache);
	free(files);
	return l->proc != NULL ? 0 : -1;
}

static void on_compile_line(void *ctx, const char *line, size_t n, bool is_err)
{
	struct kclink *l = ctx;
	if (!l->closing && l->p.line != NULL)
		l->p.line(l->p.ctx, line, n, is_err);
}

static void on_compile_command(void *ctx, const char *shell)
{
	struct kclink *l = ctx;
	if (l->p.command != NULL)
		l->p.command(l->p.ctx, shell);
}

static void on_compiled(void *ctx, struct err *e)
{
	struct kclink *l = ctx;
	struct err mine = {0};
	l->compiling = NULL;
	err_move(&mine, e);
	char *dir = err_is(&mine) || l->closing ? NULL : kchelper_dir(l->tree, &mine);
	if (dir != NULL)
		start(l, dir, &mine);
	free(dir);
	if (err_is(&mine))
		die(l, &mine);
	release(l);
}

static int compile_or_start(struct kclink *l, struct err *e)
{
	const struct op_cb cb = {.line = on_compile_line, .command = on_compile_command, .done = on_compiled, .ctx = l};
	char *dir = kchelper_dir(l->tree, e), *program = dir != NULL ? fs_join(dir, "kiln-kconfig") : NULL;
	if (program != NULL && fs_exists(program)) {
		start(l, dir, e);
	} else if (program != NULL) {
		l->compiling = kchelper_start(l->loop, l->tree, &cb, e);
		l->holders += l->compiling != NULL;
	}
	free(program);
	free(dir);
	return err_is(e) ? -1 : 0;
}

struct kclink *kclink_open(uv_loop_t *loop, const struct kclink_params *p, struct err *e)
{
	struct kclink *l = xcalloc(1, sizeof(*l));
	l->p = *p;
	l->loop = loop;
	l->tree = xstrdup(p->tree);
	l->cc = xstrdup(p->cc != NULL ? p->cc : "gcc");
	l->last = &l->first;
	l->holders = 1;
	if (compile_or_start(l, e) == 0)
		return l;
	kclink_close(l);
	return NULL;
}

void kclink_ask(struct kclink *l, int op, const struct buf *payload,
	void (*answer)(void *ctx, struct kcin *in, struct err *e), void *ctx)
{
	const struct kcp_head h = {
		(uint32_t)(payload != NULL ? payload->n : 0), ++l->next_id, (uint16_t)op, KCP_VERSION};
	struct ask *a = xcalloc(1, sizeof(*a));
	assert(!l->dead && !l->closing);
	*a = (struct ask){NULL, h.id, answer, ctx};
	*l->last = a;
	l->last = &a->next;
	struct buf frame = {0};
	buf_add(&frame, &h, sizeof(h));
	if (payload != NULL && payload->n > 0)
		buf_add(&frame, payload->p, payload->n);
	if (l->pipe_open)
		send_bytes(l, &frame);
	else
		buf_add(&l->waiting, frame.p, frame.n);
	buf_done(&frame);
}

bool kclink_is_dead(const struct kclink *l)
{
	return l->dead;
}

void kclink_close(struct kclink *l)
{
	struct err e = {0};
	if (l->closing)
		return;
	bool busy = !l->ready || l->first != NULL;
	err_set(&e, ERR_CANCELLED, _("stopped"));
	l->closing = true;
	answer_all(l, &e);
	err_done(&e);
	if (l->compiling != NULL)
		kchelper_cancel(l->compiling);
	if (l->proc != NULL && busy)
		proc_kill(l->proc, SIGTERM);
	close_pipe(l); /* an idle helper ends by itself at that */
	release(l);
}
