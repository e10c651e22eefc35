# The screen: from exec to the whole first frame of a lab that is there; from a key to its echo while nothing else happens
# and while a program in a pane floods it and all cores compile; what an idle screen does. The floor is a shell that prints
# one word on the same pseudo terminal.
. "$top/tests/bench/lib.sh"
cc -O2 -o "$bench/tty" "$top/tests/bench/tty.c" -lutil || exit 1
export TERM=xterm-256color
tlab=$bench/screen-lab
[ -d "$tlab" ] || "$KILN" -q new "$tlab" || exit 1
RUNS=$((RUNS * 3))
alternate "$bench/ours" "\"$bench/tty\" first 40x120 F10 \"$KILN\" --lab '$tlab'" \
	"$bench/floor" "\"$bench/tty\" first 40x120 F10 sh -c 'echo F10; sleep 1'" || exit 1
row "first frame after exec, lab there" ms "$(cat "$bench/ours")" "floor: sh -c 'echo F10'" "$(cat "$bench/floor")" 30

keys() { # what limit-of-99th before-typing: rows of the median and the 99th percentile of 48 keys, five times
	: >"$bench/p50"
	: >"$bench/p99"
	for i in 1 2 3 4 5; do
		"$bench/tty" keys 48 F10 "$3" "$KILN" --lab "$tlab" >"$bench/keys" || return 1
		cut -d ' ' -f 1 "$bench/keys" >>"$bench/p50"
		cut -d ' ' -f 2 "$bench/keys" >>"$bench/p99"
	done
	row "key to frame, 99th %: $1" ms "$(cat "$bench/p99")" "the median key" "$(cat "$bench/p50")" "$2"
}
keys calm 16 : || exit 1
VISUAL='yes 0123456789'
export VISUAL
keys "a pane flooded" 16 "$(printf ':pane.focus source\re\001:')" || exit 1
# A build beside it: as many compilers as there are cores.
echo 'int f(int x) { return x; }' >"$bench/busy.c"
busy=
for i in $(seq "$(nproc)"); do
	setsid nice sh -c 'while :; do cc -O2 -c -o /dev/null "$0"; done' "$bench/busy.c" &
	busy="$busy $!"
done
trap 'for b in $busy; do kill -- -$b 2>/dev/null; done' EXIT
keys "flood, all cores building" 16 "$(printf ':pane.focus source\re\001:')" || exit 1
for b in $busy; do kill -- -"$b" 2>/dev/null; done
busy=
row "idle: wake-ups in 10 s" count "$("$bench/tty" idle 10 F10 "$KILN" --lab "$tlab")" "floor: sleep" "$("$bench/tty" idle 10 F10 sh -c 'echo F10; exec sleep 30')" 0
