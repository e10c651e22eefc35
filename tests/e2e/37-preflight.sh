#!/bin/sh
# The pre-flight (kiln check) against everything known. First, no false alarms: every shipped variant, packed in each way, on every
# good configuration (the presets, tinyconfig with more put on top), for each face, on both kernel trees. Then each class of fault
# that is known of kernels, archives and inits: predicted by its id, and where a kernel can show it, seen on the console.
. "$(dirname "$0")/lib.sh"

trees='612 61'
tree() { # 612 or 61
	eval "echo \"\${KILN_TEST_TREE_$1:-}\""
}

# A lab on this tree with all shipped variants, and in configs/ the good configurations. No kernel is built.
lab_on() { # 612 or 61
	[ -n "$(tree "$1")" ] || skip "no kernel tree $1"
	lab=$work/lab$1
	[ ! -d "$lab" ] || return 0
	"$KILN" new "$lab.new" >/dev/null
	echo "kernel.source = $(tree "$1")" >>"$lab.new/kiln.conf"
	rm -rf "$lab.new/init"
	cp -r "$top/initsrc" "$lab.new/init"
	mkdir "$lab.new/configs"
	for preset in serial article tinyconfig; do
		rm -f "$lab.new/kernel.config"
		"$KILN" -C "$lab.new" -o kernel.preset=$preset build config
		cp "$lab.new/kernel.config" "$lab.new/configs/$preset"
	done
	# from nothing up, by hand, and with things that have nothing to do with booting
	"$KILN" -C "$lab.new" config --set 64BIT=y --set BLK_DEV_INITRD=y --set PRINTK=y --set BINFMT_ELF=y --set TTY=y
	cp "$lab.new/kernel.config" "$lab.new/configs/by-hand"
	"$KILN" -C "$lab.new" config --set SERIAL_8250=y --set SERIAL_8250_CONSOLE=y --set BINFMT_SCRIPT=y --set PROC_FS=y \
		--set SYSFS=y --set DEVTMPFS=y --set NET=y --set KERNEL_GZIP=y
	cp "$lab.new/kernel.config" "$lab.new/configs/more"
	cp "$lab.new/configs/serial" "$lab.new/kernel.config"
	mv "$lab.new" "$lab"
}

# Which faces a configuration can show.
faces() { # config
	case $1 in
	serial | more) echo serial vga ;;
	*) echo vga ;;
	esac
}

k() {
	"$KILN" -C "$lab" "$@"
}

good_here() { # 612 or 61
	lab_on "$1"
	for recipe in "$top"/initsrc/*/recipe; do
		grep -q '^program init' "$recipe" || continue
		v=$(basename "$(dirname "$recipe")")
		tool=$(sed -n 's/^requires \([^ ]*\) .*/\1/p' "$recipe")
		[ -z "$tool" ] || command -v "$tool" >/dev/null || continue
		status 0 k -o init.variant="$v" build initramfs
		verdict='would boot'
		case $v in article*) verdict='would boot, with a risk' ;; esac
		for config in serial article by-hand more; do
			for face in $(faces $config); do
				status 0 k -o init.variant="$v" check --config "$lab/configs/$config" --face "$face"
				has "^$verdict\$"
				hasnt '^stop'
			done
		done
	done
}
good_612() { good_here 612; }
good_61() { good_here 61; }

compressions() {
	for n in $trees; do
		[ -n "$(tree $n)" ] || continue
		lab_on $n
		for c in none gzip bzip2 lzma xz zstd; do
			status 0 k -o init.variant=asm -o initramfs.compression=$c build initramfs
			for config in serial article by-hand more; do
				status 0 k -o init.variant=asm check --config "$lab/configs/$config" --face vga
				has '^would boot$'
			done
		done
	done
}

# --- faults ---

# The finding of this id and level is there.
found() { # level id
	tr -d ' \n' <out | grep -qF "\"level\":\"$1\",\"id\":\"$2\"" || { echo "not found: $1 $2"; return 1; }
}

predicts() { # level id check-arguments…
	level=$1 id=$2
	shift 2
	want=0
	[ "$level" != stop ] || want=1
	status $want k check --json "$@"
	found "$level" "$id"
}

