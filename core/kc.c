/* kc: see kc.h. The menu tree comes as a mapped image, values as frames; both are kept here for reading at once. If the
 * helper dies, another is started and all edits are sent again. */
#include "core/i18n.h"
#include "core/kc_private.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/fs.h"

#define CRASHES_MAX 5

static void start_values(struct kc *kc);

/* --- small things --- */

void kc_touch(struct kc *kc)
{
	kc->rev++;
	if (kc->p.changed != NULL && !kc->closing)
		kc->p.changed(kc->p.ctx);
}

void kc_say(struct kc *kc, bool warning, const char *fmt, ...)
{
	va_list ap;
	if (kc->p.message == NULL || kc->closing)
		return;
	va_start(ap, fmt);
	char *text = xvasprintf(fmt, ap);
	va_end(ap);
	kc->p.message(kc->p.ctx, text, warning);
	free(text);
}

const char *kc_string(const struct kc *kc, uint32_t at)
{
	return at != 0 && at < kc->head.n_text ? kc->text + at : NULL;
}

void kc_clear_changes(struct kc_changes *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].was);
		free(c->v[i].now);
	}
	free(c->v);
	memset(c, 0, sizeof(*c));
}

void kc_log(struct kc *kc, int op, const struct buf *payload)
{
	kc->log = xrealloc(kc->log, (kc->n_log + 1) * sizeof(*kc->log));
	struct kc_logged *l = &kc->log[kc->n_log++];
	memset(l, 0, sizeof(*l));
	l->op = op;
	if (payload->n > 0)
		buf_add(&l->payload, payload->p, payload->n);
}

static void clear_log(struct kc *kc)
{
	for (size_t i = 0; i < kc->n_log; i++)
		buf_done(&kc->log[i].payload);
	free(kc->log);
	kc->log = NULL;
	kc->n_log = 0;
}

void kc_note_file(struct kc *kc, const char *path)
{
	char *copy = xstrdup(path);
	free(kc->file);
	kc->file = copy;
	kc->file_there = stat(path, &kc->file_stat) == 0;
	kc->modified = false;
}

bool kc_file_changed(const struct kc *kc)
{
	struct stat now;
	if (kc->file == NULL)
		return false;
	bool there = stat(kc->file, &now) == 0;
	if (there != kc->file_there)
		return true;
	return there && (now.st_size != kc->file_stat.st_size || now.st_ino != kc->file_stat.st_ino ||
				now.st_mtim.tv_sec != kc->file_stat.st_mtim.tv_sec ||
				now.st_mtim.tv_nsec != kc->file_stat.st_mtim.tv_nsec);
}

/* --- the image --- */

static size_t hash_name(const char *s)
{
	size_t h = 1469598103934665603u;
	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h ^ h >> 29;
}

static void index_names(struct kc *kc)
{
	for (kc->by_name_cap = 64; kc->by_name_cap < 2 * (size_t)kc->head.n_sym;)
		kc->by_name_cap *= 2;
	kc->by_name = xcalloc(kc->by_name_cap, sizeof(int));
	for (uint32_t i = 0; i < kc->head.n_sym; i++) {
		const char *name = kc_string(kc, kc->sym[i].name);
		if (name == NULL)
			continue;
		size_t at = hash_name(name) & (kc->by_name_cap - 1);
		while (kc->by_name[at] != 0)
			at = (at + 1) & (kc->by_name_cap - 1);
		kc->by_name[at] = (int)i + 1;
	}
}

int kc_find(const struct kc *kc, const char *name)
{
	if (kc->by_name == NULL)
		return -1;
	if (str_starts(name, KCP_NAME))
		name += strlen(KCP_NAME);
	size_t at = hash_name(name) & (kc->by_name_cap - 1);
	for (; kc->by_name[at] != 0; at = (at + 1) & (kc->by_name_cap - 1)) {
		const char *n = kc_string(kc, kc->sym[kc->by_name[at] - 1].name);
		if (n != NULL && strcmp(n, name) == 0)
			return kc->by_name[at] - 1;
	}
	return -1;
}

static bool in_range(int32_t i, uint32_t n)
{
	return i >= -1 && i < (int32_t)n;
}

