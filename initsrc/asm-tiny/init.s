# init: the article's shell in 112 bytes, ELF header included. It does what the article's C does, and fails as that does.
#
# The assembler writes the file byte by byte here; there is no linker (recipe: as, then objcopy takes the bytes out). The
# kernel reads two tables from an ELF file: the ELF header (64 bytes, at 0) and the program header (56 bytes, where the
# former says). It never asks that they lie apart, and it looks only at some of their fields. So:
#   - the program header begins at 24, inside the ELF header: each shared byte has a value that is right for both;
#   - code lies in the fields that nobody looks at.
# File:  0       16    24      32      40      48         56      64      72             112
#        ELF hdr [ident |type  |entry  |phoff  |(shoff) |(flags…) |phnum ]
#        program hdr            [type fl|offset |vaddr  |(paddr)   |filesz |memsz  |(align)]
#        code      4..15  20..23                         48..53                    72....
#
# Fields: elf(5); what the kernel checks: load_elf_binary in fs/binfmt_elf.c.

.intel_syntax noprefix
.set BASE, 0x500000000			# where the page of this file is put: see e_entry

	.byte 0x7f			# e_ident: the magic number
	# The program starts here, at 1 (see e_entry): as machine code the letters E, L and F are three REX prefixes, of
	# which the last alone counts, and that one means nothing to `push rsp`.
	.ascii "ELF"

# 4..15: class, data, version, ABI and padding of e_ident. The kernel looks at none of them (other tools do).
	push	rsp			# rsi, from now on: a buffer on the stack, over what the kernel left there
	pop	rsi
prompt:
	mov	word ptr [rsi], 0x2023	# "# "
	inc	edi			# 1: rdi is 0 at the start, and again after each command
	mov	eax, edi		# 1: write
# `test eax, …` has four bytes of operand: it steps over the next two fields. Its only effect is on the flags.
	.byte 0xa9
	.word 2				# 16 e_type: ET_EXEC, a program for a fixed address
	.word 62			# 18 e_machine: EM_X86_64

# 20..23: e_version; nobody looks
	mov	dl, 2			# rdx is 0 but for these two bytes of prompt
	jmp	more

# 24 e_entry: BASE + 1         = 24 p_type:  1, PT_LOAD
#                                28 p_flags: 5, read and execute
	.quad BASE + 1
# 32 e_phoff: the program header begins at 24, as does, in the file, what is to be loaded = p_offset
	.quad 24
# 40 e_shoff; nobody looks     = 40 p_vaddr: where byte 24 of the file comes to lie, so BASE is where byte 0 does
	.quad BASE + 24

# 48 e_flags, 52 e_ehsize; nobody looks    = 48 p_paddr; nobody looks
more:
	syscall				# write(1, "# ", 2)
	xor	eax, eax		# 0: read
	jmp	rest
	.word 56			# 54 e_phentsize: the size of a program header; the kernel insists
# 56 e_phnum: 1; 58 e_shentsize, 60 e_shnum, 62 e_shstrndx: 0    = 56 p_filesz: 1. Whole pages are mapped: one byte is enough
	.quad 1
# 64 p_memsz: as p_filesz; were it more, the kernel would clear what follows
	.quad 1

# 72 p_align; nobody looks
rest:
	xor	edi, edi
	mov	dl, 255
	syscall				# read(0, buffer, 255)
	mov	byte ptr [rsi + rax - 1], dh	# the newline becomes a NUL: dh is 0. And if rax is 0?
	mov	al, 57			# fork
	syscall
	test	eax, eax
	jz	child

	push	61			# wait4
	pop	rax
	cdq				# rdx: no options. rdi is 0: any child of this process group; r10 is 0 since the
	syscall				# start: no usage wanted; the status goes into the buffer
	jmp	prompt

child:
	mov	al, 59			# execve(buffer, 0, 0)
	push	rsi
	pop	rdi
	xor	esi, esi
	cdq
	syscall
	push	60			# it failed: exit, without a word, as the article's does
	pop	rax
	syscall
