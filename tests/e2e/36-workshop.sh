#!/bin/sh
# The init workshop without a screen: `kiln init` and `kiln check`. What check predicts is put to the proof: each broken init is
# booted, and the console must say the very line that was foretold.
. "$(dirname "$0")/lib.sh"

lab_here() {
	[ -d "$work/lab" ] || {
		lab_with_kernel "$work/lab"
		rm -rf "$work/lab/init"
		cp -r "$top/initsrc" "$work/lab/init"
	}
}
k() {
	"$KILN" --lab "$work/lab" "$@"
}

# An ELF file by hand, header and code apart; what is wrong comes as `NAME=VALUE…`.
by_hand() { # folder [IDENT_EXTRA=n TYPE=n MACHINE=n PHENTSIZE=n PHNUM=n ENTRY=n FLAGS=n OFFSET=n FILESZ=n MEMSZ=n]
	dir=$work/lab/init/$1
	shift
	mkdir -p "$dir"
	printf 'program init\nas -o init.o init.s\nobjcopy -O binary init.o init\n' >"$dir/recipe"
	{
		for v in IDENT_EXTRA=0 TYPE=2 MACHINE=62 PHENTSIZE=56 PHNUM=1 ENTRY=0x400078 FLAGS=5 OFFSET=0 FILESZ=128 MEMSZ=128 "$@"; do
			echo ".set ${v%%=*}, ${v#*=}"
		done
		cat <<-'END'
			.byte 0x7f, 'E', 'L', 'F', 2, 1, 1
			.skip 9 + IDENT_EXTRA
			.word TYPE, MACHINE
			.long 1
			.quad ENTRY, 64, 0
			.long 0
			.word 64, PHENTSIZE, PHNUM, 0, 0, 0
			.long 1, FLAGS
			.quad OFFSET, 0x400000, 0, FILESZ, MEMSZ, 0x1000
			jmp .
			.balign 64
		END
	} >"$dir/init.s"
}

# check says "would not boot" with this id, and the boot then shows the line it foretold.
foretold() { # variant id
	set -- -o init.variant="$1" "$2"
	k "$1" "$2" build initramfs
	status 1 k "$1" "$2" check
	has '^would not boot$'
	line=$(sed -n 's/^      console: //p' out | head -n 1)
	[ -n "$line" ]
	status 1 k "$1" "$2" check --json
	has "\"id\": ?\"$3\""
	status 3 k "$1" "$2" run --timeout 60
	grep -qF -- "$line" out
}

list_and_compare() {
	lab_here
	status 0 k init list
	has '^\* c-libc '
	has '^  asm-tiny '
	status 0 k init compare asm-tiny asm-safe c-asm c-asm-small
	has '^asm-tiny +112 '
	has '^asm-safe +184 '
	has '^c-asm-small +[0-9]+ +[0-9]+ '
	status 0 k init compare --json c-asm
	has '"execve"'
	has '"wait4"'
	status 0 k init compare nosuch
	has 'not built'
}

# The sizes in README are those of the build. Compilers differ: those of C are held to where they were measured.
readme_sizes() {
	lab_here
	k init compare --json >all 2>&1
	sed -n 's/^| \([a-z-]*\) | \([0-9,]*\) | .*/\1 \2/p' "$top/README.md" | tr -d , >sizes
	[ "$(wc -l <sizes)" -ge 8 ]
	while read -r name bytes; do
		case $name in
		asm*) ;;
		*) case $(gcc -dumpfullversion) in 12.2.*) ;; *) continue ;; esac ;;
		esac
		tr -d ' \n' <all | grep -q "\"name\":\"$name\",\"not_built\":null,\"file\":$bytes," ||
			tr -d ' \n' <all | grep -q "\"name\":\"$name\",\"not_built\":\"" || { echo "README: $name is not $bytes"; return 1; }
	done <sizes
}

map_and_disasm() {
	lab_here
	k init compare asm-tiny c-asm
	status 0 k init map asm-tiny --at 55
	has 'e_phentsize'
	has 'p_paddr'
	has 'valid: 56'
	status 0 k init map c-asm --json
	has '"name": ?"\.text"'
	status 2 k init map asm-tiny --at 112
	status 0 k init disasm c-asm --function sys_wait4
	has 'mov r10, rcx'
	has 'wait4\(rdi pid.* r10 ru\)'
	status 0 k init disasm asm-tiny
	has 'execve\(rdi filename, rsi argv=0, rdx envp=0\)'
	status 2 k init disasm c-asm --function nosuch
	# beside the source: also of a stripped program, and of a header made by hand
	status 0 k init disasm c-asm --source --function say
	has '^init\.c:[0-9]+: .*sys_write'
	k init compare c-asm-small
	status 0 k init disasm c-asm-small --source --json
	has '"file": ?".*init\.c"'
	status 0 k init disasm asm-tiny --source
	has '^init\.s:[0-9]+: .*syscall'
	status 1 k init map c-musl-not-there
}

