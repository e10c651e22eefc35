# The log with a million lines: taking them, their memory, and searching them beside `grep -P` on the same file.
. "$top/tests/bench/lib.sh"
make -s -C "$top" .build/release/bench/log || exit 1
dir=$(mktemp -d "${TMPDIR:-/tmp}/kiln-bench.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
export LC_ALL=C.UTF-8

# What a kernel build prints: steps, and here and there a warning with the lines that belong to it.
awk 'BEGIN { srand(1); n = split("drivers/net/ethernet kernel/sched fs/ext4 mm arch/x86/kernel lib/crypto net/ipv4", dir, " ")
	for (i = 0; i < 1000000; i++) {
		f = dir[int(rand() * n) + 1] "/" substr("qwertyuiopasdfghjklzxcvbnm", int(rand() * 20) + 1, 5) int(rand() * 900)
		r = rand()
		if (r < .8) print "  CC      " f ".o"
		else if (r < .85) printf "%s.c:%d:%d: warning: unused variable %cx%d%c [-Wunused-variable]\n", f, rand() * 5000, rand() * 80, 39, i, 39
		else if (r < .86) printf "%s.c:%d:%d: error: expected %c;%c before %c}%c token\n", f, rand() * 5000, rand() * 80, 39, 39, 39, 39
		else printf "%5d |         int value = compute(%d);\n", rand() * 5000, i
	} }' >"$dir/log"

value() { # line of the output, word
	sed -n "$1p" "$dir/out" | cut -d ' ' -f "$2"
}
append() { "$top/.build/release/bench/log" "$dir/log" >"$dir/out" && value 1 2; }
took=$(repeat 5 append) || exit 1
row "log: take 1,000,000 lines" ms "$took" "floor: wc -l, same file" "$(repeat 5 "$until" exit sh -c 'wc -l <"$0" | cat' "$dir/log")" 2000

ours() {
	"$top/.build/release/bench/log" "$dir/log" "$what" >"$dir/out" || return 1
	value 2 3 >>"$dir/slices"
	value 2 2
}
# Into a pipe: with its output thrown away grep stops at the first match.
theirs() { "$until" exit sh -c 'grep -c -P -- "$0" "$1" | cat' "$what" "$dir/log"; }
search() { # pattern, name
	what=$1
	alternate "$dir/ours" ours "$dir/theirs" theirs || exit 1
	[ "$(value 2 4)" = "$(grep -c -P -- "$1" "$dir/log")" ] || { echo "log: $1: not the lines that grep finds" >&2; exit 1; }
	row "log: search them, $2" ms "$(cat "$dir/ours")" "grep -P, same file" "$(cat "$dir/theirs")" 1x
}
search 'Ext4/.*9: W|ext4/.*9: w' "two branches"
search '[a-z]+5\.o$' "at the end of lines"
search '\d+:\d+: error: expected .;. before' "digits and words"
search 'compute\(9+\)' "a rare word"
row "log: longest slice of a search" ms "$(cat "$dir/slices")" "the whole last search" "$(cat "$dir/ours")" 16
row "log: memory of a screen with 1,000,000 lines" bytes "$(value 3 2)" "the same lines in a file" "$(stat -c %s "$dir/log")" 41943040
