/* style: the names by which everything on the screen is drawn. One row per style: enum, the name in theme files, the
 * style it falls back to when a theme does not speak of it, and attributes that hold even without colours, so that no
 * information is carried by colour alone. Panes use these names; only theme.c and screen.c know colours. */
#ifndef KILN_STYLE_H
#define KILN_STYLE_H

/* X(ENUM, name, fallback, attributes without colour: "b"old "d"im "u"nderline "r"everse "i"talic) */
#define STYLE_ROWS(X)                                    \
	X(TEXT, "text", TEXT, "")                        \
	X(DIM, "dim", TEXT, "d")                         \
	X(STRONG, "strong", TEXT, "b")                   \
	X(TITLE, "title", TEXT, "")                      \
	X(TITLE_FOCUS, "title.focus", TITLE, "br")       \
	X(BORDER, "border", DIM, "")                     \
	X(BORDER_FOCUS, "border.focus", BORDER, "b")     \
	X(SELECTED, "selected", TEXT, "r")               \
	X(SELECTED_IDLE, "selected.idle", SELECTED, "u") \
	X(MATCH, "match", TEXT, "u")                     \
	X(MATCH_NOW, "match.now", MATCH, "r")            \
	X(KEY, "key", STRONG, "b")                       \
	X(KEY_LABEL, "key.label", TEXT, "r")             \
	X(LINK, "link", TEXT, "u")                       \
	X(BAR, "bar", TEXT, "")                          \
	X(BAR_FILL, "bar.fill", TEXT, "r")               \
	X(SCROLLBAR, "scrollbar", DIM, "")               \
	X(LINE_NUMBER, "line.number", DIM, "d")          \
	X(INPUT, "input", TEXT, "")                      \
	X(OVERLAY, "overlay", TEXT, "")                  \
	X(SPOTLIGHT, "spotlight", STRONG, "r")           \
	X(STAGE_FRESH, "stage.fresh", TEXT, "")          \
	X(STAGE_STALE, "stage.stale", TEXT, "")          \
	X(STAGE_RUNNING, "stage.running", STRONG, "b")   \
	X(STAGE_FAILED, "stage.failed", STRONG, "br")    \
	X(STAGE_ABSENT, "stage.absent", DIM, "d")        \
	X(ERROR, "error", STRONG, "b")                   \
	X(WARNING, "warning", TEXT, "b")                 \
	X(NOTE, "note", TEXT, "")                        \
	X(OK, "ok", TEXT, "")                            \
	X(STEP, "step", TEXT, "")                        \
	X(COMMAND, "command", STRONG, "b")               \
	X(SYMBOL, "symbol", TEXT, "")                    \
	X(VALUE_Y, "value.y", STRONG, "b")               \
	X(VALUE_M, "value.m", STRONG, "b")               \
	X(VALUE_N, "value.n", DIM, "")                   \
	X(VALUE_TEXT, "value.text", TEXT, "")            \
	X(CHANGED, "changed", STRONG, "b")               \
	X(ARTICLE, "article", STRONG, "b")               \
	X(SYN_KEYWORD, "syntax.keyword", TEXT, "b")      \
	X(SYN_TYPE, "syntax.type", TEXT, "")             \
	X(SYN_STRING, "syntax.string", TEXT, "")         \
	X(SYN_NUMBER, "syntax.number", TEXT, "")         \
	X(SYN_COMMENT, "syntax.comment", DIM, "d")       \
	X(SYN_PREPROC, "syntax.preproc", TEXT, "")       \
	X(SYN_LABEL, "syntax.label", TEXT, "b")          \
	X(SYN_REGISTER, "syntax.register", TEXT, "")     \
	X(SYN_FUNCTION, "syntax.function", TEXT, "")

enum style {
#define X(id, name, fallback, attrs) STYLE_##id,
	STYLE_ROWS(X)
#undef X
		STYLE_N
};

/* The style's name in theme files. */
const char *style_name(enum style s);
/* -1 if no style has that name. */
int style_find(const char *name);
/* What it falls back to (STYLE_TEXT: itself) and its attributes without colour. */
enum style style_fallback(enum style s);
const char *style_attrs(enum style s);

#endif
