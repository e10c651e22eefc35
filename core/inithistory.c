/* inithistory: see inithistory.h. The file: {"VARIANT": {"best": n, "builds": [{"at": s, "size": n, "sha": x}…],
 * "prompt": {"ms": n, "sha": x, "on": text}}}. */
#include "core/inithistory.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/fs.h"
#include "core/str.h"

#define MAX_FILE (1 << 20)

static struct json_object *get(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *v = NULL;
	if (json_object_is_type(o, json_type_object))
		json_object_object_get_ex(o, key, &v);
	return json_object_is_type(v, type) ? v : NULL;
}

/* The object or array under a key, made if it is not there. */
static struct json_object *make(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *v = get(o, key, type);
	if (v == NULL) {
		v = type == json_type_array ? json_object_new_array() : json_object_new_object();
		json_object_object_add(o, key, v);
	}
	return v;
}

void inithistory_load(struct inithistory *h, const struct lab *lab)
{
	struct err ignored = {0};
	*h = (struct inithistory){.path = lab_path(lab, "out/init-history.json")};
	char *text = fs_size(h->path) <= MAX_FILE ? fs_read(h->path, NULL, &ignored) : NULL;
	h->root = text != NULL ? json_tokener_parse(text) : NULL;
	if (!json_object_is_type(h->root, json_type_object)) {
		json_object_put(h->root);
		h->root = json_object_new_object();
	}
	err_done(&ignored);
	free(text);
}

void inithistory_close(struct inithistory *h)
{
	struct err ignored = {0};
	if (h->changed) {
		char *slash = strrchr(h->path, '/'); /* out/ need not be there yet */
		*slash = '\0';
		fs_mkdirs(h->path, &ignored);
		*slash = '/';
		const char *text = json_object_to_json_string_ext(h->root, JSON_C_TO_STRING_PRETTY);
		fs_write(h->path, text, strlen(text), 0644, &ignored);
	}
	err_done(&ignored);
	json_object_put(h->root);
	free(h->path);
	memset(h, 0, sizeof(*h));
}

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v = get(o, key, json_type_string);
	return v != NULL ? json_object_get_string(v) : "";
}

void inithistory_built(struct inithistory *h, const char *variant, const char *program)
{
	struct err ignored = {0};
	char hex[65];
	const int64_t size = fs_size(program);
	if (size < 0 || fs_sha256_file(program, hex, &ignored) < 0) {
		err_done(&ignored);
		return;
	}
	struct json_object *of = make(h->root, variant, json_type_object), *list = make(of, "builds", json_type_array);
	const size_t n = json_object_array_length(list);
	if (n > 0 && strcmp(text_of(json_object_array_get_idx(list, n - 1), "sha"), hex) == 0)
		return;
	struct json_object *b = json_object_new_object(), *best = get(of, "best", json_type_int);
	json_object_object_add(b, "at", json_object_new_int64((int64_t)time(NULL)));
	json_object_object_add(b, "size", json_object_new_int64(size));
	json_object_object_add(b, "sha", json_object_new_string(hex));
	json_object_array_add(list, b);
	if (n + 1 > HISTORY_KEEP)
		json_object_array_del_idx(list, 0, n + 1 - HISTORY_KEEP);
	if (best == NULL || json_object_get_int64(best) > size)
		json_object_object_add(of, "best", json_object_new_int64(size));
	h->changed = true;
}

void inithistory_sizes(const struct inithistory *h, const char *variant, struct history_sizes *out)
{
	struct json_object *of = get(h->root, variant, json_type_object);
	struct json_object *list = of != NULL ? get(of, "builds", json_type_array) : NULL;
	struct json_object *best = of != NULL ? get(of, "best", json_type_int) : NULL;
	memset(out, 0, sizeof(*out));
	const size_t n = list != NULL ? json_object_array_length(list) : 0;
	for (size_t i = n > HISTORY_SHOWN ? n - HISTORY_SHOWN : 0; i < n; i++) {
		struct json_object *size = get(json_object_array_get_idx(list, i), "size", json_type_int);
		if (size != NULL)
			out->size[out->n++] = json_object_get_int64(size);
	}
	out->best = best != NULL ? json_object_get_int64(best) : out->n > 0 ? out->size[out->n - 1] : -1;
}

void inithistory_booted(struct inithistory *h, const char *variant, const char *program, const char *on, int64_t ms)
{
	struct err ignored = {0};
	char hex[65];
	if (fs_sha256_file(program, hex, &ignored) == 0) {
		struct json_object *p = json_object_new_object();
		json_object_object_add(p, "ms", json_object_new_int64(ms));
		json_object_object_add(p, "sha", json_object_new_string(hex));
		json_object_object_add(p, "on", json_object_new_string(on));
		json_object_object_add(make(h->root, variant, json_type_object), "prompt", p);
		h->changed = true;
	}
	err_done(&ignored);
}

int64_t inithistory_prompt(const struct inithistory *h, const char *variant, const char *program, const char **on)
{
	struct err ignored = {0};
	char hex[65];
	struct json_object *of = get(h->root, variant, json_type_object);
	struct json_object *p = of != NULL ? get(of, "prompt", json_type_object) : NULL;
	struct json_object *ms = p != NULL ? get(p, "ms", json_type_int) : NULL;
	const bool same =
		ms != NULL && fs_sha256_file(program, hex, &ignored) == 0 && strcmp(text_of(p, "sha"), hex) == 0;
	err_done(&ignored);
	*on = same ? text_of(p, "on") : NULL;
	return same ? json_object_get_int64(ms) : -1;
}

char *inithistory_spark(const struct history_sizes *s, bool unicode)
{
	static const char *const bar[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	struct buf b = {0};
	int64_t least = INT64_MAX, most = 0;
	for (size_t i = 0; i < s->n; i++) {
		least = s->size[i] < least ? s->size[i] : least;
		most = s->size[i] > most ? s->size[i] : most;
	}
	for (size_t i = 0; i < s->n; i++) {
		const int level = most > least ? (int)((double)(s->size[i] - least) * 7 / (double)(most - least)) : 0;
		if (unicode)
			buf_adds(&b, bar[level]);
		else
			buf_addc(&b, (char)('0' + level));
	}
	return b.n > 0 ? buf_take(&b) : xstrdup("");
}
