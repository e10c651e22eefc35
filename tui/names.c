/* names: see names.h. */
#include "tui/names.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/preset.h"
#include "tui/complete.h"
#include "tui/theme.h"

/* The lab's init variants: the folders of init/ but for the companions. */
static void add_variants(struct ui *ui, struct strv *out)
{
	if (ui->app->lab.dir == NULL)
		return;
	char *dir = lab_path(&ui->app->lab, "init");
	DIR *d = opendir(dir);
	for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL;)
		if (entry->d_name[0] != '.' && entry->d_type != DT_REG && strcmp(entry->d_name, "companions") != 0)
			strv_add(out, entry->d_name);
	if (d != NULL)
		closedir(d);
	free(dir);
	strv_sort(out);
}

void names_of(void *ctx, const char *placeholder, struct strv *out)
{
	struct ui *ui = ctx;
	struct err ignored = {0};
	if (strcmp(placeholder, "PANE") == 0)
		for (size_t i = 0; i < ui->n_panes; i++)
			strv_add(out, ui->panes[i].ops->name);
	else if (strcmp(placeholder, "LAYOUT") == 0)
		for (size_t i = 0; layout_preset(i) != NULL; i++)
			strv_add(out, layout_preset(i));
	else if (strcmp(placeholder, "THEME") == 0)
		theme_list(out);
	else if (strcmp(placeholder, "VARIANT") == 0)
		add_variants(ui, out);
	else if (strcmp(placeholder, "PRESET") == 0)
		preset_names(out, &ignored);
	err_done(&ignored);
}

void names_complete(struct ui *ui, const char *text, size_t at, struct strv *out, size_t *from)
{
	struct complete c = {&ui->app->commands, names_of, ui, ui->app->lab.dir};
	complete_line(&c, text, at, out, from);
}
