/* Source files on the screen: lines and text made safe, reloading, search; the compiler's messages found in the log and
 * brought to their lines; the watch over a folder, both ways. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/str.h"
#include "tui/srcdoc.h"
#include "tui/srcnotes.h"
#include "tui/srcplace.h"
#include "tui/srcwatch.h"

/* A folder "…/init/my variant" with files; an app whose lab and log are just enough. */
struct fixture {
	char root[64];
	char *dir;
	struct pipeline pipeline;
	struct app app;
};

static void put(const char *dir, const char *name, const char *text)
{
	struct err e = {0};
	char *path = fs_join(dir, name);
	assert_int_equal(fs_write(path, text, strlen(text), 0644, &e), 0);
	free(path);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct err e = {0};
	snprintf(f->root, sizeof(f->root), "/tmp/kiln-test-source.XXXXXX");
	assert_non_null(mkdtemp(f->root));
	f->dir = fs_join(f->root, "init/it's mine");
	assert_int_equal(fs_mkdirs(f->dir, &e), 0);
	put(f->dir, "init.c", "one\ntwo words\n/* three\nfour */ int x;\nfive");
	f->pipeline.log = log_new(0);
	f->app.pipeline = &f->pipeline;
	f->app.lab.dir = f->root;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	log_free(f->pipeline.log);
	fs_remove_tree(f->root, &e);
	free(f->dir);
	free(f);
	return 0;
}

static void say(struct fixture *f, const char *text)
{
	log_append(f->pipeline.log, text, strlen(text), true);
}

/* The build's log: another build before it, then ours with its messages. */
static size_t build_log(struct fixture *f)
{
	char *argv[] = {"cd", f->dir, NULL}, *cd = strv_shell(argv);
	say(f, "$ make -C /nowhere O=/nowhere/else bzImage");
	say(f, "init.c:1:1: error: of another folder, where no such file is");
	const size_t from = log_count(f->pipeline.log);
	char *command = xasprintf("$ %s && gcc -c init.c", cd);
	say(f, command);
	say(f, "init.c: In function 'main':");
	say(f, "init.c:2:5: warning: careful");
	say(f, "init.c:4:9: error: 'x' is bad");
	say(f, "    4 | four */ int x;");
	say(f, "init.c:4:9: note: told once");
	say(f, "nosuch.c:9:1: error: no such file");
	say(f, "init.c:1:1: error: first");
	free(command);
	free(cd);
	return from;
}

static void messages_come_to_their_lines(void **state)
{
	struct fixture *f = *state;
	struct srcnotes notes = {0};
	char *path = fs_join(f->dir, "init.c");
	const size_t from = build_log(f);
	srcnotes_collect(&notes, &f->app, from, log_count(f->pipeline.log));
	assert_int_equal(notes.n, 4);
	assert_int_equal(srcnotes_count(&notes, LOG_ERROR), 2);
	assert_string_equal(srcnotes_at(&notes, path, 4)->text, "error: 'x' is bad");
	assert_int_equal(srcnotes_at(&notes, path, 4)->log_line, from + 3);
	assert_int_equal(srcnotes_at(&notes, path, 2)->severity, LOG_WARNING);
	assert_null(srcnotes_at(&notes, path, 3));
	assert_null(srcnotes_at(&notes, "/elsewhere/init.c", 4));
	/* next goes over errors only, and round */
	assert_int_equal(srcnotes_next(&notes, path, 1, 1)->line, 4);
	assert_int_equal(srcnotes_next(&notes, path, 4, 1)->line, 1);
	assert_int_equal(srcnotes_next(&notes, path, 4, -1)->line, 1);
	assert_int_equal(srcnotes_next(&notes, path, 1, -1)->line, 4);
	srcnotes_collect(&notes, &f->app, 0, from); /* the other build's file is nowhere */
	assert_int_equal(notes.n, 0);
	assert_null(srcnotes_next(&notes, path, 1, 1));
	srcnotes_done(&notes);
	free(path);
}

static void a_row_shows_its_message(void **state)
{
	struct fixture *f = *state;
	struct srcnotes notes = {0};
	struct srcdoc d;
	struct err e = {0};
	char *path = fs_join(f->dir, "init.c");
	const size_t from = build_log(f);
	srcnotes_collect(&notes, &f->app, from, log_count(f->pipeline.log));
	srcdoc_init(&d, path, "init.c");
	d.notes = &notes;
	assert_true(srcdoc_refresh(&d, &e));
	assert_false(err_is(&e));
	struct textview_row r = {.style = STYLE_TEXT};
	d.view.ops->row(&d, 3, &r);
	assert_int_equal(r.n, strlen("four */ int x;"));
	assert_string_equal(r.note, "error: 'x' is bad");
	assert_int_equal(r.note_style, STYLE_ERROR);
	assert_int_equal(r.emph_from, 8);
	assert_int_equal(r.emph_to, 11); /* the word at column 9 */
	assert_int_equal(r.gutter[0], 'E');
	assert_int_equal(r.span[0].style, STYLE_SYN_COMMENT); /* begun in the line above */
	assert_int_equal(r.span[0].to, 7);
	srcdoc_done(&d);
	srcnotes_done(&notes);
	free(path);
}

