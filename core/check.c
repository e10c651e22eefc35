/* check: see check.h. The order of things: static checks are evaluated at once, those that boot one after the other. */
#include "core/check.h"

#include <stdlib.h>
#include <string.h>

#include "core/beneath.h"
#include "core/check_int.h"
#include "core/expect.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/record.h"

#define CHECK_PATTERN_MAX 1024
#define CHECK_WITHIN_MAX  600

const char *check_verdict_name(enum check_verdict v)
{
	static const char *const name[] = {"passed", "failed", "trouble", "skipped"};
	return name[v];
}

enum check_verdict check_together(const struct check_result *r, size_t n)
{
	static const int weight[] = {0, 2, 3, 1};
	enum check_verdict all = CHECK_PASSED;
	for (size_t i = 0; i < n; i++)
		if (weight[r[i].verdict] > weight[all])
			all = r[i].verdict;
	return all;
}

bool check_yes(struct check_eval *x, const struct ynode *y)
{
	bool yes = y->kind == YNODE_TEXT && strcmp(y->text, "yes") == 0;
	if (!yes && (y->kind != YNODE_TEXT || strcmp(y->text, "no") != 0))
		err_set(&x->trouble, ERR_INPUT, _("yes or no is expected"));
	return yes;
}

/* --- kinds that look at settings and records --- */

/* The value of CONFIG_name in the text of a .config, quotes taken off; "n" if it is not set. Returns owned. */
static char *config_value(const char *text, const char *name)
{
	char *key = xasprintf("\nCONFIG_%s=", name);
	const char *at = strstr(text, key);
	size_t n = at != NULL ? strcspn(at + strlen(key), "\n") : 0;
	const char *v = at != NULL ? at + strlen(key) : "n";
	n = at != NULL ? n : 1;
	if (n >= 2 && v[0] == '"' && v[n - 1] == '"') {
		v++;
		n -= 2;
	}
	char *value = xstrndup(v, n);
	free(key);
	return value;
}

/* kernel.config with a newline before its first line, so that every option is found by "\nCONFIG_". Returns owned. */
static char *read_config(struct check_eval *x)
{
	char *path = lab_path(x->env->pipeline->lab, "kernel.config");
	char *text = fs_exists(path) ? fs_read(path, NULL, &x->trouble) : NULL, *all = NULL;
	if (text != NULL)
		all = xasprintf("\n%s", text);
	else if (!err_is(&x->trouble))
		buf_adds(&x->evidence, _("there is no kernel.config yet"));
	free(text);
	free(path);
	return all;
}

static bool eval_kconfig(struct check_eval *x)
{
	char *text = read_config(x);
	bool ok = text != NULL;
	for (size_t i = 0; text != NULL && i < x->arg->n; i++) {
		const struct ynode *want = &x->arg->item[i];
		char *value = config_value(text, want->key);
		if (want->kind != YNODE_TEXT || strcmp(value, want->text) != 0) {
			ok = false;
			buf_addf(&x->value, "%s%s", x->value.n > 0 ? ", " : "", value);
			buf_addf(&x->evidence, _("%sCONFIG_%s is %s"), x->evidence.n > 0 ? ", " : "", want->key, value);
		}
		free(value);
	}
	free(text);
	return ok;
}

/* Does the line tell of the tools at hand, which nobody sets? A base may have been made before they were upgraded. */
static bool tells_of_tools(const char *line)
{
	static const char *const name[] = {"CC_VERSION_TEXT", "CC_IS_", "CC_HAS_", "CC_CAN_LINK", "GCC_VERSION",
		"CLANG_VERSION", "AS_IS_", "AS_VERSION", "AS_HAS_", "LD_IS_", "LD_VERSION", "LLD_VERSION",
		"PAHOLE_VERSION", "RUSTC_", "RUST_IS_AVAILABLE"};
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		if (str_starts(line + strlen("\nCONFIG_"), name[i]))
			return true;
	return false;
}

/* Options whose line in `from` is not in `to`. */
static long count_absent(const char *from, const char *to)
{
	long n = 0;
	for (const char *at = strstr(from, "\nCONFIG_"); at != NULL; at = strstr(at + 1, "\nCONFIG_")) {
		char *line = xstrndup(at, strcspn(at + 1, "\n") + 2);
		n += strstr(to, line) == NULL && !tells_of_tools(line);
		free(line);
	}
	return n;
}

