# Processor time of the commands that only print.
. "$top/tests/bench/lib.sh"
RUNS=21
if command -v git >/dev/null; then
	alternate "$bench/ours" "\"$until\" cpu \"$KILN\" --help" "$bench/git" "\"$until\" cpu git --help" || exit 1
	row "kiln --help, processor time" ms "$(cat "$bench/ours")" "git --help" "$(cat "$bench/git")" 10
else
	row "kiln --help, processor time" ms "$(repeat 21 "$until" cpu "$KILN" --help)" "git is not installed" "" 10
fi
alternate "$bench/ours" "\"$until\" cpu \"$KILN\" --version" "$bench/true" "\"$until\" cpu /bin/true" || exit 1
row "kiln --version, processor time" ms "$(cat "$bench/ours")" "floor: true" "$(cat "$bench/true")" 10
