/* funcbar: the bottom line: the keys that have a label in the contexts that are active now, straight from the keymap,
 * so that a rebound key shows at once. While a program in the pane takes the keys, those of the pane are not shown, but
 * the sequences that still get through. A click on a label runs its command. */
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/str.h"
#include "tui/ui_priv.h"

#define ITEMS_MAX 40

struct item {
	const struct keymap_row *row;
	const char *label;
	bool vital; /* stays when there is room for few */
	int place;  /* in the keymap's order */
};

struct items {
	struct item v[ITEMS_MAX];
	size_t n;
	const struct pane *captured; /* a program in this pane takes the keys; NULL: none does */
};

/* Would these keys run the row's command now? A sequence is the way past a program that takes the keys: there is no
 * need to show it where one key does. */
static bool works(const struct items *items, const struct keymap_row *row)
{
	const bool sequence = strchr(row->keys, ' ') != NULL;
	const char *dot = strchr(row->command, '.');
	if (items->captured == NULL)
		return !sequence;
	if (!sequence)
		return strcmp(row->context, "global") == 0;
	return dot == NULL || strncmp(row->command, items->captured->ops->name, (size_t)(dot - row->command)) == 0;
}

static void collect(void *ctx, const struct keymap_row *row)
{
	static const char *const vital[] = {"help", "run", "cancel", "menu", "quit", "keys"};
	struct items *items = ctx;
	if (row->label == NULL || items->n == ITEMS_MAX || !works(items, row))
		return;
	for (size_t i = 0; i < items->n; i++)
		if (strcmp(items->v[i].row->keys, row->keys) == 0)
			return; /* a more special context binds the key */
	struct item *it = &items->v[items->n++];
	*it = (struct item){row, _(row->label), false, (int)items->n};
	for (size_t i = 0; i < ARRAY_LEN(vital); i++)
		it->vital |= strcmp(row->command, vital[i]) == 0;
}

/* Columns of the label when it may take at most `most`. */
static int label_cols(const struct item *it, int most)
{
	int width = draw_width(it->label, strlen(it->label), 0);
	return width < most ? width : most;
}

static int width_of(const struct items *items, int most)
{
	int width = -1;
	for (size_t i = 0; i < items->n; i++)
		width += (int)strlen(items->v[i].row->keys) + label_cols(&items->v[i], most) + 1;
	return width;
}

static void keep_vital(struct items *items)
{
	size_t n = 0;
	for (size_t i = 0; i < items->n; i++)
		if (items->v[i].vital)
			items->v[n++] = items->v[i];
	items->n = n;
}

static bool is_function_key(const struct item *it)
{
	return it->row->keys[0] == 'F' && it->row->keys[1] >= '0' && it->row->keys[1] <= '9';
}

/* The way past a program that takes the keys first; function keys, where they always are; then what the pane adds. */
static int rank(const struct item *it)
{
	return is_function_key(it) ? 1 : it->vital ? 0 : 2;
}

static int compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	if (rank(x) != rank(y))
		return rank(x) - rank(y);
	return rank(x) == 1 ? atoi(x->row->keys + 1) - atoi(y->row->keys + 1) : x->place - y->place;
}

/* Leave out what the pane adds, from the end, before labels are shortened. */
static int fit(struct items *items, int cols)
{
	int most = 20;
	while (items->n > 0 && width_of(items, most) > cols && !is_function_key(&items->v[items->n - 1]))
		items->n--;
	while (most > 3 && width_of(items, most) > cols)
		most--;
	if (width_of(items, most) <= cols)
		return most;
	keep_vital(items);
	for (most = 20; most > 2 && width_of(items, most) > cols;)
		most--;
	return most;
}

void funcbar_draw(struct ui *ui, const struct draw *d)
{
	struct items items = {.captured = ui_captured(ui)};
	const char *const *context;
	const struct key *keys;
	int x = 0;
	ui_pending(ui, &keys, &context);
	for (; *context != NULL; context++)
		keymap_each(ui->keymap, *context, collect, &items);
	qsort(items.v, items.n, sizeof(items.v[0]), compare);
	int most = fit(&items, d->cols);
	for (size_t i = 0; i < items.n && x < d->cols; i++) {
		const struct item *it = &items.v[i];
		int from = x;
		x = draw_text(d, 0, x, STYLE_KEY, it->row->keys);
		x = draw_textn(d, 0, x, STYLE_KEY_LABEL, it->label,
			draw_fit(it->label, strlen(it->label), label_cols(it, most)));
		ui_add_span(ui, d->y, from, x - from, it->row->command);
		x++;
	}
}
