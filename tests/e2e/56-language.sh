#!/bin/sh
# The languages kiln speaks: the catalogue is complete and sound, is found with no locale but C.UTF-8 installed, is not used
# where the character set cannot show it, and a damaged one does no harm.
. "$(dirname "$0")/lib.sh"

unset LANGUAGE LC_ALL LC_MESSAGES LANG

say() { # environment…: the menu
	[ -d lab ] || env LANG=C.UTF-8 "$KILN" new lab >/dev/null
	printf 'wait idle\nkey F9\ndump\n' >script
	status 0 env "$@" "$KILN" --lab lab --script script --size 100x30
}

the_catalogue_is_complete() {
	command -v xgettext >/dev/null || skip "needs gettext"
	cd "$top"
	make -s .build/kiln.pot
	for po in po/*.po; do
		msgfmt --check-format --check-domain -o "$work/kiln.mo" "$po"
		msgcmp "$po" .build/kiln.pot # not a word missing, none in doubt
	done
}

chinese_without_its_locale() {
	say LANG=C.UTF-8 LANGUAGE=zh_CN
	has '构建与运行'
	has 'F1帮助'
	say LANG=zh_CN.UTF-8
	has '构建与运行'
	say LC_ALL=zh_CN.utf8
	has '构建与运行'
	say LANG=de_DE.UTF-8 LANGUAGE=de:zh
	has '构建与运行'
}

english_otherwise() {
	for e in LANG=C.UTF-8 LC_ALL=C LANG=de_DE.UTF-8 LANG=zh_CN.GBK; do
		say "$e"
		has 'Make and run'
		has 'F1Help'
	done
	say LANG=C.UTF-8 LANGUAGE=en:zh_CN
	has 'Make and run'
	say LC_ALL=C LANGUAGE=zh_CN
	has 'Make and run'
	say LANG=C.UTF-8 LANGUAGE=../../zh_CN:/etc/zh:
	has 'Make and run'
}

# Chinese takes two columns a character: what stands right of it is still in its place.
wide_text_is_measured() {
	say LANG=C.UTF-8 LANGUAGE=zh_CN
	cat >script <<-'E'
	wait idle
	run pane.focus log
	key F9
	expect ^.*│   停止正在运行的任务.*F8 │.*$
	key Esc
	key F1
	expect ^│.*│$
	expect not ^│.*[^│]$
	key q
	key C-p
	type 窗格
	expect pane.next +转到下一个窗格
	size 40x12
	expect pane.focus
	key Esc
	run nosuch
	size 20x5
	key F1
	E
	status 0 env LANG=C.UTF-8 LANGUAGE=zh_CN "$KILN" --lab lab --script script --size 80x24
}

# What stands in columns: of every line the part before the last column is equally wide.
same_width() { # pattern of that part, the columns it takes
	grep -o -E -- "$1" out >column
	[ "$(wc -l <column)" -ge 2 ] || { echo "too few: $1"; return 1; }
	while IFS= read -r line; do
		width=$(printf '%s\n' "$line" | LC_ALL=C.UTF-8 wc -L)
		[ "$width" = "$2" ] || { echo "$width columns instead of $2: $line"; return 1; }
	done <column
}

columns_by_their_width() {
	zh() { env LANG=C.UTF-8 LANGUAGE=zh_CN KILN_KERNEL=/nowhere "$KILN" "$@"; }
	zh -q new lab
	status 0 zh --lab lab -o kernel.source=/nowhere build init
	status 0 zh --lab lab -o kernel.source=/nowhere status
	has '字节'
	same_width '^(source|config|kernel|init|initramfs) +[^ ]+ +([0-9,]+ 字节)? +[0-9:.]* ?s? +' 53
	zh doctor >out || :
	has '^  缺少 +内核源码'
	same_width '^  (缺少|ok|--) +(内核源码|终端|加速器|tic|gelf.h) +' 34
	hasnt 'compiles the kernel|boots it'
}

a_damaged_catalogue_does_no_harm() {
	mkdir -p data/locale/zh_CN/LC_MESSAGES
	for f in "$top"/*; do ln -s "$f" data/; done
	mo=data/locale/zh_CN/LC_MESSAGES/kiln.mo
	good=$top/.build/locale/zh_CN/LC_MESSAGES/kiln.mo
	size=$(stat -c %s "$good")
	cp "$good" "$mo"
	say LANG=C.UTF-8 LANGUAGE=zh_CN KILN_DATA="$PWD/data"
	has '构建与运行'
	seed=1
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		cp "$good" "$mo"
		# Head and tables are the first kilobytes: four bytes of these, at a place that the seed gives, become 0xff.
		seed=$(((seed * 1103515245 + 12345) % 2147483648))
		printf '\377\377\377\377' | dd of="$mo" bs=1 seek=$((seed % 4000)) conv=notrunc 2>/dev/null
		say LANG=C.UTF-8 LANGUAGE=zh_CN KILN_DATA="$PWD/data"
		has 'F1'
	done
	for n in 0 3 27 28 100 5000 $((size - 1)); do
		head -c $n "$good" >"$mo"
		say LANG=C.UTF-8 LANGUAGE=zh_CN KILN_DATA="$PWD/data"
		has 'F1'
	done
}

tm() { tmux -u -L "kiln-zh-$$" -f /dev/null "$@"; }
cleanup() {
	tm kill-server 2>/dev/null
	rm -f "${TMUX_TMPDIR:-/tmp}/tmux-$(id -u)/kiln-zh-$$"
}
shows() { tm capture-pane -p -t k | grep -q -E -- "$1"; }

in_a_real_terminal() {
	command -v tmux >/dev/null || skip "needs tmux"
	env LANG=C.UTF-8 "$KILN" new lab >/dev/null
	LC_ALL=C.UTF-8 tm new-session -d -s k -x 100 -y 30 "env -u LC_ALL -u LANGUAGE LANG=zh_CN.UTF-8 XDG_STATE_HOME='$XDG_STATE_HOME' ASAN_OPTIONS='$ASAN_OPTIONS' '$KILN' --lab lab; echo ended with \$?; cat"
	until_true 30 shows 'F10退出'
	tm send-keys -t k F9
	until_true 10 shows '构建与运行'
	tm send-keys -t k Escape
	until_true 10 shows '│ 构建时各工具的输出显示在这里。 *││'
	tm send-keys -t k : 窗 Enter
	until_true 10 shows '未知命令 `窗`'
	tm send-keys -t k F10
	until_true 20 shows 'ended with 0'
}

t "the catalogue is complete" the_catalogue_is_complete
t "简体中文 with no locale of it installed" chinese_without_its_locale
t "English where it is asked for or nothing else can be shown" english_otherwise
t "wide text is measured right" wide_text_is_measured
t "简体中文 in a real terminal" in_a_real_terminal
t "columns are as wide as they look" columns_by_their_width
t "a damaged catalogue does no harm" a_damaged_catalogue_does_no_harm
done_testing
