# The console's emulator beside tmux: the same program writes the same bytes into a pty of 80x24 of either, both keep 2000
# lines of scrollback, neither draws. The pty is raw (lines end as a console's do), or the kernel's work on each line's end
# would be all that is measured.
. "$top/tests/bench/lib.sh"
make -s -C "$top" .build/release/bench/vt || exit 1
dir=$(mktemp -d "${TMPDIR:-/tmp}/kiln-bench.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
TMUX_TMPDIR=$dir
export TMUX_TMPDIR
unset TMUX

# What a console gets: a kernel's messages, a coloured compiler log, the shortest lines, a full-screen program.
cut_off() { head -c "$((${BENCH_MB:-16} * 1000000))"; }
awk 'BEGIN { for (i = 0;; i++) printf "[%12.6f] pci 0000:00:%02x.0: reg 0x%02x: [mem 0x%08x-0x%08x]\r\n", i / 1e3, i % 32,
	i % 99, i, i + 4095 }' | cut_off >"$dir/messages"
awk 'BEGIN { for (i = 0;; i++) printf "\033[01m\033[Kinit.c:%d:%d:\033[m\033[K \033[01;31m\033[Kerror: \033[m\033[K" \
	"expected \047\033[01m\033[K;\033[m\033[K\047 before token\r\n", i % 999, i % 80 }' | cut_off >"$dir/colours"
yes "y$(printf '\r')" | cut_off >"$dir/yes"
awk 'BEGIN { for (i = 0;; i++) printf "\033[%d;%dH\033[3%dm%s\033[K", i * 7 % 24 + 1, i * 13 % 60 + 1, i % 8,
	"a cell here and there" }' | cut_off >"$dir/moves"

now() { date +%s.%N; }
ours() { "$top/.build/release/bench/vt" sh -c 'stty raw; cat "$0"' "$1"; }
# A server of its own for each run: one that is going away cannot take the next session.
theirs() {
	n=$((n + 1))
	tmux -L "$n" -f /dev/null new-session -d -x 80 -y 24 \
		"stty raw; tmux -L $n wait -S ready; tmux -L $n wait go; cat '$1'; tmux -L $n wait -S done; tmux -L $n wait end" || return 1
	tmux -L "$n" wait ready
	began=$(now)
	tmux -L "$n" wait -S go
	tmux -L "$n" wait done
	echo "$began $(now)" | awk '{ printf "%.4f\n", $2 - $1 }'
	tmux -L "$n" kill-server
}
rates() { # file of seconds, bytes
	awk -v bytes="$2" '{ printf "%.2f ", bytes / $1 / 1e6 }' "$1"
}

n=0
for kind in messages colours yes moves; do
	size=$(wc -c <"$dir/$kind")
	if command -v tmux >/dev/null; then
		alternate "$dir/a" "ours '$dir/$kind'" "$dir/b" "theirs '$dir/$kind'" || exit 1
		row "console throughput, $kind" MB/s "$(rates "$dir/a" "$size")" "tmux, same bytes" "$(rates "$dir/b" "$size")" ">=1x"
	else
		repeat "$RUNS" ours "$dir/$kind" >"$dir/a"
		row "console throughput, $kind" MB/s "$(rates "$dir/a" "$size")" "tmux is not installed" "" -
	fi
done
