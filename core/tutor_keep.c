/* tutor_keep: what the tutor writes down. In the state folder `lessons`: a line for each solved step. In the lab
 * out/lesson: the place, lines of `key value`; .lesson/start: the lab as it was when the step began, .lesson/undo: as
 * it was before the last reset or start state. All of it may have been edited by anyone: what makes no sense is left
 * out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/i18n.h"
#include "core/labsave.h"
#include "core/paths.h"
#include "core/tutor_int.h"

/* --- what was solved --- */

int tutor_solved(const struct tutor *t, const char *lesson, const char *step)
{
	char *id = xasprintf("%s/%s", lesson, step), *assisted = xasprintf("%s assisted", id);
	int r = strv_has(&t->priv->solved, id) ? 1 : strv_has(&t->priv->solved, assisted) ? 2 : 0;
	free(id);
	free(assisted);
	return r;
}

static void add_lines(struct strv *out, char *text)
{
	char *save = NULL;
	for (char *l = text != NULL ? strtok_r(text, "\n", &save) : NULL; l != NULL; l = strtok_r(NULL, "\n", &save))
		if (!strv_has(out, l))
			strv_add(out, l);
}

void tutor_keep_load_solved(struct tutor *t)
{
	struct err ignored = {0};
	char *path = paths_state("lessons"), *text = fs_read(path, NULL, &ignored);
	add_lines(&t->priv->solved, text);
	err_done(&ignored);
	free(text);
	free(path);
}

/* Another kiln may have written meanwhile: its lines stay. */
void tutor_keep_solved(struct tutor *t)
{
	const struct lesson_step *s = tutor_step(t);
	struct err e = {0};
	struct buf b = {0};
	if (tutor_solved(t, t->lesson->id, s->id) != 0)
		return;
	tutor_keep_load_solved(t);
	strv_addf(&t->priv->solved, "%s/%s%s", t->lesson->id, s->id, t->assisted ? " assisted" : "");
	char *path = paths_state("lessons"), *dir = paths_state("");
	for (size_t i = 0; i < t->priv->solved.n; i++)
		buf_addf(&b, "%s\n", t->priv->solved.v[i]);
	if (fs_mkdirs(dir, &e) == 0)
		fs_write(path, b.p, b.n, 0644, &e);
	tutor_trouble(t, &e);
	buf_done(&b);
	free(dir);
	free(path);
}

/* --- the place --- */

static bool can_keep(const struct tutor *t)
{
	return t->lesson != NULL && t->app->lab.dir != NULL && t->app->lab.held;
}

void tutor_keep_place(struct tutor *t)
{
	struct err e = {0};
	struct buf b = {0};
	if (!can_keep(t))
		return;
	buf_addf(&b, "lesson %s\nstep %s\n", t->lesson->dir, tutor_step(t)->id);
	buf_addf(&b, "hints %zu\nfailed %u\nanswer %ld\n", t->hints, t->failed, t->answer);
	if (t->assisted)
		buf_adds(&b, "assisted yes\n");
	for (size_t i = 0; i < t->priv->events.n; i++)
		buf_addf(&b, "did %s\n", t->priv->events.v[i]);
	char *out = lab_path(&t->app->lab, "out"), *path = fs_join(out, "lesson");
	if (fs_mkdirs(out, &e) == 0)
		fs_write_if_changed(path, b.p, b.n, 0644, &e);
	tutor_trouble(t, &e);
	buf_done(&b);
	free(path);
	free(out);
}

/* The lines of out/lesson; empty if there is none. */
static void read_place(const struct tutor *t, struct strv *line)
{
	struct err ignored = {0};
	if (t->app->lab.dir == NULL)
		return;
	char *path = lab_path(&t->app->lab, "out/lesson");
	char *text = fs_size(path) > 0 && fs_size(path) < 256 << 10 ? fs_read(path, NULL, &ignored) : NULL;
	add_lines(line, text);
	err_done(&ignored);
	free(text);
	free(path);
}

static const char *value_of(const struct strv *line, const char *key)
{
	size_t n = strlen(key);
	for (size_t i = 0; i < line->n; i++)
		if (strncmp(line->v[i], key, n) == 0 && line->v[i][n] == ' ')
			return line->v[i] + n + 1;
	return "";
}

char *tutor_keep_where(const struct tutor *t)
{
	struct strv line = {0};
	read_place(t, &line);
	const char *dir = value_of(&line, "lesson"), *slash = strrchr(dir, '/');
	/* kiln may have moved since: the folder's name is looked for too */
	const char *known = slash != NULL ? tutor_find(t, slash + 1) : NULL;
	char *found = *dir == '/' && fs_is_dir(dir) ? xstrdup(dir) : known != NULL ? xstrdup(known) : NULL;
	strv_done(&line);
	return found;
}

static size_t number(const struct strv *line, const char *key, size_t most)
{
	unsigned long n = strtoul(value_of(line, key), NULL, 10);
	return n > most ? most : n;
}

