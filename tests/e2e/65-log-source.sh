#!/bin/sh
# The log and source panes on a screen in memory: searching, filtering and walking through a log; from a message to its place
# and back; editing with the user's own editor, errors at their lines, the fix; watching the sources.
. "$(dirname "$0")/lib.sh"
export LC_ALL=C.UTF-8
unset VISUAL EDITOR KILN_WATCH NO_COLOR KILN_ASCII

# Run the steps on stdin on a lab's screen; the dumps are in ./out.
screen() { # COLSxROWS
	status 0 "$KILN" --lab lab --script - --size "$1"
}

new_lab() {
	"$KILN" -q new lab >/dev/null
}

# A lab whose init warns 300 times and then fails twice.
noisy_lab() {
	new_lab
	i=0
	while [ $i -lt 300 ]; do
		i=$((i + 1))
		echo "#warning \"number $i\""
	done >lab/init/c-libc/init.c
	cat >>lab/init/c-libc/init.c <<-'C'
	int main(void) { return b; }
	int a = ;
	C
}

log_search() {
	noisy_lab
	screen 100x30 <<-'S'
	wait idle
	run build init
	wait idle
	run pane.focus log
	run pane.zoom
	run "log.search" "number 150\\b"
	wait idle
	expect 2/2 matches
	expect init\.c:150:2: warning: #warning "number 150"
	key n
	wait idle
	expect number 150
	key Esc
	run log.search nowhere-to-be-found
	wait idle
	expect 0 matches
	run log.search "(unclosed"
	expect bad pattern, column
	S
}

search_as_one_types() {
	noisy_lab
	screen 100x30 <<-'S'
	wait idle
	run build init
	wait idle
	run pane.focus log
	run pane.zoom
	key g
	key /
	type number 27
	wait text init\.c:27:2
	type 7
	wait text init\.c:277:2
	key Enter
	wait text \d+/\d+ match
	key /
	type zzz
	key Esc
	wait text init\.c:277:2
	S
}

log_filter_and_errors() {
	noisy_lab
	screen 100x30 <<-'S'
	wait idle
	run build init
	wait idle
	run pane.focus log
	run pane.zoom
	key g
	run log.severity errors
	wait idle
	expect init\.c:301:25: error: 'b' undeclared
	expect init\.c:302:9: error: expected expression
	expect not warning
	run log.severity all
	run log.filter "number 29\\d"
	wait idle
	expect number 290
	expect number 299
	expect not number 289
	expect not \| +\^
	key Esc
	wait gone only number
	key g
	key e
	wait text init\.c:301:25: error
	key e
	wait text init\.c:302:9: error
	key E
	expect init\.c:301:25: error
	key t
	run log.cause
	wait text init\.c:301:25: error
	expect \d+\.\d{3} E init\.c:301
	run log.save saved.log
	S
	grep -q 'init\.c:302:9: error: expected expression' lab/saved.log
	[ "$(grep -c '#warning "number' lab/saved.log)" -ge 300 ]
}

log_to_source_and_back() {
	noisy_lab
	screen 100x30 <<-'S'
	wait idle
	run build init
	wait idle
	run pane.focus log
	run pane.zoom
	key g e
	wait text init\.c:301:25: error
	key Enter
	wait text E 301 int main\(void\) { return b; }  error: 'b' undeclared
	expect 301/302
	key E
	wait text 302/302
	key L
	wait text 302 \| int a = ;
	expect E init\.c:302:9: error
	S
}

# Break it and mend it with an "editor": every second call takes away what the first one put in.
edit_errors_and_fix() {
	new_lab
	cat >edit <<-'E'
	grep -q broken "$1" && exec sed -i /broken/d "$1"
	echo 'int broken = ;' >>"$1"
	E
	VISUAL="sh $PWD/edit" screen 100x30 <<-'S'
	wait idle
	run build init
	wait idle
	expect ✓init
	run pane.focus source
	run pane.zoom
	key e
	wait text E \d+ int broken = ;  error: expected expression before ';'
	wait idle
	expect 1 error
	expect ✗init
	key g
	key E
	wait text E \d+ int broken
	key e
	wait gone broken
	wait text ✓init
	wait idle
	expect not error
	S
	status 0 "$KILN" --lab lab status
	has '^init +fresh'
}

# What is typed goes to the editor, which is shown in the pane and nowhere else.
an_editor_on_the_pane_s_terminal() {
	new_lab
	cat >edit <<-'E'
	[ -t 0 ] && [ -t 1 ] || exit 9
	stty size
	printf '\033]0;hello title\007\033[31mwhich line? \033[0m'
	read -r line
	echo "$line" >>"$1"
	E
	VISUAL="sh $PWD/edit" screen 100x30 <<-'S'
	wait idle
	run build init
	wait idle
	run pane.focus source
	run pane.zoom
	key e
	wait text which line\?
	expect ^26 100$
	expect editing init\.c
	type int broken = ;
	wait text which line\? int broken
	key Enter
	wait text E \d+ int broken = ;  error
	S
}

no_editor_is_told() {
	new_lab
	VISUAL=/nonexistent/editor screen 100x30 <<-'S'
	wait idle
	run pane.focus source
	key e
	wait text nonexistent
	run messages
	S
	EDITOR=false screen 100x30 <<-'S'
	wait idle
	run pane.focus source
	key e
	wait text the editor ended with status 1
	S
}

variants_and_tabs() {
	new_lab
	screen 100x30 <<-'S'
	wait idle
	run pane.focus source
	run pane.zoom
	expect init\.c +recipe +README +c-libc
	run init.variant c-asm
	expect sys\.S
	wait text c-asm
	run source.file sys.S
	expect syscall
	expect style syntax.keyword syscall
	key ] ]
	expect program init
	expect style syntax.keyword program
	run source.folder companions
	expect hello\.c
	run init.variant nosuch
	expect init/ has no folder nosuch
	S
	grep -q '^init.variant *= *c-asm$' lab/kiln.conf
}

