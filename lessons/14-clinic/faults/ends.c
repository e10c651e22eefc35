/* A shell that runs one program and is done. */
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	char line[255];

	write(1, "# ", 2);
	ssize_t n = read(0, line, sizeof(line));
	if (n > 1) {
		line[n - 1] = '\0';
		if (fork() == 0) {
			char *argv[] = {line, NULL};
			execve(line, argv, NULL);
			_exit(127);
		}
		wait(NULL);
	}
	return 0;
}
