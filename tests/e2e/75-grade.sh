#!/bin/sh
# Handing in and grading: twenty submissions, five of them malformed, graded in every format; each verdict is the one that
# `kiln lesson check` gives in the learner's own lab; what is submitted can neither read the grader's files nor stop it.
. "$(dirname "$0")/lib.sh"
unit=$(dirname "$KILN")/unit/test_grade
class=$work/class labs=$work/labs lessons=$work/lessons

# A lesson of five steps: options, a program, an archive, a dialogue, a quiz.
mkdir -p "$lessons/01-g" "$labs" "$class"
cat >"$lessons/01-g/lesson.md" <<'END'
---
format: 1
id: g
title: Graded
kernels: [6.1, 6.12]
points: 10
---
## Options {#options}
```{check}
- id: serial
  kconfig: {SERIAL_8250_CONSOLE: y}
  say: "SERIAL_8250_CONSOLE is {value}"
```
```{solve}
- set: {SERIAL_8250_CONSOLE: y}
```
## A static program {#program}
```{check}
- id: built
  build: {stage: init, warnings: 0}
  say: "init: {evidence}"
- id: static
  elf: {path: out/init, static: yes, undefined: 0}
  say: "out/init is {value}"
```
```{solve}
- build: init
```
## A file {#file}
```{check}
- id: motd
  cpio: {format: newc, has: [init, etc/motd], mode: {init: "0755"}}
  say: "{evidence}"
```
```{solve}
- write: {path: rootfs/etc/motd, text: hello}
- build: initramfs
```
## A dialogue {#talk}
```{check}
- id: answers
  console: [{expect: '(?m)^# ', within: 20}, {send: "/bin/hello\n", expect: 'Hello from'}]
  say: "{evidence}"
```
```{solve}
- build: kernel
```
## A question {#quiz}
```{quiz}
question: Which?
choices: [one, two]
answer: 2
why: so
```
```{check}
- id: right
  quiz: yes
  say: "not that one"
```
```{solve}
- answer: 2
```
END

# A learner's lab: the tests' lab without its build folder.
lab() { # name
	mkdir "$labs/$1"
	for f in kiln.conf kernel.config init rootfs out; do cp -a "$check/lab/$f" "$labs/$1/"; done
	mkdir -p "$labs/$1/rootfs/etc" "$labs/$1.state/kiln"
	echo "$1" >"$labs/$1/rootfs/etc/motd"
	echo "g/quiz" >"$labs/$1.state/kiln/lessons"
}

variant() { # lab recipe-line; the source is on standard input
	mkdir "$labs/$1/init/mine"
	cat >"$labs/$1/init/mine/init.c"
	printf 'program init\n%s\n' "$2" >"$labs/$1/init/mine/recipe"
	echo 'init.variant = mine' >>"$labs/$1/kiln.conf"
}

learners='whole dynamic broken nomotd noquiz vga'
make_labs() {
	for l in $learners spy huge; do lab "$l"; done
	variant dynamic 'cc -o init init.c' <"$top/initsrc/c-libc/init.c"
	variant broken 'cc -static -o init init.c' <<-'END'
	int main(void) { return missing; }
	END
	rm "$labs/nomotd/rootfs/etc/motd"
	rm "$labs/noquiz.state/kiln/lessons"
	cp "$check/lab-article/kernel.config" "$labs/vga/"
	cp "$check/lab-article/out/bzImage" "$labs/vga/out/"
	variant spy 'cc -static -o init init.c' <<-END
	asm(".incbin \"$work/secret\"");
	int main(void) { return 0; }
	END
	variant huge 'cc -static -o init init.c' <<-'END'
	asm(".fill 0x40000000, 1, 1");
	int main(void) { return 0; }
	END
	echo 'not for learners' >"$work/secret"
	rm "$labs/broken/out/init" "$labs/broken/out/initramfs.cpio" # it never built
	for l in $learners; do
		# as a learner would: one does not build
		"$KILN" -q --lab "$labs/$l" build initramfs || [ "$l" = broken ]
		"$KILN" -q --lab "$labs/$l" build kernel
	done
}

hand_in() { # lab name
	XDG_STATE_HOME="$labs/$1.state" "$KILN" -q --lab "$labs/$1" submit -o "$class/$2.tar.xz"
}

