#!/bin/sh
# The kernel options pane, by script on a real tree: a newcomer's way to the five options, consequences, undo, search, why and
# plans, pages with links, a kernel.config that changes on disk, a lab held by another.
. "$(dirname "$0")/lib.sh"

screen() { # runs ./script on the lab
	status 0 "$KILN" --lab lab --script script --size "${1:-120x40}"
}

# From tinyconfig to the five in 12 keys: 5 finds the next one, Space sets it, and each says what it brought.
newcomer_reaches_the_five() {
	lab_with_kernel lab
	rm lab/kernel.config
	cat >script <<-'END'
	wait idle
	key F2
	key 5
	key Space
	key t
	wait idle
	key 5
	key Space
	wait idle
	key 5
	key Space
	wait idle
	key 5
	key Space
	wait idle
	key 5
	key Space
	wait idle
	wait text five: 5 of 5
	wait text TTY: n -> y
	dump
	END
	[ "$(grep -c '^key' script)" -lt 15 ]
	screen
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

changed_on_disk_is_asked() {
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

t "a newcomer reaches the five options in 12 keys and sees what each brought" newcomer_reaches_the_five
t "a toggle tells its consequences, undo and redo bring back the very bytes" toggle_tells_and_undo_brings_back
t "search, why, and a plan that enables with all that is needed" search_why_and_plan
t "filters show what differs from its default, what is marked, the five" filters_and_marks
t "a plan that is refused changes nothing" refused_plan_changes_nothing
t "an option's page follows names and comes back, at 80x24 and 40x12" page_with_links
t "an edit is in kernel.config at once" changed_on_disk_is_asked
t "in a lab that another kiln holds nothing can be set" held_lab_is_read_only
done_testing