/* Links only lead where they may, and onwards, so that walking ends. */
static bool links_are_sound(const struct kc *kc)
{
	const struct image_head *h = &kc->head;
	for (int32_t i = 0; i < (int32_t)h->n_node; i++) {
		const struct image_node *n = &kc->node[i];
		if (!in_range(n->parent, h->n_node) || !in_range(n->first, h->n_node) ||
			!in_range(n->next, h->n_node) || !in_range(n->sym, h->n_sym) || n->parent >= i ||
			(n->first >= 0 && n->first <= i) || (n->next >= 0 && n->next <= i))
			return false;
	}
	for (uint32_t i = 0; i < h->n_sym; i++)
		if (!in_range(kc->sym[i].node, h->n_node) || !in_range(kc->sym[i].choice, h->n_sym))
			return false;
	return h->n_node > 0 && h->n_text > 0 && kc->text[h->n_text - 1] == '\0';
}

static bool set_parts(struct kc *kc)
{
	const char *p = kc->map;
	struct image_head *h = &kc->head;
	if (kc->map_size < sizeof(*h))
		return false;
	memcpy(h, p, sizeof(*h));
	size_t nodes = (size_t)h->n_node * sizeof(struct image_node),
	       syms = (size_t)h->n_sym * sizeof(struct image_sym);
	if (memcmp(h->magic, IMAGE_MAGIC, sizeof(h->magic)) != 0 || h->n_node > 1u << 24 || h->n_sym > 1u << 24 ||
		sizeof(*h) + nodes + syms + h->n_text != kc->map_size)
		return false;
	kc->node = (const void *)(p + sizeof(*h));
	kc->sym = (const void *)(p + sizeof(*h) + nodes);
	kc->text = p + sizeof(*h) + nodes + syms;
	return true;
}

static int map_image(struct kc *kc, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_size > 0)
		kc->map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (kc->map == MAP_FAILED)
		kc->map = NULL;
	kc->map_size = kc->map != NULL ? (size_t)st.st_size : 0;
	return kc->map != NULL && set_parts(kc) && links_are_sound(kc) ? 0 : -1;
}

static void drop_image(struct kc *kc)
{
	for (uint32_t i = 0; kc->dyn != NULL && i < kc->head.n_sym; i++)
		free(kc->dyn[i].text);
	free(kc->dyn);
	free(kc->shown);
	free(kc->by_name);
	if (kc->map != NULL)
		munmap(kc->map, kc->map_size);
	kc->dyn = NULL;
	kc->shown = NULL;
	kc->by_name = NULL;
	kc->map = NULL;
	memset(&kc->head, 0, sizeof(kc->head));
}

static void set_text(struct kc_dyn *d, const char *text)
{
	if (d->text != NULL && strcmp(d->text, text) == 0)
		return;
	free(d->text);
	d->text = text[0] != '\0' ? xstrdup(text) : NULL;
}

static void guess_line(struct kc *kc, char *line)
{
	char *eq = strchr(line, '=');
	if (!str_starts(line, KCP_NAME) || eq == NULL)
		return;
	*eq = '\0';
	int i = kc_find(kc, line);
	if (i < 0)
		return;
	uint8_t type = kc->sym[i].type;
	if (type == KC_BOOL || type == KC_TRISTATE)
		kc->dyn[i].value = eq[1] == 'y' ? 2 : eq[1] == 'm' ? 1 : 0;
	else
		set_text(&kc->dyn[i], str_trim(eq + 1));
}

/* Until the helper has computed the values: those of the file, and everything with a prompt is shown. */
static void guess_values(struct kc *kc)
{
	struct err ignored = {0};
	for (uint32_t i = 0; i < kc->head.n_node; i++)
		kc->shown[i] = kc->node[i].prompt != 0;
	char *text = kc->file != NULL ? fs_read(kc->file, NULL, &ignored) : NULL;
	for (char *line = text, *next; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		guess_line(kc, line);
	}
	free(text);
	err_done(&ignored);
}

