/* kcbuild: see kcbuild.h. One job: start the helper, load or compose, set, look what survived, write. */
#include "core/kcbuild.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/kchelper.h"
#include "core/kclink.h"
#include "core/paths.h"
#include "core/str.h"
#include "kconfig/proto.h"

struct kcbuild {
	uv_loop_t *loop;
	struct kclink *link;
	struct op_cb cb;
	struct kcbuild_want *want; /* names and values owned */
	size_t n_want;
	char *tree, *from, *out;
	struct strv drift; /* one line each: NAME is x, not y: reasons */
	size_t asking;     /* the want whose reasons are asked for */
	char **got;        /* values that the wants have now */
	uv_idle_t later;
	struct err result;
};

/* --- the end --- */

static void free_job(uv_handle_t *h)
{
	struct kcbuild *k = h->data;
	for (size_t i = 0; i < k->n_want; i++) {
		free((char *)k->want[i].name);
		free((char *)k->want[i].value);
		free(k->got[i]);
	}
	free(k->want);
	free(k->got);
	free(k->tree);
	free(k->from);
	free(k->out);
	strv_done(&k->drift);
	err_done(&k->result);
	free(k);
}

/* Tell the end on a turn of the loop of its own, so that no callback of the link is on the stack. */
static void tell(uv_idle_t *idle)
{
	struct kcbuild *k = idle->data;
	uv_idle_stop(idle);
	if (k->link != NULL)
		kclink_close(k->link);
	k->link = NULL;
	k->cb.done(k->cb.ctx, &k->result);
	uv_close((uv_handle_t *)idle, free_job);
}

/* Takes *e; the first end counts. */
static void end(struct kcbuild *k, struct err *e)
{
	if (uv_is_active((uv_handle_t *)&k->later)) {
		if (e != NULL)
			err_done(e);
		return;
	}
	if (e != NULL)
		err_move(&k->result, e);
	uv_idle_start(&k->later, tell);
}

/* Did the step fail? Then the job ends. */
static bool failed(struct kcbuild *k, struct kcin *in, struct err *e)
{
	if (!err_is(e) && in->bad)
		err_set(e, ERR_WORLD, _("the kconfig helper's answer is cut short"));
	if (err_is(e))
		end(k, e);
	return err_is(&k->result);
}

/* --- writing --- */

static void on_saved(void *ctx, struct kcin *in, struct err *e)
{
	struct kcbuild *k = ctx;
	size_t n;
	struct err mine = {0};
	const char *text = kcin_str(in, &n);
	if (failed(k, in, e))
		return;
	fs_write_if_changed(k->out, text, n, 0644, &mine);
	end(k, &mine);
}

static void save(struct kcbuild *k)
{
	struct buf b = {0};
	if (k->out == NULL) {
		end(k, NULL);
		return;
	}
	kcout_u8(&b, 0);
	kclink_ask(k->link, KCP_SAVE, &b, on_saved, k);
	buf_done(&b);
}

/* --- drift --- */

static void report_drift(struct kcbuild *k)
{
	struct err e = {0};
	if (k->drift.n == 1) {
		err_set(&e, ERR_INPUT, "%s", k->drift.v[0]);
	} else {
		struct buf all = {0};
		for (size_t i = 0; i < k->drift.n; i++)
			buf_addf(&all, "\n  %s", k->drift.v[i]);
		err_set(&e, ERR_INPUT, _("%zu wanted options did not survive:%s"), k->drift.n, all.p);
		buf_done(&all);
	}
	err_hint(&e, _("set what is needed too (kiln config --set NAME=y), or drop the option; nothing was written"));
	end(k, &e);
}

static void ask_next_why(struct kcbuild *k);

static void on_why(void *ctx, struct kcin *in, struct err *e)
{
	struct kcbuild *k = ctx;
	struct buf line = {0};
	const struct kcbuild_want *w = &k->want[k->asking];
	uint32_t n = kcin_u32(in);
	if (failed(k, in, e))
		return;
	buf_addf(&line, "%s is %s, not %s:", w->name, k->got[k->asking], w->value);
	if (n == 0)
		buf_adds(&line, " another option of its group, or its default, decides otherwise");
	for (uint32_t i = 0; i < n && !in->bad; i++)
		buf_addf(&line, "%s it %s", i > 0 ? ";" : "", kcin_str(in, NULL));
	strv_add(&k->drift, line.p);
	buf_done(&line);
	k->asking++;
	ask_next_why(k);
}

