# init: a shell in 184 bytes, ELF header included, that survives what a person at a keyboard does: the end of input, an
# empty line, a line of any length, a program that is not there. Where something went wrong it says `?`.
#
# Built like asm-tiny, which explains the trick: the program header lies inside the ELF header, and code in the fields
# that the kernel does not look at (elf(5); load_elf_binary in fs/binfmt_elf.c).
#
# What the registers hold: rsi the buffer, some 8 KiB below the stack's start; rbx and r10 are 0, as at the start; ebp is
# the child's number.

.intel_syntax noprefix
.set BASE, 0x500000000

.set POLL, 7
.set FORK, 57
.set EXECVE, 59
.set EXIT, 60
.set WAIT4, 61

	.byte 0x7f			# e_ident
	.ascii "ELF"			# the entry point: three prefixes without meaning for `enter`

# 4..15: e_ident's class, data, version, ABI, padding
	enter	0x2000, 0		# room for a buffer larger than a terminal's longest line (4096)
prompt:
	push	2			# the length of
	mov	eax, 0x2023		# "# "
	.byte 0xa9			# test eax, …: steps over the next two fields
	.word 2				# 16 e_type: ET_EXEC
	.word 62			# 18 e_machine: EM_X86_64

# 20..23: e_version
ask:
	pop	rdx
	jmp	ask2
	.byte 0
	.quad BASE + 1			# 24 e_entry              = p_type: PT_LOAD, 28 p_flags: read, execute
	.quad 24			# 32 e_phoff              = p_offset
	.quad BASE + 24			# 40 e_shoff              = p_vaddr

# 48 e_flags, 52 e_ehsize                                         = p_paddr
ask2:
	push	rsp
	pop	rsi
	mov	[rsi], eax
	jmp	ask3
	.word 56			# 54 e_phentsize
	.quad 1				# 56 e_phnum …            = p_filesz
	.quad 1				# 64                        p_memsz

# 72 p_align
ask3:
	push	1			# write(1, buffer, rdx)
	pop	rax
	mov	edi, eax
	syscall
	xor	eax, eax		# read(0, buffer, 4098), or 4100
	xor	edi, edi
	mov	dh, 16
	syscall
	test	eax, eax
	jle	no_more
	cmp	byte ptr [rsi + rax - 1], '\n'
	jne	whole			# the end of input cut it short
	dec	eax
	jz	prompt			# nothing on the line
whole:
	mov	[rsi + rax], bl		# now it ends as the kernel wants it
	push	FORK
	pop	rax
	syscall
	test	eax, eax
	js	mishap
	jz	child
	xchg	ebp, eax

# Collect what ends, orphans that process 1 inherited among it, until it is our child.
wait:
	push	WAIT4
	pop	rax
	or	edi, -1			# any
	cdq				# no options; the status goes into the buffer
	syscall
	cmp	eax, ebp
	jne	wait
	jmp	prompt

# The end of input, or nobody there: wait a second, so as not to ask a million times.
no_more:
	push	POLL			# poll(nothing, 0, 1026 milliseconds): rdi is 0
	pop	rax
	xor	esi, esi
	mov	dh, 4
	syscall
mishap:
	push	4			# the length of
	mov	eax, 0x20230a3f		# "?\n# "
	jmp	ask

child:
	mov	al, EXECVE
	push	rsi
	pop	rdi
	push	rbx			# argv: the line, and a null pointer
	push	rdi
	push	rsp
	pop	rsi
	cdq				# no environment
	syscall
	push	0x0a3f			# comes back only if it failed: "?\n"
	push	rsp
	pop	rsi
	push	1			# write
	pop	rax
	mov	edi, eax
	mov	dl, 2
	syscall
	mov	al, EXIT		# the child must not go on as a second shell
	syscall
