/* source_unpack: the worker `kiln internal unpack ID TARBALL TREE [DIR]`, which fills the cache for source.c. Whole:
 * into a folder beside TREE, marked as whole, renamed. DIR: one more folder into TREE, each file replaced whole.
 * Invariants: TREE is there only when whole; one worker at a time per tree (lock TREE.lock); what a killed one left is
 * removed by the next; nothing is ever written outside. Speaks lines on stdout: "progress DONE TOTAL WHAT", "say TEXT",
 * "error JSON". */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <uv.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/source.h"
#include "core/source_subset.h"
#include "core/str.h"
#include "core/tarread.h"

#define MOST_BYTES ((uint64_t)4 << 30) /* no kernel comes near: an archive made to fill the disk */

struct unpack {
	const char *id, *tarball, *tree, *dir;
	char *tmp; /* TREE.tmp */
	int lock;
	sigset_t signals;
	struct tarread *t;
	struct archive *disk;
	char *top; /* first component of all names in the archive, to strip; "" for none; NULL: not known yet */
	uint64_t files, bytes, said_ns;
	struct buf rest;
};

/* Has the user or kiln's end asked us to stop? Waits up to ms for it. */
static bool stopped(const struct unpack *u, long ms)
{
	const struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
	return sigtimedwait(&u->signals, NULL, &wait) > 0;
}

static int set_stopped(struct err *e)
{
	return err_set(e, ERR_CANCELLED, _("stopped"));
}

static int take_lock(struct unpack *u, struct err *e)
{
	char *path = xasprintf("%s.lock", u->tree);
	u->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	int r = u->lock < 0 ? err_sys(e, errno, _("cannot write in the cache: %s"), path) : 0;
	for (bool said = false; r == 0 && flock(u->lock, LOCK_EX | LOCK_NB) < 0; said = true) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			r = err_sys(e, errno, _("cannot lock %s"), path);
		else if (!said)
			puts("say another kiln is unpacking this source: waiting for it");
		fflush(stdout);
		if (r == 0 && stopped(u, 100))
			r = set_stopped(e);
	}
	free(path);
	return r;
}

static void say_progress(struct unpack *u, const char *what)
{
	uint64_t now = uv_hrtime();
	if (now - u->said_ns < 50000000)
		return;
	u->said_ns = now;
	char safe[80];
	snprintf(safe, sizeof(safe), "%s", what);
	for (char *s = safe; *s != '\0'; s++)
		if ((unsigned char)*s < ' ')
			*s = '?';
	printf("progress %" PRIu64 " %" PRIu64 " %s\n", tarread_done(u->t), tarread_total(u->t), safe);
	fflush(stdout);
}

/* Names that stand at the top of a kernel tree: an archive that begins with one has no folder around it. */
static bool is_top_name(const char *s, size_t n)
{
	static const char *const name[] = {"Documentation", "LICENSES", "arch", "block", "certs", "include"};
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		if (strlen(name[i]) == n && strncmp(s, name[i], n) == 0)
			return true;
	return false;
}

/* The path of an entry below the top of the tree; NULL for what is none (the top itself). Borrows. */
static const char *below_top(struct unpack *u, const char *path, bool is_dir)
{
	while (str_starts(path, "./"))
		path += 2;
	size_t n = strcspn(path, "/");
	if (path[0] == '\0' || strcmp(path, ".") == 0)
		return NULL;
	if (u->top == NULL) {
		bool around = (path[n] == '/' || is_dir) && !is_top_name(path, n);
		u->top = xstrndup(path, around ? n : 0);
	}
	size_t skip = strlen(u->top);
	if (skip == 0)
		return path;
	if (skip != n || strncmp(path, u->top, n) != 0 || path[n] != '/' || path[n + 1] == '\0')
		return NULL;
	return path + n + 1;
}

/* Does a link at path stay in the tree? By text: the writer refuses to write through links anyway. */
static bool link_stays(const char *path, const char *target)
{
	int depth = 0;
	if (target == NULL || target[0] == '/')
		return false;
	for (const char *s = path; (s = strchr(s, '/')) != NULL; s++)
		depth++;
	for (const char *s = target; *s != '\0';) {
		size_t n = strcspn(s, "/");
		if (n == 2 && s[0] == '.' && s[1] == '.')
			depth--;
		else if (n > 0 && !(n == 1 && s[0] == '.'))
			depth++;
		if (depth < 0)
			return false;
		s += n + (s[n] == '/');
	}
	return true;
}

