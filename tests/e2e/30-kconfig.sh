#!/bin/sh
# Kernel options from the command line, on real trees: presets, settings, plans, reasons, comparisons, and what goes wrong.
. "$(dirname "$0")/lib.sh"

tree=${KILN_TEST_TREE_612:-${KILN_TEST_TREE_61:-}}
need_tree() {
	[ -n "$tree" ] || skip "needs a kernel tree"
	export KILN_KERNEL=$tree
}
lab() {
	need_tree
	"$KILN" new lab >/dev/null
	export KILN_LAB=$PWD/lab
}
value() { # name value: the value in lab/kernel.config
	case $2 in
	n) ! grep -q "^CONFIG_$1=" lab/kernel.config ;;
	*) grep -qx "CONFIG_$1=$2" lab/kernel.config ;;
	esac || { echo "$1 is not $2"; return 1; }
}

preset_then_another() {
	lab
	status 0 "$KILN" config
	for o in 64BIT BLK_DEV_INITRD PRINTK BINFMT_ELF TTY SERIAL_8250_CONSOLE; do value $o y; done
	status 0 "$KILN" config --preset article
	has 'kept as kernel.config.old'
	value TTY y
	value SERIAL_8250 n
	status 0 "$KILN" config --get TTY --get SERIAL_8250 --json
	has '"TTY": "y"'
	has '"SERIAL_8250": "n"'
	status 0 "$KILN" config --get CONFIG_NET_9P # not offered, but there
	has '^NET_9P=n$'
	status 1 "$KILN" config --get TTY --get SERIAL_8251
	has 'no option SERIAL_8251'
	cp lab/kernel.config before
	status 1 "$KILN" config --preset artcle
	has 'the presets are: article, serial'
	cmp lab/kernel.config before
}

fragment_as_preset() {
	lab
	printf '# title: mine\nCONFIG_64BIT=y\nCONFIG_DEFAULT_HOSTNAME="a \\"b\\""\n' >"my fragment.config"
	status 0 "$KILN" config --preset "./my fragment.config"
	value 64BIT y
	value DEFAULT_HOSTNAME '"a \\"b\\""'
	printf 'CONFIG_64BIT\n' >"my fragment.config"
	status 1 "$KILN" config --preset "./my fragment.config"
	has 'my fragment.config:1:13: `=` is missing'
}

drift_is_an_error_with_its_reason() {
	lab
	status 0 "$KILN" config --preset article
	cp lab/kernel.config before
	status 1 "$KILN" config --set SERIAL_8250_CONSOLE=y
	has 'SERIAL_8250_CONSOLE is n, not y: it needs SERIAL_8250=y, but it is n'
	cmp lab/kernel.config before
	status 0 "$KILN" config --set SERIAL_8250_CONSOLE=y --set SERIAL_8250=y
	value SERIAL_8250_CONSOLE y
	status 1 "$KILN" config --set PRINKT=y
	has 'did you mean PRINTK'
	status 2 "$KILN" config --set PRINTK
}

enable_brings_what_it_needs() {
	lab
	status 0 "$KILN" config --preset article
	status 0 "$KILN" config --enable EXT4_FS --why EXT4_FS
	has '^set BLOCK=y'
	has '^set EXT4_FS=y'
	has 'EXT4_FS: n → y'
	has 'because of BLOCK'
	value EXT4_FS y
	status 0 "$KILN" config --disable BLOCK
	value EXT4_FS n
	status 0 "$KILN" config --enable EXT4_FS=m --json
	has '"name": "MODULES"'
	value EXT4_FS m
	cp lab/kernel.config before
	status 0 "$KILN" config # in order already
	cmp lab/kernel.config before
	status 1 "$KILN" config --disable X86
	cmp lab/kernel.config before
}

