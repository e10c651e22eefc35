#!/bin/sh
# vt: the console's emulator beside tmux: the same program writes the same bytes into a pty of 80x24 of either, both keep
# 2000 lines of scrollback, neither draws. Prints one line per kind of output: NAME, our MB/s, tmux's MB/s.
set -u
cd "$(dirname "$0")/../.." || exit 1
make -s .build/release/bench/vt || exit 1
dir=$(mktemp -d "${TMPDIR:-/tmp}/kiln-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
TMUX_TMPDIR=$dir
export TMUX_TMPDIR
unset TMUX

# What a console gets: a kernel's messages, a coloured compiler log, the shortest lines, a full-screen program.
head_to() { head -c "$((${KILN_BENCH_MB:-24} * 1000000))"; }
awk 'BEGIN { for (i = 0;; i++) printf "[%12.6f] pci 0000:00:%02x.0: reg 0x%02x: [mem 0x%08x-0x%08x]\n", i / 1e3, i % 32, i % 99, i, i + 4095 }' | head_to >"$dir/messages"
awk 'BEGIN { for (i = 0;; i++) printf "\033[01m\033[Kinit.c:%d:%d:\033[m\033[K \033[01;31m\033[Kerror: \033[m\033[Kexpected \047\033[01m\033[K;\033[m\033[K\047 before token\n", i % 999, i % 80 }' | head_to >"$dir/colours"
yes | head_to >"$dir/yes"
awk 'BEGIN { for (i = 0;; i++) printf "\033[%d;%dH\033[3%dm%s\033[K", i * 7 % 24 + 1, i * 13 % 60 + 1, i % 8, "a cell here and there" }' | head_to >"$dir/moves"

now() { date +%s.%N; }
ours() { .build/release/bench/vt cat "$1"; }
# A server of its own for each run: one that is going away cannot take the next session.
theirs() {
	sock=$kind$2
	tmux -L "$sock" -f /dev/null new-session -d -x 80 -y 24 \
		"tmux -L $sock wait -S ready; tmux -L $sock wait go; cat '$1'; tmux -L $sock wait -S done; tmux -L $sock wait end"
	tmux -L "$sock" wait ready
	began=$(now)
	tmux -L "$sock" wait -S go
	tmux -L "$sock" wait done
	echo "$began $(now)" | awk '{ printf "%.4f\n", $2 - $1 }'
	tmux -L "$sock" kill-server
}
median() { sort -n | sed -n 2p; }
for kind in messages colours yes moves; do
	for i in 1 2 3; do # in turn, so that a busy machine is fair to both
		ours "$dir/$kind" >>"$dir/$kind.ours"
		command -v tmux >/dev/null && theirs "$dir/$kind" "$i" >>"$dir/$kind.theirs"
	done
	a=$(median <"$dir/$kind.ours") b=$(median <"$dir/$kind.theirs")
	size=$(wc -c <"$dir/$kind")
	echo "$kind $size $a ${b:-0}" | awk '{ printf "emulator, %s\t%.1f\tMB/s\ttmux\t%s\n", $1, $2 / $3 / 1e6, ($4 > 0 ? sprintf("%.1f", $2 / $4 / 1e6) : "-") }'
done
