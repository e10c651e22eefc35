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
KILN_DATA=$top
export KILN_DATA
"$bench/kc" "$tree" >/dev/null || exit 1 # compiles the helper, remembers the probes, writes the menu image
"$bench/kc" "$tree" >"$bench/kc.out" || exit 1
of() { sed -n "s/^$1 //p" "$bench/kc.out"; }

# The tree's own conf on its tinyconfig, as nconfig and menuconfig too must read the tree before their first screen.
obj=$bench/kconfig-obj
rm -rf "$obj"
sh "$top/tests/kconfig/ref.sh" prepare "$tree" "$obj" >/dev/null 2>&1 || exit 1
sed 's/LD_PRELOAD="$obj.probes.so"/KILN_NO_PRELOAD=1/' "$top/tests/kconfig/ref.sh" >"$bench/ref.sh"
began=$(date +%s%N)
(cd "$obj" && sh "$bench/ref.sh" conf "$obj" --olddefconfig >/dev/null) || exit 1
conf=$((($(date +%s%N) - began) / 1000))
conf=$(awk "BEGIN { print $conf / 1000 }")

row "options: browse and search, warm" ms "$(of browse)" "the tree's conf --olddefconfig" "$conf" 100
row "options: edits accepted, warm" ms "$(of edit)" "the tree's conf --olddefconfig" "$conf" 600
row "options: toggle with all that follows, p50" ms "$(of toggle_p50)" "" "" "-"
row "options: toggle with all that follows, p99" ms "$(of toggle_p99)" "" "" 10
row "options: search names and prompts" ms "$(of search)" "" "" 5
row "options: plan for E1000" ms "$(of plan)" "" "" 100
row "options: the whole .config" ms "$(of save)" "the tree's conf --olddefconfig" "$conf" 10