questions_change_nothing() {
	lab
	status 0 "$KILN" config
	cp -p lab/kernel.config before
	status 0 "$KILN" config --why E1000
	has 'E1000 is n and cannot be set to y:'
	has 'needs .*PCI'
	status 1 "$KILN" config --diff lab/kiln.conf
	has 'kiln.conf:1:1: this is no .config'
	status 0 "$KILN" config --why TTY=maybe
	has 'TTY is y and cannot be set to maybe:'
	has 'of type bool: it cannot be `maybe`'
	status 1 "$KILN" config --why NO_SUCH_OPTION
	has 'no option NO_SUCH_OPTION'
	status 0 "$KILN" config --search '^SERIAL_8250_CON'
	has '^SERIAL_8250_CONSOLE=y +Console on 8250'
	status 2 "$KILN" config --search 'a('
	has 'pattern is wrong at character'
	status 0 "$KILN" config --list
	has '^PRINTK=y '
	hasnt '^E1000='
	status 0 "$KILN" config --menu
	has '^ +# General setup'
	status 0 "$KILN" config --diff article
	has 'SERIAL_8250_CONSOLE: .* → y'
	status 0 "$KILN" config --diff before
	has '^0 options differ'
	cmp lab/kernel.config before
	[ ! lab/kernel.config -nt before ]
}

fragment_gives_the_same_again() {
	lab
	status 0 "$KILN" config --enable EXT4_FS --set KERNEL_GZIP=y
	status 0 "$KILN" config --fragment -q
	grep -E '^(# )?CONFIG_' out >all.config
	cp lab/kernel.config before
	status 0 "$KILN" config --preset ./all.config
	cmp lab/kernel.config before
}

other_tree() {
	[ -n "${KILN_TEST_TREE_612:-}" ] && [ -n "${KILN_TEST_TREE_61:-}" ] || skip "needs both trees"
	lab
	status 0 "$KILN" --kernel "$KILN_TEST_TREE_612" config
	status 0 "$KILN" --kernel "$KILN_TEST_TREE_612" config --diff "$KILN_TEST_TREE_61"
	has '^HAVE_KVM: y → \(not there\)'
	has '^SLUB_TINY: \(not there\) → y'
	# the file of another version: what vanished is told
	status 0 "$KILN" --kernel "$KILN_TEST_TREE_61" -v config
	has 'unknown symbol: SLUB_TINY'
}

names_of() { # tree: the names of its options
	find "$1" -name 'Kconfig*' -type f -exec sed -nE 's/^[[:space:]]*(menu)?config[[:space:]]+([A-Z0-9_]+)[[:space:]]*$/\2/p' {} + | sort -u
}

# The table of renamed options is true of both trees: each old name is in 6.1 alone, each new one in 6.12 alone.
renamed_table_holds() {
	[ -n "${KILN_TEST_TREE_612:-}" ] && [ -n "${KILN_TEST_TREE_61:-}" ] || skip "needs both trees"
	names_of "$KILN_TEST_TREE_61" >in61
	names_of "$KILN_TEST_TREE_612" >in612
	sed -nE 's/^\t\{"([A-Z0-9_]+)", "([A-Z0-9_]+)"\},$/\1 \2/p' "$top/kconfig/renamed.c" >rows
	[ "$(wc -l <rows)" -ge 30 ]
	comm -23 in61 in612 >only61
	comm -13 in61 in612 >only612
	cut -d' ' -f1 rows | sort | comm -23 - only61 >wrong
	cut -d' ' -f2 rows | sort | comm -23 - only612 >>wrong
	cat wrong
	[ ! -s wrong ]
}

file_of_another_version() {
	[ -n "${KILN_TEST_TREE_612:-}" ] && [ -n "${KILN_TEST_TREE_61:-}" ] || skip "needs both trees"
	lab
	printf '#\n# Automatically\n# Linux/x86 6.1.1 Kernel Configuration\n#\nCONFIG_64BIT=y\n# CONFIG_RETPOLINE is not set\nCONFIG_GONE_FOR_GOOD=y\n' >lab/kernel.config
	cp lab/kernel.config old
	status 0 "$KILN" --kernel "$KILN_TEST_TREE_612" config
	has 'kernel.config:6: warning: RETPOLINE is called MITIGATION_RETPOLINE in this kernel'
	has 'is of Linux 6.1.1; 1 option of it is not in this kernel \(6.12[^)]*\): GONE_FOR_GOOD'
	grep -qx '# CONFIG_MITIGATION_RETPOLINE is not set' lab/kernel.config
	# back again, and onto what is there
	status 0 "$KILN" --kernel "$KILN_TEST_TREE_61" config
	has 'MITIGATION_RETPOLINE is called RETPOLINE in this kernel'
	grep -qx '# CONFIG_RETPOLINE is not set' lab/kernel.config
}

