#!/bin/sh
# What goes wrong in real life, each with one clear message, the right exit status, nothing lost, and a re-run that goes on.
. "$(dirname "$0")/lib.sh"
src=${KILN_SRC_DIR:-/usr/src}
newest=$(ls "$src"/linux-source-*.tar.* | sort -V | tail -n 1)

not_a_kernel() {
	mkdir tree
	status 1 "$KILN" --kernel tree source
	has 'tree'
	has 'kernel'
	status 1 "$KILN" --kernel nosuch source
	has 'nosuch'
}

corrupt_tarball() {
	head -c 3000000 "$newest" >linux-source-9.9.tar.xz
	status 1 env KILN_CACHE="$work/$count/cache" "$KILN" --kernel linux-source-9.9.tar.xz source --unpack
	has 'linux-source-9.9.tar.xz'
	[ -z "$(find cache -name Makefile 2>/dev/null | head -n 1)" ] || { find cache | head; return 1; }
	head -c 100000 /dev/urandom >garbage.tar.xz
	status 1 env KILN_CACHE="$work/$count/cache" "$KILN" --kernel garbage.tar.xz source --unpack
	has 'garbage.tar.xz'
}

missing_tool_before_the_build() {
	lab_with_kernel lab
	mkdir bin
	for d in /usr/bin /bin; do
		for f in $d/*; do
			case ${f##*/} in bc) ;; *) [ -e bin/"${f##*/}" ] || ln -s "$f" bin/ ;; esac
		done
	done
	rm lab/out/bzImage
	status 1 env PATH="$work/$count/bin" "$KILN" --lab lab -o kernel.cache=no build kernel
	has 'missing: bc'
	has 'apt-get install bc'
	status 0 "$KILN" --lab lab build kernel
}

compile_error_is_lifted_out() {
	lab_with_kernel lab
	echo 'int broken( {' >>lab/init/c-libc/init.c
	status 1 "$KILN" --lab lab build init
	has 'init\.c:[0-9]+:[0-9]+: error'
	sed -i '$d' lab/init/c-libc/init.c
	status 0 "$KILN" --lab lab build init
}

full_disk() {
	root
	mkdir lab
	mount -t tmpfs -o size=300k tmpfs lab 2>/dev/null || skip "cannot mount here"
	full_disk_checks || { umount lab; return 1; }
	umount lab
}
full_disk_checks() {
	"$KILN" new lab/l >out 2>&1 || true
	status 1 "$KILN" --lab lab/l build init && has 'No space left|no space|disk'
}

broken_config_has_a_place() {
	lab_with_kernel lab
	printf 'CONFIG_64BIT=y\nthis is no option\n' >lab/kernel.config
	cp lab/kernel.config before
	status 1 "$KILN" --lab lab build config
	has 'kernel\.config:2'
	cmp lab/kernel.config before
}

drift_is_an_error() {
	lab_with_kernel lab
	cp lab/kernel.config before
	status 1 "$KILN" --lab lab config --set E1000=y
	has 'E1000'
	has 'NET|PCI|ETHERNET'
	cmp lab/kernel.config before
	status 1 "$KILN" --lab lab config --set NO_SUCH_OPTION=y
	has 'NO_SUCH_OPTION'
	status 0 "$KILN" --lab lab config --set PRINTK_TIME=n --get PRINTK_TIME
	has '^PRINTK_TIME=n'
}

weird_path() {
	weird=$(printf "a b'c\"d\\nß 核")
	mkdir "$weird"
	lab_with_kernel "$weird/lab"
	rm -rf "$weird/lab/build"
	status 0 "$KILN" --lab "$weird/lab" -o init.variant=c-asm run --send '/bin/hello\n' --expect 'Hello from'
	status 0 "$KILN" --lab "$weird/lab" config --set PRINTK_TIME=n
	status 0 "$KILN" --lab "$weird/lab" -o kernel.cache=no build kernel
	[ -L "$weird/lab/build" ]
	status 0 "$KILN" --lab "$weird/lab" clean
	[ ! -e "$weird/lab/build" ]
}

# Start `kiln …` in its own session, wait until a line shows, interrupt it, expect status 130.
interrupt_when() { # pattern command…
	pattern=$1
	shift
	setsid "$@" >out 2>&1 &
	pid=$!
	until_true 300 grep -q -E -- "$pattern" out || { kill -9 $pid; cat out; return 1; }
	kill -INT $pid
	got=0
	wait $pid || got=$?
	cat out
	[ "$got" = 130 ] || { echo "status $got instead of 130"; return 1; }
}

cancel_source() {
	interrupt_when '^source ' env KILN_CACHE="$work/$count/cache" "$KILN" --lab lab --kernel "$newest" whole
	[ -z "$(find cache -path '*/linux*/Makefile' 2>/dev/null | grep -v tmp | head -n 1)" ] || { find cache -maxdepth 3; return 1; }
}

cancel_config() {
	interrupt_when '^config ' env KILN_CACHE="$KILN_CACHE" "$KILN" --lab lab whole
	status 0 "$KILN" --lab lab build config
}

cancel_kernel_then_go_on() {
	lab_with_kernel lab
	rm -rf lab/build lab/out/bzImage
	interrupt_when '^kernel ' env KILN_CACHE="$KILN_CACHE" "$KILN" -v --lab lab -o kernel.cache=no build kernel
	pgrep -f "O=$work/$count/lab" && return 1
	status 0 "$KILN" --lab lab -o kernel.cache=no build kernel
}

