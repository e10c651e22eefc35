/* record: see record.h. A thin layer over json-c; the schema is in HACKING.md. */
#include "core/record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/str.h"

#define RECORD_FORMAT 1

void inputs_add(struct inputs *in, const char *name, const char *value)
{
	in->v = xrealloc(in->v, (in->n + 1) * sizeof(*in->v));
	in->v[in->n].name = xstrdup(name);
	in->v[in->n++].value = xstrdup(value);
}

void inputs_done(struct inputs *in)
{
	for (size_t i = 0; i < in->n; i++) {
		free(in->v[i].name);
		free(in->v[i].value);
	}
	free(in->v);
	memset(in, 0, sizeof(*in));
}

static void set_empty(struct record *r)
{
	r->root = json_object_new_object();
	json_object_object_add(r->root, "format", json_object_new_int(RECORD_FORMAT));
	json_object_object_add(r->root, "stages", json_object_new_object());
}

static void place_of(const char *text, size_t offset, int *line, int *col)
{
	*line = *col = 1;
	for (size_t i = 0; i < offset && text[i] != '\0'; i++) {
		++*col;
		if (text[i] == '\n') {
			++*line;
			*col = 1;
		}
	}
}

/* Every stage must be an object; anything else is a broken record. */
static bool shape_is_right(struct json_object *root)
{
	struct json_object *stages, *format;
	if (!json_object_is_type(root, json_type_object) || !json_object_object_get_ex(root, "format", &format) ||
		json_object_get_int(format) != RECORD_FORMAT)
		return false;
	if (!json_object_object_get_ex(root, "stages", &stages) || !json_object_is_type(stages, json_type_object))
		return false;
	json_object_object_foreach(stages, name, stage)
	{
		(void)name;
		if (!json_object_is_type(stage, json_type_object))
			return false;
	}
	return true;
}

static struct json_object *parse(const char *path, const char *text, size_t len, struct err *warn)
{
	/* not strict: json-c 0.18's strict mode takes every character outside ASCII for a control character */
	struct json_tokener *tok = json_tokener_new();
	struct json_object *root = json_tokener_parse_ex(tok, text, (int)len);
	enum json_tokener_error code = json_tokener_get_error(tok);
	if (root == NULL || code != json_tokener_success) {
		int line, col;
		place_of(text, json_tokener_get_parse_end(tok), &line, &col);
		const char *why = code == json_tokener_continue ? "ends too early" : json_tokener_error_desc(code);
		err_at(warn, path, line, col, _("not a valid record: %s"), why);
	} else if (!shape_is_right(root)) {
		err_at(warn, path, 1, 1, _("not a record of this kiln (format %d)"), RECORD_FORMAT);
	}
	json_tokener_free(tok);
	if (!err_is(warn))
		return root;
	err_hint(warn, _("every stage counts as stale now; building writes a new record"));
	json_object_put(root);
	return NULL;
}

void record_load(struct record *r, const char *path, struct err *warn)
{
	struct err absent = {0};
	size_t len = 0;
	r->path = xstrdup(path);
	r->root = NULL;
	char *text = fs_read(path, &len, &absent);
	if (text != NULL)
		r->root = parse(path, text, len, warn);
	if (text == NULL && fs_exists(path))
		err_move(warn, &absent);
	err_done(&absent);
	free(text);
	if (r->root == NULL)
		set_empty(r);
}

int record_save(const struct record *r, struct err *e)
{
	const int style = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
	char *text = xasprintf("%s\n", json_object_to_json_string_ext(r->root, style));
	int ret = fs_write(r->path, text, strlen(text), 0644, e);
	free(text);
	return ret;
}

void record_done(struct record *r)
{
	json_object_put(r->root);
	free(r->path);
	memset(r, 0, sizeof(*r));
}

struct json_object *record_stage(const struct record *r, const char *stage, bool create)
{
	struct json_object *stages, *s = NULL;
	if (!json_object_object_get_ex(r->root, "stages", &stages))
		return NULL;
	if (!json_object_object_get_ex(stages, stage, &s) && create) {
		s = json_object_new_object();
		json_object_object_add(stages, stage, s);
	}
	return s;
}

const char *record_text(const struct record *r, const char *stage, const char *key)
{
	struct json_object *s = record_stage(r, stage, false), *v;
	return s != NULL && json_object_object_get_ex(s, key, &v) ? json_object_get_string(v) : NULL;
}

int64_t record_int(const struct record *r, const char *stage, const char *key, int64_t otherwise)
{
	struct json_object *s = record_stage(r, stage, false), *v;
	return s != NULL && json_object_object_get_ex(s, key, &v) ? json_object_get_int64(v) : otherwise;
}

double record_seconds(const struct record *r, const char *stage)
{
	struct json_object *s = record_stage(r, stage, false), *v;
	return s != NULL && json_object_object_get_ex(s, "seconds", &v) ? json_object_get_double(v) : 0;
}

void record_set_text(struct record *r, const char *stage, const char *key, const char *value)
{
	json_object_object_add(record_stage(r, stage, true), key, json_object_new_string(value));
}

