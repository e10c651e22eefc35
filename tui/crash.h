/* crash: what is left to do when kiln itself fails (SIGSEGV, SIGABRT, …): give the terminal back with async-signal-safe
 * calls alone, leave a note that names the lab's state, and end by the same signal. Everything the handler needs is
 * prepared before. Called by screen.c (how to restore) and ui.c (what to note). */
#ifndef KILN_CRASH_H
#define KILN_CRASH_H

#include <stddef.h>

/* Catch the fatal signals. Handlers that were there (a sanitizer's) run after ours. */
void crash_install(void);
/* Remember how the line is set now, and the bytes (copied) that undo what kiln did to the terminal. */
void crash_arm_termios(int fd);
void crash_arm_terminal(int fd, const char *bytes, size_t n);
/* Start a guard (guard.h) with what was armed, for an end that no handler sees. */
void crash_start_guard(void);
/* The terminal has been given back. */
void crash_disarm_terminal(void);
/* Where the note goes, and the text (copied) that tells the lab's state; called again whenever that changes. */
void crash_set_note(const char *path, const char *text);

#endif
