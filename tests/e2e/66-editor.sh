#!/bin/sh
# The learner's own editor inside the source pane, in a real terminal (tmux): nano, vi, one with arguments and quotes; one
# that is killed, one that is suspended; sizes; the prefix key; and that nothing of it reaches the terminal itself.
. "$(dirname "$0")/lib.sh"

unset LANGUAGE LC_ALL LC_MESSAGES TMUX VISUAL EDITOR KILN_WATCH
export LANG=C.UTF-8
TMUX_TMPDIR=$work
export TMUX_TMPDIR

server=0
tm() { tmux -L "$count-$server" -f /dev/null "$@"; }
cleanup() {
	for s in "$work/tmux-$(id -u)/"*; do
		[ -e "$s" ] && tmux -S "$s" kill-server 2>/dev/null
	done
	:
}
keys() { tm send-keys -t k "$@"; }
text() { tm send-keys -t k -l "$1"; }
shows() { tm capture-pane -p -t k | grep -q -E -- "$1"; }
hides() { ! shows "$1"; }
wait_for() { # seconds pattern
	until_true "$1" shows "$2" || { tm capture-pane -p -t k; return 1; }
}
ended() {
	until_true 30 shows "ended with 0"
	! pgrep -f "[/ ]$work/$count/lab/init"
}

start() { # editor
	command -v tmux >/dev/null || skip "needs tmux"
	"$KILN" -q new lab
	server=$((server + 1))
	printf '%s\n' "$1" >editor
	tm new-session -d -s k -x 120 -y 36 \
		"stty -g >before; EDITOR=\$(cat editor) ASAN_OPTIONS='$ASAN_OPTIONS' KILN_CACHE='$KILN_CACHE' KILN_DATA='$KILN_DATA' '$KILN' --lab lab; echo ended with \$?; stty -g >after; cat"
	wait_for 30 'F10'
	keys F3
	keys C-a z
	wait_for 10 'main|include'
	file=lab/init/c-libc/init.c
	[ -f "$file" ]
}

quit() { # init may be being built
	keys C-a q
	wait_for 20 'ended with|Stop it and leave'
	hides 'Stop it and leave' || keys y
	ended
}

nano_edits_and_saves() {
	command -v nano >/dev/null || skip "needs nano"
	start 'nano --ignorercfiles'
	wait_for 10 '^F1Help.*EnterEdit'
	keys Enter
	wait_for 20 'GNU nano'
	wait_for 10 '^C-a \?Keys F1Help' # the way past the editor; Enter is the editor's now
	until_true 10 hides 'EnterEdit'
	keys C-a ?
	wait_for 10 'Keys that work here'
	until_true 10 hides 'source.edit'
	keys q
	wait_for 10 'GNU nano'
	tm display -p -t k '#{mouse_any_flag}|#{alternate_on}|#{keypad_cursor_flag}' >terminal
	keys C-Home
	text '/* from nano: ä 中 */'
	keys Enter
	wait_for 10 'from nano: ä 中'
	keys C-o Enter
	wait_for 10 'Wrote'
	tm display -p -t k '#{mouse_any_flag}|#{alternate_on}|#{keypad_cursor_flag}' | diff terminal -
	keys C-x
	until_true 10 hides 'GNU nano'
	head -n 1 "$file" | grep -q 'from nano: ä 中'
	wait_for 10 'from nano'
	quit
	until_true 5 test -s after
	cmp before after
}

# Asked again: what vi had said before it heard of the new size is wiped away by its redrawing.
says_its_size() {
	text ':echo "size " . &lines . "x" . &columns'
	keys Enter
	until_true 1 shows 'size (19|2[0-9])x(8[0-9]|90)'
}

vi_follows_the_size() {
	command -v vi >/dev/null || skip "needs vi"
	start vi
	keys Enter
	text ':echo 6 * 7' # it is there and reads keys
	keys Enter
	wait_for 20 '^.?42'
	text ':set number'
	keys Enter
	wait_for 10 ' 1 /\*'
	tm resize-window -t k -x 90 -y 24
	until_true 30 says_its_size || { tm capture-pane -p -t k; return 1; }
	text 'ggO// from vi'
	keys Escape
	text ':wq'
	keys Enter
	until_true 10 grep -q '^// from vi' "$file"
	wait_for 10 'from vi'
	quit
}

arguments_and_quotes() {
	cat >'my editor' <<-'S'
	#!/bin/sh
	printf '%s\n' "$@" >"$(dirname "$0")/given"
	echo "editing in $TERM"
	read -r line
	echo "// $line" >>"$(eval echo "\${$#}")"
	S
	chmod +x 'my editor'
	start "'$PWD/my editor' -x 'two words'"
	keys Enter
	wait_for 10 'editing in xterm-256color'
	text 'typed'
	keys C-a C-a
	keys Enter
	until_true 10 grep -q '^// typed' "$file"
	printf -- '-x\ntwo words\n' >want
	head -n 2 given | diff want -
	tail -n 1 given | grep -q 'init.c$'
	tail -n 1 "$file" | grep -q "typed$(printf '\001')"
	quit
}

killed_and_suspended() {
	command -v vi >/dev/null || skip "needs vi"
	start vi
	keys Enter
	text ':echo 6 * 7' # it is there and reads keys
	keys Enter
	wait_for 20 '^.?42'
	pid=$(pgrep -f "vim?[.a-z]* .*$work/$count/lab/init" | tail -n 1)
	kill -STOP "$pid"
	until_true 10 grep -q '^State:.T' "/proc/$pid/status"
	text 'x'
	wait_for 10 'was suspended'
	text ':echo 40 + 3'
	keys Enter
	wait_for 10 '^.?43'
	keys C-z # suspending itself does not lose it
	text ':echo 50 + 5'
	keys Enter
	wait_for 10 '^.?55'
	kill -KILL "$pid"
	wait_for 10 'killed by signal 9'
	wait_for 10 'include'
	quit
}

t "nano edits and saves in the pane" nano_edits_and_saves
t "vi follows the size of the pane" vi_follows_the_size
t "an editor with arguments and quotes" arguments_and_quotes
t "an editor that is killed, suspended, suspends itself" killed_and_suspended
done_testing
