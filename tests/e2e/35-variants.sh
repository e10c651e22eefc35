#!/bin/sh
# Every variant of initsrc/ boots to the prompt by `kiln run` and runs a companion; each is held to what its recipe says it
# survives: the end of input, an empty line, 300 bytes in one line, a program that is not there. A new folder with a recipe is
# tested by being there. With KILN_CHECK_ALL also by clang.
. "$(dirname "$0")/lib.sh"

lab_for_variants() {
	[ -d "$work/lab" ] && return
	lab_with_kernel "$work/lab"
	rm -rf "$work/lab/init"
	cp -r "$top/initsrc" "$work/lab/init"
}

# Does the recipe say so? `survives` may be given more than once.
survives() { # variant word
	sed -n 's/^survives //p' "$top/initsrc/$1/recipe" | tr ' ' '\n' | grep -qx "$2"
}

needs_met() { # variant
	sed -n 's/^requires \([^ ]*\) .*/\1/p' "$top/initsrc/$1/recipe" >needs
	while read -r tool; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done <needs
}

hello='Hello from a Linux'
prompt='(?m)^# \z'

# The dialogue of a variant as arguments of `kiln run`. Each step waits for a fresh prompt.
dialogue() { # variant
	set -- "$1" --expect "$prompt" --send '/bin/hello\n' --expect "(?m)$hello[^\\n]*\\n[\\s\\S]*^# \\z"
	if survives "$1" eof; then
		set -- "$@" --send '\x04' --expect '\n# \z' --send '\x04' --expect '\n# \z'
	fi
	if survives "$1" empty; then
		set -- "$@" --send '\n' --expect '\n# \z' --send '   \n' --expect '\n# \z'
	fi
	if survives "$1" long; then
		long=$(printf 'x%.0s' $(seq 300))
		set -- "$@" --send "$long\\n" --expect '(?m)x{8}\n[\s\S]*^# \z'
	fi
	if survives "$1" exec; then
		set -- "$@" --send '/bin/nosuch\n' --expect '(?m)/nosuch\n[\s\S]*^# \z'
	fi
	shift
	set -- "$@" --send '/bin/hello\n' --expect "$hello"
	status 0 "$KILN" --lab "$work/lab" -o init.variant="$variant" -o init.cc="$cc" run --timeout 60 "$@"
}

boots() {
	needs_met "$variant"
	lab_for_variants
	dialogue "$variant"
}

passes_arguments() {
	lab_for_variants
	for variant in c-libc c-asm asm; do
		status 0 "$KILN" --lab "$work/lab" -o init.variant=$variant run --expect "$prompt" \
			--send '/bin/uname  -a\n' --expect '(?m)^Linux \S+ \d\S+ .*x86_64' --send '/bin/ls /bin\n' --expect '(?m)^reboot$'
	done
}

ctrl_c_ends_what_runs() {
	lab_for_variants
	for variant in c-libc c-asm asm; do
		status 0 "$KILN" --lab "$work/lab" -o init.variant=$variant run --expect "$prompt" --send '/bin/cat\n' \
			--send 'echoed\n' --expect 'echoed\n[\s\S]*echoed' --send '\x03' --expect '\^C\n?# \z' \
			--send '/bin/hello\n' --expect "$hello"
	done
}

reboot_ends_the_machine() {
	lab_for_variants
	status 0 "$KILN" --lab "$work/lab" run --expect "$prompt" --send '/bin/reboot\n' --expect-exit
}

companions_do_what_they_say() {
	lab_for_variants
	status 0 "$KILN" --lab "$work/lab" -o initramfs.companions='hello ls cat uname reboot echo sleep mkdir rm mount dmesg stty' \
		run --expect "$prompt" --send '/bin/echo one  two\n' --expect '\none two\n[\s\S]*# \z' \
		--send '/bin/mkdir /made /made\n' --expect '/made: error 17\n[\s\S]*# \z' --send '/bin/ls\n' --expect '\nmade/\n[\s\S]*# \z' \
		--send '/bin/rm /made /made\n' --expect '/made: error 2\n[\s\S]*# \z' --send '/bin/mount nosuchfs /made\n' --expect 'made: error \d+\n[\s\S]*# \z' \
		--send '/bin/stty rows 33 cols 99\n' --expect 'cols 99\n[\s\S]*# \z' --send '/bin/stty\n' --expect 'rows 33 cols 99\n[\s\S]*# \z' \
		--send '/bin/dmesg\n' --expect '<6>[\s\S]*\n# \z' --send '/bin/sleep 1\n' --expect 'sleep 1\n[\s\S]*# \z' \
		--send '/bin/cat /init\n' --expect 'ELF'
}

compilers=gcc
[ -z "${KILN_CHECK_ALL:-}" ] || compilers='gcc clang'
for cc in $compilers; do
	for recipe in "$top"/initsrc/*/recipe; do
		grep -q '^program init' "$recipe" || continue
		variant=$(basename "$(dirname "$recipe")")
		t "$variant by $cc boots, runs a companion and survives what it says" boots
	done
done
t "the repaired shells pass arguments" passes_arguments
t "Ctrl-C ends what runs, not the shell" ctrl_c_ends_what_runs
t "the companions do what they say" companions_do_what_they_say
t "reboot ends the machine" reboot_ends_the_machine
done_testing
