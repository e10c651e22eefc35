/* boot, bootcause, vgatext, accel: real guests under QEMU. Kernels come from KILN_TEST_BZIMAGE (serial console) and
 * KILN_TEST_BZIMAGE_VGA (the five options); the init programs are compiled here and packed by libarchive. */
#include "tests/unit/test.h"

#include <archive.h>
#include <archive_entry.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/accel.h"
#include "core/accelguest.h"
#include "core/boot.h"
#include "core/bootcause.h"
#include "core/fs.h"
#include "core/paths.h"
#include "core/proc.h"
#include "core/str.h"
#include "core/vgatext.h"

/* --- helpers --- */

static char *work; /* private folder, removed at the end */

static const char shell_c[] =
	"#include <string.h>\n#include <unistd.h>\n#include <sys/reboot.h>\n"
	"static void say(const char *s) { write(1, s, strlen(s)); }\n"
	"int main(void) { char b[256]; for (;;) { say(\"# \"); ssize_t n = read(0, b, 255); if (n <= 0) continue;\n"
	"b[n] = 0; if (!strcmp(b, \"/bin/hello\\n\")) say(\"Hello\\n\"); else if (!strcmp(b, \"quit\\n\")) return 7;\n"
	"else if (!strcmp(b, \"reboot\\n\")) reboot(RB_AUTOBOOT); else if (!strcmp(b, \"flood\\n\")) for (;;) "
	"say(\"y\\ny\\ny\\ny\\n\");\n"
	"else if (!strcmp(b, \"nasty\\n\")) say(\"\\033]0;owned\\007\\033[2J\\302\\233x\\r\\nsafe-end\\n\");\n"
	"else { say(\"you said \"); write(1, b, n); } } }\n";

static void add_entry(struct archive *a, const char *name, unsigned type, const char *bytes, size_t n)
{
	struct archive_entry *e = archive_entry_new();
	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, 0755);
	if (type == AE_IFCHR) {
		archive_entry_set_rdevmajor(e, 5);
		archive_entry_set_rdevminor(e, 1);
	}
	archive_entry_set_size(e, (int64_t)n);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	if (n > 0)
		assert_int_equal(archive_write_data(a, bytes, n), n);
	archive_entry_free(e);
}

