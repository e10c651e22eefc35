/* source_op: the running unpack that source.h promises: starts the worker (source_unpack.c), passes its lines on, and
 * at its end takes the tree over. Also reads in make's output which folder the subset lacks. */
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/paths.h"
#include "core/proc.h"
#include "core/source.h"
#include "core/source_subset.h"
#include "core/str.h"

struct source_op {
	struct source *s;
	struct op_cb cb;
	struct proc *proc; /* NULL: nothing to do, or over */
	uv_timer_t timer;  /* for an end on the loop's next turn */
	struct proc_lines out, err;
	char *tree; /* being filled */
	char *last; /* last line of the worker's stderr */
	struct err end;
	bool cancelled;
};

static void free_op(struct source_op *op)
{
	err_done(&op->end);
	free(op->tree);
	free(op->last);
	free(op);
}

static void on_closed(uv_handle_t *h)
{
	free_op(h->data);
}

/* Tell the end. The handle goes with the timer. */
static void finish(struct source_op *op)
{
	if (op->cancelled && !err_is(&op->end))
		err_set(&op->end, ERR_CANCELLED, _("stopped"));
	op->cb.done(op->cb.ctx, &op->end);
	uv_close((uv_handle_t *)&op->timer, on_closed);
}

static void on_timer(uv_timer_t *t)
{
	finish(t->data);
}

static void take_error(struct source_op *op, const char *text)
{
	struct json_object *o = json_tokener_parse(text), *code, *msg, *hint;
	if (o != NULL && json_object_object_get_ex(o, "code", &code) && json_object_object_get_ex(o, "msg", &msg)) {
		err_set(&op->end, (enum err_code)json_object_get_int(code), "%s", json_object_get_string(msg));
		if (json_object_object_get_ex(o, "hint", &hint))
			err_hint(&op->end, "%s", json_object_get_string(hint));
	}
	json_object_put(o);
}

static void on_out_line(void *ctx, const char *line, size_t n)
{
	struct source_op *op = ctx;
	char *text = xstrndup(line, n), *end;
	if (str_starts(text, "progress ") && op->cb.progress != NULL) {
		uint64_t done = strtoull(text + 9, &end, 10), total = strtoull(end, &end, 10);
		op->cb.progress(op->cb.ctx, *end == ' ' ? end + 1 : end, done, total);
	} else if (str_starts(text, "say ") && op->cb.line != NULL) {
		op->cb.line(op->cb.ctx, text + 4, n - 4, false);
	} else if (str_starts(text, "error ")) {
		take_error(op, text + 6);
	}
	free(text);
}

static void on_err_line(void *ctx, const char *line, size_t n)
{
	struct source_op *op = ctx;
	free(op->last);
	op->last = xstrndup(line, n);
	if (op->cb.line != NULL)
		op->cb.line(op->cb.ctx, line, n, true);
}

static void on_output(void *ctx, const char *bytes, size_t n, bool is_err)
{
	struct source_op *op = ctx;
	proc_lines_feed(is_err ? &op->err : &op->out, bytes, n, is_err ? on_err_line : on_out_line, op);
}

static void on_exit_cb(void *ctx, int status, int sig)
{
	struct source_op *op = ctx;
	op->proc = NULL;
	proc_lines_end(&op->out, on_out_line, op);
	proc_lines_end(&op->err, on_err_line, op);
	if (status == 0)
		source_take_tree(op->s, op->tree, &op->end);
	else if (sig != 0 && !op->cancelled)
		err_set(&op->end, ERR_WORLD, _("the unpacking of %s was killed by signal %d"), op->s->origin, sig);
	else if (!op->cancelled)
		err_set(&op->end, ERR_WORLD, _("the unpacking of %s failed"), op->s->origin);
	if (op->last != NULL)
		err_evidence(&op->end, op->last);
	if (op->cancelled && op->end.code != ERR_CANCELLED && status != 0)
		err_done(&op->end);
	finish(op);
}

static struct source_op *new_op(uv_loop_t *loop, struct source *s, const struct op_cb *cb)
{
	struct source_op *op = xcalloc(1, sizeof(*op));
	op->s = s;
	op->cb = *cb;
	uv_timer_init(loop, &op->timer);
	op->timer.data = op;
	return op;
}

/* The same by hand. */
static void show_command(const struct source_op *op, const char *dir)
{
	char *argv[] = {"tar", "-xf", op->s->origin, "-C", op->tree, "--strip-components=1", NULL, NULL};
	char *only = dir != NULL ? xasprintf("*/%s", dir) : NULL;
	struct strv v = {0};
	strv_addv(&v, (const char *const *)argv);
	if (only != NULL) {
		strv_add(&v, "--wildcards");
		strv_add(&v, only);
	}
	char *shell = strv_shell(v.v);
	op->cb.command(op->cb.ctx, shell);
	free(shell);
	free(only);
	strv_done(&v);
}

