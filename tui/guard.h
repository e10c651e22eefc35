/* guard: a small process that outlives a kiln that was killed outright (SIGKILL, the OOM killer), and gives the
 * terminal back in its place: it sleeps on a pipe until kiln ends; told nothing before that, it writes the bytes that
 * undo what kiln did and sets the line as it was. Started after the first frame by ui_run.c, run by main.c as `kiln
 * internal guard`. */
#ifndef KILN_GUARD_H
#define KILN_GUARD_H

#include <stddef.h>
#include <termios.h>

/* Start it for the terminal on fd, whose line was set as `before` (NULL: unknown). Returns the pipe to keep open, or -1
 * (then kiln goes on without). */
int guard_start(int fd, const struct termios *before, const char *undo, size_t n);
/* The terminal has been given back properly: the guard ends without a word. */
void guard_stop(int pipe);
/* Body of `kiln internal guard`: descriptor 0 the pipe, 1 the terminal. */
int guard_main(void);

#endif
