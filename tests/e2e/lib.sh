# lib: what the end-to-end tests share: they drive the real kiln ($KILN, an ASan build) against real kernels and print TAP.
# A test is a function; `t NAME FUNCTION` runs it in a folder of its own with `set -e`, so the first failing command fails it.
top=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
check=$top/.build/check
: "${KILN:=$top/.build/asan/kiln}"
count=0 failures=0
work=$(mktemp -d "${TMPDIR:-/tmp}/kiln-e2e.XXXXXX")
# What kiln keeps of its user (progress in lessons, history, keys) is the test's own and gone with it: a second run begins as the first did.
export XDG_CONFIG_HOME="$work/config" XDG_STATE_HOME="$work/state"
trap 'cd /; cleanup; rm -rf "$work"' EXIT
cleanup() { :; }

t() { # name function; KILN_TEST_ONLY=TEXT runs those alone that have it in their name
	case $1 in *"${KILN_TEST_ONLY:-}"*) ;; *) return ;; esac
	count=$((count + 1))
	mkdir -p "$work/$count"
	# Not as a condition of `if`: there the shell ignores `set -e`.
	(
		set -e
		cd "$work/$count"
		"$2"
	) >"$work/$count.log" 2>&1
	result=$?
	if [ "$result" = 0 ]; then
		echo "ok $count - $1"
	elif grep -q '^SKIP ' "$work/$count.log"; then
		echo "ok $count - $1 # SKIP $(sed -n 's/^SKIP //p' "$work/$count.log" | head -n 1)"
	else
		failures=$((failures + 1))
		echo "not ok $count - $1"
		tail -n 40 "$work/$count.log" | sed 's/^/#   /'
	fi
}

done_testing() {
	echo "1..$count"
	[ "$failures" = 0 ]
	exit
}

skip() { # reason
	echo "SKIP $*"
	exit 1
}

# Run a command; fail unless it ends with this status. Output goes to ./out (and the log).
status() { # expected command…
	want=$1
	shift
	got=0
	"$@" >out 2>&1 || got=$?
	cat out
	[ "$got" = "$want" ] || { echo "status $got instead of $want: $*"; return 1; }
}

has() { # pattern: extended regex in ./out
	grep -q -E -- "$1" out || { echo "not in the output: $1"; return 1; }
}

hasnt() {
	! grep -E -- "$1" out || { echo "should not be in the output: $1"; return 1; }
}

# Wait until a condition holds, at most so many seconds of a quiet machine (four times as long by the clock). The only place that waits by the clock: the poll of a condition.
until_true() { # seconds command…
	limit=$(($(date +%s) + $1 * ${KILN_TEST_PATIENCE:-4}))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$limit" ] || { echo "never came true: $*"; return 1; }
		sleep 0.05
	done
}

# A lab that already has a kernel: outputs of the pipeline test's lab, so that no test here builds a kernel again. Without the
# kernel's object files: they are most of its bytes, and nobody here needs them.
lab_with_kernel() { # dir
	copy_lab "$check/lab" "$1"
}

copy_lab() { # from to
	mkdir -p "$2"
	for f in "$1"/* "$1"/.[!.]*; do
		case ${f##*/} in
		build | '*' | '.[!.]*') ;;
		*) cp -a "$f" "$2/" ;;
		esac
	done
}

root() {
	[ "$(id -u)" = 0 ] || skip "needs root"
}
