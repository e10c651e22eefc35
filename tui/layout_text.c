/* layout_text: see layout_text.h. Reads what a person or an older kiln may have written in out/layout: bounded in depth
 * and number, and nothing but a whole good text makes a tree. */
#include "tui/layout_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"

struct reader {
	const char *start, *s;
	struct strv seen; /* a pane can be in one place only */
	struct err *e;
};

struct node *node_leaf(const char *pane)
{
	struct node *n = xcalloc(1, sizeof(*n));
	strv_add(&n->stack, pane);
	return n;
}

void node_free(struct node *n)
{
	if (n == NULL)
		return;
	node_free(n->part[0]);
	node_free(n->part[1]);
	strv_done(&n->stack);
	free(n);
}

static void *wrong(struct reader *r, const char *what)
{
	err_at(r->e, "layout", 1, (int)(r->s - r->start) + 1, "%s", _(what));
	err_hint(r->e, _("a layout is a preset (workbench, focus, lesson) or like "
			 "h50(source,v60(log|messages,console)): h side by side, v above each other, the first part's "
			 "percent"));
	return NULL;
}

static size_t name_length(const char *s)
{
	size_t n = 0;
	while (islower((unsigned char)s[n]) || (n > 0 && (isdigit((unsigned char)s[n]) || s[n] == '-')))
		n++;
	return n <= 24 ? n : 0;
}

/* One or more names with | between. */
static struct node *read_leaf(struct reader *r)
{
	struct node *n = xcalloc(1, sizeof(*n));
	do {
		size_t len = name_length(r->s);
		char *name = xstrndup(r->s, len);
		bool twice = strv_has(&r->seen, name);
		strv_add(&r->seen, name);
		strv_add(&n->stack, name);
		free(name);
		if (len == 0 || twice || r->seen.n > LAYOUT_LEAVES) {
			node_free(n);
			return wrong(r, len == 0 ? N_("a pane's name is missing")
					: twice  ? N_("a pane is named twice")
						 : N_("too many panes"));
		}
		r->s += len;
	} while (*r->s == '|' && r->s++);
	return n;
}

/* 0-100 with up to two decimals, in LAYOUT_WHOLE-ths; -1 if there is none. */
static int read_share(struct reader *r)
{
	int share = 0, digits = 0;
	for (; isdigit((unsigned char)*r->s) && digits < 3; digits++)
		share = share * 10 + *r->s++ - '0';
	share *= 100;
	if (digits > 0 && *r->s == '.') {
		r->s++;
		for (int unit = 10; unit > 0 && isdigit((unsigned char)*r->s); unit /= 10)
			share += (*r->s++ - '0') * unit;
	}
	return digits > 0 && share <= LAYOUT_WHOLE ? share : -1;
}

static struct node *read_node(struct reader *r, int depth);

static struct node *read_split(struct reader *r, int depth)
{
	struct node *n = xcalloc(1, sizeof(*n));
	n->direction = *r->s++;
	n->share = read_share(r);
	const char *what = n->share < 0   ? N_("a share from 0 to 100 is missing")
			   : *r->s != '(' ? N_("`(` is missing")
					  : NULL;
	for (int i = 0; i < 2 && what == NULL; i++) {
		r->s++;
		n->part[i] = read_node(r, depth + 1);
		if (n->part[i] == NULL)
			break;
		n->part[i]->up = n;
		if (*r->s != (i == 0 ? ',' : ')'))
			what = i == 0 ? N_("`,` is missing") : N_("`)` is missing");
	}
	if (what == NULL && n->part[1] != NULL) {
		r->s++;
		return n;
	}
	node_free(n);
	return what != NULL ? wrong(r, what) : NULL;
}

static struct node *read_node(struct reader *r, int depth)
{
	if (depth > LAYOUT_DEPTH)
		return wrong(r, N_("nested too deeply"));
	bool split = (*r->s == 'h' || *r->s == 'v') && isdigit((unsigned char)r->s[1]);
	return split ? read_split(r, depth) : read_leaf(r);
}

/* What follows the tree. */
static int read_rest(struct reader *r, char **focus, bool *zoom)
{
	while (*(r->s += strspn(r->s, " \t\r\n")) != '\0') {
		size_t n = strcspn(r->s, " \t\r\n");
		if (n == 4 && strncmp(r->s, "zoom", n) == 0) {
			*zoom = true;
		} else if (n == 5 && strncmp(r->s, "focus", n) == 0) {
			r->s += n;
			r->s += strspn(r->s, " \t");
			n = name_length(r->s);
			free(*focus);
			*focus = xstrndup(r->s, n);
			if (!strv_has(&r->seen, *focus)) {
				wrong(r, N_("the focus is on a pane that is not there"));
				return -1;
			}
		} else {
			wrong(r, N_("neither `focus` nor `zoom`"));
			return -1;
		}
		r->s += n;
	}
	return 0;
}

struct node *node_parse(const char *text, char **focus, bool *zoom, struct err *e)
{
	struct reader r = {.start = text, .s = text + strspn(text, " \t\r\n"), .e = e};
	*focus = xstrdup("");
	*zoom = false;
	struct node *n = read_node(&r, 0);
	if (n != NULL && read_rest(&r, focus, zoom) < 0) {
		node_free(n);
		n = NULL;
	}
	if (n == NULL) {
		free(*focus);
		*focus = NULL;
	}
	strv_done(&r.seen);
	return n;
}

void node_write(const struct node *n, struct buf *out)
{
	if (n->part[0] == NULL) {
		for (size_t i = 0; i < n->stack.n; i++)
			buf_addf(out, "%s%s", i > 0 ? "|" : "", n->stack.v[i]);
		return;
	}
	buf_addf(out, "%c%d", n->direction, n->share / 100);
	if (n->share % 100 != 0)
		buf_addf(out, ".%02d", n->share % 100);
	buf_addc(out, '(');
	node_write(n->part[0], out);
	buf_addc(out, ',');
	node_write(n->part[1], out);
	buf_addc(out, ')');
}
