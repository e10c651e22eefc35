/* style: see style.h. The names as a table; nothing else. */
#include "tui/style.h"

#include <string.h>

static const struct {
	const char *name;
	enum style fallback;
	const char *attrs;
} row[STYLE_N] = {
#define X(id, name, fallback, attrs) [STYLE_##id] = {name, STYLE_##fallback, attrs},
	STYLE_ROWS(X)
#undef X
};

const char *style_name(enum style s)
{
	return row[s].name;
}

int style_find(const char *name)
{
	for (int i = 0; i < STYLE_N; i++)
		if (strcmp(row[i].name, name) == 0)
			return i;
	return -1;
}

enum style style_fallback(enum style s)
{
	return row[s].fallback;
}

const char *style_attrs(enum style s)
{
	return row[s].attrs;
}