listing() {
	lab_here
	for cc in gcc clang; do
		status 0 k -o init.cc=$cc init asm c-libc
		has '^main:'
		has 'call.*execv'
		status 0 k -o init.cc=$cc init asm c-asm --json
		has 'sys_execve'
	done
	status 1 k init asm asm-tiny
	has 'no C source'
	status 1 k init asm nosuch
}

# What it really asks for: run here, locked up. The names and registers are of the tree's table.
traced() {
	lab_here
	k init compare asm-tiny asm c-asm
	status 0 k init trace asm-tiny --input '/bin/hello\n'
	has '^   1  write\(fd=1, buf="# ", count=2\) = 2$'
	has '^   1  read\(fd=0, buf="/bin/hello.n", count=255\) = 11$'
	has '^   1  fork\(\) = 2$'
	has '^   2  execve\(filename="/bin/hello", argv=NULL, envp=NULL\) = 0$'
	has '^   2  write\(fd=1, buf="Hello from a Linux'
	has 'input is read up'
	status 0 k init trace c-asm --input '/bin/nosuch\n' --json
	has '"call": ?"execve"'
	has '"error": ?"ENOENT"'
	has '"end": ?"input"'
	status 0 k init trace asm --calls 3
	has 'so many calls were enough'
	status 2 k init trace asm --calls 0
	status 1 k init trace nosuch
	printf 'int main(void) { return 0; }\n' >dynamic.c
	gcc -o dynamic dynamic.c
	status 1 k init trace ./dynamic
	has './dynamic cannot be started: No such file'
}

# It cannot reach out of its jail, and takes nothing with it.
jailed() {
	lab_here
	cat >bad.c <<-'END'
		#include <fcntl.h>
		#include <sched.h>
		#include <signal.h>
		#include <sys/mount.h>
		#include <unistd.h>
		int unshare(int);
		int main(void)
		{
			open("/etc/passwd", O_RDONLY);
			chroot("..");
			mount("x", "/", "tmpfs", 0, 0);
			kill(-1, SIGKILL);
			unshare(0x10000000);
			for (;;)
				if (fork() == 0)
					pause();
		}
	END
	gcc -w -static -o bad bad.c
	status 0 k init trace ./bad --calls 400
	has 'openat\(.*"/etc/passwd".*ENOENT'
	has 'chroot\(.*EPERM'
	has 'mount\(.*EPERM'
	has 'kill\(pid=-1, sig=9\) = -3 ESRCH'
	has 'unshare\(.*EPERM'
	has 'so many calls were enough'
	echo 'int main(void) { for (;;) ; }' >spin.c
	gcc -static -o spin spin.c
	status 0 k init trace ./spin --seconds 1
	has 'time is over'
	echo 'int main(void) { *(volatile int *)0 = 1; }' >fall.c
	gcc -static -o fall fall.c
	status 0 k init trace ./fall
	has 'killed by SIGSEGV'
	has 'a kernel would panic now'
	# where the machine refuses namespaces there is an error, not a trace
	unshare --user --map-root-user true 2>/dev/null || return 0
	status 1 unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; "$@"' sh "$KILN" -C "$work/lab" init trace ./spin
	has 'cannot be made here|lets nobody make namespaces'
	hasnt ' = [0-9]'
}

syscalls() {
	lab_here
	status 0 k init syscalls waitid
	has '^ 247  waitid .*r10: int options'
	status 0 k init syscalls 60 --json
	has '"name": ?"exit"'
}

clone() {
	lab_here
	status 0 k init clone c-asm mine
	[ -f "$work/lab/init/mine/recipe" ]
	status 1 k init clone c-asm mine
	status 2 k init clone nosuch other
	status 2 k init clone c-asm ../out
	status 0 k init list
	has '^  mine '
}

good_ones_are_called_good() {
	lab_here
	for v in c-libc c-asm asm asm-tiny asm-safe; do
		k -o init.variant=$v build initramfs
		status 0 k -o init.variant=$v check
		has '^would boot$'
	done
	k -o init.variant=article build initramfs
	status 0 k -o init.variant=article check
	has '^would boot, with a risk$'
	has 'shell\.c:10: .*Ctrl-D'
}