static int write_error(struct unpack *u, const char *path, struct err *e)
{
	int code = archive_errno(u->disk);
	const char *why = archive_error_string(u->disk);
	if (code > 0)
		why = strerror(code);
	err_set(e, ERR_WORLD, _("cannot unpack %s to %s: %s"), path, u->tree, why != NULL ? why : _("unknown error"));
	if (code == ENOSPC || code == EDQUOT)
		err_hint(e, _("the disk is full: free some space, or set KILN_CACHE to a folder elsewhere, then run "
			      "again"));
	return -1;
}

static int copy_data(struct unpack *u, const char *path, struct err *e)
{
	const void *bytes;
	size_t n;
	la_int64_t offset;
	for (;;) {
		int r = archive_read_data_block(tarread_archive(u->t), &bytes, &n, &offset);
		if (r == ARCHIVE_EOF)
			return 0;
		if (r < ARCHIVE_WARN)
			return tarread_error(u->t, e);
		u->bytes += n;
		if (u->bytes > MOST_BYTES)
			return err_set(
				e, ERR_INPUT, _("%s unpacks to more than any kernel source: not unpacked"), u->tarball);
		if (archive_write_data_block(u->disk, bytes, n, offset) < ARCHIVE_WARN)
			return write_error(u, path, e);
	}
}

/* Write one entry at path (below the current folder). What is no file or link is skipped. */
static int write_entry(struct unpack *u, struct archive_entry *entry, const char *path, struct err *e)
{
	const char *hard = archive_entry_hardlink(entry);
	mode_t type = archive_entry_filetype(entry);
	char *name = xstrdup(path), *to = NULL;
	int r = 0;
	if (hard != NULL) {
		const char *in_tree = below_top(u, hard, false);
		to = in_tree != NULL ? xstrdup(in_tree) : NULL;
		if (to == NULL)
			goto out;
		archive_entry_set_hardlink(entry, to);
	} else if (type == AE_IFLNK ? !link_stays(path, archive_entry_symlink(entry)) : type != AE_IFREG) {
		goto out;
	}
	archive_entry_set_pathname(entry, name);
	archive_entry_set_perm(entry, (archive_entry_perm(entry) & 0755) | 0600);
	if (archive_write_header(u->disk, entry) < ARCHIVE_WARN)
		r = write_error(u, name, e);
	else if (hard == NULL && type == AE_IFREG)
		r = copy_data(u, name, e);
	if (r == 0 && archive_write_finish_entry(u->disk) < ARCHIVE_WARN)
		r = write_error(u, name, e);
	u->files++;
out:
	free(to);
	free(name);
	return r;
}

/* The next entry. 1: there is one; 0: the end; -1: *e. */
static int next_entry(struct unpack *u, struct archive_entry **entry, struct err *e)
{
	if (stopped(u, 0))
		return set_stopped(e);
	int r = archive_read_next_header(tarread_archive(u->t), entry);
	if (r == ARCHIVE_EOF)
		return 0;
	return r < ARCHIVE_WARN ? tarread_error(u->t, e) : 1;
}

static int unpack_all(struct unpack *u, struct err *e)
{
	struct archive_entry *entry;
	int r;
	while ((r = next_entry(u, &entry, e)) > 0) {
		const char *path = archive_entry_pathname(entry);
		bool is_dir = archive_entry_filetype(entry) == AE_IFDIR;
		path = path != NULL ? below_top(u, path, is_dir) : NULL;
		if (path == NULL || is_dir)
			continue;
		say_progress(u, path);
		if (subset_has(path)) {
			if (write_entry(u, entry, path, e) < 0)
				return -1;
		} else {
			rest_add(&u->rest, (uint64_t)archive_read_header_position(tarread_archive(u->t)),
				(uint64_t)archive_entry_size(entry), path);
		}
	}
	return r;
}

