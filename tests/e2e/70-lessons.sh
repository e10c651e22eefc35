#!/bin/sh
# The lessons that come with kiln: well-formed, translated, and proven both ways in a lab of their own; broken ones are named
# with their place; the lesson pane leads through one.
. "$(dirname "$0")/lib.sh"

no_faults() {
	status 0 "$KILN" lesson lint
	has 'lessons, no faults'
}

proven_both_ways() {
	status 0 "$KILN" lesson test tour tinyconfig five serial weigh panic init cpio boot honest iso syscalls smaller elf
	has ' passed, 0 failed$'
	[ "$(grep -c '^ok .*the start state fails' out)" -ge 34 ]
	[ "$(grep -c '^ok .*wrong state' out)" -ge 14 ]
	[ "$(grep -c '^ok .*the solution passes' out)" -ge 34 ]
}

# What the older kernel's own kconfig makes of them.
proven_on_the_older_kernel() {
	[ -n "$KILN_TEST_TREE_61" ] || skip "no 6.1 tree"
	status 0 "$KILN" -o kernel.source="$KILN_TEST_TREE_61" lesson test --static tour tinyconfig five serial
	has ' passed, 0 failed$'
	[ "$(grep -c '^ok .*the solution passes' out)" -ge 15 ]
}

# A lesson of one step, from standard input, in lessons/01-x.
own_lesson() {
	mkdir -p lessons/01-x
	{
		printf -- '---\nid: x\ntitle: X\nkernels: [6.12]\n---\n## Step {#s}\ntext\n'
		cat
	} >lessons/01-x/lesson.md
}

all_means_all() {
	"$KILN" lesson new "$PWD/two/01-a" >/dev/null
	"$KILN" lesson new "$PWD/two/02-b" >/dev/null
	sed -i s/c-asm/asm/g two/02-b/lesson.md # it begins where the first one ends
	status 0 "$KILN" lesson test --all --static --lessons two
	has '^ok 1 - a/first: the start state fails'
	has '^4 passed, 0 failed$'
	status 2 "$KILN" lesson test --all tour
	status 2 "$KILN" lesson lint --all
	status 2 "$KILN" lesson list tour
	# one of them by its folder, as FORMAT.md says
	status 0 "$KILN" lesson test --static two/02-b/
	has '^2 passed, 0 failed$'
	hasnt 'a/first'
	mkdir -p empty/01-a
	status 2 "$KILN" lesson test --static two/01-a empty/01-a
	has 'are in one folder'
	rmdir empty/01-a
	status 1 "$KILN" lesson test --all --lessons empty
	has 'no lessons in empty'
	# what is proven by name, here and in 72, is the whole course
	sed -n -E 's/^.*lesson test( --[a-z]+)* ([a-z -]+)$/\2/p' "$top"/tests/e2e/7[02]-lessons*.sh | tr ' ' '\n' >named
	"$KILN" lesson list | awk '{ print $1 }' >course
	while read -r id; do grep -qx -- "$id" named || { echo "$id is proven nowhere"; return 1; }; done <course
}

check_that_never_fails() {
	own_lesson <<-'END'
	```{check}
	- id: c
	  option: {init.variant: c-libc}
	  say: "no"
	```
	```{solve}
	- option: {init.variant: c-libc}
	```
	END
	status 1 "$KILN" lesson test --lessons lessons
	has '^not ok 1 - x/s: the start state fails'
}

solution_that_fails() {
	own_lesson <<-'END'
	```{check}
	- id: c
	  option: {init.variant: c-asm}
	  say: "init.variant is {value}"
	```
	```{solve}
	- option: {init.variant: asm}
	```
	END
	status 1 "$KILN" lesson test --lessons lessons
	has '^not ok 2 - x/s: the solution passes'
	has 'init.variant is asm'
}

