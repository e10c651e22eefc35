/* fuzz_precheck: any bytes as an initramfs, a C source, an assembly source and a recipe. Written to a file in memory, as the
 * checks take paths. Build and run: tests/fuzz/run precheck SECONDS [SEED-FOLDER] */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/precheck.h"
#include "core/precheck_int.h"
#include "core/recipe.h"
#include "core/systable.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void as_archive(const uint8_t *bytes, size_t n)
{
	char path[64];
	struct precheck c;
	const int fd = memfd_create("initramfs", 0);
	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	const struct precheck_params p = {.archive = path, .memory = 64, .cmdline = "console=ttyS0"};
	precheck_run(&c, &p);
	if (c.n == 0)
		abort();
	precheck_done(&c);
	close(fd);
}

static void as_sources(const uint8_t *bytes, size_t n)
{
	static const char table[] = "0 common read sys_read\n1 common write sys_write\n247 64 waitid sys_waitid\n";
	char *text = malloc(n + 1);
	struct systable t;
	struct err e = {0};
	struct recipe r;
	if (text == NULL || systable_parse(&t, "t", table, NULL, &e) < 0)
		abort();
	const struct precheck_params p = {.calls = &t};
	for (int kind = 0; kind < 3; kind++) {
		struct precheck c = {0};
		memcpy(text, bytes, n);
		text[n] = '\0';
		if (kind == 0)
			precheck_c(&c, "a.c", text);
		else
			precheck_asm(&c, &p, kind == 1 ? "a.S" : "a.asm", text);
		precheck_done(&c);
	}
	memcpy(text, bytes, n);
	if (recipe_parse(&r, "recipe", text, &e) == 0)
		recipe_done(&r);
	err_done(&e);
	systable_done(&t);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	as_archive(bytes, n);
	as_sources(bytes, n);
	return 0;
}
