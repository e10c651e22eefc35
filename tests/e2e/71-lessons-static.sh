#!/bin/sh
# What of the lessons can be proven without a build or a boot, on the other kernel tree: each step's checks of kernel options,
# settings and sources fail in the start state and in the wrong states, and pass after the solution. (70-lessons.sh and
# 72-lessons-beyond.sh prove all of them on 6.12.)
. "$(dirname "$0")/lib.sh"

on_61() {
	[ -n "${KILN_TEST_TREE_61:-}" ] || skip "needs the 6.1 tree: see 00-pipeline.sh"
	status 0 timeout 500 "$KILN" -o "kernel.source=$KILN_TEST_TREE_61" lesson test --static
	has ' passed, 0 failed$'
	[ "$(grep -c '^ok .*the start state fails' out)" -ge 20 ]
	[ "$(grep -c '^ok .*the solution passes' out)" -ge 20 ]
	[ "$(grep -c '^ok .*wrong state' out)" -ge 3 ]
}

t "static checks of all lessons are proven on 6.1" on_61
done_testing
