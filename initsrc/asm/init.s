# init: a shell as process 1, in x86-64 assembly (GNU as, Intel's notation).
#
# A system call: its number in rax, arguments in rdi, rsi, rdx, r10, r8, r9; the answer comes back in rax, negative if
# it failed. The syscall instruction overwrites rcx and r11; all other registers stay as they are.
#
# What the registers hold between the parts:
#   rbx  the number of bytes in `line`        r12  how often in a row the input had ended
#   rbp  the child's process number           r13  the next free place in `argv`

.intel_syntax noprefix

.set READ, 0
.set WRITE, 1
.set IOCTL, 16
.set NANOSLEEP, 35
.set FORK, 57
.set EXECVE, 59
.set EXIT, 60
.set WAIT4, 61
.set SETSID, 112

.set TIOCSCTTY, 0x540e
.set SIZE, 256

# Print text with a length known here.
.macro say text
	lea	rsi, [rip + \text]
	mov	edx, offset \text\()_size
	call	print
.endm

.text
.global _start

_start:
	mov	eax, SETSID		# a session of our own with this terminal,
	syscall				# so that Ctrl-C reaches what runs
	mov	eax, IOCTL
	xor	edi, edi
	mov	esi, TIOCSCTTY
	xor	edx, edx
	syscall
	xor	r12d, r12d

next_line:
	say	prompt
	xor	ebx, ebx

# Read byte by byte up to the newline. What does not fit is read and dropped.
next_byte:
	mov	eax, READ
	xor	edi, edi
	lea	rsi, [rip + input]
	mov	edx, 1
	syscall
	cmp	rax, 1
	jne	no_more
	mov	al, [rip + input]
	cmp	al, '\n'
	je	have_line
	cmp	ebx, SIZE
	je	next_byte
	lea	rsi, [rip + line]
	mov	[rsi + rbx], al
	inc	ebx
	jmp	next_byte

# The end of the input (Ctrl-D), or nobody there. Process 1 must not end: ask again, from the second time on after a
# second's sleep. A line that the end cut short is taken as it is.
no_more:
	lea	eax, [rbx - 1]
	cmp	eax, SIZE - 1		# 0 < rbx < SIZE: the line so far
	jb	have_line
	say	newline
	inc	r12d
	cmp	r12d, 1
	je	next_line
	mov	eax, NANOSLEEP
	lea	rdi, [rip + one_second]
	xor	esi, esi
	syscall
	jmp	next_line

have_line:
	xor	r12d, r12d
	cmp	ebx, SIZE
	jne	split
	say	too_long
	jmp	next_line

# Cut the line into words: each blank becomes a NUL, and argv gets the address of each word. `argv` has room: every
# word but the last takes at least two bytes of the line.
split:
	lea	rsi, [rip + line]
	mov	byte ptr [rsi + rbx], 0
	lea	r13, [rip + argv]
	mov	dl, 0			# what came before the byte in hand; 0: a blank, or the beginning
split_byte:
	mov	al, [rsi]
	test	al, al
	jz	split_end
	cmp	al, ' '
	je	blank
	cmp	al, '\t'
	je	blank
	test	dl, dl
	jnz	in_word
	mov	[r13], rsi		# a word begins
	add	r13, 8
in_word:
	mov	dl, al
	inc	rsi
	jmp	split_byte
blank:
	mov	dl, 0
	mov	[rsi], dl
	inc	rsi
	jmp	split_byte
split_end:
	mov	qword ptr [r13], 0	# argv ends with a null pointer
	cmp	qword ptr [rip + argv], 0
	je	next_line		# no word at all

	mov	eax, FORK
	syscall
	test	rax, rax
	js	fork_failed
	jz	child
	mov	rbp, rax

# Wait until it is the child that ended: process 1 inherits orphans, and they end too.
wait:
	mov	eax, WAIT4
	mov	rdi, -1
	xor	esi, esi
	xor	edx, edx
	xor	r10d, r10d		# r10, not rcx: the fourth argument
	syscall
	cmp	rax, rbp
	je	next_line
	test	rax, rax
	jg	wait
	jmp	next_line

fork_failed:
	say	no_fork
	jmp	next_line

child:
	mov	eax, EXECVE
	mov	rdi, [rip + argv]
	lea	rsi, [rip + argv]
	lea	rdx, [rip + no_environment]
	syscall				# comes back only if it failed
	mov	rsi, [rip + argv]
	xor	edx, edx
length:
	cmp	byte ptr [rsi + rdx], 0
	je	named
	inc	edx
	jmp	length
named:
	call	print			# the name that was typed
	say	cannot_run
	mov	eax, EXIT		# the child must not go on as a second shell
	mov	edi, 127
	syscall

# Print rdx bytes at rsi.
print:
	mov	eax, WRITE
	mov	edi, 1
	syscall
	ret

.section .rodata
prompt:		.ascii "# "
		.set prompt_size, . - prompt
newline:	.ascii "\n"
		.set newline_size, . - newline
too_long:	.ascii "line too long\n"
		.set too_long_size, . - too_long
no_fork:	.ascii "cannot fork\n"
		.set no_fork_size, . - no_fork
cannot_run:	.ascii ": cannot run it\n"
		.set cannot_run_size, . - cannot_run
		.balign 8
one_second:	.quad 1, 0
no_environment:	.quad 0

.bss
input:		.skip 1
line:		.skip SIZE + 1
		.balign 8
argv:		.skip 8 * (SIZE / 2 + 2)

.section .note.GNU-stack, "", @progbits
