#!/bin/sh
# The lessons after the course (the clinic, busybox, a lesson of one's own), proven both ways; steps that begin in a state of
# their own; what a learner needs for them: lesson new, set.
. "$(dirname "$0")/lib.sh"

clinic_is_proven() {
	status 0 "$KILN" lesson test clinic
	has ' passed, 0 failed$'
	[ "$(grep -c '^ok .*clinic/.*: the start state fails' out)" -ge 8 ]
	[ "$(grep -c '^ok .*clinic/.*: the solution passes' out)" -ge 8 ]
}

userland_is_proven() {
	command -v busybox >/dev/null && busybox --list-full >/dev/null || skip "busybox-static is not installed"
	status 0 "$KILN" lesson test busybox
	has ' passed, 0 failed$'
}

own_lesson_is_proven() {
	status 0 "$KILN" lesson test own-lesson
	has ' passed, 0 failed$'
}

# lesson-start breaks the lab as the step says, and only then; what does not start so is refused.
a_step_begins_broken() {
	lab_with_kernel lab
	status 0 "$KILN" --lab lab lesson-start clinic/mode
	has 'clinic/mode: the lab is as the step begins'
	status 0 "$KILN" initramfs list lab/out/initramfs.cpio
	has '^-rw-r--r-- .* /init'
	status 3 "$KILN" --lab lab run --timeout 60 --expect nothing-like-this
	has 'error -13'
	status 2 "$KILN" --lab lab lesson-start tour/panes
	has 'no step `panes` that starts in a state of its own'
	status 2 "$KILN" --lab lab lesson-start clinic
	status 2 "$KILN" --lab lab lesson-start nosuch/mode
}

# On the screen the step does not pass by itself: it has not begun.
not_passed_before_it_began() {
	lab_with_kernel lab
	cat >script <<-'END'
	wait idle
	run layout lesson
	run lesson.open clinic
	wait idle
	run pane.zoom
	wait text No permission
	wait text Begin with .lesson-start clinic/mode
	expect not Done\.
	run lesson-start clinic/mode
	wait idle
	wait text mode of init is 0644
	expect not Begin with .lesson-start
	dump
	END
	status 0 "$KILN" --lab lab --script script --size 100x60
	status 0 "$KILN" initramfs list lab/out/initramfs.cpio
	has '^-rw-r--r-- .* /init'
}

# A start state that cannot be set up is the lesson's fault, not the learner's.
start_that_cannot_be() {
	mkdir -p lessons/01-x
	cat >lessons/01-x/lesson.md <<-'END'
	---
	id: x
	title: X
	kernels: [6.12]
	---
	## Step {#s}
	text
	```{start}
	- replace: {path: init/article/shell.c, find: "nowhere in it", with: "x"}
	```
	```{check}
	- id: c
	  option: {init.variant: article}
	  say: "no"
	```
	```{solve}
	- option: {init.variant: article}
	```
	END
	status 1 "$KILN" lesson test --lessons lessons
	has '^not ok 1 - x/s: the start state can be set up'
	sed -i 's/^- replace: .*/- replase: {}/' lessons/01-x/lesson.md
	status 1 "$KILN" lesson lint "$PWD/lessons/01-x"
	has 'lesson\.md:9:3: no verb'
}

settings_can_be_set() {
	"$KILN" new lab
	status 0 "$KILN" --lab lab set boot.memory 64
	status 0 "$KILN" --lab lab set boot.cmdline panic=-1 quiet
	status 0 "$KILN" --lab lab set boot.memory
	has '^boot\.memory = 64$'
	grep -q '^boot\.cmdline = panic=-1 quiet$' lab/kiln.conf
	status 1 "$KILN" --lab lab set boot.memory lots
	has 'whole number'
	status 1 "$KILN" --lab lab set boot.memry 64
	has 'did you mean `boot\.memory`'
	grep -q '^boot\.memory = 64$' lab/kiln.conf
}

a_new_lesson_is_sound() {
	mkdir lessons
	status 0 "$KILN" lesson new lessons/07-mine
	status 0 "$KILN" lesson lint lessons/07-mine
	status 0 "$KILN" lesson test --lessons lessons
	has '^2 passed, 0 failed$'
	status 1 "$KILN" lesson new lessons/07-mine
	has 'is there already'
	status 2 "$KILN" lesson new 'lessons/07-Not good'
	[ ! -e 'lessons/07-Not good' ]
}

# A check that looks at a lesson does not follow links out of the lab.
lesson_check_stays_in_the_lab() {
	mkdir -p lessons/01-x
	cat >lessons/01-x/lesson.md <<-'END'
	---
	id: x
	title: X
	kernels: [6.12]
	---
	## Step {#s}
	text
	```{check}
	- id: c
	  lesson: {path: ../../lessons/01-x}
	  say: "{evidence}"
	```
	```{solve}
	- option: {init.variant: article}
	```
	END
	status 1 "$KILN" lesson test --lessons lessons
	has '^not ok 2 - x/s: the solution passes'
	has 'not allowed'
}

t "every patient of the clinic is ill, and can be cured" clinic_is_proven
t "the lesson of a userland in one file is proven both ways" userland_is_proven
t "the lesson on writing lessons is proven both ways" own_lesson_is_proven
t "lesson-start brings the lab into the state in which a step begins" a_step_begins_broken
t "a step that begins broken does not pass before it has begun" not_passed_before_it_began
t "a start state that cannot be set up is found out" start_that_cannot_be
t "a setting is shown, changed and kept; what does not fit is refused" settings_can_be_set
t "a new lesson is sound from the beginning, and overwrites none" a_new_lesson_is_sound
t "a check of a lesson does not look out of the lab" lesson_check_stays_in_the_lab
done_testing
