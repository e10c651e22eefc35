/* sys.S: the entry point and the system calls.
 *
 * A C function gets its arguments in rdi, rsi, rdx, rcx, r8, r9; a system call in rdi, rsi, rdx, r10, r8, r9, because the
 * syscall instruction itself overwrites rcx (with the address to return to) and r11 (with the flags). So up to three
 * arguments are already where the kernel wants them; the fourth must be moved. The number of the call goes in rax, and
 * the answer comes back there. Numbers: arch/x86/entry/syscalls/syscall_64.tbl */
.intel_syntax noprefix

.global _start
.global sys_read, sys_write, sys_fork, sys_execve, sys_exit, sys_wait4, sys_setsid, sys_ioctl, sys_pause_seconds

.text

/* Nobody calls the entry point: there is no return address on the stack, and nowhere to return to. */
_start:
	xor	ebp, ebp	/* the outermost frame */
	and	rsp, -16	/* call expects a stack aligned to 16 */
	call	main
	mov	edi, eax
sys_exit:
	mov	eax, 60
	syscall

sys_read:
	xor	eax, eax	/* 0 */
	syscall
	ret

sys_write:
	mov	eax, 1
	syscall
	ret

sys_ioctl:
	mov	eax, 16
	syscall
	ret

sys_fork:
	mov	eax, 57
	syscall
	ret

sys_execve:
	mov	eax, 59
	syscall
	ret

sys_wait4:
	mov	eax, 61
	mov	r10, rcx	/* the fourth argument */
	syscall
	ret

sys_setsid:
	mov	eax, 112
	syscall
	ret

/* nanosleep of rdi seconds: it takes a struct of seconds and nanoseconds, made on the stack here. */
sys_pause_seconds:
	push	0		/* nanoseconds */
	push	rdi		/* seconds */
	mov	rdi, rsp
	xor	esi, esi	/* do not tell what is left */
	mov	eax, 35
	syscall
	add	rsp, 16
	ret

.section .note.GNU-stack, "", @progbits
