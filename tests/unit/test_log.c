/* The log: lines come back as they went in, through compression, dropping and searching; what tools print is made safe;
 * severities, places, colours, root cause. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/log.h"
#include "core/logrules.h"
#include "core/logtext.h"
#include "core/str.h"

static void add(struct log *l, const char *text)
{
	log_append(l, text, strlen(text), false);
}

static void expect(const struct log *l, size_t i, const char *text)
{
	struct log_line line = log_get(l, i);
	char *got = xstrndup(line.text, line.n);
	assert_string_equal(got, text);
	free(got);
}

/* A line whose text depends on its number alone, of very different lengths. */
static char *line_of(size_t i)
{
	const size_t n = i * 7919 % 600;
	char *text = xmalloc(n + 40);
	size_t at = (size_t)snprintf(text, 40, "line %zu ", i);
	for (size_t k = 0; k < n; k++)
		text[at++] = "0123456789abcdef"[(i * 31 + k * k) % 16];
	text[at] = '\0';
	return text;
}

static void lines_come_back(void **state)
{
	(void)state;
	struct log *l = log_new(0);
	const size_t n = 20000;
	for (size_t i = 0; i < n; i++) {
		char *text = line_of(i);
		add(l, text);
		free(text);
	}
	assert_int_equal(log_first(l), 0);
	assert_int_equal(log_count(l), n);
	for (size_t k = 0; k < n; k++) { /* all over the place: the cache must not mix them up */
		size_t i = k * 7001 % n;
		char *text = line_of(i);
		expect(l, i, text);
		free(text);
	}
	log_free(l);
}

static void old_lines_go_and_numbers_stay(void **state)
{
	(void)state;
	struct log *l = log_new(1000);
	for (size_t i = 0; i < 25000; i++) {
		char *text = line_of(i);
		add(l, text);
		free(text);
		assert_true(log_count(l) - log_first(l) <= 1000);
	}
	assert_int_equal(log_count(l), 25000);
	assert_int_equal(log_first(l), 24000);
	for (size_t i = 24000; i < 25000; i++) {
		char *text = line_of(i);
		expect(l, i, text);
		free(text);
	}
	struct log_block b = log_block(l, 24000);
	assert_int_equal(b.first, 24000);
	assert_memory_equal(b.text, "line 24000 ", 11);
	log_free(l);
}

static void blocks_agree_with_lines(void **state)
{
	(void)state;
	struct log *l = log_new(5000);
	for (size_t i = 0; i < 9000; i++) {
		char *text = line_of(i % 3 == 0 ? 0 : i);
		add(l, i % 5 == 0 ? "" : text);
		free(text);
	}
	for (size_t i = log_first(l); i < log_count(l);) {
		const struct log_block b = log_block(l, i);
		assert_int_equal(b.first, i);
		size_t at = 0;
		for (size_t k = b.first; k < b.first + b.count; k++) {
			size_t end = (size_t)((const char *)memchr(b.text + at, '\n', b.n - at) - b.text);
			assert_int_equal(log_block_at(&b, k), at);
			assert_int_equal(log_block_line(&b, at), k);
			assert_int_equal(log_block_line(&b, end), k);
			at = end + 1;
		}
		assert_int_equal(at, b.n);
		i += b.count;
	}
	log_free(l);
}