# The hand-made header itself is right: it boots, silently.
control() {
	lab_here
	by_hand hand
	k -o init.variant=hand build initramfs
	status 0 k -o init.variant=hand check
	status 5 k -o init.variant=hand run --expect 'never' --timeout 6
	has 'Run /init as init process'
	hasnt 'Kernel panic'
}

late_type() {
	lab_here
	by_hand late IDENT_EXTRA=2
	foretold late elf-type
	k -o init.variant=late check >out 2>&1 || true
	has '16 and 18 stand at 18 and 20: 2 bytes too late'
}
wrong_machine() { lab_here; by_hand i386 MACHINE=3; foretold i386 elf-class; }
wrong_phentsize() { lab_here; by_hand phent PHENTSIZE=32; foretold phent elf-phentsize; }
entry_outside() { lab_here; by_hand entry ENTRY=0x500000; foretold entry elf-entry; }
not_executable_segment() { lab_here; by_hand noexec FLAGS=4; foretold noexec elf-entry; }
memsz_below_filesz() { lab_here; by_hand memsz MEMSZ=100; foretold memsz elf-segment; }
not_congruent() { lab_here; by_hand offset OFFSET=8 FILESZ=100 MEMSZ=100; foretold offset elf-segment; }

variant() { # name recipe source text
	mkdir -p "$work/lab/init/$1"
	printf '%s\n' "$2" >"$work/lab/init/$1/recipe"
	printf '%s\n' "$4" >"$work/lab/init/$1/$3"
}

dynamic() {
	lab_here
	variant dynamic 'program init
cc -o init init.c' init.c 'int main(void) { for (;;) ; }'
	foretold dynamic elf-interp
}
object_file() {
	lab_here
	variant object 'program init
cc -c -o init init.c' init.c 'int main(void) { for (;;) ; }'
	foretold object elf-type
}
script() {
	lab_here
	variant script 'program init
as -o init.o init.s
objcopy -O binary init.o init' init.s '.ascii "#!/bin/sh\n"'
	foretold script init-script
}
returns() {
	lab_here
	variant returns 'program init
cc -static -o init init.c' init.c 'int main(void) { return 0; }'
	foretold returns main-ends
}

archive_from_elsewhere() {
	lab_here
	mkdir -p root/sub
	cp "$work/lab/init/c-libc/README" root/init
	(cd root && echo init | cpio -o -H odc 2>/dev/null >../odc.cpio)
	status 1 k check --archive odc.cpio
	has 'incorrect cpio method used: use -H newc option'
	(cd root && chmod 644 init && echo init | cpio -o -H newc 2>/dev/null >../mode.cpio)
	status 1 k check --archive mode.cpio
	has 'error -13'
	(cd root && mv init sub/init && echo sub/init | cpio -o -H newc 2>/dev/null >../place.cpio)
	status 1 k check --archive place.cpio
	has 'No working init found'
	sed 's/^CONFIG_BLK_DEV_INITRD=y/# &/' "$work/lab/kernel.config" >other.config
	status 1 k check --config other.config
	has 'BLK_DEV_INITRD'
	has 'config --set BLK_DEV_INITRD=y'
	status 2 k check --face radio
	status 1 k check /nonexistent
}

t "init list and compare" list_and_compare
t "README's sizes are those of the build" readme_sizes
t "init map and disasm" map_and_disasm
t "init asm: what the compiler makes of the C" listing
t "init trace: the calls that are really made" traced
t "init trace: what is run is locked up" jailed
t "init syscalls" syscalls
t "init clone" clone
t "good variants are called good, the article's risks are named" good_ones_are_called_good
t "a header by hand boots" control
t "e_type two bytes late: foretold and seen" late_type
t "a 32-bit machine: foretold and seen" wrong_machine
t "a wrong e_phentsize: foretold and seen" wrong_phentsize
t "an entry outside all segments: foretold and seen" entry_outside
t "a segment that is not executable: foretold and seen" not_executable_segment
t "p_memsz below p_filesz: foretold and seen" memsz_below_filesz
t "p_offset and p_vaddr that cannot be mapped: foretold and seen" not_congruent
t "a dynamic init: foretold and seen" dynamic
t "an object file: foretold and seen" object_file
t "a script: foretold and seen" script
t "an init that returns: foretold and seen" returns
t "archives and configurations made elsewhere" archive_from_elsewhere
done_testing
