# The options' model beside the tree's own conf, on the kernel tree of the bench lab ($BENCH_TREE names another).
. "$top/tests/bench/lib.sh"
tree=${BENCH_TREE:-}
if [ -z "$tree" ]; then
	[ -f "$lab/kiln.conf" ] || "$KILN" -q new "$lab"
	tree=$("$KILN" --lab "$lab" source --json | sed -n 's/.*"tree": *"\(.*\)",\{0,1\}$/\1/p')
fi
[ -d "$tree" ] || { echo "bench: no kernel tree" >&2; exit 1; }

make -s -C "$top" .build/release/libcore.a || exit 1
libs=$(pkg-config --cflags --libs $(sed -n "s/^PKGS *:= *//p" "$top/Makefile"))
cc -O2 -D_GNU_SOURCE -I"$top" -o "$bench/kc" "$top/tests/bench/kc.c" "$top/.build/release/libcore.a" $libs -lm || exit 1
"$bench/kc" "$tree" >/dev/null || exit 1 # compiles the helper, remembers the probes, writes the menu image
repeat "$RUNS" "$bench/kc" "$tree" >"$bench/kc.out" || exit 1
of() { sed -n "s/^$1 //p" "$bench/kc.out"; }

# The tree's own programs on its tinyconfig: conf, all of which must be done before a menu's first screen, and nconfig as
# one starts it, up to that screen.
obj=$bench/kconfig-obj
rm -rf "$obj"
sh "$top/tests/kconfig/ref.sh" prepare "$tree" "$obj" >/dev/null 2>&1 || exit 1
sed 's/LD_PRELOAD="$obj.probes.so"/KILN_NO_PRELOAD=1/' "$top/tests/kconfig/ref.sh" >"$bench/ref.sh"
cd "$obj" || exit 1
conf=$(repeat 3 "$until" exit sh "$bench/ref.sh" conf "$obj" --olddefconfig) || exit 1
cc -O2 -o "$bench/tty" "$top/tests/bench/tty.c" -lutil || exit 1
export TERM=xterm-256color
nconfig() { "$bench/tty" first 40x120 "Kernel Configuration" make -s -C "$tree" O="$obj" nconfig; }
menu=
if nconfig >/dev/null; then # that one has compiled it
	menu=$(repeat 3 nconfig)
else
	missing "options: make nconfig, first screen" "it does not start here"
fi

row "options: browse and search, warm" ms "$(of browse)" "make nconfig, first screen" "$menu" 100
row "options: edits accepted, warm" ms "$(of edit)" "make nconfig, first screen" "$menu" 600
row "options: toggle with all that follows, p50" ms "$(of toggle_p50)" "the tree's conf --olddefconfig" "$conf" "-"
row "options: toggle with all that follows, p99" ms "$(of toggle_p99)" "the tree's conf --olddefconfig" "$conf" 10
row "options: search names and prompts" ms "$(of search)" "the tree's conf --olddefconfig" "$conf" 5
row "options: plan for E1000" ms "$(of plan)" "the tree's conf --olddefconfig" "$conf" 100
row "options: the whole .config" ms "$(of save)" "the tree's conf --olddefconfig" "$conf" 10
