/* cmd_iso: the commands about bootable images: `iso` lists, compares and hashes any ISO image, mapped into memory and
 * never trusted; `write` puts one on a stick. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/app.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/isofile.h"
#include "core/stick.h"
#include "core/str.h"

/* --- iso --- */

static const char *platform_name(uint8_t p)
{
	return p == 0 ? "BIOS" : p == 0xef ? "UEFI" : p == 1 ? "PowerPC" : p == 2 ? "Mac" : "unknown";
}

static void add_boot_entries(struct cmd_call *call, const struct isofile *f, struct json_object *o)
{
	struct report *r = &call->app->report;
	struct json_object *list = json_object_new_array();
	report_line(r, _("label      %s"), f->label);
	report_line(r, _("size       %u sectors of 2048 bytes"), f->sectors);
	for (size_t i = 0; i < f->n_boot; i++) {
		const struct iso_boot *b = &f->boot[i];
		struct json_object *x = json_object_new_object();
		report_line(r, _("boots      %s%s: loads %u x 512 bytes from sector %u"), platform_name(b->platform),
			b->bootable ? "" : " (not bootable)", b->sectors, b->lba);
		json_object_object_add(x, "platform", json_object_new_string(platform_name(b->platform)));
		json_object_object_add(x, "sectors", json_object_new_int(b->sectors));
		json_object_object_add(x, "lba", json_object_new_int64(b->lba));
		json_object_array_add(list, x);
	}
	if (f->n_boot == 0)
		report_line(r, _("boots      not: it has no El Torito catalog"));
	report_line(r, _("as a disk  %s"), f->mbr ? "it has an MBR with partitions (hybrid)" : "no MBR");
	json_object_object_add(o, "label", json_object_new_string(f->label));
	json_object_object_add(o, "volume_sectors", json_object_new_int64(f->sectors));
	json_object_object_add(o, "catalog_lba", json_object_new_int64(f->catalog_lba));
	json_object_object_add(o, "boot", list);
	json_object_object_add(o, "hybrid", json_object_new_boolean(f->mbr));
}

/* An image, or a disk, as memory. */
struct mapped {
	char *bytes;
	size_t n;
};

static int map_image(struct mapped *m, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t n = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
	*m = (struct mapped){NULL, n > 0 ? (size_t)n : 0};
	void *p = n > 0 ? mmap(NULL, m->n, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	if (n < 0 || p == MAP_FAILED)
		err_sys(e, errno, _("cannot read %s"), path);
	else
		m->bytes = p;
	if (fd >= 0)
		close(fd);
	return err_is(e) ? -1 : 0;
}

static void unmap_image(struct mapped *m)
{
	if (m->bytes != NULL)
		munmap(m->bytes, m->n);
}

/* The files of an image, as they stand in it. */
struct iso_entry {
	char *name; /* made safe, owned */
	int64_t size;
	bool dir;
	char sha256[65]; /* "" if it was not asked for */
};
struct iso_list {
	struct iso_entry *v;
	size_t n;
};

static void list_done(struct iso_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].name);
	free(l->v);
}

static int hash_entry(struct archive *a, char hex[65])
{
	struct sha256_ctx c;
	uint8_t digest[SHA256_DIGEST_SIZE], chunk[65536];
	la_ssize_t n;
	sha256_init(&c);
	while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0)
		sha256_update(&c, (size_t)n, chunk);
	sha256_digest(&c, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return n < 0 ? -1 : 0;
}

