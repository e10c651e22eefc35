/* ytree: see ytree.h. Builds the tree by recursion over libyaml's events; depth and node count are bounded. */
#include "core/ytree.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/i18n.h"
#include "core/plaintext.h"
#include "core/str.h"

#define YTREE_DEPTH 6
#define YTREE_NODES 4096

struct reader {
	yaml_parser_t parser;
	const char *path;
	int first_line;
	size_t nodes;
	struct err *e;
};

static int complain(struct reader *r, const yaml_mark_t *m, const char *what)
{
	return err_at(r->e, r->path, r->first_line + (int)m->line, (int)m->column + 1, "%s", what);
}

static int next(struct reader *r, yaml_event_t *ev)
{
	if (yaml_parser_parse(&r->parser, ev))
		return 0;
	const char *what = r->parser.problem != NULL ? r->parser.problem : "not valid YAML";
	return complain(r, &r->parser.problem_mark, what);
}

static int refuse_marks(struct reader *r, const yaml_event_t *ev)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;
	if (ev->type == YAML_ALIAS_EVENT)
		return complain(r, &ev->start_mark, _("aliases are not allowed here"));
	if (ev->type == YAML_SCALAR_EVENT) {
		anchor = ev->data.scalar.anchor;
		tag = ev->data.scalar.tag;
	} else if (ev->type == YAML_SEQUENCE_START_EVENT) {
		anchor = ev->data.sequence_start.anchor;
		tag = ev->data.sequence_start.tag;
	} else if (ev->type == YAML_MAPPING_START_EVENT) {
		anchor = ev->data.mapping_start.anchor;
		tag = ev->data.mapping_start.tag;
	}
	if (anchor != NULL)
		return complain(r, &ev->start_mark, _("anchors are not allowed here"));
	if (tag != NULL)
		return complain(r, &ev->start_mark, _("tags are not allowed here"));
	return 0;
}

static int read_node(struct reader *r, yaml_event_t *ev, struct ynode *out, int depth);

static struct ynode *add_item(struct ynode *parent)
{
	parent->item = xrealloc(parent->item, (parent->n + 1) * sizeof(*parent->item));
	struct ynode *y = &parent->item[parent->n++];
	memset(y, 0, sizeof(*y));
	return y;
}

static int read_list(struct reader *r, struct ynode *out, int depth)
{
	for (;;) {
		yaml_event_t ev;
		if (next(r, &ev) < 0)
			return -1;
		bool end = ev.type == YAML_SEQUENCE_END_EVENT;
		int done = end ? 0 : read_node(r, &ev, add_item(out), depth + 1);
		yaml_event_delete(&ev);
		if (end || done < 0)
			return done;
	}
}

static int read_key(struct reader *r, const yaml_event_t *ev, const struct ynode *map, char **key)
{
	if (refuse_marks(r, ev) < 0)
		return -1;
	if (ev->type != YAML_SCALAR_EVENT)
		return complain(r, &ev->start_mark, _("a key must be plain text"));
	const char *text = (const char *)ev->data.scalar.value;
	const char *fault = plaintext_fault(text, ev->data.scalar.length, NULL, NULL);
	if (fault != NULL)
		return complain(r, &ev->start_mark, fault);
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->item[i].key, text) == 0)
			return complain(r, &ev->start_mark, _("this key is there already"));
	*key = xstrdup(text);
	return 0;
}

static int read_map(struct reader *r, struct ynode *out, int depth)
{
	for (;;) {
		yaml_event_t ev;
		char *key = NULL;
		if (next(r, &ev) < 0)
			return -1;
		bool end = ev.type == YAML_MAPPING_END_EVENT;
		int done = end ? 0 : read_key(r, &ev, out, &key);
		const yaml_mark_t at = ev.start_mark;
		yaml_event_delete(&ev);
		if (end || done < 0)
			return done;
		struct ynode *y = add_item(out);
		y->key = key;
		if (next(r, &ev) < 0)
			return -1;
		done = read_node(r, &ev, y, depth + 1);
		yaml_event_delete(&ev);
		y->line = r->first_line + (int)at.line; /* a value stands where its key does */
		y->col = (int)at.column + 1;
		if (done < 0)
			return -1;
	}
}

