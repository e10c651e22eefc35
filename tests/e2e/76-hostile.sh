#!/bin/sh
# Lessons from strangers who mean harm: each is refused at file:line:col or carried out within its bounds; soon, without a
# crash, and nothing outside its own folder is touched. Archives that mean harm are in tests/unit/test_grade.c and 75-grade.sh.
. "$(dirname "$0")/lib.sh"

# A lesson in a folder of its own, $dir: the front matter and a step, then standard input. (Not behind a pipe: it counts.)
lesson() { # [front matter]
	made=$((${made:-0} + 1))
	dir=h/$made-x
	mkdir -p "$dir"
	{
		printf -- '---\nid: x\ntitle: X\n%s---\n## Step {#s}\n' "$1"
		cat
	} >"$dir/lesson.md"
}

# The same with raw bytes by printf after the step's heading.
bytes() { # format
	lesson '' </dev/null
	printf "$1" >>"$dir/lesson.md"
}

# One with a check of this kind.
check_of() { # kind: argument
	block "$1" >t
	lesson '' <t
}

block() {
	printf '```{check}\n- id: c\n  say: "x"\n  %s\n```\n```{solve}\n- do: x\n```\n' "$1"
}

# One with this verb.
verb_of() {
	printf '```{solve}\n- %s\n```\n' "$1" >t
	lesson '' <t
}

repeat() { # text times
	awk -v t="$1" -v n="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s", t }'
}

# What lint must say of the lesson made last, at its place.
refused() { # pattern
	echo "$dir/lesson[.a-zA-Z-]*\.md:[0-9]+:[0-9]+: .*($1)" >>want
}