# Boot the test kernel with this archive (none: without) and look for a line.
console_says() { # archive line [memory]
	[ -e "${KILN_TEST_BZIMAGE:-}" ] || skip "no kernel to see it with"
	set -- "$1" "$2" "${3:-64}"
	rm -f serial
	timeout -k 5 120 qemu-system-x86_64 -accel tcg -m "$3" -kernel "$KILN_TEST_BZIMAGE" ${1:+-initrd "$1"} \
		-append 'console=ttyS0 panic=-1 reboot=t' -no-reboot -display none -monitor none -serial file:serial </dev/null || true
	cat serial
	grep -qF -- "$2" serial
}

# An archive of the folder root/, as cpio makes it.
pack() { # file [cpio-options]
	file=$1
	shift
	(cd root && find . -mindepth 1 | cpio -o --quiet -H newc -R 0:0 "$@") >"$file"
}

root_with_init() {
	lab_on 612
	k -o init.variant=asm build initramfs
	rm -rf root
	mkdir -p root
	cp "$lab/out/init" root/init
}

no_archive() { # nothing to start at all
	lab_on 612
	rm -rf "$lab/out/init" "$lab/out/initramfs.cpio"
	predicts stop archive-missing
	console_says '' 'No working init found'
}
init_elsewhere() {
	root_with_init
	mkdir root/sbin
	mv root/init root/sbin/init
	pack place.cpio
	predicts stop init-place --archive place.cpio
	mkdir deep
	mv root deep/root
	(cd deep && find root | cpio -o --quiet -H newc) >deep.cpio
	predicts stop init-place --archive deep.cpio
	console_says deep.cpio 'No working init found'
}
no_execute_mode() {
	root_with_init
	chmod 644 root/init
	pack mode.cpio
	predicts stop init-mode --archive mode.cpio
	console_says mode.cpio 'Failed to execute /init (error -13)'
}
dynamic_init() {
	root_with_init
	echo 'int main(void) { for (;;) ; }' >d.c
	gcc -o root/init d.c
	pack dynamic.cpio
	predicts stop elf-interp --archive dynamic.cpio
	console_says dynamic.cpio 'Failed to execute /init (error -2)'
}
script_init() {
	root_with_init
	printf '#!/bin/sh\necho hello\n' >root/init
	chmod 755 root/init
	pack script.cpio
	predicts stop init-script --archive script.cpio --config "$lab/configs/serial"
	console_says script.cpio 'Failed to execute /init (error -8)'
	# with BINFMT_SCRIPT it is the interpreter that is missed
	predicts stop init-script --archive script.cpio --config "$lab/configs/more"
	has 'error -2'
}
late_header() { # the published 229-byte file: e_type at 18
	root_with_init
	{
		printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\000\000'
		printf '\002\000\076\000\001\000\000\000'
		head -c 203 /dev/zero
	} >root/init
	[ "$(stat -c %s root/init)" = 229 ]
	pack late.cpio
	predicts stop elf-type --archive late.cpio
	has '"byte": 16'
	has '2 bytes too late'
	console_says late.cpio 'Failed to execute /init (error -8)'
}
wrong_class() {
	root_with_init
	printf '\003' | dd of=root/init bs=1 seek=18 conv=notrunc status=none
	pack class.cpio
	predicts stop elf-class --archive class.cpio
	console_says class.cpio 'Failed to execute /init (error -8)'
}
object_instead() {
	root_with_init
	echo 'int main(void) { for (;;) ; }' >d.c
	gcc -c -o root/init d.c
	chmod 755 root/init
	pack object.cpio
	predicts stop elf-type --archive object.cpio
	console_says object.cpio 'Failed to execute /init (error -8)'
}
old_format() {
	root_with_init
	(cd root && echo init | cpio -o --quiet -H odc) >odc.cpio
	predicts stop archive-format --archive odc.cpio
	console_says odc.cpio 'incorrect cpio method used: use -H newc option'
}
crc64() {
	root_with_init
	pack plain.cpio
	xz -k --check=crc64 plain.cpio
	predicts stop archive-format --archive plain.cpio.xz
	console_says plain.cpio.xz 'Initramfs unpacking failed'
	xz -c --check=crc32 plain.cpio >right.xz
	status 0 k check --archive right.xz
}
lz4_frame() {
	root_with_init
	printf '\004\042\115\030\144\100\247' >frame.lz4
	head -c 200 /dev/zero >>frame.lz4
	predicts stop archive-format --archive frame.lz4
	console_says frame.lz4 'Initramfs unpacking failed: '
}
no_decompressor() {
	root_with_init
	pack plain.cpio
	gzip -k plain.cpio
	sed 's/^CONFIG_RD_GZIP=y/# CONFIG_RD_GZIP is not set/' "$lab/configs/serial" >no-gzip
	predicts stop archive-decompressor --archive plain.cpio.gz --config no-gzip
	has 'config --set RD_GZIP=y'
}
cut_short() {
	root_with_init
	pack whole.cpio
	size=$(stat -c %s root/init)
	head -c $((size / 2 + 112)) whole.cpio >cut.cpio
	predicts stop archive-damaged --archive cut.cpio
	# the other way: the program was cut before it was packed
	head -c 200 "$lab/out/init" >root/init
	pack program.cpio
	status 1 k check --archive program.cpio
	has '^stop '
}
no_console_node() {
	root_with_init
	pack plain.cpio
	predicts note archive-console --archive plain.cpio
	mkdir root/dev
	: >root/dev/console
	pack file.cpio
	predicts stop archive-console --archive file.cpio
}
too_big() {
	root_with_init
	head -c 30M /dev/zero >root/big
	pack big.cpio
	status 1 k -o boot.memory=64 check --json --archive big.cpio
	found stop memory
	has 'System is deadlocked on memory'
	console_says big.cpio 'Kernel panic - not syncing: System is deadlocked on memory'
	status 0 k -o boot.memory=512 check --archive big.cpio
}
returning_init() {
	lab_on 612
	mkdir -p "$lab/init/returns"
	printf 'program init\ncc -static -o init init.c\n' >"$lab/init/returns/recipe"
	echo 'int main(void) { return 7; }' >"$lab/init/returns/init.c"
	k -o init.variant=returns build initramfs
	status 1 k -o init.variant=returns check --json
	found stop main-ends
	cp "$lab/out/initramfs.cpio" returns.cpio
	console_says returns.cpio 'Attempted to kill init! exitcode=0x00000700'
}
stack_guard() { # links, and is killed at its first guarded function
	root_with_init
	cat >g.c <<-'END'
		void use(char *);
		void use(char *s) { s[0] = 1; }
		void _start(void) { char b[64]; use(b); for (;;) ; }
		void __stack_chk_fail(void) { for (;;) ; }
	END
	gcc -O1 -static -nostdlib -fno-pie -no-pie -fstack-protector-all -o root/init g.c
	pack guard.cpio
	predicts stop elf-guard --archive guard.cpio
	console_says guard.cpio 'Attempted to kill init! exitcode=0x0000000b'
	gcc -O1 -static -nostdlib -fno-pie -no-pie -fno-stack-protector -o root/init g.c
	pack free.cpio
	status 0 k check --archive free.cpio
	has '^would boot$'
}
starts_in_main() {
	lab_on 612
	k -o init.variant=article-asm build initramfs
	status 0 k -o init.variant=article-asm check --json
	found note elf-entry-main
}
undefined_symbol() {
	root_with_init
	printf 'extern void nowhere(void);\nvoid _start(void) { nowhere(); }\n' >u.c
	gcc -shared -fpic -nostdlib -fno-stack-protector -Wl,-e,_start -o root/init u.c
	pack undefined.cpio
	predicts risk elf-undefined --archive undefined.cpio
	console_says undefined.cpio 'Attempted to kill init! exitcode=0x0000000b'
}
missing_options() { # the five, and the console of the face
	lab_on 612
	k -o init.variant=asm build initramfs
	predicts stop config-console --config "$lab/configs/article" --face serial
	has 'nothing at all'
	predicts stop config-initrd --config "$lab/configs/tinyconfig" --face vga
	for row in BLK_DEV_INITRD:config-initrd BINFMT_ELF:config-elf 64BIT:config-64bit TTY:config-tty \
		SERIAL_8250_CONSOLE:config-console SERIAL_8250:config-console; do
		sed "/^CONFIG_${row%:*}=y/d" "$lab/configs/serial" >without
		predicts stop "${row#*:}" --config without --face serial
		has "config --set .*${row%:*}=y"
	done
	sed '/^CONFIG_PRINTK=y/d' "$lab/configs/serial" >without
	predicts note config-printk --config without
	status 1 k -o boot.cmdline='console=tty0' check --face serial --json
	found stop cmdline-console
}
five_options_are_silent_on_serial() {
	[ -e "${KILN_TEST_BZIMAGE_VGA:-}" ] || skip "no kernel with the five options"
	timeout -k 5 8 qemu-system-x86_64 -accel tcg -m 64 -kernel "$KILN_TEST_BZIMAGE_VGA" -append 'console=ttyS0 panic=0' \
		-no-reboot -display none -monitor none -serial file:serial </dev/null || true
	[ ! -s serial ]
}
article_s_flaws() { # of the published sources: each at its line
	lab_on 612
	k -o init.variant=article build initramfs
	status 0 k -o init.variant=article check --json
	found risk read-unchecked
	found risk exec-silent
	found note exec-null-argv
	found note write-length
	found risk main-leaves
	mkdir -p "$lab/init/raw"
	printf 'program init\nas -o init.o init.s\nld -o init init.o\n' >"$lab/init/raw/recipe"
	cat >"$lab/init/raw/init.s" <<-'END'
		.intel_syntax noprefix
		.global _start, waitid, write
		_start: jmp _start
		waitid:
		mov rax, 247
		syscall
		ret
		write:
		mov rax, 0
		syscall
		ret
	END
	k -o init.variant=raw build initramfs
	status 0 k -o init.variant=raw check --json
	found risk stub-r10
	found risk stub-number
}
flags_left_out() { # what fails while it is compiled says what to do
	lab_on 612
	mkdir -p "$lab/init/flags"
	echo 'int f(int x) { volatile char b[64]; b[x] = 1; return b[0]; } void _start(void) { for (;;) f(1); }' >"$lab/init/flags/init.c"
	printf 'program init\ncc -fstack-protector-all -c init.c\nld -o init init.o\n' >"$lab/init/flags/recipe"
	status 1 k -o init.variant=flags build init
	has '__stack_chk_fail'
	has 'fno-stack-protector'
	printf '#include "syscalls_64.h"\nint main(void) { for (;;) ; }\n' >"$lab/init/flags/init.c"
	status 1 k -o init.variant=flags build init
	has 'init\.c:1'
	has 'syscall_64\.tbl'
	printf '"sys.S"\nnop\n' >"$lab/init/flags/sys.S"
	printf 'program init\ncc -c sys.S\nld -o init sys.o\n' >"$lab/init/flags/recipe"
	status 1 k -o init.variant=flags build init
	has 'sys\.S:1'
}

t "no false alarm: all variants, good configurations and faces on 6.12" good_612
t "no false alarm: the same on 6.1" good_61
t "no false alarm: each compression on both trees" compressions
t "no initramfs at all" no_archive
t "init not at /init" init_elsewhere
t "init without x" no_execute_mode
t "a dynamic init" dynamic_init
t "a script, without and with BINFMT_SCRIPT" script_init
t "the published header whose e_type is two bytes late" late_header
t "a 32-bit machine" wrong_class
t "an object file" object_instead
t "cpio's old format" old_format
t "xz with CRC64" crc64
t "lz4's frame format" lz4_frame
t "a compression that the kernel lacks" no_decompressor
t "a cut archive, a cut program" cut_short
t "/dev/console missing, or no device" no_console_node
t "more than fits into memory" too_big
t "an init that returns" returning_init
t "the stack protector without libc" stack_guard
t "main as the entry" starts_in_main
t "a symbol that nothing defines" undefined_symbol
t "options left out, consoles not named" missing_options
t "the five options say nothing on a serial line" five_options_are_silent_on_serial
t "the flaws of the article's sources" article_s_flaws
t "flags and headers left out" flags_left_out
done_testing
