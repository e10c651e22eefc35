# lib: what the bench parts share.

# row WHAT UNIT KILN BESIDE VALUE LIMIT: VALUE may be empty; LIMIT: "1.15x" (of VALUE), "10" (absolute), ">=1x", or "-".
row() {
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$6" >>"$bench/rows"
}

median() { # numbers on stdin
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# alternate FILE_A CMD_A FILE_B CMD_B: run both in turns, RUNS times, so that both meet the same noise.
alternate() {
	: >"$1"
	: >"$3"
	i=0
	while [ $i -lt "$RUNS" ]; do
		eval "$2" >>"$1" || return 1
		eval "$4" >>"$3" || return 1
		i=$((i + 1))
	done
}

# A lab that is built: $BENCH_LAB, or one of our own.
lab=${BENCH_LAB:-$bench/lab}
built_lab() {
	[ -f "$lab/kiln.conf" ] || "$KILN" -q new "$lab" || return 1
	"$KILN" -q --lab "$lab" build
}
