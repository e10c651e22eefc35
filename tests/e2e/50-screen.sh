#!/bin/sh
# The screen: golden pictures by the script driver, without a terminal; and the real thing in a real terminal (tmux): idle
# means asleep, the terminal comes back whole whatever ends kiln, sizes, signals, dumb terminals.
# KILN_UPDATE=1 writes the pictures anew: look at the diff before you commit it.
. "$(dirname "$0")/lib.sh"
screens=$top/tests/screen
mux() { tmux -f /dev/null -S "$work/$count.tmux" "$@"; }
cleanup() { for s in "$work"/*.tmux; do tmux -S "$s" kill-server 2>/dev/null; done; }
export HOME="$work" LC_ALL=C.UTF-8

# A lab whose source is nowhere: the same states on every machine.
bare_lab() {
	"$KILN" new lab >/dev/null
	echo 'kernel.source = /nowhere' >>lab/kiln.conf
}

# Numbers that differ from run to run.
normal() {
	sed -E "s,$work,$(printf '%s' "$work" | tr -c '\n' W),g; s/ [0-9]+:[0-9][0-9] / t:tt /; s/[0-9]+\.[0-9]+ ?s/t s/g" "$1"
}

picture() { # script size
	rm -rf lab
	bare_lab
	status 0 "$KILN" -C lab --script "$screens/$1.kiln" --size "$2"
	normal out >got
	want=$screens/$1.$2.txt
	[ "${KILN_UPDATE:-0}" != 1 ] || cp got "$want"
	diff -u "$want" got
}

pictures_80x24() { for s in start help messages resize mouse; do picture $s 80x24 || return 1; done; }
pictures_100x30() { for s in start help; do picture $s 100x30 || return 1; done; }
pictures_200x50() { for s in start messages; do picture $s 200x50 || return 1; done; }
pictures_40x12() { for s in start help messages; do picture $s 40x12 || return 1; done; }

bad_theme_keeps_the_old_one() {
	bare_lab
	printf '# mine\ntext = rad\n' >bad.theme
	status 0 "$KILN" -C lab --script "$screens/themes.kiln" --size 100x30
	grep -q '^screen.theme = light' lab/kiln.conf
}

scripts_fail_with_a_place() {
	bare_lab
	printf 'wait idle\nexpect no such text\n' >s.kiln
	status 1 "$KILN" -C lab --script s.kiln
	has 's.kiln:2: is not on the screen: no such text'
	has 'F10Quit'
	printf 'timeout 0.2\nwait text nosuchtext\n' >s.kiln
	status 1 "$KILN" -C lab --script s.kiln
	has 's.kiln:2: waited in vain'
	printf 'dance\n' >s.kiln
	status 1 "$KILN" -C lab --script s.kiln
	has 's.kiln:1: there is no such step: dance'
	printf 'expect (\n' >s.kiln
	status 1 "$KILN" -C lab --script s.kiln
	has 'regular expression'
	status 2 "$KILN" -C lab --script s.kiln --size 80
	status 1 "$KILN" -C lab --script nosuch.kiln
}

odd_sizes() {
	bare_lab
	printf 'wait idle\nkey F1 Esc F9 Esc z C-a ? Esc\nrun status\nwait idle\n' >s.kiln
	for size in 1x1 2x1 1x2 3x3 20x5 500x200 80x1 1x50; do
		status 0 "$KILN" -C lab --script s.kiln --size $size || return 1
	done
}

only_ascii() {
	bare_lab
	printf 'wait idle\ndump\nkey F1\ndump\n' >s.kiln
	KILN_ASCII=1 status 0 "$KILN" -C lab --script s.kiln
	has '\+- '
	! LC_ALL=C grep -n '[^ -~]' out
	LC_ALL=C status 0 "$KILN" -C lab --script s.kiln
	! LC_ALL=C grep -n '[^ -~]' out
}

second_kiln_reads_only() {
	bare_lab
	flock lab/.kiln.lock -c 'echo >held; until [ -e release ]; do sleep 0.05; done' &
	until_true 10 test -e held
	printf 'wait idle\nexpect in use by another kiln\nrun build init\nexpect read-only\n' >s.kiln
	status 0 "$KILN" -C lab --script s.kiln
	touch release
	wait
}

plain_mode() {
	bare_lab
	printf 'help\nstatus\nnosuch\nbuild kernel\nquit\nunseen\n' | status 0 "$KILN" -C lab --plain
	has '^kiln> +(build|clean)|^  build '
	has '^source +absent'
	has 'unknown command `nosuch`'
	has '/nowhere'
	hasnt unseen
	! grep "$(printf '\033')" out
	echo status | status 0 "$KILN" -C lab --plain
}

# --- in a terminal ---

# A shell in tmux; kiln runs from it.
shell() { # columns rows
	mux new-session -d -x "$1" -y "$2" "env PS1='ready> ' ENV= sh -i"
	until_true 10 shows 'ready>'
	rm -f before after
	keys "stty -g >before; clear" Enter
	until_true 10 test -s before
}
keys() { mux send-keys "$@"; }
shows() { mux capture-pane -p | grep -q -E -- "$1"; }
start_kiln() { # further words of the command line
	keys "$* $KILN -C lab; echo ended:\$?" Enter
	until_true 20 shows 'F10Quit|F10Q'
	pid=$(pgrep -P "$(mux display-message -p '#{pane_pid}')")
}
# The terminal's modes as tmux sees them.
modes() {
	mux display-message -p '#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{mouse_sgr_flag} #{keypad_flag} #{insert_flag} #{wrap_flag}'
}
whole_again() {
	until_true 20 shows 'ended:'
	[ "$(modes)" = "$(cat modes.before)" ] || { echo "modes: $(modes), were $(cat modes.before)"; return 1; }
	keys "stty -g >after" Enter
	until_true 10 test -s after
	cmp before after
}

needs() { for tool in "$@"; do command -v "$tool" >/dev/null || skip "needs $tool"; done; }

idle_means_asleep() {
	needs tmux strace
	bare_lab
	shell 100 30
	start_kiln
	# until it sleeps in epoll_wait without a timeout
	until_true 20 grep -qE '^(232|281) ' "/proc/$pid/syscall" # epoll_wait, epoll_pwait
	timeout 10 strace -f -qq -p "$pid" -o trace || :
	cat trace
	[ "$(grep -c -v -E 'epoll_(p)?wait.*(detached|unfinished)|restart_syscall' trace)" = 0 ]
	keys F10
	until_true 10 shows 'ended:0'
}

every_end_gives_the_terminal_back() {
	needs tmux
	bare_lab
	shell 80 24
	modes >modes.before
	for end in F10 TERM HUP INT QUIT SEGV ABRT BUS KILL; do
		keys clear Enter
		until_true 10 sh -c "! tmux -S '$work/$count.tmux' capture-pane -p | grep -q ended"
		start_kiln ASAN_OPTIONS=handle_abort=0:detect_leaks=0
		case $end in
		F10) keys F10 ;;
		*) kill -s $end "$pid" ;;
		esac
		whole_again || { echo "after $end"; return 1; }
		rm -f after
	done
	ls "$XDG_STATE_HOME/kiln/crash.txt"
	grep -q '^lab: ' "$XDG_STATE_HOME/kiln/crash.txt"
}

random_kills() {
	needs tmux
	bare_lab
	shell 80 24
	modes >modes.before
	n=0
	while [ $n -lt "${KILN_KILLS:-12}" ]; do
		n=$((n + 1))
		keys clear Enter
		start_kiln ASAN_OPTIONS=detect_leaks=0
		keys F1 Escape : x Escape F9
		sleep "0.0$(od -An -N1 -tu1 /dev/urandom | tr -d ' ')" # the point of the test: any moment will do
		case $((n % 4)) in 0) s=KILL ;; 1) s=TERM ;; 2) s=HUP ;; *) s=SEGV ;; esac
		kill -s $s "$pid"
		whole_again || { echo "kill $n by $s"; return 1; }
		rm -f after
	done
}

stop_and_continue() {
	needs tmux
	bare_lab
	shell 80 24
	modes >modes.before
	start_kiln
	kill -TSTP "$pid"
	until_true 10 shows 'ready>$'
	[ "$(modes)" = "$(cat modes.before)" ]
	keys fg Enter
	until_true 10 shows F10Quit
	keys F10
	whole_again
}

# Does the picture reach from the first to the last row, 100 columns wide?
fills_100_columns() {
	mux capture-pane -p >shot
	[ "$(tail -n 1 shot | cut -c1-6)" = F1Help ] && [ "$(sed -n 2p shot | wc -m)" = 101 ]
}

resize_storm() {
	needs tmux
	bare_lab
	shell 80 24
	modes >modes.before
	start_kiln
	for size in 10x3 200x60 1x1 33x9 120x40 81x25 20x5 300x90; do
		for i in 1 2 3 4 5; do
			mux resize-window -x "${size%x*}" -y "${size#*x}"
			kill -WINCH "$pid"
			mux resize-window -x 80 -y $((20 + i))
		done
	done
	mux resize-window -x 100 -y 30
	until_true 20 fills_100_columns
	keys F10
	whole_again
}

no_colour_means_none() {
	needs tmux
	bare_lab
	shell 80 24
	mux pipe-pane -o "cat >raw"
	start_kiln NO_COLOR=1
	keys F1
	until_true 10 shows 'From an empty folder'
	keys q
	until_true 10 sh -c "! tmux -S '$work/$count.tmux' capture-pane -p | grep -q 'From an empty'"
	keys F10
	until_true 10 shows ended:0
	! grep -a -o "$(printf '\033')\[[0-9;]*[34][0-8][;m]" raw
	grep -a -q "$(printf '\033')\[[0-9;]*7m" raw # reverse carries it
}

true_colour_where_it_is_said() {
	needs tmux
	bare_lab
	shell 80 24
	mux pipe-pane -o "cat >raw"
	start_kiln COLORTERM=truecolor TERM=xterm-256color
	keys F10
	until_true 10 shows ended:0
	grep -a -q '38;2;' raw
}

dumb_terminals_get_lines() {
	needs tmux
	bare_lab
	for term in dumb nosuchterminal ''; do
		shell 80 24
		keys "TERM=$term $KILN -C lab; echo ended:\$?" Enter
		until_true 10 shows 'cannot show a screen'
		until_true 10 shows '^kiln>'
		keys status Enter
		until_true 10 shows '^source +absent'
		keys quit Enter
		until_true 10 shows 'ended:0'
	done
}

terminal_gone() {
	needs tmux
	bare_lab
	shell 80 24
	start_kiln
	mux kill-server
	until_true 10 sh -c "! kill -0 $pid 2>/dev/null"
}

# One key from a lab to a prompt; typing works; nothing is left behind.
f5_to_a_prompt() {
	needs tmux
	[ -d "$check/lab" ] || skip "needs the pipeline test's lab"
	lab_with_kernel lab
	shell 100 30
	modes >modes.before
	start_kiln
	keys F5
	until_true 120 shows 'prompt after [0-9.]+ s'
	keys F7
	keys '/bin/uname -a' Enter
	until_true 20 shows 'Linux .none. [0-9]'
	pgrep -P "$pid" -f qemu >/dev/null
	keys F10
	whole_again
	until_true 10 sh -c "! pgrep -f '$work/$count/lab/[o]ut/bzImage'"
}

plain_run_shows_the_guest() {
	[ -d "$check/lab" ] || skip "needs the pipeline test's lab"
	lab_with_kernel lab
	printf 'run\nquit\n' | status 0 "$KILN" -C lab --plain
	has '^  \| .*Linux version'
	has 'prompt after'
	! grep "$(printf '\033')" out
}

t "pictures at 80x24" pictures_80x24
t "pictures at 100x30" pictures_100x30
t "pictures at 200x50" pictures_200x50
t "pictures at 40x12" pictures_40x12
t "a wrong theme is told with its place; the old one stays" bad_theme_keeps_the_old_one
t "a script that fails says where and shows the screen" scripts_fail_with_a_place
t "odd sizes do no harm" odd_sizes
t "ASCII alone where the locale or KILN_ASCII says so" only_ascii
t "a second kiln on a lab opens it read-only" second_kiln_reads_only
t "plain mode takes the same commands, in lines" plain_mode
t "plain mode shows what the guest prints" plain_run_shows_the_guest
t "one key from a lab to a prompt" f5_to_a_prompt
t "idle means asleep: no system call" idle_means_asleep
t "every end gives the terminal back" every_end_gives_the_terminal_back
t "random kills leave the terminal whole" random_kills
t "stopped and continued by the shell" stop_and_continue
t "a storm of sizes" resize_storm
t "NO_COLOR" no_colour_means_none
t "direct colours where the terminal says so" true_colour_where_it_is_said
t "dumb and unknown terminals get lines" dumb_terminals_get_lines
t "a terminal that goes away ends kiln" terminal_gone
done_testing
