#!/bin/sh
# The main job, whole: a fresh lab to the typed command's answer on 6.12, then the article's five options, then 6.1. Leaves
# its labs in .build/check/ and says in .build/check/kernels where the kernels are, for the tests that boot them.
. "$(dirname "$0")/lib.sh"
src=${KILN_SRC_DIR:-/usr/src}
rm -f "$check/kernels"
mkdir -p "$check"

tarball() { # version
	set -- "$src"/linux-source-"$1".tar.*
	[ -e "$1" ] && echo "$1"
}
newest() {
	ls "$src"/linux-source-*.tar.* | sort -V | tail -n 1
}

whole_run() {
	rm -rf "$check/lab"
	status 0 "$KILN" --lab "$check/lab"
	has 'Linux version 6\.'
	has 'Run /init as init process'
	has '^  \| # '
	has 'Linux .* x86_64'
	has 'out/bzImage +[0-9,]+ bytes'
	! grep -q "$(printf '\033')" out
}

second_run_is_quick() {
	began=$(date +%s)
	status 0 "$KILN" --lab "$check/lab"
	[ $(($(date +%s) - began)) -lt 20 ]
	hasnt '^kernel +build'
	hasnt '^config +make'
	has 'x86_64'
}

serial_size() { # about 902,144 bytes on 6.12 with gcc 12
	size=$(stat -c %s "$check/lab/out/bzImage")
	echo "serial bzImage: $size"
	[ "$size" -gt 850000 ]
	[ "$size" -lt 960000 ]
	status 0 "$KILN" --lab "$check/lab" status
	grep -E '^kernel +fresh' out | tr -d , | grep -q " $size bytes"
}

article_kernel() {
	status 0 "$KILN" --lab "$check/lab" status --json
	cp -a "$check/lab" "$check/lab-article.new"
	rm -rf "$check/lab-article"
	mv "$check/lab-article.new" "$check/lab-article"
	status 0 "$KILN" --lab "$check/lab-article" config --preset article
	has 'kept as kernel.config.old'
	status 0 "$KILN" --lab "$check/lab-article" build kernel
	size=$(stat -c %s "$check/lab-article/out/bzImage")
	echo "article bzImage: $size"
	[ "$size" -gt 830000 ]
	[ "$size" -lt 940000 ]
	[ "$size" -lt "$(stat -c %s "$check/lab/out/bzImage")" ]
	status 0 "$KILN" --lab "$check/lab-article" status
	tr -d , <out | grep -E '^kernel +fresh' | grep -q " $size bytes"
}

article_boots_on_vga() {
	status 0 "$KILN" --lab "$check/lab-article" run --expect '# ' --send '/bin/hello\n' --expect 'Hello from'
}

tree_61() {
	[ -n "$(tarball 6.1)" ] || skip "no linux-source-6.1 on this Debian"
	rm -rf "$check/lab61"
	status 0 "$KILN" new "$check/lab61"
	status 0 "$KILN" --lab "$check/lab61" -o kernel.source="$(tarball 6.1)" build
	status 0 "$KILN" --lab "$check/lab61" -o kernel.source="$(tarball 6.1)" run --expect '# ' --send '/bin/uname -a\n' --expect ' 6\.1\.\S+ .*x86_64'
	status 0 "$KILN" --lab "$check/lab61" -o kernel.source="$(tarball 6.1)" status
	has '^kernel +fresh +[0-9,]+ bytes'
}

say_kernels() {
	tree() {
		"$KILN" --kernel "$1" source --json | sed -n 's/.*"tree": "\(.*\)".*/\1/p'
	}
	{
		echo "KILN_TEST_TREE_612='$(tree "$(newest)")'"
		[ -z "$(tarball 6.1)" ] || echo "KILN_TEST_TREE_61='$(tree "$(tarball 6.1)")'"
		echo "KILN_TEST_BZIMAGE='$check/lab/out/bzImage'"
		echo "KILN_TEST_CONFIG='$check/lab/kernel.config'"
		echo "KILN_TEST_BZIMAGE_VGA='$check/lab-article/out/bzImage'"
	} >"$check/kernels"
	cat "$check/kernels"
	grep -q '^KILN_TEST_TREE_612=./' "$check/kernels"
}

t "an empty folder becomes a booted Linux that answers" whole_run
t "a second run builds nothing and boots" second_run_is_quick
t "the serial preset's size is as known and in status" serial_size
t "the article's five options make the smaller kernel" article_kernel
t "the five-option kernel is usable on its VGA text screen" article_boots_on_vga
t "the 6.1 tree builds and boots" tree_61
t "the trees and kernels are there for the other tests" say_kernels
done_testing