static void a_file_is_read_again_when_it_changes(void **state)
{
	struct fixture *f = *state;
	struct srcdoc d;
	struct err e = {0};
	char *path = fs_join(f->dir, "init.c");
	srcdoc_init(&d, path, "init.c");
	assert_true(srcdoc_refresh(&d, &e));
	assert_false(srcdoc_refresh(&d, &e));
	assert_int_equal(d.n_line, 5);
	srcdoc_goto(&d, 5);
	assert_int_equal(srcdoc_search(&d, "TWO|five", &e), 0); /* a capital: case counts */
	assert_int_equal(textsearch_hits(d.search), 1);
	put(f->dir, "init.c", "TWO\nfive\n\n");
	assert_true(srcdoc_refresh(&d, &e));
	assert_int_equal(d.n_line, 3);
	assert_int_equal(d.view.cursor, 2);
	assert_int_equal(textsearch_hits(d.search), 2); /* searched again */
	assert_true(srcdoc_next(&d, 1));
	assert_int_equal(d.view.cursor, 0);
	assert_true(srcdoc_next(&d, -1));
	assert_int_equal(d.view.cursor, 1);
	unlink(path);
	assert_true(srcdoc_refresh(&d, &e));
	assert_non_null(d.why);
	assert_false(srcdoc_refresh(&d, &e));
	put(f->dir, "init.c", "");
	assert_true(srcdoc_refresh(&d, &e));
	assert_null(d.why);
	assert_int_equal(d.n_line, 0);
	assert_false(srcdoc_next(&d, 1));
	srcdoc_done(&d);
	free(path);
}

static void hostile_text_is_made_safe(void **state)
{
	struct fixture *f = *state;
	struct srcdoc d;
	struct err e = {0};
	char *path = fs_join(f->dir, "bad.c");
	put(f->dir, "bad.c", "a\033[31mb\r\nc\xff\x9b\xc2\x9b\td\n\xe4\xb8\xad");
	srcdoc_init(&d, path, "bad.c");
	srcdoc_refresh(&d, &e);
	assert_int_equal(d.n_line, 3);
	assert_string_equal(d.text, "a\xef\xbf\xbd[31mb\nc\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\td\n\xe4\xb8\xad");
	srcdoc_done(&d);
	free(path);
}

static void places_are_found(void **state)
{
	struct fixture *f = *state;
	put(f->root, "kernel.config", "x\n");
	char *path = srcplace_by_name(&f->app, "kernel.config"), *want = fs_join(f->root, "kernel.config");
	assert_string_equal(path, want);
	assert_null(srcplace_by_name(&f->app, "init"));   /* a folder */
	assert_null(srcplace_by_name(&f->app, "nosuch")); /* nothing */
	char *argv[] = {"make", "-C", f->dir, "O=/nowhere", NULL}, *command = strv_shell(argv);
	char *line = xasprintf("$ %s", command);
	say(f, line);
	say(f, "init.c:1:1: error: x");
	free(path);
	free(want);
	path = srcplace_find(&f->app, f->pipeline.log, log_count(f->pipeline.log) - 1, "init.c");
	want = fs_join(f->dir, "init.c");
	assert_string_equal(path, want);
	free(line);
	free(command);
	free(path);
	free(want);
}

/* --- watching --- */

struct seen {
	uv_loop_t *loop;
	int times;
};

static void on_change(void *ctx)
{
	struct seen *s = ctx;
	s->times++;
	uv_stop(s->loop);
}

static void on_late(uv_timer_t *t)
{
	(void)t;
	fail_msg("no change was told");
}

static void watch(struct fixture *f)
{
	uv_loop_t loop;
	uv_timer_t late;
	struct seen s = {&loop, 0};
	uv_loop_init(&loop);
	uv_timer_init(&loop, &late);
	uv_timer_start(&late, on_late, 10000, 0);
	struct srcwatch *w = srcwatch_new(&loop, f->dir, on_change, &s);
	put(f->dir, ".hidden.swp", "x"); /* does not count */
	put(f->dir, "new.c", "int y;\n");
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(s.times, 1);
	put(f->dir, "init.c", "changed\n");
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(s.times, 2);
	srcwatch_free(w);
	uv_close((uv_handle_t *)&late, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void changes_are_told_by_events(void **state)
{
	unsetenv("KILN_WATCH");
	watch(*state);
}

static void changes_are_told_by_looking(void **state)
{
	setenv("KILN_WATCH", "poll", 1);
	watch(*state);
	unsetenv("KILN_WATCH");
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		test(messages_come_to_their_lines),
		test(a_row_shows_its_message),
		test(a_file_is_read_again_when_it_changes),
		test(hostile_text_is_made_safe),
		test(places_are_found),
		test(changes_are_told_by_events),
		test(changes_are_told_by_looking),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
