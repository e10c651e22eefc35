/* sys.h: the entry point, the system calls and a few helpers for the companions. Included once by each program, which
 * defines `run`. A call answers with a negative number if it fails (-2: no such file). */
#ifndef SYS_H
#define SYS_H

enum {
	SYS_READ = 0,
	SYS_WRITE = 1,
	SYS_OPEN = 2,
	SYS_CLOSE = 3,
	SYS_IOCTL = 16,
	SYS_NANOSLEEP = 35,
	SYS_EXIT = 60,
	SYS_UNAME = 63,
	SYS_MKDIR = 83,
	SYS_RMDIR = 84,
	SYS_UNLINK = 87,
	SYS_SYSLOG = 103,
	SYS_SYNC = 162,
	SYS_MOUNT = 165,
	SYS_REBOOT = 169,
	SYS_GETDENTS64 = 217,
};

/* The number in rax, arguments in rdi, rsi, rdx, r10, r8; syscall overwrites rcx and r11, and may change memory. */
static inline long call5(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e;
	long answer;
	__asm__ volatile("syscall"
			 : "=a"(answer)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return answer;
}

static inline long call3(long number, long a, long b, long c)
{
	long answer;
	__asm__ volatile("syscall" : "=a"(answer) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return answer;
}

/* The program itself. argv ends with a null pointer, and argv[0] is its name. Returns the exit status. */
static int run(char **argv);

/* The kernel starts a program with rsp at: the number of arguments, their addresses, a null pointer. */
__asm__(".global _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call start\n");

__attribute__((used, noreturn)) static void start(char **stack)
{
	call3(SYS_EXIT, run(stack + 1), 0, 0);
	__builtin_unreachable();
}

__attribute__((unused)) static unsigned long length(const char *s)
{
	unsigned long n = 0;
	while (s[n] != '\0')
		n++;
	return n;
}

__attribute__((unused)) static void say(const char *s)
{
	call3(SYS_WRITE, 1, (long)s, (long)length(s));
}

__attribute__((unused)) static void say_number(long n)
{
	char digits[24], *d = digits + sizeof(digits);
	*--d = '\0';
	do
		*--d = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	say(d);
}

/* "NAME: error N"; returns exit status 1. */
__attribute__((unused)) static int fail(const char *name, long answer)
{
	say(name);
	say(": error ");
	say_number(-answer);
	say("\n");
	return 1;
}

#endif
