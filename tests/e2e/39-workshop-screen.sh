#!/bin/sh
# The workshop on the screen, by keys and by mouse: golden pictures of what is the same everywhere (the programs made by hand,
# the initramfs's tree), expectations of the rest. KILN_UPDATE=1 writes the pictures anew: look at the diff.
. "$(dirname "$0")/lib.sh"
screens=$top/tests/screen
export HOME="$work" XDG_CONFIG_HOME="$work/config" XDG_STATE_HOME="$work/state" LC_ALL=C.UTF-8

# A lab without a kernel source.
bare_lab() {
	[ -d lab ] || "$KILN" new lab >/dev/null
	grep -q nowhere lab/kiln.conf || echo 'kernel.source = /nowhere' >>lab/kiln.conf
	echo 'a note' >note
}

picture() { # script size
	rm -rf lab
	bare_lab
	status 0 "$KILN" -C lab --script "$screens/$1.kiln" --size "$2"
	want=$screens/$1.$2.txt
	[ "${KILN_UPDATE:-0}" != 1 ] || cp out "$want"
	diff -u "$want" out
}

bytes_80() { picture workshop-bytes 80x24; }
bytes_200() { picture workshop-wide 200x50; }
files_80() { cp /dev/null note; picture workshop-files 80x24; }

code() { # sizes where the source is below, and beside
	bare_lab
	for size in 80x24; do
		status 0 "$KILN" -C lab --script "$screens/workshop-code.kiln" --size $size
	done
	printf '%s\n' 'wait idle' 'run workshop.show code asm-tiny' 'wait idle' 'expect syscall.*│.*init.s, line|init.s, line' dump >wide.kiln
	status 0 "$KILN" -C lab --script wide.kiln --size 160x40
	has '│ init\.s, line'
	status 0 "$KILN" -C lab --script wide.kiln --size 40x12
}

compared_and_cloned() {
	bare_lab
	cat >s.kiln <<-'END'
		wait idle
		run workshop.show compare
		wait idle
		expect asm-tiny +112 #+ +112 ▁
		expect c-nolibc +not built: 
		run workshop.search asm-tiny
		key C
		expect name of the copy of asm-tiny
		type mine
		key Enter
		wait idle
		key r
		wait idle
		expect ^. +mine +112|mine +112
		key C
		type ../bad
		key Enter
		wait idle
		run messages
		expect no name for a variant
	END
	status 0 "$KILN" -C lab --script s.kiln
	[ -f lab/init/mine/recipe ]
	# a change makes a new size, and the past stays
	sed 's/^\tjmp\tmore$/&\n\tnop/' lab/init/mine/init.s >changed
	printf '\t.skip 100\n' >>changed
	cp changed lab/init/mine/init.s
	status 0 "$KILN" -C lab init compare --json mine
	tr -d ' \n' <out | grep -q '"history":\[112,2[01][0-9]\]'
	tr -d ' \n' <out | grep -q '"best":112'
	status 0 "$KILN" -C lab init list
	has '  mine .*▁█'
	KILN_ASCII=1 status 0 "$KILN" -C lab init list
	has '  mine .*07$'
	echo '{"mine": [' >lab/out/init-history.json
	status 0 "$KILN" -C lab init list
}

calls_are_found() {
	[ -n "${KILN_TEST_TREE_612:-}" ] || skip "no kernel tree"
	bare_lab
	echo "kernel.source = $KILN_TEST_TREE_612" >>lab/kiln.conf
	printf '%s\n' 'wait idle' 'run workshop.show calls' 'key /' 'type waitid' 'key Enter' 'expect 247  waitid' 'expect r10  int options' \
		'expect rax = 247' 'key /' 'type nosuchcall' 'key Enter' 'expect No system call' >s.kiln
	sed -i '/nowhere/d' lab/kiln.conf
	status 0 "$KILN" -C lab --script s.kiln
}

# A lab of a kernel: the time to the prompt, measured on request and kept.
prompts_are_measured() {
	[ -d "$check/lab" ] || skip "no kernel"
	lab_with_kernel lab
	rm -rf lab/init
	cp -r "$top/initsrc" lab/init
	status 0 "$KILN" -C lab init compare --json asm-tiny
	has '"prompt_ms": null'
	status 0 "$KILN" -C lab init compare --boot --json asm-tiny
	has '"prompt_ms": [1-9][0-9]*'
	has '"prompt_on": "bzImage [0-9a-f]{12}, .*serial'
	status 0 "$KILN" -C lab init compare asm-tiny
	has '^asm-tiny .* [0-9]+\.[0-9]{2} s '
	has 'measured on bzImage'
	rm lab/out/bzImage
	status 1 "$KILN" -C lab init compare --boot asm-tiny
	has 'no kernel to boot'
}

# Before it is built: what would keep it from booting stands in the strip, and a key mends it.
verdict() {
	[ -d "$check/lab" ] || skip "no kernel"
	lab_with_kernel lab
	rm -rf lab/init
	cp -r "$top/initsrc" lab/init
	status 0 "$KILN" -C lab --script "$screens/verdict.kiln" --size 80x24
	grep -q '^CONFIG_BLK_DEV_INITRD=y' lab/kernel.config
}

# Half a program, none, and odd sizes of the screen.
odd_things() {
	bare_lab
	"$KILN" -C lab init compare asm-tiny >/dev/null
	printf '%s\n' 'wait idle' 'run workshop.show bytes asm-tiny' 'wait idle' 'key G ] n x = Esc Enter PgDn' \
		'run workshop.show code asm-tiny' 'wait idle' 'key G ] [ PgUp Enter' 'wait idle' 'run workshop.show initramfs' 'key d Esc m Esc' \
		'run workshop.change frobnicate' 'run workshop.show nosuch' 'run workshop.variant nosuch' 'wait idle' >s.kiln
	for size in 1x1 2x1 3x3 20x5 40x12 500x200; do
		status 0 "$KILN" -C lab --script s.kiln --size $size
	done
	for bytes in 0 3 20 70 111; do
		head -c $bytes lab/build/init/asm-tiny/init >cut
		cp cut lab/build/init/asm-tiny/init
		printf '%s\n' 'wait idle' 'run workshop.show bytes asm-tiny' 'wait idle' dump 'key ] G Enter' 'run workshop.show code' 'wait idle' >s.kiln
		status 0 "$KILN" -C lab --script s.kiln
	done
}

t "the byte map at 80x24" bytes_80
t "the byte map at 200x50, two programs beside each other" bytes_200
t "the initramfs's tree is changed on the screen" files_80
t "instructions and their source" code
t "variants compared, one cloned, its past kept" compared_and_cloned
t "system calls are found" calls_are_found
t "the time to the prompt" prompts_are_measured
t "the verdict in the strip, and its fix" verdict
t "damaged programs, odd sizes, wrong words" odd_things
done_testing
