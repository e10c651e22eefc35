#!/bin/sh
# A robot goes through lessons 0 to 8 at 80x24, in English and in 简体中文: it presses only the keys that the shown text of each step
# names, in the order in which the text names them, and types only what the text has between backticks after a key that
# opens a place to type. A step that it cannot finish is a fault of the lesson's text. It knows no solutions: to a quiz it
# gives each number in turn.
# The kernels come out of the cache and guests boot from what the lessons build, so the release build is driven: under ASan
# the same two hundred checks and boots take several times as long, and find nothing that the other tests do not.
. "$(dirname "$0")/lib.sh"
KILN=$top/kiln

lessons="tour tinyconfig five serial weigh panic init cpio boot"

# The text of a lesson's steps as steps of a script. Tokens are keys in brackets, [F5] or [C-a 3], and `words`.
robot() { # file from `lesson show`
	LC_ALL=C awk -v quote='`' '
	function press(keys) { print "key " keys; print "wait idle" }
	function finish() {
		if (!inside)
			return
		press("F12")
		for (i = 1; i <= choices; i++)
			press(i)
		print "wait text " done
		press("n")
	}
	function is_key(t) {
		return t ~ /^(F[0-9]+|Enter|Space|Tab|BackTab|Esc|Up|Down|Left|Right|PgUp|PgDn|Backspace|[CM]-.|.)( .)?$/
	}
	BEGIN { done = "^.[^│]*(Done|完成)"; print "timeout 20"; print "wait idle" }
	/^[0-9]+\. .*\([a-z0-9-]+\)$/ {
		finish()
		inside = 1
		choices = typing = 0
		next
	}
	!inside { next }
	/^  [1-9] / { choices++; next }
	{
		while (match($0, /\[[^]]+\]|`[^`]+`/)) {
			token = substr($0, RSTART + 1, RLENGTH - 2)
			is_words = substr($0, RSTART, 1) == quote
			$0 = substr($0, RSTART + RLENGTH)
			if (is_words && typing) {
				print "type " token
				print "wait idle"
			} else if (!is_words && is_key(token)) {
				press(token)
				# what opens a line to type in, or is the machine
				typing = token == ":" || token == "/" || token == "C-p" || token == "v" || token == "F7"
			}
		}
	}
	END { finish() }
	' "$1"
}

goes_through() { # language
	export LANG=C.UTF-8 LANGUAGE="$1"
	"$KILN" new lab >new.out
	{
		printf 'timeout 90\nwait idle\nkey C-a 3\nwait text [[] []]\nkey Enter\nwait idle\nexpect 1/7\n'
		for l in $lessons; do
			"$KILN" lesson show "$l" >"$l.txt"
			robot "$l.txt"
		done
	} >script
	cat script
	status 0 "$KILN" --lab lab --script script --size 80x24
	# every step is solved, none with help
	for l in $lessons; do
		steps=$(grep -c -E '^[0-9]+\. .*\([a-z0-9-]+\)$' "$l.txt")
		[ "$steps" -gt 0 ]
		[ "$(grep -c "^$l/[a-z0-9-]*\$" "$XDG_STATE_HOME/kiln/lessons")" = "$steps" ]
	done
	! grep assisted "$XDG_STATE_HOME/kiln/lessons"
}

english() {
	goes_through en
}

chinese() {
	rm -rf "$XDG_STATE_HOME"
	goes_through zh_CN
}

t "keys named by the text alone lead through lessons 0 to 8" english
t "and so they do in 简体中文" chinese
done_testing
