/* recipe_flags: see recipe_flags.h. A row's flag may end with `*`: one or more letters, digits and _=.+- follow there.
 */
#include "core/recipe_flags.h"

#include <string.h>

#define COMPILERS (1u << RECIPE_CC | 1u << RECIPE_MUSL_GCC)
#define LINKER    (1u << RECIPE_LD)
#define ASSEMBLER (1u << RECIPE_AS)
#define COPIERS   (1u << RECIPE_OBJCOPY | 1u << RECIPE_STRIP)

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

static const struct row {
	unsigned tools;
	const char *flag;
	enum flag_arg arg;
} rows[] = {
	{COMPILERS | LINKER | ASSEMBLER, "-o", FLAG_OUTPUT},
	{COMPILERS, "-c", FLAG_ALONE},
	{COMPILERS, "-O*", FLAG_ALONE},
	{COMPILERS, "-O", FLAG_ALONE},
	{COMPILERS | ASSEMBLER, "-g", FLAG_ALONE},
	{COMPILERS, "-g0", FLAG_ALONE},
	{COMPILERS, "-g1", FLAG_ALONE},
	{COMPILERS, "-ggdb", FLAG_ALONE},
	{COMPILERS | LINKER, "-s", FLAG_ALONE},
	{COMPILERS | LINKER, "-static", FLAG_ALONE},
	{COMPILERS, "-static-pie", FLAG_ALONE},
	{COMPILERS, "-no-pie", FLAG_ALONE},
	{COMPILERS, "-pie", FLAG_ALONE},
	{COMPILERS | LINKER, "-nostdlib", FLAG_ALONE},
	{COMPILERS, "-nostartfiles", FLAG_ALONE},
	{COMPILERS, "-nodefaultlibs", FLAG_ALONE},
	{COMPILERS, "-nostdinc", FLAG_ALONE},
	{COMPILERS, "-ansi", FLAG_ALONE},
	{COMPILERS, "-std=*", FLAG_ALONE},
	{COMPILERS, "-pedantic", FLAG_ALONE},
	{COMPILERS, "-pedantic-errors", FLAG_ALONE},
	{COMPILERS, "-W*", FLAG_ALONE},
	{COMPILERS, "-D*", FLAG_ALONE},
	{COMPILERS, "-U*", FLAG_ALONE},
	{COMPILERS, "-fno-*", FLAG_ALONE},
	{COMPILERS, "-fcf-protection=none", FLAG_ALONE},
	{COMPILERS, "-fcf-protection", FLAG_ALONE},
	{COMPILERS, "-ffreestanding", FLAG_ALONE},
	{COMPILERS, "-fomit-frame-pointer", FLAG_ALONE},
	{COMPILERS, "-ffunction-sections", FLAG_ALONE},
	{COMPILERS, "-fdata-sections", FLAG_ALONE},
	{COMPILERS, "-fmerge-all-constants", FLAG_ALONE},
	{COMPILERS, "-fwhole-program", FLAG_ALONE},
	{COMPILERS, "-fwrapv", FLAG_ALONE},
	{COMPILERS, "-fstack-protector*", FLAG_ALONE},
	{COMPILERS, "-fverbose-asm", FLAG_ALONE},
	{COMPILERS, "-fpic", FLAG_ALONE},
	{COMPILERS, "-fpie", FLAG_ALONE},
	{COMPILERS, "-fPIC", FLAG_ALONE},
	{COMPILERS, "-fPIE", FLAG_ALONE},
	{COMPILERS, "-m64", FLAG_ALONE},
	{COMPILERS, "-m32", FLAG_ALONE},
	{COMPILERS, "-mno-*", FLAG_ALONE},
	{COMPILERS, "-march=*", FLAG_ALONE},
	{COMPILERS, "-mtune=*", FLAG_ALONE},
	{COMPILERS, "-masm=*", FLAG_ALONE},
	{COMPILERS, "-mcmodel=*", FLAG_ALONE},
	{COMPILERS, "-mgeneral-regs-only", FLAG_ALONE},
	{COMPILERS, "-mstackrealign", FLAG_ALONE},
	{COMPILERS, "-mpreferred-stack-boundary=*", FLAG_ALONE},
	{COMPILERS, "-I.", FLAG_ALONE},
	{COMPILERS, "-isystem", FLAG_TREE},
	{COMPILERS, "-include", FLAG_TREE},
	{COMPILERS, "-lc", FLAG_ALONE},
	{COMPILERS, "-lgcc", FLAG_ALONE},
	{COMPILERS | LINKER, "-T", FLAG_FILE},
	{COMPILERS | LINKER, "-e", FLAG_WORD},
	{COMPILERS | LINKER, "-z", FLAG_WORD},
	{LINKER, "--entry", FLAG_WORD},
	{LINKER, "--entry=*", FLAG_ALONE},
	{COMPILERS | LINKER, "-N", FLAG_ALONE},
	{COMPILERS | LINKER, "-n", FLAG_ALONE},
	{LINKER, "--omagic", FLAG_ALONE},
	{LINKER, "--nmagic", FLAG_ALONE},
	{LINKER, "-S", FLAG_ALONE},
	{LINKER, "-x", FLAG_ALONE},
	{LINKER, "-m", FLAG_WORD},
	{LINKER, "-O1", FLAG_ALONE},
	{LINKER, "--gc-sections", FLAG_ALONE},
	{LINKER, "--print-gc-sections", FLAG_ALONE},
	{LINKER, "--build-id=none", FLAG_ALONE},
	{LINKER, "--hash-style=*", FLAG_ALONE},
	{LINKER, "--oformat=*", FLAG_ALONE},
	{LINKER, "--oformat", FLAG_WORD},
	{LINKER, "-Ttext=*", FLAG_ALONE},
	{LINKER, "-Tdata=*", FLAG_ALONE},
	{LINKER, "-no-pie", FLAG_ALONE},
	{LINKER, "--no-dynamic-linker", FLAG_ALONE},
	{LINKER, "--no-warn-rwx-segments", FLAG_ALONE},
	{LINKER, "--no-eh-frame-hdr", FLAG_ALONE},
	{LINKER, "--no-ld-generated-unwind-info", FLAG_ALONE},
	{LINKER, "--orphan-handling=*", FLAG_ALONE},
	{LINKER, "--fatal-warnings", FLAG_ALONE},
	{LINKER, "--strip-all", FLAG_ALONE},
	{ASSEMBLER, "--64", FLAG_ALONE},
	{ASSEMBLER, "--32", FLAG_ALONE},
	{ASSEMBLER, "--noexecstack", FLAG_ALONE},
	{ASSEMBLER, "--fatal-warnings", FLAG_ALONE},
	{ASSEMBLER, "--warn", FLAG_ALONE},
	{ASSEMBLER, "-march=*", FLAG_ALONE},
	{ASSEMBLER, "-msyntax=*", FLAG_ALONE},
	{ASSEMBLER, "-mmnemonic=*", FLAG_ALONE},
	{ASSEMBLER, "-mnaked-reg", FLAG_ALONE},
	{ASSEMBLER, "-O*", FLAG_ALONE},
	{COPIERS, "-s", FLAG_ALONE},
	{COPIERS, "-S", FLAG_ALONE},
	{COPIERS, "-g", FLAG_ALONE},
	{COPIERS, "--strip-all", FLAG_ALONE},
	{COPIERS, "--strip-debug", FLAG_ALONE},
	{COPIERS, "-R", FLAG_WORD},
	{COPIERS, "--remove-section=*", FLAG_ALONE},
	{1u << RECIPE_OBJCOPY, "-O", FLAG_WORD},
	{1u << RECIPE_OBJCOPY, "-I", FLAG_WORD},
	{1u << RECIPE_OBJCOPY, "-j", FLAG_WORD},
	{1u << RECIPE_OBJCOPY, "--only-section=*", FLAG_ALONE},
	{1u << RECIPE_OBJCOPY, "--set-section-flags", FLAG_WORD},
};

