/* Submissions and grades: which archives are refused and why, that packing is the same each time, which settings and
 * kernel options of a stranger are taken, and that each format holds by strict readers (formats.h) whatever the texts
 * are. With two arguments, FORMAT FILE, it checks a file of `kiln grade`: tests/e2e/75-grade.sh does so. */
#include "tests/unit/test.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/conf.h"
#include "core/fs.h"
#include "core/gradeout.h"
#include "core/submission.h"
#include "tests/unit/formats.h"

static char *work; /* a fresh folder */

/* --- formats --- */

/* What a learner, a lesson or a compiler may say, made safe as grade.c does: controls but tab and newline are gone. */
static const char *const nasty[] = {"plain", "=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "a,b;\"c\"", "two\nlines\n",
	"ok 7 - # SKIP not really", "\\", "100% ::error::no %0A", "]]> <b>&amp; 'x'", "\xe7\xac\xac\xe4\xb8\x80\xe8\xaf\xbe",
	"\xef\xbf\xbd\xef\xbf\xbe", "---\n...\n\"", "a: b # c", "\tx", "%PATH%", ""};

static struct lesson lesson = {.id = (char *)"nasty", .title = (char *)"t", .points = 10};

static void make_class(struct grade_class *c, size_t shift)
{
	static struct lesson_step step[ARRAY_LEN(nasty)];
	static struct lesson *lessons[] = {&lesson};
	*c = (struct grade_class){.lesson = lessons, .n_lesson = 1, .n_step = ARRAY_LEN(nasty), .n = 4};
	c->v = xcalloc(c->n, sizeof(*c->v));
	for (size_t i = 0; i < c->n; i++) {
		struct grade_one *one = &c->v[i];
		one->name = (char *)nasty[(i + shift) % ARRAY_LEN(nasty)];
		one->error = i == 3 ? (char *)nasty[(i * 5 + shift) % ARRAY_LEN(nasty)] : NULL;
		one->seconds = 1.25;
		one->step = xcalloc(c->n_step, sizeof(*one->step));
		strv_add(&one->note, nasty[(i * 3 + shift) % ARRAY_LEN(nasty)]);
		for (size_t k = 0; k < c->n_step; k++) {
			step[k] = (struct lesson_step){.id = (char *)"id", .title = (char *)nasty[(k + shift) % c->n_step]};
			one->step[k] = (struct grade_step){.lesson = &lesson,
				.step = &step[k],
				.verdict = (enum check_verdict)((i + k) % 4),
				.max = 10.0 / 18,
				.claimed = k == 2,
				.say = (char *)nasty[(k + i + 2 * shift) % ARRAY_LEN(nasty)],
				.visibility = (char *)(k % 2 == 0 ? "visible" : "after_due_date")};
			if (one->step[k].verdict == CHECK_PASSED && one->error == NULL)
				one->points += one->step[k].points = one->step[k].max;
			one->max += one->step[k].max;
		}
	}
}

static void free_class(struct grade_class *c)
{
	for (size_t i = 0; i < c->n; i++) {
		strv_done(&c->v[i].note);
		free(c->v[i].step);
	}
	free(c->v);
}

static void every_format_is_valid(void **state)
{
	static const char *const format[] = {"tap", "junit", "gradescope", "github", "csv", "text"};
	(void)state;
	for (size_t shift = 0; shift < ARRAY_LEN(nasty); shift++) {
		struct grade_class c;
		make_class(&c, shift);
		for (size_t f = 0; f < ARRAY_LEN(format); f++)
			for (size_t i = 0; i < (gradeout_is_single(format[f]) ? c.n : 1); i++) {
				struct buf b = {0};
				gradeout(format[f], &c, i, &b);
				const char *why = fmt_check(format[f], b.p, b.n);
				if (why != NULL)
					fail_msg("%s, texts from %zu: %s\n%s", format[f], shift, why, b.p);
				buf_done(&b);
			}
		free_class(&c);
	}
}

