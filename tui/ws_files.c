/* ws_files: what goes into the initramfs, as a tree: modes, owners, sizes, device nodes, links, and where each comes
 * from. Made of rootlist, which is what the packer takes; changes are made by the commands of `initramfs`. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/archive_view.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/initramfs_plan.h"
#include "core/rootlist.h"
#include "tui/workshop.h"

/* Where an entry comes from (rootlist.h), in the reader's language. */
static const char *origin_text(const char *origin)
{
	static const char *const known[] = {
		N_("init"), N_("companion"), N_("rootfs"), N_("manifest"), N_("always"), N_("folder")};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i], origin) == 0)
			return _(known[i]);
	return origin;
}

static void add_entry(struct workshop *w, const struct root_entry *x)
{
	char mode[11], size[32], *name = av_printable(x->name), *base = strrchr(name, '/');
	int depth = 0;
	for (const char *c = name; *c != '\0'; c++)
		depth += *c == '/';
	av_mode_text(x->mode, mode);
	if (S_ISCHR(x->mode) || S_ISBLK(x->mode))
		snprintf(size, sizeof(size), "%u, %u", x->major, x->minor);
	else
		snprintf(size, sizeof(size), S_ISREG(x->mode) ? "%" PRId64 : "", x->size);
	struct buf b = {0};
	buf_addf(&b, "%s %2u:%-2u %8s  %*s", mode, x->uid, x->gid, size, 2 * depth, "");
	const size_t from = b.n;
	buf_addf(&b, "%s%s", base != NULL ? base + 1 : name, S_ISDIR(x->mode) ? "/" : "");
	const size_t to = b.n;
	if (S_ISLNK(x->mode) && x->source != NULL) {
		char *target = av_printable(x->source);
		buf_addf(&b, " -> %s", target);
		free(target);
	}
	const size_t note = b.n;
	buf_addf(&b, "%*s%s", (int)(b.n < 54 ? 56 - b.n : 2), "", origin_text(x->origin));
	struct ws_line *l = ws_list_add(&w->files, STYLE_TEXT, buf_take(&b), x->name);
	ws_span(l, 0, 10, (x->mode & 0111) != 0 && S_ISREG(x->mode) ? STYLE_OK : STYLE_DIM);
	ws_span(l, from, to, S_ISDIR(x->mode) ? STYLE_STRONG : S_ISLNK(x->mode) ? STYLE_LINK : STYLE_TEXT);
	ws_span(l, note, strlen(l->text), STYLE_DIM);
	free(name);
}

/* What the list depends on that can change without a command of ours: the manifest, the programs. */
static char *mark_of(const struct initramfs_plan *plan)
{
	struct buf b = {0};
	char *manifest = fs_join(plan->params.rootfs != NULL ? plan->params.rootfs : "", "manifest");
	const char *const path[] = {plan->params.init, plan->params.rootfs, manifest};
	for (size_t i = 0; i < ARRAY_LEN(path); i++) {
		struct stat st;
		if (path[i] != NULL && stat(path[i], &st) == 0)
			buf_addf(&b, "%lld.%ld %lld ", (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
				(long long)st.st_size);
	}
	buf_addf(&b, "%zu", plan->params.n_extra);
	free(manifest);
	return buf_take(&b);
}

void ws_files_sync(struct workshop *w)
{
	struct initramfs_plan plan;
	struct rootlist list = {0};
	struct err e = {0};
	if (w->pane->ui->app->pipeline == NULL)
		return;
	initramfs_plan_init(&plan, &w->pane->ui->app->lab);
	initramfs_plan_present(&plan);
	char *mark = mark_of(&plan);
	if (w->files_mark == NULL || strcmp(mark, w->files_mark) != 0) {
		const size_t cursor = w->files.view.cursor;
		ws_list_clear(&w->files);
		free(w->files.empty);
		w->files.empty = NULL;
		if (rootlist_make(&list, &plan.params, &e) < 0)
			w->files.empty = xstrdup(e.msg);
		for (size_t i = 0; i < list.n; i++)
			add_entry(w, &list.v[i]);
		rootlist_done(&list);
		w->files.view.cursor = cursor;
		free(w->files_mark);
		w->files_mark = mark;
		mark = NULL;
	}
	free(mark);
	err_done(&e);
	initramfs_plan_done(&plan);
}