static bool eval_kconfig_from(struct check_eval *x)
{
	const char *base = ynode_text(x->arg, "base", "tinyconfig");
	long max = strtol(ynode_text(x->arg, "max-changed", "0"), NULL, 10);
	char *name = xasprintf("%s.config", base), *path = fs_join(x->env->base_dir, name);
	char *mine = read_config(x), *file = mine != NULL ? fs_read(path, NULL, &x->trouble) : NULL;
	bool ok = false;
	if (file != NULL) {
		char *theirs = xasprintf("\n%s", file);
		long changed = count_absent(mine, theirs) + count_absent(theirs, mine);
		buf_addf(&x->value, "%ld", changed);
		buf_addf(&x->evidence, _("%ld lines differ from %s"), changed, base);
		ok = changed <= max;
		free(theirs);
	}
	free(file);
	free(mine);
	free(path);
	free(name);
	return ok;
}

static bool eval_option(struct check_eval *x)
{
	for (size_t i = 0; i < x->arg->n; i++) {
		const struct opt_row *row = opt_find(x->arg->item[i].key);
		if (row == NULL || x->arg->item[i].kind != YNODE_TEXT) {
			err_set(&x->trouble, ERR_INPUT, _("there is no setting `%s`"), x->arg->item[i].key);
			return false;
		}
		const char *value = optset_text(&x->env->pipeline->lab->opts, row->id);
		if (strcmp(value, x->arg->item[i].text) == 0)
			continue;
		buf_adds(&x->value, value);
		buf_addf(&x->evidence, "%s = %s", row->key, value);
		return false;
	}
	return true;
}

/* Lines of a stage's kept log that are warnings: "file:line: warning:". */
static long count_warnings(const struct pipeline *p, const char *stage)
{
	struct err ignored = {0};
	char *name = xasprintf("%s.log", stage), *path = pipeline_out(p, name), *text = fs_read(path, NULL, &ignored);
	long n = 0;
	for (const char *at = text != NULL ? strstr(text, "warning:") : NULL; at != NULL;
		at = strstr(at + 1, "warning:"))
		n++;
	err_done(&ignored);
	free(text);
	free(path);
	free(name);
	return n;
}

static bool eval_build(struct check_eval *x)
{
	const char *name = ynode_text(x->arg, "stage", ""), *warnings = ynode_text(x->arg, "warnings", NULL);
	int id = pipeline_stage_find(name);
	if (id < 0) {
		err_set(&x->trouble, ERR_INPUT, _("there is no stage `%s`"), name);
		return false;
	}
	const struct stage *s = &x->env->pipeline->stage[id];
	buf_adds(&x->value, pipeline_state_name(s->state));
	if (s->state != STATE_FRESH) {
		buf_addf(&x->evidence, _("%s is %s: %s"), name, pipeline_state_name(s->state),
			s->because != NULL ? s->because : "");
		return false;
	}
	long found = warnings != NULL ? count_warnings(x->env->pipeline, name) : 0;
	if (warnings == NULL || found <= strtol(warnings, NULL, 10))
		return true;
	buf_addf(&x->evidence, _("%ld warnings in out/%s.log"), found, name);
	return false;
}

static bool eval_event(struct check_eval *x)
{
	const char *did = ynode_text(x->arg, "did", ""), *arg = ynode_text(x->arg, "arg", "");
	size_t n = strlen(did);
	for (size_t i = 0; x->env->events != NULL && i < x->env->events->n; i++) {
		const char *ev = x->env->events->v[i];
		if (strncmp(ev, did, n) == 0 && (ev[n] == '\0' || ev[n] == ' ') && strstr(ev + n, arg) != NULL)
			return true;
	}
	buf_addf(&x->evidence, _("%s was not done yet"), did);
	return false;
}

static bool eval_quiz(struct check_eval *x)
{
	const char *right = ynode_text(x->step->quiz, "answer", "");
	if (x->env->answer == 0)
		buf_adds(&x->evidence, _("not answered yet"));
	else
		buf_addf(&x->value, "%ld", x->env->answer);
	return x->env->answer != 0 && strtol(right, NULL, 10) == x->env->answer;
}

static bool eval_any(struct check_eval *x);
static bool eval_not(struct check_eval *x);

