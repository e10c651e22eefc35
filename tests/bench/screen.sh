# The screen: from exec to the whole first frame of a lab that is there; from a key to its echo while nothing else happens
# and while a program in a pane floods it. The floor is a shell that prints one word on the same pseudo terminal.
. "$top/tests/bench/lib.sh"
cc -O2 -o "$bench/tty" "$top/tests/bench/tty.c" -lutil || exit 1
export TERM=xterm-256color
tlab=$bench/screen-lab
[ -d "$tlab" ] || "$KILN" -q new "$tlab" || exit 1
ours="\"$bench/tty\" first 40x120 F10 \"$KILN\" --lab '$tlab'"
floor="\"$bench/tty\" first 40x120 F10 sh -c 'echo F10; sleep 1'"
alternate "$bench/ours" "$ours" "$bench/floor" "$floor" || exit 1
row "first frame after exec, lab there" ms "$(median <"$bench/ours")" "sh -c 'echo F10'" "$(median <"$bench/floor")" 30
"$bench/tty" keys 48 F10 : "$KILN" --lab "$tlab" >"$bench/calm" || exit 1
VISUAL='yes 0123456789' "$bench/tty" keys 48 F10 "$(printf ':pane.focus source\re\001:')" "$KILN" --lab "$tlab" >"$bench/flood" || exit 1
read -r median p99 <"$bench/calm"
row "key to frame, calm, 99th percentile" ms "$p99" "median" "$median" 16
read -r median p99 <"$bench/flood"
row "key to frame while a pane is flooded, 99th %" ms "$p99" "median" "$median" 16
