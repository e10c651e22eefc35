/* sys.h: what sys.S offers to C. Every call returns what the kernel answers: a negative number is an error, -2 for "no
 * such file" (include/uapi/asm-generic/errno-base.h). */
#ifndef SYS_H
#define SYS_H

long sys_read(int fd, void *to, unsigned long n);
long sys_write(int fd, const void *from, unsigned long n);
long sys_fork(void);
long sys_execve(const char *path, char *const argv[], char *const envp[]);
_Noreturn void sys_exit(int status);
long sys_wait4(long pid, int *status, int options, void *usage);
long sys_setsid(void);
long sys_ioctl(int fd, unsigned long request, unsigned long arg);
long sys_pause_seconds(long seconds);

#endif