static void on_menu(void *ctx, const char *path)
{
	struct kc *kc = ctx;
	if (kc->map != NULL)
		return; /* a helper that took another's place; same tree, or its state says otherwise */
	if (map_image(kc, path) < 0) {
		drop_image(kc);
		return;
	}
	kc->dyn = xcalloc(kc->head.n_sym + 1, sizeof(*kc->dyn));
	kc->shown = xcalloc(kc->head.n_node + 1, 1);
	index_names(kc);
	guess_values(kc);
	if (kc->p.tree_ready != NULL)
		kc->p.tree_ready(kc->p.ctx);
	kc_touch(kc);
}

/* --- reading --- */

bool kc_is_ready(const struct kc *kc)
{
	return kc->ready;
}

unsigned kc_rev(const struct kc *kc)
{
	return kc->rev;
}

int kc_n_nodes(const struct kc *kc)
{
	return (int)kc->head.n_node;
}

int kc_n_syms(const struct kc *kc)
{
	return (int)kc->head.n_sym;
}

bool kc_is_modified(const struct kc *kc)
{
	return kc->modified;
}

size_t kc_undo_depth(const struct kc *kc)
{
	return kc->undo;
}

size_t kc_redo_depth(const struct kc *kc)
{
	return kc->redo;
}

void kc_node(const struct kc *kc, int node, struct kc_node *out)
{
	const struct image_node *n = &kc->node[node];
	static const enum kc_kind kind[] = {[IMAGE_MENU] = KC_MENU,
		[IMAGE_SYMBOL] = KC_SYMBOL,
		[IMAGE_CHOICE] = KC_CHOICE,
		[IMAGE_COMMENT] = KC_COMMENT,
		[IMAGE_GROUP] = KC_GROUP};
	const char *file = kc_string(kc, n->file);
	*out = (struct kc_node){.parent = n->parent,
		.first = n->first,
		.next = n->next,
		.sym = n->sym,
		.depth = n->depth,
		.line = (int)n->line,
		.kind = n->kind <= IMAGE_GROUP ? kind[n->kind] : KC_GROUP,
		.menu = n->menu != 0,
		.prompt = kc_string(kc, n->prompt),
		.help = kc_string(kc, n->help),
		.file = file != NULL ? file : ""};
}

void kc_sym(const struct kc *kc, int sym, struct kc_sym *out)
{
	static const char *const tri[] = {"n", "m", "y"};
	const struct image_sym *s = &kc->sym[sym];
	const struct kc_dyn *d = &kc->dyn[sym];
	bool text = s->type != KC_BOOL && s->type != KC_TRISTATE;
	*out = (struct kc_sym){.name = kc_string(kc, s->name),
		.type = (enum kc_type)s->type,
		.node = s->node,
		.choice = s->choice,
		.visible = d->visible,
		.least = d->least,
		.flags = d->flags};
	out->value = text ? (d->text != NULL ? d->text : "") : tri[d->value <= 2 ? d->value : 0];
}

bool kc_node_visible(const struct kc *kc, int node)
{
	return kc->shown[node] != 0;
}

/* --- values from the helper --- */

static const char *value_text(const struct kc *kc, int sym)
{
	struct kc_sym s;
	kc_sym(kc, sym, &s);
	return s.value;
}

static void take_state(struct kcin *in, struct kc_dyn *d)
{
	d->value = kcin_u8(in);
	d->visible = kcin_u8(in);
	d->least = kcin_u8(in);
	d->flags = kcin_u8(in);
	set_text(d, kcin_str(in, NULL));
}

static void add_change(struct kc_changes *c, const struct kc_change *change)
{
	if (c->n == c->cap) {
		c->cap = c->cap * 2 + 32;
		c->v = xrealloc(c->v, c->cap * sizeof(*c->v));
	}
	c->v[c->n++] = *change;
}

static void take_change(struct kc *kc, struct kcin *in, struct kc_changes *to, bool preview)
{
	int sym = (int)kcin_u32(in), because = (int)kcin_u32(in);
	const char *was = kcin_str(in, NULL);
	struct kc_dyn d = {0}, before;
	if (in->bad || sym < 0 || sym >= kc_n_syms(kc)) {
		in->bad = true;
		return;
	}
	before = kc->dyn[sym];
	take_state(in, &d);
	kc->dyn[sym] = d;
	if (strcmp(was, value_text(kc, sym)) != 0) {
		const struct kc_change c = {
			sym, because < kc_n_syms(kc) ? because : -1, xstrdup(was), xstrdup(value_text(kc, sym))};
		add_change(to, &c);
	}
	if (preview)
		kc->dyn[sym] = before;
	free(preview ? d.text : before.text);
}