static void text_is_made_safe(void **state)
{
	(void)state;
	static const char *const pair[][2] = {
		{"plain\ttab", "plain\ttab"},
		{"a\033[2Jb\033[31mc\033[0m", "abc"},
		{"\033]0;title\007x\033]52;c;AAAA\033\\y", "xy"},
		{"bell\007 del\177", "bell\xef\xbf\xbd del\xef\xbf\xbd"},
		{"cr\r", "cr"},
		{"c1\xc2\x9b"
		 "31m",
			"c1\xef\xbf\xbd"
			"31m"},
		{"bad\xff utf\xc3", "bad\xef\xbf\xbd utf\xef\xbf\xbd"},
		{"\xe4\xb8\xad\xe6\x96\x87 \xc3\xa9", "\xe4\xb8\xad\xe6\x96\x87 \xc3\xa9"},
		{"overlong\xc0\xaf surrogate\xed\xa0\x80",
			"overlong\xef\xbf\xbd\xef\xbf\xbd surrogate\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"ends \033[", "ends "},
		{"ends \033", "ends "},
		{"endless \033]0;abc", "endless "},
	};
	struct log *l = log_new(0);
	for (size_t i = 0; i < ARRAY_LEN(pair); i++) {
		add(l, pair[i][0]);
		expect(l, i, pair[i][1]);
	}
	log_free(l);
}

static void colours_are_noted(void **state)
{
	(void)state;
	struct log *l = log_new(0);
	add(l, "\033[01m\033[Kx.c:3:5:\033[m\033[K \033[01;31m\033[Kerror: \033[m\033[Kno \033[38;5;196mx\033[39my");
	const struct log_line line = log_get(l, 0);
	assert_int_equal(line.severity, LOG_ERROR);
	assert_string_equal(line.file, "x.c");
	assert_int_equal(line.line, 3);
	assert_int_equal(line.col, 5);
	assert_int_equal(line.n_mark, 4);
	assert_int_equal(line.mark[0].at, 0);
	assert_int_equal(line.mark[0].style, LOG_MARK_BOLD);
	assert_int_equal(line.mark[1].at, 8);
	assert_int_equal(line.mark[1].style, 0);
	assert_int_equal(line.mark[2].style, LOG_MARK_BOLD | 2);
	assert_int_equal(line.mark[3].style, 0);
	log_free(l);
}

static void severities_are_found(void **state)
{
	(void)state;
	struct log *l = log_new(0);
	for (size_t i = 0; i < 30000; i++)
		add(l, i == 777 || i == 22222 ? "a/b.c:12:3: error: x"
			: i == 15000          ? "b.c:1:1: warning: y"
					      : "  CC      a/b.o");
	assert_int_equal(log_find_severity(l, 0, 1, LOG_ERROR), 777);
	assert_int_equal(log_find_severity(l, 777, 1, LOG_ERROR), 22222);
	assert_int_equal(log_find_severity(l, 777, 1, LOG_WARNING), 15000);
	assert_int_equal(log_find_severity(l, 22222, 1, LOG_ERROR), SIZE_MAX);
	assert_int_equal(log_find_severity(l, 29999, -1, LOG_WARNING), 22222);
	assert_int_equal(log_find_severity(l, 22222, -1, LOG_ERROR), 777);
	assert_int_equal(log_find_severity(l, 777, -1, LOG_ERROR), SIZE_MAX);
	assert_int_equal(log_severity(l, 15000), LOG_WARNING);
	assert_string_equal(log_get(l, 22222).file, "a/b.c");
	assert_int_equal(log_get(l, 22222).line, 12);
	log_free(l);
}

static void lines_are_classified(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum log_severity severity;
		const char *file;
		int line, col;
		bool hint;
	} row[] = {
		{"  CC      mm/slab.o", LOG_STEP, NULL, 0, 0, false},
		{"  LD [M]  fs/ext4/ext4.o", LOG_STEP, NULL, 0, 0, false},
		{"  CC      lib/error.o", LOG_STEP, NULL, 0, 0, false},
		{"$ make bzImage", LOG_COMMAND, NULL, 0, 0, false},
		{"kiln: a word of our own", LOG_NOTE, NULL, 0, 0, false},
		{"init.c:3:5: error: no", LOG_ERROR, "init.c", 3, 5, false},
		{"../a b/init.c:3:5: fatal error: no", LOG_ERROR, "../a b/init.c", 3, 5, false},
		{"init.c:3:5: warning: w", LOG_WARNING, "init.c", 3, 5, false},
		{"init.c:3:5: note: n", LOG_NOTE, "init.c", 3, 5, false},
		{"sys.S:12: Error: no such instruction: `foo'", LOG_ERROR, "sys.S", 12, 0, false},
		{"sys.S:12: Warning: odd", LOG_WARNING, "sys.S", 12, 0, false},
		{"/usr/bin/ld: init.o: undefined reference to `main'", LOG_ERROR, NULL, 0, 0, false},
		{"drivers/Kconfig:7: syntax error", LOG_ERROR, "drivers/Kconfig", 7, 0, false},
		{"make[2]: *** [Makefile:3: x] Error 1", LOG_ERROR, NULL, 0, 0, false},
		{"make[1]: Entering directory '/x'", LOG_TEXT, NULL, 0, 0, false},
		{"a.c:1:10: fatal error: gelf.h: No such file or directory", LOG_ERROR, NULL, 0, 0, true},
		{"/bin/sh: 1: flex: not found", LOG_ERROR, NULL, 0, 0, true},
		{"write error: No space left on device", LOG_ERROR, NULL, 0, 0, true},
		{"    3 | int error = 1;", LOG_TEXT, NULL, 0, 0, false},
		{"nothing to see", LOG_TEXT, NULL, 0, 0, false},
	};
	struct log *l = log_new(0);
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		add(l, row[i].text);
		const struct log_line got = log_get(l, i);
		if (got.severity != row[i].severity || got.line != row[i].line || got.col != row[i].col)
			fail_msg("%s: severity %d, %d:%d", row[i].text, got.severity, got.line, got.col);
		assert_int_equal(got.file != NULL, row[i].file != NULL);
		if (got.file != NULL)
			assert_string_equal(got.file, row[i].file);
		assert_int_equal(log_hint(l, i) != NULL, row[i].hint);
	}
	log_free(l);
}

