/* source_subset: see source_subset.h. The rule whose pattern matches the most of a path decides; where none does, the
 * file stays, so that a folder that a newer kernel adds is there. */
#include "core/source_subset.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "core/fs.h"

enum keep {
	KEEP,    /* everything */
	MAKE,    /* only what make reads on its way: Kconfig, Makefile, Kbuild */
	KCONFIG, /* only Kconfig */
};

/* A pattern names a folder with all below it; with a final * only its subfolders. What is left out is what is big and
 * rare in a small machine, or for other machines. Sorted, for the reader. */
static const struct rule {
	const char *pattern;
	enum keep keep;
} rules[] = {
	{"Documentation", KCONFIG},
	{"LICENSES", KCONFIG},
	{"MAINTAINERS", KCONFIG},
	{"CREDITS", KCONFIG},
	{"arch/*", KCONFIG},
	{"arch/um/scripts", KEEP}, /* included by fs/hostfs/Makefile */
	{"arch/x86", KEEP},
	{"drivers/accel", MAKE},
	{"drivers/atm", MAKE},
	{"drivers/bluetooth", MAKE},
	{"drivers/bus/*", MAKE},
	{"drivers/clk/*", MAKE},
	{"drivers/clk/x86", KEEP},
	{"drivers/comedi", MAKE},
	{"drivers/counter", MAKE},
	{"drivers/crypto", MAKE},
	{"drivers/cxl", MAKE},
	{"drivers/dma/*", MAKE},
	{"drivers/dma/dw", KEEP},
	{"drivers/edac", MAKE},
	{"drivers/firewire", MAKE},
	{"drivers/fpga", MAKE},
	{"drivers/fsi", MAKE},
	{"drivers/gpu", MAKE},
	{"drivers/greybus", MAKE},
	{"drivers/hsi", MAKE},
	{"drivers/hwmon", MAKE},
	{"drivers/hwtracing", MAKE},
	{"drivers/iio", MAKE},
	{"drivers/infiniband", MAKE},
	{"drivers/input/touchscreen", MAKE},
	{"drivers/interconnect", MAKE},
	{"drivers/isdn", MAKE},
	{"drivers/leds/*", MAKE},
	{"drivers/leds/trigger", KEEP},
	{"drivers/macintosh", MAKE},
	{"drivers/media", MAKE},
	{"drivers/memory", MAKE},
	{"drivers/memstick", MAKE},
	{"drivers/message", MAKE},
	{"drivers/mfd", MAKE},
	{"drivers/misc/*", MAKE},
	{"drivers/mmc", MAKE},
	{"drivers/most", MAKE},
	{"drivers/mtd", MAKE},
	{"drivers/net/*", MAKE},
	{"drivers/net/ethernet/intel/e1000", KEEP},
	{"drivers/net/ethernet/intel/e1000e", KEEP},
	{"drivers/net/ethernet/realtek", KEEP},
	{"drivers/nfc", MAKE},
	{"drivers/ntb", MAKE},
	{"drivers/parisc", MAKE},
	{"drivers/perf", MAKE},
	{"drivers/phy/*", MAKE},
	{"drivers/pinctrl/*", MAKE},
	{"drivers/pinctrl/intel", KEEP},
	{"drivers/platform/*", MAKE},
	{"drivers/pmdomain/*", MAKE},
	{"drivers/power/supply", MAKE},
	{"drivers/ps3", MAKE},
	{"drivers/pwm", MAKE},
	{"drivers/regulator", MAKE},
	{"drivers/remoteproc", MAKE},
	{"drivers/s390", MAKE},
	{"drivers/scsi/*", MAKE},
	{"drivers/soc/*", MAKE},
	{"drivers/soundwire", MAKE},
	{"drivers/spi", MAKE},
	{"drivers/staging", MAKE},
	{"drivers/target", MAKE},
	{"drivers/thunderbolt", MAKE},
	{"drivers/ufs", MAKE},
	{"drivers/usb/*", MAKE},
	{"drivers/usb/common", KEEP},
	{"drivers/usb/core", KEEP},
	{"drivers/usb/host", KEEP},
	{"drivers/usb/phy", KEEP},
	{"drivers/usb/storage", KEEP},
	{"drivers/vdpa", MAKE},
	{"drivers/vfio", MAKE},
	{"drivers/video/fbdev/*", MAKE},
	{"drivers/video/fbdev/core", KEEP},
	{"fs/afs", MAKE},
	{"fs/bcachefs", MAKE},
	{"fs/btrfs", MAKE},
	{"fs/ceph", MAKE},
	{"fs/f2fs", MAKE},
	{"fs/gfs2", MAKE},
	{"fs/nfs", MAKE},
	{"fs/nfsd", MAKE},
	{"fs/ntfs3", MAKE},
	{"fs/ocfs2", MAKE},
	{"fs/reiserfs", MAKE},
	{"fs/smb", MAKE},
	{"fs/ubifs", MAKE},
	{"fs/xfs", MAKE},
	{"net/batman-adv", MAKE},
	{"net/bluetooth", MAKE},
	{"net/ceph", MAKE},
	{"net/mac80211", MAKE},
	{"net/mptcp", MAKE},
	{"net/openvswitch", MAKE},
	{"net/rds", MAKE},
	{"net/rxrpc", MAKE},
	{"net/sctp", MAKE},
	{"net/smc", MAKE},
	{"net/sunrpc", MAKE},
	{"net/tipc", MAKE},
	{"net/wireless", MAKE},
	{"samples", KCONFIG},
	{"sound", MAKE},
	{"tools/*", KCONFIG},
	{"tools/arch/x86", KEEP},
	{"tools/bpf", MAKE},
	{"tools/bpf/resolve_btfids", KEEP},
	{"tools/build", KEEP},
	{"tools/include", KEEP},
	{"tools/lib", KEEP},
	{"tools/objtool", KEEP},
	{"tools/scripts", KEEP},
};