static int add_entry(struct iso_list *l, struct archive *a, struct archive_entry *en, bool hashed)
{
	const char *name = archive_entry_pathname(en);
	if (name != NULL && strcmp(name, ".") == 0)
		return 0;
	l->v = xrealloc(l->v, (l->n + 1) * sizeof(*l->v));
	struct iso_entry *x = &l->v[l->n++];
	*x = (struct iso_entry){xstrdup(name != NULL ? name : "?"), archive_entry_size(en), false, ""};
	x->dir = archive_entry_filetype(en) == AE_IFDIR;
	for (char *c = x->name; *c != '\0'; c++)
		*c = (unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c;
	return hashed && !x->dir ? hash_entry(a, x->sha256) : 0;
}

static int list_files(struct iso_list *l, const struct mapped *m, bool hashed, struct err *e)
{
	struct archive *a = archive_read_new();
	struct archive_entry *en;
	archive_read_support_format_iso9660(a);
	int r = archive_read_open_memory(a, m->bytes, m->n);
	while (r >= ARCHIVE_WARN && (r = archive_read_next_header(a, &en)) >= ARCHIVE_WARN && r != ARCHIVE_EOF)
		if (add_entry(l, a, en, hashed) < 0)
			r = ARCHIVE_FATAL;
	if (r != ARCHIVE_EOF)
		err_set(e, ERR_INPUT, _("the files cannot be listed: %s"), archive_error_string(a));
	archive_read_free(a);
	return r == ARCHIVE_EOF ? 0 : -1;
}

static void show_files(struct cmd_call *call, const struct iso_list *l, struct json_object *o)
{
	struct json_object *list = json_object_new_array();
	for (size_t i = 0; i < l->n; i++) {
		const struct iso_entry *f = &l->v[i];
		char *size = str_commas((unsigned long long)f->size);
		struct json_object *x = json_object_new_object();
		report_line(&call->app->report, "%14s  %s%s", f->dir ? "" : size, f->name, f->dir ? "/" : "");
		json_object_object_add(x, "name", json_object_new_string(f->name));
		json_object_object_add(x, "size", json_object_new_int64(f->size));
		json_object_array_add(list, x);
		free(size);
	}
	json_object_object_add(o, "files", list);
}

static int show_iso(struct cmd_call *call, const char *path, struct json_object *o, struct err *e)
{
	struct isofile f;
	struct mapped m = {0};
	struct iso_list l = {0};
	char hex[65];
	int r = map_image(&m, path, e) == 0 ? isofile_parse(&f, path, (const uint8_t *)m.bytes, m.n, e) : -1;
	if (r == 0) {
		fs_sha256(m.bytes, m.n, hex);
		report_line(&call->app->report, "%s", path);
		add_boot_entries(call, &f, o);
		report_line(&call->app->report, _("sha256     %s"), hex);
		json_object_object_add(o, "sha256", json_object_new_string(hex));
		json_object_object_add(o, "bytes", json_object_new_int64((int64_t)m.n));
		r = list_files(&l, &m, false, e);
		show_files(call, &l, o);
	}
	list_done(&l);
	unmap_image(&m);
	return r;
}

/* --- iso --diff --- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct iso_entry *)a)->name, ((const struct iso_entry *)b)->name);
}

static int open_sorted(struct iso_list *l, const char *path, struct err *e)
{
	struct isofile f;
	struct mapped m = {0};
	int r = map_image(&m, path, e) == 0 ? isofile_parse(&f, path, (const uint8_t *)m.bytes, m.n, e) : -1;
	if (r == 0)
		r = list_files(l, &m, true, e);
	if (l->n > 0)
		qsort(l->v, l->n, sizeof(*l->v), by_name);
	unmap_image(&m);
	return r;
}

static void say_change(struct cmd_call *call, const char *change, const struct iso_entry *a, const struct iso_entry *b)
{
	struct json_object *list, *x = json_object_new_object();
	if (!json_object_object_get_ex(cmd_json(call), "diff", &list))
		return;
	char *from = a != NULL ? str_commas((unsigned long long)a->size) : xstrdup(""),
	     *to = b != NULL ? str_commas((unsigned long long)b->size) : xstrdup("");
	const char *name = a != NULL ? a->name : b->name;
	report_line(&call->app->report, _("%-*s %s  %s%s%s bytes"), str_field(_(change), 8), _(change), name, from,
		a != NULL && b != NULL ? " -> " : "", to);
	json_object_object_add(x, "change", json_object_new_string(change));
	json_object_object_add(x, "name", json_object_new_string(name));
	json_object_array_add(list, x);
	free(from);
	free(to);
}

static void compare_lists(struct cmd_call *call, const struct iso_list *a, const struct iso_list *b)
{
	size_t i = 0, k = 0, changes = 0;
	while (i < a->n || k < b->n) {
		int order = i == a->n ? 1 : k == b->n ? -1 : by_name(&a->v[i], &b->v[k]);
		const struct iso_entry *x = order <= 0 ? &a->v[i++] : NULL, *y = order >= 0 ? &b->v[k++] : NULL;
		if (x != NULL && y != NULL && x->dir == y->dir && strcmp(x->sha256, y->sha256) == 0)
			continue;
		say_change(call, x == NULL ? N_("added") : y == NULL ? N_("removed") : N_("changed"), x, y);
		changes++;
	}
	if (changes == 0)
		report_line(&call->app->report, _("the same files with the same contents"));
}

static void run_diff(struct cmd_call *call)
{
	struct err e = {0};
	struct iso_list a = {0}, b = {0};
	json_object_object_add(cmd_json(call), "diff", json_object_new_array());
	if (call->arg.n != 2)
		err_set(&e, ERR_USAGE, _("iso --diff compares two images, not %zu"), call->arg.n);
	else if (open_sorted(&a, call->arg.v[0], &e) == 0 && open_sorted(&b, call->arg.v[1], &e) == 0)
		compare_lists(call, &a, &b);
	list_done(&a);
	list_done(&b);
	cmd_done(call, &e);
	err_done(&e);
}

static void run_iso(struct cmd_call *call)
{
	struct err e = {0};
	if (cmd_value(call, "diff") != NULL) {
		run_diff(call);
		return;
	}
	struct json_object *list = json_object_new_array();
	char *own = NULL;
	json_object_object_add(cmd_json(call), "images", list);
	if (call->arg.n == 0 && app_open_lab(call->app, false, &e) == 0)
		own = lab_path(&call->app->lab, "out/image.iso");
	if (own != NULL && !fs_exists(own)) {
		err_set(&e, ERR_WORLD, _("there is no out/image.iso yet"));
		err_hint(&e, _("kiln build iso"));
	}
	for (size_t i = 0; i < call->arg.n + (own != NULL) && !err_is(&e); i++) {
		struct json_object *o = json_object_new_object();
		json_object_array_add(list, o);
		show_iso(call, own != NULL ? own : call->arg.v[i], o, &e);
	}
	free(own);
	cmd_done(call, &e);
	err_done(&e);
}

/* --- write --- */

struct write_call {
	struct cmd_call *call;
	struct stick stick;
	struct stick_op *op;
	struct progress progress;
};

static void end_write(struct write_call *w, struct err *e)
{
	struct cmd_call *call = w->call;
	stick_done(&w->stick);
	free(w);
	cmd_done(call, e);
}

static void on_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct write_call *w = ctx;
	progress_update(&w->progress, uv_hrtime(), what, done, total);
	report_progress(&w->call->app->report, "write", &w->progress);
}

