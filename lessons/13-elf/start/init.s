# init: a shell whose ELF file is written byte by byte: the header (64 bytes), one program header (56), the code.
.intel_syntax noprefix
.set BASE, 0x400000			# where the file is put in memory

ehdr:
	.byte 0x7f			#  0 the magic number
	.ascii "ELF"
	.byte 2, 1, 1, 0		#  4 64 bits, little-endian, version 1, System V
# 8..15: padding, which nobody reads: room for the eight bytes of a program's end
quit:
	mov	eax, 60			# exit
	xor	edi, edi
	syscall
	nop
	.word	2			# 16 e_type: ET_EXEC
	.word	62			# 18 e_machine: EM_X86_64
	.long	1			# 20 e_version
	.quad	BASE + start - ehdr	# 24 e_entry: the first instruction
	.quad	phdr - ehdr		# 32 e_phoff: where the program header is
	.quad	0			# 40 e_shoff: no sections
	.long	0			# 48 e_flags
	.word	64			# 52 e_ehsize
	.word	56			# 54 e_phentsize
	.word	1			# 56 e_phnum: one program header
	.word	0, 0, 0			# 58 e_shentsize, e_shnum, e_shstrndx

phdr:
	.long	1			#    p_type: PT_LOAD
	.long	5			#    p_flags: read and execute
	.quad	0			#    p_offset: from the first byte of the file
	.quad	BASE			#    p_vaddr: to here
	.quad	BASE			#    p_paddr
	.quad	end - ehdr		#    p_filesz
	.quad	end - ehdr		#    p_memsz
	.quad	0x1000			#    p_align

start:
	sub	rsp, 256
prompt:
	mov	eax, 1			# write(1, "# ", 2)
	mov	edi, 1
	lea	rsi, [rip + sign]
	mov	edx, 2
	syscall
	xor	eax, eax		# read(0, line, 255)
	xor	edi, edi
	mov	rsi, rsp
	mov	edx, 255
	syscall
	cmp	eax, 1
	jle	prompt			# an empty line
	mov	byte ptr [rsp + rax - 1], 0
	mov	eax, 57			# fork()
	syscall
	test	eax, eax
	jz	child
	mov	rdi, rax		# wait4(child, 0, 0, 0)
	xor	esi, esi
	xor	edx, edx
	xor	r10d, r10d
	mov	eax, 61
	syscall
	jmp	prompt
child:
	mov	rdi, rsp		# execve(line, {line, 0}, 0)
	push	0
	push	rdi
	mov	rsi, rsp
	xor	edx, edx
	mov	eax, 59
	syscall
	jmp	quit			# it failed

sign:
	.ascii "# "
end:
