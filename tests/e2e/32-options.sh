#!/bin/sh
# The kernel options pane, by script on a real tree: a newcomer's way to the five options, consequences, undo, search, why and
# plans, pages with links, a kernel.config that changes on disk, a lab held by another.
. "$(dirname "$0")/lib.sh"

screen() { # runs ./script on the lab
	{ echo 'timeout 60'; cat script; } >script.timed # a busy machine compiles the helper slowly
	status 0 "$KILN" --lab lab --script script.timed --size "${1:-120x40}"
}

# From tinyconfig to the five in 13 keys: 5 finds the next one, Space sets it, and each says what it brought.
newcomer_reaches_the_five() {
	lab_with_kernel lab
	rm lab/kernel.config
	cat >script <<-'END'
	wait idle
	run pane.zoom
	key F2
	key 5
	wait text 64BIT: \[Space\] sets it
	key Space
	key t
	wait idle
	wait text 64BIT: n -> y
	wait text -> [yn], because of 64BIT
	wait text five: 1 of 5
	key 5
	wait text BLK_DEV_INITRD: \[Space\] sets it
	key Space
	wait idle
	wait text BLK_DEV_INITRD: n -> y
	wait text because of BLK_DEV_INITRD
	key 5
	wait text PRINTK: \[Space\] sets it
	key Space
	wait idle
	wait text PRINTK: n -> y
	wait text because of PRINTK
	key 5
	wait text BINFMT_ELF: \[Space\] sets it
	key Space
	wait idle
	wait text BINFMT_ELF: n -> y
	key 5
	wait text TTY: \[Space\] sets it
	key Space
	wait idle
	wait text TTY: n -> y
	wait text VT: n -> y, because of TTY
	wait text five: 5 of 5
	key 5
	wait text all five are set
	dump
	END
	[ "$(grep -c '^key' script)" -lt 15 ]
	screen 120x50
	for o in 64BIT BLK_DEV_INITRD PRINTK BINFMT_ELF TTY VT VGA_CONSOLE; do grep -q "^CONFIG_$o=y" lab/kernel.config; done
	"$KILN" --lab lab config --diff article >out || cat out
	! grep -qE '^[^ ]*CONFIG_' out || { cat out; return 1; }
}

toggle_tells_and_undo_brings_back() {
	lab_with_kernel lab
	cp lab/kernel.config before
	cat >script <<-'END'
	wait idle
	key F2
	run kconfig.goto TTY
	key Space
	wait idle
	wait text TTY: y -> n
	wait text because of
	key u
	wait idle
	wait text TTY: n -> y
	key C-r
	wait idle
	key u
	wait idle
	dump
	END
	screen
	cmp before lab/kernel.config
}

search_why_and_plan() {
	lab_with_kernel lab
	cat >script <<-'END'
	wait idle
	key F2
	run kconfig.search ^E1000$
	wait text E1000
	key W
	wait idle
	wait text NET
	key E
	wait idle
	wait text NETDEVICES
	key y
	wait idle
	wait text E1000: n -> y
	run kconfig.filter changed
	key g
	wait text Networking support
	wait text \(was n\)
	key u
	wait idle
	wait text taken back: enable E1000 with what it needs
	wait text NET: y -> n
	key C-r
	wait idle
	wait text done again: enable E1000
	dump
	END
	screen 160x50
	for o in NET PCI NETDEVICES E1000; do grep -q "^CONFIG_$o=y" lab/kernel.config; done
}

filters_and_marks() {
	lab_with_kernel lab
	cat >script <<-'END'
	wait idle
	key F2
	run kconfig.filter different
	wait idle
	wait text not default
	wait text KERNEL_XZ
	run kconfig.filter all
	run kconfig.goto TTY
	key M
	run kconfig.goto PRINTK
	key M
	run kconfig.filter marked
	wait text Enable TTY
	wait text support for printk
	run kconfig.filter five
	wait text ELF binaries
	run kconfig.filter new
	wait idle
	dump
	END
	screen
}

# Words in any order are found wherever they are; what has no place in the menus is shown by its name.
search_by_words() {
	lab_with_kernel lab
	cat >script <<-'END'
	wait idle
	key F2
	run pane.zoom
	key /
	type stor usb
	wait text options found
	wait text USB Mass Storage support USB_STORAGE
	key Esc
	key /
	type ^HAVE_
	wait text options found
	wait text - HAVE_
	key Enter
	wait text HAVE_[A-Z_0-9]+ = [yn] +\(bool\)
	key Esc
	wait text General setup
	dump
	END
	screen 120x50
	screen 80x24
}

# What differs from the lab's preset, and from the tree's tinyconfig, with the value there.
filters_compare() {
	lab_with_kernel lab
	cat >script <<-'END'
	wait idle
	key F2
	run kconfig.filter preset
	wait idle
	wait text unlike preset
	expect not was [yn]\)
	run kconfig.goto PRINTK_TIME
	key Space
	wait idle
	run kconfig.filter preset
	wait idle
	wait text \(was y\) Show timing
	run kconfig.filter tinyconfig
	wait idle
	wait text unlike tinyconfig
	wait text \(was n\) Kernel support for ELF
	wait text \(was -\) Initramfs source
	expect not Show timing
	run kconfig.filter presets
	wait text there is no filter
	dump
	END
	screen 200x50
}

refused_plan_changes_nothing() {
	lab_with_kernel lab
	cp lab/kernel.config before
	cat >script <<-'END'
	wait idle
	key F2
	run kconfig.enable E1000
	wait idle
	wait text NETDEVICES
	key n
	wait idle
	END
	screen
	cmp before lab/kernel.config
}

page_with_links() {
	lab_with_kernel lab
	cat >script <<-'END'
	wait idle
	key F2
	run kconfig.info SERIAL_8250_CONSOLE
	wait idle
	wait text Console on 8250
	key Enter
	wait idle
	key Backspace
	wait idle
	wait text SERIAL_8250_CONSOLE =
	key ]
	wait idle
	expect not SERIAL_8250_CONSOLE =
	key ]
	key [
	wait idle
	wait text SERIAL_8250_CONSOLE =
	key Esc
	wait text Console on 8250
	run kconfig.flat
	run kconfig.all
	key G
	key g
	dump
	END
	screen 80x24
	screen 40x12
}

