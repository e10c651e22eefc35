# lib: what the bench parts share.

# row WHAT UNIT OURS BESIDE PEER LIMIT: a line of the table. OURS and PEER are samples, numbers with blanks between; as many
# of each: they were taken in turns, and the ratio is the median of the pairs' ratios. PEER may be empty. LIMIT: "1.15x"
# (the ratio at most), ">=1x" (at least), "10" (our median at most), or "-".
row() {
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$(echo $3)" "$4" "$(echo $5)" "$6" >>"$bench/rows"
}

# missing WHAT REASON: what could not be measured, and why.
missing() {
	printf '%s\t\t\t%s\t\t%s\n' "$1" "$2" skipped >>"$bench/rows"
}

median() { # numbers on stdin
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

repeat() { # times command…: its output, that often
	times=$1
	shift
	while [ "$times" -gt 0 ]; do
		"$@" || return 1
		times=$((times - 1))
	done
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

# An image by the tree's own make isoimage, for which the kernel must have been built in the lab.
tree_iso() {
	! command -v genisoimage >/dev/null || "$KILN" -q --lab "$lab" -o iso.mode=kernel build --force iso
}

# The same with a kernel that UEFI firmware can start.
efi=${BENCH_LAB_EFI:-$bench/lab-efi}
efi_lab() {
	if [ ! -d "$efi" ]; then
		rm -rf "$efi.new"
		cp -a "$lab" "$efi.new" && "$KILN" -q --lab "$efi.new" config --enable EFI_STUB && mv "$efi.new" "$efi" || return 1
	fi
	"$KILN" -q --lab "$efi" build
}