const struct check_kind check_kinds[] = {
	{"kconfig", YNODE_MAP, NULL, eval_kconfig, false},
	{"kconfig-from", YNODE_MAP, "base max-changed", eval_kconfig_from, false},
	{"option", YNODE_MAP, NULL, eval_option, false},
	{"build", YNODE_MAP, "stage warnings", eval_build, false},
	{"size", YNODE_MAP, "path lt le gt ge eq", check_eval_size, false},
	{"file", YNODE_MAP, "path exists", check_eval_file, false},
	{"elf", YNODE_MAP, "path static machine undefined", check_eval_elf, false},
	{"cpio", YNODE_MAP, "path format has mode lt le gt ge eq", check_eval_cpio, false},
	{"iso", YNODE_MAP, "path eltorito label has lt le gt ge eq", check_eval_iso, false},
	{"source", YNODE_MAP, "path match not", check_eval_source, false},
	{"event", YNODE_MAP, "did arg", eval_event, false},
	{"lesson", YNODE_MAP, "path steps", check_eval_lesson, false},
	{"quiz", YNODE_TEXT, NULL, eval_quiz, false},
	{"any", YNODE_LIST, NULL, eval_any, false},
	{"not", YNODE_MAP, NULL, eval_not, false},
	{"boot", YNODE_MAP, "expect not within initramfs face iso", NULL, true},
	{"console", YNODE_LIST, NULL, NULL, true},
	{NULL, YNODE_TEXT, NULL, NULL, false},
};

const struct check_kind *check_kind_of(const struct ynode *check, const struct ynode **arg)
{
	for (const struct check_kind *k = check_kinds; k->name != NULL; k++)
		if ((*arg = ynode_get(check, k->name)) != NULL)
			return k;
	return NULL;
}

/* A check within any or not. */
static bool eval_inner(struct check_eval *x, const struct ynode *check)
{
	const struct ynode *arg, *outer = x->arg;
	const struct check_kind *k = check_kind_of(check, &arg);
	if (k == NULL || k->eval == NULL) {
		err_set(&x->trouble, ERR_INPUT, _("only static checks may stand within any and not"));
		return false;
	}
	x->arg = arg;
	bool ok = k->eval(x);
	x->arg = outer;
	return ok;
}

static bool eval_any(struct check_eval *x)
{
	for (size_t i = 0; i < x->arg->n; i++)
		if (eval_inner(x, &x->arg->item[i]))
			return true;
	return false;
}

static bool eval_not(struct check_eval *x)
{
	return !eval_inner(x, x->arg) && !err_is(&x->trouble);
}

/* --- the order of things --- */

struct checker {
	struct check_env env;
	const struct lesson_step *step;
	void (*done)(void *ctx, const struct check_result *r, size_t n);
	void *ctx;
	struct check_result *result;
	size_t next; /* check to evaluate */
	struct check_eval eval;
	struct check_boot *boot;
	uv_timer_t timer;
	size_t n;
	bool cancelled, abandoned;
};

/* The message with {value} and {evidence} filled in. Returns owned. */
static char *fill_in(const char *say, const struct check_eval *x)
{
	struct buf b = {0};
	for (const char *s = say; *s != '\0';) {
		if (strncmp(s, "{value}", 7) == 0) {
			buf_adds(&b, x->value.p != NULL ? x->value.p : "?");
			s += 7;
		} else if (strncmp(s, "{evidence}", 10) == 0) {
			buf_adds(&b, x->evidence.p != NULL ? x->evidence.p : "?");
			s += 10;
		} else {
			buf_addc(&b, *s++);
		}
	}
	return buf_take(&b);
}

static void conclude(struct checker *c, bool passed)
{
	const struct lesson_check *check = &c->step->check[c->next];
	struct check_result *r = &c->result[c->next++];
	struct check_eval *x = &c->eval;
	r->verdict = err_is(&x->trouble) ? CHECK_TROUBLE : passed ? CHECK_PASSED : CHECK_FAILED;
	r->say = err_is(&x->trouble) ? err_text(&x->trouble) : passed ? NULL : fill_in(check->say, x);
	r->value = x->value.p != NULL ? buf_take(&x->value) : NULL;
	r->evidence = x->evidence.p != NULL ? buf_take(&x->evidence) : NULL;
	buf_done(&x->value);
	buf_done(&x->evidence);
	err_done(&x->trouble);
}

static void step_on(uv_timer_t *t);

static void on_boot_done(void *ctx, bool passed)
{
	struct checker *c = ctx;
	c->boot = NULL;
	if (!c->abandoned)
		conclude(c, passed);
	uv_timer_start(&c->timer, step_on, 0, 0);
}

