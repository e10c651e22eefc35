#!/bin/sh
# Each fuzz target under ASan and UBSan with a fixed number of inputs, the same every time (tests/fuzz/driver.c): programs,
# archives, sources, logs, keys, themes and highlighting rules, damaged. tests/fuzz/run searches further.
. "$(dirname "$0")/lib.sh"
rounds=${KILN_FUZZ_ROUNDS:-400}

# Build it against the libraries of the ASan build; a packages: line names what it needs beside them.
target() { # name
	pkgs="$(sed -n 's/^PKGS *:= *//p' "$top/Makefile") $(sed -n 's/^PKGS_TUI *:= *//p' "$top/Makefile")"
	# shellcheck disable=SC2046,SC2086
	${CC:-cc} -std=c11 -D_GNU_SOURCE -I"$top" -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
		$(pkg-config --cflags $pkgs) -o "fuzz_$1" "$top/tests/fuzz/fuzz_$1.c" "$top/tests/fuzz/driver.c" \
		"$top/.build/asan/libtui.a" "$top/.build/asan/libcore.a" $(pkg-config --libs $pkgs)
}

try() { # name seed-file…
	name=$1
	shift
	target "$name"
	"./fuzz_$name" "$rounds" "$@" || { od -A d -t x1z input | head -n 40; return 1; }
}

# Programs of all kinds: with sections, stripped, headers by hand, dynamic, 32 bits, an object.
programs() {
	echo 'int main(void) { return 0; }' >p.c
	gcc -c -o object p.c
	gcc -o dynamic p.c
	printf '.globl _start\n_start: mov $60, %%eax\n xor %%edi, %%edi\n syscall\n' >s.s
	as -o s.o s.s && ld -o plain s.o && strip -o stripped plain
	as --32 -o s32.o s.s 2>/dev/null || echo nop | as --32 -o s32.o -
	as -o tiny.o "$top/initsrc/asm-tiny/init.s" && objcopy -O binary tiny.o tiny
}

elfview() {
	programs
	try elfview object dynamic plain stripped s32.o tiny
}

archives() {
	programs
	mkdir -p root/dev root/etc
	cp tiny root/init
	ln -s /init root/etc/link
	ln root/init root/hard
	(cd root && find . | cpio -o --quiet -H newc) >newc
	(cd root && find . | cpio -o --quiet -H odc) >odc
	(cd root && find . | cpio -o --quiet -H crc) >crc
	gzip -c newc >gz
	xz -c --check=crc32 newc >xz
	cat newc gz >two
}

archive() { archives; try archive newc odc crc gz xz two; }
precheck() {
	archives
	rounds=$((rounds / 2))
	try precheck newc odc gz "$top/initsrc/article/shell.c" "$top/initsrc/c-asm/sys.S" "$top/initsrc/c-asm/recipe"
}
log() { try log "$top/tests/fuzz/fuzz_log.c" "$top/README.md"; }
input() { printf '\033[<0;10;10M\033[200~paste\033[201~\033OP\033[1;5A\303\251' >keys; try input keys; }
hilite() { for f in "$top"/themes/*.hl "$top"/themes/*.syntax; do [ ! -e "$f" ] || set -- "$@" "$f"; done; try hilite "${1:-$top/themes/dark.theme}"; }
theme() { set -- "$top"/themes/*.theme; try theme "$1"; }

[ -e "$top/.build/asan/libcore.a" ] || { echo "ok 1 - # SKIP no ASan build"; exit; }
t "ELF files" elfview
t "archives" archive
t "the pre-flight" precheck
t "logs" log
t "keys" input
t "highlighting rules" hilite
t "themes" theme
done_testing