static void open_disk(struct unpack *u, int flags)
{
	u->disk = archive_write_disk_new();
	archive_write_disk_set_options(u->disk, flags | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
							ARCHIVE_EXTRACT_SECURE_NODOTDOT |
							ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
}

static int close_disk(struct unpack *u, struct err *e)
{
	int r = archive_write_close(u->disk) < ARCHIVE_WARN ? write_error(u, "the last entry", e) : 0;
	archive_write_free(u->disk);
	u->disk = NULL;
	return r;
}

/* Everything written so far, on disk. */
static int sync_here(struct err *e)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 || syncfs(fd) < 0 ? err_sys(e, errno, _("cannot write the unpacked source to disk")) : 0;
	if (fd >= 0)
		close(fd);
	return r;
}

/* Is what was unpacked a kernel? The last of these stand late in the archive, so a short one lacks them. */
static int check_whole(const struct unpack *u, struct err *e)
{
	static const char *const must[] = {"Makefile", "Kconfig", "arch/x86/Makefile", "scripts/Makefile.build",
		"scripts/kconfig/Makefile", "usr/Makefile", "virt/Makefile"};
	for (size_t i = 0; i < ARRAY_LEN(must); i++) {
		if (fs_size(must[i]) >= 0)
			continue;
		err_set(e, ERR_INPUT, _("%s holds no whole kernel source: %s is not in it"), u->tarball, must[i]);
		err_hint(e, _("name another tarball or folder with --kernel; Debian has one: apt-get install "
			      "linux-source-6.12"));
		return -1;
	}
	return 0;
}

/* Write the list of the rest and, when all else is on disk, the mark. */
static int write_marks(struct unpack *u, struct err *e)
{
	char *head = subset_mark(u->id);
	char *mark =
		xasprintf("%sfiles %" PRIu64 "\nbytes %" PRIu64 "\nfrom %s\n", head, u->files, u->bytes, u->tarball);
	int r = -1;
	if (fs_write(SUBSET_REST, u->rest.p != NULL ? u->rest.p : "", u->rest.n, 0644, e) == 0 && sync_here(e) == 0)
		r = fs_write(SUBSET_MARK, mark, strlen(mark), 0644, e);
	free(head);
	free(mark);
	return r;
}

/* Put the finished folder in its place. */
static int put_in_place(struct unpack *u, struct err *e)
{
	if (fs_remove_tree(u->tree, e) < 0) /* whatever is there is not whole */
		return -1;
	if (rename(u->tmp, u->tree) < 0)
		return err_sys(e, errno, _("cannot put the unpacked source in place: %s"), u->tree);
	printf("say kept %" PRIu64 " files, %" PRIu64 " MB: what an x86 build needs\n", u->files, u->bytes / 1000000);
	return sync_here(e);
}

static int check_space(const struct unpack *u, struct err *e)
{
	const int64_t most = 400 << 20, tarball = fs_size(u->tarball), need = tarball < most / 2 ? tarball * 2 : most;
	int64_t free_bytes = fs_free_space(u->tree);
	if (free_bytes < 0 || free_bytes >= need)
		return 0;
	err_set(e, ERR_WORLD,
		"no space to unpack the kernel source: %s has %" PRId64 " MB free, %" PRId64 " MB are needed", u->tree,
		free_bytes >> 20, need >> 20);
	err_hint(e, _("free some space, or set KILN_CACHE to a folder elsewhere, then run again"));
	return -1;
}

static int enter(const char *dir, struct err *e)
{
	return chdir(dir) < 0 ? err_sys(e, errno, _("cannot enter %s"), dir) : 0;
}

static int unpack_tree(struct unpack *u, struct err *e)
{
	int r = -1;
	if (subset_is_whole(u->tree, u->id))
		return 0; /* another kiln was first */
	if (fs_remove_tree(u->tmp, e) < 0 || check_space(u, e) < 0 || fs_mkdirs(u->tmp, e) < 0)
		return -1;
	u->t = tarread_open(u->tarball, e);
	if (u->t != NULL && enter(u->tmp, e) == 0) {
		open_disk(u, ARCHIVE_EXTRACT_UNLINK);
		r = unpack_all(u, e);
		r = close_disk(u, e) < 0 ? -1 : r;
		if (r == 0 && check_whole(u, e) == 0 && write_marks(u, e) == 0)
			r = put_in_place(u, e);
	}
	if (r < 0 || err_is(e)) {
		struct err ignored = {0};
		fs_remove_tree(u->tmp, &ignored);
		err_done(&ignored);
	}
	return err_is(e) ? -1 : r;
}