static void on_closed(uv_handle_t *h)
{
	struct checker *c = h->data;
	for (; c->next < c->n && !c->abandoned; c->next++) {
		c->result[c->next].id = c->step->check[c->next].id;
		c->result[c->next].verdict = CHECK_SKIPPED;
	}
	if (!c->abandoned)
		c->done(c->ctx, c->result, c->n);
	for (size_t i = 0; i < c->n; i++) {
		free(c->result[i].value);
		free(c->result[i].evidence);
		free(c->result[i].say);
	}
	free(c->result);
	free(c);
}

/* Evaluate checks until one boots. */
static void step_on(uv_timer_t *t)
{
	struct checker *c = t->data;
	while (!c->cancelled && c->next < c->n) {
		const struct ynode *node = c->step->check[c->next].node;
		const struct check_kind *k = check_kind_of(node, &c->eval.arg);
		c->result[c->next].id = c->step->check[c->next].id;
		if (c->env.unbuilt && check_stages(&c->step->check[c->next]) >> (STAGE_CONFIG + 1) != 0) {
			c->result[c->next++].verdict = CHECK_SKIPPED;
		} else if (k == NULL) {
			err_set(&c->eval.trouble, ERR_INPUT, _("the check names no kind of check"));
			conclude(c, false);
		} else if (!k->slow) {
			conclude(c, k->eval(&c->eval));
		} else if (c->env.static_only) {
			c->result[c->next++].verdict = CHECK_SKIPPED;
		} else {
			c->boot = check_boot_start(&c->eval, k->name, on_boot_done, c);
			if (c->boot != NULL)
				return;
			conclude(c, false);
		}
	}
	uv_close((uv_handle_t *)t, on_closed);
}

struct checker *check_start(const struct check_env *env, const struct lesson_step *step,
	void (*done)(void *ctx, const struct check_result *r, size_t n), void *ctx)
{
	struct checker *c = xcalloc(1, sizeof(*c));
	c->env = *env;
	c->step = step;
	c->n = step->n_check;
	c->done = done;
	c->ctx = ctx;
	c->result = xcalloc(step->n_check + 1, sizeof(*c->result));
	c->eval.env = &c->env;
	c->eval.step = step;
	uv_timer_init(env->loop, &c->timer);
	c->timer.data = c;
	uv_timer_start(&c->timer, step_on, 0, 0);
	return c;
}

void check_cancel(struct checker *c)
{
	c->cancelled = true;
	if (c->boot != NULL)
		check_boot_cancel(c->boot);
}

void check_abandon(struct checker *c)
{
	c->abandoned = true;
	check_cancel(c);
}

bool check_is_slow(const struct lesson_check *c)
{
	const struct ynode *arg;
	const struct check_kind *k = check_kind_of(c->node, &arg);
	return k != NULL && k->slow;
}

/* A check of what the lab holds; not of what was done, answered or shown by a boot. */
static const struct check_kind *state_kind(const struct lesson_check *c, const struct ynode **arg)
{
	const struct check_kind *k = check_kind_of(c->node, arg);
	bool state = k != NULL && !k->slow && strcmp(k->name, "event") != 0 && strcmp(k->name, "quiz") != 0;
	return state ? k : NULL;
}

size_t check_state_count(const struct lesson_step *step)
{
	const struct ynode *arg;
	size_t n = 0;
	for (size_t i = 0; i < step->n_check; i++)
		n += state_kind(&step->check[i], &arg) != NULL;
	return n;
}

bool check_state(const struct check_env *env, const struct lesson_step *step, struct buf *why)
{
	bool all = true;
	for (size_t i = 0; i < step->n_check && all; i++) {
		struct check_eval x = {.env = env, .step = step};
		const struct check_kind *k = state_kind(&step->check[i], &x.arg);
		all = k == NULL || (k->eval(&x) && !err_is(&x.trouble));
		if (!all && err_is(&x.trouble)) {
			buf_adds(why, x.trouble.msg);
		} else if (!all) {
			char *say = fill_in(step->check[i].say, &x);
			buf_adds(why, say);
			free(say);
		}
		buf_done(&x.value);
		buf_done(&x.evidence);
		err_done(&x.trouble);
	}
	return all;
}

/* --- lint --- */