/* An initramfs with /dev/console and, unless NULL, this file as /init. Returns owned path. */
static char *pack(const char *name, const char *init_path)
{
	struct err e = {0};
	size_t n = 0;
	char *path = fs_join(work, name), *bytes = init_path != NULL ? fs_read(init_path, &n, &e) : NULL;
	struct archive *a = archive_write_new();
	archive_write_set_format_cpio_newc(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	add_entry(a, "dev", AE_IFDIR, NULL, 0);
	add_entry(a, "dev/console", AE_IFCHR, NULL, 0);
	if (bytes != NULL)
		add_entry(a, "init", AE_IFREG, bytes, n);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	free(bytes);
	return path;
}

/* Compile C to a static program. Returns owned path. */
static char *compile(const char *name, const char *source, const char *how)
{
	struct err e = {0};
	struct buf out = {0};
	char *c = xasprintf("%s/%s.c", work, name), *bin = fs_join(work, name);
	assert_int_equal(fs_write(c, source, strlen(source), 0644, &e), 0);
	char *argv[] = {"gcc", "-w", "-Os", "-s", (char *)how, "-o", bin, c, NULL};
	assert_int_equal(proc_capture(argv, 60000, &out, &e), 0);
	buf_done(&out);
	free(c);
	return bin;
}

static char *shell_cpio(void)
{
	static const char name[] = "shell.cpio";
	char *path = fs_join(work, name);
	if (fs_exists(path))
		return path;
	free(path);
	char *bin = compile("shell", shell_c, "-static");
	path = pack(name, bin);
	free(bin);
	return path;
}

static const char *kernel(const char *variable)
{
	const char *path = getenv(variable);
	if (path == NULL || path[0] == '\0' || !fs_exists(path))
		skip();
	return path;
}

struct run {
	struct boot *boot;
	struct boot_result r; /* copied; its strings are owned */
	struct err e;
	struct buf text, command;
	bool done;
};

static void on_text(void *ctx, const char *text, size_t n)
{
	struct run *r = ctx;
	if (r->text.n < 1 << 20)
		buf_add(&r->text, text, n);
}

static void on_command(void *ctx, const char *shell)
{
	struct run *r = ctx;
	buf_adds(&r->command, shell);
}

static void on_line(void *ctx, const char *line, size_t n, bool is_err)
{
	(void)is_err;
	on_text(ctx, line, n);
}

static char *copy(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

static void on_done(void *ctx, struct err *e)
{
	struct run *r = ctx;
	assert_false(r->done);
	r->done = true;
	r->r = *boot_result(r->boot);
	r->r.panic = copy(r->r.panic);
	r->r.cause = copy(r->r.cause);
	r->r.hint = copy(r->r.hint);
	r->r.last = copy(r->r.last);
	err_move(&r->e, e);
}

static void run_done(struct run *r)
{
	free(r->r.panic);
	free(r->r.cause);
	free(r->r.hint);
	free(r->r.last);
	err_done(&r->e);
	buf_done(&r->text);
	buf_done(&r->command);
}

static void run_boot(struct run *r, const struct boot_params *p)
{
	uv_loop_t loop;
	uv_loop_init(&loop);
	const struct op_cb cb = {NULL, on_line, on_command, on_done, r};
	memset(r, 0, sizeof(*r));
	r->boot = boot_start(&loop, p, &cb, on_text, &r->e);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	if (r->boot != NULL)
		assert_true(r->done);
}

static struct boot_params params(const char *bzimage, const char *initramfs, const struct boot_step *step, size_t n)
{
	return (struct boot_params){.kernel = bzimage,
		.initramfs = initramfs,
		.cmdline = "console=ttyS0 printk.time=1 panic=-1 reboot=t",
		.memory = 128,
		.accel = "tcg",
		.face = "serial",
		.timeout = 60,
		.step = step,
		.n_step = n};
}

static const struct boot_step to_prompt[] = {{BOOT_EXPECT, BOOT_PROMPT}};

/* --- serial --- */

static void test_serial_dialogue(void **state)
{
	(void)state;
	const char *bz = kernel("KILN_TEST_BZIMAGE");
	static const struct boot_step step[] = {{BOOT_EXPECT, "Linux version"}, {BOOT_EXPECT, BOOT_PROMPT},
		{BOOT_SEND, "/bin/hello\n"}, {BOOT_EXPECT, "(?m)^Hello$"}, {BOOT_EXPECT, BOOT_PROMPT}};
	char *cpio = shell_cpio();
	struct run r;
	struct boot_params p = params(bz, cpio, step, ARRAY_LEN(step));
	p.accel = "auto";
	run_boot(&r, &p);
	assert_null(r.e.msg);
	assert_int_equal(r.r.end, BOOT_MATCHED);
	assert_int_equal(r.r.steps_done, ARRAY_LEN(step));
	assert_true(r.r.prompt_s > 0 && r.r.prompt_s <= r.r.total_s);
	assert_non_null(strstr(r.text.p, "Run /init as init process"));
	assert_non_null(strstr(r.command.p, "-nographic"));
	run_done(&r);
	free(cpio);
}

static void test_panic(void **state)
{
	(void)state;
	const char *bz = kernel("KILN_TEST_BZIMAGE");
	static const struct boot_step step[] = {
		{BOOT_EXPECT, BOOT_PROMPT}, {BOOT_SEND, "quit\n"}, {BOOT_EXPECT, "never"}};
	char *cpio = shell_cpio();
	struct run r;
	struct boot_params p = params(bz, cpio, step, ARRAY_LEN(step));
	run_boot(&r, &p);
	assert_int_equal(r.r.end, BOOT_PANICKED);
	assert_int_equal(r.e.code, ERR_PANIC);
	assert_non_null(strstr(r.r.panic, "Attempted to kill init! exitcode=0x00000700"));
	assert_non_null(strstr(r.r.cause, "exit status 7"));
	run_done(&r);

	/* A kernel that stays after its panic does not hang us either. */
	p.cmdline = "console=ttyS0 printk.time=1";
	run_boot(&r, &p);
	assert_int_equal(r.r.end, BOOT_PANICKED);
	run_done(&r);
	free(cpio);
}

static void test_no_init(void **state)
{
	(void)state;
	const char *bz = kernel("KILN_TEST_BZIMAGE");
	char *empty = pack("empty.cpio", NULL);
	char *dynamic = compile("dynamic", "int main(void) { for (;;); }", "-O1"),
	     *cpio = pack("dynamic.cpio", dynamic);
	struct run r;
	struct boot_params p = params(bz, empty, to_prompt, 1);
	run_boot(&r, &p);
	assert_int_equal(r.r.end, BOOT_PANICKED);
	assert_non_null(strstr(r.r.cause, "/init"));
	run_done(&r);

	p.initramfs = cpio;
	run_boot(&r, &p);
	assert_int_equal(r.r.end, BOOT_PANICKED);
	assert_non_null(strstr(r.r.cause, "dynamic"));
	assert_non_null(strstr(r.e.hint, "static"));
	run_done(&r);
	free(empty);
	free(dynamic);
	free(cpio);
}

static void test_guest_ends(void **state)
{
	(void)state;
	const char *bz = kernel("KILN_TEST_BZIMAGE");
	static const struct boot_step step[] = {
		{BOOT_EXPECT, BOOT_PROMPT}, {BOOT_SEND, "reboot\n"}, {BOOT_EXPECT, "never"}};
	char *cpio = shell_cpio();
	struct run r;
	struct boot_params p = params(bz, cpio, step, 3);
	run_boot(&r, &p);
	assert_int_equal(r.r.end, BOOT_EXITED);
	assert_int_equal(r.e.code, ERR_GUEST);
	run_done(&r);

	p.n_step = 2;
	p.expect_exit = true;
	run_boot(&r, &p);
	assert_int_equal(r.r.end, BOOT_EXITED);
	assert_null(r.e.msg);
	run_done(&r);
	free(cpio);
}

static void test_flood_and_nasty(void **state)
{
	(void)state;
	const char *bz = kernel("KILN_TEST_BZIMAGE");
	static const struct boot_step step[] = {{BOOT_EXPECT, BOOT_PROMPT}, {BOOT_SEND, "nasty\n"},
		{BOOT_EXPECT, "safe-end\n# "}, {BOOT_SEND, "flood\n"}, {BOOT_EXPECT, "never"}};
	char *cpio = shell_cpio(), *transcript = fs_join(work, "transcript");
	struct run r;
	struct boot_params p = params(bz, cpio, step, ARRAY_LEN(step));
	p.timeout = 4;
	p.transcript = transcript;
	run_boot(&r, &p);
	assert_int_equal(r.r.end, BOOT_TIMED_OUT);
	assert_int_equal(r.e.code, ERR_TIMEOUT);
	assert_non_null(strstr(r.e.msg, "last seen"));
	assert_null(strchr(r.text.p, '\033'));
	assert_int_equal(fs_size(transcript), r.r.bytes);
	struct err e = {0};
	char *raw = fs_read(transcript, NULL, &e);
	assert_non_null(strstr(raw, "\033]0;owned"));
	free(raw);
	run_done(&r);
	free(cpio);
	free(transcript);
}

static void test_silent_guest(void **state)
{
	(void)state;
	const char *bz = kernel("KILN_TEST_BZIMAGE_VGA"); /* prints nothing on the serial line */
	char *cpio = shell_cpio();
	struct run r;
	struct boot_params p = params(bz, cpio, to_prompt, 1);
	p.timeout = 2;
	run_boot(&r, &p);
	assert_int_equal(r.r.end, BOOT_TIMED_OUT);
	assert_non_null(strstr(r.e.msg, "nothing at all"));
	assert_non_null(strstr(r.e.hint, "vga"));
	run_done(&r);
	free(cpio);
}

/* --- VGA --- */

static void test_vga_dialogue(void **state)
{
	(void)state;
	const char *bz = kernel("KILN_TEST_BZIMAGE_VGA");
	static const struct boot_step step[] = {{BOOT_EXPECT, "# "}, {BOOT_SEND, "/bin/hello\n"},
		{BOOT_EXPECT, "ello\n"}, {BOOT_EXPECT, BOOT_PROMPT}, {BOOT_SEND, "A|b \"c\" ~$%^&*(){}<>?\n"},
		{BOOT_EXPECT, "you said A\\|b \"c\" ~\\$%\\^&\\*\\(\\)\\{\\}<>\\?\n"}, {BOOT_SEND, "quit\n"},
		{BOOT_EXPECT, "never"}};
	char *cpio = shell_cpio();
	struct run r;
	struct boot_params p = params(bz, cpio, step, ARRAY_LEN(step));
	p.face = "vga";
	p.cmdline = "printk.time=1";
	run_boot(&r, &p);
	if (r.r.end != BOOT_PANICKED)
		print_message("%s\n%s\n", r.e.msg, r.text.p);
	assert_int_equal(r.r.end, BOOT_PANICKED);
	assert_int_equal(r.r.steps_done, ARRAY_LEN(step) - 1);
	assert_non_null(strstr(r.r.panic, "Attempted to kill init! exitcode=0x00000700"));
	assert_non_null(strstr(r.command.p, "curses"));
	run_done(&r);
	free(cpio);
}

static void news(struct vgatext *v, const char *bytes, const char *want)
{
	struct buf b = {0};
	vgatext_feed(v, bytes, strlen(bytes));
	vgatext_news(v, &b);
	assert_string_equal(b.p != NULL ? b.p : "", want);
	buf_done(&b);
}

static void test_vgatext(void **state)
{
	(void)state;
	struct vgatext *v = vgatext_new();
	news(v, "\033H\033J\033Y,AVGA Blank mode\033H", "");
	news(v, "\033H\033Jone\r\ntwo\r\n# ", "one\ntwo\n# ");
	news(v, "ls", "ls");
	news(v, "\r\nx\033K\r\n# ", "\nx\n# ");
	news(v, "", "");
	/* Three rows scrolled away, as curses redraws it. */
	news(v, "\033Hx\033K\r\n# foo\033K\r\nbar\033K\r\n# \033K\033J", "foo\nbar\n# ");
	/* A row that fills the screen's width goes on in the next. */
	news(v, "\r0123456789012345678901234567890123456789012345678901234567890123456789012345678X\r\n9\r\n# ",
		"\n0123456789012345678901234567890123456789012345678901234567890123456789012345678X9\n# ");
	vgatext_free(v);
	v = vgatext_new();
	srand(7);
	for (int i = 0; i < 20000; i++) { /* any bytes at all */
		char c[2] = {(char)(rand() % 3 == 0 ? "\033YHIJKABCD\n"[rand() % 11] : rand()), 0};
		struct buf b = {0};
		vgatext_feed(v, c, 1);
		if (i % 100 == 0)
			vgatext_news(v, &b);
		buf_done(&b);
	}
	vgatext_free(v);
}

/* --- refusals, causes, accelerator --- */

static void test_refusals(void **state)
{
	(void)state;
	struct run r;
	const struct boot_step bad = {BOOT_EXPECT, "a("};
	struct boot_params p = params("/proc/self/exe", NULL, &bad, 1);
	run_boot(&r, &p);
	assert_null(r.boot);
	assert_non_null(strstr(r.e.msg, "bad pattern"));
	run_done(&r);
	p = params("/nonexistent/bzImage", NULL, to_prompt, 1);
	run_boot(&r, &p);
	assert_null(r.boot);
	assert_non_null(strstr(r.e.msg, "/nonexistent/bzImage"));
	run_done(&r);
	p = params("/proc/self/cmdline", NULL, to_prompt, 1); /* QEMU refuses it */
	run_boot(&r, &p);
	assert_non_null(r.boot);
	assert_int_equal(r.r.end, BOOT_BROKEN);
	assert_non_null(r.e.evidence);
	run_done(&r);
}

static void cause_is(const char *lines, const char *word)
{
	struct bootcause c = {0};
	char *copy_of = xstrdup(lines), *save = NULL;
	for (char *l = strtok_r(copy_of, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save))
		bootcause_line(&c, l);
	char *text = bootcause_text(&c), *hint = bootcause_hint(&c);
	if (word == NULL) {
		assert_null(text);
	} else {
		assert_non_null(text);
		assert_non_null(strstr(text, word));
		assert_non_null(hint);
	}
	free(text);
	free(hint);
	free(copy_of);
}

static void test_causes(void **state)
{
	(void)state;
	cause_is("[    0.5] Kernel panic - not syncing: No working init found.  Try passing init=", "no /init");
	cause_is("[    0.5] Failed to execute /init (error -2)\nKernel panic - not syncing: No working init found.",
		"dynamic");
	cause_is("[    0.5] Failed to execute /init (error -13)", "not executable");
	cause_is("Failed to execute /init (error -8)", "BINFMT_SCRIPT");
	cause_is("Failed to execute /init (error -7)", "-7");
	cause_is("Initramfs unpacking failed: incorrect cpio method used: use -H newc option\n"
		 "Kernel panic - not syncing: No working init found.",
		"newc");
	cause_is("Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b", "segmentation fault");
	cause_is("Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100", "exit status 1");
	cause_is("compression method xz not configured", "with xz");
	cause_is("Kernel panic - not syncing: something new", "gave up");
	cause_is("hello\nworld", NULL);
	assert_non_null(bootcause_panic("[ 1.0] Kernel panic - not syncing: x"));
	assert_null(bootcause_panic("[ 1.0] ---[ end Kernel panic - not syncing: x ]---"));
}

struct answer {
	int n;
	bool works;
	char text[256];
};

static void on_accel(void *ctx, const struct accel_result *r)
{
	struct answer *a = ctx;
	a->n++;
	a->works = r->kvm_works;
	snprintf(a->text, sizeof(a->text), "%s", r->text);
}

static void test_accel(void **state)
{
	(void)state;
	uv_loop_t loop;
	struct err e = {0};
	struct answer first = {0}, kept = {0};
	uv_loop_init(&loop);
	uint64_t began = uv_hrtime();
	assert_int_equal(accel_probe(&loop, true, on_accel, &first, &e), 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_true(uv_hrtime() - began < 10ull * 1000000000);
	assert_int_equal(first.n, 1);
	assert_true(first.text[0] != '\0');
	assert_int_equal(accel_probe(&loop, false, on_accel, &kept, &e), 0);
	assert_int_equal(kept.n, 1); /* at once: kept, or nothing to run */
	assert_int_equal(kept.works, first.works);
	assert_string_equal(kept.text, first.text);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	print_message("accelerator: %s\n", first.text);
}

/* The probe's guest ends as accel.c expects where an accelerator works: under TCG. */
static void test_probe_guest(void **state)
{
	(void)state;
	struct err e = {0};
	struct buf out = {0};
	char *path = fs_join(work, "guest");
	assert_int_equal(fs_write(path, accelguest_begin, (size_t)(accelguest_end - accelguest_begin), 0600, &e), 0);
	char *argv[] = {"qemu-system-x86_64", "-nodefaults", "-nic", "none", "-display", "none", "-no-reboot", "-m",
		"16", "-accel", "tcg", "-device", "isa-debug-exit,iobase=0x501,iosize=2", "-kernel", path, NULL};
	assert_int_equal(proc_capture(argv, 60000, &out, &e), ACCELGUEST_STATUS);
	buf_done(&out);
	free(path);
}

static void test_cmdline(void **state)
{
	(void)state;
	char *serial = boot_cmdline("serial", "panic=-1"), *vga = boot_cmdline("vga", "");
	assert_string_equal(serial, "console=ttyS0 printk.time=1 panic=-1");
	assert_string_equal(vga, "printk.time=1");
	free(serial);
	free(vga);
}

static int set_up(void **state)
{
	(void)state;
	struct err e = {0};
	signal(SIGPIPE, SIG_IGN);
	work = paths_runtime_new(&e);
	setenv("KILN_CACHE", work, 1);
	return work != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	struct err e = {0};
	fs_remove_tree(work, &e);
	err_done(&e);
	free(work);
	return 0;
}

int main(int argc, char **argv)
{
	int status = internal_main(argc, argv);
	if (status >= 0)
		return status;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_causes),
		cmocka_unit_test(test_vgatext),
		cmocka_unit_test(test_cmdline),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_probe_guest),
		cmocka_unit_test(test_accel),
		cmocka_unit_test(test_serial_dialogue),
		cmocka_unit_test(test_panic),
		cmocka_unit_test(test_no_init),
		cmocka_unit_test(test_guest_ends),
		cmocka_unit_test(test_flood_and_nasty),
		cmocka_unit_test(test_silent_guest),
		cmocka_unit_test(test_vga_dialogue),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
