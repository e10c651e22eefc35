/* cmd_lesson: what the files of the command lesson share: cmd_lesson.c (the row) and cmd_lessoncheck.c (`lesson
 * check`). */
#ifndef KILN_CMD_LESSON_H
#define KILN_CMD_LESSON_H

#include "core/cmd.h"

/* Run `lesson check [LESSON…]`. Takes the call. */
void cmd_lesson_check(struct cmd_call *call);

#endif