static int lint_pattern(const struct lesson *l, const struct ynode *map, const char *key, struct err *e)
{
	const struct ynode *y = ynode_get(map, key);
	struct err bad = {0};
	if (y == NULL)
		return 0;
	if (y->kind != YNODE_TEXT || strlen(y->text) > CHECK_PATTERN_MAX)
		return ynode_err(y, l->path, e, _("a pattern is text of at most %d bytes"), CHECK_PATTERN_MAX);
	if (expect_check(y->text, &bad) == 0)
		return 0;
	ynode_err(y, l->path, e, "%s", bad.msg);
	err_done(&bad);
	return -1;
}

/* A terminal echoes what is typed: a pattern that this alone satisfies proves nothing. */
static int lint_echo(const struct lesson *l, const struct ynode *item, struct err *e)
{
	const char *send = ynode_text(item, "send", NULL), *expect = ynode_text(item, "expect", NULL);
	struct err bad = {0};
	if (send == NULL || expect == NULL)
		return 0;
	struct expect *x = expect_new();
	expect_feed(x, send, strlen(send));
	bool hit = expect_want(x, expect, &bad) == 0 && expect_poll(x, NULL, &bad);
	expect_free(x);
	err_done(&bad);
	if (!hit)
		return 0;
	ynode_err(item, l->path, e, _("`expect` matches what is sent: the terminal's echo would pass the check"));
	err_hint(e, "%s", _("expect something that only the answer has"));
	return -1;
}

static int lint_path(const struct lesson *l, const struct ynode *map, struct err *e)
{
	const struct ynode *y = ynode_get(map, "path");
	if (y == NULL || (y->kind == YNODE_TEXT && beneath_is_path(y->text)))
		return 0;
	return ynode_err(
		y, l->path, e, _("a path lies beneath the lab: not absolute, without `.`, `..` or empty parts"));
}

static int lint_within(const struct lesson *l, const struct ynode *map, struct err *e)
{
	const struct ynode *y = ynode_get(map, "within");
	char *end = NULL;
	double x = y != NULL && y->kind == YNODE_TEXT ? strtod(y->text, &end) : 0;
	if (y == NULL || (end != NULL && end != y->text && *end == '\0' && x > 0 && x <= CHECK_WITHIN_MAX))
		return 0;
	return ynode_err(y, l->path, e, _("`within` is a number of seconds up to %d"), CHECK_WITHIN_MAX);
}

static int lint_kind(const struct lesson *l, const struct check_kind *k, const struct ynode *arg, struct err *e)
{
	static const char *const pattern[] = {"expect", "not", "match"};
	if (arg->kind != k->arg)
		return ynode_err(arg, l->path, e, _("`%s` takes %s"), k->name,
			k->arg == YNODE_MAP    ? "`key: value` pairs"
			: k->arg == YNODE_LIST ? "a list"
					       : "a word");
	if (k->keys != NULL && ynode_only(arg, l->path, k->keys, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(pattern) && k->arg == YNODE_MAP && strcmp(k->name, "not") != 0; i++)
		if (lint_pattern(l, arg, pattern[i], e) < 0)
			return -1;
	if (k->arg == YNODE_MAP && k->keys != NULL && (lint_path(l, arg, e) < 0 || lint_within(l, arg, e) < 0))
		return -1;
	for (size_t i = 0; i < arg->n && strcmp(k->name, "console") == 0; i++)
		if (ynode_only(&arg->item[i], l->path, "send expect not within", e) < 0 ||
			lint_pattern(l, &arg->item[i], "expect", e) < 0 ||
			lint_pattern(l, &arg->item[i], "not", e) < 0 || lint_echo(l, &arg->item[i], e) < 0 ||
			lint_within(l, &arg->item[i], e) < 0)
			return -1;
	return 0;
}

int check_lint(const struct lesson *l, const struct lesson_step *s, const struct lesson_check *c, struct err *e)
{
	struct buf known = {0};
	const struct ynode *arg;
	const struct check_kind *k = check_kind_of(c->node, &arg);
	buf_adds(&known, "id say points visibility");
	for (const struct check_kind *i = check_kinds; i->name != NULL; i++)
		buf_addf(&known, " %s", i->name);
	int r = ynode_only(c->node, l->path, known.p, e);
	buf_done(&known);
	if (r == 0 && k == NULL)
		r = ynode_err(c->node, l->path, e, _("the check `%s` names no kind of check"), c->id);
	if (r == 0 && strcmp(k->name, "quiz") == 0 && s->quiz == NULL)
		r = ynode_err(c->node, l->path, e, _("the step `%s` has no {quiz}"), s->id);
	return r == 0 ? lint_kind(l, k, arg, e) : -1;
}