submit_packs_sources() {
	make_labs
	status 0 env XDG_STATE_HOME="$labs/dynamic.state" "$KILN" --lab "$labs/dynamic" submit -o a.tar.xz
	has 'init/mine/init.c'
	has 'progress/lessons'
	has 'written: a.tar.xz'
	hasnt 'out/|build/|\.o$'
	XDG_STATE_HOME="$labs/dynamic.state" "$KILN" -q --lab "$labs/dynamic" submit -o b.tar.xz
	cmp a.tar.xz b.tar.xz
	[ "$(wc -c <a.tar.xz)" -lt 65536 ]
	tar xOf a.tar.xz submission.json | grep -q '"sha256"'
}

programs_and_large_files_stay_out() {
	cp -a "$labs/whole" lab
	cp "$labs/whole/out/init" lab/rootfs/init
	status 0 "$KILN" --lab lab submit -o a.tar.xz
	has 'rootfs/init is a program'
	tar tf a.tar.xz >out
	hasnt 'rootfs/init$'
	head -c 3000000 /dev/zero >lab/rootfs/zeros
	status 1 "$KILN" --lab lab submit -o b.tar.xz
	has 'too large for a submission: `rootfs/zeros` has 3000000 bytes'
	[ ! -e b.tar.xz ]
	rm lab/rootfs/zeros
	ln -s /etc/passwd lab/rootfs/p
	status 1 "$KILN" --lab lab submit -o b.tar.xz
	has 'slink'
}

malformed() {
	mkdir m
	cd m
	cp "$labs/whole/kiln.conf" "$labs/whole/kernel.config" .
	mkdir rootfs
	head -c 6000 "$class/s1-whole.tar.xz" >"$class/m1-cut.tar.xz"
	echo x >evil
	tar czPf "$class/m2-dots.tar.gz" --transform 's,^evil$,../../evil,' kiln.conf evil
	ln -s / rootfs/root
	tar czf "$class/m3-link.tar.gz" kiln.conf rootfs
	rm rootfs/root
	truncate -s 1G rootfs/zeros
	tar cSzf "$class/m4-bomb.tar.gz" kiln.conf rootfs
	head -c 4000 /dev/urandom >kernel.config
	tar czf "$class/m5-garbage.tar.gz" kiln.conf kernel.config
	cd ..
	rm -r m
}

twenty_are_graded() {
	n=0
	for l in $learners $learners; do
		n=$((n + 1))
		hand_in "$l" "s$n-$l"
	done
	hand_in whole s13-whole
	hand_in spy s14-spy
	hand_in huge s15-huge
	malformed
	[ "$(ls "$class" | wc -l)" = 20 ]
	status 1 "$KILN" grade -j 2 -L "$lessons" "$class" -f tap -f junit -f gradescope -f github -f csv -f text \
		-o "$work/tap" -o "$work/junit" -o "$work/scope" -o "$work/github" -o "$work/csv" -o "$work/text"
	has '^20/20 .*points|^20/20 .*not graded'
	has 'left\)$'
	has '^20 submissions: 3 passed everything, 5 could not be graded$'
	has '^ *13/20  options'
	cp out "$work/graded"
	# without Landlock the one that reads a file of the grader's builds as well
	if grep -q 'no Landlock' out; then has '^ *10/20  program'; else has '^ *9/20  program'; fi
	has '^ *9/20  file'
	has '^ *9/20  talk'
	has '^ *13/20  quiz'
	[ ! -e "$work/evil" ] && [ ! -e "$class/../evil" ]
}