static void rule_files_say_where_they_are_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int line, col;
	} bad[] = {
		{"colour x\n", 1, 1},
		{"error a\nerror b(\n", 2, 9},
		{"  hint: of nothing\n", 1, 3},
		{"# fine\nfollows nothing x\n", 2, 9},
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		assert_null(logrules_parse("my.rules", bad[i].text, &e));
		if (e.line != bad[i].line || e.col != bad[i].col)
			fail_msg("case %zu: at %d:%d: %s", i, e.line, e.col, e.msg);
		err_done(&e);
	}
}

static void the_root_cause_is_before_the_noise(void **state)
{
	(void)state;
	static const char *const text[] = {"  CC      a.o", "a.c: In function 'f':", "a.c:3:1: warning: w",
		"a.c:4:1: error: the cause", "  CC      b.o", "make[2]: *** [scripts/Makefile.build:243: a.o] Error 1",
		"c.c:9:9: error: later", "make: *** [Makefile:1] Error 2"};
	struct log *l = log_new(0);
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		add(l, text[i]);
	assert_int_equal(log_root_cause(l, 0), 3);
	assert_int_equal(log_root_cause(l, 7), 7);
	log_free(l);
}

static void many_lines_are_small(void **state)
{
	(void)state;
	struct log *l = log_new(0);
	char text[80];
	for (int i = 0; i < 200000; i++) {
		int n = snprintf(
			text, sizeof(text), "  CC      drivers/net/ethernet/chip%d/part%d.o", i % 311, i % 7919);
		log_append(l, text, (size_t)n, false);
	}
	assert_int_equal(log_count(l), 200000);
	assert_true(log_memory(l) < 6u << 20);
	log_free(l);
}

static void hostile_lines_are_bounded(void **state)
{
	(void)state;
	struct log *l = log_new(100);
	char *big = xmalloc(1 << 20);
	unsigned x = 12345;
	for (int round = 0; round < 6; round++) {
		for (size_t i = 0; i < 1 << 20; i++)
			big[i] = (char)((x = x * 1103515245 + 12345) >> 16);
		log_append(l, big, 1 << 20, true);
		log_append(l, big, x % 300, false);
		const struct log_line line = log_get(l, log_count(l) - 2);
		assert_true(line.n <= LOGTEXT_MAX);
		for (size_t i = 0; i < line.n;) {
			size_t len = logtext_utf8(line.text + i, line.n - i);
			assert_true(len > 0 && ((unsigned char)line.text[i] >= 0x20 || line.text[i] == '\t'));
			i += len;
		}
	}
	free(big);
	log_free(l);
}

static void it_can_be_saved(void **state)
{
	(void)state;
	char path[] = "/tmp/kiln-test-log.XXXXXX";
	struct err e = {0};
	close(mkstemp(path));
	struct log *l = log_new(0);
	add(l, "one");
	add(l, "two \xe4\xb8\xad");
	assert_int_equal(log_save(l, path, false, &e), 0);
	char *text = fs_read(path, NULL, &e);
	assert_string_equal(text, "one\ntwo \xe4\xb8\xad\n");
	free(text);
	assert_int_equal(log_save(l, "/nonexistent/x", false, &e), -1);
	assert_non_null(e.msg);
	err_done(&e);
	unlink(path);
	log_free(l);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_back),
		cmocka_unit_test(old_lines_go_and_numbers_stay),
		cmocka_unit_test(blocks_agree_with_lines),
		cmocka_unit_test(text_is_made_safe),
		cmocka_unit_test(colours_are_noted),
		cmocka_unit_test(severities_are_found),
		cmocka_unit_test(lines_are_classified),
		cmocka_unit_test(rule_files_say_where_they_are_wrong),
		cmocka_unit_test(the_root_cause_is_before_the_noise),
		cmocka_unit_test(many_lines_are_small),
		cmocka_unit_test(hostile_lines_are_bounded),
		cmocka_unit_test(it_can_be_saved),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
