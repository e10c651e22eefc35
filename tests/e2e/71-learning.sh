#!/bin/sh
# A learner's way through lessons: what a step points at is marked, a lesson can be entered in any lab, steps can be begun again and
# all of it taken back, checks are made again when the lab changes, help is remembered as help, nothing that ends kiln loses
# the place, a lesson can be presented, and all of it works line by line too.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/terminal"

# Nothing is solved yet.
newcomer() {
	export XDG_STATE_HOME="$PWD/state"
}

# Run the script on standard input; the lab has a kernel unless there is one already.
screen() { # [environment…]
	[ -d lab ] || lab_with_kernel lab
	cat >script
	status 0 env "$@" "$KILN" --lab lab --script script --size 100x30
}

spotlight_marks_the_place() {
	newcomer
	for theme in default-dark mono; do
		rm -rf lab state
		screen KILN_THEME=$theme <<-'E'
		timeout 60
		wait idle
		run config --preset tinyconfig
		wait idle
		run layout h42(lesson,v55(kconfig,source|log))
		run lesson.open five
		wait idle
		wait text > Kernel options <
		expect style spotlight Kernel options
		wait text 64BIT.*<--
		expect style spotlight <--
		expect \[o\] goes to what is meant
		key o
		expect style title.focus > Kernel options <
		expect style selected 64BIT
		run kconfig.set 64BIT y
		wait idle
		wait text Done
		expect not > Kernel options <
		expect not <--
		run lesson.open init
		wait idle
		key n
		wait idle
		wait text > Init source <
		run init.variant article
		wait text Done
		expect not > Init source <
		E
	done
}

# No start state is needed where the lab is there already; else it is offered, made, and taken back.
entered_anywhere() {
	newcomer
	"$KILN" new lab >/dev/null
	screen <<-'E'
	timeout 60
	wait idle
	run layout lesson
	run lesson.open serial
	wait text Begin with the lab as it is
	expect kernel.config, kiln.conf
	key n
	wait idle
	expect not Begin with the lab as it is
	key B
	wait text Begin with the lab as it is
	key y
	wait text SERIAL_8250 is n
	wait idle
	expect not The lab is not where this begins
	E
	grep -q '^CONFIG_TTY=y' lab/kernel.config
	! grep -q '^CONFIG_SERIAL_8250=y' lab/kernel.config
	cp lab/kernel.config made
	screen <<-'E'
	timeout 60
	wait idle
	run layout lesson
	wait text A voice on the wire
	run lesson.undo
	wait idle
	E
	[ ! -e lab/kernel.config ]
	screen <<-'E'
	timeout 60
	wait idle
	run layout lesson
	run lesson.undo
	wait idle
	run lesson.begin
	wait idle
	expect not The lab is not where this begins
	E
	cmp made lab/kernel.config
}

steps_begin_again() {
	newcomer
	"$KILN" new lab >/dev/null
	screen <<-'E'
	timeout 60
	wait idle
	run layout lesson
	run lesson.open init
	wait text Begin with the lab as it is
	key n
	wait idle
	run init.variant article
	wait text Done
	E
	echo '/* mine */' >>lab/init/article/shell.c
	screen <<-'E'
	timeout 60
	wait idle
	run layout lesson
	run lesson.reset
	wait text Put the lab back
	key n
	wait idle
	expect Done
	run lesson.reset
	wait text Put the lab back
	key y
	wait text init.variant is c-libc
	E
	! grep -q '^init.variant' lab/kiln.conf
	! grep mine lab/init/article/shell.c
	screen <<-'E'
	timeout 60
	wait idle
	run layout lesson
	run lesson.undo
	wait text Done
	E
	grep -q '^init.variant = article' lab/kiln.conf
	grep mine lab/init/article/shell.c
	# a copy that is not there is no crash
	rm -rf lab/.lesson
	screen <<-'E'
	wait idle
	run lesson.undo
	wait text nothing to undo
	E
}

# Each edit is seen, without asking for a check.
checked_when_the_lab_changes() {
	newcomer
	screen <<-'E'
	timeout 60
	wait idle
	run layout lesson
	run lesson.open five
	wait text Begin with the lab as it is
	key n
	wait text Done
	expect last checked [0-9:]{8}
	run kconfig.set 64BIT n
	wait text 64BIT is n
	run kconfig.set 64BIT y
	wait text \[x\] k64
	run kconfig.set 64BIT n
	wait text 64BIT is n
	run kconfig.set 64BIT y
	wait text \[x\] k64
	E
}

help_is_remembered_as_help() {
	newcomer
	screen <<-'E'
	timeout 60
	wait idle
	run layout lesson
	run lesson.open tinyconfig
	wait idle
	key S
	wait text marked as assisted
	key n
	wait idle
	expect not Done
	key S y
	wait text Done, with help
	key n 3
	wait text Done\.
	key Backspace
	wait text \[x\] 2/2 \(1 with help\)  The kernel that
	E
	grep -x 'tinyconfig/tiny assisted' "$XDG_STATE_HOME/kiln/lessons"
	grep -x 'tinyconfig/cannot' "$XDG_STATE_HOME/kiln/lessons"
}

