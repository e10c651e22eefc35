/* The bytes of a terminal as keys: characters, modifiers, function keys, the mouse, pastes, and bytes cut anywhere. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "core/str.h"
#include "tui/input.h"

static struct input *make(void)
{
	struct err e = {0};
	struct input *in = input_new("xterm-256color", true, &e);
	assert_non_null(in);
	return in;
}

/* Feed text and write the names of all keys that come, blanks between. */
static void names(struct input *in, const char *bytes, size_t n, bool force, char *out)
{
	struct key k;
	char name[16];
	*out = '\0';
	input_push(in, bytes, n);
	while (input_next(in, &k, force)) {
		if (k.code == K_MOUSE)
			sprintf(name, "m%d:%d,%d", k.mouse.kind, k.mouse.y, k.mouse.x);
		else if (k.code == K_PASTE)
			sprintf(name, "p%zu", k.text_n);
		else
			key_label(&k, name);
		sprintf(out + strlen(out), "%s%s", *out ? " " : "", name);
	}
}

static const struct {
	const char *bytes, *keys;
} cases[] = {
	{"aZ9", "a Z 9"},
	{"\xc3\xa9\xe4\xb8\xad", "\xc3\xa9 \xe4\xb8\xad"},
	{"\r\t\x7f", "Enter Tab Backspace"},
	{"\x01\x18", "C-a C-x"},
	{"\033[A\033OB\033[1;5D", "Up Down C-Left"},
	{"\033[H\033[F\033[5~\033[6~\033[2~\033[3~", "Home End PgUp PgDn Insert Delete"},
	{"\033OP\033[15~\033[24~", "F1 F5 F12"},
	{"\033[Z", "BackTab"},
	{"\033x", "M-x"},
	{"\033[<0;5;3M\033[<32;6;3M\033[<0;6;3m", "m0:2,4 m2:2,5 m1:2,5"},
	{"\033[<64;1;1M\033[<65;1;1M", "m3:0,0 m4:0,0"},
	{"\033[<35;7;2M", "m5:1,6"}, /* a motion with no button down */
	{"\033[200~one\ntwo\033[201~x", "p7 x"},
};

static void keys_are_understood(void **state)
{
	char out[256];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct input *in = make();
		names(in, cases[i].bytes, strlen(cases[i].bytes), false, out);
		assert_string_equal(out, cases[i].keys);
		assert_int_equal(input_wait(in), -1);
		input_free(in);
	}
}

/* However the reads cut the stream, the same keys come. */
static void cuts_change_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t n = strlen(cases[i].bytes);
		for (size_t cut = 1; cut < n; cut++) {
			struct input *in = make();
			char all[256], rest[256];
			names(in, cases[i].bytes, cut, false, all);
			names(in, cases[i].bytes + cut, n - cut, false, rest);
			if (*all && *rest)
				strcat(all, " ");
			strcat(all, rest);
			assert_string_equal(all, cases[i].keys);
			input_free(in);
		}
	}
}

static void a_lone_escape_waits_and_can_be_forced(void **state)
{
	struct input *in = make();
	char out[64];
	(void)state;
	names(in, "\033", 1, false, out);
	assert_string_equal(out, "");
	assert_true(input_wait(in) > 0);
	names(in, "", 0, true, out);
	assert_string_equal(out, "Esc");
	assert_int_equal(input_wait(in), -1);
	input_free(in);
}

static void a_paste_without_an_end_ends_when_forced(void **state)
{
	struct input *in = make();
	char out[64];
	(void)state;
	names(in, "\033[200~abc\033[20", 13, false, out);
	assert_string_equal(out, "");
	assert_true(input_wait(in) > 0);
	names(in, "", 0, true, out);
	assert_string_equal(out, "p7");
	names(in, "q", 1, false, out);
	assert_string_equal(out, "q");
	input_free(in);
}

static void a_paste_is_bounded(void **state)
{
	struct input *in = make();
	char *big = malloc(1 << 16), out[64];
	(void)state;
	memset(big, 'x', 1 << 16);
	names(in, "\033[200~", 6, false, out);
	for (int i = 0; i < 40; i++)
		names(in, big, 1 << 16, false, out);
	names(in, "\033[201~", 6, false, out);
	assert_string_equal(out, "p1048576");
	free(big);
	input_free(in);
}

/* Any bytes at all: it ends, and leaves the decoder usable. */
static void noise_does_no_harm(void **state)
{
	unsigned seed = 12345;
	struct input *in = make();
	struct key k;
	(void)state;
	for (int i = 0; i < 20000; i++) {
		char c = (char)((seed = seed * 1103515245u + 12345u) >> 16);
		input_push(in, &c, 1);
		while (input_next(in, &k, i % 7 == 0))
			assert_int_not_equal(k.code, K_NONE);
	}
	while (input_next(in, &k, true))
		;
	input_push(in, "q", 1);
	assert_true(input_next(in, &k, true));
	assert_int_equal(k.code, 'q');
	input_free(in);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_understood),
		cmocka_unit_test(cuts_change_nothing),
		cmocka_unit_test(a_lone_escape_waits_and_can_be_forced),
		cmocka_unit_test(a_paste_without_an_end_ends_when_forced),
		cmocka_unit_test(a_paste_is_bounded),
		cmocka_unit_test(noise_does_no_harm),
	};
	int status = internal_main(argc, argv);
	return status >= 0 ? status : cmocka_run_group_tests(tests, NULL, NULL);
}