# Names in a page are followed with the mouse too: where they stand is read off the screen.
links_are_clicked() {
	lab_with_kernel lab
	cat >script <<-'END'
	wait idle
	key F2
	run pane.zoom
	run kconfig.info SERIAL_8250_CONSOLE
	wait idle
	wait text depends on
	dump
	END
	screen 120x70
	[ "$(grep -c '^depends on' out)" = 1 ] # nothing twice
	grep -n 'HAS_IOMEM.* SERIAL_8250 .=y' out >line
	row=$(($(sed -n '1s/:.*//p' line) - 1))
	col=$(sed -n '1s/^[0-9]*:\(.*\)SERIAL_8250 .*/\1/p' line | awk '{ print length($0) }')
	sed -i '/^dump/d' script
	cat >>script <<-END
	mouse press $row $col
	wait idle
	wait text SERIAL_8250 = y
	wait text 8250/16550 and compatible serial support
	key [
	wait idle
	wait text SERIAL_8250_CONSOLE = y
	END
	screen 120x70
}

an_edit_is_saved_at_once() {
	lab_with_kernel lab
	cat >script <<-'END'
	wait idle
	key F2
	run kconfig.goto PRINTK_TIME
	wait idle
	key Space
	wait idle
	END
	screen
	grep -q '# CONFIG_PRINTK_TIME is not set' lab/kernel.config
}

# Somebody else writes kernel.config between two edits: nothing is lost without a question. Somebody: the editor.
changed_on_disk() { # the script's answer to the question, and what it waits for
	lab_with_kernel lab
	sed 's/^CONFIG_DEFAULT_HOSTNAME=.*/CONFIG_DEFAULT_HOSTNAME="theirs"/' lab/kernel.config >theirs
	grep -q theirs theirs
	printf '#!/bin/sh\ncp "%s/theirs" "%s/lab/kernel.config"\necho IT-IS-DONE\nread -r line\n' "$PWD" "$PWD" >editor
	chmod +x editor
	cat >script <<-END
	wait idle
	run kconfig.goto PRINTK_TIME
	run source.edit
	wait text IT-IS-DONE
	key F2
	key Space
	wait text changed on disk by something else
	$1
	END
	VISUAL=$PWD/editor screen
}

changed_on_disk_reloads() {
	changed_on_disk 'key r
wait text read again'
	cmp theirs lab/kernel.config
}

changed_on_disk_is_overwritten() {
	changed_on_disk 'key o
wait gone changed on disk
wait idle'
	grep -q '# CONFIG_PRINTK_TIME is not set' lab/kernel.config
	! grep theirs lab/kernel.config
}

changed_on_disk_is_compared() {
	changed_on_disk 'key d
wait text DEFAULT_HOSTNAME
wait text PRINTK_TIME'
	cmp theirs lab/kernel.config
}

# A kernel.config of another version: what is gone is told (the messages also hold what is called otherwise).
another_version_is_told() {
	lab_with_kernel lab
	sed -i 's/^# Linux.x86 .*/# Linux\/x86 6.1.1 Kernel Configuration/' lab/kernel.config
	echo CONFIG_GONE_FOR_GOOD=y >>lab/kernel.config
	cat >script <<-'END'
	wait idle
	key F2
	wait text the configuration is of Linux 6.1.1
	wait text GONE_FOR_GOOD
	run kconfig.goto PRINTK_TIME
	key Space
	wait idle
	dump
	END
	screen 160x50
	! grep GONE_FOR_GOOD lab/kernel.config
}

# Somebody edits the tree's Kconfig while its options are open: they are read again.
tree_changed_is_read_again() {
	tree=${KILN_TEST_TREE_612:-${KILN_TEST_TREE_61:-}}
	[ -n "$tree" ] || skip "needs a kernel tree"
	lab_with_kernel lab
	mkdir a-tree
	for f in "$tree"/*; do ln -s "$f" a-tree/; done
	rm a-tree/Kconfig
	cp "$tree/Kconfig" a-tree/
	printf '#!/bin/sh\nprintf "config KILN_NEW\\n\\tbool \\"A brand-new option\\"\\n" >>"%s/a-tree/Kconfig"\necho IT-IS-DONE\nread -r line\n' "$PWD" >editor
	chmod +x editor
	cat >script <<-'END'
	wait idle
	run kconfig.goto PRINTK_TIME
	run source.edit
	wait text IT-IS-DONE
	key F2
	key Space
	wait text the kernel tree was changed
	wait idle
	run kconfig.goto KILN_NEW
	wait text A brand-new option
	END
	VISUAL=$PWD/editor KILN_KERNEL=$PWD/a-tree screen 120x40
}

# kernel.config cannot be written: told with the reason, on screen and headless; the file and what is shown stay.
unwritable_config_is_told() {
	root
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	lab_with_kernel lab
	cp lab/kernel.config before
	cat >script <<-'END'
	timeout 60
	wait idle
	key F2
	run kconfig.goto PRINTK_TIME
	key Space
	wait text cannot .*kernel.config
	expect PRINTK_TIME: y -> n
	END
	cat >run <<-'END'
	mount --bind lab/kernel.config lab/kernel.config && mount -o remount,ro,bind lab/kernel.config || exit 77
	"$KILN" --lab lab --script script --size 160x40 || exit 1
	"$KILN" --lab lab config --set PRINTK_TIME=n && exit 1
	exit 0
	END
	got=0
	unshare -m sh run >out 2>&1 || got=$?
	[ "$got" != 77 ] || skip "needs mounts"
	cat out
	[ "$got" = 0 ]
	has 'cannot .*kernel.config'
	cmp before lab/kernel.config
}

held_lab_is_read_only() {
	lab_with_kernel lab
	cp lab/kernel.config before
	flock lab/.kiln.lock -c 'echo >held; until [ -e release ]; do sleep 0.05; done' &
	holder=$!
	until_true 10 test -e held
	cat >script <<-'END'
	wait idle
	key F2
	run kconfig.goto TTY
	key Space
	wait text read-only
	END
	got=0
	screen || got=1
	touch release
	wait $holder
	[ "$got" = 0 ]
	cmp before lab/kernel.config
}

t "a newcomer reaches the five options in 13 keys and sees what each brought" newcomer_reaches_the_five
t "a toggle tells its consequences, undo and redo bring back the very bytes" toggle_tells_and_undo_brings_back
t "search, why, and a plan that enables with all that is needed" search_why_and_plan
t "filters show what differs from its default, what is marked, the five" filters_and_marks
t "words are searched in any order; names without a prompt are shown" search_by_words
t "filters show what differs from the preset and from tinyconfig, and how" filters_compare
t "a plan that is refused changes nothing" refused_plan_changes_nothing
t "an option's page follows names and comes back, at 80x24 and 40x12" page_with_links
t "names in an option's page are followed by a click" links_are_clicked
t "an edit is in kernel.config at once" an_edit_is_saved_at_once
t "a kernel.config changed on disk is asked about: reload" changed_on_disk_reloads
t "a kernel.config changed on disk is asked about: overwrite" changed_on_disk_is_overwritten
t "a kernel.config changed on disk is asked about: the difference" changed_on_disk_is_compared
t "a kernel.config of another version is told about" another_version_is_told
t "a kernel tree that changes while its options are open is read again" tree_changed_is_read_again
t "a kernel.config that cannot be written is told" unwritable_config_is_told
t "in a lab that another kiln holds nothing can be set" held_lab_is_read_only
done_testing