bool tutor_keep_load_place(struct tutor *t)
{
	struct strv line = {0};
	read_place(t, &line);
	char *where = tutor_keep_where(t);
	const struct lesson_step *s = lesson_step_find(t->lesson, value_of(&line, "step"));
	bool here = s != NULL && where != NULL && strcmp(where, t->lesson->dir) == 0;
	free(where);
	if (here) {
		tutor_go(t, (size_t)(s - t->lesson->step));
		t->hints = number(&line, "hints", s->n_hint);
		t->failed = (unsigned)number(&line, "failed", 1000);
		t->answer = (long)number(&line, "answer", 9);
		t->assisted = *value_of(&line, "assisted") != '\0';
	}
	for (size_t i = 0; i < line.n && here; i++)
		if (str_starts(line.v[i], "did ") && t->priv->events.n < TUTOR_EVENTS_MAX)
			strv_add(&t->priv->events, line.v[i] + 4);
	strv_done(&line);
	return here;
}

void tutor_note_command(struct app *app, const char *line)
{
	const struct tutor_host none = {0};
	struct tutor *t = tutor_new(app, &none);
	if (tutor_resume(t))
		tutor_note(t, line);
	tutor_free(t);
}

/* --- copies of the lab --- */

static char *copy_path(const struct tutor *t, const char *name)
{
	char *rel = xasprintf(".lesson/%s", name), *path = lab_path(&t->app->lab, rel);
	free(rel);
	return path;
}

static int take(struct tutor *t, const char *name, struct err *e)
{
	char *dir = copy_path(t, ""), *to = copy_path(t, name);
	int r = fs_mkdirs(dir, e);
	if (r == 0)
		r = labsave_take(t->app->lab.dir, to, e);
	free(to);
	free(dir);
	return r;
}

/* "lesson/step" of the copy there is, in a file beside it. */
static bool start_is_ours(const struct tutor *t, const char *id)
{
	struct err ignored = {0};
	char *path = copy_path(t, "step"), *dir = copy_path(t, "start");
	char *text = fs_exists(path) ? fs_read(path, NULL, &ignored) : NULL;
	bool ours = text != NULL && fs_is_dir(dir) && strcmp(str_trim(text), id) == 0;
	err_done(&ignored);
	free(text);
	free(dir);
	free(path);
	return ours;
}

void tutor_keep_start(struct tutor *t)
{
	struct err e = {0};
	if (!can_keep(t))
		return;
	char *id = xasprintf("%s/%s", t->lesson->id, tutor_step(t)->id), *path = copy_path(t, "step");
	if (!start_is_ours(t, id) && take(t, "start", &e) == 0)
		fs_write(path, id, strlen(id), 0644, &e);
	tutor_trouble(t, &e);
	free(path);
	free(id);
}

int tutor_keep_undo(struct tutor *t, struct err *e)
{
	return take(t, "undo", e);
}

/* Make the lab what the copy holds, and the present lab the copy to undo with. The copy is whole all the time. */
static int put(struct tutor *t, const char *name, struct err *e)
{
	char *from = copy_path(t, name), *kept = copy_path(t, "put");
	int r = labsave_take(from, kept, e);
	if (r == 0)
		r = tutor_keep_undo(t, e);
	if (r == 0)
		r = labsave_copy(kept, t->app->lab.dir, e);
	if (r == 0)
		r = fs_remove_tree(kept, e);
	if (r == 0)
		r = app_reload_lab(t->app, e);
	free(kept);
	free(from);
	return r;
}

/* The lab is as before the step's {start}: it must be applied again. Undone, it was applied. */
static void note_start(struct tutor *t, bool reset)
{
	struct strv *events = &t->priv->events;
	char *event = xasprintf("lesson-start %s/%s", t->lesson->id, tutor_step(t)->id);
	const bool was = strv_has(events, event);
	if (reset)
		t->priv->unbegun = was ? t->step + 1 : 0;
	else if (!was && t->priv->unbegun == t->step + 1)
		strv_add(events, event);
	for (size_t i = events->n; reset && i-- > 0;)
		if (strcmp(events->v[i], event) == 0)
			strv_remove(events, i);
	free(event);
}

static int go_back(struct tutor *t, const char *name, struct err *e)
{
	int r = put(t, name, e);
	if (r == 0)
		note_start(t, strcmp(name, "start") == 0);
	tutor_go(t, t->step);
	tutor_keep_place(t);
	tutor_lab_changed(t);
	tutor_poll(t);
	tutor_changed(t);
	return r;
}

int tutor_reset(struct tutor *t, struct err *e)
{
	if (tutor_may_change(t, e) < 0)
		return -1;
	char *id = xasprintf("%s/%s", t->lesson->id, tutor_step(t)->id);
	bool ours = start_is_ours(t, id);
	free(id);
	if (!ours)
		return err_set(e, ERR_WORLD, _("there is no copy of the lab from when this step began"));
	return go_back(t, "start", e);
}

int tutor_undo(struct tutor *t, struct err *e)
{
	if (tutor_may_change(t, e) < 0)
		return -1;
	char *dir = copy_path(t, "undo");
	bool there = fs_is_dir(dir);
	free(dir);
	return there ? go_back(t, "undo", e) : err_set(e, ERR_USAGE, _("there is nothing to undo"));
}