static void on_written(void *ctx, struct err *e)
{
	struct write_call *w = ctx;
	if (!err_is(e)) {
		report_line(&w->call->app->report, _("written and read back: %s boots now"), w->stick.path);
		json_object_object_add(cmd_json(w->call), "written", json_object_new_string(w->stick.path));
	}
	end_write(w, e);
}

static void cancel_write(struct cmd_call *call)
{
	struct write_call *w = call->state;
	if (w->op != NULL)
		stick_cancel(w->op);
}

/* The user must type the device's name; --confirm NAME does it for scripts. */
static int confirm(struct write_call *w, struct err *e)
{
	const char *given = cmd_value(w->call, "confirm");
	char line[256] = "", *size = str_commas((unsigned long long)w->stick.size);
	report_line(&w->call->app->report, _("%s: %s, %s bytes"), w->stick.path,
		w->stick.model[0] != '\0' ? w->stick.model : "no model name", size);
	free(size);
	if (given == NULL && isatty(STDIN_FILENO)) {
		fprintf(stderr, "everything on it will be lost. Type %s to go on: ", w->stick.name);
		given = fgets(line, sizeof(line), stdin) != NULL ? str_trim(line) : "";
	}
	if (given != NULL && strcmp(given, w->stick.name) == 0)
		return 0;
	err_set(e, given != NULL ? ERR_CANCELLED : ERR_USAGE, _("nothing was written: the confirmation was not `%s`"),
		w->stick.name);
	err_hint(e, _("type the name when asked, or give --confirm %s"), w->stick.name);
	return -1;
}