/* How many bytes of path the pattern matches; 0: it does not. */
static size_t matches(const char *pattern, const char *path)
{
	size_t n = strlen(pattern);
	if (pattern[n - 1] == '*') /* the star stands for one folder: arch/Kconfig is in none */
		return strncmp(path, pattern, n - 1) == 0 && strchr(path + n - 1, '/') != NULL ? n - 1 : 0;
	return strncmp(path, pattern, n) == 0 && (path[n] == '/' || path[n] == '\0') ? n : 0;
}

static enum keep rule_for(const char *path)
{
	enum keep keep = KEEP;
	size_t best = 0;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		size_t n = matches(rules[i].pattern, path);
		if (n > best) {
			best = n;
			keep = rules[i].keep;
		}
	}
	return keep;
}

bool subset_has(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	if (str_starts(name, "Kconfig"))
		return true;
	enum keep keep = rule_for(path);
	return keep == KEEP || (keep == MAKE && (str_starts(name, "Makefile") || str_starts(name, "Kbuild")));
}

char *subset_mark(const char *id)
{
	return xasprintf("kiln source, rules %d\nid %s\n", SUBSET_VERSION, id);
}

bool subset_is_whole(const char *tree, const char *id)
{
	struct err ignored = {0};
	char *path = fs_join(tree, SUBSET_MARK), *want = subset_mark(id);
	char *text = fs_read(path, NULL, &ignored);
	bool whole = text != NULL && str_starts(text, want);
	err_done(&ignored);
	free(text);
	free(want);
	free(path);
	return whole;
}

void rest_add(struct buf *text, uint64_t offset, uint64_t size, const char *path)
{
	if (strchr(path, '\n') == NULL) /* no kernel file has one; such a file cannot be fetched later */
		buf_addf(text, "%" PRIu64 " %" PRIu64 " %s\n", offset, size, path);
}

static void add_line(struct rest *r, char *line)
{
	char *end;
	uint64_t offset = strtoull(line, &end, 10);
	uint64_t size = *end == ' ' ? strtoull(end, &end, 10) : 0;
	if (*end == ' ')
		r->v[r->n++] = (struct rest_file){offset, size, end + 1};
}

bool rest_load(struct rest *r, const char *tree)
{
	struct err ignored = {0};
	char *path = fs_join(tree, SUBSET_REST);
	memset(r, 0, sizeof(*r));
	r->text = fs_read(path, NULL, &ignored);
	free(path);
	err_done(&ignored);
	if (r->text == NULL)
		return false;
	size_t lines = 1;
	for (const char *s = r->text; (s = strchr(s, '\n')) != NULL; s++)
		lines++;
	r->v = xcalloc(lines, sizeof(*r->v));
	for (char *s = r->text, *nl; (nl = strchr(s, '\n')) != NULL; s = nl + 1) {
		*nl = '\0';
		add_line(r, s);
	}
	return true;
}

void rest_done(struct rest *r)
{
	free(r->text);
	free(r->v);
	memset(r, 0, sizeof(*r));
}

static bool is_below(const char *path, const char *dir, size_t n)
{
	return strncmp(path, dir, n) == 0 && path[n] == '/';
}

void rest_pick(const struct rest *all, const char *dir, struct rest *out)
{
	const uint64_t huge = 64 << 20;
	size_t n = strlen(dir);
	uint64_t sum = 0;
	for (size_t i = 0; i < all->n; i++)
		sum += is_below(all->v[i].path, dir, n) ? all->v[i].size : 0;
	memset(out, 0, sizeof(*out));
	out->v = xcalloc(all->n, sizeof(*out->v));
	for (size_t i = 0; i < all->n; i++) {
		const char *path = all->v[i].path;
		if (is_below(path, dir, n) && (sum <= huge || strchr(path + n + 1, '/') == NULL))
			out->v[out->n++] = all->v[i];
	}
}