static struct source_op *start(
	uv_loop_t *loop, struct source *s, const char *dir, const struct op_cb *cb, struct err *e)
{
	struct source_op *op = new_op(loop, s, cb);
	op->tree = s->tree != NULL ? xstrdup(s->tree) : source_cache_tree(s, e);
	char *parent = op->tree != NULL ? xstrndup(op->tree, (size_t)(strrchr(op->tree, '/') - op->tree)) : NULL;
	char *argv[] = {"/proc/self/exe", "internal", "unpack", s->id, s->origin, op->tree, (char *)dir, NULL};
	const struct proc_opts o = {.argv = argv, .on_output = on_output, .on_exit = on_exit_cb, .ctx = op};
	if (op->tree != NULL && fs_mkdirs(parent, e) == 0) {
		if (cb->command != NULL)
			show_command(op, dir);
		op->proc = proc_start(loop, &o, e);
	}
	free(parent);
	if (op->proc != NULL)
		return op;
	uv_close((uv_handle_t *)&op->timer, on_closed);
	return NULL;
}

struct source_op *source_unpack(uv_loop_t *loop, struct source *s, const struct op_cb *cb, struct err *e)
{
	if (s->tree == NULL)
		return start(loop, s, NULL, cb, e);
	struct source_op *op = new_op(loop, s, cb);
	uv_timer_start(&op->timer, on_timer, 0, 0);
	return op;
}

struct source_op *source_unpack_dir(
	uv_loop_t *loop, struct source *s, const char *dir, const struct op_cb *cb, struct err *e)
{
	if (s->subset && s->tree != NULL)
		return start(loop, s, dir, cb, e);
	err_set(e, ERR_INPUT, _("the kernel source %s has no %s"), s->origin, dir);
	return NULL;
}

void source_cancel(struct source_op *op)
{
	op->cancelled = true;
	if (op->proc != NULL)
		proc_cancel(op->proc, 10000); /* it removes what it has unpacked */
}

/* Cut what stands between two marks in a line. Returns owned, or NULL. */
static char *between(const char *line, const char *before, const char *after)
{
	const char *from = strstr(line, before);
	if (from == NULL)
		return NULL;
	from += strlen(before);
	const char *to = strstr(from, after);
	return to != NULL ? xstrndup(from, (size_t)(to - from)) : NULL;
}

/* A path that make or gcc named, as one below the top of the tree. Returns owned. */
static char *in_tree(const struct source *s, const char *path)
{
	size_t n = strlen(s->tree);
	if (strncmp(path, s->tree, n) == 0 && path[n] == '/')
		path += n + 1;
	static const char root[] = "/.kiln-no-such-folder/"; /* so that .. is resolved by text */
	char *rooted = xasprintf("%s%s", root, path), *clean = fs_absolute(rooted);
	char *rel = xstrdup(str_starts(clean, root) ? clean + strlen(root) : clean);
	free(rooted);
	free(clean);
	return rel;
}

/* Is this file of the rest still not in the tree (or not whole)? */
static bool is_missing(const struct source *s, const struct rest_file *f)
{
	char *path = fs_join(s->tree, f->path);
	bool missing = fs_size(path) != (int64_t)f->size;
	free(path);
	return missing;
}

/* The folder of path if some file of the rest that lies directly in it is missing. Returns owned, or NULL. */
static char *dir_with_rest(const struct source *s, const struct rest *rest, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash != NULL ? (size_t)(slash - path) : 0;
	for (size_t i = 0; i < rest->n && n > 0; i++) {
		const char *p = rest->v[i].path;
		if (strncmp(p, path, n + 1) == 0 && strchr(p + n + 1, '/') == NULL && is_missing(s, &rest->v[i]))
			return xstrndup(path, n);
	}
	return NULL;
}

/* A header of the rest that "#include <header>" in the file `from` can mean: the one that shares most of from's path.
 * Returns the owned folder of it, or NULL. */
static char *dir_of_header(const struct source *s, const struct rest *rest, const char *from, const char *header)
{
	const struct rest_file *best = NULL;
	size_t best_shared = 0, n = strlen(header);
	while (str_starts(header, "../"))
		header += 3, n -= 3;
	for (size_t i = 0; i < rest->n; i++) {
		const char *p = rest->v[i].path;
		size_t len = strlen(p), shared = 0;
		if (len <= n || p[len - n - 1] != '/' || strcmp(p + len - n, header) != 0 ||
			!is_missing(s, &rest->v[i]))
			continue;
		while (p[shared] != '\0' && p[shared] == from[shared])
			shared++;
		if (best == NULL || shared > best_shared) {
			best = &rest->v[i];
			best_shared = shared;
		}
	}
	const char *slash = best != NULL ? strrchr(best->path, '/') : NULL;
	return slash != NULL ? xstrndup(best->path, (size_t)(slash - best->path)) : NULL;
}

char *source_missing_dir(const struct source *s, const char *line, size_t n)
{
	bool rule = memmem(line, n, "No rule to make target", 22) != NULL;
	struct rest rest;
	if (!s->subset || s->tree == NULL || (!rule && memmem(line, n, ": No such file or directory", 27) == NULL))
		return NULL;
	char *text = xstrndup(line, n), *dir = NULL, *from = NULL;
	char *what = rule ? between(text, "target '", "'") : between(text, "fatal error: ", ": No such file");
	if (what != NULL && rest_load(&rest, s->tree)) {
		text[strcspn(text, ":")] = '\0';
		from = in_tree(s, rule ? what : text);
		dir = rule ? dir_with_rest(s, &rest, from) : dir_of_header(s, &rest, from, what);
		rest_done(&rest);
	}
	free(from);
	free(what);
	free(text);
	return dir;
}