others_changes_are_shown() {
	new_lab
	(
		until_true 60 test -e lab/ready
		echo '/* from outside */' >lab/init/c-libc/init.c
		echo 'hello' >lab/init/c-libc/notes.txt
	) &
	screen 100x30 <<-'S'
	wait idle
	run pane.focus source
	run pane.zoom
	expect #include
	run log.save ready
	wait text 1 /\* from outside \*/
	wait text notes\.txt
	expect 1/1
	S
	wait
}

# Edit, save: the new prompt stands in the console, by watching alone.
watch_builds_and_boots() {
	[ -f "$check/lab/out/bzImage" ] || skip "needs the kernel of the pipeline test"
	lab_with_kernel lab
	v=$(sed -n 's/^init.variant *= *//p' lab/kiln.conf)
	src=$(grep -l '"# "' lab/init/"${v:-c-libc}"/*.c | head -n 1)
	[ -n "$src" ] || skip "no prompt in the sources"
	(
		until_true 120 test -e lab/ready
		sed -i 's/"# "/"kiln> "/' "$src"
		until_true 120 test -e lab/again
		sed -i 's/"kiln> "/"second> "/' "$src"
	) &
	screen 100x30 <<-'S'
	timeout 120
	wait idle
	run source.watch on
	expect watching
	run log.save ready
	wait text kiln>
	run log.save again
	wait text second>
	S
	wait
}

# In a real terminal, with a real full-screen editor: broken by hand, mended by hand.
mux() { tmux -f /dev/null -S "$work/$count.tmux" "$@"; }
cleanup() { for s in "$work"/*.tmux; do tmux -S "$s" kill-server 2>/dev/null; done; }
shows() { mux capture-pane -p | grep -q -E -- "$1"; }
vi_in_a_terminal() {
	for tool in tmux vi; do command -v "$tool" >/dev/null || skip "needs $tool"; done
	new_lab
	mux new-session -d -x 110 -y 32 "env EDITOR=vi '$KILN' --lab lab; echo ended:\$? >ended"
	until_true 20 shows 'Init source'
	mux send-keys F3 z
	until_true 20 shows 'init\.c .*README'
	mux send-keys e
	until_true 20 shows 'init\.c" .*[0-9]+L' # vi is there
	mux send-keys G o 'int broken = 1 +\;' Escape
	until_true 20 shows '^int broken'
	mux send-keys :wq Enter
	until_true 60 shows '^E +[0-9]+ int broken = 1 \+;  error: expected'
	mux send-keys L
	until_true 20 shows '^E init\.c:[0-9]+:[0-9]+: error: expected expression'
	mux send-keys Enter
	until_true 20 shows '^E +[0-9]+ int broken'
	mux send-keys e
	until_true 20 shows '^int broken' # at that line
	mux send-keys d d :wq Enter
	until_true 60 shows '✓init'
	until_true 20 shows '[0-9]+/[0-9]+ ──$'
	! shows broken
	mux send-keys F10
	until_true 20 grep -q ended:0 ended
}

t "the log: search, counts, bad patterns" log_search
t "the log: search while typing, Esc goes back" search_as_one_types
t "the log: severity, filter, next error, times, save" log_filter_and_errors
t "from the log to the source and back" log_to_source_and_back
t "edit, error at its line, fix, fresh" edit_errors_and_fix
t "the editor has a terminal of its own in the pane" an_editor_on_the_pane_s_terminal
t "an editor that cannot start, or fails, is told" no_editor_is_told
t "variants and tabs" variants_and_tabs
t "changes from outside are shown" others_changes_are_shown
t "watching: a save builds and boots" watch_builds_and_boots
t "edit with vi in a real terminal, to the log and back" vi_in_a_terminal
done_testing