hostile_paths_are_refused() {
	own_lesson <<-'END'
	```{check}
	- id: c
	  size: {path: ../../etc/passwd, gt: 0}
	  say: "{evidence}"
	```
	```{solve}
	- write: {path: ../outside, text: owned}
	```
	END
	status 1 "$KILN" lesson test --lessons lessons
	has 'not allowed'
	[ ! -e outside ] && [ ! -e ../outside ]
}

faults_have_a_place() {
	own_lesson <<-'END'
	```{check}
	- id: c
	  kconfg: {TTY: y}
	  say: "x"
	```
	```{solve}
	- sett: {TTY: y}
	```
	END
	status 1 "$KILN" lesson lint "$PWD/lessons/01-x"
	has 'lesson\.md:10:3: unknown key `kconfg`'
	has 'did you mean `kconfig`'
}

# The terminal shows what is typed: a check which that satisfies is none.
echo_proves_nothing() {
	own_lesson <<-'END'
	```{check}
	- id: c
	  console: [{expect: '^# '}, {send: "/bin/hello\n", expect: 'ello'}]
	  say: "x"
	```
	```{solve}
	- build: initramfs
	```
	END
	status 1 "$KILN" lesson lint "$PWD/lessons/01-x"
	has 'lesson\.md:10:30: `expect` matches what is sent'
}

pane_leads_through_a_lesson() {
	lab_with_kernel lab
	cat >script <<-'END'
	wait idle
	run layout lesson
	run lesson.open tinyconfig
	wait idle
	wait text Begin with almost nothing
	run config --preset tinyconfig
	wait idle
	wait text Done
	run lesson.next
	wait idle
	key 3
	wait idle
	wait text Done
	dump
	END
	status 0 "$KILN" --lab lab --script script --size 100x40
	has 'nothing at all'
	grep -q '^tinyconfig/cannot' "$XDG_STATE_HOME/kiln/lessons"
}

# What a configuration says of the compiler is nothing that a learner set: the base may come from before an upgrade.
tools_are_not_options() {
	"$KILN" new lab >new.out
	status 0 "$KILN" --lab lab config --preset tinyconfig
	sed -i 's/^\(CONFIG_\(GCC\|RUSTC\|LD\)_VERSION\)=.*/\1=1/; s/^CONFIG_CC_VERSION_TEXT=.*/CONFIG_CC_VERSION_TEXT="gcc 1"/' lab/kernel.config
	grep -q '^CONFIG_GCC_VERSION=1$' lab/kernel.config
	"$KILN" --lab lab lesson check tinyconfig >checked || : # the quiz is not answered
	grep '^passed *tinyconfig/tiny ' checked
	sed -i 's/^CONFIG_HZ=.*/CONFIG_HZ=99/' lab/kernel.config
	"$KILN" --lab lab lesson check tinyconfig >checked || :
	grep '^failed *tinyconfig/tiny ' checked
}

pane_speaks_chinese() {
	lab_with_kernel lab
	cat >script <<-'END'
	wait idle
	run layout lesson
	run lesson.open five
	wait idle
	wait text 五个配置项
	wait text 64 位内核
	run lesson.list
	run lesson.next
	expect 没有打开任何课程 - 下一步：
	END
	status 0 env LANG=C.UTF-8 LANGUAGE=zh_CN "$KILN" --lab lab --script script --size 100x40
}

t "the lessons that come with kiln have no faults, and their translations are up to date" no_faults
t "every step of the course is proven both ways" proven_both_ways
t "--all is the whole course, and all of it is proven" all_means_all
t "its options are proven on Linux 6.1 too" proven_on_the_older_kernel
t "a check that cannot fail is found out" check_that_never_fails
t "a solution that does not pass is found out" solution_that_fails
t "paths out of the lab are refused" hostile_paths_are_refused
t "a fault of a lesson is named with its place" faults_have_a_place
t "a dialogue that its own echo satisfies is found out" echo_proves_nothing
t "what a configuration says of the tools is not counted as changed" tools_are_not_options
t "the lesson pane leads through a lesson and notices what was done" pane_leads_through_a_lesson
t "the lesson pane speaks Chinese" pane_speaks_chinese
done_testing
