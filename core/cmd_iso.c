/* cmd_iso: the commands about bootable images: `iso` lists, compares and hashes any ISO image; `write` puts one on a
 * stick. */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	json_object_object_add(o, "boot", list);
	json_object_object_add(o, "hybrid", json_object_new_boolean(f->mbr));
}

static int list_files(struct cmd_call *call, const char *bytes, size_t n, struct json_object *o, struct err *e)
{
	struct json_object *list = json_object_new_array();
	struct archive *a = archive_read_new();
	struct archive_entry *en;
	archive_read_support_format_iso9660(a);
	int r = archive_read_open_memory(a, bytes, n);
	while (r >= ARCHIVE_WARN && (r = archive_read_next_header(a, &en)) >= ARCHIVE_WARN && r != ARCHIVE_EOF) {
		const char *name = archive_entry_pathname(en);
		char *size = str_commas((unsigned long long)archive_entry_size(en)),
		     *safe = xstrdup(name != NULL ? name : "?");
		for (char *c = safe; *c != '\0'; c++)
			*c = (unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c;
		struct json_object *x = json_object_new_object();
		report_line(&call->app->report, "%14s  %s", archive_entry_filetype(en) == AE_IFDIR ? "" : size, safe);
		json_object_object_add(x, "name", json_object_new_string(safe));
		json_object_object_add(x, "size", json_object_new_int64(archive_entry_size(en)));
		json_object_array_add(list, x);
		free(safe);
		free(size);
	}
	if (r != ARCHIVE_EOF)
		err_set(e, ERR_INPUT, _("the files cannot be listed: %s"), archive_error_string(a));
	archive_read_free(a);
	json_object_object_add(o, "files", list);
	return r == ARCHIVE_EOF ? 0 : -1;
}

static int show_iso(struct cmd_call *call, const char *path, struct json_object *o, struct err *e)
{
	struct isofile f;
	size_t n = 0;
	char *bytes = fs_read(path, &n, e), hex[65];
	int r = bytes != NULL ? isofile_parse(&f, path, (const uint8_t *)bytes, n, e) : -1;
	if (r == 0) {
		fs_sha256(bytes, n, hex);
		report_line(&call->app->report, "%s", path);
		add_boot_entries(call, &f, o);
		report_line(&call->app->report, _("sha256     %s"), hex);
		json_object_object_add(o, "sha256", json_object_new_string(hex));
		json_object_object_add(o, "bytes", json_object_new_int64((int64_t)n));
		r = list_files(call, bytes, n, o, e);
	}
	free(bytes);
	return r;
}

static void run_iso(struct cmd_call *call)
{
	struct err e = {0};
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
	if (!err_is(e))
		report_line(&w->call->app->report, _("written and read back: %s boots now"), w->stick.path);
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
	stick_candidates(&path);
	for (size_t i = 0; i < path.n; i++) {
		struct stick s;
		struct err ignored = {0};
		if (stick_look(&s, path.v[i], false, &ignored) == 0) {
			char *size = str_commas((unsigned long long)s.size);
			report_line(&call->app->report, _("%-12s %20s bytes  %s"), s.path, size, s.model);
			free(size);
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
		list_sticks(call);
		cmd_done(call, NULL);
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

static const struct cmd_opt write_option[] = {
	{"image", 'i', "FILE", N_("the image to write (default: out/image.iso of the lab)")},
	{"file", 0, NULL, N_("DEVICE may be a plain file")},
	{"confirm", 0, "NAME", N_("the device's name, typed ahead: for scripts")},
	{NULL, 0, NULL, NULL},
};

const struct cmd cmd_iso_rows[] = {
	{"iso", "[IMAGE…]", CMD_JSON, N_("show an ISO image: how it boots, its files, its hash"),
		N_("Any ISO 9660 image; without IMAGE the lab's out/image.iso. Two images side by side compare by eye "
		   "and "
		   "by hash."),
		NULL, run_iso},
	{"write", "[DEVICE]", CMD_SHELL,
		N_("write the image to a USB stick and read it back; without DEVICE list the sticks"),
		N_("Takes only whole disks that are removable or on USB and that nothing uses (and loop devices); "
		   "everything else is "
		   "refused. The device's name must be typed before anything is written."),
		write_option, run_write},
};
const size_t cmd_iso_n = ARRAY_LEN(cmd_iso_rows);
