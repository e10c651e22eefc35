/* crash: see crash.h. The one module with mutable state outside main's context: a signal handler has no argument. */
#include "tui/crash.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/str.h"
#include "tui/guard.h"

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};

static struct {
	struct sigaction before[ARRAY_LEN(fatal)];
	struct termios termios;
	int termios_fd, out_fd, guard;
	bool has_termios;
	volatile sig_atomic_t armed;
	char undo[512];
	size_t undo_n;
	char path[512], note[2048];
	char stack[16384];
} state = {.termios_fd = -1, .out_fd = -1, .guard = -1};

static void put(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, text, n);
		if (w <= 0)
			return;
		text += w;
		n -= (size_t)w;
	}
}

static void puts_fd(int fd, const char *text)
{
	put(fd, text, strlen(text));
}

static void restore(void)
{
	if (!state.armed)
		return;
	state.armed = 0;
	put(state.out_fd, state.undo, state.undo_n);
	if (state.has_termios)
		tcsetattr(state.termios_fd, TCSANOW, &state.termios);
	guard_stop(state.guard);
}

static const char *name_of(int signum)
{
	static const char *const name[ARRAY_LEN(fatal)] = {
		"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP"};
	for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
		if (fatal[i] == signum)
			return name[i];
	return "signal";
}

static void write_note(int signum)
{
	int fd = state.path[0] != '\0' ? open(state.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	if (fd >= 0) {
		puts_fd(fd, "kiln " KILN_VERSION " ended by ");
		puts_fd(fd, name_of(signum));
		puts_fd(fd, "\n");
		puts_fd(fd, state.note);
		close(fd);
	}
	puts_fd(STDERR_FILENO, "kiln: ended by ");
	puts_fd(STDERR_FILENO, name_of(signum));
	puts_fd(STDERR_FILENO, ": a fault in kiln itself. Your lab's files are whole.\n");
	if (fd >= 0) {
		puts_fd(STDERR_FILENO, "  next: see ");
		puts_fd(STDERR_FILENO, state.path);
		puts_fd(STDERR_FILENO, ", and start kiln again\n");
	}
}

static void on_fatal(int signum)
{
	restore();
	write_note(signum);
	for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
		sigaction(fatal[i], &state.before[i], NULL);
	raise(signum);
}

void crash_install(void)
{
	stack_t stack = {.ss_sp = state.stack, .ss_size = sizeof(state.stack)}, now;
	struct sigaction act = {.sa_handler = on_fatal, .sa_flags = SA_ONSTACK | SA_NODEFER};
	if (sigaltstack(NULL, &now) == 0 && now.ss_flags & SS_DISABLE)
		sigaltstack(&stack, NULL);
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
		sigaction(fatal[i], &act, &state.before[i]);
}

void crash_arm_termios(int fd)
{
	state.termios_fd = fd;
	state.has_termios = tcgetattr(fd, &state.termios) == 0;
}

void crash_arm_terminal(int fd, const char *bytes, size_t n)
{
	state.out_fd = fd;
	state.undo_n = n < sizeof(state.undo) ? n : sizeof(state.undo);
	memcpy(state.undo, bytes, state.undo_n);
	state.armed = 1;
}

void crash_start_guard(void)
{
	if (state.armed)
		state.guard =
			guard_start(state.out_fd, state.has_termios ? &state.termios : NULL, state.undo, state.undo_n);
}

void crash_disarm_terminal(void)
{
	state.armed = 0;
	guard_stop(state.guard);
	state.guard = -1;
}

void crash_set_note(const char *path, const char *text)
{
	snprintf(state.path, sizeof(state.path), "%s", path);
	snprintf(state.note, sizeof(state.note), "%s", text);
}