static bool row_matches(const struct row *r, const char *word)
{
	const size_t n = strlen(r->flag);
	if (r->flag[n - 1] != '*')
		return strcmp(r->flag, word) == 0;
	if (strncmp(r->flag, word, n - 1) != 0)
		return false;
	const char *rest = word + n - 1;
	return *rest != '\0' && rest[strspn(rest, LETTERS "=.+-")] == '\0';
}

static bool find(enum recipe_tool tool, const char *word, enum flag_arg *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if ((rows[i].tools & 1u << tool) == 0 || !row_matches(&rows[i], word))
			continue;
		*arg = rows[i].arg;
		return true;
	}
	return false;
}

/* Is the word after a passed-on flag what that flag takes? */
static bool arg_fits(enum flag_arg arg, const char *word)
{
	return arg == FLAG_WORD ? recipe_is_word(word) : arg == FLAG_FILE && recipe_is_name(word);
}

/* "-z,noexecstack,-n" of -Wl, or -Wa,: each piece by the other tool's rows. */
static bool pieces_allowed(enum recipe_tool tool, const char *list)
{
	enum flag_arg want = FLAG_ALONE;
	char piece[96];
	for (const char *p = list;; p++) {
		const size_t n = strcspn(p, ",");
		if (n == 0 || n >= sizeof(piece))
			return false;
		memcpy(piece, p, n);
		piece[n] = '\0';
		p += n;
		if (want != FLAG_ALONE) {
			if (!arg_fits(want, piece))
				return false;
			want = FLAG_ALONE;
		} else if (!find(tool, piece, &want)) {
			return false;
		}
		if (*p == '\0')
			return want == FLAG_ALONE;
	}
}

bool recipe_flag_allowed(enum recipe_tool tool, const char *word, enum flag_arg *arg)
{
	*arg = FLAG_ALONE;
	if ((1u << tool & COMPILERS) != 0) {
		if (strncmp(word, "-Wl,", 4) == 0)
			return pieces_allowed(RECIPE_LD, word + 4);
		if (strncmp(word, "-Wa,", 4) == 0)
			return pieces_allowed(RECIPE_AS, word + 4);
	}
	return find(tool, word, arg);
}

bool recipe_is_name(const char *s)
{
	const size_t n = strlen(s);
	return n > 0 && n <= 64 && *s != '-' && *s != '.' && *s != '+' && s[strspn(s, LETTERS "+.-")] == '\0';
}

bool recipe_is_word(const char *s)
{
	const size_t n = strlen(s);
	return n > 0 && n <= 64 && *s != '-' && s[strspn(s, LETTERS ".=,-")] == '\0';
}

bool recipe_is_tree_path(const char *s)
{
	for (;;) {
		const size_t n = strcspn(s, "/");
		if (n == 0 || *s == '.' || *s == '-' || strspn(s, LETTERS "+.-") < n)
			return false;
		if (s[n] == '\0')
			return true;
		s += n + 1;
	}
}
