#!/bin/sh
# The workbench as a newcomer and a student meet it, in a real terminal: one key from an empty lab to a prompt, edit, build and
# boot, zoom and resize meanwhile, search in the log, a kernel build that is stopped, themes, plain mode.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/terminal"

one_key_from_an_empty_lab() {
	EMPTY=1 start 80x24
	wait_for 20 'never built'
	keys F5
	wait_for 300 'prompt after [0-9.]+ s'
	keys F7
	type_line '/bin/hello'
	wait_for 20 'Hello from'
	quit
	[ -f lab/kernel.config ] && [ -f lab/out/bzImage ]
}

edit_build_boot() {
	start 120x40
	boot
	keys F3
	sed -i 's/^\tsetsid();/\tsay("edited by hand\\n");\n\tsetsid();/' lab/init/c-libc/init.c
	grep -q 'edited by hand' lab/init/c-libc/init.c
	keys F6
	wait_for 60 'everything asked for is fresh'
	keys F5
	wait_for 120 'edited by hand'
	wait_for 60 'prompt after'
	quit
}

zoom_and_resize() {
	start 100x30
	keys F4 z
	wait_for 10 'Build log'
	until_true 10 hides '1/101'
	tm resize-window -t k -x 40 -y 12
	wait_for 10 'F10|F9'
	tm resize-window -t k -x 200 -y 50
	keys z
	wait_for 10 '1/101'
	wait_for 10 'Kernel options'
	quit
}

search_in_the_log() {
	start 120x40
	boot
	keys C-a 1 F4 /
	type_line 'qemu-system'
	wait_for 10 'qemu-system-x86_64'
	wait_for 10 '[0-9]+/[0-9]+'
	quit
}

stop_a_kernel_build() {
	lab_with_kernel lab
	rm -rf lab/build lab/out/bzImage
	start 120x40 -o kernel.cache=no
	keys :
	type_line 'build kernel'
	wait_for 120 'kernel .*[0-9]+ %|CC  '
	keys F8
	wait_for 60 'cancelled|stopped'
	until_true 20 sh -c "! pgrep -f '[O]=$work/$count/lab'"
	wait_for 20 '·kernel|✗kernel|≈kernel'
	quit
}

themes_change_the_colours() {
	start 100x30
	tm capture-pane -p -e -t k >dark
	keys :
	type_line 'theme light'
	until_true 10 sh -c "tmux -L $count-$server capture-pane -p -e -t k | cmp -s - dark && exit 1 || exit 0"
	keys :
	type_line 'theme nosuch'
	wait_for 10 'nosuch'
	quit
}

plain_in_a_terminal() {
	command -v tmux >/dev/null || skip "needs tmux"
	lab_with_kernel lab
	server=$((server + 1))
	tm new-session -d -s k -x 100 -y 30 "env TERM=dumb ASAN_OPTIONS='$ASAN_OPTIONS' KILN_CACHE='$KILN_CACHE' KILN_DATA='$KILN_DATA' '$KILN' --plain --lab lab; echo ended with \$?; cat"
	type_line 'status'
	wait_for 30 'kernel +fresh'
	type_line 'quit'
	wait_for 30 'ended with 0'
}

# A machine in plain mode: what is typed goes to it, its echo is not told twice, nothing moves the cursor.
plain_types_at_the_guest() {
	command -v tmux >/dev/null || skip "needs tmux"
	lab_with_kernel lab
	server=$((server + 1))
	tm new-session -d -s k -x 160 -y 40 "env TERM=dumb ASAN_OPTIONS='$ASAN_OPTIONS' KILN_CACHE='$KILN_CACHE' KILN_DATA='$KILN_DATA' '$KILN' --plain --lab lab; echo ended with \$?; cat"
	tm pipe-pane -t k 'cat >bytes'
	wait_for 30 'kiln>'
	type_line run
	wait_for 120 '^  \| #'
	type_line '/bin/hello'
	wait_for 30 '^  \| Hello from'
	wait_for 10 '^  \| # /bin/hello$'
	keys C-c
	type_line '/bin/cat'
	type_line '~~tilde'
	wait_for 30 '^  \| ~tilde$' # cat's answer; what was typed has no bar
	keys C-d
	type_line '/bin/uname -s'
	wait_for 30 '^  \| Linux$'
	! tm capture-pane -p -t k | grep -E '^  \|.*(cat|uname)' # the echo alone would be there
	type_line '~.'
	wait_for 30 'prompt after'
	hides 'cancelled'
	type_line 'run'
	until_true 60 sh -c "[ \$(grep -c 'Run /init' bytes) = 2 ]"
	until_true 60 sh -c "tmux -L $count-$server capture-pane -p -t k | grep . | tail -n 1 | grep '^  | #'"
	type_line '/bin/reboot'
	until_true 30 sh -c "[ \$(grep -c 'prompt after' bytes) = 2 ]"
	type_line quit
	ended 0
	! grep -q "$(printf '\033')" bytes
}

# The commands out of a file, out of a pipe; and a shell's input is not left non-blocking.
plain_from_a_file() {
	lab_with_kernel lab
	printf 'status\nquit\n' >in
	status 0 "$KILN" --plain --lab lab <in
	has 'kernel +fresh'
	echo status | status 0 "$KILN" --plain --lab lab
	has 'kernel +fresh'
}

t "one key leads from an empty lab to a prompt that answers" one_key_from_an_empty_lab
t "edit, build, boot: the new prompt in the pane" edit_build_boot
t "zoomed, shrunk and grown it is right again" zoom_and_resize
t "search in the log" search_in_the_log
t "a kernel build is stopped and leaves nothing behind" stop_a_kernel_build
t "themes change the colours; an unknown one changes nothing" themes_change_the_colours
t "plain mode in a dumb terminal" plain_in_a_terminal
t "plain mode: typing at the guest" plain_types_at_the_guest
t "plain mode takes its commands from a file and from a pipe" plain_from_a_file
done_testing
