/* tarread: see tarread.h. Two sources of bytes behind one libarchive callback: the file as it is (libarchive decodes),
 * or liblzma's threaded decoder; and for a start in the middle liblzma's block decoder over the file's index. Memory is
 * bounded, whatever a file claims to need. */
#include "core/tarread.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/i18n.h"
#include "core/str.h"

#define IN_SIZE     ((size_t)256 << 10)
#define OUT_SIZE    ((size_t)1 << 20)
#define MEM_THREADS ((uint64_t)1 << 30)
#define MEM_STOP    ((uint64_t)2 << 30)

struct tarread {
	char *path;
	int fd;
	uint64_t done, total;
	struct archive *a;
	bool xz, at_end;
	lzma_stream strm;
	lzma_action action;
	uint8_t in[IN_SIZE], out[OUT_SIZE];
	/* only when reading began in the middle */
	lzma_index *index;
	lzma_index_iter iter;
	lzma_block block;
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	uint64_t skip; /* bytes still to drop before the wanted header */
};

static ssize_t read_some(struct tarread *t)
{
	ssize_t n;
	do
		n = read(t->fd, t->in, IN_SIZE);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		t->done += (uint64_t)n;
	return n;
}

static ssize_t give_raw(struct archive *a, void *ctx, const void **bytes)
{
	struct tarread *t = ctx;
	ssize_t n = read_some(t);
	if (n < 0)
		archive_set_error(a, errno, "%s", strerror(errno));
	*bytes = t->in;
	return n;
}

static const char *why_lzma(lzma_ret r)
{
	switch (r) {
	case LZMA_BUF_ERROR:
		return _("it ends too early (a download that was cut short?)");
	case LZMA_DATA_ERROR:
		return _("its compressed data is damaged");
	case LZMA_FORMAT_ERROR:
		return _("it is not an xz file");
	case LZMA_MEMLIMIT_ERROR:
	case LZMA_MEM_ERROR:
		return _("it needs too much memory to be unpacked");
	default:
		return _("its xz data cannot be decoded");
	}
}

/* More input for the decoder, if it has used up what it had. */
static int refill(struct archive *a, struct tarread *t)
{
	if (t->strm.avail_in != 0 || t->action == LZMA_FINISH)
		return 0;
	ssize_t n = read_some(t);
	if (n < 0) {
		archive_set_error(a, errno, "%s", strerror(errno));
		return -1;
	}
	t->strm.next_in = t->in;
	t->strm.avail_in = (size_t)n;
	if (n == 0)
		t->action = LZMA_FINISH;
	return 0;
}

/* Decode until `out` is full or the stream ends. */
static lzma_ret decode(struct archive *a, struct tarread *t)
{
	lzma_ret r = LZMA_OK;
	t->strm.next_out = t->out;
	t->strm.avail_out = OUT_SIZE;
	while (t->strm.avail_out > 0 && r == LZMA_OK) {
		if (refill(a, t) < 0)
			return LZMA_PROG_ERROR;
		r = lzma_code(&t->strm, t->action);
	}
	return r;
}

static ssize_t give_xz(struct archive *a, void *ctx, const void **bytes)
{
	struct tarread *t = ctx;
	*bytes = t->out;
	if (t->at_end)
		return 0;
	lzma_ret r = decode(a, t);
	t->at_end = r == LZMA_STREAM_END;
	if (r == LZMA_PROG_ERROR && archive_errno(a) != 0)
		return -1;
	if (r != LZMA_OK && r != LZMA_STREAM_END) {
		archive_set_error(a, EILSEQ, "%s", why_lzma(r));
		return -1;
	}
	return (ssize_t)(OUT_SIZE - t->strm.avail_out);
}

static int begin_xz(struct tarread *t)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	lzma_mt mt = {
		.flags = LZMA_CONCATENATED,
		.threads = cpus > 0 ? (uint32_t)(cpus < 16 ? cpus : 16) : 1,
		.memlimit_threading = MEM_THREADS,
		.memlimit_stop = MEM_STOP,
	};
	return lzma_stream_decoder_mt(&t->strm, &mt) == LZMA_OK ? 0 : -1;
}

static struct tarread *open_file(const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		err_sys(e, errno, _("cannot open %s"), path);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	struct tarread *t = xcalloc(1, sizeof(*t));
	static const uint8_t magic[6] = {0xfd, '7', 'z', 'X', 'Z', 0};
	uint8_t head[6] = {0};
	t->path = xstrdup(path);
	t->fd = fd;
	t->total = (uint64_t)st.st_size;
	t->xz = pread(fd, head, sizeof(head), 0) == sizeof(head) && memcmp(head, magic, sizeof(magic)) == 0;
	t->action = LZMA_RUN;
	return t;
}

/* The reader for tar alone, with the decoders that are libraries (no helper programs). */
static int begin_archive(struct tarread *t, archive_read_callback *give)
{
	t->a = archive_read_new();
	if (t->a == NULL)
		return -1;
	if (!t->xz) {
		archive_read_support_filter_gzip(t->a);
		archive_read_support_filter_bzip2(t->a);
		archive_read_support_filter_lzma(t->a);
		archive_read_support_filter_zstd(t->a);
		archive_read_support_filter_lz4(t->a);
	}
	archive_read_support_format_tar(t->a);
	return archive_read_open(t->a, t, NULL, give, NULL) == ARCHIVE_OK ? 0 : -1;
}

