# Processor time of the commands that only print.
. "$top/tests/bench/lib.sh"
cpu() { # command…
	i=0
	while [ $i -lt 21 ]; do
		"$until" cpu "$@"
		i=$((i + 1))
	done | median
}
row "kiln --help, processor time" ms "$(cpu "$KILN" --help)" "git --help" "$(cpu git --help)" 10
row "kiln --version, processor time" ms "$(cpu "$KILN" --version)" "floor: true" "$(cpu /bin/true)" 10
