/* fuzz_archive: any bytes as an initramfs made elsewhere: the view of its entries with every field, and the difference
 * to itself. Seeds: a built lab's out/initramfs.cpio, packed in each way. Run: tests/fuzz/run archive SECONDS
 * [SEED-FOLDER] */
/* sources: core/archive_view.c core/archive_fields.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/archive_view.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* The pieces of an entry follow one another and lie within the bytes. */
static void check_entry(const struct archive_view *v, const struct av_entry *x)
{
	struct av_field f[AV_FIELDS_MAX];
	const size_t n = archive_view_fields(v, x, f);
	size_t at = x->header;
	for (size_t i = 0; i < n; i++) {
		if (f[i].at < at || f[i].n > v->n || f[i].at > v->n - f[i].n)
			abort();
		at = f[i].at;
	}
	if (x->contents > v->n || x->contents_size > v->n - x->contents)
		abort();
	free(av_printable(x->name));
	free(av_notes_text(x->notes));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct archive_view v;
	struct err e = {0};
	if (archive_view_bytes(&v, "fuzz", bytes, n, &e) < 0 && !err_is(&e))
		abort();
	for (size_t i = 0; i < v.n_entry; i++)
		check_entry(&v, &v.v[i]);
	archive_view_find(&v, "/init");
	archive_view_done(&v);
	err_done(&e);
	return 0;
}
