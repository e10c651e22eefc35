/* The highlighter: the shipped rules on real text, states over lines, places of errors in rule files, hostile rules. */
#include "tests/unit/test.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/paths.h"
#include "core/str.h"
#include "tui/hilite.h"

/* One letter for each byte's style. */
static char letter(enum style s)
{
	static const struct {
		enum style style;
		char letter;
	} known[] = {{STYLE_SYN_KEYWORD, 'k'}, {STYLE_SYN_TYPE, 't'}, {STYLE_SYN_STRING, 's'}, {STYLE_SYN_NUMBER, 'n'},
		{STYLE_SYN_COMMENT, 'c'}, {STYLE_SYN_PREPROC, 'p'}, {STYLE_SYN_LABEL, 'l'}, {STYLE_SYN_REGISTER, 'r'},
		{STYLE_SYN_FUNCTION, 'f'}, {STYLE_SYMBOL, 'y'}, {STYLE_VALUE_Y, 'Y'}};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].style == s)
			return known[i].letter;
	return '?';
}

/* Check lines in pairs: a line of text, then the letters ('.' plain; trailing dots left out). */
static void check(const char *filename, const char *const *pair, size_t n)
{
	struct err e = {0};
	struct hilite *h = hilite_for(filename, &e);
	struct hilite_line out;
	unsigned state = 0;
	assert_null(e.msg);
	assert_non_null(h);
	for (size_t i = 0; i + 1 < n; i += 2) {
		char got[256] = "";
		size_t len = strlen(pair[i]), last = 0;
		state = hilite_line(h, state, pair[i], len, &out);
		memset(got, '.', len);
		for (size_t k = 0; k < out.n; k++) {
			assert_true(out.span[k].from >= last && out.span[k].to <= len);
			last = out.span[k].to;
			for (size_t at = out.span[k].from; at < last; at++)
				got[at] = pair[i][at] == ' ' || pair[i][at] == '\t' ? '.' : letter(out.span[k].style);
		}
		while (len > 0 && got[len - 1] == '.')
			len--;
		got[len] = '\0';
		if (strcmp(got, pair[i + 1]) != 0)
			fail_msg("%s: line %zu\n  text %s\n  want %s\n  got  %s", filename, i / 2 + 1, pair[i],
				pair[i + 1], got);
	}
	hilite_free(h);
}
#define CHECK(file, ...)                                         \
	do {                                                     \
		static const char *const pair[] = {__VA_ARGS__}; \
		check(file, pair, ARRAY_LEN(pair));              \
	} while (0)

static void c_source(void **state)
{
	(void)state;
	CHECK("init.c", "#include <unistd.h> /* a", "pppppppp.ssssssssss.cc.c", "b */ int main(void) // x",
		"c.cc.ttt.ffff.tttt..cc.c", "\tchar *s = \"a\\\"b\", c = '\\'';", ".tttt......ssssss......ssss");
}

static void c_lines(void **state)
{
	(void)state;
	CHECK("shell.c", "int main(void) {", "ttt.ffff.tttt", "  char *s = \"a\\\"/*b\"; c='\\'';",
		"..tttt......ssssssss....ssss", "#define F(x) \\", "ppppppp.pppp.p", "  \"y\" /* z", "..sss.cc.c",
		"z */ more", "c.cc.pppp", "  return 0x1fUL + x1; // done", "..kkkkkk.nnnnnn.......cc.cccc",
		"done: goto done;", "llll..kkkk", "  default: break;", "..kkkkkkk..kkkkk", "  uint8_t a; size_t b;",
		"..ttttttt....tttttt", "x = \"two \\", "....ssss.s", "lines\"; if (a)", "ssssss..kk");
}

static void assembly_in_both_syntaxes(void **state)
{
	(void)state;
	CHECK("sys.S", "#include \"x.h\"", "pppppppp.sssss", "_start: movq $60, %rax # exit",
		"llllll..kkkk.nnn..rrrr.c.cccc", "\t.intel_syntax noprefix", ".ttttttttttttt.tttttttt",
		"  mov rdi, 0x10 /* c", "..kkk.rrr..nnnn.cc.c", "  c */ syscall", "..c.cc.kkkkkkk", "1: jmp 1b",
		"l..kkk.ll", "  .ascii \"a # b\"", "..tttttt.ss.s.ss");
	CHECK("tiny.asm", "BITS 64 ; sixty-four", "kkkk.nn.c.cccccccccc", "_start: mov edi, 'x;'",
		"llllll..kkk.rrr..ssss", "msg: db \"hi\", 0ah", "lll..tt.ssss..nnn");
}

static void makefile_kconfig_linker_script(void **state)
{
	(void)state;
	CHECK("Makefile", "CC := gcc # the", "tt........c.ccc", "all: $(OBJ) x", "lll..yyyyyy", "\t@$(CC) -o $@ $<",
		".kyyyyy....yy.yy", "ifeq ($(A),b)", "pppp..yyyy");
	CHECK("Kconfig", "config TTY", "kkkkkk.lll", "\tbool \"Enable TTY\" if EXPERT", ".tttt.sssssss.ssss.kk.yyyyyy",
		"\tdefault y", ".kkkkkkk.Y", "\thelp", ".kkkk", "\t  if you say bool here", "...cc.ccc.ccc.cccc.cccc",
		"", "", "config VT", "kkkkkk.ll");
	CHECK("small.lds", "ENTRY(_start) /* c */", "kkkkk.........cc.c.cc", "SECTIONS { . = 0x400000;",
		"kkkkkkkk...y...nnnnnnnn", "  .text : { KEEP(*(.text)) }", "..lllll.....ffff");
	CHECK("recipe", "cc -Os -static -o init init.c # x", "ff.ttt.ttttttt.tt......ssssss.c.c", "program init",
		"kkkkkkk");
}