void record_set_int(struct record *r, const char *stage, const char *key, int64_t value)
{
	json_object_object_add(record_stage(r, stage, true), key, json_object_new_int64(value));
}

void record_inputs(struct record *r, const char *stage, const struct inputs *in)
{
	struct json_object *list = json_object_new_object();
	for (size_t i = 0; i < in->n; i++)
		json_object_object_add(list, in->v[i].name, json_object_new_string(in->v[i].value));
	json_object_object_add(record_stage(r, stage, true), "inputs", list);
}

void record_begin(struct record *r, const char *stage, const struct inputs *in)
{
	struct json_object *s = record_stage(r, stage, true);
	record_inputs(r, stage, in);
	json_object_object_add(s, "outputs", json_object_new_array());
	json_object_object_add(s, "status", json_object_new_string("running"));
	json_object_object_del(s, "error");
}

void record_output(struct record *r, const char *stage, const char *rel, const char *abs)
{
	struct json_object *s = record_stage(r, stage, true), *list, *o = json_object_new_object();
	struct stat st = {0};
	struct err ignored = {0};
	char hex[65] = "";
	if (!json_object_object_get_ex(s, "outputs", &list)) {
		list = json_object_new_array();
		json_object_object_add(s, "outputs", list);
	}
	stat(abs, &st);
	fs_sha256_file(abs, hex, &ignored);
	err_done(&ignored);
	json_object_object_add(o, "path", json_object_new_string(rel));
	json_object_object_add(o, "size", json_object_new_int64(st.st_size));
	json_object_object_add(
		o, "mtime_ns", json_object_new_int64(st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec));
	json_object_object_add(o, "sha256", json_object_new_string(hex));
	json_object_array_add(list, o);
}

void record_end(struct record *r, const char *stage, double seconds, const char *error)
{
	struct json_object *s = record_stage(r, stage, true);
	char when[32];
	time_t now = time(NULL);
	struct tm tm;
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	json_object_object_add(s, "status", json_object_new_string(error == NULL ? "ok" : "failed"));
	json_object_object_add(s, "finished", json_object_new_string(when));
	json_object_object_add(s, error == NULL ? "seconds" : "failed_after", json_object_new_double(seconds));
	if (error != NULL)
		json_object_object_add(s, "error", json_object_new_string(error));
}

static const char *member(struct json_object *o, const char *key)
{
	struct json_object *v;
	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : NULL;
}

char *record_why_stale(const struct record *r, const char *stage, const struct inputs *in)
{
	struct json_object *s = record_stage(r, stage, false), *old;
	const char *status = s != NULL ? member(s, "status") : NULL;
	if (status == NULL)
		return xstrdup(_("never built"));
	if (strcmp(status, "running") == 0)
		return xstrdup(_("the last build was interrupted"));
	if (!json_object_object_get_ex(s, "inputs", &old) || !json_object_is_type(old, json_type_object))
		return xstrdup(_("the record lacks its inputs"));
	for (size_t i = 0; i < in->n; i++) {
		const char *was = member(old, in->v[i].name);
		if (was == NULL)
			return xasprintf(_("%s is new"), _(in->v[i].name));
		if (strcmp(was, in->v[i].value) != 0)
			return xasprintf(_("%s changed"), _(in->v[i].name));
	}
	return json_object_object_length(old) != (int)in->n ? xstrdup(_("fewer inputs than before")) : NULL;
}

/* Same size, another time: touched, copied, or saved and undone. The bytes decide. */
static bool same_bytes(struct json_object *o, const char *path)
{
	struct err ignored = {0};
	const char *was = member(o, "sha256");
	char hex[65];
	bool same = was != NULL && fs_sha256_file(path, hex, &ignored) == 0 && strcmp(was, hex) == 0;
	err_done(&ignored);
	return same;
}

static char *why_output(struct json_object *o, const char *dir, bool *gone)
{
	const char *rel = member(o, "path");
	struct json_object *size, *mtime;
	struct stat st;
	if (rel == NULL || !json_object_object_get_ex(o, "size", &size) ||
		!json_object_object_get_ex(o, "mtime_ns", &mtime))
		return xstrdup(_("the record lacks its outputs"));
	char *path = fs_join(dir, rel), *why = NULL;
	*gone = stat(path, &st) < 0;
	int64_t when = *gone ? 0 : st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
	if (*gone)
		why = xasprintf(_("%s is gone"), rel);
	else if (st.st_size != json_object_get_int64(size) ||
		 (when != json_object_get_int64(mtime) && !same_bytes(o, path)))
		why = xasprintf(_("%s was changed from outside"), rel);
	free(path);
	return why;
}

char *record_why_absent(const struct record *r, const char *stage, const char *dir, bool *gone)
{
	*gone = true;
	struct json_object *s = record_stage(r, stage, false), *list;
	if (s == NULL || !json_object_object_get_ex(s, "outputs", &list) || !json_object_is_type(list, json_type_array))
		return xstrdup(_("never built"));
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		char *why = why_output(json_object_array_get_idx(list, i), dir, gone);
		if (why != NULL)
			return why;
	}
	return NULL;
}