/* The readers find faults: else their silence would prove nothing. */
static void faults_are_found(void **state)
{
	static const char *const bad[][2] = {
		{"tap", "TAP version 14\n1..2\nok 1 - a\n"},
		{"tap", "TAP version 14\n1..1\nok 1 - a # SKIP\n"},
		{"tap", "TAP version 14\n1..1\nok 2 - a\n"},
		{"tap", "TAP version 14\n1..1\nok 1 - a\n  ---\n  message: \"x\n  ...\n"},
		{"tap", "TAP version 13\n1..0\n"},
		{"junit", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"0\"><b/></testsuites>"},
		{"junit", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"0\">&nbsp;</testsuites>"},
		{"junit", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"1\"></testsuites>"},
		{"junit", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"0\" name=\"a<b\"></testsuites>"},
		{"junit", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"0\">\x1b</testsuites>"},
		{"gradescope", "{\"tests\": [{\"score\": \"1\"}]}"},
		{"gradescope", "{\"tests\": [], \"marks\": 1}"},
		{"gradescope", "{\"score\": 3, \"tests\": [{\"score\": 1}]}"},
		{"gradescope", "{\"tests\": [{\"status\": \"pass\"}]}"},
		{"github", "::error title=a:b::c\n"},
		{"github", "::error title=a::c%d\n"},
		{"github", "hello\n"},
		{"csv", "a,b\r\n1\r\n"},
		{"csv", "a,b\n"},
		{"csv", "a,\"=1\"\r\n"},
		{"csv", "a,\"b\"c\r\n"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (fmt_check(bad[i][0], bad[i][1], strlen(bad[i][1])) == NULL)
			fail_msg("taken for %s: %s", bad[i][0], bad[i][1]);
}

/* --- names --- */

static void paths_are_judged(void **state)
{
	static const struct {
		const char *path;
		int want;
	} row[] = {{"kiln.conf", 1}, {"init/mine/init.c", 1}, {"rootfs/etc/motd", 1}, {"rootfs/.profile", 1},
		{"progress/lessons", 1}, {"init/mine/sub/x.c", 0}, {"init/.git/config", 0}, {"init/mine/.x.swp", 0},
		{"out/init", 0}, {"README", 0}, {"../x", -1}, {"/etc/passwd", -1}, {"rootfs/../../x", -1},
		{"rootfs//x", -1}, {"./kiln.conf", -1}, {"", -1}, {"rootfs/", -1}, {"rootfs/a\nb", -1},
		{"rootfs/\033[2J", -1}, {"rootfs/a/b/c/d/e/f/g/h/i/j/k/l/m", -1}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct err e = {0};
		int got = submission_path(row[i].path, &e);
		if (got != row[i].want || (got < 0) != (e.msg != NULL))
			fail_msg("%s: %d instead of %d", row[i].path, got, row[i].want);
		err_done(&e);
	}
}

/* --- archives --- */

struct item {
	const char *name;
	int type; /* AE_IFREG … */
	const char *text, *link;
	int64_t size; /* claimed; 0: as text */
};

static char *make_archive(const char *name, const struct item *it, size_t n)
{
	char *path = fs_join(work, name);
	struct archive *a = archive_write_new();
	archive_write_set_format_pax_restricted(a);
	archive_write_add_filter_gzip(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (size_t i = 0; i < n; i++) {
		struct archive_entry *en = archive_entry_new();
		const char *text = it[i].text != NULL ? it[i].text : "";
		archive_entry_set_pathname(en, it[i].name);
		archive_entry_set_filetype(en, (unsigned)it[i].type);
		archive_entry_set_perm(en, 0644);
		if (it[i].type == AE_IFLNK)
			archive_entry_set_symlink(en, it[i].link);
		else if (it[i].link != NULL)
			archive_entry_set_hardlink(en, it[i].link);
		archive_entry_set_size(en, it[i].size > 0 ? it[i].size : (int64_t)strlen(text));
		archive_write_header(a, en);
		archive_write_data(a, text, strlen(text));
		archive_entry_free(en);
	}
	archive_write_close(a);
	archive_write_free(a);
	return path;
}

static void refuses(const char *name, const struct item *it, size_t n, const char *message)
{
	struct submission s = {0};
	struct err e = {0};
	char *path = make_archive(name, it, n);
	int r = submission_from_archive(&s, path, &e);
	if (r == 0 || strstr(e.msg, message) == NULL)
		fail_msg("%s: %s instead of %s", name, r == 0 ? "taken" : e.msg, message);
	err_done(&e);
	submission_done(&s);
	free(path);
}

#define ONE(...)                                                                                                       \
	(const struct item[]){{"kiln.conf", AE_IFREG, "", NULL, 0}, __VA_ARGS__}, 2

/* A ustar header alone, for a file of this size; the file itself never comes. */
static void claims_a_size(const char *size, const char *message)
{
	char header[512] = "rootfs/x", *path = fs_join(work, "size.tar");
	unsigned sum = 0;
	struct submission s = {0};
	struct err e = {0};
	memcpy(header + 100, "0000644\0000000000\0000000000", 24);
	memcpy(header + 124, size, 11);
	memcpy(header + 136, "00000000000", 11);
	memcpy(header + 148, "        0ustar", 14);
	memcpy(header + 263, "00", 2);
	for (size_t i = 0; i < sizeof(header); i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	assert_int_equal(fs_write(path, header, sizeof(header), 0644, &e), 0);
	assert_int_equal(submission_from_archive(&s, path, &e), -1);
	if (strstr(e.msg, message) == NULL)
		fail_msg("size %s: %s", size, e.msg);
	err_done(&e);
	submission_done(&s);
	free(path);
}

static void hostile_archives_are_refused(void **state)
{
	(void)state;
	refuses("dots.tar.gz", ONE({"../x", AE_IFREG, "x", NULL, 0}), "not allowed");
	refuses("absolute.tar.gz", ONE({"/tmp/x", AE_IFREG, "x", NULL, 0}), "not allowed");
	refuses("inner.tar.gz", ONE({"rootfs/a/../../../x", AE_IFREG, "x", NULL, 0}), "not allowed");
	refuses("link.tar.gz", ONE({"rootfs/x", AE_IFLNK, "", "/etc/passwd", 0}), "link or a device");
	refuses("hard.tar.gz", ONE({"rootfs/x", AE_IFREG, "", "kiln.conf", 0}), "link or a device");
	refuses("device.tar.gz", ONE({"rootfs/x", AE_IFCHR, "", NULL, 0}), "link or a device");
	refuses("fifo.tar.gz", ONE({"rootfs/x", AE_IFIFO, "", NULL, 0}), "link or a device");
	refuses("escape.tar.gz", ONE({"rootfs/\033[31m", AE_IFREG, "x", NULL, 0}), "control characters");
	refuses("twice.tar.gz", ONE({"kiln.conf", AE_IFREG, "x", NULL, 0}), "twice");
	claims_a_size("10000000000", "too large");  /* 1 GiB */
	claims_a_size("77777777777", "too large");  /* 8 GiB */
	claims_a_size("\200\177\177\177\177\177\177\177\177\177\177", ""); /* more than there can be */
	refuses("other.tar.gz", (const struct item[]){{"README", AE_IFREG, "x", NULL, 0}}, 1, "no submission");
}

static void too_many_and_too_thin(void **state)
{
	(void)state;
	struct item *it = xcalloc(3000, sizeof(*it));
	for (size_t i = 0; i < 3000; i++)
		it[i] = (struct item){xasprintf("x/%zu", i), AE_IFREG, "", NULL, 0};
	refuses("many.tar.gz", it, 3000, "entries");
	refuses("bomb.tar.gz", ONE({"rootfs/x", AE_IFREG, "", NULL, 1900 << 10}), "times as many");
	for (size_t i = 0; i < 3000; i++)
		free((char *)it[i].name);
	free(it);
}

/* Every cut of a good archive, and many changed bytes: an error or a submission, never a crash. */
static void damaged_archives_are_survived(void **state)
{
	(void)state;
	const struct item good[] = {{"kiln.conf", AE_IFREG, "init.variant = mine\n", NULL, 0},
		{"init/mine/recipe", AE_IFREG, "program init\ncc -o init init.c\n", NULL, 0},
		{"init/mine/init.c", AE_IFREG, "int main(void) { return 0; }\n", NULL, 0}};
	char *path = make_archive("good.tar.gz", good, 3), *other = fs_join(work, "bad.tar.gz");
	struct err e = {0};
	size_t n = 0;
	char *bytes = fs_read(path, &n, &e);
	for (size_t i = 0; i < 2 * n; i++) {
		struct submission s = {0};
		char *copy = xmalloc(n);
		memcpy(copy, bytes, n);
		if (i >= n)
			copy[i - n] = (char)(copy[i - n] ^ (1 << i % 8));
		assert_int_equal(fs_write(other, copy, i < n ? i : n, 0644, &e), 0);
		if (submission_from_archive(&s, other, &e) == 0)
			assert_true(s.n <= 3);
		else
			assert_non_null(e.msg);
		err_done(&e);
		submission_done(&s);
		free(copy);
	}
	free(bytes);
	free(other);
	free(path);
}

static void put(struct submission *s, const char *path, const char *text)
{
	s->v = xrealloc(s->v, (s->n + 1) * sizeof(*s->v));
	s->v[s->n++] = (struct submission_file){xstrdup(path), xstrdup(text), strlen(text)};
	s->total += strlen(text);
}

static void the_same_lab_gives_the_same_bytes(void **state)
{
	(void)state;
	struct err e = {0};
	char *first = NULL;
	size_t n = 0, again = 0;
	for (int i = 0; i < 2; i++) {
		struct submission s = {0}, back = {0};
		put(&s, i == 0 ? "kiln.conf" : "rootfs/etc/motd", i == 0 ? "# a\n" : "hello\n");
		put(&s, i == 1 ? "kiln.conf" : "rootfs/etc/motd", i == 1 ? "# a\n" : "hello\n");
		assert_int_equal(submission_describe(&s, "five/k64\n", "6.12", &e), 0);
		char *packed = submission_pack(&s, "x.tar.xz", i == 0 ? &n : &again, &e);
		assert_non_null(packed);
		if (i == 1) {
			char *path = fs_join(work, "again.tar.xz");
			assert_int_equal(n, again);
			assert_memory_equal(first, packed, n);
			assert_int_equal(fs_write(path, packed, n, 0644, &e), 0);
			assert_int_equal(submission_from_archive(&back, path, &e), 0);
			assert_int_equal(back.n, 4);
			assert_string_equal(submission_find(&back, "progress/lessons")->bytes, "five/k64\n");
			free(path);
		}
		submission_done(&s);
		submission_done(&back);
		if (i == 0)
			first = packed;
		else
			free(packed);
	}
	free(first);
}

/* --- what is taken --- */

static unsigned lab_number;

static void judged(const char *path, const char *text, const char *message)
{
	struct submission s = {0};
	struct err e = {0};
	char *dir = xasprintf("%s/lab%u", work, ++lab_number);
	put(&s, path, text);
	int r = submission_unpack(&s, dir, &e);
	if ((r == 0) != (message == NULL) || (r < 0 && strstr(e.msg, message) == NULL))
		fail_msg("%s: %s: %s", path, text, r == 0 ? "taken" : e.msg);
	if (r < 0)
		assert_true(e.file == NULL || e.line > 0);
	err_done(&e);
	fs_remove_tree(dir, &e);
	submission_done(&s);
	free(dir);
}

static void options_that_act_are_refused(void **state)
{
	(void)state;
	judged("kernel.config", "# CONFIG_X is not set\nCONFIG_TTY=y\nCONFIG_DEFAULT_HOSTNAME=\"(none)\"\nCONFIG_HZ=250\n",
		NULL);
	judged("kernel.config", "CONFIG_CMDLINE=\"console=ttyS0 panic=-1\"\nCONFIG_EXTRA_FIRMWARE=\"\"\n", NULL);
	judged("kernel.config", "CONFIG_CC_VERSION_TEXT=\"gcc (Debian 12.2.0-14) 12.2.0\"\n", NULL);
	judged("kernel.config", "CONFIG_LOCALVERSION=\"$(shell touch /tmp/x)\"\n", "act on");
	judged("kernel.config", "CONFIG_LOCALVERSION=\"`id`\"\n", "act on");
	judged("kernel.config", "CONFIG_X=$(id)\n", "act on");
	judged("kernel.config", "CONFIG_X=\"a;b\"\n", "act on");
	judged("kernel.config", "CONFIG_X=\"a\\\\\"\n", "act on");
	judged("kernel.config", "CONFIG_INITRAMFS_SOURCE=\"/etc\"\n", "names files");
	judged("kernel.config", "CONFIG_EXTRA_FIRMWARE=\"shadow\"\nCONFIG_EXTRA_FIRMWARE_DIR=\"/etc\"\n", "names files");
	judged("kernel.config", "include /etc/passwd\n", "neither");
	judged("kernel.config", "\x7f" "ELF\x01", "no text");
	judged("rootfs/manifest", "file bin/busybox /bin/busybox 0755 0 0\n", NULL);
	judged("rootfs/manifest", "file etc/x /etc/shadow 0644 0 0\n", "neither in the submission");
	judged("rootfs/manifest", "file etc/x ../../../etc/shadow 0644 0 0\n", "neither in the submission");
	judged("rootfs/manifest", "file etc/x /usr/../etc/shadow 0644 0 0\n", "neither in the submission");
	judged("kiln.conf", "no.such.setting = 1\n", "no.such.setting");
}

static void settings_of_a_stranger(void **state)
{
	(void)state;
	struct submission s = {0};
	struct err e = {0};
	struct optset o;
	struct conf conf = {0};
	char *dir = fs_join(work, "settings"), *path = fs_join(dir, "kiln.conf");
	put(&s, "kiln.conf",
		"kernel.source = /home/me/evil\nkernel.preset = /etc/passwd\niso.mode = kernel\ninit.variant = mine\n"
		"boot.memory = 65536\nboot.accel = kvm\nboot.cmdline = panic=-1 quiet\n");
	assert_int_equal(submission_unpack(&s, dir, &e), 0);
	optset_init(&o);
	assert_int_equal(conf_load(&conf, path, &o, &e), 0);
	assert_string_equal(optset_text(&o, OPT_INIT_VARIANT), "mine");
	assert_string_equal(optset_text(&o, OPT_BOOT_CMDLINE), "panic=-1 quiet");
	assert_false(o.given[OPT_KERNEL_SOURCE] || o.given[OPT_KERNEL_PRESET] || o.given[OPT_ISO_MODE]);
	assert_false(o.given[OPT_BOOT_MEMORY] || o.given[OPT_BOOT_ACCEL]);
	conf_done(&conf);
	optset_done(&o);
	submission_done(&s);
	free(path);
	free(dir);
}

static int check_file(const char *format, const char *path)
{
	struct err e = {0};
	size_t n = 0;
	char *text = fs_read(path, &n, &e);
	const char *why = text != NULL ? fmt_check(format, text, n) : e.msg;
	printf("%s %s: %s\n", format, path, why != NULL ? why : "valid");
	int r = why != NULL;
	free(text);
	err_done(&e);
	return r;
}

int main(int argc, char **argv)
{
	int status = internal_main(argc, argv);
	if (status >= 0)
		return status;
	if (argc == 3)
		return check_file(argv[1], argv[2]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_valid),
		cmocka_unit_test(faults_are_found),
		cmocka_unit_test(paths_are_judged),
		cmocka_unit_test(hostile_archives_are_refused),
		cmocka_unit_test(too_many_and_too_thin),
		cmocka_unit_test(damaged_archives_are_survived),
		cmocka_unit_test(the_same_lab_gives_the_same_bytes),
		cmocka_unit_test(options_that_act_are_refused),
		cmocka_unit_test(settings_of_a_stranger),
	};
	char pattern[] = "/tmp/kiln-test-grade.XXXXXX";
	struct err e = {0};
	work = mkdtemp(pattern);
	status = work != NULL ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
	fs_remove_tree(pattern, &e);
	return status;
}