cancel_boot() {
	lab_with_kernel lab
	interrupt_when 'Linux version' "$KILN" --lab lab run --expect 'never to come' --timeout 60
	! pgrep -f "qemu-system.*$work/$count" || return 1
}

killed_kiln_leaves_no_qemu() {
	lab_with_kernel lab
	setsid "$KILN" --lab lab run --expect 'never to come' --timeout 60 >out 2>&1 &
	pid=$!
	until_true 60 grep -q 'Linux version' out
	pgrep -f "qemu-system.*$work/$count/lab" >/dev/null
	kill -9 $pid
	until_true 10 sh -c "! pgrep -f 'qemu-syste[m].*$work/$count/lab'"
}

qemu_absent() {
	lab_with_kernel lab
	mkdir bin
	for t in gcc ld as make sh; do ln -s "$(command -v $t)" bin/; done
	status 1 env PATH="$work/$count/bin" "$KILN" --lab lab run
	has 'qemu-system-x86_64 is not installed'
	has 'apt-get install qemu-system-x86'
}

qemu_crashes() {
	lab_with_kernel lab
	mkdir bin
	printf '#!/bin/sh\necho "qemu: the roof is on fire" >&2\nkill -SEGV $$\n' >bin/qemu-system-x86_64
	chmod +x bin/qemu-system-x86_64
	status 1 env PATH="$work/$count/bin:$PATH" "$KILN" --lab lab run
	has 'QEMU|qemu'
	has 'the roof is on fire'
}

# A variant of the learner's own: init/NAME with a main of his.
own_init() { # name body
	mkdir -p "lab/init/$1"
	cp lab/init/c-libc/recipe "lab/init/$1/recipe"
	printf '%s\n' "$2" >"lab/init/$1/init.c"
}

panic_is_3() {
	lab_with_kernel lab
	own_init quitter 'int main(void) { return 7; }'
	status 3 "$KILN" --lab lab -o init.variant=quitter run
	has 'Attempted to kill init'
	has 'exit'
}

guest_exit_is_4() {
	lab_with_kernel lab
	own_init leaver '#include <sys/reboot.h>
int main(void) { return reboot(RB_AUTOBOOT); }'
	status 4 "$KILN" --lab lab -o init.variant=leaver run
	status 0 "$KILN" --lab lab -o init.variant=leaver run --expect-exit
}

flood_is_survived() {
	lab_with_kernel lab
	own_init flood '#include <unistd.h>
int main(void) { for (;;) if (write(1, "y\ny\ny\ny\ny\ny\ny\ny\n", 16) < 0) return 1; }'
	status 5 "$KILN" -q --lab lab -o init.variant=flood run --timeout 8 --transcript t
	[ "$(stat -c %s t)" -gt 1000 ]
}

silence_is_5() {
	lab_with_kernel lab
	own_init silent '#include <unistd.h>
int main(void) { for (;;) pause(); }'
	status 5 "$KILN" --lab lab -o init.variant=silent run --timeout 6
	has 'last seen|last line'
}

hostile_output_is_made_safe() {
	lab_with_kernel lab
	own_init hostile '#include <unistd.h>
int main(void) { static const char s[] = "\033]0;owned\007\033[2J\033[31mred\033P1;1q\233 \302\233 \r\nend-of-it\n"; write(1, s, sizeof s - 1); for (;;) pause(); }'
	status 0 "$KILN" --lab lab -o init.variant=hostile run --expect 'end-of-it' --transcript t
	! LC_ALL=C grep -q "$(printf '\033')" out
	! LC_ALL=C grep -q "$(printf '\233')" out
	LC_ALL=C grep -q "$(printf '\033')]0;owned" t
}

editing_init_never_calls_the_kernels_make() {
	lab_with_kernel lab
	sed -i 's/# /% /' lab/init/c-libc/init.c
	mkdir bin
	printf '#!/bin/sh\necho called >>"%s/called"\nexec /usr/bin/make "$@"\n' "$work/$count" >bin/make
	chmod +x bin/make
	status 0 env PATH="$work/$count/bin:$PATH" "$KILN" --lab lab run --expect '% '
	[ ! -e called ]
}

t "a folder that is no kernel tree" not_a_kernel
t "a truncated and a garbage tarball are never trusted" corrupt_tarball
t "a missing tool is named before the kernel build" missing_tool_before_the_build
t "a compile error of the init is lifted out with its place" compile_error_is_lifted_out
t "a full disk" full_disk
t "a broken kernel.config is named with its line and kept" broken_config_has_a_place
t "an option that did not survive is an error that names why" drift_is_an_error
t "a path with blanks, quotes, newline and UTF-8" weird_path
t "Ctrl-C while the source is unpacked" cancel_source
t "Ctrl-C while the configuration is made, then go on" cancel_config
t "Ctrl-C while the kernel is built, then go on" cancel_kernel_then_go_on
t "Ctrl-C while the guest runs" cancel_boot
t "kiln killed by SIGKILL leaves no QEMU" killed_kiln_leaves_no_qemu
t "QEMU is absent" qemu_absent
t "QEMU crashes" qemu_crashes
t "a panic is status 3 with its line and cause" panic_is_3
t "a guest that ends early is status 4" guest_exit_is_4
t "a flooding guest ends by timeout with its transcript kept" flood_is_survived
t "a silent guest is status 5 with what was last seen" silence_is_5
t "guest escapes never reach the terminal, the transcript has them" hostile_output_is_made_safe
t "editing init and running again calls no kernel make" editing_init_never_calls_the_kernels_make
done_testing