static int read_node(struct reader *r, yaml_event_t *ev, struct ynode *out, int depth)
{
	out->line = r->first_line + (int)ev->start_mark.line;
	out->col = (int)ev->start_mark.column + 1;
	if (refuse_marks(r, ev) < 0)
		return -1;
	if (depth > YTREE_DEPTH)
		return complain(r, &ev->start_mark, _("nested too deep"));
	if (++r->nodes > YTREE_NODES)
		return complain(r, &ev->start_mark, _("too many entries"));
	if (ev->type == YAML_SEQUENCE_START_EVENT) {
		out->kind = YNODE_LIST;
		return read_list(r, out, depth);
	}
	if (ev->type == YAML_MAPPING_START_EVENT) {
		out->kind = YNODE_MAP;
		return read_map(r, out, depth);
	}
	if (ev->type != YAML_SCALAR_EVENT)
		return complain(r, &ev->start_mark, _("unexpected"));
	const char *fault = plaintext_fault((const char *)ev->data.scalar.value, ev->data.scalar.length, NULL, NULL);
	if (fault != NULL)
		return complain(r, &ev->start_mark, fault);
	out->text = xstrndup((const char *)ev->data.scalar.value, ev->data.scalar.length);
	return 0;
}

/* The events around the one document: stream start, document start, node, document end, stream end. */
static int read_document(struct reader *r, struct ynode *out)
{
	yaml_event_t ev;
	int done = 0;
	for (bool seen = false;;) {
		if (next(r, &ev) < 0)
			return -1;
		yaml_event_type_t type = ev.type;
		if (type == YAML_DOCUMENT_START_EVENT && seen)
			done = complain(r, &ev.start_mark, _("only one document is allowed"));
		else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT &&
			 type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT) {
			seen = true;
			done = read_node(r, &ev, out, 1);
		}
		yaml_event_delete(&ev);
		if (done < 0 || type == YAML_STREAM_END_EVENT)
			return done;
	}
}

struct ynode *ynode_parse(const char *path, int first_line, const char *text, size_t n, struct err *e)
{
	struct reader r = {.path = path, .first_line = first_line, .e = e};
	struct ynode *y = xcalloc(1, sizeof(*y));
	y->kind = YNODE_MAP;
	y->line = first_line;
	y->col = 1;
	if (!yaml_parser_initialize(&r.parser)) {
		err_set(e, ERR_WORLD, _("libyaml could not start"));
		ynode_free(y);
		return NULL;
	}
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
	int done = read_document(&r, y);
	yaml_parser_delete(&r.parser);
	if (done == 0)
		return y;
	ynode_free(y);
	return NULL;
}

static void release(struct ynode *y)
{
	for (size_t i = 0; i < y->n; i++)
		release(&y->item[i]);
	free(y->item);
	free(y->text);
	free(y->key);
}

void ynode_free(struct ynode *y)
{
	if (y == NULL)
		return;
	release(y);
	free(y);
}

const struct ynode *ynode_get(const struct ynode *map, const char *key)
{
	for (size_t i = 0; map != NULL && map->kind == YNODE_MAP && i < map->n; i++)
		if (strcmp(map->item[i].key, key) == 0)
			return &map->item[i];
	return NULL;
}

const char *ynode_text(const struct ynode *map, const char *key, const char *otherwise)
{
	const struct ynode *y = ynode_get(map, key);
	return y != NULL && y->kind == YNODE_TEXT ? y->text : otherwise;
}

int ynode_err(const struct ynode *y, const char *path, struct err *e, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = xvasprintf(fmt, ap);
	va_end(ap);
	err_at(e, path, y->line, y->col, "%s", text);
	free(text);
	return -1;
}

int ynode_only(const struct ynode *map, const char *path, const char *known, struct err *e)
{
	struct strv word = {0};
	int r = 0;
	strv_split(&word, known);
	if (map->kind != YNODE_MAP)
		r = ynode_err(map, path, e, _("`key: value` pairs are expected here (%s)"), known);
	for (size_t i = 0; i < map->n && r == 0; i++) {
		const char *near = NULL;
		int least = 4;
		for (size_t k = 0; k < word.n; k++) {
			int d = str_distance(map->item[i].key, word.v[k]);
			near = d < least ? word.v[k] : near;
			least = d < least ? d : least;
		}
		if (least == 0)
			continue;
		r = ynode_err(&map->item[i], path, e, _("unknown key `%s`"), map->item[i].key);
		err_hint(e, near != NULL ? _("did you mean `%s`?") : _("known here: %s"), near != NULL ? near : known);
	}
	strv_done(&word);
	return r;
}
