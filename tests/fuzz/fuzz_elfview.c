/* fuzz_elfview: any bytes as a program: the byte map, the disassembly and the pre-flight. Seeds: a built lab's programs.
 * Build and run: tests/fuzz/run elfview SECONDS [SEED-FOLDER] */
#include <stdint.h>
#include <stdlib.h>

#include "core/disasm.h"
#include "core/elfview.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct elfview v;
	struct disasm d;
	struct elf_sizes s;
	struct err e = {0};
	elfview_init(&v, bytes, n);
	if (disasm_run(&d, &v, &e) == 0) {
		bool unknown;
		size_t n_call;
		disasm_mark(&d, &v);
		free(disasm_calls(&d, &n_call, &unknown));
		for (size_t i = 0; i < d.n; i++)
			free(disasm_call_text(&d.v[i], NULL));
	}
	elfview_sizes(&v, &s);
	if (s.text + s.rodata + s.data + s.headers + s.symbols + s.padding + s.other != n && !v.cut)
		abort();
	disasm_done(&d);
	elfview_done(&v);
	err_done(&e);
	return 0;
}