broken_file_is_told_and_kept() {
	lab
	status 0 "$KILN" config
	sed -i '7s/.*/what is this/' lab/kernel.config
	cp lab/kernel.config before
	status 1 "$KILN" config
	has 'kernel.config:7: neither an option nor a comment: `what is this`'
	cmp lab/kernel.config before
	# what it quotes is nothing that a terminal would obey
	printf 'CONFIG_TTY=y\n\033[31mred\007\n' >lab/kernel.config
	status 1 "$KILN" config
	has 'kernel.config:2: neither an option nor a comment: `.\[31mred.`'
	! grep -q "$(printf '[\033\007]')" out
	cp before lab/kernel.config
	printf 'CONFIG_TTY=y\n\000\n' >lab/kernel.config
	status 1 "$KILN" config
	has 'kernel.config:2: '
	# what was asked for by hand and cannot be is told
	sed 's/.*CONFIG_SERIAL_8250=.*//; s/.*CONFIG_MODULES .*/CONFIG_MODULES_=y/' before | grep -v 'what is this' >lab/kernel.config
	status 0 "$KILN" config
	has 'kernel.config:[0-9]+: warning: unknown symbol: MODULES_'
	has 'SERIAL_8250_CONSOLE=y did not survive: it is n; it needs SERIAL_8250=y, but it is n'
}

broken_tree_is_told() {
	need_tree
	mkdir "a-tree"
	for f in "$tree"/*; do ln -s "$f" "a-tree/"; done
	rm "a-tree/Kconfig"
	printf 'mainmenu "x"\nconfig A\n\tbool "a"\nsource "not/there"\n' >"a-tree/Kconfig"
	"$KILN" new lab >/dev/null
	status 1 "$KILN" --lab lab --kernel "a-tree" config
	has 'Kconfig:4: .*not/there'
	[ ! -e lab/kernel.config ]
}

helper_killed_in_the_middle() {
	lab
	mkdir bin
	# a gcc that stands for a probe that takes for ever: the helper is killed while it waits
	printf '#!/bin/sh\nwhile [ ! -e "%s/go" ]; do sleep 0.05; done\nexec /usr/bin/gcc "$@"\n' "$PWD" >bin/gcc
	chmod +x bin/gcc
	PATH=$PWD/bin:$PATH KILN_CACHE=$PWD/cache "$KILN" config >out 2>&1 &
	kiln=$!
	until_true 60 pgrep -P "$kiln" -x kiln-kconfig
	kill -9 "$(pgrep -P "$kiln" -x kiln-kconfig)"
	touch go
	got=0
	wait "$kiln" || got=$?
	cat out
	[ "$got" = 1 ]
	has 'kconfig helper was ended by signal 9'
	status 0 "$KILN" config
}

t "presets make kernel.config; what they replace is kept" preset_then_another
t "a fragment file may be the preset" fragment_as_preset
t "an option that does not survive is an error with its reason" drift_is_an_error_with_its_reason
t "enable brings what it needs, disable takes what forces it" enable_brings_what_it_needs
t "why, search, list, menu and diff change nothing" questions_change_nothing
t "a fragment gives the same configuration again" fragment_gives_the_same_again
t "another tree is compared; what vanished is told" other_tree
t "the table of renamed options is true of both trees" renamed_table_holds
t "a configuration of another version: renamed options are taken over, vanished ones told" file_of_another_version
t "a broken kernel.config is told with its line and kept" broken_file_is_told_and_kept
t "a broken Kconfig file is told with its line" broken_tree_is_told
t "a helper that is killed is a message" helper_killed_in_the_middle
done_testing