formats_are_valid() {
	for f in tap junit github csv text; do "$unit" "$f" "$work/$f"; done
	for f in "$work"/scope/*.json; do "$unit" gradescope "$f"; done
	[ "$(ls "$work/scope" | wc -l)" = 20 ]
	! command -v xmllint || xmllint --noout "$work/junit"
	[ "$(grep -c '^ok' "$work/tap")" = "$(grep -c -E '^"[^"]*","g",.*,"passed",' "$work/csv")" ]
	grep -q '^1\.\.100$' "$work/tap"
	[ "$(grep -c -E '^"[^"]*","g","' "$work/csv")" = 100 ]
}

verdicts() { # "verdict lesson/step" of each line that is one
	sed -n -E 's,^ *(passed|failed|trouble|skipped) +(g/[a-z]+) .*,\1 \2,p'
}

verdicts_are_the_learners_own() {
	for l in $learners; do
		got=0
		XDG_STATE_HOME="$labs/$l.state" "$KILN" --lab "$labs/$l" lesson check -L "$lessons" >"$l.check" || got=$?
		cat "$l.check"
		verdicts <"$l.check" >"$l.own"
		[ "$(wc -l <"$l.own")" = 5 ]
		for s in "$class"/s*-"$l".tar.xz; do
			name=$(basename "$s" .tar.xz)
			awk -v n="$name" '/^[^ ]/ { on = $1 == n } on' "$work/text" | verdicts >"$name.graded"
			cmp "$l.own" "$name.graded" || { diff "$l.own" "$name.graded"; return 1; }
		done
	done
	[ "$(grep -c passed whole.own)" = 5 ]
	[ "$(cat ./*.own | sort -u | wc -l)" -ge 9 ]
}

malformed_are_told_apart() {
	cp "$work/text" out
	has 'm1-cut'
	has 'not graded: m1-cut.tar.xz: not a whole archive'
	has 'not graded: the path `../../evil` is not allowed'
	has 'not graded: `rootfs/root` is a link or a device'
	has 'not graded: too large for a submission: `rootfs/zeros` has 1073741824 bytes'
	has 'not graded: kernel.config:1:1: is no text file'
}

nothing_of_the_grader_is_read() {
	! grep -q 'no Landlock' "$work/graded" || skip "this kernel has no Landlock"
	[ -n "$(awk '$1 == "s14-spy"' "$work/text")" ]
	cat "$work/text" "$work/tap" "$work/junit" "$work/csv" "$work/github" "$work"/scope/* >out
	hasnt 'not for learners'
	awk '/^[^ ]/ { on = $1 == "s14-spy" } on' "$work/text" >out
	has 'failed +g/program'
	has "file not found: $work/secret|cannot open|Permission denied"
	awk '/^[^ ]/ { on = $1 == "s15-huge" } on' "$work/text" >out
	has 'failed +g/program'
}

slow_one_is_ended() {
	mkdir -p "$work/slow/01-s"
	sed -e 's/^id: g$/id: s/' -e '/^## /,$d' "$lessons/01-g/lesson.md" >"$work/slow/01-s"/lesson.md
	cat >>"$work/slow/01-s"/lesson.md <<-'END'
	## Wait {#wait}
	```{check}
	- id: never
	  console: [{expect: 'never said by anybody', within: 300}]
	  say: "{evidence}"
	```
	```{solve}
	- build: kernel
	```
	END
	status 1 "$KILN" grade -L "$work/slow" --deadline 5 "$class/s1-whole.tar.xz"
	has 'not graded: it took too long \(phase grade\)'
}

# An interrupted run ends its workers and takes its folders away.
interrupted_leaves_nothing() {
	mkdir tmp
	TMPDIR=$PWD/tmp "$KILN" grade -L "$work/slow" "$class/s1-whole.tar.xz" >log 2>&1 &
	pid=$!
	until_true 60 sh -c 'ls -d tmp/kiln-grade.*/1/lab/out'
	kill -INT "$pid"
	got=0
	wait "$pid" || got=$?
	cat log
	[ "$got" = 130 ]
	[ -z "$(ls tmp)" ]
	until_true 30 sh -c "! pgrep -f '$PWD/tmp/kiln-grad[e]'"
}

wrong_command_lines() {
	status 2 "$KILN" grade
	has 'no submission is given'
	status 2 "$KILN" grade -L "$lessons" "$work/not-there"
	status 2 "$KILN" grade -L "$lessons" -f word "$class"
	has 'tap\|junit\|gradescope\|github\|csv\|text'
	status 2 "$KILN" grade -L "$lessons" -l nosuch "$class"
	status 2 "$KILN" grade -L "$lessons" -f tap -f csv -o x "$class"
	mkdir empty
	status 2 "$KILN" grade -L "$lessons" empty
	has 'no submission was found'
}

t "submit packs the sources, the same bytes each time" submit_packs_sources
t "programs, large files and links stay out of a submission" programs_and_large_files_stay_out
t "twenty submissions are graded, five of them malformed" twenty_are_graded
t "each format is valid" formats_are_valid
t "verdicts are those of the learner's own lab" verdicts_are_the_learners_own
t "each malformed submission is told what is wrong with it" malformed_are_told_apart
t "what is submitted reads no file of the grader's" nothing_of_the_grader_is_read
t "a submission that takes too long is ended" slow_one_is_ended
t "an interrupted run leaves nothing behind" interrupted_leaves_nothing
t "wrong command lines" wrong_command_lines
done_testing
