/* image: writes the menu image and tells whether one on disk is still right: same fingerprint of tools and environment,
 * and every Kconfig file as it was. */
#include "image.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "env.h"
#include "model.h"

#define IMAGE_MAX   (64u << 20)
#define IMAGES_KEPT 6

static struct text pool;

static uint32_t put(const char *s)
{
	if (s == NULL)
		return 0;
	uint32_t at = (uint32_t)pool.n;
	text_add(&pool, s, strlen(s) + 1);
	return at;
}

/* File names come again and again, by the same pointer. */
static uint32_t put_file(const char *s)
{
	static const char *last;
	static uint32_t at;
	if (s != last)
		at = put(s);
	last = s;
	return at;
}

static void stamp(const char *name, struct image_stamp *s)
{
	char path[8192];
	struct stat st;
	memset(s, 0, sizeof(*s));
	snprintf(path, sizeof(path), "%s/%s", name[0] == '/' ? "" : env_tree(), name);
	if (stat(path, &st) == 0)
		*s = (struct image_stamp){st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec};
}

static uint8_t kind_of(const struct menu *m)
{
	if (m->sym != NULL)
		return sym_is_choice(m->sym) ? IMAGE_CHOICE : IMAGE_SYMBOL;
	if (m->prompt == NULL)
		return IMAGE_GROUP;
	return m->prompt->type == P_COMMENT ? IMAGE_COMMENT : IMAGE_MENU;
}

static void fill_node(struct image_node *to, int id)
{
	const struct node *n = &model.node[id];
	const struct menu *m = n->menu;
	*to = (struct image_node){
		n->parent, n->first, n->next, n->sym, .depth = (uint16_t)n->depth, .kind = kind_of(m)};
	to->prompt = m->prompt != NULL ? put(m->prompt->text) : 0;
	to->help = put(m->help);
	to->file = put_file(MENU_FILE(m));
	to->line = (uint32_t)m->lineno;
	to->menu = m->prompt != NULL && m->prompt->type == P_MENU;
}

static void fill_files(struct image_head *h, const char *files, size_t n)
{
	h->files = (uint32_t)pool.n;
	for (size_t at = 0; at < n; at += strlen(files + at) + 1) {
		struct image_stamp s;
		stamp(files + at, &s);
		text_add(&pool, files + at, strlen(files + at) + 1);
		text_add(&pool, (const char *)&s, sizeof(s));
		h->n_files++;
	}
}

static int write_parts(const char *path, const struct image_head *h, const void *nodes, const void *syms)
{
	char *temporary;
	if (asprintf(&temporary, "%s.%d", path, (int)getpid()) < 0)
		return -1;
	FILE *f = fopen(temporary, "w");
	int r = f != NULL ? 0 : -1;
	if (f != NULL) {
		fwrite(h, sizeof(*h), 1, f);
		fwrite(nodes, sizeof(struct image_node), h->n_node, f);
		fwrite(syms, sizeof(struct image_sym), h->n_sym, f);
		fwrite(pool.p, 1, pool.n, f);
		r = ferror(f) != 0 ? -1 : 0;
		if (fclose(f) != 0 || r < 0 || rename(temporary, path) < 0) {
			unlink(temporary);
			r = -1;
		}
	}
	free(temporary);
	return r;
}

int model_write_image(const char *path, const char *fingerprint)
{
	size_t n_files;
	const char *files = rt_files(&n_files);
	struct image_head h = {.n_node = (uint32_t)model.n_node, .n_sym = (uint32_t)model.n_entry};
	struct image_node *nodes = calloc((size_t)model.n_node + 1, sizeof(*nodes));
	struct image_sym *syms = calloc((size_t)model.n_entry + 1, sizeof(*syms));
	if (nodes == NULL || syms == NULL)
		abort();
	memcpy(h.magic, IMAGE_MAGIC, sizeof(h.magic));
	text_add(&pool, "", 1);
	h.fingerprint = put(fingerprint);
	for (int i = 0; i < model.n_node; i++)
		fill_node(&nodes[i], i);
	for (int i = 0; i < model.n_entry; i++)
		syms[i] = (struct image_sym){put(model.entry[i].sym->name), model.entry[i].node, model.entry[i].choice,
			(uint8_t)model.entry[i].sym->type, {0}};
	fill_files(&h, files, n_files);
	h.n_text = (uint32_t)pool.n;
	int r = write_parts(path, &h, nodes, syms);
	text_done(&pool);
	free(nodes);
	free(syms);
	return r;
}

/* --- is it right? --- */

static bool files_are_same(const struct image_head *h, const char *text)
{
	size_t at = h->files;
	for (uint32_t i = 0; i < h->n_files; i++) {
		struct image_stamp was, now;
		if (at >= h->n_text)
			return false;
		size_t n = strnlen(text + at, h->n_text - at) + 1;
		if (at + n + sizeof(was) > h->n_text)
			return false;
		memcpy(&was, text + at + n, sizeof(was));
		stamp(text + at, &now);
		if (memcmp(&was, &now, sizeof(now)) != 0)
			return false;
		at += n + sizeof(was);
	}
	return true;
}

static bool is_right(const char *bytes, size_t n, const char *fingerprint)
{
	struct image_head h;
	if (n < sizeof(h))
		return false;
	memcpy(&h, bytes, sizeof(h));
	size_t before =
		sizeof(h) + (size_t)h.n_node * sizeof(struct image_node) + (size_t)h.n_sym * sizeof(struct image_sym);
	if (memcmp(h.magic, IMAGE_MAGIC, sizeof(h.magic)) != 0 || before + h.n_text != n || h.fingerprint >= h.n_text)
		return false;
	const char *text = bytes + before;
	size_t room = h.n_text - h.fingerprint;
	return strnlen(text + h.fingerprint, room) < room && strcmp(text + h.fingerprint, fingerprint) == 0 &&
	       files_are_same(&h, text);
}

bool model_image_is_right(const char *path, const char *fingerprint)
{
	struct stat st;
	FILE *f = fopen(path, "r");
	bool right = false;
	if (f == NULL)
		return false;
	if (fstat(fileno(f), &st) == 0 && st.st_size > 0 && st.st_size < (off_t)IMAGE_MAX) {
		char *bytes = malloc((size_t)st.st_size);
		if (bytes != NULL && fread(bytes, 1, (size_t)st.st_size, f) == (size_t)st.st_size)
			right = is_right(bytes, (size_t)st.st_size, fingerprint);
		free(bytes);
	}
	fclose(f);
	return right;
}

/* --- room on disk --- */

struct old {
	char name[256];
	struct timespec time;
};

static int newest_first(const void *a, const void *b)
{
	const struct old *x = a, *y = b;
	if (x->time.tv_sec != y->time.tv_sec)
		return x->time.tv_sec < y->time.tv_sec ? 1 : -1;
	return (x->time.tv_nsec < y->time.tv_nsec) - (x->time.tv_nsec > y->time.tv_nsec);
}

void model_prune_cache(const char *dir, const char *prefix)
{
	struct old v[256];
	size_t n = 0;
	struct dirent *e;
	char path[8192];
	struct stat st;
	DIR *d = opendir(dir);
	while (d != NULL && n < sizeof(v) / sizeof(*v) && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (strncmp(e->d_name, prefix, strlen(prefix)) != 0 || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		snprintf(v[n].name, sizeof(v[n].name), "%s", e->d_name);
		v[n++].time = st.st_mtim;
	}
	if (d != NULL)
		closedir(d);
	qsort(v, n, sizeof(*v), newest_first);
	for (size_t i = IMAGES_KEPT; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, v[i].name);
		unlink(path);
	}
}