static bool same_value(const char *want, const char *got)
{
	char *end_want, *end_got;
	if (strcmp(want, got) == 0)
		return true;
	if (strncmp(got, "0x", 2) != 0 && strncmp(got, "0X", 2) != 0)
		return false;
	return want[0] != '\0' && strtoull(want, &end_want, 16) == strtoull(got, &end_got, 16) && *end_want == '\0' &&
	       *end_got == '\0';
}

static void ask_next_why(struct kcbuild *k)
{
	while (k->asking < k->n_want && same_value(k->want[k->asking].value, k->got[k->asking]))
		k->asking++;
	if (k->asking < k->n_want) {
		struct buf b = {0};
		kcout_str(&b, k->want[k->asking].name);
		kcout_str(&b, k->want[k->asking].value);
		kclink_ask(k->link, KCP_WHY, &b, on_why, k);
		buf_done(&b);
	} else if (k->drift.n > 0) {
		report_drift(k);
	} else {
		save(k);
	}
}

static void on_values(void *ctx, struct kcin *in, struct err *e)
{
	struct kcbuild *k = ctx;
	for (size_t i = 0; i < k->n_want; i++) {
		kcin_u8(in);
		kcin_u8(in);
		kcin_u8(in);
		k->got[i] = xstrdup(kcin_str(in, NULL));
	}
	if (!failed(k, in, e))
		ask_next_why(k);
}

/* --- loading --- */

static void unknown(const struct kcbuild *k, size_t i, const char *near, struct err *e)
{
	err_set(e, ERR_INPUT, _("this kernel has no option %s"), k->want[i].name);
	if (near[0] != '\0')
		err_hint(e, _("did you mean %s?"), near);
	else
		err_hint(e, _("kiln config --search WORD finds options by name, title and help"));
}

static void on_loaded(void *ctx, struct kcin *in, struct err *e)
{
	struct kcbuild *k = ctx;
	struct buf b = {0};
	uint32_t n = kcin_u32(in);
	for (uint32_t i = 0; i < n && i < k->n_want && !err_is(e); i++) {
		bool known = kcin_u8(in) != 0;
		const char *near = kcin_str(in, NULL);
		if (!known && !in->bad)
			unknown(k, i, near, e);
	}
	if (failed(k, in, e))
		return;
	kcout_u32(&b, (uint32_t)k->n_want);
	for (size_t i = 0; i < k->n_want; i++)
		kcout_str(&b, k->want[i].name);
	kclink_ask(k->link, KCP_VALUES, &b, on_values, k);
	buf_done(&b);
}

static void add_wants(const struct kcbuild *k, struct buf *b)
{
	kcout_u32(b, (uint32_t)k->n_want);
	for (size_t i = 0; i < k->n_want; i++) {
		kcout_str(b, k->want[i].name);
		kcout_str(b, k->want[i].value);
	}
}

static void on_tiny(void *ctx, struct kcin *in, struct err *e)
{
	struct kcbuild *k = ctx;
	struct buf b = {0};
	if (failed(k, in, e))
		return;
	kcout_str(&b, "tinyconfig");
	kcout_str(&b, "");
	add_wants(k, &b);
	kclink_ask(k->link, KCP_MERGE, &b, on_loaded, k);
	buf_done(&b);
}

static int ask_first(struct kcbuild *k, struct err *e)
{
	struct buf b = {0};
	size_t n;
	if (k->from == NULL) {
		kclink_ask(k->link, KCP_TINY, NULL, on_tiny, k);
		return 0;
	}
	char *text = fs_read(k->from, &n, e);
	if (text == NULL)
		return -1;
	kcout_str(&b, k->from);
	kcout_strn(&b, text, n);
	add_wants(k, &b);
	kclink_ask(k->link, KCP_LOAD, &b, on_loaded, k);
	buf_done(&b);
	free(text);
	return 0;
}