/* Read on to the files of `want`, which stand in the archive's order, and write them. *got counts those found. */
static int unpack_picked(struct unpack *u, const struct rest *want, size_t *got, struct err *e)
{
	struct archive_entry *entry;
	int r = 1;
	for (*got = 0; *got < want->n && (r = next_entry(u, &entry, e)) > 0;) {
		const char *path = archive_entry_pathname(entry), *slash;
		/* begun in the middle, the top is known by what it is put before */
		while (path != NULL && strcmp(path, want->v[*got].path) != 0)
			path = (slash = strchr(path, '/')) != NULL ? slash + 1 : NULL;
		if (path == NULL)
			continue;
		say_progress(u, path);
		if (write_entry(u, entry, path, e) < 0)
			return -1;
		++*got;
	}
	return r < 0 ? -1 : 0;
}

/* Fetch the picked files: from the middle of the tarball where that can be done, else from its beginning. */
static int fetch(struct unpack *u, const struct rest *want, struct err *e)
{
	size_t got = 0;
	int r = 0;
	u->t = tarread_open_at(u->tarball, want->v[0].offset);
	if (u->t != NULL) {
		struct err retried = {0};
		r = unpack_picked(u, want, &got, &retried);
		if (retried.code == ERR_CANCELLED || retried.code == ERR_WORLD)
			err_move(e, &retried);
		err_done(&retried);
	}
	if (got < want->n && !err_is(e)) {
		tarread_close(u->t);
		u->t = tarread_open(u->tarball, e);
		r = u->t != NULL ? unpack_picked(u, want, &got, e) : -1;
	}
	if (r == 0 && got < want->n)
		r = err_set(e, ERR_INPUT, _("%s no longer holds %s"), u->tarball, want->v[got].path);
	return err_is(e) ? -1 : r;
}

static int unpack_dir(struct unpack *u, struct err *e)
{
	struct rest all, want = {0};
	int r = -1;
	if (!rest_load(&all, u->tree))
		return err_set(e, ERR_WORLD, _("%s is no source that kiln unpacked"), u->tree);
	rest_pick(&all, u->dir, &want);
	if (want.n == 0) {
		err_set(e, ERR_INPUT, _("%s holds no more of %s"), u->tarball, u->dir);
	} else if (enter(u->tree, e) == 0) {
		open_disk(u, ARCHIVE_EXTRACT_SAFE_WRITES);
		r = fetch(u, &want, e);
		r = close_disk(u, e) < 0 ? -1 : r;
		if (r == 0)
			r = sync_here(e);
	}
	rest_done(&want);
	rest_done(&all);
	return r;
}

static void tell(const struct err *e)
{
	struct json_object *o = json_object_new_object();
	json_object_object_add(o, "code", json_object_new_int(e->code));
	json_object_object_add(o, "msg", json_object_new_string(e->msg));
	if (e->hint != NULL)
		json_object_object_add(o, "hint", json_object_new_string(e->hint));
	printf("error %s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
}

static void watch_signals(struct unpack *u)
{
	sigemptyset(&u->signals);
	sigaddset(&u->signals, SIGTERM);
	sigaddset(&u->signals, SIGINT);
	sigaddset(&u->signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &u->signals, NULL); /* before liblzma starts threads */
}

int source_unpack_main(int argc, char **argv)
{
	struct err e = {0};
	if (argc < 3 || argc > 4)
		return 2;
	struct unpack u = {
		.id = argv[0], .tarball = argv[1], .tree = argv[2], .dir = argc > 3 ? argv[3] : NULL, .lock = -1};
	u.tmp = xasprintf("%s.tmp", u.tree);
	watch_signals(&u);
	if (take_lock(&u, &e) == 0)
		(void)(u.dir != NULL ? unpack_dir(&u, &e) : unpack_tree(&u, &e));
	if (err_is(&e))
		tell(&e);
	int status = err_status(&e);
	tarread_close(u.t);
	buf_done(&u.rest);
	free(u.top);
	free(u.tmp);
	if (u.lock >= 0)
		close(u.lock);
	err_done(&e);
	return status;
}