# Lint of them all: each refused as it should be, within the time, and nothing changed.
judge() {
	find h -type f | sort | xargs cksum >before
	status 1 timeout 120 "$KILN" lesson lint "$PWD"/h/*
	while read -r pattern; do has "^$PWD/$pattern"; done <want
	[ "$(grep -c -E "^$PWD/h/.*:[0-9]+:[0-9]+: " out)" = "$made" ]
	if LC_ALL=C grep -q "$(printf '\033')" out; then return 1; fi
	find h -type f | sort | xargs cksum | cmp - before
}

yaml_bombs() {
	lesson 'needs: &a [*a, *a]
' </dev/null
	refused 'not allowed'
	check_of 'kconfig: {A: &a y, B: *a}'
	refused 'anchors are not allowed'
	check_of 'kconfig: !!python/object/apply:os.system [id]'
	refused 'tags are not allowed'
	{ printf '```{check}\n'; repeat '[' 20000; printf '\n```\n'; } >t
	lesson '' <t
	refused 'nested too deep'
	{ printf '```{check}\n- id: c\n  say: x\n  any: ['; repeat '{},' 5000; printf ']\n```\n'; } >t
	lesson '' <t
	refused 'too many entries'
	check_of 'kconfig: {A: y, A: n}'
	refused 'there already'
	printf '```{solve}\n- do: x\n---\n- do: y\n```\n' >t
	lesson '' <t
	refused 'one document'
	check_of 'kconfg: {A: y}'
	refused 'unknown key `kconfg`'
	judge
}

deep_and_huge() {
	{ repeat '> ' 20000; echo x; } >t
	lesson '' <t
	refused 'not allowed'
	{ repeat '- ' 2000; echo x; } >t
	lesson '' <t
	refused 'not allowed'
	{ repeat '*a **b ' 8000; repeat 'c** d* ' 8000; echo; } >t
	lesson '' <t
	refused 'nested too deep'
	{ printf '```{after}\n'; repeat 'words and words ' 5000; printf '\n```\n'; } >t
	lesson '' <t
	refused '64 KiB'
	repeat 'words and words ' 20000 >t
	lesson '' <t
	refused '256 KiB'
	awk 'BEGIN { for (i = 0; i < 6000; i++) printf "## S {#s%d}\n", i; print "## S {#s9}" }' >t
	lesson '' <t
	refused 'there already'
	judge
	# many brackets: slow for careless parsers
	repeat '[' 60000 >t
	lesson '' <t
	repeat '![[]()' 20000 >t
	lesson '' <t
	timeout 60 "$KILN" lesson lint "$PWD/h/7-x" "$PWD/h/8-x" || [ "$?" = 1 ]
}

characters_that_deceive() {
	for c in '\033[31m' '\007' '\r' '\177' '\302\233' '\342\200\256' '\342\201\246' '\342\200\213' '\357\273\277' \
		'\302\255' '\330\234' '&#27;[31m' '&#x202e;' '&#8203;' '&shy;' '&rlm;' '&#7;' '\000'; do
		bytes "a${c}b\n"
		refused 'not allowed'
	done
	for c in '\e[31m' '\u202e' '\u200b' '\x07' '\u00ad'; do
		printf '```{check}\n- id: c\n  say: "a%sb"\n  kconfig: {A: y}\n```\n' "$c" >t
		lesson '' <t
		refused 'control character|direction|invisible'
	done
	for c in '\377\376' '\300\257' '\355\240\200' '\364\220\200\200' '\303'; do
		bytes "a${c}\n"
		refused 'UTF-8'
	done
	bytes '<script>alert(1)</script>\n'
	refused 'not allowed'
	bytes '![x](/etc/passwd)\n'
	refused 'not allowed'
	judge
}

paths_that_leave() {
	for p in ../x /etc/passwd a/../../x a//b ./x '""'; do
		for k in size file elf cpio iso source; do
			check_of "$k: {path: $p}"
			refused 'a path lies beneath the lab'
		done
		for v in "write: {path: $p, text: x}" "replace: {path: $p, find: a, with: b}" "copy: {from: $p, to: init/x}" \
			"copy: {from: x, to: $p}" "remove: $p"; do
			verb_of "$v"
			refused 'a path lies beneath the lab'
		done
	done
	for n in .. a/b /x .git; do
		verb_of "variant: {new: $n, from: c-libc}"
		refused 'plain names'
	done
	judge
}

patterns() {
	for p in '(' '[z-a]' '(?<n>a)(?<n>b)' '\C' '(*NO_SUCH)' "$(repeat a 1100)" 'a{99999}' '(?P<x'; do
		check_of "source: {path: init/c-libc/init.c, match: '$p'}"
		refused 'pattern'
	done
	for w in 1e99 nan inf -1 0 x 1000; do
		check_of "boot: {expect: x, within: $w}"
		refused 'within'
		check_of "console: [{expect: x, within: $w}]"
		refused 'within'
	done
	judge
}

# Patterns that would take for ever are given up; links of the lab's are not followed.
carried_out_within_bounds() {
	"$KILN" -q new lab
	{ repeat a 60000; echo '!'; } >lab/init/as
	ln -s /etc/passwd lab/init/link
	{
		i=0
		for p in '(a+)+$' '(a|a)*$' '(?:(?R)|a)*b' '^(a?){60}a{60}$' '(a*)*\1b'; do
			i=$((i + 1))
			printf '## Step {#s%d}\n' "$i"
			block "source: {path: init/as, match: '$p'}"
		done
		printf '## Link {#link}\n'
		block 'source: {path: init/link, match: root}'
	} >t
	lesson '' <t
	status 1 timeout 100 "$KILN" --lab lab lesson check -L h
	[ "$(grep -c -E '^(trouble|failed|passed) +x/s[1-5] ' out)" = 5 ]
	has '^failed +x/link'
	hasnt 'root:'
}

circles() {
	for l in a:c b:a c:b; do
		mkdir -p "h/${l%:*}"
		{
			printf -- '---\nid: %s\ntitle: X\nneeds: %s\n---\n## Step {#s}\n' "${l%:*}" "${l#*:}"
			block 'kconfig: {A: y}'
		} >"h/${l%:*}/lesson.md"
	done
	status 1 timeout 100 "$KILN" lesson test --static -L h
	has 'lesson\.md:[0-9]+:[0-9]+: the lesson .[abc]. needs itself'
	rm -r h/a h/b
	sed -i 's/^needs: b/needs: nothing-like-it/' h/c/lesson.md
	status 1 timeout 100 "$KILN" lesson test --static -L h
	has 'lesson\.md:[0-9]+:[0-9]+: needs .nothing-like-it., which is not there'
}

translations() {
	check_of 'kconfig: {A: y}'
	cp "$dir/lesson.md" "$dir/lesson.zh-CN.md"
	refused 'checks and solutions live in lesson.md only'
	check_of 'kconfig: {A: y}'
	printf -- '---\nid: y\ntitle: X\n---\n## Step {#s}\n' >"$dir/lesson.zh-CN.md"
	refused 'in the source'
	judge
	ln -sf /dev/zero "$dir/lesson.zh-CN.md"
	status 1 timeout 60 "$KILN" lesson lint "$PWD/$dir"
	rm "$dir/lesson.zh-CN.md"
	mkfifo "$dir/lesson.fr.md"
	status 1 timeout 60 "$KILN" lesson lint "$PWD/$dir"
}

no_lesson_at_all() {
	lesson '' </dev/null
	: >"$dir/lesson.md"
	refused 'begins with'
	lesson '' </dev/null
	head -c 20000 /dev/urandom >"$dir/lesson.md"
	refused 'not allowed|UTF-8'
	lesson '' </dev/null
	printf -- '---\nid: x\ntitle: X\n' >"$dir/lesson.md"
	refused 'begins with'
	lesson 'points: 99999999999999999999
' </dev/null
	refused 'points'
	lesson 'minutes: -1
' </dev/null
	refused 'minutes'
	lesson '' </dev/null
	printf -- '---\nid: ../x\ntitle: X\n---\n## S {#s}\n' >"$dir/lesson.md"
	refused "lesson's id"
	judge
	mkdir -p n/01-x/lesson.md
	status 1 timeout 60 "$KILN" lesson lint "$PWD/n/01-x"
	mkfifo n/fifo.tar
	status 2 timeout 60 "$KILN" grade -L n .
}

t "YAML bombs, tags, depth" yaml_bombs
t "deep and huge Markdown" deep_and_huge
t "characters that deceive, however they are written" characters_that_deceive
t "paths that leave the lab" paths_that_leave
t "patterns and times without bounds" patterns
t "what is carried out stays within bounds" carried_out_within_bounds
t "circles of needs" circles
t "translations with checks, of other lessons, without end" translations
t "files that are no lesson at all" no_lesson_at_all
done_testing
