#!/bin/sh
# The console pane in a real terminal (tmux) with real guests: to the prompt and typing on both faces, the machine paused,
# reset, killed, panicking; looking around, search, copy, recording; sizes; and a guest that sends every escape there is.
. "$(dirname "$0")/lib.sh"

. "$(dirname "$0")/terminal"

to_the_prompt_and_typing() {
	start 100x30
	wait_for 10 'No machine runs'
	boot
	wait_for 10 'Console.*running, serial'
	wait_for 10 '^C-a \?Keys.*F5Run'
	until_true 10 hides 'vMark'
	keys C-a [
	wait_for 10 'looking around'
	until_true 10 hides 'C-a \?Keys'
	keys q
	wait_for 10 '^C-a \?Keys'
	type_line /bin/hello
	wait_for 10 'Hello from'
	type_line '/bin/uname -a'
	wait_for 10 'x86_64'
	grep -q 'LINES=[0-9]* COLUMNS=[0-9]*' lab/out/boot.log # the guest is told the size of its terminal
	quit
}

a_new_init_runs_with_the_next_boot() {
	start 100x30
	boot
	grep -q '"# "' lab/init/c-libc/init.c
	sed -i 's/"# "/"new# "/' lab/init/c-libc/init.c
	keys F5
	wait_for 60 'new# '
	type_line /bin/hello
	wait_for 10 'Hello from'
	[ "$(pgrep -fc "qemu-syste[m].*$work/$count/lab")" = 1 ]
	keys F8
	until_true 10 hides 'running'
	quit
}

paused_reset_and_killed() {
	start 100x30
	boot
	keys C-a P
	wait_for 10 'Console.*paused'
	type_line /bin/hello
	keys C-a P
	wait_for 10 'Console.*running'
	wait_for 10 'Hello from'
	pkill -9 -f "qemu-syste[m].*$work/$count/lab"
	wait_for 10 'signal 9'
	wait_for 5 'Console.*ended'
	boot
	keys C-a X
	wait_for 10 'switched off by you'
	quit
}

panic_is_explained() {
	start 100x30 -o boot.cmdline=rdinit=/none
	keys F5
	wait_for 60 'panicked:'
	wait_for 10 'next:'
	wait_for 10 'the kernel panicked' # the run is over
	quit
}

vga_face_of_the_five_options() {
	[ -d "$check/lab-article" ] || skip "no five-option lab"
	copy_lab "$check/lab-article" lab
	start 170x60
	keys C-a 2 F7
	boot
	wait_for 10 'Console.*running, vga'
	type_line /bin/hello
	wait_for 20 'Hello from'
	keys C-a t
	wait_for 5 'recording'
	type_line '/bin/uname -a'
	wait_for 20 'x86_64'
	keys C-a t
	grep -q x86_64 lab/out/console-*.log
	quit
}

vga_face_in_a_small_pane() {
	[ -d "$check/lab-article" ] || skip "no five-option lab"
	copy_lab "$check/lab-article" lab
	start 80x24
	boot
	type_line /bin/hello
	wait_for 20 'Hello from' # the part around the cursor is shown
	quit
}

looking_around() {
	mkdir -p lab
	rmdir lab
	lab_with_kernel lab
	seq -f 'line %g of the file' 400 >lab/rootfs/lines
	start 100x30
	boot
	type_line '/bin/cat /lines'
	wait_for 20 'line 400 of'
	keys C-a [
	wait_for 5 'looking around'
	keys PgUp PgUp
	wait_for 5 'lines back'
	until_true 5 hides 'line 400 of'
	type_line x # goes nowhere: it is not for the guest now
	keys g
	wait_for 5 'Linux version'
	keys /
	type_line 'line 12\d of'
	wait_for 5 '10 matches'
	wait_for 5 'line 129 of'
	keys n n
	wait_for 5 'line 127 of'
	keys q
	wait_for 5 'line 400 of'
	until_true 10 hides 'lines back'
	type_line /bin/hello
	wait_for 10 'Hello from'
	quit
}

copied_text_reaches_the_terminal() {
	start 100x30
	boot
	wait_for 30 ImExPS # the last thing the kernel says by itself: from here on rows stand still
	type_line /bin/hello
	wait_for 10 'Hello from'
	keys C-a y
	wait_for 5 'copied'
	until_true 5 tm show-buffer
	tm show-buffer | grep -q 'Hello from'
	# by mouse: from the third to the tenth column of the guest's answer
	row=$(tm capture-pane -p -t k | grep -n 'Hello from' | head -n 1 | cut -d : -f 1)
	col=$(tm capture-pane -p -t k | sed -n "${row}s/Hello.*//p" | wc -m)
	esc=$(printf '\033')
	tm send-keys -t k -l "$esc[<0;$((col + 2));${row}M"
	tm send-keys -t k -l "$esc[<32;$((col + 9));${row}M"
	tm send-keys -t k -l "$esc[<0;$((col + 9));${row}m"
	until_true 5 sh -c "[ \"\$(tmux -L $count-$server show-buffer)\" = 'llo from' ]"
	keys C-a [ v
	keys Up
	keys Home
	keys y
	wait_for 5 'copied'
	until_true 5 sh -c "tmux -L $count-$server show-buffer | grep -q 'Linux version'"
	quit
}

recorded_as_text() {
	start 100x30
	keys F7 t
	wait_for 5 'recording'
	boot
	type_line /bin/hello
	wait_for 10 'Hello from'
	keys C-a t
	wait_for 5 'recorded: '
	set -- lab/out/console-*.log
	grep -q 'Linux version' "$1"
	grep -q 'Hello from' "$1"
	! grep -q "$(printf '\033')" "$1"
	quit
}

size_follows_and_is_told() {
	start 100x30
	boot
	tm resize-window -t k -x 60 -y 20
	keys C-a z
	wait_for 10 'Console'
	wait_for 10 'F1'
	tm resize-window -t k -x 120 -y 40
	wait_for 10 'C-a /Search'
	type_line /bin/hello
	wait_for 10 'Hello from'
	keys C-a w
	wait_for 10 'stty rows 3[0-9] cols 1[12]'
	quit
}

a_flood_does_not_delay_keys() {
	mkdir -p lab
	rmdir lab
	lab_with_kernel lab
	i=0
	while [ $i -lt 400 ]; do
		seq 100000 100300
		i=$((i + 1))
	done >lab/rootfs/flood
	start 100x30
	boot
	type_line '/bin/cat /flood'
	wait_for 10 '100[0-9][0-9][0-9]'
	keys C-a :
	until_true 2 shows '^:'
	keys abc
	until_true 2 shows '^:abc'
	keys C-g
	until_true 2 hides '^:abc'
	quit
}

# Titles, the clipboard, mouse and other modes, character sets, endless strings, broken UTF-8, too many parameters.
hostile_bytes() {
	printf '\033]0;EVIL TITLE\007\033]2;EVIL\033\\\033]52;c;RVZJTA==\007\033[?1000h\033[?1002h\033[?1003h\033[?1006h'
	printf '\033[?2004h\033[?1049h\033[?1049l\033[?25l\033[?5h\033[?7l\033[2;3r\033(0\033[5 q\033[>4;2m\033[=1u'
	printf '\033[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19;20;21;22;23;24m\033[8;5;5t\033[3;0;0t\033[2J'
	printf '\033P1$r0m\033\\\033_apc\033\\\033^pm\033\\\033Xsos\033\\\033kEVIL\033\\\302\233 31m\377\376\300\200\355\240\200'
	printf '\033[6n\033[c\033[>c\033[5n\005\033[21t\033[?62;1;2;6c\033#8\033%%@\033 G\016\017\033N\033O\033n\033o'
	printf '\033[99999999999999999999;1H\033[65535b\033[65535S\033[65535T\033[65535L\033[65535@\033[18t\033[!p\033c'
	printf '\033[?5l\033[?25h\nstill here\n'
	printf '\033]0;'
	head -c 300000 /dev/zero | tr '\0' A
	printf '\007\033cafter the string\n'
}

nothing_of_the_guest_reaches_the_terminal() {
	mkdir -p lab
	rmdir lab
	lab_with_kernel lab
	hostile_bytes >lab/rootfs/evil
	start 100x30
	boot
	state='#{pane_title}|#{mouse_any_flag}|#{mouse_sgr_flag}|#{mouse_all_flag}|#{alternate_on}|#{keypad_flag}|#{wrap_flag}|#{pane_width}x#{pane_height}|#{scroll_region_upper}-#{scroll_region_lower}'
	tm display -p -t k "$state" >terminal
	type_line '/bin/cat /evil'
	wait_for 30 'after the string'
	tm display -p -t k "$state" | diff terminal -
	! tm show-buffer 2>/dev/null | grep -q EVIL
	keys Enter # the answers that the guest asked for stand in its line
	type_line /bin/hello
	wait_for 10 'Hello from'
	quit
	until_true 5 test -s after
	cmp before after
	tm display -p -t k '#{pane_title}' | grep -qv EVIL
}

killed_kiln_leaves_no_machine() {
	start 100x30
	boot
	pid=$(pgrep -P "$(tm display -p -t k '#{pane_pid}')" -f 'kiln --lab lab')
	kill -9 "$pid"
	until_true 10 sh -c "! pgrep -f 'qemu-syste[m].*$work/$count/lab'"
}

t "F5 boots to a prompt in the pane, typing works" to_the_prompt_and_typing
t "an edited init runs with the next F5, the old machine is gone" a_new_init_runs_with_the_next_boot
t "pause, resume, QEMU killed, boot again, kill" paused_reset_and_killed
t "a panic has a banner with its cause and the next step" panic_is_explained
t "the five-option kernel on the VGA face takes typing" vga_face_of_the_five_options
t "the VGA face in a pane that is too small for it" vga_face_in_a_small_pane
t "scrolling back, searching, and back to the machine" looking_around
t "copied text reaches the terminal's clipboard" copied_text_reaches_the_terminal
t "a recording is text" recorded_as_text
t "the console follows the terminal's size and tells it on request" size_follows_and_is_told
t "a flood does not delay keys" a_flood_does_not_delay_keys
t "escapes of a hostile guest never reach the terminal" nothing_of_the_guest_reaches_the_terminal
t "kiln killed while a machine runs in the pane leaves none" killed_kiln_leaves_no_machine
done_testing
