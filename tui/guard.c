/* guard: see guard.h. The first message on the pipe is how to restore (struct message), the second one, a single byte,
 * says that there is no need to. */
#include "tui/guard.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

struct message {
	struct termios termios;
	int has_termios;
	size_t undo_n;
	char undo[512];
};

int guard_main(void)
{
	struct message m;
	sigset_t all;
	char byte;
	sigfillset(&all); /* Ctrl-C of the shell that comes after kiln is not for us; neither is SIGTTOU */
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (read(STDIN_FILENO, &m, sizeof(m)) != (ssize_t)sizeof(m) || read(STDIN_FILENO, &byte, 1) == 1)
		return 0;
	if (write(STDOUT_FILENO, m.undo, m.undo_n) < 0)
		return 1;
	return m.has_termios && tcsetattr(STDOUT_FILENO, TCSANOW, &m.termios) < 0;
}

/* The child of the child: nobody has to wait for it. */
static void become_guard(int pipe, int tty)
{
	if (fork() != 0)
		_exit(0);
	setpgid(0, 0);
	dup2(pipe, STDIN_FILENO);
	dup2(tty, STDOUT_FILENO);
	execl("/proc/self/exe", "kiln", "internal", "guard", (char *)NULL);
	_exit(127);
}

int guard_start(int fd, const struct termios *before, const char *undo, size_t n)
{
	struct message m = {.has_termios = before != NULL, .undo_n = n};
	int ends[2], status;
	if (n > sizeof(m.undo) || pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	if (before != NULL)
		m.termios = *before;
	memcpy(m.undo, undo, n);
	pid_t pid = fork();
	if (pid == 0)
		become_guard(ends[0], fd);
	close(ends[0]);
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (pid > 0 && write(ends[1], &m, sizeof(m)) == (ssize_t)sizeof(m))
		return ends[1];
	close(ends[1]);
	return -1;
}

void guard_stop(int pipe)
{
	if (pipe < 0)
		return;
	if (write(pipe, "", 1) < 0)
		return; /* it is gone already */
	close(pipe);
}
