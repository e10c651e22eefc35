/* commands: gathers the command rows of core. A new command: add its row in its cmd_*.c; a new file of them: one line
 * here. */
#include "core/app.h"

extern const struct cmd cmd_lab_rows[], cmd_build_rows[], cmd_doctor_rows[], cmd_help_rows[], cmd_initramfs_rows[],
	cmd_iso_rows[], cmd_learn_rows[], cmd_lesson_rows[], cmd_init_rows[], cmd_check_rows[], cmd_config_rows[],
	cmd_grade_rows[];
extern const size_t cmd_lab_n, cmd_build_n, cmd_doctor_n, cmd_help_n, cmd_initramfs_n, cmd_iso_n, cmd_learn_n,
	cmd_lesson_n, cmd_init_n, cmd_check_n, cmd_config_n, cmd_grade_n;

void commands_register(struct cmd_table *t)
{
	cmd_register(t, cmd_doctor_rows, cmd_doctor_n);
	cmd_register(t, cmd_lab_rows, cmd_lab_n);
	cmd_register(t, cmd_config_rows, cmd_config_n);
	cmd_register(t, cmd_build_rows, cmd_build_n);
	cmd_register(t, cmd_iso_rows, cmd_iso_n);
	cmd_register(t, cmd_init_rows, cmd_init_n);
	cmd_register(t, cmd_check_rows, cmd_check_n);
	cmd_register(t, cmd_initramfs_rows, cmd_initramfs_n);
	cmd_register(t, cmd_lesson_rows, cmd_lesson_n);
	cmd_register(t, cmd_grade_rows, cmd_grade_n);
	cmd_register(t, cmd_learn_rows, cmd_learn_n);
	cmd_register(t, cmd_help_rows, cmd_help_n);
}