struct tarread *tarread_open(const char *path, struct err *e)
{
	struct tarread *t = open_file(path, e);
	if (t == NULL)
		return NULL;
	if (t->xz && begin_xz(t) < 0)
		t->xz = false; /* libarchive cannot decode it either, and says why */
	if (begin_archive(t, t->xz ? give_xz : give_raw) == 0)
		return t;
	tarread_error(t, e);
	tarread_close(t);
	return NULL;
}

/* Read the index at the end of the file: where its blocks are. */
static int read_index(struct tarread *t)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret r = lzma_file_info_decoder(&s, &t->index, MEM_STOP, t->total);
	off_t at = 0;
	while (r == LZMA_OK || r == LZMA_SEEK_NEEDED) {
		if (r == LZMA_SEEK_NEEDED) {
			at = (off_t)s.seek_pos;
			s.avail_in = 0;
		}
		if (s.avail_in == 0) {
			ssize_t n = pread(t->fd, t->in, IN_SIZE, at);
			if (n <= 0)
				break;
			s.next_in = t->in;
			s.avail_in = (size_t)n;
			at += n;
		}
		r = lzma_code(&s, LZMA_RUN);
	}
	lzma_end(&s);
	return r == LZMA_STREAM_END ? 0 : -1;
}

static void free_filters(struct tarread *t)
{
	for (size_t i = 0; i < LZMA_FILTERS_MAX && t->filters[i].id != LZMA_VLI_UNKNOWN; i++)
		free(t->filters[i].options);
	memset(t->filters, 0, sizeof(t->filters));
	t->filters[0].id = LZMA_VLI_UNKNOWN;
}

/* Begin to decode the block that `iter` is at. */
static int begin_block(struct tarread *t)
{
	uint8_t header[LZMA_BLOCK_HEADER_SIZE_MAX];
	off_t at = (off_t)t->iter.block.compressed_file_offset;
	ssize_t n = pread(t->fd, header, sizeof(header), at);
	if (n < 1 || header[0] == 0)
		return -1;
	free_filters(t);
	memset(&t->block, 0, sizeof(t->block));
	t->block.check = t->iter.stream.flags->check;
	t->block.filters = t->filters;
	t->block.header_size = lzma_block_header_size_decode(header[0]);
	if (n < (ssize_t)t->block.header_size || lzma_block_header_decode(&t->block, NULL, header) != LZMA_OK)
		return -1;
	if (lzma_block_compressed_size(&t->block, t->iter.block.unpadded_size) != LZMA_OK)
		return -1;
	if (lzma_raw_decoder_memusage(t->filters) > MEM_STOP || lzma_block_decoder(&t->strm, &t->block) != LZMA_OK)
		return -1;
	t->strm.avail_in = 0;
	return lseek(t->fd, at + (off_t)t->block.header_size, SEEK_SET) < 0 ? -1 : 0;
}

static ssize_t give_blocks(struct archive *a, void *ctx, const void **bytes)
{
	struct tarread *t = ctx;
	*bytes = t->out;
	while (!t->at_end) {
		lzma_ret r = decode(a, t);
		size_t n = OUT_SIZE - t->strm.avail_out;
		if (r != LZMA_OK && r != LZMA_STREAM_END) {
			archive_set_error(a, EILSEQ, "%s", why_lzma(r));
			return -1;
		}
		if (r == LZMA_STREAM_END)
			t->at_end = lzma_index_iter_next(&t->iter, LZMA_INDEX_ITER_BLOCK) || begin_block(t) < 0;
		size_t drop = t->skip < n ? (size_t)t->skip : n;
		t->skip -= drop;
		*bytes = t->out + drop;
		if (n > drop)
			return (ssize_t)(n - drop);
	}
	return 0;
}

struct tarread *tarread_open_at(const char *path, uint64_t offset)
{
	struct err ignored = {0};
	struct tarread *t = open_file(path, &ignored);
	err_done(&ignored);
	if (t == NULL)
		return NULL;
	t->filters[0].id = LZMA_VLI_UNKNOWN;
	if (!t->xz || read_index(t) < 0)
		goto fail;
	lzma_index_iter_init(&t->iter, t->index);
	if (lzma_index_iter_locate(&t->iter, offset))
		goto fail;
	t->skip = offset - t->iter.block.uncompressed_file_offset;
	if (begin_block(t) < 0 || begin_archive(t, give_blocks) < 0)
		goto fail;
	return t;
fail:
	tarread_close(t);
	return NULL;
}

struct archive *tarread_archive(struct tarread *t)
{
	return t->a;
}

uint64_t tarread_done(const struct tarread *t)
{
	return t->done < t->total ? t->done : t->total;
}

uint64_t tarread_total(const struct tarread *t)
{
	return t->total;
}

int tarread_error(struct tarread *t, struct err *e)
{
	const char *why = t->a != NULL ? archive_error_string(t->a) : NULL;
	err_set(e, ERR_INPUT, _("%s is not a whole tar archive: %s"), t->path,
		why != NULL ? why : _("it cannot be read"));
	err_hint(e, _("get it again (Debian: `apt-get install --reinstall linux-source-…`), or name another with "
		      "--kernel"));
	return -1;
}

void tarread_close(struct tarread *t)
{
	if (t == NULL)
		return;
	archive_read_free(t->a);
	lzma_end(&t->strm);
	if (t->index != NULL) {
		lzma_index_end(t->index, NULL);
		free_filters(t);
	}
	close(t->fd);
	free(t->path);
	free(t);
}
