#!/bin/sh
# Keys, layout and what opens over the panes: bindings and their hints, the user's key file, the `:` prompt, palette, menu,
# help, splits by key and mouse, sizes from 200x50 down to 1x1; and in a real terminal (tmux): rebinding and the kept layout.
. "$(dirname "$0")/lib.sh"

unset LANGUAGE LC_ALL LC_MESSAGES
export LANG=C.UTF-8

# Run the script on standard input at a size; output in ./out, the log shows the screen where it failed.
screen() { # size
	[ -d lab ] || "$KILN" new lab >/dev/null
	cat >script
	status 0 "$KILN" --lab lab --script script --size "$1"
}

layouts() {
	screen 80x24 <<-'E'
	wait idle
	key Tab C-a Down C-a Left
	expect style title.focus Build log
	key C-a Up C-a Down
	expect style title.focus Build log
	key Tab Tab Tab BackTab BackTab BackTab
	expect style title.focus Build log
	key z
	expect not ┐┌
	expect style title.focus Build log
	key z
	expect ┐┌
	run layout focus
	expect not ┐┌
	run layout
	wait text layout: v58
	run layout h50(source,log) focus log
	expect style title.focus Build log
	run pane.split below
	run pane.split sideways
	wait text neither beside nor below
	run layout h50(source,nopane)
	expect not nopane
	run layout h50(
	wait text layout:1:5:
	run pane.close source
	wait text the last pane
	run layout workbench
	expect ^┌.{38}┐┌
	E
}

sizes_shrink_and_grow_back() {
	screen 100x30 <<-'E'
	wait idle
	run pane.grow right 9
	run pane.grow down 2
	run pane.focus log
	dump
	size 40x12
	expect not │
	expect style title.focus Build log
	expect (?i)console|3/4
	size 20x5
	size 1x1
	size 5x2
	size 500x200
	size 100x30
	dump
	E
	[ "$(wc -l <out)" -ge 40 ]
	half=$(($(wc -l <out) / 2))
	head -n $half out >first
	tail -n $half out >second
	cmp first second
}

borders_by_key_and_mouse() {
	screen 80x24 <<-'E'
	wait idle
	expect ^┌.{38}┐┌
	key C-a L
	expect ^┌.{40}┐┌
	key C-a H C-a H
	expect ^┌.{36}┐┌
	mouse press 5 37
	mouse drag 5 49
	mouse release 5 49
	expect ^┌.{48}┐┌
	mouse press 20 10
	mouse release 20 10
	expect style title.focus Build log
	run pane.grow up
	run pane.grow sideways
	wait text none of left, right, up, down
	run pane.grow up 0
	wait text from 1 to 500
	key z
	run pane.grow up
	wait text no border to move
	E
}

a_stage_tells_its_reason() {
	screen 100x30 <<-'E'
	wait idle
	expect not ^source \(
	mouse move 0 2
	expect ^source \(.*\): 
	mouse move 0 90
	expect not ^source \(
	mouse move 10 2
	expect not ^source \(
	key C-a s
	expect ^[a-z]+ \(.*\): 
	run messages
	expect initramfs \(
	expect boot \(
	run why kernel
	wait text ^kernel \(
	run why nosuch
	wait text there is no stage
	size 60x8
	mouse move 0 2
	expect ^source \(
	E
}

hints_after_a_prefix() {
	screen 80x24 <<-'E'
	wait idle
	key C-a
	wait text n Tab +go to the next pane
	expect Left h
	key F19
	wait text C-a F19 is not bound
	expect not n Tab +go to the next pane
	key C-a
	wait text n Tab
	key z
	wait gone n Tab
	E
}

prompt_completes_and_remembers() {
	screen 80x24 <<-'E'
	wait idle
	key :
	type pane.
	key Tab
	expect pane.close .*take a pane off
	key Tab Tab
	expect ^:pane.down
	key BackTab
	expect ^:pane.close
	key Esc
	expect not ^:pane
	key :
	type bui
	key Tab
	expect ^:build $|^:build
	expect build \[STAGE\]  make every stage
	type ke
	key Tab
	expect ^:build kernel
	key C-w C-w
	type layout focus
	key Enter
	expect not ┐┌
	key : Up
	expect ^:layout focus
	key C-u
	type nonsense
	key Enter
	wait text unknown command .nonsense
	key : Up Up
	expect ^:layout focus
	key Down
	expect ^:nonsense
	key Esc
	key :
	paste layout workbench
	key Enter
	expect ┐┌
	run prompt layout
	type w
	key Tab Enter
	E
	grep -qx 'layout focus' "$XDG_STATE_HOME/kiln/history-command"
	screen 80x24 <<-'E'
	wait idle
	key : Up
	expect ^:layout workbench
	key Backspace Backspace
	expect ^:layout workben
	key C-a C-k Backspace
	expect not ^:
	E
}

a_theme_shows_while_it_is_typed() {
	screen 80x24 <<-'E'
	wait idle
	key :
	type theme default-d
	key Tab
	expect ^:theme default-dark
	key Esc
	run theme nosuch
	wait text there is no theme .nosuch
	E
}

palette_finds_and_runs() {
	screen 80x24 <<-'E'
	wait idle
	key C-p
	expect Commands
	type foclog
	expect pane.focus log
	key Enter
	expect style title.focus Build log
	key C-p
	type cancel
	expect nothing is running
	key Enter
	wait text cancel: nothing is running
	expect Commands
	key Esc C-p
	type pane.split
	key Enter
	expect ^:pane.split
	key Esc C-p
	type zzzz
	expect nothing fits
	key Enter Esc
	key F9
	expect Make and run
	key F9
	expect not Make and run
	key F9
	type leave
	expect Leave kiln
	key C-u
	mouse press 23 1
	expect not Make and run
	E
}

help_is_generated_and_searched() {
	screen 100x30 <<-'E'
	wait idle
	key F1
	expect From an empty folder to your own Linux
	expect F5 makes everything
	key /
	type C-a z
	expect give the whole screen
	expect not go to the next pane
	key Enter
	expect /C-a z
	key q
	expect not From an empty folder
	run help build
	expect usage: kiln build
	key End PgUp G g Esc
	run help settings
	expect kernel.source
	key Esc
	run help keys
	key /
	type prompt.yank
	key C-u
	type yank
	expect C-y
	key Esc q
	run help nosuch
	wait text there is no help about .nosuch
	key F4 ?
	expect search the log
	key q
	E
}

mouse_on_function_bar_and_tabs() {
	screen 80x24 <<-'E'
	wait idle
	mouse press 23 1
	expect From an empty folder
	key q
	size 40x12
	mouse press 0 1
	E
}

user_keys_show_everywhere() {
	mkdir -p "$XDG_CONFIG_HOME/kiln"
	cat >"$XDG_CONFIG_HOME/kiln/keys" <<-'E'
	# mine
	global F12 run
	global F5 none
	normal g l pane.focus log
	E
	screen 100x30 <<-'E'
	wait idle
	expect F12Run
	expect not F5Run
	key F1
	expect F12 makes everything
	key q C-p
	type run
	expect F12
	key Esc g
	wait text l +pane.focus log
	key l
	expect style title.focus Build log
	E
	rm "$XDG_CONFIG_HOME/kiln/keys"
}

# Leaving while something is under way asks first; the question has keys, buttons, and goes with Esc.
a_question_is_asked() {
	[ -n "${KILN_TEST_TREE_612:-}" ] || skip "needs KILN_TEST_TREE_612"
	export KILN_KERNEL="$KILN_TEST_TREE_612"
	screen 80x24 <<-'E'
	wait idle
	run config
	key F10
	expect under way. Stop it and leave
	expect  n +(No|n)
	key F10 Left
	expect style selected y|Yes
	key Right Enter
	expect not Stop it and leave
	key F10 x Esc
	expect not Stop it and leave
	key F10 n
	expect not Stop it and leave
	run cancel
	timeout 60
	wait idle
	run config
	key F10 y
	E
}

# What `kiln help keys` prints is a key file: kiln reads it back without a change.
the_keys_are_documented() {
	status 0 "$KILN" help keys
	has '^global +F5 +run  # Run$'
	has '^# .*takes a key away'
	cp out printed
	status 0 "$KILN" help --man
	has '^.SH KEYS'
	has 'pane.zoom'
	mkdir -p "$XDG_CONFIG_HOME/kiln"
	cp printed "$XDG_CONFIG_HOME/kiln/keys"
	screen 100x30 <<-'E'
	wait idle
	run keys.load
	wait text keys are as in
	expect F5Run F6Build
	E
	rm "$XDG_CONFIG_HOME/kiln/keys"
}

# ---- in a real terminal ----

server=0
tm() { tmux -L "kiln-$$-$count-$server" -f /dev/null "$@"; }

# Servers of tests that failed half-way end with the folder they run in.
cleanup() {
	for s in "${TMUX_TMPDIR:-/tmp}/tmux-$(id -u)/kiln-$$-"*; do
		[ -e "$s" ] || continue
		tmux -S "$s" kill-server 2>/dev/null
		rm -f "$s"
	done
	:
}

shows() { tm capture-pane -p -t k | grep -q -E -- "$1"; }

start_in_tmux() { # size
	command -v tmux >/dev/null || skip "needs tmux"
	tm kill-server 2>/dev/null || :
	server=$((server + 1))
	tm new-session -d -s k -x "${1%x*}" -y "${1#*x}" "env XDG_CONFIG_HOME='$XDG_CONFIG_HOME' XDG_STATE_HOME='$XDG_STATE_HOME' LANG=C.UTF-8 ASAN_OPTIONS='$ASAN_OPTIONS' '$KILN' --lab lab; echo ended with \$?; cat"
	until_true 30 shows 'F10'
}

the_layout_is_kept_with_the_lab() {
	"$KILN" new lab >/dev/null
	start_in_tmux 100x30
	until_true 10 shows '^┌.{48}┐┌'
	tm send-keys -t k C-a L
	until_true 10 shows '^┌.{50}┐┌'
	tm send-keys -t k F4
	tm send-keys -t k C-a k
	tm send-keys -t k F10
	until_true 20 shows 'ended with 0'
	grep -q '^v58(h52(kconfig,source),h50(log,console)) focus kconfig$' lab/out/layout
	start_in_tmux 100x30
	until_true 10 shows '^┌.{50}┐┌'
	tm resize-window -t k -x 40 -y 12
	until_true 10 shows 'F1'
	tm resize-window -t k -x 100 -y 30
	until_true 10 shows '^┌.{50}┐┌'
	tm send-keys -t k :
	until_true 10 shows '^:'
	tm send-keys -t k 'quit' Enter
	until_true 20 shows 'ended with 0'
	echo 'h50(' >lab/out/layout
	start_in_tmux 100x30
	until_true 10 shows '^┌.{48}┐┌'
	tm send-keys -t k F10
	until_true 20 shows 'ended with 0'
}

a_bad_key_file_keeps_the_old_keys() {
	mkdir -p "$XDG_CONFIG_HOME/kiln"
	keys="$XDG_CONFIG_HOME/kiln/keys"
	printf 'global F12 run\n' >"$keys"
	"$KILN" new lab >/dev/null
	start_in_tmux 120x30
	until_true 10 shows 'F12Run'
	printf 'global F11 help\nglobal F12 frobnicate\n' >"$keys"
	tm send-keys -t k : keys.load Enter
	until_true 10 shows 'keys:2:12: unknown command'
	until_true 10 shows 'F12Run'
	tm send-keys -t k : messages Enter
	until_true 10 shows 'the keys stay as they were'
	printf 'global F11 help # Hilfe\n' >"$keys"
	tm send-keys -t k : keys.load Enter
	until_true 10 shows 'F11Hilfe'
	until_true 10 shows 'F5Run'
	printf 'global F10 none\n' >>"$keys"
	rm "$keys"
	tm send-keys -t k : keys.load Enter
	until_true 10 shows 'F10Quit'
	tm send-keys -t k F10
	until_true 20 shows 'ended with 0'
	# From the start: the message, and the default keys.
	printf 'nowhere F12 run\n' >"$keys"
	screen 200x30 <<-'E'
	wait idle
	run messages
	wait text keys:1:1: there is no context .nowhere
	expect F5Run
	E
	rm "$keys"
}

t "panes: focus, zoom, presets, splitting, wrong layouts" layouts
t "sizes: shrinking and growing gives the same picture" sizes_shrink_and_grow_back
t "borders move by keys and by mouse" borders_by_key_and_mouse
t "a stage tells its reason: pointer over it, key, command" a_stage_tells_its_reason
t "hints follow a prefix" hints_after_a_prefix
t "the prompt completes, has history, edits" prompt_completes_and_remembers
t "a theme is shown while it is typed" a_theme_shows_while_it_is_typed
t "palette and menu" palette_finds_and_runs
t "help: made from the tables, searched" help_is_generated_and_searched
t "mouse on the function bar" mouse_on_function_bar_and_tabs
t "the user's keys show in bar, help, palette, hints" user_keys_show_everywhere
t "leaving while something runs asks first" a_question_is_asked
t "the keys are documented as a key file" the_keys_are_documented
t "a bad key file is told with its place and changes nothing" a_bad_key_file_keeps_the_old_keys
t "the layout is kept with the lab (real terminal)" the_layout_is_kept_with_the_lab
done_testing