# Not even an end that nobody can prepare for loses the place, the hints, or that there was help.
killed_in_the_middle() {
	newcomer
	start 100x30
	keys C-a 3
	wait_for 20 'The kernel that says nothing'
	keys :
	type_line 'lesson.open five'
	wait_for 20 'Begin with the lab as it is'
	keys n
	wait_for 20 'Done'
	keys n
	wait_for 20 'Room for an initramfs'
	keys H
	wait_for 20 'Hint'
	pkill -9 -f "[k]iln --lab lab.*" -P "$(tm display-message -p -t k '#{pane_pid}')" || kill -9 "$(pgrep -P "$(tm display-message -p -t k '#{pane_pid}')" | head -n 1)"
	wait_for 20 'ended with 137'
	grep -x 'five/k64' "$XDG_STATE_HOME/kiln/lessons"
	start 100x30
	keys C-a 3
	wait_for 20 'Room for an initramfs'
	wait_for 20 'Hint'
	quit
	# and what it wrote may be anything
	for text in 'lesson ../../etc' 'lesson /etc/passwd' "lesson $top/lessons/02-five" '' 'step k64'; do
		printf '%s\nstep nosuch\nhints 999999999999\nanswer -5\n' "$text" >lab/out/lesson
		printf 'wait idle\nrun layout lesson\nwait text Five options\n' >script
		status 0 "$KILN" --lab lab --script script
	done
}

# The first Enter has a lesson to open; at both ends the keys say where one is.
keys_of_the_list() {
	newcomer
	"$KILN" new lab >/dev/null
	screen <<-'E'
	timeout 60
	wait idle
	key C-a 3
	key p
	wait text no lesson is open - next: .lesson.list
	key Enter
	wait text Four windows, and back
	expect ^│- .F2.
	key p
	wait text this is the first step
	E
}

# A step that begins broken waits to be broken again after a reset, and not after that is undone.
broken_again() {
	newcomer
	screen <<-'E'
	timeout 60
	wait idle
	run layout lesson
	run lesson.open clinic
	wait idle
	run pane.zoom
	wait text Begin with .lesson-start clinic/mode
	run lesson-start clinic/mode
	wait text mode of init is 0644
	run lesson.reset
	wait text Put the lab back
	key y
	wait text Begin with .lesson-start clinic/mode
	run lesson.undo
	wait text mode of init is 0644
	expect not Begin with .lesson-start
	E
}

presented() {
	newcomer
	"$KILN" new lab >/dev/null
	screen <<-'E'
	timeout 60
	wait idle
	run layout lesson
	run lesson.play
	wait text no lesson is open
	run lesson.open tinyconfig
	wait idle
	run lesson.play 0
	wait text from 1 to 600
	run lesson.play 600
	wait text presenting, 600 s
	key Space
	wait text paused
	key Space
	wait text presenting
	key n
	wait text Done, with help
	key n
	wait text What is it that it cannot do
	key Esc
	wait gone presenting
	key p
	run lesson.next
	run lesson.play 1
	wait text presenting, 1 s
	wait text Done, with help
	wait text the lesson is over
	wait gone presenting
	E
	grep -q 'CONFIG_64BIT is not set' lab/kernel.config || ! grep -q '^CONFIG_64BIT=y' lab/kernel.config
}

line_by_line() {
	newcomer
	"$KILN" new lab >/dev/null
	cat >in <<-'E'
	learn
	learn nosuch
	learn five
	learn begin
	learn check
	learn hint
	config --set 64BIT=y
	learn check
	learn next
	learn solve
	learn reset
	learn undo
	learn panic
	learn begin
	learn answer 1
	learn answer 2
	learn check
	E
	status 0 "$KILN" --plain --lab lab <in
	has 'no lesson is open'
	has 'there is no lesson `nosuch`'
	has '^Five options, step 1 of 5: A 64-bit kernel'
	has '^The lab is not where this begins'
	has '^- preset tinyconfig'
	has '^FAIL  64BIT is n'
	has '^OK    k64'
	has '^Done\.$'
	has '^Five options, step 2 of 5: Room'
	has '^- set BLK_DEV_INITRD=y'
	has '^Done, with help'
	has '^LATER boots a machine: `learn check`'
	has '^OK    panics'
	hasnt '\{key:'
	grep -x 'five/k64' "$XDG_STATE_HOME/kiln/lessons"
	grep -x 'five/initrd assisted' "$XDG_STATE_HOME/kiln/lessons"
	grep -x 'panic/boot' "$XDG_STATE_HOME/kiln/lessons"
	# from the shell the place is the same, and --json says it in data
	status 0 "$KILN" --lab lab learn
	has '^The first panic'
	status 0 "$KILN" --lab lab --json learn check
	has '"passed": ?true'
}

read_only_labs_are_left_alone() {
	newcomer
	lab_with_kernel lab
	cat >script <<-'E'
	wait idle
	run layout lesson
	run lesson.open five
	wait idle
	expect not The lab is not where this begins
	run lesson.solve
	key y
	wait text read-only
	E
	flock lab/.kiln.lock "$KILN" --lab lab --script script >out 2>&1
	[ ! -e lab/.lesson ] && [ ! -e lab/out/lesson ]
}

t "what a step points at is marked, with and without colours, until it is solved" spotlight_marks_the_place
t "a lesson is entered in any lab: its start state is offered, made and taken back" entered_anywhere
t "a step begins again, and that is taken back" steps_begin_again
t "a step is checked again whenever the lab changes" checked_when_the_lab_changes
t "help is remembered as help" help_is_remembered_as_help
t "killed in the middle, kiln goes on where it was" killed_in_the_middle
t "the list opens its first lesson by Enter, and both ends say so" keys_of_the_list
t "a step that begins broken is broken again after a reset" broken_again
t "a lesson is presented, held, hurried and ended" presented
t "lessons line by line" line_by_line
t "a lab that another kiln holds is left alone" read_only_labs_are_left_alone
done_testing