/* The edited ones first, else in the order of the menu. */
static int by_cause(const void *a, const void *b)
{
	const struct kc_change *x = a, *y = b;
	if ((x->because < 0) != (y->because < 0))
		return x->because < 0 ? -1 : 1;
	return x->sym - y->sym;
}

static void on_changes(void *ctx, struct kcin *in, bool preview)
{
	struct kc *kc = ctx;
	struct kc_changes *to = preview ? &kc->preview : &kc->changes;
	uint32_t n = kcin_u32(in);
	if (kc->map == NULL)
		return;
	for (uint32_t i = 0; i < n && !in->bad; i++)
		take_change(kc, in, to, preview);
	if (to->n > 0)
		qsort(to->v, to->n, sizeof(*to->v), by_cause);
	n = kcin_u32(in);
	for (uint32_t i = 0; i < n && !in->bad && !preview; i++) {
		uint32_t node = kcin_u32(in);
		uint8_t shown = kcin_u8(in);
		if (node < kc->head.n_node)
			kc->shown[node] = shown;
	}
}

/* --- coming and going --- */

static void tell_ready(struct kc *kc, struct err *e)
{
	if (kc->told_ready || kc->closing)
		return;
	kc->told_ready = true;
	if (kc->p.ready != NULL)
		kc->p.ready(kc->p.ctx, e);
}

static void on_state(void *ctx, struct kcin *in, struct err *e)
{
	struct kc *kc = ctx;
	struct err mine = {0};
	uint32_t n = kcin_u32(in);
	if (err_is(e)) {
		tell_ready(kc, e);
		return;
	}
	if (kc->map == NULL || n != kc->head.n_sym)
		err_set(&mine, ERR_WORLD, _("the kernel tree changed while it was open"));
	for (uint32_t i = 0; i < n && !in->bad && !err_is(&mine); i++)
		take_state(in, &kc->dyn[i]);
	n = kcin_u32(in);
	for (uint32_t i = 0; i < n && i < kc->head.n_node && !err_is(&mine); i++)
		kc->shown[i] = kcin_u8(in);
	if (!err_is(&mine) && in->bad)
		err_set(&mine, ERR_WORLD, _("the kconfig helper's answer is cut short"));
	err_hint(&mine, _("close the options and open them again"));
	kc->ready = !err_is(&mine);
	if (!kc->ready) { /* its numbers are not ours: nothing more is asked of it */
		kc->told_ready = false;
		kclink_close(kc->link);
		kc->link = NULL;
	}
	tell_ready(kc, &mine);
	kc_touch(kc);
	err_done(&mine);
}

static void on_loaded(void *ctx, struct kcin *in, struct err *e)
{
	struct kc *kc = ctx;
	(void)in;
	kc_clear_changes(&kc->changes);
	if (err_is(e))
		tell_ready(kc, e);
}

static void on_replayed(void *ctx, struct kcin *in, struct err *e)
{
	(void)in;
	struct kc *kc = ctx;
	kc_clear_changes(&kc->changes); /* they are in the state that follows */
	if (err_is(e) && e->code != ERR_CANCELLED)
		kc_say(kc, true, _("an edit could not be done again: %s"), e->msg);
}

void kc_load_payload(struct buf *b, const char *name, const char *text, size_t n)
{
	kcout_str(b, name);
	kcout_strn(b, text, n);
	kcout_u32(b, 0);
}

/* Bring a fresh helper to the present state: the log's first entry is how the values began. */
static void start_values(struct kc *kc)
{
	for (size_t i = 0; i < kc->n_log; i++) {
		kclink_ask(kc->link, kc->log[i].op, &kc->log[i].payload, i == 0 ? on_loaded : on_replayed, kc);
		if (i == 0)
			kclink_ask(kc->link, KCP_TRACK, NULL, on_replayed, kc);
	}
	kclink_ask(kc->link, KCP_STATE, NULL, on_state, kc);
}