static void list_sticks(struct cmd_call *call)
{
	struct strv path = {0};
	struct json_object *list = json_object_new_array();
	json_object_object_add(cmd_json(call), "sticks", list);
	stick_candidates(&path);
	for (size_t i = 0; i < path.n; i++) {
		struct stick s;
		struct err ignored = {0};
		if (stick_look(&s, path.v[i], false, &ignored) == 0) {
			char *size = str_commas((unsigned long long)s.size);
			report_line(&call->app->report, _("%-12s %20s bytes  %s"), s.path, size, s.model);
			free(size);
			struct json_object *o = json_object_new_object();
			json_object_object_add(o, "device", json_object_new_string(s.path));
			json_object_object_add(o, "size", json_object_new_int64(s.size));
			json_object_object_add(o, "model", json_object_new_string(s.model));
			json_object_array_add(list, o);
		}
		stick_done(&s);
		err_done(&ignored);
	}
	if (path.n == 0)
		report_line(&call->app->report,
			_("no stick is plugged in (removable or USB disks that nothing uses are listed here)"));
	strv_done(&path);
}

static char *image_of(struct cmd_call *call, struct err *e)
{
	const char *given = cmd_value(call, "image");
	if (given != NULL)
		return xstrdup(given);
	if (app_open_lab(call->app, false, e) < 0)
		return NULL;
	char *path = lab_path(&call->app->lab, "out/image.iso");
	if (fs_size(path) > 0)
		return path;
	err_set(e, ERR_WORLD, _("there is no out/image.iso yet"));
	err_hint(e, _("kiln build iso"));
	free(path);
	return NULL;
}

static void run_write(struct cmd_call *call)
{
	struct err e = {0};
	if (call->arg.n == 0) {
		if (call->n_given > 0)
			err_set(&e, ERR_USAGE, _("write: --%s needs the DEVICE too"), call->given[0].opt->name);
		else
			list_sticks(call);
		cmd_done(call, &e);
		err_done(&e);
		return;
	}
	struct write_call *w = xcalloc(1, sizeof(*w));
	const struct op_cb cb = {on_progress, NULL, NULL, on_written, w};
	w->call = call;
	call->state = w;
	call->cancel = cancel_write;
	char *image = image_of(call, &e);
	progress_begin(&w->progress, uv_hrtime());
	if (image != NULL && stick_look(&w->stick, call->arg.v[0], cmd_value(call, "file") != NULL, &e) == 0 &&
		confirm(w, &e) == 0)
		w->op = stick_write(call->app->loop, &w->stick, image, &cb, &e);
	free(image);
	if (w->op == NULL)
		end_write(w, &e);
	err_done(&e);
}

static const struct cmd_opt iso_option[] = {
	{"diff", 'd', NULL, N_("compare the files of two images")},
	{NULL, 0, NULL, NULL},
};

static const struct cmd_opt write_option[] = {
	{"image", 'i', "FILE", N_("the image to write (default: out/image.iso of the lab)")},
	{"file", 0, NULL, N_("DEVICE may be a plain file")},
	{"confirm", 0, "NAME", N_("the device's name, typed ahead: for scripts")},
	{NULL, 0, NULL, NULL},
};

const struct cmd cmd_iso_rows[] = {
	{"iso", "[IMAGE…]", CMD_JSON, N_("show an ISO image: how it boots, its files, its hash"),
		N_("Any ISO 9660 image, or a disk with one on it; without IMAGE the lab's out/image.iso."), iso_option,
		run_iso},
	{"write", "[DEVICE]", CMD_SHELL | CMD_JSON,
		N_("write the image to a USB stick and read it back; without DEVICE list the sticks"),
		N_("Takes only whole disks that are removable or on USB and that nothing uses (and loop devices); "
		   "everything else is "
		   "refused. The device's name must be typed before anything is written."),
		write_option, run_write},
};
const size_t cmd_iso_n = ARRAY_LEN(cmd_iso_rows);