static void on_message(void *ctx, int severity, const char *text)
{
	struct kcbuild *k = ctx;
	if (k->cb.line != NULL)
		k->cb.line(k->cb.ctx, text, strlen(text), severity > 0);
}

static void on_line(void *ctx, const char *line, size_t n, bool is_err)
{
	struct kcbuild *k = ctx;
	if (k->cb.line != NULL)
		k->cb.line(k->cb.ctx, line, n, is_err);
}

static void on_command(void *ctx, const char *shell)
{
	struct kcbuild *k = ctx;
	if (k->cb.command != NULL)
		k->cb.command(k->cb.ctx, shell);
}

static void tell_command(const struct kcbuild *k)
{
	char *shell;
	if (k->cb.command == NULL)
		return;
	if (k->from == NULL)
		shell = xasprintf(
			"make -C %s O=… tinyconfig   # then the wanted options, then: make olddefconfig", k->tree);
	else
		shell = xasprintf("make -C %s O=… olddefconfig", k->tree);
	k->cb.command(k->cb.ctx, shell);
	free(shell);
}

struct kcbuild *kcbuild_start(uv_loop_t *loop, const struct kcbuild_params *p, const struct op_cb *cb, struct err *e)
{
	struct kcbuild *k = xcalloc(1, sizeof(*k));
	k->loop = loop;
	k->cb = *cb;
	k->tree = xstrdup(p->tree);
	k->from = p->from != NULL ? xstrdup(p->from) : NULL;
	k->out = p->out != NULL ? xstrdup(p->out) : NULL;
	k->n_want = p->n_want;
	k->want = xcalloc(p->n_want + 1, sizeof(*k->want));
	k->got = xcalloc(p->n_want + 1, sizeof(*k->got));
	for (size_t i = 0; i < p->n_want; i++)
		k->want[i] = (struct kcbuild_want){xstrdup(p->want[i].name), xstrdup(p->want[i].value)};
	k->later.data = k;
	const struct kclink_params lp = {
		.tree = p->tree, .cc = p->cc, .message = on_message, .line = on_line, .command = on_command, .ctx = k};
	tell_command(k);
	k->link = kclink_open(loop, &lp, e);
	if (k->link != NULL && ask_first(k, e) == 0) {
		uv_idle_init(loop, &k->later);
		return k;
	}
	if (k->link != NULL)
		kclink_close(k->link);
	free_job((uv_handle_t *)&k->later);
	return NULL;
}

void kcbuild_cancel(struct kcbuild *k)
{
	struct err e = {0};
	err_set(&e, ERR_CANCELLED, _("stopped"));
	end(k, &e);
}

/* --- identity --- */

static void add_identity(struct buf *b, const char *base, const char *name)
{
	struct stat st;
	char *path = fs_join(base, name);
	if (stat(path, &st) == 0)
		buf_addf(b, "%s %lld %lld.%09ld\n", name, (long long)st.st_size, (long long)st.st_mtim.tv_sec,
			st.st_mtim.tv_nsec);
	free(path);
}

char *kcbuild_identity(const char *tree, const char *cc)
{
	static const char *const own[] = {"Kconfig", "Makefile", "arch/x86/Kconfig", "scripts/kconfig/conf.c",
		"scripts/kconfig/confdata.c", "scripts/kconfig/symbol.c", "scripts/kconfig/parser.y",
		"kernel/configs/tiny.config", "kernel/configs/tiny-base.config", "arch/x86/configs/tiny.config"};
	struct buf b = {0};
	struct err ignored = {0};
	char hex[65], *list = kchelper_files_list(tree);
	size_t n = 0;
	char *files = fs_exists(list) ? fs_read(list, &n, &ignored) : NULL;
	char *compiler = fs_which(cc != NULL ? cc : "gcc");
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		add_identity(&b, tree, own[i]);
	for (size_t at = 0; files != NULL && at < n; at += strlen(files + at) + 1)
		add_identity(&b, tree, files + at);
	if (compiler != NULL)
		add_identity(&b, "/", compiler);
	fs_sha256(b.p != NULL ? b.p : "", b.n, hex);
	err_done(&ignored);
	buf_done(&b);
	free(files);
	free(list);
	free(compiler);
	return xstrdup(hex);
}