static void on_message(void *ctx, int severity, const char *text)
{
	struct kc *kc = ctx;
	kc_say(kc, severity > 0, "%s", text);
}

static void on_gone(void *ctx, struct err *e);

static int open_link(struct kc *kc, struct err *e)
{
	const struct kclink_params p = {.tree = kc->tree,
		.cc = kc->cc,
		.message = on_message,
		.changes = on_changes,
		.menu = on_menu,
		.gone = on_gone,
		.ctx = kc};
	kc->link = kclink_open(kc->loop, &p, e);
	return kc->link != NULL ? 0 : -1;
}

/* The helper ended by itself. Once it worked, try again with another. */
static void on_gone(void *ctx, struct err *e)
{
	struct kc *kc = ctx;
	struct err mine = {0};
	bool was_ready = kc->ready;
	kclink_close(kc->link);
	kc->link = NULL;
	kc->ready = false;
	kc_clear_changes(&kc->changes);
	kc_clear_changes(&kc->preview);
	if (!was_ready || ++kc->crashes > CRASHES_MAX) {
		kc_ask_again(kc, e);
		tell_ready(kc, e);
		kc_say(kc, true, "%s", e->msg);
		kc_touch(kc);
		return;
	}
	kc_say(kc, true, _("%s; starting it again with your %zu edits"), e->msg, kc->n_log > 0 ? kc->n_log - 1 : 0);
	if (kc->closing)
		return;
	if (open_link(kc, &mine) == 0) {
		start_values(kc);
		kc_ask_again(kc, NULL);
	} else {
		kc_ask_again(kc, &mine);
		kc_say(kc, true, "%s", mine.msg);
	}
	err_done(&mine);
	kc_touch(kc);
}

bool kc_can_ask(struct kc *kc, struct err *e)
{
	if (kc->link != NULL && !kclink_is_dead(kc->link))
		return true;
	err_set(e, ERR_WORLD, _("the kconfig helper is not running"));
	err_hint(e, _("close the options and open them again"));
	return false;
}

/* How the values begin: this .config, or the tree's tinyconfig. */
static int begin_log(struct kc *kc, const char *config, struct err *e)
{
	struct buf b = {0};
	size_t n;
	if (config == NULL || !fs_exists(config)) {
		kc_log(kc, KCP_TINY, &b);
		if (config != NULL)
			kc_note_file(kc, config);
		return 0;
	}
	char *text = fs_read(config, &n, e);
	if (text == NULL)
		return -1;
	kc_note_file(kc, config);
	kc_load_payload(&b, config, text, n);
	kc_log(kc, KCP_LOAD, &b);
	buf_done(&b);
	free(text);
	return 0;
}

struct kc *kc_open(uv_loop_t *loop, const struct kc_params *p, struct err *e)
{
	struct kc *kc = xcalloc(1, sizeof(*kc));
	kc->loop = loop;
	uv_idle_init(loop, &kc->life);
	kc->p = *p;
	kc->tree = xstrdup(p->tree);
	kc->cc = p->cc != NULL ? xstrdup(p->cc) : NULL;
	kc->p.tree = kc->p.cc = kc->p.config = NULL;
	if (begin_log(kc, p->config, e) == 0 && open_link(kc, e) == 0) {
		start_values(kc);
		return kc;
	}
	kc_close(kc);
	return NULL;
}

static void free_kc(uv_handle_t *h)
{
	free((struct kc *)h);
}

void kc_close(struct kc *kc)
{
	if (kc->closing)
		return;
	kc->closing = true;
	if (kc->link != NULL)
		kclink_close(kc->link);
	kc->link = NULL;
	struct err stopped = {.code = ERR_CANCELLED, .msg = (char *)_("stopped")};
	kc_ask_again(kc, &stopped);
	clear_log(kc);
	kc_clear_changes(&kc->changes);
	kc_clear_changes(&kc->preview);
	drop_image(kc);
	free(kc->file);
	free(kc->tree);
	free(kc->cc);
	kc->file = kc->tree = kc->cc = NULL;
	uv_close((uv_handle_t *)&kc->life, free_kc);
}