static void all_shipped_rules_parse(void **state)
{
	(void)state;
	char *dir = paths_data("themes");
	DIR *d = opendir(dir);
	int seen = 0;
	assert_non_null(d);
	for (struct dirent *i; (i = readdir(d)) != NULL;) {
		struct err e = {0};
		if (!str_ends(i->d_name, ".syntax"))
			continue;
		char *path = fs_join(dir, i->d_name), *text = fs_read(path, NULL, &e);
		struct hilite *h = text != NULL ? hilite_parse(path, text, &e) : NULL;
		if (h == NULL)
			fail_msg("%s:%d:%d: %s", i->d_name, e.line, e.col, e.msg);
		assert_true(hilite_name(h)[0] != '\0');
		hilite_free(h);
		free(text);
		free(path);
		seen++;
	}
	assert_true(seen >= 6);
	closedir(d);
	free(dir);
}

static void broken_rules_say_where(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int line, col;
	} bad[] = {
		{"", 1, 1},
		{"name x\nfoo bar\n", 2, 1},
		{"  keyword x\n", 1, 3},
		{"state a\n  colour x\n", 2, 3},
		{"state a\n  keyword a(b\n", 2, 14},
		{"state a\n  keyword >nowhere x\n", 2, 12},
		{"state a\n  keyword\n", 2, 10},
		{"state a\n  words keyword\n", 2, 16},
		{"state a nostyle\n", 1, 9},
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		assert_null(hilite_parse("t.syntax", bad[i].text, &e));
		assert_string_equal(e.file, "t.syntax");
		if (e.line != bad[i].line || e.col != bad[i].col)
			fail_msg("case %zu: at %d:%d instead of %d:%d: %s", i, e.line, e.col, bad[i].line, bad[i].col,
				e.msg);
		err_done(&e);
	}
}

static void rules_that_match_nothing_end(void **state)
{
	(void)state;
	struct err e = {0};
	struct hilite_line out;
	struct hilite *h =
		hilite_parse("t", "state a\n  keyword >b (?=x)\nstate b\n  string >a (?=x)\n  comment (a*)*$\n", &e);
	assert_non_null(h);
	assert_true(hilite_line(h, 0, "xxxx", 4, &out) < 2);
	assert_true(hilite_line(h, 99, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 33, &out) < 2);
	hilite_free(h);
}

static void long_and_odd_lines_are_bounded(void **state)
{
	(void)state;
	struct err e = {0};
	struct hilite *h = hilite_for("a.c", &e);
	struct hilite_line out;
	char *text = xmalloc(100000);
	assert_non_null(h);
	for (size_t i = 0; i < 100000; i++)
		text[i] = "a=\"'/*\\\x80\xff()1"[i * 7 % 13];
	unsigned s = 0;
	for (size_t at = 0; at < 100000; at += 9973)
		s = hilite_line(h, s, text + at, 100000 - at, &out);
	assert_true(out.n <= HILITE_MAX);
	free(text);
	hilite_free(h);
}

/* Rule files from strangers: every mutation is either refused with a place or works on any line. */
static void mutated_rules_do_no_harm(void **state)
{
	(void)state;
	struct err e = {0};
	char *path = paths_data("themes/c.syntax");
	size_t n = 0, refused = 0;
	char *text = fs_read(path, &n, &e);
	unsigned x = 1;
	assert_non_null(text);
	for (int round = 0; round < 300; round++) {
		struct hilite_line out;
		char *copy = xstrdup(text);
		for (int k = 0; k < 3; k++) {
			x = x * 1103515245 + 12345;
			copy[(x >> 8) % n] = "()[]*+?\\>#\n \t{|a^$\x80"[(x >> 4) % 19];
		}
		struct hilite *h = hilite_parse("t", copy, &e);
		if (h == NULL) {
			assert_true(e.line > 0 && e.col > 0);
			refused++;
		} else {
			for (unsigned s = 0; s < 4; s++)
				hilite_line(h, s, "x = \"a\\\"b\"; /* c */ 0x1f 'q'", 28, &out);
		}
		err_done(&e);
		hilite_free(h);
		free(copy);
	}
	assert_true(refused > 0 && refused < 300);
	free(text);
	free(path);
}

static void the_longest_pattern_decides(void **state)
{
	(void)state;
	static const char *const pair[][2] = {{"vmlinux.lds.S", "linker script"}, {"entry.S", "GNU as"},
		{"a/b/Makefile", "make"}, {"Kconfig.debug", "Kconfig"}, {"README", "text"}, {"recipe", "recipe"}};
	for (size_t i = 0; i < ARRAY_LEN(pair); i++) {
		struct err e = {0};
		struct hilite *h = hilite_for(pair[i][0], &e);
		assert_non_null(h);
		assert_string_equal(hilite_name(h), pair[i][1]);
		hilite_free(h);
	}
	struct err e = {0};
	assert_null(hilite_for("no.idea", &e));
	assert_false(err_is(&e));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_source),
		cmocka_unit_test(c_lines),
		cmocka_unit_test(assembly_in_both_syntaxes),
		cmocka_unit_test(makefile_kconfig_linker_script),
		cmocka_unit_test(all_shipped_rules_parse),
		cmocka_unit_test(broken_rules_say_where),
		cmocka_unit_test(mutated_rules_do_no_harm),
		cmocka_unit_test(the_longest_pattern_decides),
		cmocka_unit_test(rules_that_match_nothing_end),
		cmocka_unit_test(long_and_odd_lines_are_bounded),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
