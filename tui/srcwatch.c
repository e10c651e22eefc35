/* srcwatch: see srcwatch.h. */
#include "tui/srcwatch.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/fs.h"
#include "core/str.h"

#define SETTLE_MS 60
#define POLL_MS   1000

struct srcwatch {
	uv_fs_event_t event;
	uv_timer_t timer; /* settles after an event, or polls */
	char *dir;
	bool polls;
	uint64_t mark;
	void (*changed)(void *ctx);
	void *ctx;
	int open; /* handles not yet closed */
};

bool srcwatch_counts(const char *name)
{
	return name[0] != '.' && name[0] != '#' && !str_ends(name, "~") && !str_ends(name, ".swp") &&
	       !str_ends(name, ".tmp");
}

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;
	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * UINT64_C(1099511628211);
	return h;
}

static uint64_t file_mark(const char *dir, const char *name)
{
	char *path = fs_join(dir, name);
	struct stat st;
	uint64_t h = mix(UINT64_C(14695981039346656037), name, strlen(name) + 1);
	if (stat(path, &st) == 0) {
		h = mix(h, &st.st_size, sizeof(st.st_size));
		h = mix(h, &st.st_mtim, sizeof(st.st_mtim));
		h = mix(h, &st.st_ino, sizeof(st.st_ino));
	}
	free(path);
	return h;
}

uint64_t srcwatch_mark(const char *dir)
{
	uint64_t sum = 0; /* of the files' own: their order does not matter */
	DIR *d = opendir(dir);
	for (struct dirent *i; d != NULL && (i = readdir(d)) != NULL;)
		if (srcwatch_counts(i->d_name))
			sum += file_mark(dir, i->d_name);
	if (d != NULL)
		closedir(d);
	return sum;
}

static void look(struct srcwatch *w)
{
	const uint64_t now = srcwatch_mark(w->dir);
	if (now == w->mark)
		return;
	w->mark = now;
	w->changed(w->ctx);
}

static void on_timer(uv_timer_t *t)
{
	look(t->data);
}

static void start_polling(struct srcwatch *w)
{
	w->polls = true;
	uv_fs_event_stop(&w->event);
	uv_timer_start(&w->timer, on_timer, POLL_MS, POLL_MS);
}

static void on_event(uv_fs_event_t *ev, const char *name, int events, int status)
{
	struct srcwatch *w = ev->data;
	(void)name, (void)events;
	if (status < 0 || !fs_is_dir(w->dir))
		start_polling(w); /* the folder is gone, and may come back */
	else
		uv_timer_start(&w->timer, on_timer, SETTLE_MS, 0);
}

/* File systems on which others' changes raise no event here. */
static bool is_remote(const char *dir)
{
	static const unsigned long remote[] = {0x6969 /* NFS */, 0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */,
		0x01021997 /* 9p */, 0x65735546 /* FUSE */, 0x786f4256 /* vboxsf */, 0x00c36400 /* Ceph */};
	struct statfs st;
	if (statfs(dir, &st) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(remote); i++)
		if ((unsigned long)st.f_type == remote[i])
			return true;
	return false;
}

struct srcwatch *srcwatch_new(uv_loop_t *loop, const char *dir, void (*changed)(void *ctx), void *ctx)
{
	struct srcwatch *w = xcalloc(1, sizeof(*w));
	const char *how = getenv("KILN_WATCH");
	w->dir = xstrdup(dir);
	w->changed = changed;
	w->ctx = ctx;
	w->mark = srcwatch_mark(dir);
	uv_fs_event_init(loop, &w->event);
	uv_timer_init(loop, &w->timer);
	w->event.data = w->timer.data = w;
	w->open = 2;
	if ((how != NULL && strcmp(how, "poll") == 0) || is_remote(dir) ||
		uv_fs_event_start(&w->event, on_event, dir, 0) < 0)
		start_polling(w);
	return w;
}

bool srcwatch_polls(const struct srcwatch *w)
{
	return w->polls;
}

static void on_close(uv_handle_t *h)
{
	struct srcwatch *w = h->data;
	if (--w->open > 0)
		return;
	free(w->dir);
	free(w);
}

void srcwatch_free(struct srcwatch *w)
{
	if (w == NULL)
		return;
	uv_close((uv_handle_t *)&w->event, on_close);
	uv_close((uv_handle_t *)&w->timer, on_close);
}
